"""Quantities against sentences with the expected spans marked in the text (``cases/*.txt``)."""

from decimal import Decimal

import marked
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp_reports
from nlp_reports.schema import Paragraph
from nlp_reports.statistics import extract

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
    years = [int(y) for y in __import__("re").findall(r"(20\d\d)年", sentence.text)]
    paragraph = Paragraph(0, sentence.text, None, (), ())
    found = extract([paragraph], form=sentence.form, year=max(years, default=None))
    assert [s.indicator for s in found] == [e.indicator for e in sentence.expected]


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
    import sys

    def steps(text):
        count = 0

        def tick(*_):
            nonlocal count
            count += 1

        sys.setprofile(tick)
        try:
            nlp_reports.quantities(text)
        finally:
            sys.setprofile(None)
        return count

    for piece in ("一二三", "未发生、", "12,3-", "第", "约1万", "((1"):
        assert steps(piece * 3000) <= 20 * steps(piece * 300) + 1000
