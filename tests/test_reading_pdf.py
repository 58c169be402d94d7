"""PDF pages to paragraphs and tables. The files are drawn here, line by line and rule by rule."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("pypdfium2")
canvas = pytest.importorskip("reportlab.pdfgen.canvas")

from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: E402
from reportlab.pdfbase import pdfmetrics  # noqa: E402
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: E402

from nlp_reports.errors import (  # noqa: E402
    DocumentDamaged,
    DocumentEncrypted,
    DocumentScanned,
    DocumentTooLarge,
)
from nlp_reports.reading import pdf  # noqa: E402
from nlp_reports.reading.content import Cells, Content, Text  # noqa: E402
from nlp_reports.reading.pdf import drawing  # noqa: E402
from nlp_reports.settings import DEFAULT, Settings  # noqa: E402

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))

LEFT, TOP, SIZE, LEADING, WIDTH = 80, 760, 16, 28, 27  # points, and characters a line

LONG = (
    "全镇各单位围绕中心工作持续推进政务公开，加强信息发布审核，完善依申请公开办理机制，"
    "提升服务水平，做好政策解读，回应社会关切，强化平台管理和业务培训，进一步提高公开质量。"
)
OTHER = "青禾镇将继续扩大公开范围，规范办理流程，公开答复文书样式，并在下一年度开展专题培训。"


class Paper:
    """A PDF under the pen: what is drawn, from the top down."""

    def __init__(self, **options):
        self.file = io.BytesIO()
        self.canvas = canvas.Canvas(self.file, pagesize=(595, 842), **options)
        self.y = TOP

    def text(self, text, x=LEFT, y=None, size=SIZE):
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(x, self.y if y is None else y, text)
        return self

    def line(self, text, x=LEFT, size=SIZE):
        self.text(text, x, size=size)
        self.y -= LEADING
        return self

    def centred(self, text, size=22):
        width = pdfmetrics.stringWidth(text, FONT, size)
        return self.line(text, LEFT + (WIDTH * SIZE - width) / 2, size)

    def prose(self, text, indent=2, width=WIDTH, floor=0):
        """Set a paragraph; below `floor` it goes on on the next page."""
        self.line(text[: width - indent], LEFT + indent * SIZE)
        for start in range(width - indent, len(text), width):
            if self.y < floor:
                self.turn()
            self.line(text[start : start + width])
        return self

    def turn(self, mark=""):
        if mark:
            self.text(mark, 280, 60, 14)
        self.canvas.showPage()
        self.y = TOP
        return self

    def table(self, rows, xs, height=20, merged=(), size=9, pen=None):
        """Draw a ruled table; `merged` names areas as row, column, rows, columns."""
        top = self.y + 10
        areas = {(r, c): (r, c, 1, 1) for r in range(len(rows)) for c in range(len(xs) - 1)}
        for row, column, tall, wide in merged:
            for r in range(row, row + tall):
                for c in range(column, column + wide):
                    areas.pop((r, c))
            areas[row, column] = (row, column, tall, wide)
        for row, column, tall, wide in areas.values():
            x, y = xs[column], top - (row + tall) * height
            (pen or boxes)(self.canvas, x, y, xs[column + wide] - x, tall * height)
            for at, line in enumerate(rows[row][column].split("\n")):
                self.text(line, x + 4, top - row * height - 13 - at * 11, size)
        self.y = top - len(rows) * height - LEADING
        return self

    def bytes(self):
        self.canvas.save()
        return self.file.getvalue()


def boxes(pen, x, y, width, height):
    pen.rect(x, y, width, height)


def strokes(pen, x, y, width, height):
    for ends in ((x, y, x + width, y), (x, y + height, x + width, y + height)):
        pen.line(*ends)
    for ends in ((x, y, x, y + height), (x + width, y, x + width, y + height)):
        pen.line(*ends)


def thin_fills(pen, x, y, width, height):
    for box in ((x, y, width, 0.5), (x, y + height, width, 0.5)):
        pen.rect(*box, stroke=0, fill=1)
    for box in ((x, y, 0.5, height), (x + width, y, 0.5, height)):
        pen.rect(*box, stroke=0, fill=1)


def one_fill(pen, x, y, width, height):
    path = pen.beginPath()
    for box in ((x, y, width, 0.5), (x, y + height, width, 0.5)):
        path.rect(*box)
    for box in ((x, y, 0.5, height), (x + width, y, 0.5, height)):
        path.rect(*box)
    pen.drawPath(path, stroke=0, fill=1)


def spaced(pen, x, y, width, height):
    pen.rect(x + 0.8, y + 0.8, width - 1.6, height - 1.6)


def dashes(pen, x, y, width, height):
    pen.setDash(2, 2)
    strokes(pen, x, y, width, height)


def dots(pen, x, y, width, height):
    for step in range(0, int(width), 3):
        pen.rect(x + step, y, 1, 1, stroke=0, fill=1)
        pen.rect(x + step, y + height, 1, 1, stroke=0, fill=1)
    for step in range(0, int(height), 3):
        pen.rect(x, y + step, 1, 1, stroke=0, fill=1)
        pen.rect(x + width, y + step, 1, 1, stroke=0, fill=1)


def read(paper, settings=DEFAULT) -> Content:
    data = paper if isinstance(paper, bytes) else paper.bytes()
    return pdf.read(data, where="report.pdf", settings=settings)


def texts(content):
    return [block.text for block in content.blocks if isinstance(block, Text) and not block.noise]


def noise(content):
    return [block.text for block in content.blocks if isinstance(block, Text) and block.noise]


def grids(content):
    return [list(map(list, block.rows)) for block in content.blocks if isinstance(block, Cells)]


def codes(content):
    return [warning.code for warning in content.warnings]


# Paragraphs


def test_lines_of_a_paragraph_are_joined_and_paragraphs_kept_apart():
    content = read(Paper().prose(LONG).prose(OTHER).prose("无。"))
    assert texts(content) == [LONG, OTHER, "无。"]
    assert all(block.indented and block.page == 1 for block in content.blocks)


def test_a_paragraph_that_fills_its_last_line_ends_where_the_next_is_set_in():
    full = LONG[: 2 * WIDTH - 2]
    assert texts(read(Paper().prose(full).prose(OTHER))) == [full, OTHER]


def test_paragraphs_without_indent_are_known_by_the_space_between():
    full = LONG[: 2 * WIDTH]
    paper = Paper().prose(full, indent=0)
    paper.y -= 14
    content = read(paper.prose(OTHER, indent=0))
    assert texts(content) == [full, OTHER]
    assert not any(block.indented for block in content.blocks)


def test_ragged_lines_are_joined_when_the_next_piece_had_no_room():
    paper = Paper().line("一、本年度共受理政府信息公开申请并办结，数量见下表，其中", LEFT)
    paper.line("（2022）第12号予以公开，另有一些申请仍在办理之中，将在下一")
    paper.line("年度继续办理。")
    paper.prose(LONG).prose(OTHER)
    assert texts(read(paper))[0].endswith(
        "其中（2022）第12号予以公开，另有一些申请仍在办理之中，将在下一年度继续办理。"
    )


def test_a_stop_that_hangs_out_of_the_margin_ends_nothing():
    paper = Paper()
    for _ in range(3):
        paper.line("　　" + "公开" * 12 + "信，")
        paper.line("政务公开" * 6 + "工作年，").line("度报告。")
    assert texts(read(paper)) == ["公开" * 12 + "信，" + "政务公开" * 6 + "工作年，度报告。"] * 3


def test_centred_titles_stay_one_text_a_line():
    paper = Paper().centred("青禾镇人民政府").centred("2022年政府信息公开工作年度报告")
    content = read(paper.prose(LONG).prose(OTHER))
    assert texts(content) == ["青禾镇人民政府", "2022年政府信息公开工作年度报告", LONG, OTHER]
    assert [block.indented for block in content.blocks] == [False, False, True, True]


def test_headings_and_a_date_on_the_right_stay_alone():
    paper = Paper().line("一、总体情况", LEFT + 32).prose(LONG)
    paper.line("2023年1月9日", LEFT + 320).prose(OTHER)
    assert texts(read(paper)) == ["一、总体情况", LONG, "2023年1月9日", OTHER]


def test_a_paragraph_goes_on_over_a_page_and_marks_come_after_it():
    paper = Paper().prose(OTHER).prose(LONG[: 2 * WIDTH - 2]).turn("- 1 -")
    paper.prose(LONG[2 * WIDTH - 2 :], indent=0).prose(OTHER).turn("- 2 -")
    content = read(paper)
    assert [(block.text, block.page, block.noise) for block in content.blocks] == [
        (OTHER, 1, False),
        (LONG, 1, False),
        ("- 1 -", 1, True),
        (OTHER, 2, False),
        ("- 2 -", 2, True),
    ]


@pytest.mark.parametrize("mark", ["1", "- 4 -", "— 4 —", "第 4 页", "第4页 共9页", "4/9"])
def test_page_marks_are_noise(mark):
    content = read(Paper().prose(LONG).turn(mark))
    assert (texts(content), noise(content)) == ([LONG], [mark])


def test_numbers_at_the_edge_that_do_not_count_pages_are_text():
    paper = Paper().text("12", 280, 60).prose(LONG).turn().text("7", 280, 60).prose(OTHER)
    assert noise(read(paper)) == []
    paper = Paper().text("12", 280, 60).prose(LONG).turn().text("13", 280, 60).prose(OTHER)
    assert noise(read(paper)) == ["12", "13"]


def test_a_number_in_the_middle_of_a_page_is_text():
    assert texts(read(Paper().prose(LONG).line("4").prose(LONG))) == [LONG, "4", LONG]


def test_running_heads_are_noise_and_do_not_part_a_paragraph():
    paper = Paper()
    for number, part in enumerate((LONG[: WIDTH - 2], LONG[WIDTH - 2 :])):
        paper.text(f"青禾镇公报 第{number + 7}期", 80, 810, 9)
        paper.prose(part, indent=0 if number else 2).prose(OTHER) if number else paper.prose(part)
        paper.turn()
    content = read(paper)
    assert texts(content) == [LONG, OTHER]
    assert noise(content) == ["青禾镇公报 第7期", "青禾镇公报 第8期"]


# Characters


def test_characters_are_read_by_their_place_and_not_in_the_order_of_the_file():
    paper = Paper().text("推进", LEFT).text("公开”", LEFT + 64).text("，", LEFT + 112)
    assert texts(read(paper.line("“两", LEFT + 32).prose(LONG))) == ["推进“两公开”，", LONG]


def test_fake_bold_is_read_once():
    paper = Paper().text("11个总体情况", LEFT).text("11个总体情况", LEFT + 0.5)
    assert texts(read(paper)) == ["11个总体情况"]


def test_columns_without_rules_are_set_apart_by_tabs():
    paper = Paper().prose(LONG)
    for row in ("规0", "许7"):
        paper.text(row[0], LEFT).text("章", LEFT + 16).text(row[1], 300).line("5", 450)
    assert texts(read(paper)) == [LONG, "规章\t0\t5", "许章\t7\t5"]


def test_stretched_lines_get_no_blanks():
    paper = Paper().prose(LONG)
    for at, char in enumerate("分散对齐的一行字"):
        paper.text(char, LEFT + at * 22)
    assert texts(read(paper)) == [LONG, "分散对齐的一行字"]


def test_blanks_of_the_file_are_kept_and_those_pdfium_drops_restored():
    paper = Paper().text("电话：0391-5550123    邮编：459\u00a0000")
    assert texts(read(paper)) == ["电话：0391-5550123    邮编：459\u00a0000"]


def test_latin_words_on_two_lines_are_set_apart_and_numbers_made_whole():
    wide = "本年度在门户网站发布各类信息并同步推送至客户端和微信"
    paper = Paper().line(wide + "Open").line("Data平台共12").prose(LONG, indent=0)
    assert texts(read(paper))[0].startswith(wide + "Open Data平台")


def test_hyphens_at_the_end_of_a_line_and_rare_characters_are_read():
    paper = Paper().line("值班电话甲-").line("𠮷野村委会")
    assert texts(read(paper)) == ["值班电话甲-", "𠮷野村委会"]


def test_radical_code_points_are_left_as_they_are():
    assert texts(read(Paper().line("⼀、⼈员"))) == ["⼀、⼈员"]


def test_a_watermark_is_noise():
    paper = Paper().prose(LONG)
    paper.canvas.rotate(45)
    paper.text("内部资料", 400, 100, 40)
    content = read(paper)
    assert (texts(content), noise(content)) == ([LONG], ["内部资料"])


def test_invisible_text_over_a_scan_is_read():
    paper = Paper()
    pen = paper.canvas.beginText(LEFT, TOP)
    pen.setFont(FONT, SIZE)
    pen.setTextRenderMode(3)
    pen.textLine("识别所得的一段文字，共二十个字以上，足以不被当作空白页。")
    paper.canvas.drawText(pen)
    assert texts(read(paper)) == ["识别所得的一段文字，共二十个字以上，足以不被当作空白页。"]


# Tables

XS = [80, 200, 300, 400, 500]
HEAD = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"]
RULES = [HEAD, ["规章", "0", "1", "2"], ["行政规范性文件", "12", "3", "57"]]


@pytest.mark.parametrize(
    "pen",
    [boxes, strokes, thin_fills, one_fill, spaced, dashes, dots],
    ids=lambda pen: pen.__name__,
)
def test_ruled_tables_are_read_however_the_rules_are_drawn(pen):
    content = read(Paper().prose(LONG).table(RULES, XS, pen=pen).prose(OTHER))
    assert grids(content) == [RULES]
    assert [type(block) for block in content.blocks] == [Text, Cells, Text]


def test_merged_cells_have_their_text_at_the_origin_and_nothing_elsewhere():
    rows = [["第二十条第（一）项", "", "", ""], HEAD, ["规章", "7", "", "9"], ["", "8", "", ""]]
    merged = [(0, 0, 1, 4), (2, 0, 2, 1), (2, 1, 1, 2), (3, 1, 1, 2), (2, 3, 2, 1)]
    assert grids(read(Paper().table(rows, XS, merged=merged))) == [rows]


def test_lines_in_a_cell_are_joined():
    rows = [["社会公\n益组织", "总计"], ["961\n71.5", "0"]]
    read_rows = grids(read(Paper().table(rows, [80, 110, 200], height=40)))
    assert read_rows == [[["社会公益组织", "总计"], ["96171.5", "0"]]]


def test_a_table_open_at_its_sides_keeps_its_outer_columns():
    paper = Paper()
    for row, y in zip(RULES, (740, 720, 700), strict=True):
        for x, cell in zip(XS, row, strict=False):
            paper.text(cell, x + 4, y + 6, 9)
    for y in (760, 740, 720, 700):
        paper.canvas.line(80, y, 500, y)
    for x in XS[1:-1]:
        paper.canvas.line(x, 700, x, 760)
    assert grids(read(paper)) == [RULES]


def test_a_frame_around_prose_and_a_single_column_are_no_tables():
    paper = Paper().prose(LONG)
    paper.canvas.rect(70, paper.y + 20, 460, TOP - paper.y)
    paper.y -= 30
    paper.table([["甲乙丙丁"], ["戊己庚辛"]], [80, 300])
    content = read(paper)
    assert grids(content) == []
    assert texts(content) == [LONG, "甲乙丙丁", "戊己庚辛"]


def test_a_table_that_holds_a_table_is_layout():
    paper = Paper().prose(LONG)
    top = paper.y
    paper.y -= 20
    paper.table(RULES, [100, 200, 300, 400, 480])
    for x in (72, 520):
        paper.canvas.rect(x, paper.y, 448 if x == 72 else 40, top - paper.y + 60)
    content = read(paper)
    assert (texts(content), grids(content)) == ([LONG], [RULES])


def test_a_table_drawn_sideways_or_turned_by_the_page_is_read_upright():
    sideways = Paper()
    sideways.canvas.translate(0, 842)
    sideways.canvas.rotate(-90)
    sideways.y = 500
    turned = Paper(pageCompression=0)
    turned.prose(LONG).table(RULES, XS)
    data = turned.bytes().replace(b"/Rotate 0", b"/Rotate 90")
    assert b"/Rotate 90" in data
    assert grids(read(sideways.prose(LONG).table(RULES, XS))) == [RULES]
    assert (texts(read(data)), grids(read(data))) == ([LONG], [RULES])


# Tables over pages

WIDE = [80, 145, 180, 285, 400, 500]


def two_pages(first, second, *, merged=((), ()), between="", xs=(WIDE, WIDE), height=20):
    paper = Paper().prose(LONG).table(first, xs[0], merged=merged[0], height=height).turn("- 1 -")
    if between:
        paper.prose(between)
    return read(
        paper.table(second, xs[1], merged=merged[1], height=height).prose(OTHER).turn("- 2 -")
    )


FIRST = [["三、办理结果", "", "（一）予以公开", "5", "0"], ["", "", "（二）部分公开", "1", "2"]]
SECOND = [["四、结转下年", "", "", "7", "8"]]


def test_a_table_cut_by_a_page_is_one_table():
    content = two_pages(FIRST, SECOND)
    assert grids(content) == [FIRST + SECOND]
    assert texts(content) == [LONG, OTHER]
    assert [block.page for block in content.blocks if isinstance(block, Cells)] == [1]


def test_fragments_are_aligned_by_their_columns_and_not_by_how_many_they_have():
    first = [["一、本年新收", "3", "4"], ["二、上年结转", "1", "2"]]
    content = two_pages(first, FIRST, xs=([80, 285, 400, 500], WIDE))
    assert grids(content) == [[[row[0], "", "", *row[1:]] for row in first] + FIRST]


def test_a_header_repeated_on_the_next_page_is_dropped():
    head = [["事项", "类别", "说明", "件数", "合计"]]
    assert grids(two_pages(head + FIRST, head + SECOND)) == [head + FIRST + SECOND]


def test_tables_with_a_heading_between_or_other_columns_stay_two():
    assert grids(two_pages(FIRST, SECOND, between="四、其他")) == [FIRST, SECOND]
    other = [["甲", "乙", "丙"], ["1", "2", "3"]]
    assert grids(two_pages(FIRST, other, xs=(WIDE, [80, 150, 350, 500]))) == [FIRST, other]


def test_a_row_cut_in_two_is_joined_when_its_label_goes_on():
    first = [*FIRST, ["", "", "1.申请人无正当理由逾期", "6", "9"]]
    second = [["", "", "不补正", "", ""], *SECOND]
    joined = [*FIRST, ["", "", "1.申请人无正当理由逾期不补正", "6", "9"], *SECOND]
    assert grids(two_pages(first, second)) == [joined]


def test_a_row_whose_values_stand_on_the_next_page_is_joined():
    first = [*FIRST, ["", "", "（七）总计", "", ""]]
    second = [["", "", "", "6", "9"], *SECOND]
    assert grids(two_pages(first, second)) == [[*FIRST, ["", "", "（七）总计", "6", "9"], *SECOND]]


@pytest.mark.parametrize(
    "row", [["", "", "2.其他", "", ""], ["", "", "其他", "1", ""], ["", "", "行政强制", "", ""]]
)
def test_a_row_of_its_own_is_not_joined(row):
    assert grids(two_pages(FIRST, [row, *SECOND])) == [[*FIRST, row, *SECOND]]


def test_a_group_label_cut_by_the_page_is_made_whole():
    first = [["（四）无", "", "1.不掌握", "5", "0"], ["", "", "2.没有现成信息", "1", "2"]]
    second = [["法提供", "", "3.仍不明确", "0", "3"], ["", "", "4.其他情形", "0", "4"]]
    merged = [(0, 0, 2, 1)]
    xs = [80, 130, 180, 285, 400, 500]
    content = two_pages(first, second, merged=(merged, merged), xs=(xs, xs))
    assert [row[0] for row in grids(content)[0]] == ["（四）无法提供", "", "", ""]


def test_a_label_that_hangs_out_of_a_cell_without_floor_stays_in_the_table():
    paper = Paper().prose(LONG)
    bottom = paper.y - 60
    for x in (80, 130, 300, 500):
        paper.canvas.line(x, bottom, x, bottom + 60)
    paper.canvas.line(80, bottom + 60, 500, bottom + 60)
    for y in (bottom + 30, bottom):
        paper.canvas.line(130, y, 500, y)
    for x, y, text in (
        (84, 6, "三、办理"),
        (84, -6, "结果"),
        (134, 40, "（一）予以公开"),
        (304, 40, "5"),
        (134, 10, "（二）部分公开"),
        (304, 10, "1"),
    ):
        paper.text(text, x, bottom + y, 9)
    rows = [["三、办理结果", "（一）予以公开", "5"], ["", "（二）部分公开", "1"]]
    content = read(paper)
    assert (texts(content), grids(content)) == ([LONG], [rows])


def test_header_words_broken_by_the_page_are_joined():
    xs = [80, 180, 208, 236, 264, 292]
    first = [["", "自然\n人", "商业", "科研", "其他"]]
    second = [["", "", "企业", "机构", ""], ["一、本年新收", "1", "2", "3", "4"]]
    content = two_pages(first, second, xs=(xs, xs), height=30)
    assert grids(content) == [[["", "自然人", "商业企业", "科研机构", "其他"], second[1]]]


# What is refused, and what is doubtful


def test_a_locked_file_is_refused_and_one_locked_against_printing_is_read():
    locked = Paper(encrypt=StandardEncryption("secret", "owner")).prose(LONG).bytes()
    owned = Paper(encrypt=StandardEncryption("", "owner")).prose(LONG).bytes()
    with pytest.raises(DocumentEncrypted, match=r"report\.pdf: .*password"):
        read(locked)
    assert texts(read(owned)) == [LONG]


def test_pages_without_text_are_pictures():
    paper = Paper()
    paper.canvas.rect(80, 80, 400, 400, fill=1)
    with pytest.raises(DocumentScanned):
        read(paper)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"%PDF-1.4\n" + b"x" * 1000])
def test_broken_files_are_damaged(data):
    with pytest.raises(DocumentDamaged):
        read(data)


def test_pages_without_text_and_pages_with_little_are_named():
    content = read(Paper().prose("无。").turn().turn())
    assert codes(content) in (["page_without_text", "little_text"], ["little_text"])
    content = read(Paper().prose(LONG).turn("- 1 -").line(" ").turn().prose(LONG))
    assert [(warning.code, warning.message) for warning in content.warnings] == [
        ("page_without_text", "no text to read: page 2")
    ]


def test_a_damaged_page_costs_that_page_only():
    data = Paper(pageCompression=0).prose(LONG).turn().prose(OTHER).turn().prose("无。").bytes()
    second = data.index(b"/Type /Page", data.index(b"/Type /Page") + 20)
    assert data[second : second + 12] != b"/Type /Pages"
    start = data.rindex(b"obj", 0, second)
    broken = data[: start + 3] + data[start + 3 : second].replace(b"<<", b"((") + data[second:]
    content = read(broken)
    assert "page_damaged" in codes(content)
    assert LONG in texts(content)


def test_the_number_of_pages_and_characters_is_limited(monkeypatch):
    data = Paper().prose(LONG).turn().prose(LONG).bytes()
    with pytest.raises(DocumentTooLarge, match="max_characters"):
        read(data, Settings(max_characters=100))
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(DocumentTooLarge, match="2 pages"):
        read(data)


def test_a_page_full_of_drawing_is_read_without_tables(monkeypatch):
    data = Paper().prose(LONG).table(RULES, XS).bytes()
    monkeypatch.setattr(drawing, "MAX_OBJECTS", 10)
    content = read(data)
    assert codes(content) == ["page_without_tables"]
    assert LONG in texts(content)
    monkeypatch.setattr(pdf, "MAX_HEAVY_PAGES", 0)
    with pytest.raises(DocumentTooLarge, match="drawing"):
        read(data)


def test_threads_take_turns():
    data = Paper().prose(LONG).table(RULES, XS).bytes()
    with ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(read, [data] * 12))
    assert all(content == contents[0] for content in contents)


MUTATE = """
import random, sys
from test_reading_pdf import mutated, read
from nlp_reports.errors import DocumentError
data, seed = open(sys.argv[1], "rb").read(), int(sys.argv[2])
for number in range(seed, seed + int(sys.argv[3])):
    try:
        read(mutated(data, random.Random(number)))
    except DocumentError as error:
        assert not str(error).endswith(".")
"""


def mutated(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    at, size = chance.randrange(len(out)), chance.randrange(1, 400)
    kind = chance.randrange(5)
    if kind == 0:
        del out[at:]
    elif kind == 1:
        out[at : at + size] = bytes(len(out[at : at + size]))
    elif kind == 2:
        del out[at : at + size]
    elif kind == 3:
        digits = [place for place, byte in enumerate(out) if 48 <= byte < 58]
        for place in chance.sample(digits, min(20, len(digits))):
            out[place] = 48 + chance.randrange(10)
    else:
        for _ in range(30):
            out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


@pytest.mark.parametrize("compressed", [0, 1])
def test_mutated_files_give_a_result_or_a_document_error(tmp_path, compressed):
    paper = Paper(pageCompression=compressed).prose(LONG).table(RULES, XS).turn("- 1 -")
    file = tmp_path / "report.pdf"
    file.write_bytes(paper.prose(OTHER).turn("- 2 -").bytes())
    subprocess.run(
        [sys.executable, "-c", MUTATE, str(file), "0", "60"],
        check=True,
        timeout=60,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_what_libreoffice_prints_is_read(tmp_path):
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in RULES)
    page = tmp_path / "report.html"
    page.write_text(
        f"<meta charset=utf-8><p>{LONG}</p><table border=1>{rows}</table><p>{OTHER}</p>", "utf-8"
    )
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--infilter=HTML (StarWriter)",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(page),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    content = read((tmp_path / "report.pdf").read_bytes())
    assert (texts(content), grids(content)) == ([LONG, OTHER], [RULES])
