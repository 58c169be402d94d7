"""Paths and a tagger that the tests share."""

from pathlib import Path

import pytest

import nlp_reports

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
