"""What surrounds a number: its sentence, its clause, and whether they report or plan."""

from __future__ import annotations

import re
from functools import cache

from .. import lexicon

_SENTENCE_END = re.compile(r"[。;!?\n]")
_CLAUSE_END = re.compile(r"[,。;:!?\n]")
_LOOK = 400  # characters searched for the end of a sentence: keeps the work linear


@cache
def _moods() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (row["mood"], row["scope"], re.compile(row["pattern"])) for row in lexicon.table("moods")
    )


def sentence_before(text: str, at: int) -> str:
    """Return what the sentence says before offset `at` of a folded text."""
    return _before(text, at, _SENTENCE_END)


def clause_before(text: str, at: int) -> str:
    """Return what the clause (between commas or colons) says before offset `at`."""
    return _before(text, at, _CLAUSE_END)


def sentence_after(text: str, at: int) -> str:
    """Return the rest of the sentence from offset `at` on."""
    return _after(text, at, _SENTENCE_END)


def clause_after(text: str, at: int) -> str:
    """Return the rest of the clause from offset `at` on."""
    return _after(text, at, _CLAUSE_END)


def _after(text: str, at: int, ends: re.Pattern[str]) -> str:
    piece = text[at : at + _LOOK]
    end = ends.search(piece)
    return piece[: end.start()] if end else piece


def _before(text: str, at: int, ends: re.Pattern[str]) -> str:
    piece = text[max(0, at - _LOOK) : at]
    start = 0
    for match in ends.finditer(piece):
        start = match.end()
    return piece[start:]


def is_planned(text: str, at: int) -> bool:
    """Tell whether offset `at` stands in a plan, a wish, a rule or a condition.

    The last word of mood before it decides: clause words within its own clause, sentence words
    from anywhere in the sentence.
    """
    sentence = sentence_before(text, at)
    clause_start = len(sentence) - len(clause_before(text, at))
    last, planned = -1, False
    for mood, scope, pattern in _moods():
        for match in pattern.finditer(sentence):
            if (scope == "sentence" or match.start() >= clause_start) and match.start() > last:
                last, planned = match.start(), mood == "plan"
    return planned
