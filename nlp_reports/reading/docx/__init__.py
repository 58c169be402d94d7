"""Word documents (DOCX, DOCM): the paragraphs and tables of the main text.

Written to ECMA-376 part 1: 17.3 paragraphs. python-docx passes over content controls, insertions,
text boxes and automatic numbers, without which a report cannot be cut into its sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree

from ...errors import (
    DocumentDamaged,
    DocumentEmpty,
    DocumentError,
    DocumentScanned,
    DocumentTooLarge,
    UnsupportedMedia,
)
from ...schema import Warning
from ...settings import Settings
from ..content import Cells, Content, Text
from ..numbering import labelled
from .characters import characters
from .lists import Counters, List, lists
from .markup import (
    DEL,
    ILVL,
    INS,
    MOVE_FROM,
    MOVE_TO,
    NUM_ID,
    NUM_PR,
    PPR,
    PSTYLE,
    RPR,
    TBL,
    VANISH,
    P,
    W,
    child_of,
    integer,
    is_on,
    is_set_in,
    value_of,
)
from .parts import Package
from .styles import Style, Styles, nearest
from .tables import columns_of, filled, is_layout, rows_of
from .view import RUNS_ON, show

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# Tables within tables: layouts go three deep, and every level costs a few frames of Python.
_MAX_NESTING = 20
# Cells of all tables of a document; the official tables have under 600.
_MAX_CELLS = 500_000

_CHUNK = W + "altChunk"
_LINE_ENDS = re.compile("[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def read(data: bytes, *, where: str, settings: Settings) -> Content:
    """Return the paragraphs and tables of a Word document, as if all its changes were accepted.

    Headers, footers, notes and comments are left out.

    Raises
    ------
    DocumentError
        `UnsupportedMedia` if the zip holds something else, `DocumentDamaged`,
        `DocumentEncrypted`, `DocumentTooLarge`, `DocumentScanned` if there are pictures only,
        `DocumentEmpty`.
    """
    package = Package(data, where, settings)
    root = package.tree(package.main)
    body = root.find(W + "body")
    if body is None:
        raise DocumentDamaged(f"{package.main} holds no Word text", where)
    styles = Styles(package.related("styles"))
    numbered = lists(package.related("numbering"), styles)
    warnings = (*package.warnings, *_losses(root))
    show(root, styles)
    blocks = _Walk(styles, numbered, settings, where).blocks(body)
    if not blocks:
        raise _nothing_to_read(root, where)
    return Content(tuple(blocks), warnings=warnings)


def _losses(root: etree._Element) -> Iterable[Warning]:
    if next(root.iter(INS, DEL, MOVE_FROM, MOVE_TO), None) is not None:
        yield Warning("tracked_changes", "read as if all tracked changes were accepted")
    if pictures := sum(1 for _ in root.iter("{*}blip")):
        yield Warning("pictures", f"{pictures} pictures are not read")
    if objects := sum(1 for _ in root.iter(W + "object", _CHUNK)):
        yield Warning("embedded_files", f"{objects} embedded files are not read")


def _nothing_to_read(root: etree._Element, where: str) -> DocumentError:
    if next(root.iter(_CHUNK), None) is not None:
        return UnsupportedMedia("the text is in an embedded file, which is not read", where)
    if next(root.iter("{*}blip", "{*}imagedata"), None) is not None:
        return DocumentScanned("the document holds pictures and no text", where)
    return DocumentEmpty("the document is empty", where)


class _Walk:
    """One pass over the text, from top to bottom: numbers count on as it goes."""

    def __init__(
        self, styles: Styles, numbered: Mapping[str, List], settings: Settings, where: str
    ) -> None:
        self._styles = styles
        self._lists = numbered
        self._counters = Counters()
        self._max_characters = settings.max_characters
        self._characters = 0
        self._cells = 0
        self._where = where

    def blocks(self, parent: etree._Element, depth: int = 0) -> list[Text | Cells]:
        """Return the blocks of the body or, at the depth of its tables, of a cell."""
        found: list[Text | Cells] = []
        held: list[str] = []  # text of paragraphs that run on into the next
        last = None
        for child in parent.iterchildren(P, TBL):
            if child.tag == P:
                held.append(characters(child))
                last = child
                if child.get(RUNS_ON) is None:
                    found += self._paragraph(child, "".join(held), depth)
                    held = []
                continue
            if held:
                found += self._paragraph(last, "".join(held), depth)
                held = []
            found += self._table(child, depth + 1)
        if held:
            found += self._paragraph(last, "".join(held), depth)
        return found

    def _paragraph(self, paragraph: etree._Element, raw: str, depth: int) -> list[Text]:
        lines = [line for line in _LINE_ENDS.split(raw) if line.strip()]
        properties = paragraph.find(PPR)
        style = self._styles.paragraph(value_of(properties, PSTYLE))
        numbered = self._numbered(properties, style)
        label = ""
        if numbered is not None and (lines or not _has_hidden_end(properties, style)):
            label = self._counters.count(*numbered)
        if not lines:
            # In a cell a number alone is what the cell says; elsewhere it numbers nothing.
            return [Text(label)] if label.strip() and depth else []
        set_in = lines[0][0].isspace() or _sets_in(properties, style, numbered)
        lines[0] = labelled(label, lines[0].lstrip())
        self._count_characters(lines)
        first, *others = lines
        return [
            Text(first.strip(), indented=set_in),
            *(Text(line.strip(), indented=line[0].isspace()) for line in others),
        ]

    def _numbered(self, properties: etree._Element | None, style: Style) -> tuple[List, int] | None:
        own = child_of(properties, NUM_PR)
        name, level = value_of(own, NUM_ID), value_of(own, ILVL)
        numbered = self._lists.get(name or style.list_id or "")
        if numbered is None:
            return None
        tied = 0 if name else numbered.level_of(style)
        number = integer(level, tied)
        return (numbered, number) if number in numbered.levels else None

    def _count_characters(self, lines: Iterable[str]) -> None:
        self._characters += sum(map(len, lines))
        if self._characters > self._max_characters:
            raise DocumentTooLarge(
                f"more than the {self._max_characters:,} characters that "
                "Settings.max_characters allows",
                self._where,
            )

    def _table(self, table: etree._Element, depth: int) -> list[Text | Cells]:
        if depth > _MAX_NESTING:
            raise DocumentDamaged(f"tables nested more than {_MAX_NESTING} deep", self._where)
        rows = rows_of(table, lambda cell: self.blocks(cell, depth))
        columns = columns_of(table, rows)
        if is_layout(table, rows, columns):
            return [block for row in rows for cell in row for block in cell.blocks]
        width = max(columns.values()) + 1
        self._cells += width * len(rows)
        if self._cells > _MAX_CELLS:
            raise DocumentTooLarge(f"more than {_MAX_CELLS:,} cells", self._where)
        return [Cells(tuple(filled(row, columns, width) for row in rows))]


def _sets_in(
    properties: etree._Element | None, style: Style, numbered: tuple[List, int] | None
) -> bool:
    """The paragraph decides, then whichever of list and style it names itself, then the other."""
    of_list = numbered[0].levels[numbered[1]].set_in if numbered else None
    names_list = value_of(properties, NUM_PR, NUM_ID) is not None
    later = (of_list, style.set_in) if names_list else (style.set_in, of_list)
    return bool(nearest((is_set_in(properties), *later)))


def _has_hidden_end(properties: etree._Element | None, style: Style) -> bool:
    own = child_of(properties, RPR, VANISH)
    return bool(style.hidden) if own is None else is_on(own)
