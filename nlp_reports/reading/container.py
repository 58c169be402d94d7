"""Zip containers: which format one is, and the files in it.

Sources: the ZIP application note (APPNOTE.TXT: 4.4.4 flags, 4.6.9 the Unicode path field) and
ECMA-376 part 2 for the packages that are zips. What a header says is not trusted: bytes are
counted while they unpack.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise

from ..errors import (
    DocumentDamaged,
    DocumentEncrypted,
    DocumentError,
    DocumentTooLarge,
    UnsupportedMedia,
)
from ..schema import Member
from ..settings import Settings

MEDIA_TYPE = "application/zip"

# Most files in an archive, those of nested archives counted in. The yearly reports of all bodies
# of a province are under 10,000.
MAX_MEMBERS = 10_000
# Most entries of a central directory that is parsed at all: an entry takes about 1 kB of memory.
# Above MAX_MEMBERS, since the entries of uncompressed DOCX within the archive are counted too.
_MAX_ENTRIES = 100_000
# Largest unpacked size per packed byte, for members above _FREE bytes. Word's own XML reaches 40,
# a long table of equal rows 150, a bomb 1,000.
_MAX_RATIO = 200
_FREE = 8 * 1024 * 1024
_CHUNK = 1024 * 1024  # bytes unpacked at a time
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_UNICODE_PATH = 0x7075
_LOCAL_HEADER = 30  # bytes, the name not counted
_ENTRY = b"PK\x01\x02"
_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")
# What Python's zipfile raises on bytes that are no sound zip; seen in fuzzing.
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
)
_DRIVE = re.compile(r"\A[A-Za-z]:")
# Left behind by systems and programs; none is a document.
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_LITTER_FOLDER = "__MACOSX"
_LITTER_STARTS = ("~$", "._")

_FORMATS = (
    ("docx", "word/", ("word/document.xml",)),
    ("xlsx", "xl/", ("xl/workbook.xml", "xl/workbook.bin")),
    ("pptx", "ppt/", ("ppt/presentation.xml",)),
)
_CONTENT_TYPES = "[content_types].xml"
_ODF_TYPE = b"application/vnd.oasis.opendocument."
_ODF = {b"text": "odt", b"spre": "ods", b"pres": "odp"}
TITLES = {
    "docx": "a Word document (DOCX)",
    "xlsx": "an Excel workbook (XLSX)",
    "pptx": "a PowerPoint presentation (PPTX)",
    "odt": "an OpenDocument text (ODT)",
    "ods": "an OpenDocument spreadsheet (ODS)",
    "odp": "an OpenDocument presentation (ODP)",
    "ofd": "an OFD document",
    "zip": "a zip archive",
}


class _Allowance:
    """What may still be unpacked: bytes and members, those of nested archives together."""

    def __init__(self, settings: Settings) -> None:
        self.bytes = settings.max_unpacked
        self.largest = settings.max_bytes
        self.members = MAX_MEMBERS


def kind(data: bytes) -> str | None:
    """Return which format a zip container is: a key of `TITLES`, or None if it is no zip.

    Only the list of names is read. A cut container is known by its first bytes.
    """
    if not data.startswith(_STARTS):
        return None
    try:
        archive = open_archive(data)
    except DocumentError:
        return _kind_of_cut(data)
    names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    for name, folder, parts in _FORMATS:
        packed = _CONTENT_TYPES in names and any(part.startswith(folder) for part in names)
        if packed or not names.isdisjoint(parts):
            return name
    if "ofd.xml" in names:
        return "ofd"
    return _kind_of_odf(archive) or "zip"


def open_archive(data: bytes, *, where: str = "") -> zipfile.ZipFile:
    """Open a zip.

    Raises
    ------
    DocumentDamaged
        If its central directory cannot be read.
    DocumentTooLarge
        If the directory is so long that reading it would take too much memory.
    """
    if data.count(_ENTRY) > _MAX_ENTRIES:
        raise DocumentTooLarge(f"the archive has more than {_MAX_ENTRIES:,} entries", where)
    try:
        return zipfile.ZipFile(BytesIO(data))
    except _FAULTS:
        raise DocumentDamaged(
            "the zip container is cut or its directory is broken", where
        ) from None


def unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, limit: int, where: str) -> bytes:
    """Return the bytes of one entry, at most `limit`.

    Raises
    ------
    DocumentError
        `DocumentEncrypted`, `DocumentTooLarge`, `DocumentDamaged`, or `UnsupportedMedia` for a
        compression that is neither stored nor deflated: the others cannot be unpacked in bounded
        steps.
    """
    if entry.flag_bits & _ENCRYPTED:
        raise DocumentEncrypted("the member is locked with a password", where)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsupportedMedia(f"zip compression method {entry.compress_type} is not read", where)
    _check_size(entry.file_size, entry, limit, where)
    unpacked = bytearray()
    try:
        with archive.open(entry) as member:
            while chunk := member.read(_CHUNK):
                unpacked += chunk
                _check_size(len(unpacked), entry, limit, where)
    except _FAULTS:
        raise DocumentDamaged("the packed bytes are damaged", where) from None
    if len(unpacked) != entry.file_size:
        raise DocumentDamaged("the packed bytes end early", where)
    return bytes(unpacked)


def members(data: bytes, *, where: str, settings: Settings) -> Iterator[Member | DocumentError]:
    """Yield the files of an archive in its order, those of nested archives one level deep.

    The path of a member is relative to the archive, that of one in a nested archive starts with
    the nested one's. A member that cannot be read is yielded as the error that says why, so that
    the others are still read. Folders and what systems leave behind (``__MACOSX``, ``Thumbs.db``,
    lock files) are passed over.

    Raises
    ------
    DocumentError
        If the archive itself cannot be opened, before the first member.
    """
    allowance = _Allowance(settings)
    archive = _open_counted(data, allowance, where)
    return _walk(archive, "", where, allowance)


def _open_counted(data: bytes, allowance: _Allowance, where: str) -> zipfile.ZipFile:
    archive = open_archive(data, where=where)
    count = len(archive.infolist())
    if count > allowance.members:
        raise DocumentTooLarge(f"more than {MAX_MEMBERS:,} members, all archives together", where)
    allowance.members -= count
    return archive


def _walk(
    archive: zipfile.ZipFile, outer: str, where: str, allowance: _Allowance
) -> Iterator[Member | DocumentError]:
    overlapping = _overlapping(archive.infolist())
    for entry in archive.infolist():
        name = _name(entry)
        if _is_litter(name):
            continue
        path = f"{outer}{_safe(name)}"
        place = f"{where}/{path}" if where else path
        try:
            if entry.header_offset in overlapping:
                raise DocumentDamaged("its bytes overlap those of another member", place)
            data = _take(archive, entry, allowance, place)
            if kind(data) != "zip":
                yield Member(path, data)
            elif outer:
                raise UnsupportedMedia("archives more than two deep are not read", place)
            else:
                inner = _open_counted(data, allowance, place)
                yield from _walk(inner, f"{path}/", where, allowance)
        except DocumentError as error:
            yield error


def _take(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: _Allowance, where: str
) -> bytes:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsupportedMedia("the member is a symbolic link", where)
    data = unpack(archive, entry, limit=min(allowance.bytes, allowance.largest), where=where)
    allowance.bytes -= len(data)
    return data


def _check_size(size: int, entry: zipfile.ZipInfo, limit: int, where: str) -> None:
    if size > limit:
        raise DocumentTooLarge(f"unpacks to more than the {limit:,} bytes that are allowed", where)
    if size > _FREE and size > _MAX_RATIO * entry.compress_size:
        raise DocumentTooLarge(f"unpacks to more than {_MAX_RATIO} times its packed size", where)


def _overlapping(entries: Sequence[zipfile.ZipInfo]) -> set[int]:
    """Return the offsets of entries that reach into the next: no program packs so, bombs do."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    return {
        entry.header_offset
        for entry, following in pairwise(ordered)
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > following.header_offset
    }


# Formats


def _kind_of_odf(archive: zipfile.ZipFile) -> str | None:
    """An OpenDocument file names its type in a member of its own."""
    try:
        entry = archive.getinfo("mimetype")
        declared = unpack(archive, entry, limit=200, where="")
    except (KeyError, DocumentError):
        return None
    if not declared.startswith(_ODF_TYPE):
        return None
    return _ODF.get(declared[len(_ODF_TYPE) :][:4])


def _kind_of_cut(data: bytes) -> str:
    """A package cut off before its directory still shows its first members' names."""
    length = int.from_bytes(data[26:28], "little")
    first = data[_LOCAL_HEADER : _LOCAL_HEADER + length].lower()
    if not first.startswith((b"[content_types].xml", b"_rels/", b"docprops/", b"word/")):
        return "zip"
    for name, _, parts in _FORMATS:
        if any(part.encode() in data for part in parts):
            return name
    return "zip"


# Names


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name as its author wrote it.

    Without the flag for UTF-8 a name is in the packer's own encoding, which Python reads as
    cp437; Chinese Windows writes GBK.
    """
    if entry.flag_bits & _UTF8_NAME:
        return entry.orig_filename
    try:
        raw = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:  # Python has put a name of its own choice there
        return entry.orig_filename
    return _unicode_path(entry.extra, raw) or _decode_name(raw) or entry.orig_filename


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in Info-ZIP's extra field, which counts while its checksum fits."""
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag != _UNICODE_PATH or len(field) < 5 or field[0] != 1:
            continue
        if int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
            try:
                return field[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def _decode_name(raw: bytes) -> str | None:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = ""
    # GBK characters can pass for UTF-8 of two bytes each; Chinese UTF-8 has three.
    if name and (name.isascii() or max(name) > "\u07ff"):
        return name
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _is_litter(name: str) -> bool:
    *folders, last = name.replace("\\", "/").split("/")
    return (
        not last
        or _LITTER_FOLDER in folders
        or last.lower() in _LITTER
        or last.startswith(_LITTER_STARTS)
    )


def _safe(name: str) -> str:
    parts = _DRIVE.sub("", name.replace("\\", "/")).split("/")
    kept = [part for part in parts if part not in ("", ".", "..")]
    return "".join(map(_visible, "/".join(kept))) or "unnamed"


def _visible(char: str) -> str:
    """Escape what would move a cursor or turn the reading direction; also lone surrogates."""
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return char.encode("unicode_escape").decode("ascii")
    return char
