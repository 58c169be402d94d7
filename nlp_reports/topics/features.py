"""What a classifier sees of a segment: the different grams of a few fields.

``word``     words of the segment
``char``     its characters and pairs of characters: word order, and words never seen
``heading``  words of the headings above it
``part``     the parts of a report those headings announce
``shape``    its first words and its length
``meaning``  its words that `vectors` knows, or their pieces: words never seen whose like have been

A feature's value is its inverse document frequency. Each field is scaled to unit length and weighted;
the values of ``meaning`` are scaled to unit sum, so that they make a mean of word vectors. Digits count
as one, so that figures do not become words.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..structure.headings import part_of
from ..text import fold, squeeze
from ..tokens import Tokenizer

FIELDS = ("word", "char", "heading", "part", "shape", "meaning")
WEIGHTS = {"word": 1.0, "char": 1.0, "heading": 0.35, "part": 0.4, "shape": 0.4, "meaning": 1.0}
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
FIRST = 3  # words at the start of a segment that count as its opening
_PIECE = 6  # characters of a word that a longer one may be made of
_LENGTHS = (12, 72)  # characters a step of length, and the length from which all are alike
PREFIXES = _OUTER, _INNER, _LENGTH = "first ", "last ", "length "  # set such grams apart

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
        """Return the different grams of each field but ``meaning``, in the order of `FIELDS`."""
        pairs = {self.text[n : n + 2] for n in range(len(self.text) - 1)}
        chars = pairs.union(self.text)
        return set(self.words), chars, set(self.heading), set(self.part), set(self.shape)


def normal(text: str) -> str:
    """Return a text as the classifier reads it: folded, lower case, without blanks, numbers as 0."""
    return _DIGITS.sub("0", squeeze(text).lower())


def origins(text: str) -> list[tuple[int, int]]:
    """Return for each character of ``normal(text)`` the span of `text` it stands for."""
    visible = [(char, n) for n, char in enumerate(fold(text)) if not char.isspace()]
    lowered = [(low, n) for char, n in visible for low in char.lower()]
    plain = "".join(char for char, _ in lowered)
    spans, at = [], 0
    for number in _DIGITS.finditer(plain):
        spans += [(n, n + 1) for _, n in lowered[at : number.start()]]
        at = number.end()
        spans.append((lowered[number.start()][1], lowered[at - 1][1] + 1))
    return spans + [(n, n + 1) for _, n in lowered[at:]]


def pieces(word: str, known: Container[str]) -> list[str]:
    """Return the known words that a word is made of: from the left, the longest first.

    Only Han words have pieces, of at most `_PIECE` characters; what is not known is left out.
    """
    if not "\u4e00" <= word[:1] <= "\u9fff":
        return []
    found, at = [], 0
    while at < len(word):
        ends = range(min(at + _PIECE, len(word)), at, -1)
        end = next((end for end in ends if word[at:end] in known), None)
        if end:
            found.append(word[at:end])
        at = end or at + 1
    return found


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
            shape = (*words[:FIRST], _length(text))
            described.append(Described(text, words, shape, path, heading, part))
    return described


def _heading(
    headings: tuple[str, ...], tokenizer: Tokenizer
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = [word for heading in headings for word in tokenizer(normal(heading))]
    parts = [part_of(heading) or "none" for heading in headings] or ["no heading"]
    return tuple(words), (f"{_OUTER}{parts[0]}", f"{_INNER}{parts[-1]}", *parts)


def _length(text: str) -> str:
    step, longest = _LENGTHS
    least = min(len(text), longest) // step * step
    return f"{_LENGTH}{least}+"
