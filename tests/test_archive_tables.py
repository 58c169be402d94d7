"""The tables of an archive: as documented, read by everybody, and nothing lost between a report and its rows.

Some archives are made from files, as a user makes one. Others are made of records written here, by what
writes every part (`work.tag`), so that what must come out can be counted by hand.
"""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import shutil
import sys
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from random import Random
from typing import ClassVar

import duckdb
import fsspec
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from conftest import ROOT
from forge import authored, flat, pages, prints, words
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp_reports
from nlp_reports import lexicon
from nlp_reports.batch import about, metadata, places, relations, shards, tables, work
from nlp_reports.batch.exports import export
from nlp_reports.batch.lock import held
from nlp_reports.batch.storage import Local, storage
from nlp_reports.errors import ArchiveError, CorpusError, SettingsError
from nlp_reports.records import to_json
from nlp_reports.schema import Member
from nlp_reports.settings import DEFAULT_LIMITS

many = settings(max_examples=40, deadline=None, derandomize=True, database=None)

BESIDE = ["path", "issuer", "region", "year"]
ALONE = ("files", "reports", "failures")
# Fields of a figure that may all be null.
UNSTATED = (
    "paragraph", "start", "end", "text", "value_max", "unit", "subject", "table", "row", "column",
    "raw", "cell", "confidence", "derived",
)  # fmt: skip
EXACT = 2**53  # up to here a double holds every whole number


# --------------------------------------------------------------------------------------------------
# Making archives


def report_text(year: int, count: int) -> str:
    return f"某局{year}年政府信息公开工作年度报告\n一、总体情况\n全年主动公开信息{count}条。\n"


def run(source, out, **options):
    """Archive a source in this process, which is quicker than in a child of it."""
    return nlp_reports.archive(source, out, jobs=1, isolated=False, **options)


def figure(value=None, indicator=None, **said):
    """Return a figure of a record; what is not said is as in a figure of prose without anything."""
    stated = {"value": value, "indicator": indicator, "approx": "exact", "implicit": False}
    return {**dict.fromkeys(UNSTATED), **stated, **said}


def prose(value, indicator=None, unit="件", **said):
    return figure(value, indicator, unit=unit, paragraph=0, start=0, end=1, text="一", **said)


def cell(value, indicator=None, raw=None, column=None, unit="件", **said):
    printed = ("" if value is None else str(value)) if raw is None else raw
    place = {"table": 0, "cell": [1, 2], "row": "行", "raw": printed, "confidence": "label"}
    return figure(value, indicator, unit=unit, column=column, **{**place, **said})


def summed(value, indicator, column=None, unit="件"):
    return figure(value, indicator, unit=unit, column=column, derived="甲 + 乙")


def record(name, texts=(), figures=(), **said):
    """Return a record: each text is a paragraph of one segment, with its topics if it is a pair."""
    pairs = [(one, {}) if isinstance(one, str) else one for one in texts]
    paragraphs = [
        {
            "index": n,
            "text": text,
            "section": None,
            "headings": [],
            "page": None,
            "topics": topics,
            "segments": [{"start": 0, "end": len(text), "topics": topics}],
        }
        for n, (text, topics) in enumerate(pairs)
    ]
    empty = dict.fromkeys(("title", "issuer", "year", "published", "form"))
    source = {"path": name, "sha256": f"id of {name}", "media_type": "text/plain", "encoding": None}
    lists = {"sections": [], "tables": [], "findings": [], "warnings": []}
    period = {"start": None, "end": None}
    known = {
        "source": source,
        "period": period,
        "paragraphs": paragraphs,
        "statistics": list(figures),
    }
    return {**empty, **lists, **known, **said}


class Told:
    """Stands in the place of the service that reads files: it says the records it was given."""

    records: ClassVar[dict[str, object]] = {}

    def tag(self, say, place, **_):
        say({"stage": "read"})
        say({"item": self.records[place]})


@contextmanager
def tagging(out: Path, records):
    """Give the job and the items with which `work.tag` writes these records into a new archive."""
    items = []
    for name, one in records.items():
        file = work.File(name, name, sha256=f"id of {name}", bytes=1)
        items.append(work.Item(file, metadata.NOTHING, 1))
        Told.records[name] = one
    with held(str(out)) as claim:
        folder = storage(out)
        about.write(folder, shards.describe({}), None)
        shards.prepare(folder)
        job = work.Job(
            out=str(out),
            service=f"{__name__}:Told",
            options={},
            limits=DEFAULT_LIMITS,
            made_with=shards.describe({}),
            stamp={"model": "m", "version": "0"},
            claim=claim,
            isolated=False,
        )
        yield job, items
    work.release()


def stored(out: Path, records, name="000001"):
    """Write an archive of records, each with its own name as path, in one part."""
    known = {one["source"]["path"]: one for one in records}
    with tagging(out, known) as (job, items):
        done = work.tag(job, name, items)
    assert (done.fatal, done.failures) == ("", [])
    return nlp_reports.open_archive(out)


@pytest.fixture(scope="module")
def source(tmp_path_factory, examples):
    """A folder of reports in five media, with copies, failures, and a link that leads nowhere."""
    root = tmp_path_factory.mktemp("tables") / "源 files"
    for region in ("北省", "南省"):
        (root / region / "2019").mkdir(parents=True)
    for path in examples:
        shutil.copy(path, root / "北省" / "2019" / path.name)
    first, second = (
        authored.reports(n, style) for n, style in ((1, "blanks"), (2, "inapplicable"))
    )
    for report in first[:3]:
        text = flat.WRITERS["tabs"](report, Random(1))
        (root / "南省" / f"{report.name}.txt").write_text(text, "utf-8")
    page = pages.page(second[2], Random(1), "article")
    (root / "南省" / "page.html").write_bytes(page)
    (root / "one.docx").write_bytes(words.write(second[1], words.MANNERS[0]))
    (root / "one.pdf").write_bytes(prints.write(second[0], prints.MANNERS[0]))
    for name in ("a.txt", "b.txt", "北省/c.txt"):
        (root / name).write_text(report_text(2016, 12), "utf-8")
    (root / "plain.txt").write_text("没有标题的几句话。\n", "utf-8")
    silent = (
        "<p>没有标题，也没有人说起。全年公开信息30至40条。</p><table><tr><td>科室<td>电话</table>"
    )
    (root / "silent.html").write_text(f"<html><body>{silent}</body></html>", "utf-8")
    (root / "broken.pdf").write_bytes(b"%PDF-1.4\nbroken")
    (root / "empty.txt").write_bytes(b"")
    (root / "nowhere.txt").symlink_to(root / "no such file")
    return root


@pytest.fixture(scope="module")
def made(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    said = folder / "said.csv"
    said.write_text(
        "path,issuer,region,year\nplain.txt,某所,西省,2018\na.txt,另一局,,2015\n", "utf-8"
    )
    out = folder / "表 tables"
    run(source, out, metadata=said, layout="{region}/{year}/*", exports=("csv", "jsonl"))
    return out


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    (folder / "source").mkdir()
    summary = run(folder / "source", folder / "out", exports=("csv", "jsonl"))
    assert (summary.files, summary.reports) == (0, 0)
    return folder / "out"


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failed")
    (folder / "source").mkdir()
    (folder / "source" / "broken.pdf").write_bytes(b"%PDF-1.4\nbroken")
    (folder / "source" / "nowhere.txt").symlink_to("no such file")
    summary = run(folder / "source", folder / "out")
    assert (summary.files, summary.reports, summary.failed) == (2, 0, 2)
    return folder / "out"


@pytest.fixture(scope="module")
def truth(source, tagger):
    """What `tag` gives for each file of the source that can be tagged, as JSON by its path."""
    found = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        if path.is_file() and name not in ("broken.pdf", "empty.txt", "nowhere.txt"):
            found[name] = to_json(tagger(Member(name, path.read_bytes())))
    return found


@pytest.fixture(params=["made", "empty", "failed"])
def archive(request):
    return request.getfixturevalue(request.param)


# --------------------------------------------------------------------------------------------------
# What is documented

LISTED = {name: tables.columns(name) for name in tables.NAMES}
ARROW = {
    "text": pyarrow.string(),
    "bool": pyarrow.bool_(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "double": pyarrow.float64(),
    "date": pyarrow.date32(),
    "list<text>": pyarrow.list_(pyarrow.string()),
    "list<double>": pyarrow.list_(pyarrow.float64()),
    "list<list<text>>": pyarrow.list_(pyarrow.list_(pyarrow.string())),
    "list<struct<topic: text, segments: int32>>": pyarrow.list_(
        pyarrow.struct([("topic", pyarrow.string()), ("segments", pyarrow.int32())])
    ),
    "list<struct<code: text, message: text>>": pyarrow.list_(
        pyarrow.struct([("code", pyarrow.string()), ("message", pyarrow.string())])
    ),
}
DUCKDB = {
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "list<text>": "VARCHAR[]",
    "list<double>": "DOUBLE[]",
    "list<list<text>>": "VARCHAR[][]",
    "list<struct<topic: text, segments: int32>>": "STRUCT(topic VARCHAR, segments INTEGER)[]",
    "list<struct<code: text, message: text>>": "STRUCT(code VARCHAR, message VARCHAR)[]",
}
POLARS = {
    "text": polars.String,
    "bool": polars.Boolean,
    "int32": polars.Int32,
    "int64": polars.Int64,
    "double": polars.Float64,
    "date": polars.Date,
    "list<text>": polars.List(polars.String),
    "list<double>": polars.List(polars.Float64),
    "list<list<text>>": polars.List(polars.List(polars.String)),
    "list<struct<topic: text, segments: int32>>": polars.List(
        polars.Struct({"topic": polars.String, "segments": polars.Int32})
    ),
    "list<struct<code: text, message: text>>": polars.List(
        polars.Struct({"code": polars.String, "message": polars.String})
    ),
}


def documented():
    """Return the rows of the tables in docs/archive.md: table, column, type, key, null, meaning."""
    text = (ROOT / "docs" / "archive.md").read_text("utf-8")
    part = text[text.index("## The tables") : text.index("## Worked queries")]
    for section in re.split(r"^### ", part, flags=re.MULTILINE)[1:]:
        table = re.match(r"`(\w+)`\n", section)[1]
        lines = [line for line in section.splitlines() if line.startswith("|")]
        assert lines[:2] == ["| column | type | null | meaning |", "|---|---|---|---|"]
        for line in lines[2:]:
            name, kind, null, meaning = (part.strip() for part in line.strip("|").split("|"))
            column = re.fullmatch(r"(\*\*)?`(\w+)`(\*\*)?", name)
            yield table, column[2], kind, bool(column[1]), null, meaning


def test_the_documentation_lists_the_columns_of_the_tables_in_the_same_words():
    listed = [
        (row["table"], row["column"], row["type"], bool(row["key"]), row["null"], row["says"])
        for row in lexicon.table("archive_columns")
    ]
    assert list(documented()) == listed


def test_the_first_section_of_the_documentation_has_the_tables_in_the_order_of_an_archive(made):
    assert nlp_reports.open_archive(made).tables == tuple(
        dict.fromkeys(t for t, *_ in documented())
    )


@pytest.mark.parametrize("table", tables.NAMES)
def test_a_table_has_the_documented_columns_with_their_types(archive, table):
    found = nlp_reports.open_archive(archive).table(table)
    assert found.column_names == [column.name for column in LISTED[table]]
    assert found.schema.types == [ARROW[column.type] for column in LISTED[table]]
    assert [f.nullable for f in found.schema] == [bool(column.null) for column in LISTED[table]]


@pytest.mark.parametrize("table", tables.NAMES)
def test_every_file_of_a_table_has_the_same_columns_and_says_what_they_mean(archive, table):
    files = sorted((archive / table).iterdir())
    assert files
    for file in files:
        schema = pyarrow.parquet.read_schema(file)
        assert schema.names == [column.name for column in LISTED[table]]
        for column in LISTED[table]:
            field = schema.field(column.name)
            said = {key.decode(): text.decode() for key, text in field.metadata.items()}
            said.pop("PARQUET:field_id", None)
            expected = {"says": column.says, "title": column.title, "null": column.null}
            assert said == {key: text for key, text in expected.items() if text}
            assert field.nullable == bool(column.null)


@pytest.mark.parametrize("table", tables.NAMES)
def test_no_two_rows_have_the_same_key(made, table):
    key = [column.name for column in LISTED[table] if column.key]
    rows = nlp_reports.open_archive(made).table(table, key).to_pylist()
    assert key
    assert rows
    assert len({tuple(row.values()) for row in rows}) == len(rows)


@pytest.mark.parametrize("table", tables.NAMES)
def test_nothing_is_null_where_no_null_is_documented(made, table):
    found = nlp_reports.open_archive(made).table(table)
    for column in LISTED[table]:
        values = found.column(column.name)
        assert column.null or not values.null_count, column.name
        for lists in ["list<text>", "list<list<text>>"]:
            if column.type == lists:
                flat_values = values.combine_chunks().flatten()
                inner = flat_values if lists == "list<text>" else flat_values.flatten()
                assert not flat_values.null_count
                assert not inner.null_count


def test_the_archive_these_tests_look_at_has_what_they_look_for(made):
    """Every column holds a value, and every null that is documented occurs; a limit was reached by nobody."""
    archive = nlp_reports.open_archive(made)
    for table in tables.NAMES:
        found = archive.table(table)
        for column in LISTED[table]:
            values = found.column(column.name)
            if (table, column.name) == ("failures", "limits"):
                continue
            assert values.null_count < len(values), (table, column.name)
            if column.null:
                assert values.null_count, (table, column.name)


@pytest.mark.parametrize("table", tables.NAMES)
def test_every_row_about_a_report_has_the_key_of_a_report(made, table):
    archive = nlp_reports.open_archive(made)
    reports = set(archive.table("reports", ["report_id"]).column(0).to_pylist())
    if table not in ("files", "failures"):
        assert set(archive.table(table, ["report_id"]).column("report_id").to_pylist()) <= reports


def test_offsets_count_code_points_of_the_text_they_point_at(made):
    archive = nlp_reports.open_archive(made)
    texts = {
        (row["report_id"], row["paragraph"]): row["text"]
        for row in archive.table("paragraphs").to_pylist()
    }
    pointing = archive.table("segments").to_pylist() + [
        row for row in archive.table("statistics").to_pylist() if row["paragraph"] is not None
    ]
    assert pointing
    for row in pointing:
        assert texts[row["report_id"], row["paragraph"]][row["start"] : row["end"]] == row["text"]


# --------------------------------------------------------------------------------------------------
# Who reads them


@pytest.mark.parametrize("table", tables.NAMES)
def test_duckdb_reads_a_table_as_it_is(archive, table):
    where = f"'{archive}/{table}/*.parquet'"
    found = {name: kind for name, kind, *_ in duckdb.sql(f"describe from {where}").fetchall()}
    assert found == {column.name: DUCKDB[column.type] for column in LISTED[table]}
    count = nlp_reports.open_archive(archive).table(table).num_rows
    assert duckdb.sql(f"select count(*) from {where}").fetchall() == [(count,)]


@pytest.mark.parametrize("table", tables.NAMES)
def test_polars_reads_a_table_as_it_is(archive, table):
    found = polars.read_parquet(archive / table / "*.parquet")
    assert dict(found.schema) == {column.name: POLARS[column.type] for column in LISTED[table]}
    assert found.height == nlp_reports.open_archive(archive).table(table).num_rows


@pytest.mark.parametrize("table", tables.NAMES)
def test_pandas_reads_the_folder_of_a_table_as_it_is(archive, table):
    found = pandas.read_parquet(archive / table)
    assert list(found.columns) == [column.name for column in LISTED[table]]
    assert len(found) == nlp_reports.open_archive(archive).table(table).num_rows
    kinds = {"int32": "int32", "int64": "int64", "bool": "bool", "double": "float64"}
    for column in LISTED[table]:
        if column.type in kinds:  # pandas has no whole number that is null
            expected = "float64" if found[column.name].isna().any() else kinds[column.type]
            assert str(found[column.name].dtype) == expected, column.name


def test_readers_of_files_pass_over_what_a_broken_run_left_unfinished(failed, tmp_path):
    """A draft is no file of a table, for nobody: a run that is killed leaves some."""
    shutil.copytree(failed / "failures", tmp_path / "failures")
    folder = Local(str(tmp_path))
    with folder.draft("failures/000009.parquet") as file:
        file.write(b"PAR1 cut")
        file.flush()
        drafts = [
            path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size == 8
        ]
        assert len(drafts) == 1
        count = len(pandas.read_parquet(tmp_path / "failures"))
        assert count == 2
        where = tmp_path / "failures" / "*.parquet"
        assert duckdb.sql(f"select count(*) from '{where}'").fetchall() == [(count,)]
        assert polars.read_parquet(where).height == count


# --------------------------------------------------------------------------------------------------
# A record to rows and back


def as_json(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def through_parquet(one):
    """Take a record to rows, the rows to files, and back."""
    rows = relations.to_rows(one, one["source"]["sha256"])
    report = rows["reports"][0]
    report |= {"path": one["source"]["path"], "copies": 1, "model": "m", "version": "0"}
    report |= metadata.filled(report, metadata.NOTHING)
    files = {name: tables.to_parquet(tables.arrow(name, found)) for name, found in rows.items()}
    back = {name: tables.from_parquet(BytesIO(file)).to_pylist() for name, file in files.items()}
    return relations.to_record(back)


def assert_same_record(found, expected):
    assert as_json(found) == as_json(expected)
    for own, other in zip(found["paragraphs"], expected["paragraphs"], strict=True):
        assert list(own["topics"]) == list(other["topics"])  # the most probable first
        for one, another in zip(own["segments"], other["segments"], strict=True):
            assert list(one["topics"]) == list(another["topics"])


def test_a_record_is_the_same_after_it_was_rows_of_parquet(truth):
    forms = {one["form"] for one in truth.values()}
    assert forms >= {"form-2014", "form-2019", "form-2021"}
    for one in truth.values():
        assert_same_record(through_parquet(one), one)


def test_an_archive_gives_back_the_reports_as_tag_gave_them(made, truth):
    archive = nlp_reports.open_archive(made)
    by_id = {
        one["source"]["sha256"]: one for one in reversed(truth.values())
    }  # of copies the first
    assert len(by_id) == len(truth) - 2
    for report_id, expected in by_id.items():
        assert_same_record(to_json(archive.report(report_id)), expected)
    found = {report.source.sha256: to_json(report) for report in archive.reports()}
    assert as_json(found) == as_json(by_id)


def test_some_reports_of_an_archive_can_be_asked_for(made, truth):
    archive = nlp_reports.open_archive(made)
    wanted = [truth["plain.txt"]["source"]["sha256"], truth["a.txt"]["source"]["sha256"], "none"]
    found = {report.source.path for report in archive.reports(wanted)}
    assert found == {"plain.txt", "a.txt"}
    assert list(archive.reports([])) == []
    with pytest.raises(ArchiveError, match="there is no report 'none'"):
        archive.report("none")


def test_what_metadata_filled_is_unknown_again_in_the_report(made, truth):
    archive = nlp_reports.open_archive(made)
    report_id = truth["plain.txt"]["source"]["sha256"]
    (row,) = (r for r in archive.table("reports").to_pylist() if r["report_id"] == report_id)
    assert (row["issuer"], row["region"], row["year"]) == ("某所", "西省", 2018)
    report = archive.report(report_id)
    assert (report.issuer, report.year) == (None, None)


def plain(number):
    """Numbers as a record has them: whole ones are integers."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WORDS = st.text(max_size=8)
PERHAPS = st.none() | WORDS
INDEX = st.integers(0, 2**31 - 1)
NUMBER = (st.integers(-EXACT, EXACT) | st.floats(-EXACT, EXACT)).map(plain)
TOPICS = st.dictionaries(WORDS, st.integers(0, 10_000).map(lambda n: n / 10_000), max_size=3)
DAY = st.none() | st.dates().map(date.isoformat)
FIGURES = st.builds(
    figure,
    st.none() | NUMBER,
    st.none() | st.sampled_from(["requests.new", "proactive.total", "unheard of"]),
    value_max=st.none() | NUMBER,
    unit=PERHAPS,
    approx=st.sampled_from(["exact", "about"]),
    implicit=st.booleans(),
    subject=PERHAPS,
    paragraph=st.none() | INDEX,
    start=st.none() | INDEX,
    end=st.none() | INDEX,
    text=PERHAPS,
    table=st.none() | INDEX,
    row=PERHAPS,
    column=PERHAPS,
    raw=PERHAPS,
    cell=st.none() | st.lists(INDEX, min_size=2, max_size=2),
    confidence=st.none() | st.sampled_from(["label", "conflict", "repeated"]),
    derived=PERHAPS,
)
RECORDS = st.builds(
    record,
    WORDS,
    st.lists(st.tuples(WORDS, TOPICS), max_size=3),
    st.lists(FIGURES, max_size=4),
    title=PERHAPS,
    issuer=PERHAPS,
    year=st.none() | INDEX,
    published=DAY,
    form=PERHAPS,
    period=st.fixed_dictionaries({"start": DAY, "end": DAY}),
    sections=st.lists(
        st.fixed_dictionaries(
            {
                "level": INDEX,
                "number": WORDS,
                "title": WORDS,
                "parent": st.none() | INDEX,
                "paragraph": st.none() | INDEX,
            }
        ),
        max_size=3,
    ).map(lambda found: [{"index": n, **one} for n, one in enumerate(found)]),
    tables=st.lists(
        st.tuples(PERHAPS, st.none() | INDEX, st.lists(st.lists(WORDS, max_size=3), max_size=3)),
        max_size=2,
    ).map(
        lambda found: [
            {"index": n, "form": form, "page": page, "rows": rows}
            for n, (form, page, rows) in enumerate(found)
        ]
    ),
    warnings=st.lists(st.fixed_dictionaries({"code": WORDS, "message": WORDS}), max_size=2),
    findings=st.lists(st.fixed_dictionaries({"code": WORDS, "message": WORDS}), max_size=2),
)


@many
@given(RECORDS)
def test_any_record_is_the_same_after_it_was_rows_of_parquet(one):
    assert_same_record(through_parquet(one), one)


@many
@given(st.lists(FIGURES, max_size=8))
def test_any_figures_give_one_row_an_indicator_and_applicant(figures):
    rows = indicators(*figures)
    keys = [(row["indicator"], row["applicant"]) for row in rows]
    assert len(set(keys)) == len(keys)
    settled = [
        f for f in figures if f["indicator"] and f["confidence"] not in ("conflict", "repeated")
    ]
    assert {indicator for indicator, _ in keys} == {f["indicator"] for f in settled}
    for row in rows:
        taken = figures[row["statistic"]]
        assert (row["value"], row["unit"]) == (taken["value"], taken["unit"])
        assert (row["state"] == "value") == (row["value"] is not None)


@many
@given(st.floats(allow_nan=False, allow_infinity=False).map(plain))
def test_any_number_of_a_double_is_the_same_after_it_was_rows_of_parquet(value):
    one = record("a", figures=[prose(value, value_max=value)])
    assert_same_record(through_parquet(one), one)


@pytest.mark.parametrize(
    "value", [EXACT + 1, 990_000_000_000_000_000_000, 10**300], ids=lambda value: f"{value:.0e}"
)
def test_a_figure_too_large_for_whole_numbers_of_parquet_does_not_cost_the_report(tmp_path, value):
    """A text may say 九万九千亿亿条; the column is a double, which has the nearest number."""
    archive = stored(tmp_path / "out", [record("a", figures=[prose(value), prose(1)])])
    assert archive.table("statistics", ["value"]).column(0).to_pylist() == [float(value), 1.0]
    assert float(archive.report("id of a").statistics[0].value) == float(value)


def spoilt(**said):
    return record("spoilt", ["一句话。"], [prose(1, "requests.new")], **said)


SPOILT = {
    "a lone surrogate in the title": spoilt(title="年\ud800报"),
    "a lone surrogate in a paragraph": record("spoilt", ["一\udfff句"]),
    "a lone surrogate in a table": spoilt(
        tables=[{"index": 0, "form": None, "page": None, "rows": [["\ud83d"]]}]
    ),
    "a number for a text": spoilt(title=5),
    "a text for a number": spoilt(year="去年"),
    "a year beyond all numbers": spoilt(year=2**40),
    "a list for a number": record("spoilt", figures=[prose([1])]),
    "no text where there must be one": spoilt(warnings=[{"code": "a", "message": "b"}], issuer={}),
    "a null where there must be a text": record("spoilt", figures=[prose(1, approx=None)]),
    "a day that is none": spoilt(published="2019-02-30"),
    "no paragraphs at all": {k: v for k, v in spoilt().items() if k != "paragraphs"},
    "a list": [],
    "nothing": None,
}


def test_a_record_that_no_table_can_hold_fails_alone(tmp_path):
    good = {name: record(name, ["一句好话。"]) for name in ("first", "last")}
    records = {"first": good["first"], **SPOILT, "last": good["last"]}
    with tagging(tmp_path / "out", records) as (job, items):
        done = work.tag(job, "000001", items)
    assert (done.fatal, done.tagged) == ("", 2)
    assert [path for path, _ in done.failures] == list(SPOILT)
    archive = nlp_reports.open_archive(tmp_path / "out")
    assert archive.table("reports", ["path"]).column(0).to_pylist() == ["first", "last"]
    assert archive.table("paragraphs", ["text"]).column(0).to_pylist() == ["一句好话。"] * 2
    rows = archive.table("failures").to_pylist()
    assert [row["path"] for row in rows] == list(SPOILT)
    assert {row["stage"] for row in rows} == {"store"}
    assert {row["error"] for row in rows} == {"TaggingFailed", "DocumentCrashed"}
    assert all(row["message"] for row in rows)


def test_strange_characters_are_kept(tmp_path):
    text = "\0\x1b[31m\u202e\ufeff\U0010ffff\r\n\t𠀀'\"\\;,|"
    archive = stored(tmp_path / "out", [record("a", [text], title=text)])
    assert archive.report("id of a").paragraphs[0].text == text
    assert archive.frame("reports")["title"].tolist() == [text]


# --------------------------------------------------------------------------------------------------
# Indicators


def indicators(*figures):
    return relations.to_rows(record("a", figures=figures), "a")["indicators"]


def only(*figures):
    (row,) = indicators(*figures)
    return row


REFUSED, TOTAL, FEES = "requests.outcome.refused.process", "proactive.total", "requests.new"


def test_an_indicator_that_is_not_mentioned_has_no_row():
    assert indicators() == []
    assert indicators(prose(3), cell(4)) == []


@pytest.mark.parametrize(
    ("raw", "value", "state"),
    [
        ("", None, "blank"),
        (" \u3000\n", None, "blank"),
        ("—", None, "no_number"),
        ("不适用", None, "no_number"),
        ("无", 0, "value"),
        ("0", 0, "value"),
        ("12", 12, "value"),
    ],
)
def test_a_blank_is_not_a_zero_and_a_zero_is_a_value(raw, value, state):
    row = only(cell(value, TOTAL, raw))
    assert (row["value"], row["state"], row["source"]) == (value, state, "table")


@pytest.mark.parametrize("turn", [1, -1])
def test_a_table_is_believed_before_a_sum_and_a_sum_before_prose(turn):
    table, derived, text = cell(1, TOTAL), summed(2, TOTAL), prose(3, TOTAL)
    assert only(*[table, derived, text][::turn])["value"] == 1
    assert only(*[derived, text][::turn])["value"] == 2
    assert only(*[text, table][::turn])["source"] == "table"
    assert only(*[text, derived][::turn])["source"] == "derived"
    assert only(text)["source"] == "prose"


@pytest.mark.parametrize("turn", [1, -1])
def test_a_number_is_believed_before_a_blank_whoever_gives_it(turn):
    row = only(*[cell(None, TOTAL), prose(3, TOTAL)][::turn])
    assert (row["value"], row["state"], row["source"], row["conflict"]) == (
        3,
        "value",
        "prose",
        False,
    )
    row = only(*[cell(None, TOTAL, "—"), summed(3, TOTAL)][::turn])
    assert (row["value"], row["source"]) == (3, "derived")


def test_the_row_of_statistics_that_an_indicator_was_taken_from_is_named():
    rows = indicators(prose(9), prose(3, TOTAL), cell(3, TOTAL), cell(4, "requests.received"))
    assert {row["indicator"]: row["statistic"] for row in rows} == {
        TOTAL: 2,
        "requests.received": 3,
    }


@pytest.mark.parametrize(
    ("figures", "conflict"),
    [
        ([cell(5, TOTAL), prose(5, TOTAL)], False),
        ([cell(5, TOTAL), prose(6, TOTAL)], True),
        ([cell(5, TOTAL), summed(6, TOTAL)], True),
        ([prose(5, TOTAL), prose(6, TOTAL)], True),
        ([cell(5, TOTAL), prose(5, TOTAL, unit="条")], False),
        ([cell(5, TOTAL), prose(5, TOTAL, unit=None)], False),
        ([cell(113_000, TOTAL), prose(11.3, TOTAL, unit="万件")], False),
        ([cell(11_300, TOTAL), prose(1.13, TOTAL, unit="万件")], False),
        ([cell(11_301, TOTAL), prose(1.13, TOTAL, unit="万件")], True),
        ([cell(3.5, TOTAL, unit="亿元"), prose(35_000, TOTAL, unit="万元")], False),
        ([cell(5, TOTAL), prose(6, TOTAL, approx="about")], False),
        ([cell(5, TOTAL), prose(6, TOTAL, approx="over")], False),
        ([cell(5, TOTAL), prose(6, TOTAL, value_max=9)], False),
        ([cell(5, TOTAL), prose(0, TOTAL, unit=None, implicit=True)], True),
        ([cell(0, TOTAL, "无"), prose(0, TOTAL, unit=None, implicit=True)], False),
        ([cell(None, TOTAL), prose(6, TOTAL)], False),
        ([cell(5, TOTAL), cell(6, TOTAL, confidence="conflict")], False),
        ([cell(5, TOTAL), cell(6, TOTAL, confidence="repeated")], False),
    ],
)
def test_two_exact_values_that_differ_are_a_conflict_and_nothing_else_is(figures, conflict):
    assert only(*figures)["conflict"] is conflict
    assert only(*figures[::-1])["conflict"] is conflict


@many
@given(st.integers(1, 10**8))
def test_a_number_of_ten_thousands_with_decimals_is_no_other_number(count):
    """As a record has it: 1.13 万件 is the decimal 1.13, and 11300 件 the same."""
    in_ten_thousands = plain(float(Decimal(count) / 10_000))
    row = only(cell(count, TOTAL), prose(in_ten_thousands, TOTAL, unit="万件"))
    assert not row["conflict"]


def test_kinds_of_applicants_have_rows_of_their_own():
    rows = indicators(
        cell(1, REFUSED, column="natural_person"),
        cell(None, REFUSED, column="legal.business"),
        cell(1, REFUSED, column="total"),
    )
    assert [(row["applicant"], row["value"], row["state"]) for row in rows] == [
        ("natural_person", 1, "value"),
        ("legal.business", None, "blank"),
        ("total", 1, "value"),
    ]


@pytest.mark.parametrize("indicator", [REFUSED, "requests.new", "requests.outcome.refused"])
def test_prose_about_what_the_table_tells_by_applicant_counts_as_its_total(indicator):
    row = only(prose(4, indicator), cell(5, indicator, column="total"))
    assert (row["applicant"], row["value"], row["conflict"]) == ("total", 5, True)
    assert only(prose(4, indicator))["applicant"] == "total"


@pytest.mark.parametrize("indicator", [TOTAL, "requests.received"])
def test_prose_about_what_no_table_tells_by_applicant_has_none(indicator):
    assert only(prose(4, indicator), cell(5, indicator))["applicant"] == ""


def test_an_indicator_has_its_display_name_and_an_unknown_one_its_id():
    titles = {one.id: one.title for one in nlp_reports.indicators()}
    assert only(cell(1, TOTAL))["title"] == titles[TOTAL]
    assert only(cell(1, "indicator.of.later"))["title"] == "indicator.of.later"


@pytest.mark.parametrize("style", ["county", "blanks", "all 无", "inapplicable"])
@pytest.mark.parametrize("form", ["form-2014", "form-2019", "form-2021"])
def test_the_cells_of_a_form_are_its_indicators(tagger, form, style):
    report = next(one for one in authored.reports(3, style) if one.form == form)
    found = tagger(Member("a", flat.WRITERS["tabs"](report, Random(1)).encode()))
    rows = {
        (row["indicator"], row["applicant"]): row
        for row in relations.to_rows(to_json(found), "a")["indicators"]
    }
    seen = set()
    for true in report.cells:
        row = rows[true.indicator, true.column or ""]
        if true.value is not None:
            assert (row["value"], row["state"]) == (float(true.value), "value")
        elif row["source"] == "table":
            assert row["value"] is None
            assert row["state"] == ("no_number" if true.raw.strip() else "blank")
        seen.add(row["state"])
    assert seen == {"blanks": {"value", "blank"}, "inapplicable": {"value", "no_number"}}.get(
        style, {"value"}
    )


# --------------------------------------------------------------------------------------------------
# CSV and JSON Lines

DANGERS = (
    "=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\r\n=1", "＝1", "＋1", "－3", "＠x", "=", "-",
    "=\"a\",b\n", "+86;1",
)  # fmt: skip
HARMLESS = ("", "'", "a=1", "12", "一、=", "\"", "a,b", "a\nb", "a\r\nb", "\"\"\n,\"", " ", "\ufeff", "a\rb", "\0")  # fmt: skip
STARTS = tuple("=+-@\t\r＝＋－＠")


def rows_of(table, text, number):
    """Return a row of a table that holds a text wherever one may stand."""
    values = {
        "text": text,
        "bool": True,
        "int32": -3,
        "int64": -3,
        "double": number,
        "date": date(2019, 1, 2),
        "list<text>": [text, text],
        "list<double>": [0.5, 1.0],
        "list<list<text>>": [[text]],
        "list<struct<topic: text, segments: int32>>": [{"topic": text, "segments": 2}],
        "list<struct<code: text, message: text>>": [{"code": text, "message": text}],
    }
    return {column.name: values[column.type] for column in LISTED[table]}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The tables of an archive as CSV: a row for each text, which stands in every place for texts."""
    out = tmp_path_factory.mktemp("hostile")
    folder = storage(out)
    shards.prepare(folder)
    texts = (*DANGERS, *HARMLESS)
    rows = {table: [rows_of(table, text, -2.5) for text in texts] for table in tables.NAMES}
    shards.write(folder, "000001", rows, "")
    shards.write_whole(folder, "files", rows["files"])
    export(folder, "csv")
    found = {}
    for table in tables.NAMES:
        header, *written = cells(out, table)
        for text, row in zip(texts, written, strict=True):
            found.setdefault(text, []).append((table, dict(zip(header, row, strict=True))))
    return found


def cells(out, table):
    """Return the header and the rows of a table as CSV."""
    with (out / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        text = file.read()
    assert text.startswith("\ufeff")  # or spreadsheets take it for the system's encoding
    return list(csv.reader(StringIO(text[1:], newline=""), strict=True))


def kind_of(table, name):
    """Return the type of a column, which may also be one that stands beside every row."""
    kinds = {column.name: column.type for column in (*LISTED["reports"], *LISTED[table])}
    return kinds[name]


@pytest.mark.parametrize("text", DANGERS, ids=repr)
def test_no_cell_of_a_spreadsheet_begins_as_a_formula_does(hostile, text):
    for table, row in hostile[text]:
        for name, value in row.items():
            if kind_of(table, name) == "text":
                assert value == f"'{text}", (table, name)
            elif kind_of(table, name) == "list<text>":
                assert value == f"'{text};{text}", (table, name)
            if value.startswith(STARTS):
                assert value in ("-3", "-2.5"), (table, name)


@pytest.mark.parametrize("text", HARMLESS, ids=repr)
def test_other_texts_of_a_spreadsheet_are_as_they_are(hostile, text):
    for table, row in hostile[text]:
        for name, value in row.items():
            if kind_of(table, name) == "text":
                assert value == text, (table, name)


def test_numbers_of_a_spreadsheet_are_untouched_and_whole_ones_have_no_point(tmp_path):
    numbers = {-3.0: "-3", 0.0: "0", -2.5: "-2.5", 1234567.0: "1234567", 0.1: "0.1", 1e-7: "1e-07"}
    folder = storage(tmp_path)
    shards.prepare(folder)
    rows = {"reports": [], "statistics": [rows_of("statistics", "a", n) for n in numbers]}
    shards.write(folder, "000001", rows, "")
    export(folder, "csv")
    header, *found = cells(tmp_path, "statistics")
    assert [row[header.index("value")] for row in found] == list(numbers.values())
    assert {row[header.index("paragraph")] for row in found} == {"-3"}
    assert {row[header.index("implicit")] for row in found} == {"true"}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("table", tables.NAMES)
def test_an_exported_table_has_the_documented_columns_in_order(made, empty, table, kind):
    own = [column.name for column in LISTED[table]]
    expected = own if table in ALONE else [*BESIDE, *own]
    if kind == "csv":
        assert cells(made, table)[0] == expected
        assert cells(empty, table) == [expected]
        return
    for line in (made / "jsonl" / f"{table}.jsonl").read_text("utf-8").splitlines():
        assert list(json.loads(line)) == list(dict.fromkeys(expected))
    assert (empty / "jsonl" / f"{table}.jsonl").read_bytes() == b""


def beside(out):
    reports = nlp_reports.open_archive(out).table("reports").to_pylist()
    return {row["report_id"]: {name: row[name] for name in BESIDE} for row in reports}


@pytest.mark.parametrize("table", tables.NAMES)
def test_json_lines_have_the_values_of_parquet(made, table):
    around = {} if table in ALONE else beside(made)
    rows = nlp_reports.open_archive(made).table(table).to_pylist()
    expected = [{**around.get(row["report_id"], {}), **row} for row in rows]
    lines = (made / "jsonl" / f"{table}.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) == len(expected) > 0
    for own, other in zip(found, expected, strict=True):
        assert own == {k: v.isoformat() if isinstance(v, date) else v for k, v in other.items()}
        assert not any(isinstance(v, float) and v.is_integer() for v in own.values())


@pytest.mark.parametrize("table", tables.NAMES)
def test_a_spreadsheet_has_a_row_for_each_of_parquet(made, table):
    header, *found = cells(made, table)
    rows = nlp_reports.open_archive(made).table(table).to_pylist()
    assert len(found) == len(rows)
    kinds = {column.name: column.type for column in LISTED[table]}
    start = 0 if table in ALONE else len(BESIDE)
    for own, other in zip(found, rows, strict=True):
        for name, value in list(zip(header, own, strict=True))[start:]:
            if other[name] is None:
                assert value == ""
            elif kinds[name] == "text":
                assert value.removeprefix("'") == other[name].removeprefix("'")
            elif kinds[name] in ("int32", "int64", "double"):
                assert float(value) == other[name]
            elif kinds[name] == "date":
                assert value == other[name].isoformat()


def test_exports_are_written_as_a_whole_and_what_was_left_unfinished_is_swept(small, tmp_path):
    source, out = shutil.copytree(small / "source", tmp_path / "source"), tmp_path / "out"
    shutil.copytree(small / "out", out)
    assert len(cells(out, "reports")) == 4
    (source / "b.txt").unlink()
    left = [
        out / "csv" / ".draft-1-reports.csv",
        out / "jsonl" / ".draft-1-files.jsonl",
        out / "segments" / ".draft-1-000001.parquet",
        out / ".draft-1-archive.json",
    ]
    for draft in left:
        draft.write_bytes(b"cut")
    summary = run(source, out, exports=["csv", "jsonl"], prune=True)
    assert (summary.removed, summary.known) == (1, 2)
    assert sorted(row[1] for row in cells(out, "reports")[1:]) == ["a.txt", "深/c.txt"]
    for table in ("reports", "files", "segments"):
        assert len((out / "jsonl" / f"{table}.jsonl").read_text("utf-8").splitlines()) == 2
    assert [draft.name for draft in left if draft.exists()] == []


@contextmanager
def no_room(size):
    """Let no file of this process grow beyond some bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_that_the_disk_has_no_room_for_leaves_the_older_one(made, tmp_path, kind):
    out = tmp_path / "out"
    shutil.copytree(made, out)
    before = {path: path.read_bytes() for path in (out / kind).iterdir()}
    with no_room(4096), pytest.raises(OSError, match="too large"):
        export(storage(out), kind)
    assert {path: path.read_bytes() for path in (out / kind).iterdir()} == before


# --------------------------------------------------------------------------------------------------
# Metadata


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{region}/{year}/{issuer}.*", "北省/2019/某局.txt", ("某局", "北省", 2019)),
        ("{region}/{year}/{issuer}.*", "北省/2019年/某局.txt", ("某局", "北省", 2019)),
        ("{region}/{year}/{issuer}.*", "北省/2019年度/某局.html", ("某局", "北省", 2019)),
        ("{region}/{year}/{issuer}.*", "北省/2019年报/某局.txt", None),
        ("{region}/{year}/{issuer}.*", "北省/19/某局.txt", None),
        ("{region}/{year}/{issuer}.*", "北省/1819/某局.txt", None),
        ("{region}/{year}/{issuer}.*", "北省/20190/某局.txt", None),
        ("{region}/{year}/{issuer}.*", "2019/某局.txt", None),
        ("{region}/{year}/{issuer}.*", "北省/2019/某局", None),
        ("{region}", "北省/2019/一/二/三/四/五/六/七.txt", (None, "北省", None)),
        ("{region}", "a.txt", (None, "a.txt", None)),
        ("/{region}/", "北省/a.txt", (None, "北省", None)),
        ("*/{year}/*", "随便/2020/a.txt", (None, None, 2020)),
        ("*/{year}/*", "/2020/a.txt", (None, None, 2020)),
        ("{issuer}{year}*", "某局2019年度报告.txt", ("某局", None, 2019)),
        ("{year}{issuer}.txt", "2019年某局.txt", ("某局", None, 2019)),
        ("*_{issuer}_*.txt", "01_某局_年报.txt", ("某局", None, None)),
        ("a.b+(c)[d]^$|\\w/{year}", "a.b+(c)[d]^$|\\w/2019", (None, None, 2019)),
        ("a.b/{year}", "aXb/2019", None),
        ("{{issuer}}", "{某局}", ("某局", None, None)),
        ("{ issuer }{year}", "{ issuer }2019", (None, None, 2019)),
        ("{region}/*", "北\n省/a.txt", (None, "北\n省", None)),
        ("{region}/{year}", "", None),
        ("{region}/*", "../a.txt", None),
        ("{region}/*", "./a.txt", None),
    ],
)
def test_a_layout_takes_what_a_path_says(pattern, path, expected):
    names = ("issuer", "region", "year")
    said = {} if expected is None else {n: v for n, v in zip(names, expected, strict=True) if v}
    assert metadata.Layout(pattern).read(path) == said


@pytest.mark.parametrize(
    "pattern",
    ["", "*/*", "{issuer", "issuer}", "{}", "{town}", "{issuer}/{issuer}", "{Year}", "{year}/{}"],
)
def test_a_layout_that_names_nothing_known_or_one_twice_is_refused(pattern):
    with pytest.raises(SettingsError, match="a layout names"):
        metadata.Layout(pattern)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "path,issuer,region,year\nx/一.txt,某局,北省,2019年\n二.txt,,,\n"),
        (
            "a.csv",
            "\ufeffyear,path,other,issuer,region\n2019,.\\x\\一.txt,?, 某局 ,北省\n,二.txt\n",
        ),
        ("a.tsv", "path\tissuer\tregion\tyear\n./x/一.txt\t某局\t北省\t2019年度\n二.txt\n"),
        ("a.txt", "path\tissuer\tregion\tyear\r\nx/一.txt\t某局\t北省\t2019\r\n二.txt\r\n"),
        (
            "a.jsonl",
            '{"path": "x/一.txt", "issuer": "某局", "region": "北省", "year": 2019}\n'
            '{"path": "二.txt", "issuer": null, "year": ""}\n',
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_of_metadata_is_read_as_people_write_it(tmp_path, name, data, encoding):
    (tmp_path / name).write_bytes(data.encode(encoding))
    assert metadata.read_table(tmp_path / name) == {
        "x/一.txt": {"issuer": "某局", "region": "北省", "year": 2019},
        "二.txt": {},
    }


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        ("issuer\n某局\n", "'path' is missing", 2),
        ("path,year\na,2019\n,2018\n", "'path' is missing", 3),
        ("path\na\n./a\n", "'a' stands here a second time", 3),
        ("path,year\na,二〇一九\n", "'二〇一九' is no year", 2),
        ("path,year\na,12\nb,13\n", "'12' is no year .and 1 more broken row: line 3.", 2),
        ("path,year\na,2019,北省\n", "has 3 cells for 2 columns", 2),
        ("path,path\na,b\n", "two columns are called 'path'", 1),
    ],
)
def test_a_broken_table_of_metadata_is_refused_with_its_line(tmp_path, data, message, line):
    where = tmp_path / "said.csv"
    where.write_text(data, "utf-8")
    with pytest.raises(CorpusError, match=message) as caught:
        metadata.read_table(where)
    assert caught.value.where in (f"{where}:{line}", *([str(where)] if line == 1 else []))


def test_a_table_of_metadata_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="No such file"):
        metadata.read_table(tmp_path / "none.csv")


LAYOUT = metadata.Layout("{region}/{year}/{issuer}.*")


def test_the_table_wins_over_the_layout_field_by_field():
    said = {"北省/2019/某局.txt": {"issuer": "某某局"}}
    found = metadata.given(["北省/2019/某局.txt"], LAYOUT, said)
    assert (found.issuer, found.region, found.year) == ("某某局", "北省", 2019)
    assert found.by == {"issuer": "metadata", "region": "path", "year": "path"}


def test_of_several_paths_the_first_one_wins_and_the_table_over_all_layouts():
    paths = ["北省/2019/某局.txt", "南省/2018/另一局.txt"]
    assert metadata.given(paths, LAYOUT, {}).region == "北省"
    assert metadata.given(paths[::-1], LAYOUT, {}).region == "南省"
    found = metadata.given(paths, LAYOUT, {paths[1]: {"year": 2018}})
    assert (found.year, found.region) == (2018, "北省")


def test_where_nothing_is_said_nothing_is_given():
    assert metadata.given(["a"], None, {}) == metadata.NOTHING
    assert metadata.given(["a"], LAYOUT, {"b": {"year": 2019}}) == metadata.NOTHING
    assert metadata.given([], LAYOUT, {}) == metadata.NOTHING


GIVEN = metadata.Given(
    "某所", "北省", 2018, {"issuer": "metadata", "region": "path", "year": "path"}
)


def test_the_report_wins_and_what_it_leaves_open_is_filled():
    assert metadata.filled({"issuer": "某局", "year": None}, GIVEN) == {
        "issuer": "某局",
        "issuer_from": "report",
        "region": "北省",
        "region_from": "path",
        "year": 2018,
        "year_from": "path",
    }


def test_what_was_filled_before_is_filled_anew_and_what_the_report_said_stays():
    row = metadata.filled({"issuer": "某局", "year": None}, GIVEN)
    assert metadata.filled(row, GIVEN) == row
    assert metadata.filled(row, metadata.NOTHING) == {
        "issuer": "某局",
        "issuer_from": "report",
        **dict.fromkeys(("region", "region_from", "year", "year_from")),
    }


@pytest.mark.parametrize(
    ("issuer", "year", "codes"),
    [
        ("某局", 2019, ["metadata_issuer", "path_year"]),
        ("某所", 2018, []),
        ("某所人民政府", 2018, []),
        ("某 所", 2018, []),
        ("某局", 2018, ["metadata_issuer"]),
        ("某所", 2019, ["path_year"]),
        (None, None, []),
    ],
)
def test_what_the_report_and_the_metadata_say_differently_is_told(issuer, year, codes):
    report = {"issuer": issuer, "year": year}
    row = {**report, **metadata.filled(report, GIVEN)}
    found = dict(metadata.disagreements(row, GIVEN))
    assert list(found) == codes
    if "path_year" in found:
        assert found["path_year"] == "the report says 2019, its path says 2018"
    if "metadata_issuer" in found:
        assert found["metadata_issuer"] == "the report says 某局, the metadata say 某所"


def test_the_tables_say_who_says_what(made, truth):
    archive = nlp_reports.open_archive(made)
    rows = {row["path"]: row for row in archive.table("reports").to_pylist()}
    # Of three copies one has metadata, and one a region in its path that does not fit the layout.
    report = rows["a.txt"]
    assert (report["copies"], report["issuer"], report["issuer_from"]) == (3, "某局", "report")
    assert (report["year"], report["year_from"]) == (2016, "report")
    assert (report["region"], report["region_from"]) == (None, None)
    filled = rows["plain.txt"]
    assert [filled[f"{name}_from"] for name in ("issuer", "region", "year")] == ["metadata"] * 3
    fitting = rows["北省/2019/town-2015.txt"]
    assert (fitting["region"], fitting["region_from"]) == ("北省", "path")
    assert (fitting["year"], fitting["year_from"]) == (2015, "report")
    findings = {
        (row["report_id"], row["code"]): row["message"]
        for row in archive.table("findings").to_pylist()
    }
    assert findings[report["report_id"], "metadata_issuer"] == (
        "the report says 某局, the metadata say 另一局"
    )
    assert findings[report["report_id"], "metadata_year"] == (
        "the report says 2016, the metadata say 2015"
    )
    assert findings[fitting["report_id"], "path_year"] == (
        "the report says 2015, its path says 2019"
    )
    files = {row["path"]: row for row in archive.table("files").to_pylist()}
    assert (files["a.txt"]["issuer"], files["a.txt"]["year"]) == ("另一局", 2015)
    assert (files["b.txt"]["issuer"], files["北省/2019/town-2015.txt"]["year"]) == (None, 2019)


# --------------------------------------------------------------------------------------------------
# Places


def told(found):
    return sorted((one.path, one.error) for one in found)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "root"
    (root / "深" / "更深").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "深" / "更深" / "b.txt").write_text("b")
    return root


def test_a_folder_stands_for_its_files_and_those_of_all_folders_in_it(tree):
    assert told(places.in_folder(str(tree))) == [("a.txt", ""), ("深/更深/b.txt", "")]
    for one in places.in_folder(str(tree)):
        assert Path(one.place) == tree / one.path


def test_what_systems_leave_behind_and_archives_of_ours_are_passed_over(tree, empty):
    for name in ("Thumbs.db", ".DS_Store", "~$a.docx", "._a.txt", "desktop.ini"):
        (tree / name).write_text("x")
    shutil.copytree(empty, tree / "深" / "tables")
    (tree / "own" / "deeper").mkdir(parents=True)
    (tree / "own" / "deeper" / "c.txt").write_text("c")
    found = told(places.in_folder(str(tree), without=str(tree / "own")))
    assert found == [("a.txt", ""), ("深/更深/b.txt", "")]
    assert ("own/deeper/c.txt", "") in told(places.in_folder(str(tree)))


def test_a_link_is_followed_in_the_source_and_refused_where_it_leaves_it(tree, tmp_path):
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "other").mkdir()
    (tree / "in.txt").symlink_to(tree / "深" / "更深" / "b.txt")
    (tree / "folder").symlink_to(tree / "深")
    (tree / "out.txt").symlink_to(tmp_path / "secret.txt")
    (tree / "up").symlink_to(tmp_path)
    (tree / "beside").symlink_to("../other")
    (tree / "gone.txt").symlink_to(tree / "nothing")
    (tree / "round").symlink_to("round")
    os.mkfifo(tree / "pipe.txt")
    found = {one.path: one for one in places.in_folder(str(tree))}
    assert {path for path, one in found.items() if not one.error} == {
        "a.txt", "深/更深/b.txt", "in.txt",
    }  # fmt: skip
    assert found["in.txt"].place == str(tree / "深" / "更深" / "b.txt")
    for name in ("out.txt", "up", "beside"):
        assert (found[name].error, "leaves the source" in found[name].message) == ("NotAFile", True)
    assert found["gone.txt"].error == found["round"].error == "DocumentNotFound"
    assert found["pipe.txt"].message == "this is no regular file"


def test_a_source_that_is_a_link_itself_is_no_link_that_leaves(tree, tmp_path):
    (tmp_path / "link").symlink_to(tree)
    (tree / "in.txt").symlink_to(tree / "a.txt")
    assert [name for name, error in told(places.in_folder(str(tmp_path / "link"))) if not error] == [
        "a.txt", "in.txt", "深/更深/b.txt",
    ]  # fmt: skip


def test_a_link_to_a_folder_whose_name_only_begins_like_the_source_leaves_it(tree, tmp_path):
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "c.txt").write_text("c")
    (tree / "c.txt").symlink_to(tmp_path / "root-2" / "c.txt")
    assert ("c.txt", "NotAFile") in told(places.in_folder(str(tree)))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("年报.txt", "年报.txt"),
        (os.fsdecode("年报.txt".encode("gb18030")), "年报.txt"),
        (os.fsdecode(b"a\xff.txt"), "a\\xff.txt"),
        (os.fsdecode(b"\xc4\xea/\xff"), "\\xc4\\xea/\\xff"),
    ],
)
def test_a_name_is_shown_so_that_every_table_can_hold_it(name, shown):
    assert places.shown(name) == shown
    shown.encode()


def test_a_file_whose_name_is_in_gbk_is_found_by_its_own_name(tree):
    name = os.fsdecode("年报.txt".encode("gb18030"))
    (tree / name).write_text("c")
    (found,) = (one for one in places.in_folder(str(tree)) if one.path == "年报.txt")
    assert Path(found.place).read_text() == "c"


@pytest.mark.parametrize(
    "data",
    [
        "a.txt\n深/更深/b.txt\n",
        "\ufeffa.txt\r\n\r\n深/更深/b.txt",
        " a.txt \n深\na.txt\n",
    ],
)
def test_a_list_names_files_and_folders_from_its_own_place(tree, data):
    (tree / "list.txt").write_text(data, "utf-8", newline="")
    found = list(places.in_list(str(tree / "list.txt")))
    assert [one.path for one in found] == ["a.txt", "深/更深/b.txt"]
    assert [Path(one.place).read_text() for one in found] == ["a", "b"]


def test_a_list_may_be_in_gbk_and_name_what_is_not_there_and_whole_paths(tree):
    lines = [str(tree / "a.txt"), "没有.txt", "深"]
    (tree / "list.txt").write_text("\n".join(lines), "gb18030")
    found = list(places.in_list(str(tree / "list.txt")))
    assert [one.path for one in found] == [str(tree / "a.txt"), "没有.txt", "深/更深/b.txt"]
    assert [os.path.exists(one.place) for one in found] == [True, False, True]


def test_paths_of_a_list_that_begin_with_the_folder_itself_are_the_same_paths(tree, tmp_path):
    """As ``find . -name '*.txt' > list.txt`` writes them; a table of metadata takes them off too."""
    (tree / "list.txt").write_text("./a.txt\na.txt\n./深/更深/b.txt\n", "utf-8")
    found = [one.path for one in places.in_list(str(tree / "list.txt"))]
    assert found == ["a.txt", "深/更深/b.txt"]
    (tmp_path / "said.csv").write_text("path,region\n./a.txt,北省\n", "utf-8")
    assert set(metadata.read_table(tmp_path / "said.csv")) <= set(found)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no list of files: is empty"),
        (b"\n \n", "is no list of files: is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is no list of files"),
        ("某局年度报告\n一、总体情况".encode(), "its first line names none: '某局年度报告'"),
        (b"x" * 500, "its first line names none: '" + "x" * 59 + "…'"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path, data, message):
    (tmp_path / "list.txt").write_bytes(data)
    with pytest.raises(ArchiveError, match=re.escape(message)) as caught:
        list(places.in_list(str(tmp_path / "list.txt")))
    assert caught.value.where == str(tmp_path / "list.txt")


def test_named_paths_come_in_their_order_and_each_once(tree, monkeypatch):
    monkeypatch.chdir(tree)
    found = places.named([Path("深"), "a.txt", "深/更深/b.txt", "none", Path("a.txt")])
    assert [one.path for one in found] == ["深/更深/b.txt", "a.txt", "none"]


def test_the_files_of_a_run_are_no_reports_where_a_named_folder_holds_its_archive(tree):
    """The folder of the archive is made before the source is looked at."""
    run([tree], tree / "tables")
    paths = nlp_reports.open_archive(tree / "tables").table("files", ["path"]).column(0).to_pylist()
    assert paths == sorted(
        f"{places.shown(str(tree))}/{name}" for name in ("a.txt", "深/更深/b.txt")
    )


# --------------------------------------------------------------------------------------------------
# Folders of this machine and others


def somewhere(kind, root):
    """Return a path for fsspec: in a folder of this machine, or in the memory of this process."""
    return f"memory://{root.name}" if kind == "memory" else f"{kind}://{root}/there"


@pytest.fixture(autouse=True, scope="module")
def _forgotten():
    yield
    fsspec.filesystem("memory").store.clear()


@pytest.fixture(params=["local", "file", "memory"])
def folder(request, tmp_path):
    if request.param == "local":
        return storage(tmp_path / "a b")
    return storage(f"{somewhere(request.param, tmp_path)}/a b")


def test_a_folder_that_is_not_there_holds_nothing(folder):
    assert folder.names("") == folder.names("sub") == []
    folder.remove(["sub/none"])
    folder.sweep("sub")
    for read in (folder.read, folder.open):
        with pytest.raises(FileNotFoundError):
            read("sub/none")


def test_what_is_written_is_read_again_and_written_over_whole(folder):
    folder.write({"sub/二.bin": b"22", "sub/一.bin": b"1", "top.bin": b""})
    assert folder.names("sub") == ["一.bin", "二.bin"]
    assert [folder.read(name) for name in ("sub/一.bin", "sub/二.bin", "top.bin")] == [
        b"1",
        b"22",
        b"",
    ]
    folder.write({"sub/二.bin": b"2"})
    assert folder.read("sub/二.bin") == b"2"
    with folder.open("sub/二.bin") as file:
        assert (file.seek(0, 2), file.seek(0), file.read()) == (1, 0, b"2")
    folder.remove(["sub/一.bin", "sub/none"])
    assert folder.names("sub") == ["二.bin"]
    assert "top.bin" in folder.names("")


def test_names_that_begin_with_a_dot_are_not_shown(folder):
    folder.write({"sub/.hidden": b"1", "sub/shown": b"2"})
    assert folder.names("sub") == ["shown"]


def test_a_draft_is_put_in_its_place_when_all_went_well(folder):
    with folder.draft("sub/a") as file:
        file.write(b"1")
        assert folder.names("sub") == []
    assert (folder.names("sub"), folder.read("sub/a")) == (["a"], b"1")

    def broken_off():
        with folder.draft("sub/a") as file:
            file.write(b"22")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert (folder.names("sub"), folder.read("sub/a")) == (["a"], b"1")


def everything(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_nothing_is_there_of_files_that_the_disk_has_no_room_for(tmp_path):
    local = Local(str(tmp_path))
    local.write({"a/old": b"0"})
    with no_room(1000), pytest.raises(OSError, match="too large"):
        local.write({"a/old": b"1", "a/small": b"1", "b/large": b"2" * 2000, "b/last": b"3"})
    assert everything(tmp_path) == ["a/old"]
    assert local.read("a/old") == b"0"


def test_nothing_is_there_of_files_whose_folder_cannot_be_made(tmp_path):
    local = Local(str(tmp_path))
    (tmp_path / "b").write_text("a file in the place of a folder")
    with pytest.raises(OSError):  # noqa: PT011 (which one, systems differ)
        local.write({"a/first": b"1", "b/second": b"2"})
    assert everything(tmp_path) == ["b"]


def test_files_are_put_in_their_places_in_the_order_given(tmp_path):
    local = Local(str(tmp_path))
    (tmp_path / "b" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError):  # noqa: PT011 (which one, systems differ)
        local.write({"z": b"1", "b": b"2", "a": b"3"})
    assert everything(tmp_path) == ["z"]


def test_what_interrupted_writing_left_is_swept_and_nothing_else(tmp_path):
    local = Local(str(tmp_path))
    local.write({"a/.hidden": b"1", "a/kept": b"2"})
    (tmp_path / "a" / ".draft-1-kept").write_bytes(b"3")
    local.sweep("a")
    assert everything(tmp_path) == ["a/.hidden", "a/kept"]


class Noted:
    """A folder that notes in which order it is written to."""

    where = "noted"

    def __init__(self):
        self.written = []

    def write(self, files):
        self.written += files


def test_of_a_part_the_reports_are_put_in_their_place_last():
    noted = Noted()
    rows = {table: [rows_of(table, "a", 1.0)] for table in tables.NAMES}
    shards.write(noted, "000001", rows, "")
    assert noted.written[-1] == "reports/000001.parquet"
    assert sorted(noted.written) == sorted(
        f"{t}/000001.parquet" for t in tables.NAMES if t != "files"
    )
    noted.written.clear()
    shards.write(noted, "000002", {"failures": rows["failures"]}, "")
    assert noted.written == ["failures/000002.parquet", "reports/000002.parquet"]


def test_a_part_that_the_disk_has_no_room_for_ends_the_run_and_leaves_nothing(tmp_path):
    with tagging(tmp_path / "out", {"a": record("a", ["一句话。"])}) as (job, items):
        before = everything(tmp_path)
        with no_room(500):
            done = work.tag(job, "000001", items)
        assert everything(tmp_path) == before
    assert done.tagged == 0
    assert done.fatal.endswith("cannot be written: File too large")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with the reports ``source`` and their archive ``out``."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "source" / "深").mkdir(parents=True)
    for n, name in enumerate(("a.txt", "b.txt", "深/c.txt")):
        (folder / "source" / name).write_text(report_text(2016 + n, n), "utf-8")
    run(folder / "source", folder / "out", exports=["csv", "jsonl"])
    return folder


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_an_archive_elsewhere_has_the_same_tables(kind, tmp_path, small):
    """Source and archive are reached through fsspec, in this process; the second run goes on from the first."""
    where = somewhere(kind, tmp_path)
    system, root = fsspec.core.url_to_fs(where)
    system.put(str(small / "source"), f"{root}/source", recursive=True)
    for known in (0, 3):
        summary = run(f"{where}/source", f"{where}/out", exports=["csv", "jsonl"])
        assert (summary.tagged, summary.known, summary.failed) == (3 - known, known, 0)
    here, there = (nlp_reports.open_archive(one) for one in (small / "out", f"{where}/out"))
    connection = there.connect()
    for table in here.tables:
        found = here.table(table)
        assert there.table(table).to_pylist() == found.to_pylist()
        assert connection.sql(f"select count(*) from {table}").fetchall() == [(found.num_rows,)]
        for export_ in (f"csv/{table}.csv", f"jsonl/{table}.jsonl"):
            assert (
                system.cat_file(f"{root}/out/{export_}") == (small / "out" / export_).read_bytes()
            )
    place = where.removeprefix("file://")  # which leads to a path of this machine
    assert repr(there) == f"Archive('{place}/out')"


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_an_archive_in_a_folder_elsewhere_is_no_part_of_the_source(kind, tmp_path):
    where = somewhere(kind, tmp_path)
    system, root = fsspec.core.url_to_fs(where)
    system.makedirs(root)
    system.pipe_file(f"{root}/a.txt", report_text(2016, 5).encode())
    for _ in range(2):
        summary = run(where, f"{where}/tables")
        assert summary.files == 1


def test_a_link_that_leaves_a_source_is_not_followed_where_the_source_is_a_url(tree, tmp_path):
    (tmp_path / "secret.txt").write_text(report_text(2016, 5), "utf-8")
    (tree / "out.txt").symlink_to(tmp_path / "secret.txt")
    (tree / "up").symlink_to(tmp_path)
    run(f"file://{tree}", tmp_path / "tables")
    rows = nlp_reports.open_archive(tmp_path / "tables").table("files").to_pylist()
    tagged = {row["path"] for row in rows if row["status"] == "tagged"}
    assert tagged == {"a.txt", "深/更深/b.txt"}


# --------------------------------------------------------------------------------------------------
# An archive, opened


def test_an_archive_has_its_tables_and_frames_with_the_columns_asked_for(made):
    archive = nlp_reports.open_archive(made)
    assert archive.about["complete"] is True
    assert archive.about["summary"]["reports"] == archive.table("reports").num_rows
    assert archive.table("reports", ["year", "path"]).column_names == ["year", "path"]
    frame = archive.frame("indicators", ("report_id", "value"))
    assert list(frame.columns) == ["report_id", "value"]
    assert len(frame) == archive.table("indicators").num_rows
    assert repr(archive) == f"Archive({str(made)!r})"


def test_a_table_may_be_asked_for_without_any_column(made):
    assert nlp_reports.open_archive(made).table("files", []).num_columns == 0


def test_an_unknown_table_or_column_is_refused_with_those_there_are(made):
    archive = nlp_reports.open_archive(made)
    for ask in (archive.table, archive.frame):
        with pytest.raises(
            SettingsError, match="there is no table 'report'; there are files, reports,"
        ):
            ask("report")
        with pytest.raises(
            SettingsError, match="tables has no column 'row'; it has report_id, table,"
        ):
            ask("tables", ["report_id", "row"])


def test_an_open_connection_has_a_view_for_each_table_and_one_for_topics(made):
    archive = nlp_reports.open_archive(made)
    connection = archive.connect()
    views = {
        name
        for (name,) in connection.sql(
            "select view_name from duckdb_views() where not internal"
        ).fetchall()
    }
    assert views == {*tables.NAMES, "topics"}
    for table in tables.NAMES:
        count = connection.sql(f"select count(*) from {table}").fetchall()
        assert count == [(archive.table(table).num_rows,)]
    segments = archive.table("segments").to_pylist()
    pairs = [
        (row["report_id"], row["paragraph"], row["segment"], topic, probability, row["text"])
        for row in segments
        for topic, probability in zip(row["topics"], row["probabilities"], strict=True)
    ]
    assert sorted(connection.sql("from topics").fetchall()) == sorted(pairs)
    assert pairs


def test_an_archive_without_any_report_can_be_asked_everything(empty, failed):
    for out in (empty, failed):
        archive = nlp_reports.open_archive(out)
        assert list(archive.reports()) == []
        connection = archive.connect()
        for table in (*tables.NAMES, "topics"):
            connection.sql(f"from {table}").fetchall()
        assert len(archive.frame("reports")) == 0


def test_an_archive_whose_first_run_still_looks_at_the_source_is_empty(tmp_path):
    """As a run leaves it that is broken off before anything was tagged."""
    about.write(storage(tmp_path), shards.describe({}), "source")
    archive = nlp_reports.open_archive(tmp_path)
    assert archive.about["complete"] is False
    assert archive.table("reports").num_rows == 0
    assert list(archive.reports()) == []
    assert archive.connect().sql("select count(*) from reports").fetchall() == [(0,)]


@pytest.mark.parametrize("name", ["it's", 'a "b"', "a [1] b", "a*b", "a?b", "年 报", "%20"])
def test_the_name_of_an_archive_may_hold_anything(tmp_path, name):
    archive = stored(tmp_path / name, [record("a", ["一句话。"], issuer="某局")])
    assert archive.connect().sql("select issuer from reports").fetchall() == [("某局",)]
    assert archive.frame("reports")["issuer"].tolist() == ["某局"]


def test_a_part_without_reports_is_not_read(tmp_path):
    out = tmp_path / "out"
    before = stored(out, [record("a", ["一句话。"])])
    shutil.copy(out / "segments" / "000001.parquet", out / "segments" / "000099.parquet")
    (out / "segments" / "000098.parquet").write_bytes(b"PAR1 cut")
    archive = nlp_reports.open_archive(out)
    assert archive.table("segments").num_rows == before.table("segments").num_rows == 1
    assert archive.connect().sql("select count(*) from segments").fetchall() == [(1,)]
    assert len(list(archive.reports())) == 1


def test_of_two_editions_of_a_part_the_later_one_is_read(tmp_path):
    """A part is written anew when reports are taken out of it: a run may be broken off in between."""
    out = tmp_path / "out"
    stored(out, [record("a", ["一句话。"]), record("b", ["另一句。"])])
    (shard,) = (shards.inspect(storage(out), name) for name in shards.listed(storage(out)))

    class Broken(Local):
        def remove(self, names):
            """The run is ended before anything is removed."""

    shards.keep(Broken(str(out)), shard, ["id of a"])
    archive = nlp_reports.open_archive(out)
    assert len(list((out / "reports").glob("0*.parquet"))) == 2
    assert shards.listed(storage(out)) == ["000001_2"]
    assert archive.table("reports").column("path").to_pylist() == ["a"]
    assert archive.table("segments").num_rows == 1
    assert archive.connect().sql("select count(*) from paragraphs").fetchall() == [(1,)]
    assert len(list(archive.reports())) == 1
    shards.prepare(storage(out))
    assert [path.name for path in sorted((out / "segments").glob("0*"))] == ["000001_2.parquet"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "is no archive: it has no archive.json"),
        (b"", "archive.json cannot be read"),
        (b"{", "archive.json cannot be read"),
        (b"[]", "archive.json cannot be read"),
        (b"{}", "archive.json cannot be read"),
        (b"\xff\xfe", "archive.json cannot be read"),
        (b"[" * 200_000, "archive.json cannot be read"),
        (b'{"format": 2}', "format 2; this version knows format 1"),
        (b'{"format": "1"}', "format '1'; this version knows format 1"),
        (b'{"format": null}', "format None; this version knows format 1"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_archive_is_refused(tmp_path, data, message):
    if data is not None:
        (tmp_path / "archive.json").write_bytes(data)
    with pytest.raises(ArchiveError, match=re.escape(message)) as caught:
        nlp_reports.open_archive(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_place_where_nothing_is_or_a_file_is_no_archive(tmp_path):
    (tmp_path / "file").write_text("x")
    for name in ("none", "file"):
        with pytest.raises(ArchiveError):
            nlp_reports.open_archive(tmp_path / name)


def test_a_damaged_file_of_an_archive_is_named(tmp_path):
    archive = stored(tmp_path / "out", [record("a", ["一句话。"])])
    damaged = tmp_path / "out" / "segments" / "000001.parquet"
    damaged.write_bytes(damaged.read_bytes()[:100])
    for ask in (lambda: archive.table("segments"), lambda: archive.report("id of a")):
        with pytest.raises(ArchiveError, match="is damaged") as caught:
            ask()
        assert caught.value.where == str(damaged)
    assert archive.table("paragraphs").num_rows == 1


@pytest.mark.parametrize(
    ("package", "extra", "ask"),
    [
        ("pandas", "pandas", lambda archive: archive.frame("reports")),
        ("duckdb", "duckdb", lambda archive: archive.connect()),
        ("fsspec", "remote", lambda archive: nlp_reports.open_archive("memory://none")),
        ("s3fs", "remote", lambda archive: nlp_reports.open_archive("s3://bucket/none")),
    ],
)
def test_a_package_that_is_not_installed_is_asked_for_by_its_extra(
    made, monkeypatch, package, extra, ask
):
    archive = nlp_reports.open_archive(made)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=rf"install nlp-reports\[{extra}\]"):
        ask(archive)
    assert archive.table("reports").num_rows


def test_a_protocol_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="nosuch://a cannot be reached"):
        nlp_reports.open_archive("nosuch://a")


# --------------------------------------------------------------------------------------------------
# The worked queries, on an archive that can be counted by hand

LONG = "我局将政府信息公开工作纳入年度目标考核，由办公室牵头，各科室分工负责。"  # 34 characters
PROBLEMS = {"problems": 0.9}


def requests(new, refused):
    return [
        cell(new, "requests.new", column="total"),
        cell(new, "requests.new", column="natural_person"),
        summed(refused, "requests.outcome.refused", column="total")
        if refused is not None
        else cell(None, "requests.outcome.refused", column="total"),
    ]


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """Six reports in the folder ``tables``, in the folder that is returned."""
    folder = tmp_path_factory.mktemp("counted")
    missing = {"code": "missing_cells", "message": "3 of 12 cells not found"}
    other = {"code": "replaced_characters", "message": "x"}
    stored(
        folder / "tables",
        [
            record(
                "a19", [(LONG, {"organization": 0.8}), ("信息公开内容不足。", PROBLEMS)],
                requests(10, 2), issuer="甲县人民政府", year=2019,
            ),
            record(
                "b19", [(LONG, {"organization": 0.7}), (LONG, {}), ("短句。", {"training": 0.6})],
                requests(30, None), issuer="乙市", year=2019, warnings=[missing, other],
            ),
            record(
                "a20",
                [
                    (LONG, {"organization": 0.8, "supervision": 0.6}),
                    ("公开内容更新不足。", PROBLEMS), ("短句。", {"organization": 0.6}),
                ],
                requests(20, 0), issuer="甲县人民政府", year=2020,
            ),
            record("c20", [("短句。", PROBLEMS)], [prose(5, TOTAL), prose(7, TOTAL)], issuer="丙镇人民政府", year=2020),
            record("d20", [(LONG, {})], requests(12, 3), issuer="丁局", year=2020),
            record("x", [(LONG, PROBLEMS)], issuer=None, year=None),
        ],
    )  # fmt: skip
    found = [("id of a20", "metadata_year", "the report says 2020, the metadata say 2021")]
    names = ("report_id", "code", "message")
    rows = [{"finding": 0, **dict(zip(names, one, strict=True))} for one in found]
    shards.write_whole(storage(folder / "tables"), "findings", rows)
    return folder


def blocks(language):
    """Return the blocks of the documentation in a language, each with the words before it."""
    text = (ROOT / "docs" / "archive.md").read_text("utf-8")
    found = re.findall(rf"([^\n]+)\n\n```{language}\n(.*?)```", text, re.DOTALL)
    assert len(found) == text.count(f"```{language}\n")
    return found


ANSWERS = {
    "A folder a table": [(2019, 2), (2020, 3), (None, 1)],
    "Topics by year": [
        (2019, "organization", 1.0),
        (2019, "problems", 0.5),
        (2019, "training", 0.5),
        (2020, "problems", 2 / 3),
        (2020, "organization", 1 / 3),
        (2020, "supervision", 1 / 3),
    ],
    "Applications, refusals": [(2019, 1, 10, 2, 0.2), (2020, 2, 32, 3, 0.0938)],
    "Issuers whose text repeats": [("甲县人民政府", 1, 2)],
    "Reports that do not hold together": [
        (
            "a20",
            "甲县人民政府",
            2020,
            "metadata_year",
            "the report says 2020, the metadata say 2021",
        ),
        ("b19", "乙市", 2019, "missing_cells", "3 of 12 cells not found"),
        ("c20", "丙镇人民政府", 2020, "conflict", "主动公开政府信息数: 5.0"),
    ],
}


@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=list(ANSWERS))
def test_a_query_of_the_documentation_gives_what_can_be_counted_by_hand(
    counted, monkeypatch, number
):
    words_before, query = blocks("sql")[number]
    begins, expected = list(ANSWERS.items())[number]
    assert words_before.startswith(begins) or number == 0
    monkeypatch.chdir(counted)
    archive = nlp_reports.open_archive("tables")
    assert archive.connect().sql(query).fetchall() == expected


def test_every_query_of_the_documentation_is_tried():
    assert len(blocks("sql")) == len(ANSWERS)


def test_the_programs_of_the_documentation_run(counted, monkeypatch, capsys):
    monkeypatch.chdir(counted)
    names = {"nlp_reports": nlp_reports, "report_id": "id of a19"}
    found = [program for _, program in blocks("python")]
    assert len(found) == 3
    for program in found:
        exec(compile(program, "docs/archive.md", "exec"), names)
    assert len(names["frame"]) == 13
    assert names["report"].issuer == "甲县人民政府"
    said = dict(line.split(" ", 1) for line in capsys.readouterr().out.splitlines())
    assert set(said) == {"county", "township"}
    county = dict(eval(said["county"], {}))
    assert {word: county[word] for word in ("信息公开", "内容", "不足", "更新")} == {
        "信息公开": 1, "内容": 2, "不足": 2, "更新": 1,
    }  # fmt: skip
    assert "短句" in said["township"]
