"""Links from quantities to the official indicators, by the rules of ``resources/links.tsv``.

A link says: this number is that indicator, for the whole issuer, in the reported year. Shares,
other years, running totals, other bodies and numbers shared by several things get none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from .. import catalogue, lexicon
from ..schema import Quantity
from .subjects import Subject

_DEFAULT_FORM = "form-2014"  # a report without a form is read by the oldest
_RATIOS = frozenset(("%", "‰", "‱", "个百分点", "百分点", "倍"))
_OTHER_TIME = re.compile(
    r"去年|(?<!结转)上年度?(?!结转)|上一年(?!度?结转|项目)|比上年|较上年|增加|减少|上半年|下半年|[一二三四]季度|\d+月份|\d{1,2}月?[-—~至到]{1,2}(?!12月)\d{1,2}月(?!\d+日)|历年|以来|施行|日均|月均|平均|每[年月周日天]"
)
_RUNNING = re.compile(r"截[至止][^,。;]{0,16},[^,。;]{0,10}累计|自[^,。;]{2,16}(?:以来|起|至今)")
_BODY = re.compile(
    r"([\u4e00-\u9fa5]{1,10}?(?:局|镇|乡|街道|办事处|委员会|委|厅|图书馆|档案馆|部门|学院|[县区市]))(?=(?:主动|一?共|累计|全年|本年|已)*(?:公开|发布|新收|收到|受理|接到|作出|举办|召开|办理|查阅点))"
)
_OWN = re.compile(
    r"(?:我|本|全|该)(?:[省市县区镇乡局委厅办校院所]|部门|街道|单位|机关)?|各级|各部门|市政府|县政府|区政府|政府"
)
_NEVER = r"(?!)"
_YEAR = re.compile(r"((?:19|20)\d\d)年")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``links.tsv`` or ``zero_links.tsv``, compiled."""

    indicator: str
    units: re.Pattern[str]
    subject: re.Pattern[str]
    frame: re.Pattern[str]
    forbid: re.Pattern[str]


@cache
def _forms() -> dict[str, frozenset[str]]:
    return {indicator.id: frozenset(indicator.forms) for indicator in catalogue.indicators()}


@cache
def _rules(form: str) -> tuple[Rule, ...]:
    return _compile(lexicon.table("links"), form)


@cache
def _zero_rules(form: str) -> tuple[Rule, ...]:
    return _compile(lexicon.table("zero_links"), form)


def _compile(rows: Iterable[dict[str, str]], form: str) -> tuple[Rule, ...]:
    """Compile rules: those whose indicator the form holds, or that give none, come first."""
    rules = [
        Rule(
            row["indicator"],
            re.compile(rf"(?:{row.get('units', '')})\Z"),
            re.compile(row["subject"]),
            re.compile(row.get("frame", "")),
            re.compile(row["forbid"] or _NEVER),
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
    if quantity.unit in _RATIOS or subject.shared:
        return None
    if _is_other(subject, year, issuer):
        return None
    form = form or _DEFAULT_FORM
    if quantity.implicit:
        return _first(_zero_rules(form), subject)
    some, rules = _rules_of_unit(form, quantity.unit or "")
    return _first(rules, subject) if some.search(subject.words) else None


def _first(rules: tuple[Rule, ...], subject: Subject) -> str | None:
    """Return the indicator of the first rule that fits, None when it gives none or none fits."""
    for rule in rules:
        if (
            rule.subject.search(subject.words)
            and rule.frame.search(subject.frame + subject.words)
            and not rule.forbid.search(subject.words)
        ):
            return rule.indicator or None
    return None


def _is_other(subject: Subject, year: int | None, issuer: str | None) -> bool:
    """Tell whether a mention speaks of another time or another body than the report."""
    clause = subject.frame.rpartition(",")[2]
    if (
        _OTHER_TIME.search(subject.words)
        or _OTHER_TIME.search(clause)
        or _RUNNING.search(subject.frame)
    ):
        return True
    years = [int(y) for y in _YEAR.findall(subject.frame)]
    if years and year and years[-1] != year:
        return True
    return _is_other_body(subject, issuer)


def _is_other_body(subject: Subject, issuer: str | None) -> bool:
    """A named body is another one unless the issuer's name holds it."""
    body = _BODY.search(subject.frame.rpartition(",")[2] + subject.words)
    if not body or _OWN.search(body.group(1)):
        return False
    name = body.group(1)
    if issuer:
        return not (name in issuer or issuer in name or issuer.startswith(name[:2]))
    others = set(_BODY.findall(subject.frame + subject.rest))
    return len(others) > 1 or not name.endswith(("县", "区", "市"))
