"""The columns of a form: what the header rows say stands below them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from .. import catalogue
from . import labels, values

Row = Sequence[str]

# Labels that head rows as well: alone they name no column.
_ALSO_ROWS = frozenset({"总计", "其他"})
# Columns that hold no figure.
_LABELS = frozenset(labels.key(text) for text in labels.STRUCTURE[-1:]) | {"统计指标", "信息内容"}
_ASIDE = frozenset({"单位", "序号", "备注"})
_GROUPS = frozenset({"申请人情况", "法人或其他组织"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: its place, its printed label, and that label with those above it."""

    index: int
    text: str
    steps: tuple[str, ...]
    unit: str | None

    @property
    def is_known(self) -> bool:
        """Whether the form has a column of this label, or the only column needs none."""
        return not self.steps or self.steps[-1] in labels.official()

    def unknown(self) -> Column:
        """Return the column with its own text for a label, which no form has."""
        return replace(self, steps=(labels.key(self.text) or "?",))

    @property
    def applicant(self) -> str | None:
        """The id of the kind of applicant that the column counts."""
        return labels.APPLICANTS.get(self.steps[-1]) if self.steps else None


_BLOCKS = re.compile("|".join(sorted(_GROUPS)))
_PLAIN = re.compile("(?:本年度?)?(?:统计)?(?:数[量据值字额]?|件数|总数)?|合计|数量及单位")
_DISPUTES = (("行政复议",), ("行政诉讼", "未经复议直接起诉"), ("行政诉讼", "复议后起诉"))
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
MATRICES = (
    tuple(Column(-1, name, (name,), None) for name in labels.APPLICANTS),
    tuple(Column(-1, end, (*block, end), None) for block in _DISPUTES for end in _OUTCOMES),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns under one header: those of figures, those aside, and how many there are."""

    figures: tuple[Column, ...]
    aside: frozenset[int]
    width: int

    @property
    def others(self) -> frozenset[int]:
        """Return the places that hold no label of a row."""
        return self.aside | {column.index for column in self.figures if column.is_known}


@cache
def _heads() -> frozenset[str]:
    """Labels that head columns: the last step of part 二, the steps of the matrices."""
    part_two = {
        labels.key(path[-1])
        for indicator in catalogue.indicators()
        for path in indicator.paths
        if labels.is_item(path[0])
    }
    matrices = {step for matrix in MATRICES for column in matrix for step in column.steps}
    return frozenset(part_two | matrices | set(labels.STRUCTURE) | _LABELS)


def is_header(row: Row, *, begun: bool = False) -> bool:
    """Tell whether a row names columns: it holds labels of columns and no figure.

    ``begun`` says that the row before was one. A lone 总计 or 其他 heads a column only there:
    elsewhere it is a row's label.
    """
    if has_figures(row):
        return False
    steps = [step for cell in row for step in labels.find(cell)]
    heads = [step for step in steps if step in _heads()]
    if len(heads) >= 2 or any(step in _LABELS for step in steps):
        return True
    if sum(map(_is_foreign, row)) >= 2:
        return True  # the columns of some other table: 项目 | 2017年 | 2018年
    return len(heads) == len(steps) == 1 and (begun or heads[0] not in _ALSO_ROWS)


def _is_foreign(cell: str) -> bool:
    """Tell whether a cell holds words of which no official form has any."""
    words = values.parse(cell) is None and not values.is_unit(cell)
    return words and not labels.find(cell) and not any(map(labels.is_piece, cell.split()))


def has_figures(row: Row) -> bool:
    """Tell whether a cell of a row holds a number."""
    return any((value := values.parse(cell)) and value.number is not None for cell in row)


def read(header: Sequence[Row]) -> Columns:
    """Return the columns that consecutive header rows name.

    The label of a column is the lowest text in it; the labels above are the nearest to the left,
    since merged cells show their text in the first column they cover. Where the columns of a
    matrix were lost, but its header is there to the letter, the columns are the matrix's own.
    """
    shown = [cell for row in header for cell in row if not values.is_blank(cell)]
    listed = len(header) > 1 and len(shown) == len(header)  # one cell a line
    placed = _placed([shown] if listed else header)
    letters = _BLOCKS.sub("", labels.words("".join(shown)))
    for matrix in MATRICES:
        lost = listed or not (_is_drawn(header) or _has(placed, matrix))
        if lost and _spells(letters, matrix):
            return Columns(matrix, frozenset(), 0)
    return placed


def _is_drawn(header: Sequence[Row]) -> bool:
    """Tell whether several rows are as wide, so that cells stand below each other not by chance."""
    return len(header) > 1 and len({len(row) for row in header}) == 1


def _is_plain(column: Column, figures: Sequence[Column]) -> bool:
    """Tell whether an unknown column is the only one, and says no more than that it has figures."""
    return len(figures) == 1 and bool(_PLAIN.fullmatch(labels.words(column.text)))


def _has(placed: Columns, matrix: tuple[Column, ...]) -> bool:
    """Tell whether every column of a matrix stands once among those found."""
    tails = [
        column.steps[-len(wanted.steps) :] == wanted.steps
        for wanted in matrix
        for column in placed.figures
    ]
    return sum(tails) == len(matrix)


def _placed(header: Sequence[Row]) -> Columns:
    width = max(map(len, header))
    figures, aside = [], set()
    for index in range(width):
        text, steps = _label(header, index)
        leaf = steps[-1] if steps else ""
        if leaf in _ASIDE:
            aside.add(index)
        elif text and leaf not in _LABELS and leaf not in _GROUPS:
            figures.append(Column(index, text, steps, values.unit_in(text)))
    figures = [c if c.steps or _is_plain(c, figures) else c.unknown() for c in figures]
    return Columns(tuple(figures), frozenset(aside), width)


def _spells(text: str, matrix: tuple[Column, ...]) -> bool:
    """Tell whether a text has all the characters of a matrix's labels, however they were torn."""
    blocks = dict.fromkeys(step for column in matrix for step in column.steps[:-1])
    leaves = (column.steps[-1] for column in matrix)
    return Counter("".join((*blocks, *leaves))) <= Counter(text)


def _label(header: Sequence[Row], index: int) -> tuple[str, tuple[str, ...]]:
    own = [(n, row[index]) for n, row in enumerate(header) if _shows(row, index)]
    if not own:
        return "", ()
    at, text = own[-1]
    leaf = labels.find(text)
    drawn = _is_drawn(header)
    for n, above in reversed(own[:-1]):  # a label broken over two rows: 商业企 | 业
        if leaf or not drawn:
            break
        at, text = n, above + text
        leaf = labels.find(text)
    if not leaf:
        return text, ()
    return text, (*(step for row in header[:at] for step in _nearest(row, index)), *leaf)


def _nearest(row: Row, index: int) -> tuple[str, ...]:
    for left in range(min(index, len(row) - 1), -1, -1):
        if _shows(row, left):
            return labels.find(row[left])
    return ()


def _shows(row: Row, index: int) -> bool:
    return index < len(row) and not values.is_blank(row[index])
