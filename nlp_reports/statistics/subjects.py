"""The words that say what a quantity counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from .. import lexicon
from ..schema import Quantity
from ..text import unspaced
from . import context, denials

_SUM = re.compile(r"(?:共|总计|合计|共计)\Z")
_SPLIT = re.compile(r"、|和|(?<!涉)以?及|与")
_A_YEAR = re.compile(r"(?:19|20)\d\d年度?")
# Our body, 共 and a verb at the most: what is counted stands behind the number.
_ONLY_A_VERB = r"中?(?:[我本全该][\u4e00-\u9fa5]{1,3})?(?:共?{})?\Z"
_MAX_AFTER = 20  # characters of the noun that follows a number: 13个政务新媒体


@cache
def _words(role: str, frame: str = "{}") -> re.Pattern[str]:
    """Return the words of one role, set into the frame of a regular expression."""
    words = "|".join(lexicon.column("subjects", "pattern", role=role))
    return re.compile(frame.replace("{}", f"(?:{words})"))


def _without_lead(words: str) -> str:
    return _words("lead", r"\A{}+").sub("", words)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a quantity counts, and its sentence before and after; folded, without blanks.

    ``context`` is what came before the sentence: the heading and the sentence before it.
    """

    words: str
    frame: str
    rest: str = ""
    context: str = ""
    shared: bool = False  # one number for several things: 复议、诉讼各1件

    @property
    def clause(self) -> str:
        """The clause before the number, with those words of the subject that stand behind it."""
        before = self.frame.rpartition(",")[2]
        if self.words in before:
            return before
        lengths = range(len(self.words), -1, -1)  # of 举办…培训班 the verb stands before
        return next(before + self.words[n:] for n in lengths if before.endswith(self.words[:n]))


def find(folded: str, quantities: Sequence[Quantity], *, heading: str = "") -> list[Subject]:
    """Return the subject of each quantity of one folded text under `heading`, in their order."""
    subjects: list[Subject] = []
    for n, quantity in enumerate(quantities):
        sentence = context.sentence_before(folded, quantity.start)
        clause = context.clause_before(folded, quantity.start)
        if quantity.implicit:
            words = _denied(folded, quantities, n)
        else:
            words = _distributed(folded, quantities, n, sentence)
            words = words or _plain(folded, quantities, n, clause)
        if not words and subjects and not _SUM.search(clause) and _alike(quantities[n - 1 : n + 1]):
            words = subjects[-1].words  # 2014年公开1024条，2015年为1816条
        subjects.append(
            Subject(
                unspaced(words),
                unspaced(sentence),
                unspaced(context.sentence_after(folded, quantity.end)),
                heading + unspaced(_sentence_above(folded, quantity.start - len(sentence))),
                bool(_words("shared").search(clause)),
            )
        )
    return subjects


def _alike(pair: Sequence[Quantity]) -> bool:
    return len({(quantity.unit, quantity.implicit) for quantity in pair}) == 1


def _sentence_above(folded: str, at: int) -> str:
    """Return the sentence that ends straight before offset `at`."""
    return context.sentence_before(folded, max(at - 1, 0)) if at > 1 else ""


def _denied(folded: str, quantities: Sequence[Quantity], n: int) -> str:
    """The thing of a zero statement, without those its neighbours of the same denial deny."""
    quantity = quantities[n]
    start, end = quantity.start, quantity.end
    before, after = quantities[n - 1 : n] if n else (), quantities[n + 1 : n + 2]
    for previous in before:
        if previous.implicit and previous.start == start:
            start = previous.end
    for following in after:
        if following.implicit and following.end == end and following.start > start:
            end = following.start
    return _without_lead(denials.thing(folded[start:end])).strip("、和及与或 ")


def _plain(folded: str, quantities: Sequence[Quantity], n: int, clause: str) -> str:
    """The words before a number in its clause, or those after it where they name what it counts.

    ``3件维持、1件尚未审结``: where a number took the words behind it, so does the next one.
    """
    quantity = quantities[n]
    after = _following(folded, quantity)
    if n and quantity.start - quantities[n - 1].end < len(clause):
        clause = clause[len(clause) - max(quantity.start - quantities[n - 1].end, 0) :]
        taken = clause.strip("、和及 ")
        if taken and after and taken == _following(folded, quantities[n - 1]):
            return after
    words = _trim(clause)
    noun_of = words.endswith("的") and not _words("predicate").match(after)
    if _words("verb", _ONLY_A_VERB).match(words) or noun_of or _words("agent").match(after):
        words += after
    return words


def _distributed(folded: str, quantities: Sequence[Quantity], n: int, sentence: str) -> str:
    """``A、B分别为1件和2件``: the k-th number counts the k-th thing."""
    at = sentence.rfind("分别")
    if at < 0:
        return ""
    offset = quantities[n].start - len(sentence)
    first = n
    while first and quantities[first - 1].start >= offset + at:
        first -= 1
    between = folded[offset + at + 2 : quantities[first].start]
    if _leaves_list(folded, offset + at, quantities[first : n + 1]):
        return ""
    head = context.clause_before(sentence, at)
    items = [item for item in _SPLIT.split(head) if item]
    if not all(map(_A_YEAR.fullmatch, items)):
        items = [item for item in _SPLIT.split(_without_lead(head)) if item]
    k = n - first
    if len(items) < 2 or k >= len(items):
        return ""
    suffix = _trim(between)
    if not suffix and len({len(item) for item in items[:-1]}) == 1:
        rest = items[-1][len(items[0]) :]
        suffix = rest if _words("dealt").match(rest) else ""
    return items[k] if items[k].endswith(suffix) else items[k] + suffix


def _leaves_list(folded: str, start: int, quantities: Sequence[Quantity]) -> bool:
    """Tell whether a comma stands between the words and figures of a list."""
    for quantity in quantities:
        if "," in folded[start : quantity.start]:
            return True
        start = quantity.end
    return False


def _following(folded: str, quantity: Quantity) -> str:
    rest = context.clause_after(folded, quantity.end)[:_MAX_AFTER]
    return re.split(r"[、\d中(]", rest.removeprefix("的"))[0].rstrip("和及与以)")


def _trim(clause: str) -> str:
    words = _without_lead(clause.strip()).strip()
    while tail := _words("tail", r"{}\Z").search(
        words
    ):  # one word at a time: a repeated group would backtrack
        words = words[: tail.start()]
    return words
