"""Who watches a run."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Told how a run goes on."""

    def begin(self, stage: str, total: int) -> None:
        """Told that a stage begins: ``look`` at so many places, or ``tag`` so many files."""

    def advance(self, count: int, failed: int) -> None:
        """Told that so many more are done, and how many of them failed."""

    def failure(self, path: str, message: str) -> None:
        """Told that a file failed, and why."""

    def note(self, text: str) -> None:
        """Told something a user should know."""


class Nobody:
    """Watches nothing."""

    def begin(self, stage: str, total: int) -> None:
        """Look away."""

    def advance(self, count: int, failed: int) -> None:
        """Look away."""

    def failure(self, path: str, message: str) -> None:
        """Look away."""

    def note(self, text: str) -> None:
        """Look away."""


class Noting:
    """Tells another watcher all it is told, and keeps the notes."""

    def __init__(self, other: Watcher) -> None:
        self.notes: list[str] = []
        self.begin = other.begin
        self.advance = other.advance
        self.failure = other.failure
        self._other = other

    def note(self, text: str) -> None:
        """Keep a note, and pass it on."""
        self.notes.append(text)
        self._other.note(text)
