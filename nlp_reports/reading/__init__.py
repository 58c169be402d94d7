"""Bytes to `Document`: one module a medium, and the choice between them by the first bytes."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from ..errors import (
    DocumentEmpty,
    DocumentError,
    DocumentNotFound,
    DocumentTooLarge,
    NotAFile,
    UnsupportedMedia,
)
from ..schema import Document, Member, Source
from ..settings import DEFAULT, Settings
from ..text import squeeze
from . import containers, plain
from .content import Content, document

Input = str | bytes | os.PathLike[str] | Member

_PDF = b"%PDF-"
_PDF_OBJECT = re.compile(rb"\d obj\b")
_PDF_HEAD = 1024  # bytes before the mark that readers of PDF forgive
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:[!?]|/?(?:html|head|body|meta|title|div|p|table|span|h\d|article|section|center|font|a|ul|br|style|script)\b)",
    re.IGNORECASE,
)
# Lines hold no \r: where "." may take it too, every line ends in two ways, and 30 lines in 2**30.
_MHTML = re.compile(rb"(?:[\w-]+:[^\r\n]*\r?\n)*?MIME-Version:", re.IGNORECASE)
_HEAD = 4096  # bytes searched for markup; pages begin with comments and blank lines


def read(source: Input, settings: Settings = DEFAULT) -> Document:
    """Read a document: plain text, HTML, DOCX, PDF with a text layer, or DOC (Word 97 to 2003).

    The medium is told by the bytes, whatever the file is called.

    Parameters
    ----------
    source : path, bytes, str or Member
        A `str` that holds a line break or a ``。`` is text, any other `str` is a path.
    settings : Settings
        ``max_bytes``, ``max_characters`` and ``max_unpacked`` bound what is read.

    Raises
    ------
    DocumentError
        Says what is wrong: `DocumentNotFound`, `NotAFile`, `DocumentEmpty`, `DocumentTooLarge`,
        `DocumentDamaged`, `DocumentEncrypted`, `DocumentScanned` or `UnsupportedMedia`.
    """
    if isinstance(source, str) and ("\n" in source or "。" in source):
        data = source.encode("utf-8", "surrogatepass")
        _check_size(len(data), settings, "")
        return _checked(
            Document(_source(None, data, plain.MEDIA_TYPE, None), source, plain.warnings(source)),
            settings,
        )
    if isinstance(source, bytes):
        path, data = None, source
    elif isinstance(source, Member):
        path, data = source.path, source.data
    else:
        path = os.fspath(source)
        data = _load(path, settings)
    _check_size(len(data), settings, path or "")
    return _checked(_read(data, path, settings), settings)


def members(
    source: str | bytes | os.PathLike[str], settings: Settings = DEFAULT
) -> Iterator[Member | DocumentError]:
    """Yield the files in a zip or tar, in the archive's order; `read` and `tag` take them.

    A tar may be packed with gzip, bzip2 or xz. A file that cannot be taken out (encrypted, damaged,
    too large) comes as its error, and the others still come; so does what makes it impossible to go
    on. Names in GBK are put right. Archives in the archive are opened, one level deep. No two
    members have the same path.

    Raises
    ------
    DocumentError
        If the archive itself cannot be opened.
    """
    if isinstance(source, bytes):
        yield from _members(io.BytesIO(source), "", settings)
        return
    where = os.fspath(source)
    with _open(where, settings) as file:
        for found in _members(file, where, settings):
            yield (
                replace(found, path=f"{where}/{found.path}") if isinstance(found, Member) else found
            )


def _members(file: BinaryIO, where: str, settings: Settings) -> Iterator[Member | DocumentError]:
    container = containers.Container(file, where=where, settings=settings)
    for _, found in container.members():
        yield found


def is_archive(path: str | os.PathLike[str], settings: Settings = DEFAULT) -> bool:
    """Tell whether a path is an archive of files, rather than a document that is a zip inside."""
    try:
        with _open(os.fspath(path), settings) as file:
            return containers.is_container(file)
    except DocumentError:  # reading it will say what is wrong
        return False


def _read(data: bytes, path: str | None, settings: Settings) -> Document:
    where = path or ""
    name = _medium(data, where)
    if name == "plain":
        text, encoding = plain.decode(data, where=where)
        source = _source(path, data, plain.MEDIA_TYPE, encoding)
        return Document(source, text, plain.warnings(text))
    reader = import_module(f".{name}", __name__)  # its library is loaded for its medium only
    content: Content = reader.read(data, where=where, settings=settings)
    read = document(content, _source(path, data, reader.MEDIA_TYPE, content.encoding))
    said = {warning.code for warning in read.warnings}
    doubts = (w for w in plain.warnings(read.text) if w.code not in said)
    return replace(read, warnings=(*read.warnings, *doubts))


def _medium(data: bytes, where: str) -> str:
    """Return the name of the module that reads `data`."""
    if format_ := containers.kind(data):  # before PDF: there may be one at the head of a tar
        if format_ == "docx":
            return format_
        is_archive = format_ in containers.ARCHIVES
        hint = "; read its files with nlp_reports.members" if is_archive else ""
        raise UnsupportedMedia(f"this is {containers.TITLES[format_]}{hint}", where)
    if _PDF in data[:_PDF_HEAD] and (data.startswith(_PDF) or _PDF_OBJECT.search(data)):
        return "pdf"
    if data.startswith(_OLE):
        return "doc"
    if data.startswith(_RTF):
        raise UnsupportedMedia("this is RTF; save it as DOCX", where)
    if _MHTML.match(data[:_HEAD]):
        raise UnsupportedMedia("this is MHTML; save it as HTML", where)
    return "html" if _is_markup(data) else "plain"


def _is_markup(data: bytes) -> bool:
    head = data[:_HEAD]
    return bool(_MARKUP.match(head.replace(b"\0", b"").lstrip(b"\xff\xfe")))


def _source(path: str | None, data: bytes, media_type: str, encoding: str | None) -> Source:
    return Source(path, hashlib.sha256(data).hexdigest(), media_type, encoding)


def _checked(read: Document, settings: Settings) -> Document:
    where = read.source.path or ""
    if len(read.text) > settings.max_characters:
        raise DocumentTooLarge(
            f"{len(read.text):,} characters, more than the {settings.max_characters:,} that "
            "Settings.max_characters allows",
            where,
        )
    if not squeeze(read.text):
        raise DocumentEmpty("the document is empty", where)
    return read


def _load(path: str, settings: Settings) -> bytes:
    try:
        with _open(path, settings) as file:
            data = file.read(settings.max_bytes + 1)
    except OSError as error:
        raise _unopened(error, path) from None
    _check_size(len(data), settings, path)
    return data


def _open(path: str, settings: Settings) -> BinaryIO:
    try:
        mode = os.stat(path)
        if not stat.S_ISREG(mode.st_mode):  # opening a pipe would wait for its writer
            kind = (
                "a folder; name the files in it"
                if stat.S_ISDIR(mode.st_mode)
                else "no regular file"
            )
            raise NotAFile(f"this is {kind}", path)
        _check_size(mode.st_size, settings, path)
        return Path(path).open("rb")
    except FileNotFoundError:
        raise DocumentNotFound("no such file", path) from None
    except (OSError, ValueError) as error:  # no permission, a name too long, a NUL in the name
        raise _unopened(error, path) from None


def _unopened(error: Exception, path: str) -> DocumentNotFound:
    reason = getattr(error, "strerror", None) or str(error)
    return DocumentNotFound(f"cannot be opened: {reason}", path)


def _check_size(size: int, settings: Settings, where: str) -> None:
    if size > settings.max_bytes:
        raise DocumentTooLarge(
            f"{size:,} bytes, more than the {settings.max_bytes:,} that Settings.max_bytes allows",
            where,
        )
