"""Official forms: which form a table follows, and its cells as statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .. import catalogue
from ..schema import Statistic, Table, Warning
from . import arithmetic, cells, places
from .cells import Cell
from .places import form_of

_NAMED = 8  # indicators a warning names before it counts the others


@dataclass(frozen=True, slots=True)
class Readings:
    """What the tables of a report say: ``form`` is the report's, also given to its tables."""

    form: str | None
    tables: tuple[Table, ...]
    statistics: tuple[Statistic, ...]
    warnings: tuple[Warning, ...]


def extract(tables: Iterable[Table], *, form: str | None) -> Readings:
    """Return the cells of all tables of a report in reading order, then the sums of its form.

    Cells of official forms that match no indicator come with ``indicator`` None. A derived figure
    has no table of its own and says in ``derived`` what it is the sum of.
    """
    read = [(table, cells.read(table.rows)) for table in tables]
    form = form or _form_of_cells(cell for _, found in read for cell in found)
    printed = _agreed([_statistic(table.index, c) for table, found in read for c in found])
    return Readings(
        form,
        tuple(replace(t, form=t.form or form) if found else t for t, found in read),
        printed + (tuple(_sums(printed, form)) if form else ()),
        tuple(_warnings(printed, form)),
    )


def _agreed(printed: Sequence[Statistic]) -> tuple[Statistic, ...]:
    """Take an indicator from cells of different tables that claim it with different numbers.

    A report may carry the tables of other bodies and years; nothing in a cell tells whose it is.
    """
    claims: dict[places.Key, set[Decimal | None]] = {}
    for s in printed:
        if s.indicator:
            claims.setdefault((s.indicator, s.column), set()).add(s.value)
    return tuple(
        replace(s, indicator=None, confidence=cells.CONFLICT)
        if s.indicator and len(claims[s.indicator, s.column]) > 1
        else s
        for s in printed
    )


def _statistic(table: int, cell: Cell) -> Statistic:
    return Statistic(
        value=cell.number,
        unit=cell.unit,
        indicator=cell.indicator,
        table=table,
        row=cell.label or None,
        column=cell.column if cell.indicator else cell.column or cell.head or None,
        raw=cell.raw,
        cell=(cell.row, cell.index),
        confidence=cell.confidence,
    )


def _sums(printed: Iterable[Statistic], form: str) -> Iterator[Statistic]:
    figures = {
        (s.indicator, s.column): s.value for s in printed if s.indicator and s.value is not None
    }
    for name, column, value in arithmetic.derived(figures, form):
        indicator = catalogue.by_id()[name]
        yield Statistic(
            value=value,
            unit=indicator.unit,
            indicator=name,
            column=column,
            derived=" + ".join(indicator.derived_from),
        )


def _form_of_cells(read: Iterable[Cell]) -> str | None:
    """Return the form that alone prints the figures found, None when none tells."""
    votes = Counter(
        form
        for cell in read
        if cell.indicator
        and (form := places.only_form(cell.indicator, by_applicant=bool(cell.column)))
    )
    return votes.most_common(1)[0][0] if votes else None


def _warnings(printed: Sequence[Statistic], form: str | None) -> Iterator[Warning]:
    rivals = [s.row or "" for s in printed if s.confidence == cells.CONFLICT]
    if rivals:
        yield Warning("conflicting_rows", f"rows that claim the same figures: {_named(rivals)}")
    found = {(s.indicator, s.column) for s in printed}
    for wanted in places.tables(form).values() if form else ():
        missing = sorted(wanted - found, key=_order) if wanted & found else []
        if missing:
            names = _named(indicator for indicator, _ in missing)
            yield Warning(
                "missing_cells",
                f"{len(missing)} of {len(wanted)} cells of a table of {form} not found: {names}",
            )


def _order(key: places.Key) -> tuple[int, str]:
    return list(catalogue.by_id()).index(key[0]), key[1] or ""


def _named(names: Iterable[str]) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - _NAMED} more" if len(different) > _NAMED else ""
    return ", ".join(different[:_NAMED]) + more


__all__ = ["Readings", "extract", "form_of"]
