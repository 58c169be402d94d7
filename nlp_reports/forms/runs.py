"""Lines of a flattened table to rows: every run of figures gets back the label torn from it.

Text copied from a page wraps labels over lines and leaves the figures on the first, the middle or
the last of them, or on a line before. A run whose own line ends in a label has it. For the others
the official labels are laid over the words around, in the order of the form, so that they explain
most of them; a run for which no label is, keeps the words of its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from ..text import squeeze
from . import labels, values
from .places import blocks, row_labels

_MAX_WORDS = 6  # pieces a label is torn into
_MAX_FIGURES = 9  # figures of a row with a label: seven kinds of applicants, a unit, a local column


_FUSED = re.compile(r"[^\s\d]\s+\d+\s+\d+|(?<!\d)\d+\s+\d+\s+\D")
_PAGE_NUMBER = re.compile(r"\d{1,3}\Z")

Place = tuple[int, int]  # row and column of a cell as it was printed


@dataclass(frozen=True, slots=True)
class _Word:
    """A piece of text between figures."""

    text: str
    line: int


@dataclass(slots=True)
class _Run:
    """Figures in a row, and where among the words they stand."""

    figures: list[str]
    line: int
    first: int  # place of the first in its line
    at: int  # words before it, in the whole table
    own: int  # of these, those that stand on its own line
    label: str | None = None
    words: list[int] = field(default_factory=list)  # those its label is made of


@dataclass(frozen=True, slots=True)
class Row:
    """A row put together: its cells, and for each figure the place where it is printed."""

    cells: tuple[str, ...]
    places: tuple[Place | None, ...]


def assemble(lines: Sequence[Sequence[str]]) -> list[Row]:
    """Return the rows that lines of cells add up to; words that label no figures stay rows."""
    words, runs = _pieces(lines)
    for before, run in zip([None, *runs], runs, strict=False):
        _take_own_label(words, run, start=before.at if before else 0)
    _lay_labels(words, runs)
    return list(_rows(words, runs))


def _pieces(lines: Sequence[Sequence[str]]) -> tuple[list[_Word], list[_Run]]:
    """Set the words, each with its line, apart from the runs of figures.

    A short number alone on a line, where the others are not, numbers a page. A line on which
    words and figures cannot be told apart is left as it is.
    """
    words: list[_Word] = []
    runs: list[_Run] = []
    for number, cells in enumerate(lines):
        if len(cells) == 1 and _PAGE_NUMBER.match(squeeze(cells[0])):
            continue
        if any(map(_FUSED.search, cells)):
            runs.append(_Run(list(cells), number, 0, len(words), 0, label=""))
            continue
        first = _first_figure(cells)
        own = [_Word(cell, number) for cell in cells[:first] if cell]
        words += own
        if first < len(cells):
            runs.append(_Run(list(cells[first:]), number, first, len(words), len(own)))
    return words, runs


def _first_figure(cells: Sequence[str]) -> int:
    """Return where the figures of a line begin; a unit before one figure is one of them.

    Before several, 项 is the end of a label.
    """
    for n, cell in enumerate(cells):
        if values.is_unit(cell) and len(cells) <= n + 2:
            return n
        if not values.is_blank(cell) and values.parse(cell) is not None:
            return n
    return len(cells)


def _take_own_label(words: list[_Word], run: _Run, start: int) -> None:
    """Give a run the label that the words up to it spell, those of its own line among them.

    The longest label to the letter is right: 政府网站在线访谈次数 may be the end of another.
    """
    if not run.own or len(run.figures) > _MAX_FIGURES:
        return
    counts = range(run.own, min(run.own + _MAX_WORDS, run.at - start) + 1)
    texts = {n: "".join(words[m].text for m in range(run.at - n, run.at)) for n in counts}
    for count in [n for n in counts if labels.exact(texts[n])][-1:]:
        run.label = labels.exact(texts[count])
        run.words = list(range(run.at - count, run.at))


def _lay_labels(words: list[_Word], runs: list[_Run]) -> None:
    """Lay the labels nobody has over the runs that have none, stretch by stretch."""
    order = {label: n for n, label in enumerate(row_labels())}
    at, low = 0, -1
    while at < len(runs):
        end = at
        while end < len(runs) and runs[end].label is None:
            end += 1
        if end > at:
            later = (order[run.label] for run in runs[end:] if run.label in order)
            high = next(later, len(order))
            taken = {run.label for run in runs}
            free = [label for label in order if label not in taken]
            between = [label for label in free if low < order[label] < high]
            _lay(words, runs, range(at, end), between if low < high else free)
        if end < len(runs):
            low = order.get(runs[end].label or "", low)
        at = end + 1


def _lay(words: list[_Word], runs: list[_Run], stretch: range, free: list[str]) -> None:
    """Choose labels for the runs of a stretch, in order, that explain most of the words around."""
    used = {n for run in runs for n in run.words}
    windows = {at: _window(runs, at, used, len(words)) for at in stretch}
    texts = {at: labels.words("".join(words[n].text for n in w)) for at, w in windows.items()}
    beside = {
        at: "".join(words[n].text for n in range(runs[at].at - runs[at].own, runs[at].at))
        for at in stretch
    }

    def fits(at: int, label: str) -> bool:
        return _stands_in(label, texts[at]) and _explains(label, beside[at])

    # best[n] is the most characters that the first n labels explain, and which run has which.
    best: list[tuple[int, tuple[tuple[int, str], ...]]] = [(0, ())] * (len(free) + 1)
    for at in stretch:
        if len(runs[at].figures) > _MAX_FIGURES:
            continue
        row = [best[0]]
        for n, label in enumerate(free):
            row.append(max(best[n + 1], row[n], key=itemgetter(0)))
            if fits(at, label) and best[n][0] + len(label) > row[-1][0]:
                row[-1] = (best[n][0] + len(label), (*best[n][1], (at, label)))
        best = row
    chosen = dict(best[-1][1])
    for at, label in chosen.items():
        if any(fits(other, label) for other in {at - 1, at + 1} & set(texts) - set(chosen)):
            continue  # it may as well be the label of the figures before or after
        mine = [n for n in windows[at] if n not in used and labels.key(words[n].text) in label]
        runs[at].label, runs[at].words = label, mine
        used.update(mine)


def _window(runs: list[_Run], at: int, used: set[int], count: int) -> list[int]:
    """Return the free words between the run before and the one after, but not that one's own."""
    start = runs[at - 1].at if at else 0
    end = runs[at + 1].at - runs[at + 1].own if at + 1 < len(runs) else count
    return [n for n in range(start, end) if n not in used]


def _stands_in(label: str, text: str) -> bool:
    """Tell whether all characters of a label stand in a text in order, whatever is between them."""
    rest = iter(text)
    return all(char in rest for char in label)


def _explains(label: str, text: str) -> bool:
    """Tell whether the words on a run's own line are pieces of its label, or of its block or note.

    A word that is neither makes it another row: 未按时办结数 is not 按时办结数.
    """
    rest = labels.words(text)
    around = (label, labels.NOTES.get(label, ""), *blocks(label))
    while rest:
        end = next((n for n in range(len(rest), 0, -1) if any(rest[:n] in a for a in around)), 0)
        if not end and rest[0] not in labels.NUMERALS:
            return False
        rest = rest[end or 1 :]
    return True


def _rows(words: list[_Word], runs: list[_Run]) -> Iterator[Row]:
    used = {n for run in runs for n in run.words}
    start = 0
    for run in runs:
        named = run.label or len(run.figures) > _MAX_FIGURES
        own = [] if named else list(range(run.at - run.own, run.at))
        used.update(own)
        yield from _left(words, start, run.at, used)
        printed = "".join(words[n].text for n in run.words)
        label = printed if labels.find(printed)[-1:] == (run.label,) else run.label
        names = [label] if label else [words[n].text for n in own]
        places = [(run.line, run.first + n) for n in range(len(run.figures))]
        yield Row((*names, *run.figures), (*(None for _ in names), *places))
        start = run.at
    yield from _left(words, start, len(words), used)


def _left(words: list[_Word], start: int, end: int, used: set[int]) -> Iterator[Row]:
    """Yield the words that are nobody's label, a row a line."""
    lines: dict[int, list[str]] = {}
    for word in (words[n] for n in range(start, end) if n not in used):
        lines.setdefault(word.line, []).append(word.text)
    for texts in lines.values():
        yield Row(tuple(texts), (None,) * len(texts))
