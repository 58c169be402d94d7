"""Quantities against sentences with the expected spans marked in the text (``cases/*.txt``)."""

import re
from decimal import Decimal

import marked
import pytest
from hypothesis import given
from hypothesis import strategies as st
from work import steps

import nlp_reports
from nlp_reports import evaluation, lexicon
from nlp_reports.catalogue import indicators
from nlp_reports.schema import APPROXIMATIONS, Paragraph
from nlp_reports.statistics import extract

TITLES = {indicator.id: indicator.title for indicator in indicators()} | {"": ""}
SENTENCES = [s for name in ("quantities", "indicators") for s in marked.sentences(name)]
LINKED = list(marked.sentences("indicators"))
PLACES = Decimal("0.000001")  # the tables round fractions to six places


def seen(quantity):
    return (
        quantity.start,
        quantity.end,
        quantity.value.quantize(PLACES),
        quantity.value_max,
        quantity.unit,
        quantity.approx,
        quantity.implicit,
    )


@pytest.mark.parametrize(
    "sentence", [s for s in SENTENCES if not s.doubt], ids=lambda s: s.text[:40]
)
def test_every_marked_quantity_and_nothing_else_is_found(sentence):
    assert [seen(q) for q in nlp_reports.quantities(sentence.text)] == [
        seen(e) for e in sentence.expected
    ]


def test_there_are_enough_cases():
    assert len(SENTENCES) >= 700
    assert sum(not s.expected for s in SENTENCES) >= 100


@pytest.mark.parametrize("sentence", [s for s in LINKED if not s.doubt], ids=lambda s: s.text[:40])
def test_indicators_are_linked_by_form(sentence):
    years = [int(y) for y in re.findall(r"(20\d\d)年", sentence.text)]
    paragraph = Paragraph(0, sentence.text, None, (), ())
    found = extract([paragraph], form=sentence.form, year=max(years, default=None))
    assert [s.indicator for s in found] == [e.indicator for e in sentence.expected]


@pytest.mark.parametrize(
    ("issuer", "text", "linked"),
    [
        ("岚屏县人民政府", "岚屏县教育局收到政府信息公开申请5件。", False),
        ("岚屏县人民政府", "全县共收到政府信息公开申请5件。", True),
        ("岚屏县人民政府", "岚屏县共收到政府信息公开申请5件。", True),
        ("岚屏县教育局", "县教育局收到政府信息公开申请5件。", True),
        ("岚屏市人力资源和社会保障局", "市人社局收到政府信息公开申请5件。", True),
        ("岚屏市人力资源和社会保障局", "市公安局收到政府信息公开申请5件。", False),
        ("岚屏大学", "学校收到政府信息公开申请5件。", True),
    ],
)
def test_a_body_is_the_issuer_or_another(issuer, text, linked):
    (found,) = extract([Paragraph(0, text, None, (), ())], year=2016, issuer=issuer)
    assert found.indicator == ("requests.received" if linked else None)


@pytest.mark.parametrize(
    ("heading", "text", "counted"),
    [
        ("下一步工作打算", "建成公开栏30块，举办培训2期。", []),
        ("下一步工作打算", "今年已建成公开栏30块。再建12块。", ["30块"]),
        ("改进措施", "一年来，我局举办培训班3期，培训210人次。", ["3期", "210人次"]),
        ("强化措施，扎实推进主动公开", "主动公开政府信息456条。", ["456条"]),
        ("存在的问题", "2017年，我局将新建公开栏30块。再举办培训2期。", []),
        ("存在的问题", "2016年，我局将公开栏增至30块。", ["30块"]),
        ("", "下一步，我局将加强培训。举办专题班2期。", []),
        ("", "今后，我局将加强工作。2016年共整改问题45个。", ["45个"]),
    ],
)
def test_plans_reach_as_far_as_they_should(heading, text, counted):
    paragraph = Paragraph(0, text, None, (heading,) if heading else (), ())
    assert [s.text for s in extract([paragraph], year=2016)] == counted


def words_of_the_form(indicator):
    """The printed labels of an indicator, without their numbering and 数, and whole paths."""
    for path in (
        row["paths"] for row in lexicon.table("indicators") if row["indicator"] == indicator
    ):
        for label in (path or TITLES[indicator]).split("|"):
            leaf = re.sub(
                r"^(?:\d+\.|[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、)",
                "",
                label.split("/")[-1].strip(),
            )
            yield from (leaf, re.sub("(?:数|数量|总数)$", "", leaf), label.replace("/", ""))


@pytest.mark.parametrize("table", ["links", "zero_links"])
def test_a_rule_says_truly_where_its_words_come_from(table):
    for row in lexicon.table(table):
        words = words_of_the_form(row["indicator"])
        fits = any(re.search(row["subject"], text) for text in words) and bool(row["indicator"])
        assert row["source"] == ("label" if fits else "prose"), row


def test_quantities_of_the_corpus_reach_the_floors(labelled):
    scores = evaluation.evaluate_quantities(labelled.part("test"))
    assert scores.first > 1000
    assert scores.f1 >= 0.97
    assert min(scores.amount, scores.approx, scores.indicator) >= 0.95


SURROUNDINGS = ["全年共公开信息{}。", "其中，{}为上级转办。", "收到{}，均已办结。"]


@given(
    st.integers(0, 10**9),
    st.sampled_from(["{}", "{:,}"]),
    st.sampled_from(["条", "件", "人次", "篇"]),
    st.sampled_from(SURROUNDINGS),
)
def test_any_arabic_number_is_read_back_exactly(number, notation, unit, around):
    (found,) = nlp_reports.quantities(around.format(notation.format(number) + unit))
    assert (found.value, found.unit, found.approx) == (number, unit, "exact")


@given(st.decimals(0, 10**6, places=2), st.sampled_from(["%", "万元", "个百分点"]))
def test_decimals_stay_exact(number, unit):
    (found,) = nlp_reports.quantities(f"比例为{number}{unit}。")
    assert (found.value, found.unit) == (number, unit)


@given(
    st.text(
        alphabet="公开信息0123456789,.%条件次个一二三十百千万余近约第年月日。；无未收到申请行政复议、",
        max_size=60,
    )
)
def test_spans_reproduce_their_text_and_stand_in_order(text):
    found = nlp_reports.quantities(text)
    assert all(text[q.start : q.end] == q.text for q in found)
    assert sorted(found, key=lambda q: (q.start, q.end)) == list(found)


@pytest.mark.parametrize("sentence", SENTENCES[::7], ids=lambda s: s.text[:40])
def test_doubling_the_text_doubles_the_findings(sentence):
    once = nlp_reports.quantities(sentence.text)
    twice = nlp_reports.quantities(sentence.text + "\n" + sentence.text)
    shift = len(sentence.text) + 1
    assert [seen(q) for q in twice[len(once) :]] == [
        (q.start + shift, q.end + shift, *seen(q)[2:]) for q in once
    ]


def test_an_empty_text_holds_nothing():
    assert nlp_reports.quantities("") == ()


def test_a_hostile_text_takes_no_more_than_linear_time():
    """Counted in characters of work, not in seconds: 10 times the text, at most 20 times the steps."""
    for piece in ("一二三", "未发生、", "12,3-", "第", "约1万", "((1"):
        short = steps(nlp_reports.quantities, piece * 300)
        assert steps(nlp_reports.quantities, piece * 3000) <= 20 * short + 1000


def test_words_of_approximation_mean_what_the_schema_knows():
    rows = lexicon.table("approximations")
    assert {row["approx"] for row in rows} == {*APPROXIMATIONS} - {"exact"}
