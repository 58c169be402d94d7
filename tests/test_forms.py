"""Official forms: the cells of tables read by their labels, and never one where it does not belong."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from time import process_time

import pytest
from conftest import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from tabled import APPLICANTS, Case, Key, cases

import nlp_reports
from nlp_reports import catalogue, forms
from nlp_reports.forms import labels, places
from nlp_reports.schema import Statistic, Structure, Table
from nlp_reports.structure import structure

CONFIDENCES = {"label", "aligned", "arithmetic", "conflict", "repeated"}  # docs/records.md
CASES = {case.name: case for case in cases()}

Rows = Sequence[Sequence[str]]
Truth = dict[Key, Decimal]


def parts_of(text: str) -> Structure:
    return structure(nlp_reports.read(text.encode()))


def readings_of(found: Structure) -> forms.Readings:
    return forms.extract(found.tables, form=found.form)


def readings(*tables: Rows, form: str | None = "form-2021") -> forms.Readings:
    drawn = [Table(n, form, tuple(map(tuple, rows))) for n, rows in enumerate(tables)]
    return forms.extract(drawn, form=form)


def printed(found: forms.Readings) -> dict[Key, list[Statistic]]:
    """Return the official figures that a cell prints, by indicator and column."""
    by_key = defaultdict(list)
    for statistic in found.statistics:
        if statistic.indicator and statistic.derived is None:
            column = statistic.column if statistic.column in APPLICANTS else None
            by_key[statistic.indicator, column].append(statistic)
    return by_key


def derived(found: forms.Readings) -> dict[Key, Statistic]:
    return {(s.indicator, s.column): s for s in found.statistics if s.derived}


def codes(found: forms.Readings) -> list[str]:
    return [warning.code for warning in found.warnings]


def assert_evidence(found: forms.Readings) -> None:
    """Every figure is either a cell that is there, or a sum of figures that are there."""
    values = {key: {s.value for s in all_} for key, all_ in printed(found).items()}
    for s in found.statistics:
        assert s.indicator is None or s.indicator in catalogue.by_id()
        assert s.paragraph is s.start is s.end is s.text is None
        if s.derived is None:
            row, column = s.cell
            cell = found.tables[s.table].rows[row][column].strip()
            # A page may cut a number in two, 13 above 4; only a sum can tell that.
            assert s.raw == cell or (s.confidence == "arithmetic" and s.raw.startswith(cell))
            assert s.confidence in CONFIDENCES
            assert s.value is None or any(
                character.isdigit() or character == "无" for character in s.raw
            )
        else:
            assert s.table is s.cell is s.raw is None
            names = s.derived.split(" + ")
            assert tuple(names) == catalogue.by_id()[s.indicator].derived_from
            terms = [values.get((name, s.column)) for name in names]
            if all(terms):  # a part may itself be derived
                assert s.value == sum(min(term) for term in terms)


# The cases of tests/cases/tables.txt


def case_parameters() -> Iterator[object]:
    for case in CASES.values():
        marks = (
            [pytest.mark.xfail(raises=AssertionError, strict=True, reason=case.known)]
            if case.known
            else []
        )
        yield pytest.param(case, id=f"{case.line}: {case.name}", marks=marks)


def differences(case: Case, found: forms.Readings) -> Iterator[str]:
    read = printed(found)
    for key, expected in case.cells.items():
        name = " ".join(filter(None, key))
        if key not in read and expected.certain:
            yield f"{name}: missing"
        for s in read.get(key, ()):
            if (s.value, s.raw) != (expected.value, expected.raw):
                yield f"{name}: {s.value} ({s.raw}), not {expected.value} ({expected.raw})"
            elif s.unit != expected.unit:
                yield f"{name}: unit {s.unit}, not {expected.unit}"
    if case.closed:
        for key in read.keys() - case.cells.keys():
            yield f"{' '.join(filter(None, key))}: {read[key][0].value}, but nothing is there"
    for label, raw in case.local:
        if not any(
            s.indicator is None and label in (s.row or "") and s.raw == raw
            for s in found.statistics
        ):
            yield f"{label}: missing"


@pytest.mark.parametrize("case", list(case_parameters()))
def test_the_cells_of_a_report(case):
    parts = parts_of(case.text)
    found = readings_of(parts)
    assert not list(differences(case, found))
    assert_evidence(found)
    if case.form:
        assert found.form == (None if case.form == "none" else case.form)
    for text in case.paragraphs:
        assert text in [paragraph.text for paragraph in parts.paragraphs]


@pytest.mark.parametrize("case", [case for case in CASES.values() if not case.known])
def test_the_ends_of_lines_make_no_difference(case):
    again = readings_of(parts_of(case.text.replace("\n", "\r\n")))
    assert again.statistics == readings_of(parts_of(case.text)).statistics


def test_there_are_enough_cases():
    assert len(CASES) >= 70
    assert len(CASES) == sum(1 for _ in cases())  # no name twice


@pytest.mark.parametrize(
    "case", [c for c in CASES.values() if c.cells and all(e.certain for e in c.cells.values())]
)
def test_blocks_in_a_table_are_no_headings(case):
    headings = {
        section.number + section.title
        for section in parts_of(case.text).sections
        for step in [labels.key(section.title)]
        if step in places.by_label()
    }
    assert not headings


# Tables drawn by the tests, every figure another number

PART_THREE = (
    ("一、本年新收政府信息公开申请数量", "", "", "requests.new"),
    ("二、上年结转政府信息公开申请数量", "", "", "requests.carried_in"),
    ("三、本年度办理结果", "（一）予以公开", "", "requests.outcome.granted"),
    ("", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "", "requests.outcome.partial"),
    ("", "（三）不予公开", "1.属于国家秘密", "requests.outcome.refused.state_secret"),
    ("", "", "2.其他法律行政法规禁止公开", "requests.outcome.refused.other_law"),
    ("", "", "3.危及“三安全一稳定”", "requests.outcome.refused.safety_stability"),
    ("", "", "4.保护第三方合法权益", "requests.outcome.refused.third_party"),
    ("", "", "5.属于三类内部事务信息", "requests.outcome.refused.internal_affairs"),
    ("", "", "6.属于四类过程性信息", "requests.outcome.refused.process"),
    ("", "", "7.属于行政执法案卷", "requests.outcome.refused.enforcement_file"),
    ("", "", "8.属于行政查询事项", "requests.outcome.refused.inquiry"),
    ("", "（四）无法提供", "1.本机关不掌握相关政府信息", "requests.outcome.unavailable.not_held"),
    ("", "", "2.没有现成信息需要另行制作", "requests.outcome.unavailable.must_be_made"),
    ("", "", "3.补正后申请内容仍不明确", "requests.outcome.unavailable.still_unclear"),
    ("", "（五）不予处理", "1.信访举报投诉类申请", "requests.outcome.not_processed.petition"),
    ("", "", "2.重复申请", "requests.outcome.not_processed.repeated"),
    ("", "", "3.要求提供公开出版物", "requests.outcome.not_processed.publication"),
    ("", "", "4.无正当理由大量反复申请", "requests.outcome.not_processed.excessive"),
    ("", "", "5.要求行政机关确认或重新出具已获取信息", "requests.outcome.not_processed.confirmation"),
    ("", "（六）其他处理", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
     "requests.outcome.other.not_corrected"),
    ("", "", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
     "requests.outcome.other.fee_unpaid"),
    ("", "", "3.其他", "requests.outcome.other.other"),
    ("", "（七）总计", "", "requests.outcome.total"),
    ("四、结转下年度继续办理", "", "", "requests.carried_out"),
)  # fmt: skip
HEAD_OF_THREE = (
    ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "", "", "申请人情况", *[""] * 6),
    ("", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计"),
    ("", "", "", "", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", ""),
)  # fmt: skip


def part_three() -> tuple[list[list[str]], Truth]:
    """Return part three of 2021: no number stands twice, every sum holds."""
    people = {
        name: [10 * n + column for column in range(1, 7)] for n, (*_, name) in enumerate(PART_THREE)
    }
    outcomes = [name for name in people if ".outcome." in name and not name.endswith("total")]
    people["requests.outcome.total"] = [
        sum(c) for c in zip(*(people[n] for n in outcomes), strict=True)
    ]
    people["requests.new"] = [
        done + later - before
        for done, later, before in zip(
            *(people["requests." + n] for n in ("outcome.total", "carried_out", "carried_in")),
            strict=True,
        )
    ]
    rows = [list(row) for row in HEAD_OF_THREE]
    truth = {}
    for *steps, name in PART_THREE:
        figures = [*people[name], sum(people[name])]
        rows.append(steps + [str(figure) for figure in figures])
        truth.update({(name, c): Decimal(f) for c, f in zip(APPLICANTS, figures, strict=True)})
    return rows, truth


def renumbered(name: str, start: str, end: str) -> tuple[list[list[str]], Truth]:
    """Return a table of a case with another number in every cell that is expected to hold one."""
    case = CASES[name]
    lines = case.text.splitlines()
    rows = [line.split("\t") for line in lines[lines.index(start) : lines.index(end) + 1]]
    found = printed(readings(rows, form=case.form))
    truth = {}
    for n, (key, (statistic, *_)) in enumerate(sorted(found.items())):
        row, column = statistic.cell
        assert rows[row][column] == case.cells[key].raw
        rows[row][column] = str(1001 + 7 * n)
        truth[key] = Decimal(1001 + 7 * n)
    return rows, truth


FULL_2021 = "the three tables of 2021 with every cell set apart by a tab"
FULL_2019 = "the three tables of 2019 with every cell set apart by a tab"
FULL_2014 = (
    "the whole form of 2014 with tabs; its blocks look like headings and its notes hold digits"
)
CUTS = {  # a case, and the first and last line of a table in it
    "part two of 2021": (FULL_2021, "第二十条第（一）项\t\t\t", "行政事业性收费\t6.35\t\t"),
    "part two of 2019": (FULL_2019, "第二十条第（一）项\t\t\t", "政府集中采购\t14\t251000元\t"),
    "part four": (
        FULL_2021,
        "行政复议" + "\t" * 5 + "行政诉讼" + "\t" * 9,
        "3\t1\t0\t2\t6\t4\t0\t5\t1\t10\t0\t0\t0\t7\t7",
    ),
    "form of 2014": (FULL_2014, "统计指标\t单位\t统计数", "（三）接受培训人员数\t人次\t420"),
}


@cache
def drawn(name: str) -> tuple[list[list[str]], Truth]:
    if name == "part three":
        return part_three()
    return renumbered(*CUTS[name])


FORM_OF = {
    "part three": "form-2021",
    "part two of 2021": "form-2021",
    "part two of 2019": "form-2019",
    "part four": "form-2021",
    "form of 2014": "form-2014",
}
SIZES = {
    "part three": 175,
    "part two of 2021": 10,
    "part two of 2019": 22,
    "part four": 15,
    "form of 2014": 58,
}


def wrong(found: forms.Readings, truth: Truth) -> list[str]:
    return [
        f"{key}: {s.value}, not {truth.get(key)}"
        for key, all_ in printed(found).items()
        for s in all_
        if s.value is not None and s.value != truth.get(key)
    ]


@pytest.mark.parametrize("name", FORM_OF)
def test_a_drawn_table_is_read_to_the_last_cell(name):
    rows, truth = drawn(name)
    found = readings(rows, form=FORM_OF[name])
    assert not wrong(found, truth)
    assert len(truth) == SIZES[name]
    assert printed(found).keys() == truth.keys()
    assert found.warnings == ()
    assert {s.confidence for s in found.statistics if s.indicator and not s.derived} == {"label"}
    assert_evidence(found)


@pytest.mark.parametrize("name", FORM_OF)
def test_a_form_tells_itself_from_its_labels(name):
    rows, _ = drawn(name)
    expected = None if name == "part four" else FORM_OF[name]
    assert forms.form_of(rows) == expected


@pytest.mark.parametrize("name", FORM_OF)
def test_a_table_that_stands_twice_is_read_right(name):
    rows, truth = drawn(name)
    for tables in ((rows, rows), (rows + rows,)):
        found = readings(*tables, form=FORM_OF[name])
        assert not wrong(found, truth)
        assert printed(found).keys() == truth.keys()


@pytest.mark.parametrize("join", ["\t", " "])
@pytest.mark.parametrize("name", FORM_OF)
def test_a_drawn_table_written_as_text_is_read_right(name, join):
    rows, truth = drawn(name)
    text = "\n".join(join.join(row if join == "\t" else filter(None, row)) for row in rows)
    found = readings_of(parts_of(text + "\n"))
    assert not wrong(found, truth)
    assert printed(found).keys() == truth.keys()


# Whatever happens to a table, no figure is put where it does not belong

CHARACTERS = (
    "".join(sorted(set("".join(labels.official()))))
    + "不非未上前与曰入、，。（）“一二三四五六七八九十"
)
each_table = st.sampled_from(sorted(FORM_OF))


def misspelt(data: st.DataObject, rows: Rows) -> list[list[str]]:
    """Return `rows` with one character of one label lost, replaced or put in."""
    texts = [
        (r, c)
        for r, row in enumerate(rows)
        for c, cell in enumerate(row)
        if any(not character.isdigit() for character in cell)
    ]
    r, c = data.draw(st.sampled_from(texts))
    cell = rows[r][c]
    at = data.draw(st.integers(0, len(cell) - 1))
    put = data.draw(st.sampled_from(["", *CHARACTERS]))
    rest = cell[at:] if put and data.draw(st.booleans()) else cell[at + 1 :]
    changed = [list(row) for row in rows]
    changed[r][c] = cell[:at] + put + rest
    return changed


@given(data=st.data(), name=each_table)
@settings(max_examples=150, deadline=None)
def test_a_misspelt_label_never_gives_a_wrong_figure(data, name):
    rows, truth = drawn(name)
    changed = misspelt(data, rows)
    assert not wrong(readings(changed, form=FORM_OF[name]), truth)


@given(data=st.data(), name=each_table, join=st.sampled_from(["\t", " "]))
@settings(max_examples=150, deadline=None)
def test_a_misspelt_label_in_text_never_gives_a_wrong_figure(data, name, join):
    rows, truth = drawn(name)
    changed = misspelt(data, rows)
    text = "\n".join(join.join(row if join == "\t" else filter(None, row)) for row in changed)
    assert not wrong(readings_of(parts_of(text + "\n")), truth)


@given(order=st.permutations(range(len(PART_THREE))))
@settings(max_examples=100, deadline=None)
def test_rows_of_part_three_in_any_order_never_give_a_wrong_figure(order):
    rows, truth = drawn("part three")
    head, body = rows[:3], rows[3:]
    assert not wrong(readings([*head, *(body[n] for n in order)]), truth)


@given(data=st.data(), name=each_table)
@settings(max_examples=150, deadline=None)
def test_lost_rows_never_give_a_wrong_figure(data, name):
    rows, truth = drawn(name)
    # Without the block of reviews or of lawsuits nothing tells 被依法纠错数 of the one from the other's.
    kept = {n for n, row in enumerate(rows) if row[0][:6] in ("四、行政复议", "五、行政诉讼")}
    lost = data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=12)) - kept
    left = [row for n, row in enumerate(rows) if n not in lost]
    found = readings(left, form=FORM_OF[name])
    assert not wrong(found, truth)
    assert_evidence(found)


@given(data=st.data(), name=each_table)
@settings(max_examples=200, deadline=None)
def test_a_lost_column_never_gives_a_wrong_figure(data, name):
    rows, truth = drawn(name)
    holding = {c for row in rows for c, cell in enumerate(row) if cell.isdigit()}
    lost = data.draw(st.sampled_from(sorted(holding)))
    left = [row[:lost] + row[lost + 1 :] for row in rows]
    assert not wrong(readings(left, form=FORM_OF[name]), truth)


@given(data=st.data(), name=each_table)
@settings(max_examples=200, deadline=None)
def test_a_surplus_cell_in_a_row_never_gives_a_wrong_figure(data, name):
    rows, truth = drawn(name)
    at = data.draw(st.integers(0, len(rows) - 1))
    before = data.draw(st.integers(0, len(rows[at])))
    changed = [list(row) for row in rows]
    changed[at].insert(before, "")
    assert not wrong(readings(changed, form=FORM_OF[name]), truth)


@given(data=st.data(), name=each_table)
@settings(max_examples=200, deadline=None)
def test_a_blanked_cell_never_moves_its_neighbours(data, name):
    rows, truth = drawn(name)
    changed = [list(row) for row in rows]
    figures = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell.isdigit()]
    for r, c in data.draw(st.sets(st.sampled_from(figures), max_size=10)):
        changed[r][c] = ""
    left = {cell for row in changed for cell in row}
    found = readings(changed, form=FORM_OF[name])
    assert not wrong(found, truth)
    assert printed(found).keys() >= {key for key, number in truth.items() if str(number) in left}


# Garbage

pieces = st.one_of(
    st.sampled_from(sorted(labels.official())),
    st.sampled_from(sorted(labels.official())).flatmap(
        lambda label: st.integers(1, len(label)).map(lambda n: label[:n])
    ),
    st.sampled_from(["", "", "0", "12", "-3", "/", "无", "—", "件", "条", "万元", "1,286", "3.5", "１２"]),
    st.integers(-99, 99999).map(str),
    st.text("一二三四（）、.其中总计0123456789-—/ |\t", max_size=8),
    st.text(st.characters(exclude_categories=["C"]), max_size=6),
)  # fmt: skip
garbage = st.lists(st.lists(pieces, max_size=16), max_size=14)


@given(tables=st.lists(garbage, max_size=3), form=st.sampled_from([None, *places.FORMS]))
@settings(max_examples=150, deadline=None)
def test_no_table_is_too_strange(tables, form):
    found = readings(*tables, form=form)
    assert_evidence(found)
    assert len(found.tables) == len(tables)


def test_a_figure_behind_a_blank_cell_is_no_accident():
    assert readings([["", "0"]], form=None).statistics == ()
    assert readings([["", "12"], ["3月", "46"]], form=None).statistics == ()


@given(
    st.lists(st.lists(pieces, max_size=10), max_size=20), st.sampled_from(["\t", " ", "|", "\n"])
)
@settings(max_examples=200, deadline=None)
def test_no_text_is_too_strange(rows, join):
    text = "政府信息公开年度报告\n" + "\n".join(join.join(row) for row in rows) + "\n"
    assert_evidence(readings_of(parts_of(text)))


def seconds(work: object) -> float:
    start = process_time()
    work()
    return process_time() - start


def some_rows(count: int, seed: int) -> list[list[str]]:
    random_ = random.Random(seed)
    known = sorted(labels.official())
    cells = [lambda: random_.choice(known), lambda: str(random_.randrange(500)), lambda: ""]
    return [[random_.choice(cells)() for _ in range(10)] for _ in range(count)]


ENDLESS = {
    "random cells": lambda n: some_rows(n, 5),
    "one cell a row, no figures": lambda n: [["重复申请"]] * n,
    "one cell a row, figures only": lambda n: [["7"]] * n,
    "rows of part three, over and over": lambda n: (part_three()[0] * n)[:n],
    "rows without labels": lambda n: [[*HEAD_OF_THREE[1]], *[["1"] * 7] * n],
    "pieces of labels": lambda n: [["申请人逾期"], ["未按收费"]] * (n // 2),
    "one row": lambda n: [["总计", "3"] * n],
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_ten_times_the_table_takes_about_ten_times_as_long(name):
    make = ENDLESS[name]
    for _ in range(3):  # a busy machine is no reason to fail
        few, many = make(300), make(3000)
        readings(few)  # caches are filled
        short = max(min(seconds(lambda: readings(few)) for _ in range(3)), 0.01)  # noqa: B023
        if seconds(lambda: readings(many)) < 20 * short:  # noqa: B023
            return
    pytest.fail("takes more than linear time")


@pytest.mark.parametrize("join", ["\t", " ", "\n"])
@pytest.mark.parametrize("name", ENDLESS)
def test_ten_times_the_text_takes_about_ten_times_as_long(name, join):
    make = ENDLESS[name]
    for _ in range(3):
        few, many = ("\n".join(map(join.join, make(n))) + "\n" for n in (100, 1000))
        readings_of(parts_of(few))
        short = max(min(seconds(lambda: readings_of(parts_of(few))) for _ in range(3)), 0.01)  # noqa: B023
        if seconds(lambda: readings_of(parts_of(many))) < 20 * short:  # noqa: B023
            return
    pytest.fail("takes more than linear time")


# What is missing and what contradicts itself is said


def test_a_missing_row_is_said():
    rows, _ = drawn("part three")
    found = readings([row for row in rows if "2.重复申请" not in row])
    assert codes(found) == ["missing_cells"]
    assert "requests.outcome.not_processed.repeated" in found.warnings[0].message
    assert found.warnings[0].message.startswith("7 of ")


def test_a_part_that_is_not_there_at_all_is_not_said_to_miss_cells():
    rows, _ = drawn("part two of 2021")
    assert readings(rows).warnings == ()


def test_rows_that_claim_one_figure_with_different_numbers_give_none():
    rows, truth = drawn("part three")
    again = ["", "", "2.重复申请", "9", "9", "9", "9", "9", "9", "54"]
    found = readings([*rows[:20], again, *rows[20:]])
    assert "conflicting_rows" in codes(found)
    assert not wrong(found, truth)
    assert not [key for key in printed(found) if key[0].endswith("not_processed.repeated")]
    rivals = [s for s in found.statistics if s.row and "重复申请" in s.row]
    assert {s.indicator for s in rivals} == {None}
    assert {s.confidence for s in rivals} == {"conflict"}


def test_rows_that_say_the_same_twice_are_no_conflict():
    rows, truth = drawn("part three")
    found = readings([*rows, rows[-1]])
    assert not wrong(found, truth)
    assert printed(found).keys() == truth.keys()
    assert "conflicting_rows" not in codes(found)


# Sums


def test_sums_of_part_three():
    rows, truth = drawn("part three")
    sums = derived(readings(rows))
    named = {
        "requests.handled": ["requests.new", "requests.carried_in"],
        **{
            f"requests.outcome.{group}": [
                name for *_, name in PART_THREE if name.startswith(f"requests.outcome.{group}.")
            ]
            for group in ("refused", "unavailable", "not_processed", "other")
        },
    }
    assert {name for name, _ in sums} == named.keys()
    for name, parts in named.items():
        for column in APPLICANTS:
            statistic = sums[name, column]
            assert statistic.value == sum(truth[part, column] for part in parts)
            assert statistic.derived == " + ".join(parts)
            assert statistic.unit == "件"


def test_sums_of_part_four():
    rows, truth = drawn("part four")
    sums = derived(readings(rows))
    kinds = ("total", "upheld", "corrected", "other", "pending")
    assert sums.keys() == {(f"litigation.{kind}", None) for kind in kinds}
    for kind in kinds:
        terms = [f"litigation.direct.{kind}", f"litigation.after_review.{kind}"]
        assert sums[f"litigation.{kind}", None].value == sum(truth[term, None] for term in terms)
        assert sums[f"litigation.{kind}", None].derived == " + ".join(terms)


@pytest.mark.parametrize("nothing", ["", "/", "—", "不适用"])
def test_nothing_is_summed_when_a_part_is_blank(nothing):
    rows, _ = drawn("part three")
    changed = [list(row) for row in rows]
    changed[3][3] = nothing  # new, natural persons
    changed[7][9] = nothing  # refused for state secrets, total
    sums = derived(readings(changed))
    assert ("requests.handled", "natural_person") not in sums
    assert ("requests.handled", "total") in sums
    assert ("requests.outcome.refused", "total") not in sums
    assert ("requests.outcome.refused", "natural_person") in sums


def test_nothing_is_summed_when_a_row_is_missing():
    rows, _ = drawn("part three")
    sums = derived(readings([row for row in rows if "2.重复申请" not in row]))
    assert not [key for key in sums if key[0] == "requests.outcome.not_processed"]


def test_nothing_is_summed_on_the_form_of_2014():
    rows, _ = drawn("form of 2014")
    assert not derived(readings(rows, form="form-2014"))


def test_other_processing_is_a_row_of_2019_and_a_sum_of_2021():
    rows, _ = drawn("part three")
    one = ["", "（六）其他处理", "", *"1234", "5", "6", "21"]
    old = readings([*rows[:23], one, *rows[26:]], form="form-2019")
    assert printed(old)["requests.outcome.other", "total"][0].value == 21
    assert ("requests.outcome.other", "total") not in derived(old)
    assert ("requests.outcome.refused", "total") in derived(old)


# The catalogue


def test_the_catalogue_lists_every_official_figure_once():
    found = nlp_reports.indicators()
    assert len(found) == 131
    for name in ("id", "title", "title_en"):
        assert len({getattr(indicator, name) for indicator in found}) == 131
    assert all(indicator.title and indicator.title_en for indicator in found)
    assert {form for indicator in found for form in indicator.forms} == set(places.FORMS)


def test_the_catalogue_agrees_with_the_shared_list():
    path = SHARED / "INDICATORS.tsv"
    if not path.exists():
        pytest.skip("needs ../shared/INDICATORS.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [
        (i.id, ",".join(i.forms), i.unit or "") for i in nlp_reports.indicators()
    ] == [(row["indicator"], row["forms"], row["unit"]) for row in rows]  # fmt: skip


def test_sums_refer_to_known_figures():
    known = {indicator.id for indicator in nlp_reports.indicators()}
    for indicator in nlp_reports.indicators():
        assert set(indicator.derived_from) <= known - {indicator.id}
        assert len(indicator.derived_from) != 1


@pytest.mark.parametrize("indicator", nlp_reports.indicators(), ids=lambda i: i.id)
def test_the_last_label_of_a_path_finds_its_indicator(indicator):
    for path in indicator.paths:
        found = labels.find(path[-1])
        assert found
        assert indicator.id in {place.indicator for place in places.by_label()[found[-1]]}


# Labels


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("一、本年新收政府信息公开申请数量", "本年新收政府信息公开申请数量"),
        ("本年新收政府信息公幵申请数量", "本年新收政府信息公开申请数量"),  # one character wrong
        ("本年新收政府信息公申请数量", "本年新收政府信息公开申请数量"),  # one lost
        ("本年新收的政府信息公开申请数量", "本年新收政府信息公开申请数量"),  # one too many
        ("同意公开答复数", "同意公开答复数"),
        ("不同意公开答复数", "不同意公开答复数"),
        ("同意部分公开答复数", "同意部分公开答复数"),
        ("按时办结数", "按时办结数"),
        ("延期办结数", "延期办结数"),
        ("专职人员数", "专职人员数"),
        ("1.专职人员数（不包括政府公报及政府网站工作人员数）", "专职人员数"),
        ("2. 兼 职 人 员 数", "兼职人员数"),
        ("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "部分公开"),
        ("其它", "其他"),
    ],
)
def test_labels(text, label):
    assert labels.find(text) == (labels.key(label),)


@pytest.mark.parametrize(
    "text",
    [
        "上年新收政府信息公开申请数量",
        "去年新收政府信息公开申请数量",
        "本年新收政府信息公开申请处理量表",
        "未按时办结数",
        "不按时办结数",
        "非主动公开政府信息数",
        "未主动公开政府信息数",
        "不属于国家秘密",
        "非属于国家秘密",
        "不涉及商业秘密",
        "?职人员数",
        "职人员数",
        "结果",
        "",
        "12",
        "本年新收政府信息公开申请数量为七件",
        "上年结转下年度继续办理",
    ],
)
def test_what_is_no_label(text):
    assert labels.find(text) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("（三）不予公开1.属于国家秘密", ("不予公开", "属于国家秘密")),
        ("三、本年度办理结果（七）总计", ("本年度办理结果", "总计")),
        ("（六）其他处理3.其他", ("其他处理", "其他")),
    ],
)
def test_labels_that_run_into_each_other(text, found):
    assert labels.find(text) == found


def mistakes(label: str) -> Iterable[str]:
    for at in range(len(label)):
        yield label[:at] + label[at + 1 :]
        for put in "不未非上前本":
            yield label[:at] + put + label[at:]


@pytest.mark.parametrize("label", sorted(labels.official()))
def test_a_character_that_turns_the_sense_is_no_slip(label):
    """A word of negation or of another year makes another label, or none."""
    for wrong_label in mistakes(label):
        found = labels.find(wrong_label)
        if found and found[-1] == label:
            lost = set(label) - set(wrong_label)
            gained = set(wrong_label) - set(label)
            assert not (lost | gained) & set("不未非上前"), wrong_label
