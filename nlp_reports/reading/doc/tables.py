"""Tables of a Word 97-2003 file: rows of cells cut at edges, drawn as rows of texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from ..content import Cells, Text, one_line
from .layout import Row

Block: TypeAlias = Text | Cells

# Cell edges that lie closer than this are one edge, in twentieths of a point. Word lets the same
# edge drift by up to 15 from row to row, and no cell that holds text is narrower than 3 points.
_EDGE_TOLERANCE = 60


@dataclass(slots=True)
class TableRow:
    """The blocks in each cell of a row, and how the row is cut, if the file says so."""

    cells: list[list[Block]]
    cut: Row | None


@dataclass(slots=True)
class Table:
    """A table that is still open: its rows, the cells of the next one, and what the next holds."""

    rows: list[TableRow] = field(default_factory=list)
    cells: list[list[Block]] = field(default_factory=list)
    cell: list[Block] = field(default_factory=list)

    def end_cell(self) -> None:
        self.cells.append(self.cell)
        self.cell = []

    def end_row(self, cut: Row | None) -> None:
        if self.cell:
            self.end_cell()
        if self.cells:
            self.rows.append(TableRow(self.cells, cut))
            self.cells = []


def columns_of(rows: list[TableRow]) -> tuple[list[list[int]], int]:
    """Return the column of each cell, and the number of columns.

    Cells stand in the column where their left edge is; the cells of a row whose edges do not fit
    them are numbered instead.
    """
    place: dict[int, int] = {}
    column, last = -1, -(2**16)
    for edge in sorted({edge for row in rows if row.cut for edge in row.cut.edges}):
        if edge - last > _EDGE_TOLERANCE:
            column, last = column + 1, edge
        place[edge] = column
    found = []
    for row in rows:
        edges = [place[edge] for edge in row.cut.edges] if row.cut else []
        if len(edges) != len(row.cells) + 1 or any(a >= b for a, b in pairwise(edges)):
            edges = list(range(len(row.cells) + 1))
        found.append(edges[:-1])
        column = max(column, edges[-1])
    return found, column


def filled(rows: list[TableRow], columns: list[list[int]], width: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows with a text for every column."""
    open_merges: set[int] = set()
    for row, places in zip(rows, columns, strict=True):
        line = [""] * width
        merges: set[int] = set()
        for number, (column, cell) in enumerate(zip(places, row.cells, strict=True)):
            across, down = _merges(row.cut, number)
            if down:
                merges.add(column)
            if across < 2 and not (down == 1 and column in open_merges):
                line[column] = one_line("\n".join(_texts(cell)))
        open_merges = merges
        yield tuple(line)


def _merges(cut: Row | None, number: int) -> tuple[int, int]:
    if cut is None or number >= len(cut.across):
        return 0, 0
    return cut.across[number], cut.down[number]


def _texts(cell: list[Block]) -> list[str]:
    return [block.text for block in cell if isinstance(block, Text)]
