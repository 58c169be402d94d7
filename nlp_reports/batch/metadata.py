"""What the path of a file, or a table keyed by paths, says of the report in it.

The report itself wins; what is said here fills what it leaves open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..corpus import rows
from ..errors import CorpusError, SettingsError
from ..text import squeeze

FIELDS = ("issuer", "region", "year")
_FIELD = re.compile(r"\{(\w*)\}")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:年度?)?")
_GOVERNMENT = re.compile("人民政府$")


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a file: each None where nothing is. ``by`` tells where ``metadata`` or ``path`` says it."""

    issuer: str | None = None
    region: str | None = None
    year: int | None = None
    by: Mapping[str, str] | None = None


NOTHING = Given()
_WHERE = {"metadata": "the metadata say", "path": "its path says"}


class Layout:
    """A pattern of paths: ``{region}/{year}/{issuer}.*``.

    Its parts are compared with the folders of a path from the source downwards, a part each. A part
    holds names in braces (``issuer``, ``region``, ``year``), ``*`` for anything, and text as it stands. What a path
    has beyond the pattern is not looked at. A year is four digits, also with 年 or 年度 behind them.

    Raises
    ------
    SettingsError
        If it names no field, one twice, or one that is not known.
    """

    def __init__(self, pattern: str) -> None:
        found = _FIELD.findall(pattern)
        unknown = [name for name in found if name not in FIELDS]
        if unknown or not found or len(set(found)) < len(found):
            raise SettingsError(
                f"a layout names {{issuer}}, {{region}} or {{year}}, each at most once, not {pattern!r}"
            )
        self.pattern = pattern
        self._parts = [_compiled(part) for part in pattern.strip("/").split("/")]

    def read(self, path: str) -> dict[str, str | int]:
        """Return what a path says; empty where it does not fit."""
        folders = path.split("/")
        found: dict[str, str | int] = {}
        if len(folders) < len(self._parts) or {".", ".."} & set(folders):
            return {}
        for part, folder in zip(self._parts, folders, strict=False):
            match = part.fullmatch(folder)
            if not match:
                return {}
            found.update(match.groupdict())
        if "year" in found:
            year = _year(str(found["year"]))
            if year is None:
                return {}
            found["year"] = year
        return found


def read_table(path: str | os.PathLike[str]) -> dict[str, dict[str, str | int]]:
    """Return what a table says of each path: CSV, TSV or JSON Lines with ``path`` and any of `FIELDS`.

    Raises
    ------
    CorpusError
        If it cannot be read, a row has no path or one that stood before, a year is none, or nothing is said.
    """
    found: dict[str, dict[str, str | int]] = {}

    def add(row: rows.Row) -> None:
        cells = {
            name: (rows.scalar(row.fields.get(name)) or "").strip() for name in ("path", *FIELDS)
        }
        name = cells.pop("path").replace("\\", "/").removeprefix("./")
        if not name:
            raise CorpusError(rows.absent("path", row.fields), row.where)
        if name in found:
            raise CorpusError(f"{name!r} stands here a second time", row.where)
        said: dict[str, str | int] = {field: cell for field, cell in cells.items() if cell}
        if "year" in said:
            year = _year(cells["year"])
            if year is None:
                raise CorpusError(f"{cells['year']!r} is no year", row.where)
            said["year"] = year
        found[name] = said

    rows.every(rows.read(path), add)
    if not any(found.values()):
        raise CorpusError(f"has none of the columns {', '.join(FIELDS)}", os.fspath(path))
    return found


def given(
    paths: Iterable[str], layout: Layout | None, table: Mapping[str, Mapping[str, str | int]]
) -> Given:
    """Return what is said of a file with these paths: the table wins over the layout, an earlier path over a later one."""
    found: dict[str, str | int] = {}
    by: dict[str, str] = {}
    paths = list(paths)
    said = [("metadata", table.get(path, {})) for path in paths]
    said += [("path", layout.read(path)) for path in paths if layout]
    for where, fields in said:
        for name, value in fields.items():
            if name not in found:
                found[name], by[name] = value, where
    if not found:
        return NOTHING
    return Given(
        issuer=_text(found.get("issuer")),
        region=_text(found.get("region")),
        year=int(found["year"]) if "year" in found else None,
        by=by,
    )


def filled(report: Mapping[str, Any], said: Given) -> dict[str, Any]:
    """Return the columns of a report that `Given` fills: what the report says itself stays.

    ``report`` has ``issuer`` and ``year``, and where they are from if that is known.
    """
    row: dict[str, Any] = {}
    for name in FIELDS:
        stated = name != "region" and report.get(f"{name}_from", "report") == "report"
        if stated and report[name] is not None:
            row[name], row[f"{name}_from"] = report[name], "report"
        else:
            row[name] = getattr(said, name)
            row[f"{name}_from"] = (said.by or {}).get(name)
    return row


def disagreements(report: Mapping[str, Any], said: Given) -> Iterator[tuple[str, str]]:
    """Yield what the report and `Given` say differently: a code and a message each."""
    for name in ("issuer", "year"):
        own, other = report[name], getattr(said, name)
        if report[f"{name}_from"] != "report" or other is None:
            continue
        if own != other and not (name == "issuer" and same_issuer(own, other)):
            where = (said.by or {}).get(name)
            yield f"{where}_{name}", f"the report says {own}, {_WHERE[where or '']} {other}"


def same_issuer(one: str, other: str) -> bool:
    """Tell whether two names are of one body: widths and blanks apart, with 人民政府 or without."""
    return _name(one) == _name(other)


def _name(issuer: str) -> str:
    return _GOVERNMENT.sub("", squeeze(issuer))


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _year(text: str) -> int | None:
    match = _YEAR.fullmatch(text.strip())
    return int(match.group(1)) if match else None


def _compiled(part: str) -> re.Pattern[str]:
    pattern = ""
    for n, piece in enumerate(_FIELD.split(part)):
        if n % 2:
            pattern += f"(?P<{piece}>" + (r"\d{4}(?:年度?)?)" if piece == "year" else ".+?)")
        else:
            pattern += ".*".join(map(re.escape, piece.split("*")))
    return re.compile(pattern, re.DOTALL)
