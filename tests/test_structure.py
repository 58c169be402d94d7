"""Structure: title, metadata, headings, paragraphs, tables and noise, set apart from each other."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_reports import catalogue
from nlp_reports.reading import read
from nlp_reports.schema import Document, Structure
from nlp_reports.structure import structure
from nlp_reports.text import squeeze

HERE = Path(__file__).parent
TRUTH = sorted((HERE / "expected").glob("*.json"))
TITLE = "鹿溪县水务局2016年政府信息公开工作年度报告"
PROSE = "全年检修供水管网二十余处，处理群众来电三百多件，水质公示栏按月更新，用水户普遍满意。"


def document(*lines: str, end: str = "\n") -> Document:
    return read(end.join([*lines, ""]).encode())


def parts(*lines: str, end: str = "\n") -> Structure:
    return structure(document(*lines, end=end))


def outline(found: Structure) -> list[str]:
    """Return the headings, nested by two blanks a level."""
    return ["  " * (s.level - 1) + s.number + s.title for s in found.sections]


def texts(found: Structure) -> list[str]:
    return [paragraph.text for paragraph in found.paragraphs]


def rows(found: Structure) -> list[list[str]]:
    return [list(row) for table in found.tables for row in table.rows]


# The examples, against truth made by hand


@cache
def example(name: str) -> tuple[dict, Document, Structure]:
    (path,) = (HERE.parent / "examples").glob(f"{name}.*")
    truth = json.loads((HERE / "expected" / f"{name}.json").read_text("utf-8"))
    read_in = read(path)
    return truth, read_in, structure(read_in)


each_example = pytest.mark.parametrize("name", [path.stem for path in TRUTH])


def test_there_is_truth_for_every_example():
    names = {path.stem for path in (HERE.parent / "examples").glob("*.txt")}
    assert names == {path.stem for path in TRUTH}
    assert len(names) == 6


@each_example
@pytest.mark.parametrize("key", ["title", "issuer", "year", "form"])
def test_metadata_of_an_example(name, key):
    truth, _, found = example(name)
    assert getattr(found, key) == truth[key]


@each_example
def test_dates_of_an_example(name):
    truth, _, found = example(name)
    period = (
        [found.period.start.isoformat(), found.period.end.isoformat()] if found.period else None
    )
    assert period == truth["period"]
    assert (found.published.isoformat() if found.published else None) == truth["published"]


@each_example
def test_headings_of_an_example(name):
    truth, _, found = example(name)
    assert [[s.level, s.number, s.title] for s in found.sections] == truth["sections"]


@each_example
def test_paragraphs_of_an_example(name):
    truth, _, found = example(name)
    assert texts(found) == truth["paragraphs"]


@each_example
def test_number_of_tables_of_an_example(name):
    truth, _, found = example(name)
    assert len(found.tables) == truth["tables"]


def official_labels(indicator: str) -> list[str]:
    """Return the last steps of an indicator's labels, without their numbers: 当面申请数."""
    numbers = re.compile(r"^(?:[一二三四五六七八九]、|\(.\)|\d\.)*")
    paths = catalogue.by_id()[indicator].paths
    return [numbers.sub("", squeeze(path[-1])) for path in paths]


@pytest.mark.parametrize("name", ["county-2018", "town-2015"])
def test_cells_of_form_2014(name):
    truth, _, found = example(name)
    data = [row for row in rows(found) if len(row) == 3 and row[1] not in ("单位", "——")]
    assert [[row[2], row[1]] for row in data] == [cell[3:] for cell in truth["cells"]]
    for row, cell in zip(data, truth["cells"], strict=True):
        assert any(label in squeeze(row[0]) for label in official_labels(cell[0]))


def test_blank_cells_are_kept_apart_from_zero():
    _, _, found = example("county-2018")
    values = Counter(row[2] for row in rows(found) if len(row) == 3 and row[1] != "——")
    assert values[""] == sum(cell[3] == "" for cell in example("county-2018")[0]["cells"]) > 0
    assert values["0"] > 0


@pytest.mark.parametrize("name", ["bureau-2022", "city-2020"])
def test_cells_of_the_three_tables(name):
    truth, _, found = example(name)
    part_two, requests, disputes = (table.rows for table in found.tables)
    raws = [cell[3] for cell in truth["cells"]]
    ours = [
        cell
        for row in part_two
        if re.match("[一-龥]", row[0])
        for cell in row[1:]
        if re.match(r"-?\d", cell)
    ]
    numbers = [row[-7:] for row in requests if re.fullmatch(r"\d+", row[-1])]
    ours += [cell for row in numbers for cell in row]
    ours += disputes[-1]
    assert ours == raws


def test_rows_of_bureau_2022_carry_the_official_labels():
    truth, _, found = example("bureau-2022")
    labels = [next(filter(None, reversed(row[:-7]))) for row in found.tables[1].rows[3:]]
    wanted = dict.fromkeys(cell[0] for cell in truth["cells"] if cell[1] is not None)
    assert len(labels) == len(wanted) == 25
    for label, indicator in zip(labels, wanted, strict=True):
        assert any(official in squeeze(label) for official in official_labels(indicator))


# Titles


@pytest.mark.parametrize(
    ("lines", "title", "issuer", "year"),
    [
        (["鹿溪县水务局2016年政府信息公开工作年度报告"], None, "鹿溪县水务局", 2016),
        (["2017年度柳岸市人民政府信息公开年报"], None, "柳岸市人民政府", 2017),
        (["柳岸市2012年度政府信息公开工作报告"], None, "柳岸市", 2012),
        (["柳岸市政府信息公开工作报告（2012年度）"], None, "柳岸市", 2012),
        (["沙汀镇人民政府关于2013年政府信息公开工作的报告"], None, "沙汀镇人民政府", 2013),
        (["沙汀镇关于二〇一三年政府信息公开工作的总结"], None, "沙汀镇", 2013),
        (["沙汀镇二〇一三年政府信息公开年度报告"], None, "沙汀镇", 2013),
        pytest.param(
            ["沙汀镇二○一三年政府信息公开年度报告"],
            None,
            "沙汀镇",
            2013,
        ),
        (["鹿溪县水务局２０１６年政府信息公开年度报告"], None, "鹿溪县水务局", 2016),
        (["2021年云帆区政务公开工作年度报告"], None, "云帆区", 2021),
        (["沙汀街道办事处", "2019年政府信息公开工作年度报告"], None, "沙汀街道办事处", 2019),
        (["鹿溪师范学院", "2014—2015学年", "信息公开年度报告"], None, "鹿溪师范学院", 2015),
        (["鹿溪师范学院2014—2015学年度信息公开年度报告"], None, "鹿溪师范学院", 2015),
        pytest.param(
            ["鹿溪师范学院2014-2015学年信息公开年度报告"],
            None,
            "鹿溪师范学院",
            2015,
        ),
        (
            ["鹿 溪 县 水 务 局", "2016 年 政 府 信 息 公 开 年 度 报 告"],
            "鹿 溪 县 水 务 局2016 年 政 府 信 息 公 开 年 度 报 告",
            "鹿溪县水务局",
            2016,
        ),
        (["2018年政府信息公开工作年度报告"], None, None, 2018),
        (["政府信息公开工作年度报告"], None, None, None),
    ],
)
def test_titles(lines, title, issuer, year):
    found = parts(*lines, "", "一、概述", PROSE)
    assert found.title == (title or "".join(lines))
    assert (found.issuer, found.year) == (issuer, year)
    assert outline(found) == ["一、概述"]
    assert texts(found) == [PROSE]


@pytest.mark.parametrize(
    "line",
    [
        "现将本局政府信息公开工作情况报告如下。",
        "一、政府信息公开年度报告",
        "发布日期：2017-03-09 政府信息公开年度报告",
    ],
)
def test_what_is_no_title(line):
    assert parts(line, PROSE).title is None


def test_a_report_without_a_title_says_so():
    found = parts("一、概述", "我局信息公开工作平稳。", PROSE)
    assert found.title is None
    assert [warning.code for warning in found.warnings] == ["no_title"]


def test_another_text_says_so():
    found = parts("今日菜单", "红烧豆腐一份，清炒时蔬一份，米饭若干。")
    assert [warning.code for warning in found.warnings] == ["not_a_report"]


def test_a_proper_report_has_no_warning():
    assert parts(TITLE, "一、概述", PROSE).warnings == ()


# The issuer, where the title names none

BARE = "2018年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("lines", "issuer"),
    [
        ([PROSE, "沙汀镇人民政府", "2019年1月20日"], "沙汀镇人民政府"),
        ([PROSE, "鹿溪县 水务局"], "鹿溪县水务局"),
        (["本报告由柳岸市应急管理局编制，供公众查阅。", PROSE], "柳岸市应急管理局"),
        (["2018年，云帆区卫生健康局认真落实条例要求。", PROSE], "云帆区卫生健康局"),
        (["如有疑问，请与柳岸市审计局联系，电话见网站。", PROSE], "柳岸市审计局"),
        (["2018年，我局认真落实条例要求。", PROSE], None),
        (["本报告由本机关编制，供公众查阅。", PROSE], None),
        ([PROSE], None),
    ],
)
def test_issuer_without_a_title_that_names_it(lines, issuer):
    assert parts(BARE, "", *lines).issuer == issuer


def test_issuer_from_the_caption_of_a_table():
    found = parts(BARE, PROSE, "", "填报单位（盖章）：柳岸市林业局", *FORM_2014_BY_TABS)
    assert found.issuer == "柳岸市林业局"


def test_the_title_wins_over_the_sign_off():
    assert parts(TITLE, PROSE, "鹿溪县人民政府办公室", "2017年1月5日").issuer == "鹿溪县水务局"


# Years, periods, dates


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("统计期限为2018年1月1日至2018年12月31日。", (2018, 1, 1), (2018, 12, 31)),
        ("统计期限自2018年1月1日起，至12月31日止。", (2018, 1, 1), (2018, 12, 31)),
        ("时段为２０１８年１月１日—２０１８年１２月３１日。", (2018, 1, 1), (2018, 12, 31)),
        ("时段为2018.1.1-2018.12.31。", (2018, 1, 1), (2018, 12, 31)),
        ("统计自二〇一八年一月一日至二〇一八年十二月三十一日。", (2018, 1, 1), (2018, 12, 31)),
        ("本学年（2017年9月1日至2018年8月31日）工作如下。", (2017, 9, 1), (2018, 8, 31)),
    ],
)
def test_the_period_is_trusted_over_the_year_of_the_title(sentence, start, end):
    found = parts("鹿溪县水务局2019年政府信息公开工作年度报告", "", sentence, PROSE)
    assert (found.period.start, found.period.end) == (date(*start), date(*end))
    assert found.year == 2018


@pytest.mark.parametrize(
    "sentence",
    ["公示期为2018年3月1日至2018年3月10日。", "会议于2018年1月1日召开。", "按2018年通知要求编制。"],
)
def test_a_few_days_are_no_period(sentence):
    found = parts(TITLE, "", sentence, PROSE)
    assert found.period is None
    assert found.year == 2016


@pytest.mark.parametrize(
    ("head", "foot", "published"),
    [
        (["发布日期：2017-03-09"], [], (2017, 3, 9)),
        (["索 引 号：LX-0031", "发布时间: 2017年3月9日 10:20"], [], (2017, 3, 9)),
        (["发文日期：2017-02-01", "发布日期：2017-03-09"], [], (2017, 3, 9)),
        (["发文日期：2017-02-01"], [], (2017, 2, 1)),
        (["成文日期：２０１７/２/１"], [], (2017, 2, 1)),
        ([], ["2017年3月9日"], (2017, 3, 9)),
        ([], ["二〇一七年三月九日"], (2017, 3, 9)),
        ([], ["２０１７年３月９日"], (2017, 3, 9)),
        ([], ["二〇一七年三月二十一日"], (2017, 3, 21)),
        pytest.param(
            [],
            ["二○一七年三月二十一日"],
            (2017, 3, 21),
        ),
        ([], ["鹿溪县水务局", "2017 年 3 月 9 日"], (2017, 3, 9)),
        (["发布日期：2020-11-30"], ["2017年3月9日"], (2020, 11, 30)),
        (["发布日期：2017-13-40"], [], None),
        ([], [], None),
    ],
)
def test_publication_date(head, foot, published):
    found = parts(*head, "", TITLE, "", PROSE, "", *foot)
    assert found.published == (date(*published) if published else None)
    assert found.year == 2016  # never inferred from it
    assert texts(found) == [PROSE, *foot]


def test_a_date_in_a_sentence_is_no_publication_date():
    assert parts(TITLE, "平台于2016年5月4日上线运行，群众反映良好。").published is None


# Forms: told by their labels, never by the year

FORM_2014_BY_TABS = [
    "统计指标\t单位\t统计数",
    "一、主动公开情况\t——\t",
    "（一）主动公开政府信息数\t条\t217",
    "其中：主动公开规范性文件数\t条\t",
    "制发规范性文件总数\t件\t0",
    "2.政府网站公开政府信息数\t条\t180",
]
FORM_2019_BY_TABS = [
    "第二十条第（一）项\t\t\t",
    "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量",
    "规章\t1\t1\t8",
    "规范性文件\t4\t3\t52",
]
FORM_2021_BY_TABS = [
    "第二十条第（一）项\t\t\t",
    "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
    "规章\t0\t0\t2",
    "行政规范性文件\t3\t1\t27",
]


@pytest.mark.parametrize("year", [2013, 2016, 2021, 2024])
@pytest.mark.parametrize(
    ("table", "form"),
    [
        (FORM_2014_BY_TABS, "form-2014"),
        (FORM_2019_BY_TABS, "form-2019"),
        (FORM_2021_BY_TABS, "form-2021"),
        ([], None),
    ],
)
def test_the_form_is_told_by_labels_not_by_the_year(year, table, form):
    found = parts(f"鹿溪县{year}年政府信息公开年度报告", PROSE, "", *table, "", PROSE)
    assert (found.form, found.year) == (form, year)
    assert [table.form for table in found.tables] == ([form] if form else [])


# Paragraphs

LONG = (
    "　　一年来，水务局围绕城乡供水、河道治理、防汛抗旱等群众关心的事项，持续更新公开栏目，"
    "逐项核对目录条目，及时补充缺漏内容，通过门户网站、便民窗口、村级广播等多种途径向社会公布，"
    "同时邀请用水户代表到水厂实地察看，听取意见建议，对反映集中的水压不足、水表计量、"
    "停水通知不及时等情形逐一登记并限期答复，切实做到件件有着落、事事有回音，"
    "并把办理结果在公示栏张贴，接受群众监督评议，供水服务口碑逐步改善。"
)


def wrapped(text: str, width: int = 38) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)]


def test_lines_wrapped_by_hand_are_joined():
    found = parts(TITLE, "", *wrapped(LONG), *wrapped("　　" + PROSE * 3))
    assert texts(found) == [LONG.strip(), PROSE * 3]


def test_the_text_of_a_wrapped_paragraph_is_in_one_piece_a_line():
    source = document(TITLE, "", *wrapped(LONG))
    (paragraph,) = structure(source).paragraphs
    assert [source.text[s.start : s.end] for s in paragraph.spans] == [
        line.strip() for line in wrapped(LONG)
    ]


@pytest.mark.parametrize("mark", ["- 3 -", "— 3 —", "第 3 页", "第3页 共12页", "3", "3/12"])
@pytest.mark.parametrize("blank", [[], [""]])
def test_a_page_mark_between_lines_is_noise(mark, blank):
    lines = wrapped(LONG)
    source = document(TITLE, "", *lines[:3], *blank, f"          {mark}", *blank, *lines[3:])
    found = structure(source)
    assert texts(found) == [LONG.strip()]
    assert [source.text[s.start : s.end] for s in found.noise] == [mark]


@pytest.mark.parametrize("gap", [[""], ["", ""], ["", "- 4 -", ""], ["\f"]])
def test_a_page_break_in_a_sentence_is_mended(gap):
    first = "全年检修供水管网二十余处，处理群众来电三百多件，水质公示栏"
    assert texts(parts(TITLE, "", first, *gap, "按月更新，用水户普遍满意。")) == [
        first + "按月更新，用水户普遍满意。"
    ]


def test_whole_paragraphs_stay_apart():
    assert texts(parts(TITLE, "", PROSE, PROSE, "", "　　" + PROSE)) == [PROSE] * 3


def test_line_ends_of_windows_change_nothing():
    lines = [TITLE, "", "一、概述", *wrapped(LONG), "", *FORM_2014_BY_TABS, "", PROSE]
    unix, windows = parts(*lines), parts(*lines, end="\r\n")
    assert texts(windows) == texts(unix)
    assert outline(windows) == outline(unix)
    assert rows(windows) == rows(unix)


FIELDS = ["联系部门：鹿溪县水务局办公室", "电话：0499-1234567", "邮编：690000", "地址：柳岸路3号"]


@pytest.mark.parametrize("blank", [[], [""]])
def test_fields_are_not_joined(blank):
    lines = [line for field in FIELDS for line in (field, *blank)]
    assert texts(parts(TITLE, "", PROSE, *blank, *lines)) == [PROSE, *FIELDS]


def test_fields_are_not_joined_among_wrapped_lines():
    found = parts(TITLE, "", *wrapped(LONG), *("　　" + field for field in FIELDS))
    assert texts(found) == [LONG.strip(), *FIELDS]


def test_items_are_paragraphs_of_their_own():
    items = [
        "一是更新目录，补充供水条目",
        "二是完善制度，明确审核责任",
        "三是加强培训，提升业务能力。",
    ]
    assert texts(parts(TITLE, "", "一、概述", *items)) == items


def test_the_sign_off_is_not_joined():
    found = parts(TITLE, "", PROSE, "", "鹿溪县水务局", "2017年3月9日")
    assert texts(found) == [PROSE, "鹿溪县水务局", "2017年3月9日"]


# Headings


@pytest.mark.parametrize(
    "number",
    [
        "一、", "二．", "三.", "一 、", "第一部分 ", "第二章、", "㈠", "（一）", "(一)", "三)", "（十二）",
        "1.", "1．", "1、", "１．", "(1)", "（2）", "3)", "①", "⑴",
    ],
)  # fmt: skip
def test_every_style_of_number_opens_a_heading(number):
    found = parts(TITLE, "", f"{number}主动公开情况", PROSE)
    (section,) = found.sections
    assert (section.number, section.title) == (number.strip(), "主动公开情况")
    assert (section.level, section.parent, section.paragraph) == (1, None, 0)
    assert texts(found) == [PROSE]
    assert found.paragraphs[0].headings == ("主动公开情况",)


def test_styles_nest_in_the_order_they_come():
    found = parts(
        TITLE, "",
        "一、主动公开情况", PROSE,
        "（一）公开内容", PROSE,
        "1.机构信息", PROSE,
        "2.供水信息", PROSE,
        "（1）水质", PROSE,
        "（二）公开形式", PROSE,
        "二、依申请公开情况", PROSE,
        "1.收到申请情况", PROSE,
    )  # fmt: skip
    assert outline(found) == [
        "一、主动公开情况",
        "  （一）公开内容",
        "    1.机构信息",
        "    2.供水信息",
        "      （1）水质",
        "  （二）公开形式",
        "二、依申请公开情况",
        "  1.收到申请情况",
    ]
    assert [section.parent for section in found.sections] == [None, 0, 1, 1, 3, 0, None, 6]
    assert [section.paragraph for section in found.sections] == list(range(8))
    assert [paragraph.section for paragraph in found.paragraphs] == list(range(8))
    assert found.paragraphs[4].headings == ("主动公开情况", "公开内容", "供水信息", "水质")


def test_a_level_may_be_skipped():
    found = parts(TITLE, "", "一、总体情况", "1.平台建设", PROSE, "二、主动公开情况", PROSE)
    assert outline(found) == ["一、总体情况", "  1.平台建设", "二、主动公开情况"]
    assert [section.paragraph for section in found.sections] == [0, 0, 1]


def test_restarted_numbers_stay_on_their_level():
    found = parts(
        TITLE, "",
        "一、主动公开情况", "（一）公开内容", PROSE, "（二）公开形式", PROSE,
        "二、依申请公开情况", "（一）收到申请情况", PROSE, "（一）答复情况", PROSE,
        "二、收费情况", PROSE,
    )  # fmt: skip
    assert outline(found) == [
        "一、主动公开情况",
        "  （一）公开内容",
        "  （二）公开形式",
        "二、依申请公开情况",
        "  （一）收到申请情况",
        "  （一）答复情况",
        "二、收费情况",
    ]


def test_mixed_numbers_of_one_level():
    found = parts(
        TITLE, "",
        "1、基本情况", PROSE, "二、主动公开情况", PROSE, "三、依申请公开情况", PROSE,
        "4、存在的问题", PROSE,
    )  # fmt: skip
    assert outline(found) == [
        "1、基本情况",
        "二、主动公开情况",
        "三、依申请公开情况",
        "4、存在的问题",
    ]
    assert {section.level for section in found.sections} == {1}


def test_arabic_numbers_may_be_the_top_level():
    found = parts(TITLE, "", "1、概述", PROSE, "（1）健全机构", PROSE, "2、主动公开情况", PROSE)
    assert outline(found) == ["1、概述", "  （1）健全机构", "2、主动公开情况"]


@pytest.mark.parametrize(
    ("line", "heading", "text"),
    [
        (
            "（三）加强日常培训。组织窗口人员学习条例两次。",
            "（三）加强日常培训",
            "组织窗口人员学习条例两次。",
        ),
        (
            "一、概述。水务局公开工作有序推进，栏目按月更新。",
            "一、概述",
            "水务局公开工作有序推进，栏目按月更新。",
        ),
        (
            "1．供水信息公开。公布水质月报十二期。",
            "1．供水信息公开",
            "公布水质月报十二期。",
        ),
        (
            "（二）明确责任，理顺机制。各股室确定专人。",
            "（二）明确责任，理顺机制",
            "各股室确定专人。",
        ),
    ],
)
def test_a_heading_run_into_its_text(line, heading, text):
    found = parts(TITLE, "", line)
    assert outline(found) == [heading]
    assert texts(found) == [text]
    assert found.paragraphs[0].section == 0


ITEMS = ["（一）加强日常培训。", "（二）完善工作制度。", "（三）拓宽公开渠道。"]


def test_short_items_of_a_list_are_text():
    found = parts(TITLE, "", "一、改进措施", *ITEMS, "四是抓好督查，按季通报。", PROSE)
    assert texts(found)[:2] == ITEMS[:2]
    assert "加强日常培训" not in [section.title for section in found.sections]


def test_the_last_item_of_a_list_is_text_like_the_others():
    found = parts(TITLE, "", "一、改进措施", *ITEMS, "二、其他事项", PROSE)
    assert outline(found) == ["一、改进措施", "二、其他事项"]
    assert texts(found) == [*ITEMS, PROSE]


def test_the_same_lines_with_text_below_are_headings():
    found = parts(TITLE, "", "一、改进措施", ITEMS[0], PROSE, ITEMS[1], PROSE)
    assert outline(found) == ["一、改进措施", "  （一）加强日常培训", "  （二）完善工作制度"]
    assert texts(found) == [PROSE, PROSE]


@pytest.mark.parametrize(
    "line",
    [
        "（一）我局未收到复议申请。",
        "（二）全年公布水质月报十二期，检修管网二十处；受理来电三百件。",
        "1.未发生收费情况。",
        "（一）认真梳理供水、节水、排水各类事项，逐项明确责任科室和公开时限，按月更新栏目内容。",
        "2016年，水务局公开工作有序推进。",
        "12处管网完成检修。",
        "十余名干部参加学习。",
        "1.5公里河道完成清淤。",
    ],
)
def test_a_numbered_sentence_is_no_heading(line):
    found = parts(TITLE, "", "一、概述", line)
    assert outline(found) == ["一、概述"]
    assert texts(found) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "概述",
        "主动公开情况",
        "依申请公开",
        "存在的主要问题及改进措施",
        "其他需要报告的事项",
        "引 言",
    ],
)
def test_a_heading_without_a_number(line):
    found = parts(TITLE, "", line, "", PROSE)
    assert [(s.number, s.title, s.level) for s in found.sections] == [("", line, 1)]
    assert texts(found) == [PROSE]


@pytest.mark.parametrize("line", ["水务局全体同志", "柳岸路水厂", "谢谢支持"])
def test_a_short_line_is_not_always_a_heading(line):
    assert parts(TITLE, "", PROSE, "", line).sections == ()


def test_a_heading_ends_the_paragraph_before_it():
    found = parts(TITLE, "", "水厂改造工程进展顺利，水质在线监测数据", "一、概述", PROSE)
    assert texts(found) == ["水厂改造工程进展顺利，水质在线监测数据", PROSE]
    assert [paragraph.section for paragraph in found.paragraphs] == [None, 0]


def test_the_last_part_may_hold_nothing():
    found = parts(TITLE, "", "一、概述", PROSE, "六、其他需要报告的事项", "无。")
    assert outline(found) == ["一、概述", "六、其他需要报告的事项"]
    assert texts(found)[-1] == "无。"
    found = parts(TITLE, "", "一、概述", PROSE, "六、其他需要报告的事项")
    assert found.sections[1].paragraph is None


# Tables

BY_TABS = FORM_2014_BY_TABS
BY_TABBED_CELLS = [  # a tab opens a cell, a blank line ends a row
    line
    for row in (
        ("统计指标", "单位", "统计数"),
        ("一、主动公开情况", "——", " "),
        ("（一）主动公开政府信息数", "条", "217"),
        ("其中：主动公开规范性文件数", "条", " "),
        ("制发规范性文件总数", "件", "0"),
        ("2.政府网站公开政府信息数", "条", "180"),
    )
    for line in (*("\t" + cell for cell in row), "")
]
BY_LINES = [
    cell
    for row in (
        ("统计指标", "单位", "统计数"),
        ("（一）主动公开政府信息数", "条", "217"),
        ("制发规范性文件总数", "件", "0"),
        ("2.政府网站公开政府信息数", "条", "180"),
    )
    for cell in row
]
BY_BLANKS = [
    "统计指标                        单位    统计数",
    "（一）主动公开政府信息数        条      217",
    "制发规范性文件总数              件      0",
    "2.政府网站公开政府信息数        条      180",
]
FULL_ROWS = [
    ["统计指标", "单位", "统计数"],
    ["（一）主动公开政府信息数", "条", "217"],
    ["制发规范性文件总数", "件", "0"],
    ["2.政府网站公开政府信息数", "条", "180"],
]
WITH_BLANK_CELLS = [
    FULL_ROWS[0],
    ["一、主动公开情况", "——", ""],
    FULL_ROWS[1],
    ["其中：主动公开规范性文件数", "条", ""],
    *FULL_ROWS[2:],
]
each_way = pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(BY_TABS, WITH_BLANK_CELLS, id="tabs"),
        pytest.param(BY_TABBED_CELLS, WITH_BLANK_CELLS, id="a cell a line, opened by tabs"),
        pytest.param(BY_LINES, FULL_ROWS, id="a cell a line"),
        pytest.param(
            [line for cell in BY_LINES for line in (cell, "")],
            FULL_ROWS,
            id="a cell a line, blank lines between",
        ),
        pytest.param(BY_BLANKS, FULL_ROWS, id="runs of blanks"),
    ],
)


@each_way
@pytest.mark.parametrize("blank", [[], [""]])
def test_a_table_is_set_apart_and_the_prose_around_it_stays(lines, expected, blank):
    found = parts(TITLE, "", "一、概述", PROSE, *blank, *lines, *blank, "二、收费情况", PROSE)
    assert rows(found) == expected
    assert len(found.tables) == 1
    assert found.form == "form-2014"
    assert texts(found) == [PROSE, PROSE]
    assert outline(found) == ["一、概述", "二、收费情况"]


@each_way
def test_a_table_between_two_paragraphs(lines, expected):
    found = parts(TITLE, "", PROSE, "", *lines, "", PROSE)
    assert rows(found) == expected
    assert texts(found) == [PROSE, PROSE]


def test_block_labels_in_a_table_are_no_headings():
    assert parts(TITLE, "", "附表", *BY_TABS).sections[1:] == ()


def test_a_caption_belongs_to_its_table():
    found = parts(
        TITLE,
        "",
        PROSE,
        "",
        "政府信息公开情况统计表",
        "（2016年度）",
        "填报单位：鹿溪县水务局",
        *BY_TABS,
    )
    caption = "".join(row[0] for row in rows(found) if len(row) == 1)
    assert caption == "政府信息公开情况统计表（2016年度）填报单位：鹿溪县水务局"
    assert texts(found) == [PROSE]


def test_values_are_kept_as_printed():
    lines = [
        "信息内容\t上一年项目数量\t本年增/减\t处理决定数量",
        "行政许可\t1，024\t-8\t251,000",
        "行政处罚\t/\t—\t不适用",
        "行政强制\t\t无\t0",
        "政府集中采购\t３\t12.50万元\tN/A",
    ]
    assert rows(parts(TITLE, PROSE, "", *lines)) == [line.split("\t") for line in lines]


def test_two_tables_divided_by_a_heading():
    found = parts(
        TITLE, "", "二、主动公开政府信息情况", *FORM_2021_BY_TABS,
        "三、收到和处理政府信息公开申请情况", PROSE, *FORM_2021_BY_TABS,
    )  # fmt: skip
    assert [table.index for table in found.tables] == [0, 1]
    assert outline(found) == ["二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"]


def test_a_label_broken_by_a_page_stays_in_its_table():
    head = ["（三）不予公开\t1\t0\t0\t0\t0\t0\t1", "2.重复申请\t0\t0\t0\t0\t0\t0\t0"]
    tail = ["1.本机关不掌握相关政府信息\t2\t0\t0\t0\t0\t0\t2", "（七）总计\t3\t0\t0\t0\t0\t0\t3"]
    found = parts(TITLE, "", "一、概述", PROSE, "", *head, "（四）无", "法提供", *tail, "", PROSE)
    assert outline(found) == ["一、概述"]
    assert texts(found) == [PROSE, PROSE]
    assert [row[-7:] for row in rows(found) if len(row) == 8] == [
        line.split("\t")[1:] for line in head + tail
    ]


def test_a_broken_label_may_stand_first_in_a_table():
    values = "\t0\t0\t0\t0\t0\t0\t0"
    lines = ["（四）无", "法提供", "1.本机关不掌握相关政府信息" + values, "（七）总计" + values]
    found = parts(TITLE, "", "一、概述", PROSE, "", *lines, "", PROSE)
    assert outline(found) == ["一、概述"]


def test_a_page_mark_between_rows_is_noise():
    source = document(TITLE, PROSE, "", *BY_BLANKS[:3], "          - 2 -", BY_BLANKS[3])
    found = structure(source)
    assert rows(found) == FULL_ROWS
    assert [source.text[s.start : s.end] for s in found.noise] == ["- 2 -"]


def test_page_marks_of_city_2020_are_noise():
    _, source, found = example("city-2020")
    marks = re.findall(r"^ *(- \d -) *$", source.text, re.MULTILINE)
    noise = [source.text[s.start : s.end] for s in found.noise]
    assert len(marks) > 3
    assert noise == marks


@pytest.mark.parametrize(
    "line",
    [
        "收到申请十二件，其中当面申请3件、网络申请9件。",
        "无。",
        "合计　　三百件",
    ],
)
def test_figures_in_prose_are_no_table(line):
    found = parts(TITLE, "", "一、概述", line, PROSE)
    assert found.tables == ()
    assert line in "\n".join(texts(found))


# Noise


@pytest.mark.parametrize(
    "line",
    [
        "[image: 鹿溪县水务局办公楼]",
        "[image: IMG_0031][image: 水厂.jpg]",
        "[image]",
        "浏览次数：286",
        "字体：[大 中 小]　打印　关闭",
        "来源：局办公室",
        "分享到：",
        "索 引 号：LX-2017-0031",
        "发布机构：鹿溪县水务局",
        "主题分类：其他",
        "您现在的位置：首页 > 年报",
        "首页 | 走进鹿溪 | 互动交流",
        "版权所有：鹿溪县人民政府",
        "ICP备 12345678号",
        "扫一扫在手机打开当前页",
        "上一篇：水厂巡查简报",
        "第 3 页",
        "一、概述…………………………2",
    ],
)
def test_chrome_and_placeholders_are_noise(line):
    for at in (1, 3):
        lines = [TITLE, PROSE, PROSE]
        lines.insert(at, line)
        source = document(*lines)
        found = structure(source)
        assert [source.text[s.start : s.end] for s in found.noise] == [line]
        assert texts(found) == [PROSE, PROSE]
        assert found.sections == ()


def test_the_head_of_the_page_is_noise():
    head = ["鹿溪县人民政府门户网站", "首页 | 政务公开", "发布日期：2017-03-09"]
    source = document(*head, TITLE, PROSE)
    found = structure(source)
    assert [source.text[s.start : s.end] for s in found.noise] == head
    assert found.title == TITLE


@pytest.mark.parametrize(
    "line",
    [
        "发布日期由各科室自行登记，办公室按季核对。",
        "来源渠道不断拓宽，群众参与更加便利。",
        "第3页所列事项已经更新完毕。",
    ],
)
def test_a_sentence_that_begins_like_chrome_is_text(line):
    assert texts(parts(TITLE, "", PROSE, line)) == [PROSE, line]


# What holds for every document

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def visible(text: str) -> Counter[str]:
    return Counter(char for char in text if not char.isspace() and char not in INVISIBLE)


def check_spans(source: Document, found: Structure) -> None:
    """Paragraphs are the text under their spans; spans come in order and do not overlap."""
    for paragraph in found.paragraphs:
        assert paragraph.text == "".join(source.text[s.start : s.end] for s in paragraph.spans)
        assert visible(paragraph.text)
    for spans in ([s for p in found.paragraphs for s in p.spans], found.noise):
        assert all(s.start < s.end for s in spans)
        assert all(a.end <= b.start for a, b in pairwise(spans))
    owned = sorted((s.start, s.end) for p in found.paragraphs for s in p.spans)
    both = sorted([*owned, *((s.start, s.end) for s in found.noise)])
    assert all(a[1] <= b[0] for a, b in pairwise(both))


def check_every_character_has_one_place(source: Document, found: Structure) -> None:
    """Outside of paragraphs and noise stand the title, the headings and the cells, nothing else.

    A heading run into its text leaves its full stop behind.
    """
    outside = list(source.text)
    for span in [*(s for p in found.paragraphs for s in p.spans), *found.noise]:
        outside[span.start : span.end] = " " * (span.end - span.start)
    placed = visible(found.title or "")
    for section in found.sections:
        placed += visible(section.number + section.title)
    for row in rows(found):
        placed += visible("".join(row))
    rest = visible("".join(outside))
    assert placed - rest == Counter()
    lost = rest - placed
    assert lost["。"] <= len(found.sections)
    assert set(lost) <= {"。", "."}  # the full stop of a heading run into its text


def check_indexes(found: Structure) -> None:
    for kind in (found.sections, found.paragraphs, found.tables):
        assert [one.index for one in kind] == list(range(len(kind)))
    for section in found.sections:
        parent = found.sections[section.parent] if section.parent is not None else None
        assert section.level == (parent.level + 1 if parent else 1)
        assert parent is None or parent.index < section.index
    for paragraph in found.paragraphs:
        path, at = [], paragraph.section
        while at is not None:
            path.append(found.sections[at].title)
            at = found.sections[at].parent
        assert paragraph.headings == tuple(reversed(path))


def check(source: Document) -> None:
    found = structure(source)
    check_spans(source, found)
    check_every_character_has_one_place(source, found)
    check_indexes(found)


@each_example
def test_every_character_of_an_example_has_one_place(name):
    check(example(name)[1])


LINES = st.sampled_from(
    [
        "", "", "　　", TITLE, BARE, PROSE, *wrapped(LONG), *FIELDS, *BY_TABS, *BY_BLANKS, *BY_LINES,
        *BY_TABBED_CELLS, *FORM_2019_BY_TABS, "一、概述", "（一）公开内容", "（二）理顺机制。各科室有专人。",
        "1.供水信息", "概述", "- 3 -", "12", "[image: 水厂]", "发布日期：2017-03-09", "来源：局办公室",
        "政府信息公开情况统计表", "鹿溪县水务局", "2017年3月9日", "一、概述……………2", "无。", "总计 3 5 8",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=30), st.sampled_from(["\n", "\r\n", "\r", "\f"]))
def test_every_character_of_a_shuffled_report_has_one_place(lines, end):
    check(document(TITLE, PROSE, *lines, end=end))


@settings(max_examples=100, deadline=None)
@given(
    st.text(
        st.sampled_from(
            "一二、（）1.2。，： \t\n\r\x0b\x0c\x85\u2028\u3000\u200b公开情况概述条件无-[]"
        )
    )
)
def test_every_character_of_any_text_has_one_place(text):
    check(document("报告。", text))


def test_links_above_the_title_are_kept_somewhere():
    source = document(
        "一、概述", "二、收费情况", TITLE, "", "一、概述", PROSE, "二、收费情况", PROSE
    )
    assert outline(structure(source)) == ["一、概述", "二、收费情况"]
    check(source)


def test_links_between_a_title_and_its_repetition_are_kept_somewhere():
    source = document(
        TITLE, "一、概述", "二、收费情况", TITLE, "一、概述", PROSE, "二、收费情况", PROSE
    )
    assert outline(structure(source)) == ["一、概述", "二、收费情况"]
    check(source)
