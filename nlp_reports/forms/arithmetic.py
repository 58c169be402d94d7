"""The sums of the official forms: figures that a form prints only in parts, and readings that add up.

On real tables nearly every sum holds, so that of two readings the one with fewer breaches is right.
A sum with a blank operand says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache

from .. import catalogue, lexicon
from . import labels

Figures = Mapping[tuple[str, str | None], Decimal]


def derived(figures: Figures, form: str) -> Iterator[tuple[str, str | None, Decimal]]:
    """Yield indicator, column and value of every sum whose parts are there and which is not.

    ``figures`` maps indicator and kind of applicant (None outside of part 三) to the number.
    """
    columns = sorted({column for _, column in figures}, key=lambda column: column or "")
    for indicator in catalogue.indicators():
        if form in indicator.forms and indicator.derived_from:
            for column in columns:
                if (indicator.id, column) not in figures:
                    total = _sum(indicator.derived_from, column, figures)
                    if total is not None:
                        yield indicator.id, column, total


def breaches(figures: Figures, form: str) -> int:
    """Return how many of the form's sums can be checked and do not hold."""
    whole = dict(figures)
    whole.update({(name, column): value for name, column, value in derived(figures, form)})
    columns = {column for _, column in whole}
    return sum(
        None not in sides and sides[0] != sides[1]
        for left, right in _identities(form)
        for column in columns
        for sides in [(_sum(left, column, whole), _sum(right, column, whole))]
    )


def uneven_rows(figures: Figures) -> int:
    """Return how many rows of part 三 have a total that is not the sum of the applicants."""
    *kinds, total = labels.APPLICANTS.values()
    totals = [name for name, column in figures if column == total]
    sums = ((name, sum(figures.get((name, kind), Decimal(0)) for kind in kinds)) for name in totals)
    return sum(figures[name, total] != added for name, added in sums)


@cache
def _identities(form: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    return tuple(
        (tuple(row["left"].split(" + ")), tuple(row["right"].split(" + ")))
        for row in lexicon.table("identities")
        if form in row["forms"].split(",")
    )


def _sum(parts: Iterable[str], column: str | None, figures: Figures) -> Decimal | None:
    numbers = [figures.get((part, column)) for part in parts]
    known = [number for number in numbers if number is not None]
    return sum(known, Decimal(0)) if len(known) == len(numbers) else None
