"""Services that do what a bad parser does, where a file asks for it; and runs that are made to be broken off.

A file whose bytes hold ``坏:abort`` is such a file; `MISDEEDS` has them all. The service to name is
``hostile_service:Service``. `Quick` does the same and needs no model, `Kept` loads the model
once for a whole process, so that many small runs inside of it take no time.

`main` is the process that runs are forked from: it has loaded what a run needs, and tells of each one
only its number, so that a test may kill it.
"""

import ctypes
import json
import os
import re
import resource
import signal
import sys
import time
from contextlib import suppress
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path

import nlp_reports
from nlp_reports import pipeline
from nlp_reports.batch import plan, relations, service, tables, work
from nlp_reports.batch.watching import Nobody
from nlp_reports.records import to_json
from nlp_reports.schema import Paragraph, Report, Segment, Span, Statistic
from nlp_reports.topics import store

_MARK = re.compile(rb"\xe5\x9d\x8f:([a-z]+)(?::([^\s:]+))?")  # 坏:what:with


def _abort(say, _):
    os.abort()


def _loop(say, _):
    while True:
        time.sleep(0.1)


def _talk(say, _):
    while True:
        say({"stage": "structure"})
        time.sleep(0.1)


def _memory(say, _):
    taken = []
    while True:
        taken.append(bytes(1 << 28))  # which nobody writes to: it costs no time


def _raise(say, _):
    raise ValueError("谁也没料到")


def _hang(say, flag):
    """Never return, unless the file of that name tells that it has been done."""
    if not os.path.exists(flag):
        Path(flag).touch()
        _loop(say, flag)


def _once(say, flag):
    """Raise, unless the file of that name tells that it has been done."""
    if not os.path.exists(flag):
        Path(flag).touch()
        raise ValueError("只此一次")


def _worker(say, flag):
    """Kill the worker, unless the file of that name tells that it has been done."""
    if not os.path.exists(flag):
        Path(flag).touch()
        worker = os.getppid()
        os.kill(worker, signal.SIGKILL)
        while os.getppid() == worker:
            time.sleep(0.01)
        os._exit(0)  # what is asked is never answered


MISDEEDS = {
    "abort": _abort,
    "hang": _hang,
    "loop": _loop,
    "memory": _memory,
    "once": _once,
    "raise": _raise,
    "talk": _talk,
    "worker": _worker,
}


class Service(service.Service):
    """The service itself, until the bytes of a file ask for something else when they are read."""

    def tag(self, say, **request):
        def heard(message):
            say(message)
            mark = _MARK.search(self._data) if message.get("stage") == "read" else None
            if mark:
                MISDEEDS[mark[1].decode()](say, (mark[2] or b"").decode())

        super().tag(heard, **request)

    def _take(self, *where):
        self._data = super()._take(*where)
        return self._data


class Quick(Service):
    """Makes a paragraph of each line, with a topic and a figure: what the threshold says."""

    def _load(self):
        return _Lines(self._settings.threshold or 0.5)


class _Lines:
    def __init__(self, probability):
        self._topics = {"overview": probability}

    def tag(self, document, *, begin):
        begin("structure")
        time.sleep(0.001)  # so that a run is mostly work
        lines = [line for line in document.text.splitlines() if line]
        year = re.search(r"20\d\d", lines[0])
        return Report(
            source=document.source,
            title=lines[0],
            issuer=lines[0].partition("20")[0] or None,
            year=int(year[0]) if year else None,
            period=None,
            published=None,
            form=None,
            sections=(),
            paragraphs=tuple(map(self._paragraph, range(len(lines)), lines)),
            statistics=tuple(map(_statistic, range(len(lines)), lines)),
            tables=(),
            findings=(),
            warnings=(),
        )

    def _paragraph(self, n, line):
        segment = Segment(0, len(line), self._topics)
        return Paragraph(n, line, None, (), (Span(0, len(line)),), self._topics, (segment,))


def _statistic(n, line):
    return Statistic(Decimal(len(line)), "字", "proactive.total", n, 0, len(line), line)


class Kept(Service):
    """Takes a model that is in memory already."""

    def _load(self):
        return pipeline.Tagger(_model(), self._settings)


@cache
def _model():
    return pipeline.load().model


# Sources


def report(issuer="溪州县公安局", year=2019, number=12):
    return (
        f"{issuer}{year}年政府信息公开工作年度报告\n"
        f"一、总体情况\n全年主动公开信息{number}条。\n收到申请{number + 1}件。\n"
    )


def bad(what="raise", argument=""):
    mark = ":".join(filter(None, ("坏", what, str(argument))))
    return f"坏局2019年政府信息公开工作年度报告\n{mark}\n"


def fill(folder, files):
    """Write files, texts or bytes by their paths."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(packed(content))
    return folder


def packed(content):
    return content.encode() if isinstance(content, str) else content


# Runs

_load_model = cache(store.load)


def quicken(monkeypatch):
    """Let runs in this process need no model, and not wait for the disk."""
    monkeypatch.setattr(work, "SERVICE", "hostile_service:Quick")
    monkeypatch.setattr(store, "load", _load_model)
    monkeypatch.setattr(os, "fsync", lambda file: None)


# Runs that are made to be broken off


def main():
    """Fork a run for each line of standard input, and tell its number; or wait for one, and tell its status."""
    _warm()
    for line in sys.stdin:
        wish = json.loads(line)
        if "wait" in wish:
            answer = os.waitstatus_to_exitcode(os.waitpid(wish["wait"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                _run(**wish)
        print(answer, flush=True)


def _warm():
    """Do what every run would have to do first. Arrow may not start threads: they do not outlive a fork."""
    import_module("joblib.externals.loky")
    store.load = _load_model
    store.load(store.shipped(), engine="rjieba")
    document = nlp_reports.read("溪州县公安局2019年年度报告\n公开信息12条。")
    relations.to_rows(to_json(pipeline.Tagger(_model()).tag(document)), "")
    for name in tables.NAMES:
        tables.to_parquet(tables.arrow(name, []))
    os.fsync = lambda file: None  # what is written outlives a killed process, if not a power cut


def _run(told, source, out, crash=None, fsize=None, disk=None, **options):
    """Run once in this process, write into the file `told` what came of it, and end.

    Parameters
    ----------
    told, source, out : str
    crash : int, optional
        Which change of the folder `out`, from 0, is not made, because the process is killed.
    fsize : int, optional
        Bytes that a file may have.
    disk : int, optional
        Bytes that all files of `out` together may have. What is there is gone when this ends: so the run is
        done again when there is room, and the rows are told.
    options
        Of `archived`.
    """
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        os.setsid()
        changes = _Changes(out, crash)
        sys.addaudithook(changes)
        if fsize:
            resource.setrlimit(resource.RLIMIT_FSIZE, (fsize, unlimited[1]))
        if disk:
            _mount(out, disk)
        said = archived(source, out, **options)
        if disk:
            left = tree(out)
            _mount(out, 64 << 20, again=True)
            again = archived(source, out, **options)
            said = {"full": said, "left": left, "again": again, "rows": rows(out)}
        said["changes"] = changes.names
    except BaseException as error:
        said = {"unexpected": repr(error)}
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    Path(told).write_text(json.dumps(said, default=str), "utf-8")
    if options.get("jobs") == 1:
        os._exit(0)
    sys.exit()  # and let joblib clean up


def archived(source, out, *, most=None, service=None, settings=None, limits=None, **options):
    """Return the summary of a run as JSON has it, with notes and failures as it told them; or the error.

    ``most`` reports make a part, ``service`` is a class of this module; ``settings`` and ``limits`` are
    mappings.
    """
    if most:
        plan._MOST, plan._ROUNDS = most, 1
    work.SERVICE = f"hostile_service:{service}" if service else work.SERVICE
    told = Told()
    try:
        summary = nlp_reports.archive(
            source,
            out,
            settings=nlp_reports.Settings(**settings or {}),
            limits=nlp_reports.Limits(**limits or {}),
            watcher=told,
            **options,
        )
    except nlp_reports.ReportError as error:
        return {"error": type(error).__name__, "message": str(error), "notes": told.notes}
    return {**summary.to_json(), "notes": told.notes, "failures": told.failures}


def rows(out):
    """Return all tables of an archive, each sorted by its key, which no two rows share."""
    return _rows(out, tuple(tree(out).items()))


@lru_cache(maxsize=4)  # tests ask again and again
def _rows(out, state):
    archive = nlp_reports.open_archive(out)
    found = {}
    for name in archive.tables:
        key = [column.name for column in tables.columns(name) if column.key]
        listed = archive.table(name).to_pylist()
        by_key = {tuple(row[one] for one in key): row for row in listed}
        assert len(by_key) == len(listed), f"a row of {name} stands twice"
        found[name] = [by_key[one] for one in sorted(by_key)]
    return found


def tree(folder):
    """Return the files below a folder, and the time and size of each."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def group(number):
    """Return the processes of a group that are still there, but for those that nobody has waited for."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            state, _, its_group = place.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == number and state != "Z":
                found.append(int(place.parent.name))
    return found


def end(number):
    """Kill the processes of a group, if there are any, and wait until they are gone."""
    with suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)
    while group(number):
        time.sleep(0.01)


class Told(Nobody):
    """Keeps what a run tells of."""

    def __init__(self):
        self.notes, self.failures = [], []

    def note(self, text):
        self.notes.append(text)

    def failure(self, path, message):
        self.failures.append((path, message))


class _Changes:
    """Notes what changes a folder, and kills this process before the change of a number."""

    def __init__(self, folder, crash):
        self.names = []
        self._folder = os.path.join(folder, "")
        self._crash = crash

    def __call__(self, event, arguments):
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return
        if event in ("open", "os.rename", "os.remove", "os.mkdir") and not isinstance(
            arguments[0], int
        ):
            where = os.fsdecode(arguments[0])
            if where.startswith(self._folder):
                if len(self.names) == self._crash:
                    os.kill(os.getpid(), signal.SIGKILL)
                self.names.append(f"{event} {where.removeprefix(self._folder)}")


def _mount(folder, size, *, again=False):
    """Let a folder have so many bytes, for the eyes of this process alone. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, remount, private = 0x20000, 1 << 5, 1 << 14 | 1 << 18
    if not again:
        _called(libc.unshare, new_namespace)
        _called(libc.mount, b"none", b"/", None, private, None)
    options = f"size={size}".encode()
    _called(libc.mount, b"tmpfs", os.fsencode(folder), b"tmpfs", remount * again, options)


def _called(function, *arguments):
    if function(*arguments):
        raise OSError(ctypes.get_errno(), "may not make a folder of its own")
