"""The official indicators: what the three forms ask for, as `resources/indicators.tsv` lists it."""

from __future__ import annotations

from functools import cache

from . import lexicon
from .schema import Indicator


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return every official indicator, in the order of the forms.

    Source: the statistics form of 2014 and the formats of the yearly report of 2019 and 2021 of
    the General Office of the State Council.
    """
    return tuple(
        Indicator(
            id=row["indicator"],
            forms=tuple(row["forms"].split(",")),
            unit=row["unit"] or None,
            title=row["title"],
            title_en=row["title_en"],
            paths=tuple(
                tuple(path.strip().split("/")) for path in row["paths"].split("|") if path.strip()
            ),
            derived_from=tuple(part.strip() for part in row["derived"].split("+") if part.strip()),
        )
        for row in lexicon.table("indicators")
    )


@cache
def by_id() -> dict[str, Indicator]:
    """Return the indicators by their ids."""
    return {indicator.id: indicator for indicator in indicators()}
