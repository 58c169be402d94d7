"""Which cells of a row stand under which columns, where columns may have been lost.

A row that has as many cells as its header stands under it. Otherwise its figures are counted off
against the columns; where blank cells leave several ways, complete rows of the same shape or the
row's own sum decide, and where they do not, none is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from . import labels, values
from .columns import MATRICES, Column, Columns, Row

# How sure a cell is: where row and column cross as printed; counted off; told by a sum.
LABEL, ALIGNED, ARITHMETIC = "label", "aligned", "arithmetic"

Shape = tuple[int, int, int]  # cells of a row, place of its last text, figures it should have


def texts(row: Row) -> list[str]:
    """Return the cells of a row that are words: no figure, no blank, no sign for none."""
    return [cell for cell in row if values.parse(cell) is None]


def align(
    row: Row, header: Columns | None, known: dict[Shape, int]
) -> Iterator[tuple[int, Column | None, str]]:
    """Yield the cells of figures of a row with their columns, and how sure that is."""
    if header is None:
        yield from _align_without_header(row)
    elif _fits(row, header):
        shown = (c for c in header.figures if c.is_known or values.parse(row[c.index]))
        yield from ((column.index, column, LABEL) for column in shown)
    else:
        yield from _count_off(row, header, known)


def _fits(row: Row, header: Columns) -> bool:
    """Tell whether a row has figures where the header has columns for them, and nowhere else.

    A column of figures may hold words instead (无增减), but no label.
    """
    if len(row) != header.width:
        return False
    places = {column.index for column in header.figures}
    return not any(
        labels.find(row[column.index]) for column in header.figures if column.is_known
    ) and not any(n not in places and n not in header.aside for n in shown_at(row))


def _align_without_header(row: Row) -> Iterator[tuple[int, Column | None, str]]:
    """A label and one figure need no header; seven figures that add up are the applicants'."""
    shown = shown_at(row)
    if len(shown) == 1:
        yield shown[0], None, LABEL
    elif not shown and len(row) > 1 and values.is_blank(row[-1]):
        yield len(row) - 1, None, LABEL
    elif len(shown) == len(MATRICES[0]) and _adds_up([row[n] for n in shown]):
        yield from ((n, c, ARITHMETIC) for n, c in zip(shown, MATRICES[0], strict=True))


def starts(rows: Sequence[Row]) -> dict[Shape, int]:
    """Return where the figures begin in rows of each shape, told by the rows without blank cells."""
    found: dict[Shape, set[int]] = defaultdict(set)
    for row in rows:
        shown = shown_at(row)
        if shown and shown[-1] - shown[0] == len(shown) - 1:
            found[len(row), _last_text(row), len(shown)].add(shown[0])
    return {shape: starts.pop() for shape, starts in found.items() if len(starts) == 1}


def _last_text(row: Row) -> int:
    return max((n for n, cell in enumerate(row) if values.parse(cell) is None), default=-1)


def _count_off(
    row: Row, header: Columns, known: dict[Shape, int]
) -> Iterator[tuple[int, Column, str]]:
    """Count the cells of a row off against the columns of figures, whose places were lost.

    Where every figure is there, these are the cells. Where some are blank, a complete row of the
    same shape tells where they begin; else the cells behind the label are as many as the columns;
    else, in part 三, one run alone has the right sum.
    """
    count = len(header.figures)
    shown = shown_at(row)
    confidence = ALIGNED if count > 1 else LABEL
    start = known.get((len(row), _last_text(row), count))
    fits = _windows(row, shown, count)
    told = [run for run in fits if run.start == start]
    run: Sequence[int]
    if count and len(shown) == count:
        run = shown
    elif told or (fits and (not shown or len(row) - 1 - _last_text(row) == count)):
        run = (told or fits)[-1]
    elif summed := _adding_up(row, fits, header):
        run, confidence = summed[0], ARITHMETIC
    else:
        return
    yield from ((n, column, confidence) for n, column in zip(run, header.figures, strict=True))


def _windows(row: Row, shown: list[int], count: int) -> list[range]:
    """Return the runs of `count` cells that hold all figures of a row and no words.

    In a row without figures they are its last cells.
    """
    last_start = len(row) - count
    first, last = (shown[0], shown[-1]) if shown else (last_start, len(row) - 1)
    starts = range(max(0, last - count + 1), min(first, last_start) + 1) if count else ()
    runs = (range(start, start + count) for start in starts)
    return [run for run in runs if not texts([row[n] for n in run])]


def _adding_up(row: Row, runs: list[range], header: Columns) -> list[range]:
    if tuple(column.applicant for column in header.figures) != tuple(labels.APPLICANTS.values()):
        return []
    fits = [run for run in runs if _adds_up([row[n] for n in run])]
    return fits if len(fits) == 1 else []


def shown_at(row: Row) -> list[int]:
    """Return the places of the cells that hold a figure or a sign for none."""
    return [n for n, c in enumerate(row) if not values.is_blank(c) and values.parse(c) is not None]


def _adds_up(cells: Sequence[str]) -> bool:
    """Tell whether six numbers of applicants add up to the seventh, blank ones counted as none."""
    numbers = [value.number if (value := values.parse(cell)) else None for cell in cells]
    return numbers[-1] is not None and sum(n or Decimal(0) for n in numbers[:-1]) == numbers[-1]
