"""Ruled tables of a page: lines that cross, the grid they make, the characters in its cells.

Rules are stroked or thin filled boxes, whole or in pieces a cell, single or double, dotted or
plain. Pieces are joined, what touches belongs together, and boundaries a few points apart are
one. On files of WPS, LibreOffice and Chromium every cell of the official forms came out exact.
"""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..content import one_line
from .lines import Line, lines
from .sheet import Glyph, Rule, Sheet

# All lengths are points.
_COLLINEAR = 1.0  # pieces of one line differ by rounding
_DASH_GAP = 4.0  # largest gap in a dotted or dashed line, and between boxes of a spaced table
_MIN_RULE = 6.0  # shortest line: a row of the smallest type is 8 high
_TOUCH = 3.0  # lines that meet miss each other by up to the width of a double rule
_OPEN = 10.0  # a side is open when lines run past its last rule by more: a character's width
_CUT = 4.0  # the same at top and bottom, where a page cuts a row between two lines of text
_OVERHANG = 1.6  # font sizes below the last rule: the next line, as the text is set
_PADDING = 12.0  # Word's blank margin at both sides of a cell, together
# Most joined lines and most places of the grid of one table: bounds time against drawings that
# are no tables. The largest official form has 62 rows of 15 columns.
_MAX_RULES = 1500
_MAX_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell over rows ``row`` to ``row_end`` and columns ``column`` to ``column_end``, half-open.

    ``full`` says that its last line of text is as long as the cell lets it be, as lines before
    the last one are.
    """

    row: int
    column: int
    row_end: int
    column_end: int
    text: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: ``edges`` are the x of its column boundaries, one more than it has columns."""

    cells: tuple[Cell, ...]
    edges: tuple[float, ...]
    top: float
    bottom: float


_Area = tuple[int, int, int, int]  # first row and column, end of rows and of columns


@dataclass(frozen=True, slots=True)
class _Grid:
    """Boundaries of rows and columns, and the cells.

    ``unclosed`` are the columns that have no rule under the last row.
    """

    ys: tuple[float, ...]
    xs: tuple[float, ...]
    areas: tuple[_Area, ...]
    unclosed: frozenset[int]

    @property
    def size(self) -> float:
        return (self.ys[-1] - self.ys[0]) * (self.xs[-1] - self.xs[0])

    def holds(self, x: float, y: float) -> bool:
        return self.xs[0] <= x < self.xs[-1] and self.ys[0] <= y < self.ys[-1]

    def contains(self, other: _Grid) -> bool:
        return self.size > other.size and self.holds(
            (other.xs[0] + other.xs[-1]) / 2, (other.ys[0] + other.ys[-1]) / 2
        )


def tables(sheet: Sheet) -> tuple[list[Table], list[Glyph]]:
    """Return the ruled tables of a page from the top down, and the characters outside of them.

    A frame, a single column and a table that holds other tables are layout: their characters are
    running text.
    """
    grids = sorted(_grids(sheet.across, sheet.down), key=lambda grid: grid.size)
    grids = [grid for grid in grids if not any(grid.contains(other) for other in grids)]
    inside: list[list[Glyph]] = [[] for _ in grids]
    outside: list[Glyph] = []
    for glyph in sheet.glyphs:
        x, y = (glyph.left + glyph.right) / 2, glyph.centre
        place = next((at for at, grid in enumerate(grids) if grid.holds(x, y)), None)
        (outside if place is None else inside[place]).append(glyph)
    found: list[Table] = []
    for grid, glyphs in zip(grids, inside, strict=True):
        hanging = _hanging(grid, outside)
        outside = [glyph for glyph in outside if glyph not in hanging]
        glyphs.extend(hanging)
        table = _table(grid, glyphs)
        if sum(bool(cell.text) for cell in table.cells) < 2:
            outside.extend(glyphs)
        else:
            found.append(table)
    return sorted(found, key=lambda table: table.top), outside


def _grids(across: Iterable[Rule], down: Iterable[Rule]) -> Iterator[_Grid]:
    rows, columns = _joined(across), _joined(down)
    if len(rows) + len(columns) > _MAX_RULES:
        return
    for some_rows, some_columns in _meeting(rows, columns):
        grid = _grid(some_rows, some_columns)
        if grid is not None and len(grid.xs) > 2:
            yield grid


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Make one rule of the pieces that lie in one line."""
    joined: list[Rule] = []
    for group in _clusters(rules, _COLLINEAR):
        at = sum(rule.at for rule in group) / len(group)
        start = end = min(rule.start for rule in group)
        for rule in sorted(group, key=lambda rule: rule.start):
            if rule.start > end + _DASH_GAP:
                joined.append(Rule(at, start, end))
                start = end = rule.start
            end = max(end, rule.end)
        joined.append(Rule(at, start, end))
    return [rule for rule in joined if rule.end - rule.start >= _MIN_RULE]


def _clusters(rules: Iterable[Rule], reach: float) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in sorted(rules):
        if groups and rule.at - groups[-1][-1].at <= reach:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def _meeting(
    across: Sequence[Rule], down: Sequence[Rule]
) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Yield the rules that hang together, those across and those down."""
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    down = sorted(down)
    places = [rule.at for rule in down]
    for index, rule in enumerate(across):
        first = bisect_left(places, rule.start - _TOUCH)
        for other in range(first, bisect(places, rule.end + _TOUCH)):
            if down[other].start - _TOUCH <= rule.at <= down[other].end + _TOUCH:
                parent[root(index)] = root(len(across) + other)
    together: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate([*across, *down]):
        together.setdefault(root(index), ([], []))[index >= len(across)].append(rule)
    yield from together.values()


def _grid(across: Sequence[Rule], down: Sequence[Rule]) -> _Grid | None:
    if not across or not down:
        return None
    xs = _boundaries(down, across, _OPEN)
    ys = _boundaries(across, down, _CUT)
    if len(xs) < 2 or len(ys) < 2 or len(xs) * len(ys) > _MAX_PLACES:
        return None
    floors = _walls(across, ys, xs)
    areas = _areas(_walls(down, xs, ys), floors, len(ys) - 1, len(xs) - 1)
    # Boundaries at which no cell starts are ticks and remains of other drawings.
    rows = sorted({area[0] for area in areas})
    columns = sorted({area[1] for area in areas})
    return _Grid(
        (*(ys[row] for row in rows), ys[-1]),
        (*(xs[column] for column in columns), xs[-1]),
        tuple(
            (
                bisect_left(rows, top),
                bisect_left(columns, left),
                bisect_left(rows, bottom),
                bisect_left(columns, right),
            )
            for top, left, bottom, right in areas
        ),
        frozenset(at for at, column in enumerate(columns) if column not in floors[-1]),
    )


def _boundaries(rules: Sequence[Rule], crossing: Sequence[Rule], reach: float) -> list[float]:
    """Return where `rules` stand, and where two crossing ones end beyond them all."""
    found = [sum(rule.at for rule in group) / len(group) for group in _clusters(rules, _TOUCH)]
    if len(crossing) > 1:
        start = sorted(rule.start for rule in crossing)[1]
        end = sorted(rule.end for rule in crossing)[-2]
        if start < found[0] - reach:
            found.insert(0, start)
        if end > found[-1] + reach:
            found.append(end)
    return found


def _walls(
    rules: Iterable[Rule], places: Sequence[float], cross: Sequence[float]
) -> list[set[int]]:
    """Return for every boundary the rows (or columns) along which a rule is drawn on it."""
    walls: list[set[int]] = [set() for _ in places]
    middles = [(a + b) / 2 for a, b in pairwise(cross)]
    for rule in rules:
        nearest = min(range(len(places)), key=lambda at: abs(places[at] - rule.at))
        first = bisect_left(middles, rule.start - _TOUCH)
        walls[nearest].update(range(first, bisect(middles, rule.end + _TOUCH)))
    return walls


def _areas(
    down: Sequence[set[int]], across: Sequence[set[int]], rows: int, columns: int
) -> tuple[_Area, ...]:
    """Return the rectangles that no wall divides."""
    areas: list[_Area] = []
    taken: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            right = column + 1
            while right < columns and row not in down[right] and (row, right) not in taken:
                right += 1
            bottom = row + 1
            while bottom < rows and not any(at in across[bottom] for at in range(column, right)):
                bottom += 1
            taken.update((r, c) for r in range(row, bottom) for c in range(column, right))
            areas.append((row, column, bottom, right))
    return tuple(areas)


def _hanging(grid: _Grid, glyphs: Iterable[Glyph]) -> frozenset[Glyph]:
    """Return the characters that hang out of cells which the page's end leaves without a floor.

    Chromium cuts a tall cell between its lines of text, yet ends its borders with the row beside.
    """
    if not grid.unclosed:
        return frozenset()
    below = frozenset(
        glyph
        for glyph in glyphs
        if 0 <= glyph.centre - grid.ys[-1] < _OVERHANG * glyph.size
        and grid.xs[0] <= glyph.left < grid.xs[-1]
    )
    fit = all(bisect(grid.xs, glyph.left) - 1 in grid.unclosed for glyph in below)
    return below if fit else frozenset()


def _table(grid: _Grid, glyphs: Iterable[Glyph]) -> Table:
    owner = {
        (row, column): index
        for index, (top, left, bottom, right) in enumerate(grid.areas)
        for row in range(top, bottom)
        for column in range(left, right)
    }
    inside: list[list[Glyph]] = [[] for _ in grid.areas]
    for glyph in glyphs:
        column = bisect(grid.xs, (glyph.left + glyph.right) / 2) - 1
        row = min(bisect(grid.ys, glyph.centre), len(grid.ys) - 1) - 1
        inside[owner[row, column]].append(glyph)
    cells = tuple(
        _cell(area, grid.xs[area[3]] - grid.xs[area[1]], some)
        for area, some in zip(grid.areas, inside, strict=True)
    )
    return Table(cells, grid.xs, grid.ys[0], grid.ys[-1])


def _cell(area: _Area, width: float, glyphs: Iterable[Glyph]) -> Cell:
    found = lines(glyphs)
    text = ""
    for index, line in enumerate(found):
        cut = index and _fills(found[index - 1], width) and _goes_on(text, line.text)
        text += line.text if cut else "\n" + line.text
    return Cell(*area, one_line(text), bool(found) and _fills(found[-1], width))


def _fills(line: Line, width: float) -> bool:
    """Tell whether a line is as long as a cell of this width lets it be."""
    return width - (line.right - line.left) < _PADDING + line.size


def _goes_on(above: str, below: str) -> bool:
    """Tell whether two lines are one number: a narrow cell breaks numbers, and blanks do not."""
    return above[-1:].isdigit() and below[:1].isascii() and below[:1] in "0123456789.,%"
