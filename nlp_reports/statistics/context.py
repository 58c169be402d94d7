"""What surrounds a number: its sentence, its clause, and whether they report or plan."""

from __future__ import annotations

import re
from functools import cache

from .. import lexicon

_SENTENCE_END = "。;!?\n"
_CLAUSE_END = ",。;:!?\n"
_TURNS_BEHIND = _CLAUSE_END + ")、是在到至 “"  # what a turn to plans stands behind
_LOOK = 400  # characters searched for the end of a sentence: keeps the work linear


@cache
def _moods() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (row["mood"], row["scope"], re.compile(row["pattern"])) for row in lexicon.table("moods")
    )


@cache
def _plan_words() -> re.Pattern[str]:
    """All words of plan and rule at once: most paragraphs hold none."""
    return lexicon.either(
        (
            *lexicon.column("moods", "pattern", mood="plan", scope="sentence"),
            *lexicon.column("moods", "pattern", mood="plan", scope="clause"),
        )
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


def _after(text: str, at: int, ends: str) -> str:
    piece = text[at : at + _LOOK]
    stops = [stop for end in ends if (stop := piece.find(end)) >= 0]
    return piece[: min(stops)] if stops else piece


def _before(text: str, at: int, ends: str) -> str:
    piece = text[max(0, at - _LOOK) : at]
    return piece[max(map(piece.rfind, ends)) + 1 :]


def may_plan(text: str) -> bool:
    """Tell whether a folded text holds a word of plan or rule at all."""
    return bool(_plan_words().search(text))


def plans(text: str, *, year: int | None = None, opened: bool = False) -> list[tuple[int, int]]:
    """Return the spans of a folded text that a turn to plans (``下一步``, ``今后``) opens.

    Each lasts to the end of its paragraph. ``2019年,我局将`` is a turn where the reported `year` is
    known and earlier. With `opened` the text stands in a plan from its start.
    """
    spans: list[tuple[int, int]] = [(0, len(text))] if opened else []
    for turn in _turns(year is not None).finditer(text):
        if (not spans or turn.start() >= spans[-1][1]) and _is_turn(text, turn, year):
            end = text.find("\n", turn.end())
            spans.append((turn.end(), len(text) if end < 0 else end))
    return spans


def _is_turn(text: str, turn: re.Match[str], year: int | None) -> bool:
    if "部分" in sentence_after(text, turn.end()):  # 本报告由…下一步打算等六部分组成
        return False
    if turn.group()[0] == "年":  # its number stands before it
        return year is not None and int(text[turn.start() - 4 : turn.start()]) > year
    return turn.start() == 0 or text[turn.start() - 1] in _TURNS_BEHIND


def is_done(text: str, at: int) -> bool:
    """Tell whether the sentence of offset `at` reports what was done, even within a plan."""
    return _last(sentence_before(text, at), "done", "paragraph") >= 0


def opens_plan(heading: str) -> bool:
    """Tell whether a folded heading announces plans and nothing else."""
    return _last(heading, "plan", "heading") >= 0 > _last(heading, "fact", "heading")


@cache
def _turns(by_year: bool) -> re.Pattern[str]:
    words = lexicon.column("moods", "pattern", mood="turn", scope="paragraph")
    if by_year:
        words += lexicon.column("moods", "pattern", mood="turn", scope="year")
    return lexicon.either(words)


def is_planned(text: str, at: int) -> bool:
    """Tell whether offset `at` stands in a plan, a wish, a rule or a condition.

    Within its clause a word of plan holds unless a plain fact (``实际``, ``已经``) follows it;
    before the clause, the last word of the sentence-wide moods decides.
    """
    sentence = sentence_before(text, at)
    if not _plan_words().search(sentence):
        return False
    clause = clause_before(text, at)
    if (plan := _last(clause, "plan", "clause", "sentence")) >= 0:
        return plan > _last(clause, "fact", "clause")
    before = sentence[: len(sentence) - len(clause)]
    facts = max(_last(sentence, "fact", "sentence"), _last(clause, "fact", "clause"))
    return _last(before, "plan", "sentence") > facts


def _last(text: str, mood: str, *scopes: str) -> int:
    """Return where the last word of a mood begins, -1 when there is none."""
    return max(
        (
            match.start()
            for name, scope, pattern in _moods()
            if name == mood and scope in scopes
            for match in pattern.finditer(text)
        ),
        default=-1,
    )
