"""The tables of an archive: their columns, as ``resources/archive_columns.tsv`` lists them, and Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from .. import lexicon

if TYPE_CHECKING:  # loaded where it is needed: it takes a tenth of a second
    import pyarrow

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type in the words of the list, what a null means (empty: there is none), what it holds."""

    name: str
    type: str
    key: bool
    title: str
    null: str
    says: str


@cache
def columns(table: str) -> tuple[Column, ...]:
    """Return the columns of a table, in order."""
    return tuple(
        Column(row["column"], row["type"], bool(row["key"]), row["title"], row["null"], row["says"])
        for row in lexicon.table("archive_columns")
        if row["table"] == table
    )


# In this order: those that others refer to come first.
NAMES = tuple(dict.fromkeys(lexicon.column("archive_columns", "table")))


@cache
def schema(table: str) -> pyarrow.Schema:
    """Return the schema of a table; each field carries its meaning and its Chinese title."""
    import pyarrow

    def field(column: Column) -> pyarrow.Field:
        meaning = {"says": column.says, "null": column.null, "title": column.title}
        return pyarrow.field(
            column.name,
            _type(column.type),
            nullable=bool(column.null),
            metadata={key: text for key, text in meaning.items() if text},
        )

    return pyarrow.schema([field(column) for column in columns(table)])


def arrow(table: str, rows: Iterable[Row]) -> pyarrow.Table:
    """Return rows as an Arrow table.

    Raises
    ------
    ValueError
        If a cell is not of its column's type (pyarrow's errors are of this family or TypeError).
    """
    import pyarrow

    rows = list(rows)
    shape = schema(table)
    types = zip(shape.names, shape.types, strict=True)
    arrays = [pyarrow.array([row[name] for row in rows], type_) for name, type_ in types]
    for field, array in zip(shape, arrays, strict=True):
        if array.null_count and not field.nullable:
            raise ValueError(f"{table}.{field.name} has no value")
    return pyarrow.Table.from_arrays(arrays, schema=shape)


def to_parquet(table: pyarrow.Table, about: Mapping[str, str] = {}) -> bytes:
    """Return a table as a Parquet file, with what `about` says in its metadata."""
    import pyarrow.parquet

    if about:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **about})
    buffer = BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(file: BinaryIO, only: Iterable[str] | None = None) -> pyarrow.Table:
    """Return a Parquet file, or some of its columns.

    Raises
    ------
    ValueError
        If it is none: cut, or written by something else.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        read: pyarrow.Table = pyarrow.parquet.read_table(
            file, columns=None if only is None else list(only)
        )
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(str(error)) from None
    return read


def _type(text: str) -> pyarrow.DataType:
    import pyarrow

    simple = {
        "text": pyarrow.string,
        "bool": pyarrow.bool_,
        "int32": pyarrow.int32,
        "int64": pyarrow.int64,
        "double": pyarrow.float64,
        "date": pyarrow.date32,
    }
    if text in simple:
        return simple[text]()
    outer, _, inner = text.removesuffix(">").partition("<")
    if outer == "list":
        return pyarrow.list_(_type(inner))
    fields = (part.partition(": ") for part in inner.split(", "))
    return pyarrow.struct([(name, _type(kind)) for name, _, kind in fields])
