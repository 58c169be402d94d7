"""Paths and a tagger that the tests share."""

from pathlib import Path

import pytest

import nlp_reports
from nlp_reports import corpus

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def tagger():
    return nlp_reports.load()


@pytest.fixture(scope="session")
def examples():
    return sorted((ROOT / "examples").glob("*.txt"))


@pytest.fixture(scope="session")
def seeds():
    found = sorted((SHARED / "seeds").glob("*.txt"))
    if not found:
        pytest.skip("needs ../shared/seeds")
    return found


@pytest.fixture(scope="session")
def labelled():
    return corpus.read(ROOT / "corpus")


@pytest.fixture(scope="session")
def copied(seeds):
    """A function that gives the runs of 24 characters that a text has from the seeds."""
    known = "\n".join(path.read_text("utf-8") for path in seeds)
    runs = {known[at : at + 24] for at in range(len(known) - 23)}
    return lambda text: [
        text[n : n + 24] for n in range(len(text) - 23) if text[n : n + 24] in runs
    ]
