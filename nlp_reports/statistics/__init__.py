"""Figures of a report: quantities in prose, what they count, and the indicators they state."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema import Paragraph, Statistic
from ..text import fold_stops
from . import indicators, subjects
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
    found: list[Statistic] = []
    for paragraph in paragraphs:
        mentions = quantities(paragraph.text)
        if not mentions:
            continue
        about = subjects.find(fold_stops(paragraph.text), mentions)
        for quantity, subject in zip(mentions, about, strict=True):
            indicator = indicators.link(quantity, subject, form=form, year=year, issuer=issuer)
            found.append(
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
    return tuple(found)


__all__ = ["extract", "quantities"]
