"""Prints a report to PDF with every line, rule and page end placed by us.

LibreOffice and Chromium print what they like; here a test says where a page cuts a table, what
happens to the row that is cut, and how the rules are drawn.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from forge.model import Authored, Block, Form
from forge.words import Placed, column_weights, header_rows, placed


@dataclass(frozen=True, slots=True)
class Manner:
    """How a report is printed.

    ``cut_after_rows`` and ``cut_inside_row`` end a page in the long tables (those of more than
    ``LONG`` rows; row 0 is their first). The label of a row cut inside is parted between the pages;
    its ``figures`` stand on the ``upper`` or the ``lower`` one. ``rules`` are ``strokes``, ``bars``
    (thin filled rectangles) or ``boxes`` (a rectangle a cell). ``figures_at`` is where figures stand
    beside a label of several lines: ``top``, ``middle`` or ``bottom``. ``mark`` is the page mark.
    ``turned`` pages lie on their side under /Rotate 90.
    """

    name: str
    rules: str = "strokes"
    open_sides: bool = False
    shaded: bool = False
    justified: bool = True
    fake_bold: bool = False
    cut_after_rows: tuple[int, ...] = ()
    cut_inside_row: int | None = None
    figures: str = "upper"
    figures_at: str = "middle"
    repeated_header: bool = False
    vertical_labels: bool = False
    narrow_labels: bool = False
    mark: str = "- {page} -"
    running_head: bool = False
    turned: bool = False


MANNERS = (
    Manner("strokes"),
    Manner("bars", rules="bars", mark="第 {page} 页 共 {pages} 页", fake_bold=True),
    Manner("boxes", rules="boxes", justified=False, mark="— {page} —", running_head=True),
    Manner("open_sides", open_sides=True, narrow_labels=True, mark="{page}"),
    Manner("shaded", rules="bars", shaded=True, mark="", justified=False),
    Manner("vertical", vertical_labels=True, fake_bold=True, running_head=True),
    Manner("cut_after", cut_after_rows=(9, 17), mark="第{page}页"),
    Manner("cut_after_header", cut_after_rows=(12,), repeated_header=True, rules="bars"),
    Manner("cut_group", cut_after_rows=(14, 22), vertical_labels=True, rules="boxes"),
    Manner("cut_inside_upper", cut_inside_row=15, mark="-{page}-", narrow_labels=True),
    Manner("cut_inside_lower", cut_inside_row=8, figures="lower", rules="bars"),
    Manner("cut_inside_header", cut_inside_row=11, figures="lower", repeated_header=True),
    Manner("figures_top", narrow_labels=True, figures_at="top", rules="boxes"),
    Manner("figures_bottom", narrow_labels=True, figures_at="bottom", mark="{page}/{pages}"),
    Manner("turned", turned=True, repeated_header=True),
    Manner("turned_cut", turned=True, cut_after_rows=(10,), rules="bars", open_sides=True),
)

LONG = 20  # rows: only part 三 and the table of 2014 have more
_A4 = (595.0, 842.0)  # points
_MARGIN = 75.0
_BODY, _TITLE, _SMALL = 15.0, 20.0, 9.0  # sizes of type
_PAD = 3.0  # between a rule and the text beside it
_HANGING = "，。；：、！？）》”"  # may stand in the margin rather than open a line
_TOKEN = re.compile(r"[0-9A-Za-z.,%:/@-]+|[^\n]")


# ---------------------------------------------------------------------------------------------
# Fonts


def fonts() -> tuple[str, ...]:
    """Return the names of the fonts this machine can print with.

    ``song`` is named in the file and not embedded, as old converters do; ``embedded`` is a subset
    of an installed font and may be missing.
    """
    return ("song", "embedded") if _installed_font() else ("song",)


def _installed_font() -> str | None:
    """Return the file of a Chinese font with TrueType outlines: reportlab embeds no others."""
    if shutil.which("fc-list") is None:
        return None
    wanted = ["fc-list", ":lang=zh-cn:fontformat=TrueType", "-f", "%{file}\n"]
    files = subprocess.run(wanted, capture_output=True, text=True, check=True).stdout.split("\n")
    return min(filter(None, files), default=None)


def _register(font: str) -> str:
    """Return reportlab's name of a font, loaded on first use."""
    name = {"song": "STSong-Light", "embedded": "Embedded"}[font]
    if name not in pdfmetrics.getRegisteredFontNames():
        known = UnicodeCIDFont(name) if font == "song" else TTFont(name, _installed_font())
        pdfmetrics.registerFont(known)
    return name


# ---------------------------------------------------------------------------------------------
# What stands on a page


@dataclass(frozen=True, slots=True)
class _Words:
    x: float
    y: float
    text: str
    size: float
    spacing: float = 0.0
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle, filled with a grey or, without one, outlined; flat ones are rules."""

    left: float
    bottom: float
    right: float
    top: float
    grey: float | None = None


@dataclass(slots=True)
class _Page:
    boxes: list[_Box] = field(default_factory=list)
    words: list[_Words] = field(default_factory=list)


def write(report: Authored, manner: Manner, font: str = "song") -> bytes:
    """Return the report as PDF: the same bytes for the same report, manner and font."""
    size = _A4[::-1] if manner.turned else _A4
    layout = _Layout(manner, _register(font), size)
    for block in report.blocks:
        layout.add(block)
    head = report.title if manner.running_head else ""
    layout.frame(head)
    return _rendered(layout, size)


# ---------------------------------------------------------------------------------------------
# Layout


class _Layout:
    """Puts blocks on pages, from the top down."""

    def __init__(self, manner: Manner, font: str, size: tuple[float, float]) -> None:
        self.manner = manner
        self.font = font
        self.width, self.height = size
        self.inside = self.width - 2 * _MARGIN
        self.pages: list[_Page] = []
        self.y = 0.0
        self.turn()

    def turn(self) -> None:
        """Begin a page."""
        self.pages.append(_Page())
        self.y = self.height - _MARGIN

    def has_room(self, height: float) -> bool:
        return self.y - height >= _MARGIN

    def add(self, block: Block) -> None:
        if block.form is not None:
            self.y -= _SMALL
            _Table(self, block.form).add()
            self.y -= _SMALL
        elif block.kind == "title":
            self._centred(block.text, _TITLE)
        elif block.kind == "caption":
            self._centred(block.text, _BODY)
        elif block.kind == "sign-off":
            self._line(self.width - _MARGIN - self.breadth(block.text, _BODY), block.text, _BODY)
        else:
            self._paragraph(block.text, is_bold=block.kind == "heading")

    def frame(self, head: str) -> None:
        """Add page marks and running heads, now that the number of pages is known."""
        for number, page in enumerate(self.pages, start=1):
            mark = self.manner.mark.format(page=number, pages=len(self.pages))
            page.words.append(self._middle(mark, _MARGIN / 2))
            if head:
                page.words.append(self._middle(head, self.height - _MARGIN / 2))
                rule = self.height - _MARGIN / 2 - 4
                page.boxes.append(_Box(_MARGIN, rule, self.width - _MARGIN, rule))

    def breadth(self, text: str, size: float) -> float:
        return float(pdfmetrics.stringWidth(text, self.font, size))

    def wrapped(self, text: str, size: float, room: float, indent: float = 0.0) -> list[str]:
        """Cut a text into lines. Numbers stay whole and punctuation hangs."""
        lines, line, left = [], "", room - indent
        for token in _TOKEN.findall(text):
            if line and token not in _HANGING and self.breadth(line + token, size) > left:
                lines.append(line)
                line, left = "", room
            line += token
        return [*lines, line]

    def _middle(self, text: str, y: float) -> _Words:
        return _Words((self.width - self.breadth(text, _SMALL)) / 2, y, text, _SMALL)

    def _line(
        self, x: float, text: str, size: float, spacing: float = 0.0, is_bold: bool = False
    ) -> None:
        leading = 1.8 * size
        if not self.has_room(leading):
            self.turn()
        self.y -= leading
        is_bold = is_bold and self.manner.fake_bold
        self.pages[-1].words.append(_Words(x, self.y, text, size, spacing, is_bold))

    def _centred(self, text: str, size: float) -> None:
        for line in self.wrapped(text, size, self.inside):
            x = (self.width - self.breadth(line, size)) / 2
            self._line(x, line, size, is_bold=size == _TITLE)

    def _paragraph(self, text: str, is_bold: bool) -> None:
        indent = 2 * _BODY
        lines = self.wrapped(text, _BODY, self.inside, indent)
        for number, line in enumerate(lines):
            is_last = number + 1 == len(lines)
            spare = self.inside - indent - self.breadth(line, _BODY)
            spacing = 0.0 if is_last or not self.manner.justified else spare / (len(line) - 1)
            self._line(_MARGIN + indent, line, _BODY, max(spacing, 0.0), is_bold)
            indent = 0.0


@dataclass(frozen=True, slots=True)
class _Band:
    """A row, or the ``upper`` or ``lower`` part of the row that a page cuts inside."""

    row: int
    height: float
    part: str = ""


class _Table:
    """Puts one table on the pages of a layout.

    A table is bands; a page holds some of them, its fragment. A cell that reaches over a page end
    has its lines shared out between fragments.
    """

    def __init__(self, layout: _Layout, form: Form) -> None:
        self._layout = layout
        self._manner = layout.manner
        self._grid = placed(form)
        self._is_long = len(self._grid) > LONG
        self._header = header_rows(form)
        self._edges = self._column_edges()
        self._cells = tuple(dict.fromkeys(cell for row in self._grid for cell in row))
        self._lines = {cell: self._cell_lines(cell) for cell in self._cells}
        self._bands = tuple(self._cut_bands())

    def add(self) -> None:
        if not self._layout.has_room(self._height_to_first_cut()):
            self._layout.turn()
        fragments = list(self._fragments())
        for number, fragment in enumerate(fragments):
            if number:
                self._layout.turn()
                if self._manner.repeated_header:
                    header = [band for band in self._bands if band.row < self._header]
                    self._draw(header, [header])
            self._draw(fragment, fragments)

    def _column_edges(self) -> list[float]:
        weights = column_weights(self._grid)
        if self._manner.narrow_labels:
            labels = [c for c in range(len(weights)) if not self._grid[-1][c].is_figure]
            weights = [4.0 if c in labels else weight for c, weight in enumerate(weights)]
        scale = self._layout.inside / sum(weights)
        return [_MARGIN + scale * sum(weights[:c]) for c in range(len(weights) + 1)]

    def _cell_lines(self, cell: Placed) -> list[str]:
        if cell.is_figure:
            return [cell.text]
        is_header = cell.row < self._header
        if self._manner.vertical_labels and cell.rowspan > 2 and not is_header:
            return list(cell.text.replace("\n", ""))
        room = self._edges[cell.column + cell.colspan] - self._edges[cell.column] - 2 * _PAD
        lines = [
            line
            for part in cell.text.split("\n")
            for line in self._layout.wrapped(part, _SMALL, room)
        ]
        if self._is_cut(cell.row) and cell.rowspan == 1 and len(lines) == 1 and cell.text:
            half = (len(cell.text) + 1) // 2
            return [cell.text[:half], cell.text[half:]]
        return lines

    def _is_cut(self, row: int) -> bool:
        return self._is_long and row == self._manner.cut_inside_row

    def _row_heights(self) -> list[float]:
        heights = [0.0] * len(self._grid)
        for cell in sorted(self._cells, key=lambda cell: cell.rowspan):
            last = cell.row + cell.rowspan - 1
            missing = _needed(self._lines[cell]) - sum(heights[cell.row : last + 1])
            heights[last] += max(missing, 0.0)
        return heights

    def _cut_bands(self) -> Iterator[_Band]:
        for row, height in enumerate(self._row_heights()):
            if not self._is_cut(row):
                yield _Band(row, height)
                continue
            lines = max(len(self._lines[cell]) for cell in self._grid[row] if cell.rowspan == 1)
            half = _needed([""] * ((lines + 1) // 2))
            yield _Band(row, half, "upper")
            yield _Band(row, half, "lower")

    def _ends_page(self, band: _Band) -> bool:
        cuts = self._manner.cut_after_rows if self._is_long else ()
        return band.part == "upper" or (band.row in cuts and band is not self._bands[-1])

    def _height_to_first_cut(self) -> float:
        """Return the height that must fit for the first cut to be where it is asked for."""
        height = 0.0
        for band in self._bands:
            height += band.height
            if self._ends_page(band):
                return height
        return self._bands[0].height

    def _fragments(self) -> Iterator[list[_Band]]:
        """Yield the bands of each page: cut where the manner says or where a page is full."""
        header = sum(band.height for band in self._bands if band.row < self._header)
        page = self._layout.height - 2 * _MARGIN - header * self._manner.repeated_header
        fragment: list[_Band] = []
        left = self._layout.y - _MARGIN
        for band in self._bands:
            if fragment and band.height > left:
                yield fragment
                fragment, left = [], page
            fragment.append(band)
            left -= band.height
            if self._ends_page(band):
                yield fragment
                fragment, left = [], page
        yield fragment

    def _draw(self, fragment: list[_Band], fragments: Sequence[list[_Band]]) -> None:
        layout, page = self._layout, self._layout.pages[-1]
        tops = {
            band: layout.y - sum(b.height for b in fragment[:n]) for n, band in enumerate(fragment)
        }
        for cell in self._cells:
            bands = _within(cell, fragment)
            if not bands:
                continue
            bottom = tops[bands[-1]] - bands[-1].height
            left, right = (self._edges[cell.column + n] for n in (0, cell.colspan))
            box = _Box(left, bottom, right, tops[bands[0]])
            page.boxes.extend(self._ruled(box, is_header=cell.row < self._header))
            page.words.extend(self._set(cell, self._share(cell, fragment, fragments), box))
        layout.y -= sum(band.height for band in fragment)

    def _share(
        self, cell: Placed, fragment: list[_Band], fragments: Sequence[list[_Band]]
    ) -> list[str]:
        """Return the lines of a cell that stand in a fragment."""
        lines = self._lines[cell]
        reached = [(f, _within(cell, f)) for f in fragments if _within(cell, f)]
        if len(reached) == 1:
            return lines
        if cell.rowspan == 1:
            return self._share_of_cut_row(cell, is_upper=fragment is reached[0][0])
        at = 0
        for other, bands in reached:
            room = int((sum(band.height for band in bands) - 2 * _PAD) / _leading())
            if other is fragment:
                return lines[at:] if other is reached[-1][0] else lines[at : at + room]
            at += room
        raise AssertionError("a cell stands in no fragment")

    def _share_of_cut_row(self, cell: Placed, is_upper: bool) -> list[str]:
        lines = self._lines[cell]
        if cell.is_figure:
            return lines if is_upper == (self._manner.figures == "upper") else []
        half = (len(lines) + 1) // 2
        return lines[:half] if is_upper else lines[half:]

    def _ruled(self, box: _Box, is_header: bool) -> Iterator[_Box]:
        if self._manner.shaded:
            grey = 0.85 if is_header else 1.0
            yield _Box(box.left, box.bottom, box.right, box.top, grey)
        if self._manner.rules == "boxes":
            yield box
            return
        yield _Box(box.left, box.top, box.right, box.top)
        yield _Box(box.left, box.bottom, box.right, box.bottom)
        for x in (box.left, box.right):
            if not (self._manner.open_sides and x in (self._edges[0], self._edges[-1])):
                yield _Box(x, box.bottom, x, box.top)

    def _set(self, cell: Placed, lines: list[str], box: _Box) -> Iterator[_Words]:
        spare = box.top - box.bottom - _needed(lines)
        at = self._manner.figures_at if cell.is_figure else "middle"
        y = box.top - _PAD - spare * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[at]
        is_centred = cell.is_figure or cell.rowspan > 1 or cell.row < self._header
        is_bold = self._manner.fake_bold and cell.row < self._header
        for line in lines:
            y -= _leading()
            free = box.right - box.left - self._layout.breadth(line, _SMALL)
            x = box.left + (free / 2 if is_centred else _PAD)
            yield _Words(x, y + 0.25 * _SMALL, line, _SMALL, 0.0, is_bold)


def _leading() -> float:
    return 1.3 * _SMALL


def _needed(lines: Sequence[str]) -> float:
    return len(lines) * _leading() + 2 * _PAD


def _within(cell: Placed, fragment: list[_Band]) -> list[_Band]:
    return [band for band in fragment if cell.row <= band.row < cell.row + cell.rowspan]


# ---------------------------------------------------------------------------------------------
# Rendering


def _rendered(layout: _Layout, size: tuple[float, float]) -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1)
    for page in layout.pages:
        if layout.manner.turned:
            canvas.setPageRotation(90)  # reportlab then swaps the sides of the page
            canvas.transform(0, 1, -1, 0, size[1], 0)
        rules_last = sorted(dict.fromkeys(page.boxes), key=lambda box: box.grey is None)
        for box in rules_last:
            _draw_box(canvas, box, as_bar=layout.manner.rules == "bars")
        for words in page.words:
            _draw_words(canvas, words, layout.font)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw_box(canvas: Canvas, box: _Box, as_bar: bool) -> None:
    canvas.setLineWidth(0.5)
    width, height = box.right - box.left, box.top - box.bottom
    if box.grey is not None:
        canvas.setFillGray(box.grey)
        canvas.rect(box.left, box.bottom, width, height, stroke=0, fill=1)
        canvas.setFillGray(0)
    elif width and height:
        canvas.rect(box.left, box.bottom, width, height)
    elif as_bar:
        thin = 0.48  # as Word prints a rule of half a point
        canvas.rect(box.left, box.bottom, max(width, thin), max(height, thin), stroke=0, fill=1)
    else:
        canvas.line(box.left, box.bottom, box.right, box.top)


def _draw_words(canvas: Canvas, words: _Words, font: str) -> None:
    canvas.setFont(font, words.size)
    for shift in (0.0, 0.3) if words.is_bold else (0.0,):
        canvas.drawString(words.x + shift, words.y, words.text, charSpace=words.spacing)
