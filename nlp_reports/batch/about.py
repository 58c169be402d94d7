"""What an archive says of itself: ``archive.json``, which also tells that a folder is one."""

from __future__ import annotations

import json
import os
from typing import Any

from ..errors import ArchiveError
from .storage import Storage, is_remote, storage
from .summary import Summary

FORMAT = 1  # of the tables; an archive of another one is refused
NAME = "archive.json"


def read(folder: Storage) -> dict[str, Any]:
    """Return what an archive says of itself.

    Raises
    ------
    ArchiveError
        If it is no archive, damaged, or of another format.
    """
    try:
        found = json.loads(folder.read(NAME))
        version = found["format"]
    except FileNotFoundError:
        raise ArchiveError(f"is no archive: it has no {NAME}", folder.where) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArchiveError(f"{NAME} cannot be read: {error}", folder.where) from None
    if version != FORMAT:
        raise ArchiveError(f"format {version!r}; this version knows format {FORMAT}", folder.where)
    return dict(found)


def write(folder: Storage, made_with: str, source: object, done: Summary | None = None) -> None:
    """Write it; without a summary it says that the archive is not complete. Raises OSError."""
    said = {
        "format": FORMAT,
        "complete": done is not None,
        "source": os.fspath(source) if isinstance(source, str | os.PathLike) else None,
        "made_with": json.loads(made_with),
        "summary": done.to_json() if done else None,
    }
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    folder.write({NAME: text.encode("utf-8", "backslashreplace")})


def check_place(out: str) -> None:
    """Refuse to write an archive where something else is.

    Raises
    ------
    ArchiveError
        If `out` is a file, or a folder that holds something but no archive that this version can
        go on with.
    """
    if not is_remote(out) and os.path.lexists(out) and not os.path.isdir(out):
        raise ArchiveError("is a file; an archive is a folder", out)
    folder = storage(out)
    names = folder.names("")
    if NAME in names:
        read(folder)
    elif names:
        raise ArchiveError("holds something else than an archive; name a new folder", out)
