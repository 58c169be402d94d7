"""How much of a container is read at most, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import DocumentTooLarge
from ...settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is taken out of one container, the containers in it counted in.

    Parameters
    ----------
    largest : int
        Most bytes of one member. A member is held in memory, as a file read by itself is:
        ``Settings.max_bytes``.
    unpacked : int
        Most bytes unpacked, all together. Of a zip the members count, of a tar all that is passed
        on the way to them, and a container in a container counts itself and for what is in it.
    ratio : int
        Most bytes unpacked for each byte of the container, where that is more than `unpacked`.
    members : int
        Most entries, whatever they are: folders and links take time as well.
    each : bool
        Whether members for which nothing is left of `unpacked` are named one by one, since a
        smaller one may still fit. Otherwise one error stands for the first and all that follow.
        Of a tar nothing can be read behind such a member: there it is always one error.
    """

    largest: int
    unpacked: int
    ratio: int
    members: int
    each: bool

    @classmethod
    def interactive(cls, settings: Settings) -> Limits:
        """Return what one call may read while somebody waits for it.

        The yearly reports of all bodies of a province are under 10,000.
        """
        return cls(
            largest=settings.max_bytes,
            unpacked=settings.max_unpacked,
            ratio=0,
            members=10_000,
            each=True,
        )

    @classmethod
    def batch(cls, settings: Settings) -> Limits:
        """Return what a run over large archives may read.

        Reports pack to between a third and a fifteenth of their size, and a thousand copies of one
        that differ in their figures to a hundred-and-thirtieth, but those do not reach `unpacked`;
        a bomb packs to a thousandth or less. An entry takes 0.1 ms and 100 bytes before anything
        is read of it: a million take two minutes and 100 MB.
        """
        return cls(
            largest=settings.max_bytes,
            unpacked=settings.max_unpacked,
            ratio=100,
            members=1_000_000,
            each=False,
        )


class Room:
    """What is left to a container and to those in it: bytes to unpack and entries to visit.

    Parameters
    ----------
    limits : Limits
    packed : int
        Bytes of the container itself.

    Attributes
    ----------
    unpacked, members : int
        Bytes and entries left.
    full : bool
        Whether anything was refused that would have fitted into an empty one.
    """

    def __init__(self, limits: Limits, packed: int) -> None:
        self.limits = limits
        self.total = max(limits.unpacked, limits.ratio * packed)
        self.unpacked = self.total
        self.members = limits.members
        self.full = False

    def admit(self, count: int, where: str) -> None:
        """Count entries that are about to be visited.

        Raises
        ------
        DocumentTooLarge
            If so many are not left. `where` is the container that has them.
        """
        if count > self.members:
            raise DocumentTooLarge(
                f"more than the {self.limits.members:,} members that are allowed; the rest is not "
                "read",
                where,
            )
        self.members -= count

    def spend(self, size: int, where: str) -> None:
        """Count bytes that are about to be unpacked.

        Raises
        ------
        DocumentTooLarge
            If so many are not left. `where` is the container that has them.
        """
        if size > self.unpacked:
            self.full = True
            raise self.refusal(where)
        self.unpacked -= size

    def refusal(self, where: str) -> DocumentTooLarge:
        """Return the error that names all that is not read for want of room."""
        return DocumentTooLarge(
            f"unpacks to more than the {self.total:,} bytes that are allowed; the rest is not read",
            where,
        )
