"""Writes a report as the plain texts that copying, crawling and conversion leave of its tables.

Where a layout drops blank cells (``gapped_lines``, ``columns``) or parts cells by blanks (``columns``),
figures that are blank or hold blanks cannot be told apart: nothing may be read wrong there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from forge.forms import Answer, Grid, Local, spread
from forge.model import Authored, Block, Cell, Form

Flattener = Callable[[Form, Random], str]


def _write(report: Authored, rng: Random, *, flatten: Flattener) -> str:
    gap = rng.choice(["\n", "\n\n"])
    return gap.join(_block(block, rng, flatten) for block in report.blocks) + "\n"


def _block(block: Block, rng: Random, flatten: Flattener) -> str:
    if block.form:
        return flatten(block.form, rng)
    return f"　　{block.text}" if block.kind in ("heading", "paragraph") else block.text


def _line(cell: Cell) -> str:
    return re.sub(r"\n\s*", "", cell.text).strip()


def _is_origin(grid: Grid, r: int, c: int) -> bool:
    cell = grid[r][c]
    is_covered = (c and grid[r][c - 1] is cell) or (r and grid[r - 1][c] is cell)
    return not is_covered


def _rectangle(form: Form) -> list[list[str]]:
    """Return a text for every place, blank where a cell only reaches."""
    grid = spread(form)
    return [
        [_line(cell) if _is_origin(grid, r, c) else "" for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def _is_figure(cell: Cell) -> bool:
    return isinstance(cell, Answer | Local)


# Cells by tabs, a row a line


def _by_tabs(form: Form, rng: Random) -> str:
    return "\n".join("\t".join(row) for row in _rectangle(form))


def _by_shifted_tabs(form: Form, rng: Random) -> str:
    """As when a page break cuts part 三: above it spans shrink, below it labels move to the left."""
    rows = _rectangle(form)
    if form.part != "三" or len(rows[0]) != 10:
        return _by_tabs(form, rng)
    cut = rng.randrange(len(rows) - 8, len(rows) - 2)
    shrunk = [_shrunk(row) for row in rows[:5]]
    moved = [_moved(row) for row in rows[cut:]]
    lines = ["\t".join(row) for row in (*shrunk, [], *rows[5:cut], *moved)]
    return "\n".join(lines)


def _shrunk(row: list[str]) -> list[str]:
    """A label over three columns becomes one cell."""
    return [row[0], *row[3:]]


def _moved(row: list[str]) -> list[str]:
    labels = [text for text in row[:-7] if text]
    return [*labels, *[""] * (2 - len(labels)), *row[-7:], ""]


# A cell a line


def _by_opened_cells(form: Form, rng: Random) -> str:
    """Each cell is opened by a tab, rows are parted by a blank line."""
    drops_blank_groups = rng.random() < 0.5
    return "".join(
        "".join(
            f"\t{cell.text}\n"
            for cell in row
            if cell.text or _is_figure(cell) or not drops_blank_groups
        )
        + "\n"
        for row in form.rows
        if row
    )


def _by_lines(form: Form, rng: Random, *, blank: str | None) -> str:
    """A blank line follows each cell; a blank cell is ``blank``, or nothing at all."""
    cells = [cell for row in form.rows for cell in row]
    texts = [_line(cell) or blank for cell in cells]
    return "".join(f"{text}\n\n" for text in texts if text is not None)


# Cells by pipes


def _by_pipes(form: Form, rng: Random) -> str:
    opening = rng.choice(["| ", ""])
    lines = [opening + " | ".join(row) + " |" for row in _rectangle(form)]
    rule = opening + " | ".join(["---"] * len(_rectangle(form)[0])) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


# Cells by blanks, as a page is printed


def _by_columns(form: Form, rng: Random) -> str:
    gap = " " * rng.randint(1, 4)
    place = rng.choice(["last", "middle", "before"])
    width = rng.randint(9, 16)
    grid = spread(form)
    printed: list[list[str]] = []  # the lines of each row of the table
    for r, row in enumerate(grid):
        if any(_is_figure(cell) for cell in row):
            printed.append(_printed_row(grid, r, gap, place, width))
        else:
            printed.append(_printed_header(grid, r, gap))
    _print_groups(grid, printed, rng)
    return "\n".join(_paged(printed, rng))


def _printed_row(grid: Grid, r: int, gap: str, place: str, width: int) -> list[str]:
    """Return a row's lines: its wrapped label, and its figures beside one of them or above."""
    number, name, behind = _parts(grid, r)
    figures = gap.join(_line(cell) for cell in behind if _line(cell))
    label = _wrap(name, width)
    label[0] = f"{number} {label[0]}".strip()
    if len(label) > 1 and place == "before":
        return [figures, *label]
    at = len(label) // 2 if place == "middle" else -1
    label[at] = f"{label[at]}{gap}{figures}".strip()
    return label


def _parts(grid: Grid, r: int) -> tuple[str, str, list[Cell]]:
    """Return a row's 序号, its label and its cells behind the label, groups left out."""
    own = [cell for c, cell in enumerate(grid[r]) if _is_origin(grid, r, c) and cell.rowspan == 1]
    texts: list[str] = []
    while own and not _is_figure(own[0]) and len(texts) < 2:
        if texts and not texts[0].isdigit():
            break
        texts.append(_line(own.pop(0)))
    return ("", *texts)[-2] if texts else "", texts[-1] if texts else "", own


def _printed_header(grid: Grid, r: int, gap: str) -> list[str]:
    """Return a header's lines: names of several columns are broken (``商业企`` over ``业``)."""
    names = [_line(cell) for c, cell in enumerate(grid[r]) if _is_origin(grid, r, c)]
    if len(names) < 5:
        *above, first = _wrap(names[0], 20) if names else [""]
        return [*above, gap.join(name for name in (first, *names[1:]) if name)]
    broken = [_wrap(name, 2 if max(map(len, names)) == 4 else 3) for name in names]
    return [
        gap.join(pieces[line] for pieces in broken if line < len(pieces))
        for line in range(max(map(len, broken)))
    ]


def _print_groups(grid: Grid, printed: list[list[str]], rng: Random) -> None:
    """Set the labels of groups before the lines of their rows, at the middle or at the top."""
    at_middle, glue = rng.random() < 0.5, rng.choice([" ", " ", ""])
    for r, cell in reversed(list(_groups(grid))):
        lines = [
            (row, line) for row in range(r, r + cell.rowspan) for line in range(len(printed[row]))
        ]
        text = _line(cell)
        pieces = _wrap(text, max(4, math.ceil(len(text) / len(lines))))
        start = (len(lines) - len(pieces)) // 2 if at_middle else 0
        for (row, line), piece in zip(lines[start:], pieces, strict=False):
            printed[row][line] = f"{piece}{glue}{printed[row][line]}"


def _groups(grid: Grid) -> Iterator[tuple[int, Cell]]:
    """Yield the labels that span rows of figures, with their first row."""
    for r, row in enumerate(grid):
        for c, cell in enumerate(row):
            is_group = cell.rowspan > 1 and any(map(_is_figure, row))
            if is_group and cell.text and _is_origin(grid, r, c):
                yield r, cell


def _wrap(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)] or [""]


def _paged(printed: list[list[str]], rng: Random) -> Iterator[str]:
    """Yield the lines, a page mark between two rows now and then."""
    mark = rng.choice(["- {} -", "—{}—", "第 {} 页", "{}"])
    page, left = rng.randint(2, 6), rng.randint(8, 30)
    for lines in printed:
        if left <= 0:
            yield mark.format(page)
            page, left = page + 1, 30
        yield from lines
        left -= len(lines)


tabs = partial(_write, flatten=_by_tabs)
shifted_tabs = partial(_write, flatten=_by_shifted_tabs)
opened = partial(_write, flatten=_by_opened_cells)
lines = partial(_write, flatten=partial(_by_lines, blank="\N{NO-BREAK SPACE}"))
gapped_lines = partial(_write, flatten=partial(_by_lines, blank=None))
columns = partial(_write, flatten=_by_columns)
pipes = partial(_write, flatten=_by_pipes)

WRITERS: dict[str, Callable[[Authored, Random], str]] = {
    "tabs": tabs,
    "shifted tabs": shifted_tabs,
    "opened": opened,
    "lines": lines,
    "gapped lines": gapped_lines,
    "columns": columns,
    "pipes": pipes,
}
