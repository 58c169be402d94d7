"""Readers: the files in a zip, and the files in a tar, in the same terms."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from functools import partial

from ...errors import (
    DocumentDamaged,
    DocumentError,
    DocumentNotFound,
    DocumentTooLarge,
    UnsupportedMedia,
)
from . import names, tars
from .entries import Entry, Level
from .limits import Room
from .sources import Source
from .streams import open_stream
from .zips import Record, Zip, unpack


class ZipReader:
    """The files in a zip."""

    def __init__(self, source: Source, level: Level, room: Room) -> None:
        self._zip = Zip(source, where=level.where, most=room.members)
        self._level = level
        self._paths = level.paths()
        self._renamed: dict[int, str] | None = None

    def entries(self, room: Room) -> Iterator[Entry]:
        """Yield the files; see `Reader`."""
        room.admit(len(self._zip), self._level.where)
        for index in range(len(self._zip)):
            if entry := self._entry(index, room):
                yield entry

    def find(self, index: int, room: Room) -> Entry:
        """Return one file; see `Reader`."""
        entry = self._entry(index, room) if 0 <= index < len(self._zip) else None
        if entry is None:
            raise DocumentNotFound(f"there is no file at place {index}", self._level.where)
        return entry

    def _entry(self, index: int, room: Room) -> Entry | None:
        """Return a file, None for a folder and litter."""
        if self._renamed is None:
            self._renamed = self._rename()
        record = self._zip[index]
        if names.is_litter(record.name):
            return None
        path = self._renamed.get(index) or names.safe(record.name)
        read = partial(self._read, index, record, room)
        return self._level.entry(index, path, self._paths, read)

    def _rename(self) -> dict[int, str]:
        """Return the paths that are not what the names say, as another entry has them before."""
        renamed = {}
        for index, record in enumerate(self._zip):
            if not names.is_litter(record.name):
                path = names.safe(record.name)
                unique = self._paths.claim(path)
                if unique != path:
                    renamed[index] = unique
        return renamed

    def _read(self, index: int, record: Record, room: Room, where: str) -> bytes:
        if self._zip.overlaps(index):
            raise DocumentDamaged("its bytes overlap those of another member", where)
        if stat.S_ISLNK(record.mode):
            raise UnsupportedMedia("the member is a symbolic link", where)
        largest = room.limits.largest
        try:
            data = unpack(self._zip, record, limit=min(largest, room.unpacked), where=where)
        except DocumentDamaged:  # found out, at worst, at the last byte
            room.spend(min(record.size, room.unpacked), where)
            raise
        except DocumentTooLarge:
            room.full = room.full or room.unpacked < record.size <= largest
            raise
        room.spend(len(data), where)
        return data


class TarReader:
    """The files in a tar, packed or not."""

    def __init__(self, source: Source, level: Level) -> None:
        self._source = source
        self._level = level
        self._pass: _Pass | None = None  # the one that `find` goes on with

    def entries(self, room: Room) -> Iterator[Entry]:
        """Yield the files; see `Reader`."""
        return _Pass(self._source, self._level, room)

    def find(self, index: int, room: Room) -> Entry:
        """Return one file; see `Reader`. Ascending indices are found in one pass."""
        if self._pass is None or index <= self._pass.last:
            self._pass = _Pass(self._source, self._level, room)
        for entry in self._pass:
            if entry.index == index:
                return entry
            if entry.index > index:
                break
        if self._pass.lost is not None:
            raise self._pass.lost
        raise DocumentNotFound(f"there is no file at place {index}", self._level.where)


class _Pass:
    """One way through a tar, from its first entry on.

    Attributes
    ----------
    last : int
        The entry it last came to; -1 before the first.
    lost : DocumentError or None
        The error behind which nothing can be read. It is raised once: by the pass, or by reading
        the entry where it was met; then the pass has no more entries.
    """

    def __init__(self, source: Source, level: Level, room: Room) -> None:
        self.last = -1
        self.lost: DocumentError | None = None
        self._level = level
        self._room = room
        self._stream = open_stream(source, level.where, room)
        self._left = 0  # bytes to the next header
        self._entries = self._forward()

    def __iter__(self) -> Iterator[Entry]:
        return self

    def __next__(self) -> Entry:
        try:
            entry = next(self._entries)
        except DocumentError as error:
            self.lost = error
            raise
        self.last = entry.index
        return entry

    def _forward(self) -> Iterator[Entry]:
        paths = self._level.paths()
        index = 0
        while self.lost is None:
            self._stream.skip(self._left)
            header = tars.next_header(self._stream, self._level.where)
            if header is None:
                return
            self._room.admit(1, self._level.where)
            self._left = header.stored
            if not header.is_folder and not names.is_litter(header.name):
                path = paths.claim(names.safe(header.name))
                yield self._level.entry(index, path, paths, partial(self._read, header))
            index += 1

    def _read(self, header: tars.Header, where: str) -> bytes:
        if header.refusal:
            raise UnsupportedMedia(header.refusal, where)
        largest = self._room.limits.largest
        if header.size > largest:
            raise DocumentTooLarge(
                f"unpacks to more than the {largest:,} bytes that are allowed", where
            )
        try:
            data = self._stream.read(header.size)
        except DocumentError as error:
            self.lost = error
            raise
        self._left -= len(data)
        return data
