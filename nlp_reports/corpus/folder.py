"""Our own format: a folder of JSON Lines with whole documents, or its paragraphs alone.

``paragraphs.jsonl``  one paragraph a line: ``document``, ``paragraph``, ``headings``, ``segments``
                      of ``text`` and ``topics`` and, where its quantities are marked, ``statistics``
``documents.jsonl``   one document a line: ``document`` and what is known of it
``second.jsonl``      optional: one paragraph a line that two annotators labelled
``splits.json``       optional: names of splits to lists of documents
``topics.tsv``        optional: ``topic`` and ``title``, the labels of this corpus

Without ``topics.tsv`` the labels are those of ``corpus/GUIDELINES.md``, at most three a segment.
Neighbouring paragraphs of a document stand in reading order. The files are UTF-8.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .. import annotation, lexicon
from ..annotation import LabelledParagraph, SecondLabelling
from ..errors import CorpusError
from . import rows
from .collection import Corpus

_Value = TypeVar("_Value")
_Found = Iterable[rows.Row | CorpusError]
_Paragraphs = dict[tuple[str, int], LabelledParagraph]

_MOST = 3  # topics of a segment, as the guidelines have it: two beside the mood


def read(path: str | os.PathLike[str]) -> Corpus:
    """Read and check the corpus in folder `path`.

    Raises
    ------
    CorpusError
        If a file is missing, or rows break the format; it names file and line of the first, and
        the lines of others.
    """
    folder = Path(path)
    titles, most = _titles(folder / "topics.tsv")
    documents = _documents(folder / "documents.jsonl")
    found = _rows(folder / "paragraphs.jsonl")
    paragraphs = _paragraphs(found, topics=titles, documents=documents, most=most)
    second: dict[tuple[str, int], SecondLabelling] = {}

    def add(row: rows.Row) -> None:
        value = annotation.second(row.fields, row.where, paragraphs, topics=titles, most=most)
        _add(second, (value.document, value.paragraph), value, row.where)

    if (twice := folder / "second.jsonl").is_file():
        rows.every(_rows(twice), add)
    splits = _splits(folder / "splits.json", documents)
    return Corpus(documents, tuple(paragraphs.values()), splits, tuple(second.values()), titles)


def read_alone(found: _Found) -> Corpus:
    """Return the corpus of paragraphs that came without their folder.

    The documents are those that the rows name, nothing known of them. A segment may carry any
    labels; if all are of the guidelines, their titles are given, else none.

    Raises
    ------
    CorpusError
        If rows break the format.
    """
    paragraphs = _paragraphs(found, topics=None, documents=None, most=None)
    titles = lexicon.mapping("topics", "topic", "title")
    used = {t for p in paragraphs.values() for s in p.segments for t in s.topics}
    return Corpus(
        {document: {} for document, _ in paragraphs},
        tuple(paragraphs.values()),
        titles=titles if used <= titles.keys() else {},
    )


def _titles(file: Path) -> tuple[dict[str, str], int | None]:
    """Return the topics a segment may carry, with their titles, and how many of them."""
    if file.is_file():
        return rows.titles(file, columns=("topic", "title")), None
    return lexicon.mapping("topics", "topic", "title"), _MOST


def _documents(file: Path) -> dict[str, dict[str, Any]]:
    documents: dict[str, dict[str, Any]] = {}

    def add(row: rows.Row) -> None:
        name = annotation.field(row.fields, "document", str, row.where)
        if name in documents:
            raise CorpusError(f"document {name!r} stands here a second time", row.where)
        documents[name] = {key: value for key, value in row.fields.items() if key != "document"}

    rows.every(_rows(file), add)
    return documents


def _paragraphs(
    found: _Found,
    *,
    topics: Collection[str] | None,
    documents: Collection[str] | None,
    most: int | None,
) -> _Paragraphs:
    paragraphs: _Paragraphs = {}

    def add(row: rows.Row) -> None:
        value = annotation.paragraph(
            row.fields, row.where, topics=topics, documents=documents, most=most
        )
        _add(paragraphs, (value.document, value.index), value, row.where)

    rows.every(found, add)
    return paragraphs


def _add(
    values: dict[tuple[str, int], _Value], key: tuple[str, int], value: _Value, where: str
) -> None:
    if key in values:
        raise CorpusError(f"paragraph {key[1]} of {key[0]!r} stands here a second time", where)
    values[key] = value


def _rows(file: Path) -> Iterator[rows.Row | CorpusError]:
    return rows.json_lines(_text(file), str(file))


def _text(file: Path) -> str:
    try:
        return rows.load(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"is not UTF-8: {error.reason}", str(file)) from None


def _splits(file: Path, documents: Collection[str]) -> dict[str, tuple[str, ...]]:
    if not file.is_file():
        return {}
    splits = rows.parse(_text(file), str(file))
    if not _is_lists(splits):
        raise CorpusError("is no object of lists of names", str(file))
    placed = [name for names in splits.values() for name in names]
    if len(placed) != len(set(placed)):
        raise CorpusError("a document stands in two splits", str(file))
    if missing := set(placed) ^ set(documents):
        raise CorpusError(f"splits and documents differ by {sorted(missing)[0]!r}", str(file))
    return {split: tuple(names) for split, names in splits.items()}


def _is_lists(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in value.values()
    )
