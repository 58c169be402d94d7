"""The classifier as a scikit-learn estimator, for pipelines, grid search and cross-validation."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from .annotation import LabelledParagraph, LabelledSegment
from .corpus import Corpus
from .errors import CorpusError
from .topics.features import normal
from .training import Recipe, fit

_AT_ONCE = 4096  # texts predicted together: bounds the memory, makes no difference


class TopicClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Linear classifier of Chinese texts over words, characters and word vectors.

    What ``nlp_reports.train`` makes of a corpus of single texts, with scikit-learn's interface. `X` is
    a sequence of str, so there is nothing to vectorise before; labels are of any kind that
    scikit-learn takes: one a text, or a matrix of 0 and 1 for several.

    Parameters
    ----------
    least : int, optional
        Texts a gram must occur in to become a feature, at least 1.
    strength : float, optional
        Inverse of the L2 regularisation, > 0.
    vectors : bool
        Whether words count by their meaning too.
    folds : int, optional
        Folds of the cross-validation that calibrates probabilities, at least 2.
    words : mapping of str to int or None, optional
        Words to keep whole, with their frequencies.
    seed : int
        At least 0; the same seed gives the same model.
    engine : {"rjieba", "jieba"}
    jobs : int
        Processes to train with, at least 1.

    Attributes
    ----------
    classes_ : array of shape (L,)
        The labels, sorted; for several a text, the numbers of the columns of `y`.
    model_ : TopicModel
        The model, which can explain itself (``nlp_reports.topics.explanation``).

    Notes
    -----
    None for a parameter means what `nlp_reports.training.Recipe` says.

    `joblib.dump` and `pickle` work as for any estimator. Like for any, loading such a file executes
    what is written in it: load none from a stranger. A folder written by ``nlp_reports.train`` is
    arrays and text and can be loaded from anyone.

    Examples
    --------
    >>> from nlp_reports import TopicClassifier
    >>> texts = ["依法答复申请三件。", "全年受理公开申请五件。", "未收取任何费用。", "没有收费项目。"]
    >>> classifier = TopicClassifier(vectors=False, folds=2).fit(texts, ["申请", "申请", "收费", "收费"])
    >>> classifier.predict(["全年答复申请九件。"])
    array(['申请'], dtype='<U2')
    """

    def __init__(
        self,
        *,
        least: int | None = None,
        strength: float | None = None,
        vectors: bool = True,
        folds: int | None = None,
        words: Mapping[str, int | None] | None = None,
        seed: int = 20261122,
        engine: str = "rjieba",
        jobs: int = 1,
    ) -> None:
        self.least = least
        self.strength = strength
        self.vectors = vectors
        self.folds = folds
        self.words = words
        self.seed = seed
        self.engine = engine
        self.jobs = jobs

    def fit(self, X: Iterable[str], y: Any) -> TopicClassifier:  # noqa: N803
        """Train on texts `X` and their labels `y`, of shape (n,) or, of 0 and 1, (n, L).

        Raises
        ------
        ValueError
            If a text is none, the numbers differ, or there is too little to train on: each label
            must occur in two different texts.
        """
        texts = _texts(X)
        given, classes, several = _given(y, len(texts))
        recipe = Recipe(
            least=self.least,
            strength=self.strength,
            vectors=self.vectors,
            folds=self.folds,
            seed=self.seed,
        )
        corpus = _corpus(texts, given, several=several)
        try:
            training = fit(corpus, recipe, words=self.words, engine=self.engine, jobs=self.jobs)
        except CorpusError as error:
            raise ValueError(str(error)) from None
        self.classes_, self.model_ = classes, training.model
        return self

    def predict_proba(self, X: Iterable[str]) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return an array of shape (n, L) of probabilities in [0, 1].

        With one label a text, rows add up to 1; with several, each column speaks for itself.
        """
        check_is_fitted(self)
        texts = _texts(X)
        parts = [
            self.model_.probabilities([((), (text,)) for text in texts[at : at + _AT_ONCE]])
            for at in range(0, len(texts), _AT_ONCE)
        ]
        found = np.zeros((len(texts), len(self.classes_)))
        if parts:
            columns = [int(label) for label in self.model_.labels]  # a column of zeros has no label
            found[:, columns] = np.vstack(parts)
        return found / found.sum(axis=1, keepdims=True) if self.model_.exclusive else found

    def predict(self, X: Iterable[str]) -> npt.NDArray[Any]:  # noqa: N803
        """Return labels of shape (n,), or a matrix of 0 and 1 of shape (n, L), as `fit` was given."""
        probabilities = self.predict_proba(X)
        if self.model_.exclusive:
            return np.asarray(self.classes_[probabilities.argmax(axis=1)])
        least = np.ones(len(self.classes_))
        least[[int(label) for label in self.model_.labels]] = self.model_.thresholds
        return (probabilities >= least).astype(np.int64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.classifier_tags.multi_label = True
        return tags


def _texts(X: Iterable[str]) -> list[str]:  # noqa: N803
    if isinstance(X, str | bytes):
        raise ValueError("X must be a sequence of texts, not one text")
    # A table or a mapping would give the names of its columns or its keys.
    if not isinstance(X, Iterable) or isinstance(X, Mapping) or getattr(X, "ndim", 1) != 1:
        raise ValueError(f"X must be a sequence of texts, of one dimension, not {reprlib.repr(X)}")
    texts = list(X)
    for n, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"X must hold str, but X[{n}] is a {type(text).__name__}")
    return texts


def _given(y: Any, count: int) -> tuple[list[tuple[str, ...]], npt.NDArray[Any], bool]:
    """The labels of each text as numbers of classes, the classes, and whether a text may have several."""
    if y is None:
        raise ValueError("TopicClassifier requires y to be passed, but the target y is None")
    try:
        with np.errstate(invalid="ignore"):  # what is no number is refused, not warned of
            kind = type_of_target(y, input_name="y", raise_unknown=True)
    except TypeError:
        raise ValueError("y holds labels that cannot be sorted, or none") from None
    labels = np.asarray(y.todense() if hasattr(y, "todense") else y)
    # In an array of str a NaN from a list would be a label like any.
    listed = isinstance(y, list | tuple)
    assert_all_finite(np.asarray(y, dtype=object) if listed else labels, input_name="y")
    if len(labels) != count:
        raise ValueError(f"{count} texts and {len(labels)} rows of labels differ in number")
    if kind == "multilabel-indicator":
        rows = [tuple(str(n) for n in np.flatnonzero(row)) for row in labels]
        return rows, np.arange(labels.shape[1]), True
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"Unknown label type: {kind}")
    classes, numbers = np.unique(column_or_1d(labels, warn=True), return_inverse=True)
    if len(classes) < 2:
        raise ValueError("a classifier can't learn from one class")
    return [(str(n),) for n in numbers], classes, False


def _corpus(texts: list[str], given: list[tuple[str, ...]], *, several: bool) -> Corpus:
    """Copies of a text make one document, so that none is tested on another."""
    names: dict[str, str] = {}
    order: dict[str, list[LabelledParagraph]] = {}
    for text, labels in zip(texts, given, strict=True):
        name = names.setdefault(normal(text), str(len(names)))
        paragraphs = order.setdefault(name, [])
        segment = LabelledSegment(text, labels)
        paragraphs.append(LabelledParagraph(name, len(paragraphs), (), (segment,)))
    numbers = sorted({int(label) for labels in given for label in labels})
    return Corpus(
        {name: {} for name in order},
        tuple(p for paragraphs in order.values() for p in paragraphs),
        titles={str(n): str(n) for n in numbers},
        exclusive=not several,
        alone=True,
    )
