"""The child process, what guards it, who may write, and what runs the tasks: nothing takes a run down."""

from __future__ import annotations

import gc
import hashlib
import io
import itertools
import json
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import joblib
import mock_service
import pytest
from joblib._parallel_backends import ThreadingBackend
from joblib.externals.loky.process_executor import TerminatedWorkerError

from nlp_reports import Limits, batch, errors
from nlp_reports.batch import engines, frames, guard, lock, work
from nlp_reports.batch.engines import Engine, started
from nlp_reports.batch.guard import Answer, Guard
from nlp_reports.errors import ArchiveError, DocumentDamaged, ReportError, SettingsError
from nlp_reports.settings import DEFAULT

MOCK = "mock_service:Service"
PATIENCE = 30  # seconds after which a test takes a thing for hanging
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

# The package batch imports all that a run needs, most of a second's work. A child with a mock service needs
# none of it: this stands in for the package, and everything in it is imported as ever.
LIGHT = (
    "import sys, types; package = types.ModuleType('nlp_reports.batch'); "
    f"package.__path__ = {list(batch.__path__)!r}; sys.modules[package.__name__] = package; "
)
HEAVY = guard._CODE


@pytest.fixture(autouse=True, scope="module")
def light():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "_CODE", LIGHT + HEAVY)
        yield


@pytest.fixture
def guards():
    """A function that makes a guard with these limits."""
    made = []

    def make(options=None, service=MOCK, **limits):
        made.append(Guard(service, options or {}, Limits(**{"memory": 512, **limits})))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def shared():
    """A guard with usual limits, for whatever harms its child at most."""
    one = Guard(MOCK, {}, Limits(memory=512))
    yield one
    one.close()


def pid_of(asked, **options):
    (pid,) = asked.ask("who", **options).items
    return pid


def answers_still(asked):
    """Tell whether the next request is answered; it has no limit in all."""
    return asked.ask("echo", whole=True, value="后") == Answer(items=["后"])


def is_gone(pid):
    """Tell whether a process has ended; init may not have buried it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def soon(condition, patience=PATIENCE):
    """Tell whether something comes true before patience ends."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def another(code, *arguments, flags=(), **options):
    """Run code in another process, which finds the same modules and starts light children."""
    start = f"{LIGHT}from nlp_reports.batch import guard; guard._CODE = {LIGHT!r} + guard._CODE\n"
    process = subprocess.Popen(
        [sys.executable, *flags, "-c", start + code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
        **options,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


# Frames


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        -1.5,
        2**70,
        "",
        "公开十二条\n\x00\ud800😀",
        [],
        {},
        {"item": {"某": [1, None, True, {"": []}]}},
        "长" * 300_000,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_message_comes_back_as_it_was(value):
    stream = io.BytesIO()
    frames.send(stream, value)
    stream.seek(0)
    assert frames.receive(stream) == value
    assert stream.read() == b""


def test_messages_come_one_after_the_other():
    stream = io.BytesIO()
    for value in ("一", [2], {"三": 3}):
        frames.send(stream, value)
    stream.seek(0)
    assert [frames.receive(stream) for _ in range(3)] == ["一", [2], {"三": 3}]
    with pytest.raises(EOFError):
        frames.receive(stream)


def test_a_message_cut_anywhere_is_the_end():
    stream = io.BytesIO()
    frames.send(stream, {"item": 12})
    for cut in range(len(stream.getvalue())):
        with pytest.raises(EOFError):
            frames.receive(io.BytesIO(stream.getvalue()[:cut]))


@pytest.mark.parametrize("length", [frames.MAX_BYTES + 1, 2**63, 2**64 - 1])
def test_a_message_that_is_too_long_is_refused_before_it_is_read(length):
    stream = io.BytesIO(struct.pack("<Q", length) + b"{}")
    with pytest.raises(ValueError, match=f"{length:,} bytes"):
        frames.receive(stream)
    assert stream.read() == b"{}"


def test_the_longest_message_is_taken_and_one_byte_more_is_not(monkeypatch):
    monkeypatch.setattr(frames, "MAX_BYTES", 10)
    assert frames.receive(io.BytesIO(struct.pack("<Q", 10) + b'"12345678"')) == "12345678"
    with pytest.raises(ValueError, match="11 bytes"):
        frames.receive(io.BytesIO(struct.pack("<Q", 11) + b'"123456789"'))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"'a'",
        b"\xff\xfe\xff",
        b'"\xb9\xab"',
        b"\x00",
        b"9" * 5000,
        b"[" * 500_000,
        b'{"a":' * 500_000,
        pickle.dumps({"item": 1}),
    ],
    ids=lambda data: repr(data)[:20],
)
def test_what_is_no_json_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"."):
        frames.receive(io.BytesIO(struct.pack("<Q", len(data)) + data))


def test_nobody_reading_is_an_os_error():
    reading, writing = os.pipe()
    os.close(reading)
    stream = open(writing, "wb")  # noqa: SIM115
    with pytest.raises(BrokenPipeError):
        frames.send(stream, "某")
    stream.raw.close()  # what could not be written would be tried again


# Limits


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("inf")},
        {"timeout": float("nan")},
        {"stall": 0.0},
        {"stall": -0.5},
        {"stall": float("inf")},
        {"stall": float("nan")},
        {"memory": 511},
        {"memory": 0},
        {"memory": -1},
    ],
    ids=str,
)
def test_limits_out_of_range_are_refused_by_name(options):
    ((name, value),) = options.items()
    with pytest.raises(SettingsError, match=f"^{name} must be .*, not {value}$"):
        Limits(**options)


def test_limits_at_the_ends_of_their_ranges_are_taken():
    assert Limits(memory=512).memory == 512
    assert Limits(memory=None).memory is None
    assert Limits(timeout=0.001, stall=0.001).stall == 0.001


def test_limits_are_named_frozen_and_travel():
    with pytest.raises(TypeError):
        Limits(5)
    with pytest.raises(AttributeError):
        Limits().timeout = 3
    assert pickle.loads(pickle.dumps(Limits(timeout=3))) == Limits(timeout=3) != Limits()


@pytest.mark.parametrize("limits", [{"timeout": 1e10, "stall": 1e10}, {"memory": 2**44}], ids=str)
def test_limits_that_no_clock_and_no_memory_reaches_are_refused_or_hold_nothing_back(
    guards, limits
):
    try:
        asked = guards(**limits)
    except SettingsError:
        return
    assert asked.ask("echo", value=1) == Answer(items=[1])


# What goes well


def test_a_request_is_answered_and_the_child_stays_for_the_next(shared):
    before = pid_of(shared)
    assert shared.ask("echo", value={"某": [None, 1.5]}).items == [{"某": [None, 1.5]}]
    assert pid_of(shared) == before != os.getpid()


def test_an_answer_has_its_items_in_order_and_the_stage_begun_last(shared):
    answer = shared.ask("stages", names=["open", "read", "topics"])
    assert answer == Answer(items=["open", "read", "topics"], stage="topics")
    assert shared.ask("items", values=[1, [], None]) == Answer(items=[1, [], None], stage="start")
    assert shared.ask("items", values=[]) == Answer()


def test_requests_and_answers_that_fill_the_pipe_many_times_pass(shared):
    text = "政府信息公开" * 60_000
    assert shared.ask("echo", value=text).items == [text]
    assert shared.ask("items", values=[text[:99]] * 2000).items == [text[:99]] * 2000


def test_a_service_is_made_with_the_options():
    inside = work._Inside(MOCK, {"raises": ""})
    assert inside.ask("echo", value=1).items == [1]
    with pytest.raises(errors.ModelDamaged):
        work._Inside(MOCK, {"raises": "ModelDamaged"})


def test_nothing_that_is_printed_gets_among_the_messages_and_nothing_can_be_read(shared, capfd):
    before = pid_of(shared)
    assert shared.ask("chatter") == Answer(items=[["", "", 0], "said"])
    assert pid_of(shared) == before
    assert capfd.readouterr() == ("", "")


def test_a_child_that_was_killed_while_idle_is_replaced(shared):
    before = pid_of(shared)
    os.kill(before, signal.SIGKILL)
    assert soon(lambda: is_gone(before))
    assert answers_still(shared)
    assert pid_of(shared) != before


# Errors that a parser raises

FAMILY = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ReportError)
]
FATAL = [kind for kind in FAMILY if issubclass(kind, errors.ModelError | SettingsError)]


def test_the_family_of_errors_is_known():
    assert len(FATAL) >= 5
    assert len(FAMILY) - len(FATAL) >= 15


@pytest.mark.parametrize("kind", [kind for kind in FAMILY if kind not in FATAL])
def test_an_error_of_the_package_is_told_by_name_and_the_child_stays(shared, kind):
    before = pid_of(shared)
    answer = shared.ask("fail", error=kind.__name__, message="第三页坏了")
    assert answer == Answer(stage="read", error=kind.__name__, message="第三页坏了")
    if kind.__name__ not in guard._ENDED:
        assert pid_of(shared) == before
    assert answers_still(shared)


@pytest.mark.parametrize("kind", FATAL)
def test_an_error_of_the_model_or_the_settings_is_fatal(shared, kind):
    answer = shared.ask("fail", error=kind.__name__, message="不是这个模型")
    assert answer == Answer(stage="read", error="Fatal", message="某处: 不是这个模型", fatal=True)
    assert answers_still(shared)


@pytest.mark.parametrize("name", mock_service.ORDINARY)
def test_an_error_that_nobody_expected_fails_one_document(shared, name):
    before = pid_of(shared)
    answer = shared.ask("ordinary", name=name)
    assert (answer.error, answer.stage, answer.fatal) == ("TaggingFailed", "read", False)
    assert answer.message.startswith(mock_service.ORDINARY[name][1])
    assert pid_of(shared) == before


def test_an_error_that_nobody_expected_says_where_in_the_package_it_came_from(shared):
    answer = shared.ask("ours")
    assert answer.error == "TaggingFailed"
    assert "(in nlp_reports.numerals, line " in answer.message


@pytest.mark.parametrize("name", ["recursion", "no_json"])
def test_recursion_without_end_and_answers_that_are_no_json_fail_one_document(shared, name):
    before = pid_of(shared)
    answer = shared.ask(name)
    assert (answer.error, answer.stage) == ("TaggingFailed", "read")
    assert answer.message.startswith(
        "unexpected " + {"recursion": "RecursionError", "no_json": "TypeError"}[name]
    )
    assert pid_of(shared) == before


def test_a_request_that_the_service_does_not_know_fails_alone(shared):
    assert shared.ask("no_such_method").error == "TaggingFailed"
    assert shared.ask("echo", no_such_argument=1).error == "TaggingFailed"
    assert answers_still(shared)


def test_an_error_with_a_megabyte_of_text_is_told_and_the_child_stays(shared):
    before = pid_of(shared)
    answer = shared.ask("long_error")
    assert answer.error == "TaggingFailed"
    assert answer.message.startswith("unexpected ValueError: 长长长")
    assert pid_of(shared) == before


@pytest.mark.parametrize("name", mock_service.ENDING)
def test_errors_that_cannot_be_told_end_the_child_and_nothing_else(shared, name):
    answer = shared.ask("ending", name=name)
    assert answer.error in ("DocumentCrashed", "TaggingFailed")
    assert answer.stage == "read"
    assert not answer.fatal
    assert answers_still(shared)


def test_a_service_that_cannot_be_made_is_fatal_for_no_file_can_be_read(guards):
    """Or each file of the run would be written down as one that crashed."""
    for asked in (
        guards(service="no_such_module:Service"),
        guards(service="mock_service:NoSuchService"),
        guards({"raises": "ModelNotFound"}),
    ):
        answer = asked.ask("echo", value=1)
        assert (answer.error != "", answer.items) == (True, [])
        assert answer.fatal, answer


# What ends the child


@pytest.mark.parametrize(
    ("do", "request_", "message"),
    [
        ("abort", {}, "was ended by SIGABRT"),
        ("segfault", {}, "was ended by SIGSEGV"),
        ("interrupt", {}, "was ended by SIGINT"),
        ("leave", {"status": 3}, "ended with status 3"),
        ("leave", {"status": "再见"}, "ended with status 1"),
        ("vanish", {}, "ended with status 0"),
        ("half", {}, "ended with status 4"),
        ("fall_silent", {}, "fell silent"),
    ],
)
def test_a_child_that_dies_is_named_with_its_death_and_replaced(
    shared, monkeypatch, do, request_, message
):
    monkeypatch.setattr(guard, "_ENDING", 5.0 if do != "fall_silent" else 0.1)
    before = pid_of(shared)
    answer = shared.ask(do, **request_)
    assert answer == Answer(
        stage="read", error="DocumentCrashed", message=f"the process that read it {message}"
    )
    assert answers_still(shared)
    assert pid_of(shared) != before


@linux
@pytest.mark.parametrize("memory", [512, None])
def test_a_child_that_aborts_writes_no_core_file(guards, monkeypatch, tmp_path, memory):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard == 0:
        pytest.skip("core files are switched off for good")
    monkeypatch.chdir(tmp_path)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        asked = guards(memory=memory)
        (about,) = asked.ask("about").items
        assert asked.ask("abort").message.endswith("SIGABRT")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    assert about["core"] == [0, 0]


def test_a_file_is_not_blamed_for_what_the_one_before_has_broken(guards):
    asked = guards()
    assert asked.ask("break_later").items == ["done"]
    assert asked.ask("echo", value=1) == Answer(items=[1])


@linux
def test_a_process_that_a_parser_leaves_behind_ends_with_the_child(guards):
    asked = guards(stall=1)
    (pid,) = asked.ask("offspring").items
    try:
        closing = threading.Thread(target=asked.close, daemon=True)
        closing.start()
        closing.join(5)
        assert not closing.is_alive(), "close() waits for a process that has the pipes open"
        assert soon(lambda: is_gone(pid))
    finally:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)
        closing.join(PATIENCE)


# What never returns


@pytest.mark.parametrize("do", ["sleep", "stuck", "backtrack"])
def test_what_never_returns_is_ended_by_the_limit_in_all(guards, do):
    asked = guards(timeout=0.5)
    before = pid_of(asked, whole=True)
    assert asked.ask(do) == Answer(
        stage="read", error="DocumentTimeout", message="ended after 0.5 seconds"
    )
    assert is_gone(before)
    assert answers_still(asked)


@pytest.mark.parametrize("whole", [False, True])
def test_what_makes_no_progress_is_ended_by_the_limit_without_progress(guards, whole):
    asked = guards(stall=0.5)
    before = pid_of(asked)
    assert asked.ask("stuck", whole=whole) == Answer(
        stage="read",
        error="DocumentTimeout",
        message="ended after 0.5 seconds without progress",
    )
    assert is_gone(before)
    assert answers_still(asked)


def test_stages_are_progress(guards):
    asked = guards(stall=1)
    assert answers_still(asked)
    assert asked.ask("pace", times=5, pause=0.3) == Answer(items=["through"], stage="4")


def test_a_request_about_many_files_has_no_limit_in_all(guards):
    asked = guards(timeout=0.4)
    assert answers_still(asked)
    assert asked.ask("pace", whole=True, times=3, pause=0.2).items == ["through"]
    answer = asked.ask("pace", times=30, pause=0.2)
    assert (answer.error, answer.items) == ("DocumentTimeout", [])


def test_the_time_a_child_takes_to_start_is_not_taken_from_the_file(guards):
    assert guards({"slow": 1.5}, timeout=1).ask("echo", value=1) == Answer(items=[1])
    assert guards({"slow": 1.5}, stall=1).ask("echo", value=1) == Answer(items=[1])


# What eats memory


@linux
@pytest.mark.parametrize(
    ("do", "request_"),
    [
        ("bytes_at_once", {}),
        ("array", {}),
        ("slices", {}),
        ("objects", {}),
        ("need", {"size": 600}),
        ("exhausted", {}),
    ],
)
def test_what_eats_memory_is_told_and_the_next_is_answered(shared, do, request_):
    answer = shared.ask(do, **request_)
    assert answer == Answer(
        stage="read",
        error="DocumentOutOfMemory",
        message="took more memory than the limit allows",
    )
    assert answers_still(shared)
    assert shared.ask("need", size=100).items == [100]


@linux
def test_the_memory_limit_is_that_of_the_settings(guards):
    for memory, megabytes in ((600, 600), (None, None)):
        (about,) = guards(memory=memory).ask("about").items
        if megabytes:
            assert about["memory"] == [megabytes << 20] * 2
        else:
            import resource

            assert about["memory"] == list(resource.getrlimit(resource.RLIMIT_AS))


@linux
def test_a_file_is_not_blamed_for_memory_that_the_one_before_has_kept(guards):
    asked = guards()
    assert guards().ask("need", size=250).items == [250]
    assert asked.ask("leak", size=250).items == [250]
    assert asked.ask("need", size=250) == Answer(items=[250], stage="read")


# What a child says


@pytest.mark.parametrize(
    "message",
    [
        None,
        "done",
        {"stage": 5},
        {"done": False},
        {"failed": {"error": 1, "message": ""}},
        {"fatal": None},
    ],
    ids=str,
)
def test_nonsense_ends_the_child(shared, monkeypatch, message):
    monkeypatch.setattr(guard, "_ENDING", 0.1)
    before = pid_of(shared)
    answer = shared.ask("nonsense", message=message)
    assert (answer.error, answer.stage, answer.items) == ("DocumentCrashed", "read", [])
    assert answer.message.startswith("the process that read it ")
    assert is_gone(before)
    assert answers_still(shared)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 8,
        struct.pack("<Q", 0),
        struct.pack("<Q", 3) + b"nan",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        pickle.dumps({"done": True}, 0),
    ],
    ids=lambda data: repr(data)[:24],
)
def test_bytes_that_are_no_message_end_the_child(shared, data):
    before = pid_of(shared)
    answer = shared.ask("raw", data=data.hex())
    assert (answer.error, answer.stage) == ("DocumentCrashed", "read")
    assert answer.message == "the process that read it answered nonsense"
    assert is_gone(before)
    assert answers_still(shared)


def test_a_message_that_is_announced_and_never_comes_is_not_waited_for(guards):
    asked = guards(stall=0.5)
    assert answers_still(asked)
    answer = asked.ask("raw", data=(struct.pack("<Q", frames.MAX_BYTES) + b'{"item": "').hex())
    assert (answer.error, answer.stage) == ("DocumentTimeout", "read")
    assert answers_still(asked)


@pytest.mark.parametrize("message", [{"stage": "忙"}, {"item": 1}], ids=str)
def test_a_child_that_floods_its_parent_is_ended_in_time(guards, message):
    asked = guards(timeout=0.4)
    assert answers_still(asked)
    answer = asked.ask("flood", message=message)
    assert answer.error == "DocumentTimeout"
    assert answer.stage == message.get("stage", "start")
    assert answers_still(asked)


def test_an_answer_has_only_so_many_parts(shared, monkeypatch):
    monkeypatch.setattr(guard, "_MOST", 3)
    assert shared.ask("items", values=[1, 2, 3]).items == [1, 2, 3]
    answer = shared.ask("items", values=[1, 2, 3, 4])
    assert (answer.items, answer.error) == ([1, 2, 3], "DocumentCrashed")
    assert answers_still(shared)


@pytest.mark.parametrize(
    "message", [{"done": True}, {"failed": {"error": "DocumentEmpty", "message": ""}}], ids=str
)
def test_a_child_that_says_too_early_that_it_is_done_does_not_answer_the_next_with_the_last(
    guards, message
):
    """Or each file after it would be given the report of the file before."""
    asked = guards()
    asked.ask("too_early", message=message)
    answers = [asked.ask("echo", value=value) for value in range(3)]
    assert answers == [Answer(items=[value]) for value in range(3)]


def test_a_request_that_was_broken_off_leaves_nothing_for_the_next(guards, monkeypatch):
    asked = guards()
    take, seen = Answer.take, []

    def interrupted(self, message):
        seen.append(message)
        if len(seen) == 1:
            raise KeyboardInterrupt
        return take(self, message)

    monkeypatch.setattr(Answer, "take", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asked.ask("items", values=["旧", "旧"])
    assert asked.ask("echo", value="新") == Answer(items=["新"])


# Where a child stands


def test_a_child_imports_nothing_from_the_folder_one_stands_in(guards, monkeypatch, tmp_path):
    for name in ("json", "re", "struct", "mock_service", "nlp_reports", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(
            f"open({str(tmp_path / 'taken')!r}, 'a').write({name!r})\nraise SystemExit(7)\n"
        )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    monkeypatch.setenv("PYTHONPATH", "")
    (about,) = guards().ask("about").items
    assert not (tmp_path / "taken").exists()
    assert [path for path in about["modules"] if Path(path).parent == tmp_path] == []


def test_a_child_names_files_as_its_parent_does():
    """`python -X utf8` where the locale is another must not lose the files with Chinese names."""
    code = (
        "import sys; from nlp_reports import Limits\n"
        "one = guard.Guard('mock_service:Service', {}, Limits())\n"
        "print(sys.flags.utf8_mode, *one.ask('utf8_mode').items); one.close()"
    )
    with another(code, flags=["-X", "utf8"]) as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert out.split() == ["1", "1"]


def test_an_interrupt_at_the_keyboard_does_not_reach_the_child():
    code = (
        "import signal, sys; from nlp_reports import Limits\n"
        "signal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))\n"
        "one = guard.Guard('mock_service:Service', {}, Limits())\n"
        "print(*one.ask('who').items, flush=True); sys.stdin.readline()\n"
        "print(*one.ask('who').items, flush=True); one.close()"
    )
    with another(code, start_new_session=True) as process:
        before = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        after, _ = process.communicate("\n", timeout=PATIENCE)
    assert before == after
    assert before.strip()


# What becomes of a child whose parent is gone

ORPHAN = """
import json, sys
from nlp_reports import Limits
one = guard.Guard("mock_service:Service", {"grace": 0.1}, Limits(timeout=1.5, stall=1.5))
print(*one.ask("who", whole=True).items, flush=True)
for request in sys.argv[1:]:
    one.ask(**json.loads(request))
sys.stdin.read()
"""


@linux
def test_an_idle_child_ends_when_its_parent_is_killed():
    with another(ORPHAN) as process:
        child = int(process.stdout.readline())
        assert not is_gone(child)
        process.kill()
        assert soon(lambda: is_gone(child))


@linux
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("do", ["sleep", "stuck"])
def test_a_child_that_never_returns_ends_when_its_parent_is_killed(tmp_path, do, whole):
    mark = tmp_path / "begun"
    with another(ORPHAN, json.dumps({"do": do, "whole": whole, "mark": str(mark)})) as process:
        child = int(process.stdout.readline())
        try:
            assert soon(mark.exists)
            process.kill()
            assert soon(lambda: is_gone(child), 10)
        finally:
            if not is_gone(child):
                os.kill(child, signal.SIGKILL)


@linux
def test_a_child_that_goes_on_and_on_ends_when_its_parent_is_killed():
    with another(ORPHAN, '{"do": "pace", "whole": true, "times": 9999, "pause": 0.1}') as process:
        child = int(process.stdout.readline())
        process.kill()
        assert soon(lambda: is_gone(child))


@linux
def test_a_process_that_forgets_to_close_its_guard_ends_and_the_child_too():
    code = (
        "from nlp_reports import Limits\n"
        "one = guard.Guard('mock_service:Service', {}, Limits())\n"
        "print(*one.ask('who').items)"
    )
    with another(code, stderr=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert soon(lambda: is_gone(int(out)))


@linux
def test_a_closed_guard_leaves_no_process_no_thread_and_no_file():
    def kept():
        gc.collect()  # what earlier tests have left
        return len(os.listdir("/proc/self/fd")), set(threading.enumerate())

    before, pids = kept(), []
    asked = Guard(MOCK, {}, Limits(timeout=0.4, memory=512))
    for do, request in (
        ("echo", {"value": "长" * 100_000}),
        ("abort", {}),
        ("sleep", {}),
        ("flood", {"message": {"item": 1}}),
        ("half", {}),
        ("raw", {"data": "ff" * 8}),
        ("bytes_at_once", {}),
        ("fail", {"error": "SettingsError", "message": ""}),
        ("ordinary", {"name": "value"}),
    ):
        pids.append(pid_of(asked, whole=True))
        asked.ask(do, whole=do not in ("sleep", "flood"), **request)
    asked.close()
    asked.close()
    assert len(set(pids)) >= 8
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert kept() == before
    assert answers_still(asked)
    asked.close()
    assert kept() == before


# The same without a child


@pytest.mark.parametrize(
    ("do", "request_"),
    [
        ("echo", {"value": [1, None]}),
        ("items", {"values": ["一", {"二": 2}]}),
        ("stages", {"names": ["open", "read"]}),
        ("fail", {"error": "DocumentScanned", "message": "只有图"}),
        ("fail", {"error": "ModelMismatch", "message": "不是它"}),
        ("ordinary", {"name": "value"}),
        ("ordinary", {"name": "unpicklable"}),
        ("ours", {}),
        ("recursion", {}),
        ("exhausted", {}),
        ("no_such_method", {}),
    ],
)
def test_without_isolation_the_answers_are_the_same(shared, do, request_):
    inside = work._Inside(MOCK, {})
    assert inside.ask(do, **request_) == shared.ask(do, **request_)
    assert inside.ask("echo", whole=True, value=1) == Answer(items=[1])
    inside.close()


@pytest.fixture
def job(tmp_path):
    """A function that makes a job."""

    def make(service=MOCK, options=None, isolated=True):
        return work.Job(
            out=str(tmp_path),
            service=service,
            options=options or {},
            limits=Limits(memory=512),
            made_with="",
            stamp={},
            claim=lock.Claim(str(tmp_path), ""),
            isolated=isolated,
        )

    yield make
    work.release()


def test_reports_have_the_same_answers_without_isolation_and_fit_in_the_least_memory(
    job, monkeypatch, tmp_path, tagger
):
    monkeypatch.setattr(guard, "_CODE", HEAVY)
    text = "某局2019年政府信息公开工作年度报告\n一、总体情况\n全年主动公开信息12条。\n"
    good, bad, missing = (tmp_path / name for name in ("好.txt", "坏.pdf", "无.txt"))
    good.write_text(text, "utf-8")
    bad.write_bytes(b"%PDF-1.4\n")
    options = {
        "model": None,
        "fingerprint": tagger.model.card["fingerprint"],
        "settings": asdict(DEFAULT),
    }
    answers = []
    for isolated in (True, False):
        asked = work._asked(job(work.SERVICE, options, isolated))
        assert isinstance(asked, Guard) is isolated
        answers.append([])
        for path in (good, bad, missing):
            place = {"place": str(path), "path": path.name}
            sha256 = hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()
            answers[-1] += [
                asked.ask("tell", place=str(path)),
                asked.ask("look", whole=True, **place),
                asked.ask("tag", **place, address=[], sha256=sha256),
            ]
    inside, outside = answers
    assert inside == outside
    tell, look, tag, *others = inside
    assert tell.items == ["file"]
    assert look.items[0]["bytes"] == len(text.encode())
    assert (tag.error, tag.items[0]["year"]) == ("", 2019)
    assert tag.stage == "topics"
    assert [answer.error for answer in others] == [
        "",
        "",
        "DocumentDamaged",
        "DocumentNotFound",
        "DocumentNotFound",
        "DocumentNotFound",
    ]


@linux
def test_tasks_of_one_thread_share_a_child_and_another_thread_has_its_own(job):
    (first, place), (again, _) = (work.tell(job(), "某处").items[0] for _ in range(2))
    assert first == again
    assert place == "某处"
    own = queue.Queue()

    def other():
        own.put(work.tell(job(), "别处").items[0][0])
        work.release()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(PATIENCE)
    second = own.get(timeout=PATIENCE)
    assert second != first
    assert not Path(f"/proc/{second}").exists()
    assert work.tell(job(), "").items[0][0] == first
    assert work.tell(job(options={"grace": 5}), "").items[0][0] != first  # another job
    assert not Path(f"/proc/{first}").exists()
    work.release()
    work.release()


# Who may write

HOLDER = """
import sys
from nlp_reports.batch.lock import held
with held(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@linux
def test_a_second_run_is_refused_until_the_first_has_ended_or_was_killed(tmp_path):
    out = str(tmp_path / "表")
    for end in (signal.SIGKILL, None):
        with another(HOLDER, out) as process:
            assert process.stdout.readline() == "held\n"
            mark = (tmp_path / "表" / ".writing").read_bytes()
            with pytest.raises(ArchiveError, match="another run is writing here") as caught:
                lock.held(out).__enter__()
            assert caught.value.where == out
            assert (tmp_path / "表" / ".writing").read_bytes() == mark
            if end:
                process.kill()
            else:
                process.stdin.close()
            process.wait(PATIENCE)
        with lock.held(out) as claim:
            assert claim.holds()


def test_a_second_run_of_the_same_process_is_refused_too(tmp_path):
    with lock.held(str(tmp_path)), pytest.raises(ArchiveError), lock.held(str(tmp_path)):
        pass


def test_a_run_that_fails_lets_go(tmp_path):
    with pytest.raises(ZeroDivisionError), lock.held(str(tmp_path)):
        _ = 1 / 0
    with lock.held(str(tmp_path)) as claim, claim.writing() as may:
        assert may


PLACES = ["{folder}/表", "memory://batch-guard/{folder}"]


@pytest.mark.parametrize("place", PLACES)
def test_a_worker_of_an_older_run_may_no_longer_write(tmp_path, place):
    out = place.format(folder=tmp_path)
    with lock.held(out) as old:
        old = pickle.loads(pickle.dumps(old))
        with old.writing() as may:
            assert may
    with old.writing() as may:  # its run is gone, and there is no other
        assert may
    with lock.held(out) as new:
        new = pickle.loads(pickle.dumps(new))
        with old.writing() as may:
            assert not may
        with new.writing() as may:
            assert may
        assert new.holds()
        assert not old.holds()


def test_what_a_claim_has_lost_it_does_not_hold_a_moment_later(tmp_path):
    with lock.held(str(tmp_path)) as old:
        pass
    with lock.held(str(tmp_path)):
        assert [old.holds() for _ in range(3)] == [False] * 3


def test_a_claim_looks_again_and_not_at_each_question(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(lock, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with lock.held(str(tmp_path)) as claim:
        assert claim.holds()
        (tmp_path / ".writing").write_bytes(b"another")
        assert claim.holds()
        now[0] += lock._EVERY
        assert not claim.holds()


def test_a_claim_on_a_folder_that_is_gone_holds_no_more(tmp_path):
    with lock.held(str(tmp_path)) as claim:
        (tmp_path / ".writing").unlink()
        assert not claim.holds()
        with pytest.raises(FileNotFoundError), claim.writing():
            pass


def test_workers_write_together_and_a_new_run_waits_for_them(tmp_path):
    with lock.held(str(tmp_path)) as old:
        pass
    there = threading.Event()

    def run():
        with lock.held(str(tmp_path)):
            there.set()

    thread = threading.Thread(target=run)
    with old.writing() as first, old.writing() as second:
        assert first
        assert second
        thread.start()
        assert not there.wait(0.2)
    assert there.wait(PATIENCE)
    thread.join(PATIENCE)
    with old.writing() as may:
        assert not may


# Engines


def counted(tasks):
    """Return tasks, and a list that grows as they are taken."""
    taken = []

    def take():
        for task in tasks:
            taken.append(task)
            yield task

    return take(), taken


@pytest.mark.parametrize(
    ("backend", "address", "message"),
    [
        ("spark", None, "backend must be one of loky, dask, ray, not 'spark'"),
        ("", None, "backend must be one of"),
        ("threading", None, "backend must be one of"),
        ("loky", "tcp://127.0.0.1:8786", "loky works on this machine"),
    ],
)
def test_an_engine_that_there_is_not_is_refused(backend, address, message):
    with pytest.raises(SettingsError, match=message), started(backend, 1, address):
        pytest.fail("it was started")


@pytest.mark.parametrize(("backend", "module"), [("dask", "dask.distributed"), ("ray", "ray")])
def test_an_engine_that_is_not_installed_is_named_with_what_to_install(
    monkeypatch, backend, module
):
    monkeypatch.setitem(sys.modules, module, None)
    with (
        pytest.raises(SettingsError, match=rf"install nlp-reports\[{backend}\]"),
        started(backend, 1),
    ):
        pytest.fail("it was started")


def test_an_import_that_fails_in_a_run_is_not_taken_for_a_missing_engine():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), started("loky", 1):
        import no_such_module  # noqa: F401


def test_one_job_works_in_this_process_and_takes_each_task_when_its_turn_comes():
    tasks, taken = counted([(mock_service.double, (n,)) for n in range(20)])
    with started("loky", 1) as engine:
        assert list(engine.run([(mock_service.process, (0,))])) == [os.getpid()]
        results = engine.run(tasks)
        assert [next(results) for _ in range(3)] == [0, 2, 4]
        assert len(taken) <= 3 + engines._AHEAD
        assert list(results) == [2 * n for n in range(3, 20)]
        assert list(engine.run([])) == []


def test_one_job_brings_an_error_home():
    with started("loky", 1) as engine:
        results = engine.run([(mock_service.double, (1,)), (mock_service.fail, (1,))])
        assert next(results) == 2
        with pytest.raises(DocumentDamaged, match="某处: 1 is odd"):
            next(results)


@linux
def test_two_jobs_give_all_results_and_take_few_tasks_ahead(tmp_path):
    gate = tmp_path / "gate"
    tasks, taken = counted([(mock_service.wait_for, (n, str(gate))) for n in range(40)])
    with started("loky", 2) as engine:
        pids = set(engine.run((mock_service.process, (n,)) for n in range(4)))
        results = engine.run(tasks)
        first, ahead = next(results), len(taken)  # the others wait
        gate.touch()
        assert [first, *sorted(results)] == list(range(40))
        assert ahead <= 1 + 2 * (engines._AHEAD + 1)  # joblib takes as many as it has workers
        calls = [(mock_service.double, (n,)) for n in range(3)] + [(mock_service.fail, (3,))]
        with pytest.raises(DocumentDamaged, match="某处: 3 is odd") as caught:
            list(engine.run(calls))
        assert (caught.value.message, caught.value.where) == ("3 is odd", "某处")
        pids |= set(engine.run((mock_service.process, (n,)) for n in range(4)))
        with pytest.raises(TerminatedWorkerError):
            list(engine.run([(mock_service.die, (3,))] * 2))
    assert os.getpid() not in pids
    assert soon(lambda: all(map(is_gone, pids)))


BROKEN_OFF = """
import itertools, sys, mock_service
from nlp_reports.batch.engines import started
gate, kind = sys.argv[1:]
tasks = {
    "long": ((mock_service.wait_for, (n, gate, 2)) for n in range(20)),
    "short": ((mock_service.double, (n,)) for n in itertools.count()),
}
try:
    with started("loky", 2) as engine:
        results = engine.run(tasks[kind])
        next(results)
        raise ZeroDivisionError
except ZeroDivisionError:
    print("broken off")
"""


@linux
@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_run_that_is_broken_off_ends_at_once_and_says_nothing(tmp_path, kind):
    """It neither waits for the tasks it has given out, nor for itself where they end meanwhile."""
    gate, said = tmp_path / "gate", tmp_path / "said"
    with (
        said.open("wb") as errors_,
        another(BROKEN_OFF, gate, kind, start_new_session=True, stderr=errors_) as process,
    ):
        try:
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert (out, said.read_text("utf-8")) == ("broken off\n", "")
    assert not Path(f"{gate}.late").exists()


class Together(ThreadingBackend):
    """A backend that gives all results together, as that of ray does."""

    supports_return_generator = False


@pytest.fixture
def together():
    joblib.register_parallel_backend("together", Together)
    with joblib.parallel_config("together"):
        yield Engine(2)


def test_a_backend_that_cannot_stream_is_given_chunks(together):
    with pytest.raises(ValueError, match="return_as"):
        joblib.Parallel(n_jobs=2, return_as="generator_unordered")
    tasks, taken = counted([(mock_service.double, (n,)) for n in range(20)])
    results = together.run(tasks)
    assert next(results) == 0
    assert len(taken) == 2 * engines._CHUNK
    assert [*results] == [2 * n for n in range(1, 20)]
    assert len(taken) == 20
    assert list(together.run([])) == []


def test_a_backend_that_cannot_stream_brings_an_error_home(together):
    results = together.run(
        [(mock_service.double, (n,)) for n in range(8)] + [(mock_service.fail, (5,))]
    )
    assert list(itertools.islice(results, 8)) == [2 * n for n in range(8)]
    with pytest.raises(DocumentDamaged, match="5 is odd"):
        next(results)
