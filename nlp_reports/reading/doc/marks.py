"""Tables of a Word 97-2003 file whose paragraph properties are lost, told by cell marks alone.

The end of a row is marked like the end of a cell, with nothing before it: the least number of
columns for which that holds in every row is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..content import Cells, Text, one_line
from .paragraphs import Paragraph


def guess_tables(paragraphs: Iterable[Paragraph]) -> Iterator[Text | Cells]:
    """Yield the blocks of such a file."""
    cells: list[str] = []
    for paragraph in paragraphs:
        if paragraph.marks_cell:
            cells.append(one_line("\n".join(line.text for line in paragraph.lines)))
            continue
        yield from _guessed(cells)
        cells = []
        yield from paragraph.lines
    yield from _guessed(cells)


def _guessed(cells: list[str]) -> Iterator[Text | Cells]:
    for step in range(3, len(cells) + 1 if any(cells) else 0):
        if len(cells) % step == 0 and not any(cells[step - 1 :: step]):
            starts = range(0, len(cells), step)
            yield Cells(tuple(tuple(cells[at : at + step - 1]) for at in starts))
            return
    yield from (Text(cell) for cell in cells if cell)
