"""The rows of a table to cells of an official form, each told by the labels beside and above it.

A cell is never told by its place alone. Where columns were lost, the cells of a row are counted
off against the header; where that leaves several readings, the sums of the form choose, and where
they cannot, the row is kept without an indicator.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .. import catalogue
from . import arithmetic, columns, cuts, labels, runs, values
from .alignment import ARITHMETIC, Shape, align, starts, texts
from .columns import Column, Columns, Row, has_figures
from .places import FORMS, Place, by_label, form_of

# Why a figure with official labels has no indicator: rows claim it with different numbers; a row
# that claims it stands before, with the same number or with the form's own number before its label.
CONFLICT, REPEATED = "conflict", "repeated"
_PLAIN_HEADS = frozenset({"", "统计数"})  # of the only column of figures of form-2014
_RULE = re.compile(r":?-{3,}:?\Z")  # the line under the head of a table in plain text
_MAX_ROWS = 1000  # of a table; the longest form, one piece of a cell a line, has under 500
_GENERIC = 2  # characters: a label this short (其他, 总计) needs the label of its block


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table. ``column`` is the kind of applicant, in part 三 only."""

    indicator: str | None
    row: int
    index: int
    label: str
    head: str
    column: str | None
    raw: str
    number: Decimal | None
    unit: str | None
    confidence: str


def read(rows: Sequence[Row]) -> tuple[Cell, ...]:
    """Return the cells of a table in reading order; none when it is no official form.

    Rows that match no indicator come with ``indicator`` None. A figure that two rows claim with
    different numbers is given to neither. Where rows are left over, the table is also read with
    its labels put together, and with its rows, and the best reading wins.
    """
    if len(rows) > _MAX_ROWS:
        return ()
    plain = _read(rows)
    if plain and all(cell.indicator for cell in plain):
        return plain
    best = max(plain, _read_assembled(rows), key=_merit)
    rejoined = _read_rejoined(rows)
    # Nothing but a sum that comes right shows that two numbers are halves of one.
    better = _merit(rejoined)[0] >= _merit(best)[0] and _breaches(rejoined) < _breaches(best)
    return rejoined if better else best


def _read_assembled(rows: Sequence[Row]) -> tuple[Cell, ...]:
    """Read a table with its labels put together again."""
    assembled = runs.assemble(rows)
    return tuple(
        replace(cell, row=place[0], index=place[1])
        for cell in _read([row.cells for row in assembled])
        if (place := assembled[cell.row].places[cell.index])
    )


def _read_rejoined(rows: Sequence[Row]) -> tuple[Cell, ...]:
    """Read a table with its figures put together where a page may have cut a row in two."""
    joined, where = cuts.rejoined(rows)
    found = _read(joined) if where else ()
    return tuple(replace(c, confidence=ARITHMETIC) if c.row in where else c for c in found)


def _merit(found: Sequence[Cell]) -> tuple[int, int]:
    """The better reading knows more figures, and fewer of its sums fail."""
    return len({(cell.indicator, cell.column) for cell in found if cell.indicator}), -_breaches(
        found
    )


def _breaches(found: Sequence[Cell]) -> int:
    figures = {
        (cell.indicator, cell.column): cell.number
        for cell in found
        if cell.indicator and cell.number is not None
    }
    broken = sum(arithmetic.breaches(figures, form) for form in FORMS)
    return broken + arithmetic.uneven_rows(figures)


def _read(rows: Sequence[Row]) -> tuple[Cell, ...]:
    found = _settled(_without_blocks(list(_Reader().read(rows))))
    return found if any(cell.indicator for cell in found) else ()


class _Reader:
    """Goes down the rows of one table and remembers the header and the blocks above."""

    def __init__(self) -> None:
        self._header: list[Row] = []  # the rows of a header that has not ended
        self._columns: Columns | None = None
        self._seen: dict[str, int] = {}
        self._starts: dict[Shape, int] = {}
        self._form: str | None = None

    def read(self, rows: Sequence[Row]) -> Iterator[Cell]:
        self._starts = starts(rows)
        self._form = form_of(rows, table="三")
        for at, row in cuts.mended(rows):
            if all(map(_RULE.match, row)):
                continue
            if columns.is_header(row, begun=bool(self._header)) or self._goes_on(row):
                self._header.append(row)
                continue
            if self._header:
                self._columns, self._header = columns.read(self._header), []
            steps = [step for text in texts(row) for step in labels.find(text)]
            if any(map(labels.is_item, steps)):
                self._columns = None  # the next block of part 二 has columns of its own
            self._seen.update(dict.fromkeys(steps, at))
            yield from self._figures(at, row, self._names(row))

    def _goes_on(self, row: Row) -> bool:
        """Tell whether a row carries on a header whose words were torn over several rows."""
        words = texts(row)
        return (
            bool(self._header and words)
            and not has_figures(row)
            and not any(map(labels.exact, words))
            and all(labels.is_piece(piece) for word in words for piece in word.split())
        )

    def _names(self, row: Row) -> list[tuple[int, str]]:
        """Return the labels of a row with their places: not units, nor what other columns hold."""
        header = self._columns
        others = header.others if header and header.width == len(row) else frozenset()
        words = ((n, cell) for n, cell in enumerate(row) if values.parse(cell) is None)
        return [(n, word) for n, word in words if n not in others and not values.is_unit(word)]

    def _figures(self, at: int, row: Row, names: list[tuple[int, str]]) -> Iterator[Cell]:
        beside = [name for _, name in names]
        before = -1
        for index, column, confidence in align(row, self._columns, self._starts):
            beside = [name for n, name in names if before < n < index] or beside
            before = index
            value = values.parse(row[index]) or values.Value(None)
            place = self._place(at, beside, column)
            if place or (value.number is not None and not _is_block(beside)):
                units = (
                    value.unit,
                    *map(values.unit_in, texts(row)),
                    column.unit if column else None,
                    catalogue.by_id()[place.indicator].unit if place else None,
                )
                yield Cell(
                    indicator=place.indicator if place else None,
                    row=at,
                    index=index,
                    label=beside[-1].strip() if beside else "",
                    head=column.text.strip() if column else "",
                    column=column.applicant if place and place.by_applicant and column else None,
                    raw=row[index].strip(),
                    number=value.number,
                    unit=next(filter(None, units), None),
                    confidence=confidence,
                )

    def _place(self, at: int, names: list[str], column: Column | None) -> Place | None:
        """Return the one place that the labels of a cell fit, None when there is none or several.

        A word next to the figure that no form has makes it somebody else's: 行政许可 | 教育局 | 4.
        """
        steps = tuple(step for name in names for step in labels.find(name))
        number = labels.number(names[-1]) if names else ""
        if names and not (labels.find(names[-1]) or labels.is_piece(names[-1])):
            return None
        heads = column.steps if column else ()
        known = {*steps, *heads}
        fits = [
            place
            for place in _candidates(steps, heads)
            if not place.by_applicant or self._form is None or self._form in place.forms
        ]
        complete = [p for p in fits if all(s in known or s in self._seen for s in p.steps)]
        if len(fits) == 1 and (len(fits[0].steps[-1]) > _GENERIC or fits[0].number == number):
            chosen = fits[0]
        elif complete:
            nearest = max(map(self._recency, complete))
            complete = [p for p in complete if self._recency(p) == nearest]
            if len(complete) > 1:
                return None
            chosen = complete[0]
        else:
            return None
        if steps:
            self._seen.update(dict.fromkeys(chosen.steps, at))
        return chosen

    def _recency(self, place: Place) -> int:
        return max((self._seen.get(step, -1) for step in place.steps[:-1]), default=-1)


def _candidates(steps: tuple[str, ...], heads: tuple[str, ...]) -> Iterator[Place]:
    """Yield the places whose last step is the row's label, or the column's with the row's in it."""
    leaf, head = steps[-1] if steps else "", heads[-1] if heads else ""
    for place in by_label().get(leaf, ()):
        if head in labels.APPLICANTS if place.by_applicant else head in _PLAIN_HEADS:
            yield place
    for place in by_label().get(head, ()):
        if place.by_applicant:
            continue
        if leaf in place.steps[:-1] or (not leaf and place.table == "四"):
            yield place


def _is_block(names: list[str]) -> bool:
    """Tell whether a row is the head of a block, in which the form asks for no figure."""
    steps = labels.find(names[-1]) if names else ()
    return bool(steps) and steps[-1] not in by_label()


def _without_blocks(cells: Sequence[Cell]) -> list[Cell]:
    """Drop the blank cells of a sum whose parts stand in the same table: there it heads a block."""
    known = {cell.indicator for cell in cells}
    return [
        cell
        for cell in cells
        if cell.number is not None
        or not cell.indicator
        or known.isdisjoint(catalogue.by_id()[cell.indicator].derived_from)
    ]


def _settled(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Take an indicator from cells that claim it with different numbers.

    Where the number printed before the label is the form's in one row only, that row keeps it; of
    rows that say the same the first does.
    """
    claims: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for n, cell in enumerate(cells):
        if cell.indicator:
            claims[cell.indicator, cell.column].append(n)
    settled = list(cells)
    for rivals in claims.values():
        if len(rivals) > 1:
            right = _right(cells, rivals)
            for n in rivals:
                if n != right:
                    why = CONFLICT if right is None else REPEATED
                    settled[n] = replace(cells[n], indicator=None, confidence=why)
    return tuple(settled)


def _right(cells: Sequence[Cell], rivals: Sequence[int]) -> int | None:
    """Return the one of `rivals` whose claim stands, None when they contradict each other."""
    unlabelled = not any(cells[n].label for n in rivals)  # a blank row above the one of part 四
    filled = [n for n in rivals if not unlabelled or cells[n].number is not None] or list(rivals)
    numbered = [n for n in filled if _is_numbered_right(cells[n])]
    claimants = numbered if len(numbered) == 1 else filled
    return claimants[0] if len({cells[n].number for n in claimants}) == 1 else None


def _is_numbered_right(cell: Cell) -> bool:
    printed = labels.number(cell.label)
    leaf = labels.find(cell.label)[-1:]
    places = by_label().get(leaf[0], ()) if leaf else ()
    return any(p.indicator == cell.indicator and p.number == printed for p in places)
