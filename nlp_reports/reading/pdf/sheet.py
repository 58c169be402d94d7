"""One page of a PDF: its characters and its ruling lines, set upright.

Lengths are points; x grows to the right and y downwards from the top-left corner of the page's
crop box, turned so that most characters stand upright: this serves pages with ``/Rotate`` and
tables drawn sideways alike.

What PDFium does to text was measured on files of LibreOffice, Chromium and reportlab: it adds
blanks where justified characters stand apart, makes one blank of several, drops blanks that a
file draws by themselves, gives a hyphen at a line's end as U+0002 and characters beyond U+FFFF as
surrogate pairs.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from . import drawing

# Furthest, in degrees, that a character leans from the axes before it counts as a watermark.
_MAX_LEAN = 10
# Outside of the page by so much, in points, a character is still drawn in part.
_BLEED = 2.0

_SPELLING = {0: "\ufffd", 2: "-", 9: " ", 0xFFFE: "", 0xFFFF: ""}


class Glyph(NamedTuple):
    """A character where it is drawn: ``base`` is the y of its baseline, ``size`` its font size."""

    char: str
    left: float
    right: float
    base: float
    size: float

    @property
    def centre(self) -> float:
        """The y of the middle of an ideograph of this size."""
        return self.base - 0.35 * self.size


class Rule(NamedTuple):
    """A straight line at ``at``, from ``start`` to ``end`` along the other axis."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: characters in the file's order, lines ``across`` and ``down``.

    ``slanted`` is the text of watermarks. ``ruled`` is False when there was too much drawing to
    look for lines.
    """

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    slanted: str = ""
    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()
    ruled: bool = True


class _Mark(NamedTuple):
    """A character in the page's own coordinates; ``turn`` is its direction in degrees."""

    char: str
    x: float
    y: float
    box: tuple[float, float, float, float]
    size: float
    turn: int


class TooManyCharacters(Exception):
    """The page holds more characters than were asked for."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """How a page lies: its box, and the quarter turns that set its text upright."""

    left: float
    bottom: float
    right: float
    top: float
    quarter: int

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page stands on the upright sheet."""
        if self.quarter == 0:
            return x - self.left, self.top - y
        if self.quarter == 1:
            return y - self.bottom, x - self.left
        if self.quarter == 2:
            return self.right - x, y - self.bottom
        return self.top - y, self.right - x

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a box of the page on the upright sheet."""
        (u0, v0), (u1, v1) = self.point(x0, y0), self.point(x1, y1)
        return min(u0, u1), min(v0, v1), max(u0, u1), max(v0, v1)

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point lies on the page."""
        return (
            self.left - _BLEED <= x <= self.right + _BLEED
            and self.bottom - _BLEED <= y <= self.top + _BLEED
        )


def read(page: pdfium.PdfPage, number: int, *, most: int) -> Sheet:
    """Return the characters and lines of a page; `number` counts from 1.

    Raises
    ------
    TooManyCharacters
        If there are more than `most`.
    """
    drawn = drawing.read(page.raw)
    textpage = page.get_textpage()
    try:
        if raw.FPDFText_CountChars(textpage.raw) > most:
            raise TooManyCharacters
        marks = list(_marks(textpage.raw, adding=not drawn.blanks))
    finally:
        textpage.close()
    turns = Counter(mark.turn for mark in marks if mark.turn % 90 == 0)
    quarter = turns.most_common(1)[0][0] // 90 if turns else 0
    left, bottom, right, top = page.get_bbox()
    frame = _Frame(left, bottom, right, top, quarter)
    width, height = right - left, top - bottom
    if quarter % 2:
        width, height = height, width
    seen = [mark for mark in marks if frame.holds(mark.x, mark.y)]
    glyphs = _spread(_glyph(mark, frame) for mark in seen if mark.turn % 90 == 0)
    blanks = _blanks(drawn.blanks, marks, frame)
    slanted = "".join(mark.char for mark in seen if mark.turn % 90)
    across, down = _rules(drawn.strokes, frame)
    return Sheet(number, width, height, (*glyphs, *blanks), slanted, across, down, drawn.complete)


def _marks(textpage: Any, *, adding: bool) -> Iterator[_Mark]:
    """Yield the characters of a page, if `adding` with the blanks that it means but lacks."""
    codes = [
        raw.FPDFText_GetUnicode(textpage, index)
        for index in range(raw.FPDFText_CountChars(textpage))
    ]
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    origin_x, origin_y = ctypes.c_double(), ctypes.c_double()
    last_y, size, turn = math.nan, 0.0, 0
    for index, char in _spelled(codes):
        raw.FPDFText_GetCharOrigin(textpage, index, origin_x, origin_y)
        x, y = origin_x.value, origin_y.value
        is_added = char == " " and raw.FPDFText_IsGenerated(textpage, index)
        if is_added and not (adding and _is_meant(codes, index)):
            continue
        raw.FPDFText_GetLooseCharBox(textpage, index, box)
        # A line keeps its size; asking once a line saves a third of the time.
        if y != last_y and not is_added:
            raw.FPDFText_GetMatrix(textpage, index, matrix)
            size = raw.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
            turn = _turn(matrix)
            last_y = y
        edges = (box.left, box.bottom, box.right, box.top)
        # A sum: it is no number as soon as one of them is none, and then fails too.
        if size > 0 and sum(map(abs, (x, y, size, *edges))) < drawing.MAX_COORDINATE:
            yield _Mark(char, x, y, edges, size, turn)


def _spelled(codes: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield place and text of each character that is one."""
    for index, code in enumerate(codes):
        if 0xD800 <= code < 0xE000:
            follower = codes[index + 1] if index + 1 < len(codes) else 0
            if code < 0xDC00 <= follower < 0xE000:
                yield index, chr(0x10000 + ((code - 0xD800) << 10) + follower - 0xDC00)
            continue
        char = _SPELLING.get(code)
        if char is None:
            is_control = code < 0x20 or 0x7F <= code < 0xA0 or code > 0x10FFFF
            char = "" if is_control else chr(code)
        if char:
            yield index, char


def _is_meant(codes: Sequence[int], index: int) -> bool:
    """Tell whether a blank that PDFium made up is one that a writer would set.

    Between Latin words it stands for a gap that the file left without a character. Elsewhere, and
    between digits, it only shows that a line was justified.
    """
    pair = "".join(map(chr, (*codes[index - 1 : index], *codes[index + 1 : index + 2])))
    return len(pair) == 2 and pair.isascii() and not pair.isdigit()


def _turn(matrix: Any) -> int:
    """Return the direction of a text matrix in degrees, leaning ones set on the axis."""
    degrees = math.degrees(math.atan2(matrix.b, matrix.a)) if matrix.a or matrix.b else 0.0
    if not math.isfinite(degrees):
        return 0
    axis = 90 * round(degrees / 90)
    return (axis if abs(degrees - axis) <= _MAX_LEAN else round(degrees) or 1) % 360


def _glyph(mark: _Mark, frame: _Frame) -> Glyph:
    if mark.turn != 90 * frame.quarter:  # a letter on its side has no baseline of the line
        left, _, right, bottom = frame.box(*mark.box)
        return Glyph(mark.char, left, right, bottom, mark.size)
    left, base = frame.point(mark.x, mark.y)
    right, _ = frame.point(*(mark.box[2:] if frame.quarter < 2 else mark.box[:2]))
    return Glyph(mark.char, min(left, right), right, base, mark.size)


def _blanks(
    points: Iterable[tuple[float, float]], marks: Iterable[_Mark], frame: _Frame
) -> Iterator[Glyph]:
    """Yield a blank, without width or size, for each run of blanks that the file draws alone.

    Where a character starts, the text without extent is that character: scanned pages have their
    text in a font without shapes.
    """
    starts = {(round(mark.x), round(mark.y)) for mark in marks}
    for x, y in points:
        if (round(x), round(y)) not in starts:
            left, base = frame.point(x, y)
            yield Glyph(" ", left, left, base, 0.0)


def _spread(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """Set characters side by side that are one shape: LibreOffice draws ``——`` as one dash.

    A character that the file draws twice in one place is no such case, PDFium gives it once.
    """
    for _, same in groupby(
        glyphs, key=lambda glyph: (glyph.left, glyph.base, glyph.char.isspace())
    ):
        shape = list(same)
        if len(shape) == 1:
            yield shape[0]
            continue
        width = (max(glyph.right for glyph in shape) - shape[0].left) / len(shape)
        for at, glyph in enumerate(shape):
            left = glyph.left + at * width
            yield glyph._replace(left=left, right=left + width)


def _rules(
    strokes: Iterable[drawing.Box], frame: _Frame
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    across: list[Rule] = []
    down: list[Rule] = []
    for stroke in strokes:
        left, top, right, bottom = frame.box(*stroke)
        # A dot is both: a row of dots is a dotted line, and which way it runs shows in the row.
        if bottom - top <= drawing.MAX_THICKNESS:
            across.append(Rule((top + bottom) / 2, left, right))
        if right - left <= drawing.MAX_THICKNESS:
            down.append(Rule((left + right) / 2, top, bottom))
    return tuple(across), tuple(down)
