"""Tables, drawn by the file or flattened into lines: found among the prose, captions included."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .. import forms
from ..forms import columns, labels
from ..forms.alignment import texts
from ..schema import Grid, Table
from ..text import squeeze
from . import layout
from .lines import Line

_CAPTION = re.compile(
    r"(?:.{0,30}(?:统计表|情况表)|[(]?\d{4}年?度?[)]?|填报单位.*|填表单位.*|单位:.{1,8}|附[件表] ?[\d一二三]*:?|[(]?本列数据的?勾稽关系.{0,50})\Z"
)
_PART = re.compile(r"[一二三四五六七八九十]{1,2} ?[、.]")
_PART_HEADING = re.compile(r"[一二三四五六七八九十]{1,2} ?[、.].{0,20}(?:情况|事项|措施|问题)\Z")
_MAX_GAP = 2  # lines of unknown text that may stand between two known cells
_MAX_REST = 12  # characters of the end of a label, on a line of its own
_MAX_CELL = 60  # characters of an unknown cell; the longest official label has 49
_MIN_LABELS = 4  # official labels beside which one value is a table: a block of part 二 has four
_MIN_CELLS = 3  # values needed before lines count as a table: a lone 无 or figure is prose


@dataclass(frozen=True, slots=True)
class Found:
    """The lines of a table, ``start`` to ``end``, with its caption before; ``grid`` if it is drawn."""

    caption: int
    start: int
    end: int
    grid: Grid | None = None

    @property
    def lines(self) -> range:
        """The lines of the table and its caption."""
        return range(self.caption, self.end)


def find(lines: list[Line], drawn: Sequence[Grid] = ()) -> list[Found]:
    """Return the tables among `lines` in order: those the file draws, and those flattened."""
    grids = _joined(lines, [grid for grid in drawn if grid.rows])
    rows = [_row(line) for line in lines]
    kinds = [_kind(line, row) for line, row in zip(lines, rows, strict=True)]
    for extent, _ in grids:
        kinds[extent.start : extent.stop] = ["drawn"] * len(extent)
    starts = {extent.start: (extent, grid) for extent, grid in grids}
    found: list[Found] = []
    at = 0
    while at < len(lines):
        floor = found[-1].end if found else 0
        if at in starts:
            extent, grid = starts[at]
            found.append(Found(_caption(lines, at, floor), at, extent.stop, grid))
            at = max(extent.stop, at + 1)
        elif kinds[at] in ("row", "value", "label"):
            end = _extent(lines, kinds, at)
            if _is_table(kinds[at:end], rows[at:end]):
                while end < len(lines) and _is_rest(lines[end]):
                    end += 1
                found.append(Found(_caption(lines, at, floor), at, end))
            at = max(end, at + 1)  # where the whole run is no table, no part of it is
        else:
            at += 1
    return found


def _joined(lines: list[Line], drawn: Sequence[Grid]) -> list[tuple[range, Grid]]:
    """Return the lines of each drawn table; one that goes on where the last ended is its rest."""
    starts = [line.start for line in lines]
    joined: list[tuple[range, Grid]] = []
    for grid in drawn:
        extent = range(bisect_left(starts, grid.start), bisect_left(starts, grid.end))
        if joined and not _opens_table(grid):
            before, last = joined[-1]
            if not any(lines[n].text for n in range(before.stop, extent.start)):
                whole = replace(last, end=grid.end, rows=last.rows + grid.rows)
                joined[-1] = (range(before.start, extent.stop), whole)
                continue
        joined.append((extent, grid))
    return joined


def _opens_table(grid: Grid) -> bool:
    """Tell whether a drawn table begins with a header, or with words of no official form."""
    first = grid.rows[0]
    words = texts(first)
    return columns.is_header(first) or bool(words and not any(map(labels.is_piece, words)))


def _row(line: Line) -> list[str]:
    prose = not line.text or "。" in line.text or len(line.text) > layout.MAX_LINE
    return [] if prose else layout.cells(line.raw)


def _kind(line: Line, row: list[str]) -> str:
    if not line.text:
        return "blank"
    if layout.is_value(line.text):
        return "value"
    if not row:
        return "prose"
    if len(row) == 1 and _is_label(line.text):
        return "label"
    if len(row) > 1 and sum(map(_is_cell, row)) * 2 >= len(row):
        return "row"
    return "prose" if len(line.text) > _MAX_CELL or layout.SENTENCE.search(line.text) else "short"


@lru_cache(maxsize=8192)
def _is_cell(text: str) -> bool:
    folded = squeeze(text)
    return not folded or layout.is_value(folded) or _is_label(folded)


def _extent(lines: list[Line], kinds: list[str], start: int) -> int:
    """Return the end of the run of cells from `start`, bridging a few unknown short lines."""
    end, unknown = start, 0
    for at in range(start, len(lines)):
        if kinds[at] in ("row", "value", "label"):
            end, unknown = at + 1, 0
        elif kinds[at] == "short" and not _is_torn(lines[at].text):
            unknown += 1
        if kinds[at] in ("prose", "drawn") or unknown > _MAX_GAP or _opens_part(lines[at].text):
            break
    while end > start + 1 and kinds[end - 1] == "label" and _PART.match(lines[end - 1].text):
        end -= 1  # 二、主动公开情况 after the last cell heads a part of the report
    return end


def _is_torn(text: str) -> bool:
    """Tell whether a line is pieces of official labels: 法提供, or 商业企 beside 科研机."""
    return all(map(labels.is_piece, text.split()))


def _is_rest(line: Line) -> bool:
    """Tell whether a line right behind the last row is a blank cell of it, or the end of its label."""
    return layout.is_blank_cell(line) or (
        0 < len(line.text) <= _MAX_REST and not labels.exact(line.text) and _is_torn(line.text)
    )


def _opens_part(text: str) -> bool:
    """A heading of one of the report's parts ends a table, though it looks like a block label."""
    return bool(_PART_HEADING.match(text)) and not _is_label(text)


def _is_table(kinds: list[str], rows: list[list[str]]) -> bool:
    """Lines are a table when they hold official labels and values: the more labels, the fewer."""
    whole = [row for kind, row in zip(kinds, rows, strict=True) if kind == "row"]
    named = [row for kind, row in zip(kinds, rows, strict=True) if kind in ("row", "label")]
    shown = kinds.count("value") + sum(len(row) - 1 for row in whole)
    known = sum(len(labels.find(cell)) for row in named for cell in row)
    return (
        (known >= 2 and shown >= _MIN_CELLS)
        or (known >= _MIN_LABELS and shown > 0)
        or known >= 2 * _MIN_LABELS
    )


def _caption(lines: list[Line], start: int, floor: int) -> int:
    """Return where the table's own caption begins: 统计表, （2018年度）, 填报单位."""
    at = first = start
    while at > floor and start - at <= 8:
        at -= 1
        text = lines[at].text
        if text and not (_CAPTION.match(text.replace(" ", "")) or _is_torn(text)):
            break
        if lines[at].text:
            first = at
    return first


def lay_out(lines: list[Line], found: Found, index: int) -> Table:
    """Return a table that was found, with its caption, in rows."""
    head = [[line.raw.strip()] for line in lines[found.caption : found.start] if line.text]
    if found.grid:
        rows = [*head, *map(list, found.grid.rows)]
    else:
        rows = layout.rows(lines[found.caption : found.end])
    page = found.grid.page if found.grid else None
    return Table(index, forms.form_of(rows), tuple(map(tuple, rows)), page)


def _is_label(text: str) -> bool:
    return bool(labels.find(text))
