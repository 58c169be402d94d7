"""Lines and tables of pages to the blocks of a document: paragraphs over lines and pages.

A file has lines only; a paragraph's end is seen in how they stand. A line ends early when the
first piece of the next one had room behind it; a line is set in, set apart by space, set in the
middle, or larger. What no rule divides is one paragraph, over a page's end too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf
from statistics import median

from ..content import Cells, Text
from . import marks, stitching
from .lattice import Table
from .lines import CLOSING, Line, join

# All lengths below are in font sizes, unless told.
_INDENT = 0.6  # less than this is a bracket's or a quotation mark's blank side
_MAX_INDENT = 4.5  # the usual one is 2; more is a place of its own, such as a date on the right
_CENTRED = 2.6  # as much on both sides is a line in the middle, and no paragraph of one line
_CENTRED_TITLE = 0.4  # the same for lines in larger type
_EVEN = 1.0  # by how much the two sides of a centred line differ
_SLACK = 0.1  # room that a piece of text may miss and still have fitted
_OTHER_SIZE = 1.12  # type larger or smaller by this factor is a heading or a note
_LARGE = 1.1  # type larger than the document's by this factor is a title's
_SET_APART = 1.3  # a gap wider than the usual one by this factor ends a paragraph
_USUAL_GAP = 0.25  # quantile: in a document of short paragraphs most gaps are those between them
_OUTLIERS = 0.1  # share of lines that may stand out of the block of text at either side
_ENOUGH = 5  # lines that show where a page's block of text stands
_MIN_WIDTH = 0.5  # share of the page's width below which they are a list of short lines
_SAME_BLOCK = 2.0  # points by which such blocks differ

_STOPS = frozenset("。！？!?")
_NUMBERED = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、．.]|[（(][一二三四五六七八九十]{1,3}[）)]|第[一二三四五六七八九十]{1,3}部分)"
)


@dataclass(frozen=True, slots=True)
class Page:
    """What was found on a page, from the top down; ``aside`` is text across it: a watermark."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    tables: tuple[Table, ...] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """The block of running text: its left and right edge, in points."""

    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line and where it stands in its block, in font sizes from either edge."""

    line: Line
    page: int
    indent: float
    room: float
    is_centred: bool

    @property
    def is_row(self) -> bool:
        """A row of a table without rules."""
        return "\t" in self.line.text


def blocks(pages: Sequence[Page]) -> tuple[Text | Cells, ...]:
    """Return paragraphs and tables in reading order.

    Page marks and running heads are noise; they stand behind the block that they interrupt.
    """
    noise = marks.marks([marks.Page(page.lines, page.width, page.height) for page in pages])
    bodies = [
        [line for line in page.lines if line not in marked]
        for page, marked in zip(pages, noise, strict=True)
    ]
    edges = _edges(pages, bodies)
    body_size = median([line.size for body in bodies for line in body] or [1.0])
    flow = _Flow(_usual_gap(bodies))
    for page, body, block, marked in zip(pages, bodies, edges, noise, strict=True):
        flow.turn(page, [line for line in marked if line.base < page.height / 2])
        items: list[tuple[float, Line | Table]] = [(line.base, line) for line in body]
        items += [(table.top, table) for table in page.tables]
        for _, item in sorted(items, key=lambda item: item[0]):
            if isinstance(item, Table):
                flow.add_table(item)
            else:
                flow.add_line(_place(item, page.number, block, body_size))
        flow.add_noise([line for line in marked if line.base >= page.height / 2], page.aside)
    flow.close()
    return tuple(flow.blocks)


@dataclass(slots=True)
class _Flow:
    """The blocks so far, and the one that may still go on."""

    usual_gap: float
    blocks: list[Text | Cells] = field(default_factory=list)
    page: int = 0
    paragraph: list[_Placed] = field(default_factory=list)
    table: list[Table] = field(default_factory=list)
    table_page: int = 0
    last_table_page: int = 0
    waiting: list[Text] = field(default_factory=list)

    def turn(self, page: Page, heads: Sequence[Line]) -> None:
        self.page = page.number
        self.add_noise(heads, "")

    def add_noise(self, lines: Sequence[Line], aside: str) -> None:
        texts = [line.text for line in sorted(lines, key=lambda line: line.base)]
        self.waiting += [
            Text(text.strip(), self.page, noise=True) for text in (*texts, aside) if text.strip()
        ]

    def add_line(self, placed: _Placed) -> None:
        if not (self.paragraph and _continues(self.paragraph, placed, self.usual_gap)):
            self.close()
        self.paragraph.append(placed)

    def add_table(self, table: Table) -> None:
        goes_on = (
            self.table
            and self.last_table_page == self.page - 1
            and stitching.follows(self.table[-1], table)
        )
        if not goes_on:
            self.close()
            self.table_page = self.page
        self.table.append(table)
        self.last_table_page = self.page

    def close(self) -> None:
        if self.paragraph:
            self.blocks.append(_text(self.paragraph))
        if self.table:
            self.blocks.append(Cells(stitching.rows(self.table), self.table_page))
        self.blocks += self.waiting
        self.paragraph, self.table, self.waiting = [], [], []


def _text(paragraph: Sequence[_Placed]) -> Text:
    first = paragraph[0]
    text = join(placed.line for placed in paragraph)
    is_indented = _INDENT < first.indent < _MAX_INDENT and not first.is_centred
    return Text(text, first.page, indented=is_indented)


def _place(line: Line, page: int, block: _Block, body_size: float) -> _Placed:
    indent = (line.left - block.left) / line.size
    room = (block.right - line.right) / line.size
    least = _CENTRED_TITLE if line.size > _LARGE * body_size else _CENTRED
    is_centred = indent > least and abs(indent - room) < _EVEN
    return _Placed(line, page, indent, room, is_centred)


def _continues(paragraph: Sequence[_Placed], placed: _Placed, usual_gap: float) -> bool:
    """Tell whether a line belongs to the paragraph before it."""
    first, last = paragraph[0], paragraph[-1]
    if any(one.is_centred or one.is_row or one.indent > _MAX_INDENT for one in (first, placed)):
        return False
    if not 1 / _OTHER_SIZE < placed.line.size / last.line.size < _OTHER_SIZE:
        return False
    if placed.line.head / placed.line.size + _SLACK < last.room:
        return False  # there was room for its first piece
    if _is_set_in(paragraph, placed) or _is_set_apart(paragraph, placed, usual_gap):
        return False
    return not (last.line.text[-1] in _STOPS and _NUMBERED.match(placed.line.text))


def _is_set_in(paragraph: Sequence[_Placed], placed: _Placed) -> bool:
    if len(paragraph) > 1:
        return placed.indent > paragraph[-1].indent + _INDENT
    first = paragraph[0].indent
    return placed.indent > (first - _INDENT if first > _INDENT else _INDENT)


def _is_set_apart(paragraph: Sequence[_Placed], placed: _Placed, usual_gap: float) -> bool:
    last = paragraph[-1]
    if placed.page != last.page:
        return False
    gap = (placed.line.base - last.line.base) / placed.line.size
    if len(paragraph) > 1 and paragraph[-2].page == last.page:
        usual_gap = (last.line.base - paragraph[-2].line.base) / last.line.size
    return gap > _SET_APART * usual_gap


def _usual_gap(bodies: Sequence[Sequence[Line]]) -> float:
    gaps = sorted(
        (below.base - above.base) / below.size
        for body in bodies
        for above, below in pairwise(body)
        if above.size / _OTHER_SIZE < below.size < above.size * _OTHER_SIZE
    )
    return gaps[int(_USUAL_GAP * len(gaps))] if gaps else inf


def _edges(pages: Sequence[Page], bodies: Sequence[Sequence[Line]]) -> list[_Block]:
    """Return each page's block of text.

    A page with few lines, or with short ones only, shows it too narrow: such pages take the block
    of the pages of their width, or as much space on the right as they leave on the left.
    """
    own = [_block(body) for body in bodies]
    shown: dict[int, list[_Block]] = defaultdict(list)
    for page, body, block in zip(pages, bodies, own, strict=True):
        if len(body) >= _ENOUGH and block.width >= _MIN_WIDTH * page.width:
            shown[round(page.width)].append(block)
    edges = []
    for page, block in zip(pages, own, strict=True):
        even = _Block(block.left, max(block.right, page.width - block.left))
        alike = shown[round(page.width)] or [even]
        usual = _Block(
            median(other.left for other in alike), median(other.right for other in alike)
        )
        edges.append(usual if _is_within(block, usual) else block)
    return edges


def _is_within(block: _Block, usual: _Block) -> bool:
    return (
        block.width <= usual.width + 2 * _SAME_BLOCK
        and block.left >= usual.left - _SAME_BLOCK
        and block.right <= usual.right + _SAME_BLOCK
    )


def _block(body: Sequence[Line]) -> _Block:
    if not body:
        return _Block(0.0, 0.0)
    out = ceil(_OUTLIERS * len(body)) if len(body) >= _ENOUGH else 0
    # A stop at a line's end may hang out of the block.
    whole = [line.right for line in body if line.text[-1] not in CLOSING]
    rights = sorted(whole if len(whole) >= _ENOUGH else (line.right for line in body))
    lefts = sorted(line.left for line in body)
    return _Block(lefts[out], rights[-1 - out])
