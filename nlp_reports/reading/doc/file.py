"""The container of a Word 97-2003 file: its streams, and where their parts lie.

Sources: [MS-CFB] for the container, which olefile 0.47 opens; [MS-DOC] 2.5 for the information
block at the start of the stream WordDocument.
"""

from __future__ import annotations

import io
import struct
from functools import cached_property
from typing import Any

import olefile

from ...errors import DocumentDamaged, DocumentEncrypted, UnsupportedMedia

# Positions in FibRgFcLcb97 (2.5.6) of the structures that are read.
STYLES, CHARACTER_PAGES, PARAGRAPH_PAGES, PIECES, LISTS, OVERRIDES = 1, 12, 13, 33, 73, 74

# Most entries of the container's directory. A report has about ten; one with a hundred embedded
# objects has a thousand. olefile compares each entry with all before it.
_MAX_ENTRIES = 10_000
_WORD_97, _WORD_95 = 0xA5EC, 0xA5DC  # wIdent
_OLDEST_VERSION = 0xC0  # nFib of Word 97, 2.5.1: 0xC0 and 0xC2 are to be read as 0xC1

# Streams by which other users of the container are told.
_OTHER_MEDIA = (
    ("Workbook", "an Excel workbook"),
    ("Book", "an Excel workbook"),
    ("PowerPoint Document", "a PowerPoint presentation"),
    ("VisioDocument", "a Visio drawing"),
    ("__properties_version1.0", "an Outlook message"),
    ("FileHeader", "a Hangul document"),
    ("CONTENTS", "a Works document"),
    ("MatOST", "a Works document"),
)
_INSTALLER = "000C1084-0000-0000-C000-000000000046"


class _Container(olefile.OleFileIO):  # type: ignore[misc]  # olefile has no types
    """An olefile reader whose work is bounded by the size of the file."""

    _loaded = 0

    def _open(self, start: int, size: int = olefile.UNKNOWN_SIZE, force_FAT: bool = False) -> Any:  # noqa: N803
        # A stream may claim 2**64 bytes; olefile would follow a loop of sectors for that long.
        bounded = size if size == olefile.UNKNOWN_SIZE else min(size, self._filesize)
        return super()._open(start, bounded, force_FAT)

    def _load_direntry(self, sid: int) -> Any:
        self._loaded += 1
        if self._loaded > _MAX_ENTRIES:
            raise ValueError("too many entries in the directory")
        return super()._load_direntry(sid)


class WordFile:
    """The streams of a Word file: ``main``, ``table`` and ``data``.

    ``lengths`` are the characters of the main text, footnotes, headers, macros, comments, endnotes,
    text boxes and those in headers (2.5.4 FibRgLw97).
    """

    def __init__(self, container: _Container) -> None:
        self._container = container
        self.main = self._stream("WordDocument")
        identity, version, flags = struct.unpack_from("<HH6xH", self.main)
        if identity not in (_WORD_97, _WORD_95):
            raise DocumentDamaged("the stream WordDocument does not begin as one")
        if identity == _WORD_95 or version < _OLDEST_VERSION:
            raise UnsupportedMedia("this is a Word 6 or 95 document; save it as DOCX")
        if flags & 0x100:
            raise DocumentEncrypted("the file is locked with a password")
        self.table = self._stream("1Table" if flags & 0x200 else "0Table")
        at = 34 + 2 * struct.unpack_from("<H", self.main, 32)[0]
        counts = struct.unpack_from("<H", self.main, at)[0]
        self.lengths: tuple[int, ...] = struct.unpack_from("<8i", self.main, at + 2 + 4 * 3)
        self._places = at + 2 + 4 * counts
        if not 0 <= self.lengths[0] <= len(self.main):
            raise DocumentDamaged("the Word file claims more characters than it has bytes")

    def _stream(self, name: str) -> bytes:
        try:
            content: bytes = self._container.openstream(name).read()
        except Exception:  # olefile raises whatever its arithmetic meets in broken bytes
            raise DocumentDamaged(f"the stream {name} of the Word file cannot be read") from None
        return content

    @cached_property
    def data(self) -> bytes:
        """The stream Data: long properties and pictures. Many files have none."""
        return self._stream("Data") if self._container.exists("Data") else b""

    def place(self, number: int) -> tuple[int, int]:
        """Return where in the table stream a structure begins and ends."""
        if number >= struct.unpack_from("<H", self.main, self._places)[0]:
            return 0, 0
        first, size = struct.unpack_from("<II", self.main, self._places + 2 + 8 * number)
        return first, first + size

    def part(self, number: int) -> bytes:
        """Return a structure of the table stream, cut short where the stream ends."""
        first, end = self.place(number)
        return self.table[first:end]


def open_word(data: bytes) -> WordFile:
    """Open a Word file.

    Raises
    ------
    DocumentError
        `UnsupportedMedia` for other users of the container and for Word 6 and 95,
        `DocumentEncrypted`, `DocumentDamaged`.
    struct.error
        If the information block runs beyond its stream.
    """
    _check_header(data)
    try:
        container = _Container(io.BytesIO(data))
        names = {"/".join(path) for path in container.listdir()}
    except Exception:  # as above
        raise DocumentDamaged("the OLE container is broken") from None
    if "EncryptedPackage" in names:
        raise DocumentEncrypted("the file is locked with a password")
    if "WordDocument" not in names:
        raise UnsupportedMedia(f"this is {_medium(container, names)}, no Word document")
    return WordFile(container)


def _check_header(data: bytes) -> None:
    """Refuse sizes that let olefile allocate more than the file holds ([MS-CFB] 2.2)."""
    sector, mini_sector, tables = struct.unpack_from("<HH10xI", data.ljust(512, b"\0"), 30)
    if sector not in (9, 12) or mini_sector != 6:
        raise DocumentDamaged("the header of the OLE container is broken")
    most = (len(data) >> sector >> (sector - 2)) + 109  # those that the header itself has room for
    if tables > most:
        raise DocumentDamaged("the OLE container claims more sectors than it has")


def _medium(container: _Container, names: set[str]) -> str:
    for stream, medium in _OTHER_MEDIA:
        if stream in names:
            return medium
    if container.root.clsid == _INSTALLER:
        return "a Windows installer package"
    return "an OLE container of an unknown kind"
