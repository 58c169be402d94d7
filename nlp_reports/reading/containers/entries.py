"""What the readers of all kinds of container have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from .limits import Room
from .names import Paths


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a container, not yet read.

    ``index`` counts all entries before it, also folders. ``path`` is that of its `Member`,
    ``where`` the place that errors name. ``read`` returns its bytes or raises the `DocumentError`
    that says why there are none; it is called once, and before the next entry is asked for.
    ``paths`` are those of the container so far.
    """

    index: int
    path: str
    where: str
    paths: Paths
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Level:
    """Where a container stands: by itself, or in another.

    ``where`` is its path, for errors; ``prefix`` what the paths of its members begin with; ``outer``
    are the paths in the container that it is in.
    """

    where: str
    prefix: str = ""
    outer: Paths | None = None

    @classmethod
    def within(cls, entry: Entry) -> Level:
        """Return the level of a container that is an entry of another."""
        return cls(entry.where, f"{entry.path}/", entry.paths)

    def paths(self) -> Paths:
        """Return the paths of the container before its first entry."""
        return Paths(self.prefix, self.outer)

    def entry(self, index: int, path: str, paths: Paths, read: Callable[[str], bytes]) -> Entry:
        """Return an entry; `path` is the one within the container, `read` takes its place."""
        where = f"{self.where}/{path}" if self.where else path
        return Entry(index, self.prefix + path, where, paths, lambda: read(where))


class Reader(Protocol):
    """A container of one kind."""

    def entries(self, room: Room) -> Iterator[Entry]:
        """Yield the files in it, in its order.

        Raises
        ------
        DocumentError
            If what follows cannot be read. ``where`` is the container.
        """

    def find(self, index: int, room: Room) -> Entry:
        """Return one file. Where it can it goes on from the last one found, in the room of that.

        Raises
        ------
        DocumentNotFound
            If the entry is none, or a folder.
        DocumentError
            If the container cannot be read so far.
        """
