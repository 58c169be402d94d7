"""Why a segment has a topic: evidence adds up to what was decided, and points at what carried it."""

import json
import random
import re
from dataclasses import replace
from math import exp, fsum, log

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp_reports
from nlp_reports import Settings, corpus, lexicon
from nlp_reports.corpus import Columns
from nlp_reports.pipeline import Tagger
from nlp_reports.records import from_json, to_json
from nlp_reports.text import fold
from nlp_reports.topics.explanation import explain
from nlp_reports.topics.features import describe, normal, origins, pieces
from nlp_reports.training import Recipe, fit

AROUND = {"before", "after", "earlier"}
EXACT = 1e-4  # of a sum of weights: the arithmetic is done in single precision

many = settings(max_examples=30, deadline=None, derandomize=True, database=None)


# Small models, of every build


THINGS = {
    "水果": ["苹果", "香蕉", "葡萄", "柠檬"],
    "车船": ["火车", "飞机", "轮船", "汽车"],
    "学校": ["老师", "学生", "课堂", "考试"],
}


def sentences(count=48):
    """Yield texts, each with a label and, for a third of them, a second one."""
    draw = random.Random(count)
    for n in range(count):
        label, other = draw.sample(list(THINGS), 2)
        one, two = draw.sample(THINGS[label], 2)
        twice = n % 3 == 0
        more = f"，{draw.choice(THINGS[other])}也有" if twice else ""
        text = f"今年{one}和{two}有{n}件，App上{draw.choice(['很多', '不少'])}{more}。"
        yield text, label, other, twice


def texts(exclusive):
    for text, label, other, twice in sentences():
        labels = [label] if exclusive or not twice else [label, other]
        yield {"text": text, "labels": labels}


def parts_of_documents():
    for n, (text, label, _, _) in enumerate(sentences()):
        yield {"text": text, "label": label, "file": f"part-{n // 6}"}


def documents():
    for n, (text, label, other, twice) in enumerate(sentences()):
        yield {
            "document": f"report-{n // 6}",
            "paragraph": n % 6,
            "headings": [f"{label}情况", "存在的问题"][: n % 3],
            "segments": [
                {"text": text, "topics": [label, other] if twice else [label]},
                {"text": "其他略。", "topics": []},
            ],
        }


BUILDS = {  # rows, the columns that hold what, word vectors
    "single-label": (list(texts(True)), None, False),
    "single-label with word vectors": (list(texts(True)), None, True),
    "single-label in documents": (list(parts_of_documents()), Columns(document="file"), False),
    "multi-label": (list(texts(False)), None, False),
    "multi-label in documents": (list(documents()), None, False),
}
ALONE = ["single-label", "single-label with word vectors", "multi-label"]
EXCLUSIVE = [name for name in BUILDS if name.startswith("single")]


def learn(file, rows, columns=None, *, vectors=False):
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return fit(corpus.read(file, columns=columns), Recipe(vectors=vectors, folds=2)).model


@pytest.fixture(scope="module")
def models(tmp_path_factory, tagger):
    folder = tmp_path_factory.mktemp("models")
    built = {
        name: learn(folder / f"{n}.jsonl", rows, columns, vectors=vectors)
        for n, (name, (rows, columns, vectors)) in enumerate(BUILDS.items())
    }
    return {"shipped": tagger.model, **built}


def test_the_small_models_are_what_they_are_called(models):
    for name in BUILDS:
        assert models[name].exclusive == (name in EXCLUSIVE), name
        assert models[name].weights.first.shape[1] == (0 if name in ALONE else 3), name
        assert bool(models[name].vocabulary[-1]) == ("vectors" in name), name


# What the model decided, and what its evidence says


def logits(model, paragraphs):
    """What the model decided on, of shape (segments, L)."""
    described = describe(paragraphs, model.tokenizer)
    return model.scores(model.encoder(described), len(described))[0]


def explained(model, paragraphs):
    """The evidence for each segment and every topic."""
    count = sum(len(segments) for _, segments in paragraphs)
    return explain(model, paragraphs, [model.labels] * count)


def total(evidence):
    return fsum(piece.weight for piece in evidence)


def totals(model, paragraphs):
    rows = [[total(found[x]) for x in model.labels] for found in explained(model, paragraphs)]
    return np.array(rows).reshape(-1, len(model.labels))


def check(model, paragraphs):
    """Check that evidence adds up to what was decided, and that this is what was predicted."""
    found = totals(model, paragraphs)
    np.testing.assert_allclose(found, logits(model, paragraphs), atol=EXACT)
    np.testing.assert_allclose(
        model.activate(found), model.probabilities(paragraphs), atol=EXACT / 4
    )  # the steepest slope of the curve is a quarter


def words_of(evidence):
    """The words among some evidence, in the order of the text."""
    return sorted((e for e in evidence if e.kind == "word"), key=lambda e: e.start)


def check_words(text, evidence):
    """Check that the words lie where they say, in order, and leave out nothing that can be seen."""
    at = 0
    for word in words_of(evidence):
        assert word.text == text[word.start : word.end]
        assert fold(word.text).strip() == fold(word.text) != ""
        assert word.start >= at, f"{word} stands over the word before"
        assert not fold(text[at : word.start]).strip(), f"left out before {word}"
        at = word.end
    assert not fold(text[at:]).strip()


# The examples


@pytest.fixture(scope="module")
def tagged(examples, tagger):
    """The examples with every topic of every segment, explained."""
    tagger = Tagger(tagger.model, Settings(threshold=0.0, explain=True))
    return [tagger(path) for path in examples]


def segments_of(report):
    """Yield each segment of a report with its text and headings."""
    for paragraph in report.paragraphs:
        for segment in paragraph.segments:
            yield segment, paragraph.text[segment.start : segment.end], paragraph.headings


def test_the_weights_of_a_topic_add_up_to_its_log_odds(tagged, tagger):
    doubtful = 0
    for report in tagged:
        for segment, text, _ in segments_of(report):
            assert list(segment.topics) == list(tagger.model.labels)
            for topic, probability in segment.topics.items():
                found = total(segment.evidence[topic])
                assert 1 / (1 + exp(-found)) == pytest.approx(probability, abs=1e-5), text
                if 1e-4 < probability < 1 - 1e-4:  # beyond, single precision rounds the odds
                    doubtful += 1
                    odds = log(probability / (1 - probability))
                    assert found == pytest.approx(odds, abs=2e-3), (topic, text)
    assert doubtful > 1000


def test_words_lie_where_they_say_and_tile_the_visible_text(tagged):
    for report in tagged:
        for segment, text, _ in segments_of(report):
            first, *others = map(words_of, segment.evidence.values())
            check_words(text, first)
            places = [(word.start, word.end) for word in first]
            assert all([(word.start, word.end) for word in words] == places for words in others)


def documented_kinds():
    """The kinds that ``docs/records.md`` tells of."""
    page = (ROOT / "docs" / "records.md").read_text("utf-8")
    table = page.split("| `kind` | what was seen |\n")[1].split("\n\n")[0]
    return {kind for row in table.split("\n")[1:] for kind in re.findall("`(.+?)`", row)}


def test_the_kinds_of_evidence_are_those_documented(tagged):
    seen = {
        piece.kind
        for report in tagged
        for segment, _, _ in segments_of(report)
        for evidence in segment.evidence.values()
        for piece in evidence
    }
    assert seen == documented_kinds() == set(lexicon.column("evidence_kinds", "kind"))


def test_what_is_no_word_says_what_it_was_and_has_no_place(tagged):
    parts = {*lexicon.column("parts", "part"), "none", "no heading"}
    for report in tagged:
        for segment, _, headings in segments_of(report):
            above = "".join(map(normal, headings))
            for evidence in segment.evidence.values():
                others = [e for e in evidence if e.kind != "word"]
                assert len({(e.kind, e.text) for e in others}) == len(others)
                assert AROUND | {"base"} <= {e.kind for e in others}
                for piece in others:
                    assert (piece.start, piece.end) == (None, None)
                    if piece.kind == "heading":
                        assert piece.text in above
                    elif piece.kind == "part":
                        assert piece.text in parts
                        assert (piece.text == "no heading") == (not headings)
                    elif piece.kind == "length":
                        assert re.fullmatch(r"(0|12|24|36|48|60|72)\+", piece.text)
                    else:
                        assert piece.text == ""


def test_the_strongest_evidence_stands_first(tagged):
    for report in tagged:
        for segment, _, _ in segments_of(report):
            for evidence in segment.evidence.values():
                sizes = [abs(piece.weight) for piece in evidence]
                assert sizes == sorted(sizes, reverse=True)


def weight_of(evidence, kind):
    (found,) = [piece.weight for piece in evidence if piece.kind == kind]
    return found


def test_nothing_stands_before_the_first_segment_and_after_the_last(tagged):
    for report in tagged:
        found = [segment.evidence for segment, _, _ in segments_of(report)]
        for evidence in found[0].values():
            assert weight_of(evidence, "before") == weight_of(evidence, "earlier") == 0
            assert weight_of(evidence, "after") != 0
        for evidence in found[-1].values():
            assert weight_of(evidence, "after") == 0
            assert weight_of(evidence, "before") != 0


# Whether evidence tells what carried a decision


def cut(paragraphs, place, word):
    """Return the paragraphs without one word of the segment at (paragraph, segment)."""
    changed = [(headings, list(segments)) for headings, segments in paragraphs]
    segments, n = changed[place[0]][1], place[1]
    segments[n] = segments[n][: word.start] + segments[n][word.end :]
    return changed


def without_a_word(tagged, tagger, choose, every):
    """Yield the probability of topics given, and what it is without a word.

    Every so many segments of the examples are tried; `choose` picks the word among all of them.
    """
    model = tagger.model
    least = dict(zip(model.labels, model.thresholds, strict=True))
    for report in tagged:
        whole = [
            (p.headings, [p.text[s.start : s.end] for s in p.segments]) for p in report.paragraphs
        ]
        places = [(i, n) for i, p in enumerate(report.paragraphs) for n in range(len(p.segments))]
        for row, (i, n) in list(enumerate(places))[::every]:
            segment = report.paragraphs[i].segments[n]
            for topic in [x for x in model.labels if segment.topics[x] >= least[x]]:
                if word := choose(words_of(segment.evidence[topic])):
                    again = model.probabilities(cut(whole, (i, n), word))
                    yield segment.topics[topic], again[row, model.labels.index(topic)]


def test_without_the_word_that_speaks_most_for_it_a_topic_is_less_likely(tagged, tagger):
    """Of all segments 371 of 377 topics (98 %); without a word drawn at random, 51 %."""

    def most(words):
        best = max(words, key=lambda e: e.weight)
        return best if best.weight > 0 else None

    pairs = list(without_a_word(tagged, tagger, most, every=4))
    assert len(pairs) > 80
    assert sum(after < before for before, after in pairs) / len(pairs) >= 0.95


def test_without_the_word_that_speaks_most_against_it_a_topic_is_more_likely(tagged, tagger):
    """Of all segments 342 of 360 topics (95 %)."""

    def least(words):
        worst = min(words, key=lambda e: e.weight)
        return worst if worst.weight < 0 else None

    pairs = list(without_a_word(tagged, tagger, least, every=4))
    assert len(pairs) > 60
    assert sum(after > before for before, after in pairs) / len(pairs) >= 0.85


def told(model, paragraphs, row, topic, kinds):
    """The evidence of some kinds for one topic of one segment."""
    return {
        (e.kind, e.text, e.start): e.weight
        for e in explained(model, paragraphs)[row][topic]
        if e.kind in kinds
    }


@pytest.mark.parametrize("name", ["shipped", "multi-label in documents"])
def test_another_sentence_before_changes_what_was_before_and_nothing_else(models, name):
    model = models[name]
    topic = model.labels[0]
    one, two = (
        [(("存在的问题",), (before, "培训不够，苹果3件。", "此外，学生很多。"))]
        for before in ("一是重视不够，香蕉和苹果有3件；", "明年，火车和飞机有3件。")
    )
    itself = documented_kinds() - AROUND
    assert told(model, one, 1, topic, itself) == pytest.approx(told(model, two, 1, topic, itself))
    around = [told(model, paragraphs, 1, topic, AROUND) for paragraphs in (one, two)]
    changed = {kind for kind, _, _ in around[0] if around[0][kind, "", None] != around[1][kind, "", None]}  # fmt: skip
    assert changed == {"before", "earlier"}
    behind = [told(model, paragraphs, 0, topic, {"after"}) for paragraphs in (one, two)]
    assert behind[0] == behind[1]  # what stands after them is the same


def test_evidence_names_the_headings_above_and_the_parts_they_announce(models):
    model = models["multi-label in documents"]
    segments = ("苹果和香蕉有3件。",)
    bare, headed = ([(headings, segments)] for headings in ((), ("水果情况", "存在的问题")))
    kinds = [{e.kind for e in explained(model, p)[0]["水果"]} for p in (bare, headed)]
    assert "heading" not in kinds[0]
    assert "heading" in kinds[1]
    assert set(told(model, bare, 0, "水果", {"part"})) == {("part", "no heading", None)}
    assert set(told(model, headed, 0, "水果", {"part"})) == {
        ("part", "none", None),  # 水果情况 announces no part
        ("part", "problems", None),
    }


def test_a_word_never_seen_counts_by_its_meaning(models):
    """樱桃 and 橘子 stand in no text learnt; their characters do not either."""
    model = models["single-label with word vectors"]
    assert not {"樱", "桃", "橘", "子"} & set("".join(text for text, *_ in sentences()))
    for word in ("樱桃", "橘子"):
        (found,) = explained(model, [((), (f"{word}。",))])
        speaks = {x: {e.text: e.weight for e in found[x]}[word] for x in model.labels}
        assert max(speaks, key=speaks.__getitem__) == "水果"
        (blank,) = explained(models["single-label"], [((), (f"{word}。",))])
        assert {e.weight for e in blank["水果"] if e.text == word} == {0}


# Odd input

ODD = {
    "full-width digits and letters": "全年公开信息１２，３４５．６条，ＡＢＣ网站苹果。",
    "blanks inside words and numbers": "全 年　公\t开 信 息 1 2 条，苹\xa0果 和\u3000香 蕉",
    "line breaks": "\n全年\n公开\r\n信\u2028息\x0b十\x85条\x0c。苹\n果\n",
    "upper case": "WWW.GOV.CN 与 APP、Ⅷ、ÀÉ。",
    "a letter that is lower-cased by its place": "ΟΔΟΣ，ΣΑΣ。",
    "rare characters": "𠮷野家㐂龘𪚥公开\U0010ffff\ue000é e\u0301 ﬀ ß ŉ ǰ 👨\u200d👩\u200d👧",
    "control characters": "\x00公\x00\x01\x7f\x1b[31m开\x9b",
    "what cannot be seen": "公\u200b开\ufeff信\u2060息\u200d苹\u200c果",
    "lone halves of characters": "公开\ud800信息\udfff苹果\ud83d",
    "traditional characters and radicals": "依申請公開與複議訴訟，⼀⼆公⽂",
    "digits of other scripts": "1,234.5 ٣٤٥ ①②½² 1..2,,3 covid-19 a1b2",
    "nothing": "",
    "blanks alone": " \n\u3000\u200b",
    "one sign": "。",
}
ABOVE = ((), ("一、主动公开情况", "１．İ ABC \ud800"))


def check_odd(model, texts, headings):
    """Check some texts, each twice and with nothing between, among others."""
    whole = [*(part for text in texts for part in (text, "", text)), "公开信息3条。"]
    paragraphs = [((), ("苹果很多。",)), (headings, whole)]
    check(model, paragraphs)
    for text, found in zip(whole, explained(model, paragraphs)[1:], strict=True):
        check_words(text, found[model.labels[0]])


@pytest.mark.parametrize("headings", ABOVE, ids=["no headings", "headings"])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("name", ["multi-label in documents", "single-label"])
def test_odd_text_is_explained_like_any_other(models, name, text, headings):
    check_odd(models[name], [text], headings)


@pytest.mark.parametrize("headings", ABOVE, ids=["no headings", "headings"])
def test_odd_texts_are_explained_by_the_shipped_model(models, headings):
    check_odd(models["shipped"], ODD.values(), headings)


def test_an_empty_segment_has_evidence_without_words(tagger):
    (found,) = explained(tagger.model, [((), ("",))])
    for evidence in found.values():
        assert {e.kind for e in evidence} == {"length", "part", "base", *AROUND}


@pytest.mark.parametrize("text", ["İ", "Aİ1İ公开"])
def test_a_letter_that_is_two_in_lower_case_is_one_word(tagger, text):
    (found,) = explained(tagger.model, [((), (text,))])
    check_words(text, found["overview"])


def test_a_long_text_is_explained(models):
    text = "".join(text for text, *_ in sentences()) * 12
    assert len(text) > 10_000
    for name in ("shipped", "single-label"):
        model = models[name]
        topic = model.labels[0]
        paragraphs = [((), ("短。", text))]
        found = explain(model, paragraphs, [[], [topic]])
        assert found[0] == {}
        assert total(found[1][topic]) == pytest.approx(logits(model, paragraphs)[1, 0], abs=EXACT)
        check_words(text, found[1][topic])


# The characters that the small models know, and whatever else there is; İ has a test of its own.
KNOWN = st.sampled_from(sorted({*"".join(text for text, *_ in sentences()), *" 　\n1,.Aa"}))
STRANGE = st.characters(exclude_characters="İ")
TEXTS = st.lists(st.text(KNOWN | STRANGE, max_size=20), max_size=4)
PARAGRAPHS = st.lists(
    st.tuples(st.lists(st.text(KNOWN, max_size=5), max_size=2), TEXTS), max_size=3
)


@pytest.mark.parametrize("name", ["single-label in documents", "multi-label in documents"])
@many
@given(paragraphs=PARAGRAPHS)
def test_whatever_the_text_evidence_adds_up_and_words_tile_it(models, name, paragraphs):
    check(models[name], paragraphs)
    segments = [text for _, texts in paragraphs for text in texts]
    for text, found in zip(segments, explained(models[name], paragraphs), strict=True):
        check_words(text, found[models[name].labels[0]])


def test_a_model_that_learnt_texts_with_nul_explains_texts_without(tmp_path):
    rows = [{**row, "text": row["text"].replace("果", "\0果")} for row in texts(True)]
    check(learn(tmp_path / "nul.jsonl", rows), [((), ("苹果很多。",))])


@pytest.mark.parametrize("factor", [0, 1e-7, 1e-3, 1, 30, 1e4])
def test_evidence_adds_up_however_sure_the_first_pass_was(models, factor):
    """From a first pass that says nothing to one whose curve is cut off at both ends."""
    small = models["multi-label in documents"]
    weights = replace(small.weights, first=small.weights.first * np.float32(factor))
    model = replace(small, weights=weights)
    check(model, [(("水果情况",), tuple(text for text, *_ in sentences(12)))])


# Models of other builds


@pytest.mark.parametrize("name", EXCLUSIVE)
def test_where_labels_exclude_each_other_two_sums_differ_by_the_logit_of_their_odds(models, name):
    model = models[name]
    segments = [*(text for text, *_ in sentences(9)), "苹果和火车。", "樱桃。", "无关的话。", ""]
    paragraphs = [((), segments)]
    check(model, paragraphs)
    found = totals(model, paragraphs)
    odds = np.log(model.probabilities(paragraphs))
    np.testing.assert_allclose(found - found[:, :1], odds - odds[:, :1], atol=2e-3)
    best = [max(given) for given in model.predict(paragraphs)]
    assert best == [model.labels[n] for n in found.argmax(axis=1)]


@pytest.mark.parametrize("name", ALONE)
def test_a_model_of_single_texts_has_no_evidence_from_around_them(models, name):
    paragraphs = [(("水果情况",), tuple(text for text, *_ in sentences(9)))]
    for found in explained(models[name], paragraphs):
        for evidence in found.values():
            assert {e.kind for e in evidence} <= {"word", "length", "base"}
            assert weight_of(evidence, "base") != 0


@pytest.mark.parametrize("name", sorted(set(BUILDS) - set(ALONE)))
def test_a_model_of_documents_has_evidence_from_around_a_segment(models, name):
    paragraphs = [((), tuple(text for text, *_ in sentences(3)))]
    for evidence in explained(models[name], paragraphs)[1].values():
        assert all(weight_of(evidence, kind) for kind in AROUND)


def test_small_models_point_at_the_words_that_were_written_for_a_label(models):
    for name in BUILDS:
        if name != "multi-label in documents":  # whose headings say it too
            for label, things in THINGS.items():
                (found,) = explained(models[name], [((), (f"今年{things[0]}有3件。",))])
                assert words_of(found[label])[1].text == things[0]
                assert max(words_of(found[label]), key=lambda e: e.weight).text == things[0]


# What is asked for


def test_no_text_and_no_question_give_no_evidence(tagger):
    assert explain(tagger.model, [], []) == []
    assert explain(tagger.model, [((), ())], []) == []
    assert explain(tagger.model, [((), ("公开。", "公开。"))], [(), iter(["fees"])])[0] == {}


def test_the_evidence_for_a_topic_is_the_same_whatever_else_is_asked(tagger):
    paragraphs = [(("收费情况",), ("全年未收取任何费用。",))]
    (every,) = explained(tagger.model, paragraphs)
    (one,) = explain(tagger.model, paragraphs, [["fees"]])
    assert one == {"fees": every["fees"]}


def test_paragraphs_may_come_as_iterators(tagger):
    segments = ["全年未收取任何费用。", "下一步，加强培训。"]
    topics = [["fees"], ["training"]]
    lazy = iter([(("收费",), iter(segments))])
    assert explain(tagger.model, lazy, topics) == explain(
        tagger.model, [(("收费",), segments)], topics
    )


@pytest.mark.parametrize("topics", [[], [["fees"], ["fees"]], [["no such topic"]]])
def test_questions_that_do_not_fit_are_an_error(tagger, topics):
    with pytest.raises(ValueError, match=r"argument|tuple"):
        explain(tagger.model, [((), ("公开。",))], topics)


# Reports and records


REPORT = """2018年某局政府信息公开工作报告

一、收费情况

全年未收取任何费用。今天天气很好。

二、问题与打算

一是培训不够，公开渠道不多；二是重视不够。下一步，加强培训，办好门户网站。
"""


@pytest.fixture(scope="module")
def asked(tagger):
    """A report as it is tagged by default, and as it is with evidence."""
    return tuple(Tagger(tagger.model, Settings(explain=why))(REPORT) for why in (False, True))


def bare(report):
    """Return a report without its evidence."""
    return replace(
        report,
        paragraphs=tuple(
            replace(p, segments=tuple(replace(s, evidence={}) for s in p.segments))
            for p in report.paragraphs
        ),
    )


def test_a_report_holds_evidence_for_exactly_the_topics_given(asked):
    _, report = asked
    given = [(set(s.topics), set(s.evidence)) for s, _, _ in segments_of(report)]
    assert all(topics == explained for topics, explained in given)
    assert {len(topics) for topics, _ in given} >= {0, 1, 2}


def test_a_threshold_of_the_users_decides_what_is_explained(tagger):
    report = Tagger(tagger.model, Settings(explain=True, threshold=0.9))(REPORT)
    given = [(set(s.topics), set(s.evidence)) for s, _, _ in segments_of(report)]
    assert all(topics == explained for topics, explained in given)
    assert sum(len(topics) for topics, _ in given) >= 4


def test_asking_why_changes_no_prediction_and_nobody_who_does_not_ask_is_told(asked):
    plain, report = asked
    assert not any(s.evidence for s, _, _ in segments_of(plain))
    assert bare(report) == plain
    assert report != plain


def test_evidence_is_given_by_every_way_to_tag(asked, tagger):
    wanted = Settings(explain=True)
    lazily = Tagger(tagger.model, wanted).pipe([REPORT, REPORT])
    assert [nlp_reports.tag(REPORT, wanted), *lazily] == [asked[1]] * 3


def test_evidence_points_into_the_paragraph_through_its_segment(asked):
    for paragraph in asked[1].paragraphs:
        for segment in paragraph.segments:
            for evidence in segment.evidence.values():
                for word in words_of(evidence):
                    at = segment.start + word.start
                    assert paragraph.text.startswith(word.text, at)


def test_evidence_goes_into_the_record_and_comes_back_but_for_rounding(asked):
    _, report = asked
    record = to_json(report)
    read = from_json(json.loads(json.dumps(record)))
    assert to_json(read) == record
    pairs = zip(segments_of(read), segments_of(report), strict=True)
    for (again, _, _), (segment, text, _) in pairs:
        assert set(again.evidence) == set(segment.evidence)
        for topic, evidence in again.evidence.items():
            check_words(text, evidence)
            for piece, exact in zip(evidence, segment.evidence[topic], strict=True):
                assert piece == replace(exact, weight=piece.weight)
                assert piece.weight == pytest.approx(exact.weight, abs=5.1e-5)


def test_a_record_without_evidence_stays_as_it_was(asked):
    plain, report = asked
    assert '"evidence"' in json.dumps(to_json(report))
    assert '"evidence"' not in json.dumps(to_json(plain))
    assert to_json(bare(report)) == to_json(plain)


# Where the characters of a normal text come from


@pytest.mark.parametrize(
    ("text", "seen", "spans"),
    [
        ("", "", []),
        (" \n\u3000", "", []),
        ("公开", "公开", [(0, 1), (1, 2)]),
        ("公 开", "公开", [(0, 1), (2, 3)]),
        ("共12条", "共0条", [(0, 1), (1, 3), (3, 4)]),
        ("1,234.5件", "0件", [(0, 7), (7, 8)]),
        ("１２ 3条", "0条", [(0, 4), (4, 5)]),  # what a blank parts is read together
        ("12、34", "0、0", [(0, 2), (2, 3), (3, 5)]),
        ("1。", "0。", [(0, 1), (1, 2)]),
        ("1,", "0,", [(0, 1), (1, 2)]),
        ("ＡB", "ab", [(0, 1), (1, 2)]),
        ("公\u200b開", "公开", [(0, 1), (2, 3)]),
        ("\ud800公", "\ud800公", [(0, 1), (1, 2)]),
        ("٣٤", "0", [(0, 2)]),
    ],
)
def test_each_character_of_a_normal_text_has_its_place(text, seen, spans):
    assert normal(text) == seen
    assert origins(text) == spans


@many
@given(st.text(st.sampled_from("公開 　\n１2,.İΣσAⅧ\u200b\ud800") | st.characters(), max_size=40))
def test_places_are_in_order_and_leave_out_only_blanks(text):
    spans, seen = origins(text), normal(text)
    assert len(spans) == len(seen)
    at = 0
    for (start, end), char in zip(spans, seen, strict=True):
        assert start < end
        if (start, end) != (at - 1, at):  # but for the second half of an İ
            assert start >= at
            assert not fold(text[at:start]).strip()
        # A Σ at the end of a word has a lower case of its own: both are one letter.
        assert char.casefold() in normal(text[start:end]).casefold()
        at = end
    assert not fold(text[at:]).strip()


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("政府信息公开", {"政府", "信息", "公开"}, ["政府", "信息", "公开"]),
        ("政府信息公开", {"政府信息", "政府", "信息", "公开"}, ["政府信息", "公开"]),
        ("政府信息公开", {"府信息公开", "政府", "信"}, ["政府", "信"]),  # the left decides
        ("政府信息公开", {"信息"}, ["信息"]),
        ("政府信息公开", {"政府信息公开", "政府"}, ["政府信息公开"]),
        ("政府信息公开", set(), []),
        ("政府政府", {"政府"}, ["政府", "政府"]),
        (
            "全国政府信息公开网",
            {"全国政府信息公", "开网"},
            ["开网"],
        ),  # seven characters are too many
        ("开", {"开"}, ["开"]),
        ("", {""}, []),
        ("app公开", {"app", "公开"}, []),
        ("0", {"0"}, []),
        ("公开app", {"公开", "app"}, ["公开", "app"]),
        ("㐂公开", {"公开"}, []),  # no character that jieba knows
    ],
)
def test_a_word_falls_into_the_longest_pieces_from_the_left(word, known, found):
    assert pieces(word, known) == found


@many
@given(st.text("天地玄黄", max_size=12), st.sets(st.text("天地玄黄", min_size=1, max_size=7)))
def test_pieces_are_known_stand_in_order_and_could_not_begin_earlier_or_be_longer(word, known):
    found, at = pieces(word, known), 0
    for piece in found:
        start = word.index(piece, at)
        assert piece in known
        assert len(piece) <= 6
        assert not any(word[at:start].startswith(other, n) for other in known for n in range(start - at) if len(other) <= 6)  # fmt: skip
        longer = [other for other in known if word.startswith(other, start) and len(other) <= 6]
        assert max(map(len, longer)) == len(piece)
        at = start + len(piece)
    assert not any(other in word[at:] for other in known if len(other) <= 6)
