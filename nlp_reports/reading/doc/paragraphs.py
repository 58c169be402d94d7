"""The paragraphs of a Word 97-2003 file: lines, numbers in front, and how each stands."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ...errors import DocumentTooLarge
from ...schema import Warning
from ..content import Text, one_line
from ..numbering import labelled
from . import lists
from .file import LISTS, OVERRIDES, WordFile
from .layout import PLAIN, Layout, layout
from .properties import paragraph_runs, properties, styles
from .text import CELL_MARK, JOINED, MainText

# Most paragraphs and cells of a file. The longest report has under 400,000 characters; a million
# empty paragraphs take ten seconds.
_MAX_PARAGRAPHS = 500_000
_MAX_INHERITANCE = 16  # styles a style may be based on, one on another; Word allows 11
# Most properties read of one paragraph, its styles' included. A wide table row has about a hundred.
_MAX_PROPERTIES = 1_000
_LAST_LIST = 0x7FE  # [MS-DOC] 2.6.2, sprmPIlfo: larger numbers say that a list was left
_ELSEWHERE = (0x6645, 0x6646, 0x646B)  # properties too long for a page lie in the stream Data

_END_MARKS = f"\r\f{CELL_MARK}{JOINED}"
_ENDS = re.compile(f"[{_END_MARKS}]")
_LINE_ENDS = re.compile("[\n\x0b\x0e\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPECIAL = re.compile("[\x00-\x08\x0f-\x1d\x1f]+")  # but for 0x1E, a hyphen that does not break


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's lines, how it stands, and whether its mark is one of a cell."""

    lines: tuple[Text, ...]
    layout: Layout
    marks_cell: bool


class Paragraphs:
    """The paragraphs of the main text, once through; `warnings` grow on the way."""

    def __init__(self, word: WordFile, text: MainText) -> None:
        self.warnings: dict[str, Warning] = {}
        self._word = word
        self._units = text.units
        self._pieces = text.pieces
        self._firsts = [piece.first for piece in text.pieces]
        self._runs = paragraph_runs(word)
        self._offsets = [run[0] for run in self._runs]
        self._layouts: dict[bytes, Layout] = {}
        if sum(map(text.units.count, _END_MARKS)) > _MAX_PARAGRAPHS:
            raise DocumentTooLarge(f"more than {_MAX_PARAGRAPHS:,} paragraphs")

    def has_lost_tables(self) -> bool:
        """Say whether there are marks of cells, and no properties that tell of tables."""
        marks = [match.start() for match in re.finditer(CELL_MARK, self._units)]
        return bool(marks) and not any(self._layout(mark).depth for mark in marks)

    def __iter__(self) -> Iterator[Paragraph]:
        parts: list[str] = []
        start = 0
        for match in _ENDS.finditer(self._units):
            parts.append(self._units[start : match.start()])
            stands = self._layout(match.start())
            start = match.end()
            if match[0] == JOINED and stands.depth == self._layout(start).depth:
                continue
            yield self._paragraph("".join(parts), stands, match[0] == CELL_MARK)
            parts = []
        parts.append(self._units[start:])
        yield self._paragraph("".join(parts), PLAIN, False)

    def _layout(self, position: int) -> Layout:
        if not self._pieces:
            return PLAIN
        piece = self._pieces[bisect_right(self._firsts, position) - 1]
        offset = piece.offset + (position - piece.first) * piece.width
        number = bisect_right(self._offsets, offset) - 1
        if number < 0 or offset >= self._runs[number][1]:
            return PLAIN
        record = self._runs[number][2] + piece.properties
        if record not in self._layouts:
            said = islice(self._all_properties(record), _MAX_PROPERTIES)
            self._layouts[record] = layout(list(said))
        return self._layouts[record]

    def _all_properties(self, record: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the properties of a paragraph: its style's, its own, those stored elsewhere."""
        style = int.from_bytes(record[:2], "little")
        inherited: list[bytes] = []
        while style < len(self._styles) and len(inherited) < _MAX_INHERITANCE:
            style, own = self._styles[style]
            inherited.insert(0, own)
        for own in inherited:
            yield from properties(own)
        for code, operand in properties(record[2:]):
            yield code, operand
            if code in _ELSEWHERE:
                at = int.from_bytes(operand, "little")
                size = int.from_bytes(self._word.data[at : at + 2], "little")
                yield from properties(self._word.data[at + 2 : at + 2 + size])

    def _paragraph(self, units: str, stands: Layout, marks_cell: bool) -> Paragraph:
        if not units and not stands.list:
            return Paragraph((), stands, marks_cell)
        number = self._number(stands) if stands.list and not stands.row_end else ""
        lines: list[Text] = []
        for line in _LINE_ENDS.split(units):
            clean = _SPECIAL.sub("", line).replace("\x1e", "\u2011")
            text = _paired(clean.strip())
            indented = clean[:1].isspace() or (stands.indented and not lines)
            if text and number:
                text, number = labelled(number, text), ""
            if text:
                lines.append(Text(text, indented=indented))
        if number and stands.depth:  # an empty paragraph: in a cell its number is what is seen
            lines.append(Text(number))
        return Paragraph(tuple(lines), stands, marks_cell)

    def _number(self, stands: Layout) -> str:
        if not 0 < stands.list <= _LAST_LIST:
            return ""
        number = self._lists.number(stands.list, stands.level) if self._lists else None
        if number is None:
            self.warnings["automatic_numbers"] = Warning(
                "automatic_numbers", "the numbers of a list cannot be read and are left out"
            )
        return one_line(_SPECIAL.sub("", number or ""))

    @cached_property
    def _styles(self) -> list[tuple[int, bytes]]:
        return styles(self._word)

    @cached_property
    def _lists(self) -> lists.Lists | None:
        """The automatic lists; None if they cannot be read."""
        first = self._word.place(LISTS)[0]
        try:
            return lists.parse(self._word.table[first:], self._word.part(OVERRIDES))
        except struct.error:
            return None


def _paired(text: str) -> str:
    """Return `text` with surrogates made the characters that pairs of them stand for."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
