"""Quantities of a text: the numbers that count something, and the statements of absence."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from .. import lexicon
from ..schema import Quantity
from ..text import fold_stops
from . import context, denials, notation
from .notation import Reading

_FORM_NOTE = re.compile(r"(?:计(?<![共总合累统]计)|如) ?\Z")  # 计1条
_OF_TIME = re.compile(r" ?(?:工作日|小时|月|星期|季度|昼夜)")
_OWN_BRACKET = re.compile(r"[^。;,:、 ]\(\Z")  # 简报(9)期, but not the item 。(9)期限…
_OPENERS = r"[ _“\"(【\[]*\Z"
_ASPECTS = re.compile(r"[^,。;]{1,6}?方面")
_FEW = 4  # characters after a quantity that may say what was measured: 由20分钟缩短
_LOOK = 24  # characters searched for a word of approximation
_UPWARDS = re.compile(rf"上(?<![以之加同网]上){_OPENERS}")  # 上千条


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return every quantity of `text`, zero statements included, ordered by start and end.

    A number is found with its unit or percent sign in any notation; dates, ordinals, document
    numbers, telephone numbers, fixed phrases, plans and rules are left out. A numeral inside a zero
    statement (``未发生一起``) is no second quantity. An empty text gives an empty tuple. Numbers of
    more than 15 digits or 9 decimals are no quantities.

    >>> [(q.text, q.value, q.unit, q.approx) for q in quantities("公开信息1,286余条。")]
    [('1,286余条', Decimal('1286'), '条', 'over')]
    """
    return find(text, fold_stops(text))


def find(
    text: str, folded: str, *, year: int | None = None, planned: bool = False
) -> tuple[Quantity, ...]:
    """`quantities` of a `text` whose fold is at hand.

    `year` is the reported one; `planned` says that the text stands under a heading of plans.
    """
    zeros = denials.find(text, folded)
    counted = _counted(text, folded, year, planned)
    if not zeros:
        return tuple(counted)
    found, denied = [], 0  # denied: how far the zero statements so far reach
    for quantity in sorted([*counted, *zeros], key=lambda q: (q.start, q.end)):
        if quantity.implicit:
            denied = max(denied, quantity.end)
        if quantity.implicit or quantity.start >= denied:
            found.append(quantity)
    return tuple(found)


def _counted(text: str, folded: str, year: int | None, planned: bool) -> list[Quantity]:
    readings = [r for r in notation.readings(folded) if _is_counted(folded, r)]
    if readings and context.may_plan(folded):
        readings = [r for r in readings if not context.is_planned(folded, r.start)]
    if readings and (spans := context.plans(folded, year=year, opened=planned)):
        readings = [r for r in readings if not _is_promised(folded, r, spans)]
    found = []
    for reading in readings:
        start, end, value, value_max, unit, _ = reading
        if unit and "(" in unit:  # 人（次） keeps the brackets the text prints
            unit = text[end - len(unit) : end]
        approx = _approximation(folded, reading)
        found.append(Quantity(start, end, text[start:end], value, value_max, unit, approx))
    return found


def _is_promised(folded: str, reading: Reading, plans: list[tuple[int, int]]) -> bool:
    """Tell whether a number stands in one of the spans of plans and reports nothing done."""
    start, end = reading.start, reading.end
    nearest = bisect_right(plans, (start, start)) - 1
    if nearest < 0 or start >= plans[nearest][1]:
        return False
    announces = _ASPECTS.match(folded, start, end + _FEW)  # 从以下三个方面改进 counts its own list
    return not announces and not context.is_done(folded, start)


@cache
def _conditions() -> dict[str, tuple[bool, re.Pattern[str]]]:
    """Return by unit or kind: must the clause hold the pattern or must it not, and the pattern."""
    conditions = {
        row["applies_to"]: (row["rule"] == "needs", re.compile(row["pattern"]))
        for row in lexicon.table("conditions")
    }
    kinds = lexicon.mapping("units", "unit", "kind")
    return conditions | {u: conditions[kind] for u, kind in kinds.items() if kind in conditions}


@cache
def _nouns() -> frozenset[str]:
    return frozenset(lexicon.column("units", "unit", kind="noun"))


def _is_counted(folded: str, reading: Reading) -> bool:
    """Leave out form notes, list items, and units whose clause does not say what they count."""
    start, end, unit = reading.start, reading.end, reading.unit
    written = folded[start:end]
    is_closed_outside = ")" in written and "(" not in written
    if is_closed_outside and not _OWN_BRACKET.search(folded, max(0, start - 2), start):
        return False
    if unit in _nouns() and (" " in written or written[0] == "一"):
        return False
    if unit == "个" and _OF_TIME.match(folded, end):
        unit = "duration"
    if written in _conditions():
        unit = written
    is_score = unit == "分" and "." in written  # 93.6分 is one wherever it stands
    if unit in _conditions() and not is_score and not _meets(folded, reading, *_conditions()[unit]):
        return False
    return not _FORM_NOTE.search(folded, max(0, start - 3), start)


def _meets(folded: str, reading: Reading, needed: bool, pattern: re.Pattern[str]) -> bool:
    clause = context.clause_before(folded, reading.start)
    if not needed:
        return not pattern.search(clause)
    return bool(pattern.search(clause) or pattern.search(folded, reading.end, reading.end + _FEW))


@cache
def _approximations(place: str) -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return what finds the words of approximation at one place, and each with what it means."""
    words = lexicon.column("approximations", "pattern", place=place)
    meanings = lexicon.column("approximations", "approx", place=place)
    begin, end = ("", _OPENERS) if place == "before" else (f"(?:{_OF_TIME.pattern})? ?", "")
    patterns = [re.compile(f"{begin}(?:{word}){end}") for word in words]
    some = re.compile(f"{begin}(?:{'|'.join(words)}){end}")
    return some, tuple(zip(meanings, patterns, strict=True))


@cache
def _infixes() -> dict[str, str]:
    words = lexicon.column("approximations", "pattern", place="infix")
    return dict(zip(words, lexicon.column("approximations", "approx", place="infix"), strict=True))


def _approximation(folded: str, reading: Reading) -> str:
    """Return how exact a number claims to be; of two words the outer one wins."""
    start = reading.start
    some, kinds = _approximations("after")
    word = some.match(folded, reading.end)
    if not word:
        some, kinds = _approximations("before")
        word = some.search(folded, max(0, start - _LOOK), start)
    if word:
        return next(kind for kind, pattern in kinds if pattern.match(folded, *word.span()))
    if folded[start] in "百千万亿" and _UPWARDS.search(folded, max(0, start - _LOOK), start):
        return "over"
    return _infixes()[reading.infix] if reading.infix else "exact"
