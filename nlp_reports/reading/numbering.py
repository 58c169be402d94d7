"""Numbers as Word prints them in front of a paragraph, by the name of their format.

The names are those of ECMA-376 part 1, 17.18.59 ST_NumberFormat; where Word departs from it
([MS-OI29500] 2.1.540), Word is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_HAN = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def write(value: int, format_: str | None) -> str:
    """Return `value` in a format; in one that is unknown or has no such number, in digits."""
    return _FORMATS.get(format_, str)(value)


def labelled(label: str, text: str) -> str:
    """Put a number before its text; a blank keeps ``1.`` and ``5件`` from reading as 1.5."""
    fuses = label[-1:].isascii() and text[:1].isascii() and text[:1].isalnum()
    return f"{label} {text}" if label and fuses else label + text


def _signs(signs: Sequence[str]) -> Callable[[int], str]:
    """A sign a number; above the last, digits."""
    return lambda value: signs[value - 1] if 0 < value <= len(signs) else str(value)


def _digits(digits: str) -> Callable[[int], str]:
    table = str.maketrans("0123456789", digits)
    return lambda value: str(value).translate(table)


def _letters(first: str) -> Callable[[int], str]:
    """A to Z, then AA to ZZ: the letter is repeated. Word goes as far as thirty of them."""

    def letters(value: int) -> str:
        if not 0 < value <= 780:
            return str(value)
        rounds, letter = divmod(value - 1, 26)
        return chr(ord(first) + letter) * (rounds + 1)

    return letters


def _roman(value: int) -> str:
    if not 0 < value < 4000:
        return str(value)
    text = ""
    for worth, letters in _ROMAN:
        times, value = divmod(value, worth)
        text += letters * times
    return text


def _with_units(value: int, digits: str, units: Sequence[str]) -> str:
    """``一千〇五十``: a digit and its unit each, one zero for a gap."""
    if not 0 < value < 10_000:
        return str(value)
    text, gap = "", False
    for power, unit in zip((1000, 100, 10, 1), units, strict=True):
        digit, value = divmod(value, power)
        if digit:
            text += (digits[0] if gap else "") + digits[digit] + unit
        gap = bool(text) and not digit
    return text


def _thousands(value: int) -> str:
    text = _with_units(value, _HAN, ("千", "百", "十", ""))
    return text[1:] if text.startswith("一十") else text


def _counting(value: int) -> str:
    return _thousands(value) if 0 < value < 100 else _WITH_CIRCLES(value)


def _japanese(value: int) -> str:
    return re.sub("一(?=[千百十])|〇", "", _thousands(value))


def _legal(digits: str) -> Callable[[int], str]:
    return lambda value: _with_units(value, digits, ("仟", "佰", "拾", ""))


def _nothing(value: int) -> str:
    return ""


_WITH_CIRCLES = _digits("○" + _HAN[1:])
_CIRCLED = _signs("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_FORMATS: dict[str | None, Callable[[int], str]] = {
    "none": _nothing,
    "bullet": _nothing,
    "decimalZero": lambda value: f"{value:02}",
    "decimalFullWidth": _digits("０１２３４５６７８９"),
    "decimalFullWidth2": _digits("０１２３４５６７８９"),
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": _signs("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "decimalEnclosedFullstop": _signs("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "numberInDash": lambda value: f"- {value} -",
    "lowerLetter": _letters("a"),
    "upperLetter": _letters("A"),
    "lowerRoman": lambda value: _roman(value).lower(),
    "upperRoman": _roman,
    "chineseCounting": _counting,
    "taiwaneseCounting": _counting,
    "chineseCountingThousand": _thousands,
    "taiwaneseCountingThousand": _thousands,
    "chineseLegalSimplified": _legal(_LEGAL),
    "ideographLegalTraditional": _legal(_LEGAL_TRADITIONAL),
    "japaneseCounting": _japanese,
    "ideographDigital": _digits(_HAN),
    "taiwaneseDigital": _digits(_HAN),
    "japaneseDigitalTenThousand": _digits(_HAN),
    "ideographTraditional": _signs("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _signs("子丑寅卯辰巳午未申酉戌亥"),
    # Named for a circle; Word draws brackets.
    "ideographEnclosedCircle": _signs("㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"),
}
