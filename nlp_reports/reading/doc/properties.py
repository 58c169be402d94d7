"""Properties of a Word 97-2003 file: what is said of which bytes of the text.

Sources, sections of [MS-DOC]: 2.2.5 Sprm and Prl; 2.8.5 PlcBteChpx and 2.8.6 PlcBtePapx with their
pages, 2.9.33 ChpxFkp and 2.9.175 PapxFkp; 2.9.271 STSH.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TypeAlias

from .file import CHARACTER_PAGES, PARAGRAPH_PAGES, STYLES, WordFile

# A stretch of equal properties: where it begins and ends, in bytes, and what they are.
Run: TypeAlias = tuple[int, int, bytes]

_PAGE = 512  # bytes of a page
_NO_STYLE = 0xFFF
_ROW, _TABS = 0xD608, 0xC615  # their operands do not tell their size as others do
_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # by the upper three bits of a property, 2.2.5.1


def properties(record: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield properties and their operands (2.2.5 Sprm, 2.2.5.2 Prl)."""
    at = 0
    while at + 2 < len(record):
        code = record[at] | record[at + 1] << 8
        at += 2
        head = 0
        size = _OPERAND_SIZES[code >> 13]
        if code == _ROW:
            head, size = 2, int.from_bytes(record[at : at + 2], "little") - 1
        elif code == _TABS and record[at] == 255:
            size = _tabs_size(record, at)
        elif not size:
            head, size = 1, record[at]
        yield code, record[at + head : at + head + size]
        at += head + max(0, size)


def _tabs_size(record: bytes, at: int) -> int:
    """Return the size of 2.9.182 PChgTabsOperand, which is too large for its own size byte."""
    deleted = record[at + 1] if at + 1 < len(record) else 0
    added = at + 2 + 4 * deleted
    return 3 + 4 * deleted + 3 * (record[added] if added < len(record) else 0)


def character_runs(word: WordFile) -> list[Run]:
    """Return the properties of characters."""
    return _runs(word, CHARACTER_PAGES, 1, _character_record)


def paragraph_runs(word: WordFile) -> list[Run]:
    """Return the properties of paragraphs, each behind the number of its style, two bytes."""
    return _runs(word, PARAGRAPH_PAGES, 13, _paragraph_record)


def _runs(
    word: WordFile, number: int, width: int, record: Callable[[bytes, int], bytes]
) -> list[Run]:
    """Return runs in the order of the bytes; pages that cannot be read are left out."""
    places = word.part(number)
    count = max(0, (len(places) - 4) // 8)
    read_count = min(count, len(word.main) // _PAGE)
    numbers = struct.unpack_from(f"<{read_count}I", places, 4 * (count + 1)) if count else ()
    runs: list[Run] = []
    for page_number in dict.fromkeys(number & 0x3FFFFF for number in numbers):
        page = word.main[page_number * _PAGE : (page_number + 1) * _PAGE]
        if len(page) == _PAGE:
            runs += _page_runs(page, width, record)
    runs.sort(key=lambda run: run[0])
    found: list[Run] = []
    for run in runs:
        if run[1] > run[0] and (not found or run[0] >= found[-1][1]):
            found.append(run)
    return found


def _page_runs(page: bytes, width: int, record: Callable[[bytes, int], bytes]) -> Iterator[Run]:
    count = page[-1]
    places = 4 * (count + 1)
    if places + count * width >= _PAGE:
        return
    edges = struct.unpack_from(f"<{count + 1}I", page)
    for number in range(count):
        at = 2 * page[places + number * width]
        yield edges[number], edges[number + 1], record(page, at) if at else b""


def _character_record(page: bytes, at: int) -> bytes:
    return page[at + 1 : at + 1 + page[at]]


def _paragraph_record(page: bytes, at: int) -> bytes:
    """Return the number of the style and the properties beside it (2.9.174 PapxInFkp)."""
    if page[at]:
        return page[at + 1 : at + 2 * page[at]]
    return page[at + 2 : at + 2 + 2 * page[at + 1]]


def styles(word: WordFile) -> list[tuple[int, bytes]]:
    """Return of each paragraph style the one it is based on, and its own properties.

    Of a style sheet that is broken nothing is returned.
    """
    try:
        return _styles(word.part(STYLES))
    except struct.error:
        return []


def _styles(sheet: bytes) -> list[tuple[int, bytes]]:
    size, count, base_size = struct.unpack_from("<3H", sheet)
    at = 2 + size
    found = []
    for _ in range(min(count, _NO_STYLE)):
        size = struct.unpack_from("<H", sheet, at)[0]
        style = sheet[at + 2 : at + 2 + size]
        at += 2 + size + size % 2
        found.append(_style(style, base_size) if style else (_NO_STYLE, b""))
    return found


def _style(style: bytes, base_size: int) -> tuple[int, bytes]:
    kind_and_base = struct.unpack_from("<H", style, 2)[0]
    if kind_and_base & 0xF != 1:  # of characters, tables or lists
        return _NO_STYLE, b""
    at = base_size + 4 + 2 * struct.unpack_from("<H", style, base_size)[0]
    size = struct.unpack_from("<H", style, at)[0]
    return kind_and_base >> 4, style[at + 4 : at + 2 + size]
