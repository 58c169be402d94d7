"""The tables of an HTML page: rows and cells as the tags open them, drawn or laid out in the end.

A table of data becomes a grid. Of a table that only places things on the page nothing is left but
what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..content import one_line
from .grid import Cell, Row, expand, opened
from .page import Grid, Item, Line, Page, is_prose

# Cells that all tables of a page may be drawn with: 20 cells of 1000x1000 took 17 s. The tables of
# the official form have about 400.
MAX_CELLS = 200_000
_MAX_HEIGHT = 30  # tables in one another that are looked at; 20,000 took 13 s
_MIN_VALUES = 4  # figures that make a table one of data, whatever else it holds
_MAX_VALUE = 20  # characters of a figure

_GROUPS = {"thead": 0, "tbody": 1, "tfoot": 2}  # drawn in this order, however they are written
_PARTS = frozenset(("table", "caption", "tr", "td", "th", *_GROUPS))
_VALUE = re.compile(r"[-+－]?\d[\d,，.．]*[%％]?|[-－—–/／]{1,3}|无|空|不适用|n/a", re.IGNORECASE)
_PART = re.compile(r"第[一二三四五六七八九十]{1,3}部分|[一二三四五六七八九十]{1,3} ?[、.,]")


@dataclass(slots=True)
class _Table:
    """An open table.

    ``depth`` is the number of elements open around it, ``at`` its first item, ``height`` the depth
    of the tables in it.
    """

    element: int
    depth: int
    at: int
    is_stray: bool = False  # rows that stand in no table
    height: int = 0
    rank: int = 1
    group: int = 0
    rows: list[Row] = field(default_factory=list)
    cell: Cell | None = None

    def open_group(self, tag: str) -> None:
        self.rank, self.group = _GROUPS[tag], self.group + 1

    def open_row(self, at: int) -> None:
        """Open a row; `at` is the number of items read, here and below."""
        self.close_cell(at)
        self.rows.append(Row(self.rank, self.group))

    def open_cell(self, element: int, attributes: Mapping[str, str], at: int) -> None:
        self.close_cell(at)
        if not self.rows:
            self.open_row(at)
        self.cell = opened(element, attributes, at - self.at)
        self.rows[-1].cells.append(self.cell)

    def close_cell(self, at: int) -> None:
        if self.cell:
            self.cell.past = at - self.at
        self.cell = None

    def drawn(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: row.rank)


class Tables:
    """The open tables of a page, which are told of every block element.

    ``depth`` is everywhere the number of elements open around the one that opens or ends.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: list[_Table] = []
        self._room = MAX_CELLS

    def before(self, tag: str, depth: int) -> None:
        """End the rows that stand in no table, if the tag that opens beside them is none of one."""
        if self._open and (tag == "table" or tag not in _PARTS):
            table = self._open[-1]
            if table.is_stray and table.depth >= depth - 1:
                self._close()

    def start(self, tag: str, number: int, attributes: Mapping[str, str], depth: int) -> None:
        if tag not in _PARTS:
            return
        at = len(self._page.items)
        if tag == "table":
            self._open.append(_Table(number, depth, at))
        elif tag == "tr" and not self._open:
            parent = self._page.parents[number]
            self._open.append(_Table(parent, depth - 1, at, is_stray=True))
        if not self._open:
            return
        if tag in ("td", "th"):
            self._open[-1].open_cell(number, attributes, at)
        elif tag == "tr":
            self._open[-1].open_row(at)
        elif tag in _GROUPS:
            self._open[-1].open_group(tag)

    def end(self, tag: str, number: int, depth: int) -> None:
        if not self._open:
            return
        table = self._open[-1]
        if table.cell and table.cell.element == number:
            table.close_cell(len(self._page.items))
        elif tag in _GROUPS:
            table.open_group("tbody")
        while self._open and self._open[-1].depth >= depth:
            self._close()

    def finish(self) -> None:
        while self._open:
            self._close()

    def _close(self) -> None:
        table, items = self._open.pop(), self._page.items
        table.close_cell(len(items))
        if len(items) == table.at:
            return
        if self._open:
            self._open[-1].height = max(self._open[-1].height, table.height + 1)
        if table.height > _MAX_HEIGHT:
            return
        inside = items[table.at :]
        drawn = _draw(table, inside, self._room)
        if drawn is None:
            self._page.oversize += 1
            return
        items[table.at :] = drawn
        self._page.close(table.element)
        self._room -= _cells(drawn) - _cells(inside)


def _cells(items: Sequence[Item]) -> int:
    return sum(item.size for item in items if isinstance(item, Grid))


def _draw(table: _Table, items: Sequence[Item], room: int) -> list[Item] | None:
    """Return what a table comes to: a grid, or its `items` as they are where it only places them.

    None says that drawing it takes more than `room` cells.
    """
    rows = table.drawn()
    inside = {at for row in rows for cell in row.cells for at in range(cell.first, cell.past)}
    lines = {at: line for at in inside if isinstance(line := items[at], Line)}
    grid = expand(rows, _texts(rows, lines), room)
    if grid is None:
        return None
    if _only_places(grid, lines.values(), holds_tables=table.height > 0):
        return list(items)
    if spilled := _spilled(table, items):
        lines = {at: line for at, line in lines.items() if at not in spilled}
        grid = expand(rows, _texts(rows, lines), room) or grid
    top = min(inside)
    below = [item for at, item in enumerate(items[top:], top) if at not in lines]
    drawn = [*items[:top], Grid(grid, table.element), *below]
    for item in drawn:  # the elements inside have lost their items
        item.owner = table.element
    return drawn


def _texts(rows: Sequence[Row], lines: Mapping[int, Line]) -> list[list[str]]:
    """Return the text of every cell, made of those of its items that are among `lines`."""
    return [[_text(cell, lines) for cell in row.cells] for row in rows]


def _text(cell: Cell, lines: Mapping[int, Line]) -> str:
    texts = [lines[at].text for at in range(cell.first, cell.past) if at in lines]
    return texts[0] if len(texts) == 1 else one_line("\n".join(texts))


def _only_places(
    rows: Sequence[Sequence[str]], lines: Collection[Line], *, holds_tables: bool
) -> bool:
    """Tell whether a table only places things on the page."""
    texts = [text for row in rows for text in row if text]
    columns = {column for row in rows for column, text in enumerate(row) if text}
    size = sum(map(len, texts))
    if len(columns) < 2 or sum(line.linked for line in lines) * 2 > size:
        return True
    values = (text for text in texts if len(text) <= _MAX_VALUE and _VALUE.fullmatch(text))
    if len(list(islice(values, _MIN_VALUES))) == _MIN_VALUES:
        return False
    return holds_tables or sum(len(text) for text in texts if is_prose(text)) * 2 > size


def _spilled(table: _Table, items: Sequence[Item]) -> range:
    """Return which items of the last cell are the report after a table whose end is missing."""
    last = next((row.cells[-1] for row in reversed(table.rows) if row.cells), None)
    if last is None or last.past - last.first < 2:
        return range(0)
    for at in range(last.first, last.past):
        item = items[at]
        if isinstance(item, Grid) or _PART.match(item.folded):
            return range(at, last.past)
        if at > last.first and is_prose(item.text):
            return range(at, last.past)
    return range(0)
