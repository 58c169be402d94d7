"""Word vectors: words of like meaning lie close, so that a word never seen counts by those that were.

They were distilled from a sentence encoder by ``scripts/distil`` and are used in training only: a
trained model holds a weight for each word instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import ModelDamaged
from .encoder import Floats
from .store import shipped


@dataclass(frozen=True)
class Vectors:
    """Vectors of V words in D dimensions.

    Attributes
    ----------
    words : tuple of str
    matrix : array of shape (V, D)
    importance : array of shape (V,)
        How much a word counts in the mean of a segment, > 0: less, the more frequent it is.
    """

    words: tuple[str, ...]
    matrix: Floats
    importance: Floats


@cache
def shipped_vectors() -> Vectors:
    """Return the vectors that the package carries, read once.

    Raises
    ------
    ModelDamaged
        If they cannot be read.
    """
    folder = shipped().parent / "vectors"
    try:
        words = tuple((folder / "words.txt").read_text("utf-8").split("\n"))
        with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
            matrix = arrays["matrix"].astype(np.float32) * arrays["scale"].astype(np.float32)
            importance = arrays["importance"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ModelDamaged(f"the word vectors cannot be read: {error}", str(folder)) from None
    if not len(words) == len(matrix) == len(importance):
        raise ModelDamaged("the word vectors and their words differ in number", str(folder))
    return Vectors(words, matrix, importance)
