"""The command line: arguments and printing only."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

    from .schema import Member, Report
    from .settings import Settings

DONE, FAILED, MISUSED = 0, 1, 2

_EPILOG = (
    "exit status: 0 done; 1 some documents failed (named on standard error) or the output cannot be "
    "written; 2 wrong use, or a model that cannot be used"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    if sys.stdout is None:  # closed by the caller: `>&-`
        print("nlp-reports: cannot write: standard output is closed", file=sys.stderr)
        return FAILED
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # paths may hold bytes that are no UTF-8
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        warnings.simplefilter("ignore")  # of workers whose results nobody reads
        return FAILED
    except OSError as error:  # standard output is closed or its disk is full
        print(f"nlp-reports: cannot write: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nlp-reports",
        description="Tag Chinese government disclosure reports by topic and read their figures.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(run=lambda options: _version(options, parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    tag = commands.add_parser("tag", help="tag reports", epilog=_EPILOG)
    tag.add_argument(
        "paths",
        nargs="+",
        type=_named,
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
    tag.add_argument(
        "--model", type=_named, metavar="DIR", help="folder of a model (default: the shipped one)"
    )
    tag.add_argument("--jobs", type=_positive, default=1, metavar="N", help="worker processes")
    tag.add_argument(
        "--threshold", type=_share, metavar="P", help="least probability (default: the model's own)"
    )
    tag.add_argument(
        "--max-bytes", type=_positive, metavar="N", help="refuse larger files (default: 64 MiB)"
    )
    tag.set_defaults(run=_tag)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, not {text!r}")
    return number


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("a path may not be empty")
    return text


def _version(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from . import __version__

    if not options.version:
        parser.print_usage(sys.stderr)
        return MISUSED
    print(f"nlp-reports {__version__}")
    return DONE


def _tag(options: argparse.Namespace) -> int:
    from pathlib import Path  # an argument is a path, even one that reads like a text

    from .errors import ModelError
    from .pipeline import load
    from .reading import is_archive
    from .schema import Failure
    from .settings import DEFAULT, Settings

    settings = Settings(
        max_bytes=options.max_bytes or DEFAULT.max_bytes, threshold=options.threshold
    )
    try:
        tagger = load(options.model, settings)
    except ModelError as error:
        print(f"nlp-reports: {error}", file=sys.stderr)
        return MISUSED
    status = DONE

    def fail(path: str | None, message: str) -> None:
        nonlocal status
        status = FAILED
        print(f"nlp-reports: {path}: {message}", file=sys.stderr)

    def reports() -> Iterator[Report]:
        sources = _sources(paths, settings, fail)
        for result in tagger.pipe(sources, jobs=options.jobs, failures=True):
            if isinstance(result, Failure):
                fail(result.path, result.message)
            else:
                yield result

    paths = [(Path(path), is_archive(path, settings)) for path in options.paths]
    several = len(paths) > 1 or any(is_zip for _, is_zip in paths)
    _WRITERS[options.format](reports(), sys.stdout, several)
    return status


def _sources(
    paths: Iterable[tuple[Path, bool]], settings: Settings, fail: Callable[[str | None, str], None]
) -> Iterator[Path | Member]:
    """Yield the documents named, and those in the archives named."""
    from .errors import DocumentError
    from .reading import members

    for path, is_zip in paths:
        if not is_zip:
            yield path
            continue
        try:
            for member in members(path, settings):
                if isinstance(member, DocumentError):
                    fail(member.where, member.message)
                else:
                    yield member
        except DocumentError as error:
            fail(error.where, error.message)


def _write_table(reports: Iterable[Report], out: TextIO, several: bool) -> None:
    from .display import table

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
    from .records import SEGMENT_COLUMNS, segment_rows

    writer = csv.DictWriter(out, SEGMENT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for report in reports:
        writer.writerows(segment_rows(report))


def _json(report: Report, indent: int | None = None) -> str:
    from .records import to_json

    return json.dumps(to_json(report), ensure_ascii=False, indent=indent)


_WRITERS: dict[str, Callable[[Iterable[Report], TextIO, bool], None]] = {
    "table": _write_table,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "csv": _write_csv,
}
