"""The characters of a Word 97-2003 file: its main text without what is deleted, hidden or code.

The text lies in pieces of the stream WordDocument, in the order the piece table gives. Sources,
sections of [MS-DOC]: 2.9.38 Clx, 2.9.178 PlcPcd, 2.9.177 Pcd, 2.9.73 FcCompressed; 2.8.25 fields.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ...errors import DocumentDamaged
from .file import PIECES, WordFile
from .properties import character_runs, properties

CELL_MARK, JOINED = "\x07", "\x1c"  # the second is ours: the mark of a deleted paragraph end

# 2.9.73: a compressed character is its code point, these bytes excepted.
_COMPRESSED = {
    **dict(zip(range(0x82, 0x8D), "\u201a\u0192„…†‡\u02c6‰Š\u2039Œ", strict=True)),
    **dict(zip(range(0x91, 0x9D), "‘’“”•–—\u02dc™š\u203aœ", strict=True)),
    0x9F: "Ÿ",
}
_DELETED, _HIDDEN, _SYMBOL = 0x0800, 0x083C, 0x6A09  # properties, 2.6.1
# Characters that are deleted, hidden or a symbol carry one of these properties.
_TELLING = re.compile(b"\x00\x08|\x3c\x08|\x09\x6a")

_GONE = "\0"
_KEPT_MARKS = re.compile(f"[^\f{CELL_MARK}{JOINED}]")
_FIELD_MARKS = re.compile("[\x13-\x15]")

_Span: TypeAlias = tuple[int, int]
_Change: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive characters that lie together: their position, their offset, bytes a character.

    ``properties`` are those a fast save put on all of them (2.9.214 Prm1).
    """

    first: int
    end: int
    offset: int
    width: int
    properties: bytes

    def position(self, offset: int) -> int:
        """Return the position of the character at a byte offset, kept within the piece."""
        inside = max(0, offset - self.offset)
        return min(self.end, self.first + -(-inside // self.width))


@dataclass(frozen=True, slots=True)
class MainText:
    """The main text, one UTF-16 unit a character position; deleted ones and codes made NUL."""

    units: str
    pieces: list[Piece]


def main_text(word: WordFile) -> MainText:
    """Return the main text of a Word file.

    Raises
    ------
    DocumentDamaged
        If its pieces do not fit together or run beyond their stream.
    struct.error
        If the piece table runs beyond its own.
    """
    pieces = list(_pieces(word))
    encoded = b"".join(_piece_text(word.main, piece) for piece in pieces)
    units = encoded.decode("utf-16-le", "surrogatepass")
    if 2 * len(units) != len(encoded):  # a pair of surrogates is two positions
        units = "".join(map(chr, struct.unpack(f"<{len(encoded) // 2}H", encoded)))
    return MainText(_without_codes(_visible(word, units, pieces)), pieces)


def _pieces(word: WordFile) -> Iterator[Piece]:
    groups, table = _groups(word.part(PIECES))
    count = (struct.unpack_from("<I", table)[0] - 4) // 12
    length, end = word.lengths[0], 0
    for number in range(count):
        if end >= length:
            return
        before = end
        first, end = struct.unpack_from("<II", table, 4 + 4 * number)
        if first != before or end < first:
            break
        place, change = struct.unpack_from("<IH", table, 4 + 4 * (count + 1) + 8 * number + 2)
        end = min(end, length)
        own = groups[change >> 1] if change & 1 and change >> 1 < len(groups) else b""
        compressed = place & 0x40000000
        offset = (place & 0x3FFFFFFF) // 2 if compressed else place & 0x3FFFFFFF
        yield Piece(first, end, offset, 1 if compressed else 2, own)
    if end != length:
        raise DocumentDamaged("the pieces of the Word file do not add up to its text")


def _groups(clx: bytes) -> tuple[list[bytes], bytes]:
    """Return the groups of properties that pieces name, and the piece table behind them."""
    groups = []
    at = 0
    while clx[at : at + 1] == b"\1":
        size = struct.unpack_from("<H", clx, at + 1)[0]
        groups.append(clx[at + 3 : at + 3 + size])
        at += 3 + size
    if clx[at : at + 1] != b"\2":
        raise DocumentDamaged("the Word file has no piece table")
    return groups, clx[at + 1 :]


def _piece_text(main: bytes, piece: Piece) -> bytes:
    encoded = main[piece.offset : piece.offset + (piece.end - piece.first) * piece.width]
    if len(encoded) != (piece.end - piece.first) * piece.width:
        raise DocumentDamaged("the text of the Word file runs beyond its stream")
    if piece.width == 2:
        return encoded
    return encoded.decode("latin-1").translate(_COMPRESSED).encode("utf-16-le")


def _visible(word: WordFile, units: str, pieces: list[Piece]) -> str:
    """Return the text without deleted and hidden characters, symbols in place of their ``(``."""
    runs = []
    for first, end, record in character_runs(word):
        if _TELLING.search(record):
            replacement = _replacement(dict(properties(record)))
            if replacement:
                runs.append((first, end, replacement))
    changes = list(_changes(pieces, runs))
    changes += [
        (piece.first, piece.end, _GONE)
        for piece in pieces
        if piece.properties and _replacement(dict(properties(piece.properties))) == _GONE
    ]
    return _replace(units, sorted(changes)) if changes else units


def _replacement(said: dict[int, bytes]) -> str:
    # 0x80 and 0x81 mean what the style says and its opposite; hardly a style hides text.
    if any(said.get(code, b"\0")[:1] in (b"\x01", b"\x81") for code in (_DELETED, _HIDDEN)):
        return _GONE
    symbol = said.get(_SYMBOL, b"")
    return chr(int.from_bytes(symbol[2:4], "little")) if len(symbol) == 4 else ""


def _changes(pieces: list[Piece], runs: list[_Change]) -> Iterator[_Change]:
    """Yield the runs, given by byte offset, as ranges of character positions."""
    ends = [end for _, end, _ in runs]
    for piece in pieces:
        last = piece.offset + (piece.end - piece.first) * piece.width
        at = bisect_right(ends, piece.offset)
        while at < len(runs) and runs[at][0] < last:
            first, end, replacement = runs[at]
            yield piece.position(first), piece.position(end), replacement
            at += 1


def _replace(units: str, changes: Iterable[_Change]) -> str:
    parts: list[str] = []
    done = 0
    for first, end, replacement in changes:
        first, end = max(first, done), max(end, done)
        old = units[first:end]
        new = _erased(old) if replacement == _GONE else old.replace("(", replacement)
        parts += (units[done:first], new)
        done = end
    parts.append(units[done:])
    return "".join(parts)


def _erased(units: str) -> str:
    """Return as many NULs; ends of cells stay, ends of paragraphs become joints."""
    return _KEPT_MARKS.sub(_GONE, units.replace("\r", JOINED))


def _without_codes(units: str) -> str:
    """Return the text without the codes of fields, of which the results are kept."""
    open_fields: list[_Span] = []  # where each begins, and where its result does
    codes: list[_Span] = []
    for match in _FIELD_MARKS.finditer(units):
        at = match.start()
        if match[0] == "\x13":
            open_fields.append((at, -1))
        elif open_fields and match[0] == "\x14":
            open_fields[-1] = (open_fields[-1][0], at)
        elif open_fields:
            first, result = open_fields.pop()
            codes.append((first, (at if result < 0 else result) + 1))
    changes = [(*code, _GONE) for code in _union(codes) if CELL_MARK not in units[slice(*code)]]
    return _replace(units, changes) if changes else units


def _union(spans: list[_Span]) -> list[_Span]:
    found: list[_Span] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return found
