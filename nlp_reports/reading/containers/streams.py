"""A tar as a stream of bytes that is gone through once, forward, packed or not."""

from __future__ import annotations

from typing import Protocol

from ...errors import DocumentDamaged
from .limits import Room
from .packing import Packing, packing, unpacked
from .sources import Source


class Stream(Protocol):
    """Bytes one after the other; all that are passed are counted against a `Room`.

    Both methods raise `DocumentDamaged` if the bytes end before, and `DocumentTooLarge` if the room
    does; ``where`` is that of the stream.
    """

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes."""

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes."""

    def finish(self, size: int) -> None:
        """Go on to the end, but over no more than `size` bytes, to see whether it is sound."""


def open_stream(source: Source, where: str, room: Room) -> Stream:
    """Return the bytes of a file, unpacked if it is packed with gzip, bzip2 or xz."""
    how = packing(source.at(0, 8))
    return _Packed(source, how, where, room) if how else _Plain(source, where, room)


class _Plain:
    def __init__(self, source: Source, where: str, room: Room) -> None:
        self._source = source
        self._where = where
        self._room = room
        self._position = 0

    def read(self, size: int) -> bytes:
        start = self._position
        self.skip(size)
        data = self._source.at(start, size)
        if len(data) < size:  # the file has become shorter
            raise _cut(self._where)
        return data

    def skip(self, size: int) -> None:
        if size > self._source.size - self._position:
            raise _cut(self._where)
        self._room.spend(size, self._where)
        self._position += size

    def finish(self, size: int) -> None:
        """Do nothing: what is not packed has no checksum."""


class _Packed:
    def __init__(self, source: Source, how: Packing, where: str, room: Room) -> None:
        self._pieces = unpacked(source.chunks(0, source.size), how, where=where)
        self._where = where
        self._room = room
        self._piece = b""
        self._at = 0  # what is before it in the piece has been read

    def read(self, size: int) -> bytes:
        self._room.spend(size, self._where)
        parts = []
        while size:
            parts.append(self._some(size))
            size -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> None:
        self._room.spend(size, self._where)
        while size:
            size -= len(self._some(size))

    def finish(self, size: int) -> None:
        for piece in self._pieces:
            size -= len(piece)
            if size <= 0:
                return

    def _some(self, size: int) -> bytes:
        """Return at least one of the next `size` bytes."""
        if self._at == len(self._piece):
            self._piece, self._at = next(self._pieces, b""), 0
            if not self._piece:
                raise _cut(self._where)
        some = self._piece[self._at : self._at + size]
        self._at += len(some)
        return some


def _cut(where: str) -> DocumentDamaged:
    return DocumentDamaged("the archive is cut: it ends before its end mark", where)
