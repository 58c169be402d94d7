"""A file of rows: JSON Lines, a JSON array of objects, CSV or TSV, in any encoding of Chinese text.

A row that is broken comes as its error, so that one reading of a file finds all of them; `every`
makes one error of them. An error names ``file:line``, the first line of the row, or ``file[3]`` for
the third item of an array.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import reprlib
import stat
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..annotation import check_label, check_name
from ..errors import CorpusError, UnsupportedMedia
from ..reading import plain
from ..text import squeeze

_Value = TypeVar("_Value")

# Bytes of the largest file read. It is read whole, and its rows take several times as much memory.
MAX_BYTES = 1 << 30
_NAMED = 5  # broken rows that an error names besides the first

_SEPARATORS = {"tsv": "\t", "csv": ","}
_JSON = {"json", "jsonl", "ndjson"}
_VISIBLE = re.compile(r"\S")
_WORD = re.compile(r"\w")
_LINE = re.compile(r"[^\r\n]*")
_PLACE = re.compile(r"(\d+)\]?\Z")
_TITLED = ("id", "label", "topic")  # what the column of ids is called in a file of titles


class Row(NamedTuple):
    """A row: where it stands, and its cells by the name of their column."""

    where: str
    fields: dict[str, Any]


def read(
    path: str | os.PathLike[str], *, names: tuple[str, ...] | None = None
) -> Iterator[Row | CorpusError]:
    """Return the rows of a file, and the error of each that is broken.

    The first visible character tells the format: ``[`` an array, ``{`` JSON Lines. Any other file
    is JSON Lines, TSV or CSV by its suffix, or else TSV if its first line holds a tab, and CSV if
    not. With `names`, the suffix ``.csv`` or ``.tsv`` decides first, as a text may open with a
    bracket.

    Cells of CSV and TSV are strings; one that a short row lacks is None, and columns without a
    name are left out. Numbers of JSON come as int and `Decimal`. Blank lines, and lines of nothing
    but blank cells, are skipped. What follows a misplaced quotation mark in CSV is not read: rows
    cannot be told apart there.

    Parameters
    ----------
    path : path
    names : tuple of str, optional
        Columns of CSV or TSV without a header line. JSON needs none and takes no notice.

    Raises
    ------
    CorpusError
        If there is no such file, it may not be read, is larger than `MAX_BYTES`, empty, no text,
        no valid array, or its header names a column twice.
    """
    where = os.fspath(path)
    text = _decode(load(path), where)
    start = _VISIBLE.search(text)
    if not start:
        raise CorpusError("is empty", where)
    suffix = Path(path).suffix.lower().removeprefix(".")
    if not (names and suffix in _SEPARATORS):
        if start.group() == "[":
            return _array(parse(text, where), where)
        if start.group() == "{" or suffix in _JSON:
            return json_lines(text, where)
    return _table(text, where, _SEPARATORS.get(suffix) or _separator(text, start.start()), names)


def lines(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Return the lines of a text file that hold a visible character, each with its place.

    Raises
    ------
    CorpusError
        If `read` would refuse the file: it is missing, too large, empty or no text.
    """
    where = os.fspath(path)
    text = _decode(load(path), where)
    found = [(place, line) for place, line in _numbered(text, where) if is_visible(line)]
    if not found:
        raise CorpusError("is empty", where)
    return found


def json_lines(text: str, where: str) -> Iterator[Row | CorpusError]:
    """Return the objects of a text in JSON Lines; blank lines are skipped.

    Parameters
    ----------
    text : str
    where : str
        The file it is from.
    """
    for place, line in _numbered(text, where):
        try:
            row = parse(line, place)
        except CorpusError as error:
            yield error
        else:
            yield _object(row, place)


def parse(text: str, where: str) -> Any:
    """Return the value of a text in JSON.

    Raises
    ------
    CorpusError
        If it is no JSON, nested too deeply, or holds a number too large to compute with. The line
        is added to `where` unless it is the first.
    """
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        where += f":{error.lineno}" if error.lineno > 1 else ""
        reason = f"{error.msg} at character {error.colno}"
    except RecursionError:
        reason = "nested too deeply"
    except (ValueError, ArithmeticError):  # the interpreter's limit of digits, and Decimal's
        reason = "a number is too large"
    raise CorpusError(f"is not JSON: {reason}", where)


def every(found: Iterable[Row | CorpusError], convert: Callable[[Row], _Value]) -> list[_Value]:
    """Return what `convert` makes of each row, in order.

    Raises
    ------
    CorpusError
        If rows are broken, be it as they were read or in the eyes of `convert`: the error of the
        first, which also counts the others and names up to five of them.
    """
    first: CorpusError | None = None
    others: list[str] = []
    values: list[_Value] = []
    for item in found:
        try:
            if isinstance(item, CorpusError):
                raise item
            values.append(convert(item))
        except CorpusError as error:
            if first is None:
                first = error
            else:
                others.append(error.where)
    if first is not None:
        raise CorpusError(first.message + _others(others), first.where)
    return values


def places(found: list[str]) -> str:
    """Return the places of some rows of one file, at least one, as words: ``lines 7, 9``."""
    numbers = [match.group(1) for where in found if (match := _PLACE.search(where))]
    unit = "row" if found[0].endswith("]") else "line"
    return f"{unit}{'s' if len(found) > 1 else ''} {', '.join(numbers)}"


def scalar(value: Any) -> str | None:
    """Return a string as it is, a number or truth value of JSON as its JSON text, else None."""
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value) if isinstance(value, str | int | Decimal) else None


def is_visible(text: str) -> bool:
    """Tell whether a text holds anything but blanks, among them those that have no width."""
    return bool(_WORD.search(text) or squeeze(text))  # a word spares most texts the fold


def absent(name: str, fields: dict[str, Any]) -> str:
    """Return the message that a row lacks a column or its cell, with the first few it has."""
    there = [column for column, cell in fields.items() if cell is not None]
    return f"{name!r} is missing; the row has {reprlib.repr(there)}"


def titles(
    path: str | os.PathLike[str], *, columns: tuple[str, str] | None = None
) -> dict[str, str]:
    """Return label ids and their titles, in the order of the file.

    Parameters
    ----------
    path : path
    columns : (str, str), optional
        Names of the columns of ids and of titles; others are passed over. Without, the file has two
        columns, or keys ``title`` and one of ``id``, ``label``, ``topic``; a first line with these
        words is a header and may be left out. An empty title is the id itself.

    Raises
    ------
    CorpusError
        If `read` refuses the file, a row lacks one of the two, an id stands twice or is no label
        id (`annotation.check_label`), or there are none.
    """
    found: dict[str, str] = {}

    def add(row: Row) -> None:
        label, title = _titled(row, columns)
        if label in found:
            raise CorpusError(f"{label!r} stands here a second time", row.where)
        found[label] = title

    every(read(path) if columns else _bare(read(path, names=("id", "title"))), add)
    if not found:
        raise CorpusError("holds no titles", os.fspath(path))
    return found


def load(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file, possibly none.

    Raises
    ------
    CorpusError
        If there is no such file, it may not be read, is a folder or a device, or larger than
        `MAX_BYTES`.
    """
    where = os.fspath(path)
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for its writer
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise CorpusError(f"cannot be read: this is {kind}", where)
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1) if _fits(os.fstat(file.fileno()).st_size) else None
    except (OSError, ValueError) as error:  # no permission, a name too long, a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise CorpusError(f"cannot be read: {reason}", where) from None
    if data is None or not _fits(len(data)):
        raise CorpusError(f"is larger than {MAX_BYTES:,} bytes; split it", where)
    return data


def _fits(size: int) -> bool:
    return size <= MAX_BYTES


def _decode(data: bytes, where: str) -> str:
    try:
        text, _ = plain.decode(data, where=where)
    except UnsupportedMedia:
        raise _no_text(data, where) from None
    return text.lstrip("\ufeff")  # GB18030 and joined files have marks that no codec takes off


def _no_text(data: bytes, where: str) -> CorpusError:
    """A NUL alone makes a short text look like none: then its line says more than the file."""
    try:
        plain.decode(data.replace(b"\0", b""), where=where)
    except UnsupportedMedia:
        return CorpusError("is no text; a spreadsheet must be saved as CSV", where)
    line = data.count(b"\n", 0, data.find(b"\0")) + 1
    return CorpusError("holds a NUL character", f"{where}:{line}")


def _numbered(text: str, where: str) -> Iterator[tuple[str, str]]:
    """Lines end with CR, LF or both; other characters that Python splits at belong to the text."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if line.strip():
            yield f"{where}:{number}", line.rstrip("\r\n")


def _array(items: list[Any], where: str) -> Iterator[Row | CorpusError]:
    for number, item in enumerate(items, 1):
        yield _object(item, f"{where}[{number}]")


def _object(value: Any, where: str) -> Row | CorpusError:
    if isinstance(value, dict):
        return Row(where, value)
    return CorpusError("is no JSON object", where)


def _separator(text: str, visible: int) -> str:
    """Return the separator of a table by its first line, which holds the first visible character."""
    start = max(text.rfind(end, 0, visible) for end in "\r\n") + 1
    line = _LINE.match(text, start)
    return "\t" if line and "\t" in line.group() else ","


def _table(
    text: str, where: str, separator: str, names: tuple[str, ...] | None
) -> Iterator[Row | CorpusError]:
    columns = names
    for place, cells in _cells(text, where, separator):
        if isinstance(cells, CorpusError):
            yield cells
        elif columns is None:
            columns = _header(cells, place)
        elif len(cells) > len(columns):
            yield CorpusError(f"has {len(cells)} cells for {len(columns)} columns", place)
        else:
            named = zip_longest(columns, cells)
            yield Row(place, {column: cell for column, cell in named if column})


def _cells(text: str, where: str, separator: str) -> Iterator[tuple[str, list[str] | CorpusError]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        place = f"{where}:{reader.line_num + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield place, CorpusError(_reason(error), place)
            return
        if cells is None:
            return
        if any("\0" in cell for cell in cells):
            yield place, CorpusError("holds a NUL character", place)
        elif any(cell.strip() for cell in cells):
            yield place, cells


def _reason(error: csv.Error) -> str:
    if "NUL" in str(error):  # Python 3.10; later ones let it pass
        return "holds a NUL character"
    return f"cannot be read as a table: {error}; is a quotation mark misplaced or not closed?"


def _header(cells: list[str], where: str) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in cells)
    twice = [name for n, name in enumerate(columns) if name and name in columns[:n]]
    if twice:
        raise CorpusError(f"two columns are called {reprlib.repr(twice[0])}", where)
    return columns


def _others(found: list[str]) -> str:
    if not found:
        return ""
    rows = "row" if len(found) == 1 else "rows"
    more = ", …" if len(found) > _NAMED else ""
    return f" (and {len(found)} more broken {rows}: {places(found[:_NAMED])}{more})"


def _titled(row: Row, columns: tuple[str, str] | None) -> tuple[str, str]:
    """Return the id and the title of a row."""
    names = columns or (next((name for name in _TITLED if name in row.fields), "id"), "title")
    cells = []
    for name in names:
        cell = scalar(row.fields.get(name))
        if cell is None:
            raise CorpusError(absent(name, row.fields), row.where)
        cells.append(cell.strip())
    label, title = cells[0], cells[1] or cells[0]
    check_label(label, row.where)
    check_name(title, "title", row.where)
    return label, title


def _bare(found: Iterable[Row | CorpusError]) -> Iterator[Row | CorpusError]:
    """Leave out the first row if it is a header."""
    for number, item in enumerate(found):
        if number == 0 and isinstance(item, Row):
            cells = (scalar(item.fields.get(name)) or "" for name in ("id", "title"))
            label, title = (cell.strip().lower() for cell in cells)
            if label in _TITLED and title == "title":
                continue
        yield item
