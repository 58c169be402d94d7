"""The grid in which the cells of an HTML table are drawn: groups of rows and merged cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MAX_COLSPAN = 1000  # columns, the limit HTML itself sets
_SPAN = re.compile(r"\s*([0-9]{1,6})")


@dataclass(slots=True)
class Cell:
    """A cell and the range of items that it holds, counted from the first item of the table."""

    element: int
    rowspan: int
    colspan: int
    first: int
    past: int = -1


@dataclass(slots=True)
class Row:
    """A row; ``rank`` orders heads, bodies and feet, and no cell reaches out of its ``group``."""

    rank: int
    group: int
    cells: list[Cell] = field(default_factory=list)


def opened(element: int, attributes: Mapping[str, str], first: int) -> Cell:
    """Return the cell that a tag opens."""
    if not attributes:
        return Cell(element, 1, 1, first)
    colspan = min(max(_span(attributes.get("colspan")), 1), _MAX_COLSPAN)
    return Cell(element, _span(attributes.get("rowspan")), colspan, first)


def _span(value: str | None) -> int:
    match = _SPAN.match(value) if value else None
    return int(match.group(1)) if match else 1


def expand(
    rows: Sequence[Row], texts: Sequence[Sequence[str]], room: int
) -> tuple[tuple[str, ...], ...] | None:
    """Return the texts of the cells in a grid, what a merged cell covers left empty.

    Columns and rows in which no cell begins are drawn by no browser and are left out, and so are
    blank rows. None says that it takes more than `room` cells.
    """
    lines: list[dict[int, str]] = []
    hanging: dict[int, int] = {}  # how many rows the cells above still cover, by column
    spent = 0
    for row, words, left in zip(rows, texts, _rows_left(rows), strict=True):
        covered = bool(hanging)
        line = _lay(row, words, left, hanging, room - spent)
        spent += len(hanging)
        if spent > room:
            return None
        if any(line.values()) or (line and covered):
            lines.append(line)
        hanging = {column: down - 1 for column, down in hanging.items() if down > 1}
    columns = sorted({column for line in lines for column in line})
    if len(lines) * len(columns) > room:
        return None
    return tuple(tuple(line.get(column, "") for column in columns) for line in lines)


def _lay(
    row: Row, texts: Sequence[str], left: int, hanging: dict[int, int], room: int
) -> dict[int, str]:
    """Return the texts of a row by column, its cells added to those that are `hanging`.

    No more than `room` columns are begun.
    """
    line: dict[int, str] = {}
    column = 0
    for cell, text in zip(row.cells, texts, strict=True):
        while column in hanging:
            column += 1
        line[column] = text
        down = min(cell.rowspan or left, left)
        hanging.update(dict.fromkeys(range(column, column + cell.colspan), down))
        if len(hanging) > room:
            break
    return line


def _rows_left(rows: Sequence[Row]) -> list[int]:
    """Return for each row how many there are to the end of its group, itself included."""
    left: list[int] = []
    for at in range(len(rows) - 1, -1, -1):
        goes_on = left and rows[at].group == rows[at + 1].group
        left.append(left[-1] + 1 if goes_on else 1)
    return left[::-1]
