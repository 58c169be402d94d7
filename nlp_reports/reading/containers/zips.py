"""The zip format: a directory at the end of the file, and the packed bytes of each entry.

Source: the ZIP application note (APPNOTE.TXT: 4.3.7 local headers, 4.3.12 directory, 4.3.14 to
4.3.16 its end, 4.5.3 sizes above 4 GB). The library's `zipfile` takes a kilobyte of memory for each
entry before it gives the first; here it is the entry's place. What a header says is not trusted.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

from ...errors import (
    DocumentDamaged,
    DocumentEncrypted,
    DocumentTooLarge,
    UnsupportedMedia,
)
from . import names
from .packing import DEFLATE, unpacked
from .sources import Source

STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")
# Most entries of a zip that is a document; a report with a thousand pictures has about 1,100.
MAX_PARTS = 10_000

# Largest unpacked size per packed byte, for members above _FREE bytes. Word's own XML reaches 40,
# a long table of equal rows 150, a bomb 1,000.
_MAX_RATIO = 200
_FREE = 8 * 1024 * 1024

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LONGEST_COMMENT = 0xFFFF  # bytes behind the end record
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MARK = b"PK\x06\x06"
_RECORD = struct.Struct("<4s6H3L5H2L")
_COMMON_RECORD = 512  # bytes that most records are shorter than
_LONGEST_RECORD = _RECORD.size + 3 * 0xFFFF  # name, extra fields and comment
_RECORD_MARK = b"PK\x01\x02"
_LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_HEADER = _LOCAL.size  # bytes, the name not counted
_LOCAL_MARK = b"PK\x03\x04"
_SIZES64 = 0x0001  # extra field
_SATURATED = 0xFFFFFFFF  # says that the number stands in that field

_ENCRYPTED = 0x1  # flag
_STORED = 0
_DEFLATED = 8


class Record(NamedTuple):
    """One record of the directory; ``offset`` and ``end`` are places in the file.

    A tuple: a frozen dataclass takes three times as long to make, and there may be a million.
    """

    raw_name: bytes
    extra: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int
    end: int

    @property
    def name(self) -> str:
        return names.of_zip(self.raw_name, self.flags, self.extra)


class Zip:
    """The directory of a zip.

    Parameters
    ----------
    source : Source
    where : str
        For errors.
    most : int
        Most entries.

    Raises
    ------
    DocumentDamaged
        If the directory cannot be read.
    DocumentTooLarge
        If it has more entries.
    """

    def __init__(self, source: Source, *, where: str, most: int) -> None:
        self.source = source
        self._where = where
        self._places = array("Q")  # of the records in the file
        starts, ends = array("Q"), array("Q")
        self._start, self._end, self._shift = self._directory()
        place = self._start
        for record in self:
            if len(self) == most:
                raise DocumentTooLarge(f"more than the {most:,} members that are allowed", where)
            self._places.append(place)
            starts.append(min(max(record.offset, 0), source.size))
            ends.append(min(starts[-1] + LOCAL_HEADER + record.packed, source.size))
            place = record.end
        self._overlapping = _overlapping(starts, ends)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Record:
        place = self._places[index]
        record = self._record(self._window(place, _COMMON_RECORD), 0, place)
        record = record or self._record(self._window(place, _LONGEST_RECORD), 0, place)
        if record is None:
            raise self._broken()
        return record

    def __iter__(self) -> Iterator[Record]:
        place = self._start
        while place < self._end:
            window = self._window(place, _LONGEST_RECORD)
            record = self._record(window, 0, place)
            if record is None:
                raise self._broken()
            start = place
            while record is not None:
                yield record
                place = record.end
                record = self._record(window, place - start, place)

    def overlaps(self, index: int) -> bool:
        """Tell whether an entry reaches into the next: no program packs so, bombs do."""
        return index in self._overlapping

    def packed(self, record: Record, where: str) -> Iterator[bytes]:
        """Yield the bytes of an entry as they are packed.

        Raises
        ------
        DocumentDamaged
            If there are none where the directory says.
        """
        local = self.source.at(record.offset, LOCAL_HEADER)
        start = record.offset + LOCAL_HEADER
        if len(local) == LOCAL_HEADER and local.startswith(_LOCAL_MARK):
            *_, name_size, extra_size = _LOCAL.unpack(local)
            if self.source.at(start, name_size) == record.raw_name:
                return self.source.chunks(start + name_size + extra_size, record.packed)
        raise DocumentDamaged("the directory names another place than the member's", where)

    def _directory(self) -> tuple[int, int, int]:
        """Return where the directory begins and ends, and by how much all offsets are too small.

        Offsets are too small where something stands before the zip: a program that unpacks it.
        """
        tail_at = max(0, self.source.size - _END.size - _LONGEST_COMMENT)
        tail = self.source.at(tail_at, _END.size + _LONGEST_COMMENT)
        at = tail.rfind(_END_MARK, 0, max(0, len(tail) - _END.size + len(_END_MARK)))
        if at < 0:
            raise self._broken()
        *_, size, offset, _ = _END.unpack_from(tail, at)
        end = tail_at + at
        end64 = end - _LOCATOR.size - _END64.size
        ends = self.source.at(end64, _END64.size + _LOCATOR.size)
        if ends.startswith(_END64_MARK) and ends.startswith(_LOCATOR_MARK, _END64.size):
            *_, size, offset = _END64.unpack_from(ends)
            end = end64
        if size > end:
            raise self._broken()
        return end - size, end, end - size - offset

    def _window(self, place: int, size: int) -> bytes:
        return self.source.at(place, min(size, self._end - place))

    def _record(self, window: bytes, at: int, place: int) -> Record | None:
        """Return the record at a place of a window and of the file, None if it is not all there."""
        tail = at + _RECORD.size
        if len(window) < tail:
            return None
        mark, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, mode, offset = (
            _RECORD.unpack_from(window, at)
        )
        if mark != _RECORD_MARK:
            raise self._broken()
        name_size, extra_size, comment_size = lengths
        end = name_size + extra_size + comment_size
        if len(window) < tail + end:
            return None
        raw_name = window[tail : tail + name_size]
        extra = window[tail + name_size : tail + name_size + extra_size]
        if _SATURATED in (size, packed, offset):
            size, packed, offset = _sizes64(extra, size, packed, offset)
        return Record(
            raw_name=raw_name,
            extra=extra,
            flags=flags,
            method=method,
            crc=crc,
            packed=packed,
            size=size,
            mode=mode >> 16,
            offset=offset + self._shift,
            end=place + _RECORD.size + end,
        )

    def _broken(self) -> DocumentDamaged:
        return DocumentDamaged("the zip container is cut or its directory is broken", self._where)


def open_archive(data: bytes, *, where: str = "") -> Zip:
    """Open a zip that is a document, or may be one.

    Raises
    ------
    DocumentDamaged
        If its directory cannot be read.
    DocumentTooLarge
        If it has more than `MAX_PARTS` entries.
    """
    return Zip(Source(BytesIO(data), where), where=where, most=MAX_PARTS)


def unpack(archive: Zip, record: Record, *, limit: int, where: str) -> bytes:
    """Return the bytes of one entry, at most `limit`.

    Raises
    ------
    DocumentError
        `DocumentEncrypted`, `DocumentTooLarge`, `DocumentDamaged`, or `UnsupportedMedia` for a
        compression that is neither stored nor deflated.
    """
    if record.flags & _ENCRYPTED:
        raise DocumentEncrypted("the member is locked with a password", where)
    if record.method not in (_STORED, _DEFLATED):
        raise UnsupportedMedia(f"zip compression method {record.method} is not read", where)
    _check_size(record, limit, where)
    packed = archive.packed(record, where)
    data = bytearray()
    for piece in unpacked(packed, DEFLATE, where=where) if record.method else packed:
        data += piece
        if len(data) > record.size:
            raise DocumentDamaged("the packed bytes are more than the directory says", where)
    if len(data) < record.size:
        raise DocumentDamaged("the packed bytes end early", where)
    if zlib.crc32(data) != record.crc:
        raise DocumentDamaged("the packed bytes are damaged", where)
    return bytes(data)


def _check_size(record: Record, limit: int, where: str) -> None:
    size = record.size
    if size > limit:
        raise DocumentTooLarge(f"unpacks to more than the {limit:,} bytes that are allowed", where)
    if size > _FREE and size > _MAX_RATIO * record.packed:
        raise DocumentTooLarge(f"unpacks to more than {_MAX_RATIO} times its packed size", where)


def _sizes64(extra: bytes, *numbers: int) -> tuple[int, ...]:
    """Return size, packed size and offset; each that is saturated stands, in turn, in a field."""
    field = b""
    while len(extra) >= 4 and not field:
        tag, length = struct.unpack_from("<HH", extra)
        field = extra[4 : 4 + length] if tag == _SIZES64 else b""
        extra = extra[4 + length :]
    whole = []
    for number in numbers:
        if number == _SATURATED and len(field) >= 8:
            number, field = int.from_bytes(field[:8], "little"), field[8:]
        whole.append(number)
    return tuple(whole)


def _overlapping(starts: Sequence[int], ends: Sequence[int]) -> set[int]:
    """Return which entries reach into another."""
    found: set[int] = set()
    order: Sequence[int] = range(len(starts))
    if any(one > following for one, following in pairwise(starts)):
        order = sorted(order, key=starts.__getitem__)
    for one, following in pairwise(order):
        if ends[one] > starts[following]:
            found.add(one)
            if starts[one] == starts[following]:
                found.add(following)
    return found
