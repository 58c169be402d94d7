"""Tables of a DOCX: cells on the grid of the file, drawn as rows of texts.

Written to ECMA-376 part 1, 17.4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lxml import etree

from ..content import Cells, Text, one_line
from .markup import TBL, TC, TCPR, TR, TRPR, VAL, W, child_of, integer, is_on, value_of

# A grid column narrower than this, in twips, is the slip of a hand that drew a line again: the
# margins of a cell alone take 216.
_SLIVER = 120
# A table is a frame around prose when one cell has so many characters and such a share of all.
_MIN_PROSE = 1000
_MIN_PROSE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and the grid column that it begins in."""

    start: int
    blocks: tuple[Text | Cells, ...] = ()

    @property
    def text(self) -> str:
        texts = (block.text for block in self.blocks if isinstance(block, Text))
        return one_line("\n".join(texts))


def rows_of(
    table: etree._Element, inside: Callable[[etree._Element], list[Text | Cells]]
) -> list[list[Cell]]:
    """Return the cells of the rows that are shown; `inside` reads the blocks in one."""
    rows: list[list[Cell]] = []
    merging: set[int] = set()
    for element in table.iterchildren(TR):
        if not is_on(child_of(element, TRPR, W + "hidden")):
            row, merging = _row(element, merging, inside)
            rows.append(row)
    return [row for row in rows if row]


def _row(
    row: etree._Element,
    above: set[int],
    inside: Callable[[etree._Element], list[Text | Cells]],
) -> tuple[list[Cell], set[int]]:
    """Return the cells of a row, and the columns in which the next may continue a cell."""
    start = integer(value_of(row, TRPR, W + "gridBefore"), 0)
    cells: list[Cell] = []
    merging = set()
    for element in row.iterchildren(TC):
        properties = element.find(TCPR)
        down = _merge(properties, "vMerge")
        if down:
            merging.add(start)
        if _merge(properties, "hMerge") != "continue" or not cells:
            covered = down == "continue" and start in above
            gone = covered or child_of(properties, W + "cellDel") is not None
            cells.append(Cell(start, () if gone else tuple(inside(element))))
        start += max(1, integer(value_of(properties, W + "gridSpan"), 1))
    return cells, merging


def _merge(properties: etree._Element | None, name: str) -> str | None:
    element = child_of(properties, W + name)
    return None if element is None else element.get(VAL, "continue")


def columns_of(table: etree._Element, rows: Sequence[Sequence[Cell]]) -> dict[int, int]:
    """Return the column of every grid column that a cell begins in.

    Those that no cell begins in are not drawn. One that begins a sliver behind its neighbour is
    the same to the eye, unless a row has a cell in each.
    """
    positions = _positions(table)
    found: dict[int, set[int]] = {}
    for number, row in enumerate(rows):
        for cell in row:
            found.setdefault(cell.start, set()).add(number)
    columns: dict[int, int] = {}
    column, left, taken = -1, 0, set[int]()
    for start in sorted(found):
        known = start < len(positions)
        near = known and column >= 0 and positions[start] - positions[left] < _SLIVER
        if near and taken.isdisjoint(found[start]):
            taken |= found[start]
        else:
            column, left, taken = column + 1, start, set(found[start])
        columns[start] = column
    return columns


def _positions(table: etree._Element) -> list[int]:
    """Return where each grid column begins, in twips, as far as the table says."""
    widths = []
    for column in table.iterfind(f"{W}tblGrid/{W}gridCol"):
        width = integer(column.get(W + "w"), -1)
        if width < 0:
            break
        widths.append(width)
    return list(accumulate(widths, initial=0))


def is_layout(
    table: etree._Element, rows: Sequence[Sequence[Cell]], columns: Mapping[int, int]
) -> bool:
    """Tell whether the table places things rather than tells them apart."""
    if len(set(columns.values())) < 2 or table.find(f".//{TBL}") is not None:
        return True
    lengths = sorted(len(cell.text) for row in rows for cell in row if cell.blocks)
    if len(lengths) < 2:
        return True
    return lengths[-1] >= max(_MIN_PROSE, _MIN_PROSE_SHARE * sum(lengths))


def filled(row: Sequence[Cell], columns: Mapping[int, int], width: int) -> tuple[str, ...]:
    """Return a text for every column of a row."""
    texts = [""] * width
    for cell in row:
        texts[columns[cell.start]] = cell.text
    return tuple(texts)
