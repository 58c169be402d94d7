"""The same tables from one process, from several, from clusters of dask and ray, and from an object store.

The runs have a service of their own (`HOSTILE`): of one file the parser ends its process, and every
loading of the model leaves a line. The clusters are started here, on this machine, and ended here.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import ROOT

import nlp_reports
from nlp_reports.batch import tables, work
from nlp_reports.errors import SettingsError
from nlp_reports.settings import DEFAULT_LIMITS
from nlp_reports.topics import store

HOSTILE = """
import os
from nlp_reports.batch.service import Service


class Hostile(Service):
    def tag(self, say, place, path, address, sha256):
        if "abort" in path:
            os.abort()
        super().tag(say, place, path, address, sha256)

    def _load(self):
        tagger = super()._load()
        with open(os.environ["LOADED"], "a") as file:
            print(os.getpid(), self._model, file=file)
        return tagger
"""
# Serve until the standard input ends, that is until this process ends, however it does.
CLUSTER = """
import sys
from dask.distributed import LocalCluster

if __name__ == "__main__":
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
STORE = """
import logging, sys
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0)
server.start()
print("http://{}:{}".format(*server.get_host_and_port()), flush=True)
sys.stdin.read()
server.stop()
"""
LONGEST = 60  # seconds that anything here may take to start or to end before a test gives up


def report_text(year, count):
    return f"某局{year}年政府信息公开工作年度报告\n一、总体情况\n全年主动公开信息{count}条。\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Nine reports, two of them in a zip in a zip, copies, and two files that give none."""
    root = tmp_path_factory.mktemp("clusters") / "source"
    (root / "县 a").mkdir(parents=True)
    for n in range(6):
        (root / "县 a" / f"{n}.txt").write_text(report_text(2012 + n, n), "utf-8")
    shutil.copy(root / "县 a" / "0.txt", root / "copy.txt")
    shutil.copy(ROOT / "examples" / "bureau-2022.txt", root)
    (root / "abort.txt").write_text(report_text(2019, 99), "utf-8")
    (root / "broken.pdf").write_bytes(b"%PDF-1.4\nbroken")
    inner = root.parent / "inner.zip"
    with zipfile.ZipFile(inner, "w") as file:
        for n in range(2):
            file.writestr(f"年报/{n}.txt", report_text(2003 + n, n))
    with zipfile.ZipFile(root / "outer.zip", "w") as file:
        file.write(inner, "inner.zip")
        file.writestr("again.txt", report_text(2012, 0))
    return root


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A copy of the shipped model, in a folder that only this process is told of."""
    return shutil.copytree(store.shipped(), tmp_path_factory.mktemp("model") / "another")


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """The folder of the service, where every worker finds it; processes are known by its name."""
    folder = tmp_path_factory.mktemp("services")
    (folder / "service_of_clusters.py").write_text(HOSTILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("LOADED", str(folder / "loaded"))
        patch.setattr(work, "SERVICE", "service_of_clusters:Hostile")
        yield folder


@contextmanager
def serving(program, folder):
    """Run a program that prints where it serves; give that, and end it."""
    script = folder / "serve.py"
    script.write_text(program)
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield next(line.strip() for line in process.stdout if "://" in line)
            process.stdin.close()
            assert process.wait(LONGEST) == 0
        finally:
            process.kill()


class Noting(nlp_reports.batch.Nobody):
    """Keeps what a user would be told."""

    def __init__(self):
        self.notes = []
        self.failures = []

    def note(self, text):
        self.notes.append(text)

    def failure(self, path, message):
        self.failures.append((path, message))


class Ran:
    """A run of the source: its summary, its tables, each sorted by its key, and who loaded the model."""

    def __init__(self, services, source, out, **options):
        (services / "loaded").write_text("")
        watcher = Noting()
        self.summary = nlp_reports.archive(source, out, watcher=watcher, **options)
        assert watcher.notes == []
        self.failures = sorted(watcher.failures)
        self.loaded = [
            line.split(" ", 1) for line in (services / "loaded").read_text().splitlines()
        ]
        archive = nlp_reports.open_archive(out)
        self.tables = {name: by_key(archive.table(name), name) for name in archive.tables}


def by_key(table, name):
    return table.sort_by([(c.name, "ascending") for c in tables.columns(name) if c.key]).to_pylist()


def assert_same_run(found, expected):
    for name in tables.NAMES:
        assert found.tables[name] == expected.tables[name], name
    assert found.failures == expected.failures
    counts = [
        {k: v for k, v in ran.summary.to_json().items() if k not in ("out", "seconds")}
        for ran in (found, expected)
    ]
    assert counts[0] == counts[1]


def assert_loaded_once(ran, model, most):
    """Each process loaded the model at most once; there is one for each worker, and one more after an abort."""
    pids = [pid for pid, _ in ran.loaded]
    assert 1 <= len(set(pids)) == len(pids) <= most
    assert {place for _, place in ran.loaded} == {str(model)}


def assert_nobody_is_left(services):
    """The processes that read files, and those of the clusters, end with the run (told where there is a /proc)."""
    end = time.monotonic() + LONGEST
    while left := [line for line in running() if str(services) in line]:
        assert time.monotonic() < end, left
        time.sleep(0.3)


def running():
    """Yield the command line and the environment of every other process, but of what loky keeps for good."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_text() for name in ("cmdline", "environ"))
        except (OSError, UnicodeDecodeError):  # it has just ended, or is none of ours
            continue
        if process.name != str(os.getpid()) and "resource_tracker" not in command:
            yield command + environment


@pytest.fixture(scope="module")
def alone(services, source, model, tmp_path_factory):
    """The run of one worker in this process, with which all others are compared."""
    return Ran(services, source, tmp_path_factory.mktemp("alone") / "out", jobs=1, model=model)


def test_one_worker_reads_everything_but_what_cannot_be_read(alone, model, services):
    assert (alone.summary.files, alone.summary.duplicates) == (13, 2)
    assert (alone.summary.reports, alone.summary.failed) == (9, 2)
    assert [path for path, _ in alone.failures] == ["abort.txt", "broken.pdf"]
    rows = {row["path"]: row for row in alone.tables["failures"]}
    assert "SIGABRT" in rows["abort.txt"]["message"]
    assert json.loads(rows["abort.txt"]["limits"]) == asdict(DEFAULT_LIMITS)
    assert rows["broken.pdf"]["limits"] is None
    assert_loaded_once(alone, model, 2)
    assert_nobody_is_left(services)


def test_two_workers_of_this_machine_make_the_same_tables(alone, services, source, model, tmp_path):
    ran = Ran(services, source, tmp_path / "out", jobs=2, model=model)
    assert_same_run(ran, alone)
    assert_loaded_once(ran, model, 3)
    assert_nobody_is_left(services)


def test_dask_makes_the_same_tables(alone, services, source, model, tmp_path):
    """Without an address two workers are started, and ended with the run."""
    pytest.importorskip("distributed")
    ran = Ran(services, source, tmp_path / "out", jobs=2, model=model, backend="dask")
    assert_same_run(ran, alone)
    assert_loaded_once(ran, tmp_path / "out" / ".model", 3)
    assert_nobody_is_left(services)


def test_a_cluster_of_dask_makes_the_same_tables_where_only_urls_lead(
    alone, services, source, model, tmp_path
):
    """Workers of a cluster that was there before reach source, archive and model through fsspec."""
    pytest.importorskip("distributed")
    pytest.importorskip("fsspec")
    out = f"local://{tmp_path}/out"  # to fsspec the same as file, which is taken for a path
    with serving(CLUSTER, tmp_path) as address:
        options = {"jobs": 2, "backend": "dask", "address": address}
        ran = Ran(services, f"local://{source}", out, model=model, **options)
        assert_same_run(ran, alone)
        assert_loaded_once(ran, f"{out}/.model", 3)
    assert_nobody_is_left(services)


def test_ray_makes_the_same_tables(alone, services, source, model, tmp_path, monkeypatch):
    """Without an address it is started with two processors, and ended with the run."""
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # or it writes into the user's home
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    options = {"jobs": 2, "model": model, "backend": "ray"}
    # Its sockets lie in this folder; the name of a socket may have about a hundred characters.
    with TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("RAY_TMPDIR", folder)
        ran = Ran(services, source, tmp_path / "out", **options)
        assert_same_run(ran, alone)
        assert_loaded_once(ran, tmp_path / "out" / ".model", 3)
        assert_nobody_is_left(services)


def test_an_object_store_holds_the_same_tables(
    alone, services, source, model, tmp_path, monkeypatch
):
    """Source and archive are a bucket; a second run goes on, and everybody reads it from there."""
    s3fs = pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with serving(STORE, tmp_path) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        system = s3fs.S3FileSystem()
        system.mkdir("reports")
        for path in sorted(source.rglob("*")):
            if path.is_file() and path.name != "abort.txt":
                system.pipe_file(f"reports/{path.relative_to(source)}", path.read_bytes())
        ran = Ran(services, "s3://reports", "s3://tables/all", jobs=1, model=model)
        assert_loaded_once(ran, model, 1)
        for name in tables.NAMES:
            assert ran.tables[name] == [
                row for row in alone.tables[name] if row.get("path") != "abort.txt"
            ]
        system.pipe_file("reports/new.txt", report_text(2021, 21).encode())
        again = nlp_reports.archive(
            "s3://reports", "s3://tables/all", jobs=1, model=model, isolated=False
        )
        assert (again.tagged, again.known, again.files) == (1, ran.summary.tagged + 1, 13)
        archive = nlp_reports.open_archive("s3://tables/all")
        count = ran.summary.tagged + 1
        assert archive.table("reports").num_rows == count
        assert archive.report(alone.tables["reports"][0]["report_id"]).source.path
        pytest.importorskip("duckdb")
        assert archive.connect().sql("select count(*) from reports").fetchall() == [(count,)]
        s3fs.S3FileSystem.clear_instance_cache()


# --------------------------------------------------------------------------------------------------
# What travels


def test_what_travels_to_workers_are_names_and_not_the_model(tmp_path, model, monkeypatch):
    """The tasks of a run of a thousand files; the model is put beside the tables, for workers to fetch."""
    source, sizes, back = tmp_path / "source", {}, []
    for n in range(1000):
        folder = source / f"某省某市人民政府办公室{n % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"2019年度报告{n}.txt").write_text(report_text(2019, n), "utf-8")

    class Measuring:
        """Weighs tasks instead of giving them to a cluster; nothing is tagged."""

        jobs = 2

        def run(self, tasks, *, count=None):
            for function, arguments in tasks:
                name = function.__name__
                sizes.setdefault(name, []).append(len(pickle.dumps((function, arguments))))
                done = function(*arguments) if name == "look" else work.Done(arguments[1])
                back.append(len(pickle.dumps(done)))
                yield done

    @contextmanager
    def measuring(*_):
        yield Measuring()

    monkeypatch.setattr("nlp_reports.batch.started", measuring)
    out = tmp_path / "out"
    summary = nlp_reports.archive(source, out, model=model, backend="dask", isolated=False)
    assert summary.files == 1000
    weights = sum(path.stat().st_size for path in model.iterdir())
    travelled = sum(map(sum, sizes.values())) + sum(back)
    print({name: (len(found), sum(found)) for name, found in sizes.items()}, "back", sum(back))
    print("model", weights)
    assert set(sizes) == {"look", "tag"}
    assert travelled < 1_000_000 < weights
    assert max(sizes["tag"]) < 256 * 500  # bytes for a file, its path and its address
    for path in model.iterdir():
        assert (out / ".model" / path.name).read_bytes() == path.read_bytes()


# --------------------------------------------------------------------------------------------------
# What cannot be started


@pytest.fixture
def one(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text(report_text(2019, 1), "utf-8")
    return tmp_path


@pytest.mark.parametrize(("backend", "package"), [("dask", "dask"), ("ray", "ray")])
def test_a_backend_that_is_not_installed_is_asked_for_by_its_extra(
    one, monkeypatch, backend, package
):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=rf"install nlp-reports\[{backend}\]"):
        nlp_reports.archive(one / "source", one / "out", jobs=1, backend=backend)
    assert not (one / "out" / "reports").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backend": "spark"}, "backend must be one of loky, dask, ray, not 'spark'"),
        ({"address": "tcp://127.0.0.1:1"}, "loky works on this machine and takes no address"),
        ({"jobs": 0}, "jobs must be at least 1, not 0"),
        ({"exports": ["xlsx"]}, "exports are csv, jsonl, not 'xlsx'"),
    ],
)
def test_options_that_cannot_be_are_refused(one, options, message):
    with pytest.raises(SettingsError, match=message):
        nlp_reports.archive(one / "source", one / "out", **options)


def test_an_address_that_is_none_is_refused(one):
    pytest.importorskip("distributed")
    options = {"jobs": 1, "backend": "dask", "address": "nonsense://nowhere"}
    with pytest.raises(SettingsError, match="no dask scheduler answers at nonsense://nowhere"):
        nlp_reports.archive(one / "source", one / "out", **options)


def test_an_error_of_the_run_is_no_error_of_the_backend(one, monkeypatch):
    """Whatever fails in a run, nobody is told to install what is there."""

    def fail(*_):
        raise ModuleNotFoundError("No module named 'elsewhere'")

    monkeypatch.setattr("nlp_reports.batch.Run", fail)
    with pytest.raises(ModuleNotFoundError, match="elsewhere"):
        nlp_reports.archive(one / "source", one / "out", jobs=1, isolated=False)
