"""What the READMEs show of the program's output is what it prints."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT

OMISSION = "…"


@pytest.fixture(scope="module")
def printed():
    command = [sys.executable, "-m", "nlp_reports", "tag", ROOT / "examples" / "bureau-2011.txt"]
    output = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [line for line in output.splitlines() if line]


def excerpt(name):
    text = (ROOT / name).read_text("utf-8")
    command = text.index("nlp-reports tag examples/bureau-2011.txt")
    block = re.search(r"^```\n(.*?)^```$", text[command:], re.S | re.M)[1]
    return [line for line in block.splitlines() if line]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_excerpt_is_what_is_printed_and_marks_what_it_leaves_out(name, printed):
    shown = excerpt(name)
    assert sum(line != OMISSION for line in shown) > 10
    at, omitted = 0, False
    for line in shown:
        if line == OMISSION:
            omitted = True
            continue
        assert line in printed[at:], f"{name} shows what is not printed there: {line}"
        found = printed.index(line, at)
        assert omitted or found == at, f"{name} leaves out without a sign: {printed[at:found]}"
        at, omitted = found + 1, False
    assert omitted or at == len(printed), f"{name} leaves out the end without a sign"
