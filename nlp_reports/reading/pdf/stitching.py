"""Tables that a page cuts: fragments on consecutive pages to one table.

Fragments belong together when their column boundaries do: how many columns each has is no key,
for a column that no row of a fragment uses is missing there (LibreOffice printed one table as 8
and 10 columns). A row cut in two is known by its text: no program tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...text import squeeze
from ..content import one_line
from .lattice import Cell, Table

_SAME_EDGE = 3.0  # points by which boundaries of one table differ from page to page
_SAME_WIDTH = 6.0  # the same for its whole width: browsers scale each page's rules anew
_MIN_COMMON = 0.8  # share of the boundaries of the fragment with fewer that both have

# What opens a label of its own, so that it does not go on the label above.
_OPENS = re.compile(r"[(]?[一二三四五六七八九十\d]{1,3}[).、]|其中|第[一二三四五六七八九十\d]")
_VALUE = re.compile(r"[-+]?[\d.,%]+|[-—/无空]+|不适用|N/?A", re.IGNORECASE)

Rows = tuple[tuple[str, ...], ...]


def follows(above: Table, below: Table) -> bool:
    """Tell whether the second of two tables is the first one going on."""
    width = above.edges[-1] - above.edges[0]
    if abs(width - (below.edges[-1] - below.edges[0])) > _SAME_WIDTH:
        return False
    moved = _moved(below, above.edges[0])
    few, many = sorted((above.edges, moved.edges), key=len)
    common = sum(any(abs(a - b) <= _SAME_EDGE for b in many) for a in few)
    return common >= _MIN_COMMON * len(few)


def rows(fragments: Sequence[Table]) -> Rows:
    """Return the rows of a table from its fragments, each cell text at its cell's origin."""
    start = fragments[0].edges[0]
    aligned = [_moved(fragment, start) for fragment in fragments]
    edges = _union(edge for fragment in aligned for edge in fragment.edges)
    placed = [_placed(fragment, edges) for fragment in aligned]
    cells = placed[0]
    head = _spelled(cells, len(edges) - 1)
    for below in placed[1:]:
        cells = _stitched(cells, _without_head(below, head, len(edges) - 1))
    return _spelled(cells, len(edges) - 1)


def _moved(table: Table, start: float) -> Table:
    """Return a table with its left edge at `start`: left and right pages have other margins."""
    by = start - table.edges[0]
    return replace(table, edges=tuple(edge + by for edge in table.edges))


def _union(edges: Iterable[float]) -> list[float]:
    union: list[float] = []
    for edge in sorted(edges):
        if not union or edge - union[-1] > _SAME_EDGE:
            union.append(edge)
    return union


def _placed(table: Table, edges: Sequence[float]) -> list[Cell]:
    """Return a fragment's cells in the columns of the whole table."""
    at = [
        min(range(len(edges)), key=lambda index: abs(edges[index] - edge)) for edge in table.edges
    ]
    return [
        replace(cell, column=at[cell.column], column_end=at[cell.column_end])
        for cell in table.cells
    ]


def _spelled(cells: Sequence[Cell], width: int) -> Rows:
    grid = [[""] * width for _ in range(_height(cells))]
    for cell in cells:
        # Two boundaries of one fragment can be one in another: no text is lost where they clash.
        grid[cell.row][min(cell.column, width - 1)] += cell.text
    return tuple(map(tuple, grid))


def _height(cells: Iterable[Cell]) -> int:
    return max((cell.row_end for cell in cells), default=0)


def _without_head(cells: Sequence[Cell], head: Rows, width: int) -> list[Cell]:
    """Leave out the header that a program repeats on each page."""
    repeated = 0
    for row, first in zip(_spelled(cells, width), head, strict=False):
        if row != first or not any(row):
            break
        repeated += 1
    return [
        replace(cell, row=max(0, cell.row - repeated), row_end=cell.row_end - repeated)
        for cell in cells
        if cell.row_end > repeated
    ]


def _stitched(above: Sequence[Cell], below: Sequence[Cell]) -> list[Cell]:
    height = _height(above)
    last = {(c.column, c.column_end): c for c in above if c.row_end == height}
    first = {(c.column, c.column_end): c for c in below if c.row == 0}
    pairs = [(last[span], first[span]) for span in first if span in last]
    is_cut = len(pairs) == len(first) and _is_cut(
        [(a, b) for a, b in pairs if a.row == height - 1 and b.row_end == 1]
    )
    joined = {
        a: replace(a, text=one_line(f"{a.text}\n{b.text}"))
        for a, b in pairs
        if is_cut or (_is_tall(a, b) and _goes_on(a, b))
    }
    emptied = {b for a, b in pairs if a in joined}
    shift = height - 1 if is_cut else height
    return [joined.get(cell, cell) for cell in above] + [
        replace(
            cell,
            row=cell.row + shift,
            row_end=cell.row_end + shift,
            text="" if cell in emptied else cell.text,
        )
        for cell in below
        if cell.row_end + shift > height or cell not in emptied
    ]


def _is_tall(above: Cell, below: Cell) -> bool:
    return above.row_end - above.row > 1 or below.row_end > 1


def _goes_on(above: Cell, below: Cell) -> bool:
    """Tell whether a cell's text breaks off at the page's end and goes on in the next."""
    start, end = squeeze(below.text), squeeze(above.text)
    return bool(
        start
        and end
        and above.full
        and not _OPENS.match(start)
        and not (_VALUE.fullmatch(start) or _VALUE.fullmatch(end))
    )


def _is_cut(pairs: Sequence[tuple[Cell, Cell]]) -> bool:
    """Tell whether two rows are one that the page cut.

    Either a text goes on, or one has the label and the other has none; and nowhere do both hold
    a text that is whole.
    """
    if not pairs or any(a.text and b.text and not _goes_on(a, b) for a, b in pairs):
        return False
    if any(a.text and b.text for a, b in pairs):
        return True
    label, rest = min(pairs, key=lambda pair: pair[0].column)
    return not rest.text if label.text else any(a.text for a, _ in pairs)
