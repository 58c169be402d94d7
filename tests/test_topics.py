"""The shipped model, the folder a model lives in, and how broken folders are refused."""

import hashlib
import io
import json
import pickle
import random
import shutil
import struct
import subprocess
import sys
import tokenize
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import nlp_reports
from nlp_reports import corpus, evaluation, training
from nlp_reports.topics import store
from nlp_reports.topics.features import FIELDS
from nlp_reports.topics.model import AROUND, Weights
from nlp_reports.topics.vectors import shipped_vectors
from nlp_reports.training import Recipe

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


# The shipped model


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
    assert not tagger.model.exclusive


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
        "print(*{'sklearn', 'scipy', 'joblib', 'jieba', 'spacy', 'pandas', "
        "'nlp_reports.topics.vectors'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.strip() == b""


def test_the_model_pickles_as_the_name_of_its_folder(tagger):
    blob = pickle.dumps(tagger)
    assert len(blob) < 2000
    again = pickle.loads(blob)
    assert predict(again, "全年未收取任何费用。") == predict(tagger, "全年未收取任何费用。")


# Models of every build, on invented texts


THINGS = {
    "水果": ["苹果", "香蕉", "葡萄", "柠檬"],
    "车船": ["火车", "飞机", "轮船", "汽车"],
    "学校": ["老师", "学生", "课堂", "考试"],
}


def texts(count=48):
    """Yield a text about two things of a label, and the label."""
    draw = random.Random(count)
    for n in range(count):
        label = draw.choice(list(THINGS))
        one, two = draw.sample(THINGS[label], 2)
        yield f"今年{one}和{two}有{n}件，{draw.choice(['很多', '不少'])}。", label


def rows(build):
    """Yield the rows of a corpus: texts with one label each, with several, or documents."""
    others = dict(zip(THINGS, [*list(THINGS)[1:], "水果"], strict=True))
    for n, (text, label) in enumerate(texts()):
        several = [label, others[label]] if n % 3 == 0 else [label]
        if build == "documents":
            segments = [{"text": text, "topics": several}, {"text": "其他略。", "topics": []}]
            place = {"document": f"report-{n // 6}", "paragraph": n % 6}
            yield {**place, "headings": [f"{label}情况"][: n % 2], "segments": segments}
        else:
            yield {"text": text, "labels": several if build == "several" else [label]}


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    """The corpora: of texts with one label, of texts with several, of documents."""
    folder = tmp_path_factory.mktemp("corpora")
    found = {}
    for build in ("single", "several", "documents"):
        file = folder / f"{build}.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows(build)), "utf-8")
        found[build] = corpus.read(file)
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory, collections):
    """The folders of models trained on them, and of one that knows word vectors."""
    out = tmp_path_factory.mktemp("models")
    for build, learnt in collections.items():
        nlp_reports.train(learnt, out=out / build, recipe=Recipe(vectors=False, folds=2))
    nlp_reports.train(collections["single"], out=out / "vectors", recipe=Recipe(folds=2))
    return {folder.name: folder for folder in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def models(folders):
    return {name: store.load(folder) for name, folder in folders.items()}


BUILDS = ["single", "several", "documents", "vectors"]
CONTENT = (("水果情况",), ("今年苹果很多。", "火车3列，飞机2架。", "", "学生不少；"))


def test_a_folder_holds_what_it_should_and_nothing_else(folders):
    for folder in folders.values():
        names = {file.name for file in folder.iterdir()}
        assert names == {"model.json", "vocabulary.txt", "weights.npz", "CARD.md"}


@pytest.mark.parametrize("name", BUILDS)
def test_what_model_json_says_is_what_is_loaded(folders, models, name):
    model, folder = models[name], folders[name]
    card = json.loads((folder / "model.json").read_text("utf-8"))
    assert card["format"] == store.FORMAT == 2
    assert card["exclusive"] is model.exclusive is (name in ("single", "vectors"))
    assert [label["id"] for label in card["labels"]] == list(model.labels) == sorted(THINGS)
    assert list(card["thresholds"]) == list(model.labels)
    assert tuple(name for name, _ in card["features"]["fields"]) == FIELDS
    grams = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
    assert [len(known) for known in model.vocabulary] == [s for _, s in card["features"]["fields"]]
    assert [gram for known in model.vocabulary for gram in known] == grams
    for file, digest in card["files"].items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest
    assert card["fingerprint"] == store.fingerprint(model)
    assert model.card == card


@pytest.mark.parametrize(("name", "passes"), [("single", 0), ("several", 0), ("documents", 3)])
def test_a_model_of_single_texts_has_a_first_pass_without_columns(folders, name, passes):
    with np.load(folders[name] / "weights.npz") as arrays:
        shapes = {key: array.shape for key, array in arrays.items()}
    features = shapes["idf"][0]
    assert features > 50
    assert shapes == {
        "idf": (features,),
        "first": (features, passes),
        "first_bias": (passes,),
        "second": (features, 3),
        "second_bias": (3,),
        "around": (AROUND * passes, 3),
        "slope": (3,),
        "offset": (3,),
    }


@pytest.mark.parametrize(("name", "alone"), [("single", True), ("several", True), ("documents", False)])  # fmt: skip
def test_what_stands_around_a_text_counts_in_documents_alone(models, name, alone):
    _, segments = CONTENT
    together = models[name].probabilities([CONTENT])
    apart = [models[name].probabilities([((), (segment,))])[0] for segment in segments]
    assert np.allclose(together, apart, atol=1e-6) == alone


@pytest.mark.parametrize("name", ["single", "vectors"])
def test_where_labels_exclude_each_other_a_text_gets_the_likeliest(models, name):
    model = models[name]
    probabilities = model.probabilities([CONTENT])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    best = [model.labels[n] for n in probabilities.argmax(axis=1)]
    for threshold in (None, 0.0):
        given = model.predict([CONTENT], threshold=threshold)
        assert [list(found) for found in given] == [[label] for label in best]
    assert best[0] == "水果"
    assert best[1] == "车船"
    sure = model.predict([CONTENT], threshold=float(probabilities.max()))
    assert sum(map(len, sure)) == 1


def test_where_labels_do_not_a_text_gets_any_number_of_them(models):
    given = models["several"].predict(
        [((), ("今年苹果和火车有3件。", "无关的话。"))], threshold=0.0
    )
    assert [len(found) for found in given] == [3, 3]
    assert not models["several"].thresholds.min() < 0.2
    assert (models["single"].thresholds == 0).all()


# Word vectors


def test_word_vectors_are_folded_into_a_weight_for_each_word(models):
    """The weights of all words are one linear map of their vectors: a few words tell the others."""
    model, vectors = models["vectors"], shipped_vectors()
    known = model.vocabulary[FIELDS.index("meaning")]
    assert tuple(known) == vectors.words
    at = list(known.values())
    np.testing.assert_array_equal(model.weights.idf[at], vectors.importance)
    dimensions = vectors.matrix.shape[1]
    few, others = np.arange(2 * dimensions), np.arange(2 * dimensions, 4 * dimensions)
    weights = model.weights.second[at]
    learnt, *_ = np.linalg.lstsq(vectors.matrix[few], weights[few], rcond=None)
    spread = weights[others].std()
    assert spread > 0.001
    # Half floats are exact to a thousandth.
    assert np.abs(vectors.matrix[others] @ learnt - weights[others]).max() < 0.05 * spread


def test_without_word_vectors_no_word_has_a_meaning(models):
    meaning = FIELDS.index("meaning")
    assert [len(models[name].vocabulary[meaning]) for name in BUILDS[:3]] == [0, 0, 0]


def test_words_never_seen_are_told_by_those_of_like_meaning(models):
    """Nothing of these words, and none of their characters, stands in the texts learnt."""
    seen = {char for text, _ in texts() for char in text}
    unseen = {"樱桃": "水果", "橘子": "水果", "摩托": "车船", "舰艇": "车船", "教授": "学校"}
    assert not seen & set("".join(unseen))
    segments = list(unseen)
    told = models["vectors"].predict([((), segments)])
    assert [next(iter(found)) for found in told] == list(unseen.values())
    blind = models["single"].probabilities([((), segments)])
    np.testing.assert_allclose(blind, np.tile(blind[0], (len(segments), 1)), atol=1e-6)


def test_a_model_that_knows_vectors_needs_none(folders):
    code = (
        "import sys; from nlp_reports.topics import store; "
        "print(*store.load(sys.argv[1]).predict([((), ['樱桃'])])[0], "
        "*{'sklearn', 'scipy', 'nlp_reports.topics.vectors'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, folders["vectors"]], capture_output=True, check=True
    )  # fmt: skip
    assert result.stdout.decode().split() == ["水果"]


# Training, and the folder


@pytest.mark.parametrize("build", ["single", "documents"])
def test_two_trainings_are_the_same_and_survive_the_folder(collections, folders, build, tmp_path):
    recipe = Recipe(vectors=False, folds=2)
    model = nlp_reports.train(collections[build], out=tmp_path / "again", recipe=recipe)
    first = store.load(folders[build])
    assert model.card["fingerprint"] == first.card["fingerprint"]
    for name in store.FILES:
        assert (tmp_path / "again" / name).read_bytes() == (folders[build] / name).read_bytes()
    assert (tmp_path / "again" / "CARD.md").read_text("utf-8").startswith("# Topic model")
    fresh = training.fit(collections[build], recipe).model
    assert store.fingerprint(fresh) == model.card["fingerprint"]
    np.testing.assert_allclose(
        fresh.probabilities([CONTENT]), model.probabilities([CONTENT]), atol=0.01
    )  # weights are stored as half floats


@pytest.mark.parametrize("name", [field.name for field in fields(Weights)])
def test_the_fingerprint_tells_every_weight(models, name):
    model = models["documents"]
    weights = replace(model.weights, **{name: getattr(model.weights, name) + np.float32(0.5)})
    assert store.fingerprint(replace(model, weights=weights)) != store.fingerprint(model)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: replace(m, labels=m.labels[::-1]),
        lambda m: replace(m, exclusive=not m.exclusive),
        lambda m: replace(m, thresholds=m.thresholds + np.float32(0.1)),
        lambda m: replace(m, vocabulary=(m.vocabulary[1], m.vocabulary[0], *m.vocabulary[2:])),
        lambda m: replace(m, tokenizer=type(m.tokenizer)("rjieba", (("苹果和", None),))),
    ],
    ids=["labels", "exclusive", "thresholds", "vocabulary", "words"],
)
def test_the_fingerprint_tells_what_else_decides(models, change):
    model = models["documents"]
    assert store.fingerprint(change(model)) != store.fingerprint(model)
    assert store.fingerprint(replace(model, card={}, path=None)) == store.fingerprint(model)


def test_texts_with_half_a_character_make_a_model_that_can_be_kept(tmp_path):
    found = [
        {"text": f"{text}\ud800" if n % 2 else text, "label": label}
        for n, (text, label) in enumerate(texts())
    ]
    (tmp_path / "half.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in found), "utf-8")
    recipe = Recipe(vectors=False, folds=2)
    model = nlp_reports.train(tmp_path / "half.jsonl", out=tmp_path / "model", recipe=recipe)
    assert list(model.predict([((), ["苹果\ud800"])])[0]) == ["水果"]


def test_training_refuses_to_overwrite_what_is_no_model(collections, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(nlp_reports.ModelError, match="refusing"):
        nlp_reports.train(collections["single"], out=tmp_path / "precious")
    assert [file.name for file in tmp_path.rglob("*")] == ["precious", "thesis.txt"]


# Damage


@pytest.fixture
def folder(folders, tmp_path):
    return Path(shutil.copytree(folders["documents"], tmp_path / "model"))


def test_a_missing_model_is_refused_by_name(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere", Path(__file__)):
        with pytest.raises(nlp_reports.ModelNotFound, match=r"model\.json") as refused:
            nlp_reports.load(path)
        assert refused.value.where == str(path)


def card_of(folder):
    return json.loads((folder / "model.json").read_text("utf-8"))


def change_card(folder, **changes):
    """Change ``model.json`` as one would who knows how it is sealed."""
    card = {**card_of(folder), **changes}
    card = {**card, "seal": store._seal(card)}
    (folder / "model.json").write_text(json.dumps(card), "utf-8")


def forge(folder, name, content):
    """Put another file in the place of one, and its checksum into ``model.json``."""
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    change_card(folder, files={**card_of(folder)["files"], name: digest})


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "weights.npz").unlink(),
        lambda folder: (folder / "vocabulary.txt").unlink(),
        lambda folder: (folder / "weights.npz").write_bytes(b"PK\x03\x04 cut"),
        lambda folder: (folder / "vocabulary.txt").write_text("公开", "utf-8"),
        lambda folder: (folder / "model.json").write_text("{", "utf-8"),
        lambda folder: (folder / "model.json").write_text("[]", "utf-8"),
        lambda folder: (folder / "model.json").write_text("[" * 10**5, "utf-8"),
        lambda folder: (folder / "model.json").write_bytes(b"\xff" * 9),
        lambda folder: (folder / "model.json").write_text(" " * (1 << 24) + "{}", "utf-8"),
        lambda folder: change_card(folder, labels=None),
        lambda folder: change_card(folder, labels=[]),
        lambda folder: change_card(folder, labels=card_of(folder)["labels"][:1] * 3),
        lambda folder: change_card(folder, labels=[{"id": "其他"}, *card_of(folder)["labels"][1:]]),
        lambda folder: change_card(folder, labels=card_of(folder)["labels"][:2]),
        lambda folder: change_card(folder, thresholds={}),
        lambda folder: change_card(folder, thresholds=dict.fromkeys(THINGS, "much")),
        lambda folder: change_card(folder, exclusive="no"),
        lambda folder: change_card(folder, exclusive=None),
        lambda folder: change_card(folder, tokenizer={"words": [["公开", -1]]}),
        lambda folder: change_card(folder, files={}),
    ],
)
def test_damage_is_refused_and_never_half_loaded(folder, damage):
    damage(folder)
    with pytest.raises(nlp_reports.ModelDamaged) as refused:
        nlp_reports.load(folder)
    assert Path(refused.value.where) in {folder, *map(folder.joinpath, store.FILES)}


@pytest.mark.parametrize("version", [1, 3, 99, "2", None, True, [2]])
def test_a_model_of_another_format_is_refused(folder, version):
    change_card(folder, format=version)
    with pytest.raises(nlp_reports.ModelMismatch, match="this version reads format 2") as refused:
        nlp_reports.load(folder)
    assert repr(version) in str(refused.value)
    assert refused.value.where == str(folder)


def test_of_a_newer_format_nothing_but_its_number_is_read(folder):
    (folder / "model.json").write_text('{"format": 3}', "utf-8")
    for name in store.FILES:
        (folder / name).unlink()
    with pytest.raises(nlp_reports.ModelMismatch, match="format 3"):
        nlp_reports.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: [["bigram" if name == "char" else name, size] for name, size in fields],
        lambda fields: fields[::-1],
        lambda fields: fields[:-1],
        lambda fields: [*fields, ["bigram", 0]],
        lambda fields: [],
    ],
    ids=["renamed", "other order", "fewer", "more", "none"],
)
def test_a_model_of_other_fields_is_refused(folder, change):
    change_card(folder, features={"fields": change(card_of(folder)["features"]["fields"])})
    with pytest.raises(nlp_reports.ModelMismatch, match="other fields") as refused:
        nlp_reports.load(folder)
    assert refused.value.where == str(folder)


# Forgeries: files whose checksums are right


class Bomb:
    """A pickle that makes a file when it is read."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


def npy(array, **options):
    """The bytes of an array as numpy saves it."""
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def headed(header):
    """The start of an array whose header says this."""
    line = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line


def archive(folder, **members):
    """The weights of a model as an npz, some of the arrays replaced by bytes."""
    buffer = io.BytesIO()
    with (
        np.load(folder / "weights.npz") as arrays,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in arrays.files:
            out.writestr(f"{name}.npy", members.get(name) or npy(arrays[name]))
    return buffer.getvalue()


def one(value):
    """An array of one object, which numpy saves as a pickle."""
    return np.array([value], dtype=object)


def pickled(bomb, folder):
    return pickle.dumps(bomb)


def pickled_as_text(bomb, folder):
    return pickle.dumps(bomb, protocol=0)


def object_array(bomb, folder):
    return archive(folder, idf=npy(one(bomb), allow_pickle=True))


def objects_alone(bomb, folder):
    buffer = io.BytesIO()
    np.savez(buffer, **dict.fromkeys(store._NAMES, one(bomb)))
    return buffer.getvalue()


def objects_in_a_record(bomb, folder):
    records = np.array([(0.5, bomb)], dtype=[("weight", "f4"), ("more", "O")])
    return archive(folder, idf=npy(records, allow_pickle=True))


def pickled_member(bomb, folder):
    return archive(folder, idf=pickle.dumps(bomb))


DISGUISES = [pickled, pickled_as_text, object_array, objects_alone, objects_in_a_record]


@pytest.mark.parametrize("disguise", [*DISGUISES, pytest.param(pickled_member)])
def test_a_pickle_in_disguise_is_refused(folder, tmp_path, disguise):
    forge(folder, "weights.npz", disguise(Bomb(tmp_path / "executed"), folder))
    with pytest.raises(nlp_reports.ModelDamaged, match="cannot be read") as refused:
        nlp_reports.load(folder)
    assert refused.value.where == str(folder / "weights.npz")


@pytest.mark.parametrize("disguise", [*DISGUISES, pickled_member])
def test_a_pickle_in_disguise_is_not_executed(folder, tmp_path, disguise):
    forge(folder, "weights.npz", disguise(Bomb(tmp_path / "executed"), folder))
    with suppress(Exception):  # that it is refused, and how, is tested above
        nlp_reports.load(folder)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "execute",
    [
        lambda bomb, folder: pickle.loads(pickled(bomb, folder)),
        lambda bomb, folder: pickle.loads(pickled_as_text(bomb, folder)),
        lambda bomb, folder: np.load(io.BytesIO(pickled(bomb, folder)), allow_pickle=True),
        lambda bomb, folder: np.load(io.BytesIO(object_array(bomb, folder)), allow_pickle=True)["idf"],
    ],
)  # fmt: skip
def test_these_pickles_would_be_executed_by_whoever_unpickles_them(folder, tmp_path, execute):
    execute(Bomb(tmp_path / "executed"), folder)
    assert (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", ["model.json", "vocabulary.txt"])
def test_a_pickle_in_the_place_of_another_file_is_refused(folder, tmp_path, name):
    content = pickled(Bomb(tmp_path / "executed"), folder)
    if name == "model.json":
        (folder / name).write_bytes(content)
    else:
        forge(folder, name, content)
    with pytest.raises(nlp_reports.ModelDamaged):
        nlp_reports.load(folder)
    assert not (tmp_path / "executed").exists()


MIB = 1 << 20


def npz_bomb(size, claimed=None):
    """An npz of one array of `size` MiB of zeros in some kilobytes; it may claim to be smaller."""
    header = headed(f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({size * MIB // 2},), }}")
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = deflate.compress(header) + deflate.flush(zlib.Z_FULL_FLUSH)
    zeros = deflate.compress(bytes(MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("idf.npy", start + zeros * size + deflate.flush())
        (member,) = out.infolist()  # what was stored is deflated, and larger than it looks
        member.compress_type = zipfile.ZIP_DEFLATED
        member.file_size = len(header) + size * MIB if claimed is None else claimed
    return buffer.getvalue()


def test_an_npz_bomb_is_refused_before_it_is_unpacked(folder):
    content = npz_bomb(1100)
    assert len(content) < 3 * MIB
    forge(folder, "weights.npz", content)
    tracemalloc.start()
    try:
        with pytest.raises(nlp_reports.ModelDamaged, match="larger than any model") as refused:
            nlp_reports.load(folder)
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()
    assert refused.value.where == str(folder / "weights.npz")


def test_the_npz_bomb_of_these_tests_does_unpack():
    with zipfile.ZipFile(io.BytesIO(npz_bomb(3))) as found, found.open("idf.npy") as member:
        assert len(member.read(3 * MIB)) == 3 * MIB


@pytest.mark.parametrize("claimed", [0, 100, 1000])
def test_an_npz_bomb_that_claims_to_be_small_is_refused(folder, claimed):
    forge(folder, "weights.npz", npz_bomb(8, claimed=claimed))
    with pytest.raises(nlp_reports.ModelDamaged, match="cannot be read") as refused:
        nlp_reports.load(folder)
    assert refused.value.where == str(folder / "weights.npz")


def test_an_npz_bomb_of_many_members_is_refused(folder):
    """Each is small enough; all together are not."""
    buffer = io.BytesIO(archive(folder))
    with zipfile.ZipFile(buffer, "a") as out:
        for n in range(100):
            out.writestr(f"more{n}.npy", b"")
            out.infolist()[-1].file_size = 11 * MIB
    forge(folder, "weights.npz", buffer.getvalue())
    with pytest.raises(nlp_reports.ModelDamaged, match="larger than any model"):
        nlp_reports.load(folder)


def flagged(content, place, value):
    """An npz with one byte of each of its members' two headers set to another value.

    `place` counts from the start of the local header; in the central one it stands two further.
    """
    changed = bytearray(content)
    for mark, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place + shift] = value
            at = changed.find(mark, at + 4)
    return bytes(changed)


def garbled(content):
    """An npz whose longest member is noise."""
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        member = max(found.infolist(), key=lambda item: item.compress_size)
        start = member.header_offset + 30 + len(member.filename)
    noise = random.Random(1).randbytes(member.compress_size)
    return content[:start] + noise + content[start + member.compress_size :]


def replaced(**arrays):
    """Return what makes an npz with some arrays replaced."""
    members = {name: npy(array) for name, array in arrays.items()}
    return lambda folder: archive(folder, **members)


def claiming(**headers):
    """Return what makes an npz in which an array has a header alone, that says this."""
    members = {name: headed(header) for name, header in headers.items()}
    return lambda folder: archive(folder, **members)


def header_of(shape="(3,)", descr="'<f2'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


NO_WEIGHTS = {  # what makes them, what is said of them
    "nothing": (lambda folder: b"", "not a zip file"),
    "one array": (lambda folder: npy(np.zeros(3)), "not a zip file"),
    "cut off": (lambda folder: archive(folder)[:-100], "not a zip file"),
    "too short": (replaced(idf=np.ones(3)), "idf has the wrong shape"),
    "too long": (replaced(slope=np.ones(4)), "slope has the wrong shape"),
    "text": (replaced(slope=np.zeros(3, "U9")), "slope has the wrong shape or type"),
    "complex": (replaced(slope=np.zeros(3, complex)), "slope has the wrong shape or type"),
    "whole numbers": (replaced(slope=np.zeros(3, int)), "slope has the wrong shape or type"),
    "no number": (replaced(slope=np.full(3, np.nan)), "slope holds values that are no numbers"),
    "infinite": (replaced(offset=np.full(3, np.inf)), "offset holds values that are no numbers"),
    "too few passes": (replaced(first=np.ones((9, 2))), "wrong number of labels"),
    "no first pass": (replaced(first=np.ones((9, 0))), "first has the wrong shape"),
    "nothing around": (replaced(around=np.ones((0, 3))), "around has the wrong shape"),
    "negative": (claiming(idf=header_of("(-1,)")), "cannot be read"),
    "an expression": (claiming(idf=header_of("(print(3),)")), "cannot be read"),
    "no such type": (claiming(idf=header_of(descr="'<q99'")), "cannot be read"),
}
LET_THROUGH = {  # what makes them, what should be said of them, the error that is raised instead
    "no axes": (replaced(first=np.float32(1)), "first", IndexError),
    "128 TiB": (claiming(idf=header_of(f"({1 << 46},)")), "cannot be read", MemoryError),
    "no end": (claiming(idf="{'descr': (((("), "cannot be read", tokenize.TokenError),
    "noise": (lambda folder: garbled(archive(folder)), "cannot be read", zlib.error),
    "locked": (lambda folder: flagged(archive(folder), 6, 1), "cannot be read", RuntimeError),
    "no such method": (
        lambda folder: flagged(archive(folder), 8, 99),
        "cannot be read",
        NotImplementedError,
    ),
}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        *(pytest.param(*case, id=name) for name, case in NO_WEIGHTS.items()),
        *(
            pytest.param(make, message, id=name)
            for name, (make, message, error) in LET_THROUGH.items()
        ),
    ],
)
def test_weights_that_are_none_are_refused(folder, make, message):
    forge(folder, "weights.npz", make(folder))
    with pytest.raises(nlp_reports.ModelDamaged, match=message) as refused:
        nlp_reports.load(folder)
    assert refused.value.where == str(folder / "weights.npz")


def in_the_other_order(folder):
    """Swap the labels and leave the columns of the weights as they are."""
    change_card(folder, labels=card_of(folder)["labels"][::-1])


def flip(folder):
    change_card(folder, exclusive=True)


def shift(folder):
    """Count the last word among the characters."""
    sizes = dict(card_of(folder)["features"]["fields"])
    sizes |= {"word": sizes["word"] - 1, "char": sizes["char"] + 1}
    change_card(folder, features={"fields": list(sizes.items())})


def repeat(folder):
    """Let a gram stand twice, so that there are fewer than rows of weights."""
    first, _, *others = (folder / "vocabulary.txt").read_bytes().split(b"\n")
    forge(folder, "vocabulary.txt", b"\n".join([first, first, *others]))


def retrain(folder):
    change_card(folder, thresholds=dict.fromkeys(card_of(folder)["thresholds"], 0.01))


def respell(folder):
    change_card(folder, tokenizer={"words": [["今年苹果", None]]})


@pytest.mark.parametrize("damage", [in_the_other_order, flip, shift, repeat, respell])
def test_a_model_that_is_not_the_one_that_was_sealed_is_refused(folder, damage):
    seal = card_of(folder)["seal"]
    damage(folder)
    card = {**card_of(folder), "seal": seal}
    (folder / "model.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(nlp_reports.ModelDamaged) as refused:
        nlp_reports.load(folder)
    assert Path(refused.value.where) in {folder, folder / "vocabulary.txt"}


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": dict.fromkeys(THINGS, 10**400)},
        {"features": {"fields": [[name, float("inf")] for name in FIELDS]}},
        {"tokenizer": {"words": [["\ud800", None]]}},
    ],
    ids=["threshold", "size", "word"],
)
def test_numbers_and_words_out_of_range_are_refused(folder, changes):
    change_card(folder, **changes)
    with pytest.raises(nlp_reports.ModelDamaged):
        nlp_reports.load(folder)
