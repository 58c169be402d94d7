"""What a trained model says of itself: ``model.json`` for programs, ``CARD.md`` for people."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from ..corpus import Corpus
from ..evaluation import Evaluation
from .recipe import Training

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "jieba", "rjieba")
_CONFUSIONS = 12  # lines of the card on which label is taken for which


def describe(
    corpus: Corpus, learn: Corpus, training: Training, test: Evaluation | None
) -> dict[str, Any]:
    """Return what ``model.json`` says of a model beside its own form.

    Parameters
    ----------
    corpus : Corpus
        The whole corpus.
    learn : Corpus
        What was learnt.
    training : Training
    test : Evaluation or None
        Scores on documents held out, where there are any.
    """
    return {
        "labels": [
            {"id": label, "title": corpus.titles.get(label, label)}
            for label in training.model.labels
        ],
        "corpus": {
            "fingerprint": corpus.fingerprint(),
            "documents": len(learn.documents),
            "segments": learn.segments,
        },
        "recipe": training.recipe._asdict(),
        "libraries": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "warnings": list(training.warnings),
        "scores": {
            "validation": _summary(training.validation),
            "test": _summary(test) if test else None,
        },
    }


def _summary(scores: Evaluation) -> dict[str, Any]:
    return {
        "segments": scores.segments,
        "macro_f1": round(scores.macro_f1, 4),
        "micro_f1": round(scores.micro_f1, 4),
        "exact": round(scores.exact, 4),
        "f1": {label: round(s.f1, 4) for label, s in scores.labels.items()},
    }


def text(about: dict[str, Any], training: Training, test: Evaluation | None) -> str:
    """Return ``CARD.md``; ``{fingerprint}`` is left in it."""
    model, corpus, recipe = training.model, about["corpus"], about["recipe"]
    judged = test or training.validation
    return _CARD.format(
        fingerprint="{fingerprint}",
        task="one label each" if model.exclusive else "any number of labels each",
        method=_TWO_PASSES if len(model.weights.around) else _ONE_PASS,
        meaning=_MEANING if recipe["vectors"] else "",
        calibration=_TEMPERED if model.exclusive else _CALIBRATED,
        labels=len(model.labels),
        libraries=", ".join(f"{k} {v}" for k, v in about["libraries"].items()),
        overall="; ".join(_overall(training.validation, test)),
        where="the documents held out" if test else "the cross-validation",
        rows="\n".join(_label_rows(training.validation, test)),
        confusions="\n".join(_confusion_rows(judged)),
        reliability="\n".join(_reliability_rows(judged)),
        warnings="".join(f"- **Beware**: {warning}.\n" for warning in training.warnings),
        corpus=corpus["fingerprint"],
        documents=corpus["documents"],
        segments=corpus["segments"],
        seed=recipe["seed"],
    )


def _overall(validation: Evaluation, test: Evaluation | None) -> Iterator[str]:
    for name, scores in (("validation", validation), ("test", test)):
        if scores:
            exact = "accuracy" if scores.exclusive else "exact"
            yield f"{name}: macro F1 {scores.macro_f1:.4f}, {exact} {scores.exact:.4f}"


def _label_rows(validation: Evaluation, test: Evaluation | None) -> Iterator[str]:
    for label, s in validation.labels.items():
        t = test.labels.get(label) if test else None
        held = f"{t.precision:.3f} | {t.recall:.3f} | {t.f1:.3f} | {t.support}" if t else " | | | "
        name = label.replace("|", "\\|").replace("`", "'")
        yield f"| `{name}` | {s.f1:.3f} | {s.support} | {held} |"


def _confusion_rows(scores: Evaluation) -> Iterator[str]:
    for c in scores.confusions[:_CONFUSIONS]:
        yield f"| {_name(c.truth)} | {_name(c.predicted)} | {c.count} |"


def _name(label: str | None) -> str:
    return "—" if label is None else label.replace("|", "\\|")


def _reliability_rows(scores: Evaluation) -> Iterator[str]:
    for b in scores.reliability:
        yield f"| {b.low:.1f}–{b.high:.1f} | {b.count} | {b.probability:.3f} | {b.right:.3f} |"


_TWO_PASSES = """\
two passes of linear support vector machines over words, characters and their pairs, headings and
  their parts; the second pass also sees what the first thought of the segment, its neighbours and all before it. Each document is learnt
  with and without its headings"""
_ONE_PASS = (
    "linear support vector machines, one label against the others, over words, characters\n"
    "  and their pairs"
)
_MEANING = ", and the mean of word vectors distilled from a sentence encoder"
_CALIBRATED = "Probabilities calibrated and thresholds chosen on the cross-validation"
_TEMPERED = "Probabilities calibrated (one temperature) on the cross-validation"

_CARD = """\
# Topic model

Written by `nlp_reports.train`; its figures come from the same run.

- **Task**: topics of segments of Chinese text, {task}, of {labels}. The labels of the shipped model are defined in
  `corpus/GUIDELINES.md`.
- **Method**: {method}{meaning}. {calibration} by document.
- **Trained on**: {documents} documents, {segments} segments (corpus {corpus}), seed {seed}.
- **Fingerprint**: {fingerprint}. **Libraries**: {libraries}.
- **Limits**: it knows what its corpus holds. The shipped model's is written, not sampled: see
  `corpus/DATASHEET.md`; probabilities are calibrated on such text, not on any archive.
{warnings}
Overall: {overall}.
"Validation" is the cross-validation on the training documents, which chose thresholds and calibration; "test" are
documents held out of training altogether.

| topic | validation F1 | support | test precision | recall | F1 | support |
|---|---|---|---|---|---|---|
{rows}

## How far to trust a probability

All pairs of segment and topic of {where}: those given a probability in a range, its mean there,
and the share that was true.

| probability | pairs | mean | true |
|---|---|---|---|
{reliability}

## Which topic is taken for which

The most frequent confusions on {where}; — stands for no topic.

| true | predicted | segments |
|---|---|---|
{confusions}
"""
