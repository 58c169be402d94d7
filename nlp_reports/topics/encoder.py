"""Grams to sparse rows: looks up what `features` describes, for whole documents at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import numpy as np
import numpy.typing as npt

from .features import FIELDS, WEIGHTS, Described, pieces

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Sparse = tuple[Ints, Ints, Floats]
_Found = tuple[Ints, Ints]  # segments, features

_UNKNOWN = -1
_BITS = 21  # of a code point
_SEPARATOR = "\n"  # stands in no normal text
_MEANING = FIELDS.index("meaning")


class Encoder:
    """Turns described segments into their features.

    Parameters
    ----------
    vocabulary : sequence of dict
        For each field of `FIELDS`, the row of each gram; F rows in all.
    idf : array of shape (F,)
        Inverse document frequency of each feature.

    Attributes
    ----------
    fields : array of shape (F,)
        The number of each feature's field in `FIELDS`.
    field_weights : array
        The weight of each field.
    """

    def __init__(self, vocabulary: Sequence[Mapping[str, int]], idf: Floats) -> None:
        self._known = dict(zip(FIELDS, vocabulary, strict=True))
        self._idf = idf
        self.fields = np.repeat(np.arange(len(FIELDS)), [len(known) for known in vocabulary])
        self.field_weights = np.array([WEIGHTS[name] for name in FIELDS])
        both = {**self._known["word"], **self._known["meaning"]}
        self._words = {word: n for n, word in enumerate(both)}
        self._word_rows = [
            np.array([*map(self._known[name].get, both, repeat(_UNKNOWN)), _UNKNOWN])
            for name in ("word", "meaning")
        ]
        chars = self._known["char"]
        codes = np.array([_code(gram) for gram in chars], dtype=np.int64)
        order = np.argsort(codes)
        self._codes = codes[order]
        self._char_rows = np.array(list(chars.values()), dtype=np.int64)[order]

    def __call__(self, described: Sequence[Described]) -> Sparse:
        """Return the features of the segments as three equal arrays: segment, feature, value.

        Each feature stands once a segment, segments and features in rising order; a field's values
        have the length of its weight, those of ``meaning`` its sum.
        """
        rows = max(len(self._idf), 1)
        parts = (*self._worded(described), self._listed(described), *self._chars(described))
        keys = np.unique(np.concatenate([segment * rows + feature for segment, feature in parts]))
        segments, ids = keys // rows, keys % rows
        field = self.fields[ids]
        groups = segments * len(FIELDS) + field
        values = self._idf[ids]
        meaning = field == _MEANING
        norms = np.bincount(groups, weights=np.where(meaning, values, values**2))[groups]
        norms = np.where(meaning, norms, np.sqrt(norms))
        return segments, ids, (values / norms * self.field_weights[field]).astype(np.float32)

    def _worded(self, described: Sequence[Described]) -> Iterator[_Found]:
        """Look up the words of the segments, in both fields that have words of theirs."""
        words = [word for segment in described for word in segment.words]
        numbers = np.array([*map(self._words.get, words, repeat(_UNKNOWN))], dtype=np.int64)
        segments = np.repeat(np.arange(len(described)), [len(s.words) for s in described])
        for rows in self._word_rows:
            features = rows[numbers]  # the last row stands for unknown words
            known = features != _UNKNOWN
            yield segments[known], features[known]
        if meaning := self._known["meaning"]:
            left = [n for n in np.flatnonzero(~known) if len(words[n]) > 1]
            found = [(segments[n], meaning[p]) for n in left for p in pieces(words[n], meaning)]
            extra = np.array(found, dtype=np.int64).reshape(-1, 2)
            yield extra[:, 0], extra[:, 1]

    def _listed(self, described: Sequence[Described]) -> _Found:
        """Look up the fields that are short lists: headings, parts, shape."""
        shape = self._known["shape"].get
        above: dict[tuple[str, ...], list[int]] = {}
        ids: list[int] = []
        sizes = []
        for segment in described:
            if segment.headings not in above:
                above[segment.headings] = self._above(segment)
            found = [*map(shape, segment.shape, repeat(_UNKNOWN)), *above[segment.headings]]
            ids += found
            sizes.append(len(found))
        features = np.array(ids, dtype=np.int64)
        known = features != _UNKNOWN
        return np.repeat(np.arange(len(sizes)), sizes)[known], features[known]

    def _above(self, segment: Described) -> list[int]:
        heading, part = self._known["heading"].get, self._known["part"].get
        return [
            *map(heading, segment.heading, repeat(_UNKNOWN)),
            *map(part, segment.part, repeat(_UNKNOWN)),
        ]

    def _chars(self, described: Sequence[Described]) -> Iterator[_Found]:
        """Look up characters and their pairs by binary search among the codes of the known ones."""
        joined = _SEPARATOR.join(segment.text for segment in described)
        encoded = joined.encode("utf-32-le", "surrogatepass")
        points = np.frombuffer(encoded, np.uint32).astype(np.int64)
        if not len(points) or not len(self._codes):
            return
        inside = points != ord(_SEPARATOR)
        segment = np.cumsum(~inside)
        yield self._coded(points, inside, segment)
        pairs = (points[:-1] << _BITS) | points[1:]
        yield self._coded(pairs, inside[:-1] & inside[1:], segment[:-1])

    def _coded(self, codes: Ints, inside: npt.NDArray[np.bool_], segment: Ints) -> _Found:
        place = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        known = (self._codes[place] == codes) & inside
        return segment[known], self._char_rows[place[known]]


def _code(gram: str) -> int:
    """One number for a character or a pair of them; no character has code 0 before a pair."""
    return (ord(gram[0]) << _BITS) | ord(gram[1]) if len(gram) == 2 else ord(gram)
