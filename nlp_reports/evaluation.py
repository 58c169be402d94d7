"""A labelled corpus against what is predicted for it: topics of segments, quantities of paragraphs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import log
from typing import Any

import numpy as np

from . import corpus as corpora
from . import scoring
from .annotation import LabelledParagraph, LabelledSegment
from .corpus import Corpus
from .errors import SettingsError
from .schema import Paragraph
from .statistics import extract
from .topics import store
from .topics.encoder import Floats
from .topics.model import TopicModel

_LEAST = 1e-6  # probability below which a mistake counts no worse


@dataclass(frozen=True, slots=True)
class Mistake:
    """A segment whose predicted labels are not the true ones.

    ``predicted`` holds the probability of each label given, ``loss`` how wrong the model was: minus
    the logarithm of the probability it gave to the truth, at least 0.
    """

    document: str
    paragraph: int
    segment: int
    text: str
    truth: tuple[str, ...]
    predicted: Mapping[str, float]
    loss: float


@dataclass(frozen=True, slots=True)
class Evaluation(scoring.Scores):
    """Scores of a model on a corpus, and what lies behind them.

    ``exclusive`` says that each segment has one label, and ``exact`` is the accuracy.
    ``confusions`` tell which label is taken for which, the most frequent first, ``mistakes`` are
    all wrong segments, the worst first, ``reliability`` compares probabilities with how often they
    came true.
    """

    exclusive: bool
    confusions: tuple[scoring.Confusion, ...]
    mistakes: tuple[Mistake, ...]
    reliability: tuple[scoring.Bin, ...]

    def to_json(self, *, worst: int | None = None) -> dict[str, Any]:
        """Return the evaluation as JSON objects, with the `worst` mistakes (default: all)."""
        whole = asdict(self)
        whole["mistakes"] = whole["mistakes"][:worst]
        return whole

    def frames(self) -> dict[str, Any]:
        """Return pandas frames: ``labels``, ``confusions``, ``mistakes`` and ``reliability``.

        ``labels`` has a row a label and its id as index, the others a row an item.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        import pandas

        scores = {label: asdict(score) for label, score in self.labels.items()}
        columns = [field.name for field in fields(scoring.LabelScore)]
        frames = {"labels": pandas.DataFrame.from_dict(scores, orient="index", columns=columns)}
        for name, kind in (
            ("confusions", scoring.Confusion),
            ("mistakes", Mistake),
            ("reliability", scoring.Bin),
        ):
            rows = [asdict(item) for item in getattr(self, name)]
            frames[name] = pandas.DataFrame(rows, columns=[f.name for f in fields(kind)])
        return frames


def evaluate(
    model: TopicModel | str | os.PathLike[str],
    corpus: Corpus | str | os.PathLike[str],
    *,
    threshold: float | None = None,
) -> Evaluation:
    """Compare what a model predicts for every segment of a corpus with its labels.

    Parameters
    ----------
    model : TopicModel or path
        A model, or its folder.
    corpus : Corpus or path
        A corpus, or what `nlp_reports.corpus.read` reads.
    threshold : float, optional
        Least probability in [0, 1]; by default each topic's own.

    Raises
    ------
    CorpusError
        If the corpus breaks its format.
    ModelError
        If the model cannot be used.
    SettingsError
        If `threshold` lies outside its range.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise SettingsError(f"threshold must lie in [0, 1], not {threshold}")
    if not isinstance(model, TopicModel):
        model = store.load(model)
    if not isinstance(corpus, Corpus):
        corpus = corpora.read(corpus)
    # Texts that stand alone share a document because they are copies: they are no neighbours.
    together = ([p] for p in corpus.paragraphs) if corpus.alone else _documents(corpus)
    rows = [
        model.probabilities([(p.headings, [s.text for s in p.segments]) for p in paragraphs])
        for paragraphs in together
    ]
    probabilities = np.vstack([np.zeros((0, len(model.labels)), dtype=np.float32), *rows])
    return judge(model, corpus, probabilities, threshold=threshold)


def judge(
    model: TopicModel, corpus: Corpus, probabilities: Floats, *, threshold: float | None = None
) -> Evaluation:
    """Compare probabilities of shape (segments, L), in the order of the corpus, with its labels."""
    segments = [
        (p, n, s)
        for paragraphs in _documents(corpus)
        for p in paragraphs
        for n, s in enumerate(p.segments)
    ]
    truth = [s.topics for _, _, s in segments]
    predicted = model.decide(probabilities, threshold=threshold)
    unknown = tuple(label for label in corpus.labels if label not in model.labels)
    scores = scoring.score(truth, [tuple(p) for p in predicted], (*model.labels, *unknown))
    true = [[label in topics for label in model.labels] for topics in truth]
    wrong = [
        _mistake(place, given, _loss(model, row, topics))
        for place, given, row, topics in zip(segments, predicted, probabilities, truth, strict=True)
        if set(given) != set(topics)
    ]
    return Evaluation(
        scores.labels,
        scores.macro_f1,
        scores.micro_f1,
        scores.exact,
        scores.segments,
        model.exclusive,
        scoring.confusions(truth, [tuple(p) for p in predicted]),
        tuple(sorted(wrong, key=lambda m: (-m.loss, m.document, m.paragraph, m.segment))),
        scoring.reliability(probabilities.ravel().tolist(), (t for row in true for t in row)),
    )


def _documents(corpus: Corpus) -> Iterator[list[LabelledParagraph]]:
    """The paragraphs of each document, which stand together."""
    current: list[LabelledParagraph] = []
    for paragraph in corpus.paragraphs:
        if current and paragraph.document != current[0].document:
            yield current
            current = []
        current.append(paragraph)
    if current:
        yield current


def _mistake(
    place: tuple[LabelledParagraph, int, LabelledSegment], given: Mapping[str, float], loss: float
) -> Mistake:
    paragraph, n, segment = place
    return Mistake(
        paragraph.document, paragraph.index, n, segment.text, segment.topics, dict(given), loss
    )


def _loss(model: TopicModel, probabilities: Floats, truth: Sequence[str]) -> float:
    """Minus the logarithm of the probability given to the truth: 0 to a label it does not know."""
    given = dict(zip(model.labels, probabilities.tolist(), strict=True))
    true = [given.get(label, 0.0) for label in truth]
    if model.exclusive:
        return -log(min(max(sum(true), _LEAST), 1.0))
    right = true + [1 - p for label, p in given.items() if label not in truth]
    return -sum(log(max(p, _LEAST)) for p in right)


def evaluate_quantities(corpus: Corpus) -> scoring.QuantityAgreement:
    """Compare the quantities marked in a corpus (``first``) with those found (``second``).

    Paragraphs in which nobody marked quantities are left out. What a document says of itself in
    ``form``, ``year`` and ``issuer`` decides about indicators, as in a report.
    """
    marked, found = [], []
    for p in corpus.paragraphs:
        if p.statistics is not None:
            about = corpus.documents[p.document]
            says = {key: about.get(key) for key in ("form", "year", "issuer")}
            marked.append(p.statistics)
            found.append(extract([Paragraph(p.index, p.text, None, p.headings, ())], **says))
    return scoring.quantity_agreement(marked, found)
