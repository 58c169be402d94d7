"""Zero statements: a thing or event said to be absent in the period (``未发生行政复议、诉讼``).

One record for each thing denied. Its span runs from the word of denial to the end of its own thing,
so spans of one denial nest; where the thing comes first (``行政诉讼为零``), it runs from the thing to
the zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from .. import lexicon
from ..schema import Quantity
from . import context

_ZERO = re.compile(
    r"[为是均皆都](?:(?<=[为是]) ?(?:零|〇|0(?![\d.,]| ?[\u4e00-\u9fa5%‰]))|(?<=[均皆])无|(?<=[均皆都])未(?:发生|出现|产生)过?)(?=[,。;!?、)\n]|\Z)"
)
_BEFORE_ZERO = re.compile(r"(?:数量|件数|数|量|金额|总数)?的?(?:均|都|全部|皆|也)?\Z")
_THING_END = re.compile(
    r"[,。;:!?()\n]|[、和与或](?=无(?!线|障|偿)|没有|未)|(?:的(?:情况|情形|现象|问题|状况))|(?<=[件案讼议密项])(?:发生|出现)"
)
_AND = re.compile(r"、|和|以?及(?<!涉及)(?<!涉以及)其?|与|或者?|,(?=提起|被)")
_AND_SUCH = re.compile(r"等[^、]{0,4}费用?\Z")  # 检索、复制等费用: modifiers of one thing
_AS_A_CASE = ("的情况", "的情形", "的现象")
_FIGURE = re.compile(r"[ \d]*\d|[一二两三四五六七八九十]+ ?[件条项次起人个宗]")
_LONGEST = 80  # characters a denied thing may take


@cache
def _words(role: str) -> re.Pattern[str]:
    pattern = "|".join(lexicon.column("denials", "pattern", role=role))
    for inner in ("verb", "happen"):
        words = "|".join(lexicon.column("denials", "pattern", role=inner))
        pattern = pattern.replace(f"{{{inner}}}", words)
    return re.compile(pattern)


@cache
def _thing() -> re.Pattern[str]:
    """The end of words that name a thing whose absence is reported."""
    kinds = "|".join(lexicon.column("things", "pattern"))
    return re.compile(rf"(?:{kinds})\Z")


def find(text: str, folded: str) -> tuple[Quantity, ...]:
    """Return the zero statements of `text`, of which `folded` is the fold, in order."""
    found = [*_denied(folded), *_zero_things(folded), *_zeros(folded)]
    return tuple(
        Quantity(start, end, text[start:end], Decimal(0), implicit=True)
        for start, end in sorted(set(found))
    )


def thing(statement: str) -> str:
    """Return the words of a folded zero statement that name what is denied.

    >>> thing("未发生行政复议"), thing("举报数量为零")
    ('行政复议', '举报')
    """
    if zero := _ZERO.search(statement):
        return statement[: _start_of_zero(statement, zero)].removeprefix("零")
    for role in ("event", "denial"):
        if word := _words(role).match(statement):
            return statement[word.end() :]
    return statement.removeprefix("零")


def _denied(folded: str) -> Iterator[tuple[int, int]]:
    for role in ("event", "denial"):
        for match in _words(role).finditer(folded):
            rest = folded[match.end() : match.end() + _LONGEST]
            stop = _THING_END.search(rest)
            rest = rest[: stop.start()] if stop else rest
            if _FIGURE.search(rest) and not re.match(r"[一1] ?[起件例次]", rest):
                continue  # 申请信息不存在8件 counts 8, 没有现成信息…1件 counts 1
            after = match.end() + len(rest)
            if folded[after : after + 1].isdigit():
                continue
            if rest.endswith("的") or folded.startswith("的,", match.end() + len(rest)):
                continue  # 未收到补正材料的，应当告知: a condition
            happens = stop is not None and stop.group() in _AS_A_CASE
            happens = happens and not _words("residue").search(rest)
            things = list(_conjuncts(rest, match, anything=role == "event" or happens))
            if things and not _is_unsaid(folded, match.start()):
                yield from things


def _conjuncts(rest: str, denial: re.Match[str], *, anything: bool) -> Iterator[tuple[int, int]]:
    """Cut the denied words into things: a part that names none is a modifier of the next.

    With `anything` the last part is a thing even if no table names it.
    """
    ends = [match.start() for match in _AND.finditer(rest) if not _AND_SUCH.search(rest)]
    ends.append(len(rest))
    start = 0
    for end in ends:
        part = rest[start:end].rstrip()
        named = denial.group() + part if start == 0 else part
        last = anything and end == len(rest) and len(part) > 1 and not part.endswith(("的", "时"))
        if last or _thing().search(named):
            yield denial.start(), denial.end() + start + len(part)
            next_word = _AND.match(rest, end)
            start = next_word.end() if next_word else end


def _zero_things(folded: str) -> Iterator[tuple[int, int]]:
    """``实现零投诉``, reported and not wished for."""
    for match in _words("slogan").finditer(folded):
        if not _is_unsaid(folded, match.start()):
            yield match.span()


def _zeros(folded: str) -> Iterator[tuple[int, int]]:
    """``行政复议、行政诉讼均为零``: every thing of the list before the zero."""
    done = 0  # a zero takes no thing that the zero before it took
    for match in _ZERO.finditer(folded):
        at = _start_of_zero(folded, match)
        clause = context.clause_before(folded[done:at], at - done)
        done = match.end()
        if _is_unsaid(folded, at):
            continue
        word = _AND.match(clause)
        start = word.end() if word else 0
        if lead := _words("lead").match(clause, start):
            start = lead.end()
        starts = [start, *(word.end() for word in _AND.finditer(clause, start))]
        if match.group().endswith("0") and not _thing().search(clause):
            continue  # 粉丝数为0: a numeral without a unit
        for first in starts:
            if clause[first:].strip():
                yield at - len(clause) + first, match.end()


def _start_of_zero(folded: str, zero: re.Match[str]) -> int:
    """Return where the words of a zero begin: ``数量均`` belongs to ``为零``."""
    before = folded[max(0, zero.start() - _LONGEST) : zero.start()]
    lead = _BEFORE_ZERO.search(before)
    return zero.start() - (len(lead.group()) if lead else 0)


def _is_unsaid(folded: str, at: int) -> bool:
    """Tell whether a denial is a wish, a rule, a condition or a plan."""
    clause = context.clause_before(folded, at)
    return bool(_words("unsaid").search(clause)) or context.is_planned(folded, at)
