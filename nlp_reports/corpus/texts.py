"""Labelled texts of any origin: rows of a text and its labels.

A text becomes a document of one paragraph of one segment, as it stands, not cut by rule. Texts that
the classifier cannot tell apart share a document, so that copies never stand on both sides of a
split.

Rows of two labelling tools are known by their keys.

Label Studio, from there
    Exported as JSON, a row holds the text in ``data`` and what was chosen in ``annotations``:
    ``{"data": {"text": "…"}, "annotations": [{"was_cancelled": false, "result": [{"type":
    "choices", "from_name": "topic", "value": {"choices": ["a", "b"]}}]}]}``. The last annotation
    that was not cancelled counts; a row without one is unlabelled. Where several questions were
    asked, `Columns.label` names the one meant (``from_name``); without, their choices are joined.
    Exported as JSON-MIN, CSV or TSV, each question is a column of a label or of
    ``{"choices": ["a", "b"]}``.
Label Studio, to there
    ``[{"data": {"text": "…"}}]`` and a CSV with a column ``text`` are imported as tasks. With
    ``annotations`` as above, each result also with ``to_name``, the labels come along.
doccano, from there
    A text classification project exported as JSONL: ``{"id": 1, "text": "…", "label": ["a", "b"]}``.
    doccano does not say whether a row with an empty list was seen by anyone: it is an example of
    no label, unless `Columns.skip_unlabelled` is set.
doccano, to there
    The same rows; ``label`` may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .. import annotation
from ..annotation import LabelledParagraph, LabelledSegment
from ..errors import CorpusError, SettingsError
from ..text import fold
from ..topics.features import normal
from . import rows
from .collection import Corpus

_Found = Iterable[rows.Row | CorpusError]

_MARKS = re.compile("[|;；]")  # between the labels of a column called ``labels``
_CHOICES = '{"choices"'  # how Label Studio's several choices begin in a cell of CSV
_UNREADABLE = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a file hold what; keys, in JSON.

    Parameters
    ----------
    text : str
        The column of texts. Each must hold a visible character.
    label : str or None
        The column of labels. None takes ``labels`` if there is one, else ``label``.
    document : str or None
        The column that says which document a text is from: texts of one document never stand on
        both sides of a split. None makes documents of the texts themselves.
    names : tuple of str or None
        Names of all columns, for CSV and TSV without a header line; at least one, each once. A row
        may have fewer cells.
    separator : str or None
        What stands between the labels of a cell, at least one character. None splits a column
        called ``labels`` at ``|``, ``;`` and ``；``; a cell of any other is one label. The items of
        a list in JSON are labels as they stand.
    skip_unlabelled : bool
        Leave out rows without a label. Otherwise an empty list, or an empty cell of a column that
        is split, is an example of no label, and a label that is missing is an error.

    Raises
    ------
    SettingsError
        If `names` or `separator` is outside its range.
    """

    text: str = "text"
    label: str | None = None
    document: str | None = None
    names: tuple[str, ...] | None = None
    separator: str | None = None
    skip_unlabelled: bool = False

    def __post_init__(self) -> None:
        if self.separator == "":
            raise SettingsError("separator must hold at least one character")
        if self.names is not None and not 0 < len(self.names) == len(set(self.names)):
            raise SettingsError("names must name at least one column, and each once")


class _Example(NamedTuple):
    """A text as it came; the document is None where no column names it."""

    where: str
    text: str
    labels: tuple[str, ...]
    document: str | None


def read(found: _Found, columns: Columns, *, where: str) -> Corpus:
    """Return the corpus of some labelled texts.

    Parameters
    ----------
    found : iterable of Row and CorpusError
        As `rows.read` gives them.
    columns : Columns
    where : str
        The file, for errors.

    Returns
    -------
    Corpus
        Without titles. A document is called by its column, else ``text-3`` by the number of its
        first row, counted from 1 without blank lines; documents stand in the order of their first
        rows, the texts of one as paragraphs 0, 1, 2. It is exclusive if every text has one label.
        The notes tell labels, rows skipped, and copies.

    Raises
    ------
    CorpusError
        If rows are broken (`rows.every`), or none is labelled.
    """
    converted = rows.every(found, lambda row: _example(row, columns))
    examples = [(number, example) for number, example in enumerate(converted, 1) if example]
    if not examples:
        raise CorpusError("holds no labelled text", where)
    kept = [example for _, example in examples]
    seen = [normal(example.text) for example in kept]
    documents: dict[str, list[_Example]] = {}
    first: dict[str, str] = {}
    for (number, example), text in zip(examples, seen, strict=True):
        name = example.document or first.setdefault(text, f"text-{number}")
        documents.setdefault(name, []).append(example)
    return Corpus(
        {name: {} for name in documents},
        tuple(p for name, texts in documents.items() for p in _paragraphs(name, texts)),
        exclusive=all(len(example.labels) == 1 for example in kept),
        alone=columns.document is None,
        notes=_notes(kept, seen, len(converted) - len(kept)),
    )


def read_unlabelled(found: _Found, columns: Columns) -> list[tuple[str, str]]:
    """Return each text with where it stands; what labels there are is not looked at.

    Raises
    ------
    CorpusError
        If rows are broken (`rows.every`).
    """

    def convert(row: rows.Row) -> tuple[str, str]:
        fields = row.fields["data"] if _is_task(row.fields, columns) else row.fields
        return row.where, _text(fields, columns.text, row.where)

    return rows.every(found, convert)


# One row


def _example(row: rows.Row, columns: Columns) -> _Example | None:
    """Return a row as an example, None if it is to be skipped."""
    where, fields = row
    task = _is_task(fields, columns)
    data = fields["data"] if task else fields
    text = _text(data, columns.text, where)
    document = None if columns.document is None else _document(data, columns.document, where)
    labels = _chosen(fields, columns.label, where) if task else _labels(fields, columns, where)
    if labels is None or (not labels and columns.skip_unlabelled):
        return None
    return _Example(where, text, labels, document)


def _is_task(fields: Mapping[str, Any], columns: Columns) -> bool:
    """Tell whether a row is a task of Label Studio, annotated or not."""
    inside = isinstance(fields.get("data"), dict)
    return inside and ("annotations" in fields or columns.text not in fields)


def _text(fields: dict[str, Any], column: str, where: str) -> str:
    text = fields.get(column)
    if text is None:
        raise CorpusError(rows.absent(column, fields), where)
    if not isinstance(text, str):
        raise CorpusError(f"{column!r} is no string", where)
    if not rows.is_visible(text):
        raise CorpusError(f"{column!r} holds no visible character", where)
    return text


def _document(fields: dict[str, Any], column: str, where: str) -> str:
    name = rows.scalar(fields.get(column))
    if name is None:
        raise CorpusError(rows.absent(column, fields), where)
    name = _trim(name)
    annotation.check_name(name, "document name", where)
    return name


def _labels(fields: dict[str, Any], columns: Columns, where: str) -> tuple[str, ...] | None:
    """Return the labels of a row, None if it has none and such rows are skipped."""
    column = columns.label or ("labels" if "labels" in fields else "label")
    value = fields.get(column)
    marks = _MARKS if column == "labels" else None
    if columns.separator is not None:
        marks = re.compile(re.escape(columns.separator))
    unlabelled = value is None or (marks is None and isinstance(value, str) and not _trim(value))
    if not unlabelled:
        return _distinct(_pieces(value, marks, where), where)
    if columns.skip_unlabelled:
        return None
    raise CorpusError(
        rows.absent(column, fields) if value is None else f"{column!r} is empty", where
    )


def _pieces(value: Any, marks: re.Pattern[str] | None, where: str) -> Sequence[str]:
    """Return the labels that a value holds, as they are written."""
    if isinstance(value, str) and value.startswith(_CHOICES):
        value = rows.parse(value, where)
    if isinstance(value, dict) and "choices" in value:
        return _items(value["choices"], where)
    if isinstance(value, str) and marks:
        return marks.split(value)
    return _items(value, where)


def _items(value: Any, where: str) -> list[str]:
    items = [rows.scalar(item) for item in (value if isinstance(value, list) else [value])]
    if None in items:
        raise CorpusError("a label is neither a string nor a number", where)
    return [item for item in items if item is not None]


def _distinct(pieces: Iterable[str], where: str) -> tuple[str, ...]:
    labels = sorted({_trim(piece) for piece in pieces} - {""})
    for label in labels:
        annotation.check_label(label, where)
    return tuple(labels)


def _trim(name: str) -> str:
    """Return a name without the blanks around it, among them those that cannot be seen."""
    if name[:1].isalnum() and name[-1:].isalnum():
        return name
    folded = fold(name)
    return name[len(folded) - len(folded.lstrip()) : len(folded.rstrip())]


def _chosen(fields: dict[str, Any], question: str | None, where: str) -> tuple[str, ...] | None:
    """Return what was chosen for a task of Label Studio, None if nobody annotated it."""
    annotations = annotation.field({"annotations": [], **fields}, "annotations", list, where)
    if not all(isinstance(item, dict) for item in annotations):
        raise CorpusError("an annotation is no JSON object", where)
    valid = [item for item in annotations if not item.get("was_cancelled")]
    if not valid:
        return None
    pieces: list[str] = []
    for result in annotation.field(valid[-1], "result", list, where):
        if not isinstance(result, dict):
            raise CorpusError("a result of an annotation is no JSON object", where)
        asked = question is None or result.get("from_name", question) == question
        if asked and result.get("type") == "choices":
            value = annotation.field(result, "value", dict, where)
            pieces += _items(annotation.field(value, "choices", list, where), where)
    return _distinct(pieces, where)


# All of them


def _paragraphs(name: str, examples: Sequence[_Example]) -> list[LabelledParagraph]:
    return [
        LabelledParagraph(name, index, (), (LabelledSegment(example.text, example.labels),))
        for index, example in enumerate(examples)
    ]


def _notes(examples: Sequence[_Example], seen: Sequence[str], skipped: int) -> tuple[str, ...]:
    """Return what the user should hear; `seen` holds the texts as the classifier reads them."""
    notes = [_spread([example.labels for example in examples])]
    if skipped:
        notes.append(f"{_count(skipped, 'row')} without a label skipped")
    notes += _copies(examples, seen)
    if lost := sum(_UNREADABLE in example.text for example in examples):
        notes.append(f"{_count(lost, 'text')} with characters that could not be decoded")
    return tuple(notes)


def _spread(labellings: Sequence[tuple[str, ...]]) -> str:
    """Return how many labels the texts have, of how many there are."""
    texts, kinds = _count(len(labellings), "text"), len(set().union(*labellings))
    counts = [len(labels) for labels in labellings if labels]
    bare = len(labellings) - len(counts)
    if not counts:
        return f"{texts} without a label"
    low, high = min(counts), max(counts)
    if high == 1 and not bare:
        return f"{texts} with one label each of {kinds} (single-label)"
    range_ = f"{low} to {high} labels" if low < high else _count(high, "label")
    found = f"{texts} with {range_} of {kinds} (multi-label)"
    return f"{found}, {bare} of them without a label" if bare else found


def _copies(examples: Sequence[_Example], seen: Sequence[str]) -> list[str]:
    first: dict[str, _Example] = {}
    pairs = []
    for example, text in zip(examples, seen, strict=True):
        if (original := first.setdefault(text, example)) is not example:
            pairs.append((original, example))
    if not pairs:
        return []
    copies = "1 text is a copy" if len(pairs) == 1 else f"{len(pairs)} texts are copies"
    notes = [f"{copies} of another, but for blanks, case and figures"]
    if apart := sum(one.document != two.document for one, two in pairs):
        notes.append(f"{apart} of the copies in another document than the text copied")
    if differ := [(one.where, two.where) for one, two in pairs if one.labels != two.labels]:
        told = f"{len(differ)} of the copies with other labels than the text copied"
        notes.append(f"{told}, first in {rows.places(list(differ[0]))}")
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
