"""How a paragraph of a Word 97-2003 file stands: in a table, set in, in a list.

Sources: [MS-DOC] 2.6.2 properties of paragraphs, 2.6.3 of tables, 2.9.315 TDefTable.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

# Deepest table inside tables; what lies deeper is read as if it lay here. Layouts stop at four or
# five, and a file may open and close all of them at every paragraph.
_MAX_NESTING = 10

_IN_TABLE, _ROW_END, _DEPTH = 0x2416, 0x2417, 0x6649
_INNER_CELL_END, _INNER_ROW_END = 0x244B, 0x244C
_LIST, _LIST_LEVEL = 0x460B, 0x260A
_FIRST_LINES = (0x8460, 0x8411)  # of Word 2000 on, of Word 97; in twentieths of a point
_FIRST_LINE_CHARACTERS = 0x4457
_ROW, _MERGE_ACROSS, _MERGE_DOWN = 0xD608, 0x5624, 0xD62B


@dataclass(frozen=True, slots=True)
class Row:
    """How a table row is cut: the cells' edges, and which are merged.

    ``across`` is 1 for the first of cells merged in the row, 2 or 3 for the others; ``down`` is 3
    for the first of cells merged in the column, 1 for the others.
    """

    edges: tuple[int, ...]
    across: tuple[int, ...]
    down: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the properties of a paragraph say about its place."""

    depth: int = 0
    cell_end: bool = False
    row_end: bool = False
    row: Row | None = None
    indented: bool = False
    list: int = 0
    level: int = 0


PLAIN = Layout()


def layout(properties: Sequence[tuple[int, bytes]]) -> Layout:
    """Return what properties say; of one that is there twice the last counts."""
    last = dict(properties)

    def value(code: int) -> int:
        return int.from_bytes(last.get(code, b""), "little", signed=True)

    depth = value(_DEPTH) or value(_IN_TABLE)
    first_line = value(_FIRST_LINE_CHARACTERS) or max(value(code) for code in _FIRST_LINES)
    row_end = bool(value(_INNER_ROW_END if depth > 1 else _ROW_END))
    return Layout(
        depth=min(max(depth, 0), _MAX_NESTING),
        cell_end=bool(value(_INNER_CELL_END)) and depth > 1,
        row_end=row_end and depth > 0,
        row=_row(properties) if row_end else None,
        indented=first_line > 0,
        list=value(_LIST),
        level=value(_LIST_LEVEL),
    )


def _row(properties: Sequence[tuple[int, bytes]]) -> Row | None:
    edges: tuple[int, ...] = ()
    across: list[int] = []
    down: list[int] = []
    for code, operand in properties:
        if code == _ROW and operand and len(operand) >= 3 + 2 * operand[0]:
            edges = struct.unpack_from(f"<{operand[0] + 1}h", operand, 1)
            flags = _flags(operand)
            across = [flag & 3 for flag in flags]
            down = [flag >> 5 & 3 for flag in flags]
        elif code == _MERGE_ACROSS and len(operand) == 2:
            for number in range(operand[0], min(operand[1], len(across))):
                across[number] = 1 if number == operand[0] else 2
        elif code == _MERGE_DOWN and len(operand) == 2 and operand[0] < len(down):
            down[operand[0]] = operand[1] & 3
    return Row(edges, tuple(across), tuple(down)) if edges else None


def _flags(operand: bytes) -> list[int]:
    """Return the first two bytes of each TC80 behind the edges, 0 for a cell without one."""
    count = operand[0]
    places = range(1 + 2 * (count + 1), len(operand), 20)
    flags = [int.from_bytes(operand[at : at + 2], "little") for at in places]
    return (flags + [0] * count)[:count]
