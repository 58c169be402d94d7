"""The only reader of ``resources/``: language knowledge kept as tab-separated tables.

A table is UTF-8, its first line that is no comment (``#``) names the columns. Tables are read on
first use and kept.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``resources/<name>.tsv``, each a dict from column to text.

    Raises
    ------
    FileNotFoundError
        If the package holds no table of that name.
    """
    path = resources.files(__package__) / "resources" / f"{name}.tsv"
    lines = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    columns = lines[0].split("\t")
    return tuple(
        dict(zip(columns, line.split("\t") + [""] * len(columns), strict=False))
        for line in lines[1:]
    )


def column(name: str, key: str, **where: str) -> tuple[str, ...]:
    """Return one column of a table, in the order of its rows: of those with these values."""
    return tuple(
        row[key]
        for row in table(name)
        if all(row[other] == value for other, value in where.items())
    )


def either(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return one regular expression that finds whatever one of `patterns` does."""
    return re.compile("|".join(patterns))


def mapping(name: str, key: str, value: str) -> dict[str, str]:
    """Return two columns of a table as a dict; a later row wins."""
    return {row[key]: row[value] for row in table(name)}
