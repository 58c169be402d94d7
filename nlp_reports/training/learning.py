"""Linear classifiers: fitted, cross-validated, calibrated. The only module that needs scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..topics.encoder import Floats, Ints
from ..topics.model import sigmoid

Truth = npt.NDArray[np.bool_]  # (segments, L)
# Called with the fits done and all there will be.
Progress = Callable[[int, int], None]
# Makes rows what they would be without the columns that no document learnt has.
Blind = Callable[[Any, npt.NDArray[np.bool_]], Any]

_NEVER = -10.0  # score of a label that no example of a fold has: no doubt, but finite


class Learner:
    """One linear support vector machine a label, on however many processes.

    Parameters
    ----------
    strength : float
        Inverse of the L2 regularisation.
    balanced : bool
        Whether the examples with a label and those without weigh the same in all.
    seed : int
    jobs : int
        Processes, at least 1; they do not change the result.
    tick : callable
        Called after each fit of all labels.
    """

    def __init__(
        self, *, strength: float, balanced: bool, seed: int, jobs: int, tick: Callable[[], None]
    ) -> None:
        self._options = {
            "C": strength,
            "class_weight": "balanced" if balanced else None,
            "random_state": seed,
            "dual": True,
            "tol": 1e-2,  # 1e-3 takes longer and scores the same
        }
        self._jobs = jobs
        self._tick = tick

    def fit(self, matrix: Any, truth: Truth) -> tuple[Floats, Floats]:
        """Return weights (F, L) and biases (L,)."""
        from joblib import Parallel, delayed

        # Each process is sent the matrix once. Without memory maps: scikit-learn sorts the indices
        # of a sparse matrix in place.
        shares = np.array_split(truth, min(self._jobs, truth.shape[1]), axis=1)
        pool = Parallel(n_jobs=self._jobs, max_nbytes=None)
        fitted = pool(delayed(_fit_all)(matrix, share, self._options) for share in shares)
        weights, biases = zip(*(one for share in fitted for one in share), strict=True)
        self._tick()
        return np.array(weights, dtype=np.float32).T, np.array(biases, dtype=np.float32)

    def unseen(self, matrix: Any, truth: Truth, folds: Ints, blind: Blind) -> Floats:
        """Return for each segment the scores of classifiers that have not seen its document."""
        scores = np.zeros(truth.shape, dtype=np.float32)
        for fold in range(folds.max() + 1):
            inside, outside = folds == fold, folds != fold
            learnt = matrix[outside]
            weights, biases = self.fit(learnt, truth[outside])
            scores[inside] = blind(matrix[inside], learnt.getnnz(axis=0) > 0) @ weights + biases
        return scores


def _fit_all(matrix: Any, truth: Truth, options: dict[str, Any]) -> list[tuple[Floats, float]]:
    return [_fit_one(matrix, column, options) for column in truth.T]


def _fit_one(matrix: Any, truth: Truth, options: dict[str, Any]) -> tuple[Floats, float]:
    from sklearn.svm import LinearSVC

    if truth.all() or not truth.any():  # a fold may lack a rare label
        return np.zeros(matrix.shape[1], dtype=np.float32), -_NEVER if truth.all() else _NEVER
    machine = LinearSVC(**options).fit(matrix, truth)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def deal(documents: Sequence[str], truth: Truth, folds: int, seed: int) -> Ints:
    """Return the fold of each segment: whole documents, dealt so that each fold has of each label.

    Documents are dealt by their rarest label, the rarest first, each to the fold that has fewest
    of that label and, among these, fewest segments. To have no label at all counts as a label.
    """
    names, place = np.unique(documents, return_inverse=True)
    labels = np.zeros((len(names), truth.shape[1] + 1), dtype=np.int64)
    np.add.at(labels[:, :-1], place, truth)
    sizes = np.bincount(place)
    labels[:, -1] = np.where(labels.any(axis=1), 0, sizes)
    spread = (labels > 0).sum(axis=0)
    rarity = np.where(labels > 0, spread, len(names) + 1).min(axis=1, initial=len(names) + 1)
    rarest = np.where(labels > 0, spread, len(names) + 1).argmin(axis=1)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    held = np.zeros((folds, labels.shape[1]), dtype=np.int64)
    full = np.zeros(folds, dtype=np.int64)
    fold = np.zeros(len(names), dtype=np.int64)
    for document in shuffled[np.argsort(rarity[shuffled], kind="stable")]:
        chosen = np.lexsort((full, held[:, rarest[document]]))[0]
        fold[document] = chosen
        held[chosen] += labels[document]
        full[chosen] += sizes[document]
    return fold[place]


def calibrate(scores: Floats, truth: Truth) -> tuple[Floats, Floats]:
    """Fit one logistic curve a label to scores of unseen segments; return slopes and offsets.

    Platt, Probabilistic outputs for support vector machines, 1999.
    """
    from sklearn.linear_model import LogisticRegression

    curves = []
    for column, known in zip(scores.T, truth.T, strict=True):
        if known.all() or not known.any():
            curves.append((1.0, 0.0))
            continue
        curve = LogisticRegression(C=1e3).fit(column[:, None], known)
        curves.append((curve.coef_[0, 0], curve.intercept_[0]))
    slope, offset = np.array(curves, dtype=np.float32).T
    return slope, offset


def combine(scores: Floats, truth: Truth) -> tuple[Floats, Floats]:
    """Fit one logistic regression of the label on all scores of unseen segments with one label each.

    Returns the matrix of shape (L, L) that turns scores into logits, and their offsets.
    """
    from sklearn.linear_model import LogisticRegression

    labels = truth.shape[1]
    fitted = LogisticRegression(max_iter=1000).fit(scores, truth.argmax(axis=1))
    matrix, offset = fitted.coef_.T, fitted.intercept_
    if labels == 2:  # scikit-learn gives one column for two
        matrix, offset = matrix * [-0.5, 0.5], offset * [-0.5, 0.5]
    return matrix.astype(np.float32), offset.astype(np.float32)


def choose_thresholds(probabilities: Floats, truth: Truth) -> Floats:
    """Return for each label the threshold with the highest F1 on unseen segments.

    Candidates are steps of 0.02 in [0.2, 0.8]; F1 is smoothed over three steps, so that a lucky
    single step does not win.
    """
    steps = np.arange(0.20, 0.81, 0.02)
    f1 = np.array([_f1(probabilities >= step, truth) for step in steps])
    padded = np.pad(f1, ((1, 1), (0, 0)), mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    best: Floats = np.round(steps[smooth.argmax(axis=0)], 2).astype(np.float32)
    return best


def _f1(given: Truth, truth: Truth) -> npt.NDArray[np.float64]:
    hits = (given & truth).sum(axis=0)
    return np.asarray(2 * hits / np.maximum(given.sum(axis=0) + truth.sum(axis=0), 1))


def opinions(scores: Floats, curve: tuple[Floats, Floats]) -> Floats:
    """Return the probabilities that calibrated scores stand for."""
    slope, offset = curve
    return sigmoid(scores * slope + offset)


def spread_of(labels: Sequence[Sequence[str]], documents: Sequence[str]) -> Counter[str]:
    """Count the documents in which each label occurs."""
    seen = {(label, d) for given, d in zip(labels, documents, strict=True) for label in given}
    return Counter(label for label, _ in seen)
