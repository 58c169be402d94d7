"""Grams to sparse rows: looks up what `features` describes, for whole documents at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np
import numpy.typing as npt

from .features import FIELDS, WEIGHTS, Described

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Sparse = tuple[Ints, Ints, Floats]

_UNKNOWN = -1
_BITS = 21  # of a code point
_SEPARATOR = "\n"  # stands in no normal text


class Encoder:
    """Turns described segments into their features.

    Parameters
    ----------
    vocabulary : sequence of dict
        For each field of `FIELDS`, the row of each gram; F rows in all.
    idf : array of shape (F,)
        Inverse document frequency of each feature.
    """

    def __init__(self, vocabulary: Sequence[Mapping[str, int]], idf: Floats) -> None:
        self._known = dict(zip(FIELDS, vocabulary, strict=True))
        self._idf = idf
        self._field = np.repeat(np.arange(len(FIELDS)), [len(known) for known in vocabulary])
        self._weight = np.array([WEIGHTS[name] for name in FIELDS])
        pairs = self._known["char"]
        codes = np.array([_code(pair) for pair in pairs], dtype=np.int64)
        order = np.argsort(codes)
        self._codes = codes[order]
        self._pair_rows = np.array(list(pairs.values()), dtype=np.int64)[order]

    def __call__(self, described: Sequence[Described]) -> Sparse:
        """Return the features of the segments as three equal arrays: segment, feature, value.

        Each feature stands once a segment, segments and features in rising order; a field's values
        have the length of its weight.
        """
        rows = max(len(self._idf), 1)
        parts = (self._listed(described), self._pairs(described))
        keys = np.unique(np.concatenate([segment * rows + feature for segment, feature in parts]))
        segments, ids = keys // rows, keys % rows
        field = self._field[ids]
        groups = segments * len(FIELDS) + field
        values = self._idf[ids]
        norms = np.sqrt(np.bincount(groups, weights=values**2))
        return segments, ids, (values / norms[groups] * self._weight[field]).astype(np.float32)

    def _listed(self, described: Sequence[Described]) -> tuple[Ints, Ints]:
        """Look up the fields whose grams are listed: words, headings, parts, shape."""
        word, shape = self._known["word"].get, self._known["shape"].get
        above: dict[tuple[str, ...], list[int]] = {}
        ids: list[int] = []
        sizes = []
        for segment in described:
            if segment.headings not in above:
                above[segment.headings] = self._above(segment)
            found = [
                *map(word, segment.words, repeat(_UNKNOWN)),
                *map(shape, segment.shape, repeat(_UNKNOWN)),
                *above[segment.headings],
            ]
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

    def _pairs(self, described: Sequence[Described]) -> tuple[Ints, Ints]:
        """Look up all pairs of characters by binary search among the codes of the known ones."""
        joined = _SEPARATOR.join(segment.text for segment in described)
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        if len(points) < 2 or not len(self._codes):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        breaks = points == ord(_SEPARATOR)
        segment = np.cumsum(breaks)[:-1]
        codes = (points[:-1].astype(np.int64) << _BITS) | points[1:]
        place = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        known = (self._codes[place] == codes) & ~breaks[:-1] & ~breaks[1:]
        return segment[known], self._pair_rows[place[known]]


def _code(pair: str) -> int:
    return (ord(pair[0]) << _BITS) | ord(pair[1])
