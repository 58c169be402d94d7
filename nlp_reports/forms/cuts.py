"""Rows that a page cut in two, put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from . import labels, values
from .alignment import shown_at, texts
from .columns import Row, has_figures


def mended(rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    """Yield rows with their places; where a label was cut, with both its rows in one.

    At most one of the two has figures, the other has nothing but the rest of the label.
    """
    at = 0
    while at < len(rows):
        row = rows[at]
        joined = _with_label(row, rows[at + 1]) if at + 1 < len(rows) else None
        yield at + (joined is not None and not has_figures(row)), joined or row
        at += 2 if joined else 1


def rejoined(rows: Sequence[Row]) -> tuple[list[Row], set[int]]:
    """Return rows with cut figures put together (``13`` above ``4``), and the places of those rows.

    The lower row has figures under figures only, not under all, and no label of its own. Whether
    they are truly one row is for the form's sums to say. Its place is left empty.
    """
    joined = list(rows)
    where: set[int] = set()
    for at, (one, other) in enumerate(pairwise(rows)):
        if at - 1 not in where and len(one) == len(other) and _is_rest(one, other):
            joined[at], joined[at + 1] = _joined(one, other), ()
            where.add(at)
    return joined, where


def _is_rest(one: Row, other: Row) -> bool:
    upper, lower = set(shown_at(one)), set(shown_at(other))
    above, below, whole = (_label(row) for row in (one, other, _joined(one, other)))
    torn = bool(below) and not any(map(labels.find, above)) and any(map(labels.find, whole))
    return bool(lower) and lower <= upper and (torn or (lower < upper and not below))


def _with_label(one: Row, other: Row) -> Row | None:
    if len(one) != len(other) or (has_figures(one) and has_figures(other)):
        return None
    if any(map(labels.find, _label(one))) or set(shown_at(one)) & set(shown_at(other)):
        return None
    whole = tuple(
        a if values.parse(a) and not values.is_blank(a) else a + b
        for a, b in zip(one, other, strict=True)
    )
    return whole if any(map(labels.find, _label(whole))) else None


def _label(row: Row) -> list[str]:
    """Return the last words of a row that are no unit, as a list of one or none."""
    return [text for text in texts(row) if not values.is_unit(text)][-1:]


def _joined(one: Row, other: Row) -> Row:
    return tuple(a + b for a, b in zip(one, other, strict=True))
