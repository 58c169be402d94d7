"""Kinds of arguments, and the arguments that several commands share."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..corpus import Columns

DONE, FAILED, MISUSED = 0, 1, 2

EPILOG = (
    "exit status: 0 done; 1 some documents failed (named on standard error) or the output cannot be "
    "written; 2 wrong use, or a model or a corpus that cannot be used"
)
FORMATS = (
    "a corpus folder; or a file of texts and labels: JSON Lines, a JSON array, CSV or TSV, in UTF-8, "
    "UTF-16 or GB18030; also exports of Label Studio (JSON, JSON-MIN) and doccano (JSONL)"
)

# What could break a line, move the cursor or turn the direction; names of files may hold all of it.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def natural(text: str) -> int:
    """Read a whole number of at least 0."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 0, not {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text!r}")
    return number


def share(text: str) -> float:
    """Read a number between 0 and 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, not {text!r}")
    return number


def named(text: str) -> str:
    """Read a path, which may not be empty."""
    if not text:
        raise argparse.ArgumentTypeError("a path may not be empty")
    return text


def names(text: str) -> tuple[str, ...]:
    """Read names with commas between."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"a name is empty in {text!r}")
    return found


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``."""
    parser.add_argument(
        "--model", type=named, metavar="DIR", help="folder of a model (default: the shipped one)"
    )


def add_threshold(parser: argparse.ArgumentParser) -> None:
    """Add ``--threshold``."""
    parser.add_argument(
        "--threshold", type=share, metavar="P", help="least probability (default: the model's own)"
    )


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Add what a file of texts and labels may need said of its columns."""
    group = parser.add_argument_group("columns of a file of texts and labels")
    group.add_argument(
        "--text", default="text", metavar="NAME", help="column of the text (default: %(default)s)"
    )
    group.add_argument(
        "--label",
        metavar="NAME",
        help="column of the label or labels (default: labels if it is there, else label)",
    )
    group.add_argument(
        "--document",
        metavar="NAME",
        help="column that names the document of a text: texts of one document are learnt and tested together",
    )
    group.add_argument(
        "--columns",
        type=names,
        metavar="A,B",
        help="names of the columns of a table without header",
    )
    group.add_argument(
        "--separator",
        metavar="S",
        help="what stands between several labels in one cell (default: | or ; in a column called "
        "labels, none in any other)",
    )
    group.add_argument(
        "--skip-unlabelled",
        action="store_true",
        help="leave out rows whose list of labels is empty",
    )


def columns(options: argparse.Namespace) -> Columns:
    """Return what was said of the columns."""
    from ..corpus import Columns

    return Columns(
        text=options.text,
        label=options.label,
        document=options.document,
        names=options.columns,
        separator=options.separator,
        skip_unlabelled=options.skip_unlabelled,
    )


def complain(message: object) -> None:
    """Print one line for the user on standard error, whatever the names in it hold."""
    line = _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], str(message))
    print(f"nlp-reports: {line}", file=sys.stderr)
