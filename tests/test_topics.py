"""The shipped model, the folder it lives in, and how broken folders are refused."""

import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

import nlp_reports
from nlp_reports import evaluation, training
from nlp_reports.topics import store

TOPICS = [
    "problems",
    "improvements",
    "channels",
    "overview",
    "front_matter",
    "proactive",
    "requests",
    "disputes",
    "fees",
    "organization",
    "training",
    "supervision",
    "secrecy",
    "interaction",
    "services",
]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(store.shipped(), tmp_path / "model")


def predict(tagger, *segments, headings=()):
    return tagger.model.predict([(headings, segments)])


@pytest.mark.parametrize(
    ("headings", "segment", "topics"),
    [
        ((), "下一步，我局将继续拓宽公开渠道，办好微信公众号。", {"improvements", "channels"}),
        (("存在的主要问题",), "一是部分单位对公开工作重视不够；", {"problems", "organization"}),
        ((), "全年未收取任何费用。", {"fees"}),
        ((), "本年度未发生因政府信息公开引起的行政复议和行政诉讼。", {"disputes"}),
        (("主动公开情况",), "全年主动公开政府信息3120条。", {"proactive"}),
    ],
)
def test_plain_sentences_get_their_topics(tagger, headings, segment, topics):
    (found,) = predict(tagger, segment, headings=headings)
    assert set(found) == topics
    assert all(0 <= p <= 1 for p in found.values())


def test_the_mood_of_a_list_carries_over_its_items(tagger):
    items = [
        "明年重点做好以下工作：",
        "一是完善公开目录；",
        "二是加强业务培训；",
        "三是办好门户网站。",
    ]
    assert all("improvements" in found for found in predict(tagger, *items))


def test_no_paragraphs_and_empty_segments_are_no_error(tagger):
    assert tagger.model.predict([]) == []
    assert tagger.model.predict([((), ())]) == []
    assert len(tagger.model.predict([((), ("",)), ((), ("。",))])) == 2


def test_a_threshold_of_zero_lists_every_topic(tagger):
    (found,) = tagger.model.predict([((), ("全年公开信息12条。",))], threshold=0.0)
    assert set(found) == set(TOPICS)


def test_the_model_knows_the_fifteen_topics(tagger):
    assert list(tagger.model.labels) == TOPICS


def test_the_model_was_trained_on_this_corpus(tagger, labelled):
    assert tagger.model.card["corpus"]["fingerprint"] == labelled.fingerprint()


def test_scores_on_documents_held_out_are_those_of_the_card(tagger, labelled):
    scores = evaluation.evaluate(tagger.model, labelled.part("test"))
    assert scores.macro_f1 == pytest.approx(
        tagger.model.card["scores"]["test"]["macro_f1"], abs=0.002
    )
    assert scores.macro_f1 >= 0.90


def test_tagging_needs_numpy_and_the_engine_and_nothing_heavier():
    code = (
        "import sys, nlp_reports; nlp_reports.tag('全年公开信息12条。'); "
        "print(*{'sklearn', 'scipy', 'joblib', 'jieba', 'spacy', 'pandas'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b""


def test_the_model_pickles_as_the_name_of_its_folder(tagger):
    blob = pickle.dumps(tagger)
    assert len(blob) < 2000
    again = pickle.loads(blob)
    assert predict(again, "全年未收取任何费用。") == predict(tagger, "全年未收取任何费用。")


def test_two_trainings_are_the_same_and_survive_the_folder(labelled, tmp_path):
    small = labelled.only(sorted(labelled.documents)[:40:4])
    prints = set()
    for name in ("first", "second"):
        model = nlp_reports.train(small, out=tmp_path / name)
        prints.add(model.card["fingerprint"])
        assert (tmp_path / name / "CARD.md").read_text("utf-8").startswith("# Topic model")
    assert len(prints) == 1
    fresh = training.fit(small).model
    texts = [((), ("全年公开信息12条。", "一是重视不够；"))]
    np.testing.assert_allclose(
        fresh.probabilities(texts), model.probabilities(texts), atol=0.01
    )  # weights are stored as half floats


def test_a_missing_model_is_refused_by_name(tmp_path):
    with pytest.raises(nlp_reports.ModelNotFound, match=r"model\.json"):
        nlp_reports.load(tmp_path)


def change_card(folder, **changes):
    card = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps({**card, **changes}), "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "weights.npz").unlink(),
        lambda folder: (folder / "weights.npz").write_bytes(b"PK\x03\x04 cut"),
        lambda folder: (folder / "vocabulary.txt").write_text("公开", "utf-8"),
        lambda folder: (folder / "model.json").write_text("{", "utf-8"),
        lambda folder: (folder / "model.json").write_text("[]", "utf-8"),
        lambda folder: change_card(folder, labels=None),
        lambda folder: change_card(folder, thresholds={}),
        lambda folder: change_card(folder, files={}),
    ],
)
def test_damage_is_refused_and_never_half_loaded(folder, damage):
    damage(folder)
    with pytest.raises(nlp_reports.ModelDamaged):
        nlp_reports.load(folder)


def test_a_model_of_another_format_is_refused(folder):
    change_card(folder, format=99)
    with pytest.raises(nlp_reports.ModelMismatch, match="99"):
        nlp_reports.load(folder)


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('the model executed something')",)


def test_a_pickle_in_disguise_is_not_executed(folder):
    names = list(store._NAMES)
    bombs = {name: np.array([Bomb()], dtype=object) for name in names}
    np.savez(folder / "weights.npz", **bombs)
    digest = __import__("hashlib").sha256((folder / "weights.npz").read_bytes()).hexdigest()
    files = json.loads((folder / "model.json").read_text("utf-8"))["files"]
    change_card(folder, files={**files, "weights.npz": digest})
    with pytest.raises(nlp_reports.ModelDamaged):
        nlp_reports.load(folder)


def test_training_refuses_to_overwrite_what_is_no_model(labelled, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work", "utf-8")
    small = labelled.only(sorted(labelled.documents)[:40:4])
    with pytest.raises(nlp_reports.ModelError, match="refusing"):
        nlp_reports.train(small, out=tmp_path / "precious")
    assert (tmp_path / "precious" / "thesis.txt").exists()
