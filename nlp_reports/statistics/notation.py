"""How quantities are written: one pattern for every notation, and what a match of it says.

The pattern is tried from left to right wherever a numeral may begin. It first tries what holds
numerals but counts nothing (``resources/not_counted.tsv``), then a quantity, so that whatever is
consumed as a date, an ordinal or a fixed phrase cannot be read again as a number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from math import prod
from typing import NamedTuple

from .. import lexicon, numerals

_DIGIT = "".join(numerals.DIGITS)
_HAN = "".join((*numerals.DIGITS, *numerals.SCALES, "廿"))
_OTHER = r"A-Za-z〔\[(几数好若《负+-"  # what else a run that holds a numeral begins with
_START = re.compile(rf"[\d{_HAN}{_OTHER}]")
# Plain digits; thousands in groups, by commas or by the blanks of a scan; digits scattered by a scan.
_ARABIC = (
    r"(?:(?<!(?<![\d:=./-])\d,)(?<!(?<![\d:=./-])\d\d,)(?<!(?<![\d:=./-])\d{3},)\d{4,15}|\d{1,3}(?:(?: ?, ?| )\d{3})+(?!\d)|\d(?: \d)+(?![\d,.])|\d{1,3})"
    r"(?:\.\d{1,9})?"
)
_MIXED = r"\d{1,6}(?:\.\d{1,6})?[万千亿]零?(?:(?:\d{1,4}(?:[万千]|[百十](?!分))[万千]?)+(?:\d{1,4}(?![\d.]))?|\d{1,4}(?![\d.]))"
_TO = r" ?(?:-|—|~|至|到) ?"
_GAP = r"[ \"'”’_」』\]】)]*"  # what may stand between a number and its unit
_SHARE = rf"(?:百|[{_HAN}]{{1,9}}(?:点[{_DIGIT}]{{1,6}})?|\d{{1,6}}(?:\.\d{{1,6}})?)"
# 七成, 七成五; but not 三成员, 一成不变.
_TENTHS = r"(?:\d{1,2}(?:\.\d)?|[一二两三四五六七八九]?[一二两三四五六七八九十])成(?:[一二三四五六七八九]|半)?(?![员立为功果就本效分熟长都绩交形品像套体])"
# 两三次, 二三十件, 十二三张: two neighbouring digits are the ends of a range.
_NEIGHBOURS = re.compile(
    r"(?P<head>[十百千万一二三四五六七八九]*?)(?P<low>[一二两三四五六七八九])(?P<high>[二两三四五六七八九])"
    r"(?P<tail>[十百千万亿]*)\Z"
)
_PARTS = ("number", "infix", "scale", "after", "number2", "unit", "boxed")
_DIGIT_AND_SCALE = re.compile(f"[{_DIGIT}]([百千万亿]+)\\Z")
_NUMERATORS = {"百": "%", "千": "‰", "万": "‱"}


class Reading(NamedTuple):
    """A number with its unit: where it stands and what it says.

    ``unit`` is None for a fraction and after a bare round number (``约十万，``).
    """

    start: int
    end: int
    value: Decimal
    value_max: Decimal | None = None
    unit: str | None = None
    infix: str | None = None


def readings(folded: str) -> Iterator[Reading]:
    """Yield every number with its unit in a folded text, in order, none inside another."""
    at = 0
    scanners = _scanners()
    while start := _START.search(folded, at):
        at = start.start()
        match = scanners[folded[at]].match(folded, at)
        if match is None:
            at += 1
            continue
        at = max(match.end(), at + 1)
        if match.lastgroup != "skip" and (reading := _read(match)):
            yield reading


@cache
def _scanners() -> dict[str, re.Pattern[str]]:
    """Return the pattern to try at each character that `_START` finds."""
    unit = _unit_pattern()
    tenths = rf"(?P<tenths>{_TENTHS})"
    counted = (
        rf"(?P<ratio>百分百|[百千万]分之{_SHARE}(?:{_TO}[百千万]分之{_SHARE})?)"
        rf"|(?P<fraction>[一二两三四五六七八九十]{{1,3}}分之[一二两三四五六七八九十]{{1,3}})"
        rf"|{tenths}"
    )
    arabic = rf"(?<![A-Za-z\d.])(?:{_MIXED}(?![\d.])|{_ARABIC}(?!\.?\d))"
    han = rf"(?<![\d.])(?<![几第])(?:(?<!数)|(?![十百千万亿]))[{_HAN}]{{1,24}}(?:点[{_DIGIT}]{{1,6}}[万亿]?)?"
    patterns = {
        "digit": f"{tenths}|{_amount(arabic, han, unit)}",
        "han": f"{counted}|{_amount(han, arabic, unit)}",
        "other": rf"(?<![\d%A-Za-z{_HAN}])[-+负]{_amount(arabic, han, unit)}",
    }
    compiled = {
        begins: re.compile(f"(?P<skip>{_not_counted(begins)})|{pattern}")
        for begins, pattern in patterns.items()
    }
    first = {"digit": "0123456789", "han": _HAN}
    scanners = {char: compiled[begins] for begins, chars in first.items() for char in chars}
    return defaultdict(lambda: compiled["other"], scanners)


def _amount(number: str, other: str, unit: str) -> str:
    """A number or range with its unit. `number` is tried first, `other` is its second script."""
    units = rf"(?:\( ?(?P<boxed{{0}}>{unit}) ?\)|(?P<unit{{0}}>{unit}))".format
    return (
        rf"{_end_of_range('', number)}(?:{_GAP}{units('')})?"
        rf"(?:{_TO}{_end_of_range('2', f'{number}|{other}')}{_GAP}(?(unit)(?P=unit)|{units('2')}))?"
    )


def _end_of_range(name: str, number: str) -> str:
    infix = "|".join(lexicon.column("approximations", "pattern", place="infix"))
    return (
        rf"(?P<number{name}>{number}) ?(?:(?P<infix{name}>{infix}) ?)?"
        rf"(?:(?P<scale{name}>(?:[万亿]|[千百](?!分)){{1,2}}) ?)?(?P<after{name}>{infix})?"
    )


def _not_counted(begins: str) -> str:
    """All rows for one kind of beginning; those with a character behind them share one look back."""
    rows = [row for row in lexicon.table("not_counted") if begins in row["begins"].split()]
    patterns = [row["pattern"] for row in rows if not row["behind"]]
    if after := [row["pattern"] for row in rows if row["behind"]]:
        chars = "".join(row["behind"] for row in rows)
        patterns.insert(0, f"(?<=[{chars}])(?:{'|'.join(after)})")
    if begins != "other":
        tails = lexicon.column("not_counted", "pattern", begins="number")
        patterns.append(rf"{{n}}(?![\d{_HAN}]) ?(?:{'|'.join(tails)})")
    return "|".join(patterns).replace("{n}", f"[\\d{_HAN}]{{1,16}}")


def _unit_pattern() -> str:
    """All units by their first character, which stand as in the table: the common ones first."""
    rows = lexicon.table("units")
    tails: dict[str, list[str]] = {row["unit"][0]: [] for row in rows}
    for row in sorted(rows, key=lambda row: -len(row["unit"])):
        follow = f"(?![{row['not_before']}])" if row["not_before"] else ""
        tails[row["unit"][0]].append(re.escape(row["unit"][1:]) + follow)
    return "|".join(f"{re.escape(char)}(?:{'|'.join(rest)})" for char, rest in tails.items())


def _read(match: re.Match[str]) -> Reading | None:
    """Return what a match says; None when it is no number with a unit."""
    kind = match.lastgroup
    if kind == "ratio":
        return _ratio(match)
    if kind == "fraction":
        below, above = (_number(part) for part in match.group().split("分之"))
        if below is None or above is None or below.upper or above.upper or not below.value:
            return None
        return Reading(*match.span(), above.value / below.value)
    if kind == "tenths":
        return _tenths(match)
    return _counted(match)


def _ratio(match: re.Match[str]) -> Reading | None:
    """``百分之九十八``, ``百分之七八``, ``百分之二十至百分之三十``."""
    text = match.group()
    unit = _NUMERATORS[text[0]]
    if text in ("百分百", "百分之百"):
        return Reading(*match.span(), Decimal(100), unit=unit)
    low, high = (_number(part.partition("分之")[2]) for part in (*re.split(_TO, text), text)[:2])
    if low is None or high is None:
        return None
    upper = low.upper if low == high else high.value
    return Reading(*match.span(), low.value, upper, unit)


def _tenths(match: re.Match[str]) -> Reading | None:
    whole, _, rest = match.group().partition("成")
    more = 5 if rest == "半" else numerals.parse(rest) if rest else 0
    tenths = _number(whole)
    if tenths is None:
        return None
    upper = tenths.upper * 10 if tenths.upper else None  # 三四成
    return Reading(*match.span(), tenths.value * 10 + more, upper, "%")


class _Number(NamedTuple):
    """A numeral: its value, the other end if it names a range, and the 万 that belongs to the unit."""

    value: Decimal
    upper: Decimal | None
    scale: str


def _counted(match: re.Match[str]) -> Reading | None:
    digits, infix, scale, after, upper, unit, boxed = match.group(*_PARTS)
    low = _number(digits, scale or "")
    if low is None:
        return None
    if upper is not None:
        return _range(match, low)
    start, end = match.span()
    unit = (unit or boxed or "").replace(" ", "")  # 642 人 次, as a scan has it
    if not unit:
        if not low.scale or match.string[end : end + 1] not in ",。;!?、)\n":
            return None
        end -= len(match.group()) - len(match.group().rstrip())
    value = -low.value if match.string[start] in "-负" else low.value
    return Reading(start, end, value, low.upper, low.scale + unit, infix or after)


def _range(match: re.Match[str], low: _Number) -> Reading | None:
    digits, infix, scale, after = match.group("number2", "infix2", "scale2", "after2")
    high = _number(digits, scale or "")
    if high is None or high.upper is not None or (low.scale and not high.scale):
        return None
    unit = high.scale + (match.group("unit") or match.group("unit2") or match.group("boxed2"))
    value = -low.value if match.string[match.start()] in "-负" else low.value
    if len(match.group("number")) == 1 and (more := _DIGIT_AND_SCALE.match(digits)):
        lent = value * prod(numerals.SCALES[char] for char in more.group(1))
        value = lent if lent < high.value else value  # 三至五万元: the scale is said once
    return Reading(*match.span(), value, high.value, unit, infix or after)


def _number(digits: str, scale: str = "") -> _Number | None:
    """Read digits and the scale after them; None when they name no number (``二〇一八``)."""
    if digits.isdigit():
        return _Number(Decimal(digits), None, scale)
    return _numeral(digits.replace(" ", ""), scale)


@lru_cache(maxsize=1024)
def _numeral(digits: str, scale: str) -> _Number | None:
    factor = Decimal(1)
    if not digits[-1].isdigit():  # 十余万元 is read whole; in 10余万元 the 万 belongs to the unit
        for char in scale:
            factor *= numerals.SCALES[char]
        scale = ""
    try:
        if pair := _NEIGHBOURS.match(digits):
            ends = _neighbours(pair)
            return _Number(ends[0] * factor, ends[1] * factor, scale) if ends else None
        if len(digits) > 1 and all(char in _DIGIT for char in digits):
            return None  # 二〇一八: digits read one by one name a year, a number, a code
        return _Number(numerals.parse(digits) * factor, None, scale)
    except ValueError:
        return None


def _neighbours(pair: re.Match[str]) -> tuple[Decimal, Decimal] | None:
    head, low, high, tail = pair.groups()
    step = numerals.DIGITS[high] - numerals.DIGITS[low]
    if step not in (1, 2) or (head and head[-1] not in numerals.SCALES):
        return None
    return numerals.parse(head + low + tail), numerals.parse(head + high + tail)
