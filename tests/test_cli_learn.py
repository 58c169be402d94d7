"""Training, evaluating, suggesting and explaining as a user meets them, in processes of their own."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import zipfile
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from nlp_reports.topics import store

# What is trained on: 48 invented texts with one label each. They stand in one order in every file.
PLACES = ["黎汀县", "云泽镇", "南陂区", "石坞乡", "青渡市", "桐岭县", "白汀镇", "沙洲区"]
SAYINGS = [
    ("全年未收取检索费用", "收费"),
    ("退还了多收的复印费用", "收费"),
    ("举办业务培训班", "培训"),
    ("组织干部学习条例", "培训"),
    ("受理的申请均已答复", "申请"),
    ("按期办结申请人的来信", "申请"),
]
NEWS = [(f"{place}{said}", label) for place, (said, label) in product(PLACES, SAYINGS)]
FOUND = "48 texts with one label each of 3 (single-label)"
LEARNT = "beware: the model was trained on this corpus; what it scores here says little"

# The least that can be trained on, and how to do it fast.
FEW = [("未收取费用", "收费"), ("免收费用", "收费"), ("举办培训", "培训"), ("开展培训", "培训")]
FAST = ("--no-vectors", "--folds", 2)


# Files


def jsonl(*rows):
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def objects(rows, column="label"):
    return [{"text": text, column: labels} for text, labels in rows]


def table(*rows, delimiter=",", end="\n"):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return file.getvalue()


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def state(folder):
    """Everything in a folder: paths and contents."""
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


# Processes

# A process that has loaded every library and the dictionary, and makes a copy of itself for each
# command: from cold, most of the time would go into loading them.
SERVER = """
import functools, gc, json, os, runpy, signal, sys
import joblib, scipy.sparse, sklearn.linear_model, sklearn.svm, tqdm
import nlp_reports, nlp_reports.cli, nlp_reports.pipeline, nlp_reports.suggestion, nlp_reports.training
from nlp_reports import structure, tokens

tokens._ENGINES["rjieba"] = functools.cache(tokens._rjieba)
tokens.Tokenizer()
structure.structure(nlp_reports.read("黎汀县2016年政府信息公开年度报告\\n全年公开三条。"))
nlp_reports.quantities("全年公开三条。")
gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child:
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(order["seconds"])
    for number, path in enumerate(order["streams"]):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOCTTY), number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)
    sys.argv[1:] = order["arguments"]
    try:
        exec(order["first"])
        runpy.run_module("nlp_reports", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        status = stop.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    os._exit(status)  # to tidy up all that was loaded would take longer than most commands
"""
PYTHON = [sys.executable, *(["-I"] if sys.flags.isolated else [])]  # finds the package as we do
SECONDS = 60  # after which a command that hangs is killed, so that its test fails


class Result(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


class Server:
    """Runs commands one after the other, each in a process of its own."""

    def __init__(self, folder):
        self._streams = [folder / "out", folder / "err"]
        self._process = subprocess.Popen(
            [*PYTHON, "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def start(self, *arguments, out=None, err=None, first="", seconds=SECONDS):
        """Begin a command and return the number of its process; Python in `first` runs before it."""
        for stream in self._streams:
            stream.write_bytes(b"")
        streams = [os.devnull, out or self._streams[0], err or self._streams[1]]
        order = {
            "arguments": [*map(str, arguments)],
            "streams": [*map(str, streams)],
            "first": first,
            "seconds": seconds,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = self._process.stdout.readline()
        assert child, "the server has ended: see its traceback"
        return int(child)

    def wait(self):
        """Return how the command ended, and what it said where nothing else was named."""
        status = int(self._process.stdout.readline())
        return Result(status, *(path.read_bytes().decode("utf-8") for path in self._streams))

    def __call__(self, *arguments, **options):
        self.start(*arguments, **options)
        return self.wait()

    def close(self):
        self._process.communicate()


def said(result):
    """The lines on standard error: each of them the command's own, so none of a traceback."""
    lines = result.err.splitlines()
    for line in lines:
        assert line.startswith("nlp-reports: "), result.err
    return [line.removeprefix("nlp-reports: ") for line in lines]


def done(result):
    """What stands on standard output of a command that succeeded."""
    assert result.status == 0, result.err
    assert "nlp-reports: " not in result.out
    return result.out


def data(result):
    """The JSON on standard output; NaN and infinity are no JSON."""
    return json.loads(done(result), parse_constant=pytest.fail)


def refusal(result, status=2):
    """The one line that a command says that refuses to work."""
    assert (result.status, result.out) == (status, "")
    (line,) = said(result)
    return line


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the news; blanks and Chinese in its path trouble no command."""
    folder = tmp_path_factory.mktemp("我的 语料")
    write(folder / "news.jsonl", jsonl(*objects(NEWS)))
    write(folder / "few.jsonl", jsonl(*objects(FEW)))
    write(
        folder / "long.jsonl", jsonl(*objects((place + t, x) for place in PLACES for t, x in NEWS))
    )
    return folder


@pytest.fixture(scope="module")
def cold(desk):
    """A training from cold, with another hash seed, begun early as it takes its time."""
    arguments = ("train", desk / "news.jsonl", "--out", desk / "cold", "--format", "json")
    with subprocess.Popen(
        [*PYTHON, "-m", "nlp_reports", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": "2"},
    ) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def run(tmp_path_factory, cold):
    server = Server(tmp_path_factory.mktemp("streams"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def trained(desk, run):
    """What training said; the model is in ``model`` on the desk."""
    return run("train", desk / "news.jsonl", "--out", desk / "model")


@pytest.fixture(scope="module")
def model(desk, trained):
    done(trained)
    return desk / "model"


@pytest.fixture(scope="module")
def small(desk, run):
    """A model of the few texts."""
    done(run("train", desk / "few.jsonl", "--out", desk / "small", *FAST))
    return desk / "small"


# Training


def test_training_says_what_it_found_and_prints_what_the_model_says_of_itself(trained, model, run):
    assert said(trained) == [FOUND, f"written to {model}"]
    assert done(trained) == done(run("model", model))
    assert sorted(os.listdir(model)) == ["CARD.md", "model.json", "vocabulary.txt", "weights.npz"]
    for words in ("3, single-label", "48 documents, 48 segments", "收费", "培训", "申请"):
        assert words in trained.out


def test_training_again_from_cold_and_from_a_spreadsheet_gives_the_same_model(
    cold, desk, model, run
):
    card = json.loads((model / "model.json").read_text("utf-8"))
    sheet = table(("label", "text"), *((label, text) for text, label in NEWS), end="\r\n")
    path = write(desk / "表 格.csv", sheet.encode("gb18030"))
    again = run("train", path, "--out", desk / "again", "--format", "json")
    assert data(again) == card
    assert said(again) == [FOUND, f"written to {desk / 'again'}"]
    out, err = cold.communicate(timeout=SECONDS)
    assert json.loads(out) == card
    assert said(Result(cold.returncode, out, err)) == [FOUND, f"written to {desk / 'cold'}"]
    assert json.loads((desk / "cold" / "model.json").read_text("utf-8")) == card


def test_the_card_holds_what_was_asked_for(desk, run):
    asked = ("--folds", 3, "--seed", 7, "--no-vectors", "--format", "json")
    card = data(run("train", desk / "few.jsonl", "--out", desk / "asked", *asked))
    recipe = card["recipe"]
    assert (recipe["folds"], recipe["seed"], recipe["vectors"]) == (3, 7, False)
    assert card == json.loads((desk / "asked" / "model.json").read_text("utf-8"))


def test_too_few_examples_are_said_aloud_and_stand_in_the_card(desk, run):
    result = run("train", desk / "few.jsonl", "--out", desk / "rare", *FAST, "--format", "json")
    warning = "labels with fewer than 10 examples, too few to judge: 培训 (2), 收费 (2)"
    assert data(result)["warnings"] == [warning]
    assert f"beware: {warning}" in said(result)


def test_titles_and_words_of_ones_own_go_into_the_model(tmp_path, desk, run):
    titles = write(tmp_path / "titles.tsv", "label\ttitle\n收费\t收费与经费\n培训\t宣传培训\n")
    words = write(tmp_path / "words.txt", "# 地名\n黑塔石\n\n云泽镇 5 ns\n")
    out = tmp_path / "model"
    options = ("--titles", titles, "--words", words, *FAST)
    shown = done(run("train", desk / "few.jsonl", "--out", out, *options))
    assert shown.index("收费 收费与经费") < shown.index("培训 宣传培训")
    card = data(run("model", out, "--format", "json"))
    assert card["labels"] == [
        {"id": "收费", "title": "收费与经费"},
        {"id": "培训", "title": "宣传培训"},
    ]
    assert card["tokenizer"]["words"][-2:] == [["黑塔石", None], ["云泽镇", 5]]
    assert "收费 收费与经费" in done(run("evaluate", desk / "few.jsonl", "--model", out))
    config = done(run("suggest", words, "--model", out, "--format", "label-studio-config"))
    choices = [
        (c.get("value"), c.get("alias")) for c in ElementTree.fromstring(config).iter("Choice")
    ]
    assert choices == [("收费与经费", "收费"), ("宣传培训", "培训")]


# Formats: the model knows the corpus again, so each holds the same texts and labels in one order


def annotated(text, *labels, cancelled=()):
    """A task as Label Studio exports it, with an annotation given up before the one that counts."""

    def answer(chosen, was_cancelled):
        choice = {"from_name": "label", "to_name": "text", "type": "choices"}
        return {
            "was_cancelled": was_cancelled,
            "result": [{**choice, "value": {"choices": list(chosen)}}],
        }

    answers = [answer(cancelled, True)] if cancelled else []
    return {"id": 1, "data": {"text": text}, "annotations": [*answers, answer(labels, False)]}


HEADED = table(("text", "label"), *NEWS)
BARE = table(*((label, "x", text) for text, label in NEWS), delimiter="\t")
LABELS = [(text, [label]) for text, label in NEWS]
DOCCANO = [{"id": n, "text": text, "label": [label]} for n, (text, label) in enumerate(NEWS)]
STUDIO = [annotated(text, label, cancelled=["培训", "收费"]) for text, label in NEWS]
SHORT = [{"id": 1, "text": text, "topic": label, "annotator": 1} for text, label in NEWS]
NAMED = ("--columns", "标签,编号,正文", "--text", "正文", "--label", "标签")


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("labels.jsonl", jsonl(*objects(LABELS, "labels")), ()),
        ("array.json", json.dumps(objects(NEWS)), ()),
        ("comma.csv", HEADED.encode("utf-8-sig"), ()),
        ("sheet.csv", HEADED.replace("\n", "\r\n").encode("gb18030"), ()),
        ("tab.tsv", BARE, NAMED),
        ("unicode.txt", BARE.encode("utf-16"), NAMED),
        ("doccano.jsonl", jsonl(*DOCCANO), ()),
        ("studio.json", json.dumps(STUDIO), ()),
        ("short.json", json.dumps(SHORT, indent=1), ("--label", "topic")),
    ],
)
def test_every_format_is_the_same_corpus(tmp_path, run, model, name, content, options):
    path = write(tmp_path / name, content)
    result = run("evaluate", path, "--model", model, "--format", "json", *options)
    assert data(result)["exact"] == 1
    assert said(result) == [LEARNT, FOUND]


@pytest.mark.parametrize(
    ("content", "options", "notes"),
    [
        (
            table(("text", "labels"), ("甲", "收费|培训"), ("乙", "收费"), ("丙", "")),
            (),
            ["3 texts with 1 to 2 labels of 2 (multi-label), 1 of them without a label"],
        ),
        (
            table(("text", "label"), ("甲", "收费、培训"), ("乙", "申请")),
            ("--separator", "、"),
            ["2 texts with 1 to 2 labels of 3 (multi-label)"],
        ),
        (
            table(("text", "label"), ("甲", "收费"), ("乙", ""), ("丙", "")),
            ("--skip-unlabelled",),
            ["1 text with one label each of 1 (single-label)", "2 rows without a label skipped"],
        ),
        (
            json.dumps([annotated("甲", "收费"), {"data": {"text": "乙"}, "annotations": []}]),
            (),
            ["1 text with one label each of 1 (single-label)", "1 row without a label skipped"],
        ),
        (
            table(("text", "label"), ("甲3件", "收费"), ("乙", "培训"), ("甲 5件", "培训")),
            (),
            [
                "3 texts with one label each of 2 (single-label)",
                "1 text is a copy of another, but for blanks, case and figures",
                "1 of the copies with other labels than the text copied, first in lines 2, 4",
            ],
        ),
        (
            table(("text", "label", "from"), ("甲", "收费", "一"), ("甲", "收费", "二")),
            ("--document", "from"),
            [
                "2 texts with one label each of 1 (single-label)",
                "1 text is a copy of another, but for blanks, case and figures",
                "1 of the copies in another document than the text copied",
            ],
        ),
    ],
)
def test_what_a_file_holds_is_said_aloud(tmp_path, run, model, content, options, notes):
    path = write(tmp_path / "a.csv", content)
    result = run("evaluate", path, "--model", model, "--format", "json", *options)
    assert data(result)["segments"] == int(notes[0].split()[0])
    assert said(result) == notes


# Refusals


GOOD = '{"text": "好", "label": "a"}\n'


@pytest.mark.parametrize(
    ("name", "content", "place", "complaint"),
    [
        ("a.csv", "text,label\n好,a\n坏,\n", ":3", "'label' is empty"),
        ("a.csv", "text,label\n好,a\n坏,b,c\n", ":3", "has 3 cells for 2 columns"),
        (
            "a.csv",
            'text,label\n"好\n",a\n"坏,b\n',
            ":4",
            "a quotation mark misplaced or not closed",
        ),
        ("a.csv", "text,label\n好,a\n \u200b,b\n", ":3", "holds no visible character"),
        ("a.csv", "text,label\n好,a\n\n\n坏\n", ":5", "'label' is missing"),
        ("a.csv", "body,label\n好,a\n", ":2", "'text' is missing; the row has ['body', 'label']"),
        ("a.csv", "text,text\n好,a\n", ":1", "two columns are called 'text'"),
        ("a.csv", "text,label\r\n好,a\r\n坏,\r\n".encode("gb18030"), ":3", "'label' is empty"),
        ("a.csv", f"text,label\n好,a\n{'坏' * 1_700_000},b\n", ":3", "larger than field limit"),
        (
            "a.csv",
            f"text,label\n好,{'坏' * 100_000}\n",
            ":2",
            "100000 characters is longer than 200",
        ),
        ("a.tsv", "text\tlabel\n好\ta\n坏\ta\x07\n", ":3", "a label holds the character U+0007"),
        ("a.jsonl", GOOD + '{"text": "坏"}\n', ":2", "'label' is missing"),
        ("a.jsonl", GOOD + '{"text": "坏"\n', ":2", "is not JSON: Expecting ',' delimiter"),
        ("a.jsonl", GOOD + '{"text": 3, "label": "a"}\n', ":2", "'text' is no string"),
        ("a.jsonl", GOOD + '{"text": "坏", "label": {}}\n', ":2", "neither a string nor a number"),
        ("a.jsonl", GOOD + '{"text": "坏", "label": "a\\nb"}\n', ":2", "the character U+000A"),
        ("a.jsonl", GOOD + '{"text": "坏", "label": "\\u001b[2J"}\n', ":2", "the character U+001B"),
        ("a.jsonl", GOOD + '{"text": "坏", "label": "\\ud800"}\n', ":2", "the character U+D800"),
        ("a.jsonl", GOOD + '{"text": ' + "[" * 100_000, ":2", "nested too deeply"),
        ("a.jsonl", GOOD + '{"text": ' + "9" * 9999 + "}", ":2", "a number is too large"),
        ("a.json", f"[{GOOD}, 3]", "[2]", "is no JSON object"),
        (
            "a.json",
            json.dumps([{"data": {"text": "坏"}, "annotations": 3}]),
            "[1]",
            "'annotations'",
        ),
        (
            "a.jsonl",
            GOOD + GOOD.replace("好", " ") * 3,
            ":2",
            "(and 2 more broken rows: lines 3, 4)",
        ),
    ],
)
def test_a_broken_row_is_named_and_nothing_is_trained(
    tmp_path, run, small, name, content, place, complaint
):
    path = write(tmp_path / name, content)
    shutil.copytree(small, tmp_path / "older")
    before = state(tmp_path)
    line = refusal(run("train", path, "--out", tmp_path / "older"))
    assert line.startswith(f"{path}{place}: ")
    assert complaint in line
    assert len(line) < 500
    assert state(tmp_path) == before


def pipe(path):
    os.mkfifo(path)


NASTY = {
    "empty.csv": (b"", "is empty"),
    "blank.jsonl": (b"\xef\xbb\xbf\n \r\n\t", "is empty"),
    "header.csv": (b"text,label\n", "holds no labelled text"),
    "array.json": (b"[]", "holds no labelled text"),
    "binary.csv": (bytes(range(256)) * 40, "is no text"),
    "sheet.xlsx": (b"PK\x03\x04" + bytes(200), "is no text; a spreadsheet must be saved as CSV"),
    "deep.json": (b"[" * 100_000, "nested too deeply"),
    "folder.csv": (Path.mkdir, "documents.jsonl: cannot be read: No such file or directory"),
    "pipe.csv": (pipe, "this is no regular file"),
    "loop.csv": (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
    "missing.csv": (lambda path: None, "cannot be read: No such file or directory"),
    "名 字\x1b[31m\n.csv": (b"text,label\n", "holds no labelled text"),
    f"{'长' * 300}.csv": (lambda path: None, "cannot be read: File name too long"),
}


@pytest.mark.parametrize(
    ("command", "name"),
    [*(("train", name) for name in NASTY), ("evaluate", "pipe.csv"), ("evaluate", "binary.csv")],
)
def test_what_is_no_corpus_is_refused_in_one_line(tmp_path, run, command, name):
    path, (content, complaint) = tmp_path / name, NASTY[name]
    if isinstance(content, bytes):
        write(path, content)
    else:
        content(path)
    options = ("--out", tmp_path / "model") if command == "train" else ()
    line = refusal(run(command, path, *options))
    assert line.startswith(str(path).replace("\x1b", r"\x1b").replace("\n", r"\n"))
    assert complaint in line
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (table(("text", "label"), ("甲", "a")), "one document is too little to train on"),
        (table(("text", "label"), ("甲", "a"), ("乙", "a")), "nothing to tell apart"),
        (table(("text", "label"), ("甲", "a"), ("乙", "b")), "in one only: a, b"),
        (table(("text", "label"), *FEW, ("甲", "\u202e")), "in one only: \\u202e"),
    ],
)
def test_a_corpus_too_small_is_refused_once_it_was_described(tmp_path, run, content, complaint):
    path = write(tmp_path / "a.csv", content)
    result = run("train", path, "--out", tmp_path / "model")
    assert (result.status, result.out) == (2, "")
    first, last = said(result)
    assert "single-label" in first
    assert complaint in last
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: write(path / "notes.txt", "x"), "a folder that holds no model"),
        (lambda path: write(path, "x"), "a file"),
        (pipe, "a file"),
    ],
)
def test_a_place_that_holds_something_else_is_not_overwritten(tmp_path, desk, run, make, complaint):
    make(tmp_path / "out")
    before = sorted(tmp_path.rglob("*"))
    # It is said before the corpus is looked at, which is not even there.
    line = refusal(run("train", desk / "missing.csv", "--out", tmp_path / "out"))
    assert line == f"{tmp_path / 'out'}: refusing to overwrite {complaint}"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_place_that_cannot_be_written_is_named(tmp_path, desk, run):
    name = "x" * 250  # of the 255 a name may have, the draft needs some
    result = run("train", desk / "few.jsonl", "--out", tmp_path / name, *FAST)
    assert (result.status, result.out) == (1, "")
    assert said(result)[-1].startswith(f"{tmp_path}/.{name}")
    assert said(result)[-1].endswith(": File name too long")
    assert os.listdir(tmp_path) == []


def test_no_model_is_written_below_a_file(tmp_path, desk, run):
    file = write(tmp_path / "file", "x")
    line = refusal(run("train", desk / "missing.csv", "--out", file / "a" / "model"))
    assert line == f"{file}: refusing to write below a file"


HERE = pytest.param(
    ".", marks=pytest.mark.xfail(strict=True, reason="train loads `out` by its old name")
)


@pytest.mark.parametrize("name", ["link", HERE])
def test_a_link_is_followed_and_the_folder_one_stands_in_is_a_place(tmp_path, desk, run, name):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to("real")
    first = f"os.chdir({str(tmp_path if name == 'link' else real)!r})"
    done(run("train", desk / "few.jsonl", "--out", name, *FAST, first=first))
    assert (real / "model.json").is_file()
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


@pytest.mark.parametrize(
    ("option", "content", "place", "complaint"),
    [
        ("--words", "# 词\n黑塔石\n\n云泽 五\n", ":4", "'五' is no frequency"),
        ("--words", "黑塔石 0\n", ":1", "'0' is no frequency"),
        ("--words", "黑塔石\n".encode("gb18030"), "", "is not UTF-8"),
        ("--words", None, "", "cannot be read: No such file or directory"),
        ("--words", Path.mkdir, "", "cannot be read: Is a directory"),
        pytest.param(
            *("--words", pipe, "", "no regular file"),
            marks=pytest.mark.xfail(strict=True, reason="tokens.read_words waits for a writer"),
        ),
        ("--titles", "a\t甲\nb\n", ":2", "'title' is missing"),
        ("--titles", "label,title\na,甲\na,乙\n", ":3", "'a' stands here a second time"),
        ("--titles", "", "", "is empty"),
        ("--titles", None, "", "cannot be read: No such file or directory"),
        ("--titles", pipe, "", "no regular file"),
    ],
)
def test_a_bad_line_of_words_or_titles_is_named(
    tmp_path, desk, run, option, content, place, complaint
):
    path = tmp_path / "list"
    if callable(content):
        content(path)
    elif content is not None:
        write(path, content)
    arguments = ("train", desk / "few.jsonl", "--out", tmp_path / "out", option, path)
    line = refusal(run(*arguments, seconds=2))
    assert line.startswith(f"{path}{place}: ")
    assert complaint in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("train",),
        ("train", "few.jsonl"),
        ("train", "", "--out", "x"),
        ("train", "few.jsonl", "--out", ""),
        ("train", "few.jsonl", "--out", "x", "--folds", "1"),
        ("train", "few.jsonl", "--out", "x", "--folds", "two"),
        ("train", "few.jsonl", "--out", "x", "--jobs", "0"),
        ("train", "few.jsonl", "--out", "x", "--seed", "-1"),
        ("train", "few.jsonl", "--out", "x", "--seed", str(2**32)),
        ("train", "few.jsonl", "--out", "x", "--seed", "9" * 5000),
        ("train", "few.jsonl", "--out", "x", "--columns", "text,,label"),
        ("train", "few.jsonl", "--out", "x", "--columns", "text,text"),
        ("train", "few.jsonl", "--out", "x", "--separator", ""),
        ("train", "few.jsonl", "--out", "x", "--format", "csv"),
        ("evaluate", "few.jsonl", "--worst", "-1"),
        ("evaluate", "few.jsonl", "--threshold", "nan"),
        ("evaluate", "few.jsonl", "--split", "test"),
        ("evaluate", "few.jsonl", "--model", "nowhere"),
        ("suggest",),
        ("suggest", "few.jsonl", "-n", "0"),
        ("suggest", "few.jsonl", "--format", "xml"),
        ("model", ""),
    ],
)
def test_wrong_use_exits_with_two_and_says_why(desk, run, arguments):
    before = sorted(desk.iterdir())
    result = run(*arguments, first=f"os.chdir({str(desk)!r})")
    assert (result.status, result.out) == (2, "")
    assert re.match(r"usage: nlp-reports |nlp-reports: ", result.err)
    assert "Traceback" not in result.err
    assert sorted(desk.iterdir()) == before


def test_a_refusal_from_cold_is_the_same(desk):
    bad = write(desk / "bad.csv", "text,label\n好,a\n坏,\n")
    arguments = ("train", bad, "--out", desk / "never")
    result = subprocess.run(
        [*PYTHON, "-m", "nlp_reports", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"nlp-reports: {bad}:3: 'label' is empty\n"


# Streams


def test_with_standard_error_closed_there_is_still_nothing_but_data(desk, run, model):
    first = "os.close(2); sys.stderr = None"
    result = run("evaluate", desk / "news.jsonl", "--model", model, "--format", "json", first=first)
    assert data(result)["segments"] == len(NEWS)
    result = run("train", desk / "few.jsonl", "--out", desk / "mute", *FAST, first=first)
    assert done(result).startswith("fingerprint")


def test_a_model_is_kept_even_if_it_cannot_be_shown(desk, run):
    result = run("train", desk / "few.jsonl", "--out", desk / "full", *FAST, out="/dev/full")
    assert result.status == 1
    assert said(result)[-1] == "cannot write: No space left on device"
    assert store.load(desk / "full").labels == ("培训", "收费")


# A terminal, and those who leave early


class Terminal:
    """Stands in for standard error and keeps what is shown there."""

    def __init__(self):
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.name = os.ttyname(self._theirs)
        self.shown = ""

    def read(self, moment=None):
        """Read until what is shown matches `moment`, or to the end; tell whether it does."""
        while not (moment and re.search(moment, self.shown)):
            try:
                found = os.read(self._ours, 65536)
            except OSError:  # the other side has ended
                return False
            self.shown += found.decode("utf-8")
            if self._theirs:  # the other side has opened it, and is now the only one
                os.close(self._theirs)
                self._theirs = 0
        return True

    def close(self):
        for end in filter(None, (self._ours, self._theirs)):
            os.close(end)


@pytest.fixture
def terminal():
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_progress_is_shown_on_a_terminal_and_never_in_a_pipe(desk, run, terminal, trained):
    run.start("train", desk / "few.jsonl", "--out", desk / "seen", *FAST, err=terminal.name)
    terminal.read()
    result = run.wait()
    assert result.status == 0, terminal.shown
    assert done(result).startswith("fingerprint")
    assert re.search(r"\rtraining: 100%\|█+\| 3/3 ", terminal.shown)
    assert "\r" not in trained.err
    assert "training" not in trained.err


# Moments as a terminal shows them: the corpus was read, the first of many fits is done, more are.
MOMENTS = {"read": "single-label", "begun": r" [1-9]\d*/\d+ ", "on its way": r" [2-9]\d/\d+ "}


@pytest.mark.parametrize(
    ("moment", "older"),
    [("read", True), ("begun", False), ("begun", True), ("on its way", True)],
)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_training_broken_off_leaves_what_was_there(
    tmp_path, desk, run, small, terminal, sign, moment, older
):
    out = tmp_path / "model"
    if older:
        shutil.copytree(small, out)
    before = state(tmp_path)
    arguments = ("train", desk / "long.jsonl", "--out", out, "--no-vectors", "--folds", 200)
    process = run.start(*arguments, err=terminal.name)
    seen = terminal.read(MOMENTS[moment])
    if seen:
        os.kill(process, sign)
    terminal.read()
    status, shown, _ = run.wait()
    assert seen, terminal.shown
    assert (status, shown) == (130 if sign == signal.SIGINT else -sign, "")
    assert "Traceback" not in terminal.shown
    assert state(tmp_path) == before
    if older:
        assert "收费" in done(run("model", out))


# What is on the disk before each access to it while a model is saved: what a kill would leave there.
WATCH = """
import shutil
shelf, copies, busy = {shelf!r}, {copies!r}, []
def watch(event, arguments):
    if event in ("open", "shutil.rmtree") or event.startswith("os."):
        if not busy and str((arguments or [""])[0]).startswith(shelf + os.sep):
            busy.append(event)
            shutil.copytree(shelf, os.path.join(copies, f"{{len(os.listdir(copies)):03}}"))
            busy.clear()
sys.addaudithook(watch)
"""


def files(folder):
    """Names and contents of the files of a model; empty where there is none."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))}


@pytest.mark.parametrize("older", [False, True], ids=["nothing there", "older model"])
def test_a_kill_at_any_moment_of_saving_leaves_no_half_model(tmp_path, desk, run, small, older):
    shelf, copies = tmp_path / "shelf", tmp_path / "copies"
    shelf.mkdir()
    copies.mkdir()
    if older:
        shutil.copytree(small, shelf / "model")
    old = files(shelf / "model")
    first = WATCH.format(shelf=str(shelf), copies=str(copies))
    arguments = ("train", desk / "few.jsonl", "--out", shelf / "model", *FAST, "--seed", 7)
    done(run(*arguments, first=first))
    new = files(shelf / "model")
    assert new.keys() == files(small).keys()
    assert new != old
    found = [(files(copy / "model"), copy) for copy in sorted(copies.iterdir())]
    assert found[-1][0] == new
    assert os.listdir(shelf) == ["model"]
    # Moments at which a part of the new model was on the disk already, but not in its place.
    assert sum(seen == old and len(os.listdir(copy)) > older for seen, copy in found) > 5
    between = [copy for seen, copy in found if seen not in (old, new)]
    assert len(between) <= 1
    for copy in between:  # two renamings: the older model is whole, beside its place
        assert not (copy / "model").exists()
        assert old in map(files, copy.iterdir())


# Where a signal arrives while a model is saved: at the first access to a path that ends like this.
INTERRUPT = """
end, event_meant, sent = {end!r}, {event!r}, []
def watch(event, arguments):
    if event == event_meant and not sent and str(arguments[0]).endswith(end):
        sent.append(event)
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(watch)
"""


@pytest.mark.parametrize(
    ("event", "end"),
    [
        ("open", "vocabulary.txt"),
        ("open", "weights.npz"),
        ("open", "CARD.md"),
        ("os.rename", "model"),
    ],
)
def test_a_model_interrupted_while_it_is_saved_leaves_the_older_one(
    tmp_path, desk, run, small, event, end
):
    shutil.copytree(small, tmp_path / "model")
    before = state(tmp_path)
    arguments = ("train", desk / "few.jsonl", "--out", tmp_path / "model", *FAST, "--seed", 7)
    result = run(*arguments, first=INTERRUPT.format(event=event, end=end))
    assert (result.status, result.out) == (130, "")
    assert said(result)
    assert state(tmp_path) == before


# Evaluating


def folder_of_documents(folder):
    """A corpus folder: six documents in three splits, a segment with two topics in each."""
    names = [f"d{n}" for n in range(6)]
    rows = []
    for name, place in zip(names, PLACES, strict=False):
        texts = [(f"{place}{said}。", [topic]) for said, topic in SAYINGS]
        texts.append((f"{place}申请人的培训费用未收取。", ["收费", "培训"]))
        segments = [{"text": text, "topics": topics} for text, topics in texts]
        row = {"document": name, "paragraph": 0, "headings": ["一、工作"], "segments": segments}
        rows.append(row)
    write(folder / "paragraphs.jsonl", jsonl(*rows))
    write(folder / "documents.jsonl", jsonl(*({"document": name} for name in names)))
    write(folder / "topics.tsv", "topic\ttitle\n申请\t依申请公开\n收费\t收费\n培训\t宣传培训\n")
    write(
        folder / "splits.json",
        json.dumps({"train": names[:4], "dev": names[4:5], "test": names[5:]}),
    )
    return folder


@pytest.fixture(scope="module")
def folder(desk, run):
    """A corpus folder, with the model that was trained on it inside."""
    folder = folder_of_documents(desk / "文件夹")
    out = desk / "of documents"
    card = data(run("train", folder, "--out", out, *FAST, "--format", "json"))
    assert [label["title"] for label in card["labels"]] == ["依申请公开", "收费", "宣传培训"]
    assert (card["exclusive"], card["corpus"]["documents"]) == (False, 5)
    assert card["scores"]["test"]["segments"] == 7
    return folder


@pytest.mark.parametrize(
    ("options", "segments", "beware"),
    [
        ((), 42, True),
        (("--split", "train"), 28, True),
        (("--split", "dev"), 7, True),
        (("--split", "test"), 7, False),
    ],
)
def test_a_split_is_judged_alone_and_only_what_was_learnt_is_warned_of(
    desk, run, folder, options, segments, beware
):
    arguments = ("evaluate", folder, "--model", desk / "of documents", "--format", "json")
    result = run(*arguments, *options)
    found = data(result)
    assert found["segments"] == segments
    assert sum(label["support"] for label in found["labels"].values()) == segments // 7 * 8
    assert said(result) == [LEARNT] * beware


def test_a_split_that_is_not_there_is_refused(desk, run, folder):
    arguments = ("evaluate", folder, "--model", desk / "of documents", "--split", "exam")
    assert said(run(*arguments))[-1] == "the corpus has no split 'exam'"
    assert run(*arguments).status == 2


@pytest.fixture(scope="module")
def wrong(desk):
    """The news with three wrong labels: one exchanged, two of a kind that no model knows."""
    rows = [(NEWS[0][0], "申请"), *((text, "体育") for text, _ in NEWS[1:3]), *NEWS[3:]]
    return write(desk / "wrong.csv", table(("text", "label"), *rows))


def test_an_evaluation_is_a_table_that_names_the_worst_mistakes(run, model, wrong):
    result = run("evaluate", wrong, "--model", model)
    shown = done(result)
    assert said(result) == ["48 texts with one label each of 4 (single-label)"]
    assert re.search(r"^segments 48   accuracy 0\.9375   ", shown)
    assert re.search(r"^体育 +0\.000  0\.000  0\.000        2$", shown, re.MULTILINE)
    assert re.search(r"^申请  -> 收费 +1$", shown, re.MULTILINE)
    for text, _ in NEWS[:3]:
        assert text in shown
    assert "3 of 3" in shown.partition("Worst mistakes")[2]
    fewer = done(run("evaluate", wrong, "--model", model, "--worst", 1))
    assert "1 of 3" in fewer.partition("Worst mistakes")[2]
    none = done(run("evaluate", wrong, "--model", model, "--worst", 0))
    assert none == fewer.partition("── Worst mistakes")[0].rstrip() + "\n"


def test_an_evaluation_as_json_holds_the_same(run, model, wrong):
    found = data(run("evaluate", wrong, "--model", model, "--format", "json"))
    assert (found["segments"], found["exclusive"], found["exact"]) == (48, True, 0.9375)
    assert {x: s["support"] for x, s in found["labels"].items()} == {
        "培训": 15,
        "收费": 14,
        "申请": 17,
        "体育": 2,
    }
    assert {m["text"] for m in found["mistakes"]} == {text for text, _ in NEWS[:3]}
    losses = [m["loss"] for m in found["mistakes"]]
    assert losses == sorted(losses, reverse=True)
    assert sum(c["count"] for c in found["confusions"]) == 3
    fewer = data(run("evaluate", wrong, "--model", model, "--format", "json", "--worst", 1))
    assert fewer["mistakes"] == found["mistakes"][:1]
    fewer = data(run("evaluate", wrong, "--model", model, "--format", "json", "--worst", 0))
    assert fewer == {**found, "mistakes": []}


def test_a_threshold_of_one_leaves_no_label_of_many(desk, run, folder):
    arguments = ("evaluate", folder, "--model", desk / "of documents", "--format", "json")
    assert data(run(*arguments, "--threshold", 1))["micro_f1"] == 0
    assert data(run(*arguments, "--threshold", 0))["labels"]["收费"]["recall"] == 1


# What a model says of itself


def test_the_shipped_model_says_what_it_is(run):
    card = json.loads((store.shipped() / "model.json").read_text("utf-8"))
    assert data(run("model", "--format", "json")) == card
    shown = done(run("model"))
    for words in (card["fingerprint"], "15, multi-label", "problems 存在问题", "macro F1"):
        assert words in shown


def alter(*, seal=True, **entries):
    """Change entries of a card, None takes one out; and seal it as whoever wrote it would have."""

    def change(model):
        card = json.loads((model / "model.json").read_text("utf-8"))
        card = {key: value for key, value in {**card, **entries}.items() if value is not None}
        if seal:
            card["seal"] = store._seal(card)
        write(model / "model.json", json.dumps(card))

    return change


def garble(model):
    """Make a vocabulary that is no text, known to the card."""
    write(model / "vocabulary.txt", b"\xff")
    files = json.loads((model / "model.json").read_text("utf-8"))["files"]
    alter(files={**files, "vocabulary.txt": sha256(b"\xff").hexdigest()})(model)


def cut(name, length):
    return lambda model: write(model / name, (model / name).read_bytes()[:length])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (shutil.rmtree, "there is no model here (no model.json)"),
        (lambda model: (model / "model.json").unlink(), "there is no model here (no model.json)"),
        (cut("model.json", 0), "model.json cannot be read: Expecting value"),
        (cut("model.json", 500), "model.json cannot be read: "),
        (lambda model: write(model / "model.json", "[]"), "model.json cannot be read: "),
        (alter(format=99), "format 99; this version reads format 2"),
        (alter(labels=None), "model.json lacks or garbles 'labels'"),
        (alter(seal=False, exclusive=False), "altered: model.json does not fit its seal"),
        (garble, "vocabulary.txt: is not UTF-8"),
        (lambda model: (model / "weights.npz").unlink(), "cannot be read: No such file"),
        (cut("weights.npz", 100), "altered: its checksum is not the one in model.json"),
        (cut("vocabulary.txt", 9), "altered: its checksum is not the one in model.json"),
    ],
)
def test_a_damaged_model_is_named(tmp_path, run, small, damage, complaint):
    model = shutil.copytree(small, tmp_path / "model")
    damage(model)
    line = refusal(run("model", model))
    assert line.startswith(str(model))
    assert complaint in line


@pytest.mark.parametrize("command", ["evaluate", "suggest", "tag"])
def test_every_command_refuses_a_damaged_model(tmp_path, desk, run, small, command):
    model = shutil.copytree(small, tmp_path / "model")
    cut("weights.npz", 100)(model)
    line = refusal(run(command, desk / "few.jsonl", "--model", model))
    assert line.startswith(f"{model / 'weights.npz'}: altered")


@pytest.mark.parametrize(
    "damage",
    [
        alter(
            corpus=None, fingerprint=None, recipe=None, libraries=None, scores=None, warnings=None
        ),
        alter(corpus=3, fingerprint={}, recipe=[], libraries="", scores={"test": 3}, warnings={}),
        alter(labels=[{"id": "培训"}, {"id": "收费", "title": 3}]),
    ],
)
def test_a_model_whose_card_says_little_still_works(tmp_path, desk, run, small, damage):
    model = shutil.copytree(small, tmp_path / "model")
    damage(model)
    assert "收费" in done(run("model", model))
    few = ("few.jsonl", "--model", model)
    first = f"os.chdir({str(desk)!r})"
    assert "收费" in done(run("evaluate", *few, first=first))
    assert "<Choice" in done(run("suggest", *few, "--format", "label-studio-config", first=first))
    assert len(data(run("suggest", *few, "--format", "label-studio", first=first))) == len(FEW)


# What to label next

DOUBTFUL = [f"{place}收取了培训班申请人的费用" for place in PLACES]
POOL = DOUBTFUL + [f"{place}按期办结了申请" for place in PLACES]
REPORT = """黎汀县2016年政府信息公开年度报告
一、工作情况
黎汀县举办业务培训班三期。云泽镇全年未收取检索费用。
二、存在问题
青渡市受理的申请答复较慢。
"""


@pytest.fixture(scope="module")
def pool(desk):
    return write(desk / "pool.csv", table(("text",), *((text,) for text in POOL)))


def rows_of(result):
    """What `suggest` printed as JSON Lines, and the last line it said."""
    return [json.loads(line) for line in done(result).split("\n")[:-1]], said(result)[-1]


def test_suggestions_are_rows_that_name_their_place(run, model, pool):
    result = run("suggest", pool, "--model", model, "-n", 5)
    rows, last = rows_of(result)
    assert last == f"5 of {len(POOL)} texts"
    assert run("suggest", pool, "--model", model, "-n", 5) == result
    lines = {text: n for n, text in enumerate(POOL, 2)}
    for row in rows:
        assert row.keys() == {"text", "label", "suggested", "uncertainty", "where"}
        assert row["where"] == f"{pool}:{lines[row['text']]}"
        assert (row["label"], len(row["suggested"])) == ([], 1)
        assert 0 <= row["uncertainty"] <= 1
    assert rows[0]["text"] in DOUBTFUL


def test_all_texts_are_suggested_if_there_are_no_more(run, model, pool):
    rows, last = rows_of(run("suggest", pool, "--model", model))
    assert sorted(row["text"] for row in rows) == sorted(POOL)
    assert last == f"{len(POOL)} of {len(POOL)} texts"


def test_what_is_labelled_is_not_suggested_again(tmp_path, run, model, pool):
    labelled = write(tmp_path / "a.jsonl", jsonl(*objects((text, "收费") for text in DOUBTFUL)))
    rows, _ = rows_of(run("suggest", pool, "--model", model, "--labelled", labelled))
    assert sorted(row["text"] for row in rows) == sorted(POOL[len(DOUBTFUL) :])
    whole = write(tmp_path / "b.jsonl", jsonl(*objects((text, "收费") for text in POOL)))
    result = run("suggest", pool, "--model", model, "--labelled", whole)
    assert (done(result), said(result)) == ("", [f"0 of {len(POOL)} texts"])
    broken = write(tmp_path / "c.csv", "text,label\n好,\n")
    line = refusal(run("suggest", pool, "--model", model, "--labelled", broken))
    assert line == f"{broken}:2: 'label' is empty"


@pytest.fixture
def reports(tmp_path):
    """A folder of reports, one of them broken, another in a zip archive, and a table of texts."""
    folder = tmp_path / "年 报"
    write(folder / "a" / "one.txt", REPORT)
    write(folder / "a" / "two.pdf", b"%PDF-1.7\n1 0 obj\n")
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("年报/three.txt", REPORT.replace("县", "区"))
        archive.writestr("four.docx", b"")
    write(folder / "c.tsv", table(("text",), (DOUBTFUL[0],), delimiter="\t"))
    return folder


def test_reports_are_cut_and_a_broken_one_does_not_spoil_the_others(run, model, reports):
    result = run("suggest", reports, "--model", model)
    assert result.status == 1
    *failures, last = said(result)
    assert [line.split(": ")[0] for line in failures] == [
        f"{reports}/a/two.pdf",
        f"{reports}/b.zip/four.docx",
    ]
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert last == "5 of 7 texts"  # two stand in both reports
    places = {row["text"]: row["where"] for row in rows}
    assert places["黎汀县举办业务培训班三期。"] == f"{reports}/a/one.txt"
    assert places["黎汀区举办业务培训班三期。"] == f"{reports}/b.zip/年报/three.txt"
    assert places[DOUBTFUL[0]] == f"{reports}/c.tsv:2"


def test_a_zip_archive_alone_is_opened(run, model, reports):
    result = run("suggest", reports / "b.zip", "--model", model, "-n", 1)
    assert (result.status, result.out.count("\n")) == (1, 1)
    assert "b.zip/年报/three.txt" in result.out


@pytest.mark.parametrize(
    ("name", "make", "status", "complaint"),
    [
        ("missing.txt", lambda path: None, 1, "no such file"),
        ("pipe", pipe, 1, "this is no regular file"),
        ("empty.txt", lambda path: write(path, ""), 1, "empty"),
        ("长" * 300, lambda path: None, 1, "File name too long"),
        ("missing.csv", lambda path: None, 2, "cannot be read: No such file or directory"),
        ("pipe.jsonl", pipe, 2, "this is no regular file"),
        ("binary.tsv", lambda path: write(path, bytes(range(256)) * 40), 2, "is no text"),
        (
            "broken.csv",
            lambda path: write(path, "text\n好\n坏,x\n"),
            2,
            "has 2 cells for 1 columns",
        ),
        ("other.json", lambda path: write(path, '{"name": 3}'), 2, "'text' is missing"),
    ],
)
def test_a_source_that_cannot_be_read_is_named(tmp_path, run, small, name, make, status, complaint):
    make(tmp_path / name)
    result = run("suggest", tmp_path / name, "--model", small)
    assert (result.status, result.out) == (status, "")
    first, *others = said(result)
    assert first.startswith(str(tmp_path / name))
    assert complaint in first
    assert others == ["0 of 0 texts"] * (status == 1)


def test_an_empty_folder_has_nothing_to_suggest(tmp_path, run, small):
    result = run("suggest", tmp_path, "--model", small)
    assert (done(result), said(result)) == ("", ["0 of 0 texts"])
    assert data(run("suggest", tmp_path, "--model", small, "--format", "label-studio")) == []


def label_of(text):
    """What an annotator says of a text of the pool."""
    return "收费" if text in DOUBTFUL else "申请"


def test_what_people_label_of_the_suggestions_can_be_trained_on(tmp_path, desk, run, model, pool):
    rows, _ = rows_of(run("suggest", pool, "--model", model, "-n", 6))
    for row in rows:
        row["label"] = [label_of(row["text"])]
    known = (desk / "news.jsonl").read_text("utf-8")
    both = write(tmp_path / "both.jsonl", known + jsonl(*rows))
    result = run("train", both, "--out", tmp_path / "better", *FAST)
    assert "54 documents" in done(result)
    assert said(result)[0] == "54 texts with one label each of 3 (single-label)"
    others, last = rows_of(run("suggest", pool, "--model", tmp_path / "better", "--labelled", both))
    assert {row["text"] for row in others} == set(POOL) - {row["text"] for row in rows}
    assert last == f"{len(POOL) - 6} of {len(POOL)} texts"


def test_label_studio_gets_tasks_and_a_view_and_gives_labels_back(tmp_path, run, model, pool):
    card = data(run("model", model, "--format", "json"))
    arguments = ("suggest", pool, "--model", model, "-n", 6, "--format")
    tasks = data(run(*arguments, "label-studio"))
    view = ElementTree.fromstring(done(run(*arguments, "label-studio-config")))
    (question,) = view.iter("Choices")
    choices = [choice.get("alias") for choice in question]
    assert choices == ["培训", "收费", "申请"]
    assert question.get("choice") == "single"
    exported = []
    for task in tasks:
        assert "$text" in {element.get("value") for element in view.iter("Text")}
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == card["fingerprint"]
        (answer,) = prediction["result"]
        assert (answer["from_name"], answer["to_name"]) == (question.get("name"), "text")
        assert set(answer["value"]["choices"]) <= set(choices)
        answer["value"] = {"choices": [label_of(task["data"]["text"])]}
        exported.append({"id": 1, **task, "annotations": [{"result": [answer]}]})
    exported[-1]["annotations"] = []
    path = write(tmp_path / "export.json", json.dumps(exported))
    result = run("evaluate", path, "--model", model, "--format", "json")
    assert data(result)["segments"] == 5
    assert said(result)[-1] == "1 row without a label skipped"


# Tagging with a model of one's own


@pytest.fixture
def report(tmp_path):
    return write(tmp_path / "report.txt", REPORT)


def test_reports_are_tagged_with_a_model_of_ones_own(run, model, report):
    record = data(run("tag", report, "--model", model, "--format", "json"))
    found = {
        p["text"][s["start"] : s["end"]]: list(s["topics"])
        for p in record["paragraphs"]
        for s in p["segments"]
    }
    assert found["黎汀县举办业务培训班三期。"] == ["培训"]
    assert found["云泽镇全年未收取检索费用。"] == ["收费"]
    assert found["青渡市受理的申请答复较慢。"] == ["申请"]
    shown = done(run("tag", report, "--model", model))
    for label in ("收费", "培训", "申请"):
        assert re.search(rf"^{label} +1 句$", shown, re.MULTILINE)


def test_evidence_is_shown_only_when_asked_for(run, model, report):
    arguments = ("tag", report, "--model", model)
    plain = data(run(*arguments, "--format", "json"))
    record = data(run(*arguments, "--format", "json", "--explain"))
    for p, q in zip(record["paragraphs"], plain["paragraphs"], strict=True):
        for explained, segment in zip(p["segments"], q["segments"], strict=True):
            evidence = explained.pop("evidence")
            assert explained == segment
            assert evidence.keys() == segment["topics"].keys()
            text = p["text"][segment["start"] : segment["end"]]
            for pieces in evidence.values():
                for piece in pieces:
                    assert piece.keys() == {"kind", "text", "weight", "start", "end"}
                words = {piece["text"] for piece in pieces if piece["kind"] == "word"}
                assert words
                assert all(word in text for word in words)
    shown = done(run(*arguments, "--explain"))
    assert re.search(r"^ {6}.*培训班\+\d\.\d\d", shown, re.MULTILINE)
    lines = [line for line in shown.splitlines() if not re.match(r" {6}\S*[+]\d", line)]
    assert lines == done(run(*arguments)).splitlines()


# Texts that are no trouble, though they look it


def test_a_text_with_control_characters_is_judged_and_suggested(tmp_path, run, model):
    text = "收取费用\x1b[2J\x07\0\x85\u2028\x1c"
    path = write(tmp_path / "a.jsonl", jsonl(*objects([(text, "体育"), NEWS[0]])))
    shown = done(run("evaluate", path, "--model", model))
    assert "收取费用\ufffd[2J\ufffd\ufffd" in shown.partition("── Worst mistakes")[2]
    assert not re.search(r"[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", shown)
    rows, _ = rows_of(run("suggest", path, "--model", model))
    assert {row["text"] for row in rows} == {text.replace("\0", ""), NEWS[0][0]}


def test_texts_with_halves_of_characters_can_be_trained_on(tmp_path, run):
    rows = [(f"{text}\ud83d{text}", label) for text, label in FEW]
    path = write(tmp_path / "a.jsonl", "".join(f"{json.dumps(row)}\n" for row in objects(rows)))
    done(run("train", path, "--out", tmp_path / "model", *FAST))
    result = run("evaluate", path, "--model", tmp_path / "model")
    assert "segments 4" in done(result)
    assert said(result)[0] == LEARNT


def test_a_text_of_five_megabytes_is_judged(tmp_path, run, model):
    text = ("收取费用" * 4 + " " * 1200) * 4100
    path = write(tmp_path / "a.jsonl", jsonl(*objects([(text, "体育"), NEWS[0]])))
    assert path.stat().st_size > 5_000_000
    shown = done(run("evaluate", path, "--model", model))
    assert "1 of 1" in shown.partition("── Worst mistakes")[2]
    assert max(map(len, shown.splitlines())) <= 80


# Help


def test_help_of_every_command_loads_nothing_heavy():
    heavy = {"sklearn", "scipy", "numpy", "jieba", "rjieba", "joblib", "tqdm", "pandas", "lxml"}
    code = """
import sys
from nlp_reports.cli import main
for command in ("train", "evaluate", "suggest", "model", "tag"):
    try:
        main([command, "--help"])
    except SystemExit as stop:
        assert stop.code == 0
print(*{name.partition(".")[0] for name in sys.modules})
"""
    result = subprocess.run(
        [*PYTHON, "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    *shown, loaded = result.stdout.splitlines()
    assert "nlp_reports" in loaded.split()
    assert heavy & set(loaded.split()) == set()
    assert result.stderr == ""
    for option in ("--titles FILE", "--worst N", "--labelled CORPUS", "--explain", "--columns A,B"):
        assert any(option in line for line in shown)
    assert sum(line.startswith("usage: nlp-reports ") for line in shown) == 5
    assert sum("exit status: 0 done" in line for line in shown) == 5
