"""Word 97-2003 files: samples LibreOffice wrote, files built byte by byte, and broken ones.

The samples are written from the reports below; with soffice on the PATH they are written anew and
read again. ``python tests/test_reading_doc.py`` renews those in ``tests/samples``.
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("olefile")

from nlp_reports.errors import (
    DocumentDamaged,
    DocumentEncrypted,
    DocumentError,
    DocumentTooLarge,
    UnsupportedMedia,
)
from nlp_reports.reading import doc
from nlp_reports.reading.content import Cells, Content, Text
from nlp_reports.reading.doc import file, paragraphs
from nlp_reports.settings import DEFAULT, Settings

SAMPLES = Path(__file__).parent / "samples"

# Reports as authored. A table is its rows, cells apart by ``|``; ``<`` is merged with the cell at
# its left, ``^`` with the cell above.


@dataclass(frozen=True)
class Table:
    drawn: str

    @property
    def cells(self) -> list[list[str]]:
        return [line.split("|") for line in self.drawn.strip().splitlines()]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple("" if cell in ("<", "^") else cell for cell in row) for row in self.cells
        )


FORM_2014 = """
统计指标|单位|统计数
一、主动公开情况|——|——
（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）|条|1846
其中：主动公开规范性文件数|条|12
制发规范性文件总数|件|12
（二）通过不同渠道和方式公开政府信息的情况|——|——
1.政府公报公开政府信息数|条|0
2.政府网站公开政府信息数|条|1,702
3.政务微博公开政府信息数|条|
4.政务微信公开政府信息数|条|144
5.其他方式公开政府信息数|条|無
二、回应解读情况|——|——
（一）回应公众关注热点或重大舆情数（不同方式回应同一热点或舆情计1次）|次|31
（二）通过不同渠道和方式回应解读的情况|——|——
1.参加或举办新闻发布会总次数|次|3
其中：主要负责同志参加新闻发布会次数|次|1
2.政府网站在线访谈次数|次|2
其中：主要负责同志参加政府网站在线访谈次数|次|
3.政策解读稿件发布数|篇|19
4.微博微信回应事件数|次|7
5.其他方式回应事件数|次|0
三、依申请公开情况|——|——
（一）收到申请数|件|27
1.当面申请数|件|4
2.传真申请数|件|0
3.网络申请数|件|18
4.信函申请数|件|5
（二）申请办结数|件|26
1.按时办结数|件|25
2.延期办结数|件|1
（三）申请答复数|件|26
1.属于已主动公开范围数|件|9
2.同意公开答复数|件|8
3.同意部分公开答复数|件|2
4.不同意公开答复数|件|3
其中：涉及国家秘密|件|0
涉及商业秘密|件|1
涉及个人隐私|件|1
危及国家安全、公共安全、经济安全和社会稳定|件|0
不是《条例》所指政府信息|件|1
法律法规规定的其他情形|件|0
5.不属于本行政机关公开数|件|2
6.申请信息不存在数|件|1
7.告知作出更改补充数|件|1
8.告知通过其他途径办理数|件|0
四、行政复议数量|件|1
（一）维持具体行政行为数|件|1
（二）被依法纠错数|件|0
（三）其他情形数|件|0
五、行政诉讼数量|件|0
（一）维持具体行政行为或者驳回原告诉讼请求数|件|/
（二）被依法纠错数|件|-
（三）其他情形数|件|不适用
六、举报投诉数量|件|0
七、依申请公开信息收取的费用|万元|0.0315
八、机构建设和保障经费情况|——|——
（一）政府信息公开工作专门机构数|个|1
（二）设置政府信息公开查阅点数|个|3
（三）从事政府信息公开工作人员数|人|5
1.专职人员数（不包括政府公报及政府网站工作人员数）|人|2
2.兼职人员数|人|3
（四）政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）|万元|4.5
九、政府信息公开会议和培训情况|——|——
（一）召开政府信息公开工作会议或专题会议数|次|2
（二）举办各类培训班数|次|1
（三）接受培训人员数|人次|86
"""

PART_TWO = """
第二十条第（一）项|<|<|<
信息内容|本年制发件数|本年废止件数|现行有效件数
规章|0|0|0
行政规范性文件|3|1|17
第二十条第（五）项|<|<|<
信息内容|本年处理决定数量|<|<
行政许可|2093|<|<
第二十条第（六）项|<|<|<
信息内容|本年处理决定数量|<|<
行政处罚|118|<|<
行政强制|6|<|<
第二十条第（八）项|<|<|<
信息内容|本年收费金额（单位：万元）|<|<
行政事业性收费|96.1716|<|<
"""

PART_THREE = """
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）|<|<|申请人情况|<|<|<|<|<|<
^|^|^|自然人|法人或其他组织|<|<|<|<|总计
^|^|^|^|商业企业|科研机构|社会公益组织|法律服务机构|其他|^
一、本年新收政府信息公开申请数量|<|<|41|3|0|0|1|0|45
二、上年结转政府信息公开申请数量|<|<|2|0|0|0|0|0|2
三、本年度办理结果|（一）予以公开|<|20|1|0|0|0|0|21
^|（二）部分公开（区分处理的，只计这一情形，不计其他情形）|<|3|0|0|0|0|0|3
^|（三）不予公开|1.属于国家秘密|0|0|0|0|0|0|0
^|^|2.其他法律行政法规禁止公开|1|0|0|0|0|0|1
^|^|3.危及“三安全一稳定”|0|0|0|0|0|0|0
^|^|4.保护第三方合法权益|2|0|0|0|0|0|2
^|^|5.属于三类内部事务信息|1|0|0|0|0|0|1
^|^|6.属于四类过程性信息|0|0|0|0|0|0|0
^|^|7.属于行政执法案卷|0|0|0|0|0|0|0
^|^|8.属于行政查询事项|0|0|0|0|0|0|0
^|（四）无法提供|1.本机关不掌握相关政府信息|9|2|0|0|1|0|12
^|^|2.没有现成信息需要另行制作|1|0|0|0|0|0|1
^|^|3.补正后申请内容仍不明确|1|0|0|0|0|0|1
^|（五）不予处理|1.信访举报投诉类申请|2|0|0|0|0|0|2
^|^|2.重复申请|0|0|0|0|0|0|0
^|^|3.要求提供公开出版物|0|0|0|0|0|0|0
^|^|4.无正当理由大量反复申请|0|0|0|0|0|0|0
^|^|5.要求行政机关确认或重新出具已获取信息|0|0|0|0|0|0|0
^|（六）其他处理|1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请|1|0|0|0|0|0|1
^|^|2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请|0|0|0|0|0|0|0
^|^|3.其他|0|0|0|0|0|0|0
^|（七）总计|<|41|3|0|0|1|0|45
四、结转下年度继续办理|<|<|2|0|0|0|0|0|2
"""

PART_FOUR = """
行政复议|<|<|<|<|行政诉讼|<|<|<|<|<|<|<|<|<
结果维持|结果纠正|其他结果|尚未审结|总计|未经复议直接起诉|<|<|<|<|复议后起诉|<|<|<|<
^|^|^|^|^|结果维持|结果纠正|其他结果|尚未审结|总计|结果维持|结果纠正|其他结果|尚未审结|总计
1|0|0|1|2|0|0|1|0|1||0|0|0|0
"""


SMALL = """
项目|单位|数量
热线来电|件|512
网上咨询|件|
"""

YEAR_2016 = (
    "云汀县水务局2016年政府信息公开工作年度报告",
    ">根据《中华人民共和国政府信息公开条例》，编制本年度报告。报告期为2016年1月1日至12月31日。",
    "一、概述",
    ">2016年，我局主动公开政府信息1846条，办理申请26件。",
    "附表",
    Table(FORM_2014),
    "单位负责人：曲某　审核人：梅某　填报人：祝某",
)
YEAR_2021 = (
    "云汀县2021年政府信息公开工作年度报告",
    "一、总体情况",
    ">2021年，全县共收到申请45件，上年结转2件，均依法办理。",
    "二、主动公开政府信息情况",
    Table(PART_TWO),
    "三、收到和处理政府信息公开申请情况",
    Table(PART_THREE),
    "四、政府信息公开行政复议、行政诉讼情况",
    Table(PART_FOUR),
    "五、存在的主要问题及改进情况",
    ">一是解读形式单一。二是平台更新不及时，全年共有𠮷村等3个村未更新。",
    "六、其他需要报告的事项",
    ">本年度发出收费通知1件，收取信息处理费30元。",
)

# Paragraphs in WordprocessingML; ``{run}`` makes a run of a text.
MARKS_XML = """
<w:p>{热线答复}<w:r><w:br/></w:r>{第二行}</w:p>
<w:p>{前一页}<w:r><w:br w:type="page"/></w:r>{后一页}</w:p>
<w:p>{留下}<w:del w:id="1" w:author="a" w:date="2020-01-01T00:00:00Z"><w:r><w:delText>删去的字</w:delText></w:r></w:del>{的字}</w:p>
<w:p>{看得见}<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r>{的字}</w:p>
<w:p>{见}<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "http://example.invalid/a"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{本局网站}<w:r><w:fldChar w:fldCharType="end"/></w:r>{。}</w:p>
<w:p>{电话0000}<w:r><w:noBreakHyphen/></w:r>{5550}<w:r><w:softHyphen/></w:r>{123}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr></w:pPr>{公开情况}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="77"/></w:numPr></w:pPr>{网站公开}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="77"/></w:numPr></w:pPr>{公报公开}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="2"/><w:numId w:val="77"/></w:numPr></w:pPr>{纸质公报}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr></w:pPr>{申请情况}</w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="77"/></w:numPr></w:pPr>{收到申请}</w:p>
<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="4500"/><w:gridCol w:w="4500"/></w:tblGrid><w:tr>
<w:tc><w:tcPr><w:tcW w:w="4500" w:type="dxa"/></w:tcPr><w:p>{左栏}</w:p></w:tc>
<w:tc><w:tcPr><w:tcW w:w="4500" w:type="dxa"/></w:tcPr>
<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="2000"/><w:gridCol w:w="2000"/></w:tblGrid>
<w:tr><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p>{收到}</w:p></w:tc><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p>{7}</w:p></w:tc></w:tr>
<w:tr><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p>{办结}</w:p></w:tc><w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr><w:p>{6}</w:p></w:tc></w:tr>
</w:tbl><w:p>{表下一行}</w:p></w:tc></w:tr></w:tbl>
<w:p>{表后}</w:p>
<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="9000"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="9000" w:type="dxa"/></w:tcPr><w:p>{框内第一段}</w:p><w:p>{框内第二段}</w:p></w:tc></w:tr></w:tbl>
<w:p>{末段}</w:p>
"""
NUMBERING_XML = """
<w:abstractNum w:abstractNumId="77"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl>
</w:abstractNum>"""
MARKS = (
    "热线答复",
    "第二行",
    "前一页",
    "后一页",
    "留下的字",
    "看得见的字",
    "见本局网站。",
    "电话0000\u20115550123",
    "一、公开情况",
    "（一）网站公开",
    "（二）公报公开",
    "1.纸质公报",
    "二、申请情况",
    "（一）收到申请",
    "左栏",
    Table("收到|7\n办结|6"),
    "表下一行",
    "表后",
    "框内第一段",
    "框内第二段",
    "末段",
)
REPORTS = {
    "form-2014": YEAR_2016,
    "form-2014-half": (*YEAR_2016[:5], Table("\n".join(FORM_2014.splitlines()[:28]))),
    "form-2021": YEAR_2021,
    "form-2021-short": tuple(part for part in YEAR_2021 if part != Table(PART_THREE)),
    "requests-short": (YEAR_2021[5], Table("\n".join(PART_THREE.splitlines()[:15]))),
    "marks": MARKS,
}
SAMPLED = ("form-2014-half", "form-2021-short", "requests-short", "marks")  # each under 40 kB


def expected(report) -> tuple[Text | Cells, ...]:
    return tuple(
        Cells(part.rows)
        if isinstance(part, Table)
        else Text(part.removeprefix(">"), indented=part.startswith(">"))
        for part in report
    )


def write_docx(name: str, path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    if name == "marks":
        _append_marks(document)
    for part in REPORTS[name] if name != "marks" else ():
        if isinstance(part, Table):
            _append_table(document, part)
            continue
        paragraph = document.add_paragraph(part.removeprefix(">"))
        if part.startswith(">"):
            paragraph.paragraph_format.first_line_indent = docx.shared.Pt(32)
    document.save(path)


def _append_table(document, table: Table) -> None:
    cells = table.cells
    drawn = document.add_table(len(cells), len(cells[0]), style="Table Grid")
    places = [list(row.cells) for row in drawn.rows]
    for top, row in enumerate(cells):
        for left, text in enumerate(row):
            if text in ("<", "^"):
                continue
            right, bottom = left, top
            while right + 1 < len(row) and row[right + 1] == "<":
                right += 1
            while bottom + 1 < len(cells) and cells[bottom + 1][left] == "^":
                bottom += 1
            if (right, bottom) != (left, top):
                places[top][left].merge(places[bottom][right])
            places[top][left].text = text


def _append_marks(document) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    xml = re.sub(r"\{(.*?)\}", r'<w:r><w:t xml:space="preserve">\1</w:t></w:r>', MARKS_XML)
    body = document.element.body
    for element in parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(NUMBERING_XML.replace(">", f" {nsdecls('w')}>", 1)))
    number = f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'
    numbering.append(parse_xml(number))


def convert(name: str, folder: Path) -> Path:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("needs soffice")
    write_docx(name, folder / f"{name}.docx")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "doc:MS Word 97"]
    subprocess.run(
        [*command, "--outdir", str(folder), str(folder / f"{name}.docx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / f"{name}.doc"


def renew_samples() -> None:
    SAMPLES.mkdir(exist_ok=True)
    for name in SAMPLED:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(convert(name, Path(folder)), SAMPLES / f"{name}.doc")


# Files built byte by byte, for what LibreOffice does not write ([MS-CFB], [MS-DOC])


def container(streams: dict[str, bytes], clsid: bytes = bytes(16)) -> bytes:
    """Return an OLE container; streams are padded so that none is small enough for a mini stream."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    padded = {
        name: data.ljust(max(4096, -len(data) % 512 + len(data)), b"\0")
        for name, data in streams.items()
    }
    entries = [_entry("Root Entry", 5, end, 0, child=1 if streams else free, clsid=clsid)]
    fat, sectors = [], []
    for number, (name, data) in enumerate(padded.items(), 1):
        right = number + 1 if number < len(padded) else free
        entries.append(_entry(name, 2, len(fat), len(data), right=right))
        count = len(data) // 512
        fat += [*range(len(fat) + 1, len(fat) + count), end]
        sectors.append(data)
    directory = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    first_directory = len(fat)
    fat += [*range(first_directory + 1, first_directory + len(directory) // 512), end]
    tables = 1
    while tables * 128 < len(fat) + tables:
        tables += 1
    first_table = len(fat)
    fat += [0xFFFFFFFD] * tables
    fat += [free] * (tables * 128 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        tables,
        first_directory,
        0,
        4096,
        end,
        0,
        end,
        0,
    )
    difat = [*range(first_table, first_table + tables)]
    difat += [free] * (109 - tables)
    return b"".join(
        (
            header,
            struct.pack("<109I", *difat),
            *sectors,
            directory,
            struct.pack(f"<{len(fat)}I", *fat),
        )
    )


def _entry(
    name: str,
    kind: int,
    start: int,
    size: int,
    *,
    right: int = 0xFFFFFFFF,
    child: int = 0xFFFFFFFF,
    clsid: bytes = bytes(16),
) -> bytes:
    encoded = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        encoded,
        len(encoded) + 2,
        kind,
        1,
        0xFFFFFFFF,
        right,
        child,
        clsid,
        0,
        0,
        0,
        start,
        size,
    )


@dataclass
class Piece:
    data: bytes
    compressed: bool = False
    change: int = 0  # 1 + twice the number of a group of properties


def sprm(code: int, operand: bytes | int = 1) -> bytes:
    size = (1, 1, 2, 4, 2, 2, None, 3)[code >> 13]
    if isinstance(operand, int):
        operand = (operand & (1 << 8 * size) - 1).to_bytes(size, "little")
    if size is None and code == 0xD608:
        return struct.pack("<HH", code, len(operand) + 1) + operand
    return struct.pack("<H", code) + (bytes([len(operand)]) if size is None else b"") + operand


def tdef(edges: list[int], flags: list[int] = ()) -> bytes:
    """Return the properties of a row end: where its cells end, the merge flags of each."""
    cells = b"".join(struct.pack("<H18x", flag) for flag in flags)
    operand = bytes([len(edges) - 1]) + struct.pack(f"<{len(edges)}h", *edges) + cells
    return sprm(0x2416) + sprm(0x2417) + sprm(0xD608, operand)


CELL = sprm(0x2416)
FIRST, COVERED, DOWN, DOWN_FIRST = 1, 2, 1 << 5, 3 << 5


def word(
    pieces: str | list[Piece],
    paragraphs: list[bytes] = (),
    characters: list[tuple[int, int, bytes]] = (),
    *,
    groups: list[bytes] = (),
    flags: int = 0x200,
    version: int = 0xC1,
    lengths: dict[int, int] | None = None,
    parts: dict[int, bytes] | None = None,
    data: bytes = b"",
    style: int = 0,
) -> bytes:
    """Return a Word file. Of a text in one piece, `paragraphs` gives the properties of each."""
    text = pieces if isinstance(pieces, str) else ""
    if text:
        pieces = [Piece(text.encode("utf-16-le", "surrogatepass"))]
    main = bytearray(0x800)
    edges, places = [0], b""
    for piece in reversed(pieces):  # the order in the file is not that of the text
        piece.offset = len(main)
        main += piece.data
    base = pieces[0].offset if pieces else 0
    for piece in pieces:
        edges.append(edges[-1] + len(piece.data) // (1 if piece.compressed else 2))
        place = piece.offset * 2 | 0x40000000 if piece.compressed else piece.offset
        places += struct.pack("<HIH", 0, place, piece.change)
    main += bytes(-len(main) % 512)
    table = {33: b"".join(b"\1" + struct.pack("<H", len(group)) + group for group in groups)}
    table[33] += (
        b"\2" + struct.pack(f"<I{len(edges)}I", 4 * len(edges) + len(places), *edges) + places
    )
    ends = [match.end() for match in re.finditer("[\r\x07\f]", text)]
    starts = [0, *ends]
    table[13] = _pages(
        main,
        [
            (base + 2 * first, base + 2 * end, b"", struct.pack("<H", style) + properties)
            for first, end, properties in zip(starts, ends, paragraphs, strict=False)
        ],
        13,
    )
    table[12] = _pages(
        main,
        [
            (base + 2 * first, base + 2 * end, b"", properties)
            for first, end, properties in characters
        ],
        1,
    )
    table |= parts or {}
    counts = {0: edges[-1]} | (lengths or {})
    main[:12] = struct.pack("<HH6xH", 0xA5EC, version, flags)
    main[32:34] = struct.pack("<H", 14)
    main[62:64] = struct.pack("<H", 22)
    for number, count in counts.items():
        struct.pack_into("<i", main, 64 + 4 * (3 + number), count)
    main[152:154] = struct.pack("<H", 93)
    stream = b""
    for number, part in table.items():
        struct.pack_into("<II", main, 154 + 8 * number, len(stream), len(part))
        stream += part
    streams = {"WordDocument": bytes(main), "1Table": stream}
    return container(streams | ({"Data": data} if data else {}))


def _pages(main: bytearray, runs: list[tuple[int, int, bytes, bytes]], width: int) -> bytes:
    """Append a page of formatting for each run; return the table that names the pages."""
    numbers = []
    for first, end, _, properties in runs:
        page = bytearray(512)
        struct.pack_into("<II", page, 0, first, end)
        page[8] = 32
        if width == 1:
            page[64 : 65 + len(properties)] = bytes([len(properties)]) + properties
        else:
            padded = properties + bytes(len(properties) % 2)
            page[64 : 66 + len(padded)] = bytes([0, len(padded) // 2]) + padded
        page[511] = 1
        numbers.append(len(main) // 512)
        main += page
    edges = [run[0] for run in runs] + [runs[-1][1]] if runs else []
    return struct.pack(f"<{len(edges)}I{len(numbers)}I", *edges, *numbers)


def read(data: bytes, settings: Settings = DEFAULT) -> Content:
    return doc.read(data, where="报告.doc", settings=settings)


def lines(data: bytes) -> list[str]:
    return [block.text for block in read(data).blocks]


def table(text: str, *paragraphs: bytes, **options) -> tuple[tuple[str, ...], ...]:
    (block,) = read(word(text, list(paragraphs), **options)).blocks
    return block.rows


# Reports as LibreOffice writes them


@pytest.mark.parametrize("name", SAMPLED)
def test_a_sample_gives_the_report_it_was_written_from(name):
    content = read((SAMPLES / f"{name}.doc").read_bytes())
    assert content.blocks == expected(REPORTS[name])
    assert content.warnings == ()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_libreoffice_saves_comes_back(name, tmp_path):
    content = read(convert(name, tmp_path).read_bytes())
    assert content.blocks == expected(REPORTS[name])
    assert content.warnings == ()


# Characters


def test_compressed_characters_are_code_points_but_for_those_the_format_names():
    bytes_ = bytes(range(0x20, 0x100))
    quoted = {0x93: "“", 0x94: "”", 0x85: "…", 0x97: "—", 0x96: "–", 0x99: "™", 0x92: "’"}
    (text,) = lines(word([Piece(bytes_, compressed=True)]))[:1]
    assert text.startswith("!\"#$%&'()*+,-./0123456789")
    joined = "".join(lines(word([Piece(bytes_, compressed=True)])))
    assert [joined.count(char) for char in quoted.values()] == [1] * len(quoted)
    assert "€" not in joined
    assert joined.endswith("ýþÿ")


def test_pieces_are_joined_in_the_order_of_the_table_whatever_their_order_in_the_file():
    pieces = [
        Piece("公开".encode("utf-16-le")),
        Piece(b" 12 ", compressed=True),
        Piece("条。\r".encode("utf-16-le")),
    ]
    assert lines(word(pieces)) == ["公开 12 条。"]


def test_a_pair_of_surrogates_is_one_character_even_across_pieces():
    encoded = "𠮷村\r三条\r".encode("utf-16-le")
    data = word([Piece(encoded[:2]), Piece(encoded[2:])])
    assert lines(data) == ["𠮷村", "三条"]
    assert lines(word("\ud842村\r")) == ["\ufffd村"]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("010\x1e5550\r", ["010\u20115550"]),
        ("公\x1f开\r", ["公开"]),
        ("第一行\x0b第二行\r", ["第一行", "第二行"]),
        ("前页\x0c后页\r", ["前页", "后页"]),
        ("左栏\x0e右栏\r", ["左栏", "右栏"]),
        ("图\x01片\x08和\r", ["图片和"]),
        ("注\x02批\x05\r", ["注批"]),
        ("甲\t乙\r", ["甲\t乙"]),
        ("\r \r　\r有字\r", ["有字"]),
        ("没有末尾的标记", ["没有末尾的标记"]),
        ("行\u2028段\x85\r", ["行", "段"]),
    ],
)
def test_special_characters(inside, text):
    assert lines(word(inside)) == text


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("见\x13 HYPERLINK x \x14网站\x15。\r", ["见网站。"]),
        ("第\x13 PAGE \x15页\r", ["第页"]),
        ("\x13 IF \x13 REF 甲 \x14乙\x15 \x14丙\x13 REF \x14丁\x15戊\x15\r", ["丙丁戊"]),
        ("\x13 TOC \x14一、概述\r二、公开\x15\r", ["一、概述", "二、公开"]),
        ("没有关上\x13的域\r下一段\r", ["没有关上的域", "下一段"]),
        ("没有\x15打开\x14的域\r", ["没有打开的域"]),
    ],
)
def test_of_a_field_the_result_is_kept(inside, text):
    assert lines(word(inside)) == text


@pytest.mark.parametrize("code", [0x0800, 0x083C])
def test_deleted_and_hidden_text_is_left_out(code):
    assert lines(word("共1312件\r", [], [(1, 3, sprm(code))])) == ["共12件"]
    assert lines(word("共13件\r", [], [(1, 3, sprm(code, 0))])) == ["共13件"]
    assert lines(word("全删\r留下\r", [], [(0, 3, sprm(code))])) == ["留下"]


def test_paragraphs_join_where_the_end_between_them_was_deleted():
    assert lines(word("前半\r后半\r", [], [(2, 3, sprm(0x0800))])) == ["前半后半"]


def test_a_deleted_paragraph_end_before_a_table_joins_nothing():
    layouts = [b"", CELL, CELL, tdef([0, 900, 1800])]
    content = read(word("题目\r甲\x07乙\x07\x07", layouts, [(2, 3, sprm(0x0800))]))
    assert content.blocks == (Text("题目"), Cells((("甲", "乙"),)))


def test_a_change_that_a_fast_save_put_on_a_piece_counts():
    pieces = [
        Piece("留".encode("utf-16-le")),
        Piece("删".encode("utf-16-le"), change=1),
        Piece("下\r".encode("utf-16-le")),
    ]
    assert lines(word(pieces, groups=[sprm(0x0800)])) == ["留下"]


def test_a_symbol_stands_for_its_placeholder():
    symbol = sprm(0x6A09, 0xF0FE0001)
    assert lines(word("选(项(甲)\r", [], [(1, 2, symbol)])) == ["选\uf0fe项(甲)"]


# Paragraphs


@pytest.mark.parametrize(
    ("properties", "indented"),
    [
        (b"", False),
        (sprm(0x8460, 640), True),
        (sprm(0x8411, 640), True),
        (sprm(0x4457, 200), True),
        (sprm(0x8460, -420), False),
        (sprm(0x8460, 640) + sprm(0x8460, 0), False),
        (sprm(0x845E, 640), False),
    ],
)
def test_a_first_line_is_set_in_if_its_indent_is_positive(properties, indented):
    assert read(word("一段\r", [properties])).blocks == (Text("一段", indented=indented),)


def test_leading_blanks_are_an_indent():
    blocks = read(word("　　一段\x0b换行 \r无\r")).blocks
    assert blocks == (Text("一段", indented=True), Text("换行"), Text("无"))


def style_sheet(*styles: tuple[int, bytes]) -> bytes:
    """Return a style sheet of paragraph styles: which one each is based on, and its properties."""
    sheet = struct.pack("<HHH", 4, len(styles), 10)
    for base, properties in styles:
        upx = struct.pack("<HH", len(properties) + 2, 0) + properties
        style = struct.pack("<HHH4xHHH", 0, 1 | base << 4, 1, 1, ord("甲"), 0) + upx
        sheet += struct.pack("<H", len(style)) + style + bytes(len(style) % 2)
    return sheet


def test_styles_hand_their_indent_down_and_paragraphs_overrule_it():
    sheet = style_sheet((0xFFF, sprm(0x8460, 640)), (0, sprm(0x2403)))
    data = word("甲\r乙\r", [b"", sprm(0x8460, 0)], parts={1: sheet}, style=1)
    assert read(data).blocks == (Text("甲", indented=True), Text("乙"))


def test_styles_based_on_each_other_end():
    sheet = style_sheet((1, b""), (0, b""))
    assert lines(word("甲\r", [b""], parts={1: sheet}, style=1)) == ["甲"]


def test_notes_and_text_boxes_are_reported_as_left_out():
    content = read(word("正文\r", lengths={1: 7, 5: 5, 6: 1200}))
    assert [warning.code for warning in content.warnings] == ["footnotes", "text_boxes"]
    assert "12 characters" in content.warnings[0].message
    assert "1,200 characters" in content.warnings[1].message


# Tables


def test_rows_end_where_their_properties_say_so():
    row = tdef([0, 900, 1800])
    text = "\x07\x07\x07甲\r乙\x07\x07\x07"
    assert table(text, CELL, CELL, row, CELL, CELL, CELL, row) == (("", ""), ("甲乙", ""))


def test_cells_stand_where_their_edges_are():
    rows = table(
        "信息\x07数量\x07\x07制发\x07废止\x07有效\x07\x07缺左\x07满\x07\x07",
        *(CELL, CELL, tdef([0, 900, 2700])),
        *(CELL, CELL, CELL, tdef([8, 905, 1790, 2712])),
        *(CELL, CELL, tdef([900, 1800, 2700])),
    )
    assert rows == (("信息", "数量", ""), ("制发", "废止", "有效"), ("", "缺左", "满"))


@pytest.mark.parametrize(
    "row",
    [
        tdef([0, 900, 1800, 2700], [FIRST, COVERED, 0]),
        tdef([0, 900, 1800, 2700]) + sprm(0x5624, b"\0\2"),
    ],
)
def test_cells_merged_across_are_blank_but_for_the_first(row):
    text = "标题\x07盖住\x07数\x07\x07甲\x07乙\x07丙\x07\x07"
    rows = table(text, CELL, CELL, CELL, row, CELL, CELL, CELL, tdef([0, 900, 1800, 2700]))
    assert rows == (("标题", "", "数"), ("甲", "乙", "丙"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (tdef([0, 900, 1800], [DOWN_FIRST, 0]), tdef([0, 900, 1800], [DOWN, 0])),
        (
            tdef([0, 900, 1800]) + sprm(0xD62B, b"\0\3"),
            tdef([0, 900, 1800]) + sprm(0xD62B, b"\0\1"),
        ),
    ],
)
def test_cells_merged_downwards_are_blank_but_for_the_first(first, second):
    text = "合并\x07一\x07\x07旧字\x07二\x07\x07"
    assert table(text, CELL, CELL, first, CELL, CELL, second) == (("合并", "一"), ("", "二"))


def test_a_cell_merged_with_none_above_it_keeps_its_text():
    row = tdef([0, 900, 1800], [DOWN, 0])
    assert table("甲\x07乙\x07\x07", CELL, CELL, row) == (("甲", "乙"),)


@pytest.mark.parametrize("edges", [[0, 900], [0, 0, 0], [900, 0, -900], [0, 30, 900]])
def test_cells_are_numbered_where_edges_do_not_fit_them(edges):
    assert table("甲\x07乙\x07\x07", CELL, CELL, tdef(edges)) == (("甲", "乙"),)


@pytest.mark.parametrize("code", [0x6645, 0x6646, 0x646B])
def test_properties_too_long_for_a_page_lie_in_the_data_stream(code):
    row = tdef([0, 900, 1800])
    stored = bytes(10) + struct.pack("<H", len(row)) + row
    rows = table("甲\x07乙\x07\x07", CELL, CELL, sprm(code, 10), data=stored)
    assert rows == (("甲", "乙"),)


def test_rows_are_guessed_with_a_warning_where_all_properties_are_lost():
    text = "题\r项目\x07单位\x07数\x07\x07来电\x07\x07\x07\x07来信\x07件\x077\x07\x07"
    content = read(word(text))
    rows = (("项目", "单位", "数"), ("来电", "", ""), ("来信", "件", "7"))
    assert content.blocks == (Text("题"), Cells(rows))
    assert [warning.code for warning in content.warnings] == ["table_marks"]


def test_cell_marks_that_make_no_rows_become_lines():
    assert lines(word("甲\x07乙\x07丙\x07")) == ["甲", "乙", "丙"]


def test_a_blank_table_is_left_out():
    assert read(word("\x07\x07\x07", [CELL, CELL, tdef([0, 900, 1800])])).blocks == ()


def test_more_cells_than_any_report_has_are_refused(monkeypatch):
    monkeypatch.setattr(doc, "_MAX_CELLS", 3)
    with pytest.raises(DocumentTooLarge, match="more than 3 table cells"):
        table("甲\x07乙\x07\x07" * 2, *[CELL, CELL, tdef([0, 900, 1800])] * 2)


def test_a_row_without_an_end_is_kept():
    blocks = read(word("甲\x07乙\x07题\r", [CELL, CELL, b""])).blocks
    assert blocks == (Cells((("甲", "乙"),)), Text("题"))


def test_a_table_in_a_cell_makes_the_outer_one_a_layout():
    inner, outer = sprm(0x2416) + sprm(0x6649, 2), sprm(0x2416) + sprm(0x6649, 1)
    cell = inner + sprm(0x244B)
    row_end = inner + sprm(0x244C) + tdef([0, 900, 1800])[8:]
    layouts = [outer, cell, cell, row_end, outer, outer + tdef([0, 900, 1800])[4:]]
    blocks = read(word("左\x07甲\r乙\r\r右\x07\x07", layouts)).blocks
    assert blocks == (Text("左"), Cells((("甲", "乙"),)), Text("右"))


# Automatic numbers


def level(format_: int, pattern: str, *, start: int = 1, flags: int = 0) -> bytes:
    head = struct.pack("<IBB18xBB2x", start, format_, flags, 0, 0)
    return head + struct.pack("<H", len(pattern)) + pattern.encode("utf-16-le")


def numbered(levels: list[bytes], overrides: bytes = b"\0\0\0\0", changes: int = 0) -> dict:
    """Return the parts of a file with one list, named by two overrides."""
    nine = levels + [level(255, "")] * (9 - len(levels))
    lists = struct.pack("<HI22xBx", 1, 7, 0)
    names = struct.pack("<I", 2) + struct.pack("<I8xB3x", 7, 0) + struct.pack("<I8xB3x", 7, changes)
    return {74: names + b"\0\0\0\0" + overrides, 73: lists + b"".join(nine)}


def in_list(which: int, level_: int = 0) -> bytes:
    return sprm(0x460B, which) + sprm(0x260A, level_)


@pytest.mark.parametrize(
    ("format_", "number", "printed"),
    [
        (0, 12, "12"),
        (37, 1, "一"),
        (39, 10, "十"),
        (11, 19, "十九"),
        (37, 20, "二十"),
        (37, 105, "一○五"),
        (39, 105, "一百〇五"),
        (33, 105, "一○五"),
        (35, 12, "十二"),
        (11, 1101, "千百一"),
        (39, 1010, "一千〇一十"),
        (39, 10000, "10000"),
        (38, 12, "壹拾贰"),
        (34, 12, "壹拾貳"),
        (57, 3, "- 3 -"),
        (10, 12, "一二"),
        (1, 14, "XIV"),
        (2, 4, "iv"),
        (3, 28, "BB"),
        (4, 2, "b"),
        (14, 12, "１２"),
        (18, 3, "③"),
        (18, 21, "21"),
        (22, 7, "07"),
        (26, 2, "⒉"),
        (27, 2, "⑵"),
        (29, 2, "㈡"),
        (30, 3, "丙"),
        (31, 12, "亥"),
        (23, 3, ""),
        (255, 3, ""),
        (99, 3, "3"),
        (1, 5000, "5000"),
        (37, 0, "○"),
    ],
)
def test_numbers_are_written_in_the_format_of_the_list(format_, number, printed):
    parts = numbered([level(format_, "\0", start=number)])
    assert lines(word("。\r", [in_list(1)], parts=parts)) == [f"{printed}。"]


def test_numbers_of_a_list_are_counted_by_level():
    parts = numbered([level(39, "\0、"), level(0, "\0.\1", flags=4), level(37, "（\2）")])
    layouts = [in_list(1), in_list(1, 1), in_list(1, 1), in_list(1, 2), in_list(1), in_list(1, 1)]
    found = lines(word("甲\r乙\r丙\r丁\r戊\r己\r", layouts, parts=parts))
    assert found == ["一、甲", "1.1乙", "1.2丙", "（一）丁", "二、戊", "2.1己"]


def test_levels_above_show_in_the_pattern_even_before_their_first_use():
    parts = numbered([level(0, "\0"), level(0, "\0.\1", start=3)])
    layouts = [in_list(1, depth) for depth in (1, 0, 1, 1, 0, 1)]
    found = lines(word("。\r" * 6, layouts, parts=parts))
    assert found == ["1.3。", "1。", "1.3。", "1.4。", "2。", "2.3。"]


def test_a_level_without_a_number_keeps_the_words_of_its_pattern():
    parts = numbered([level(255, "附件\0")])
    assert lines(word("：名单\r", [in_list(1)], parts=parts)) == ["附件：名单"]


def test_a_list_can_start_anew_and_elsewhere():
    restart = struct.pack("<III", 0, 5, 0x10)[4:]
    parts = numbered([level(0, "\0.", start=3)], b"\0\0\0\0" + restart, changes=1)
    layouts = [in_list(1), in_list(1), in_list(2), in_list(2)]
    found = lines(word("甲\r乙\r丙\rword\r", layouts, parts=parts))
    assert found == ["3.甲", "4.乙", "5.丙", "6. word"]


def test_an_override_can_bring_its_own_level():
    own = struct.pack("<II", 0, 0x20) + level(37, "\0、")
    parts = numbered([level(0, "\0.")], b"\0\0\0\0" + own, changes=1)
    assert lines(word("甲\r乙\r", [in_list(1), in_list(2)], parts=parts)) == ["1.甲", "二、乙"]


def test_a_number_holds_no_line_break():
    parts = numbered([level(0, "\n\x1f第\0\u2028项 ")])
    assert lines(word("甲\r", [in_list(1)], parts=parts)) == ["第1项甲"]


def test_a_number_alone_is_kept_in_a_cell_only():
    parts = numbered([level(0, "\0")])
    layouts = [in_list(1), CELL + in_list(1), CELL, tdef([0, 900, 1800])]
    blocks = read(word("\r\x07乙\x07\x07", layouts, parts=parts)).blocks
    assert blocks == (Cells((("2", "乙"),)),)


@pytest.mark.parametrize("properties", [in_list(3), in_list(1, 9), in_list(1, -1)])
def test_a_list_that_is_not_described_is_a_warning(properties):
    content = read(word("甲\r乙\r", [properties] * 2, parts=numbered([level(0, "\0.")])))
    assert content.blocks == (Text("甲"), Text("乙"))
    assert [warning.code for warning in content.warnings] == ["automatic_numbers"]


def test_a_paragraph_that_left_its_list_has_no_number():
    assert read(word("甲\r", [in_list(0xF801)])).warnings == ()


# What is no Word 97 file, and what is broken


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (container({"Workbook": b""}), UnsupportedMedia, "an Excel workbook"),
        (container({"PowerPoint Document": b""}), UnsupportedMedia, "a PowerPoint presentation"),
        (container({"MatOST": b""}), UnsupportedMedia, "a Works document"),
        (
            container({}, bytes.fromhex("84100c0000000000c000000000000046")),
            UnsupportedMedia,
            "a Windows installer package",
        ),
        (container({"Other": b""}), UnsupportedMedia, "an OLE container of an unknown kind"),
        (container({"EncryptedPackage": b""}), DocumentEncrypted, "locked with a password"),
        (word("甲", flags=0x300), DocumentEncrypted, "locked with a password"),
        (word("甲", version=0x65), UnsupportedMedia, "Word 6 or 95 document; save it as DOCX"),
        (word("甲", flags=0), DocumentDamaged, "stream 0Table .* cannot be read"),
        (word("甲", parts={33: b""}), DocumentDamaged, "no piece table"),
        (word("甲", parts={33: b"\2"}), DocumentDamaged, "runs beyond its stream"),
        (word("甲", lengths={0: 2}), DocumentDamaged, "do not add up"),
        (word("甲", lengths={0: -1}), DocumentDamaged, "more characters than it has bytes"),
        (word("甲", lengths={0: 1 << 30}), DocumentDamaged, "more characters than it has bytes"),
        (container({"WordDocument": b"\xec\xa5"}), UnsupportedMedia, "Word 6 or 95"),
        (container({"WordDocument": b"\0\0\xc1\0"}), DocumentDamaged, "does not begin as one"),
        (b"", DocumentDamaged, "header"),
        (b"/etc/hostname", DocumentDamaged, "header"),  # olefile takes short bytes for a path
        (bytes(600), DocumentDamaged, "header"),
    ],
)
def test_what_cannot_be_read_says_why(data, error, message):
    with pytest.raises(error, match=message) as caught:
        read(data)
    assert caught.value.where == "报告.doc"


def test_a_text_longer_than_the_settings_allow_is_refused():
    with pytest.raises(DocumentTooLarge, match="7 characters, more than the 6"):
        read(word("一二三四五六\r"), Settings(max_characters=6))


def test_more_paragraphs_than_any_report_has_are_refused(monkeypatch):
    monkeypatch.setattr(paragraphs, "_MAX_PARAGRAPHS", 2)
    with pytest.raises(DocumentTooLarge, match="more than 2 paragraphs"):
        read(word("甲\r乙\r丙\r"))


def test_an_empty_document_has_no_blocks():
    assert read(word([])).blocks == ()


def test_sectors_that_lead_in_a_circle_do_not_hang():
    sound = container({"WordDocument": b"", "1Table": bytes(60_000)})
    at = sound.rindex(struct.pack("<III", 1, 2, 3))
    looped = bytearray(sound)
    struct.pack_into("<I", looped, at + 4 * 5, 2)
    entry = sound.index("WordDocument".encode("utf-16-le"))
    struct.pack_into("<I", looped, entry + 120, 0xFFFFFFF0)
    with pytest.raises(DocumentError):
        read(bytes(looped))


@pytest.mark.parametrize(("at", "value"), [(30, 0xFFFF), (32, 0), (44, 0x7FFFFFFF)])
def test_a_header_that_claims_more_than_the_file_has_is_refused(at, value):
    data = bytearray(word("甲"))
    struct.pack_into("<H" if value <= 0xFFFF else "<I", data, at, value)
    with pytest.raises(DocumentDamaged):
        read(bytes(data))


def test_a_directory_of_very_many_entries_is_refused(monkeypatch):
    monkeypatch.setattr(file, "_MAX_ENTRIES", 6)
    with pytest.raises(DocumentDamaged, match="container is broken"):
        read((SAMPLES / "marks.doc").read_bytes())


def test_a_directory_that_is_one_long_chain_is_refused():
    with pytest.raises(DocumentDamaged, match="container is broken"):
        read(container({f"{number}": b"" for number in range(1500)}))


@pytest.mark.parametrize("cut", [100, 600, 4_000, 12_000, 20_000, 30_000])
def test_a_file_that_was_cut_off_is_damaged_or_read(cut):
    data = (SAMPLES / "form-2021-short.doc").read_bytes()[:cut]
    with pytest.raises(DocumentDamaged):
        read(data)


def changed(data: bytes, source: random.Random) -> bytes:
    """Return `data` with some bytes altered, a stretch blanked or repeated, or its end cut off."""
    result = bytearray(data)
    first = source.randrange(len(result))
    length = source.choice((1, 4, 64, 512))
    kind = source.randrange(5)
    if kind == 0:
        del result[first:]
    elif kind == 1:
        result[first : first + length] = source.randbytes(length)
    elif kind == 2:
        result[first : first + length] = source.choice((b"\0", b"\xff")) * length
    elif kind == 3:
        result[first:first] = result[first : first + length]
    else:
        for _ in range(source.choice((1, 10, 100))):
            result[source.randrange(len(result))] = source.randrange(256)
    return bytes(result)


def streams_of(name: str) -> dict[str, bytes]:
    import olefile

    with olefile.OleFileIO(SAMPLES / f"{name}.doc") as ole:
        wanted = ("WordDocument", "1Table", "Data")
        return {name: ole.openstream(name).read() for name in wanted if ole.exists(name)}


def survive(data: bytes) -> None:
    begun = time.process_time()
    blocks = ()
    with contextlib.suppress(DocumentError):
        blocks = read(data).blocks
    for block in blocks:
        if isinstance(block, Cells):
            assert len({len(row) for row in block.rows}) == 1
        else:
            assert block.text == block.text.strip() != ""
            assert len(block.text.splitlines()) == 1
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("name", SAMPLED)
def test_altered_files_give_a_result_or_an_error(name):
    source = random.Random(f"files {name}")
    data = (SAMPLES / f"{name}.doc").read_bytes()
    for _ in range(100):
        survive(changed(data, source))


@pytest.mark.parametrize("name", SAMPLED)
def test_altered_streams_give_a_result_or_an_error(name):
    source = random.Random(f"streams {name}")
    streams = streams_of(name)
    for _ in range(150):
        which = source.choice(sorted(streams))
        survive(container(streams | {which: changed(streams[which], source)}))


if __name__ == "__main__":
    renew_samples()
