"""Folding keeps the length of a text; numerals are read to the exact number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_reports import lexicon, numerals
from nlp_reports.text import fold, squeeze

ANY_TEXT = st.text(st.integers(0, 0x10FFFF).map(chr))  # every code point, surrogates included


# Folding


@given(ANY_TEXT)
def test_folding_keeps_the_length(text):
    assert len(fold(text)) == len(text)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT, ANY_TEXT)
def test_folding_looks_at_one_character_at_a_time(first, second):
    assert fold(first + second) == fold(first) + fold(second)


def test_folding_keeps_the_length_over_the_whole_of_unicode():
    everything = "".join(map(chr, range(0x110000)))
    assert len(fold(everything)) == 0x110000


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("２０１８年", "2018年"),
        ("９８．６％", "98.6%"),
        ("（一）概述：", "(一)概述:"),
        ("ＡｂＣ", "AbC"),
        ("共计\u300012\xa0条", "共计 12 条"),
        ("一列\t二列", "一列 二列"),
        ("零宽\u200b字符\ufeff", "零宽 字符 "),
        ("9:00−11:30", "9:00-11:30"),
        ("二○一八", "二〇一八"),
        ("⼀⾏⼈⺠⻓⻔", "一行人民长门"),
        pytest.param(
            "⼾籍",
            "户籍",
        ),
        ("第一行\n第二行", "第一行\n第二行"),
        ("，", ","),
        ("。", "。"),
        ("、", "、"),
        ("“引号”", "“引号”"),
    ],
)
def test_what_folds_to_what(printed, folded):
    assert fold(printed) == folded


def test_every_radical_folds_to_its_ideograph():
    for row in lexicon.table("radicals"):
        radical, ideograph = chr(int(row["radical"], 16)), chr(int(row["ideograph"], 16))
        assert fold(f"甲{radical}乙") == f"甲{fold(ideograph)}乙"
        assert fold(fold(ideograph)) == fold(ideograph)


def test_traditional_text_folds_to_simplified_text():
    assert fold("政府信息公開年度報告") == "政府信息公开年度报告"
    assert fold("未發生行政復議、訴訟") == "未发生行政复议、诉讼"
    assert fold("著作权，乾陵镇") == "著作权,乾陵镇"  # characters that simplified text uses too
    for row in lexicon.table("traditional"):
        row["simplified"].encode("gb2312")
        with pytest.raises(UnicodeEncodeError):
            row["traditional"].encode("gb2312")


def test_all_kangxi_radicals_fold():
    left = [char for char in map(chr, range(0x2F00, 0x2FD6)) if fold(char) == char]
    assert left == []


def test_squeezing_takes_out_every_blank():
    assert squeeze(" 统　计　指　标\n（ 件 ）\xa0") == "统计指标(件)"


@given(ANY_TEXT)
def test_squeezed_text_holds_no_blank(text):
    assert not any(char.isspace() for char in squeeze(text))


# Numerals


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("0", "0"),
        ("12", "12"),
        ("1,286", "1286"),
        ("12,345,678", "12345678"),
        ("3.50", "3.50"),
        ("-14", "-14"),
        ("+9", "9"),
        ("〇", "0"),
        ("零", "0"),
        ("七", "7"),
        ("十", "10"),
        ("十三", "13"),
        ("二十", "20"),
        ("九十八", "98"),
        ("一百", "100"),
        ("一百零六", "106"),
        ("一百一十", "110"),
        ("一百二", "120"),
        ("两百一十六", "216"),
        ("两千零五", "2005"),
        ("三千四", "3400"),
        ("一千零五十", "1050"),
        ("三万五", "35000"),
        ("三万五千", "35000"),
        ("三万零五百", "30500"),
        ("十二万", "120000"),
        ("一百二十万零三百", "1200300"),
        ("两亿", "200000000"),
        ("三亿五", "350000000"),
        ("一亿二千万", "120000000"),
        pytest.param(
            "一万亿",
            "1000000000000",
        ),
        ("二〇一八", "2018"),
        ("二零二一", "2021"),
        ("一九九七", "1997"),
        ("壹拾贰万叁仟", "123000"),
        ("伍佰零柒", "507"),
        ("1万2千", "12000"),
        ("1万", "10000"),
        ("3千", "3000"),
        ("3.5万", "35000"),
        ("1.2亿", "120000000"),
        ("2亿3千万", "230000000"),
        ("十二点五", "12.5"),
        ("十二点五亿", "1250000000"),
        ("零点六", "0.6"),
        ("三点一四", "3.14"),
        ("负八", "-8"),
        ("負八", None),
        ("", None),
        ("点五", None),
        ("十二点", None),
        ("五点点", None),
        ("若干", None),
        ("12条", None),
        ("一二百三", None),
        ("1,28", None),
        ("一 百", None),
        ("-", None),
        ("1.2.3", None),
    ],
)
def test_what_a_numeral_is_worth(numeral, value):
    if value is None:
        with pytest.raises(ValueError, match=r"no numeral"):
            numerals.parse(numeral)
    else:
        assert numerals.parse(numeral) == Decimal(value)


def test_a_value_is_exact():
    assert str(numerals.parse("21346.85")) == "21346.85"
    assert isinstance(numerals.parse("十二点一"), Decimal)


DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Write a number from 1 to 10**12 - 1 as a Chinese would: 一亿零二十万三千零四."""

    def below_ten_thousand(n: int) -> str:
        text, gap = "", False
        for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit, n = divmod(n, scale)
            if digit:
                text += ("零" if gap and text else "") + DIGITS[digit] + name
                gap = False
            else:
                gap = True
        return text

    text = ""
    for scale, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        group, number = divmod(number, scale)
        if group:
            zero = "零" if text and group < 1000 else ""
            text += zero + below_ten_thousand(group) + name
        elif text and number and not text.endswith("零"):
            text += "零" if number >= 1000 else ""
    return text


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (7, "七"),
        (10, "一十"),
        (105, "一百零五"),
        (20_040, "二万零四十"),
        (1_200_300, "一百二十万零三百"),
        (100_203_004, "一亿零二十万三千零四"),
        (100_000_001, "一亿零一"),
        (100_005_000, "一亿零五千"),
    ],
)
def test_the_writer_of_numerals_writes_what_is_meant(number, written):
    assert chinese(number) == written


@given(st.integers(1, 10**9))
def test_every_number_written_in_chinese_reads_back(number):
    assert numerals.parse(chinese(number)) == number


@given(st.integers(1, 10**9))
def test_and_in_the_form_of_cheques(number):
    formal = chinese(number).translate(
        str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
    )
    assert numerals.parse(formal) == number


@given(st.integers(10, 19))
def test_a_leading_one_before_ten_may_be_left_out(number):
    assert numerals.parse(chinese(number).removeprefix("一")) == number


@given(st.integers(0, 10**12))
def test_thousands_commas_change_nothing(number):
    assert numerals.parse(f"{number:,}") == numerals.parse(str(number)) == number


@given(st.text(st.sampled_from("0123456789,.+-零一二三十百千万亿点两负〇壹拾"), max_size=12))
def test_anything_else_is_a_value_error(text):
    try:
        value = numerals.parse(text)
    except ValueError:
        return
    assert isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("unit", "scale", "rest"),
    [
        ("万元", 10_000, "元"),
        ("千万元", 10_000_000, "元"),
        ("百件", 100, "件"),
        ("亿", 100_000_000, ""),
        ("千米", 1, "千米"),
        ("件", 1, "件"),
        ("", 1, ""),
    ],
)
def test_the_scale_of_a_unit_is_split_off(unit, scale, rest):
    assert numerals.split_scale(unit) == (scale, rest)
