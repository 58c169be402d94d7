"""Properties of the notation of quantities: whatever a writer puts down is read back exactly.

A `Figure` is what one of the writers of `written` spelt and what it means; it is put into many
surroundings and must be found there, alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from work import steps
from written import CAPITAL, KINDS, SCALES, Figure, bare, chinese, digits_of, figures, spoken

from nlp_reports import lexicon, quantities
from nlp_reports.schema import Paragraph
from nlp_reports.statistics import extract

fixed = settings(max_examples=50, deadline=None, derandomize=True, database=None)
few = settings(fixed, max_examples=30)


def seen(quantity):
    return (
        quantity.start,
        quantity.end,
        quantity.text,
        quantity.value,
        quantity.value_max,
        quantity.unit,
        quantity.approx,
        quantity.implicit,
    )


def placed(figure, at):
    end = at + len(figure.written)
    return (at, end, figure.written, *figure[1:2], figure.upper, figure.unit, figure.approx, False)


def check(figure, before="全年共公开信息", after="。"):
    text = before + figure.written + after
    assert [seen(q) for q in quantities(text)] == [placed(figure, len(before))], text


def test_the_writers_write_as_people_do():
    assert [chinese(n) for n in (0, 7, 10, 105, 110, 2020, 35000, 200300, 100030000, 10**9)] == [
        *("零", "七", "一十", "一百零五", "一百一十", "二千零二十", "三万五千", "二十万零三百"),
        *("一亿零三万", "一十亿"),
    ]
    assert [spoken(n) for n in (10, 12, 2020, 22000, 120002, 10**9 + 1)] == [
        *("十", "十二", "两千零二十", "两万两千", "十二万零二", "十亿零一"),
    ]
    assert chinese(123000, CAPITAL, "拾佰仟") == "壹拾贰万叁仟"
    assert digits_of(1234567, "comma blank") == "1, 234, 567"
    assert digits_of(1286, "wide comma") == "1，286"


# Surroundings

SURROUNDINGS = [
    ("", "。"),
    ("", ""),
    ("", "已公开。"),
    ("全年共公开信息", "。"),
    ("全年共公开信息 ", " 。"),
    ("其中，", "已转办。"),
    ("其中", "，均已办结。"),
    ("其中:", ";另有答复。"),
    ("收到，", "，均已办结。"),
    ("办结情况：", "；说明如下。"),
    ("已公开信息（", "）。"),
    ("已公开信息(其中", ")."),
    ("上半年收到、", "、等等。"),
    ("　　经统计，共有", "！"),
    ("正文。", "\n"),
    ("正文\n", "\n正文"),
]
around = st.sampled_from(SURROUNDINGS)


@pytest.mark.parametrize("kind", KINDS)
@fixed
@given(data=st.data())
def test_a_figure_is_read_back_exactly_wherever_it_stands(kind, data):
    check(data.draw(KINDS[kind]), *data.draw(around))


# Words of approximation

BEFORE = {
    "about": ["约", "大约", "近", "将近", "接近"],
    "over": ["逾", "超过", "突破", "超"],
    "at_least": ["至少", "不少于", "不低于"],
    "at_most": ["不超过", "至多", "不足", "不到", "少于", "低于"],
}
AFTER = {"about": ["左右", "上下"], "at_least": ["以上"], "at_most": ["以内", "之内", "以下"]}
before_words = st.sampled_from([(word, kind) for kind, words in BEFORE.items() for word in words])
after_words = st.sampled_from([(word, kind) for kind, words in AFTER.items() for word in words])


@fixed
@given(figures, before_words, st.sampled_from(["", " "]), around)
def test_a_word_before_says_how_exact_a_figure_is(figure, word, gap, place):
    check(figure._replace(approx=word[1]), place[0] + word[0] + gap, place[1])


@fixed
@given(figures, after_words, around)
def test_a_word_behind_says_how_exact_a_figure_is(figure, word, place):
    check(figure._replace(approx=word[1]), place[0], word[0] + place[1])


@few
@given(figures, before_words, after_words, around)
def test_of_two_words_the_outer_one_wins(figure, first, last, place):
    check(figure._replace(approx=last[1]), place[0] + first[0], last[0] + place[1])


@few
@given(
    st.integers(1, 10**6),
    st.sampled_from([" ", ""]),
    st.sampled_from(["万", "亿", "千万", "百万", "万亿"]),
    st.sampled_from(["", "。", "，其中", "；", "、", "）", "\n", "\n正文"]),
)
def test_a_round_number_without_a_unit_counts_at_the_end_of_a_clause(n, gap, scale, after):
    figure = Figure(f"{n}{gap}{scale}", Decimal(n), scale, approx="about")
    check(figure, "浏览量约", after)


@few
@given(st.sampled_from(SCALES), bare, around)
def test_a_scale_alone_is_a_number_behind_a_word(scale, unit, place):
    figure = Figure(scale[0] + unit, Decimal(scale[1]), unit)
    check(figure._replace(approx="about"), place[0] + "近", place[1])
    check(figure._replace(approx="over"), place[0] + "上", place[1])


# Texts of several figures

clauses = st.tuples(around, figures).map(lambda pair: (pair[0][0], pair[1], pair[0][1]))


@fixed
@given(st.lists(clauses, min_size=1, max_size=4))
def test_figures_side_by_side_are_each_read_back(parts):
    text, expected = "", []
    for before, figure, after in parts:
        text += before
        expected.append(placed(figure, len(text)))
        text += figure.written + after + "。"
    assert [seen(q) for q in quantities(text)] == expected


def shifted(found, by):
    return [(q.start + by, q.end + by, *seen(q)[2:]) for q in found]


LISTED = ["行政复议", "行政诉讼", "投诉", "举报", "信访事项"]


@few
@given(
    st.lists(st.sampled_from(LISTED), min_size=1, max_size=4),
    st.sampled_from(["为零", "均为零", "数量为0", "是零"]),
    st.sampled_from(["。", "\n", "", "\n正文"]),
)
def test_every_zero_takes_its_own_things(things, zero, after):
    text, expected = "", []
    for thing in things:
        text += "、" if text else ""
        expected.append((len(text), len(text + thing + zero)))
        text += thing + zero
    found = quantities(text + after)
    assert [(q.start, q.end) for q in found] == expected
    assert all(q.implicit and q.value == 0 for q in found)


DENIALS = [
    "投诉为零、举报为零",
    "未发生行政复议、行政诉讼",
    "没有收费项目",
    "行政诉讼均为零",
    "无投诉",
    "公开信息",
]


@fixed
@given(
    st.lists(st.one_of(clauses, st.sampled_from(DENIALS)), min_size=1, max_size=3),
    st.sampled_from("。\n"),
)
def test_doubling_a_text_doubles_its_findings(parts, between):
    text = "，".join(
        part if isinstance(part, str) else f"{part[0]}{part[1].written}{part[2]}" for part in parts
    )
    once, twice = quantities(text), quantities(text + between + text)
    by = len(text) + 1
    assert [seen(q) for q in twice] == [*map(seen, once), *shifted(once, by)]


alphabet = st.text(
    "公开信息0123456789,.%‱负条件次个一二三十百千万余近约年月日。；无未收到申请行政复议、为零-至",
    max_size=40,
)


@fixed
@given(alphabet)
def test_doubling_any_text_by_a_line_doubles_its_findings(text):
    once, twice = quantities(text), quantities(text + "\n" + text)
    assert [seen(q) for q in twice] == [*map(seen, once), *shifted(once, len(text) + 1)]


NOT_COUNTED = [
    "2018年", "2018年12月31日", "二〇一八年", "2018年度", "截至12月底", "国办发〔2014〕32号",
    "依据国务院令第711号", "国务院492号令", "（2020）云0102行初315号", "第二十条", "第（三）项",
    "0577-88123456", "400-811-0077", "13805770000", "12345热线", "邮编325600", "三级", "9:00",
    "《三年行动方案》", "三公经费", "第3名", "连续三年", "qs2019@163.com", "2018-03-18",
    "http://www.qs.gov.cn/col1_2018/3.html?id=12", "www.qs.gov.cn/2018", "(1)人员", "（2）项目", "3、经费",
]  # fmt: skip


@pytest.mark.parametrize("comma", ["，", ","])
@pytest.mark.parametrize("aside", NOT_COUNTED)
@settings(fixed, max_examples=10)
@given(st.tuples(st.sampled_from(["", "全年共公开信息", "其中"]), figures))
def test_what_counts_nothing_changes_nothing(aside, comma, clause):
    before, figure = clause
    text = before + figure.written
    once = quantities(text)
    assert [seen(q) for q in quantities(f"{text}{comma}{aside}。")] == [*map(seen, once)]
    after = quantities(f"{aside}{comma}{text}。")
    assert [seen(q) for q in after] == shifted(once, len(aside) + 1)
    between = quantities(f"{text}\n{aside}\n{text}")
    assert [seen(q) for q in between] == [
        *map(seen, once),
        *shifted(once, len(text) + len(aside) + 2),
    ]


# Any text at all

ANY_TEXT = st.text(st.integers(0, 0x10FFFF).map(chr))  # every code point, surrogates included
PIECES = [
    *("一", "十", "万", "亿", "1", "0", ",", ".", " ", "\n", "-", "至", "～", "余", "几", "%", "‰"),
    *("分之", "成", "点", "条", "件", "个百分点", "元", "（", "）", "(", ")", "“", "”", "《", "》"),
    *(
        "约",
        "以上",
        "第",
        "号",
        "年",
        "月",
        "未发生",
        "没有",
        "无",
        "均",
        "为零",
        "投诉",
        "、",
        "，",
        "。",
    ),
    *(
        "下一步",
        "其中",
        "公开",
        "信息",
        "A",
        "@",
        "〔",
        "〕",
        "_",
        "+",
        "负",
        "‱",
        "廿",
        "两",
        "点五",
        "百分",
    ),
]
odd_text = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@fixed
@given(st.one_of(ANY_TEXT, odd_text, odd_text))
def test_any_text_is_read_in_order_without_overlap(text):
    found = quantities(text)
    assert all(text[q.start : q.end] == q.text and q.text for q in found)
    assert sorted(found, key=lambda q: (q.start, q.end)) == list(found)
    counted = [q for q in found if not q.implicit]
    assert all(a.end <= b.start for a, b in pairwise(counted))
    assert all(q.value.is_finite() and (not q.implicit or q.value == 0) for q in found)
    stated = extract([Paragraph(0, text, None, ("情况",), ())], year=2018)
    assert [(s.start, s.end, s.text) for s in stated] == [(q.start, q.end, q.text) for q in found]


# Work


def stated(text):
    return extract([Paragraph(0, text, None, (), ())], form="form-2014", year=2018, issuer="某县")


def openings():
    """The literal characters with which an alternative of a pattern in the tables begins."""
    for name in ("not_counted", "approximations", "conditions", "moods", "denials", "things"):
        for row in lexicon.table(name):
            for part in re.split(r"[|()\[\]]", row.get("pattern", "")):
                if literal := re.match(r"[\u4e00-\u9fa5A-Za-z0-9%〔《]{1,3}", part):
                    yield literal.group()


HOSTILE = [
    *("一二三", "1", "1a", "a1", "1一", "一1", "1.", "1,", "1 ", "123 ", "1万", "3万5千", "12,3-"),
    *("((1", "(1)", "（", "[", "“", "“1", "《", "《1", "〔1〕", "》", "1（"),
    *("未发生、", "未发生行政复议、", "没有", "无", "均无", "为零", "是0", "零投诉", "、为零"),
    *("其中", "，其中", "，其中1件", "至", "至至至1", "1至", "一至", "1-", "百分之", "百分之一至"),
    *("下一步", "下一步，", "今后1件。", "明年将", "每年1次", "自", "如1件", "今年", "今后今年1件"),
    *("约", "约1万", "近百", "超过", "超过的", "大约", "至少", "上千", "第", "第1、", "1、", "级"),
    *("1件", "1件、", "分别为1件、", "和", "、", "，", "。", "\n", " ", "公开"),
    *("某局公开1条", "各1件", "2017年", "上年1件", "成", "一成", "点", "几"),
    *("A-", "a@", "a.", "http://", "www.", "0-", "1:1", "1×", "乘1路、", "２", "𝟙", "٣"),
]


def assert_linear(function, piece):
    """Three times the text, at most 4.7 times the work.

    The rest is the start of a text, where less than the 400 characters that are looked up around a
    number stand before it; work that grew with the square would be 9 times as much.
    """
    short = (piece * 450)[:450]
    few, many = steps(function, short), steps(function, short * 3)
    assert many <= 4.7 * few + 1000, (piece, few, many)


@pytest.mark.parametrize("function", [quantities, stated])
def test_the_work_grows_no_faster_than_the_text(function):
    function("，".join(HOSTILE))  # loads the tables
    for piece in HOSTILE:
        assert_linear(function, piece)


def test_the_work_grows_no_faster_for_the_openings_of_any_pattern():
    words = sorted(set(openings()))
    assert len(words) > 300
    quantities("，".join(words))
    for at in range(0, len(words), 24):
        assert_linear(quantities, "1".join(words[at : at + 24]))


# Each makes some pattern of the statistics or their tables start often, run far, and fail at the end.
BACKTRACKING = [
    "共" + "全年" * 40 + "举行5次。",
    "全年" * 40 + "，共5次。",
    "公开1万" + "1" * 60 + ".5。",
    "1" * 3000,
    "公开" + "1,111" * 590 + ",11.5。",
    "1 " * 1490 + "1.5。",
    "1, 111 ,111 11 1,1 1" * 150,
    "1百" * 1490 + "分",
    "1万" * 1490 + "1.",
    "一点一" * 990,
    "一二三四五六七八九" * 330,
    "百分之一至" * 590,
    "一至" * 1490 + "百",
    "1-" * 1490 + "1.",
    "第1" + "、" * 2990 + "级",
    "第" + "1、" * 1490,
    "第一条" + "、一" * 1490,
    "乘" + "1路、A" * 740,
    "(1" * 1490,
    "1" + " \"')]】" * 490 + "㎡",
    "〔1" * 1490 + "〕",
    "“1一" * 990,
    "1字”" * 990,
    "a.-_+" * 590 + "@",
    "http://" + "a" * 2980,
    "2018-03-18" * 290,
    "未发生" + "投诉、" * 990,
    "未" * 1490 + "未被对向" * 370,
    "没有向" * 990 + "收取",
    "未发生" * 990,
    "做到" * 190 + "、无投诉" * 630,
    "、为零" * 990,
    "因" + "一" * 16 + "投诉、" * 900 + "均为零",
    "因因引起" * 740 + "投诉为零",
    "等检索、复制等费用" * 330,
    "约占" * 1480 + "1条",
    "与和同在" * 730 + "1起",
    "下一步今后明年" * 420 + "1条",
    "自每如应将" * 590 + "1条",
    "2018年,本" * 420 + "将1条",
    "下一步,自" + "每" * 2900 + "1条",
    "\n1、" * 990,
    "-负+" * 990 + "1",
    "1" + " " * 2990 + "条",
]
CHILD = """
import json, sys
from nlp_reports import quantities
from nlp_reports.schema import Paragraph
from nlp_reports.statistics import extract
for text in json.load(sys.stdin):
    quantities(text)
    extract([Paragraph(0, text, None, (), ())], form="form-2014", year=2018, issuer="某县")
"""


def test_no_text_makes_a_pattern_backtrack_without_end():
    """A guard against exponential growth: there such a text takes hours, not seconds.

    The tests above count calls and see nothing of what happens inside one search. The child needs
    some 4 seconds; the limit is no measure of speed and leaves room for the slowest machine. It is a
    process of its own since a search cannot be interrupted within.
    """
    assert max(map(len, BACKTRACKING)) <= 3000
    subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(BACKTRACKING).encode(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=60,
        check=True,
    )
