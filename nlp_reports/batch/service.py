"""What the child process is asked: which files there are at a place, and what is in one of them.

A *place* is a path of this machine or, with ``://``, one for fsspec. A file in a container has the
container's place and an address in it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from .. import reading
from ..errors import (
    DocumentChanged,
    DocumentError,
    DocumentNotFound,
    DocumentTooLarge,
    ModelMismatch,
    NotAFile,
)
from ..pipeline import Tagger, load
from ..reading import containers
from ..records import to_json
from ..schema import Member
from ..settings import Settings
from .storage import is_remote, open_file, storage

Say = Callable[[dict[str, Any]], object]


class Service:
    """Looks at places and tags files.

    Parameters
    ----------
    model : str or None
        Folder of the model, also one for fsspec; None for the shipped one.
    fingerprint : str
        What the model must be.
    settings : dict
        The fields of `Settings`.
    """

    def __init__(self, model: str | None, fingerprint: str, settings: dict[str, Any]) -> None:
        self._model = model
        self._fingerprint = fingerprint
        self._settings = Settings(**settings)
        self._tagger: Tagger | None = None
        self._container: tuple[str, containers.Container, BinaryIO] | None = None

    def tell(self, say: Say, place: str) -> None:
        """Say whether a file is a ``container`` of files or a ``file``."""
        with _open(place, place) as file:
            say({"item": "container" if containers.is_container(file) else "file"})

    def look(self, say: Say, place: str, path: str) -> None:
        """Say each file that is at a place: itself, or the members of a container.

        An item has ``address`` (empty for the file itself), ``path``, ``bytes`` and ``sha256``; or,
        in the place of the last two, ``error`` and ``message``.
        """
        with _open(place, path) as file:
            if not containers.is_container(file):
                data = _load(file, path, self._settings.max_bytes)
                say({"item": {"address": [], "path": path, **_known(data)}})
                return
            for address, found in self._container_in(file, path).members():
                if isinstance(found, DocumentError):
                    said = {
                        "path": found.where,
                        "error": type(found).__name__,
                        "message": found.message,
                    }
                else:
                    said = {"path": f"{path}/{found.path}".lstrip("/"), **_known(found.data)}
                say({"item": {"address": address, **said}})

    def tag(self, say: Say, place: str, path: str, address: Sequence[int], sha256: str) -> None:
        """Say the record of one file, as `records.to_json` has it, and before it each stage of the work.

        Raises
        ------
        DocumentError
            If it cannot be read, or its bytes are others than those of `sha256`.
        """

        def begin(stage: str) -> None:
            say({"stage": stage})

        begin("open")
        data = self._take(place, path, tuple(address))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DocumentChanged("the file changed while the archive was being made", path)
        if self._tagger is None:
            begin("model")
            self._tagger = self._load()
        begin("read")
        document = reading.read(Member(path, data), self._settings)
        report = self._tagger.tag(document, begin=begin)
        say({"item": to_json(report)})

    def _load(self) -> Tagger:
        """Load the model; from elsewhere it is fetched, once in the life of this process.

        Raises
        ------
        ModelError
            If it cannot be used, or is another one than the run began with.
        """
        with TemporaryDirectory() as folder:
            model = self._model
            if model is not None and is_remote(model):
                there = storage(model)
                for name in there.names(""):
                    (Path(folder) / name).write_bytes(there.read(name))
                model = folder
            tagger = load(model, self._settings)
        if tagger.model.card["fingerprint"] != self._fingerprint:
            raise ModelMismatch("another model than the run began with", self._model or "shipped")
        return tagger

    def _take(self, place: str, path: str, address: tuple[int, ...]) -> bytes:
        """Return the bytes of a file; the container last asked for stays open."""
        if not address:
            with _open(place, path) as file:
                return _load(file, path, self._settings.max_bytes)
        if self._container is None or self._container[0] != place:
            self.close()
            file = _open(place, path)
            self._container = (place, self._container_in(file, path), file)
        return self._container[1].take(address).data

    def close(self) -> None:
        """Close the container that stayed open, if there is one."""
        if self._container is not None:
            self._container[2].close()
            self._container = None

    def _container_in(self, file: BinaryIO, path: str) -> containers.Container:
        return containers.Container(
            file,
            where=path,
            settings=self._settings,
            limits=containers.Limits.batch(self._settings),
        )


def _open(place: str, path: str) -> BinaryIO:
    try:
        if not is_remote(place) and not stat.S_ISREG(os.stat(place).st_mode):
            raise NotAFile("this is no regular file", path)  # opening a pipe would wait
        return open_file(place)
    except FileNotFoundError:
        raise DocumentNotFound("no such file", path) from None
    except OSError as error:
        raise DocumentNotFound(f"cannot be opened: {error.strerror or error}", path) from None


def _load(file: BinaryIO, path: str, most: int) -> bytes:
    file.seek(0)
    data = file.read(most + 1)
    if len(data) > most:
        raise DocumentTooLarge(f"more than the {most:,} bytes that Settings.max_bytes allows", path)
    return data


def _known(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
