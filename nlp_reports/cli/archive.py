"""``nlp-reports archive``: thousands of reports in, tables out."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

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
    seconds,
)

if TYPE_CHECKING:
    from tqdm import tqdm

_SHOWN = 20  # failures named while there is no end of them; the table has all


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    archive = commands.add_parser(
        "archive", help="tag thousands of reports into Parquet tables", epilog=EPILOG
    )
    archive.add_argument(
        "source",
        type=named,
        metavar="SOURCE",
        help="a folder with all in it, a zip or tar file, or a text file that names one in each line; "
        "also what fsspec reaches (s3://…)",
    )
    archive.add_argument(
        "--out",
        type=named,
        required=True,
        metavar="DIR",
        help="folder of the archive; what is done there is not done again",
    )
    _add_what(archive)
    _add_how(archive)
    archive.set_defaults(run=_archive)


def _add_what(archive: argparse.ArgumentParser) -> None:
    add_model(archive)
    add_threshold(archive)
    archive.add_argument(
        "--max-bytes", type=positive, metavar="N", help="refuse larger files (default: 64 MiB)"
    )
    archive.add_argument(
        "--metadata",
        type=named,
        metavar="FILE",
        help="CSV, TSV or JSON Lines with path and issuer, region, year: fills what reports leave open",
    )
    archive.add_argument(
        "--layout",
        type=named,
        metavar="PATTERN",
        help="the same from paths, such as '{region}/{year}/{issuer}.*'",
    )
    archive.add_argument(
        "--csv", action="store_true", help="write the tables as CSV too, for spreadsheets"
    )
    archive.add_argument("--jsonl", action="store_true", help="write the tables as JSON Lines too")
    archive.add_argument("--retry", action="store_true", help="try again what failed before")
    archive.add_argument(
        "--prune", action="store_true", help="take out reports whose files are gone"
    )


def _add_how(archive: argparse.ArgumentParser) -> None:
    group = archive.add_argument_group("how it is run")
    group.add_argument("--jobs", type=positive, metavar="N", help="workers (default: one a core)")
    group.add_argument(
        "--timeout", type=seconds, metavar="S", help="seconds that a file may take (default: 300)"
    )
    group.add_argument(
        "--stall",
        type=seconds,
        metavar="S",
        help="seconds that it may take without progress (default: 120)",
    )
    group.add_argument(
        "--memory", type=positive, metavar="MB", help="memory that a file may take (default: 2048)"
    )
    group.add_argument(
        "--backend", choices=("loky", "dask", "ray"), default="loky", help="(default: %(default)s)"
    )
    group.add_argument(
        "--address", type=named, metavar="ADDRESS", help="of the cluster of dask or ray"
    )
    group.add_argument(
        "--no-isolation",
        action="store_true",
        help="read files in the worker itself, for debugging: no limit holds",
    )
    group.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="of the summary (default: %(default)s)",
    )


def _archive(options: argparse.Namespace) -> int:
    from ..batch import archive
    from ..display import summary_table
    from ..errors import ReportError
    from ..settings import DEFAULT, Limits, Settings

    limits = {
        name: value for name in ("timeout", "stall", "memory") if (value := getattr(options, name))
    }
    shown = _Shown()
    try:
        summary = archive(
            options.source,
            options.out,
            jobs=options.jobs,
            model=options.model,
            settings=Settings(
                max_bytes=options.max_bytes or DEFAULT.max_bytes, threshold=options.threshold
            ),
            limits=Limits(**limits),
            metadata=options.metadata,
            layout=options.layout,
            exports=[kind for kind in ("csv", "jsonl") if getattr(options, kind)],
            retry=options.retry,
            prune=options.prune,
            backend=options.backend,
            address=options.address,
            isolated=not options.no_isolation,
            watcher=shown,
        )
    except ReportError as error:
        complain(error)
        return MISUSED
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on from here")
        raise
    finally:
        shown.close()
    print(
        summary_table(summary)
        if options.format == "table"
        else json.dumps(summary.to_json(), ensure_ascii=False, indent=1)
    )
    return FAILED if summary.failed else DONE


class _Shown:
    """Shows how a run goes on: a bar on a terminal, and failures and notes as lines."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._failed = 0
        self._named = 0

    def begin(self, stage: str, total: int) -> None:
        from tqdm import tqdm

        self.close()
        self._failed = 0
        self._bar = tqdm(
            total=total, desc=stage, unit="file", disable=not sys.stderr.isatty(), smoothing=0.1
        )

    def advance(self, count: int, failed: int) -> None:
        if self._bar is not None:
            self._failed += failed
            if self._failed:
                self._bar.set_postfix(failed=self._failed, refresh=False)
            self._bar.update(count)

    def failure(self, path: str, message: str) -> None:
        self._named += 1
        if self._named <= _SHOWN:
            self.note(f"{path}: {message}")
        elif self._named == _SHOWN + 1:
            self.note("more files failed; the table failures names them all")

    def note(self, text: str) -> None:
        if self._bar is not None:
            self._bar.clear()
        complain(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
