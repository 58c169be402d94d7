"""One run: looks at the source, tags what is new, and brings what is said of all files up to date."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import PurePosixPath
from typing import Any

from ..errors import ArchiveError
from . import shards, work
from .engines import Engine
from .metadata import NOTHING, Given, Layout, disagreements, filled, given
from .places import Place
from .plan import Plan, Wishes, parts, plan
from .shards import Shard
from .storage import Storage
from .summary import Summary, Tally
from .tables import Row
from .watching import Watcher
from .work import Done, File, Item, Job

_LOOKED_AT = 64  # places that a task looks at
_TRIES = 3  # how often a task is given out whose worker died

Said = Mapping[str, Mapping[str, str | int]]


@dataclass(slots=True)
class _Inventory:
    """The files of the source, sorted by path; those that hold the same bytes, by their id."""

    files: list[File]
    by_id: dict[str, list[File]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.files:
            if file.sha256:
                self.by_id.setdefault(file.sha256, []).append(file)

    @property
    def present(self) -> dict[str, str]:
        return {file.path: file.sha256 for file in self.files if file.sha256}


@dataclass(slots=True)
class _Settled:
    """What stands in all parts in the end: counts, the status of each id, and failed files by error."""

    tally: Tally = field(default_factory=Tally)
    status: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    findings: list[Row] = field(default_factory=list)


class Run:
    """A run with all it needs. Call it once.

    Parameters
    ----------
    storage : Storage
        The folder of the archive.
    job : work.Job
        What its tasks have in common.
    engine : engines.Engine
        What runs them.
    watcher : Watcher
    wishes : plan.Wishes
    layout : metadata.Layout, optional
    table : mapping
        What `metadata.read_table` gives.
    """

    def __init__(
        self,
        storage: Storage,
        job: Job,
        engine: Engine,
        watcher: Watcher,
        wishes: Wishes,
        layout: Layout | None = None,
        table: Said | None = None,
    ) -> None:
        self._storage = storage
        self._job = job
        self._engine = engine
        self._watcher = watcher
        self._wishes = wishes
        self._layout = layout
        self._table = table or {}

    def __call__(self, places: Sequence[Place]) -> Summary:
        """Do all of it, and return what was done.

        Raises
        ------
        ArchiveError
            If the run cannot go on: the archive cannot be written or is damaged, or workers die
            again and again.
        """
        start = time.monotonic()
        inventory = _Inventory(self._look(places))
        self._note_unused(inventory)
        shards.prepare(self._storage)
        there = [shards.inspect(self._storage, name) for name in shards.listed(self._storage)]
        names = map("{:06}".format, count(shards.next_number(self._storage)))
        before = shards.read(self._storage, "files", shards.WHOLE).to_pylist()
        planned = plan(there, inventory.present, _ids(before), self._wishes)
        self._note(planned)
        self._forget({i for s in there for i in (*s.reports, *s.failures)}, planned, before)
        for shard in there:
            if shard.name in planned.keep:
                shards.keep(self._storage, shard, planned.keep[shard.name])
        self._write_files(inventory, before, planned, {})
        tagged, size = self._tag(inventory, planned, names)
        settled = self._settle(inventory)
        self._write_files(inventory, before, planned, settled.status)
        return Summary(
            out=self._storage.where,
            files=len(inventory.files),
            duplicates=sum(len(files) - 1 for files in inventory.by_id.values()),
            failed=settled.reasons.total(),
            tagged=tagged,
            known=sum(one in inventory.by_id for one in planned.kept),
            redone=len(planned.redone),
            gone=len(planned.gone),
            removed=len(planned.removed),
            bytes=size,
            seconds=round(time.monotonic() - start, 1),
            reasons=dict(sorted(settled.reasons.items())),
            **settled.tally.counts(),
        )

    def _look(self, places: Sequence[Place]) -> list[File]:
        """Return the files at some places, sorted by path; no two have the same."""
        self._watcher.begin("look", len(places))
        found: list[File] = []
        tasks = {
            str(start): (work.look, (self._job, str(start), places[start : start + _LOOKED_AT]))
            for start in range(0, len(places), _LOOKED_AT)
        }
        for done in self._run(tasks):
            failed = [file for file in done.files if file.error]
            self._watcher.advance(done.places, len(failed))
            for file in failed:
                self._watcher.failure(file.path, file.message)
            found += done.files
        return _told_apart(sorted(found, key=lambda file: (file.path, file.place, file.address)))

    def _tag(self, inventory: _Inventory, planned: Plan, names: Iterator[str]) -> tuple[int, int]:
        """Tag what is to be tagged; return how many reports came of it, and of how many bytes."""
        said = {
            one: self._given(files)
            for one, files in inventory.by_id.items()
            if one not in planned.kept
        }
        tasks: dict[str, tuple[Callable[..., Done], Sequence[Any]]] = {}
        items: list[Item] = []
        for part, name in zip(parts(inventory.by_id, said, self._engine.jobs), names, strict=False):
            tasks[name] = (work.tag, (self._job, name, part))
            items += part
        self._watcher.begin("tag", len(items))
        tagged = 0
        for done in self._run(tasks):
            tagged += done.tagged
            self._watcher.advance(done.tagged + len(done.failures), len(done.failures))
            for path, message in done.failures:
                self._watcher.failure(path, message)
        return tagged, sum(item.file.bytes or 0 for item in items)

    def _run(
        self, tasks: Mapping[str, tuple[Callable[..., Done], Sequence[Any]]]
    ) -> Iterator[Done]:
        """Yield what comes of tasks; those of a worker that died are given out again."""
        left = dict(tasks)
        for attempt in range(1, _TRIES + 1):
            try:
                for done in self._engine.run(list(left.values()), count=len(left)):
                    if done.fatal:
                        raise ArchiveError(done.fatal)
                    del left[done.name]
                    yield done
            except (ArchiveError, GeneratorExit):
                raise
            except Exception as error:  # every engine has errors of its own for workers that died
                reason = f"{type(error).__name__}: {error}".splitlines()[0]
                if attempt == _TRIES:
                    raise ArchiveError(f"workers died {_TRIES} times: {reason}") from None
                self._watcher.note(f"a worker died and its work is done again ({reason})")
                for name in left:  # it may have written its part, and it may come out otherwise now
                    shards.discard(self._storage, name)
            else:
                return

    def _settle(self, inventory: _Inventory) -> _Settled:
        """Bring what is said of reports by their files up to date, and count."""
        settled = _Settled()
        for name in shards.listed(self._storage):
            shard = shards.inspect(self._storage, name)
            for row in self._renewed(shard, "reports", inventory):
                settled.tally.add(row)
                settled.status[row["report_id"]] = "tagged"
                settled.findings += self._disagreements(row, inventory)
            for row in self._renewed(shard, "failures", inventory):
                settled.status[row["report_id"]] = "failed"
                settled.reasons[row["error"]] += len(inventory.by_id.get(row["report_id"], []))
        shards.sweep(self._storage)
        unopened = [file for file in inventory.files if not file.sha256]
        settled.reasons.update(file.error for file in unopened)
        shards.write_whole(self._storage, "failures", map(_unopened, unopened))
        shards.write_whole(self._storage, "findings", settled.findings)
        return settled

    def _renewed(self, shard: Shard, table: str, inventory: _Inventory) -> list[Row]:
        """Return the rows of a part with what their files say now, and write them if that is something else."""
        rows = shards.read(self._storage, table, shard.name).to_pylist()
        renew = self._report if table == "reports" else self._failure
        current = [renew(row, inventory.by_id.get(row["report_id"], [])) for row in rows]
        if current != rows:
            shards.change(self._storage, shard, table, current)
        return current

    def _report(self, row: Row, files: Sequence[File]) -> Row:
        if not files:
            return {**row, "copies": 0}
        said = filled(row, self._given(files))
        return {**row, "path": files[0].path, "copies": len(files), **said}

    def _failure(self, row: Row, files: Sequence[File]) -> Row:
        return {**row, "path": files[0].path} if files else row

    def _disagreements(self, row: Row, inventory: _Inventory) -> Iterator[Row]:
        files = inventory.by_id.get(row["report_id"], [])
        said = disagreements(row, self._given(files))
        for n, (code, message) in enumerate(said):
            yield {"report_id": row["report_id"], "finding": n, "code": code, "message": message}

    def _given(self, files: Iterable[File]) -> Given:
        if not self._layout and not self._table:
            return NOTHING
        return given([file.path for file in files], self._layout, self._table)

    def _write_files(
        self,
        inventory: _Inventory,
        before: Sequence[Row],
        planned: Plan,
        status: Mapping[str, str],
    ) -> None:
        """Write the table of files: those of the source, and those that it held when kept reports were made."""
        rows: list[Row] = []
        for file in inventory.files:
            said = self._given([file])
            known = "failed" if file.sha256 in planned.failed else "tagged"
            known = known if file.sha256 in planned.kept else "pending"
            rows.append(
                {
                    "path": file.path,
                    "report_id": file.sha256 or None,
                    "bytes": file.bytes,
                    "status": status.get(file.sha256, known) if file.sha256 else "failed",
                    "present": True,
                    "issuer": said.issuer,
                    "region": said.region,
                    "year": said.year,
                }
            )
        there = {file.path for file in inventory.files}
        for row in before:
            if row["path"] not in there and row["report_id"] in planned.gone:
                rows.append({**row, "present": False})
        shards.write_whole(self._storage, "files", sorted(rows, key=lambda row: row["path"]))

    def _forget(self, ids: Collection[str], planned: Plan, before: Sequence[Row]) -> None:
        """Take back what is said of those reports and failures in the archive that are about to be taken out."""
        gone = set(ids) - planned.kept
        if not gone:
            return
        findings = shards.read(self._storage, "findings", shards.WHOLE).to_pylist()
        kept = [row for row in findings if row["report_id"] not in gone]
        shards.write_whole(self._storage, "findings", kept)
        files = [
            {**row, "status": "pending"} if row["report_id"] in gone else row for row in before
        ]
        shards.write_whole(self._storage, "files", files)

    def _note(self, planned: Plan) -> None:
        told: tuple[tuple[str, Collection[str]], ...] = (
            ("made with another model or other settings, made anew now", planned.redone),
            ("without a file in the source any more, kept (--prune takes them out)", planned.gone),
            ("taken out, as their files are others or gone", planned.removed),
            ("failed before and not tried again (--retry does)", planned.failed),
        )
        for text, ids in told:
            if ids:
                self._watcher.note(
                    f"{len(ids):,} {'report' if len(ids) == 1 else 'reports'} {text}"
                )

    def _note_unused(self, inventory: _Inventory) -> None:
        paths = {file.path for file in inventory.files}
        unused = [path for path in self._table if path not in paths]
        if unused:
            self._watcher.note(
                f"{len(unused):,} of {len(self._table):,} paths in the metadata are no file of the "
                f"source; the first is {unused[0]!r}"
            )
        if self._layout:
            strangers = [path for path in sorted(paths) if not self._layout.read(path)]
            if strangers:
                self._watcher.note(
                    f"{len(strangers):,} of {len(paths):,} paths do not fit the layout; the first is "
                    f"{strangers[0]!r}"
                )


def _ids(files: Iterable[Row]) -> dict[str, str]:
    return {row["path"]: row["report_id"] for row in files if row["report_id"]}


def _unopened(file: File) -> Row:
    return {
        "path": file.path,
        "report_id": None,
        "stage": "source",
        "error": file.error,
        "message": file.message,
        "limits": None,
    }


def _told_apart(files: Sequence[File]) -> list[File]:
    """Give each file a path of its own: names that are no UTF-8 may look the same."""
    seen: set[str] = set()
    found = []
    for file in files:
        path, number = file.path, 1
        while path in seen:
            number += 1
            pure = PurePosixPath(file.path)
            path = str(pure.with_name(f"{pure.stem}~{number}{pure.suffix}"))
        seen.add(path)
        found.append(replace(file, path=path) if path != file.path else file)
    return sorted(found, key=lambda file: file.path)
