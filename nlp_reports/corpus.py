"""Labelled reports: read, checked, split by document.

A corpus is a folder with ``paragraphs.jsonl`` (one paragraph a line: ``document``, ``paragraph``,
``headings``, ``segments`` of ``text`` and ``topics`` and, where its quantities are marked,
``statistics``), ``documents.jsonl`` (one document a line: ``document`` and what is known of it) and,
optionally, ``second.jsonl`` (one paragraph a line that two annotators labelled) and ``splits.json``
(names of splits to lists of documents). Neighbouring paragraphs of a document stand in reading
order.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from . import annotation
from .annotation import LabelledParagraph, SecondLabelling
from .errors import CorpusError

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled paragraphs by document, in reading order, and what was labelled a second time."""

    documents: Mapping[str, Mapping[str, Any]]
    paragraphs: tuple[LabelledParagraph, ...]
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    second: tuple[SecondLabelling, ...] = ()

    def only(self, documents: Collection[str]) -> Corpus:
        """Return the part of the corpus that holds these documents."""
        wanted = set(documents)
        return Corpus(
            {name: meta for name, meta in self.documents.items() if name in wanted},
            tuple(p for p in self.paragraphs if p.document in wanted),
            {},
            tuple(row for row in self.second if row.document in wanted),
        )

    def part(self, *names: str) -> Corpus:
        """Return the documents of the named splits.

        Raises
        ------
        CorpusError
            If there is no such split.
        """
        for name in names:
            if name not in self.splits:
                raise CorpusError(f"the corpus has no split {name!r}")
        return self.only([document for name in names for document in self.splits[name]])

    def counts(self) -> Counter[str]:
        """Return how many segments carry each topic."""
        return Counter(t for p in self.paragraphs for s in p.segments for t in s.topics)

    @property
    def segments(self) -> int:
        """Number of segments."""
        return sum(len(paragraph.segments) for paragraph in self.paragraphs)

    def fingerprint(self) -> str:
        """Return a hash of what a topic model learns from: texts, headings and topics."""
        digest = hashlib.sha256()
        for p in self.paragraphs:
            item = [p.document, p.index, p.headings, [[s.text, s.topics] for s in p.segments]]
            digest.update(json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]


def read(path: str | os.PathLike[str]) -> Corpus:
    """Read and check the corpus in folder `path`.

    Raises
    ------
    CorpusError
        If a line breaks the format; it names file and line.
    """
    folder = Path(path)
    documents = _documents(folder / "documents.jsonl")
    paragraphs: dict[tuple[str, int], LabelledParagraph] = {}
    for where, row in _rows(folder / "paragraphs.jsonl"):
        paragraph = annotation.paragraph(row, where, documents)
        _add(paragraphs, (paragraph.document, paragraph.index), paragraph, where)
    second: dict[tuple[str, int], SecondLabelling] = {}
    twice = folder / "second.jsonl"
    for where, row in _rows(twice) if twice.is_file() else ():
        labelling = annotation.second(row, where, paragraphs)
        _add(second, (labelling.document, labelling.paragraph), labelling, where)
    splits = _splits(folder / "splits.json", documents)
    return Corpus(documents, tuple(paragraphs.values()), splits, tuple(second.values()))


def _documents(file: Path) -> dict[str, dict[str, Any]]:
    documents: dict[str, dict[str, Any]] = {}
    for where, row in _rows(file):
        name = annotation.field(row, "document", str, where)
        if name in documents:
            raise CorpusError(f"document {name!r} stands here a second time", where)
        documents[name] = {key: value for key, value in row.items() if key != "document"}
    return documents


def _add(rows: dict[tuple[str, int], _Row], key: tuple[str, int], row: _Row, where: str) -> None:
    if key in rows:
        raise CorpusError(f"paragraph {key[1]} of {key[0]!r} stands here a second time", where)
    rows[key] = row


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = file.read_text("utf-8").split("\n")
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", str(file)) from None
    except UnicodeDecodeError as error:
        raise CorpusError(f"is not UTF-8: {error.reason}", str(file)) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            row = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"is not JSON: {error}", where) from None
        if not isinstance(row, dict):
            raise CorpusError("is no JSON object", where)
        yield where, row


def _splits(file: Path, documents: Collection[str]) -> dict[str, tuple[str, ...]]:
    if not file.is_file():
        return {}
    try:
        splits = {str(k): tuple(v) for k, v in json.loads(file.read_text("utf-8")).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise CorpusError(f"is no object of lists: {error}", str(file)) from None
    placed = [name for names in splits.values() for name in names]
    if len(placed) != len(set(placed)):
        raise CorpusError("a document stands in two splits", str(file))
    if missing := set(placed) ^ set(documents):
        raise CorpusError(f"splits and documents differ by {sorted(missing)[0]!r}", str(file))
    return splits
