"""An archive, opened for reading: its tables, frames of pandas, a connection of DuckDB, single reports."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import ArchiveError, SettingsError
from ..records import from_json
from ..schema import Report
from . import about, shards, tables
from .relations import to_record
from .storage import Storage, filesystem, is_remote, plain, storage

if TYPE_CHECKING:
    import duckdb
    import pandas
    import pyarrow


class Archive:
    """The tables that `nlp_reports.archive` wrote. Make one with `open_archive`.

    Only whole parts are read, also while a run is writing or after one was broken off.

    Attributes
    ----------
    tables : tuple of str
        Names of the tables; docs/archive.md says what each column holds.
    about : dict
        What made it, from which source, and the counts of the last whole run.
    """

    tables = tables.NAMES

    def __init__(self, folder: Storage) -> None:
        self.about = about.read(folder)
        self._folder = folder

    def table(self, name: str, columns: Iterable[str] | None = None) -> pyarrow.Table:
        """Return a table as an Arrow table, or some of its columns; no row twice, sorted by nothing.

        Raises
        ------
        SettingsError
            If there is no such table or column.
        ArchiveError
            If a file is damaged.
        """
        import pyarrow

        wanted = self._columns(name, columns)
        found = [
            shards.read(self._folder, name, part, wanted)
            for part in shards.names_of(self._folder, name)
        ]
        bare = tables.schema(name).empty_table().select(wanted).schema
        return pyarrow.concat_tables([one.cast(bare) for one in found] or [bare.empty_table()])

    def frame(self, name: str, columns: Iterable[str] | None = None) -> pandas.DataFrame:
        """Return a table as a data frame; pandas must be installed. Raises as `table` does."""
        try:
            import pandas  # noqa: F401 (Arrow makes the frame; without pandas it would not say so)
        except ImportError:
            raise SettingsError("frames need pandas; install nlp-reports[pandas]") from None
        return self.table(name, columns).to_pandas()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of DuckDB, in memory, with a view for each table.

        Besides there is ``topics``, one row for each segment and topic.

        Raises
        ------
        SettingsError
            If DuckDB is not installed.
        """
        try:
            import duckdb
        except ImportError:
            raise SettingsError("connections need DuckDB; install nlp-reports[duckdb]") from None
        connection = duckdb.connect()
        if is_remote(self._folder.where):
            connection.register_filesystem(filesystem(self._folder.where)[0])
        for name in self.tables:
            files = [
                f"{self._folder.where}/{shards.place(name, part)}"
                for part in shards.names_of(self._folder, name)
            ]
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            if files:
                connection.execute(
                    f"create view {name} as from read_parquet([{listed}], hive_partitioning = false)"
                )
            else:  # the first run has only begun
                connection.register(name, tables.schema(name).empty_table())
        connection.execute(_TOPICS)
        return connection

    def report(self, report_id: str) -> Report:
        """Return one report, as `nlp_reports.tag` gave it.

        What was filled from metadata or paths is unknown again; spans into the document are not kept.

        Raises
        ------
        ArchiveError
            If the archive has none with this id, or is damaged.
        """
        for report in self.reports([report_id]):
            return report
        raise ArchiveError(f"there is no report {report_id!r}", self._folder.where)

    def reports(self, ids: Iterable[str] | None = None) -> Iterator[Report]:
        """Yield reports, all or those with these ids, in the order of the parts; one part is in memory at a time.

        Raises
        ------
        ArchiveError
            If a file is damaged.
        """
        wanted = None if ids is None else set(ids)
        for part in shards.listed(self._folder):
            there = shards.read(self._folder, "reports", part, ["report_id"])
            found = [
                one
                for one in there.column("report_id").to_pylist()
                if wanted is None or one in wanted
            ]
            if found:
                rows = {name: self._sorted(name, part, set(found)) for name in _OF_RECORD}
                for one in found:
                    yield from_json(to_record({name: rows[name].get(one, []) for name in rows}))

    def _sorted(self, table: str, part: str, ids: set[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of some reports, by their id, in the order of the key."""
        key = [column.name for column in tables.columns(table) if column.key]
        found: dict[str, list[dict[str, Any]]] = {}
        for row in shards.read(self._folder, table, part).to_pylist():
            if row["report_id"] in ids:
                found.setdefault(row["report_id"], []).append(row)
        return {
            one: sorted(rows, key=lambda row: [row[name] for name in key])
            for one, rows in found.items()
        }

    def _columns(self, name: str, columns: Iterable[str] | None) -> list[str]:
        if name not in self.tables:
            raise SettingsError(f"there is no table {name!r}; there are {', '.join(self.tables)}")
        known = [column.name for column in tables.columns(name)]
        wanted = known if columns is None else list(columns)
        unknown = [column for column in wanted if column not in known]
        if unknown:
            raise SettingsError(f"{name} has no column {unknown[0]!r}; it has {', '.join(known)}")
        return wanted

    def __repr__(self) -> str:
        return f"Archive({self._folder.where!r})"


_OF_RECORD = ("reports", "sections", "paragraphs", "segments", "statistics", "tables", "findings")
_TOPICS = """
create view topics as
select report_id, paragraph, segment, unnest(topics) as topic, unnest(probabilities) as probability, text
from segments
"""


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """Open an archive for reading.

    Raises
    ------
    ArchiveError
        If there is none, it is damaged, or of a format that this version does not know.
    SettingsError
        If the path needs a package that is not installed.
    """
    where = plain(path)
    return Archive(storage(where if is_remote(where) else os.path.abspath(where)))
