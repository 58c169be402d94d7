"""An authored report: its blocks in reading order, and what a reader of its tables must find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A cell as HTML has it: a covered cell is absent from its row."""

    text: str
    colspan: int = 1
    rowspan: int = 1


@dataclass(frozen=True)
class Form:
    """A table of an official form. ``part`` is ``2014``, or ``二``, ``三``, ``四`` of 2019 and 2021."""

    part: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Block:
    """``kind`` is title, heading, paragraph, caption, sign-off or table (then ``form`` is set)."""

    kind: str
    text: str = ""
    form: Form | None = None


@dataclass(frozen=True)
class TrueCell:
    """A cell of a form: ``value`` is None where it is blank, ``column`` None outside of part 三."""

    indicator: str
    column: str | None
    value: str | None
    raw: str
    unit: str | None


@dataclass(frozen=True)
class Authored:
    """A report before it is written into a medium."""

    name: str
    form: str
    title: str
    issuer: str
    year: int
    published: str | None
    blocks: tuple[Block, ...]
    cells: tuple[TrueCell, ...]

    @property
    def prose(self) -> tuple[str, ...]:
        """The running text, a string a paragraph."""
        return tuple(b.text for b in self.blocks if b.kind == "paragraph")

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as printed, number included."""
        return tuple(b.text for b in self.blocks if b.kind == "heading")
