"""Bytes of a file by their place, without trust in what the file says of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from ...errors import DocumentDamaged

CHUNK = 64 * 1024  # bytes read, and unpacked, at a time


class Source:
    """A seekable file whose position nobody relies on, so that several readers may share it.

    Parameters
    ----------
    file : BinaryIO
    where : str
        The file's path, for errors.
    """

    def __init__(self, file: BinaryIO, where: str) -> None:
        self._file = file
        self.where = where
        try:
            self.size = file.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._unreadable(error) from None

    def at(self, position: int, size: int) -> bytes:
        """Return `size` bytes from a position on; fewer, or none, where the file does not go.

        Raises
        ------
        DocumentDamaged
            If the system cannot read them.
        """
        if not 0 <= position < self.size:
            return b""
        try:
            self._file.seek(position)
            return self._file.read(min(size, self.size - position))
        except OSError as error:
            raise self._unreadable(error) from None

    def chunks(self, position: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from a position on, at most `size`, in pieces."""
        end = position + size
        while piece := self.at(position, min(CHUNK, end - position)):
            yield piece
            position += len(piece)

    def _unreadable(self, error: OSError) -> DocumentDamaged:
        return DocumentDamaged(f"cannot be read: {error.strerror or error}", self.where)
