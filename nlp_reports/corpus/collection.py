"""Labelled paragraphs of documents, however they were written down."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..annotation import LabelledParagraph, SecondLabelling
from ..errors import CorpusError


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled paragraphs by document, in reading order, and what was labelled a second time.

    Parameters
    ----------
    documents : mapping of str to mapping
        Names of the documents and what is known of each, possibly nothing.
    paragraphs : tuple of LabelledParagraph
        The paragraphs of a document stand together.
    splits : mapping of str to tuple of str, optional
        Names of splits to names of documents; empty where nobody split the corpus.
    second : tuple of SecondLabelling, optional
        Empty where nothing was labelled twice.
    titles : mapping of str to str, optional
        Label ids to what people are shown, in the order in which labels are shown. It may hold
        ids that do not occur, and lack some that do: those are shown as they are.
    exclusive : bool, optional
        Every text has exactly one label.
    alone : bool, optional
        Every text stands alone: those of one document are copies of each other, and none has
        anything before or after it.
    notes : tuple of str, optional
        What the reader found and the user should hear, each one line of English.
    """

    documents: Mapping[str, Mapping[str, Any]]
    paragraphs: tuple[LabelledParagraph, ...]
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    second: tuple[SecondLabelling, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    exclusive: bool = False
    alone: bool = False
    notes: tuple[str, ...] = ()

    def only(self, documents: Collection[str]) -> Corpus:
        """Return the part of the corpus that holds these documents.

        It has no splits and no notes: both speak of the whole. Names the corpus does not hold
        are passed over; without any that it holds, the part is empty.
        """
        wanted = set(documents)
        return Corpus(
            {name: meta for name, meta in self.documents.items() if name in wanted},
            tuple(p for p in self.paragraphs if p.document in wanted),
            second=tuple(row for row in self.second if row.document in wanted),
            titles=self.titles,
            exclusive=self.exclusive,
            alone=self.alone,
        )

    def part(self, *names: str) -> Corpus:
        """Return the documents of the named splits, as `only` does.

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
    def labels(self) -> tuple[str, ...]:
        """The ids that occur: those of `titles` in its order, then the others sorted."""
        found = self.counts().keys()
        titled = tuple(label for label in self.titles if label in found)
        return (*titled, *sorted(found - set(titled)))

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
