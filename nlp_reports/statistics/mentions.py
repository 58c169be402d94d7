"""Numbers in prose that count something: exact value, unit as printed, approximation, range.

One pattern is tried from left to right wherever a numeral may begin. It first tries what holds
numerals but counts nothing (``resources/not_counted.tsv``), then a quantity, so that whatever is
consumed as a date, an ordinal or a fixed phrase cannot be read again as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from .. import lexicon, numerals
from ..schema import Quantity
from ..text import fold_stops
from . import context, denials

_DIGIT = "〇零一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_HAN = f"{_DIGIT}十百千万亿拾佰仟廿"
# Thousands in groups, by commas or by the blanks of a scan; digits scattered by a scan; plain digits.
_ARABIC = (
    r"(?:\d{1,3}(?:(?: ?, ?| )\d{3})+(?!\d)|\d(?: \d)+(?![\d,.])|(?<!\d,)\d{4,15}|\d{1,3})"
    r"(?:\.\d{1,9})?"
)
_MIXED = r"\d{1,6}(?:\.\d{1,6})?[万千亿](?:\d{1,4}[万千百]{0,2})+"
# Where the pattern is tried: at numerals and the few other characters its branches begin with.
_START = re.compile(rf"[\d{_HAN}A-Za-z〔\[(几数好若+-]")
_NUMBER = (
    rf"(?:{_MIXED}(?![\d.])|{_ARABIC}(?!\.?\d)"
    rf"|(?<![几数第])[{_HAN}]{{1,12}}(?:点[{_DIGIT}]{{1,6}}[万亿]?)?)"
)
_INFIX = "[余多几来]"
_SCALE = "[千万亿百]{1,2}"
_AMOUNT = rf"{_NUMBER} ?(?:{_INFIX} ?)?(?:{_SCALE} ?)?(?:{_INFIX})?"
_TO = r" ?(?:-|—|–|~|至|到) ?"
_GAP = r"[ \"'”’_」』\]】)]*"  # what may stand between a number and its unit
_SHARE = rf"(?:百|[{_HAN}]{{1,9}}(?:点[{_DIGIT}]{{1,6}})?|\d{{1,6}}(?:\.\d{{1,6}})?)"
# 七成, 七成五, 八成多; but not 三成员, 一成不变.
_TENTHS = "[一二两三四五六七八九十]成(?:[一二三四五六七八九]|半)?(?![员立为功果就本效分熟长都绩交形品像套体])多?"

_PARTS = re.compile(
    rf"(?P<sign>[-+])?(?P<number>{_NUMBER}) ?(?P<infix>{_INFIX})?"
    rf" ?(?P<scale>{_SCALE})? ?(?P<infix2>{_INFIX})?\Z"
)
# 两三次, 二三十件, 十二三张: two neighbouring digits are the ends of a range.
_NEIGHBOURS = re.compile(
    r"(?P<head>[十百千万一二三四五六七八九]*?)(?P<low>[一二两三四五六七八九])(?P<high>[二两三四五六七八九])"
    r"(?P<tail>[十百千万亿]*)\Z"
)
_RATIO_UNITS = {"百": "%", "千": "‰", "万": "‱"}

_OPENERS = r"[ _“\"(【\[]*\Z"
_BEFORE = tuple(
    (approx, re.compile(words + _OPENERS))
    for approx, words in (
        (
            "about",
            r"(?:(?<![节预制集违合签特简])约(?:占[^,。;]{0,12}的|为|有)?|(?<![最附远临新])近|接近)",
        ),
        ("over", r"(?:逾|(?<!不)超过|突破|(?<![反高])超)"),
        ("at_least", r"(?:至少|不少于|不低于)"),
        ("at_most", r"(?:不超过|至多|不足|少于|(?<!不)低于)"),
    )
)
_UPWARDS = re.compile(rf"(?<![以之加同网])上{_OPENERS}")  # 上千条
_AFTER = re.compile(r" ?(?:(?P<at_least>以上)|(?P<about>左右|上下)|(?P<at_most>以内|之内|以下))")
_INFIX_APPROX = {"余": "over", "多": "over", "几": "over", "来": "about"}

_MEASURED = re.compile(r"平均|用时|时长|时间|历时|耗时|缩短|压缩|提速|持续|等候|提前")
_SCORED = re.compile(r"分[数值]|得分|评分|打分|满意|获|考核|评议|测评|评估|成绩|比|高|低|差|达")
_SPAN_OF_TIME = re.compile(r" ?(?:工作日|小时|月|星期|季度|昼夜)")
_FORM_NOTE = re.compile(r"(?:(?<![共总合累统])计|保留|如) ?\Z")  # 计1条, 保留4位小数
_TOGETHER = re.compile(r"(?:与|和|同|跟|共同|在|联系|结合|捆绑|融合)[^,。;]{0,14}\Z")
_OWN_BRACKET = re.compile(r"[^。;,:、 ]\(\Z")  # 简报(9)期, but not the item 。(9)期限…


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a match says, before it is decided whether it counts."""

    value: Decimal
    value_max: Decimal | None = None
    unit: str | None = None
    infix: str | None = None


@dataclass(frozen=True, slots=True)
class _Number:
    """One end of an amount; ``scale`` is the 万 that belongs to the unit."""

    value: Decimal
    value_max: Decimal | None
    scale: str
    infix: str | None


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


def find(text: str, folded: str) -> tuple[Quantity, ...]:
    """`quantities` of a `text` whose fold is at hand."""
    zeros = denials.find(text, folded)
    everything = sorted([*_explicit(text, folded), *zeros], key=lambda q: (q.start, q.end))
    found, denied = [], 0  # denied: how far the zero statements so far reach
    for quantity in everything:
        if quantity.implicit:
            denied = max(denied, quantity.end)
        if quantity.implicit or quantity.start >= denied:
            found.append(quantity)
    return tuple(found)


@cache
def _units() -> tuple[str, dict[str, str]]:
    """Return the pattern of all units, longest first, and their kinds."""
    rows = sorted(lexicon.table("units"), key=lambda row: -len(row["unit"]))
    pattern = "|".join(
        re.escape(row["unit"]) + (f"(?![{row['not_before']}])" if row["not_before"] else "")
        for row in rows
    )
    return pattern, {row["unit"]: row["kind"] for row in rows}


@cache
def _scanner() -> re.Pattern[str]:
    unit, _ = _units()
    skip = "|".join(
        pattern.replace("{n}", f"[\\d{_HAN}]{{1,16}}")
        for pattern in lexicon.column("not_counted", "pattern")
    )
    amount = (
        rf"(?P<amount>(?:(?<![\d%A-Za-z{_HAN}])[-+])?(?<![A-Za-z\d.]){_AMOUNT}"
        rf"(?:(?:{_GAP}(?P<first>{unit}))?{_TO}(?P<upper>{_AMOUNT}))?)"
        rf"{_GAP}(?:\( ?(?P<boxed>{unit}) ?\)|(?P<unit>{unit})|(?P<bare>(?=[,。;!?、)]|\Z)))"
    )
    return re.compile(
        rf"(?P<skip>{skip})|(?P<ratio>百分百|[百千万]分之{_SHARE}(?:{_TO}[百千万]分之{_SHARE})?)"
        rf"|(?P<fraction>[一二两三四五六七八九十]{{1,3}}分之[一二两三四五六七八九十]{{1,3}})"
        rf"|(?P<tenths>{_TENTHS})|{amount}"
    )


def _matches(folded: str) -> Iterator[re.Match[str]]:
    """Yield what the scanner finds outside the runs that count nothing, without overlaps."""
    at, scan = 0, _scanner().match
    while start := _START.search(folded, at):
        match = scan(folded, start.start())
        at = match.end() if match and match.end() > start.start() else start.end()
        if match and match.group("skip") is None:
            yield match


def _explicit(text: str, folded: str) -> Iterator[Quantity]:
    for match in _matches(folded):
        reading = _read(match)
        if reading is None:
            continue
        whole = match.group()
        start = match.start() + len(whole) - len(whole.lstrip())
        end = match.start() + len(whole.rstrip())
        if not _is_counted(folded, start, end, match, reading.unit):
            continue
        unit = reading.unit
        if unit and "(" in unit:  # 人（次） keeps the brackets the text prints
            unit = text[match.start("unit") : match.end("unit")]
        approx = _approximation(folded, start, end, reading.infix)
        yield Quantity(start, end, text[start:end], reading.value, reading.value_max, unit, approx)


def _read(match: re.Match[str]) -> _Reading | None:
    """Return what a match says; None when it is no number with a unit."""
    kind = match.lastgroup
    if kind == "ratio":
        return _ratio(match.group(kind))
    if kind == "fraction":
        below, above = map(_number, match.group(kind).split("分之"))
        if below is None or above is None or below.value_max or above.value_max or not below.value:
            return None
        return _Reading(above.value / below.value)
    if kind == "tenths":
        return _tenths(match.group(kind))
    return _amount(match)


def _ratio(text: str) -> _Reading | None:
    """``百分之九十八``, ``百分之七八``, ``百分之二十至百分之三十``."""
    unit = _RATIO_UNITS[text[0]]
    if text in ("百分百", "百分之百"):
        return _Reading(Decimal(100), None, unit)
    ends = [_number(part.partition("分之")[2]) for part in re.split(_TO, text)]
    whole = ends[0] if len(ends) == 1 else _between(ends[0], ends[1])
    return _Reading(whole.value, whole.value_max, unit) if whole else None


def _tenths(text: str) -> _Reading:
    whole, _, rest = text.partition("成")
    infix = "多" if rest.endswith("多") else None
    rest = rest.rstrip("多")
    more = 5 if rest == "半" else numerals.parse(rest) if rest else 0
    return _Reading(numerals.parse(whole) * 10 + more, None, "%", infix)


def _amount(match: re.Match[str]) -> _Reading | None:
    text, upper_text = match.group("amount"), match.group("upper")
    if upper_text is None:
        number = _number(text)
    else:
        number = _between(_number(_lower_end(match, text)), _number(upper_text))
    if number is None:
        return None
    unit = number.scale + (match.group("unit") or match.group("boxed") or "")
    return _Reading(number.value, number.value_max, unit, number.infix) if unit else None


def _lower_end(match: re.Match[str], text: str) -> str:
    """Return the first number of a range: what stands before its unit or before 至."""
    stop = match.start("first") if match.group("first") else match.start("upper")
    return re.sub(rf"(?:{_TO}|{_GAP})\Z", "", text[: stop - match.start("amount")])


def _between(lower: _Number | None, upper: _Number | None) -> _Number | None:
    if lower is None or upper is None or upper.value_max is not None:
        return None
    if lower.scale and not upper.scale:
        return None
    return _Number(lower.value, upper.value, upper.scale, upper.infix)


def _number(text: str) -> _Number | None:
    parts = _PARTS.match(text.strip())
    if not parts:
        return None
    digits = parts.group("number").replace("廿", "二十").replace(" ", "")
    scale = parts.group("scale") or ""
    infix = parts.group("infix") or parts.group("infix2")
    factor = Decimal(-1 if parts.group("sign") == "-" else 1)
    if not digits[-1].isdigit():  # 十余万元 is read whole; in 10余万元 the 万 belongs to the unit
        for char in scale:
            factor *= numerals.SCALES[char]
        scale = ""
    try:
        if pair := _NEIGHBOURS.match(digits):
            ends = _neighbours(pair)
            return _Number(ends[0] * factor, ends[1] * factor, scale, infix) if ends else None
        if len(digits) > 1 and all(char in _DIGIT for char in digits):
            return None  # 二〇一八: digits read one by one name a year, a number, a code
        return _Number(numerals.parse(digits) * factor, None, scale, infix)
    except ValueError:
        return None


def _neighbours(pair: re.Match[str]) -> tuple[Decimal, Decimal] | None:
    head, low, high, tail = pair.groups()
    step = numerals.DIGITS[high] - numerals.DIGITS[low]
    if step not in (1, 2) or (head and head[-1] not in numerals.SCALES):
        return None
    return numerals.parse(head + low + tail), numerals.parse(head + high + tail)


def _is_counted(folded: str, start: int, end: int, match: re.Match[str], unit: str | None) -> bool:
    """Leave out what a rule, a plan, a form's note or an unmeasured span of time names."""
    kind = _units()[1].get(unit or "", "count")
    clause = context.clause_before(folded, start)
    written = folded[start:end]
    is_time = kind == "duration" or (unit == "个" and _SPAN_OF_TIME.match(folded, end))
    if is_time and not _MEASURED.search(clause):
        return False
    if unit == "分" and not _SCORED.search(clause):
        return False
    if unit == "起" and _TOGETHER.search(clause):
        return False
    if kind == "noun" and " " in written:
        return False
    if match.group("bare") is not None and not re.search("[千万亿]", written):
        return False
    if (
        ")" in written
        and "(" not in written
        and not _OWN_BRACKET.search(folded[max(0, start - 2) : start])
    ):
        return False
    return not _FORM_NOTE.search(clause) and not context.is_planned(folded, start)


def _approximation(folded: str, start: int, end: int, infix: str | None) -> str:
    """Return how exact a number claims to be; of two words the outer one wins."""
    after = _AFTER.match(folded, end)
    if after and after.lastgroup:
        return after.lastgroup
    before = folded[max(0, start - 24) : start]
    for approx, pattern in _BEFORE:
        if pattern.search(before):
            return approx
    if folded[start] in "百千万亿" and _UPWARDS.search(before):
        return "over"
    return _INFIX_APPROX[infix] if infix else "exact"
