"""Tables that come flattened into lines: found among the prose, and laid out in rows again.

Three ways of flattening are read: cells between tabs or runs of blanks on one line; one cell a
line, rows set apart by blank lines and cells opened by a tab; one cell a line with nothing but
the order. What a cell means is no business of this module.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from .. import lexicon
from ..schema import Table
from ..text import fold, squeeze
from .lines import Line

_UNITS = "条件次篇人个万元元项份场期起名家部"
_VALUE = re.compile(
    rf"(?:[-+]?[\d,]*\d(?:\.\d+)?(?: ?(?:{'|'.join(_UNITS)}|万元|人次))?|[-—–一/\\]{{1,4}}|[-—]+|无|空|不适用|N/?A)\Z",
    re.IGNORECASE,
)
_UNIT = re.compile(rf"[{_UNITS}]|万元|亿元|人次|人[(]次[)]|单位|统计数")
_CAPTION = re.compile(
    r"(?:.{0,30}(?:统计表|情况表)|[(]?\d{4}年?度?[)]?|填报单位.*|填表单位.*|单位:.{1,8}|附[件表] ?[\d一二三]*:?|[(]?本列数据的?勾稽关系.{0,50})\Z"
)
_NUMBERING = re.compile(
    r"(?:[(]?[一二三四五六七八九十]+[)、.]|[(]?\d{1,2}[)、.](?!\d)|其中:?|[:、.])+"
)
_NOTE = re.compile(r"[(][^()]*[)]")
_SENTENCE = re.compile(r"[。;；!?！？]|[,，].*[,，].*[,，]")
_CELL_BREAK = re.compile(r"\t| {2,}|[\u3000\xa0]{2,}")
_PART = re.compile(r"[一二三四五六七八九十]{1,2} ?[、.]")
_PART_HEADING = re.compile(r"[一二三四五六七八九十]{1,2} ?[、.].{0,20}(?:情况|事项|措施|问题)\Z")
_MAX_GAP = 2  # lines of unknown text that may stand between two known cells
_MAX_CELL = 60  # characters of an unknown cell; the longest official label has 49
_MAX_LINE = 400  # characters of a line of cells
_MIN_CELLS = 3  # values needed before lines count as a table: a lone 无 or figure is prose


@cache
def _labels() -> frozenset[str]:
    official = (
        part for row in lexicon.table("indicators") for part in re.split("[/|]", row["label"])
    )
    return frozenset(map(bare_label, (*official, *lexicon.column("form_labels", "label")))) - {""}


@cache
def _markers() -> dict[str, str]:
    return lexicon.mapping("form_markers", "marker", "form")


@lru_cache(maxsize=8192)
def bare_label(text: str) -> str:
    """Return a label folded, without blanks, numbering, notes in brackets and 其中."""
    return _unnumbered(_NOTE.sub("", squeeze(text))).rstrip(":,")


def _unnumbered(label: str) -> str:
    number = _NUMBERING.match(label)
    return label[number.end() :] if number else label


def is_value(text: str) -> bool:
    """Tell whether a folded cell holds a number, a mark for none, or a lone unit."""
    return bool(_VALUE.match(text) or _UNIT.fullmatch(text))


def cells(text: str) -> list[str]:
    """Return the cells of a line, raw or folded, outer blank ones dropped; of prose, one cell."""
    parts = [part.strip() for part in _CELL_BREAK.split(text.strip())]
    if len(parts) > 1 and not _SENTENCE.search(text):
        return parts
    words = text.split()
    tail = len(words)
    while tail and is_value(fold(words[tail - 1])):
        tail -= 1
    if len(words) - tail >= 2 and len(text) <= _MAX_LINE:
        return ([" ".join(words[:tail])] if tail else []) + words[tail:]
    return parts


def find(lines: list[Line]) -> list[range]:
    """Return the ranges of `lines` that hold tables, in order, captions included."""
    rows = [_row(line) for line in lines]
    kinds = [_kind(line, row) for line, row in zip(lines, rows, strict=True)]
    found: list[range] = []
    at = 0
    while at < len(lines):
        if kinds[at] in ("row", "value", "label"):
            end = _extent(lines, kinds, at)
            if _is_table(kinds[at:end], rows[at:end]):
                found.append(range(_caption(lines, at, found), end))
            at = max(end, at + 1)  # where the whole run is no table, no part of it is
        else:
            at += 1
    return found


def _row(line: Line) -> list[str]:
    prose = not line.text or "。" in line.text or len(line.text) > _MAX_LINE
    return [] if prose else cells(line.raw)


def _kind(line: Line, row: list[str]) -> str:
    if not line.text:
        return "blank"
    if is_value(line.text):
        return "value"
    if not row:
        return "prose"
    if bare_label(line.text) in _labels():
        return "label"
    if len(row) > 1 and sum(map(_is_cell, row)) * 2 >= len(row):
        return "row"
    return "prose" if len(line.text) > _MAX_CELL or _SENTENCE.search(line.text) else "short"


@lru_cache(maxsize=8192)
def _is_cell(text: str) -> bool:
    folded = squeeze(text)
    return not folded or is_value(folded) or bare_label(folded) in _labels()


def _extent(lines: list[Line], kinds: list[str], start: int) -> int:
    """Return the end of the run of cells from `start`, bridging a few unknown short lines."""
    end, unknown = start, 0
    for at in range(start, len(lines)):
        if kinds[at] in ("row", "value", "label"):
            end, unknown = at + 1, 0
        elif kinds[at] == "short":
            unknown += 1
        if kinds[at] == "prose" or unknown > _MAX_GAP or _opens_part(lines[at].text):
            break
    while end > start + 1 and kinds[end - 1] == "label" and _PART.match(lines[end - 1].text):
        end -= 1  # 二、主动公开情况 after the last cell heads a part of the report
    return end


def _opens_part(text: str) -> bool:
    """A heading of one of the report's parts ends a table, though it looks like a block label."""
    return bool(_PART_HEADING.match(text)) and bare_label(text) not in _labels()


def _is_table(kinds: list[str], rows: list[list[str]]) -> bool:
    """Lines are a table when they hold a few values and at least two official labels."""
    whole = [row for kind, row in zip(kinds, rows, strict=True) if kind == "row"]
    values = kinds.count("value") + sum(len(row) - 1 for row in whole)
    known = kinds.count("label") + sum(
        bare_label(cell) in _labels() for row in whole for cell in row
    )
    return values >= _MIN_CELLS and known >= 2


def _caption(lines: list[Line], start: int, found: list[range]) -> int:
    """Return where the table's own caption begins: 统计表, （2018年度）, 填报单位."""
    floor = found[-1].stop if found else 0
    at = first = start
    while at > floor and start - at <= 8:
        at -= 1
        if lines[at].text and not _CAPTION.match(lines[at].text.replace(" ", "")):
            break
        if lines[at].text:
            first = at
    return first


def table(lines: list[Line], index: int) -> Table:
    """Lay out the lines of one table in rows."""
    rows = _rows_by_tabs(lines) if _opens_cells_by_tabs(lines) else _rows_by_labels(lines)
    return Table(index, _form(rows), tuple(tuple(row) for row in rows))


def _opens_cells_by_tabs(lines: list[Line]) -> bool:
    visible = [line for line in lines if line.text]
    return sum(
        line.raw.startswith("\t") and len(cells(line.raw)) == 1 for line in visible
    ) * 2 > len(visible)


def _rows_by_tabs(lines: list[Line]) -> list[list[str]]:
    """A tab opens a cell (also a blank one), a line without one goes on, an empty line ends a row."""
    rows: list[list[str]] = []
    row: list[str] = []
    for line in lines:
        if line.raw.startswith("\t"):
            row.append(line.raw.strip())
        elif line.text and row:
            row[-1] += line.raw.strip()
        elif line.text:
            rows.append([line.raw.strip()])
        elif row:
            rows.append(row)
            row = []
    return [*rows, row] if row else rows


def _rows_by_labels(lines: list[Line]) -> list[list[str]]:
    """A line of several cells is a row; of lines with one cell, whatever is no value opens a row."""
    rows: list[list[str]] = []
    for line in lines:
        if not line.text:
            continue
        row = line.raw.split("\t") if "\t" in line.raw.strip() else cells(line.raw)
        row = [cell.strip() for cell in row]
        if len(row) == 1 and rows and is_value(squeeze(row[0])):
            rows[-1].append(row[0])
        elif len(row) == 1 and rows and len(rows[-1]) == 1 and _NOTE.fullmatch(line.text):
            rows[-1][0] += row[0]
        else:
            rows.append(row)
    return rows


def _form(rows: list[list[str]]) -> str | None:
    votes = Counter(
        form for row in rows for cell in row if (form := _markers().get(bare_label(cell)))
    )
    return votes.most_common(1)[0][0] if votes else None
