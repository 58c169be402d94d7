"""Reads test sentences with the expected spans marked in the text: ``办结[12件|12 件]。``

``[SPAN|VALUE UNIT FLAGS]``: VALUE is a number or a range ``20..30``; UNIT is ``-`` for none; FLAGS are
an approximation, ``implicit`` and ``@indicator``. Spans may nest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

CASES = Path(__file__).parent / "cases"
_MARK = re.compile(
    r"\|(?P<value>-?[\d.]+?)(?:\.\.(?P<upper>[\d.]+))? (?P<unit>[^\s\]]+)(?P<flags>(?: [@\w.]+)*)\]"
)


@dataclass(frozen=True)
class Expected:
    start: int
    end: int
    text: str
    value: Decimal
    value_max: Decimal | None
    unit: str | None
    approx: str
    implicit: bool
    indicator: str | None


@dataclass(frozen=True)
class Sentence:
    line: int
    form: str | None
    doubt: bool
    text: str
    expected: tuple[Expected, ...]


def parse(marked: str) -> tuple[str, tuple[Expected, ...]]:
    """Return the plain text of a marked sentence and what it expects."""
    text, opened, found, at = "", [], [], 0
    while at < len(marked):
        mark = _MARK.match(marked, at) if opened else None
        if mark:
            start = opened.pop()
            flags = mark.group("flags").split()
            approx = [flag for flag in flags if flag in ("about", "over", "at_least", "at_most")]
            ids = [flag[1:] for flag in flags if flag.startswith("@")]
            upper, unit = mark.group("upper"), mark.group("unit")
            found.append(
                Expected(
                    start, len(text), text[start:], Decimal(mark.group("value")),
                    Decimal(upper) if upper else None, None if unit == "-" else unit,
                    approx[0] if approx else "exact", "implicit" in flags, ids[0] if ids else None,
                )
            )  # fmt: skip
            at = mark.end()
        elif marked[at] == "[":
            opened.append(len(text))
            at += 1
        else:
            text += marked[at]
            at += 1
    if opened:
        raise ValueError(f"unclosed bracket: {marked}")
    return text, tuple(sorted(found, key=lambda e: (e.start, e.end)))


def sentences(name: str) -> Iterator[Sentence]:
    """Yield the sentences of ``tests/cases/<name>.txt``."""
    form, doubt = None, False
    for number, line in enumerate((CASES / f"{name}.txt").read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            doubt = "DOUBT" in line and number > 1
        elif line.startswith("form:"):
            form = None if line.split()[1] == "none" else line.split()[1]
        elif line:
            yield Sentence(number, form, doubt, *parse(line))
