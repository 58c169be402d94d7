"""The parts of an archive: each holds some reports, in one Parquet file a table.

A part is there once its file of ``reports`` is, which is written last: files of other tables without
it are left from a run that was broken off, and are swept away by the next. A part says in the metadata
of that file what its reports were made with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ArchiveError
from . import tables
from .storage import Storage

if TYPE_CHECKING:
    import pyarrow

    from .relations import Rows

_LAST = "reports"
# Derived from all parts by each run, and written as a whole.
WHOLE = "whole"
_PARTED = tuple(name for name in tables.NAMES if name != "files")
AGAIN = "again"
_MADE_WITH = "nlp_reports"
# A number, a second one where a task wrote several parts, and the edition of a part that was cut down.
_NAME = re.compile(r"(\d+(?:-\d+)?)(?:_(\d+))?")


@dataclass(frozen=True, slots=True)
class Shard:
    """A part that is there: its name, what it was made with, and the ids of its reports and of its failures.

    ``failures`` has beside an id the limits under which it failed; empty if it did not fail by one, `AGAIN` if
    the file could not be opened, which may be otherwise the next time.
    """

    name: str
    made_with: str
    reports: tuple[str, ...]
    failures: Mapping[str, str]


def listed(storage: Storage) -> list[str]:
    """Return the names of the parts that are there, sorted; of several editions of a part the last."""
    newest: dict[str, tuple[int, str]] = {}
    for file in storage.names(_LAST):
        if match := _NAME.fullmatch(file.removesuffix(".parquet")):
            edition = (int(match[2] or 1), match[0])
            newest[match[1]] = max(edition, newest.get(match[1], edition))
    return sorted(name for _, name in newest.values())


def next_number(storage: Storage) -> int:
    """Return the number for the name of the next part, larger than any before."""
    return max((int(re.split("[-_]", name)[0]) for name in listed(storage)), default=0) + 1


def inspect(storage: Storage, name: str) -> Shard:
    """Read what a part says of itself.

    Raises
    ------
    ArchiveError
        If its files are damaged.
    """
    reports = read(storage, _LAST, name, ["report_id"])
    failures = read(storage, "failures", name, ["report_id", "limits", "stage"])
    metadata = reports.schema.metadata or {}
    return Shard(
        name,
        metadata.get(_MADE_WITH.encode(), b"").decode("utf-8", "replace"),
        tuple(reports.column("report_id").to_pylist()),
        {
            row["report_id"]: AGAIN if row["stage"] == "open" else row["limits"] or ""
            for row in failures.to_pylist()
        },
    )


def read(
    storage: Storage, table: str, name: str, columns: Iterable[str] | None = None
) -> pyarrow.Table:
    """Return a table of a part; empty where the part has no row for it.

    Raises
    ------
    ArchiveError
        If the file is damaged.
    """
    where = place(table, name)
    try:
        with storage.open(where) as file:
            found = tables.from_parquet(file, columns)
    except FileNotFoundError:
        found = tables.arrow(table, [])
        return found if columns is None else found.select(list(columns))
    except ValueError as error:
        raise ArchiveError(f"is damaged: {error}", f"{storage.where}/{where}") from None
    return found


def write(storage: Storage, name: str, rows: Rows, made_with: str) -> None:
    """Write a part: the tables that have rows, and ``reports``.

    Raises
    ------
    ValueError
        If a cell is not of its column's type.
    OSError
        If it cannot be written; nothing of it is there then.
    """
    found = {table: tables.arrow(table, rows.get(table, ())) for table in _PARTED}
    _put(storage, name, found, made_with)


def check(rows: Rows) -> None:
    """Raise what `write` would raise for a cell of these rows."""
    for table, found in rows.items():
        tables.to_parquet(tables.arrow(table, found))


def keep(storage: Storage, shard: Shard, ids: Collection[str]) -> None:
    """Keep the rows of some reports and failures of a part only, as its next edition; it may be none.

    The old edition goes when the new one is there, and is not read any more from then on.
    """
    if ids:
        import pyarrow
        import pyarrow.compute

        kept = pyarrow.array(sorted(ids), pyarrow.string())
        found = {}
        for table in _PARTED:
            whole = read(storage, table, shard.name)
            found[table] = whole.filter(pyarrow.compute.is_in(whole.column("report_id"), kept))
        _put(storage, _next_edition(shard.name), found, shard.made_with)
    storage.remove([place(table, shard.name) for table in (_LAST, *_PARTED)])


def change(storage: Storage, shard: Shard, table: str, rows: Iterable[tables.Row]) -> None:
    """Put other rows in the place of those that a part has in a table."""
    found = tables.arrow(table, rows)
    if table == _LAST:
        _put(storage, shard.name, {table: found}, shard.made_with)
    else:
        storage.write({place(table, shard.name): tables.to_parquet(found)})


def discard(storage: Storage, name: str) -> None:
    """Remove what a task has written under a name, if it has."""
    for part in listed(storage):
        if re.split("[-_]", part)[0] == name:
            storage.remove([place(table, part) for table in (_LAST, *_PARTED)])


def sweep(storage: Storage) -> None:
    """Remove files that were not finished."""
    for folder in ("", *tables.NAMES):
        storage.sweep(folder)


def write_whole(storage: Storage, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write what a run says of all files, in the place of what the run before said."""
    storage.write({place(table, WHOLE): tables.to_parquet(tables.arrow(table, rows))})


def prepare(storage: Storage) -> None:
    """See to it that each table has a file, so that each can be read, and remove what was left unfinished."""
    there = set(listed(storage))
    sweep(storage)
    for table in tables.NAMES:
        found = [file.removesuffix(".parquet") for file in storage.names(table)]
        orphans = [name for name in found if name != WHOLE and name not in there]
        storage.remove([place(table, name) for name in orphans])
        if WHOLE not in found:
            write_whole(storage, table, [])


def names_of(storage: Storage, table: str) -> list[str]:
    """Return the names of the parts, and of the whole, that have a file for a table."""
    files = {file.removesuffix(".parquet") for file in storage.names(table)}
    return [name for name in (WHOLE, *listed(storage)) if name in files]


def place(table: str, name: str) -> str:
    """Return the name of the file that holds a table of a part."""
    return f"{table}/{name}.parquet"


def _next_edition(name: str) -> str:
    part, _, edition = name.partition("_")
    return f"{part}_{int(edition or 1) + 1}"


def _put(storage: Storage, name: str, found: Mapping[str, pyarrow.Table], made_with: str) -> None:
    about = {_MADE_WITH: made_with}
    files = {
        place(table, name): tables.to_parquet(rows)
        for table, rows in found.items()
        if len(rows) and table != _LAST
    }
    files[place(_LAST, name)] = tables.to_parquet(found[_LAST], about)
    storage.write(files)


def describe(values: Mapping[str, Any]) -> str:
    """Return what reports were made with, as one text that is the same for the same values."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
