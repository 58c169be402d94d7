"""The names of members: decoded, made safe, and no two alike.

Sources: the ZIP application note (APPNOTE.TXT: 4.4.4 flags, 4.6.9 the Unicode path field), POSIX.1
for tar, whose names are bytes.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Callable
from hashlib import blake2b
from itertools import count
from posixpath import splitext

_UTF8_NAME = 0x800  # flag of a zip entry
_UNICODE_PATH = 0x7075  # extra field of a zip entry

_DRIVE = re.compile(r"\A[A-Za-z]:")
# Of a longer path, or a deeper one, the end is kept. In characters: no Linux opens a path above
# 4,096; and in folders, each of which is looked up: an archive of reports has about ten.
_LONGEST = 4096
_DEEPEST = 100

# Left behind by systems and programs; none is a document.
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_LITTER_FOLDER = "__MACOSX"
_LITTER_STARTS = ("~$", "._")


def of_zip(raw: bytes, flags: int, extra: bytes) -> str:
    """Return the name of a zip entry as its author wrote it.

    Without the flag for UTF-8 a name is in the packer's own encoding: cp437 by the book, GBK on
    Chinese Windows.
    """
    if flags & _UTF8_NAME:
        name = _decoded(raw, "utf-8")
    else:
        name = _unicode_path(extra, raw) or _guessed(raw)
    return name or raw.decode("cp437")


def of_tar(raw: bytes) -> str:
    """Return the name of a tar entry: tar is at home where names are UTF-8, GBK is the exception."""
    name = _decoded(raw, "utf-8") or _decoded(raw, "gb18030")
    return name or raw.decode("utf-8", "surrogateescape")


def is_litter(name: str) -> bool:
    """Tell whether an entry is a folder or what a system leaves behind, never a document."""
    *folders, last = name.replace("\\", "/").split("/")
    return (
        not last
        or _LITTER_FOLDER in folders
        or last.lower() in _LITTER
        or last.startswith(_LITTER_STARTS)
    )


def safe(name: str) -> str:
    """Return a path that stays in the folder it is joined to and can be printed."""
    parts = _DRIVE.sub("", name.replace("\\", "/")).split("/")
    kept = [part for part in parts if part not in ("", ".", "..")]
    path = "/".join(kept[-_DEEPEST:])
    if not path.isprintable():
        path = "".join(map(_visible, path))
    return path[-_LONGEST:].lstrip("/") or "unnamed"


class Paths:
    """Gives each entry of a container a path that no other member has.

    The second ``a/b.txt`` becomes ``a/b~2.txt``. An entry may be a container, whose members then
    stand in a folder of its name; so no folder has the path of an entry before it either: after
    an entry ``a``, the entry ``a/b.txt`` becomes ``a~2/b.txt``. What a path becomes depends on the
    entries before it alone. Digests are kept and not the paths: a million take 100 MB.

    Parameters
    ----------
    prefix : str
        What the paths stand behind: nothing, or the path of the container and a slash.
    outer : Paths, optional
        The paths of the container that the container is in.
    """

    def __init__(self, prefix: str = "", outer: Paths | None = None) -> None:
        self._prefix = prefix
        self._outer = outer
        self._taken: set[bytes] = set()
        self._next: dict[bytes, int] = {}  # where the search for a free number goes on
        self._folder = ("", "")  # that of the last path, and what became of it

    def claim(self, path: str) -> str:
        """Return `path`, or the next one like it that is free; from now on it is taken."""
        folder, slash, last = path.rpartition("/")
        if folder != self._folder[0]:
            self._folder = (folder, self._free_folder(folder))
        unique = self._free(self._folder[1] + slash + last, self._is_taken)
        self._taken.add(_digest(unique))
        return unique

    def _free_folder(self, folder: str) -> str:
        free = ""
        for part in folder.split("/"):
            free = self._free(f"{free}/{part}".lstrip("/"), self._is_entry)
        return free

    def _free(self, path: str, taken: Callable[[str], bool]) -> str:
        if not taken(path):
            return path
        known = _digest(path)
        stem, extension = splitext(path)
        for number in count(self._next.get(known, 2)):
            numbered = f"{stem}~{number}{extension}"
            if not taken(numbered):
                self._next[known] = number
                return numbered
        raise AssertionError("unreachable: numbers do not end")

    def _is_entry(self, path: str) -> bool:
        return _digest(path) in self._taken

    def _is_taken(self, path: str) -> bool:
        outer = self._outer is not None and self._outer._is_entry(self._prefix + path)
        return outer or self._is_entry(path)


def _digest(path: str) -> bytes:
    return blake2b(path.encode(), digest_size=16).digest()


def _decoded(raw: bytes, encoding: str) -> str:
    """Return the text, empty if the bytes are not in this encoding."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _guessed(raw: bytes) -> str:
    name = _decoded(raw, "utf-8")
    # GBK characters can pass for UTF-8 of two bytes each; Chinese UTF-8 has three.
    if name and (name.isascii() or max(name) > "\u07ff"):
        return name
    return _decoded(raw, "gb18030")


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name in Info-ZIP's extra field, which counts while its checksum fits."""
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag != _UNICODE_PATH or len(field) < 5 or field[0] != 1:
            continue
        if int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
            return _decoded(field[5:], "utf-8")
    return ""


def _visible(char: str) -> str:
    """Escape what would move a cursor or turn the reading direction; also lone surrogates."""
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return char.encode("unicode_escape").decode("ascii")
    return char
