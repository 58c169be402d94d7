"""Corpora: how one is read and refused, how two labellings are compared, what ours must show."""

import importlib.util
import json
import re
from collections import Counter
from decimal import Decimal

import pytest
from conftest import ROOT

import nlp_reports
from nlp_reports import corpus, lexicon, scoring
from nlp_reports.schema import Statistic

TOPICS = lexicon.column("topics", "topic")

COUNT = {
    "start": 4, "end": 9, "text": "2.5万条", "value": 2.5, "value_max": None, "unit": "万条",
    "approx": "over", "subject": "公开信息", "indicator": "proactive.total", "implicit": False,
}  # fmt: skip
ZERO = {
    "start": 10, "end": 14, "text": "没有收费", "value": 0, "value_max": None, "unit": None,
    "approx": "exact", "subject": "收费", "indicator": None, "implicit": True,
}  # fmt: skip
COUNTED = {
    "document": "d",
    "paragraph": 0,
    "headings": ["一、公开"],
    "segments": [
        {"text": "公开信息2.5万条；", "topics": ["proactive"]},
        {"text": "没有收费。", "topics": ["fees"]},
    ],
    "statistics": [COUNT, ZERO],
}
PLAIN = {
    "document": "d",
    "paragraph": 1,
    "headings": [],
    "segments": [{"text": "好。", "topics": []}],
}
TWICE = {
    "document": "d",
    "paragraph": 0,
    "first": [["proactive"], ["fees"]],
    "second": [["proactive", "channels"], ["fees"]],
    "first_statistics": [COUNT, ZERO],
    "second_statistics": [COUNT],
}


def line(row):
    return row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)


@pytest.fixture
def write(tmp_path):
    def write(*, documents=({"document": "d"},), paragraphs=(COUNTED, PLAIN), second=()):
        files = {"documents": documents, "paragraphs": paragraphs, "second": second}
        for name, rows in files.items():
            if rows:
                text = "".join(f"{line(row)}\n" for row in rows)
                (tmp_path / f"{name}.jsonl").write_text(text, "utf-8")
        return tmp_path

    return write


# Reading


def test_quantities_come_with_exact_values_and_point_at_their_words(write):
    counted, plain = corpus.read(write()).paragraphs
    assert counted.statistics == (
        Statistic(
            value=Decimal("2.5"), unit="万条", indicator="proactive.total", paragraph=0, start=4,
            end=9, text="2.5万条", approx="over", subject="公开信息",
        ),
        Statistic(
            value=Decimal(0), paragraph=0, start=10, end=14, text="没有收费", subject="收费",
            implicit=True,
        ),
    )  # fmt: skip
    assert [counted.text[s.start : s.end] for s in counted.statistics] == ["2.5万条", "没有收费"]
    assert plain.statistics is None


def test_a_number_that_a_float_cannot_hold_stays_as_printed(write):
    row = line({**COUNTED, "statistics": [COUNT]}).replace("2.5,", "2.50000000000000000001,")
    (counted,) = corpus.read(write(paragraphs=[row])).paragraphs
    assert counted.statistics[0].value == Decimal("2.50000000000000000001")


def test_an_annotated_paragraph_may_hold_no_quantity(write):
    (plain,) = corpus.read(write(paragraphs=[{**PLAIN, "statistics": []}])).paragraphs
    assert plain.statistics == ()


def test_both_labellings_of_a_paragraph_are_kept(write):
    (row,) = corpus.read(write(second=[TWICE])).second
    assert (row.document, row.paragraph) == ("d", 0)
    assert row.first == (("proactive",), ("fees",))
    assert row.second == (("channels", "proactive"), ("fees",))
    assert [len(row.first_statistics), len(row.second_statistics)] == [2, 1]


def test_quantities_need_no_second_labelling(write):
    topics = {key: TWICE[key] for key in ("document", "paragraph", "first", "second")}
    (row,) = corpus.read(write(second=[topics])).second
    assert row.first_statistics is row.second_statistics is None


def test_a_part_of_a_corpus_keeps_its_own_second_labelling(write):
    labelled = corpus.read(write(second=[TWICE]))
    assert labelled.only(["d"]).second == labelled.second
    assert labelled.only([]).second == ()


def test_the_fingerprint_is_of_what_a_topic_model_learns(write):
    with_all = corpus.read(write(second=[TWICE])).fingerprint()
    bare = {key: value for key, value in COUNTED.items() if key != "statistics"}
    assert corpus.read(write(paragraphs=[bare, PLAIN])).fingerprint() == with_all
    other = {**bare, "headings": []}
    assert corpus.read(write(paragraphs=[other, PLAIN])).fingerprint() != with_all


# Refusing


def refused(folder, complaint, where):
    with pytest.raises(nlp_reports.CorpusError, match=complaint) as caught:
        corpus.read(folder)
    assert caught.value.where.endswith(where)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "is no JSON object"),
        ({**PLAIN, "document": "x"}, "'x' is not in documents"),
        ({**PLAIN, "paragraph": True}, "'paragraph' is missing or no int"),
        ({**PLAIN, "segments": None}, "'segments' is missing"),
        ({**PLAIN, "segments": ["好。"]}, "a segment is no JSON object"),
        ({**PLAIN, "segments": [{"text": "好。", "topics": ["tax"]}]}, "unknown topic 'tax'"),
        ({**PLAIN, "segments": [{"text": "好。", "topics": [{}]}]}, "unknown topic"),
        ({**PLAIN, "segments": [{"text": "好。", "topics": ["fees"] * 2}]}, "topics stand twice"),
        ({**PLAIN, "segments": [{"text": "好。坏。", "topics": []}]}, "not cut by the rule"),
        ({**PLAIN, "paragraph": 0}, "paragraph 0 of 'd' stands here a second time"),
        ({**PLAIN, "statistics": None}, "'statistics' is missing or no list"),
        ({**PLAIN, "statistics": [3]}, "a quantity is no JSON object"),
    ],
)
def test_a_broken_paragraph_is_named_by_its_line(write, row, complaint):
    refused(write(paragraphs=[COUNTED, "", row]), complaint, "paragraphs.jsonl:3")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"start": "4"}, "'start' is missing or no int"),
        ({"end": 99}, "4:99 does not lie in the paragraph"),
        ({"start": 9}, "9:9 does not lie"),
        ({"start": -1}, "-1:9 does not lie"),
        ({"text": "2.5万"}, "'2.5万' is not what stands at 4:9"),
        ({"value": None}, "'value' is missing|is no number"),
        ({"value": "2.5"}, "'2.5' is no number"),
        ({"value": True}, "True is no number"),
        ({"value": float("nan")}, "nan is no number"),
        ({"value_max": "3"}, "'3' is no number"),
        ({"unit": 3}, "'unit' is missing or no str"),
        ({"approx": "nearly"}, "unknown approximation 'nearly'"),
        ({"indicator": "proactive.sum"}, "unknown indicator 'proactive.sum'"),
        ({"implicit": 1}, "'implicit' is missing or no bool"),
        ({"implicit": True}, "the implicit '2.5万条' has a value or a unit"),
        ({"implicit": True, "value": 0}, "has a value or a unit"),
        (ZERO, "stand in the same place"),
    ],
)
def test_a_broken_quantity_is_named_by_its_line(write, change, complaint):
    row = {**COUNTED, "statistics": [{**COUNT, **change}, ZERO]}
    refused(write(paragraphs=[PLAIN, row]), complaint, "paragraphs.jsonl:2")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"document": "x"}, "paragraph 0 of 'x' is not in paragraphs.jsonl"),
        ({"paragraph": 7}, "paragraph 7 of 'd' is not in paragraphs.jsonl"),
        ({"second": [["fees"]]}, "'second' and the paragraph differ in the number of segments"),
        ({"first": "fees"}, "'first' is missing or no list"),
        ({"first": ["fees", "fees"]}, "the topics of a segment are no list"),
        ({"second": [["tax"], []]}, "unknown topic 'tax'"),
        ({"second_statistics": [{**COUNT, "end": 8}]}, "is not what stands at 4:8"),
        ({"paragraph": 1, "first": [[]], "second": [[]]}, "does not lie in the paragraph"),
    ],
)
def test_a_broken_second_labelling_is_named_by_its_line(write, change, complaint):
    refused(write(second=[{**TWICE, **change}]), complaint, "second.jsonl:1")


def test_a_second_labelling_stands_once(write):
    refused(write(second=[TWICE, TWICE]), "stands here a second time", "second.jsonl:2")


def test_one_labelling_of_quantities_alone_is_refused(write):
    row = {key: value for key, value in TWICE.items() if key != "first_statistics"}
    refused(write(second=[row]), "only one of the two", "second.jsonl:1")


def test_a_document_stands_once(write):
    rows = [{"document": "d"}, {"document": "d"}]
    refused(write(documents=rows), "'d' stands here a second time", "documents.jsonl:2")


@pytest.mark.parametrize(
    ("splits", "complaint"),
    [
        ('{"train": ["d"], "test": ["d"]}', "a document stands in two splits"),
        ('{"train": ["d", "x"]}', "differ by 'x'"),
        ('{"train": []}', "differ by 'd'"),
        ("[]", "is no object of lists"),
    ],
)
def test_broken_splits_are_refused(write, splits, complaint):
    folder = write()
    (folder / "splits.json").write_text(splits, "utf-8")
    refused(folder, complaint, "splits.json")


# Two annotators


def labels(*counts):
    """Two labellings by how often both, only the first, only the second, and none gave a label."""
    pairs = [(["fees"], ["fees"]), (["fees"], []), ([], ["fees"]), ([], [])]
    rows = [pair for pair, count in zip(pairs, counts, strict=True) for _ in range(count)]
    return [first for first, _ in rows], [second for _, second in rows]


@pytest.mark.parametrize(
    ("counts", "f1", "kappa"),
    [
        # 35 of 50 alike is 0.7; chance is 0.5 * 0.6 + 0.5 * 0.4 = 0.5; (0.7 - 0.5) / 0.5
        ((20, 5, 10, 15), 40 / 55, 0.4),
        # 90 of 100 alike; chance is 0.1 * 0.1 + 0.9 * 0.9 = 0.82; 0.08 / 0.18
        ((5, 5, 5, 85), 0.5, 0.08 / 0.18),
        ((3, 0, 0, 7), 1.0, 1.0),
        ((4, 0, 0, 0), 1.0, 1.0),
        # never alike: 0 - 0.5 over 0.5
        ((0, 5, 5, 0), 0.0, -1.0),
        # the second said nothing: as much as chance gives
        ((0, 5, 0, 5), 0.0, 0.0),
    ],
)
def test_kappa_is_the_agreement_beyond_chance(counts, f1, kappa):
    found = scoring.agreement(*labels(*counts), ["fees"]).labels["fees"]
    assert found.f1 == pytest.approx(f1)
    assert found.kappa == pytest.approx(kappa)
    assert (found.first, found.second, found.both) == (
        counts[0] + counts[1],
        counts[0] + counts[2],
        counts[0],
    )


def test_agreement_takes_the_mean_over_labels_in_use():
    first = [["fees"], ["fees", "secrecy"], [], ["secrecy"]]
    second = [["fees"], ["fees"], [], ["secrecy"]]
    found = scoring.agreement(first, second, ["fees", "secrecy", "training"])
    assert list(found.labels) == ["fees", "secrecy"]
    # secrecy: 3 of 4 alike, chance 0.5 * 0.25 + 0.5 * 0.75 = 0.5
    assert found.macro_kappa == pytest.approx((1 + 0.5) / 2)
    assert found.macro_f1 == pytest.approx((1 + 2 / 3) / 2)
    assert (found.exact, found.segments) == (0.75, 4)


def test_labellings_of_different_length_are_not_compared():
    with pytest.raises(ValueError, match="zip"):
        scoring.agreement([[]], [], TOPICS)
    with pytest.raises(ValueError, match="zip"):
        scoring.quantity_agreement([[]], [])


def quantity(start, value, unit="件", **more):
    return Statistic(value=Decimal(value), unit=unit, start=start, end=start + 2, **more)


def test_quantities_agree_by_span_and_then_by_what_they_say():
    first = [
        [quantity(0, 18, "万元"), quantity(5, 3, approx="over")],
        [quantity(0, 7), quantity(9, 4, indicator="requests.new")],
    ]
    second = [
        [quantity(0, 180000, "元"), quantity(5, 3)],
        [quantity(1, 7), quantity(9, 4, unit="条"), quantity(20, 1)],
    ]
    found = scoring.quantity_agreement(first, second)
    assert (found.first, found.second, found.both) == (4, 5, 3)
    assert found.f1 == pytest.approx(6 / 9)
    assert found.amount == pytest.approx(2 / 3)
    assert found.approx == pytest.approx(2 / 3)
    assert found.indicator == pytest.approx(2 / 3)


def test_nothing_to_compare_is_no_agreement():
    assert scoring.agreement([], [], TOPICS).macro_kappa == 0
    assert scoring.quantity_agreement([], []).f1 == 0


# The corpus itself


@pytest.fixture(scope="session")
def report():
    spec = importlib.util.spec_from_file_location(
        "corpus_report", ROOT / "scripts" / "corpus_report.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_document_stands_in_one_split(labelled):
    placed = Counter(d for names in labelled.splits.values() for d in names)
    assert set(placed) == set(labelled.documents)
    assert set(placed.values()) == {1}
    assert set(labelled.splits) == {"train", "dev", "test"}


def test_the_corpus_is_as_large_as_promised(labelled):
    assert len(labelled.documents) >= 150
    assert labelled.segments >= 6_000
    assert min(labelled.counts()[topic] for topic in TOPICS) >= 250


def test_the_corpus_holds_every_era(labelled):
    eras = Counter(meta["era"] for meta in labelled.documents.values())
    assert set(eras) == {"2008-2013", "2014-2018", "2019-2020", "2021-"}
    assert min(eras.values()) >= 40


def test_the_corpus_holds_hard_cases_of_every_kind(labelled, report):
    found = report.hard_cases(labelled)
    assert len(report.hard_segments(found)) >= 600
    assert {case.kind: len(where) for case, where in found.items() if len(where) < 30} == {}


def test_enough_documents_have_their_quantities_marked(labelled, report):
    annotated = report.annotated(labelled)
    assert len(annotated) >= 40
    assert all((p.statistics is None) == (p.document not in annotated) for p in labelled.paragraphs)
    assert all("form" in labelled.documents[name] for name in annotated)


def test_every_notation_is_shown_often_enough(labelled, report):
    assert report.rare_notations(report.notation_counts(labelled)) == {}


def test_numerals_that_count_nothing_are_shown_often_enough(labelled, report):
    texts = report.distractors(labelled)
    assert len(texts) >= 300
    kinds = report.distractor_kinds(texts)
    assert {kind: count for kind, count in kinds.items() if count < 10} == {}


def test_the_corpus_does_not_repeat_itself(labelled, report):
    assert report.repeated_grams(labelled)[0] < 0.10


def test_a_quarter_of_the_documents_is_labelled_twice(labelled):
    twice = {row.document for row in labelled.second}
    assert 4 * len(twice) >= len(labelled.documents)


# Names that reports of all bodies share, and sentences that the law itself gives them.
OFFICIAL = re.compile(
    r"《[^《》]*》|（以下简称《条例》）|国家安全、公共安全、经济安全和社会稳定"
    r"|因政府信息公开申请行政复议、提起行政诉讼情况"
)


def test_no_sentence_is_taken_from_the_seeds(labelled, copied):
    texts = [p.text for p in labelled.paragraphs]
    texts += [heading for p in labelled.paragraphs for heading in p.headings]
    assert [run for text in texts for run in copied(OFFICIAL.sub("\n", text))] == []


def test_no_invented_place_stands_in_more_than_three_reports(labelled, report):
    texts = {name: about["title"] for name, about in labelled.documents.items()}
    for paragraph in labelled.paragraphs:
        texts[paragraph.document] += f"\n{paragraph.text}"
    for stem in set(report.stems(labelled).values()):
        assert sum(stem in text for text in texts.values()) <= 3, stem
