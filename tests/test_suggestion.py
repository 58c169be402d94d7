"""What to label next: what is picked, what is left out, and how it travels to labelling tools and back."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp_reports
from nlp_reports import corpus, suggestion
from nlp_reports.corpus import Columns
from nlp_reports.errors import SettingsError
from nlp_reports.schema import Paragraph, Report, Segment, Source
from nlp_reports.segments import split
from nlp_reports.structure import structure
from nlp_reports.suggestion import (
    Candidate,
    candidates_from_report,
    label_studio_config,
    suggest,
    to_label_studio,
    to_rows,
)
from nlp_reports.tokens import Tokenizer
from nlp_reports.topics.features import FIELDS, normal
from nlp_reports.topics.model import AROUND, TopicModel, Weights
from nlp_reports.training import fit

TOKENIZER = Tokenizer()
SIGNS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"


def model(weights, *, thresholds=None, exclusive=False, context=False):
    """A model that knows single characters, given the weight of each for each label.

    Parameters
    ----------
    weights : dict of str to sequence of float
    thresholds : sequence of float, optional
        One a label; 0.5 each, or 0 if the labels exclude each other.
    exclusive, context : bool
        Whether a text has one label; whether what stands around it matters.
    """
    matrix = np.array(list(weights.values()), dtype=np.float32)
    features, labels = matrix.shape
    columns = labels if context else 0
    vocabulary = tuple(
        {char: n for n, char in enumerate(weights)} if name == "char" else {} for name in FIELDS
    )
    around = np.linspace(-3, 3, AROUND * columns * labels).reshape(-1, labels).astype(np.float32)
    return TopicModel(
        tuple("abcdefgh"[:labels]),
        vocabulary,
        Weights(
            np.ones(features, np.float32),
            matrix[:, :columns],
            np.zeros(columns, np.float32),
            matrix,
            np.zeros(labels, np.float32),
            around,
            np.ones(labels, np.float32),
            np.zeros(labels, np.float32),
        ),
        np.array(thresholds or [0.0 if exclusive else 0.5] * labels, dtype=np.float32),
        TOKENIZER,
        exclusive,
    )


def drawn(seed=1, labels=3, **options):
    """A model with weights drawn at random."""
    rng = np.random.default_rng(seed)
    return model({sign: rng.normal(0, 3, labels) for sign in SIGNS}, **options)


def texts(count, seed=1, length=6):
    """Different texts drawn at random."""
    rng = random.Random(seed)
    found = {}
    while len(found) < count:
        found["".join(rng.choices(SIGNS, k=length))] = None
    return list(found)


def alone(given):
    return [Candidate(text, f"texts.txt:{n}") for n, text in enumerate(given, 1)]


def said(suggestions):
    return [s.text for s in suggestions]


def logit(probability):
    return float(np.log(probability / (1 - probability)))


# How doubtful a text is


@pytest.mark.parametrize(
    ("probabilities", "uncertainty"),
    [
        ((0.5, 0.5), 1),  # both at the threshold
        ((0.5, 0.01), 0.5 + 0.5 * 0.02),
        ((0.25, 0.75), 0.5),  # half way from the threshold to certainty, on either side
        ((0.999, 0.001), 0.002),
    ],
)
def test_a_text_is_as_doubtful_as_its_probabilities_are_close_to_the_threshold(
    probabilities, uncertainty
):
    (found,) = suggest(model({"甲": [logit(p) for p in probabilities]}), alone("甲"))
    assert found.uncertainty == pytest.approx(uncertainty, abs=1e-3)


def test_only_the_two_most_doubtful_labels_count():
    few, many = [0.5, 0.4], [0.5, 0.4, 0.3, 0.01, 0.99]
    found = [
        suggest(model({"甲": [logit(p) for p in probabilities]}), alone("甲"))[0].uncertainty
        for probabilities in (few, many)
    ]
    assert found[0] == pytest.approx(found[1]) == pytest.approx(0.9, abs=1e-3)


def test_doubt_is_counted_from_each_labels_own_threshold():
    weights = {"甲": [logit(0.2), logit(0.8)]}
    (found,) = suggest(model(weights, thresholds=[0.2, 0.8]), alone("甲"))
    assert found.uncertainty == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_threshold_at_the_end_of_the_range_divides_nothing_by_zero(threshold):
    found = suggest(drawn(thresholds=[threshold] * 3), alone(texts(50)), count=50)
    assert len(found) == 50
    assert all(0 <= s.uncertainty <= 1 for s in found)


@pytest.mark.parametrize(
    ("logits", "uncertainty"),
    [
        ((0, 0, -20), 1),  # two labels equally likely
        ((20, 0, 0), 0),
        ((logit(0.75), 0, -20), 0.5),  # 0.75 against 0.25
    ],
)
def test_where_labels_exclude_each_other_the_lead_of_the_likeliest_counts(logits, uncertainty):
    (found,) = suggest(model({"甲": logits}, exclusive=True), alone("甲"))
    assert found.uncertainty == pytest.approx(uncertainty, abs=1e-3)


@given(st.integers(0, 1000), st.booleans(), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_uncertainty_lies_between_0_and_1(seed, exclusive, labels):
    found = suggest(drawn(seed, labels, exclusive=exclusive), alone(texts(40, seed)), count=40)
    assert len(found) == 40
    assert all(0 <= s.uncertainty <= 1 for s in found)


def test_a_suggestion_says_what_the_model_would_give():
    tried = drawn()
    for s in suggest(tried, alone(texts(30)), count=30):
        assert [s.topics] == tried.predict([((), [s.text])])


# What is left out


def test_no_text_is_suggested_twice():
    found = said(suggest(drawn(), alone(texts(80) * 3), count=300))
    assert sorted(found) == sorted(texts(80))


def test_texts_that_the_classifier_cannot_tell_apart_are_one():
    copies = ["天地12 件", "天 地3件", "天地１２件", "天地１２\u3000件\n"]
    assert len(suggest(drawn(), alone(copies))) == 1


def test_of_copies_the_most_uncertain_is_kept():
    tried = drawn(context=True)
    around = texts(40, length=3)
    candidates = [
        Candidate(text, where, document=where, paragraph=n)
        for where in around
        for n, text in enumerate((where, "天地玄黄"))
    ]
    doubts = {s.where: s.uncertainty for s in suggest(tried, candidates, count=1000)}
    (kept,) = [s for s in suggest(tried, candidates, count=1000) if s.text == "天地玄黄"]
    each = [suggest(tried, [c for c in candidates if c.document == where]) for where in around]
    highest = max(s.uncertainty for found in each for s in found if s.text == "天地玄黄")
    assert kept.uncertainty == pytest.approx(highest)
    assert len(doubts) == len(around)


def test_known_texts_are_left_out_however_they_are_written():
    known = ["天地 玄黄", "宇宙1件"]
    candidates = alone(["天地玄黄", "宇宙２件", "日月盈昃"])
    assert said(suggest(drawn(), candidates, known=known)) == ["日月盈昃"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000\n\t",
        "\u200b\ufeff",
        "2016",
        "——，。！",
        "①②",
        "\x00\x07",
        "\ud800",
        "\u3164",
    ],
)
def test_a_text_without_a_visible_letter_is_left_out(text):
    assert said(suggest(drawn(), alone([text, "天"]))) == ["天"]


@pytest.mark.parametrize("text", ["天", "㐀", "𠀀", "x", "é", "12a"])
def test_a_text_with_a_letter_or_an_ideograph_is_not(text):
    assert said(suggest(drawn(), alone([text]))) == [text]


def test_all_are_suggested_where_they_are_fewer_than_wanted():
    assert sorted(said(suggest(drawn(), alone(texts(7)), count=100))) == sorted(texts(7))
    assert suggest(drawn(), []) == ()
    assert suggest(drawn(), alone(["", "2016"])) == ()


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_1_is_refused(count):
    with pytest.raises(SettingsError, match="count must be at least 1"):
        suggest(drawn(), alone(texts(3)), count=count)


# The same on every run


@given(st.integers(0, 1000), st.booleans(), st.booleans(), st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_candidates_changes_nothing(seed, exclusive, context, shuffler):
    tried = drawn(seed, exclusive=exclusive, context=context)
    candidates = alone(texts(60, seed))
    candidates += [
        Candidate(text, "d", document=f"d{n % 7}", paragraph=n)
        for n, text in enumerate(texts(60, seed + 1))
    ]
    found = suggest(tried, candidates, count=20)
    shuffler.shuffle(candidates)
    assert suggest(tried, iter(candidates), count=20) == found


def test_two_runs_are_equal_in_two_processes():
    code = (
        "from test_suggestion import *\n"
        "print(said(suggest(model({'天': [0]}), alone(texts(300)), count=50)))"
    )
    options = ["-I"] if sys.flags.isolated else []
    path = f"import sys; sys.path[:0] = {sys.path!r}\n"
    runs = [
        subprocess.run(
            [sys.executable, *options, "-c", path + code],
            capture_output=True, check=True, encoding="utf-8", timeout=60,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    assert runs[0] == runs[1] != ""


def test_the_seed_decides_between_equally_good_texts_only():
    equal = model({"不": [0.0]})
    assert said(suggest(equal, alone(texts(50)), seed=1)) != said(
        suggest(equal, alone(texts(50)), seed=2)
    )
    unequal = drawn()
    assert suggest(unequal, alone(texts(50)), seed=1) == suggest(unequal, alone(texts(50)), seed=2)


@pytest.mark.parametrize("context", [False, True])
def test_how_many_texts_are_predicted_at_once_changes_nothing(monkeypatch, context):
    tried = drawn(context=context)
    candidates = [
        replace(c, document=f"d{n % 9}" if n % 2 else None, paragraph=n)
        for n, c in enumerate(alone(texts(100)))
    ]
    whole = suggest(tried, candidates, count=30)
    monkeypatch.setattr(suggestion, "_BATCH", 20)
    assert suggest(tried, candidates, count=30) == whole


# What stands around a text


def test_the_texts_of_a_document_are_predicted_together():
    tried = drawn(context=True)
    lines = texts(6)
    candidates = [Candidate(text, "d", document="d", paragraph=n) for n, text in enumerate(lines)]
    found = {s.text: s.topics for s in suggest(tried, candidates)}
    assert [found[text] for text in lines] == tried.predict([((), lines)])
    single = {s.text: s.topics for s in suggest(tried, alone(lines))}
    assert [single[text] for text in lines] == [tried.predict([((), [x])])[0] for x in lines]
    assert single != found


def test_segments_of_one_paragraph_keep_their_order_and_headings_count():
    tried = drawn(context=True)
    lines = texts(6)
    candidates = [Candidate(text, "d", ("问题",), "d", n // 2) for n, text in enumerate(lines)]
    later_first = candidates[4:] + candidates[:4]
    expected = tried.predict([(("问题",), lines)])
    found = {s.text: s.topics for s in suggest(tried, later_first)}
    assert [found[text] for text in lines] == expected


def test_without_paragraphs_a_document_stands_in_the_order_given():
    tried = drawn(context=True)
    lines = texts(6)
    candidates = [Candidate(text, "d", document="d") for text in lines]
    found = {s.text: s.topics for s in suggest(tried, candidates)}
    assert [found[text] for text in lines] == tried.predict([((), lines)])


def test_what_is_left_out_still_stands_around_others():
    tried = drawn(context=True)
    lines = ["天地", "12", "玄黄", "宇宙"]
    candidates = [Candidate(text, "d", document="d", paragraph=n) for n, text in enumerate(lines)]
    found = {s.text: s.topics for s in suggest(tried, candidates, known=["天地"])}
    expected = dict(zip(lines, tried.predict([((), lines)]), strict=True))
    assert found == {text: expected[text] for text in ("玄黄", "宇宙")}


# Diversity


def test_copies_of_the_most_uncertain_text_do_not_fill_the_list():
    weights = {sign: [0.8, 0.8] for sign in SIGNS}
    doubtful = "办理政府信息公开申请收到答复"
    weights |= {sign: [0.0, 0.0] for sign in doubtful}
    copies = [doubtful + other for other in "甲乙丙丁戊己庚辛壬癸"]
    weights |= {sign: [0.01, 0.01] for sign in "甲乙丙丁戊己庚辛壬癸"}
    others = [a + b for a, b in zip(SIGNS[:20:2], SIGNS[1:20:2], strict=True)]
    tried = model(weights)
    found = suggest(tried, alone(copies + others), count=5)
    assert found[0].text in copies
    assert len([s for s in found if s.text in copies]) == 1
    ranked = sorted(suggest(tried, alone(copies + others)), key=lambda s: -s.uncertainty)
    assert set(said(ranked[:10])) == set(copies)  # by doubt alone they would


def dense(tried, given):
    """The features of texts as rows of unit length."""
    rows = np.zeros((len(given), len(tried.weights.idf)))
    for n, text in enumerate(given):
        for sign in set(text):
            rows[n, tried.vocabulary[1][sign]] = 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_each_pick_stands_best_for_what_is_left(seed):
    tried = drawn(seed)
    given = texts(40, seed)
    found = said(suggest(tried, alone(given), count=40))
    probabilities = tried.probabilities([((), (text,)) for text in found])
    worth = suggestion._worth(tried, probabilities)
    rows = dense(tried, found)
    alike = rows @ rows.T
    for n in range(len(found)):
        nearest = alike[:, :n].max(axis=1, initial=0)
        gains = worth @ np.maximum(alike - nearest[:, None], 0)
        assert gains[n] >= gains[n:].max() - 1e-4


def test_only_the_most_uncertain_are_looked_at_for_diversity():
    rng = random.Random(3)
    sure = {sign: [9.0] for sign in SIGNS[:20]}
    unsure = {sign: [0.1] for sign in SIGNS[20:]}
    many = ["".join(rng.sample(SIGNS[20:], 4)) for _ in range(2000)]
    few = ["".join(rng.sample(SIGNS[:20], 4)) for _ in range(50)]
    found = said(suggest(model(sure | unsure), alone(few + many), count=60))
    assert not set(found) & set(few)


# Reports


def report(paragraphs, path="某局.pdf"):
    return Report(
        Source(path, "00ff", "application/pdf", None), None, None, None, None, None, None,
        (), tuple(paragraphs), (), (), (), (),
    )  # fmt: skip


TEXT = "一是培训不够；二是栏目更新慢。"


def test_the_segments_of_a_tagged_report_are_candidates():
    cut = (Segment(0, 7, {"problems": 0.9}), Segment(7, len(TEXT)))
    found = candidates_from_report(
        report([Paragraph(3, TEXT, None, ("问题", "不足"), (), {}, cut)])
    )
    assert list(found) == [
        Candidate("一是培训不够；", "某局.pdf", ("问题", "不足"), "某局.pdf", 3),
        Candidate("二是栏目更新慢。", "某局.pdf", ("问题", "不足"), "某局.pdf", 3),
    ]


def test_a_report_that_is_not_tagged_is_cut_alike():
    parts = structure(nlp_reports.read("某局2016年政府信息公开年度报告\n一、问题\n" + TEXT))
    found = list(candidates_from_report(report(parts.paragraphs, path=None)))
    assert [c.text for c in found] == [TEXT[s.start : s.end] for s in split(TEXT)]
    assert {(c.where, c.document, c.headings) for c in found} == {("00ff", "00ff", ("问题",))}


def test_a_report_without_paragraphs_has_no_candidates():
    assert list(candidates_from_report(report([Paragraph(0, "", None, (), ())]))) == []


# There and back


CHOSEN = {"天地玄黄": ["a", "c"], "宇宙洪荒": ["b"], "日月盈昃": []}


@pytest.fixture
def chosen():
    """Suggestions, and what a human will say of them."""
    return suggest(drawn(), [replace(c, document="d", paragraph=4) for c in alone(CHOSEN)])


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_back(found):
    return {s.text: list(s.topics) for p in found.paragraphs for s in p.segments}


def test_rows_hold_what_people_need_to_see(chosen):
    row = next(to_rows(chosen))
    assert list(row) == ["text", "label", "suggested", "uncertainty", "where"]
    assert row["label"] == []
    assert row["suggested"] == {k: round(v, 4) for k, v in chosen[0].topics.items()}
    assert list(row["suggested"].values()) == sorted(row["suggested"].values(), reverse=True)


def doccano(rows):
    """What doccano exports as JSONL: a number, the text, all other columns, the labels, comments."""
    for number, row in enumerate(rows, 1):
        meta = {key: value for key, value in row.items() if key not in ("text", "label")}
        yield {
            "id": number, "text": row["text"], **meta,
            "label": sorted(CHOSEN[row["text"]]), "Comments": [],
        }  # fmt: skip


def test_what_was_labelled_in_doccano_is_read_back(chosen, tmp_path):
    imported = [json.loads(line) for line in lines(to_rows(chosen)).splitlines()]
    path = write(tmp_path / "all.jsonl", lines(doccano(imported)))
    assert read_back(corpus.read(path)) == CHOSEN


def test_rows_filled_in_by_hand_are_read_back(chosen, tmp_path):
    rows = [{**row, "label": CHOSEN[row["text"]]} for row in to_rows(chosen)]
    path = write(tmp_path / "rows.jsonl", lines(rows))
    assert read_back(corpus.read(path)) == CHOSEN
    only = corpus.read(path, columns=Columns(skip_unlabelled=True))
    assert read_back(only) == {text: labels for text, labels in CHOSEN.items() if labels}


def test_rows_of_one_report_stay_together(tmp_path):
    found = candidates_from_report(report([Paragraph(0, TEXT, None, (), ())]))
    rows = [{**row, "label": ["a"]} for row in to_rows(suggest(drawn(), found))]
    path = write(tmp_path / "rows.jsonl", lines(rows))
    assert list(corpus.read(path, columns=Columns(document="where")).documents) == ["某局.pdf"]


def test_rows_nobody_labelled_are_candidates_again(chosen, tmp_path):
    path = write(tmp_path / "rows.jsonl", lines(to_rows(chosen)))
    assert [text for _, text in corpus.read_texts(path)] == said(chosen)


def test_tasks_show_the_text_and_what_the_model_would_choose(chosen):
    task = to_label_studio(chosen, fingerprint="0f")[0]
    first = chosen[0]
    assert task["data"] == {
        "text": first.text,
        "where": first.where,
        "headings": "",
        "uncertainty": round(first.uncertainty, 4),
        "document": "d",
        "paragraph": 4,
    }
    (prediction,) = task["predictions"]
    assert prediction["model_version"] == "0f"
    assert prediction["score"] == pytest.approx(1 - first.uncertainty, abs=1e-4)
    (result,) = prediction["result"]
    assert set(result["value"]["choices"]) == set(first.topics)


def test_a_task_for_which_the_model_has_no_label_chooses_nothing():
    (task,) = to_label_studio(suggest(model({"天": [-9.0]}), alone("天")))
    assert task["predictions"] == [
        {"model_version": "", "score": pytest.approx(1, abs=1e-3), "result": []}
    ]


def label_studio(tasks):
    """What Label Studio exports as JSON: tasks with their annotations, predictions by number."""
    for number, task in enumerate(json.loads(json.dumps(tasks)), 1):
        choices = CHOSEN[task["data"]["text"]]
        result = {
            "value": {"choices": choices}, "id": "x1", "from_name": "label", "to_name": "text",
            "type": "choices", "origin": "manual",
        }  # fmt: skip
        annotation = {
            "id": number, "was_cancelled": False, "ground_truth": False, "completed_by": 1,
            "result": [result] if choices else [], "lead_time": 3.1, "prediction": {},
        }  # fmt: skip
        yield {
            "id": number, "annotations": [annotation], "drafts": [], "predictions": [number],
            "data": task["data"], "meta": {}, "total_annotations": 1, "project": 1,
        }  # fmt: skip


def label_studio_short(tasks):
    """What Label Studio exports as JSON-MIN: the data and a column for each question."""
    for number, task in enumerate(tasks, 1):
        choices = CHOSEN[task["data"]["text"]]
        label = {"label": choices[0] if len(choices) == 1 else {"choices": choices}}
        more = {"id": number, "annotator": 1, "annotation_id": number, "lead_time": 3.1}
        yield {**task["data"], **(label if choices else {}), **more}


def test_what_was_labelled_in_label_studio_is_read_back(chosen, tmp_path):
    exported = list(label_studio(to_label_studio(chosen)))
    path = write(tmp_path / "project.json", json.dumps(exported, ensure_ascii=False, indent=2))
    found = corpus.read(path, columns=Columns(document="document"))
    assert read_back(found) == CHOSEN
    assert list(found.documents) == ["d"]


def test_a_short_export_of_label_studio_is_read_back(chosen, tmp_path):
    exported = list(label_studio_short(to_label_studio(chosen)))
    path = write(tmp_path / "short.json", json.dumps(exported))
    found = corpus.read(path, columns=Columns(skip_unlabelled=True))
    assert read_back(found) == {text: labels for text, labels in CHOSEN.items() if labels}


def test_tasks_nobody_labelled_are_candidates_again(chosen, tmp_path):
    path = write(tmp_path / "tasks.json", json.dumps(to_label_studio(chosen)))
    assert [text for _, text in corpus.read_texts(path)] == said(chosen)


# The interface of Label Studio


def configured(*arguments):
    view = ElementTree.fromstring(label_studio_config(*arguments))
    (question,) = view.iter("Choices")
    return view, question, [(c.get("value"), c.get("alias")) for c in question]


def test_the_interface_fits_the_tasks(chosen):
    view, question, choices = configured(drawn().labels, {"a": "甲类"}, False)
    task = to_label_studio(chosen)[0]
    (result,) = task["predictions"][0]["result"]
    names = {part.get("name"): part for part in view.iter("Text")}
    assert result["from_name"] == question.get("name")
    assert result["to_name"] == question.get("toName")
    assert names[result["to_name"]].get("value") == "$text"
    assert set(result["value"]["choices"]) <= {alias for _, alias in choices}
    shown = [part.get("value")[1:] for part in view.iter() if part.get("value", "")[:1] == "$"]
    assert set(shown) <= set(task["data"])


def test_titles_are_shown_and_labels_stored():
    _, _, choices = configured(["fees", "requests"], {"fees": "收费", "other": "别的"}, False)
    assert choices == [("收费", "fees"), ("requests", "requests")]


@pytest.mark.parametrize(
    ("titles", "shown"),
    [
        ({"a": "同", "b": "同"}, ["同 (a)", "同 (b)"]),
        ({"a": "b"}, ["b (a)", "b"]),  # Label Studio finds a choice by either
        ({"a": "b", "b": "a"}, ["b (a)", "a (b)"]),
        ({"a": "  ", "b": "\x07"}, ["a", "b"]),
    ],
)
def test_no_two_choices_can_be_taken_for_each_other(titles, shown):
    _, _, choices = configured(["a", "b"], titles, False)
    assert choices == list(zip(shown, "ab", strict=True))


def test_where_labels_exclude_each_other_one_must_be_chosen():
    _, question, _ = configured(["a", "b"], {}, True)
    assert (question.get("choice"), question.get("required")) == ("single", "true")
    _, question, _ = configured(["a", "b"], {}, False)
    assert (question.get("choice"), question.get("required")) == ("multiple", None)


@pytest.mark.parametrize(
    "name", ['<"收&费">', "a'b", "]]>", "&amp;", 'x" name="text', "𠀀", "$text"]
)
def test_labels_and_titles_of_any_characters_survive(name):
    _, _, choices = configured([name, "z"], {"z": f"{name}!"}, False)
    assert choices == [(name, name), (f"{name}!", "z")]


def test_an_interface_without_labels_is_refused():
    with pytest.raises(SettingsError, match="at least one label"):
        label_studio_config([], {}, False)


def test_a_label_that_xml_cannot_hold_is_refused():
    with pytest.raises(SettingsError, match=r"U\+FFFE"):
        label_studio_config(["a\ufffe"], {}, False)


# Hostile texts


ANY_TEXT = st.text(st.integers(0, 0x10FFFF).map(chr))  # every code point, surrogates included


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT | st.none()), max_size=8), st.booleans())
@settings(deadline=None)
def test_any_text_is_survived(found, context):
    candidates = [Candidate(text, where, (where,), d) for text, where, d in found]
    suggestions = suggest(drawn(context=context), candidates, known=[d or "" for _, _, d in found])
    assert len({normal(s.text) for s in suggestions}) == len(suggestions)
    for written in (*to_rows(suggestions), *to_label_studio(suggestions, fingerprint="f")):
        stored = json.dumps(written, ensure_ascii=False)
        assert json.loads(stored.encode("utf-8")) == written
        assert "\\u0000" not in stored  # no database takes it


def test_control_characters_and_half_characters_are_read_back(tmp_path):
    found = suggest(drawn(), alone(["天\x00地", "玄\ud800黄", "宇\x07\x1b[1m宙", "\ud83d\ude00洪"]))
    rows = [{**row, "label": ["a"]} for row in to_rows(found)]
    path = write(tmp_path / "rows.jsonl", lines(rows))
    assert set(read_back(corpus.read(path))) == {"天地", "玄黄", "宇\x07\x1b[1m宙", "😀洪"}


def test_a_text_that_was_cleaned_for_a_tool_is_known_again():
    candidates = alone(["天\x00地", "玄\ud800黄"])
    labelled = [row["text"] for row in to_rows(suggest(drawn(), candidates))]
    assert suggest(drawn(), candidates, known=labelled) == ()


def test_texts_of_a_megabyte_are_suggested():
    long = [sign * 1_000_000 for sign in "天x "] + ["\n" * 1_000_000 + "地"]
    found = suggest(drawn(context=True), alone([*long, "天地"]))
    assert {len(s.text) for s in found} == {1_000_000, 1_000_001, 2}


# With a trained model


def test_suggestions_go_round_from_a_model_to_people_and_back(tmp_path):
    titles = {
        "收费": "未收取任何费用{}元",
        "申请": "受理公开申请{}件",
        "培训": "举办业务培训班{}期",
    }
    truth = {f"{title.format(n)}，{sign}": label for label, title in titles.items() for n, sign in enumerate(SIGNS)}  # fmt: skip
    start = [(text, truth[text]) for n, text in enumerate(truth) if n % 12 == 0]
    path = write(tmp_path / "a.jsonl", lines({"text": t, "label": x} for t, x in start))
    labelled = corpus.read(path)
    trained = fit(labelled).model
    assert trained.exclusive
    found = suggest(trained, alone(truth), count=10, known=read_back(labelled))
    assert len(found) == 10
    assert not set(said(found)) & set(read_back(labelled))
    rows = [{**row, "label": [truth[row["text"]]]} for row in to_rows(found)]
    more = write(tmp_path / "b.jsonl", path.read_text("utf-8") + lines(rows))
    again = corpus.read(more)
    assert again.exclusive
    assert again.segments == len(start) + 10
    assert not set(said(suggest(trained, alone(truth), known=read_back(again)))) & set(said(found))


def test_suggesting_needs_no_training_library():
    code = (
        "import sys, nlp_reports.suggestion\n"
        "print({'sklearn', 'scipy', 'joblib', 'nlp_reports.training'} & set(sys.modules))"
    )
    isolated = ["-I"] if sys.flags.isolated else []
    result = subprocess.run(
        [sys.executable, *isolated, "-c", code], capture_output=True, encoding="utf-8", timeout=60
    )
    assert result.stdout == "set()\n", result.stderr
