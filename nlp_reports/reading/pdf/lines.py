"""Characters of a page to lines of text.

A line is what shares a baseline, read from left to right: in the file's own order quotation marks
stand in the wrong place wherever the font changes (9 to 100 of them in each of five LibreOffice
files, none when sorted).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from .sheet import Glyph

# All widths below are in font sizes.
_SAME_LINE = 0.4  # superscripts are raised by a third; the next line is one away at least
_SAME_PLACE = 0.12  # fake bold draws a character twice, up to a twentieth apart; `ll` is 0.25 apart
_COLUMN_GAP = 1.5  # two columns of an unruled row stand further apart, characters of a word never
_STRETCH = 8  # and by so many times the usual gap: in a stretched line every gap is wide
_MIN_GAPS = 3  # fewer gaps have no usual one
_BLANK_FIT = 0.1  # how near to whole a number of blanks that PDFium dropped must be, if it is small
_MAX_BLANKS = 4  # what is wider, behind a blank, is the gap between two columns

CLOSING = frozenset("，。、；：？！）》〉」』】〕”’…％%,.;:?!)]}")
_QUOTES = frozenset("“”‘’\"'")  # which side they belong to is not looked at
_OPENING = frozenset("（《〈「『【〔“‘([{")


class Line(NamedTuple):
    """A line without outer blanks.

    ``head`` is the width of its first piece that no line break may divide; ``is_open`` says that
    a blank follows its last character.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    head: float
    is_open: bool = False


def lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """Return the lines that characters stand in, from the top down. Blank ones are left out."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=attrgetter("base")):
        if rows and glyph.base - rows[-1][0].base <= _SAME_LINE * max(glyph.size, rows[-1][0].size):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [line for row in rows if (line := _line(row)) is not None]


def join(found: Iterable[Line]) -> str:
    """Return lines as one.

    They are set apart by a blank if there is one, or if both sides are Latin letters; a number
    that the margin cut is made whole.
    """
    parts: list[str] = []
    last: Line | None = None
    for line in found:
        if last is not None:
            pair = last.text[-1] + line.text[0]
            if last.is_open or (pair.isascii() and pair.isalpha()):
                parts.append(" ")
        parts.append(line.text)
        last = line
    return "".join(parts)


def _line(row: Iterable[Glyph]) -> Line | None:
    glyphs = _once(sorted(row, key=attrgetter("left")))
    black = [at for at, glyph in enumerate(glyphs) if not glyph.char.isspace()]
    if not black:
        return None
    size = median(glyphs[at].size for at in black)
    shown = glyphs[black[0] : black[-1] + 1]
    return Line(
        _text(shown, size),
        shown[0].left,
        max(glyph.right for glyph in shown),
        median(glyphs[at].base for at in black),
        size,
        _head(shown),
        len(glyphs) > black[-1] + 1,
    )


def _once(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Leave out characters drawn a second time to look bold."""
    kept: list[Glyph] = []
    for glyph in glyphs:
        if (
            kept
            and glyph.char == kept[-1].char
            and glyph.left - kept[-1].left < _SAME_PLACE * glyph.size
        ):
            continue
        kept.append(glyph)
    return kept


def _text(glyphs: Sequence[Glyph], size: float) -> str:
    gaps = [after.left - before.right for before, after in pairwise(glyphs)]
    usual = sorted(gaps)[len(gaps) // 4] if len(gaps) >= _MIN_GAPS else 0.0
    wide = _COLUMN_GAP * size
    if usual < wide:
        wide = max(wide, _STRETCH * usual)
    parts = []
    for glyph, gap in zip(glyphs, gaps, strict=False):
        parts.append(glyph.char)
        if glyph.char == " " and (lost := _lost_blanks(glyph, gap)):
            parts.append(" " * lost)
        elif gap > wide:
            parts.append("\t")
    text = "".join(parts) + glyphs[-1].char
    return "\t".join(filter(None, map(str.strip, text.split("\t"))))


def _lost_blanks(before: Glyph, gap: float) -> int:
    """Return how many blanks PDFium dropped behind a blank: it makes one of a run."""
    width = before.right - before.left
    if width <= 0 or gap > _MAX_BLANKS * before.size:
        return 0
    count = round(gap / width)
    is_run = abs(gap / width - count) <= _BLANK_FIT or gap > _COLUMN_GAP * before.size
    return count if is_run else 0


def _head(glyphs: Sequence[Glyph]) -> float:
    end = 1
    while end < len(glyphs) and _is_bound(glyphs[end - 1].char, glyphs[end].char):
        end += 1
    return glyphs[end - 1].right - glyphs[0].left


def _is_bound(before: str, after: str) -> bool:
    """Tell whether a program may not break a line between two characters.

    After [UAX #14], roughly; LibreOffice keeps a number with the stop before it.
    """
    if before.isspace() or after.isspace():
        return False
    if before in _OPENING or after in CLOSING or before in _QUOTES or after in _QUOTES:
        return True
    return after.isascii() and (before.isascii() or (before in CLOSING and after.isdigit()))
