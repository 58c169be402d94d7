"""Reads reports with tables and the cells they hold, from ``tests/cases/tables.txt``.

The head of that file says how a case is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nlp_reports import catalogue
from nlp_reports.schema import Indicator

CASES = Path(__file__).parent / "cases"
APPLICANTS = (
    "natural_person", "legal.business", "legal.research", "legal.public_welfare",
    "legal.legal_service", "legal.other", "total",
)  # fmt: skip
_CELL = re.compile(
    r"(?P<value>blank|none|[+-]?\d+(?:\.\d+)?)(?: (?P<unit>[^\s()]+))?(?: \((?P<raw>.*)\))?"
)
_LINE = re.compile(r"(?P<perhaps>perhaps )?(?P<name>[\w.]+(?:\.\*)?)(?: (?P<column>\S+))? = ")
_SIGNS = str.maketrans({"→": "\t", "␣": "\u00a0"})

Key = tuple[str, str | None]


@dataclass(frozen=True)
class Expected:
    """``unit`` None stands for no unit, ``certain`` False for a cell that may be left out."""

    value: Decimal | None
    unit: str | None
    raw: str
    certain: bool


@dataclass(frozen=True)
class Case:
    line: int
    name: str
    text: str
    form: str | None
    known: str | None
    cells: Mapping[Key, Expected]
    local: tuple[tuple[str, str], ...]
    closed: bool
    paragraphs: tuple[str, ...]


def is_printed(indicator: Indicator, form: str) -> bool:
    """Tell whether a form has a cell for an indicator: it asks for it and not for its parts."""
    parts = [catalogue.by_id()[part] for part in indicator.derived_from]
    return (
        form in indicator.forms
        and bool(indicator.paths)
        and not (parts and all(form in part.forms for part in parts))
    )


def cases(name: str = "tables") -> Iterator[Case]:
    """Yield the cases of ``tests/cases/<name>.txt``."""
    lines = (CASES / f"{name}.txt").read_text("utf-8").splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith("== ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _case(start + 1, lines[start:end])


def _case(line: int, lines: list[str]) -> Case:
    body, told = lines.index("text:"), lines.index("cells:")
    head = dict(entry.split(": ", 1) for entry in lines[1:body] if entry)
    form = head.get("form")
    cells: dict[Key, Expected] = {}
    local, paragraphs, closed = [], [], False
    for entry in lines[told + 1 :]:
        if not entry or entry.startswith("# "):
            continue
        if entry == "nothing else":
            closed = True
        elif entry.startswith("? "):
            label, _, raw = entry[2:].rpartition(" = ")
            local.append((label, "" if raw == "blank" else raw))
        elif entry.startswith("paragraph: "):
            paragraphs.append(entry.removeprefix("paragraph: "))
        else:
            for key, expected in _expected(entry, form):
                cells.setdefault(key, expected)
    return Case(
        line,
        lines[0][3:],
        "\n".join(lines[body + 1 : told]).translate(_SIGNS) + "\n",
        form,
        head.get("known"),
        cells,
        tuple(local),
        closed,
        tuple(paragraphs),
    )


def _expected(entry: str, form: str | None) -> Iterator[tuple[Key, Expected]]:
    found = _LINE.match(entry)
    if not found:
        raise ValueError(f"no line of a case: {entry}")
    texts = entry[found.end() :].split(" | ")
    columns: tuple[str | None, ...] = (found["column"],)
    if len(texts) > 1:
        columns = APPLICANTS
    for indicator in _named(found["name"], form):
        for column, text in zip(columns, texts, strict=True):
            yield (indicator.id, column), _cell(text, indicator.unit, not found["perhaps"])


def _named(name: str, form: str | None) -> list[Indicator]:
    if not name.endswith("*"):
        return [catalogue.by_id()[name]]
    named = [i for i in catalogue.indicators() if i.id.startswith(name[:-1])]
    told = "form-2021" if form in (None, "none") else form
    found = [i for i in named if is_printed(i, told)]
    if not found:
        raise ValueError(f"{name} stands for no indicator of {form}")
    return found


def _cell(text: str, unit: str | None, certain: bool) -> Expected:
    found = _CELL.fullmatch(text.strip())
    if not found:
        raise ValueError(f"no cell: {text}")
    value, raw = found["value"], found["raw"]
    if value == "blank":
        return Expected(None, unit, "" if raw is None else raw, certain)
    unit = None if found["unit"] == "-" else found["unit"] or unit
    if value == "none":
        return Expected(None, unit, raw or "", certain)
    return Expected(Decimal(value), unit, value if raw is None else raw, certain)
