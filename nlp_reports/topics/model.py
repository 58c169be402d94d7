"""The topic model at work: arrays in, probabilities out. Nothing but numpy is needed.

Two linear passes. The first scores every segment by its own features; the second sees the same
features and what the first pass thought of the segment, its two neighbours and all before it, so
that the mood of a list (problems, measures) carries over its items. A model of single texts has
nothing around them to see: its first pass has no columns.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..tokens import Tokenizer
from . import features
from .encoder import Encoder, Floats, Ints, Sparse

AROUND = 4  # views of the first pass that the second has: see `around`
FADING = 0.6  # what a segment keeps of the mood before it; 0.5 to 0.7 make no difference


@dataclass(frozen=True)
class Weights:
    """The numbers of a model: F features, L labels, C columns of the first pass: L, or 0 without it.

    Attributes
    ----------
    idf : array of shape (F,)
        Inverse document frequency of each feature.
    first, first_bias : arrays of shape (F, C) and (C,)
        The first pass.
    second, second_bias : arrays of shape (F, L) and (L,)
        The second pass.
    around : array of shape (4 C, L)
        Weights of the second pass for what `around` gives.
    slope, offset : arrays of shape (L,)
        Turn second-pass scores into calibrated log-odds; where one label excludes the others, into
        logits.
    """

    idf: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    around: Floats
    slope: Floats
    offset: Floats


@dataclass(frozen=True)
class TopicModel:
    """A trained classifier of segments.

    Parameters
    ----------
    labels : tuple of str
        The L topics, in the order of the columns.
    vocabulary : tuple of dict
        For each field of `features.FIELDS`, the row of each gram.
    weights : Weights
    thresholds : array of shape (L,)
        Least probability at which a topic is given, each in [0, 1].
    tokenizer : Tokenizer
    exclusive : bool
        Whether a segment has exactly one label, so that probabilities add up to one.
    card : mapping
        What ``model.json`` says.
    path : str or None
        The folder it was loaded from; with it a model travels to other processes as a name.
    """

    labels: tuple[str, ...]
    vocabulary: tuple[dict[str, int], ...]
    weights: Weights
    thresholds: Floats
    tokenizer: Tokenizer
    exclusive: bool = False
    card: Mapping[str, Any] = field(default_factory=dict, repr=False)
    path: str | None = None

    def predict(
        self, paragraphs: Sequence[features.Paragraph], *, threshold: float | None = None
    ) -> list[dict[str, float]]:
        """Return the topics of every segment of one document, in reading order.

        Parameters
        ----------
        paragraphs : sequence of (headings, segment texts)
        threshold : float, optional
            Least probability in [0, 1]; by default each topic's own.

        Returns
        -------
        list of dict
            Topic to probability for each segment; empty where no topic is likely enough. A model
            whose labels exclude each other gives the likeliest only.
        """
        return self.decide(self.probabilities(paragraphs), threshold=threshold)

    def decide(
        self, probabilities: Floats, *, threshold: float | None = None
    ) -> list[dict[str, float]]:
        """Return the topics that `predict` gives for such probabilities."""
        least = self.thresholds if threshold is None else np.full(len(self.labels), threshold)
        enough = probabilities >= least
        if self.exclusive:
            enough &= np.arange(len(self.labels)) == probabilities.argmax(axis=1)[:, None]
        given: list[dict[str, float]] = [{} for _ in range(len(probabilities))]
        for row, column in np.argwhere(enough):
            given[row][self.labels[column]] = float(probabilities[row, column])
        return given

    def probabilities(self, paragraphs: Sequence[features.Paragraph]) -> Floats:
        """Return an array of shape (segments, L) of probabilities in [0, 1]."""
        described = features.describe(paragraphs, self.tokenizer)
        return self.activate(self.scores(self.encoder(described), len(described))[0])

    def scores(self, rows: Sparse, count: int) -> tuple[Floats, Floats]:
        """Return the second pass' logits of `count` encoded segments, and what it saw around them.

        Shapes (segments, L) and (segments, 4 C).
        """
        w = self.weights
        both = spread(*rows, self._both, count)
        first, second = np.split(both, [w.first.shape[1]], axis=1)
        seen = around(sigmoid(first + w.first_bias))
        return (second + w.second_bias + seen @ w.around) * w.slope + w.offset, seen

    def activate(self, logits: Floats) -> Floats:
        """Turn logits into probabilities."""
        return softmax(logits) if self.exclusive else sigmoid(logits)

    @cached_property
    def encoder(self) -> Encoder:
        """Turns described segments into the features of this model."""
        return Encoder(self.vocabulary, self.weights.idf)

    @cached_property
    def _both(self) -> Floats:
        """The weights of the two passes side by side, so that features are gathered once."""
        return np.hstack([self.weights.first, self.weights.second])

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if self.path is None:
            return TopicModel, tuple(getattr(self, item.name) for item in fields(self))
        from .store import load_once

        return load_once, (os.fspath(self.path), self.tokenizer.engine)


def spread(
    rows: Ints,
    ids: Ints,
    values: Floats,
    weights: Floats,
    count: int,
) -> Floats:
    """Multiply the sparse features of `count` segments with a dense (F, L) matrix."""
    total = np.zeros((count, weights.shape[1]), dtype=np.float32)
    if not len(rows):
        return total
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    total[rows[starts]] = np.add.reduceat(weights[ids] * values[:, None], starts, axis=0)
    return total


def around(probabilities: Floats) -> Floats:
    """Return what the second pass sees of the first, an array of shape (segments, 4 L).

    For each segment: its own probabilities, those of the one before and of the one after, and a
    fading mean of all before. Past the ends of the document there are zeros.
    """
    count, labels = probabilities.shape
    padded = np.zeros((count + 2, labels), dtype=np.float32)
    padded[1:-1] = probabilities
    fading = np.zeros_like(probabilities)
    for n in range(1, count):
        fading[n] = FADING * fading[n - 1] + (1 - FADING) * probabilities[n - 1]
    return np.hstack([probabilities, padded[:-2], padded[2:], fading])


def softmax(logits: npt.NDArray[Any]) -> Floats:
    """Return the softmax of each row of logits."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def sigmoid(scores: npt.NDArray[Any]) -> Floats:
    """Return the logistic function of scores, safe for any size."""
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)
