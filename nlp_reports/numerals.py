"""Chinese and Arabic numerals to exact numbers.

A numeral is a run of digits (``1,286``, ``12.5``), Chinese digits (``二〇一八``), a Chinese numeral
with scales (``三万五千``, ``壹拾贰万``, ``十二点五亿``) or a mix (``1万2千``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod

DIGITS = {
    **{char: n for n, char in enumerate("〇一二三四五六七八九")},
    **{char: n for n, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{"两": 2, "兩": 2, "貳": 2, "參": 3, "陸": 6},
}
SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
SCALES = {**SMALL, **LARGE}

_SCALE_OF_UNIT = re.compile(r"[百千]?[万亿]|[百千](?![米克瓦分])")
_ARABIC = re.compile(r"[+-]?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?\Z")
_TOKEN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|.")


def split_scale(unit: str) -> tuple[Decimal, str]:
    """Return the scale that a unit begins with, 1 when there is none, and the unit without it.

    >>> split_scale("万元"), split_scale("千万元"), split_scale("千米")
    ((Decimal('10000'), '元'), (Decimal('10000000'), '元'), (Decimal('1'), '千米'))
    """
    scale = _SCALE_OF_UNIT.match(unit)
    if not scale:
        return Decimal(1), unit
    size = prod((Decimal(SCALES[char]) for char in scale.group()), start=Decimal(1))
    return size, unit[scale.end() :]


def parse(numeral: str) -> Decimal:
    """Return the exact value of a folded numeral without blanks.

    >>> parse("1万2千"), parse("二〇一八"), parse("三万五千")
    (Decimal('12000'), Decimal('2018'), Decimal('35000'))

    Raises
    ------
    ValueError
        If `numeral` is no numeral.
    """
    if _ARABIC.match(numeral):
        return Decimal(numeral.replace(",", ""))
    sign, digits = (-1, numeral[1:]) if numeral[:1] in ("负", "-") else (1, numeral)
    digits = digits.replace("廿", "二十")
    whole, dot, fraction = digits.partition("点")
    value = _whole(whole, numeral) if whole else None
    if value is None or (dot and not fraction):
        raise ValueError(f"no numeral: {numeral!r}")
    return sign * (_add_fraction(value, fraction, numeral) if dot else value)


def _add_fraction(whole: Decimal, fraction: str, numeral: str) -> Decimal:
    """``十二点五亿``: the digits after the point, then an optional scale for the whole."""
    digits = fraction.rstrip("".join(SCALES))
    if not digits or any(char not in DIGITS for char in digits):
        raise ValueError(f"no numeral: {numeral!r}")
    scale = Decimal(1)
    for char in fraction[len(digits) :]:
        scale *= SCALES[char]
    return (whole + Decimal("0." + "".join(str(DIGITS[char]) for char in digits))) * scale


def _whole(text: str, numeral: str) -> Decimal:
    if all(char in DIGITS for char in text):
        return Decimal("".join(str(DIGITS[char]) for char in text))
    total = section = Decimal(0)  # above and below the last 万 or 亿
    digit: Decimal | None = None  # read, its scale still to come
    last = 1
    for token in _TOKEN.findall(text):
        if token in SMALL:
            section += (1 if digit is None else digit) * SMALL[token]
            digit, last = None, SMALL[token]
        elif token in LARGE:
            section += digit or 0
            if token in "亿億":
                total, section = ((total + section) or Decimal(1)) * LARGE[token], Decimal(0)
            else:
                total, section = total + (section or 1) * LARGE[token], Decimal(0)
            digit, last = None, LARGE[token]
        elif digit is None and token in DIGITS and DIGITS[token] == 0:
            last = 10  # 一千零五: the zero marks the gap, so the 五 stands for itself
        elif digit is None and (token in DIGITS or token[0].isdecimal()):
            digit = Decimal(DIGITS[token] if token in DIGITS else token.replace(",", ""))
        else:
            raise ValueError(f"no numeral: {numeral!r}")
    if digit is not None and digit < 10 and last >= 100:
        digit *= last // 10  # 一百二 is 120, 三万五 is 35000
    return total + section + (digit or 0)
