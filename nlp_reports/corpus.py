"""Labelled reports: read, checked, split by document.

A corpus is a folder with ``paragraphs.jsonl`` (one paragraph a line: ``document``, ``paragraph``,
``headings``, ``segments`` of ``text`` and ``topics``), ``documents.jsonl`` (one document a line:
``document`` and what is known of it) and, optionally, ``splits.json`` (names of splits to lists of
documents). Neighbouring paragraphs of a document stand in reading order.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import lexicon
from .errors import CorpusError
from .segments import split


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """A segment and its topics, possibly none."""

    text: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledParagraph:
    """A paragraph of a corpus: its headings, outermost first, and its segments, which tile it."""

    document: str
    index: int
    headings: tuple[str, ...]
    segments: tuple[LabelledSegment, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled paragraphs by document, in reading order."""

    documents: Mapping[str, Mapping[str, Any]]
    paragraphs: tuple[LabelledParagraph, ...]
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def only(self, documents: Collection[str]) -> Corpus:
        """Return the part of the corpus that holds these documents."""
        wanted = set(documents)
        return Corpus(
            {name: meta for name, meta in self.documents.items() if name in wanted},
            tuple(p for p in self.paragraphs if p.document in wanted),
            {},
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
        """Return a hash of all texts, headings and labels."""
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
    documents = {}
    for where, row in _rows(folder / "documents.jsonl"):
        name = _get(row, "document", str, where)
        if name in documents:
            raise CorpusError(f"document {name!r} stands here a second time", where)
        documents[name] = {key: value for key, value in row.items() if key != "document"}
    known = frozenset(lexicon.column("topics", "topic"))
    paragraphs = tuple(
        _paragraph(row, where, documents, known)
        for where, row in _rows(folder / "paragraphs.jsonl")
    )
    return Corpus(documents, paragraphs, _splits(folder / "splits.json", documents))


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
            row = json.loads(line)
        except ValueError as error:
            raise CorpusError(f"is not JSON: {error}", where) from None
        if not isinstance(row, dict):
            raise CorpusError("is no JSON object", where)
        yield where, row


def _get(row: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    value = row.get(key)
    if not isinstance(value, kind):
        raise CorpusError(f"{key!r} is missing or no {kind.__name__}", where)
    return value


def _paragraph(
    row: Mapping[str, Any], where: str, documents: Collection[str], known: frozenset[str]
) -> LabelledParagraph:
    document = _get(row, "document", str, where)
    if document not in documents:
        raise CorpusError(f"document {document!r} is not in documents.jsonl", where)
    segments = tuple(_segment(item, where, known) for item in _get(row, "segments", list, where))
    whole = "".join(segment.text for segment in segments)
    cut = [whole[span.start : span.end] for span in split(whole)]
    if cut != [segment.text for segment in segments]:
        raise CorpusError(f"the segments are not cut by the rule, which gives {cut}", where)
    headings = tuple(str(heading) for heading in _get(row, "headings", list, where))
    return LabelledParagraph(document, _get(row, "paragraph", int, where), headings, segments)


def _segment(item: Any, where: str, known: frozenset[str]) -> LabelledSegment:
    if not isinstance(item, dict):
        raise CorpusError("a segment is no JSON object", where)
    text = _get(item, "text", str, where)
    topics = _get(item, "topics", list, where)
    unknown = [topic for topic in topics if topic not in known]
    if unknown:
        raise CorpusError(f"unknown topic {unknown[0]!r}", where)
    if len(set(topics)) != len(topics) or len(topics) > 3:
        raise CorpusError("topics stand twice, or are more than three", where)
    return LabelledSegment(text, tuple(sorted(topics)))


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
