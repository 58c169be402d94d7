"""The command line as a user meets it, in a process of its own."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import nlp_reports
from nlp_reports.display import columns

GOOD = ROOT / "examples" / "bureau-2011.txt"
OTHER = ROOT / "examples" / "town-2015.txt"


def run(*arguments, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "nlp_reports", *map(str, arguments)],
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


def out(result):
    assert result.stderr == b"", result.stderr.decode()
    assert result.returncode == 0
    return result.stdout.decode("utf-8")


def test_one_path_prints_one_object_and_several_an_array():
    one = json.loads(out(run("tag", GOOD, "--format", "json")))
    several = json.loads(out(run("tag", GOOD, OTHER, "--format", "json")))
    assert one == several[0]
    assert [r["source"]["path"] for r in several] == [str(GOOD), str(OTHER)]


def test_jsonl_prints_one_object_a_line():
    lines = out(run("tag", GOOD, OTHER, "--format", "jsonl")).splitlines()
    assert [json.loads(line)["year"] for line in lines] == [2011, 2015]


def test_csv_prints_one_row_a_segment():
    rows = list(csv.DictReader(io.StringIO(out(run("tag", GOOD, "--format", "csv")))))
    record = json.loads(out(run("tag", GOOD, "--format", "json")))
    assert len(rows) == sum(len(p["segments"]) for p in record["paragraphs"])
    for row in rows:
        text = record["paragraphs"][int(row["paragraph"])]["text"]
        assert row["text"] == text[int(row["start"]) : int(row["end"])]


def test_the_table_fits_eighty_columns_and_names_what_matters():
    table = out(run("tag", GOOD))
    assert max(map(columns, table.splitlines())) <= 80
    for word in ("黎汀县物价局", "存在问题", "改进措施", "公开渠道", "统计期限", "官方指标"):
        assert word in table


def test_two_workers_print_what_one_prints():
    assert out(run("tag", GOOD, OTHER, GOOD, "--jobs", 2, "--format", "jsonl")) == out(
        run("tag", GOOD, OTHER, GOOD, "--format", "jsonl")
    )


def test_the_same_input_gives_the_same_output_whatever_the_hash_seed():
    first, second = (
        out(run("tag", GOOD, "--format", "json", PYTHONHASHSEED=seed)) for seed in ("1", "2")
    )
    assert first == second


@pytest.fixture
def bad(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.bin").write_bytes(bytes(range(256)) * 40)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    return tmp_path


def test_bad_input_is_one_line_each_and_the_others_are_done(bad):
    names = ("missing.txt", "folder", "empty.txt", "binary.bin", "huge.txt")
    result = run("tag", *(bad / name for name in names), GOOD, "--format", "jsonl")
    assert result.returncode == 1
    complaints = result.stderr.decode().splitlines()
    assert len(complaints) == len(names)
    for name, complaint in zip(names, complaints, strict=True):
        assert complaint.startswith(f"nlp-reports: {bad / name}: ")
    assert [json.loads(line)["year"] for line in result.stdout.splitlines()] == [2011]
    assert "no such file" in complaints[0]
    assert "folder" in complaints[1]
    assert "empty" in complaints[2]
    assert "no text" in complaints[3]
    assert "max_bytes" in complaints[4]


def test_a_single_bad_path_prints_no_data(bad):
    result = run("tag", bad / "empty.txt", "--format", "json")
    assert (result.returncode, result.stdout) == (1, b"")


def test_a_text_that_is_no_report_is_tagged_with_a_warning(tmp_path):
    (tmp_path / "recipe.txt").write_text(
        "红烧肉的做法\n先将五花肉切块焯水。再加糖炒色。\n", "utf-8"
    )
    record = json.loads(out(run("tag", tmp_path / "recipe.txt", "--format", "json")))
    assert [w["code"] for w in record["warnings"]] == ["not_a_report"]
    assert record["paragraphs"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("tag",),
        ("frobnicate",),
        ("tag", GOOD, "--format", "xml"),
        ("tag", GOOD, "--jobs", "0"),
        ("tag", GOOD, "--threshold", "2"),
        ("tag", GOOD, "--model", "/nowhere"),
    ],
)
def test_wrong_use_exits_with_two_and_says_why(arguments):
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stderr
    assert result.stdout == b""


def test_help_and_version_go_to_standard_output():
    assert "usage: nlp-reports" in out(run("--help"))
    assert "--format" in out(run("tag", "--help"))
    assert out(run("--version")) == f"nlp-reports {nlp_reports.__version__}\n"


def test_a_reader_that_leaves_early_is_no_error():
    command = f"'{sys.executable}' -m nlp_reports tag '{GOOD}' '{OTHER}' --format json | head -n 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert result.stderr == b""


@pytest.mark.parametrize("target", ["&-", "/dev/full"])
def test_output_that_cannot_be_written_is_one_line(target):
    command = f"'{sys.executable}' -m nlp_reports tag '{GOOD}' >{target}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert result.returncode == 1
    assert result.stderr.decode().startswith("nlp-reports: cannot write")
    assert result.stderr.count(b"\n") == 1


def test_output_is_utf8_in_any_locale():
    assert "黎汀县物价局" in out(run("tag", GOOD, LC_ALL="C", PYTHONUTF8="0"))


@pytest.mark.skipif(
    os.environ.get("NLP_REPORTS_INSTALLED") is None, reason="scripts/test installs the package"
)
def test_it_is_the_installed_package_that_is_tested(tmp_path):
    code = "import nlp_reports; print(nlp_reports.__file__)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=tmp_path, check=True
    )
    assert "site-packages" in Path(result.stdout.decode().strip()).parts
    assert "site-packages" in Path(nlp_reports.__file__).parts


def test_an_archive_is_tagged_file_by_file_and_a_pipe_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "reports.zip", "w") as archive:
        archive.write(ROOT / "examples" / "bureau-2011.txt", "a/bureau.txt")
        archive.writestr("cut.pdf", b"%PDF-1.7\n1 0 obj\n")
    os.mkfifo(tmp_path / "pipe")
    result = run("tag", "--format", "json", tmp_path / "reports.zip", tmp_path / "pipe")
    assert result.returncode == 1
    records = json.loads(result.stdout)
    assert [Path(record["source"]["path"]).name for record in records] == ["bureau.txt"]
    complaints = result.stderr.decode().splitlines()
    assert ["reports.zip/cut.pdf" in complaints[0], "no regular file" in complaints[1]] == [
        True
    ] * 2
