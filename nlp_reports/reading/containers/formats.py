"""Which format a container is: a document, an archive of files, or none.

Source: ECMA-376 part 2 for the packages that are zips. Only the first bytes are read and, of a zip,
the list of names.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from ...errors import DocumentDamaged, DocumentError, DocumentTooLarge
from . import tars
from .packing import packing, unpacked
from .sources import Source
from .zips import LOCAL_HEADER, MAX_PARTS, STARTS, Zip, unpack

TITLES = {
    "docx": "a Word document (DOCX)",
    "xlsx": "an Excel workbook (XLSX)",
    "pptx": "a PowerPoint presentation (PPTX)",
    "odt": "an OpenDocument text (ODT)",
    "ods": "an OpenDocument spreadsheet (ODS)",
    "odp": "an OpenDocument presentation (ODP)",
    "ofd": "an OFD document",
    "zip": "a zip archive",
    "tar": "a tar archive",
}
ARCHIVES = ("zip", "tar")  # of files; the others are documents

_PACKAGES = (
    ("docx", "word/", ("word/document.xml",)),
    ("xlsx", "xl/", ("xl/workbook.xml", "xl/workbook.bin")),
    ("pptx", "ppt/", ("ppt/presentation.xml",)),
)
_CONTENT_TYPES = "[content_types].xml"
_ODF_TYPE = b"application/vnd.oasis.opendocument."
_ODF = {b"text": "odt", b"spre": "ods", b"pres": "odp"}
# Bytes of a cut package that are searched for its main part, which is one of the first.
_CUT_HEAD = 1024 * 1024


def kind(data: bytes) -> str | None:
    """Return which format some bytes are: a key of `TITLES`, or None for all that is no container."""
    return sniff(BytesIO(data))


def is_container(file: BinaryIO) -> bool:
    """Tell whether a seekable file is a zip or tar of files, rather than a document."""
    return sniff(file) in ARCHIVES


def sniff(file: BinaryIO) -> str | None:
    """Return which format a seekable file is, as `kind` does.

    A cut zip is known by its first bytes.

    Raises
    ------
    DocumentDamaged
        If the system cannot read the file.
    """
    source = Source(file, "")
    head = source.at(0, tars.BLOCK)
    if head.startswith(STARTS):
        return _kind_of_zip(source)
    return "tar" if tars.is_tar(head) or tars.is_tar(_unpacked_head(source, head)) else None


def _unpacked_head(source: Source, head: bytes) -> bytes:
    """Return the first bytes of a file once unpacked, none if it is not packed."""
    how = packing(head)
    data = b""
    if how is not None:
        packed = source.chunks(0, source.size)
        with suppress(DocumentDamaged):  # further on, perhaps
            for piece in unpacked(packed, how, where="", most=tars.BLOCK):
                data += piece
                if len(data) >= tars.BLOCK:
                    break
    return data


def _kind_of_zip(source: Source) -> str:
    try:
        archive = Zip(source, where="", most=MAX_PARTS)
    except DocumentTooLarge:
        return "zip"
    except DocumentDamaged:
        return _kind_of_cut(source)
    names = {record.name.lower().replace("\\", "/") for record in archive}
    return _kind_of_package(names) or _kind_of_odf(archive) or "zip"


def _kind_of_package(names: Collection[str]) -> str | None:
    for name, folder, parts in _PACKAGES:
        packed = _CONTENT_TYPES in names and any(part.startswith(folder) for part in names)
        if packed or any(part in names for part in parts):
            return name
    return "ofd" if "ofd.xml" in names else None


def _kind_of_odf(archive: Zip) -> str | None:
    """An OpenDocument file names its type in a member of its own."""
    declared = b""
    for record in archive:
        if record.name == "mimetype":
            try:
                declared = unpack(archive, record, limit=200, where="")
            except DocumentError:
                return None
    if not declared.startswith(_ODF_TYPE):
        return None
    return _ODF.get(declared[len(_ODF_TYPE) :][:4])


def _kind_of_cut(source: Source) -> str:
    """A package cut off before its directory still shows its first members' names."""
    data = source.at(0, _CUT_HEAD)
    length = int.from_bytes(data[26:28], "little")
    first = data[LOCAL_HEADER : LOCAL_HEADER + length].lower()
    if not first.startswith((b"[content_types].xml", b"_rels/", b"docprops/", b"word/")):
        return "zip"
    for name, _, parts in _PACKAGES:
        if any(part.encode() in data for part in parts):
            return name
    return "zip"
