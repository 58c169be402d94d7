"""Bytes to `Document`: one module a medium, and the choice between them by the first bytes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

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
from . import container, plain
from .content import Content, document

Input = str | bytes | os.PathLike[str] | Member

_PDF = b"%PDF-"
_PDF_OBJECT = re.compile(rb"\d obj\b")
_PDF_HEAD = 1024  # bytes before the mark that readers of PDF forgive
_ZIP = b"PK"
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
    """Yield the files in a zip archive, in the archive's order; `read` and `tag` take them.

    A file in it that cannot be taken out (encrypted, damaged, too large) comes as its error, and
    the others still come. Names in GBK are put right. Archives in the archive are opened, one
    level deep.

    Raises
    ------
    DocumentError
        If the archive itself cannot be opened.
    """
    where = "" if isinstance(source, bytes) else os.fspath(source)
    data = source if isinstance(source, bytes) else _load(where, settings)
    for found in container.members(data, where=where, settings=settings):
        if isinstance(found, Member) and where:
            found = replace(found, path=f"{where}/{found.path}")
        yield found


def is_archive(path: str | os.PathLike[str], settings: Settings = DEFAULT) -> bool:
    """Tell whether a path is a zip archive of files, rather than a document that is a zip inside."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its writer
            return False
        with Path(path).open("rb") as file:
            starts_so = file.read(len(_ZIP)) == _ZIP
        return starts_so and container.kind(_load(os.fspath(path), settings)) == "zip"
    except (DocumentError, OSError, ValueError):  # reading it will say what is wrong
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
    if _PDF in data[:_PDF_HEAD] and (data.startswith(_PDF) or _PDF_OBJECT.search(data)):
        return "pdf"
    if data.startswith(_OLE):
        return "doc"
    if format_ := container.kind(data):
        if format_ == "docx":
            return format_
        hint = "; read its files with nlp_reports.members" if format_ == "zip" else ""
        raise UnsupportedMedia(f"this is {container.TITLES[format_]}{hint}", where)
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
        mode = os.stat(path)
        if not stat.S_ISREG(mode.st_mode):
            kind = (
                "a folder; name the files in it"
                if stat.S_ISDIR(mode.st_mode)
                else "no regular file"
            )
            raise NotAFile(f"this is {kind}", path)
        _check_size(mode.st_size, settings, path)
        with Path(path).open("rb") as file:
            data = file.read(settings.max_bytes + 1)
    except FileNotFoundError:
        raise DocumentNotFound("no such file", path) from None
    except (OSError, ValueError) as error:  # no permission, a name too long, a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentNotFound(f"cannot be opened: {reason}", path) from None
    _check_size(len(data), settings, path)
    return data


def _check_size(size: int, settings: Settings, where: str) -> None:
    if size > settings.max_bytes:
        raise DocumentTooLarge(
            f"{size:,} bytes, more than the {settings.max_bytes:,} that Settings.max_bytes allows",
            where,
        )
