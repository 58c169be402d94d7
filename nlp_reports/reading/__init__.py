"""Bytes to `Document`: one module a medium, and the choice between them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from ..errors import (
    DocumentEmpty,
    DocumentNotFound,
    DocumentTooLarge,
    NotAFile,
    UnsupportedMedia,
)
from ..schema import Document, Source
from ..settings import DEFAULT, Settings
from ..text import squeeze
from . import plain

# What the first bytes of other media look like; each gets a module of its own when it is read.
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "a zip container (DOCX, XLSX, ZIP)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE container (DOC, XLS, WPS)"),
    (b"{\\rtf", "RTF"),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?A-Za-z]")


def read(source: str | bytes | os.PathLike[str], settings: Settings = DEFAULT) -> Document:
    """Read a document.

    Parameters
    ----------
    source : path, bytes or str
        A `str` that holds a line break or a ``。`` is text, any other `str` is a path.
    settings : Settings
        ``max_bytes`` bounds what is read.

    Raises
    ------
    DocumentError
        Says what is wrong: `DocumentNotFound`, `NotAFile`, `DocumentEmpty`, `DocumentTooLarge`
        or `UnsupportedMedia`.
    """
    if isinstance(source, str) and ("\n" in source or "。" in source):
        data = source.encode("utf-8", "surrogatepass")
        _check_size(len(data), settings, "")
        return _document(source, data, path=None, encoding=None)
    if isinstance(source, bytes):
        path, data = None, source
        _check_size(len(data), settings, "")
    else:
        path = os.fspath(source)
        data = _load(path, settings)
    _refuse_other_media(data, path or "")
    text, encoding = plain.decode(data, where=path or "")
    return _document(text, data, path=path, encoding=encoding)


def _document(text: str, data: bytes, *, path: str | None, encoding: str | None) -> Document:
    if not squeeze(text):
        raise DocumentEmpty("the document is empty", path or "")
    source = Source(path, hashlib.sha256(data).hexdigest(), plain.MEDIA_TYPE, encoding)
    return Document(source, text, plain.warnings(text))


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


def _refuse_other_media(data: bytes, where: str) -> None:
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise UnsupportedMedia(f"this is {name}; this version reads plain text only", where)
    if _MARKUP.match(data[:1024]):
        raise UnsupportedMedia("this is HTML or XML; this version reads plain text only", where)
