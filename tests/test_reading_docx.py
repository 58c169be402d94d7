"""Word documents: what the page shows, in its order, is what is read."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zipfile

import pytest

from nlp_reports.errors import (
    DocumentDamaged,
    DocumentEmpty,
    DocumentEncrypted,
    DocumentError,
    DocumentScanned,
    DocumentTooLarge,
    UnsupportedMedia,
)
from nlp_reports.reading import docx
from nlp_reports.reading.content import Cells, Text
from nlp_reports.settings import DEFAULT, Settings

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
SPACES = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


def packed(parts):
    """Return a zip of the parts, each text or bytes, in the order given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def part(root, inside, namespace=W):
    return f'<?xml version="1.0"?><w:{root} xmlns:w="{namespace}" {SPACES}>{inside}</w:{root}>'


def word(body, *, numbering=None, styles=None, namespace=W, **others):
    """Return a Word document with this inside of its body."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": part("document", f"<w:body>{body}</w:body>", namespace),
    }
    if numbering is not None:
        parts["word/numbering.xml"] = part("numbering", numbering, namespace)
    if styles is not None:
        parts["word/styles.xml"] = part("styles", styles, namespace)
    return packed(parts | others)


def read(data, settings=DEFAULT):
    return docx.read(data, where="报告.docx", settings=settings)


def blocks(body, **parts):
    return list(read(word(body, **parts)).blocks)


def texts(body, **parts):
    """Return the paragraphs as strings and the tables as rows."""
    return [b.text if isinstance(b, Text) else b.rows for b in blocks(body, **parts)]


def r(text, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(text="", properties=""):
    """Return a paragraph; a text with markup is its content as it stands."""
    content = text if "<" in text else r(text) if text else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def tc(text, properties=""):
    content = text if "<" in text else p(text)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def tr(*cells, properties=""):
    inside = "".join(cell if cell.startswith("<") else tc(cell) for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inside}</w:tr>"


def tbl(*rows, widths=()):
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def span(columns):
    return f'<w:gridSpan w:val="{columns}"/>'


DOWN, UP = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


# Order and paragraphs


def test_blocks_come_in_document_order():
    body = p("前言") + tbl(tr("甲", "1"), tr("乙", "2")) + p("后记")
    assert texts(body) == ["前言", (("甲", "1"), ("乙", "2")), "后记"]


def test_a_document_of_python_docx_is_read():
    document = pytest.importorskip("docx").Document()
    document.add_heading("一、总体情况", level=1)
    document.add_paragraph("石桥镇公开信息三十条。")
    table = document.add_table(rows=2, cols=2)
    for index, text in enumerate(("项目", "件数", "来信", "7")):
        table.cell(index // 2, index % 2).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    assert list(read(buffer.getvalue()).blocks) == [
        Text("一、总体情况"),
        Text("石桥镇公开信息三十条。"),
        Cells((("项目", "件数"), ("来信", "7"))),
    ]


def test_runs_of_a_paragraph_are_one_text_and_empty_paragraphs_are_dropped():
    assert texts(p(r("公开") + r("信息") + r("12条")) + p() + p("　 ")) == ["公开信息12条"]


def test_characters_stay_as_they_are_and_outer_blanks_go():
    assert texts(p("  ⼀、总体　情况，１２件（Ａ） ")) == ["⼀、总体　情况，１２件（Ａ）"]


@pytest.mark.parametrize(
    "mark", ["<w:br/>", "<w:cr/>", '<w:br w:type="page"/>', "<w:t>\u2028</w:t>"]
)
def test_a_break_starts_a_new_text(mark):
    assert texts(p(r("上行") + f"<w:r>{mark}</w:r>" + r("下行"))) == ["上行", "下行"]


def test_a_line_feed_in_a_run_is_a_blank():
    assert texts(p(r("one\ntwo"))) == ["one two"]


def test_tabs_stay_and_tab_stops_are_no_tabs():
    stops = '<w:tabs><w:tab w:val="left" w:pos="900"/></w:tabs>'
    assert texts(p(r("局长") + "<w:r><w:tab/></w:r>" + r("某某"), stops)) == ["局长\t某某"]


def test_hyphens():
    content = (
        "<w:r><w:t>0999</w:t><w:noBreakHyphen/><w:t>12</w:t><w:softHyphen/><w:t>34</w:t></w:r>"
    )
    assert texts(p(content)) == ["0999-1234"]


@pytest.mark.parametrize(
    ("font", "char", "text"),
    [
        ("Wingdings", "F0FE", "☑"),
        ("Wingdings 2", "00A3", "□"),
        ("宋体", "2460", "①"),
        ("Wingdings", "F03A", "\uf03a"),
        ("宋体", "000A", ""),
        ("宋体", "D800", ""),
        ("宋体", "", ""),
        ("宋体", "zz", ""),
    ],
)
def test_symbols(font, char, text):
    assert texts(p(r("甲") + f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>')) == [
        "甲" + text
    ]


def test_formulas_are_text():
    assert texts(p(r("率为") + "<m:oMath><m:r><m:t>3/4</m:t></m:r></m:oMath>")) == ["率为3/4"]


def test_readings_above_characters_are_left_out():
    ruby = f"<w:r><w:ruby><w:rt>{r('lù')}</w:rt><w:rubyBase>{r('鹿')}</w:rubyBase></w:ruby></w:r>"
    assert texts(p(ruby + r("溪"))) == ["鹿溪"]


def test_links_and_simple_fields_keep_their_text():
    link = f'<w:hyperlink w:anchor="x">{r("网址")}</w:hyperlink>'
    field = f'<w:fldSimple w:instr="DATE">{r("3月1日")}</w:fldSimple>'
    assert texts(p(r("见") + link + field)) == ["见网址3月1日"]


def field(kind):
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(text):
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def test_of_a_field_the_result_is_read_and_the_code_is_not():
    inner = field("begin") + code("PAGE") + field("separate") + r("9") + field("end")
    outer = field("begin") + code("IF") + inner + field("separate") + r("结果") + field("end")
    assert texts(p(r("前") + outer + r("后"))) == ["前结果后"]


def test_a_field_left_open_ends_with_its_paragraph():
    assert texts(p(r("前") + field("begin") + r("码")) + p("后") + p(field("end") + r("末"))) == [
        "前",
        "后",
        "末",
    ]


def test_notes_comments_and_their_marks_are_left_out():
    marks = '<w:r><w:footnoteReference w:id="1"/><w:commentReference w:id="0"/></w:r>'
    notes = part("footnotes", f'<w:footnote w:id="1">{p("脚注")}</w:footnote>')
    header = part("hdr", p("页眉"))
    body = p(r("正文") + marks + "<!-- 无 --><?x y?>" + r("完"))
    assert texts(body, **{"word/footnotes.xml": notes, "word/header1.xml": header}) == ["正文完"]


# Hidden text


@pytest.mark.parametrize(
    ("switch", "shown"), [("<w:vanish/>", "甲"), ('<w:vanish w:val="0"/>', "甲乙")]
)
def test_hidden_runs_are_left_out(switch, shown):
    assert texts(p(r("甲") + r("乙", switch))) == [shown]


HIDING = (
    '<w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Top"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="z"><w:basedOn w:val="Top"/></w:style>'
)


def test_a_style_can_hide_runs_and_paragraphs():
    body = p(r("甲") + r("乙", '<w:rStyle w:val="H"/>')) + p("窗体顶端", '<w:pStyle w:val="z"/>')
    assert texts(body, styles=HIDING) == ["甲"]


def test_a_run_can_undo_the_hiding_of_its_style():
    shown = '<w:rStyle w:val="H"/><w:vanish w:val="false"/>'
    assert texts(p(r("甲") + r("乙", shown)), styles=HIDING) == ["甲乙"]


# Wrappers


def sdt(inside):
    return f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"


@pytest.mark.parametrize(
    "wrap",
    [
        sdt,
        lambda inside: sdt(sdt(inside)),
        lambda inside: f'<w:customXml w:element="e"><w:customXmlPr/>{inside}</w:customXml>',
        lambda inside: f'<w:ins w:id="1">{inside}</w:ins>',
        lambda inside: f'<w:moveTo w:id="1">{inside}</w:moveTo>',
        lambda inside: f'<w:smartTag w:element="e">{inside}</w:smartTag>',
        lambda inside: (
            f'<mc:AlternateContent><mc:Choice Requires="x">{inside}</mc:Choice>'
            "<mc:Fallback><w:p><w:r><w:t>旧</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
        ),
    ],
)
def test_wrappers_are_opened_at_every_level(wrap):
    row = tr(wrap(tc("甲")), tc(wrap(p(wrap(r("乙"))))))
    body = (
        wrap(p("前")) + p(r("左") + wrap(r("中")) + r("右")) + wrap(tbl(wrap(row), tr("丙", "丁")))
    )
    assert texts(body) == ["前", "左中右", (("甲", "乙"), ("丙", "丁"))]


def test_a_fallback_is_read_where_there_is_no_choice():
    only = f"<mc:AlternateContent><mc:Fallback>{r('旧')}</mc:Fallback></mc:AlternateContent>"
    assert texts(p(only)) == ["旧"]


# Tracked changes


def test_deleted_and_moved_text_is_left_out_and_a_warning_says_so():
    gone = '<w:del w:id="1"><w:r><w:delText>删</w:delText></w:r></w:del><w:moveFrom w:id="2">{r("移")}</w:moveFrom>'
    content = read(word(p(r("办结") + gone + f'<w:ins w:id="3">{r("5")}</w:ins>' + r("件"))))
    assert content.blocks == (Text("办结5件"),)
    assert [warning.code for warning in content.warnings] == ["tracked_changes"]


def test_a_paragraph_whose_end_is_deleted_runs_on_into_the_next():
    end = '<w:rPr><w:del w:id="1"/></w:rPr>'
    assert texts(p("一、总", end) + p("体", end) + p("情况") + p("正文")) == [
        "一、总体情况",
        "正文",
    ]


def test_a_deleted_end_before_a_table_or_at_the_last_ends_all_the_same():
    end = '<w:rPr><w:del w:id="1"/></w:rPr>'
    table = tbl(tr("甲", "1"))
    assert texts(p("前", end) + table + p("后", end)) == ["前", (("甲", "1"),), "后"]


def test_deleted_rows_and_cells_are_left_out():
    gone = tr("删", "0", properties='<w:del w:id="1"/>')
    cell = tc("除", '<w:cellDel w:id="1"/>')
    assert texts(tbl(tr("甲", "1"), gone, tr("乙", cell))) == [(("甲", "1"), ("乙", ""))]


def test_numbers_count_no_deleted_paragraph():
    gone = '<w:del w:id="1"><w:r><w:delText>删</w:delText></w:r></w:del>'
    deleted = f'<w:p><w:pPr>{numbered()}<w:rPr><w:del w:id="1"/></w:rPr></w:pPr>{gone}</w:p>'
    body = p("甲", numbered()) + deleted + p("乙", numbered())
    assert texts(body, numbering=outline()) == ["一、甲", "二、乙"]


# Text boxes


def box(inside):
    return f"<w:txbxContent>{inside}</w:txbxContent>"


def drawing(inside):
    return f"<w:r><w:drawing><wps:txbx>{box(inside)}</wps:txbx></w:drawing></w:r>"


def test_a_text_box_is_read_once_after_its_anchor():
    twin = (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box(p("框"))}'
        "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
        f"{box(p('框'))}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert texts(p(r("锚") + twin + r("文")) + p("后")) == ["锚文", "框", "后"]


def test_a_text_box_of_the_old_kind_alone_is_read():
    old = f"<w:r><w:pict><v:textbox>{box(p('文件头'))}</v:textbox></w:pict></w:r>"
    assert texts(p(old) + p("正文")) == ["文件头", "正文"]


def test_text_boxes_keep_their_order_and_may_hold_tables_and_boxes():
    inner = p(r("外") + drawing(p("内")))
    body = p(drawing(inner) + drawing(tbl(tr("甲", "1"))) + r("锚")) + p("后")
    assert texts(body) == ["锚", "外", "内", (("甲", "1"),), "后"]


def test_a_text_box_in_a_cell_belongs_to_the_cell():
    assert texts(tbl(tr(tc(p(r("甲") + drawing(p("乙")))), "1"))) == [(("甲乙", "1"),)]


# Tables


def test_cells_merged_across_and_down():
    rows = (
        tr(tc("机构", DOWN), tc("申请人", span(2)), tc("总计", DOWN)),
        tr(tc("", UP), "自然人", "企业", tc("", UP)),
        tr("某局", "3", "4", "7"),
    )
    assert texts(tbl(*rows)) == [
        (("机构", "申请人", "", "总计"), ("", "自然人", "企业", ""), ("某局", "3", "4", "7"))
    ]


def test_what_a_covered_cell_holds_is_not_shown():
    assert texts(tbl(tr(tc("甲", DOWN), "1"), tr(tc("藏", UP), "2"))) == [(("甲", "1"), ("", "2"))]


def test_a_cell_that_continues_nothing_is_a_cell():
    rows = (tr(tc("甲", UP), "1"), tr("乙", "2"), tr(tc("丙", UP), "3"))
    assert texts(tbl(*rows)) == [(("甲", "1"), ("乙", "2"), ("丙", "3"))]


def test_two_merged_cells_one_below_the_other():
    rows = (
        tr(tc("甲", DOWN), "1"),
        tr(tc("", UP), "2"),
        tr(tc("乙", DOWN), "3"),
        tr(tc("", UP), "4"),
    )
    assert texts(tbl(*rows)) == [(("甲", "1"), ("", "2"), ("乙", "3"), ("", "4"))]


def test_merging_across_in_the_old_way():
    first = tc("甲", '<w:hMerge w:val="restart"/>')
    rows = (tr(first, tc("藏", "<w:hMerge/>"), "丙"), tr("1", "2", "3"))
    assert texts(tbl(*rows)) == [(("甲", "", "丙"), ("1", "2", "3"))]


def test_rows_that_begin_late_or_end_early():
    late = tr("乙", "3", properties='<w:gridBefore w:val="1"/>')
    early = tr("4", properties='<w:gridAfter w:val="2"/>')
    assert texts(tbl(tr("甲", "1", "2"), late, early)) == [
        (("甲", "1", "2"), ("", "乙", "3"), ("4", "", ""))
    ]


def test_columns_that_no_cell_begins_in_are_not_drawn():
    rows = (tr(tc("甲", span(3)), "1"), tr(tc("乙", span(3)), "2"))
    assert texts(tbl(*rows)) == [(("甲", "1"), ("乙", "2"))]


def test_a_border_that_slipped_makes_no_column():
    rows = (tr("甲", tc("1", span(2))), tr(tc("乙", span(2)), "2"))
    straight = [(("甲", "1"), ("乙", "2"))]
    assert texts(tbl(*rows, widths=(2000, 15, 1985))) == straight
    assert texts(tbl(*rows, widths=(2000, 900, 1100))) == [(("甲", "1", ""), ("乙", "", "2"))]
    assert texts(tbl(*rows)) == [(("甲", "1", ""), ("乙", "", "2"))]


def test_a_narrow_column_with_cells_of_its_own_stays():
    rows = (tr("甲", "!", "1"), tr(tc("乙", span(2)), "2"))
    assert texts(tbl(*rows, widths=(2000, 15, 1985))) == [(("甲", "!", "1"), ("乙", "", "2"))]


def test_a_cell_of_several_paragraphs_is_one_line():
    assert texts(tbl(tr(tc(p("商业") + p("企业")), tc(p("1") + p("2"))))) == [
        (("商业企业", "1 2"),)
    ]


def test_hidden_and_empty_rows_are_not_drawn():
    hidden = tr("乙", "2", properties="<w:hidden/>")
    assert texts(tbl(tr("甲", "1"), hidden, tr(), tr("丙", ""))) == [(("甲", "1"), ("丙", ""))]


@pytest.mark.parametrize("value", ["0", "-3", "x", "", "999999999999", "999999999"])
def test_senseless_spans_do_no_harm(value):
    (rows,) = texts(tbl(tr(tc("甲", span(value)), "1"), tr("乙", "2")))
    assert rows[0][0] == "甲"
    assert {len(row) for row in rows} <= {2, 3}


# Layout tables


def test_a_table_that_holds_tables_is_layout():
    inner = tbl(tr("甲", "1"))
    body = tbl(tr(tc(p("左上") + inner), "右上"), tr("左下", "右下"))
    assert texts(body) == ["左上", (("甲", "1"),), "右上", "左下", "右下"]


def test_a_table_one_column_wide_is_layout():
    assert texts(tbl(tr("题目"), tr(tc(p("第一段。") + p("第二段。"))))) == [
        "题目",
        "第一段。",
        "第二段。",
    ]


def test_a_table_around_prose_is_layout():
    prose = tc("".join(p("全年公开信息若干条。" * 10) for _ in range(12)))
    assert len(texts(tbl(tr("正文", prose)))) == 13


def test_a_table_with_one_filled_cell_is_layout_and_an_empty_one_is_nothing():
    assert texts(p("前") + tbl(tr("", "标题", "")) + tbl(tr("", ""))) == ["前", "标题"]


# Automatic numbers


def level(number, format_="chineseCounting", pattern="%1、", more="", start=1):
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{format_}"/>{more}'
        f'<w:suff w:val="tab"/><w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def abstract(*levels, number=0, more=""):
    return f'<w:abstractNum w:abstractNumId="{number}">{more}{"".join(levels)}</w:abstractNum>'


def num(number=1, of=0, overrides=""):
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'


def outline(more=""):
    """一、 over （一） over 1."""
    return (
        abstract(
            level(0),
            level(1, pattern="（%2）"),
            level(2, "decimal", "%3."),
        )
        + num()
        + more
    )


def numbered(depth=0, of=1):
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{of}"/></w:numPr>'


def labels(depths, numbering):
    """Return the numbers of paragraphs at these depths, each ``depth`` or ``(depth, list)``."""
    pairs = [depth if isinstance(depth, tuple) else (depth, 1) for depth in depths]
    body = "".join(p("。", numbered(depth, of)) for depth, of in pairs)
    return [text.removesuffix("。") for text in texts(body, numbering=numbering)]


def test_numbers_stand_before_the_text():
    body = p("概述", numbered()) + p("正文") + p("收费", numbered()) + p("减免", numbered(1))
    assert texts(body, numbering=outline()) == ["一、概述", "正文", "二、收费", "（一）减免"]


def test_a_level_restarts_below_a_new_one_above():
    assert labels([0, 1, 1, 2, 1, 2, 0, 1], outline()) == [
        *("一、", "（一）", "（二）", "1.", "（三）", "1.", "二、", "（一）")
    ]


@pytest.mark.parametrize(
    ("restart", "expected"),
    [("0", ["1", "2", "3"]), ("1", ["1", "2", "1"]), ("2", ["1", "1", "1"])],
)
def test_a_level_can_say_what_restarts_it(restart, expected):
    third = level(2, "decimal", "%3", f'<w:lvlRestart w:val="{restart}"/>')
    numbering = abstract(level(0), level(1), third) + num()
    found = labels([0, 1, 2, 1, 2, 0, 1, 2], numbering)
    assert [found[at] for at in (2, 4, 7)] == expected


def test_levels_above_show_in_the_pattern_even_before_their_first_use():
    numbering = abstract(level(0, "decimal", "%1"), level(1, "decimal", "%1.%2", start=3)) + num()
    assert labels([1, 0, 1, 1, 0, 1], numbering) == ["1.3", "1", "1.3", "1.4", "2", "2.3"]


def test_a_legal_level_shows_all_numbers_in_digits():
    numbering = abstract(level(0), level(1, pattern="%1.%2", more="<w:isLgl/>")) + num()
    assert labels([0, 1], numbering) == ["一、", "1.1"]


def test_lists_of_one_definition_count_on():
    assert labels([0, (0, 2), 0], outline(num(2))) == ["一、", "二、", "三、"]


def test_lists_of_two_definitions_do_not():
    other = abstract(level(0, "decimal", "%1."), number=5)
    assert labels([0, (0, 2), 0, (0, 2)], other + outline(num(2, 5))) == [
        "一、",
        "1.",
        "二、",
        "2.",
    ]


def test_a_list_can_start_anew():
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    assert labels([0, 0, (0, 2), (0, 2), 0], outline(num(2, overrides=again))) == [
        *("一、", "二、", "一、", "二、", "三、")
    ]


def test_a_list_can_replace_a_level():
    other = f'<w:lvlOverride w:ilvl="0">{level(0, "decimal", "第%1条", start=5)}</w:lvlOverride>'
    assert labels([(0, 2), (0, 2)], outline(num(2, overrides=other))) == ["第5条", "第6条"]


@pytest.mark.parametrize(
    ("format_", "value", "text"),
    [
        ("chineseCounting", 10, "十"),
        ("chineseCounting", 21, "二十一"),
        ("chineseCounting", 105, "一○五"),
        ("chineseCountingThousand", 11, "十一"),
        ("chineseCountingThousand", 110, "一百一十"),
        ("chineseCountingThousand", 2005, "二千〇五"),
        ("chineseCountingThousand", 10000, "10000"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("ideographDigital", 20, "二〇"),
        ("japaneseCounting", 10, "十"),
        ("japaneseCounting", 1101, "千百一"),
        ("ideographEnclosedCircle", 2, "㈡"),
        ("ideographTraditional", 3, "丙"),
        ("ideographTraditional", 11, "11"),
        ("decimal", 12, "12"),
        ("decimalZero", 7, "07"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalEnclosedCircle", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "21"),
        ("decimalEnclosedCircleChinese", 3, "③"),
        ("decimalEnclosedParen", 2, "⑵"),
        ("decimalEnclosedFullstop", 2, "⒉"),
        ("lowerLetter", 2, "b"),
        ("upperLetter", 28, "BB"),
        ("lowerLetter", 999_999_999, "999999999"),
        ("lowerRoman", 4, "iv"),
        ("upperRoman", 1949, "MCMXLIX"),
        ("upperRoman", 4000, "4000"),
        ("none", 3, ""),
        ("bullet", 1, ""),
        ("somethingNew", 3, "3"),
        ("chineseCounting", 0, "○"),
        ("chineseCounting", -1, "-一"),
    ],
)
def test_numerals(format_, value, text):
    assert labels([0], abstract(level(0, format_, "%1", start=value)) + num()) == [text]


def test_a_format_of_words_own_making_falls_back():
    own = '<mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom"/></mc:Choice><mc:Fallback><w:numFmt w:val="upperRoman"/></mc:Fallback></mc:AlternateContent>'
    odd = f'<w:lvl w:ilvl="0"><w:start w:val="2"/>{own}<w:lvlText w:val="%1."/></w:lvl>'
    assert labels([0], abstract(odd) + num()) == ["II."]


def test_a_bullet_gives_nothing_whatever_its_pattern():
    assert labels([0], abstract(level(0, "bullet", "●")) + num()) == [""]


def test_a_hidden_number_gives_nothing():
    numbering = abstract(level(0, more="<w:rPr><w:vanish/></w:rPr>")) + num()
    assert labels([0], numbering) == [""]


def test_a_number_does_not_fuse_with_digits_behind_it():
    numbering = abstract(level(0, "decimal", "%1.")) + num()
    body = p("5件", numbered()) + p("五件", numbered())
    assert texts(body, numbering=numbering) == ["1. 5件", "2.五件"]


def test_an_empty_paragraph_counts_and_is_dropped():
    body = p("甲", numbered()) + p("", numbered()) + p("丙", numbered())
    assert texts(body, numbering=outline()) == ["一、甲", "三、丙"]


def test_a_hidden_paragraph_counts_not():
    hidden = (
        f"<w:p><w:pPr>{numbered()}<w:rPr><w:vanish/></w:rPr></w:pPr>{r('藏', '<w:vanish/>')}</w:p>"
    )
    assert texts(p("甲", numbered()) + hidden + p("乙", numbered()), numbering=outline()) == [
        "一、甲",
        "二、乙",
    ]


def test_a_number_alone_fills_a_cell():
    numbering = abstract(level(0, "decimal", "%1")) + num()
    rows = [tr(tc(p("", numbered())), name) for name in ("甲", "乙")]
    assert texts(tbl(*rows), numbering=numbering) == [(("1", "甲"), ("2", "乙"))]


def test_numbers_go_on_from_the_body_into_cells_and_back():
    body = p("甲", numbered()) + tbl(tr(tc(p("乙", numbered())), "1")) + p("丙", numbered())
    assert texts(body, numbering=outline()) == ["一、甲", (("二、乙", "1"),), "三、丙"]


def style(name, properties="", *, based_on="", kind="paragraph", default=False):
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    main = ' w:default="1"' if default else ""
    return f'<w:style w:type="{kind}" w:styleId="{name}"{main}>{base}<w:pPr>{properties}</w:pPr></w:style>'


LISTED = '<w:numPr><w:numId w:val="1"/></w:numPr>'


def styled(name):
    return f'<w:pStyle w:val="{name}"/>'


def test_a_style_numbers_its_paragraphs_and_those_based_on_it():
    styles = style("1", LISTED) + style("1a", based_on="1") + style("1b", based_on="1a")
    assert texts(
        p("甲", styled("1")) + p("乙", styled("1b")), styles=styles, numbering=outline()
    ) == [
        "一、甲",
        "二、乙",
    ]


def test_the_level_of_a_style_is_the_one_tied_to_it():
    tied = [level(n, pattern=f"%{n + 1}；", more=f'<w:pStyle w:val="h{n}"/>') for n in (0, 1)]
    styles = style("h0", LISTED) + style("h1", based_on="h0")
    body = p("甲", styled("h0")) + p("乙", styled("h1")) + p("丙", styled("h1"))
    assert texts(body, styles=styles, numbering=abstract(*tied) + num()) == [
        "一；甲",
        "一；乙",
        "二；丙",
    ]


def test_a_style_may_name_its_level():
    styles = style("h", numbered(1))
    assert texts(p("甲", styled("h")), styles=styles, numbering=outline()) == ["（一）甲"]


def test_a_paragraph_may_change_the_level_of_its_style_alone():
    properties = styled("h") + '<w:numPr><w:ilvl w:val="2"/></w:numPr>'
    assert texts(p("甲", properties), styles=style("h", LISTED), numbering=outline()) == ["1.甲"]


def test_zero_takes_the_number_of_a_style_away():
    properties = styled("h") + numbered(of=0)
    assert texts(p("甲", properties), styles=style("h", LISTED), numbering=outline(num(0))) == [
        "甲"
    ]


def test_the_default_style_numbers_paragraphs_that_name_none():
    styles = style("a", LISTED, default=True)
    assert texts(p("甲") + p("乙", styled("lost")), styles=styles, numbering=outline()) == [
        "一、甲",
        "二、乙",
    ]


def test_a_list_may_be_defined_through_a_style():
    link = abstract(number=7, more='<w:numStyleLink w:val="L"/>')
    styles = style("L", LISTED, kind="numbering")
    assert labels_with(styles, link + outline(num(2, 7))) == ["一、甲"]


def labels_with(styles, numbering):
    return texts(p("甲", numbered(of=2)), styles=styles, numbering=numbering)


def test_links_and_styles_that_run_in_circles_end():
    link = abstract(number=7, more='<w:numStyleLink w:val="L"/>')
    circle = '<w:numPr><w:numId w:val="2"/></w:numPr>'
    styles = style("L", circle, based_on="M", kind="numbering") + style("M", based_on="L")
    assert labels_with(styles, link + num(2, 7)) == ["甲"]


@pytest.mark.parametrize(
    "numbering",
    [
        "",
        num(),
        abstract(level("x")) + num(),
        abstract(level(0, start="y")) + num(1, 9),
        "<w:num/>",
    ],
)
def test_lists_that_lack_something_give_no_number_or_a_plain_one(numbering):
    assert texts(p("甲", numbered()), numbering=numbering)[0].endswith("甲")


def test_a_level_without_a_start_starts_at_nought():
    bare = '<w:lvl w:ilvl="0"><w:lvlText w:val="%1)"/></w:lvl>'
    assert labels([0, 0], abstract(bare) + num()) == ["0)", "1)"]


def test_a_broken_numbering_part_costs_the_numbers_only():
    content = read(word(p("甲", numbered()), **{"word/numbering.xml": "<w:numbering"}))
    assert content.blocks == (Text("甲"),)
    assert [warning.code for warning in content.warnings] == ["unreadable_part"]
    assert "word/numbering.xml" in content.warnings[0].message


# First lines set in


def ind(**values):
    attributes = " ".join(f'w:{name}="{value}"' for name, value in values.items())
    return f"<w:ind {attributes}/>"


@pytest.mark.parametrize(
    ("properties", "indented"),
    [
        (ind(firstLine=480), True),
        (ind(firstLineChars=200), True),
        (ind(firstLine="0.5in"), True),
        (ind(firstLine=0, firstLineChars=200), True),
        (ind(firstLine=0, firstLineChars=0), False),
        (ind(left=480), False),
        (ind(hanging=480), False),
        (ind(hanging=0, firstLine=480), True),
        (ind(firstLine=-480), False),
        (ind(firstLine="x"), False),
        ("", False),
        (styled("in"), True),
        (styled("based"), True),
        (styled("in") + ind(left=100), True),
        (styled("in") + ind(firstLine=0), False),
        (styled("out") + ind(firstLineChars=150), True),
    ],
)
def test_an_indent_of_the_paragraph_or_its_style(properties, indented):
    styles = (
        style("in", ind(firstLineChars=200))
        + style("based", based_on="in")
        + style("out", ind(firstLine=0), based_on="in")
    )
    assert blocks(p("甲", properties), styles=styles) == [Text("甲", indented=indented)]


@pytest.mark.parametrize(
    ("properties", "indented"),
    [
        (numbered(), True),
        (styled("out") + numbered(), True),
        (ind(firstLine=0) + numbered(), False),
        (styled("list"), True),
        (styled("out-list"), False),
    ],
)
def test_an_indent_of_the_list(properties, indented):
    set_in = level(0, more=f"<w:pPr>{ind(firstLine=640)}</w:pPr>")
    styles = (
        style("out", ind(firstLine=0))
        + style("list", LISTED)
        + style("out-list", LISTED + ind(firstLine=0))
    )
    found = blocks(p("甲", properties), styles=styles, numbering=abstract(set_in) + num())
    assert found == [Text("一、甲", indented=indented)]


def test_an_indent_of_many_zeros_takes_no_time():
    began = time.process_time()
    assert blocks(p("甲", ind(firstLine="0" * 100_000 + "x"))) == [Text("甲")]
    assert time.process_time() - began < 1


def test_leading_blanks_set_a_line_in():
    assert blocks(p(r("　　甲") + "<w:r><w:br/></w:r>" + r("乙"))) == [
        Text("甲", indented=True),
        Text("乙"),
    ]


# Where the parts are


def test_the_strict_variant_is_read():
    body = p("甲", numbered() + ind(firstLine="24pt")) + tbl(
        tr(tc("乙", DOWN), "1"), tr(tc("", UP), "2")
    )
    assert blocks(body, numbering=outline(), namespace=STRICT) == [
        Text("一、甲", indented=True),
        Cells((("乙", "1"), ("", "2"))),
    ]


def relations(**targets):
    inside = "".join(
        f'<Relationship Id="{kind}" Type="http://x/relationships/{kind}" Target="{target}"/>'
        for kind, target in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'


def test_parts_are_found_by_their_relationships():
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(officeDocument="word/document2.xml"),
        "word/_rels/document2.xml.rels": relations(numbering="/word/lists/n.xml", styles="s.xml"),
        "word/document2.xml": part("document", f"<w:body>{p('甲', styled('h'))}</w:body>"),
        "word/lists/n.xml": part("numbering", outline()),
        "word/s.xml": part("styles", style("h", LISTED)),
    }
    assert read(packed(parts)).blocks == (Text("一、甲"),)


def test_relationships_that_lead_nowhere_are_passed_over():
    body = p("甲", numbered())
    lost = relations(numbering="../../lost\n.xml", styles="http://example.invalid/styles.xml")
    parts = {"word/_rels/document.xml.rels": lost.replace("\n", "&#10;")}
    assert texts(body, numbering=outline(), **parts) == ["一、甲"]
    with pytest.raises(DocumentDamaged, match=r"no word/document\.xml"):
        read(
            packed(
                {
                    "[Content_Types].xml": "",
                    "word/x": "",
                    "_rels/.rels": relations(officeDocument="\t"),
                }
            )
        )


def test_names_of_parts_may_have_backslashes_and_capitals():
    data = packed({"Word\\Document.xml": part("document", f"<w:body>{p('甲')}</w:body>")})
    assert read(data).blocks == (Text("甲"),)


def test_utf16_is_read():
    xml = part("document", f"<w:body>{p('甲')}</w:body>").replace(
        '"1.0"', '"1.0" encoding="UTF-16"'
    )
    assert read(packed({"word/document.xml": xml.encode("utf-16")})).blocks == (Text("甲"),)


def test_pictures_and_embedded_files_are_reported():
    picture = "<w:r><w:drawing><a:blip/></w:drawing></w:r>"
    content = read(word(p(r("甲") + picture + picture) + '<w:altChunk w:id="1"/>'))
    assert [(warning.code, warning.message[0]) for warning in content.warnings] == [
        ("pictures", "2"),
        ("embedded_files", "1"),
    ]


# What is no readable Word document


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"[Content_Types].xml": "", "xl/workbook.xml": ""}, "Excel"),
        ({"[Content_Types].xml": "", "ppt/presentation.xml": ""}, "PowerPoint"),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, "OpenDocument text"),
        ({"OFD.xml": ""}, "OFD"),
        ({"年报.txt": "甲"}, "zip archive"),
    ],
)
def test_other_zips_are_named(parts, title):
    with pytest.raises(UnsupportedMedia, match=title) as caught:
        read(packed(parts))
    assert caught.value.where == "报告.docx"


def test_a_document_of_pictures_is_scanned():
    with pytest.raises(DocumentScanned):
        read(word(p("<w:r><w:drawing><a:blip/></w:drawing></w:r>")))


def test_a_document_without_text_is_empty():
    with pytest.raises(DocumentEmpty):
        read(word(p() + tbl(tr("", ""))))


def test_a_document_that_only_embeds_another_is_not_read():
    with pytest.raises(UnsupportedMedia, match="embedded"):
        read(word('<w:altChunk w:id="1"/>'))


@pytest.mark.parametrize(
    "xml", ["", "<", "<w:document", "<html/>", part("document", ""), part("body", "")]
)
def test_a_broken_main_part_is_damage(xml):
    with pytest.raises(DocumentDamaged, match=r"word/document\.xml"):
        read(packed({"[Content_Types].xml": "", "word/document.xml": xml}))


def test_a_missing_main_part_is_damage():
    with pytest.raises(DocumentDamaged, match="no word/document"):
        read(packed({"[Content_Types].xml": "", "word/styles.xml": part("styles", "")}))


def test_a_cut_file_is_damage():
    data = word(p("甲" * 1000))
    for length in range(0, len(data) - 1, 7):
        with pytest.raises(DocumentDamaged):
            read(data[:length])


def test_wrong_checksums_are_damage():
    body = packed({"word/document.xml": part("document", f"<w:body>{p('甲')}</w:body>")})
    crc = zipfile.ZipFile(io.BytesIO(body)).infolist()[0].CRC.to_bytes(4, "little")
    with pytest.raises(DocumentDamaged, match="packed bytes"):
        read(body.replace(crc, b"\0\0\0\0"))


def test_a_locked_zip_is_encrypted():
    data = bytearray(word(p("甲")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    with pytest.raises(DocumentEncrypted):
        read(bytes(data))


# Hostile files


def test_a_zip_bomb_is_not_unpacked():
    bomb = packed({"word/document.xml": b"<" + b" " * 50_000_000})
    tracemalloc.start()
    with pytest.raises(DocumentTooLarge):
        read(bomb)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_max_unpacked_bounds_a_part():
    with pytest.raises(DocumentTooLarge, match="1,000"):
        read(word(p("甲" * 1000)), Settings(max_unpacked=1000))


def test_max_unpacked_bounds_the_parts_together():
    main = part("document", f"<w:body>{p('甲')}</w:body>").encode()
    data = word(p("甲"), styles=style("h", LISTED))
    assert not read(data, Settings(max_unpacked=2 * len(main))).warnings
    content = read(data, Settings(max_unpacked=len(main) + 10))
    assert [warning.code for warning in content.warnings] == ["unreadable_part"]


def test_max_characters_bounds_the_text():
    assert read(word(p("甲" * 1000)), Settings(max_characters=1000)).blocks
    with pytest.raises(DocumentTooLarge, match="max_characters"):
        read(word(p("甲" * 1000) + p("乙")), Settings(max_characters=1000))


def test_numbers_count_as_characters():
    numbering = abstract(level(0, "decimal", "第" * 9999)) + num()
    with pytest.raises(DocumentTooLarge):
        read(word(p("甲", numbered()) * 50, numbering=numbering), Settings(max_characters=10_000))


def doctype(declarations, text):
    xml = f'<!DOCTYPE w:document [{declarations}]><w:document xmlns:w="{W}"><w:body>{p(r(text))}</w:body></w:document>'
    return packed({"word/document.xml": xml})


def test_entities_are_not_expanded():
    bomb = '<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
        f'<!ENTITY {name} "{f"&{last};" * 10}">'
        for last, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(DocumentDamaged):
        read(doctype(bomb, "&i;"))
    with pytest.raises(DocumentDamaged, match="DTD"):
        read(doctype(bomb, "甲"))


def test_files_are_not_opened_through_entities(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", "utf-8")
    with pytest.raises(DocumentDamaged, match="DTD"):
        read(doctype(f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"))


def test_elements_nested_without_end_are_damage():
    for tag in ("w:sdt", "w:tbl", "w:r", "w:ins"):
        deep = f"<{tag}>" * 100_000 + f"</{tag}>" * 100_000
        with pytest.raises(DocumentDamaged):
            read(word(p("甲") + deep))


def test_tables_nested_too_deep_are_damage():
    body = p("底")
    for _ in range(40):
        body = tbl(tr(tc(body)))
    with pytest.raises(DocumentDamaged, match="nested"):
        read(word(body))


def test_tables_nested_ten_deep_are_read():
    body = p("底")
    for _ in range(10):
        body = tbl(tr(tc(body)))
    assert texts(body) == ["底"]


def test_too_many_elements_are_refused_before_a_tree_is_built():
    with pytest.raises(DocumentTooLarge, match="tags"):
        read(word("<w:p/>" * 1_200_000))


def test_a_staircase_of_cells_is_refused():
    rows = [tr(f"{n}", properties=f'<w:gridBefore w:val="{n}"/>') for n in range(1000)]
    with pytest.raises(DocumentTooLarge, match="cells"):
        read(word(tbl(*rows)))


@pytest.mark.parametrize(
    "body",
    [
        p("甲", '<w:rPr><w:del w:id="1"/></w:rPr>') * 20_000,
        "<w:sdt>" * 200 + p("甲") * 20_000 + "</w:sdt>" * 200,
        p(drawing(p("甲")) * 5_000),
        tbl(*[tr("甲", "1")] * 5_000),
        p(field("begin") * 20_000 + r("甲")) + p("乙"),
        f"<w:p>{r('甲')}" * 80 + "</w:p>" * 80,
    ],
    ids=["deleted ends", "wrappers", "boxes", "rows", "fields", "paragraphs"],
)
def test_time_grows_no_faster_than_the_file(body):
    start = time.perf_counter()
    assert blocks(body)
    assert time.perf_counter() - start < 20


def test_damaged_files_give_a_result_or_a_typed_error():
    rng = random.Random(20261122)
    body = (
        p("概述", numbered())
        + p(drawing(p("框")))
        + tbl(tr(tc("甲", DOWN), "1"), tr(tc("", UP), "2"))
    )
    parts = {"numbering": outline(), "styles": style("h", LISTED)}
    whole = word(body, **parts)
    inner = part("document", f"<w:body>{body}</w:body>").encode()
    for turn in range(1000):
        if turn % 2:
            data = mutated(rng, whole)
        else:
            data = word("", **parts, **{"word/document.xml": mutated(rng, inner)})
        outcome = read_or_error(data)
        if isinstance(outcome, DocumentError):
            assert "\n" not in outcome.message
            assert outcome.where == "报告.docx"
        else:
            assert outcome.blocks


def read_or_error(data):
    try:
        return read(data)
    except DocumentError as error:
        return error


def mutated(rng, data):
    changed = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(changed))
        kind = rng.randrange(4)
        if kind == 0:
            changed[at] = rng.randrange(256)
        elif kind == 1:
            del changed[at : at + rng.randint(1, 30)]
        elif kind == 2:
            changed[at:at] = changed[at : at + rng.randint(1, 60)]
        else:
            changed[at : at + 4] = bytes(min(4, len(changed) - at))
    return bytes(changed) or b"PK"
