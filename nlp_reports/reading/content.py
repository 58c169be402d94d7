"""What a reader makes of a file: blocks in reading order, and the `Document` text they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..schema import Document, Grid, Source, Span, Warning

_INDENT = "\u3000\u3000"  # how Chinese typography opens a paragraph
_BLANKS = re.compile(r"\s+")
_BREAK = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph, heading or line.

    ``text`` holds no line break. ``indented`` says that its first line is set in, which its
    characters need not show. ``noise`` marks what surrounds the report and is no part of it: a
    block of index number and date, a page mark. ``page`` counts from 1.
    """

    text: str
    page: int | None = None
    indented: bool = False
    noise: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as the file draws it.

    ``rows`` are cell texts. The text of a merged cell stands in its first row and column; the
    other cells it covers are ``""``. Every row therefore has a cell for every column of the grid.
    """

    rows: tuple[tuple[str, ...], ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The blocks of a file in reading order.

    ``properties`` is what the file says of itself outside of its text: ``published`` (a date as
    printed), ``publisher``, ``title``.
    """

    blocks: tuple[Text | Cells, ...]
    encoding: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Warning, ...] = ()


def text_of(blocks: Iterable[Text | Cells]) -> str:
    """Return the characters of blocks with nothing between them."""
    return "".join(b.text if isinstance(b, Text) else "".join(map("".join, b.rows)) for b in blocks)


def one_line(text: str) -> str:
    """Return `text` without outer blanks, its line breaks and tabs made single blanks.

    A break between two Chinese characters vanishes: it is where a cell or a margin wrapped.
    """
    bare = text.strip()
    return _BLANKS.sub(_joint, bare) if _BREAK.search(bare) else bare


def _joint(blanks: re.Match[str]) -> str:
    if not _BREAK.search(blanks.group()):
        return blanks.group()
    before, after = blanks.string[blanks.start() - 1], blanks.string[blanks.end()]
    return " " if before.isascii() and after.isascii() else ""


def document(content: Content, source: Source) -> Document:
    """Return the document that the blocks add up to: a line a paragraph, a line a row of a table.

    Cells of a row are set apart by tabs.
    """
    parts: list[str] = []
    grids: list[Grid] = []
    noise: list[Span] = []
    pages: list[int] = []
    at = 0
    for block in content.blocks:
        while block.page is not None and len(pages) < block.page:
            pages.append(at)
        if isinstance(block, Cells):
            rows = tuple(tuple(one_line(cell) for cell in row) for row in block.rows)
            text = "\n".join("\t".join(row) for row in rows)
            grids.append(Grid(at, at + len(text), rows, block.page))
        else:
            text = (_INDENT if block.indented else "") + block.text
            if block.noise:
                noise.append(Span(at, at + len(text)))
        parts.append(text)
        at += len(text) + 1
    return Document(
        source,
        "\n".join(parts),
        content.warnings,
        tuple(grids),
        tuple(noise),
        tuple(pages),
        dict(content.properties),
    )
