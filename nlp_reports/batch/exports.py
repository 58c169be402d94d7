"""The tables of an archive as CSV for spreadsheets and as JSON Lines for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

from . import shards, tables
from .storage import Storage

KINDS = ("csv", "jsonl")
# What people look for beside every row of a table about reports.
_BESIDE = ("path", "issuer", "region", "year")
_ALONE = ("files", "reports", "failures")
# A spreadsheet takes a text that begins so for a formula, and may run it; also in full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(storage: Storage, kind: str) -> None:
    """Write every table as one file, ``KIND/TABLE.KIND``, in place of an older one.

    Rows about a report have its path, issuer, region and year before them. In CSV, texts that a spreadsheet would
    take for a formula begin with an apostrophe, lists are joined by ``;`` and what is unknown is empty.

    Parameters
    ----------
    storage : Storage
    kind : {"csv", "jsonl"}

    Raises
    ------
    ArchiveError
        If a table is damaged.
    OSError
        If it cannot be written.
    """
    write = {"csv": _write_csv, "jsonl": _write_jsonl}[kind]
    beside = {
        row["report_id"]: {name: row[name] for name in _BESIDE}
        for row in _rows(storage, "reports", ["report_id", *_BESIDE])
    }
    storage.sweep(kind)
    for table in tables.NAMES:
        with storage.draft(f"{kind}/{table}.{kind}") as file:
            if table in _ALONE:
                write(file, _names(table), _rows(storage, table))
            else:
                rows = (
                    {**beside.get(row["report_id"], {}), **row} for row in _rows(storage, table)
                )
                write(file, [*_BESIDE, *_names(table)], rows)


def _names(table: str) -> list[str]:
    return [column.name for column in tables.columns(table)]


def _rows(
    storage: Storage, table: str, columns: list[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, one part in memory at a time."""
    for name in shards.names_of(storage, table):
        yield from shards.read(storage, table, name, columns).to_pylist()


def _write_csv(file: BinaryIO, names: list[str], rows: Iterator[Mapping[str, Any]]) -> None:
    out = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    out.detach()  # which writes what is left, and leaves the file open


def _write_jsonl(file: BinaryIO, names: list[str], rows: Iterator[Mapping[str, Any]]) -> None:
    for row in rows:
        whole = {name: _whole(row.get(name)) for name in names}
        file.write(json.dumps(whole, ensure_ascii=False, default=date.isoformat).encode() + b"\n")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _whole(value)
    text = _text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _whole(value: Any) -> Any:
    """Return a number without decimals as an integer, anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, list):
        return str(value)
    if all(isinstance(one, str | int | float) for one in value):
        return ";".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)
