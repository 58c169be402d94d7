"""Folds that keep the length of a text, so that offsets into the fold are offsets into the text.

NFKC is not used: it changes lengths, and it leaves part of the radical code points that PDF files
are full of unfolded.
"""

from __future__ import annotations

import re
from functools import cache

from . import lexicon

# White space that int() and str.isspace() know, and the invisible characters that pages carry.
_BLANKS = (
    "\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u3000\u202f\u205f\ufeff\u200b\u200c\u200d\u2060"
    + "".join(chr(c) for c in range(0x2000, 0x200B))
)
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63"

# A dot behind a word and before one or at the end, as careless typing has it for 。.
_DOT = re.compile(r"(?<=[\u4e00-\u9fa5)”》%])[.](?=[\s\u4e00-\u9fa5(“《]|\Z)")
# The characters of nearly every line; replacing them one by one spares most texts the slow way.
_COMMON = tuple(zip("，：；（）！？％\u3000", ",:;()!?% ", strict=True))


@cache
def _fold_table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {ord(char): " " for char in _BLANKS}
    table |= {ord(char): "-" for char in _DASHES}
    table |= {0x25CB: "〇", 0x25EF: "〇", 0x2236: ":", 0xFE6A: "%", 0x130: "I"}
    for row in lexicon.table("traditional"):
        table[ord(row["traditional"])] = row["simplified"]
    for row in lexicon.table("radicals"):
        ideograph = int(row["ideograph"], 16)
        table[int(row["radical"], 16)] = table.get(ideograph, chr(ideograph))
    return table


@cache
def _rare() -> re.Pattern[str]:
    common = {char for char, _ in _COMMON}
    return re.compile(
        f"[{re.escape(''.join(chr(c) for c in _fold_table() if chr(c) not in common))}]"
    )


def fold(text: str) -> str:
    """Return `text` with compatibility characters replaced one for one.

    Full-width ASCII becomes half-width (so ``，`` becomes ``,``), every kind of blank but the line
    feed becomes a space, radical code points become their ideographs
    (Unicode's Equivalent_Unified_Ideograph), and traditional characters that simplified text never
    uses become simplified ones. The result has the same length.
    """
    for char, folded in _COMMON:
        text = text.replace(char, folded)
    return text.translate(_fold_table()) if _rare().search(text) else text


def fold_stops(text: str) -> str:
    """Return `text` folded, with the dots that stand for 。 between Han characters made 。."""
    folded = fold(text)
    return _DOT.sub("。", folded) if "." in folded else folded


def unspaced(text: str) -> str:
    """Return `text` without any white space."""
    return "".join(text.split())


def squeeze(text: str) -> str:
    """Return `text` folded and without any white space: the form in which labels are compared."""
    return unspaced(fold(text))
