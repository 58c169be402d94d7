"""What is drawn on a page of a PDF besides its characters: straight lines, and runs of blanks.

Everything is in the page's own coordinates, in points, as boxes of left, bottom, right and top.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

# Most drawing objects and path segments of one page that are looked at, each about 8 µs. The
# largest table of an official form, printed by a browser, is drawn with 600 objects.
MAX_OBJECTS = 50_000
MAX_SEGMENTS = 100_000
# Deepest nesting of form XObjects that are looked into; printing programs nest two at most.
_MAX_FORM_DEPTH = 5
# Thickest filled box, in points, that is a line and no area: Word's thickest border is 6 pt but
# for the decorative ones, rows of a table are 8 pt and more.
MAX_THICKNESS = 4.0
# Shortest side, in points, of a drawing that is looked at piece by piece: less is no rule.
_MIN_EXTENT = 6.0
# Coordinates beyond these, in points, come from damaged numbers (PDF allows pages of 14,400).
MAX_COORDINATE = 100_000.0

Box = tuple[float, float, float, float]
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class _TooMuch(Exception):
    """The page holds more drawing than is looked at."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The boxes of lines, and the points at which runs of blanks start.

    ``complete`` is False when there was too much to look at; then there is nothing of it.
    """

    strokes: tuple[Box, ...] = ()
    blanks: tuple[tuple[float, float], ...] = ()
    complete: bool = True


def read(page: Any) -> Drawing:
    """Return what is drawn on a page, given as PDFium's own handle."""
    strokes: list[Box] = []
    blanks: list[tuple[float, float]] = []
    segments = MAX_SEGMENTS
    try:
        for item, kind, outer in _objects(page):
            box = _bounds(item, outer)
            if box is None:
                continue
            if kind == raw.FPDF_PAGEOBJ_PATH:
                pieces, looked_at = _strokes(item, box, outer, segments)
                segments -= looked_at
                strokes += filter(_is_thin, pieces)
            elif box[0] == box[2]:  # text without extent; PDFium leaves it out of the page's text
                blanks.append(box[:2])
    except _TooMuch:
        return Drawing(complete=False)
    return Drawing(tuple(strokes), tuple(blanks))


def _strokes(path: Any, box: Box, outer: _Matrix, most: int) -> tuple[Iterable[Box], int]:
    """Return the boxes of a path's parts, and how many of its segments were looked at."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(path, fill, stroke) or not (fill.value or stroke.value):
        return (), 0
    count = raw.FPDFPath_CountSegments(path)
    if count <= 2 or (count <= 5 and not stroke.value):
        return (box,), 0
    if max(box[2] - box[0], box[3] - box[1]) < _MIN_EXTENT:
        return (), 0
    if count > most:
        raise _TooMuch
    return _pieces(path, count, outer, stroked=bool(stroke.value)), count


def _is_thin(box: Box) -> bool:
    return (box[2] - box[0] <= MAX_THICKNESS or box[3] - box[1] <= MAX_THICKNESS) and sum(
        map(abs, box)
    ) < MAX_COORDINATE


def _objects(page: Any) -> Iterator[tuple[Any, int, _Matrix]]:
    """Yield the path and text objects of a page, each with the matrix of the forms around it."""
    left = MAX_OBJECTS

    def walk(
        parent: Any, count: Any, get: Any, outer: _Matrix, depth: int
    ) -> Iterator[tuple[Any, int, _Matrix]]:
        nonlocal left
        for index in range(count(parent)):
            left -= 1
            if left < 0:
                raise _TooMuch
            item = get(parent, index)
            kind = raw.FPDFPageObj_GetType(item) if item else raw.FPDF_PAGEOBJ_UNKNOWN
            if kind in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_TEXT):
                yield item, kind, outer
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_FORM_DEPTH:
                inner = _product(_matrix(item), outer)
                yield from walk(
                    item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, depth + 1
                )

    yield from walk(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, _IDENTITY, 0)


def _bounds(item: Any, outer: _Matrix) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    return _cover([_moved(left.value, bottom.value, outer), _moved(right.value, top.value, outer)])


def _pieces(path: Any, count: int, outer: _Matrix, *, stroked: bool) -> Iterator[Box]:
    """Yield the box of every straight segment of a stroked path, of every part of a filled one."""
    matrix = _product(_matrix(path), outer)
    x, y = ctypes.c_float(), ctypes.c_float()
    part: list[tuple[float, float]] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        if not segment or not raw.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        kind = raw.FPDFPathSegment_GetType(segment)
        point = _moved(x.value, y.value, matrix)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if part and not stroked:
                yield _cover(part)
            part = [point]
            continue
        if stroked and kind == raw.FPDF_SEGMENT_LINETO and part:
            yield _cover([part[-1], point])
        part.append(point)
        if stroked and raw.FPDFPathSegment_GetClose(segment):
            yield _cover([point, part[0]])
    if part and not stroked:
        yield _cover(part)


def _cover(points: Sequence[tuple[float, float]]) -> Box:
    return (
        min(x for x, _ in points),
        min(y for _, y in points),
        max(x for x, _ in points),
        max(y for _, y in points),
    )


def _matrix(item: Any) -> _Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _moved(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
