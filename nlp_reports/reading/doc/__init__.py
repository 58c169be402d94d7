"""Word 97-2003 files (DOC): the paragraphs and tables of the main text.

Headers and footers repeat on every page and are left out; footnotes and text boxes are left out
with a warning. Source: [MS-DOC].
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from ...errors import DocumentDamaged, DocumentError, DocumentTooLarge
from ...schema import Warning
from ...settings import Settings
from ..content import Cells, Content
from .file import WordFile, open_word
from .marks import guess_tables
from .paragraphs import Paragraph, Paragraphs
from .tables import Block, Table, TableRow, columns_of, filled
from .text import main_text

MEDIA_TYPE = "application/msword"

# Most cells of all tables together. The largest form has 200; a million take about 100 MB.
_MAX_CELLS = 1_000_000


def read(data: bytes, *, where: str, settings: Settings) -> Content:
    """Read a Word 97-2003 file.

    Raises
    ------
    DocumentError
        `UnsupportedMedia` for other users of the container and for Word 6 and 95,
        `DocumentEncrypted`, `DocumentTooLarge`, and `DocumentDamaged` for whatever is broken.
    """
    try:
        word = open_word(data)
        if word.lengths[0] > settings.max_characters:
            raise DocumentTooLarge(
                f"{word.lengths[0]:,} characters, more than the {settings.max_characters:,} that "
                "Settings.max_characters allows"
            )
        return _content(word)
    except DocumentError as error:
        raise type(error)(error.message, where) from None
    except struct.error:
        raise DocumentDamaged(
            "a structure of the Word file runs beyond its stream", where
        ) from None


def _content(word: WordFile) -> Content:
    paragraphs = Paragraphs(word, main_text(word))
    if paragraphs.has_lost_tables():
        warning = Warning(
            "table_marks", "the rows of tables are guessed: their properties are unreadable"
        )
        blocks, warnings = tuple(guess_tables(paragraphs)), [warning]
    else:
        blocks, warnings = _placed(paragraphs), []
    return Content(blocks, warnings=(*warnings, *paragraphs.warnings.values(), *_left_out(word)))


def _left_out(word: WordFile) -> Iterator[Warning]:
    """Yield what the file holds beside its main text."""
    footnotes, _, _, _, endnotes, boxes = word.lengths[1:7]
    if footnotes > 0 or endnotes > 0:
        yield Warning("footnotes", f"{footnotes + endnotes:,} characters of notes are left out")
    if boxes > 0:
        yield Warning("text_boxes", f"{boxes:,} characters of text boxes are left out")


def _placed(paragraphs: Iterable[Paragraph]) -> tuple[Block, ...]:
    places = _Places()
    for paragraph in paragraphs:
        places.add(paragraph)
    return places.close()


class _Places:
    """Paragraphs put in their places: in the text, in a table, in a table within a table."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._tables: list[Table] = []
        self._cells = 0

    def add(self, paragraph: Paragraph) -> None:
        layout = paragraph.layout
        self._reach(layout.depth)
        if not self._tables:
            self._blocks += paragraph.lines
            return
        table = self._tables[-1]
        table.cell += paragraph.lines
        if layout.row_end:
            table.end_row(layout.row)
        elif paragraph.marks_cell or layout.cell_end:
            table.end_cell()

    def close(self) -> tuple[Block, ...]:
        self._reach(0)
        return tuple(self._blocks)

    def _reach(self, depth: int) -> None:
        """Close or open tables until as many are open."""
        while len(self._tables) > depth:
            table = self._tables.pop()
            table.end_row(None)
            home = self._tables[-1].cell if self._tables else self._blocks
            home += self._closed(table.rows)
        while len(self._tables) < depth:
            self._tables.append(Table())

    def _closed(self, rows: list[TableRow]) -> list[Block]:
        """Return a table as cells, or, if it only places things, as what it places."""
        inside = [block for row in rows for cell in row.cells for block in cell]
        columns, width = columns_of(rows)
        if width < 2 or any(isinstance(block, Cells) for block in inside):
            return inside
        if not inside:
            return []
        self._cells += width * len(rows)
        if self._cells > _MAX_CELLS:
            raise DocumentTooLarge(f"more than {_MAX_CELLS:,} table cells")
        return [Cells(tuple(filled(rows, columns, width)))]
