"""Links from quantities to the official indicators, by the rules of ``resources/links.tsv``.

A link says: this number is that indicator, for the whole issuer, in the reported year. Shares,
other years, running totals, other bodies and numbers shared by several things get none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from .. import catalogue, lexicon, numerals
from ..schema import Quantity
from . import scope
from .subjects import Subject

_DEFAULT_FORM = "form-2014"  # a report without a form is read by the oldest
_NEVER = r"(?!)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``links.tsv`` or ``zero_links.tsv``, compiled."""

    indicator: str
    units: re.Pattern[str]
    subject: re.Pattern[str]
    frame: re.Pattern[str]
    forbid: re.Pattern[str]
    context: re.Pattern[str]


@cache
def _ratios() -> frozenset[str]:
    return frozenset(lexicon.column("units", "unit", kind="ratio"))


@cache
def _forms() -> dict[str, frozenset[str]]:
    return {indicator.id: frozenset(indicator.forms) for indicator in catalogue.indicators()}


@cache
def _rules(form: str) -> tuple[Rule, ...]:
    return _compile(lexicon.table("links"), form)


@cache
def _zero_rules(form: str) -> tuple[Rule, ...]:
    """Rules for denials: their own, then those for numbers."""
    return _compile(lexicon.table("zero_links"), form) + _rules(form)


def _compile(rows: Iterable[dict[str, str]], form: str) -> tuple[Rule, ...]:
    """Compile rules: those whose indicator the form holds, or that give none, come first."""
    rules = [
        Rule(
            row["indicator"],
            re.compile(rf"(?:{row.get('units', '')})\Z"),
            re.compile(row["subject"]),
            re.compile(row.get("frame", "")),
            re.compile(row["forbid"] or _NEVER),
            re.compile(row.get("context", "")),
        )
        for row in rows
    ]
    held = {indicator for indicator, forms in _forms().items() if form in forms} | {""}
    return tuple(sorted(rules, key=lambda rule: rule.indicator not in held))


@lru_cache(maxsize=1024)
def _rules_of_unit(form: str, unit: str) -> tuple[re.Pattern[str], tuple[Rule, ...]]:
    """Return the rules for a unit, and one pattern without which none of them fits."""
    rules = tuple(rule for rule in _rules(form) if rule.units.match(unit))
    some = "|".join(f"(?:{rule.subject.pattern})" for rule in rules) or _NEVER
    return re.compile(some), rules


def link(
    quantity: Quantity,
    subject: Subject,
    *,
    form: str | None = None,
    year: int | None = None,
    issuer: str | None = None,
) -> str | None:
    """Return the indicator that a quantity states, or None.

    Parameters
    ----------
    quantity, subject
        The mention and what it counts.
    form, year, issuer
        What the report says of itself; None when unknown.
    """
    if quantity.unit in _ratios() or subject.shared:
        return None
    indicator = _stated(quantity, subject, form or _DEFAULT_FORM)
    if indicator is None:  # most mentions: whose and when they are need not be asked
        return None
    if scope.is_other_time(subject, year) or scope.is_other_body(subject, issuer):
        return None
    return None if quantity.implicit and scope.is_of_some(subject) else indicator


def _stated(quantity: Quantity, subject: Subject, form: str) -> str | None:
    """Return the indicator that the words of a mention name, whosever figure it is."""
    if quantity.implicit:
        return _first(_zero_rules(form), subject)
    some, rules = _rules_of_unit(form, numerals.split_scale(quantity.unit or "")[1])
    return _first(rules, subject) if some.search(subject.words) else None


def _first(rules: tuple[Rule, ...], subject: Subject) -> str | None:
    """Return the indicator of the first rule that fits, None when it gives none or none fits."""
    for rule in rules:
        if (
            rule.subject.search(subject.words)
            and rule.frame.search(subject.frame + subject.words)
            and not rule.forbid.search(subject.words)
            and rule.context.search(subject.context + subject.frame + subject.words + subject.rest)
        ):
            return rule.indicator or None
    return None
