"""Predicted topics against true ones; what two annotators said against each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .numerals import split_scale
from .schema import Statistic


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Precision, recall and F1 of one label, each in [0, 1], and how often it is true."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a classifier over segments.

    ``macro_f1`` is the plain mean over labels that are true or predicted at least once;
    ``exact`` is the share of segments whose whole set of labels is right: the accuracy, where each
    has one label.
    """

    labels: dict[str, LabelScore]
    macro_f1: float
    micro_f1: float
    exact: float
    segments: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one label was taken for another.

    ``truth`` is None where ``predicted`` was given and nothing missed, ``predicted`` is None where
    ``truth`` was missed and nothing given instead. A segment that misses several labels and has
    several wrong ones counts for every pair of them.
    """

    truth: str | None
    predicted: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities in ``[low, high)``: how many, their mean, and the share that came true."""

    low: float
    high: float
    count: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How far two annotators agree on one label.

    ``first`` and ``second`` count the items that each gave the label to, ``both`` those that both
    did. ``f1`` is the same whoever is taken for true; ``kappa`` is Cohen's, the agreement beyond
    chance, 1 where both gave the label to every item.
    """

    f1: float
    kappa: float
    first: int
    second: int
    both: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators agree on segments.

    The macro figures are plain means over the labels that at least one of them used; ``exact`` is
    the share of segments to which both gave the same set of labels.
    """

    labels: dict[str, LabelAgreement]
    macro_f1: float
    macro_kappa: float
    exact: float
    segments: int


@dataclass(frozen=True, slots=True)
class QuantityAgreement:
    """How far two annotators agree on the quantities of the same paragraphs.

    ``f1`` is taken over spans: a quantity is shared when both marked the same characters. The
    other shares, each in [0, 1], are of the ``both`` shared quantities: ``amount`` those with the
    same value and unit (18 万元 is 180000 元), ``approx`` and ``indicator`` those with the same of
    each.
    """

    first: int
    second: int
    both: int
    f1: float
    amount: float
    approx: float
    indicator: float


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


def confusions(
    truth: Iterable[Collection[str]], predicted: Iterable[Collection[str]]
) -> tuple[Confusion, ...]:
    """Return which labels were taken for which, the most frequent first.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    found: Counter[tuple[str | None, str | None]] = Counter()
    for true, given in zip(truth, predicted, strict=True):
        missed, wrong = set(true) - set(given), set(given) - set(true)
        if missed or wrong:
            found.update((t, p) for t in missed or (None,) for p in wrong or (None,))
    ranked = sorted(found.items(), key=lambda item: (-item[1], str(item[0][0]), str(item[0][1])))
    return tuple(Confusion(t, p, count) for (t, p), count in ranked)


def reliability(
    probabilities: Iterable[float], truth: Iterable[bool], *, bins: int = 10
) -> tuple[Bin, ...]:
    """Compare probabilities, each in [0, 1], with how often they came true.

    Bins without a probability are left out. Probability 1 belongs to the last bin.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    count: Counter[int] = Counter()
    right: Counter[int] = Counter()
    sums: dict[int, float] = defaultdict(float)
    for probability, true in zip(probabilities, truth, strict=True):
        place = min(int(probability * bins), bins - 1)
        count[place] += 1
        sums[place] += probability
        right[place] += bool(true)
    return tuple(
        Bin(n / bins, (n + 1) / bins, count[n], sums[n] / count[n], right[n] / count[n])
        for n in sorted(count)
    )


def agreement(
    first: Sequence[Collection[str]], second: Sequence[Collection[str]], labels: Iterable[str]
) -> Agreement:
    """Compare what two annotators gave to the same segments.

    Parameters
    ----------
    first, second : sequence of collection of str
        The labels of each segment, equally many segments.
    labels : iterable of str
        The labels to compare.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    pairs = [(set(a), set(b)) for a, b in zip(first, second, strict=True)]
    by_label = {}
    for label in labels:
        one = sum(label in a for a, _ in pairs)
        two = sum(label in b for _, b in pairs)
        both = sum(label in a and label in b for a, b in pairs)
        if one + two:
            f1 = _ratio(2 * both, one + two)
            by_label[label] = LabelAgreement(f1, _kappa(one, two, both, len(pairs)), one, two, both)
    return Agreement(
        by_label,
        _ratio(sum(a.f1 for a in by_label.values()), len(by_label)),
        _ratio(sum(a.kappa for a in by_label.values()), len(by_label)),
        _ratio(sum(a == b for a, b in pairs), len(pairs)),
        len(pairs),
    )


def quantity_agreement(
    first: Sequence[Collection[Statistic]], second: Sequence[Collection[Statistic]]
) -> QuantityAgreement:
    """Compare the quantities that two annotators marked in the same paragraphs.

    Parameters
    ----------
    first, second : sequence of collection of Statistic
        The quantities of each paragraph, equally many paragraphs.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    shared = []
    for ones, twos in zip(first, second, strict=True):
        there = {(s.start, s.end): s for s in twos}
        shared += [(s, there[s.start, s.end]) for s in ones if (s.start, s.end) in there]
    one, two = sum(map(len, first)), sum(map(len, second))
    return QuantityAgreement(
        one,
        two,
        len(shared),
        _ratio(2 * len(shared), one + two),
        _ratio(sum(_amount(a) == _amount(b) for a, b in shared), len(shared)),
        _ratio(sum(a.approx == b.approx for a, b in shared), len(shared)),
        _ratio(sum(a.indicator == b.indicator for a, b in shared), len(shared)),
    )


def _kappa(first: int, second: int, both: int, items: int) -> float:
    """Cohen's kappa of two annotators who gave one label `first` and `second` times.

    Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    observed = items - first - second + 2 * both
    chance = first * second + (items - first) * (items - second)  # times the number of items
    if chance == items * items:
        return 1.0
    return (observed * items - chance) / (items * items - chance)


def _amount(statistic: Statistic) -> tuple[Decimal | None, Decimal | None, str, bool]:
    """Value, upper end and unit with the scale of the unit counted into the numbers.

    Fractions are marked to six places, so the numbers are compared to six places.
    """
    scale, unit = split_scale(statistic.unit or "")
    low, high = statistic.value, statistic.value_max
    return (
        None if low is None else round(low * scale, 6),
        None if high is None else round(high * scale, 6),
        unit,
        statistic.implicit,
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
