"""The generator's media: what is written opens elsewhere and holds what the report says."""

from __future__ import annotations

import ctypes
import json
import re
from collections import Counter
from functools import cache
from io import BytesIO
from itertools import pairwise
from random import Random

import pytest

docx = pytest.importorskip("docx")
pytest.importorskip("reportlab")
etree = pytest.importorskip("lxml.etree")
pdfium = pytest.importorskip("pypdfium2")

from forge import authored, flat, forms, office, pages, prints, words  # noqa: E402
from forge.__main__ import main  # noqa: E402
from forge.model import Authored  # noqa: E402

REPORTS = {report.name: report for report in authored.reports(1)}
CITY = REPORTS["city-2022"]
WORD = {manner.name: manner for manner in words.MANNERS}
PRINT = {manner.name: manner for manner in prints.MANNERS}
MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"
CUTS = [name for name in PRINT if "cut" in name]

needs_soffice = pytest.mark.skipif(not office.available("soffice"), reason="needs LibreOffice")
needs_chromium = pytest.mark.skipif(not office.available("chromium"), reason="needs Chromium")

every_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())


word = cache(words.write)
pdf = cache(prints.write)


def raws(report: Authored) -> Counter[str]:
    return Counter(cell.raw for cell in report.cells if cell.raw)


def solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(data: bytes) -> list[list[str]]:
    """Return the pieces of text on every page, in the order they were drawn."""
    pages_of_pieces = []
    for page in pdfium.PdfDocument(data):
        text = page.get_textpage()
        drawn = page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT], textpage=text)
        pages_of_pieces.append([solid(piece.extract()) for piece in drawn])
    return pages_of_pieces


def whole(pieces: list[list[str]]) -> str:
    return "".join(map("".join, pieces))


def paragraphs(data: bytes) -> list[str]:
    """Return the paragraphs of a Word document that it shows, from wherever they stand."""
    body = docx.Document(BytesIO(data)).element.body
    shown = ".//w:t[not(ancestor::mc:Fallback)]"
    return ["".join(text.text or "" for text in _xpath(p, shown)) for p in _xpath(body, ".//w:p")]


def _xpath(element, path: str):
    spaces = {**docx.oxml.ns.nsmap, "mc": MARKUP}
    return etree.ElementBase.xpath(element, path, namespaces=spaces)


def long_table(report: Authored) -> words.Placing:
    grids = [words.placed(block.form) for block in report.blocks if block.form]
    return max(grids, key=len)


# Word


@pytest.mark.parametrize("manner", WORD.values(), ids=WORD.keys())
def test_word_documents_hold_every_paragraph_and_every_figure(manner):
    for report in REPORTS.values():
        found = Counter(text.lstrip("\u3000") for text in paragraphs(word(report, manner)))
        assert Counter(report.prose) <= found
        assert raws(report) <= found
        assert report.title in found


@pytest.mark.parametrize("manner", WORD.values(), ids=WORD.keys())
def test_the_same_report_is_the_same_word_document(manner):
    assert words.write(CITY, manner) == word(CITY, manner)


@every_report
def test_merged_cells_are_one_cell_to_another_reader(report):
    for name in ("merged", "numbered", "scattered"):
        tables = docx.Document(BytesIO(word(report, WORD[name]))).tables
        forms_ = [block.form for block in report.blocks if block.form]
        for table, form in zip(tables, forms_, strict=True):
            grid = forms.spread(form)
            assert (len(table.rows), len(table.columns)) == (len(grid), len(grid[0]))
            for row, line in zip(table.rows, grid, strict=True):
                assert [solid(cell.text) for cell in row.cells] == [solid(c.text) for c in line]


def test_unmerged_tables_have_no_merged_cell():
    xml = docx.Document(BytesIO(word(CITY, WORD["unmerged"]))).element.xml
    assert "w:vMerge" not in xml
    assert "w:gridSpan" not in xml


def test_tables_in_content_controls_are_hidden_from_a_reader_of_the_body():
    assert docx.Document(BytesIO(word(CITY, WORD["controls"]))).tables == []


@pytest.mark.parametrize("name", ["numbered", "numbered_styles"])
def test_headings_numbered_by_word_do_not_hold_their_number(name):
    found = paragraphs(word(CITY, WORD[name]))
    assert not set(CITY.headings) & set(found)
    assert {re.sub(r"^.*?[、）]", "", text) for text in CITY.headings} <= set(found)


def test_headings_that_word_would_number_otherwise_keep_their_number():
    numbers = words._Numbers()
    taken = [numbers.take(text) for text in ("一、甲", "（一）乙", "三、丙", "二、丁", "（一）戊")]
    assert taken == [(0, "甲"), (1, "乙"), None, (0, "丁"), (1, "戊")]


@every_report
def test_what_tracked_changes_deleted_is_no_text_of_the_report(report):
    data = word(report, WORD["everything"])
    xml = docx.Document(BytesIO(data)).element.xml
    assert xml.count(words.WITHDRAWN) > 100
    assert words.WITHDRAWN not in "".join(paragraphs(data))


# PDF


@every_report
@pytest.mark.parametrize("manner", PRINT.values(), ids=PRINT.keys())
def test_prints_hold_every_figure_and_every_paragraph(report, manner):
    drawn = printed(pdf(report, manner))
    assert raws(report) <= Counter(piece for page in drawn for piece in page)
    framed = {solid(manner.mark.format(page=n, pages=len(drawn))) for n in range(1, len(drawn) + 1)}
    framed.add(report.title)
    text = whole([[piece for piece in page if piece not in framed] for page in drawn])
    assert [paragraph for paragraph in report.prose if solid(paragraph) not in text] == []


@pytest.mark.parametrize("name", ["strokes", "vertical", "turned"])
def test_prints_in_an_embedded_font_hold_every_figure(name):
    if "embedded" not in prints.fonts():
        pytest.skip("needs a Chinese TrueType font")
    data = pdf(CITY, PRINT[name], "embedded")
    assert raws(CITY) <= Counter(piece for page in printed(data) for piece in page)
    assert data == prints.write(CITY, PRINT[name], "embedded")


@pytest.mark.parametrize("manner", PRINT.values(), ids=PRINT.keys())
def test_the_same_report_is_the_same_print(manner):
    assert prints.write(CITY, manner) == pdf(CITY, manner)


@every_report
@pytest.mark.parametrize("name", CUTS)
def test_pages_end_after_the_rows_that_were_asked_for(report, name):
    grid, manner = long_table(report), PRINT[name]
    drawn = printed(pdf(report, manner))
    for row in manner.cut_after_rows if len(grid) > prints.LONG else ():
        above, below = (_label(grid, r) for r in (row, row + 1))
        assert any(above in "".join(one) and below in "".join(two) for one, two in pairwise(drawn))


@every_report
@pytest.mark.parametrize("name", [name for name in CUTS if "inside" in name])
def test_the_label_of_a_row_that_is_cut_stands_on_both_pages(report, name):
    grid, manner = long_table(report), PRINT[name]
    label = _label(grid, manner.cut_inside_row)
    figures = Counter(cell.text for cell in grid[manner.cut_inside_row] if cell.is_figure)
    assert any(
        _is_parted(label, "".join(one), "".join(two))
        and figures <= Counter(one if manner.figures == "upper" else two)
        for one, two in pairwise(printed(pdf(report, manner)))
    )


def _label(grid: words.Placing, row: int) -> str:
    labels = [cell for cell in grid[row] if cell.rowspan == 1 and not cell.is_figure]
    return solid(max(labels, key=lambda cell: len(cell.text)).text)


def _is_parted(label: str, one: str, two: str) -> bool:
    return any(label[:at] in one and label[at:] in two for at in range(1, len(label)))


def test_page_marks_count_all_pages():
    drawn = printed(pdf(CITY, PRINT["bars"]))
    marks = [f"第{number}页共{len(drawn)}页" for number in range(1, len(drawn) + 1)]
    assert [page[-1] for page in drawn] == marks


def test_turned_pages_are_landscape_by_their_rotation():
    page = pdfium.PdfDocument(pdf(CITY, PRINT["turned"]))[0]
    assert page.get_rotation() == 90
    assert page.get_width() > page.get_height()


@pytest.mark.parametrize(
    ("name", "is_stroked"), [("strokes", True), ("boxes", True), ("bars", False)]
)
def test_rules_are_drawn_as_asked(name, is_stroked):
    assert _strokes(pdf(CITY, PRINT[name])) == {is_stroked}


def _strokes(data: bytes) -> set[bool]:
    raw = pdfium.raw
    found = set()
    for page in pdfium.PdfDocument(data):
        for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
            fill, stroke = ctypes.c_int(), ctypes.c_int()
            raw.FPDFPath_GetDrawMode(path.raw, fill, stroke)
            found.add(bool(stroke.value))
    return found


# Conversions


@needs_soffice
def test_libreoffice_converts_in_batches_and_prints_automatic_numbers():
    names = ("numbered", "numbered_styles", "merged")
    given = {name: word(CITY, WORD[name]) for name in names}
    made = office.convert_all(given, "docx", "pdf")
    assert list(made) == list(names)
    for text in map(whole, map(printed, made.values())):
        assert [raw for raw in raws(CITY) if raw not in text] == []
        assert [heading for heading in CITY.headings if heading not in text] == []


@needs_soffice
def test_libreoffice_saves_word_97():
    data = office.convert(word(CITY, WORD["merged"]), "docx", "doc")
    assert data.startswith(b"\xd0\xcf\x11\xe0")
    assert CITY.prose[0].encode("utf-16-le") in data


@needs_soffice
def test_a_file_that_libreoffice_cannot_load_is_an_error():
    with pytest.raises(office.ConversionError, match="could not be loaded"):
        office.convert(b"PK no archive", "docx", "pdf")


@needs_chromium
def test_chromium_prints_a_page():
    text = whole(printed(office.printed(pages.page(CITY, Random(1), "article"))))
    assert [raw for raw in raws(CITY) if raw not in text] == []


def test_a_program_that_is_missing_is_an_error(monkeypatch):
    monkeypatch.setattr(office.shutil, "which", lambda name: None)
    assert not office.available("chromium")
    with pytest.raises(office.ConversionError, match="chromium is not installed"):
        office.printed(b"<p>")


def test_a_program_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(office, "_program", lambda name: "sleep")
    with pytest.raises(office.ConversionError, match="did not end"):
        office._run("soffice", ["60"], seconds=0.1)


# The folder


def test_the_command_writes_files_with_their_truth(tmp_path):
    main([str(tmp_path), "--seed", "3", "--media", "text", "html"])
    for report in authored.reports(3):
        told = json.loads((tmp_path / f"{report.name}.json").read_text("utf-8"))
        assert told["title"] == report.title
        assert [cell["raw"] for cell in told["cells"]] == [cell.raw for cell in report.cells]
        assert len(list(tmp_path.glob(f"{report.name}.text-*.txt"))) == len(flat.WRITERS)
        assert len(list(tmp_path.glob(f"{report.name}.html-*.html"))) > len(pages.PAGES)
