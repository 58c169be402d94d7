"""Folders that hold files: on this machine, or wherever fsspec reaches (a path with ``://``).

A file written here appears whole or not at all. Several are put in their places one right after the
other, once all are written: the last one tells that the others are there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol

from ..errors import SettingsError

# How the names of unfinished files begin and end: some readers of Parquet pass over a dot, others go by
# the end.
_DRAFT, _UNFINISHED = ".draft-", ".part"


class Storage(Protocol):
    """A folder. Names are relative, set apart by slashes."""

    where: str

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; none where it is missing."""

    def read(self, name: str) -> bytes:
        """Return a file. Raises FileNotFoundError."""

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading, so that it can be sought in. Raises FileNotFoundError."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files whole, and put them in their places in this order. Raises OSError."""

    def draft(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Return a file to write to, which is put in its place when all went well. Raises OSError."""

    def remove(self, names: Sequence[str]) -> None:
        """Remove files; those that are not there need none."""

    def sweep(self, folder: str) -> None:
        """Remove what interrupted writing has left in a folder."""


def is_remote(path: str) -> bool:
    """Tell whether a path is one for fsspec."""
    return "://" in path


def plain(path: str | os.PathLike[str]) -> str:
    """Return a path as text; a URL of this machine becomes a path of it."""
    return os.fspath(path).removeprefix("file://")


def storage(path: str | os.PathLike[str]) -> Storage:
    """Return the folder of that path; it need not exist.

    Raises
    ------
    SettingsError
        If the path needs fsspec, or a package for its protocol, and it is not installed.
    """
    where = os.fspath(path)
    return Remote(where) if is_remote(where) else Local(where)


def open_file(path: str) -> BinaryIO:
    """Open a file of this machine or of a remote one. Raises OSError."""
    if not is_remote(path):
        return Path(path).open("rb")
    system, name = filesystem(path)
    file: BinaryIO = system.open(name, "rb")
    return file


def filesystem(path: str) -> tuple[Any, str]:
    """Return the fsspec file system of a path, and the path as that names it.

    Raises
    ------
    SettingsError
        If fsspec, or a package for the protocol, is not installed, or nobody knows the protocol.
    """
    try:
        import fsspec

        system, name = fsspec.core.url_to_fs(path)
    except ImportError as error:
        raise SettingsError(
            f"{path} cannot be reached: {error}; install nlp-reports[remote]"
        ) from None
    except ValueError as error:
        raise SettingsError(f"{path} cannot be reached: {error}") from None
    return system, str(name)


class Local:
    """A folder of this machine."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._root = Path(where)

    def names(self, folder: str) -> list[str]:
        try:
            found = sorted(os.listdir(self._root / folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in found if not name.startswith(".")]

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def open(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")

    def write(self, files: Mapping[str, bytes]) -> None:
        drafts = {self._root / name: self._draft(name) for name in files}
        try:
            for draft, data in zip(drafts.values(), files.values(), strict=True):
                draft.parent.mkdir(parents=True, exist_ok=True)
                with draft.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            for place, draft in drafts.items():
                draft.replace(place)
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
        for folder in {place.parent for place in drafts}:
            _sync(folder)

    @contextmanager
    def draft(self, name: str) -> Iterator[BinaryIO]:
        draft = self._draft(name)
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._root / name)
        finally:
            draft.unlink(missing_ok=True)

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            (self._root / name).unlink(missing_ok=True)

    def sweep(self, folder: str) -> None:
        for draft in (self._root / folder).glob(f"{_DRAFT}*"):
            draft.unlink(missing_ok=True)

    def _draft(self, name: str) -> Path:
        place = self._root / name
        return place.with_name(f"{_DRAFT}{os.getpid()}-{place.name}{_UNFINISHED}")


class Remote:
    """A folder that fsspec reaches. Object stores show an object once it is there as a whole."""

    def __init__(self, where: str) -> None:
        self.where = where.rstrip("/")
        self._system, self._root = filesystem(self.where)

    def names(self, folder: str) -> list[str]:
        self._system.invalidate_cache()  # other machines write here too
        try:
            found = self._system.ls(f"{self._root}/{folder}".rstrip("/"), detail=False)
        except FileNotFoundError:
            return []
        names = (str(name).rstrip("/").rpartition("/")[2] for name in found)
        return sorted(name for name in names if name and not name.startswith("."))

    def read(self, name: str) -> bytes:
        return bytes(self._system.cat_file(f"{self._root}/{name}"))

    def open(self, name: str) -> BinaryIO:
        return BytesIO(self.read(name))

    def write(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            place = f"{self._root}/{name}"
            self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
            draft = f"{place.rpartition('/')[0]}/{_DRAFT}{place.rpartition('/')[2]}{_UNFINISHED}"
            if _is_object_store(self._system):
                self._system.pipe_file(place, data)
            else:  # a file grows there before everybody's eyes
                self._system.pipe_file(draft, data)
                self._system.mv(draft, place)

    @contextmanager
    def draft(self, name: str) -> Iterator[BinaryIO]:
        with TemporaryFile() as file:
            yield file
            file.seek(0)
            self.write({name: file.read()})

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(FileNotFoundError):
                self._system.rm_file(f"{self._root}/{name}")

    def sweep(self, folder: str) -> None:
        """Nothing: a draft of the same name is written over."""


def _is_object_store(system: Any) -> bool:
    protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    return not protocols & {"file", "local", "sftp", "ssh", "ftp", "smb", "hdfs", "webhdfs"}


def _sync(folder: Path) -> None:
    """Make the new names in a folder last through a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
