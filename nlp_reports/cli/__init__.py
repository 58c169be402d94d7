"""The command line: arguments and printing only."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence

from . import archive, learn, tag
from .options import DONE, EPILOG, FAILED, MISUSED, complain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    if sys.stdout is None:  # closed by the caller: `>&-`
        print("nlp-reports: cannot write: standard output is closed", file=sys.stderr)
        return FAILED
    if sys.stderr is None:  # `2>&-`: print would put what is no data on standard output
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (open to the end)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # paths may hold bytes that are no UTF-8
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough: `… | head`
        _discard_output()
        warnings.simplefilter("ignore")  # of workers whose results nobody reads
        return FAILED
    except OSError as error:
        if error.filename:  # a place for a model that cannot be written, a name that is too long
            complain(f"{error.filename}: {error.strerror}")
        else:  # standard output is closed or its disk is full
            complain(f"cannot write: {error.strerror or error}")
            _discard_output()
        return FAILED
    except KeyboardInterrupt:
        return 130
    return status


def _discard_output() -> None:
    """Let what standard output still holds go nowhere: at its end, Python would try to write it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nlp-reports",
        description="Tag Chinese government disclosure reports by topic and read their figures; "
        "train classifiers of Chinese texts.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(run=lambda options: _version(options, parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    tag.add(commands)
    archive.add(commands)
    learn.add(commands)
    return parser


def _version(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from .. import __version__

    if not options.version:
        parser.print_usage(sys.stderr)
        return MISUSED
    print(f"nlp-reports {__version__}")
    return DONE
