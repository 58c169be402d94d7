"""Figures of a report: quantities in prose, what they count, and the indicators they state."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema import Paragraph, Statistic
from ..text import fold_stops
from . import indicators, mentions, subjects
from .mentions import quantities


def extract(
    paragraphs: Iterable[Paragraph],
    *,
    form: str | None = None,
    year: int | None = None,
    issuer: str | None = None,
) -> tuple[Statistic, ...]:
    """Return the statistics stated in running text, in reading order.

    ``form``, ``year`` and ``issuer`` are what the report says of itself; they decide which
    indicators a mention may state.
    """
    stated: list[Statistic] = []
    for paragraph in paragraphs:
        folded = fold_stops(paragraph.text)
        found = mentions.find(paragraph.text, folded)
        for quantity, subject in zip(found, subjects.find(folded, found), strict=True):
            indicator = indicators.link(quantity, subject, form=form, year=year, issuer=issuer)
            stated.append(
                Statistic(
                    value=quantity.value,
                    unit=quantity.unit,
                    indicator=indicator,
                    paragraph=paragraph.index,
                    start=quantity.start,
                    end=quantity.end,
                    text=quantity.text,
                    value_max=quantity.value_max,
                    approx=quantity.approx,
                    subject=subject.words or None,
                    implicit=quantity.implicit,
                )
            )
    return tuple(stated)


__all__ = ["extract", "quantities"]
