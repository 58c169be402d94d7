"""Packed bytes to bytes, in bounded steps: Deflate, gzip, bzip2, xz.

Sources: RFC 1951 (Deflate), RFC 1952 (gzip), the xz file format; streams one behind the other are
one, as their programs have it.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ...errors import DocumentDamaged
from .sources import CHUNK

# Most bytes that unpacking xz may take: xz -9 takes 65 MB, a file can ask for 4 GB.
_XZ_MEMORY = 128 * 1024 * 1024


class _Unpacker(Protocol):
    """What the decompressors of the standard library for bzip2 and xz have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """zlib's decompressor with the interface of the other two.

    Parameters
    ----------
    window : int
        As zlib has it: -15 for bare Deflate, 31 for gzip.
    """

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        unpacked = self._zlib.decompress(data or self._zlib.unconsumed_tail, max_length)
        # Where all fits exactly, zlib may hold bytes back although it has taken in everything.
        self.needs_input = not self._zlib.unconsumed_tail and len(unpacked) < max_length
        return unpacked


@dataclass(frozen=True, slots=True)
class Packing:
    """A way of packing: the bytes it begins with (none if it stands in a container) and back."""

    magic: bytes
    unpacker: Callable[[], _Unpacker]


DEFLATE = Packing(b"", partial(_Inflate, -15))
_STREAMS = (
    Packing(b"\x1f\x8b", partial(_Inflate, 31)),
    Packing(b"BZh", bz2.BZ2Decompressor),
    Packing(
        b"\xfd7zXZ\0",
        partial(lzma.LZMADecompressor, format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    ),
)


def packing(head: bytes) -> Packing | None:
    """Return how a file is packed that begins so, None if in no way known here."""
    return next((stream for stream in _STREAMS if head.startswith(stream.magic)), None)


def unpacked(
    packed: Iterable[bytes], how: Packing, *, where: str, most: int = CHUNK
) -> Iterator[bytes]:
    """Yield the unpacked bytes in pieces of at most `most`.

    Raises
    ------
    DocumentDamaged
        After the last piece that is sound, if the packed bytes are not, end early, or take more
        memory to unpack than any common program asks for.
    """
    unpacker = how.unpacker()
    try:
        for piece in packed:
            left = _next_stream(piece, how) if unpacker.eof else piece
            while left or not (unpacker.eof or unpacker.needs_input):
                if unpacker.eof:
                    unpacker = how.unpacker()
                if data := unpacker.decompress(left, most):
                    yield data
                left = _next_stream(unpacker.unused_data, how) if unpacker.eof else b""
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        raise DocumentDamaged("the packed bytes are damaged", where) from None
    if not unpacker.eof:
        raise DocumentDamaged("the packed bytes end early", where)


def _next_stream(rest: bytes, how: Packing) -> bytes:
    """Return the stream that follows one, without the padding; empty if what follows is none."""
    rest = rest.lstrip(b"\0")
    follows = how.magic and how.magic.startswith(rest[: len(how.magic)])
    return rest if follows else b""
