"""Figures of a report: quantities in prose, what they count, and the indicators they state."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import numerals
from ..schema import Paragraph, Quantity, Statistic
from ..text import fold_stops, squeeze
from . import context, indicators, mentions, subjects
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
        heading = squeeze(paragraph.headings[-1]) if paragraph.headings else ""
        planned = context.opens_plan(heading)
        found = mentions.find(paragraph.text, folded, year=year, planned=planned)
        before: Statistic | None = None
        for quantity, subject in zip(
            found, subjects.find(folded, found, heading=heading), strict=True
        ):
            if before and _restates(folded, before, quantity):  # 18万元（人民币壹拾捌万元）
                words, indicator = before.subject, before.indicator
            else:
                words = subject.words or None
                indicator = indicators.link(quantity, subject, form=form, year=year, issuer=issuer)
            before = _statistic(quantity, paragraph.index, words, indicator)
            stated.append(before)
    return tuple(stated)


def _statistic(
    quantity: Quantity, paragraph: int, subject: str | None, indicator: str | None
) -> Statistic:
    return Statistic(
        value=quantity.value,
        unit=quantity.unit,
        indicator=indicator,
        paragraph=paragraph,
        start=quantity.start,
        end=quantity.end,
        text=quantity.text,
        value_max=quantity.value_max,
        approx=quantity.approx,
        subject=subject,
        implicit=quantity.implicit,
    )


_IN_WORDS = re.compile(r"\((?:大写|人民币|即|折合|:)*\Z")


def _restates(folded: str, before: Statistic, quantity: Quantity) -> bool:
    """Tell whether a quantity says the one before it again, in words, in brackets behind it."""
    between = folded[before.end : quantity.start]
    if before.value is None or not _IN_WORDS.match(between):
        return False
    one, _ = numerals.split_scale(before.unit or "")
    two, _ = numerals.split_scale(quantity.unit or "")
    return before.value * one == quantity.value * two


__all__ = ["extract", "quantities"]
