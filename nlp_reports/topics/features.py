"""What a classifier sees of a segment: the different grams of a few fields.

``word``     words of the segment
``char``     its pairs of characters: word order, and words never seen
``heading``  words of the headings above it
``part``     the parts of a report those headings announce
``shape``    its first words and its length

A feature's value is its inverse document frequency, each field scaled to unit length and weighted.
Digits count as one, so that figures do not become words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..structure.headings import part_of
from ..text import squeeze
from ..tokens import Tokenizer

FIELDS = ("word", "char", "heading", "part", "shape")
WEIGHTS = {"word": 1.0, "char": 1.0, "heading": 0.35, "part": 0.4, "shape": 0.4}
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_FIRST = 3  # words at the start of a segment that count as its opening
_LENGTHS = (12, 72)  # characters a step of length, and the length from which all are alike

# The headings above a paragraph, outermost first, and the texts of its segments.
Paragraph = tuple[Sequence[str], Sequence[str]]


class Described(NamedTuple):
    """What is seen of a segment: its normal text, and the grams of the other fields, as they come."""

    text: str
    words: list[str]
    shape: tuple[str, ...]
    headings: tuple[str, ...]
    heading: tuple[str, ...]
    part: tuple[str, ...]

    def grams(self) -> tuple[set[str], ...]:
        """Return the different grams of each field, in the order of `FIELDS`."""
        pairs = {self.text[n : n + 2] for n in range(len(self.text) - 1)}
        return set(self.words), pairs, set(self.heading), set(self.part), set(self.shape)


def normal(text: str) -> str:
    """Return a text as the classifier reads it: folded, lower case, without blanks, numbers as 0."""
    return _DIGITS.sub("0", squeeze(text)).lower()


def describe(paragraphs: Iterable[Paragraph], tokenizer: Tokenizer) -> list[Described]:
    """Describe every segment of some paragraphs, in order."""
    paragraphs = list(paragraphs)
    texts = [normal(segment) for _, segments in paragraphs for segment in segments]
    cut = iter(zip(texts, tokenizer.many(texts), strict=True))
    above = lru_cache(maxsize=None)(lambda headings: _heading(headings, tokenizer))
    described = []
    for headings, segments in paragraphs:
        path = tuple(headings)
        heading, part = above(path)
        for _ in segments:
            text, words = next(cut)
            shape = (*words[:_FIRST], _length(text))
            described.append(Described(text, words, shape, path, heading, part))
    return described


def _heading(
    headings: tuple[str, ...], tokenizer: Tokenizer
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = [word for heading in headings for word in tokenizer(normal(heading))]
    parts = [part_of(heading) or "none" for heading in headings] or ["no heading"]
    return tuple(words), (f"first {parts[0]}", f"last {parts[-1]}", *parts)


def _length(text: str) -> str:
    step, longest = _LENGTHS
    return f"length {min(len(text), longest) // step}"
