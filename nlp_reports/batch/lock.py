"""Whose archive it is: one run writes into a folder at a time, and workers of a dead run no longer do.

A run holds ``.lock`` and writes its mark into ``.writing``. A worker that puts a part in its place holds ``.writing``
together with the others, and first looks whether the mark is still its run's. A new run takes
``.writing`` alone before it changes the mark: after that no older worker can write. Both are locks
of the system (flock), which end with the process that holds them. Object stores have none: there
only the mark is looked at.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ArchiveError
from .storage import is_remote, storage

_LOCK, _MARK = ".lock", ".writing"
_EVERY = 1.0  # seconds between two looks at the mark


class Claim:
    """A run's hold on a folder, as its workers know it."""

    def __init__(self, out: str, mark: str) -> None:
        self._out = out
        self._mark = mark
        self._looked = -_EVERY
        self._held = True

    def holds(self) -> bool:
        """Tell whether the run still has the folder; the answer may be a second old."""
        if self._held and time.monotonic() - self._looked >= _EVERY:
            self._held = self._is_ours()
            self._looked = time.monotonic()
        return self._held

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Keep new runs from starting while a part is written; tell whether it may be. Raises OSError."""
        if is_remote(self._out):
            yield self._is_ours()
            return
        with (Path(self._out) / _MARK).open("rb") as file:
            _flock(file, shared=True)
            yield file.read().decode("ascii", "replace") == self._mark

    def _is_ours(self) -> bool:
        try:
            return storage(self._out).read(_MARK).decode("ascii", "replace") == self._mark
        except FileNotFoundError:
            return False


@contextmanager
def held(out: str) -> Iterator[Claim]:
    """Hold the folder of an archive, which is made if it is not there.

    Raises
    ------
    ArchiveError
        If another run of this machine holds it.
    OSError
        If it cannot be written.
    """
    mark = secrets.token_hex(8)
    if is_remote(out):
        storage(out).write({_MARK: mark.encode()})
        yield Claim(out, mark)
        return
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("ab") as lock:
        try:
            _flock(lock, shared=False, wait=False)
        except BlockingIOError:
            raise ArchiveError("another run is writing here", out) from None
        with (folder / _MARK).open("a+b") as file:
            _flock(file, shared=False)
            file.truncate(0)
            file.write(mark.encode())
            file.flush()
            os.fsync(file.fileno())
        yield Claim(out, mark)


def _flock(file: IO[bytes], *, shared: bool, wait: bool = True) -> None:
    """Lock a file until it is closed, where the system can (Windows cannot)."""
    try:
        import fcntl
    except ImportError:
        return
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
