"""The generator of test reports: its figures add up, and every medium holds what its truth says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from html import unescape
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from forge import authored, flat, forms, pages
from forge.model import Form

from nlp_reports import lexicon

APPLICANTS = [column for column in forms.COLUMNS if column != "total"]
# One style for each way to print a figure, among which blanks, signs and units.
PRINTED = (
    "county",
    "blanks",
    "all 无",
    "inapplicable",
    "wide commas",
    "full width",
    "units",
    "spaces",
)
CHANNELS = ("gazette", "website", "weibo", "wechat", "other")


def drawn(form: str, style: str = "county", seed: int = 1) -> tuple[Form, ...]:
    return forms.tables(form, forms.values(form, Random(seed), style))


def read(form: str, style: str, seed: int) -> dict[forms.Key, Decimal]:
    """Return the figures of a form that are numbers."""
    return {
        (cell.indicator, cell.column): Decimal(cell.value)
        for cell in forms.truth(drawn(form, style, seed))
        if cell.value is not None
    }


def official(form: str) -> set[str]:
    """Return the indicators that have a cell of their own in a form's tables."""
    return {
        row["indicator"]
        for row in lexicon.table("indicators")
        if form in row["forms"]
        and not row["indicator"].startswith("requests.processing_fee")
        and (form == "form-2014" or not row["derived"])
    } | ({"requests.outcome.other"} if form == "form-2019" else set())


# The same again


def test_the_same_seed_gives_the_same_reports_and_another_gives_others():
    assert authored.reports(7) == authored.reports(7)
    assert authored.reports(7) != authored.reports(8)


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    code = (
        "import hashlib; from random import Random; from forge import authored, flat, pages\n"
        "told = hashlib.sha256()\n"
        "for report in authored.reports(5, 'blanks'):\n"
        "    for write in flat.WRITERS.values(): told.update(write(report, Random(1)).encode())\n"
        "    for style in pages.PAGES: told.update(pages.page(report, Random(1), style))\n"
        "print(told.hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


# The forms


@pytest.mark.parametrize(
    ("form", "count", "of_part_three"),
    [("form-2014", 58, 0), ("form-2019", 198, 23 * 7), ("form-2021", 200, 25 * 7)],
)
@pytest.mark.parametrize("variant", forms.VARIANTS)
def test_the_truth_has_the_official_number_of_cells(form, count, of_part_three, variant):
    cells = forms.truth(forms.tables(form, forms.values(form, Random(1)), variant))
    assert len(cells) == len({(cell.indicator, cell.column) for cell in cells}) == count
    assert sum(cell.column is not None for cell in cells) == of_part_three
    assert {cell.indicator for cell in cells} == official(form)


def test_part_three_has_the_official_rows():
    rows = {form: len(drawn(form)[1].rows) - 3 for form in ("form-2019", "form-2021")}
    assert rows == {"form-2019": 23, "form-2021": 25}


@pytest.mark.parametrize("form", forms.FORMS)
def test_units_are_those_of_the_indicators(form):
    known = {row["indicator"]: row["unit"] for row in lexicon.table("indicators")}
    for cell in forms.truth(drawn(form)):
        assert (cell.unit or "") == known[cell.indicator]


def test_a_plain_form_has_few_cells_that_look_like_their_neighbours():
    table = drawn("form-2021", "city")[1]
    rows = [[c.text for c in row if isinstance(c, forms.Answer)] for row in table.rows]
    pairs = [pair for row in rows for pair in pairwise(row)]
    assert sum(left == right for left, right in pairs) < len(pairs) / 20


@pytest.mark.parametrize("style", forms.STYLES)
@pytest.mark.parametrize("seed", range(2))
def test_the_figures_of_2014_obey_every_identity(style, seed):
    got = {name: number for (name, _), number in read("form-2014", style, seed).items()}

    def check(whole: str, parts: str, total: str = "") -> None:
        names = [f"{whole}.{part}" for part in parts.split()]
        if all(name in got for name in (total or whole, *names)):
            assert got[total or whole] == sum(got[name] for name in names)

    check("requests.received", "in_person fax online letter")
    check("requests.concluded", "on_time extended")
    answers = "already_public granted partial refused not_this_agency not_existing"
    check("requests.answered", f"{answers} need_clarification other_procedure")
    reasons = "state_secret trade_secret privacy safety_stability not_government_information"
    check("requests.answered.refused", f"{reasons} other_legal")
    check("review", "upheld corrected other", "review.total")
    check("litigation", "upheld corrected other", "litigation.total")
    check("organization.staff", "full_time part_time")
    for part, whole in (
        ("proactive.normative.published", "proactive.total"),
        ("response.press_conferences.by_head", "response.press_conferences"),
        ("response.online_interviews.by_head", "response.online_interviews"),
    ):
        assert got.get(part, 0) <= got.get(whole, got.get(part, 0))
    channels = [got.get(f"proactive.by_channel.{channel}") for channel in CHANNELS]
    if None not in channels and "proactive.total" in got:
        assert max(channels) <= got["proactive.total"] <= sum(channels)


@pytest.mark.parametrize("form", ["form-2019", "form-2021"])
@pytest.mark.parametrize("style", forms.STYLES)
@pytest.mark.parametrize("seed", range(2))
def test_the_figures_since_2019_obey_every_identity(form, style, seed):
    got = read(form, style, seed)

    def check(wholes: list[forms.Key], parts: list[forms.Key]) -> None:
        if all(key in got for key in (*wholes, *parts)):
            assert sum(got[key] for key in wholes) == sum(got[key] for key in parts)

    rows = {name for name in official(form) if name.startswith("requests.")}
    outcomes = {name for name in rows if ".outcome." in name} - {"requests.outcome.total"}
    for column in forms.COLUMNS:
        total = ("requests.outcome.total", column)
        check([total], [(name, column) for name in outcomes])
        new, carried_in = ("requests.new", column), ("requests.carried_in", column)
        check([new, carried_in], [total, ("requests.carried_out", column)])
    for name in rows:
        check([(name, "total")], [(name, column) for column in APPLICANTS])
    for dispute in ("review", "litigation.direct", "litigation.after_review"):
        parts = [
            (f"{dispute}.{part}", None) for part in ("upheld", "corrected", "other", "pending")
        ]
        check([(f"{dispute}.total", None)], parts)
    counts = {key: number for key, number in got.items() if not key[0].endswith("items_change")}
    assert min(counts.values(), default=0) >= 0


def test_the_signs_of_changes_are_printed_as_told():
    printed = {
        style: "".join(c.raw for c in forms.truth(drawn("form-2019", style, 4)))
        for style in ("county", "signs", "spelt signs", "full width")
    }
    assert "-" in printed["county"]
    assert "－" in printed["signs"]
    assert "+" in printed["signs"]
    assert "减" in printed["spelt signs"]
    assert "－" in printed["full width"]


@pytest.mark.parametrize(
    ("raw", "value", "unit"),
    [
        ("0", "0", "件"),
        ("0.0000", "0", "件"),
        ("12.3400", "12.34", "件"),
        ("１２３", "123", "件"),
        ("1,286", "1286", "件"),
        ("1，286", "1286", "件"),
        ("1 286", "1286", "件"),
        ("251000元", "251000", "元"),
        ("-3", "-3", "件"),
        ("－3", "-3", "件"),
        ("减3", "-3", "件"),
        ("+3", "3", "件"),
        ("无", "0", "件"),
        ("", None, "件"),
        ("/", None, "件"),
        ("—", None, "件"),
        ("——", None, "件"),
        ("-", None, "件"),
        ("不适用", None, "件"),
        ("N/A", None, "件"),
        ("空", None, "件"),
    ],
)
def test_a_cell_is_worth_what_it_prints(raw, value, unit):
    table = Form("三", ((forms.Answer(raw, indicator="requests.new", unit="件"),),))
    (cell,) = forms.truth([table])
    assert (cell.raw, cell.value, cell.unit) == (raw, value, unit)


@pytest.mark.parametrize("form", forms.FORMS)
def test_styles_differ_in_what_is_blank_and_what_is_zero(form):
    def kinds(style: str) -> Counter[str]:
        cells = forms.truth(drawn(form, style))
        return Counter(
            "blank" if c.value is None else "zero" if c.value == "0" else "other" for c in cells
        )

    assert set(kinds("all 无")) == set(kinds("zero")) == {"zero"}
    assert kinds("sparse")["zero"] > kinds("sparse")["other"]
    assert kinds("county")["blank"] == 0
    assert kinds("blanks")["blank"] > 5
    assert kinds("dashes")["zero"] == kinds("slashes")["zero"] == kinds("inapplicable")["zero"] == 0


# The tables spoilt


def figures(form: Form) -> dict[forms.Key, str]:
    return {(cell.indicator, cell.column): cell.raw for cell in forms.truth([form])}


def tables_of_all_forms() -> list[Form]:
    return [table for form in forms.FORMS for table in drawn(form)]


def label_texts(form: Form) -> Counter[str]:
    return Counter(re.sub(r"\s", "", cell.text) for row in form.rows for cell in row)


@pytest.mark.parametrize("name", forms.SPOILERS)
@pytest.mark.parametrize("seed", range(5))
def test_a_spoilt_table_is_still_rectangular_and_keeps_its_figures(name, seed):
    for table in tables_of_all_forms():
        spoilt = forms.SPOILERS[name](table, Random(seed))
        assert len({len(row) for row in forms.spread(spoilt)}) == 1
        assert figures(spoilt).items() <= figures(table).items()
        assert name == "without rows" or figures(spoilt) == figures(table)


@pytest.mark.parametrize("name", sorted(set(forms.SPOILERS) - {"vertical labels"}))
def test_a_spoiler_changes_the_tables_it_fits(name):
    changed = {
        table.part
        for table in tables_of_all_forms()
        if forms.SPOILERS[name](table, Random(2)) != table
    }
    assert {"2014", "三"} <= changed


def test_rows_left_out_are_not_in_the_truth():
    (table,) = drawn("form-2014")
    assert len(figures(forms.without_rows(table, Random(1), count=5))) == 53


def test_only_the_misspelt_row_is_doubtful():
    _, table, _ = drawn("form-2021")
    assert forms.doubtful([table]) == frozenset()
    doubtful = forms.doubtful([forms.misspelt(table, Random(1))])
    assert len(doubtful) == 7
    assert len({indicator for indicator, _ in doubtful}) == 1


def test_a_local_row_has_figures_of_no_indicator():
    _, table, _ = drawn("form-2021")
    local = forms.local_figures([forms.extra_row(table, Random(1))])
    assert len(local) == 7
    assert {label for label, _ in local} <= {"咨询类来信", "9.涉及历史档案", "（二之一）当场查阅"}


@pytest.mark.parametrize("spoil", [forms.vertical_labels, forms.wrapped_labels, forms.swapped_rows])
def test_only_line_breaks_and_order_change(spoil):
    for table in tables_of_all_forms():
        assert label_texts(spoil(table, Random(1))) == label_texts(table)


def test_swapped_rows_keep_their_group():
    _, table, _ = drawn("form-2021")
    for seed in range(20):
        grid = forms.spread(forms.swapped_rows(table, Random(seed)))
        for row in grid[5:-1]:
            name = next(cell.indicator for cell in row if isinstance(cell, forms.Answer))
            groups = {"refused": "不予公开", "unavailable": "无法提供", "not_processed": "不予处理"}
            expected = groups.get(name.split(".")[2])
            assert expected is None or expected in row[1].text


def test_a_header_repeated_stands_twice():
    _, table, _ = drawn("form-2021")
    assert label_texts(forms.repeated_header(table, Random(1)))["商业企业"] == 2


# The reports


@pytest.mark.parametrize("report", authored.reports(1), ids=lambda report: report.name)
def test_a_report_is_prose_of_some_length_with_the_tables_of_its_form(report):
    assert 15 <= len(report.prose) <= 30
    assert all(30 <= len(text) <= 250 for text in report.prose)
    assert all(text[-1] in "。：" and not re.search(r"[,;:?!]", text) for text in report.prose)
    assert len(report.headings) >= 6
    assert {cell.indicator for cell in report.cells} == official(report.form)


def test_the_reports_show_every_form():
    assert {report.form for report in authored.reports(1)} == set(forms.FORMS)


def test_no_prose_is_taken_from_the_seeds(copied):
    assert [run for report in authored.reports(1) for t in report.prose for run in copied(t)] == []


# The media


def words(text: str) -> str:
    return re.sub(r"\s", "", text)


def assert_holds(text: str, report: authored.Authored) -> None:
    """Every paragraph and, as often as the truth has it, every figure stands in the text."""
    bare = words(text)
    assert all(words(block.text) in bare for block in report.blocks)
    for raw, count in Counter(words(cell.raw) for cell in report.cells).items():
        assert bare.count(raw) >= count


@pytest.mark.parametrize("style", PRINTED)
@pytest.mark.parametrize("name", flat.WRITERS)
def test_every_paragraph_and_figure_stands_in_the_flattened_text(name, style):
    for report in authored.reports(2, style):
        assert_holds(flat.WRITERS[name](report, Random(1)), report)


@pytest.mark.parametrize("spoiler", forms.SPOILERS)
@pytest.mark.parametrize("name", flat.WRITERS)
def test_spoilt_tables_can_be_flattened(name, spoiler):
    for seed, report in enumerate(authored.reports(3, spoilers=[forms.SPOILERS[spoiler]])):
        assert_holds(flat.WRITERS[name](report, Random(seed)), report)


def test_tabs_keep_a_table_rectangular():
    report = authored.reports(1)[2]
    rows = [line.count("\t") for line in flat.tabs(report, Random(1)).splitlines() if "\t" in line]
    assert Counter(rows) == {3: 14, 9: 28, 14: 4}


def test_shifted_tabs_move_the_last_rows_to_the_left():
    report = authored.reports(1)[2]
    text = flat.shifted_tabs(report, Random(1))
    last = next(line for line in text.splitlines() if line.startswith("四、结转"))
    assert last.split("\t")[1] == last.split("\t")[-1] == ""


def test_lines_keep_blank_cells_and_gapped_lines_do_not():
    report = authored.reports(1, "blanks")[0]
    assert "\n\n\N{NO-BREAK SPACE}\n\n" in flat.lines(report, Random(1))
    assert "\N{NO-BREAK SPACE}" not in flat.gapped_lines(report, Random(1))


def test_columns_wrap_labels_and_mark_pages():
    report = authored.reports(1)[2]
    text = "\n".join(flat.columns(report, Random(seed)) for seed in range(9))
    assert re.search(r"^商业企 +科研机", text, re.MULTILINE)
    assert re.search(r"^- \d -$", text, re.MULTILINE)
    assert re.search(r"^（四）无 ?[1-3\d]", text, re.MULTILINE)


def visible(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("style", PRINTED)
@pytest.mark.parametrize("name", pages.PAGES)
def test_every_paragraph_and_figure_stands_in_the_page(name, style, broken):
    for report in authored.reports(2, style):
        page = pages.page(report, Random(1), name, broken=broken).decode()
        assert_holds(visible(page), report)


@pytest.mark.parametrize(("encoding", "declared"), pages.ENCODINGS)
@pytest.mark.parametrize("name", pages.PAGES)
def test_a_page_says_of_its_encoding_what_it_is_told(name, encoding, declared):
    report = authored.reports(2)[0]
    page = pages.page(report, Random(1), name, encoding=encoding, declared=declared).decode(
        encoding
    )
    assert re.findall(r"charset=([\w-]+)", page) == ([declared] if declared else [])
    assert_holds(visible(page), report)


def test_a_broken_page_lacks_end_tags_and_has_stray_ones():
    page = pages.page(authored.reports(2)[0], Random(1), broken=True).decode()
    assert not re.findall(r"</(?:td|tr|p)>", page)
    assert page.count("</div>") == page.count("<div") + 2
    assert 'border="1"' not in page
