"""What a cell of a form holds: a number, nothing, or a sign for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ..text import fold, squeeze

UNITS = (
    "万人次", "人次", "人(次)", "万元", "亿元", "条", "件", "次", "篇", "个", "元", "项", "份",
    "场", "期", "起", "名", "家", "部", "人",
)  # fmt: skip
_UNIT = "|".join(map(re.escape, UNITS))
_NUMBER = re.compile(
    rf"(?P<sign>[-+]|增加?|减少?)?(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<fraction>\.\d+)?(?:(?P<unit>{_UNIT})|[(](?P<bracketed>{_UNIT})[)])?\Z"
)
_GAP = re.compile(r"\d\s+\d")
_THOUSANDS = re.compile(r"[-+]? ?\d{1,3}(?: \d{3}){1,3}(?![ \d])")  # 1 329 584
# Behind a number: a page mark that ran into the line, a note (12（含上年结转2件）).
_ASIDE = re.compile(rf"(?<=\d)(?: +[-—] ?\d{{1,3}} ?[-—]|[(](?!(?:{_UNIT})[)])[^()]*[)])\Z")
_STRAY = "、。;:"  # of a label that ran over into the cell
# 0, blank and not applicable are kept apart: these hold no number.
_NO_NUMBER = re.compile(r"(?:[-—–一_/\\|*]+|空|空白|不适用|N/?A|不涉及)\Z", re.IGNORECASE)
_NONE = "无"  # in a statistics form: none, a zero
_UNIT_CELL = re.compile(rf"(?:{_UNIT})\Z")
_IN_HEADER = re.compile(rf"(?:单位[:]?|[(])({_UNIT})(?=[),;]|\Z)")


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell says: ``number`` is None for a blank cell or one that is not applicable."""

    number: Decimal | None
    unit: str | None = None


@lru_cache(maxsize=8192)
def parse(text: str) -> Value | None:
    """Return what a cell holds, or None when it is no value: a label, a unit, a note.

    >>> parse("１，２８６"), parse("251000元"), parse("——"), parse("政府网站")
    (Value(number=Decimal('1286'), unit=None), Value(number=Decimal('251000'), unit='元'), Value(number=None, unit=None), None)
    """
    text = _ASIDE.sub("", fold(text).strip().strip(_STRAY))
    folded = squeeze(text)
    if not folded or _NO_NUMBER.match(folded):
        return Value(None)
    if folded == _NONE:
        return Value(Decimal(0))
    match = _NUMBER.match(folded)
    if not match or (_GAP.search(text) and not _THOUSANDS.match(text)):
        return None  # several numbers that lost their columns are not one
    number = Decimal(match["digits"].replace(",", "") + (match["fraction"] or ""))
    negative = (match["sign"] or "")[:1] in ("-", "减")
    return Value(-number if negative else number, match["unit"] or match["bracketed"])


@lru_cache(maxsize=8192)
def is_blank(text: str) -> bool:
    """Tell whether a cell shows nothing."""
    return not squeeze(text)


@lru_cache(maxsize=8192)
def is_unit(text: str) -> bool:
    """Tell whether a cell is nothing but a unit."""
    return bool(_UNIT_CELL.match(squeeze(text)))


@lru_cache(maxsize=8192)
def unit_in(text: str) -> str | None:
    """Return the unit that a cell is (``件``) or a header states (``收费金额（单位：万元）``)."""
    folded = squeeze(text)
    if _UNIT_CELL.match(folded):
        return folded
    match = _IN_HEADER.search(folded)
    return match.group(1) if match else None
