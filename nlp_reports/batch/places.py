"""Which places a source names: files of a folder and the folders in it, of a list, or itself.

No file is opened here but a list. A link is followed if it leads to a file of the source's own folder;
one that leads out of it is refused by name.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..corpus import rows
from ..errors import ArchiveError, CorpusError
from ..reading.containers.names import is_litter
from . import about
from .storage import filesystem, is_remote, plain


@dataclass(frozen=True, slots=True)
class Place:
    """A file to look at.

    ``path`` names it in the archive: relative to the source, set apart by slashes, the same on any
    machine; ``place`` is where it is opened. ``error`` and ``message`` say why it will not be.
    """

    path: str
    place: str
    error: str = ""
    message: str = ""


def in_folder(folder: str, *, without: str = "") -> Iterator[Place]:
    """Yield the files of a folder and of all folders in it, in no certain order.

    Parameters
    ----------
    folder : str
    without : str
        A folder in it to pass over; empty for none. What systems leave behind (``Thumbs.db``) is
        passed over too.
    """
    if is_remote(folder):
        yield from _remote(folder, without)
        return
    yield from _local(
        folder, os.path.realpath(without) if without and not is_remote(without) else ""
    )


def in_list(name: str, *, without: str = "") -> Iterator[Place]:
    """Yield the places that a text file names, one a line; relative ones start at its folder.

    Raises
    ------
    ArchiveError
        If it is no text, or its first line names nothing that exists.
    """
    try:
        lines = [line.strip() for _, line in rows.lines(name)]
    except CorpusError as error:
        raise ArchiveError(f"is no list of files: {error.message}", name) from None
    first = lines[0] if is_remote(lines[0]) else os.path.join(os.path.dirname(name), lines[0])
    if not is_remote(first) and not os.path.lexists(first):
        raise ArchiveError(
            "is no folder and no container, and as a list of files its first line names none: "
            f"{_short(lines[0])}; for one report there is nlp-reports tag",
            name,
        )
    yield from named(lines, os.path.dirname(name), without=without)


def named(
    paths: Iterable[str | os.PathLike[str]], start: str = "", *, without: str = ""
) -> Iterator[Place]:
    """Yield the places of these paths, in their order, each once; a folder stands for its files."""
    seen: set[str] = set()
    for given in paths:
        path = plain(given)
        place = path if is_remote(path) else os.path.join(start, path)
        path = path if is_remote(path) else shown(os.path.normpath(path))
        inside = in_folder(place, without=without) if is_folder(place) else [Place("", place)]
        for one in inside:
            name = posixpath.join("" if path == "." else path, one.path) if one.path else path
            if name not in seen:
                seen.add(name)
                yield Place(name, one.place, one.error, one.message)


def shown(path: str) -> str:
    """Return a path as Parquet can hold it: bytes that are no UTF-8 are read as GB18030, or escaped."""
    try:
        path.encode()
    except UnicodeEncodeError:
        data = os.fsencode(path)
        try:
            path = data.decode("gb18030")
        except UnicodeDecodeError:
            path = data.decode("utf-8", "backslashreplace")
    return path.replace(os.sep, "/")


def is_folder(place: str) -> bool:
    """Tell whether a path is a folder, here or where fsspec reaches."""
    if not is_remote(place):
        return os.path.isdir(place)
    system, name = filesystem(place)
    return bool(system.isdir(name))


def _local(top: str, without: str) -> Iterator[Place]:
    root = os.path.realpath(top)
    waiting = [(top, "")]
    while waiting:
        folder, path = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            yield Place(path or ".", folder, *_closed(error))
            continue
        for entry in entries:
            name = f"{path}/{shown(entry.name)}" if path else shown(entry.name)
            if entry.is_dir(follow_symlinks=False):
                if os.path.realpath(entry.path) != without and not _is_archive(entry.path):
                    waiting.append((entry.path, name))
            elif not is_litter(entry.name.replace("\\", "_")):  # here no sign of a folder
                yield from _file(name, entry, root)


def _file(name: str, entry: os.DirEntry[str], root: str) -> Iterator[Place]:
    """Yield the place of what is no folder; of a link to a folder of the source none, as that is read itself."""
    place = entry.path
    if entry.is_symlink():
        place = os.path.realpath(place)
        if os.path.commonpath([root, place]) != root:
            yield Place(name, place, "NotAFile", "this is a link that leaves the source")
            return
    try:
        mode = os.stat(place).st_mode
    except OSError as error:
        yield Place(name, place, *_closed(error))
        return
    if stat.S_ISREG(mode):
        yield Place(name, place)
    elif not stat.S_ISDIR(mode):
        yield Place(name, place, "NotAFile", "this is no regular file")


def _closed(error: OSError) -> tuple[str, str]:
    return "DocumentNotFound", f"cannot be opened: {error.strerror}"


def _is_archive(folder: str) -> bool:
    """Tell whether a folder is an archive of ours, and no source of reports."""
    return os.path.isfile(os.path.join(folder, about.NAME))


def _remote(folder: str, without: str) -> Iterator[Place]:
    system, root = filesystem(folder)
    names = sorted(system.find(root))
    ours = [name.removesuffix(about.NAME) for name in names if name.endswith(f"/{about.NAME}")]
    if is_remote(without):
        ours.append(filesystem(without)[1].rstrip("/") + "/")
    for name in names:
        path = str(PurePosixPath(name).relative_to(PurePosixPath(root)))
        if not is_litter(path) and not name.startswith(tuple(ours)):
            yield Place(path, system.unstrip_protocol(name))


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
