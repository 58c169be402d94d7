"""A model against a labelled corpus: every figure by hand, and against scikit-learn's."""

import json
import sys
from collections import Counter
from dataclasses import fields
from math import log

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from nlp_reports import corpus, scoring
from nlp_reports.annotation import LabelledParagraph, LabelledSegment
from nlp_reports.corpus import Corpus
from nlp_reports.errors import CorpusError, ModelNotFound, SettingsError
from nlp_reports.evaluation import Evaluation, Mistake, evaluate, judge
from nlp_reports.scoring import Bin, Confusion, LabelScore
from nlp_reports.tokens import Tokenizer
from nlp_reports.topics import store
from nlp_reports.topics.features import FIELDS
from nlp_reports.topics.model import AROUND, TopicModel, Weights

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)

TOKENIZER = Tokenizer()
LEAST = 1e-6  # what a probability of nothing counts as, in a loss


def model(weights, *, labels="abc", thresholds=None, exclusive=False, context=False):
    """A model of single characters, given the logit of each for each label.

    With `context`, what stands around a text counts too.
    """
    matrix = np.array(list(weights.values()), dtype=np.float32)
    count = matrix.shape[1]
    columns = count if context else 0
    around = np.random.default_rng(1).normal(0, 4, (AROUND * columns, count))
    return TopicModel(
        tuple(labels[:count]),
        tuple(
            {char: n for n, char in enumerate(weights)} if name == "char" else {} for name in FIELDS
        ),
        Weights(
            idf=np.ones(len(matrix), np.float32),
            first=matrix[:, :columns],
            first_bias=np.zeros(columns, np.float32),
            second=matrix,
            second_bias=np.zeros(count, np.float32),
            around=around.astype(np.float32),
            slope=np.ones(count, np.float32),
            offset=np.zeros(count, np.float32),
        ),
        np.array(thresholds or [0.0 if exclusive else 0.5] * count, dtype=np.float32),
        TOKENIZER,
        exclusive,
    )


def separate(probabilities, **options):
    """A model that gives each character these probabilities, one label apart from the other."""
    return model(
        {c: [log(p / (1 - p)) for p in row] for c, row in probabilities.items()}, **options
    )


def excluding(probabilities, **options):
    """A model that gives each character these probabilities, which add up to one."""
    logits = {c: [log(p) for p in row] for c, row in probabilities.items()}
    return model(logits, exclusive=True, **options)


def texts(*rows, **options):
    """A corpus of texts that stand alone, each with its labels."""
    paragraphs = tuple(
        LabelledParagraph(f"text-{n}", 0, (), (LabelledSegment(text, tuple(labels)),))
        for n, (text, labels) in enumerate(rows, 1)
    )
    return Corpus({p.document: {} for p in paragraphs}, paragraphs, alone=True, **options)


def losses(found):
    return [round(m.loss, 3) for m in found.mistakes]


# By hand: any number of labels

SEVERAL = separate({"甲": (0.92, 0.24), "乙": (0.33, 0.84), "丙": (0.63, 0.72), "丁": (0.13, 0.21)})
FOUR = texts(("甲", "a"), ("乙", "a"), ("丙", "b"), ("丁", "ab"))


@pytest.fixture(scope="module")
def judged():
    return evaluate(SEVERAL, FOUR)


def test_scores_of_several_labels_by_hand(judged):
    assert judged.labels == {
        "a": LabelScore(precision=1 / 2, recall=1 / 3, f1=2 / 5, support=3),
        "b": LabelScore(precision=1 / 2, recall=1 / 2, f1=1 / 2, support=2),
    }
    assert judged.macro_f1 == pytest.approx(0.45)
    assert judged.micro_f1 == pytest.approx(4 / 9)  # 2 right, 2 wrong, 3 missed
    assert judged.exact == 1 / 4
    assert judged.segments == 4
    assert not judged.exclusive


def test_confusions_of_several_labels_by_hand(judged):
    assert judged.confusions == (
        Confusion(None, "a", 1),  # 丙
        Confusion("a", None, 1),  # 丁
        Confusion("a", "b", 1),  # 乙
        Confusion("b", None, 1),  # 丁
    )


def test_mistakes_of_several_labels_by_hand(judged):
    assert [(m.text, m.truth, sorted(m.predicted)) for m in judged.mistakes] == [
        ("丁", ("a", "b"), []),
        ("乙", ("a",), ["b"]),
        ("丙", ("b",), ["a", "b"]),
    ]
    expected = [-log(0.13 * 0.21), -log(0.33 * (1 - 0.84)), -log((1 - 0.63) * 0.72)]
    assert [m.loss for m in judged.mistakes] == pytest.approx(expected, abs=1e-4)
    assert judged.mistakes[2].predicted == pytest.approx({"a": 0.63, "b": 0.72}, abs=1e-5)


def test_reliability_of_several_labels_by_hand(judged):
    assert [(b.low, b.count, b.right) for b in judged.reliability] == [
        (0.1, 1, 1.0),  # 丁 a
        (0.2, 2, 0.5),  # 甲 b, 丁 b
        (0.3, 1, 1.0),  # 乙 a
        (0.6, 1, 0.0),  # 丙 a
        (0.7, 1, 1.0),  # 丙 b
        (0.8, 1, 0.0),  # 乙 b
        (0.9, 1, 1.0),  # 甲 a
    ]
    assert judged.reliability[1].probability == pytest.approx((0.24 + 0.21) / 2, abs=1e-5)


# By hand: one label each

ONE = excluding({"甲": (0.72, 0.17, 0.11), "乙": (0.52, 0.31, 0.17), "丙": (0.21, 0.24, 0.55)})
THREE = texts(("甲", "a"), ("乙", "b"), ("丙", "c"), exclusive=True)


def test_one_label_each_by_hand():
    found = evaluate(ONE, THREE)
    assert found.exclusive
    assert found.exact == pytest.approx(2 / 3)
    assert found.micro_f1 == pytest.approx(2 / 3)  # the accuracy again
    assert {label: s.f1 for label, s in found.labels.items()} == {"a": 2 / 3, "b": 0.0, "c": 1.0}
    assert found.macro_f1 == pytest.approx(5 / 9)
    assert found.confusions == (Confusion("b", "a", 1),)
    (mistake,) = found.mistakes
    assert mistake.predicted == pytest.approx({"a": 0.52}, abs=1e-5)
    assert mistake.loss == pytest.approx(-log(0.31), abs=1e-4)


def test_texts_with_several_labels_or_none_may_be_judged_by_a_model_that_gives_one():
    found = evaluate(ONE, texts(("甲", "ab"), ("乙", "abc"), ("丙", "")))
    assert found.exact == 0
    assert found.confusions == (
        Confusion("b", None, 2),
        Confusion(None, "c", 1),
        Confusion("c", None, 1),
    )
    assert [(m.text, m.truth) for m in found.mistakes] == [
        ("丙", ()),
        ("甲", ("a", "b")),
        ("乙", ("a", "b", "c")),
    ]
    assert losses(found) == [round(-log(LEAST), 3), round(-log(0.89), 3), 0]
    assert all(m.loss >= 0 for m in found.mistakes)


# Thresholds


@pytest.mark.parametrize(
    ("threshold", "given"),
    [
        (None, {"甲": "a", "乙": "b", "丙": "ab", "丁": ""}),
        (0.0, {"甲": "ab", "乙": "ab", "丙": "ab", "丁": "ab"}),
        (0.2, {"甲": "ab", "乙": "ab", "丙": "ab", "丁": "b"}),
        (0.7, {"甲": "a", "乙": "b", "丙": "b", "丁": ""}),
        (1.0, {"甲": "", "乙": "", "丙": "", "丁": ""}),
    ],
)
def test_a_threshold_says_what_is_given(threshold, given):
    nothing_true = texts(*((char, "") for char in given))
    found = evaluate(SEVERAL, nothing_true, threshold=threshold)
    assert {m.text: "".join(sorted(m.predicted)) for m in found.mistakes} == {
        char: labels for char, labels in given.items() if labels
    }


def test_without_a_threshold_each_label_has_its_own():
    tried = separate({"甲": (0.3, 0.6)}, thresholds=[0.25, 0.7])
    assert evaluate(tried, texts(("甲", "a"))).exact == 1
    assert evaluate(tried, texts(("甲", "a")), threshold=0.5).exact == 0


def test_below_the_threshold_even_the_likeliest_label_is_not_given():
    found = evaluate(ONE, THREE, threshold=0.6)
    assert found.labels == {
        "a": LabelScore(1, 1, 1, 1),
        "b": LabelScore(0, 0, 0, 1),
        "c": LabelScore(0, 0, 0, 1),
    }
    assert found.confusions == (Confusion("b", None, 1), Confusion("c", None, 1))


@pytest.mark.parametrize("threshold", [-0.01, 1.01, 50, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold):
    with pytest.raises(SettingsError, match="threshold must lie in"):
        evaluate(SEVERAL, FOUR, threshold=threshold)


# Labels that are not the model's


@pytest.mark.parametrize("tried", [SEVERAL, ONE], ids=["several", "one"])
def test_a_label_that_the_model_does_not_know_is_missed(tried):
    found = evaluate(tried, texts(("甲", "a"), ("甲", "z"), ("甲", "y")))
    assert list(found.labels) == ["a", "y", "z"]
    assert found.labels["a"] == LabelScore(1 / 3, 1, 1 / 2, 1)
    assert found.labels["y"] == found.labels["z"] == LabelScore(0, 0, 0, 1)
    assert found.macro_f1 == pytest.approx(1 / 6)
    assert found.exact == 1 / 3
    assert found.confusions == (Confusion("y", "a", 1), Confusion("z", "a", 1))


def test_to_miss_a_label_one_does_not_know_is_no_small_mistake():
    tried = separate({"甲": (0.01, 0.02), "乙": (0.4, 0.02)})
    found = evaluate(tried, texts(("甲", "z"), ("乙", "a")))
    assert [m.text for m in found.mistakes] == ["甲", "乙"]
    assert found.mistakes[0].loss == pytest.approx(-log(0.99 * 0.98 * LEAST), abs=1e-3)


def test_a_label_that_nobody_gave_is_left_out():
    found = evaluate(separate({"甲": (0.9, 0.1, 0.1)}), texts(("甲", "a")))
    assert list(found.labels) == ["a"]
    assert found.macro_f1 == 1


def test_labels_stand_in_the_order_of_the_model():
    tried = separate({"甲": (0.9, 0.9, 0.9)}, labels="cab")
    assert list(evaluate(tried, texts(("甲", "acz"))).labels) == ["c", "a", "b", "z"]


# Against scikit-learn

SIGNS = [chr(code) for code in range(0x4E00, 0x4E00 + 40)]


@st.composite
def cases(draw, exclusive=False):
    """A model, texts with labels, and the probabilities the model is said to give them."""
    labels, count = draw(st.integers(2, 4)), draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    probabilities = rng.random((count, labels)).astype(np.float32)
    if exclusive:
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        truth = np.eye(labels, dtype=bool)[rng.integers(0, labels, count)]
    else:
        truth = rng.random((count, labels)) < draw(st.floats(0, 1))
    thresholds = None if exclusive else rng.random(labels).tolist()
    tried = model({"甲": [0] * labels}, labels="abcd", thresholds=thresholds, exclusive=exclusive)
    rows = [
        (SIGNS[n], [x for x, true in zip("abcd", row, strict=False) if true])
        for n, row in enumerate(truth)
    ]
    return tried, texts(*rows, exclusive=exclusive), probabilities, truth


def given_by(tried, probabilities):
    if not tried.exclusive:
        return probabilities >= tried.thresholds
    return np.eye(len(tried.labels), dtype=bool)[probabilities.argmax(axis=1)]


@pytest.mark.parametrize("exclusive", [False, True])
def test_scores_are_those_of_scikit_learn(exclusive):
    @few
    @given(cases(exclusive))
    def check(case):
        tried, found, probabilities, truth = case
        result = judge(tried, found, probabilities)
        given_ = given_by(tried, probabilities)
        known = [n for n in range(truth.shape[1]) if truth[:, n].any() or given_[:, n].any()]
        assert list(result.labels) == [tried.labels[n] for n in known]
        if known:
            each = metrics.precision_recall_fscore_support(
                truth, given_, labels=known, zero_division=0
            )
            for n, expected in enumerate(zip(*each, strict=True)):
                score = result.labels[tried.labels[known[n]]]
                assert (score.precision, score.recall, score.f1, score.support) == pytest.approx(
                    expected
                )
            for average, value in (("macro", result.macro_f1), ("micro", result.micro_f1)):
                expected = metrics.f1_score(
                    truth, given_, labels=known, average=average, zero_division=0
                )
                assert value == pytest.approx(expected)
        assert result.exact == pytest.approx(metrics.accuracy_score(truth, given_))
        assert result.segments == len(truth)

    check()


@pytest.mark.parametrize("exclusive", [False, True])
def test_mistakes_are_all_that_is_wrong_the_worst_first(exclusive):
    @few
    @given(cases(exclusive))
    def check(case):
        tried, found, probabilities, truth = case
        result = judge(tried, found, probabilities)
        given_ = given_by(tried, probabilities)
        wrong = np.flatnonzero((truth != given_).any(axis=1))
        assert {m.text for m in result.mistakes} == {SIGNS[n] for n in wrong}
        assert len(result.mistakes) == len(wrong) == round((1 - result.exact) * len(truth))
        assert [m.loss for m in result.mistakes] == sorted(
            (m.loss for m in result.mistakes), reverse=True
        )
        chances = np.clip(probabilities.astype(float), LEAST, None)
        against = np.clip(1 - probabilities.astype(float), LEAST, None)
        for mistake in result.mistakes:
            n = SIGNS.index(mistake.text)
            terms = chances[n][truth[n]]
            if not exclusive:
                terms = np.r_[terms, against[n][~truth[n]]]
            assert mistake.loss == pytest.approx(-np.log(terms).sum(), rel=1e-6, abs=1e-6)
            assert mistake.loss >= 0
            assert mistake.truth == found.paragraphs[n].segments[0].topics
            assert mistake.predicted == {
                tried.labels[k]: float(probabilities[n, k]) for k in np.flatnonzero(given_[n])
            }

    check()


@few
@given(cases(exclusive=True))
def test_the_loss_of_all_mistakes_is_a_part_of_scikit_learns_log_loss(case):
    tried, found, probabilities, truth = case
    kinds, chances = truth.argmax(axis=1), probabilities.astype(float)
    right = probabilities.argmax(axis=1) == kinds
    whole = metrics.log_loss(
        kinds,
        chances / chances.sum(axis=1, keepdims=True),
        labels=range(truth.shape[1]),
        normalize=False,
    )
    rest = -np.log(chances[right, kinds[right]]).sum()
    total = sum(m.loss for m in judge(tried, found, probabilities).mistakes)
    assert total + rest == pytest.approx(whole, abs=1e-3)


def test_mistakes_equally_bad_stand_in_the_order_of_the_corpus():
    paragraphs = tuple(
        LabelledParagraph(name, index, (), (LabelledSegment("甲", ("b",)),) * 2)
        for name in ("d2", "d1")
        for index in (1, 0)
    )
    found = evaluate(SEVERAL, Corpus({"d1": {}, "d2": {}}, paragraphs))
    assert [(m.document, m.paragraph, m.segment) for m in found.mistakes] == [
        (name, index, n) for name in ("d1", "d2") for index in (0, 1) for n in (0, 1)
    ]


# Confusions

sets = st.lists(
    st.tuples(st.frozensets(st.sampled_from("abcd")), st.frozensets(st.sampled_from("abcd"))),
    max_size=20,
)


@few
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=40))
def test_confusions_of_one_label_each_are_those_of_scikit_learn(pairs):
    found = scoring.confusions([{t} for t, _ in pairs], [{p} for _, p in pairs])
    counts = {(c.truth, c.predicted): c.count for c in found}
    if pairs:
        matrix = metrics.confusion_matrix(*zip(*pairs, strict=True), labels=list("abcd"))
        np.fill_diagonal(matrix, 0)
        expected = {("abcd"[t], "abcd"[p]): matrix[t, p] for t, p in np.argwhere(matrix)}
        assert counts == expected
    assert not pairs or sum(counts.values()) == sum(t != p for t, p in pairs)


@few
@given(sets)
def test_confusions_count_every_pair_of_what_is_missed_and_what_is_wrong(pairs):
    found = scoring.confusions([t for t, _ in pairs], [p for _, p in pairs])
    expected = Counter(
        (missed, wrong)
        for true, given_ in pairs
        if true != given_
        for missed in true - given_ or {None}
        for wrong in given_ - true or {None}
    )
    assert {(c.truth, c.predicted): c.count for c in found} == expected
    assert len(found) == len(expected)
    assert all(c.truth != c.predicted for c in found)
    ranks = [(-c.count, str(c.truth), str(c.predicted)) for c in found]
    assert ranks == sorted(ranks)


@few
@given(sets)
def test_confusions_the_other_way_round_are_the_same_turned(pairs):
    truth, given_ = [t for t, _ in pairs], [p for _, p in pairs]
    turned = {(c.predicted, c.truth): c.count for c in scoring.confusions(given_, truth)}
    assert turned == {(c.truth, c.predicted): c.count for c in scoring.confusions(truth, given_)}


@pytest.mark.parametrize(
    ("truth", "given_", "confusions"),
    [
        ([], [], ()),
        (["ab"], ["ab"], ()),
        (["ab"], ["ac"], (Confusion("b", "c", 1),)),
        (["ab"], ["cd"], tuple(Confusion(t, p, 1) for t in "ab" for p in "cd")),
        ([""], ["a"], (Confusion(None, "a", 1),)),
        (["a"], [""], (Confusion("a", None, 1),)),
        (["a", "b", "b"], ["b", "a", "a"], (Confusion("b", "a", 2), Confusion("a", "b", 1))),
    ],
)
def test_confusions_by_hand(truth, given_, confusions):
    assert scoring.confusions(truth, given_) == confusions


# Reliability


@few
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60), st.integers(1, 20))
@example([(0.0, True), (1.0, False), (0.1, True), (0.3, False), (0.7, True)], 10)
def test_every_probability_falls_into_the_bin_around_it(pairs, bins):
    found = scoring.reliability([p for p, _ in pairs], [t for _, t in pairs], bins=bins)
    assert sum(b.count for b in found) == len(pairs)
    assert [b.low for b in found] == sorted({b.low for b in found})
    for b in found:
        # A probability a last digit away from the border of two bins may fall into either.
        clear = [p for p, _ in pairs if b.low + 1e-12 <= p < b.high - 1e-12]
        about = [p for p, _ in pairs if b.low - 1e-12 <= p < b.high + 1e-12]
        assert len(clear) <= b.count <= len(about)
        assert b.low - 1e-12 <= b.probability <= b.high + 1e-12
        assert 0 <= b.right <= 1
        assert b.high - b.low == pytest.approx(1 / bins)
    total = sum(b.right * b.count for b in found)
    assert total == pytest.approx(sum(t for _, t in pairs))
    assert sum(b.probability * b.count for b in found) == pytest.approx(sum(p for p, _ in pairs))


@few
@given(
    st.lists(st.tuples(st.integers(0, 9999), st.booleans()), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_reliability_is_scikit_learns_calibration_curve(pairs, bins):
    probabilities = [(n + 0.37) / 10000 for n, _ in pairs]  # on no border of two bins
    truth = [t for _, t in pairs]
    found = scoring.reliability(probabilities, truth, bins=bins)
    right, mean = calibration_curve(truth, probabilities, n_bins=bins, pos_label=True)
    assert [b.right for b in found] == pytest.approx(list(right))
    assert [b.probability for b in found] == pytest.approx(list(mean))


@pytest.mark.parametrize(
    ("probabilities", "truth", "bins", "expected"),
    [
        ([], [], 10, ()),
        ([0.0], [True], 10, (Bin(0.0, 0.1, 1, 0.0, 1.0),)),
        ([1.0], [False], 10, (Bin(0.9, 1.0, 1, 1.0, 0.0),)),
        ([0.5], [True], 2, (Bin(0.5, 1.0, 1, 0.5, 1.0),)),
        ([0.25, 0.75], [False, True], 1, (Bin(0.0, 1.0, 2, 0.5, 0.5),)),
        (
            [0.25, 0.125, 0.75],
            [1, 0, np.True_],
            2,
            (Bin(0.0, 0.5, 2, 0.1875, 0.5), Bin(0.5, 1.0, 1, 0.75, 1.0)),
        ),
    ],
)
def test_reliability_by_hand(probabilities, truth, bins, expected):
    assert scoring.reliability(probabilities, truth, bins=bins) == expected


def test_what_differs_in_length_is_refused():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        scoring.reliability([0.5], [])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        scoring.confusions([{"a"}], [])
    with pytest.raises(ValueError, match=r"shorter|longer"):
        judge(SEVERAL, FOUR, np.zeros((3, 2), dtype=np.float32))


# What the model gets to see


def lines(*rows, alone):
    """One document of paragraphs of a segment each."""
    paragraphs = tuple(
        LabelledParagraph("d", n, (), (LabelledSegment(text, (label,)),))
        for n, (text, label) in enumerate(rows)
    )
    return Corpus({"d": {}}, paragraphs, alone=alone)


def test_a_document_is_judged_in_its_context_and_copies_are_not():
    tried = model({"甲": (2, -2), "乙": (-2, 2)}, context=True)
    rows = [("甲", "a"), ("甲 ", "b"), ("乙", "a"), ("甲", "a")]
    together = tried.probabilities([((), (text,)) for text, _ in rows])
    apart = np.vstack([tried.probabilities([((), (text,))]) for text, _ in rows])
    assert np.abs(together - apart).max() > 0.1
    for alone, probabilities in ((False, together), (True, apart)):
        found = lines(*rows, alone=alone)
        assert evaluate(tried, found) == judge(tried, found, probabilities)


def test_headings_are_part_of_what_is_judged():
    paragraph = LabelledParagraph("d", 0, ("下",), (LabelledSegment("", ("b",)),))
    tried = separate({"甲": (0.9, 0.1)})
    heading = FIELDS.index("heading")
    named = tuple({"下": 0} if n == heading else {} for n in range(len(FIELDS)))
    seeing = TopicModel(
        tried.labels, named, tried.weights, tried.thresholds, tried.tokenizer, tried.exclusive
    )
    (mistake,) = evaluate(seeing, Corpus({"d": {}}, (paragraph,))).mistakes
    assert mistake.predicted["a"] > 0.6


def test_a_corpus_of_nothing_is_no_error():
    for tried in (SEVERAL, ONE):
        assert evaluate(tried, Corpus({}, ())) == Evaluation(
            {}, 0.0, 0.0, 0.0, 0, tried.exclusive, (), (), ()
        )


def test_nothing_to_find_and_nothing_found_is_right():
    found = evaluate(SEVERAL, texts(("丁", ""), ("丁", "")))
    assert (found.exact, found.macro_f1, found.labels, found.mistakes) == (1, 0, {}, ())


# Folders and files


@pytest.fixture
def folder(tmp_path):
    card = {"labels": [{"id": label, "title": label} for label in SEVERAL.labels]}
    store.save(SEVERAL, tmp_path / "model", card=card, text="")
    return tmp_path / "model"


@pytest.fixture
def file(tmp_path):
    rows = [{"text": s.text, "labels": list(s.topics)} for p in FOUR.paragraphs for s in p.segments]
    path = tmp_path / "four.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "path"])
def test_model_and_corpus_may_be_given_by_their_paths(folder, file, judged, kind):
    found = evaluate(kind(folder), kind(file))
    assert found == evaluate(store.load(folder), corpus.read(file))
    assert found.labels == judged.labels
    assert found.confusions == judged.confusions
    assert losses(found) == pytest.approx(losses(judged), abs=0.01)  # stored as half floats
    assert evaluate(folder, file, threshold=1.0).exact == 0


def test_what_cannot_be_read_is_refused_by_name(folder, file, tmp_path):
    with pytest.raises(ModelNotFound, match=r"nowhere.*model\.json"):
        evaluate(tmp_path / "nowhere", file)
    with pytest.raises(CorpusError, match="nothing"):
        evaluate(folder, tmp_path / "nothing.jsonl")
    file.write_text('{"text": "好"}\n', "utf-8")
    with pytest.raises(CorpusError, match=r"four\.jsonl:1: "):
        evaluate(folder, file)


# As JSON


def test_an_evaluation_is_json(judged):
    found = json.loads(json.dumps(judged.to_json(), allow_nan=False))
    assert found["labels"]["a"] == {"precision": 0.5, "recall": 1 / 3, "f1": 0.4, "support": 3}
    assert found["confusions"][0] == {"truth": None, "predicted": "a", "count": 1}
    assert found["reliability"][0]["count"] == 1
    first = found["mistakes"][0]
    assert first | {"loss": round(first["loss"], 3)} == {
        "document": "text-4",
        "paragraph": 0,
        "segment": 0,
        "text": "丁",
        "truth": ["a", "b"],
        "predicted": {},
        "loss": 3.601,
    }
    assert set(found) == {field.name for field in fields(Evaluation)}
    assert {type(found[name]) for name in ("macro_f1", "micro_f1", "exact")} == {float}
    assert found["exclusive"] is False


@pytest.mark.parametrize(("worst", "count"), [(None, 3), (0, 0), (1, 1), (2, 2), (99, 3)])
def test_as_many_mistakes_are_told_as_are_asked_for(judged, worst, count):
    found = judged.to_json(worst=worst)["mistakes"]
    assert [m["text"] for m in found] == ["丁", "乙", "丙"][:count]
    assert len(judged.mistakes) == 3  # the evaluation itself stays as it is


def test_odd_texts_and_labels_are_json_too():
    odd = '甲\n\0"\\\u2028\ud800'
    found = evaluate(SEVERAL, texts((odd, ["标签 \"'"])))
    again = json.loads(json.dumps(found.to_json()))
    assert again["mistakes"][0]["text"] == odd
    assert list(again["labels"]) == ["a", "标签 \"'"]


# As frames


def test_an_evaluation_is_frames(judged):
    pytest.importorskip("pandas")
    frames = judged.frames()
    assert list(frames) == ["labels", "confusions", "mistakes", "reliability"]
    labels = frames["labels"]
    assert list(labels.index) == ["a", "b"]
    assert list(labels.columns) == ["precision", "recall", "f1", "support"]
    assert labels.loc["a"].tolist() == [1 / 2, 1 / 3, 2 / 5, 3]
    assert labels["f1"].mean() == pytest.approx(judged.macro_f1)
    mistakes = frames["mistakes"]
    assert mistakes["text"].tolist() == ["丁", "乙", "丙"]
    assert mistakes["truth"].tolist() == [("a", "b"), ("a",), ("b",)]
    assert mistakes["predicted"].tolist() == [dict(m.predicted) for m in judged.mistakes]
    assert mistakes["loss"].is_monotonic_decreasing
    assert frames["confusions"]["count"].sum() == 4
    assert frames["reliability"]["count"].sum() == 8  # four texts, two labels


@pytest.mark.parametrize(
    "found", [Corpus({}, ()), texts(("甲", "a"))], ids=["nothing", "no mistake"]
)
def test_frames_without_a_row_have_their_columns(found):
    pytest.importorskip("pandas")
    frames = evaluate(SEVERAL, found).frames()
    for name, kind in (
        ("labels", LabelScore),
        ("confusions", Confusion),
        ("mistakes", Mistake),
        ("reliability", Bin),
    ):
        assert list(frames[name].columns) == [field.name for field in fields(kind)]
    assert len(frames["mistakes"]) == len(frames["confusions"]) == 0
    assert len(frames["labels"]) == len(found.labels)


def test_without_pandas_there_are_no_frames(judged, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError):
        judged.frames()
