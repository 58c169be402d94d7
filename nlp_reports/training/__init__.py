"""A corpus, a recipe and a seed to a topic model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from .. import corpus as corpora
from ..annotation import LabelledParagraph
from ..corpus import Corpus
from ..errors import CorpusError, SettingsError
from ..evaluation import evaluate, judge
from ..settings import ENGINES
from ..tokens import Tokenizer, domain_words
from ..topics import store
from ..topics.encoder import Floats, Ints
from ..topics.features import describe
from ..topics.model import TopicModel, Weights, around
from ..topics.vectors import shipped_vectors
from . import card
from .learning import (
    Learner,
    Progress,
    Truth,
    calibrate,
    choose_thresholds,
    combine,
    deal,
    opinions,
    spread_of,
)
from .recipe import DEFAULT, Recipe, Settled, Training
from .space import HALF, Space, beside

__all__ = ["Progress", "Recipe", "Training", "fit", "train"]

_BARE = "\0bare"  # marks the name of a copy without headings
_FEW = 10  # segments with a label, below which its scores say little
_FREQUENCIES = 1 << 31  # what a model may hold, and the engines can count


def fit(
    corpus: Corpus,
    recipe: Recipe = DEFAULT,
    *,
    words: Mapping[str, int | None] | None = None,
    engine: str = "rjieba",
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
) -> Training:
    """Train on all documents of a corpus.

    The first pass is fitted on the features of each segment; cross-validated by document, it also
    says what it would think of unseen segments. The second pass is fitted on the features and those
    opinions of the segment and what is around it. Its own cross-validated scores give the
    calibration and, where a segment may have several labels, the thresholds (highest F1). In a
    corpus with headings, each document is learnt with them and once more without, so that a file
    that has lost its headings is still understood. In a corpus of single texts there is nothing
    around them, and one pass is enough.

    Parameters
    ----------
    corpus : Corpus
    recipe : Recipe
    words : mapping of str to int or None, optional
        Words of the user's own that the tokenizer keeps whole, with their frequencies, each in
        [1, 2 ** 31) (None lets it choose), beside the package's.
    engine : {"rjieba", "jieba"}
    jobs : int
        Processes to train with, at least 1; the result is the same.
    progress : callable, optional
        Called after each fit with the fits done and all there will be.

    Raises
    ------
    CorpusError
        If there are fewer than two documents or labels, a label in one document only, or nothing in
        the texts to tell them apart by.
    SettingsError
        If `words`, `engine` or `jobs` is outside its range.
    """
    own = tuple((words or {}).items())
    _check(own, engine, jobs)
    settled = recipe.settled(alone=corpus.alone)
    lesson = _Lesson(corpus, settled, Tokenizer(engine, (*domain_words(), *own)))
    fits = (int(lesson.folds.max()) + 2) * (1 + lesson.context)
    done = iter(range(1, fits + 1))
    learner = Learner(
        strength=settled.strength,
        balanced=not corpus.exclusive,
        seed=settled.seed,
        jobs=jobs,
        tick=lambda: progress(next(done), fits),
    )
    model, probabilities = lesson.learn(learner)
    validation = judge(model, corpus, probabilities)
    return Training(model, validation, settled, _imbalances(corpus))


class _Lesson:
    """One corpus made ready to learn from."""

    def __init__(self, corpus: Corpus, recipe: Settled, tokenizer: Tokenizer) -> None:
        self.labels = _labels(corpus)
        self.exclusive = corpus.exclusive
        self.tokenizer = tokenizer
        self.context = not corpus.alone
        paragraphs = list(corpus.paragraphs)
        if any(p.headings for p in paragraphs):
            paragraphs += _bare_copies(paragraphs)
        segments = [(p.document, s) for p in paragraphs for s in p.segments]
        self.documents = [document for document, _ in segments]
        self.truth: Truth = np.array([[x in s.topics for x in self.labels] for _, s in segments])
        described = describe(
            ((p.headings, [s.text for s in p.segments]) for p in paragraphs), tokenizer
        )
        vectors = shipped_vectors() if recipe.vectors else None
        self.space = Space(described, recipe.least, vectors)
        self.rows = self.space.rows(described)
        if not self.rows.shape[1]:
            raise CorpusError("no word occurs often enough to tell texts apart by")
        # What the model is judged by: the segments as they stand in the corpus.
        self.whole = np.arange(len(segments)) < corpus.segments
        names = [name.removesuffix(_BARE) for name in self.documents]
        folds = min(recipe.folds, len(corpus.documents))
        self.folds: Ints = deal(names, self.truth, folds, recipe.seed)

    def learn(self, learner: Learner) -> tuple[TopicModel, Floats]:
        """Return the model, and the probabilities it would give segments it has not seen."""
        first, first_bias, _, rows = self._first_pass(learner)
        scores = learner.unseen(rows, self.truth, self.folds, self.space.blind)[self.whole]
        truth = self.truth[self.whole]
        learnt, bias = learner.fit(rows, self.truth)
        if self.exclusive:
            mix, offset = combine(scores, truth)
            scores, learnt, bias = scores @ mix, learnt @ mix, bias @ mix
            slope = np.ones_like(offset)
        else:
            slope, offset = calibrate(scores, truth)
        columns = self.rows.shape[1]
        weights = Weights(
            self.space.idf, first, first_bias, self.space.weights(learnt[:columns]), bias,
            learnt[columns:], slope, offset,
        )  # fmt: skip
        model = TopicModel(
            self.labels, self.space.vocabulary, weights, np.zeros(len(self.labels), np.float32),
            self.tokenizer, self.exclusive,
        )  # fmt: skip
        probabilities = model.activate(scores * slope + offset)
        if self.exclusive:
            return model, probabilities
        return replace(model, thresholds=choose_thresholds(probabilities, truth)), probabilities

    def _first_pass(self, learner: Learner) -> tuple[Floats, Floats, Floats, Any]:
        """Return its weights, what the second pass sees of it, and the rows that that learns from."""
        if not self.context:
            width = len(self.space.idf)
            empty = np.zeros((0, len(self.labels)), dtype=np.float32)
            return np.zeros((width, 0), np.float32), np.zeros(0, np.float32), empty, self.rows
        scores = learner.unseen(self.rows, self.truth, self.folds, self.space.blind)
        curve = calibrate(scores[self.whole], self.truth[self.whole])
        ends = [n for n, (a, b) in enumerate(pairwise(self.documents), 1) if a != b]
        seen = np.vstack([around(part) for part in np.split(opinions(scores, curve), ends)])
        learnt, bias = learner.fit(self.rows, self.truth)
        slope, offset = curve
        first = self.space.weights(learnt) * slope
        return first, bias * slope + offset, seen, beside(self.rows, seen)


def _bare_copies(paragraphs: Sequence[LabelledParagraph]) -> list[LabelledParagraph]:
    """Every document a second time without its headings, which many real files have lost."""
    return [replace(p, document=p.document + _BARE, headings=()) for p in paragraphs]


def _check(words: Sequence[tuple[str, int | None]], engine: str, jobs: int) -> None:
    """Refuse what could not be stored with the model, or not be used."""
    for word, frequency in words:
        if not isinstance(word, str) or not word.strip() or HALF.search(word):
            raise SettingsError(f"words must hold words, not {word!r}")
        whole = isinstance(frequency, int) and not isinstance(frequency, bool)
        if frequency is not None and not (whole and 0 < frequency < _FREQUENCIES):
            raise SettingsError(f"the frequency of {word!r} must be a whole number of at least 1")
    if engine not in ENGINES:
        raise SettingsError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    if jobs < 1:
        raise SettingsError(f"jobs must be at least 1, not {jobs}")


def _labels(corpus: Corpus) -> tuple[str, ...]:
    labels = corpus.labels
    if len(corpus.documents) < 2:
        raise CorpusError("one document is too little to train on: there is nothing to test with")
    if not labels or (corpus.exclusive and len(labels) < 2):
        raise CorpusError("there is nothing to tell apart: the corpus has one label or none")
    segments = [(p.document, s.topics) for p in corpus.paragraphs for s in p.segments]
    spread = spread_of([topics for _, topics in segments], [name for name, _ in segments])
    lonely = [label for label in labels if spread[label] < 2]
    if lonely:
        raise CorpusError(
            f"each label must occur in two documents or texts; in one only: {', '.join(lonely)}"
        )
    return labels


def _imbalances(corpus: Corpus) -> tuple[str, ...]:
    counts = corpus.counts()
    rare = [f"{label} ({counts[label]})" for label in corpus.labels if counts[label] < _FEW]
    found = []
    if rare:
        found.append(f"labels with fewer than {_FEW} examples, too few to judge: {', '.join(rare)}")
    most, least = max(counts.values()), min(counts.values())
    if corpus.exclusive and most > _FEW * least:
        found.append(
            f"the most frequent label has {most // least} times the examples of the rarest"
        )
    everywhere = [label for label in corpus.labels if counts[label] == corpus.segments]
    if everywhere:
        found.append(f"labels that every example has: {', '.join(everywhere)}")
    return tuple(found)


def train(
    corpus: Corpus | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    recipe: Recipe = DEFAULT,
    words: Mapping[str, int | None] | None = None,
    engine: str = "rjieba",
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
) -> TopicModel:
    """Train a model and save it as folder `out`, replacing an older model there.

    A corpus with splits is trained on all but ``test`` and tested on it; one without is trained on
    whole, and scored by cross-validation alone. The folder appears whole or not at all.

    Parameters
    ----------
    corpus : Corpus or path
        A corpus, or what `nlp_reports.corpus.read` reads: a corpus folder, or a file of texts and
        labels as JSON Lines, CSV or TSV.
    out : path
    recipe, words, engine, jobs, progress
        See `fit`.

    Raises
    ------
    CorpusError
        If the corpus breaks its format, or is too small: see `fit`.
    ModelError
        If `out` is there and no model.
    SettingsError
        If `words`, `engine` or `jobs` is outside its range.
    """
    store.check_replaceable(out)
    if not isinstance(corpus, Corpus):
        corpus = corpora.read(corpus)
    held = corpus.part("test") if "test" in corpus.splits else None
    learn = corpus.part(*(s for s in corpus.splits if s != "test")) if corpus.splits else corpus
    training = fit(learn, recipe, words=words, engine=engine, jobs=jobs, progress=progress)
    test = evaluate(training.model, held) if held and held.segments else None
    about = card.describe(corpus, learn, training, test)
    store.save(training.model, out, card=about, text=card.text(about, training, test))
    return store.load(out, engine=engine)
