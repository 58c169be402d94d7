"""What a worker does, on whatever engine: looks at places, and tags files into one part of the archive.

What travels to a worker are names and settings, what comes back are counts and failures: files are
read and tables written by the worker itself, and the model is loaded there, once. A task never raises:
some engines cannot bring an error home.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from typing import Any, Protocol

from ..settings import Limits
from . import relations, shards, tables
from .child import respond
from .guard import Answer, Guard
from .lock import Claim
from .metadata import Given, filled
from .places import Place
from .storage import storage

SERVICE = "nlp_reports.batch.service:Service"
_MOST_SIZE = (
    64 << 20
)  # bytes of rows that are written together; a part of usual reports has a quarter
_LIMITED = ("DocumentTimeout", "DocumentCrashed", "DocumentOutOfMemory")


@dataclass(frozen=True, slots=True)
class Job:
    """What all tasks of a run have in common.

    ``out`` is the folder of the archive, ``service`` what the child process runs, made with
    ``options``; ``isolated`` tells whether there is one. ``made_with`` and ``stamp`` (model and
    version) are written beside the reports. ``claim`` is the run's hold on the folder.
    """

    out: str
    service: str
    options: Mapping[str, Any]
    limits: Limits
    made_with: str
    stamp: Mapping[str, str]
    claim: Claim
    isolated: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A file that was looked at; ``sha256`` is empty if it cannot be opened, and ``error`` says why."""

    path: str
    place: str
    address: tuple[int, ...] = ()
    sha256: str = ""
    bytes: int | None = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A file to tag, with what else is known of it."""

    file: File
    given: Given
    copies: int


@dataclass(slots=True)
class Done:
    """What came of the task of that name. ``fatal`` says why the whole run cannot go on; empty if it can."""

    name: str
    places: int = 0
    files: list[File] = field(default_factory=list)
    tagged: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    fatal: str = ""


_TAKEN = "another run has taken over"


class Asked(Protocol):
    """What answers the requests of a task: a `Guard`, or the service itself."""

    def ask(self, do: str, *, whole: bool = False, **request: Any) -> Answer:
        """Answer a request."""

    def close(self) -> None:
        """End what answers."""


def tell(job: Job, place: str) -> Answer:
    """Ask what a file is: ``container`` or ``file``, the only item of the answer."""
    return _asked(job).ask("tell", place=place)


def look(job: Job, name: str, places: Sequence[Place]) -> Done:
    """Look at places: what is there, in containers too, and by which bytes it is known."""
    done = Done(name, places=len(places))
    for place in places:
        if not place.error:
            answer = _asked(job).ask("look", whole=True, place=place.place, path=place.path)
            if answer.fatal:
                done.fatal = answer.message
                return done
            done.files += [_file(item, place) for item in answer.items]
            place = replace(place, error=answer.error, message=answer.message)
        if place.error:
            path = place.path or os.path.basename(place.place)
            done.files.append(File(path, place.place, error=place.error, message=place.message))
    return done


def tag(job: Job, name: str, items: Sequence[Item]) -> Done:
    """Tag files and write them as the part of this name; as several if they are very long."""
    done = Done(name)
    made: list[tuple[Item, relations.Rows]] = []
    size = written = 0
    for item in items:
        rows = _tagged(job, item, done)
        if done.fatal:
            return done
        made.append((item, rows))
        size += _size(rows)
        if size > _MOST_SIZE:
            _write(job, f"{name}-{written}" if written else name, made, done)
            made, size, written = [], 0, written + 1
    if made:
        _write(job, f"{name}-{written}" if written else name, made, done)
    return done


def _tagged(job: Job, item: Item, done: Done) -> relations.Rows:
    """Return the rows that a file gives, of its report or of its failure."""
    if not job.claim.holds():
        done.fatal = _TAKEN
        return {}
    file = item.file
    answer = _asked(job).ask(
        "tag", place=file.place, path=file.path, address=file.address, sha256=file.sha256
    )
    if answer.fatal:
        done.fatal = answer.message
    return _rows(job, item, answer)


def _size(rows: relations.Rows) -> int:
    """Return about how many bytes rows take in memory."""
    cells = sum(len(found) * len(tables.columns(name)) for name, found in rows.items())
    characters: int = sum(row["characters"] for row in rows.get("reports", ()))
    return 4 * characters + 50 * cells


def _rows(job: Job, item: Item, answer: Answer) -> relations.Rows:
    """Return the rows of an answer: of the report, or of its failure."""
    if answer.error:
        return _failed(job, item, answer.stage, answer.error, answer.message)
    try:
        (record,) = answer.items
        rows = relations.to_rows(record, item.file.sha256)
    except Exception as error:  # what a child says that a file has taken over may be anything
        return _failed(job, item, "store", "DocumentCrashed", f"the record is none: {error!r}")
    (report,) = rows["reports"]
    report |= {"path": item.file.path, "copies": item.copies, **job.stamp}
    report |= filled(report, item.given)
    return rows


def _failed(job: Job, item: Item, stage: str, error: str, message: str) -> relations.Rows:
    limits = shards.describe(asdict(job.limits)) if error in _LIMITED else None
    row = {
        "path": item.file.path,
        "report_id": item.file.sha256,
        "stage": stage,
        "error": error,
        "message": message,
        "limits": limits,
    }
    return {"failures": [row]}


def _write(job: Job, name: str, made: list[tuple[Item, relations.Rows]], done: Done) -> None:
    """Write a part; what no table can hold fails, and the others are written."""
    try:
        with job.claim.writing() as may:
            if not may:
                done.fatal = _TAKEN
                return
            try:
                rows = _together(own for _, own in made)
                shards.write(storage(job.out), name, rows, job.made_with)
            except (ValueError, TypeError, OverflowError):
                rows = _together(_storable(job, item, own) for item, own in made)
                shards.write(storage(job.out), name, rows, job.made_with)
    except OSError as error:
        done.fatal = f"{job.out}: cannot be written: {error.strerror or error}"
        return
    done.tagged += len(rows["reports"])
    done.failures += [(row["path"], row["message"]) for row in rows["failures"]]


def _storable(job: Job, item: Item, rows: relations.Rows) -> relations.Rows:
    try:
        shards.check(rows)
    except (ValueError, TypeError, OverflowError) as error:
        return _failed(job, item, "store", "TaggingFailed", f"cannot be stored: {error}")
    return rows


def _together(made: Iterable[relations.Rows]) -> relations.Rows:
    rows: relations.Rows = {table: [] for table in tables.NAMES}
    for own in made:
        for table, found in own.items():
            rows[table] += found
    return rows


def _file(item: Mapping[str, Any], place: Place) -> File:
    return File(
        path=item["path"],
        place=place.place,
        address=tuple(item["address"]),
        sha256=item.get("sha256", ""),
        bytes=item.get("bytes"),
        error=item.get("error", ""),
        message=item.get("message", ""),
    )


class _Inside:
    """Answers requests in this process, where a debugger sees it; no limit holds."""

    def __init__(self, service: str, options: Mapping[str, Any]) -> None:
        module, _, name = service.partition(":")
        self._service = getattr(import_module(module), name)(**options)

    def ask(self, do: str, *, whole: bool = False, **request: Any) -> Answer:
        answer = Answer()
        last = respond(self._service, {"do": do, **request}, answer.take)
        answer.take(last)
        return answer

    def close(self) -> None:
        """Let the service close what it holds open."""
        if hasattr(self._service, "close"):
            self._service.close()


_own = threading.local()  # dask may run several threads in one worker: each has a child of its own


def _asked(job: Job) -> Asked:
    """Return what answers this job's requests here; the same for all tasks of a worker."""
    key = shards.describe(
        {
            "service": job.service,
            "options": job.options,
            "limits": asdict(job.limits),
            "isolated": job.isolated,
        }
    )
    if getattr(_own, "key", None) != key:
        release()
        if job.isolated:
            _own.asked = Guard(job.service, job.options, job.limits)
        else:
            _own.asked = _Inside(job.service, job.options)
        _own.key = key
        atexit.register(_own.asked.close)
    asked: Asked = _own.asked
    return asked


def release() -> None:
    """End the child process of this thread, if it has one."""
    if getattr(_own, "key", None) is not None:
        _own.asked.close()
        atexit.unregister(_own.asked.close)
        _own.key = None
