"""Text laid out in the columns of a terminal, where a wide character takes two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

WIDTH = 80  # columns of the terminal the tables are made for
_GAP = 2  # blanks between two columns of a grid
# What stays together at the end of a line: a narrow word with the blank behind it, or one wide
# character.
_WORD = re.compile(r"[^\s\u2e80-\uffef\U00020000-\U0003ffff]+ ?|.", re.DOTALL)


def columns(text: str) -> int:
    """Return how many terminal columns a text takes: two for a wide character, none for a mark."""
    return sum(map(_columns, text))


@lru_cache(maxsize=8192)
def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def visible(text: str) -> str:
    """Return a text as one line that does nothing to a terminal but show characters.

    Blanks and line breaks become one blank, none at the ends. What cannot be printed becomes U+FFFD:
    control characters, which could move the cursor or colour the screen, marks that turn the
    direction of a line, halves of characters.
    """
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else "\ufffd" for char in line)


def wrap(text: str, width: int, *, indent: int = 0) -> list[str]:
    """Cut a text into lines of at most `width` columns, `indent` blanks included; at least one."""
    lines, line, taken = [], "", 0
    for char in text:
        if taken + columns(char) > width - indent:
            lines.append(" " * indent + line)
            line, taken = "", 0
        line += char
        taken += columns(char)
    return [*lines, " " * indent + line]


def fill(items: Iterable[str], width: int, *, between: str = " ") -> list[str]:
    """Set items side by side on lines of at most `width` columns; at least one line.

    An item that fits no line is cut, all others stay whole. `between` is put between two items of a
    line.
    """
    lines = [""]
    for item in items:
        joined = f"{lines[-1]}{between}{item}" if lines[-1] else item
        if columns(joined) <= width:
            lines[-1] = joined
        elif columns(item) <= width:
            lines.append(item)
        else:
            lines[-1:] = wrap(joined, width)
    return lines


def flow(text: str, width: int) -> list[str]:
    """Cut a text into lines as `wrap` does, but between narrow words where that can be done."""
    return fill(_WORD.findall(text), width, between="")


def clip(text: str, width: int) -> str:
    """Return a text if it takes at most `width` columns, at least 1, else its start and ``…``."""
    taken = 0
    for n, char in enumerate(text):
        taken += _columns(char)
        if taken > width:
            return f"{wrap(text[:n], width - 1)[0]}…"
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return a text with blanks behind it, or before it (`right`), to at least `width` columns."""
    blanks = " " * max(width - columns(text), 0)
    return blanks + text if right else text + blanks


def rule(title: str, note: str, width: int) -> str:
    """Return the line above a part: its title, a note that may be empty, and a rule to `width`."""
    head = f"── {title} " + (f"{note} " if note else "")
    return head + "─" * (width - columns(head))


def grid(rows: Sequence[Sequence[str]], width: int, *, left: int = 1) -> Iterator[str]:
    """Yield rows as lines whose cells stand in columns, each as wide as its widest cell.

    Parameters
    ----------
    rows : sequence of sequence of str
        Equally many cells each; no rows give no lines.
    width : int
        Columns of the terminal. Where they are too few, the cells of the first `left` columns are
        clipped, those of the others never.
    left : int
        How many columns stand to the left, at least 1; the others hold figures and stand to the
        right.
    """
    widths = [max(map(columns, cells)) for cells in zip(*rows, strict=True)]
    room = width - sum(widths[left:]) - _GAP * (len(widths) - 1)
    widths[:left] = _shares(widths[:left], room)
    for row in rows:
        cells = [clip(cell, room) for cell, room in zip(row[:left], widths, strict=False)]
        padded = (
            pad(cell, room, right=n >= left)
            for n, (cell, room) in enumerate(zip([*cells, *row[left:]], widths, strict=True))
        )
        yield (" " * _GAP).join(padded)


def _shares(needs: Sequence[int], room: int) -> list[int]:
    """Deal `room` out to those who need so much: what one does not need is left to the others."""
    shares = [0] * len(needs)
    modest_first = sorted(range(len(needs)), key=needs.__getitem__)
    for others, n in zip(range(len(needs), 0, -1), modest_first, strict=True):
        shares[n] = min(needs[n], room // others)
        room -= shares[n]
    return shares


def page(parts: Iterable[Iterable[str]]) -> str:
    """Return parts with a blank line between them; those without a line are left out."""
    blocks = [[line.rstrip() for line in part] for part in parts]
    return "\n\n".join("\n".join(block) for block in blocks if block)
