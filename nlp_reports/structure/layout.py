"""The lines of a flattened table, laid out in rows of cells.

Four ways of flattening are read: cells between tabs or pipes on one line; cells between blanks;
one cell a line, opened by a tab, with an empty line between rows; one cell a line with nothing
but the order. What a cell means is no business of this module.
"""

from __future__ import annotations

import re

from ..forms import labels, values
from ..text import fold, squeeze
from .lines import Line

_NOTE = re.compile(r"[(][^()]*[)]")
SENTENCE = re.compile(r"[。;；!?！？]|[,，].*[,，].*[,，]")
_CELL_BREAK = re.compile(r"\t| {2,}|[\u3000\xa0]{2,}")
_HEADS_OF_VALUES = frozenset({"单位", "统计数"})  # stand in the columns of units and values
_MIN_FIGURES = 3  # figures on a line before words behind them count as a remark
MAX_LINE = 400  # characters of a line of cells
_BLANK_CELL = re.compile("[\t\xa0]")


def is_value(text: str) -> bool:
    """Tell whether a cell that shows something holds a number, a mark for none, or a lone unit."""
    return bool(text) and (
        values.parse(text) is not None or values.is_unit(text) or text in _HEADS_OF_VALUES
    )


def cells(text: str) -> list[str]:
    """Return the cells of a line, raw or folded; of prose, one cell.

    Blank cells between tabs or pipes are kept. Between blanks, the figures at the end of a line
    are cells of their own.
    """
    if _is_piped(text):  # blanks before the first pipe are a blank cell: lines end in one
        return [
            part.strip() for part in text.removeprefix("|").rstrip().removesuffix("|").split("|")
        ]
    if "\t" in text.lstrip():
        return [part.strip() for part in text.strip("\n\r").split("\t")]
    parts = [part.strip() for part in _CELL_BREAK.split(text.strip())]
    if len(parts) > 1 and not SENTENCE.search(text):
        return parts
    words = text.split()
    if len(words) > 1 and len(text) <= MAX_LINE:
        return _split(words) or parts
    return parts


def _split(words: list[str]) -> list[str]:
    """Set labels apart, or figures from what stands before them; of prose, return nothing."""
    figures = [is_value(fold(word)) for word in words]
    end = len(words)
    if not figures[-1] and sum(figures) >= _MIN_FIGURES:
        end -= figures[::-1].index(True)  # a remark stands behind the figures
    start = end
    while start and figures[start - 1]:
        start -= 1
    if start == len(words):
        return words if all(map(labels.find, words)) else []
    label, remark = " ".join(words[:start]), " ".join(words[end:])
    if end - start >= 2 or labels.find(label):
        return [*filter(None, [label]), *words[start:end], *filter(None, [remark])]
    return []


def is_blank_cell(line: Line) -> bool:
    """Tell whether a line shows nothing, yet is not empty: a cell without a figure."""
    return not line.text and bool(_BLANK_CELL.search(line.raw))


def _is_piped(text: str) -> bool:
    return text.count("|") >= 2


def rows(lines: list[Line]) -> list[list[str]]:
    """Return the cells of a table's lines, row by row."""
    return _by_tabs(lines) if _opens_cells_by_tabs(lines) else _by_values(lines)


def _opens_cells_by_tabs(lines: list[Line]) -> bool:
    visible = [line for line in lines if line.text]
    return sum(
        line.raw.startswith("\t") and len(cells(line.raw)) == 1 for line in visible
    ) * 2 > len(visible)


def _by_tabs(lines: list[Line]) -> list[list[str]]:
    """A tab opens a cell (also a blank one), a line without one goes on, an empty line ends a row."""
    rows: list[list[str]] = []
    row: list[str] = []
    for line in lines:
        if line.raw.startswith("\t"):
            row.append(line.raw.strip())
        elif line.text and row:
            row[-1] += line.raw.strip()
        elif line.text:
            rows.append([line.raw.strip()])
        elif row:
            rows.append(row)
            row = []
    return [_padded(row) for row in ([*rows, row] if row else rows)]


def _by_values(lines: list[Line]) -> list[list[str]]:
    """A line of several cells is a row; where cells stand one a line, values go on the row before.

    So does the note below a label. A row that ends with a unit has a blank cell for its figure.
    """
    alone = [is_value(line.text) for line in lines if line.text]
    shown = [is_value(squeeze(cells(line.raw)[-1] or "0")) for line in lines if line.text]
    listed = sum(alone) * 2 > sum(shown)
    rows: list[list[str]] = []
    for line in lines:
        row = cells(line.raw)
        if listed and rows and (is_value(line.text) or is_blank_cell(line)):
            rows[-1].append(line.raw.strip())
        elif len(row) == 1 and rows and len(rows[-1]) == 1 and _NOTE.fullmatch(line.text):
            rows[-1][0] += row[0]
        elif line.text:
            rows.append(row)
    return [_padded(row) for row in rows]


def _padded(row: list[str]) -> list[str]:
    return [*row, ""] if len(row) == 2 and values.is_unit(row[1]) else row
