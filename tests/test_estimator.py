"""The classifier as scikit-learn's users meet it: its contract, on texts."""

import copy
import io
import itertools
import pickle
import random
import warnings
from functools import cache

import joblib
import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, MultiLabelBinarizer
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

from nlp_reports import TopicClassifier, tokens, training
from nlp_reports.annotation import LabelledParagraph, LabelledSegment
from nlp_reports.corpus import Corpus
from nlp_reports.errors import SettingsError

few = settings(max_examples=20, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module", autouse=True)
def one_dictionary():
    """Read the dictionary once: it takes longer than to train on a few texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tokens._ENGINES, "rjieba", cache(tokens._ENGINES["rjieba"]))
        yield


def quick(**options):
    return TopicClassifier(**{"vectors": False, "folds": 2, **options})


# Notes from the kitchen, the workshop and the garden of a house that is nowhere

WORDS = {
    "厨房": ["炖汤", "切菜", "洗碗", "蒸鱼", "揉面"],
    "工坊": ["锯木", "打磨", "上漆", "钉箱", "磨刀"],
    "花园": ["浇花", "剪枝", "松土", "播种", "除草"],
}
WHEN = ["清早", "午后", "傍晚", "雨天", "闲时", "年初"]
KINDS = sorted(WORDS)


def notes(count, seed=1):
    """Different texts and the label of each, the labels in turn."""
    rng, found = random.Random(seed), {}
    for kind in itertools.cycle(KINDS):
        if len(found) == count:
            return list(found), list(found.values())
        first, second = rng.sample(WORDS[kind], 2)
        found.setdefault(
            f"{rng.choice(WHEN)}{first}，{second}第{chr(0x7532 + len(found))}回。", kind
        )


TEXTS, LABELS = notes(48)
OTHERS, THEIRS = notes(30, seed=2)
SEVERAL = [f"{a}{b}" for a, b in zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True)] + TEXTS
MATRIX = MultiLabelBinarizer().fit_transform(
    [{a, b} for a, b in zip(LABELS, LABELS[1:] + LABELS[:1], strict=True)] + [{a} for a in LABELS]
)


@pytest.fixture(scope="module")
def fitted():
    return quick().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def several():
    return quick().fit(SEVERAL, MATRIX)


# scikit-learn's own checks. All of them feed tables of numbers; so the classifier gets them written
# down: a text a row, two signs a number.


class OfNumbers(TopicClassifier):
    def fit(self, X, y):  # noqa: N803
        from sklearn.utils.validation import validate_data

        return super().fit(written(validate_data(self, X)), y)

    def predict_proba(self, X):  # noqa: N803
        from sklearn.utils.validation import validate_data

        check_is_fitted(self)
        return super().predict_proba(written(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.string = True, False
        return tags


def written(table):
    """A row as signs that stand for each number, roughly and finely."""

    def sign(place, step):
        return chr(0xAC00 + 100 * place + int(np.clip(step, -40, 40)) + 40)

    return [
        "".join(sign(2 * n, v // 1) + sign(2 * n + 1, 20 * v % 80 - 40) for n, v in enumerate(row))
        for row in table
    ]


modern = pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 7), reason="checks of 1.7 and later"
)

# What does not pass, and why; all else must.
EXCEPTED = {
    "check_array_api_input": ("skipped", "asks for an environment variable; texts are no arrays"),
    "check_classifiers_multilabel_output_format_decision_function": (
        "skipped",
        "there is no decision_function: probabilities are the scores",
    ),
}

# What must be among the checks that pass, whichever others come and go: what it says of texts.
NAMED = {
    "check_classifier_data_not_an_array": "labels in anything like an array",
    "check_classifiers_classes": "labels of any kind come back as they were given",
    "check_classifiers_multilabel_output_format_predict": "0 and 1 come back as 0 and 1",
    "check_classifiers_multilabel_output_format_predict_proba": "a column a label, in [0, 1]",
    "check_classifiers_multilabel_representation_invariance": "lists, arrays, strides: the same",
    "check_classifiers_one_label": "one label only: an error that speaks of classes",
    "check_classifiers_regression_target": "numbers that are no labels are refused",
    "check_classifiers_train": "learns, predicts, adds up to 1, refuses what differs in length",
    "check_dict_unchanged": "predicting changes nothing",
    "check_do_not_raise_errors_in_init_or_set_params": "values are looked at in fit",
    "check_dont_overwrite_parameters": "fit sets names that end in _ only",
    "check_estimator_cloneable": "can be cloned",
    "check_estimator_repr": "can be shown",
    "check_estimators_fit_returns_self": "fit returns self",
    "check_estimators_overwrite_params": "fit changes no parameter",
    "check_estimators_pickle": "can be pickled",
    "check_estimators_unfitted": "NotFittedError before fit",
    "check_fit_check_is_fitted": "check_is_fitted knows",
    "check_fit_idempotent": "fitted again it is the same",
    "check_get_params_invariance": "get_params, shallow and deep",
    "check_methods_sample_order_invariance": "the order of texts is no matter",
    "check_methods_subset_invariance": "texts at once or one by one: the same",
    "check_no_attributes_set_in_init": "__init__ keeps its arguments and nothing else",
    "check_parameters_default_constructible": "every parameter has a default",
    "check_pipeline_consistency": "in a pipeline it is the same",
    "check_requires_y_none": "without y an error that says so",
    "check_set_params": "set_params",
    "check_supervised_y_2d": "a column of labels is taken as labels, with a warning",
    "check_supervised_y_no_nan": "labels that are no numbers are refused",
    "check_valid_tag_types": "tags",
}


@pytest.fixture(scope="module")
def outcomes():
    """What became of each of scikit-learn's checks; of those with the same name, the worst."""
    ranks = ["passed", "xfail", "skipped", "failed"]
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks warn of what they try
        for check in check_estimator(OfNumbers(vectors=False, folds=2), on_fail=None, on_skip=None):
            outcome = (check["status"], repr(check["exception"]))
            known = found.setdefault(check["check_name"], outcome)
            if ranks.index(outcome[0]) > ranks.index(known[0]):
                found[check["check_name"]] = outcome
    return found


@modern
def test_the_checks_of_scikit_learn_pass_but_for_those_excepted(outcomes):
    odd = {name: outcome for name, outcome in outcomes.items() if outcome[0] != "passed"}
    expected = {name: status for name, (status, _) in EXCEPTED.items()}
    assert {name: status for name, (status, _) in odd.items()} == expected, odd


@modern
@pytest.mark.parametrize("name", NAMED)
def test_the_checks_that_matter_are_among_those_that_pass(outcomes, name):
    assert outcomes[name][0] == "passed", outcomes[name]


@modern
def test_the_classifier_itself_tells_scikit_learn_that_it_takes_texts():
    tags = quick().__sklearn_tags__()
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array
    assert tags.target_tags.required
    assert tags.classifier_tags.multi_label
    assert is_classifier(quick())
    with pytest.warns(sklearn.exceptions.SkipTestWarning, match="requires input"):
        found = check_estimator(quick())
    assert [check["status"] for check in found] == ["passed"]  # the one check without a table


# Parameters

GIVEN = {
    "least": 2,
    "strength": 0.5,
    "vectors": False,
    "folds": 4,
    "words": {"石臼湾": None},
    "seed": 7,
    "engine": "jieba",
    "jobs": 2,
}


def test_parameters_are_kept_as_they_are_given():
    classifier = TopicClassifier(**GIVEN)
    assert classifier.get_params() == classifier.get_params(deep=False) == GIVEN
    assert vars(classifier) == GIVEN
    assert classifier.words is GIVEN["words"]
    assert vars(TopicClassifier()).keys() == GIVEN.keys()
    with pytest.raises(TypeError):
        TopicClassifier(2)  # by name only


@pytest.mark.parametrize("name", GIVEN)
def test_a_parameter_is_set_by_its_name(name):
    classifier = TopicClassifier()
    assert classifier.set_params(**{name: GIVEN[name]}) is classifier
    assert classifier.get_params() == {**TopicClassifier().get_params(), name: GIVEN[name]}
    with pytest.raises(ValueError, match="Invalid parameter"):
        classifier.set_params(**{f"{name}s_": 1})


def test_a_clone_has_the_parameters_and_nothing_learnt(fitted):
    fresh = clone(fitted)
    assert fresh.get_params() == fitted.get_params()
    assert vars(fresh).keys() == GIVEN.keys()
    kept = clone(TopicClassifier(**GIVEN))
    assert kept.get_params() == GIVEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"least": 0},
        {"strength": -1},
        {"folds": 1},
        {"seed": -1},
        {"seed": 1 << 32},
        {"words": {"石臼湾": 0}},
        {"engine": "spacy"},
        {"jobs": 0},
    ],
)
def test_a_parameter_outside_its_range_is_refused_by_fit_not_before(wrong):
    classifier = quick(**wrong)
    with pytest.raises(
        SettingsError, match=next(iter(wrong)) if "words" not in wrong else "石臼湾"
    ):
        classifier.fit(TEXTS, LABELS)
    with pytest.raises(NotFittedError):
        classifier.predict(TEXTS)


@pytest.mark.parametrize(
    "other", [{"strength": 0.01}, {"least": 3}, {"folds": 5}, {"seed": 1}, {"vectors": True}]
)
def test_every_parameter_counts(fitted, other):
    found = quick(**other).fit(TEXTS, LABELS)
    assert np.abs(found.predict_proba(OTHERS) - fitted.predict_proba(OTHERS)).max() > 1e-4


def test_words_are_kept_whole():
    texts = [f"石臼湾{text}" if n % 2 else text for n, text in enumerate(TEXTS)]
    classifier = quick(words={"石臼湾": None}).fit(texts, LABELS)
    assert "石臼湾" in classifier.model_.tokenizer("石臼湾炖汤")
    assert "石臼湾" not in quick().fit(texts, LABELS).model_.tokenizer("石臼湾炖汤")


# Learning


def test_what_is_learnt_holds_for_texts_not_seen(fitted):
    assert fitted.score(OTHERS, THEIRS) >= 0.95
    assert fitted.score(OTHERS, THEIRS) == np.mean(fitted.predict(OTHERS) == THEIRS)
    assert list(fitted.classes_) == KINDS


def test_fit_returns_self_and_sets_what_it_says():
    classifier = quick()
    assert classifier.fit(TEXTS, LABELS) is classifier
    assert vars(classifier).keys() - GIVEN.keys() == {"classes_", "model_"}
    check_is_fitted(classifier)


def test_fitted_again_it_is_the_same():
    classifier = quick().fit(TEXTS, LABELS)
    first = classifier.predict_proba(OTHERS)
    np.testing.assert_array_equal(classifier.fit(TEXTS, LABELS).predict_proba(OTHERS), first)
    np.testing.assert_array_equal(quick().fit(TEXTS, LABELS).predict_proba(OTHERS), first)


def test_fitted_on_something_else_it_forgets():
    classifier = quick().fit(SEVERAL, MATRIX).fit(TEXTS[:40], ["甲", "乙"] * 20)
    assert list(classifier.classes_) == ["乙", "甲"]
    assert classifier.predict(TEXTS).shape == (len(TEXTS),)
    assert set(classifier.predict(TEXTS)) <= {"甲", "乙"}


def test_a_fit_that_fails_leaves_what_was_learnt(fitted):
    classifier = copy.copy(fitted)
    before = classifier.predict(OTHERS)
    with pytest.raises(ValueError, match="in one only"):
        classifier.fit(TEXTS[:4], ["w", "w", "x", "y"])
    assert (classifier.predict(OTHERS) == before).all()


def test_fit_and_predict_leave_their_input_as_it_was():
    texts, labels = np.array(TEXTS), np.array(LABELS)
    words = {"石臼湾": None}
    matrix = MATRIX.copy()
    for given_ in (texts, labels, matrix):
        given_.setflags(write=False)
    classifier = quick(words=words).fit(texts, labels)
    classifier.predict(texts)
    quick().fit(SEVERAL, matrix)
    assert list(texts) == TEXTS
    assert list(labels) == LABELS
    assert (matrix == MATRIX).all()
    assert words == {"石臼湾": None}


def test_it_is_the_model_that_train_makes(fitted):
    paragraphs = tuple(
        LabelledParagraph(str(n), 0, (), (LabelledSegment(text, (str(KINDS.index(label)),)),))
        for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    )
    corpus = Corpus({p.document: {} for p in paragraphs}, paragraphs, exclusive=True, alone=True)
    model = training.fit(corpus, training.Recipe(vectors=False, folds=2)).model
    found = model.probabilities([((), (text,)) for text in OTHERS])
    np.testing.assert_allclose(fitted.predict_proba(OTHERS), found, atol=1e-6)


def test_copies_never_stand_on_two_sides():
    signs = [chr(0xAC00 + n) for n in range(400)]
    labels = random.Random(3).choices(KINDS, k=50)
    texts = ["".join(signs[8 * n : 8 * n + 8]) for n in range(50)]
    labels = [label for label in labels for _ in range(3)]
    # Whoever is tested on what he learnt is sure of himself.
    copies = [f"{n} {text}" for text in texts for n in (1, 22, 333)]
    assert quick().fit(copies, labels).predict_proba(texts).max(axis=1).mean() < 0.6
    near = [f"{sign}{text}" for text in texts for sign in "甲乙丙"]
    assert quick().fit(near, labels).predict_proba(texts).max(axis=1).mean() > 0.9


# Before fit


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_nothing_is_predicted_before_fit(method):
    with pytest.raises(NotFittedError):
        getattr(quick(), method)(TEXTS)


def test_nothing_is_scored_before_fit():
    with pytest.raises(NotFittedError):
        quick().score(TEXTS, LABELS)


# Predictions


def test_probabilities_are_a_column_a_class_and_add_up_to_one(fitted):
    found = fitted.predict_proba(OTHERS)
    assert found.shape == (30, 3)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert (fitted.classes_[found.argmax(axis=1)] == fitted.predict(OTHERS)).all()


@few
@given(st.lists(st.text(max_size=20) | st.sampled_from(OTHERS), max_size=8))
def test_any_texts_have_probabilities(fitted, texts):
    found = fitted.predict_proba(texts)
    assert found.shape == (len(texts), 3)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert fitted.predict(texts).shape == (len(texts),)


@pytest.mark.parametrize("name", ["fitted", "several"])
def test_the_order_of_texts_is_no_matter(name, request):
    classifier = request.getfixturevalue(name)
    order = np.random.default_rng(4).permutation(len(OTHERS))
    turned = [OTHERS[n] for n in order]
    np.testing.assert_array_equal(classifier.predict(turned), classifier.predict(OTHERS)[order])
    np.testing.assert_allclose(
        classifier.predict_proba(turned), classifier.predict_proba(OTHERS)[order], atol=1e-6
    )


def test_texts_at_once_or_one_by_one_are_the_same(fitted, monkeypatch):
    whole = fitted.predict_proba(OTHERS)
    alone = np.vstack([fitted.predict_proba([text]) for text in OTHERS])
    np.testing.assert_allclose(alone, whole, atol=1e-6)
    monkeypatch.setattr("nlp_reports.estimator._AT_ONCE", 7)
    np.testing.assert_allclose(fitted.predict_proba(OTHERS), whole, atol=1e-6)


def test_no_text_has_no_prediction(fitted, several):
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, 3)
    assert several.predict([]).shape == (0, 3)


@pytest.mark.parametrize(
    "kind",
    [list, tuple, np.array, lambda x: np.array(x, dtype=object), iter],
    ids=["list", "tuple", "array", "objects", "iterator"],
)
def test_texts_come_in_any_sequence(fitted, kind):
    assert (fitted.predict(kind(OTHERS)) == fitted.predict(OTHERS)).all()


# Labels of every kind


@pytest.mark.parametrize(
    "names",
    [
        ("丙", "甲", "乙"),
        (7, -2, 30),
        (2.0, 0.0, 1.0),
        ("10", "9", "1"),
        (np.int8(3), np.int8(1), np.int8(2)),
    ],
    ids=["str", "int", "float", "digits", "int8"],
)
@pytest.mark.parametrize("kind", [list, np.array], ids=["list", "array"])
def test_labels_come_back_as_they_were_given(fitted, names, kind):
    named = dict(zip(KINDS, names, strict=True))
    given_ = kind([named[label] for label in LABELS])
    classifier = quick().fit(TEXTS, given_)
    assert classifier.classes_.tolist() == sorted(names)
    assert classifier.classes_.dtype == np.asarray(given_).dtype
    found = classifier.predict(OTHERS)
    assert found.dtype == classifier.classes_.dtype
    assert np.mean(found == [named[label] for label in THEIRS]) >= 0.95
    # Columns stand in the order of the classes, whatever they are called.
    order = np.argsort(names)
    expected = fitted.predict_proba(OTHERS)[:, order]
    np.testing.assert_allclose(classifier.predict_proba(OTHERS), expected, atol=0.25)


@pytest.mark.parametrize("kind", [list, np.array], ids=["list", "array"])
def test_labels_may_be_truth_values(kind):
    garden = [label == "花园" for label in LABELS]
    classifier = quick().fit(TEXTS, kind(garden))
    assert classifier.classes_.tolist() == [False, True]
    assert classifier.classes_.dtype == bool
    assert classifier.score(OTHERS, [label == "花园" for label in THEIRS]) >= 0.95


def test_a_column_of_labels_is_taken_as_labels_with_a_warning(fitted):
    column = np.array(LABELS)[:, None]
    with pytest.warns(DataConversionWarning, match="column-vector"):
        classifier = quick().fit(TEXTS, column)
    assert (classifier.predict(OTHERS) == fitted.predict(OTHERS)).all()


def test_labels_and_texts_come_from_pandas(fitted):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS, "kind": LABELS}, index=range(100, 148))
    expected = fitted.predict(OTHERS)
    for labels in (frame["kind"], frame["kind"].astype("category"), frame["kind"].astype(object)):
        classifier = quick().fit(frame["text"], labels)
        assert classifier.classes_.tolist() == KINDS
        assert (classifier.predict(pandas.Series(OTHERS)) == expected).all()
    assert quick().fit(frame["text"], frame["kind"] == "花园").classes_.tolist() == [False, True]


# Several labels a text


def test_several_labels_come_back_as_a_matrix(several):
    assert several.classes_.tolist() == [0, 1, 2]
    found = several.predict(SEVERAL)
    assert found.shape == MATRIX.shape
    assert set(found.ravel().tolist()) == {0, 1}
    assert (found == MATRIX).all(axis=1).mean() >= 0.9
    assert several.score(SEVERAL, MATRIX) == (found == MATRIX).all(axis=1).mean()
    other = MultiLabelBinarizer().fit_transform([{label} for label in THEIRS])
    assert several.score(OTHERS, other) >= 0.8


def test_each_of_several_labels_has_a_probability_of_its_own(several):
    both = several.predict_proba(["清早炖汤，切菜；午后锯木，打磨。"])
    assert both.shape == (1, 3)
    assert both[0, 0] > 0.5 < both[0, 1]
    assert both[0, 2] < 0.5
    assert several.predict(["清早炖汤，切菜；午后锯木，打磨。"]).tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    "kind",
    [
        list,
        np.ndarray.tolist,
        lambda y: y.astype(bool),
        lambda y: y.astype(float),
        np.asfortranarray,
        sparse.csr_matrix,
        sparse.csc_array,
    ],
    ids=["rows", "list", "bool", "float", "fortran", "csr_matrix", "csc_array"],
)
def test_a_matrix_of_labels_may_have_any_form(several, kind):
    classifier = quick().fit(SEVERAL, kind(MATRIX.copy()))
    np.testing.assert_array_equal(classifier.predict_proba(OTHERS), several.predict_proba(OTHERS))
    assert (classifier.predict(OTHERS) == several.predict(OTHERS)).all()


def test_a_matrix_of_labels_may_be_a_frame(several):
    pandas = pytest.importorskip("pandas")
    classifier = quick().fit(SEVERAL, pandas.DataFrame(MATRIX, columns=KINDS))
    assert (classifier.predict(OTHERS) == several.predict(OTHERS)).all()


def test_a_label_that_no_text_has_is_never_given(several):
    wide = np.insert(MATRIX, 1, 0, axis=1)
    classifier = quick().fit(SEVERAL, wide)
    assert classifier.classes_.tolist() == [0, 1, 2, 3]
    found = classifier.predict_proba(OTHERS)
    assert not found[:, 1].any()
    np.testing.assert_array_equal(found[:, [0, 2, 3]], several.predict_proba(OTHERS))
    assert not classifier.predict(OTHERS)[:, 1].any()


def test_a_label_that_every_text_has_is_always_given():
    classifier = quick().fit(SEVERAL, np.insert(MATRIX, 3, 1, axis=1))
    assert classifier.predict(OTHERS)[:, 3].all()
    assert (classifier.predict_proba(OTHERS)[:, 3] > 0.99).all()


def test_a_text_may_have_none_of_several_labels():
    plain = [f"无事{chr(0x7532 + n)}，静坐。" for n in range(40)]
    matrix = np.vstack([MATRIX, np.zeros((40, 3), dtype=int)])
    classifier = quick().fit(SEVERAL + plain, matrix)
    assert classifier.predict(["无事，静坐。"]).tolist() == [[0, 0, 0]]


# With the rest of scikit-learn


def test_in_a_pipeline_it_is_the_same(fitted):
    strip = FunctionTransformer(lambda texts: [text.strip("# ") for text in texts])
    pipeline = make_pipeline(strip, quick())
    pipeline.fit([f"## {text} #" for text in TEXTS], LABELS)
    assert (pipeline.predict([f"#{text}" for text in OTHERS]) == fitted.predict(OTHERS)).all()
    assert list(pipeline.classes_) == KINDS
    pipeline.set_params(topicclassifier__strength=3)
    assert pipeline[-1].strength == 3


def test_a_column_of_a_frame_goes_through_a_pipeline(fitted):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"page": range(48), "text": TEXTS})
    choose = FunctionTransformer(lambda table: table["text"])
    pipeline = Pipeline([("choose", choose), ("classify", quick())]).fit(frame, LABELS)
    tested = pandas.DataFrame({"page": range(30), "text": OTHERS})
    assert (pipeline.predict(tested) == fitted.predict(OTHERS)).all()
    # What a column transformer hands on is a table, which is not taken for texts.
    table = ColumnTransformer([("text", "passthrough", ["text"])]).fit_transform(frame)
    with pytest.raises(ValueError, match="of one dimension"):
        quick().fit(table, LABELS)


def test_it_is_cross_validated():
    scores = cross_val_score(quick(), TEXTS, LABELS, cv=3)
    assert scores.shape == (3,)
    assert scores.mean() >= 0.9
    found = cross_val_score(quick(), np.array(TEXTS), np.array(LABELS), cv=3, scoring="f1_macro")
    assert found.mean() >= 0.9


def test_probabilities_are_cross_validated_by_class():
    found = cross_val_predict(quick(), TEXTS, LABELS, cv=2, method="predict_proba")
    assert found.shape == (48, 3)
    assert (np.array(KINDS)[found.argmax(axis=1)] == LABELS).mean() >= 0.9


def test_its_parameters_are_searched():
    grid = {"strength": [1e-6, 0.25], "least": np.array([1, 2])}
    search = GridSearchCV(quick(), grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
    assert search.best_params_["strength"] == 0.25
    assert search.best_score_ >= 0.9
    assert search.score(OTHERS, THEIRS) >= 0.95
    assert len(search.cv_results_["params"]) == 4


def test_it_is_a_part_of_other_estimators():
    ranked = OneVsRestClassifier(quick()).fit(np.array(TEXTS), LABELS)
    assert ranked.score(np.array(OTHERS), THEIRS) >= 0.95


def test_encoded_labels_are_the_same_labels(fitted):
    encoder = LabelEncoder().fit(LABELS)
    classifier = quick().fit(TEXTS, encoder.transform(LABELS))
    assert (encoder.inverse_transform(classifier.predict(OTHERS)) == fitted.predict(OTHERS)).all()


# To a file and back


def through_pickle(classifier):
    return pickle.loads(pickle.dumps(classifier))


def through_joblib(classifier):
    file = io.BytesIO()
    joblib.dump(classifier, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("way", [through_pickle, through_joblib, copy.deepcopy])
@pytest.mark.parametrize("name", ["fitted", "several"])
def test_what_was_learnt_survives_a_file(way, name, request):
    classifier = request.getfixturevalue(name)
    again = way(classifier)
    np.testing.assert_array_equal(again.predict_proba(OTHERS), classifier.predict_proba(OTHERS))
    np.testing.assert_array_equal(again.predict(OTHERS), classifier.predict(OTHERS))
    np.testing.assert_array_equal(again.classes_, classifier.classes_)
    assert again.get_params() == classifier.get_params()


def test_before_fit_it_survives_a_file_too():
    assert through_pickle(TopicClassifier(**GIVEN)).get_params() == GIVEN


# What is refused


class Other:
    """Something that is no text."""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("一段话", "not one text"),
        ("一段话".encode(), "not one text"),
        (None, "sequence of texts"),
        (5, "sequence of texts"),
        (Other(), "sequence of texts"),
        ({"text": TEXTS}, "sequence of texts"),
        (np.array(TEXTS)[:, None], "of one dimension"),
        (np.array("一段话"), "of one dimension"),
        (np.zeros((48, 2)), "of one dimension"),
        (sparse.csr_matrix(np.zeros((48, 2))), "of one dimension"),
        ([*TEXTS[:-1], None], r"X\[47\] is a NoneType"),
        ([*TEXTS[:-1], 5], r"X\[47\] is a int"),
        ([*TEXTS[:-1], float("nan")], r"X\[47\] is a float"),
        ([*TEXTS[:-1], "字".encode()], r"X\[47\] is a bytes"),
        ([[text] for text in TEXTS], r"X\[0\] is a list"),
        (np.arange(48), r"X\[0\] is a int64"),
    ],
)
def test_what_is_no_sequence_of_texts_is_refused(fitted, wrong, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(wrong, LABELS)
    with pytest.raises(ValueError, match=message):
        fitted.predict(wrong)


def test_a_frame_is_not_taken_for_the_names_of_its_columns(fitted):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="of one dimension"):
        fitted.predict(pandas.DataFrame({"text": OTHERS}))
    with pytest.raises(ValueError, match=r"X\[30\] is a"):
        fitted.predict(pandas.Series([*OTHERS, None], dtype=object))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (None, "requires y to be passed"),
        ("厨房" * 24, "array-like"),
        (5, "array-like"),
        (LABELS[:-1], "48 texts and 47 rows"),
        ([*LABELS, "厨房"], "48 texts and 49 rows"),
        (MATRIX[:47], "48 texts and 47 rows"),
        ([*LABELS[:-1], None], "cannot be sorted, or none"),
        ([*LABELS[:-2], float("nan"), float("nan")], "contains NaN"),
        ((*LABELS[:-2], np.nan, np.nan), "contains NaN"),
        (np.array([*LABELS[:-1], np.nan], dtype=object), "cannot be sorted, or none"),
        ([1.0] * 24 + [float("nan")] * 24, "NaN"),
        ([1.0] * 24 + [float("inf")] * 24, "inf"),
        (np.linspace(0, 1, 48), "Unknown label type: continuous"),
        (np.arange(144).reshape(48, 3) % 5, "Unknown label type"),
        ([{"厨房"}] * 24 + [{"花园", "厨房"}] * 24, "MultiLabelBinarizer|Unknown label type"),
        ([["厨房"]] * 24 + [["花园", "厨房"]] * 24, "MultiLabelBinarizer"),
        (["厨房"] * 48, "one class"),
        (np.zeros((48, 3), dtype=int), "one label or none"),
        ([*LABELS[:-1], "一次"], "in one only: 0"),  # the number of its class
    ],
)
def test_what_are_no_labels_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(TEXTS, wrong)


def test_labels_that_are_missing_in_pandas_are_refused():
    pandas = pytest.importorskip("pandas")
    for missing in (None, float("nan"), pandas.NA):
        with pytest.raises(ValueError, match=r"NaN|none"):
            quick().fit(TEXTS, pandas.Series([*LABELS[:-1], missing]))
    with pytest.raises(ValueError, match=r"NaN|none"):
        quick().fit(TEXTS, pandas.Series([*[0, 1] * 23, 1, pandas.NA], dtype="Int64"))


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], [], "one class"),
        (TEXTS[:1], LABELS[:1], "one class"),
        (TEXTS[:2], LABELS[:2], "in one only: 0, 1"),
        (["好", "好 ", "好", " 好"], ["a", "b"] * 2, "one document is too little"),
    ],
    ids=["nothing", "one text", "one text a label", "copies"],
)
def test_too_little_to_learn_from_is_refused(texts, labels, message):
    classifier = quick()
    with pytest.raises(ValueError, match=message):
        classifier.fit(texts, labels)
    with pytest.raises(NotFittedError):
        classifier.predict(TEXTS)
