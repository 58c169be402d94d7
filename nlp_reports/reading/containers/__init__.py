"""Containers: zip and tar, which format one is, and the files in it.

A container may be larger than memory and made to do harm. It is read where it lies, one member at a
time, what its headers say is not trusted, and nothing in it is ever written to a disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from ...errors import DocumentError, DocumentNotFound, UnsupportedMedia
from ...schema import Member
from ...settings import Settings
from .entries import Entry, Level, Reader
from .formats import ARCHIVES, TITLES, is_container, kind, sniff
from .limits import Limits, Room
from .readers import TarReader, ZipReader
from .sources import Source
from .zips import open_archive, unpack

__all__ = [
    "ARCHIVES",
    "TITLES",
    "Address",
    "Container",
    "Limits",
    "is_container",
    "kind",
    "open_archive",
    "sniff",
    "unpack",
]

# (5,) is the sixth entry, (5, 2) the third entry of the container that is the sixth entry. Folders
# count as well. An address stays valid for the same bytes.
Address = tuple[int, ...]


class Container:
    """A zip or a tar, packed or not, and the containers in it, one level deep.

    Parameters
    ----------
    file : BinaryIO
        Seekable; it must stay open and unchanged, and is not closed. No other reader may use it at
        the same time in another thread.
    where : str
        Its path, for errors.
    settings : Settings
        ``max_bytes`` and ``max_unpacked`` bound what is taken out.
    limits : Limits, optional
        `Limits.interactive` of the settings if not given.

    Raises
    ------
    DocumentDamaged
        If it is neither a zip nor a tar, or a zip without a sound directory.
    DocumentTooLarge
        If it is a zip with more members than are allowed.
    """

    def __init__(
        self, file: BinaryIO, *, where: str, settings: Settings, limits: Limits | None = None
    ) -> None:
        self._where = where
        self._limits = limits or Limits.interactive(settings)
        source = Source(file, where)
        self._size = source.size
        self._reader = _reader(file, Level(where), self._room())
        self._nested: tuple[int, Reader] | None = None  # the one last opened by `take`

    def members(self) -> Iterator[tuple[Address, Member | DocumentError]]:
        """Yield the files in the container's order, each with its address.

        A file that cannot be read comes as the error that says why. So does, as the last of its
        container, whatever makes it impossible to go on; ``where`` is then the container. Folders
        and what systems leave behind (``__MACOSX``, ``Thumbs.db``, lock files) are passed over. The
        path of a member is relative to the container and no other member's; that of one in a nested
        container starts with the nested one's.
        """
        room = self._room()
        for address, found in self._walk(self._reader, (), room):
            if room.full and not self._limits.each:
                yield address, room.refusal(self._where)
                return
            yield address, found
            del found  # before the next one is read

    def take(self, address: Address) -> Member:
        """Return one file; of what `members` gave, it is the same.

        Of a zip any file is as near as another. A tar is gone through as far as the file, and on
        from there for one that comes later; for one before, from the beginning. The limits hold
        for each way through, so a file that `members` refused as one too many may be taken.

        Raises
        ------
        DocumentError
            If it cannot be read; `DocumentNotFound` if the address is none of a file.
        """
        if not 1 <= len(address) <= 2:
            raise DocumentNotFound(f"there is no file at {address}", self._where)
        *outer, index = address
        room = self._room()
        reader = self._open(outer[0]) if outer else self._reader
        found = self._found(reader.find(index, room), tuple(outer), room)
        if isinstance(found, DocumentError):
            raise found
        if not isinstance(found, Member):
            raise DocumentNotFound(f"at {address} is an archive, no file", self._where)
        return found

    def _open(self, index: int) -> Reader:
        """Return a nested container; the one last asked for stays open."""
        if self._nested is None or self._nested[0] != index:
            self._nested = None  # not two in memory
            room = self._room()
            found = self._found(self._reader.find(index, room), (), room)
            if isinstance(found, DocumentError):
                raise found
            if isinstance(found, Member):
                raise DocumentNotFound(f"at ({index},) is a file, no archive", self._where)
            self._nested = (index, found)
        return self._nested[1]

    def _room(self) -> Room:
        return Room(self._limits, self._size)

    def _walk(
        self, reader: Reader, outer: Address, room: Room
    ) -> Iterator[tuple[Address, Member | DocumentError]]:
        address = (*outer, 0)
        try:
            for entry in reader.entries(room):
                address = (*outer, entry.index)
                found = self._found(entry, outer, room)
                if isinstance(found, Member | DocumentError):
                    yield address, found
                else:
                    yield from self._walk(found, address, room)
                del found  # before the next one is read
                address = (*outer, entry.index + 1)
        except DocumentError as error:
            yield address, error

    def _found(self, entry: Entry, outer: Address, room: Room) -> Member | Reader | DocumentError:
        """Return what an entry is: a file, a container, or what is wrong with it."""
        try:
            data = entry.read()
            if kind(data) not in ARCHIVES:
                return Member(entry.path, data)
            if outer:
                raise UnsupportedMedia("archives more than two deep are not read", entry.where)
            return _reader(BytesIO(data), Level.within(entry), room)
        except DocumentError as error:
            return error


def _reader(file: BinaryIO, level: Level, room: Room) -> Reader:
    """Open a container.

    Raises
    ------
    DocumentError
        If there is nothing in it that could be read.
    """
    source = Source(file, level.where)
    if sniff(file) == "tar":
        return TarReader(source, level)
    return ZipReader(source, level, room)
