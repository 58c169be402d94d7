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

_VERB = (
    "发生过?|出现过?|收到过?|接到过?|接收到?|收取过?|受理过?|产生过?|引发过?|引起过?|制发|制定|出台|召开|开展|举办|"
    "发现|涉及|存在|有(?!效)|办理过?|减免|提起|被|因|接受|遇到|新收|收缴|征收|设立|安排|列支|[向对][^,。;]{1,12}?(?:收取|征收)"
)
_DENIAL = re.compile(
    rf"(?:未曾?(?:{_VERB})|没有(?:{_VERB}|(?!做到|按|得到|落实|完全|真正|及时|形成|达到|现成|建立|开通|设立|能|统一))"
    r"|不存在|(?<![毫若有如再])无(?!正当|法|论|需|须|障碍|线|偿|纸|缝|不|关|效|从|人|锡|条件|故|私|愧|限|数|形|疑|异议|力))"
)
_ZERO_THING = re.compile(
    r"零(?:行政)?(?:投诉|复议|诉讼|举报|申诉|泄密|失密|失泄密|舆情|事故|差错|败诉|上访|信访)(?!率|目标)"
)
_IS_ZERO = re.compile(
    r"(?:数量|件数|数|量|金额|总数)?的?(?:均|都|全部|皆|也)?(?:[为是] ?(?:零|〇|0(?![\d.,]| ?[\u4e00-\u9fa5%‰]))|(?:均|皆)无)(?=[,。;!?、)]|\Z)"
)
_THING_END = re.compile(
    r"[,。;:!?()\n]|(?:的(?:情况|情形|现象|问题))|(?<=[件案讼议密项])(?:发生|出现)"
)
_AND = re.compile(r"、|和|及其?|以及|与|或者?|,(?=提起|被)")
_CAUSE = re.compile("因(?:政府|政务)?信息公开")
_NOT_SAID = re.compile(
    r"如果?|若|凡|确保|保证|力争|力求|做到[^,]*不|要|避免|防止|杜绝|对于?(?!因)|除|目标|争取|应当?|不得|是否|规定"
)
_FIGURE = re.compile(r"[ \d]*\d|[一二两三四五六七八九十]+ ?[件条项次起人个宗]")
_LONGEST = 80  # characters a denied thing may take


@cache
def _thing() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(lexicon.column('things', 'pattern'))})\Z")


@cache
def _thing_start() -> re.Pattern[str]:
    """Things in front of a zero: from the end of a clause back to where they begin."""
    kinds = "|".join(lexicon.column("things", "pattern"))
    return re.compile(
        rf"(?:政府信息公开|政务公开|信息公开|行政|当面|传真|网络|信函|书面|收费|提起|申请)*(?:{kinds})\Z"
    )


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
    return _IS_ZERO.sub("", _DENIAL.sub("", statement, count=1)).removeprefix("零")


def _denied(folded: str) -> Iterator[tuple[int, int]]:
    for match in _DENIAL.finditer(folded):
        if _is_unsaid(folded, match.start()):
            continue
        rest = folded[match.end() : match.end() + _LONGEST]
        stop = _THING_END.search(rest)
        rest = rest[: stop.start()] if stop else rest
        if _FIGURE.search(rest) and not re.match(r"[一1] ?[起件例次]", rest):
            continue  # 申请信息不存在8件 counts 8, 没有现成信息…1件 counts 1
        after = match.end() + len(rest)
        if folded[after : after + 1].isdigit():
            continue
        yield from _conjuncts(rest, match)


def _conjuncts(rest: str, denial: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Cut the denied words into things: a part that names none is a modifier of the next."""
    ends = [match.start() for match in _AND.finditer(rest)] + [len(rest)]
    start = 0
    for end in ends:
        part = rest[start:end].rstrip()
        named = denial.group() + part if start == 0 else part
        if _thing().search(named):
            yield denial.start(), denial.end() + start + len(part)
            next_word = _AND.match(rest, end)
            start = next_word.end() if next_word else end


def _zero_things(folded: str) -> Iterator[tuple[int, int]]:
    """``实现零投诉``, reported and not wished for."""
    for match in _ZERO_THING.finditer(folded):
        if not _is_unsaid(folded, match.start()):
            yield match.span()


def _zeros(folded: str) -> Iterator[tuple[int, int]]:
    """``行政复议、行政诉讼均为零``: every thing of the list before the zero."""
    for match in _IS_ZERO.finditer(folded):
        if _is_unsaid(folded, match.start()):
            continue
        clause = _CAUSE.split(context.clause_before(folded, match.start()))[-1]
        at = match.start()
        while found := _thing_start().search(clause):
            start = at - (len(clause) - found.start())
            yield start, match.end()
            before = re.sub(r"(?:、|和|及|与)\Z", "", clause[: found.start()])
            if before == clause[: found.start()]:
                break
            at -= len(clause) - len(before)
            clause = before


def _is_unsaid(folded: str, at: int) -> bool:
    """Tell whether a denial is a wish, a rule, a condition or a plan."""
    clause = context.clause_before(folded, at)
    return bool(_NOT_SAID.search(clause)) or context.is_planned(folded, at)
