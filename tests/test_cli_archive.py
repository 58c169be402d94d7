"""``nlp-reports archive`` as a user meets it.

Where it does not matter that it is a process of its own, the command runs in this one, with a service that
needs no model.
"""

import csv
import fcntl
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from hostile_service import bad, end, fill, group, quicken, report, rows, tree

import nlp_reports
from nlp_reports.batch import tables
from nlp_reports.cli import main
from nlp_reports.display import columns

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="terminals and signals as Linux has them"
)

FEW = {f"{n}/局.txt": report(number=n) for n in range(3)}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but for line breaks and tabs


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    quicken(monkeypatch)


@pytest.fixture
def archive(tmp_path, capsys):
    """A function that archives files and gives status, standard output and standard error."""

    def run(files, *options):
        fill(tmp_path / "source", files)
        status = called(tmp_path / "source", "--out", tmp_path / "out", *options)
        return status, *capsys.readouterr()

    return run


def called(*arguments):
    """Run the command in this process and return its status."""
    fixed = ["--jobs", "1", "--no-isolation"]
    try:
        return main(["archive", *map(str, arguments), *fixed])
    except SystemExit as stop:
        return stop.code


# What it prints


def test_standard_output_holds_the_summary_and_nothing_else_is_said(archive, tmp_path):
    status, out, err = archive(FEW)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert re.match(r"── this run [\d.]+ s ─", lines[0]), lines[0]
    assert [line for line in lines if line.startswith("files ") and " 3 " in line]
    assert [line for line in lines if line.startswith("tagged ") and " 3 " in line]
    assert "3 reports" in out
    assert max(map(columns, lines)) <= 80
    assert len(rows(tmp_path / "out")["reports"]) == 3


def test_the_summary_is_json_if_asked(archive, tmp_path):
    status, out, err = archive(FEW, "--format", "json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert (said["files"], said["tagged"], said["reports"]) == (3, 3, 3)
    assert said["out"] == str(tmp_path / "out")
    assert set(said) == set(nlp_reports.Summary("").to_json())


def test_failed_files_are_named_with_their_reason_and_the_status_is_1(archive):
    status, out, err = archive({**FEW, "坏.txt": bad(), "空.txt": ""})
    assert status == 1
    assert "failed" in out
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("nlp-reports: 坏.txt: unexpected ValueError: 谁也没料到")
    assert lines[1] == "nlp-reports: 空.txt: the document is empty"


def test_of_many_failures_twenty_are_named(archive, tmp_path):
    status, _, err = archive({f"{n:02}.txt": bad() + f"{n}\n" for n in range(25)})
    assert status == 1
    lines = err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "nlp-reports: more files failed; the table failures names them all"
    assert len(rows(tmp_path / "out")["failures"]) == 25


def test_names_do_not_move_the_cursor(archive):
    status, out, err = archive({"\x1b[2Jred\n\r.txt": bad(), "\u202eright.txt": ""})
    assert status == 1
    assert not CONTROL.search(out + err)
    assert "\u202e" not in err
    assert len(err.splitlines()) == 2
    assert r"\x1b[2Jred\n\r.txt" in err


def test_a_name_that_is_no_utf_8_can_be_printed(archive, tmp_path):
    (tmp_path / "source").mkdir()
    name = os.path.join(os.fsencode(tmp_path / "source"), b"\xff\xfe.txt")
    Path(os.fsdecode(name)).write_text(bad(), "utf-8")
    status, _, err = archive({})
    assert status == 1
    assert err.startswith(r"nlp-reports: \xff\xfe.txt: ")


def test_notes_go_to_standard_error(archive, tmp_path):
    archive({**FEW, "坏.txt": bad()})
    (tmp_path / "source" / "0" / "局.txt").unlink()
    status, out, err = archive({})
    assert status == 1  # of the files of the source, one has failed
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("nlp-reports: 1 report")
    assert "prune" in lines[0]
    assert "retry" in lines[1]
    assert [line for line in out.splitlines() if line.startswith("gone ")]


# Options


def test_exports_are_written_where_the_tables_are(archive, tmp_path):
    status, _, _ = archive(
        {**FEW, "坏.txt": bad(), "=cmd.txt": report(number=9)}, "--csv", "--jsonl"
    )
    assert status == 1
    for name in tables.NAMES:
        data = (tmp_path / "out" / "csv" / f"{name}.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        listed = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        lines = (tmp_path / "out" / "jsonl" / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert len(listed) == len(lines) == len(rows(tmp_path / "out")[name])
        assert not listed or list(listed[0]) == list(json.loads(lines[0]))
    text = (tmp_path / "out" / "csv" / "files.csv").read_text("utf-8-sig")
    assert "\n'=cmd.txt," in text
    assert not re.search(r"(^|,)[=+@]", text, re.MULTILINE)


def test_the_options_of_the_library_are_there(archive, tmp_path):
    fill(tmp_path, {"said.csv": "path,region\n0/局.txt,甲区\n"})
    files = {**FEW, "2/局.txt": report(number=2) * 40, "坏.txt": bad("once", tmp_path / "flag")}
    first = ("--threshold", "0.7", "--max-bytes", "3000", "--metadata", tmp_path / "said.csv")
    status, _, err = archive(files, *first, "--layout", "{year}/{issuer}.txt", "--timeout", "60")
    found = {row["path"]: row for row in rows(tmp_path / "out")["reports"]}
    assert status == 1
    assert "2/局.txt: more than the 3,000 bytes" in err
    assert found.keys() == {"0/局.txt", "1/局.txt"}
    assert found["0/局.txt"]["region"] == "甲区"
    assert rows(tmp_path / "out")["segments"][0]["probabilities"] == [0.7]
    (tmp_path / "source" / "1" / "局.txt").unlink()
    status, out, _ = archive({}, *first, "--retry", "--prune", "--format", "json")
    said = json.loads(out)
    assert (said["tagged"], said["removed"], said["reports"]) == (1, 1, 2)
    assert status == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--jobs", "0"], "--jobs: must be a whole number of at least 1, not '0'"),
        (["--timeout", "0"], "--timeout: must be a number of seconds above 0, not '0'"),
        (["--stall", "nan"], "--stall: must be a number of seconds above 0, not 'nan'"),
        (["--memory", "8"], "memory must be "),
        (["--threshold", "2"], "--threshold: must be a number between 0 and 1"),
        (["--max-bytes", "-1"], "--max-bytes: must be a whole number of at least 1"),
        (["--format", "xml"], "--format: invalid choice: 'xml'"),
        (["--backend", "spark"], "--backend: invalid choice: 'spark'"),
        (["--address", "tcp://127.0.0.1:1"], "loky works on this machine and takes no address"),
        (["--layout", "{colour}/x"], "a layout names {issuer}, {region} or {year}"),
        (["--metadata", "/nowhere.csv"], "/nowhere.csv"),
        (["--model", "/nowhere"], "/nowhere"),
        (["--out", ""], "--out: a path may not be empty"),
    ],
)
def test_wrong_options_are_named_with_status_2_and_nothing_is_made(
    options, message, archive, tmp_path
):
    status, out, err = archive(FEW, *options)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists() or not (tmp_path / "out" / "archive.json").exists()


def test_the_place_must_be_named(tmp_path, capsys):
    assert called(tmp_path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "--out" in err


@pytest.mark.parametrize(
    ("source", "out", "message"),
    [
        ("nothing", "out", "nothing: there is no such file or folder"),
        ("source/0/局.txt", "out", "its first line names none"),
        ("source", "foreign", "foreign: holds something else than an archive; name a new folder"),
        ("source", "foreign/file", "foreign/file: is a file; an archive is a folder"),
        ("source", "foreign/file/out", "foreign/file/out: cannot be written: Not a directory"),
        ("source", "later", "later: format 99; this version knows format 1"),
    ],
)
def test_wrong_places_are_named_with_status_2(source, out, message, tmp_path, capsys):
    fill(tmp_path / "source", FEW)
    fill(tmp_path, {"foreign/file": "某物", "later/archive.json": '{"format": 99}'})
    before = tree(tmp_path / "foreign"), tree(tmp_path / "later")
    assert called(tmp_path / source, "--out", tmp_path / out) == 2
    printed, err = capsys.readouterr()
    assert printed == ""
    assert err.startswith("nlp-reports: ")
    assert message in err
    assert len(err.splitlines()) == 1
    assert (tree(tmp_path / "foreign"), tree(tmp_path / "later")) == before


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from nlp_reports.cli import main\n"
        "try: main(['archive', '--help'])\n"
        "except SystemExit as stop: assert not stop.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    result = python("-c", code)
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.splitlines()[-1].split())
    heavy = {"numpy", "pyarrow", "joblib", "tqdm", "sklearn", "pandas", "lxml", "rjieba", "jieba"}
    assert loaded & (heavy | {"multiprocessing", "subprocess"}) == set()
    for option in ("--out", "--timeout", "--memory", "--retry", "--prune", "--csv", "exit status"):
        assert option in result.stdout


# Terminals and pipes


@pytest.fixture
def environment(tmp_path):
    """What a fresh interpreter needs to find what this one finds, but for pandas, which takes long."""
    fill(tmp_path, {"blind/pandas.py": "raise ImportError\n"})
    path = os.pathsep.join([str(tmp_path / "blind"), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )


def test_the_command_is_quiet_in_a_pipe(tmp_path, environment):
    fill(tmp_path / "source", {**FEW, "坏.pdf": b"%PDF-1.4 nothing", "空.txt": ""})
    command = ("-m", "nlp_reports", "archive", tmp_path / "source", "--out", tmp_path / "out")
    result = python(*command, "--jobs", 1, "--format", "json", env=environment)
    assert result.returncode == 1
    said = json.loads(result.stdout)
    assert (said["tagged"], said["failed"]) == (3, 2)
    assert said["topics"]
    lines = result.stderr.splitlines()
    assert [line.partition(".")[0] for line in lines] == ["nlp-reports: 坏", "nlp-reports: 空"]
    assert not CONTROL.search(result.stdout + result.stderr)


def test_a_terminal_shows_how_far_it_is(archive, monkeypatch):
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with os.fdopen(slave, "w", encoding="utf-8") as terminal, os.fdopen(master, "rb") as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        status, out, _ = archive({**FEW, "坏.txt": bad()})
        terminal.flush()
        os.set_blocking(screen.fileno(), False)
        shown = screen.read(100_000).decode("utf-8")
    assert status == 1
    assert "\r" not in out
    assert re.search(r"look: 100%.* 4/4 \[", shown)
    assert re.search(r"tag: 100%.* 4/4 \[.*file/s, failed=1\]", shown)
    assert "nlp-reports: 坏.txt: unexpected ValueError" in shown


def test_a_reader_who_has_seen_enough_costs_no_traceback(archive, monkeypatch, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        status, _, err = archive(FEW)
    assert status == 1
    assert err == ""
    assert len(rows(tmp_path / "out")["reports"]) == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_says_how_to_go_on_and_leaves_no_process_behind(jobs, tmp_path, environment):
    files = {f"{n}.txt": report(number=n) for n in range(9)}
    source = fill(tmp_path / "source", files | {"5.txt": bad("hang", tmp_path / "flag")})
    code = (
        "import sys; from nlp_reports.batch import work; from nlp_reports.cli import main\n"
        "work.SERVICE = 'hostile_service:Quick'\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "archive",
        source,
        "--out",
        tmp_path / "out",
        "--jobs",
        str(jobs),
    ]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "flag").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            children = children_of(tmp_path)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
            left = gone_within(20, process.pid, tmp_path)
        finally:
            end(process.pid)
    assert children
    assert process.returncode == 130
    assert out == ""
    assert err == "nlp-reports: interrupted; the same command goes on from here\n"
    assert left == []
    assert called(source, "--out", tmp_path / "out") == 0
    assert len(rows(tmp_path / "out")["reports"]) == 9


def children_of(folder):
    """Return the processes that were told of a folder: a child process is told where modules are."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = place.read_bytes()
        except OSError:  # it has just ended
            continue
        if b"nlp_reports.batch.child" in said and os.fsencode(folder / "blind") in said:
            found.append(int(place.parent.name))
    return found


def gone_within(seconds, number, folder):
    """Return the processes of a run that are still there after so many seconds, as soon as there are none."""
    deadline = time.monotonic() + seconds
    while (left := [*group(number), *children_of(folder)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
