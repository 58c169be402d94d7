"""Archives: nothing is lost, nothing stands twice, and one bad file stops nothing.

Most runs work in this process, with a service that needs no model. Those that are killed, or have
workers, are forked from a process that has loaded what they need (`hostile_service.main`).
"""

import hashlib
import io
import json
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import time
import warnings
import zipfile
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hostile_service import Told, archived, bad, end, fill, packed, quicken, report, rows, tree

import nlp_reports
from nlp_reports import ArchiveError, SettingsError, batch, open_archive
from nlp_reports.batch import engines, lock, plan, work
from nlp_reports.errors import CorpusError, ModelNotFound
from nlp_reports.topics import store

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="kills, limits and mounts as Linux has them"
)

PARTS = 3  # reports of a part, so that small sources have several


# Sources


def zipped(*members):
    """Return a zip of members: a name, or a `ZipInfo`, and a content each."""
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w") as file:
        warnings.simplefilter("ignore")  # two may have one name
        for name, content in members:
            file.writestr(name, packed(content), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def tarred(*members, mode="w"):
    """Return a tar of members: a name, or a `TarInfo`, and a content each."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as file:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(packed(content))
            file.addfile(info, io.BytesIO(packed(content)))
    return data.getvalue()


def sha(content):
    return hashlib.sha256(packed(content)).hexdigest()


# Runs


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let runs in this process make small parts, with a service of this process, and load the model once."""
    quicken(monkeypatch)
    monkeypatch.setattr(plan, "_MOST", PARTS)
    monkeypatch.setattr(plan, "_ROUNDS", 1)


def run(source, out, **options):
    """Run in this process, with what bears no limits, and return what was said."""
    said = archived(source, out, jobs=1, isolated=False, **options)
    assert "error" not in said, said
    return said


def refused(source, out, error=ArchiveError, **options):
    """Return the message with which a run is refused."""
    with pytest.raises(error) as caught:
        nlp_reports.archive(source, out, jobs=1, isolated=False, **options)
    assert type(caught.value) is error
    return str(caught.value)


def paths(out, table="reports"):
    return [row["path"] for row in rows(out)[table]]


def by_path(out, table="reports"):
    return {row["path"]: row for row in rows(out)[table]}


def parts_of(out):
    """Return the files of the parts, and the time and size of each."""
    return {name: of for name, of in tree(out).items() if name[-14:-8].isdigit()}


def drafts(out):
    return [name for name in tree(out) if ".draft-" in name]


def check_sums(said, out):
    """Check what a summary counts against the tables."""
    found = rows(out)
    present = [row for row in found["files"] if row["present"]]
    status = {row["path"]: row["status"] for row in present}
    ids = {row["report_id"] for row in present} - {None}
    tagged = {row["report_id"] for row in found["reports"]}
    failed = [row["report_id"] for row in found["failures"]]
    assert said["files"] == len(present)
    assert said["failed"] == sum(said["reasons"].values())
    assert said["failed"] == list(status.values()).count("failed")
    assert said["files"] - said["failed"] == list(status.values()).count("tagged")
    assert said["duplicates"] == sum(row["report_id"] is not None for row in present) - len(ids)
    assert said["reports"] == len(tagged)
    assert sum(said["years"].values()) == sum(said["media"].values()) == len(tagged)
    assert said["gone"] == len(tagged - ids)
    assert ids == (tagged & ids) | (set(failed) - {None})
    assert tagged.isdisjoint(failed)
    for row in present:
        assert row["status"] == ("tagged" if row["report_id"] in tagged else "failed")


class Nursery:
    """A process that runs are forked from, each in a session of its own."""

    def __init__(self, folder):
        self._told = folder / "told.json"
        # Where pandas is installed, Arrow loads it, and every worker takes a second longer.
        fill(folder, {"blind/pandas.py": "raise ImportError\n"})
        path = [str(folder / "blind"), *filter(None, sys.path)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import hostile_service; hostile_service.main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "OPENBLAS_NUM_THREADS": "1"},
            encoding="utf-8",
        )

    def start(self, source, out, **options):
        """Start a run and return its number, that of its group too."""
        options = {"service": "Quick", "most": PARTS, "jobs": 1, "isolated": False} | options
        return self._ask(told=str(self._told), source=str(source), out=str(out), **options)

    def wait(self, number):
        """Return the status of a run when it has ended; it is below 0 if it was killed."""
        return self._ask(wait=number)

    def run(self, source, out, **options):
        """Run to the end, and return what was said."""
        assert self.wait(self.start(source, out, **options)) == 0
        said = self.told()
        assert "unexpected" not in said, said
        return said

    def told(self):
        """Return what the last run said that came to its end."""
        return json.loads(self._told.read_text("utf-8"))

    def close(self):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def _ask(self, **wish):
        print(json.dumps(wish), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    found = Nursery(tmp_path_factory.mktemp("nursery"))
    yield found
    found.close()


# The same rows, whoever does the work


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A source of texts in folders and in a zip, two with the same bytes, two that fail."""
    files = {
        f"{year}/局{n}.txt": report(year=year, number=n) for n in range(3) for year in (2018, 2020)
    }
    files["再/局0.txt"] = files["2018/局0.txt"]
    files["空.txt"] = ""
    files["坏.pdf"] = b"%PDF-1.4 nothing"
    files["包.zip"] = zipped(*((f"局{n}.txt", report(year=2021, number=n)) for n in range(3)))
    return fill(tmp_path_factory.mktemp("mixed"), files)


@pytest.fixture(scope="module")
def alone(mixed, nursery, tmp_path_factory):
    """The rows of the source `mixed`, tagged with the model by one process."""
    out = tmp_path_factory.mktemp("alone")
    said = nursery.run(mixed, out, service="Kept")
    check_sums(said, out)
    assert (said["files"], said["tagged"], said["duplicates"], said["failed"]) == (12, 9, 1, 2)
    return rows(out)


def test_two_workers_with_child_processes_write_what_one_process_writes(
    mixed, alone, nursery, tmp_path
):
    nursery.run(mixed, tmp_path / "out", service="Service", isolated=True, jobs=2)
    assert rows(tmp_path / "out") == alone
    assert alone["segments"][0]["topics"]


class Listing(list):
    """The entries of a folder, as os.scandir gives them."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_the_order_in_which_a_folder_is_listed_does_not_matter(mixed, tmp_path, monkeypatch):
    run(mixed, tmp_path / "one")
    scandir = os.scandir
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", lambda folder: Listing([*scandir(folder)][::-1]))
        run(mixed, tmp_path / "two")
    assert rows(tmp_path / "one") == rows(tmp_path / "two")


def test_the_size_of_parts_does_not_matter(mixed, tmp_path):
    run(mixed, tmp_path / "one", most=1)
    run(mixed, tmp_path / "two", most=256)
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert len(list((tmp_path / "one" / "reports").glob("0*"))) == 11


def test_a_second_run_tags_nothing_and_touches_no_part(mixed, tmp_path):
    out = tmp_path / "out"
    run(mixed, out)
    before, stood = parts_of(out), rows(out)
    said = run(mixed, out)
    assert (said["tagged"], said["known"]) == (0, 11)
    assert before
    assert parts_of(out) == before
    assert rows(out) == stood
    check_sums(said, out)


def test_a_source_without_files_gives_an_archive_without_rows(tmp_path):
    (tmp_path / "source").mkdir()
    said = run(tmp_path / "source", tmp_path / "out")
    assert said["files"] == said["reports"] == 0
    assert not any(rows(tmp_path / "out").values())


def test_what_systems_leave_behind_is_passed_over(tmp_path):
    fill(
        tmp_path / "source", {"a.txt": report(), "Thumbs.db": "x", "._a.txt": "x", "~$a.docx": "x"}
    )
    run(tmp_path / "source", tmp_path / "out")
    assert paths(tmp_path / "out", "files") == ["a.txt"]


# Killed at any moment


def problems(out):
    """Return what is wrong with an archive that a broken run has left, by the kind of the fault."""
    if not (out / "archive.json").exists():
        return {}
    archive = open_archive(out)
    status = archive.table("files", ["path", "report_id", "status"]).to_pylist()
    others = [name for name in archive.tables if name not in ("files", "reports", "failures")]
    ids = {name: archive.table(name, ["report_id"]).column(0).to_pylist() for name in others}
    # These last: workers that have lost their run may write a part in between.
    reports = archive.table("reports", ["report_id"]).column(0).to_pylist()
    failures = archive.table("failures", ["report_id"]).column(0).to_pylist()
    not_so = {"tagged": failures, "failed": reports}
    found = {
        "twice": sorted({one for one in reports if reports.count(one) > 1}),
        "lost": [name for name in others if set(ids[name]) - {*reports, *failures}],
        "status": [
            row["path"] for row in status if row["report_id"] in not_so.get(row["status"], ())
        ],
    }
    return {kind: where for kind, where in found.items() if where}


def first_source(folder, count=6):
    """Write what a first run finds, and metadata; return the options of the run."""
    files = {f"{n % 2}/局{n}.txt": report(number=n) for n in range(count)}
    files |= {
        "再.txt": report(number=0),
        "坏1.txt": bad(),
        "坏2.txt": bad() + "其二\n",
        "空.txt": "",
    }
    files["包.zip"] = zipped(("局7.txt", report(number=7)), ("局8.txt", report(number=8)))
    fill(folder / "source", files)
    return metadata(folder, *(f"{n % 2}/局{n}.txt,另一个局,2020" for n in range(count)))


def larger_source(folder):
    return first_source(folder, 50) | {"most": 9}


def other_model(folder):
    return {"settings": {"threshold": 0.9}}


def pending_changes(folder):
    """Change, remove, rename and add files, and change metadata."""
    source = folder / "source"
    fill(source, {"0/局0.txt": report(number=50), "1/局1.txt": bad() + "其三\n"})
    for gone in ("0/局2.txt", "坏1.txt"):
        (source / gone).unlink()
    (source / "1" / "局5.txt").rename(source / "改名.txt")
    fill(source, {f"新/局{n}.txt": report(number=60 + n) for n in range(3)})
    return metadata(folder, "新/局1.txt,又一个局,2020", "1/局3.txt,某局,2001") | {"prune": True}


def metadata(folder, *lines):
    fill(folder, {"metadata.csv": "\n".join(("path,issuer,year", *lines, ""))})
    return {"metadata": str(folder / "metadata.csv")}


SCENARIOS = {
    "a first run": [first_source],
    "another model": [first_source, other_model],
    "files that changed": [first_source, pending_changes],
}


class Broken:
    """A folder in which the last of some runs is broken off again and again."""

    def __init__(self, folder, steps, nursery):
        self.source = folder / "source"
        self.out = folder / "out"
        self.options = {}
        self._before = folder / "before"
        self._before.mkdir()
        for n, step in enumerate(steps):
            self.options |= step(folder)
            if n < len(steps) - 1:
                nursery.run(self.source, self._before, **self.options)
        self.again()
        start = time.monotonic()
        self.changes = nursery.run(self.source, self.out, **self.options)["changes"]
        self.seconds = time.monotonic() - start
        self.expected = rows(self.out)
        self.again()

    def again(self):
        """Let all be as before the last run."""
        if self.out.exists():
            shutil.rmtree(self.out)
        shutil.copytree(self._before, self.out)


@pytest.fixture(scope="module", params=SCENARIOS)
def crashed(request, nursery, tmp_path_factory):
    """What was found when runs were killed, twice in a row, before changes of the folder.

    Chance chooses the changes, but for some right after a part has appeared: what it replaces is still
    there.
    """
    folder = tmp_path_factory.mktemp("crashed")
    broken = Broken(folder, SCENARIOS[request.param], nursery)
    chance = random.Random(request.param)
    every = range(len(broken.changes))
    appeared = [at + 1 for at in every if broken.changes[at].startswith("os.rename reports/")]
    found = SimpleNamespace(kills=0, ends=[], problems=[], expected=broken.expected)
    for at in sorted({*chance.sample(every, 3), *chance.sample(appeared, 2)}):
        broken.again()
        for crash in (at, chance.choice(every)):
            number = nursery.start(broken.source, broken.out, crash=crash, **broken.options)
            if nursery.wait(number) == -signal.SIGKILL:
                found.kills += 1
                found.problems.append((broken.changes[crash], problems(broken.out)))
        nursery.run(broken.source, broken.out, **broken.options)
        found.ends.append((broken.changes[at], rows(broken.out), drafts(broken.out)))
    return found


def test_a_run_killed_at_any_change_ends_as_one_left_alone(crashed):
    assert crashed.kills >= 5
    for at, found, left in crashed.ends:
        assert found == crashed.expected, at
        assert left == [], at


@pytest.mark.parametrize("kind", ["twice", "lost", "status"])
def test_what_a_killed_run_leaves_is_whole(crashed, kind):
    found = {at: said[kind] for at, said in crashed.problems if said.get(kind)}
    assert found == {}


def test_the_same_rows_come_of_a_new_archive_and_of_one_that_was_changed(nursery, tmp_path):
    options = first_source(tmp_path)
    run(tmp_path / "source", tmp_path / "out", **options)
    options |= pending_changes(tmp_path) | other_model(tmp_path)
    run(tmp_path / "source", tmp_path / "out", **options)
    run(tmp_path / "source", tmp_path / "new", **options)
    assert rows(tmp_path / "out") == rows(tmp_path / "new")


@pytest.mark.parametrize(
    ("scenario", "jobs", "kills", "whole_group"),
    [
        ("a first run", 1, 4, False),
        ("a first run", 2, 3, True),
        ("another model", 2, 3, False),
        ("files that changed", 1, 3, True),
    ],
)
def test_a_run_killed_at_random_moments_ends_as_one_left_alone(
    scenario, jobs, kills, whole_group, nursery, tmp_path
):
    broken = Broken(tmp_path, [larger_source, *SCENARIOS[scenario][1:]], nursery)
    options = {**broken.options, "jobs": jobs, "isolated": True}
    chance = random.Random(f"{scenario}{jobs}")
    longest = broken.seconds + 1.5 * jobs  # for child processes and workers to start
    left = []
    try:
        while len(left) < kills:
            number = nursery.start(broken.source, broken.out, **options)
            time.sleep(chance.uniform(0, longest))
            with suppress(ProcessLookupError):
                (os.killpg if whole_group else os.kill)(number, signal.SIGKILL)
            if nursery.wait(number) == -signal.SIGKILL:
                left.append(number)
                assert problems(broken.out) == {}
            else:  # it was quicker
                assert rows(broken.out) == broken.expected
                for number in left:  # workers that have lost their run may still write
                    end(number)
                broken.again()
        nursery.run(broken.source, broken.out, **options)
    finally:
        for number in left:
            end(number)
    assert rows(broken.out) == broken.expected
    assert drafts(broken.out) == []


# A full disk


def text_of(found):
    """Return rows as they are told by a run that was forked."""
    return json.loads(json.dumps(found, default=str))


def test_a_run_that_may_write_no_large_files_is_refused_and_the_next_completes_it(
    mixed, nursery, tmp_path
):
    out = tmp_path / "out"
    for size in (10, 2_500, 5_000):  # of the claim, of tables of all files, of parts
        said = nursery.run(mixed, out, fsize=size)
        assert said["error"] == "ArchiveError", size
        assert said["message"].startswith(f"{out}: cannot be written: File too large")
        assert drafts(out) == []
        assert problems(out) == {}
    nursery.run(mixed, out)
    run(mixed, tmp_path / "new")
    assert rows(out) == rows(tmp_path / "new")


@pytest.mark.parametrize("size", [20_000, 90_000])
def test_a_run_on_a_full_disk_is_refused_and_the_next_completes_it(size, mixed, nursery, tmp_path):
    (tmp_path / "out").mkdir()
    number = nursery.start(mixed, tmp_path / "out", disk=size)
    assert nursery.wait(number) == 0
    said = nursery.told()
    if "may not make a folder" in said.get("unexpected", ""):
        pytest.skip("needs a user who may mount a file system")
    assert said["full"]["error"] == "ArchiveError"
    assert said["full"]["message"].endswith("out: cannot be written: No space left on device")
    assert not [name for name in said["left"] if "draft" in name]
    run(mixed, tmp_path / "new")
    assert said["again"]["files"] == 12
    assert said["rows"] == text_of(rows(tmp_path / "new"))


def test_a_full_disk_at_the_exports_leaves_no_half_of_them(mixed, nursery, tmp_path):
    out = tmp_path / "out"
    nursery.run(mixed, out)
    said = nursery.run(mixed, out, fsize=5_000, exports=["jsonl"])
    assert said["message"].startswith(f"{out}: cannot be written: File too large")
    assert drafts(out) == []
    assert not (out / "jsonl" / "segments.jsonl").exists()


def test_a_folder_that_cannot_be_made_is_refused(mixed, tmp_path):
    (tmp_path / "file").touch()
    message = refused(mixed, tmp_path / "file" / "out")
    assert "cannot be written" in message
    assert str(tmp_path / "file" / "out") in message


@pytest.mark.skipif(not os.getuid(), reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(mixed, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    assert "cannot be written: Permission denied" in refused(mixed, tmp_path / "out")


# What is done once


@pytest.fixture
def made(tmp_path):
    """A source of seven files, one of which fails, and its archive."""
    files = {f"{n}.txt": report(number=n) for n in range(6)} | {"坏.txt": bad()}
    found = SimpleNamespace(source=tmp_path / "source", out=tmp_path / "out", **{"run": None})
    found.run = lambda **options: run(found.source, found.out, **options)
    found.new = lambda **options: run(found.source, tmp_path / "new", **options)
    found.same = lambda: rows(found.out) == rows(tmp_path / "new")
    fill(found.source, files)
    check_sums(found.run(), found.out)
    return found


def counts(said):
    """Return the counts of a run that are not 0."""
    names = (
        "files",
        "duplicates",
        "failed",
        "tagged",
        "known",
        "redone",
        "gone",
        "removed",
        "reports",
    )
    return {name: said[name] for name in names if said[name]}


def test_new_files_are_tagged_and_nothing_else_is_touched(made):
    before = parts_of(made.out)
    contents = {name: (made.out / name).read_bytes() for name in before}
    fill(made.source, {"0.5.txt": report(number=70), "更/深/7.txt": report(number=71)})
    said = made.run()
    assert counts(said) == {"files": 9, "tagged": 2, "known": 7, "failed": 1, "reports": 8}
    after = parts_of(made.out)
    assert {name: after[name] for name in before} == before
    assert {name: (made.out / name).read_bytes() for name in before} == contents
    assert after.keys() > before.keys()
    check_sums(said, made.out)
    made.new()
    assert made.same()


def test_a_file_that_has_changed_replaces_its_report(made):
    fill(made.source, {"2.txt": report(number=99)})
    said = made.run()
    assert counts(said) == {
        "files": 7,
        "tagged": 1,
        "known": 6,
        "failed": 1,
        "removed": 1,
        "reports": 6,
    }
    assert by_path(made.out)["2.txt"]["report_id"] == sha(report(number=99))
    assert sha(report(number=2)) not in str(rows(made.out))
    check_sums(said, made.out)
    made.new()
    assert made.same()


def test_a_file_that_has_changed_back_is_tagged_again(made):
    before = rows(made.out)
    fill(made.source, {"2.txt": report(number=99)})
    made.run()
    fill(made.source, {"2.txt": report(number=2)})
    assert made.run()["tagged"] == 1
    assert rows(made.out) == before


def test_a_report_whose_file_is_gone_stays(made):
    before = rows(made.out)
    (made.source / "2.txt").unlink()
    for _ in range(2):
        said = made.run()
        assert counts(said) == {"files": 6, "known": 6, "failed": 1, "gone": 1, "reports": 6}
        assert any("1 report without a file in the source" in note for note in said["notes"])
    assert by_path(made.out)["2.txt"]["copies"] == 0
    (row,) = [row for row in rows(made.out)["files"] if not row["present"]]
    assert (row["path"], row["status"]) == ("2.txt", "tagged")
    assert {name: rows(made.out)[name] for name in before if name not in ("files", "reports")} == {
        name: before[name] for name in before if name not in ("files", "reports")
    }
    check_sums(said, made.out)


def test_a_file_that_comes_back_is_not_tagged_again(made):
    before = rows(made.out)
    (made.source / "2.txt").rename(made.source.parent / "2.txt")
    made.run()
    (made.source.parent / "2.txt").rename(made.source / "2.txt")
    assert made.run()["tagged"] == 0
    assert rows(made.out) == before


def test_a_report_whose_file_is_gone_makes_way_for_another_of_its_path(made):
    (made.source / "2.txt").unlink()
    made.run()
    fill(made.source, {"2.txt": report(number=99)})
    assert made.run()["removed"] == 1
    made.new()
    assert made.same()


def test_prune_takes_out_reports_whose_files_are_gone(made):
    (made.source / "2.txt").unlink()
    made.run()
    said = made.run(prune=True)
    assert counts(said) == {"files": 6, "known": 6, "failed": 1, "removed": 1, "reports": 5}
    made.new()
    assert made.same()


def test_an_empty_source_takes_nothing_out(made):
    """A disk that is not mounted looks so."""
    shutil.rmtree(made.source)
    made.source.mkdir()
    before = rows(made.out)
    assert "holds no file" in refused(made.source, made.out, prune=True)
    assert rows(made.out) == before


def test_a_failure_whose_file_is_gone_is_forgotten(made):
    (made.source / "坏.txt").unlink()
    assert counts(made.run()) == {"files": 6, "known": 6, "removed": 1, "reports": 6}
    assert rows(made.out)["failures"] == []


def test_a_file_with_another_name_is_not_tagged_again(made):
    (made.source / "2.txt").rename(made.source / "改名.txt")
    segments = {name: of for name, of in parts_of(made.out).items() if name.startswith("segments")}
    said = made.run()
    assert counts(said) == {"files": 7, "known": 7, "failed": 1, "reports": 6}
    assert set(paths(made.out)) == set(paths(made.out, "files")) - {"坏.txt"}
    assert segments.items() <= parts_of(made.out).items()
    check_sums(said, made.out)
    made.new()
    assert made.same()


def test_a_failure_with_another_name_is_told_by_its_new_one(made):
    (made.source / "坏.txt").rename(made.source / "改名.txt")
    assert counts(made.run()) == {"files": 7, "known": 7, "failed": 1, "reports": 6}
    assert paths(made.out, "failures") == ["改名.txt"]


def test_a_failure_makes_way_for_another_of_its_path(made):
    (made.source / "坏.txt").rename(made.source / "改名.txt")
    fill(made.source, {"坏.txt": bad() + "又一个\n"})
    made.run()
    assert paths(made.out, "failures") == ["坏.txt", "改名.txt"]
    made.new()
    assert made.same()


def test_a_file_that_has_changed_to_one_that_fails_takes_its_report_out(made):
    fill(made.source, {"2.txt": bad() + "又一个\n"})
    said = made.run()
    assert counts(said) == {"files": 7, "known": 6, "failed": 2, "removed": 1, "reports": 5}
    check_sums(said, made.out)
    made.new()
    assert made.same()


def test_files_with_the_same_bytes_are_tagged_once(tmp_path):
    same = report(number=1)
    fill(
        tmp_path / "source",
        {"c.txt": same, "a/z.txt": same, "b.txt": report(), "z.zip": zipped(("a.txt", same))},
    )
    fill(tmp_path / "source", {"坏1.txt": bad(), "坏2.txt": bad()})
    said = run(tmp_path / "source", tmp_path / "out")
    assert counts(said) == {"files": 6, "duplicates": 3, "failed": 2, "tagged": 2, "reports": 2}
    check_sums(said, tmp_path / "out")
    row = by_path(tmp_path / "out")["a/z.txt"]
    assert row["copies"] == 3
    assert [
        (one["path"], one["status"]) for one in rows(tmp_path / "out")["failures"] if False
    ] == []
    assert paths(tmp_path / "out", "failures") == ["坏1.txt"]
    status = {row["path"]: row["status"] for row in rows(tmp_path / "out")["files"]}
    assert status.pop("坏1.txt") == status.pop("坏2.txt") == "failed"
    assert set(status.values()) == {"tagged"}


def test_where_the_first_of_several_files_disappears_the_next_stands_for_it(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    fill(source, {"a.txt": report(), "b.txt": report(), "坏1.txt": bad(), "坏2.txt": bad()})
    run(source, out)
    (source / "a.txt").unlink()
    (source / "坏1.txt").unlink()
    said = run(source, out)
    assert counts(said) == {"files": 2, "known": 2, "failed": 1, "reports": 1}
    (row,) = rows(out)["reports"]
    assert (row["path"], row["copies"]) == ("b.txt", 1)
    assert paths(out, "failures") == ["坏2.txt"]
    run(source, tmp_path / "new")
    assert rows(out) == rows(tmp_path / "new")


def test_a_file_whose_copy_has_changed_keeps_its_report(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    fill(source, {"a.txt": report(), "b.txt": report()})
    run(source, out)
    fill(source, {"a.txt": report(number=3)})
    said = run(source, out)
    assert counts(said) == {"files": 2, "tagged": 1, "known": 1, "reports": 2}
    run(source, tmp_path / "new")
    assert rows(out) == rows(tmp_path / "new")


def other_version(monkeypatch):
    monkeypatch.setattr(batch, "__version__", "9.9.9")
    return {}


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {"settings": {"threshold": 0.9}},
        lambda _: {"settings": {"max_bytes": 10_000}},
        other_version,
    ],
    ids=["threshold", "max_bytes", "version"],
)
def test_other_settings_make_all_anew_and_a_note_says_so(change, made, monkeypatch):
    options = change(monkeypatch)
    said = made.run(**options)
    assert counts(said) == {"files": 7, "failed": 1, "tagged": 6, "redone": 7, "reports": 6}
    assert ["made with another model or other settings" in note for note in said["notes"]] == [True]
    made.new(**options)
    assert made.same()
    assert made.run(**options)["tagged"] == 0


def test_another_model_makes_all_anew(made, monkeypatch, tmp_path):
    folder = shutil.copytree(store.shipped(), tmp_path / "model")
    about = json.loads((folder / "model.json").read_text("utf-8"))
    loaded = store.load(folder, engine="rjieba")
    loaded.card["fingerprint"] = "another"
    monkeypatch.setattr(batch.store, "load", lambda folder, engine: loaded)
    assert about["fingerprint"] != "another"
    said = made.run(model=str(folder))
    assert counts(said) == {"files": 7, "failed": 1, "tagged": 6, "redone": 7, "reports": 6}
    assert {row["model"] for row in rows(made.out)["reports"]} == {"another"}


def test_reports_without_a_file_keep_what_they_were_made_with(made):
    (made.source / "2.txt").unlink()
    said = made.run(settings={"threshold": 0.9})
    assert counts(said) == {
        "files": 6,
        "failed": 1,
        "tagged": 5,
        "redone": 6,
        "gone": 1,
        "reports": 6,
    }
    topics = {row["report_id"]: row["probabilities"] for row in rows(made.out)["segments"]}
    assert topics.pop(sha(report(number=2))) == [0.5]
    assert set(map(tuple, topics.values())) == {(0.9,)}


def test_explain_is_no_other_setting(made):
    assert made.run(settings={"explain": True})["tagged"] == 0


def test_a_larger_max_bytes_lets_in_what_was_too_large(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    fill(source, {"a.txt": report(), "b.txt": report() + "又一段。\n" * 400})
    said = run(source, out, settings={"max_bytes": 3_000})
    assert counts(said) == {"files": 2, "failed": 1, "tagged": 1, "reports": 1}
    (row,) = rows(out)["failures"]
    assert (row["path"], row["report_id"], row["stage"]) == ("b.txt", None, "source")
    assert row["error"] == "DocumentTooLarge"
    said = run(source, out)
    assert counts(said) == {"files": 2, "tagged": 2, "redone": 1, "reports": 2}
    assert rows(out)["failures"] == []


def test_what_failed_is_not_tried_again_unless_asked(tmp_path):
    flag = tmp_path / "flag"
    source, out = tmp_path / "source", tmp_path / "out"
    fill(source, {"a.txt": report(), "坏.txt": bad("once", flag)})
    assert counts(run(source, out)) == {"files": 2, "failed": 1, "tagged": 1, "reports": 1}
    assert flag.exists()
    said = run(source, out)
    assert counts(said) == {"files": 2, "failed": 1, "known": 2, "reports": 1}
    assert any("failed before" in note and "retry" in note for note in said["notes"])
    said = run(source, out, retry=True)
    assert counts(said) == {"files": 2, "tagged": 1, "known": 1, "reports": 2}
    check_sums(said, out)


def test_what_failed_by_a_limit_is_tried_again_under_other_limits(nursery, tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    fill(source, {"a.txt": report(), "慢.txt": bad("hang", tmp_path / "flag"), "坏.txt": bad()})
    limits = {"stall": 2}
    said = nursery.run(source, out, isolated=True, limits=limits)
    assert counts(said) == {"files": 3, "failed": 2, "tagged": 1, "reports": 1}
    failed = by_path(out, "failures")
    assert failed["慢.txt"]["error"] == "DocumentTimeout"
    assert json.loads(failed["慢.txt"]["limits"])["stall"] == 2
    assert failed["坏.txt"]["limits"] is None
    said = run(source, out, limits=limits)
    assert counts(said) == {"files": 3, "failed": 2, "known": 3, "reports": 1}
    said = run(source, out)
    assert counts(said) == {"files": 3, "failed": 1, "tagged": 1, "known": 2, "reports": 2}
    assert paths(out, "failures") == ["坏.txt"]
    check_sums(said, out)


def test_a_file_that_could_not_be_opened_is_tried_again(tmp_path):
    """What is no fault of the bytes says nothing of them."""

    class Thief(Told):
        def begin(self, stage, total):
            if stage == "tag":
                (tmp_path / "source" / "a.txt").unlink()

    fill(tmp_path / "source", {"a.txt": report(), "b.txt": report(number=3)})
    options = {"jobs": 1, "isolated": False}
    thief = nlp_reports.archive(tmp_path / "source", tmp_path / "out", watcher=Thief(), **options)
    assert thief.reasons == {"DocumentNotFound": 1}
    fill(tmp_path / "source", {"a.txt": report()})
    said = run(tmp_path / "source", tmp_path / "out")
    assert (said["tagged"], said["failed"]) == (1, 0)


def test_a_file_that_changes_while_the_run_goes_on_fails_and_is_tagged_by_the_next(tmp_path):
    class Editor(Told):
        def begin(self, stage, total):
            if stage == "tag":
                fill(tmp_path / "source", {"a.txt": report(number=4)})

    fill(tmp_path / "source", {"a.txt": report(), "b.txt": report(number=3)})
    options = {"jobs": 1, "isolated": False}
    summary = nlp_reports.archive(
        tmp_path / "source", tmp_path / "out", watcher=Editor(), **options
    )
    assert summary.reasons == {"DocumentChanged": 1}
    assert paths(tmp_path / "out") == ["b.txt"]
    run(tmp_path / "source", tmp_path / "out")
    run(tmp_path / "source", tmp_path / "new")
    assert rows(tmp_path / "out") == rows(tmp_path / "new")


# One bad file stops nothing

BAD = {
    "abort.txt": ("read", "DocumentCrashed", "the process that read it was ended by SIGABRT"),
    "damaged.pdf": ("read", "DocumentDamaged", ""),
    "empty.txt": ("read", "DocumentEmpty", "the document is empty"),
    "large.txt": ("source", "DocumentTooLarge", "Settings.max_bytes"),
    "loop.txt": ("read", "DocumentTimeout", "ended after 2 seconds without progress"),
    "memory.txt": ("read", "DocumentOutOfMemory", "took more memory than the limit allows"),
    "raise.txt": ("read", "TaggingFailed", "unexpected ValueError: 谁也没料到"),
    "talk.txt": ("structure", "DocumentTimeout", "ended after 5 seconds"),
    "links/dangling.txt": ("source", "DocumentNotFound", "cannot be opened: No such file"),
    "links/folder-out": ("source", "NotAFile", "this is a link that leaves the source"),
    "links/loop": ("source", "DocumentNotFound", "cannot be opened: Too many levels"),
    "links/out.txt": ("source", "NotAFile", "this is a link that leaves the source"),
    "others/pipe": ("source", "NotAFile", "this is no regular file"),
    "others/socket": ("source", "NotAFile", "this is no regular file"),
}  # stage, error, and what the message says
NAMES = {
    "'quoted.txt": "'quoted.txt",
    "=cmd|calc.txt": "=cmd|calc.txt",
    "\x1b[31mred\x07.txt": "\x1b[31mred\x07.txt",
    "line\nbreak.txt": "line\nbreak.txt",
    "back\\slash\\": "back\\slash\\",
    " blank .txt": " blank .txt",
    b"\xb9\xab\xb8\xe6.txt": "公告.txt",
    b"\xff\xfe.txt": r"\xff\xfe.txt",
}  # names of files, and their paths in the tables


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """A source with whatever may go wrong, and good files before, between and behind."""
    outside = tmp_path_factory.mktemp("outside")
    fill(outside, {"secret.txt": report("外局"), "folder/secret.txt": report("外局", number=2)})
    source = tmp_path_factory.mktemp("strange")
    good = {
        f"{at}-good.txt": report(number=n) for n, at in enumerate(["0", "b", "f", "l", "s", "z"])
    }
    deeds = ("abort", "loop", "memory", "raise", "talk")
    fill(source, good | {f"{deed}.txt": bad(deed) for deed in deeds})
    fill(source, {"damaged.pdf": b"%PDF-1.4 nothing", "empty.txt": "", "large.txt": "大" * 2_000})
    fill(source, {"links/here.txt": report(number=20), "others/here.txt": report(number=21)})
    links = {
        "dangling.txt": "nowhere.txt",
        "folder-in": "../others",
        "folder-out": outside / "folder",
        "in.txt": "../0-good.txt",
        "loop": "loop",
        "out.txt": outside / "secret.txt",
        "top": "..",
    }
    for name, target in links.items():
        (source / "links" / name).symlink_to(target)
    os.mkfifo(source / "others" / "pipe")
    here = Path.cwd()
    os.chdir(source / "others")  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket")
    finally:
        os.chdir(here)
    (source / "names").mkdir()
    for n, name in enumerate(NAMES):
        place = os.path.join(os.fsencode(source / "names"), os.fsencode(name))
        Path(os.fsdecode(place)).write_text(report(number=30 + n), "utf-8")
    return source


@pytest.fixture(scope="module")
def survivors(strange, nursery, tmp_path_factory):
    """What came of the source `strange` with one worker and with two."""
    found = {}
    for jobs in (1, 2):
        out = tmp_path_factory.mktemp("survived")
        options = {"settings": {"max_bytes": 3_000}, "limits": {"stall": 2, "timeout": 5}}
        said = nursery.run(strange, out, jobs=jobs, most=8, isolated=True, **options)
        found[jobs] = SimpleNamespace(said=said, rows=rows(out), out=out)
    return found


@pytest.fixture(params=[1, 2])
def survived(request, survivors):
    return survivors[request.param]


def test_two_workers_survive_what_one_survives(survivors):
    assert survivors[1].rows == survivors[2].rows


def test_each_bad_file_is_named_with_stage_error_and_message(survived):
    failed = {row["path"]: row for row in survived.rows["failures"]}
    assert failed.keys() == BAD.keys()
    for path, (stage, error, message) in BAD.items():
        assert (failed[path]["stage"], failed[path]["error"]) == (stage, error), path
        assert message in failed[path]["message"], path


def test_all_good_files_are_done(survived):
    status = {row["path"]: row["status"] for row in survived.rows["files"]}
    good = {f"{at}-good.txt" for at in "0bflsz"} | {
        "links/here.txt",
        "links/in.txt",
        "others/here.txt",
    }
    names = {f"names/{shown}" for shown in NAMES.values()}
    assert {path for path in status if status[path] == "tagged"} == good | names
    assert {path for path in status if status[path] == "failed"} == BAD.keys()
    assert {row["path"] for row in survived.rows["reports"]} == (good | names) - {"links/in.txt"}
    assert by_path(survived.out)["0-good.txt"]["copies"] == 2


def test_nothing_from_outside_of_the_source_is_read(survived):
    assert "外局" not in str(survived.rows)


def test_the_summary_counts_them_all(survived):
    check_sums(survived.said, survived.out)
    assert survived.said["failed"] == len(BAD)
    assert survived.said["reasons"] == {
        error: [one for _, one, _ in BAD.values()].count(error)
        for error in sorted({e for _, e, _ in BAD.values()})
    }
    assert sorted(path for path, _ in survived.said["failures"]) == sorted(BAD)


def test_what_fails_by_a_limit_says_by_which(survived):
    limited = {"abort.txt", "loop.txt", "memory.txt", "talk.txt"}
    for row in survived.rows["failures"]:
        if row["path"] in limited:
            assert json.loads(row["limits"]) == {"memory": 2048, "stall": 2, "timeout": 5}
        else:
            assert row["limits"] is None


def test_a_child_process_that_cannot_start_ends_the_run_and_no_file_is_blamed(nursery, tmp_path):
    source = fill(tmp_path / "source", {"a.txt": report()})
    said = nursery.run(source, tmp_path / "out", service="NotThere", isolated=True)
    assert said.get("error") == "ArchiveError"
    assert run(source, tmp_path / "out")["tagged"] == 1


@pytest.mark.skipif(not os.getuid(), reason="root may read everything")
def test_a_folder_and_a_file_without_permission_fail(tmp_path):
    source = fill(tmp_path / "source", {"a.txt": report(), "closed/b.txt": "x", "c.txt": "x"})
    (source / "c.txt").chmod(0)
    (source / "closed").chmod(0)
    try:
        said = run(source, tmp_path / "out")
    finally:
        (source / "closed").chmod(0o700)
    assert said["tagged"] == 1
    assert paths(tmp_path / "out", "failures") == ["c.txt", "closed"]


def test_a_source_with_a_name_that_is_no_utf_8_is_done(tmp_path):
    folder = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xb9\xab\xb8\xe6")))
    fill(folder / "source", {"a.txt": report()})
    said = run(folder / "source", folder / "out")
    assert said["tagged"] == 1
    assert paths(folder / "out") == ["a.txt"]


def test_two_names_that_look_the_same_are_told_apart(tmp_path):
    (tmp_path / "source").mkdir()
    for n, name in enumerate((b"\xb9\xab\xb8\xe6.txt", "公告.txt".encode(), "公告~2.txt".encode())):
        place = os.path.join(os.fsencode(tmp_path / "source"), name)
        Path(os.fsdecode(place)).write_text(report(number=n), "utf-8")
    said = run(tmp_path / "source", tmp_path / "out")
    assert said["tagged"] == 3
    assert len(set(paths(tmp_path / "out"))) == 3
    before = rows(tmp_path / "out")
    run(tmp_path / "source", tmp_path / "out")
    assert rows(tmp_path / "out") == before


# Containers


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zip_link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.fixture(scope="module")
def packed_up(tmp_path_factory):
    """A source of containers, good and bad."""
    bomb = b"\0" * (9 << 20)
    members = [(f"局{n}.txt", report(number=n)) for n in range(3)]
    inner = zipped(("内.txt", report("内局")), ("坏.txt", bad()))
    climbing = [
        ("../../climb.txt", report("爬局")),
        ("/absolute.txt", report("绝局")),
        ("C:\\drive.txt", report("盘局")),
        ("..\\..\\back.txt", report("斜局")),
    ]
    files = {
        "a.zip": zipped(*members, ("深/zip.zip", inner)),
        "a.tar": tarred(
            ("局9.txt", report(number=9)), ("in.zip", inner), ("x/y.tar", tarred(*members))
        ),
        "a.tar.gz": tarred(("局8.txt", report(number=8)), mode="w:gz"),
        "a.tar.xz": tarred(("局7.txt", report(number=7)), mode="w:xz"),
        "climb.zip": zipped(*climbing),
        "climb.tar": tarred(*climbing),
        "twice.zip": zipped(
            ("同.txt", report("同局", number=1)), ("同.txt", report("同局", number=2))
        ),
        "links.zip": zipped((zip_link("link.txt"), "/etc/passwd"), ("局6.txt", report(number=6))),
        "links.tar": tarred(
            (link("link.txt", "/etc/passwd"), ""),
            (link("hard.txt", "/etc/passwd", tarfile.LNKTYPE), ""),
            ("局5.txt", report(number=5)),
        ),
        "bomb.zip": zipped(("bomb.txt", bomb), ("局4.txt", report(number=4))),
        "nested.zip": zipped(("inner.zip", zipped(("bomb.txt", bomb)))),
        "cut.zip": zipped(*members)[:-40],
        "cut.tar": tarred(("局a.txt", report(number=10)), ("局b.txt", report(number=11) * 50))[
            :3000
        ],
        "empty.zip": zipped(),
        "good.txt": report(),
    }
    return fill(tmp_path_factory.mktemp("packed"), files)


@pytest.fixture(scope="module")
def unpacked(packed_up, nursery, tmp_path_factory):
    around = tmp_path_factory.mktemp("around")
    out = around / "deep" / "out"
    source = shutil.copytree(packed_up, around / "deep" / "source")
    before = tree(around)
    said = nursery.run(source, out, isolated=True, most=20)
    after = {name: of for name, of in tree(around).items() if not name.startswith("deep/out/")}
    return SimpleNamespace(
        said=said, rows=rows(out), out=out, around=around, same=(before == after)
    )


def test_members_have_the_path_of_their_container_before_theirs(unpacked):
    found = {row["path"] for row in unpacked.rows["files"] if row["status"] == "tagged"}
    assert {
        "a.zip/局0.txt",
        "a.zip/深/zip.zip/内.txt",
        "a.tar/局9.txt",
        "a.tar/in.zip/内.txt",
        "a.tar/x/y.tar/局2.txt",
        "a.tar.gz/局8.txt",
        "a.tar.xz/局7.txt",
        "links.zip/局6.txt",
        "links.tar/局5.txt",
        "bomb.zip/局4.txt",
        "twice.zip/同.txt",
        "twice.zip/同~2.txt",
        "good.txt",
    } <= found


def test_names_that_climb_out_stay_inside(unpacked):
    found = {row["path"] for row in unpacked.rows["files"] if row["path"].startswith("climb")}
    safe = {"climb.txt", "absolute.txt", "drive.txt", "back.txt"}
    assert found == {f"climb.{kind}/{name}" for kind in ("zip", "tar") for name in safe}


def test_nothing_is_written_outside_of_the_archive(unpacked):
    assert unpacked.same
    assert {path.name for path in unpacked.around.rglob("*.txt")} == {"good.txt"}


def test_bad_members_fail_and_their_neighbours_are_done(unpacked):
    failed = {row["path"]: (row["error"], row["message"]) for row in unpacked.rows["failures"]}
    assert failed["a.tar/in.zip/坏.txt"][0] == "TaggingFailed"
    assert failed["bomb.zip/bomb.txt"][0] == "DocumentTooLarge"
    assert failed["nested.zip/inner.zip/bomb.txt"][0] == "DocumentTooLarge"
    assert failed["links.zip/link.txt"] == ("UnsupportedMedia", "the member is a symbolic link")
    assert failed["links.tar/link.txt"] == ("UnsupportedMedia", "the member is a symbolic link")
    assert failed["links.tar/hard.txt"] == ("UnsupportedMedia", "the member is a hard link")
    assert "root:" not in str(unpacked.rows)
    assert failed["cut.zip"][0] == "DocumentDamaged"
    assert [path for path in failed if path.startswith("cut.tar")]
    check_sums(unpacked.said, unpacked.out)


def test_members_of_a_container_are_known_again(unpacked, packed_up):
    before = parts_of(unpacked.out)
    said = run(unpacked.around / "deep" / "source", unpacked.out)
    assert said["tagged"] == 0
    assert parts_of(unpacked.out) == before


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_a_container_itself_is_a_source(name, packed_up, unpacked, tmp_path):
    said = run(packed_up / name, tmp_path / "out")
    within = f"{name}/"
    paths_in = {row["path"] for row in unpacked.rows["files"]}
    stood = {path.removeprefix(within) for path in paths_in if path.startswith(within)}
    assert set(paths(tmp_path / "out", "files")) == stood
    assert said["tagged"] > 0


@pytest.mark.parametrize("kind", ["tar.gz", "zip", "zip of zips"])
def test_a_bomb_ends_soon_with_one_failure(kind, tmp_path):
    zeros = b"\0" * (1 << 20)
    many = [(f"{n}.txt", zeros) for n in range(20)]
    data = {
        "tar.gz": lambda: tarred(("局.txt", report()), *many, mode="w:gz"),
        "zip": lambda: zipped(("局.txt", report()), *many),
        "zip of zips": lambda: zipped(
            ("局.txt", report()), *((f"{n}.zip", zipped(*many[:4])) for n in range(5))
        ),
    }[kind]()
    fill(tmp_path / "source", {"bomb": data, "good.txt": report(number=2)})
    said = run(tmp_path / "source", tmp_path / "out", settings={"max_unpacked": 1 << 21})
    assert "bomb/局.txt" in paths(tmp_path / "out")
    assert "good.txt" in paths(tmp_path / "out")
    refusals = [
        row for row in rows(tmp_path / "out")["failures"] if row["error"] == "DocumentTooLarge"
    ]
    assert len(refusals) == 1
    assert "the rest is not read" in refusals[0]["message"]
    check_sums(said, tmp_path / "out")


def test_files_in_a_container_have_metadata_by_their_path(tmp_path):
    fill(tmp_path / "source", {"甲区.zip": zipped(("2011/某局.txt", "年报\n"))})
    run(tmp_path / "source", tmp_path / "out", layout="{region}.zip/{year}/{issuer}.txt")
    (row,) = rows(tmp_path / "out")["reports"]
    assert (row["issuer_from"], row["region"], row["year"]) == ("report", "甲区", 2011)


# Lists, and other sources


def test_a_list_names_files_folders_and_containers(tmp_path):
    fill(
        tmp_path,
        {
            "in/a.txt": report(number=1),
            "in/folder/b.txt": report(number=2),
            "in/c.zip": zipped(("d.txt", report(number=3))),
            "elsewhere/e.txt": report(number=4),
        },
    )
    lines = [
        "a.txt",
        "folder",
        "c.zip",
        "",
        str(tmp_path / "elsewhere" / "e.txt"),
        "missing.txt",
        "a.txt",
    ]
    fill(tmp_path, {"in/list.txt": "\n".join(lines)})
    said = run(tmp_path / "in" / "list.txt", tmp_path / "out")
    assert counts(said) == {"files": 5, "failed": 1, "tagged": 4, "reports": 4}
    absolute = str(tmp_path / "elsewhere" / "e.txt")
    assert set(paths(tmp_path / "out")) == {"a.txt", "folder/b.txt", "c.zip/d.txt", absolute}
    (row,) = rows(tmp_path / "out")["failures"]
    assert (row["path"], row["stage"], row["error"]) == (
        "missing.txt",
        "source",
        "DocumentNotFound",
    )
    check_sums(said, tmp_path / "out")


def test_a_list_may_be_in_gb18030(tmp_path):
    fill(tmp_path, {"年报.txt": report(), "list": "年报.txt\r\n".encode("gb18030")})
    run(tmp_path / "list", tmp_path / "out")
    assert paths(tmp_path / "out") == ["年报.txt"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            report(),
            "is no folder and no container, and as a list of files its first line names none",
        ),
        ("", "is no list of files: is empty"),
        (b"%PDF-1.4\n\xff\xfe\0", "is no "),
    ],
)
def test_a_source_that_is_no_list_is_refused(content, message, tmp_path):
    fill(tmp_path, {"source": content})
    assert message in refused(tmp_path / "source", tmp_path / "out")


def test_a_source_that_is_not_there_is_refused_and_nothing_is_made(tmp_path):
    message = refused(tmp_path / "nothing", tmp_path / "out")
    assert message == f"{tmp_path / 'nothing'}: there is no such file or folder"
    assert not (tmp_path / "out").exists()


def test_a_wrong_source_leaves_nothing_that_the_next_run_minds(tmp_path):
    fill(tmp_path, {"wrong.txt": report(), "source/a.txt": report()})
    refused(tmp_path / "wrong.txt", tmp_path / "out")
    assert run(tmp_path / "source", tmp_path / "out")["tagged"] == 1


def test_a_wrong_source_given_to_a_cluster_leaves_nothing_that_the_next_run_minds(
    tmp_path, monkeypatch
):
    @contextmanager
    def cluster(backend, jobs, address):
        yield engines.Engine(jobs)

    monkeypatch.setattr(batch, "started", cluster)
    fill(tmp_path, {"wrong.txt": report(), "source/a.txt": report()})
    options = {"backend": "dask", "model": store.shipped()}
    refused(tmp_path / "wrong.txt", tmp_path / "out", **options)
    assert run(tmp_path / "source", tmp_path / "out", **options)["tagged"] == 1


def test_paths_are_a_source(tmp_path):
    fill(tmp_path, {"a.txt": report(number=1), "b/c.txt": report(number=2)})
    given = (
        path
        for path in (tmp_path / "a.txt", tmp_path / "b", str(tmp_path / "a.txt"), tmp_path / "z")
    )
    said = run(given, tmp_path / "out")
    assert counts(said) == {"files": 3, "failed": 1, "tagged": 2, "reports": 2}
    assert set(paths(tmp_path / "out")) == {f"{tmp_path}/a.txt", f"{tmp_path}/b/c.txt"}
    assert paths(tmp_path / "out", "failures") == [f"{tmp_path}/z"]


# Where the archive is


def test_an_archive_in_the_source_is_no_part_of_it(tmp_path):
    source = fill(tmp_path / "source", {"a.txt": report()})
    for _ in range(2):
        said = run(source, source / "out")
        assert said["files"] == 1
    assert run(source, source / "second")["files"] == 1
    assert paths(source / "out", "files") == ["a.txt"]


def test_an_archive_in_a_listed_folder_is_no_part_of_it(tmp_path):
    source = fill(tmp_path / "source", {"a.txt": report()})
    assert run([str(source)], source / "out")["files"] == 1
    assert run([str(source)], source / "out")["files"] == 1


@pytest.mark.parametrize("files", [{}, {"a.txt": report()}])
def test_the_source_itself_is_no_place_for_the_archive(files, tmp_path):
    (tmp_path / "source").mkdir()
    source = fill(tmp_path / "source", files)
    refused(source, source)
    assert list(tree(source)) == list(files)


def test_a_file_is_no_place_for_an_archive(tmp_path):
    fill(tmp_path, {"source/a.txt": report(), "out": "某物"})
    assert refused(tmp_path / "source", tmp_path / "out").endswith(
        "is a file; an archive is a folder"
    )
    assert (tmp_path / "out").read_text("utf-8") == "某物"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    fill(tmp_path, {"source/a.txt": report(), "out/letter.txt": "某物"})
    before = tree(tmp_path)
    message = refused(tmp_path / "source", tmp_path / "out")
    assert message.endswith("holds something else than an archive; name a new folder")
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": 2}', "format 2; this version knows format 1"),
        ('{"format": 1', "archive.json cannot be read"),
        ("[]", "archive.json cannot be read"),
        ("", "archive.json cannot be read"),
        (b"\xff\0", "archive.json cannot be read"),
    ],
)
def test_an_archive_of_another_format_or_damaged_is_refused_and_left_alone(content, message, made):
    fill(made.out, {"archive.json": content})
    before = tree(made.out)
    assert message in refused(made.source, made.out)
    with pytest.raises(ArchiveError, match=message):
        open_archive(made.out)
    assert tree(made.out) == before


@pytest.mark.parametrize("table", ["reports", "failures"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-20], lambda data: b"", lambda data: data[:40] + b"x" * 99 + data[139:]],
)
def test_a_damaged_part_is_named(table, damage, made):
    (name,) = [name for name in parts_of(made.out) if name.startswith(table)][:1]
    fill(made.out, {name: damage((made.out / name).read_bytes())})
    assert refused(made.source, made.out).startswith(f"{made.out}/{name}: is damaged: ")
    with pytest.raises(ArchiveError, match="is damaged"):
        open_archive(made.out).table(table)


def test_a_part_that_somebody_else_has_put_there_is_named(made):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), made.out / "reports" / "000099.parquet")
    assert "000099.parquet" in refused(made.source, made.out)
    with pytest.raises(ArchiveError, match=r"000099\.parquet"):
        open_archive(made.out).table("reports")


def test_options_that_make_no_sense_are_refused_before_anything_is_made(tmp_path):
    source = fill(tmp_path / "source", {"a.txt": report()})
    wrong = [
        {"exports": ["xlsx"]},
        {"backend": "spark"},
        {"layout": "{colour}"},
        {"address": "tcp://127.0.0.1:1"},
    ]
    for options in wrong:
        refused(source, tmp_path / "out", SettingsError, **options)
    with pytest.raises(SettingsError, match="jobs must be at least 1"):
        nlp_reports.archive(source, tmp_path / "out", jobs=0)
    refused(source, tmp_path / "out", CorpusError, metadata=tmp_path / "nothing.csv")
    refused(source, tmp_path / "out", ModelNotFound, model=tmp_path / "nothing")
    assert not (tmp_path / "out" / "archive.json").exists()


def test_a_second_run_at_the_same_time_is_refused(made):
    with lock.held(str(made.out)):
        assert refused(made.source, made.out).endswith("another run is writing here")
    assert made.run()["tagged"] == 0


# Engines that fail


class Failing(engines.Engine):
    """Loses its workers, once some tasks are done, so many times; what `last` does is done before."""

    def __init__(self, times, last=lambda task: None):
        super().__init__(1)
        self.times = times
        self.tasks = []
        self._last = last

    def run(self, tasks, *, count=None):
        for n, (function, arguments) in enumerate(tasks):
            if function is work.tag:
                self.tasks.append(arguments[1])
                if n and self.times:
                    self.times -= 1
                    self._last((function, arguments))
                    raise RuntimeError("a worker is gone\nfor whatever reason")
            yield function(*arguments)


@pytest.fixture
def failing(monkeypatch):
    def start(*arguments):
        engine = Failing(*arguments)
        monkeypatch.setattr(batch, "started", lambda *_: nullcontext(engine))
        return engine

    return start


def test_the_work_of_a_worker_that_died_is_done_again(failing, mixed, tmp_path):
    run(mixed, tmp_path / "new")
    engine = failing(2)
    said = run(mixed, tmp_path / "out")
    assert engine.tasks == ["000001", "000002", "000002", "000003", "000003", "000004"]
    note = "a worker died and its work is done again (RuntimeError: a worker is gone)"
    assert said["notes"].count(note) == 2
    assert (said["tagged"], said["failed"]) == (9, 2)
    assert rows(tmp_path / "out") == rows(tmp_path / "new")


def test_a_worker_that_dies_when_it_has_written_its_part_costs_nothing(failing, mixed, tmp_path):
    run(mixed, tmp_path / "new")
    failing(1, lambda task: task[0](*task[1]))
    said = run(mixed, tmp_path / "out")
    assert said["tagged"] == 9
    assert rows(tmp_path / "out") == rows(tmp_path / "new")


def test_a_part_that_comes_out_otherwise_the_second_time_stands_once(failing, tmp_path):
    flag = tmp_path / "flag"
    files = {f"{n}.txt": report(number=n) for n in range(4)} | {"4.txt": bad("once", flag)}
    fill(tmp_path / "source", files)
    failing(1, lambda task: task[0](*task[1]))
    said = run(tmp_path / "source", tmp_path / "out")
    assert flag.exists()
    check_sums(said, tmp_path / "out")
    assert (said["tagged"], said["failed"]) == (5, 0)


def test_what_a_dead_worker_left_unfinished_is_swept_away(failing, mixed, tmp_path):
    draft = "out/segments/.draft-99999-000002.parquet"
    failing(1, lambda task: fill(tmp_path, {draft: "half"}))
    run(mixed, tmp_path / "out")
    assert drafts(tmp_path / "out") == []


def test_workers_that_die_again_and_again_end_the_run_and_the_next_goes_on(
    failing, mixed, tmp_path
):
    failing(3)
    message = refused(mixed, tmp_path / "out")
    assert message.endswith("workers died 3 times: RuntimeError: a worker is gone")
    assert len(paths(tmp_path / "out")) > 0
    failing(0)
    run(mixed, tmp_path / "out")
    run(mixed, tmp_path / "new")
    assert rows(tmp_path / "out") == rows(tmp_path / "new")


def test_a_worker_process_that_is_killed_costs_nothing(nursery, tmp_path):
    files = {f"{n}.txt": report(number=n) for n in range(8)}
    files["4.txt"] = bad("worker", tmp_path / "flag")
    source = fill(tmp_path / "source", files)
    said = nursery.run(source, tmp_path / "out", jobs=2, isolated=True)
    assert (tmp_path / "flag").exists()
    assert any(
        note.startswith("a worker died and its work is done again") for note in said["notes"]
    )
    assert counts(said) == {"files": 8, "tagged": 8, "reports": 8}
    run(source, tmp_path / "new")
    assert rows(tmp_path / "out") == rows(tmp_path / "new")
    assert drafts(tmp_path / "out") == []


# Metadata


def test_metadata_fill_what_a_report_leaves_open_and_disagreements_are_told(tmp_path):
    files = {
        "甲区/2011/一局.txt": "2011年政府信息公开年度报告\n其一\n",  # says no issuer
        "甲区/2012/二局.txt": "溪州县公安局年度报告\n其二\n",  # says no year
        "乙区/2013/三局.txt": "溪州县民政局2010年度报告\n其三\n",
        "乙区/四局.txt": "年度报告\n其四\n",
    }
    files["乙区/四局.txt"] = "20\n其四\n"
    source = fill(tmp_path / "source", files)
    table = "path,issuer,region,year\n甲区/2011/一局.txt,表中局,表中区,\n乙区/2013/三局.txt,,,2014\n不在.txt,x,,\n"
    fill(tmp_path, {"metadata.csv": table.encode("gb18030")})
    options = {"metadata": tmp_path / "metadata.csv", "layout": "{region}/{year}/{issuer}.*"}
    said = run(source, tmp_path / "out", **options)
    found = by_path(tmp_path / "out")
    named = ("issuer", "issuer_from", "region", "region_from", "year", "year_from")
    assert {path: tuple(row[name] for name in named) for path, row in found.items()} == {
        "甲区/2011/一局.txt": ("表中局", "metadata", "表中区", "metadata", 2011, "report"),
        "甲区/2012/二局.txt": ("溪州县公安局年度报告", "report", "甲区", "path", 2012, "path"),
        "乙区/2013/三局.txt": ("溪州县民政局", "report", "乙区", "path", 2010, "report"),
        "乙区/四局.txt": (None, None, None, None, None, None),
    }
    told = {
        (found_path, row["code"], row["message"])
        for row in rows(tmp_path / "out")["findings"]
        for found_path, report in found.items()
        if report["report_id"] == row["report_id"]
    }
    assert told == {
        (
            "甲区/2012/二局.txt",
            "path_issuer",
            "the report says 溪州县公安局年度报告, its path says 二局",
        ),
        ("乙区/2013/三局.txt", "path_issuer", "the report says 溪州县民政局, its path says 三局"),
        ("乙区/2013/三局.txt", "metadata_year", "the report says 2010, the metadata say 2014"),
    }
    assert [note for note in said["notes"] if "不在.txt" in note and "1 of 3 paths" in note]
    assert [note for note in said["notes"] if "乙区/四局.txt" in note and "1 of 4 paths" in note]
    given = by_path(tmp_path / "out", "files")["乙区/2013/三局.txt"]
    assert (given["issuer"], given["region"], given["year"]) == ("三局", "乙区", 2014)
    check_sums(said, tmp_path / "out")


def test_other_metadata_change_columns_and_nothing_is_tagged_again(made, tmp_path):
    fill(tmp_path, {"one.csv": "path,region,issuer\n1.txt,甲区,某局\n"})
    fill(tmp_path, {"two.csv": "path,region\n1.txt,乙区\n2.txt,丙区\n"})
    made.run(metadata=tmp_path / "one.csv")
    assert by_path(made.out)["1.txt"]["region"] == "甲区"
    assert len(rows(made.out)["findings"]) == 1
    before = parts_of(made.out)
    said = made.run(metadata=tmp_path / "two.csv")
    assert (said["tagged"], said["known"]) == (0, 7)
    assert {path: row["region"] for path, row in by_path(made.out).items() if row["region"]} == {
        "1.txt": "乙区",
        "2.txt": "丙区",
    }
    after = parts_of(made.out)
    changed = {name for name in before if after[name] != before[name]}
    assert changed
    assert all(name.startswith("reports/") for name in changed)
    made.new(metadata=tmp_path / "two.csv")
    assert made.same()
    made.run()
    assert {row["region"] for row in rows(made.out)["reports"]} == {None}
    assert rows(made.out)["findings"] == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("path,year\n1.txt,2010\n./1.txt,2011\n", "'1.txt' stands here a second time"),
        ("path,year\n1.txt,明年\n", "'明年' is no year"),
        ("name,year\n1.txt,2010\n", "path"),
        ("path,year\n,2010\n", "path"),
    ],
)
def test_metadata_that_cannot_be_used_are_refused_before_anything_is_changed(
    table, message, made, tmp_path
):
    fill(tmp_path, {"metadata.csv": table})
    before = tree(made.out)
    found = refused(made.source, made.out, CorpusError, metadata=tmp_path / "metadata.csv")
    assert message in found
    assert "metadata.csv:" in found
    assert tree(made.out) == before


def test_of_several_files_with_the_same_bytes_the_first_says_most(tmp_path):
    source = fill(tmp_path / "source", {"a.txt": "20\n", "b.txt": "20\n"})
    fill(tmp_path, {"metadata.csv": "path,issuer,region\na.txt,甲局,\nb.txt,乙局,乙区\n"})
    run(source, tmp_path / "out", metadata=tmp_path / "metadata.csv")
    (row,) = rows(tmp_path / "out")["reports"]
    assert (row["issuer"], row["region"], row["copies"]) == ("甲局", "乙区", 2)


def test_an_archive_says_what_made_it_and_whether_it_is_complete(made):
    about = open_archive(made.out).about
    assert about["complete"] is True
    assert about["made_with"]["version"] == nlp_reports.__version__
    assert about["summary"]["reports"] == 6
    (made.out / "reports" / "000001.parquet").write_bytes(b"")
    refused(made.source, made.out)
    assert open_archive(made.out).about["complete"] is False


def test_the_summary_holds_what_the_run_noted(made):
    (made.source / "2.txt").unlink()
    told = Told()
    summary = nlp_reports.archive(made.source, made.out, jobs=1, isolated=False, watcher=told)
    assert told.notes
    assert list(summary.notes) == told.notes
