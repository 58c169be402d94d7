"""The tar format: a header of 512 bytes, the bytes of the entry, the next header.

Sources: POSIX.1-2017 (pax: ustar and extended headers), the manual of GNU tar (its long names and
sparse files). The library's `tarfile.TarInfo` reads a header; its `TarFile` is not used: it takes
extended headers of any size into memory, goes one level of recursion deeper for each of them, and
keeps all entries.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from tarfile import TarInfo

from ...errors import DocumentDamaged, DocumentTooLarge
from . import names
from .streams import Stream

BLOCK = tarfile.BLOCKSIZE
_MAGIC_AT = 257
_MAGICS = (b"ustar\0", tarfile.GNU_MAGIC)

# Largest extended header, in bytes: a name has at most 4,096, extended attributes 64 kB each.
_MAX_EXTENSION = 1024 * 1024
# Most extended headers of one entry: a long name, a long link, one of pax and a global one, twice.
_MAX_EXTENSIONS = 8
# Bytes behind the end mark that are looked at: GNU tar fills up to 10 kB, or to a block of a tape.
_MAX_TRAILER = 1024 * 1024

_MAX_DIGITS = 20  # of a number in an extended header

_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
# Where the header of a sparse file of GNU tar, and a block of its map, say whether another follows.
_MAP_AT, _NEXT_MAP_AT = 482, 504
_PAX_SPARSE = b"GNU.sparse."
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_FOLDERS = (tarfile.DIRTYPE, b"D", b"V")  # also with a list of files in it; the label of a volume
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    b"M": "the rest of a file that begins in another archive",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the bytes of an entry.

    ``size`` are its bytes, ``stored`` those to the next header. ``refusal`` says why it is no file
    that can be read; empty if it is one.
    """

    name: str
    size: int
    stored: int
    is_folder: bool
    refusal: str


def is_tar(block: bytes) -> bool:
    """Tell whether a file that begins so is a tar; those older than 1988 have no mark."""
    return block.startswith(_MAGICS, _MAGIC_AT) and len(block) >= BLOCK


def next_header(stream: Stream, where: str) -> Header | None:
    """Read up to the bytes of the next entry; return None at the end mark.

    Global headers of pax are passed over: they hold comments, and a name or a size for all entries
    would make no sense.

    Raises
    ------
    DocumentDamaged
        If what follows is no header, or there is not even the end mark.
    DocumentTooLarge
        If the extended headers are too long, or too many.
    """
    name = b""
    pax: dict[bytes, bytes] = {}
    for _ in range(_MAX_EXTENSIONS):
        block = stream.read(BLOCK)
        if not any(block):
            stream.finish(_MAX_TRAILER)
            return None
        info = _parsed(block, where)
        if info.type == tarfile.GNUTYPE_LONGNAME:
            name = _extension(stream, info, where).partition(b"\0")[0]
        elif info.type in _PAX:
            pax = _records(_extension(stream, info, where), where)
        elif info.type in (tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
            _extension(stream, info, where)
        else:
            if info.type == tarfile.GNUTYPE_SPARSE:
                _skip_map(stream, block)
            return _entry(info, name, pax, where)
    raise DocumentTooLarge("an entry has too many extended headers; the rest is not read", where)


def _parsed(block: bytes, where: str) -> TarInfo:
    try:
        info = TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        raise DocumentDamaged("a header is damaged; what follows is lost", where) from None
    if info.size < 0:
        raise DocumentDamaged("a header has a size below 0; what follows is lost", where)
    return info


def _extension(stream: Stream, info: TarInfo, where: str) -> bytes:
    """Return the bytes of an extended header."""
    if info.size > _MAX_EXTENSION:
        raise DocumentTooLarge(
            f"an extended header has more than {_MAX_EXTENSION:,} bytes; the rest is not read",
            where,
        )
    data = stream.read(info.size)
    stream.skip(_padded(info.size) - info.size)
    return data


def _records(data: bytes, where: str) -> dict[bytes, bytes]:
    """Return the records of a pax header, each ``length key=value`` and a line break."""
    records = {}
    at = 0
    while at < len(data) and data[at]:
        digits = data[at : at + _MAX_DIGITS].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = data[at + len(digits) + 1 : at + length]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or at + length > len(data):
            raise DocumentDamaged("an extended header is damaged; what follows is lost", where)
        records[key] = value[:-1]
        at += length
    return records


def _entry(info: TarInfo, long_name: bytes, pax: dict[bytes, bytes], where: str) -> Header:
    """Return what a header and the extended ones before it say together."""
    name = pax.get(b"GNU.sparse.name") or pax.get(b"path") or long_name
    size = info.size
    if b"size" in pax:
        if not pax[b"size"].isdigit() or len(pax[b"size"]) > _MAX_DIGITS:
            raise DocumentDamaged("an extended header is damaged; what follows is lost", where)
        size = int(pax[b"size"])
    is_sparse = any(key.startswith(_PAX_SPARSE) for key in pax)
    kind = tarfile.GNUTYPE_SPARSE if is_sparse else info.type
    title = _KINDS.get(kind, f"of an unknown type, {kind.decode('latin-1')!r}")
    # A link or a device has no bytes, whatever its size says.
    has_bytes = info.isreg() or info.type not in tarfile.SUPPORTED_TYPES
    return Header(
        name=names.of_tar(name or info.name.encode("utf-8", "surrogateescape")),
        size=size,
        stored=_padded(size) if has_bytes else 0,
        is_folder=info.type in _FOLDERS,
        refusal="" if kind in _FILES else f"the member is {title}",
    )


def _skip_map(stream: Stream, header: bytes) -> None:
    """Pass over the map of a sparse file, as far as it does not fit into the header."""
    more = header[_MAP_AT]
    while more:
        more = stream.read(BLOCK)[_NEXT_MAP_AT]


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
