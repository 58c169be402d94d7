"""Predicted topics against true ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label, each in [0, 1], and how often it is true."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a multi-label classifier over segments.

    ``macro_f1`` is the plain mean over labels that are true or predicted at least once;
    ``exact`` is the share of segments whose whole set of labels is right.
    """

    labels: dict[str, LabelScore]
    macro_f1: float
    micro_f1: float
    exact: float
    segments: int


def score(
    truth: Sequence[Collection[str]], predicted: Sequence[Collection[str]], labels: Iterable[str]
) -> Scores:
    """Compare two equally long sequences of label sets.

    Raises
    ------
    ValueError
        If their lengths differ.
    """
    pairs = [(set(t), set(p)) for t, p in zip(truth, predicted, strict=True)]
    by_label, hits, wrong, missed = {}, 0, 0, 0
    for label in labels:
        tp = sum(label in t and label in p for t, p in pairs)
        fp = sum(label not in t and label in p for t, p in pairs)
        fn = sum(label in t and label not in p for t, p in pairs)
        hits, wrong, missed = hits + tp, wrong + fp, missed + fn
        if tp + fp + fn:
            by_label[label] = LabelScore(
                _ratio(tp, tp + fp), _ratio(tp, tp + fn), _ratio(2 * tp, 2 * tp + fp + fn), tp + fn
            )
    f1 = [s.f1 for s in by_label.values()]
    return Scores(
        by_label,
        _ratio(sum(f1), len(f1)),
        _ratio(2 * hits, 2 * hits + wrong + missed),
        _ratio(sum(t == p for t, p in pairs), len(pairs)),
        len(pairs),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
