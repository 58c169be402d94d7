"""A labelled corpus against what is predicted for it: topics of segments, quantities of paragraphs."""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import corpus as corpora
from . import scoring
from .corpus import Corpus
from .schema import Paragraph
from .statistics import extract
from .topics.model import TopicModel


def evaluate(model: TopicModel, corpus: Corpus | str | os.PathLike[str]) -> scoring.Scores:
    """Return the scores of a model on every segment of a corpus."""
    if not isinstance(corpus, Corpus):
        corpus = corpora.read(corpus)
    truth: list[Sequence[str]] = []
    predicted: list[Sequence[str]] = []
    for name in corpus.documents:
        paragraphs = [p for p in corpus.paragraphs if p.document == name]
        truth += [s.topics for p in paragraphs for s in p.segments]
        texts = [(p.headings, [s.text for s in p.segments]) for p in paragraphs]
        predicted += [tuple(topics) for topics in model.predict(texts)]
    return scoring.score(truth, predicted, model.labels)


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
