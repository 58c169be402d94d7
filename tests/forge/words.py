"""Writes a report as a Word document, in the manners Word and WPS files are found in.

The package, its styles and its numbering come from python-docx; the body is our own XML
(ECMA-376 part 1, section 17), because python-docx writes none of the structures that matter here.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from random import Random
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as Package
from docx.oxml.parser import parse_xml
from docx.shared import Cm, Pt

from forge.forms import Answer, Local, spread
from forge.model import Authored, Block, Form


@dataclass(frozen=True, slots=True)
class Manner:
    """How a report is written in Word.

    ``control`` is what a content control wraps: ``table``, ``row``, ``cell`` or nothing.
    ``stacked`` breaks a label into paragraphs of its cell; ``scattered`` cuts text into many runs.
    ``numbering`` is where automatic numbers of headings are asked for: ``paragraph``, ``style`` or
    nowhere. ``indent`` is how paragraphs are set in: ``blanks`` (U+3000) or ``format``.
    """

    name: str
    merged: bool = True
    control: str = ""
    numbering: str = ""
    boxed_title: bool = False
    revised: bool = False
    scattered: bool = False
    stacked: bool = False
    repeated_header: bool = False
    indent: str = "blanks"


MANNERS = (
    Manner("unmerged", merged=False),
    Manner("merged", indent="format"),
    Manner("controls", control="table"),
    Manner("row_controls", control="row", indent="format", repeated_header=True),
    Manner("cell_controls", control="cell", stacked=True),
    Manner("numbered", numbering="paragraph", indent="format"),
    Manner("numbered_styles", numbering="style", boxed_title=True),
    Manner("boxed_title", boxed_title=True, repeated_header=True),
    Manner("revised", revised=True, indent="format"),
    Manner("scattered", scattered=True, stacked=True),
    Manner(
        "everything",
        control="table",
        numbering="style",
        boxed_title=True,
        revised=True,
        scattered=True,
        indent="format",
    ),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell of a form at its place in the grid."""

    text: str
    row: int
    column: int
    rowspan: int
    colspan: int
    is_figure: bool


Placing = tuple[tuple[Placed, ...], ...]


def placed(form: Form) -> Placing:
    """Return the grid of a form: at every row and column the cell that covers it."""
    grid = spread(form)
    found: dict[int, Placed] = {}
    for row, line in enumerate(grid):
        for column, cell in enumerate(line):
            is_figure = isinstance(cell, Answer | Local)
            here = Placed(cell.text, row, column, cell.rowspan, cell.colspan, is_figure)
            found.setdefault(id(cell), here)
    return tuple(tuple(found[id(cell)] for cell in line) for line in grid)


def column_weights(grid: Placing) -> list[float]:
    """Return how wide the columns are to each other, by the longest text that is theirs alone."""
    weights = [3.0] * len(grid[0])
    for cell in {cell for row in grid for cell in row if cell.colspan == 1}:
        breadth = 1.5 + sum(0.6 if char.isascii() else 1.0 for char in cell.text)
        if not cell.is_figure:  # figures must not wrap, labels may
            breadth = min(breadth / (3 if cell.rowspan > 2 else 1), 9.0)
        weights[cell.column] = max(weights[cell.column], breadth)
    return weights


def header_rows(form: Form) -> int:
    """Return how many rows at the top of a form name its columns."""
    return max(cell.rowspan for cell in form.rows[0])


def write(report: Authored, manner: Manner) -> bytes:
    """Return the report as a Word document: the same bytes for the same report and manner."""
    package = Document()
    _set_page(package)
    if manner.numbering:
        _define_numbers(package, in_styles=manner.numbering == "style")
    body = package.element.body
    body.clear_content()
    written = parse_xml(f"<w:body {_NAMESPACES}>{_Writer(report, manner).body()}</w:body>")
    for position, element in enumerate(list(written)):
        body.insert(position, element)
    buffer = BytesIO()
    package.save(buffer)
    return _undated(buffer.getvalue())


_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
WITHDRAWN = "7390518"  # what tracked changes deleted, and no report states

_TEXT_WIDTH = 8800  # twentieths of a point between the margins of A4
_CELL_SIZE = 18  # half points
_NUMBER_ID = 90  # python-docx's template uses small ids
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)


def _set_page(package: Package) -> None:
    section = package.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.7)
    # LibreOffice forgets the look of runs inside a controlled cell, and their figures would wrap.
    normal = package.styles["Normal"].font
    normal.name, normal.size = "Times New Roman", Pt(_CELL_SIZE / 2)


def _define_numbers(package: Package, in_styles: bool) -> None:
    """Number headings 一、 and （一） by rule, so that no text holds the number."""
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{shape}"/><w:lvlJc w:val="left"/></w:lvl>'
        for level, shape in enumerate(("%1、", "（%2）"))
    )
    numbering = package.part.numbering_part.element
    numbering.insert(
        0,
        parse_xml(
            f'<w:abstractNum {_NAMESPACES} w:abstractNumId="{_NUMBER_ID}">'
            f'<w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        ),
    )
    numbering.append(
        parse_xml(
            f'<w:num {_NAMESPACES} w:numId="{_NUMBER_ID}">'
            f'<w:abstractNumId w:val="{_NUMBER_ID}"/></w:num>'
        )
    )
    if in_styles:
        for level in range(2):
            style = package.styles[f"Heading {level + 1}"].element
            asked = style.get_or_add_pPr().get_or_add_numPr()
            asked.get_or_add_ilvl().val = level
            asked.get_or_add_numId().val = _NUMBER_ID


def _number_properties(level: int, number_id: int = _NUMBER_ID) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>'


def _undated(archive: bytes) -> bytes:
    """Return the archive with one date for all members: zipfile writes the time of day."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _FIXED_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return buffer.getvalue()


_PRINTED_NUMBER = (
    re.compile(r"([一二三四五六七八九十]+)、"),
    re.compile(r"（([一二三四五六七八九十]+)）"),
)
_COUNT = ["", *"一二三四五六七八九", *(f"十{d}" for d in ("", *"一二三四五六七八九"))]


class _Numbers:
    """What Word would count, to let it number only where its number is the printed one."""

    def __init__(self) -> None:
        self._counts = [0, 0]

    def take(self, heading: str) -> tuple[int, str] | None:
        """Return the level and the text without number, or None where Word would count wrong."""
        for level, shape in enumerate(_PRINTED_NUMBER):
            match = shape.match(heading)
            if match is None or match[1] not in _COUNT:
                continue
            if _COUNT.index(match[1]) != self._counts[level] + 1:
                return None
            self._counts[level] += 1
            self._counts[level + 1 :] = [0] * (1 - level)
            return level, heading[match.end() :]
        return None


class _Writer:
    """The body of one document."""

    def __init__(self, report: Authored, manner: Manner) -> None:
        self._report = report
        self._manner = manner
        self._random = Random(f"{report.name} {manner.name}")
        self._ids = itertools.count(100)
        self._numbers = _Numbers()

    def body(self) -> str:
        return "".join(self._block(block) for block in self._report.blocks)

    def _block(self, block: Block) -> str:
        if block.form is not None:
            return self._table(block.form) + "<w:p/>"
        if block.kind == "title":
            return self._title(block.text)
        if block.kind == "heading":
            return self._heading(block.text)
        if block.kind == "paragraph":
            return self._indented(block.text)
        side = "right" if block.kind == "sign-off" else "center"
        return _paragraph(self._runs(block.text), f'<w:jc w:val="{side}"/>')

    def _title(self, text: str) -> str:
        inside = _paragraph(self._runs(text, size=44), '<w:jc w:val="center"/>')
        if not self._manner.boxed_title:
            return inside
        return _paragraph(f"<w:r>{_TEXT_BOX.replace('INSIDE', inside)}</w:r>")

    def _heading(self, text: str) -> str:
        counted = self._numbers.take(text) if self._manner.numbering else None
        by_style = self._manner.numbering == "style"
        if counted is not None:
            level, text = counted
            style = f'<w:pStyle w:val="Heading{level + 1}"/>'
            return _paragraph(self._runs(text), style if by_style else _number_properties(level))
        if by_style:  # a number typed by hand under a style that would add its own
            switched_off = '<w:pStyle w:val="Heading1"/>' + _number_properties(0, number_id=0)
            return _paragraph(self._runs(text), switched_off)
        return self._indented(text)

    def _indented(self, text: str) -> str:
        if self._manner.indent == "blanks":
            return _paragraph(self._runs("\u3000\u3000" + text))
        indent = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
        return _paragraph(self._runs(text), indent)

    def _table(self, form: Form) -> str:
        grid = placed(form)
        weights = column_weights(grid)
        widths = [int(_TEXT_WIDTH * weight / sum(weights)) for weight in weights]
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        repeated = header_rows(form) if self._manner.repeated_header else 0
        rows = "".join(
            self._row(cells, row, widths, row < repeated) for row, cells in enumerate(grid)
        )
        if self._manner.revised:
            rows += self._removed_row(widths)
        table = f"<w:tbl>{_TABLE_LOOK}<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
        return self._controlled("table", table)

    def _row(self, cells: tuple[Placed, ...], row: int, widths: list[int], repeated: bool) -> str:
        properties = "<w:trPr><w:tblHeader/></w:trPr>" if repeated else ""
        if self._manner.merged:
            written = (self._merged_cell(c, row, widths) for c in dict.fromkeys(cells))
        else:
            written = (self._single_cell(c, row, column, widths) for column, c in enumerate(cells))
        return self._controlled("row", f"<w:tr>{properties}{''.join(written)}</w:tr>")

    def _merged_cell(self, cell: Placed, row: int, widths: list[int]) -> str:
        width = sum(widths[cell.column : cell.column + cell.colspan])
        properties = f'<w:tcW w:w="{width}" w:type="dxa"/>'
        if cell.colspan > 1:
            properties += f'<w:gridSpan w:val="{cell.colspan}"/>'
        if row > cell.row:
            return _cell(properties + "<w:vMerge/>", "<w:p/>")
        if cell.rowspan > 1:
            properties += '<w:vMerge w:val="restart"/>'
        return self._controlled("cell", _cell(properties, self._cell_paragraphs(cell)))

    def _single_cell(self, cell: Placed, row: int, column: int, widths: list[int]) -> str:
        is_first = (cell.row, cell.column) == (row, column)
        properties = f'<w:tcW w:w="{widths[column]}" w:type="dxa"/>'
        content = self._cell_paragraphs(cell) if is_first else "<w:p/>"
        return self._controlled("cell", _cell(properties, content))

    def _cell_paragraphs(self, cell: Placed) -> str:
        lines = [cell.text]
        if self._manner.stacked and not cell.is_figure:
            half = len(cell.text) // 2
            lines = [*cell.text[:half].split("\n"), *cell.text[half:].split("\n")]
        return "".join(_paragraph(self._runs(line, size=_CELL_SIZE)) for line in lines)

    def _removed_row(self, widths: list[int]) -> str:
        deletion = f"<w:trPr>{self._marked('del')}</w:trPr>"
        cells = (
            _cell(f'<w:tcW w:w="{width}" w:type="dxa"/>', _paragraph(self._deleted(WITHDRAWN)))
            for width in widths
        )
        return f"<w:tr>{deletion}{''.join(cells)}</w:tr>"

    def _controlled(self, scope: str, inside: str) -> str:
        if scope != self._manner.control:
            return inside
        properties = f'<w:sdtPr><w:id w:val="{next(self._ids)}"/></w:sdtPr>'
        return f"<w:sdt>{properties}<w:sdtContent>{inside}</w:sdtContent></w:sdt>"

    def _runs(self, text: str, size: int = 32) -> str:
        number = re.search(r"\d+", text)
        if not self._manner.revised or number is None:
            return self._inserted_or_plain(text, size)
        before, after = text[: number.start()], text[number.end() :]
        corrected = self._inserted(self._plain(number[0], size))
        old = self._deleted(WITHDRAWN)
        return self._plain(before, size) + old + corrected + self._plain(after, size)

    def _inserted_or_plain(self, text: str, size: int) -> str:
        half = len(text) // 2
        if not self._manner.revised or half < 6:
            return self._plain(text, size)
        return self._plain(text[:half], size) + self._inserted(self._plain(text[half:], size))

    def _plain(self, text: str, size: int) -> str:
        runs = (_run(piece, size) for piece in self._pieces(text))
        return self._stray_mark().join(runs)

    def _pieces(self, text: str) -> list[str]:
        """Return the text whole, or cut as Word cuts it after many sessions of editing."""
        if not self._manner.scattered:
            return [text] if text else []
        pieces, at = [], 0
        while at < len(text):
            length = self._random.randint(1, 5)
            pieces.append(text[at : at + length])
            at += length
        return pieces

    def _stray_mark(self) -> str:
        return self._random.choice(
            (
                "",
                '<w:proofErr w:type="spellStart"/>',
                '<w:bookmarkStart w:id="{0}" w:name="b{0}"/><w:bookmarkEnd w:id="{0}"/>'.format(
                    next(self._ids)
                ),
                "<w:r><w:lastRenderedPageBreak/></w:r>",
            )
        )

    def _inserted(self, runs: str) -> str:
        return self._marked("ins", runs)

    def _deleted(self, text: str) -> str:
        return self._marked("del", f"<w:r><w:delText>{text}</w:delText></w:r>")

    def _marked(self, kind: str, inside: str = "") -> str:
        author = 'w:author="审核人" w:date="2020-01-01T00:00:00Z"'
        return f'<w:{kind} w:id="{next(self._ids)}" {author}>{inside}</w:{kind}>'


def _paragraph(content: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def _cell(properties: str, content: str) -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def _run(text: str, size: int) -> str:
    look = f'<w:rPr>{_FONTS}<w:sz w:val="{size}"/></w:rPr>'
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f"<w:r>{look}{'<w:br/>'.join(lines)}</w:r>"


_FONTS = (
    '<w:rFonts w:hint="eastAsia" w:ascii="Times New Roman" w:hAnsi="Times New Roman"'
    ' w:eastAsia="宋体"/>'
)

_TABLE_LOOK = """
<w:tblPr><w:tblW w:w="8800" w:type="dxa"/><w:tblBorders>
<w:top w:val="single" w:sz="4"/><w:left w:val="single" w:sz="4"/>
<w:bottom w:val="single" w:sz="4"/><w:right w:val="single" w:sz="4"/>
<w:insideH w:val="single" w:sz="4"/><w:insideV w:val="single" w:sz="4"/>
</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>
<w:left w:w="30" w:type="dxa"/><w:right w:w="30" w:type="dxa"/></w:tblCellMar></w:tblPr>
""".replace("\n", "")

# As Word writes it: the shape, and for old readers the same text once more.
_TEXT_BOX = """
<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>
<wp:inline distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="5400000" cy="900000"/><wp:docPr id="1" name="题名"/>
<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/>
<a:ext cx="5400000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr>
<wps:txbx><w:txbxContent>INSIDE</w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp>
</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:shape style="width:425pt;height:70pt"><v:textbox>
<w:txbxContent>INSIDE</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback>
</mc:AlternateContent>
""".replace("\n", "")
