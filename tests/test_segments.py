"""Segments: where a paragraph is cut (``corpus/GUIDELINES.md``, Segments)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_reports.segments import split

# A bar marks each cut.
EXAMPLES = """
我局公开预算信息。|全年没有收到申请。
共有几条？|一共十条！|全部办结；|无一遗漏。
全年公开信息十条;|受理申请两件!|结果如何?|全部办结.
我县做好三项工作：|一是健全机构；|二是完善制度；|三是强化考核。
围绕群众关切，|一是及时回应，|二是主动解读。
主要做法如下：|（一）明确责任。|（二）细化目录。
主要做法如下：|(1)明确责任;|(2)细化目录。
主要做法如下：|1.明确责任；|2.细化目录。
主要做法如下：|1、明确责任；|2、细化目录；|10、定期督查。
主要做法如下：|1．明确责任。|2．细化目录。
主要做法如下：|①明确责任，|②细化目录。
我们将从两方面改进：|第一，补齐短板，|第二，加强培训。
我们将从两方面改进：|首先，补齐短板。|其次，加强培训。|最后，抓好督查。
十一是做好值守，|十二是做好应急。
他说：“公开是常态。”|会后各科室进行了落实。
（详见附件。）|其余事项另行公布。
（有村民说“办得快。”）|其余意见另行答复。
“随手拍”栏目答复“已修复！”|群众表示满意。
群众满意吗？！|我们再次回访。
一是健全机构
（一）健全机构
一、概述
""".strip().splitlines()

# Here nothing is cut: the mark belongs to a number, an address, a name or a phrase.
WHOLE = """
会议提出应公开尽公开……随后各科室落实
满意率为98.6%，同比提高1.2个百分点
网址为http://www.example.cn/list?id=3&page=2;jsession=7
这一是非问题已经澄清
会议第一次把公开列入议程
首先完成了目录编制
统一是基本要求
联系电话0499-1234567，邮编690000
工作日上午8:30至11:30
金额为12.50万元
"""


def marked(text: str) -> str:
    return "|".join(text[span.start : span.end] for span in split(text))


@pytest.mark.parametrize("example", EXAMPLES)
def test_where_a_paragraph_is_cut(example):
    assert marked(example.replace("|", "")) == example


@pytest.mark.parametrize("text", WHOLE.strip().splitlines())
def test_where_it_is_not_cut(text):
    assert marked(text) == text


def test_a_closing_quote_stays_with_what_it_closes():
    for closer in "”’\"'」』》）)]】":
        assert marked(f"甲事已办。{closer}乙事在办。") == f"甲事已办。{closer}|乙事在办。"


def test_no_text_no_segment():
    assert split("") == ()


def test_a_blank_is_a_segment_like_any_other():
    assert marked("  ") == "  "


@given(
    st.one_of(
        st.text(st.integers(0, 0x10FFFF).map(chr)),
        st.text(st.sampled_from("一二是第（）(1)2.、。；！？?;!”’：，, \n首先其次①公开信息a/")),
    )
)
def test_segments_tile_any_text(text):
    spans = split(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end for span in spans)
    ends = [0, *(span.end for span in spans)]
    assert [span.start for span in spans] == ends[:-1]


@given(st.text(st.sampled_from("一二是第（）1.、。；！？”：，公开信息"), max_size=40))
def test_a_full_stop_stands_at_the_end_of_a_segment_only(text):
    for span in split(text):
        assert not any(mark in text[span.start : span.end].rstrip("。；！？”）") for mark in "。；")
