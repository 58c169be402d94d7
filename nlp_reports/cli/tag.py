"""``nlp-reports tag``: reports in, records out."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from .options import (
    DONE,
    EPILOG,
    FAILED,
    MISUSED,
    add_model,
    add_threshold,
    complain,
    named,
    positive,
)
from .sources import documents

if TYPE_CHECKING:
    from ..schema import Report


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    tag = commands.add_parser("tag", help="tag reports", epilog=EPILOG)
    tag.add_argument(
        "paths",
        nargs="+",
        type=named,
        metavar="PATH",
        help="text, HTML, DOCX, PDF or DOC files, or zip archives of them",
    )
    tag.add_argument(
        "--format",
        choices=sorted(_WRITERS),
        default="table",
        help="table for people; json: one object, or an array of several; jsonl: one object a line; "
        "csv: one row a segment (default: %(default)s)",
    )
    add_model(tag)
    tag.add_argument("--jobs", type=positive, default=1, metavar="N", help="worker processes")
    add_threshold(tag)
    tag.add_argument(
        "--max-bytes", type=positive, metavar="N", help="refuse larger files (default: 64 MiB)"
    )
    tag.add_argument(
        "--explain",
        action="store_true",
        help="show the words that carried each topic, with their weights (not in csv)",
    )
    tag.set_defaults(run=_tag)


def _tag(options: argparse.Namespace) -> int:
    from pathlib import Path  # an argument is a path, even one that reads like a text

    from ..errors import ModelError
    from ..pipeline import load
    from ..reading import is_archive
    from ..schema import Failure
    from ..settings import DEFAULT, Settings

    settings = Settings(
        max_bytes=options.max_bytes or DEFAULT.max_bytes,
        threshold=options.threshold,
        explain=options.explain,
    )
    try:
        tagger = load(options.model, settings)
    except ModelError as error:
        complain(error)
        return MISUSED
    status = DONE

    def fail(path: str | None, message: str) -> None:
        nonlocal status
        status = FAILED
        complain(f"{path}: {message}")

    def reports() -> Iterator[Report]:
        sources = documents(paths, settings, fail)
        for result in tagger.pipe(sources, jobs=options.jobs, failures=True):
            if isinstance(result, Failure):
                fail(result.path, result.message)
            else:
                yield result

    paths = [(Path(path), is_archive(path, settings)) for path in options.paths]
    several = len(paths) > 1 or any(is_zip for _, is_zip in paths)
    _WRITERS[options.format](reports(), sys.stdout, several)
    return status


def _write_table(reports: Iterable[Report], out: TextIO, several: bool) -> None:
    from ..display import table

    for report in reports:
        print(table(report), file=out, end="\n\n" if several else "\n")


def _write_json(reports: Iterable[Report], out: TextIO, several: bool) -> None:
    opened = False
    for report in reports:
        if several:
            out.write(",\n" if opened else "[\n")
        out.write(_json(report, indent=1))
        opened = True
    if several:
        out.write("\n]" if opened else "[]")
    if several or opened:
        out.write("\n")


def _write_jsonl(reports: Iterable[Report], out: TextIO, several: bool) -> None:
    for report in reports:
        out.write(_json(report) + "\n")


def _write_csv(reports: Iterable[Report], out: TextIO, several: bool) -> None:
    from ..records import SEGMENT_COLUMNS, segment_rows

    writer = csv.DictWriter(out, SEGMENT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        writer.writerows(segment_rows(report))


def _json(report: Report, indent: int | None = None) -> str:
    from ..records import to_json

    return json.dumps(to_json(report), ensure_ascii=False, indent=indent)


_WRITERS: dict[str, Callable[[Iterable[Report], TextIO, bool], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
