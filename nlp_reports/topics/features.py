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
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from ..structure.headings import part_of
from ..text import fold
from ..tokens import Tokenizer

FIELDS = ("word", "char", "heading", "part", "shape")
WEIGHTS = {"word": 1.0, "char": 1.0, "heading": 0.35, "part": 0.4, "shape": 0.4}
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_FIRST = 3  # words at the start of a segment that count as its opening
_LENGTHS = (12, 72)  # characters a step of length, and the length from which all are alike

# The headings above a paragraph, outermost first, and the texts of its segments.
Paragraph = tuple[Sequence[str], Sequence[str]]
# The different grams of each field as keys: a dict keeps them in one order in every process, a set does not.
Grams = tuple[dict[str, None], ...]


def normal(text: str) -> str:
    """Return a text as the classifier reads it: folded, lower case, without blanks, numbers as 0."""
    return _DIGITS.sub("0", "".join(fold(text).split())).lower()


def describe(paragraphs: Iterable[Paragraph], tokenizer: Tokenizer) -> Iterator[Grams]:
    """Yield the grams of every segment, field by field in the order of `FIELDS`."""
    above = lru_cache(maxsize=256)(lambda headings: _heading(headings, tokenizer))
    for headings, segments in paragraphs:
        heading, part = above(tuple(headings))
        for segment in segments:
            text = normal(segment)
            words = tokenizer(text)
            yield (
                dict.fromkeys(words),
                dict.fromkeys([text[n : n + 2] for n in range(len(text) - 1)]),
                heading,
                part,
                dict.fromkeys((*words[:_FIRST], _length(text))),
            )


def _heading(
    headings: tuple[str, ...], tokenizer: Tokenizer
) -> tuple[dict[str, None], dict[str, None]]:
    words = [word for heading in headings for word in tokenizer(normal(heading))]
    parts = [part_of(heading) or "none" for heading in headings] or ["no heading"]
    places = (f"first {parts[0]}", f"last {parts[-1]}", *parts)
    return dict.fromkeys(words), dict.fromkeys(places)


def _length(text: str) -> str:
    step, longest = _LENGTHS
    return f"length {min(len(text), longest) // step}"
