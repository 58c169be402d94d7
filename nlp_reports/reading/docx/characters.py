"""The characters of a DOCX paragraph: text, breaks, symbols, and of fields their results.

ECMA-376 part 1: 17.3.3 run content, 17.16 fields.
"""

from __future__ import annotations

from itertools import chain

from lxml import etree

from .markup import M, R, W

_TEXT, _SYMBOL, _FIELD = W + "t", W + "sym", W + "fldChar"
_MATH, _MATH_RUN = M + "t", M + "r"
_CHARACTERS = {
    W + "tab": "\t",
    W + "ptab": "\t",
    W + "br": "\n",
    W + "cr": "\n",
    W + "noBreakHyphen": "-",
}
# Boxes and ticks of the forms, and signs of comparison, that stand in a symbol font.
_SYMBOLS = {
    ("wingdings", 0x6F): "□",
    ("wingdings", 0xA8): "□",
    ("wingdings", 0xFC): "✓",
    ("wingdings", 0xFD): "☒",
    ("wingdings", 0xFE): "☑",
    ("wingdings 2", 0x50): "✓",
    ("wingdings 2", 0x52): "☑",
    ("wingdings 2", 0x53): "☒",
    ("wingdings 2", 0xA3): "□",
    ("symbol", 0xA3): "≤",
    ("symbol", 0xB1): "±",
    ("symbol", 0xB3): "≥",
    ("symbol", 0xB4): "×",
}


def characters(paragraph: etree._Element) -> str:
    r"""Return the characters of a paragraph with ``\n`` for each break, fields as their results.

    The code of a field ends with its paragraph, whether or not the file says so: a field left
    open would swallow the rest of the document.
    """
    pieces = []
    codes: list[bool] = []  # of the fields that we are in: whether in their code
    for element in chain.from_iterable(paragraph.iter(R, _MATH_RUN)):
        tag = element.tag
        if tag == _FIELD:
            _step(codes, element.get(W + "fldCharType"))
        elif True in codes:
            continue
        elif tag in (_TEXT, _MATH):
            # A line feed in the file is shown as a blank, unlike the other line ends.
            pieces.append((element.text or "").replace("\n", " "))
        elif tag == _SYMBOL:
            pieces.append(_symbol(element))
        elif tag in _CHARACTERS:
            pieces.append(_CHARACTERS[tag])
    return "".join(pieces)


def _step(codes: list[bool], mark: str | None) -> None:
    if mark == "begin":
        codes.append(True)
    elif codes and mark == "separate":
        codes[-1] = False
    elif codes and mark == "end":
        codes.pop()


def _symbol(element: etree._Element) -> str:
    try:
        code = int(element.get(W + "char", "")[:4], 16)
    except ValueError:
        return ""
    font = element.get(W + "font", "").lower()
    char = _SYMBOLS.get((font, code & 0xFF), chr(code))
    return char if char.isprintable() or 0xE000 <= code <= 0xF8FF else ""
