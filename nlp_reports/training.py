"""A corpus, a recipe and a seed to a topic model. The only module that needs scikit-learn."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from typing import Any

import numpy as np
import numpy.typing as npt

from . import corpus as corpora
from . import lexicon, scoring
from .annotation import LabelledParagraph
from .corpus import Corpus
from .errors import CorpusError
from .evaluation import evaluate
from .tokens import Tokenizer
from .topics import features, store
from .topics.encoder import Encoder, Floats
from .topics.model import TopicModel, Weights, around, sigmoid

_BARE = "\0bare"  # marks the name of a copy without headings
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "jieba", "rjieba")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Parameters
    ----------
    least : int
        Documents' segments a gram must occur in to become a feature. Three leaves out two thirds of
        the grams at no loss of F1 (docs/benchmarks.md).
    strength : float
        Inverse of the L2 regularisation of the logistic regressions, > 0.
    folds : int
        Folds of the cross-validation, by document, at least 2.
    seed : int
        Decides which documents share a fold.
    """

    least: int = 3
    strength: float = 20.0
    folds: int = 5
    seed: int = 20261122


@dataclass(frozen=True, slots=True)
class Training:
    """A trained model, and how its cross-validation on the training documents scored."""

    model: TopicModel
    validation: scoring.Scores
    recipe: Recipe


def fit(
    corpus: Corpus, recipe: Recipe = Recipe(), *, engine: str = "rjieba", jobs: int = 1
) -> Training:
    """Train on all documents of a corpus.

    Each document is learnt with its headings and once more without them, so that a file that has
    lost its headings is still understood. The first pass is fitted on the features; cross-validated
    by document, it also says what it would think of unseen segments. The second pass is fitted on
    the features and those opinions of the segment and what is around it. Its own cross-validated
    scores give the calibration (one logistic curve a topic) and the thresholds (highest F1).

    Raises
    ------
    CorpusError
        If there are fewer documents than folds, or a topic in fewer than two of them.
    """
    labels = _labels(corpus, recipe)
    tokenizer = Tokenizer(engine)
    paragraphs = _with_bare_copies(corpus.paragraphs)
    described = features.describe(
        ((p.headings, [s.text for s in p.segments]) for p in paragraphs), tokenizer
    )
    vocabulary, idf = _vocabulary(described, recipe.least)
    matrix = _matrix(described, Encoder(vocabulary, idf), len(idf))
    segments = [(p.document, s) for p in paragraphs for s in p.segments]
    truth = np.array([[label in s.topics for label in labels] for _, s in segments])
    names = [name for name, _ in segments]
    folds = _folds(names, recipe)
    fitter = _Fitter(recipe, jobs)

    opinions = sigmoid(fitter.unseen(matrix, truth, folds))
    both = _beside(matrix, _around_by_document(opinions, names))
    whole = np.array([not name.endswith(_BARE) for name in names])  # with headings
    scores, known = fitter.unseen(both, truth, folds)[whole], truth[whole]
    slope, offset = _calibrate(scores, known)
    probabilities = sigmoid(scores * slope + offset)
    thresholds = _thresholds(probabilities, known)

    first, first_bias = fitter.fit(matrix, truth)
    second, second_bias = fitter.fit(both, truth)
    rows = matrix.shape[1]
    weights = Weights(
        idf, first, first_bias, second[:rows], second_bias, second[rows:], slope, offset
    )
    model = TopicModel(labels, vocabulary, weights, thresholds, tokenizer)
    validation = scoring.score(
        _sets(known, labels), _sets(probabilities >= thresholds, labels), labels
    )
    return Training(model, validation, recipe)


def _with_bare_copies(
    paragraphs: Sequence[LabelledParagraph],
) -> list[LabelledParagraph]:
    """Every document a second time without its headings, which many real files have lost."""
    bare = [replace(p, document=p.document + _BARE, headings=()) for p in paragraphs]
    return [*paragraphs, *bare]


def _sets(given: npt.NDArray[np.bool_], labels: Sequence[str]) -> list[list[str]]:
    return [[label for label, yes in zip(labels, row, strict=True) if yes] for row in given]


def train(
    corpus: Corpus | str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    recipe: Recipe = Recipe(),
    jobs: int = 1,
) -> TopicModel:
    """Train a model and save it as folder `out`, replacing an older model there.

    A corpus with splits is trained on ``train`` and ``dev`` and tested on ``test``; one without is
    trained on whole.

    Parameters
    ----------
    corpus : Corpus or path of a corpus folder
    out : path
    recipe : Recipe
    jobs : int
        Processes to train with, at least 1; the result is the same.

    Raises
    ------
    CorpusError
        If the corpus breaks its format, or is too small.
    """
    if not isinstance(corpus, Corpus):
        corpus = corpora.read(corpus)
    learn = corpus.part("train", "dev") if corpus.splits else corpus
    training = fit(learn, recipe, jobs=jobs)
    test = evaluate(training.model, corpus.part("test")) if corpus.splits else None
    card = _card(corpus, learn, training, test)
    store.save(training.model, out, card=card, text=_card_text(card, training, test))
    return store.load(out)


def _labels(corpus: Corpus, recipe: Recipe) -> tuple[str, ...]:
    if len(corpus.documents) < recipe.folds:
        raise CorpusError(f"{len(corpus.documents)} documents are fewer than {recipe.folds} folds")
    spread = Counter(
        label
        for label, _ in {
            (t, p.document) for p in corpus.paragraphs for s in p.segments for t in s.topics
        }
    )
    for label, count in sorted(spread.items()):
        if count < 2:
            raise CorpusError(f"topic {label!r} occurs in one document only")
    return tuple(label for label in lexicon.column("topics", "topic") if label in spread)


def _vocabulary(
    described: Sequence[features.Described], least: int
) -> tuple[tuple[dict[str, int], ...], Floats]:
    """Return the rows of the frequent grams, field by field, and their idf."""
    frequency: list[Counter[str]] = [Counter() for _ in features.FIELDS]
    for segment in described:
        for counter, grams in zip(frequency, segment.grams(), strict=True):
            counter.update(grams)
    vocabulary, idf, row = [], [], 0
    for counter in frequency:
        kept = sorted(gram for gram, count in counter.items() if count >= least)
        vocabulary.append({gram: row + n for n, gram in enumerate(kept)})
        idf += [np.log((1 + len(described)) / (1 + counter[gram])) + 1 for gram in kept]
        row += len(kept)
    return tuple(vocabulary), np.array(idf, dtype=np.float32)


def _matrix(described: Sequence[features.Described], encoder: Encoder, width: int) -> Any:
    from scipy import sparse

    rows, ids, values = encoder(described)
    return sparse.csr_matrix((values, (rows, ids)), (len(described), width), dtype=np.float64)


def _beside(matrix: Any, dense: Floats) -> Any:
    from scipy import sparse

    return sparse.hstack([matrix, sparse.csr_matrix(dense.astype(np.float64))], format="csr")


def _folds(names: Sequence[str], recipe: Recipe) -> npt.NDArray[np.int64]:
    """Return the fold of each segment: documents shuffled by the seed, dealt in turn."""
    documents = sorted({name.removesuffix(_BARE) for name in names})
    order = np.random.default_rng(recipe.seed).permutation(len(documents))
    fold = {documents[place]: n % recipe.folds for n, place in enumerate(order)}
    return np.array([fold[name.removesuffix(_BARE)] for name in names])


def _around_by_document(opinions: Floats, names: Sequence[str]) -> Floats:
    """Apply `around` to each document by itself: neighbours do not cross documents."""
    ends = [n for n in range(1, len(names)) if names[n] != names[n - 1]]
    return np.vstack([around(part) for part in np.split(opinions, ends)])


class _Fitter:
    """One logistic regression a label, classes balanced, on however many processes."""

    def __init__(self, recipe: Recipe, jobs: int) -> None:
        self.recipe = recipe
        self.jobs = jobs

    def fit(self, matrix: Any, truth: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return weights (F, L) and biases (L,)."""
        from joblib import Parallel, delayed

        # Without memory maps: scikit-learn sorts the indices of a sparse matrix in place.
        pool = Parallel(n_jobs=self.jobs, max_nbytes=None)
        fitted = pool(
            delayed(_fit_one)(matrix, truth[:, n], self.recipe.strength)
            for n in range(truth.shape[1])
        )
        weights, biases = zip(*fitted, strict=True)
        return np.array(weights, dtype=np.float32).T, np.array(biases, dtype=np.float32)

    def unseen(
        self, matrix: Any, truth: npt.NDArray[np.bool_], folds: npt.NDArray[np.int64]
    ) -> Floats:
        """Return for each segment the scores of a model that has not seen its document."""
        scores = np.zeros(truth.shape, dtype=np.float32)
        for fold in range(self.recipe.folds):
            inside, outside = folds == fold, folds != fold
            weights, biases = self.fit(matrix[outside], truth[outside])
            scores[inside] = matrix[inside] @ weights + biases
        return scores


def _fit_one(matrix: Any, truth: npt.NDArray[np.bool_], strength: float) -> tuple[Floats, float]:
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=strength, class_weight="balanced", solver="liblinear", tol=1e-3
    )
    if truth.all() or not truth.any():  # a fold may lack a rare label
        return np.zeros(matrix.shape[1], dtype=np.float32), 10.0 if truth.all() else -10.0
    regression.fit(matrix, truth)
    return regression.coef_[0].astype(np.float32), float(regression.intercept_[0])


def _calibrate(scores: Floats, truth: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Fit one logistic curve a label (Platt 1999) to scores of unseen segments."""
    from sklearn.linear_model import LogisticRegression

    curves = []
    for label in range(truth.shape[1]):
        curve = LogisticRegression(C=1e3).fit(scores[:, [label]], truth[:, label])
        curves.append((curve.coef_[0, 0], curve.intercept_[0]))
    slope, offset = np.array(curves, dtype=np.float32).T
    return slope, offset


def _thresholds(probabilities: Floats, truth: npt.NDArray[np.bool_]) -> Floats:
    """Return for each label the threshold with the highest F1 on unseen segments.

    Candidates are steps of 0.02 in [0.2, 0.8]; F1 is smoothed over three steps, so that a lucky
    single step does not win.
    """
    steps = np.arange(0.20, 0.81, 0.02)
    best = []
    for label in range(truth.shape[1]):
        given = probabilities[:, [label]] >= steps
        hits = (given & truth[:, [label]]).sum(axis=0)
        f1 = 2 * hits / (given.sum(axis=0) + truth[:, label].sum())
        smooth = np.convolve(np.pad(f1, 1, mode="edge"), np.ones(3) / 3, mode="valid")
        best.append(round(float(steps[smooth.argmax()]), 2))
    return np.array(best, dtype=np.float32)


def _card(
    corpus: Corpus, learn: Corpus, training: Training, test: scoring.Scores | None
) -> dict[str, Any]:
    titles = lexicon.mapping("topics", "topic", "title")
    return {
        "labels": [{"id": label, "title": titles[label]} for label in training.model.labels],
        "corpus": {
            "fingerprint": corpus.fingerprint(),
            "documents": len(learn.documents),
            "segments": learn.segments,
        },
        "recipe": asdict(training.recipe),
        "libraries": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "scores": {
            "validation": _summary(training.validation),
            "test": _summary(test) if test else None,
        },
    }


def _summary(scores: scoring.Scores) -> dict[str, Any]:
    return {
        "segments": scores.segments,
        "macro_f1": round(scores.macro_f1, 4),
        "micro_f1": round(scores.micro_f1, 4),
        "exact": round(scores.exact, 4),
        "f1": {label: round(s.f1, 4) for label, s in scores.labels.items()},
    }


def _card_text(card: dict[str, Any], training: Training, test: scoring.Scores | None) -> str:
    corpus, recipe = card["corpus"], card["recipe"]
    rows = []
    for label, s in training.validation.labels.items():
        t = test.labels.get(label) if test else None
        held = f"{t.precision:.3f} | {t.recall:.3f} | {t.f1:.3f} | {t.support}" if t else " | | | "
        rows.append(f"| `{label}` | {s.f1:.3f} | {s.support} | {held} |")
    overall = [
        f"validation: macro F1 {training.validation.macro_f1:.4f}, exact {training.validation.exact:.4f}"
    ]
    if test:
        overall.append(f"test: macro F1 {test.macro_f1:.4f}, exact {test.exact:.4f}")
    return _CARD.format(
        fingerprint="{fingerprint}", rows="\n".join(rows), overall="; ".join(overall),
        libraries=", ".join(f"{k} {v}" for k, v in card["libraries"].items()),
        corpus=corpus["fingerprint"], documents=corpus["documents"], segments=corpus["segments"],
        **recipe,
    )  # fmt: skip


_CARD = """\
# Topic model

Written by `nlp_reports.train`; its figures come from the same run.

- **Task**: multi-label topics of segments of Chinese government disclosure reports; labels as defined
  in `corpus/GUIDELINES.md`.
- **Method**: two passes of logistic regression (L2, C = {strength}, classes balanced) over words, pairs
  of characters, headings and their parts; the second pass also sees what the first thought
  of the segment, its neighbours and all before it. Each document is learnt with and without its headings. Probabilities calibrated and thresholds chosen on
  {folds}-fold cross-validation by document.
- **Trained on**: {documents} documents, {segments} segments (corpus {corpus}), seed {seed}.
- **Fingerprint**: {fingerprint}. **Libraries**: {libraries}.
- **Limits**: the corpus is written, not sampled; see `corpus/DATASHEET.md`. Probabilities are
  calibrated on such text, not on any archive.

Overall: {overall}.
"Validation" is the cross-validation on the training documents, which chose the thresholds; "test" are
documents held out of training altogether.

| topic | validation F1 | support | test precision | recall | F1 | support |
|---|---|---|---|---|---|---|
{rows}
"""
