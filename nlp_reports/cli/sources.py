"""Which documents the paths of a command line stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..schema import Member
    from ..settings import Settings


def documents(
    paths: Iterable[tuple[Path, bool]], settings: Settings, fail: Callable[[str | None, str], None]
) -> Iterator[Path | Member]:
    """Yield the documents named, and those in the archives named: pairs of path and whether it is one."""
    from ..errors import DocumentError
    from ..reading import members

    for path, is_zip in paths:
        if not is_zip:
            yield path
            continue
        try:
            for member in members(path, settings):
                if isinstance(member, DocumentError):
                    fail(member.where, member.message)
                else:
                    yield member
        except DocumentError as error:
            fail(error.where, error.message)


def walk(paths: Iterable[str]) -> Iterator[Path]:
    """Yield files as they are and, of folders, all files in them, sorted; no link is followed."""
    for name in paths:
        path = Path(name)
        if os.path.isdir(name):  # unlike the path's own method, without an error for a long name
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
        else:
            yield path
