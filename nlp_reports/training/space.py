"""The feature space of a corpus: which grams are features, and how word vectors stand in for words.

The classifier learns on grams and on the mean of a segment's word vectors. As both are linear, what
it learnt about vectors is turned into a weight for each word they know: a trained model needs none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..topics.encoder import Encoder, Floats
from ..topics.features import FIELDS, Described
from ..topics.vectors import Vectors

HALF = re.compile("[\0\ud800-\udfff]")  # half a character: no file can keep it


class Space:
    """Turns described segments into rows to learn from, and what was learnt into weights.

    Parameters
    ----------
    described : sequence of Described
        The segments of the corpus.
    least : int
        Segments a gram must occur in to become a feature.
    vectors : Vectors or None
        Word vectors to use.
    """

    def __init__(self, described: Sequence[Described], least: int, vectors: Vectors | None) -> None:
        self._vectors = vectors
        self.vocabulary, self.idf = _vocabulary(described, least)
        self._grams = len(self.idf)
        if vectors:
            known = {word: self._grams + n for n, word in enumerate(vectors.words)}
            self.vocabulary = (*self.vocabulary[:-1], known)
            self.idf = np.concatenate([self.idf, vectors.importance])
        self.encoder = Encoder(self.vocabulary, self.idf)

    def rows(self, described: Sequence[Described]) -> Any:
        """Return a sparse matrix of shape (segments, grams and dimensions of the vectors)."""
        from scipy import sparse

        rows, ids, values = self.encoder(described)
        shape = (len(described), len(self.idf))
        matrix = sparse.csr_matrix((values, (rows, ids)), shape, dtype=np.float64)
        if not self._vectors:
            return matrix
        means = matrix[:, self._grams :] @ self._vectors.matrix.astype(np.float64)
        return beside(matrix[:, : self._grams], means)

    def blind(self, rows: Any, seen: Any) -> Any:
        """Return rows as they would be, had the grams outside of `seen` never been met.

        In cross-validation the grams of a document that is tested are features only if a document
        that is learnt has them too: a text is never longer by words that nobody knew.

        Parameters
        ----------
        rows : sparse matrix
            As from `rows`, possibly with further columns, which stay as they are.
        seen : array of bool
            Which columns documents that are learnt have.
        """
        rows = rows.copy()
        grams = rows.indices < self._grams
        rows.data[grams & ~seen[rows.indices]] = 0
        fields, weights = self.encoder.fields[: self._grams], self.encoder.field_weights
        places = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))[grams]
        columns = fields[rows.indices[grams]]
        groups = places * len(weights) + columns
        norms = np.sqrt(np.bincount(groups, weights=rows.data[grams] ** 2))[groups]
        rows.data[grams] *= weights[columns] / np.where(norms > 0, norms, 1)
        return rows

    def weights(self, learnt: Floats) -> Floats:
        """Turn weights of the columns of `rows` into weights of features, shape (F, L)."""
        grams, dimensions = learnt[: self._grams], learnt[self._grams :]
        if not self._vectors:
            return grams
        return np.vstack([grams, self._vectors.matrix @ dimensions]).astype(np.float32)


def beside(matrix: Any, dense: Any) -> Any:
    """Put dense columns to the right of a sparse matrix."""
    from scipy import sparse

    return sparse.hstack([matrix, sparse.csr_matrix(dense, dtype=np.float64)], format="csr")


def _vocabulary(
    described: Sequence[Described], least: int
) -> tuple[tuple[dict[str, int], ...], Floats]:
    """Return the rows of the frequent grams, field by field, and their idf.

    What stands in every segment tells none from another, and is no feature; nor is what holds half
    a character.
    """
    frequency: list[Counter[str]] = [Counter() for _ in FIELDS]
    for segment in described:
        for counter, grams in zip(frequency, segment.grams(), strict=False):
            counter.update(grams)
    vocabulary, idf, row = [], [], 0
    for counter in frequency:
        common = (g for g, count in counter.items() if least <= count < len(described))
        kept = sorted(gram for gram in common if not HALF.search(gram))
        vocabulary.append({gram: row + n for n, gram in enumerate(kept)})
        idf += [np.log((1 + len(described)) / (1 + counter[gram])) + 1 for gram in kept]
        row += len(kept)
    return tuple(vocabulary), np.array(idf, dtype=np.float32)
