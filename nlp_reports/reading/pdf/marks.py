"""What a page carries besides the text: page numbers, and running heads that come back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ...text import squeeze
from .lines import Line

# Share of the page's height, from above and below, in which marks stand: A4 of an official
# document leaves 37 of 297 mm blank above the text.
_ZONE = 0.15
# A running head stands on at least two pages and on this share of all: left and right pages of a
# bound document may carry different ones.
_MIN_PAGES = 2
_MIN_SHARE = 1 / 3
# Shortest running head, in characters: shorter ones are cells of a table without rules.
_MIN_HEAD = 4
# Left of this share of the page's width, a number is the first cell of such a table.
_MARK_PLACE = 0.4
# Most lines at either end of a page that are looked at.
_DEPTH = 3

_NUMBER = re.compile(
    r"[-—–_·~.]+\d{1,4}[-—–_·~.]*|第?[\d一二三四五六七八九十]{1,4}页(?:[,/;(]?共\d{1,4}页\)?)?|\d{1,4}/\d{1,4}"
)
_BARE = re.compile(r"\d{1,4}")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page from the top down, and its size."""

    lines: Sequence[Line]
    width: float
    height: float


def marks(pages: Sequence[Page]) -> list[frozenset[Line]]:
    """Return for each page those of its lines that are marks."""
    heads, firsts = _running(pages), _counting(pages)
    found = []
    for at, page in enumerate(pages):
        numbers = {line for line, number in _bare(page) if number - at in firsts}

        def is_mark(line: Line, numbers: set[Line] = numbers) -> bool:
            text = squeeze(line.text)
            return line in numbers or bool(_NUMBER.fullmatch(text)) or _shape(line) in heads

        found.append(frozenset(line for end in _ends(page) for line in takewhile(is_mark, end)))
    return found


def _ends(page: Page) -> tuple[list[Line], list[Line]]:
    """Return the first and the last lines of a page that stand near its edge, outermost first."""
    above = [line for line in page.lines[:_DEPTH] if line.base < _ZONE * page.height]
    below = [line for line in page.lines[-_DEPTH:] if line.base > (1 - _ZONE) * page.height]
    return above, below[::-1]


def _running(pages: Sequence[Page]) -> frozenset[str]:
    """Return the shapes of lines that stand at the edge of several pages."""
    counts = Counter(
        shape for page in pages for shape in {_shape(line) for end in _ends(page) for line in end}
    )
    least = max(_MIN_PAGES, _MIN_SHARE * len(pages))
    return frozenset(
        shape
        for shape, count in counts.items()
        if count >= least and len(shape) >= _MIN_HEAD and any(map(str.isalpha, shape))
    )


def _counting(pages: Sequence[Page]) -> frozenset[int]:
    """Return which number the first page may have if bare numbers at the edge count pages.

    One number alone counts if it is its page's; others are what is left of a table without rules.
    """
    firsts = Counter(number - at for at, page in enumerate(pages) for _, number in _bare(page))
    return frozenset(first for first, count in firsts.items() if first == 1 or count >= _MIN_PAGES)


def _bare(page: Page) -> Iterator[tuple[Line, int]]:
    """Yield the lines at the edge that are a number and nothing else, in the middle or right."""
    for end in _ends(page):
        for line in end:
            text = squeeze(line.text)
            if _BARE.fullmatch(text) and line.right > _MARK_PLACE * page.width:
                yield line, int(text)


def _shape(line: Line) -> str:
    """Return what a running head keeps from page to page: all but its numbers."""
    return _DIGITS.sub("#", squeeze(line.text))
