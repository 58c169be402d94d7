"""Writes thousands of distinct fictional reports into nested folders: something to try an archive on.

``python scripts/generate.py COUNT OUTDIR [--seed N] [--duplicates SHARE]``

TXT, HTML and DOCX take turns. A path is ``溪州省/檀岭市/2019/檀岭市民政局.html``. The prose is that of our
corpus, whose places, years and figures are replaced; it is used in the years whose form it was written
for, so that the sections fit. The tables are drawn and the pages laid out by ``tests/forge``. Sums in
the prose do not add up any more; those of the tables do.

The same seed and libraries give the same bytes, and a smaller COUNT gives the first of the reports.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import zipfile
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice, product, takewhile
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from forge import flat, forms, pages  # noqa: E402 (found by the line above)
from forge.model import Authored, Block, Cell, Form  # noqa: E402

from nlp_reports import corpus  # noqa: E402

# ---------------------------------------------------------------------------------------------
# Templates: the corpus' reports, and the offices that they are reports of

# The first years of the eras. A text of 2008, which begins in May, is of use in no other year.
_ERAS = (2008, 2009, 2014, 2019, 2021)
_END = 2026
_FORMS = {2014: "form-2014", 2019: "form-2019", 2021: "form-2021"}
_FORMLESS = ("university", "school", "hospital", "utility")

_NUMERALS = ["", *"一二三四五六七八九", *(f"十{n}" for n in ("", *"一二三四五六七八九"))]
_OWN_NUMBER = re.compile(r"\d+(?:\.\d+)*[ 、.．]|[一二三四五六七八九十]+[是抓、]|[（(]")

# The name of a place, and behind it what tells its kind: 岚樟|县人民政府, 榧江|大学.
_ISSUER = re.compile(
    r"(?P<before>国家税务总局)?(?P<stem>.{2,3}?)"
    r"(?P<office>(?:[省市县区镇乡州]|街道|地区|新区|经济|高新|国际|山生态|.{1,2}族|民族|大学|学院|职业|师范|中学|燃气).*)"
)
_TWO_PLACES = re.compile(r"[县区市].*(?:[镇乡]|街道)")

_SIGNED = re.compile(r".{0,20}年.{1,2}月.{1,3}日。?|.{2,10}(?:办公室|供稿).{0,16}")

# Parts of the forms since 2019: the official heading, and what headings of the corpus call it.
_PARTS = {
    "二": ("主动公开政府信息情况", "^主动公开|公开内容"),
    "三": ("收到和处理政府信息公开申请情况", "申请(?!行政复议)"),
    "四": ("政府信息公开行政复议、行政诉讼情况", "复议|诉讼"),
}


@dataclass(frozen=True)
class Template:
    """A report of the corpus, its headings numbered. ``@二`` marks where tables of a part stand."""

    stem: str
    title: str
    year: int
    form: str | None
    text: str


@dataclass(frozen=True)
class Office:
    """Issuers of one kind: ``before`` and ``name`` stand around a place's name. Templates by era."""

    before: str
    name: str
    templates: dict[int, list[Template]]

    @property
    def weight(self) -> int:
        return sum(map(len, self.templates.values()))


def read_offices() -> list[Office]:
    """Return the corpus by office; issuers that name two places are left out."""
    labelled = corpus.read(ROOT / "corpus")
    paragraphs = defaultdict(list)
    for paragraph in labelled.paragraphs:
        paragraphs[paragraph.document].append(paragraph)
    offices: dict[tuple[str, str], Office] = {}
    for name, known in labelled.documents.items():
        issuer = _ISSUER.fullmatch(known["issuer"])
        if issuer is None or _TWO_PLACES.match(issuer["office"]):
            continue
        key = issuer["before"] or "", issuer["office"]
        office = offices.setdefault(key, Office(*key, defaultdict(list)))
        office.templates[era(known["year"])].append(
            _template(issuer["stem"], known, paragraphs[name])
        )
    return list(offices.values())


def era(year: int) -> int:
    return _ERAS[bisect(_ERAS, year) - 1]


def _template(stem: str, known: dict[str, Any], paragraphs: Sequence[Any]) -> Template:
    form = None if known["level"] in _FORMLESS else _FORMS.get(era(known["year"]))
    sections: dict[str, list[Any]] = defaultdict(list)
    for paragraph in paragraphs:
        sections[paragraph.headings[0] if paragraph.headings else ""].append(paragraph)
    tables: dict[str, str] = {}
    if form in ("form-2019", "form-2021"):
        sections, tables = _with_tables(sections)
    lines: list[str] = []
    number = 0
    for title, inside in sections.items():
        if title:
            number += 1
            lines.append(f"= {_numbered(title, f'{_NUMERALS[number]}、')}")
        lines += _section_lines(inside)
        lines += [f"@{part}" for part in tables.get(title, "")]
    while _SIGNED.fullmatch(lines[-1]) or lines[-1] == known["issuer"]:
        lines.pop()  # reports sign off anew
    return Template(stem, known["title"], known["year"], form, "\n".join(lines))


def _with_tables(sections: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return the sections, those of the form that are missing put in, and which parts each ends with."""
    titles = [title for title in sections if title]
    parts: dict[str, str] = defaultdict(str)
    last = 0  # the first section is the overview
    for part, (official, wording) in _PARTS.items():
        at = next((n for n in range(last, len(titles)) if re.search(wording, titles[n])), None)
        if at is None:
            at = min(last + 1, len(titles))
            titles.insert(at, official)
        parts[titles[at]] += part
        last = at
    return {title: sections.get(title, []) for title in ("", *titles)}, parts


def _section_lines(paragraphs: Sequence[Any]) -> Iterator[str]:
    """Yield the paragraphs of a section; a heading stands where it differs from those above."""
    above: tuple[str, ...] = ()
    counts = [0, 0, 0]
    for paragraph in paragraphs:
        below = paragraph.headings[1:]
        same = takewhile(lambda pair: pair[0] == pair[1], zip(above, below, strict=False))
        shared = len(list(same))
        for level in range(shared, len(below)):
            counts[level] += 1
            counts[level + 1 :] = [0] * (2 - level)
            number = f"（{_NUMERALS[counts[0]]}）" if level == 0 else f"{counts[level]}."
            yield f"= {_numbered(below[level], number)}"
        above = below
        yield paragraph.text


def _numbered(heading: str, number: str) -> str:
    return heading if _OWN_NUMBER.match(heading) else number + heading


# ---------------------------------------------------------------------------------------------
# The world: places without end, and in each some offices


@dataclass(frozen=True)
class Issuer:
    """``size`` is how large the figures of its tables are, a style of ``forge.forms``."""

    folder: str
    stem: str
    office: Office
    size: str

    @property
    def name(self) -> str:
        return self.office.before + self.stem + self.office.name


def issuers(offices: list[Office], seed: int) -> Iterator[Issuer]:
    """Yield issuers province by province: offices of the province, of its cities and of their counties."""
    rng = Random(f"issuers {seed}")
    names = _names(offices, rng)

    def posts(folder: str, place: str, count: int, size: str) -> Iterator[Issuer]:
        stem, kind = place[:-1], place[-1]
        ours = [office for office in offices if office.name.startswith(kind)]
        yield from (Issuer(folder, stem, office, size) for office in _drawn(ours, count, rng))

    def others(folder: str, kinds: str, count: int, size: str) -> Iterator[Issuer]:
        theirs = [office for office in offices if re.match(kinds, office.name)]
        yield from (
            Issuer(folder, next(names), office, size) for office in _drawn(theirs, count, rng)
        )

    while True:
        province = f"{next(names)}省"
        yield from posts(province, province, 3, "province")
        for _ in range(rng.randint(3, 6)):
            city = f"{next(names)}市"
            folder = f"{province}/{city}"
            yield from posts(folder, city, 6, "city")
            for kind in "县县区":
                yield from posts(folder, f"{next(names)}{kind}", 4, "county")
            yield from others(folder, "[镇乡]|街道|民族乡|苗族乡", 4, "village")
            yield from others(folder, "(?![省市县区镇乡]|街道|民族乡|苗族乡)", 3, "county")


def _names(offices: list[Office], rng: Random) -> Iterator[str]:
    """Yield names that none has had, of characters of the corpus' names; none begins a word of jieba's."""
    import jieba

    with jieba.get_dict_file() as file:
        words = {line.decode()[:2] for line in file}
    taken = {t.stem for office in offices for group in office.templates.values() for t in group}
    firsts, seconds = (sorted({stem[n] for stem in taken}) for n in (0, 1))
    names = [a + b for a, b in product(firsts, seconds) if a != b]
    rng.shuffle(names)
    yield from (name for name in names if name not in words and name not in taken)
    raise ValueError("there are no more names of places: ask for fewer reports")


def _drawn(offices: list[Office], count: int, rng: Random) -> list[Office]:
    """Draw different offices, those with many templates more often."""
    left, drawn = list(offices), []
    while left and len(drawn) < count:
        office = rng.choices(left, [office.weight for office in left])[0]
        left.remove(office)
        drawn.append(office)
    return drawn


# ---------------------------------------------------------------------------------------------
# Reports: an issuer, a year, a template


@dataclass(frozen=True)
class Plan:
    issuer: Issuer
    year: int
    template: Template


def plans(seed: int) -> Iterator[Plan]:
    """Yield all reports there could be: each issuer has one of every year it has templates for."""
    rng = Random(f"plans {seed}")
    for issuer in issuers(read_offices(), seed):
        first = rng.randrange(100)
        for year in range(_ERAS[0], _END):
            if group := issuer.office.templates.get(era(year)):
                yield Plan(issuer, year, group[(first + year) % len(group)])


_TITLES = (
    "{issuer}{year}年政府信息公开工作年度报告",
    "{issuer}{year}年政府信息公开工作年度报告",
    "{issuer}{year}年度政府信息公开工作报告",
    "{issuer}{year}年政府信息公开年度报告",
    "{year}年{issuer}政府信息公开工作年度报告",
)
_STYLES = {
    "province": ("province", "commas"),
    "city": ("city", "city", "county", "commas"),
    "county": ("county", "county", "sparse", "some 无", "slashes"),
    "village": ("village", "sparse", "zero", "some 无", "all 无", "dashes"),
}


def author(plan: Plan, rng: Random) -> Authored:
    """Return the report with its prose rewritten and its tables drawn."""
    issuer, year, template = plan.issuer.name, plan.year, plan.template
    own, *lines = _rewritten(plan, rng).split("\n")
    title = rng.choice(_TITLES).format(issuer=issuer, year=year)
    if "政府信息公开" not in own or "学年" in own or rng.random() < 0.2:  # schools and companies
        title = own
    published = f"{year + 1}-{rng.randint(1, 3):02}-{rng.randint(1, 28):02}"
    tables: tuple[Form, ...] = ()
    if template.form:
        drawn = forms.values(template.form, rng, rng.choice(_STYLES[plan.issuer.size]))
        tables = forms.tables(template.form, drawn, rng.choice(forms.VARIANTS))
    blocks = (Block("title", title), *_blocks(lines, tables), *_ending(plan, published, tables))
    return Authored(
        name=f"{issuer} {year}",
        form=template.form or "",
        title=title,
        issuer=issuer,
        year=year,
        published=published,
        blocks=blocks,
        cells=(),  # forms.truth() tells them, and takes a quarter of the time of all
    )


def _blocks(lines: list[str], tables: tuple[Form, ...]) -> Iterator[Block]:
    for line in lines:
        if line.startswith("@"):
            yield from (Block("table", form=table) for table in tables if table.part == line[1:])
        elif line.startswith("= "):
            yield Block("heading", line[2:])
        else:
            yield Block("paragraph", line)


def _ending(plan: Plan, published: str, tables: tuple[Form, ...]) -> Iterator[Block]:
    """Yield who signs and when and, since 2014 and until 2018, the form as an annex."""
    year, month, day = map(int, published.split("-"))
    yield Block("sign-off", plan.issuer.name)
    yield Block("sign-off", f"{year}年{month}月{day}日")
    if plan.template.form == "form-2014":
        yield Block("caption", "政府信息公开情况统计表")
        yield Block("caption", f"（{plan.year}年度）")
        yield Block("caption", f"填报单位（盖章）：{plan.issuer.name}")
        yield from (Block("table", form=table) for table in tables)


_COUNTED = (
    "[件条次篇期人份场户封宗起家名批元项台处块万亿多余%％]|个(?!工作日|月|百分点)|分(?!之|钟)"
)
_CHANGED = re.compile(
    # A year that is told as one; 2008年5月1日 and 2019年5月15日 are when the regulation came into force.
    r"(?<![\d.,，])(?P<year>[12１２][90９０]\d\d)(?=学?年(?!5月15?日)|[—–\-－/至][12１２][90９０]\d\d|[〕\]]|度|\.\d\d?\.)"
    r"|(?P<spelt>二[〇○][〇○一二][〇○一二三四五六七八九])(?=年)"
    # A count, a share or a sum; 第3次, 1-3件 and the 100 of 100% stay as they are.
    rf"|(?<![\d.,，第〔\-—A-Za-z/])(?!100[%％])(?P<count>[1-9１-９]\d{{0,2}}(?:[,，]?\d{{3}})*(?:\.\d+)?)(?={_COUNTED})"
)
_SPELT = str.maketrans("〇○一二三四五六七八九", "00123456789")


def _rewritten(plan: Plan, rng: Random) -> str:
    """Return title and text with another place, other years and other figures of as many digits."""
    template, shift = plan.template, plan.year - plan.template.year

    def changed(match: re.Match[str]) -> str:
        if count := match["count"]:
            return "".join(_digit(mark, rng, least=n == 0) for n, mark in enumerate(count))
        found = match["year"] or match["spelt"].translate(_SPELT)
        if not template.year - 12 <= int(found) <= template.year + 6:
            return match[0]
        later = f"{int(found) + shift}"
        if match["spelt"]:
            return "".join("〇一二三四五六七八九"[int(digit)] for digit in later)
        return later if found.isascii() else later.translate(_WIDE)

    text = f"{template.title}\n{template.text}".replace(template.stem, plan.issuer.stem)
    return _CHANGED.sub(changed, text)


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def _digit(mark: str, rng: Random, least: int) -> str:
    """Return another digit of the same width, at least ``least``; a comma or a dot stays."""
    if not mark.isdigit():
        return mark
    zero = ord("0") if mark.isascii() else ord("０")
    return chr(zero + least + int(rng.random() * (10 - least)))


# ---------------------------------------------------------------------------------------------
# Media


def text(report: Authored, rng: Random) -> bytes:
    write = rng.choice((flat.tabs, flat.opened, flat.lines))
    encoding = rng.choices(("utf-8", "gb18030", "utf-8-sig", "utf-16"), (90, 7, 2, 1))[0]
    return write(report, rng).encode(encoding)


_PAGES = ("article", "portal", "editor", "layout", "breaks", "word")
_SHARES = (30, 25, 15, 12, 12, 6)
_ENCODINGS = (("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "gbk"), ("gb18030", None))


def html(report: Authored, rng: Random) -> bytes:
    style = rng.choices(_PAGES, _SHARES)[0]
    encoding, declared = rng.choices(_ENCODINGS, (90, 5, 3, 2))[0]
    return pages.page(report, rng, style, encoding=encoding, declared=declared)


def docx(report: Authored, rng: Random) -> bytes:
    """Return a package with nothing but what a text with tables needs."""
    body = "".join(_docx_table(b.form) if b.form else _docx_paragraph(b) for b in report.blocks)
    files = {**_PACKAGE, "word/document.xml": _DOCUMENT.format(body=body)}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, _FIXED_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(member, content)
    return buffer.getvalue()


_FIXED_TIME = (2020, 1, 1, 0, 0, 0)  # zipfile would write the time of day
_LOOKS = {
    "title": '<w:pStyle w:val="Title"/><w:jc w:val="center"/>',
    "heading": '<w:pStyle w:val="Heading1"/>',
    "paragraph": '<w:ind w:firstLineChars="200" w:firstLine="640"/>',
    "caption": '<w:jc w:val="center"/>',
    "sign-off": '<w:jc w:val="right"/>',
}


def _docx_paragraph(block: Block) -> str:
    return f"<w:p><w:pPr>{_LOOKS[block.kind]}</w:pPr>{_run(block.text)}</w:p>"


def _run(text: str) -> str:
    lines = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")
    )
    return (
        f'<w:r><w:rPr><w:rFonts w:hint="eastAsia" w:eastAsia="仿宋_GB2312"/></w:rPr>{lines}</w:r>'
    )


def _docx_table(form: Form) -> str:
    """Return a table; a cell over several rows is opened in the first and goes on in the others."""
    width = sum(cell.colspan for cell in form.rows[0])
    hanging: dict[int, tuple[int, int]] = {}  # by column: rows still covered, columns covered
    rows = "".join(f"<w:tr>{_docx_row(row, width, hanging)}</w:tr>" for row in form.rows)
    columns = f'<w:gridCol w:w="{8800 // width}"/>' * width
    look = '<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="8800" w:type="dxa"/></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl><w:p/>"


def _docx_row(row: tuple[Cell, ...], width: int, hanging: dict[int, tuple[int, int]]) -> str:
    cells, column, written = iter(row), 0, []
    while column < width:
        if column in hanging:
            left, span = hanging.pop(column)
            written.append(_docx_cell(span, "<w:vMerge/>", ""))
        else:
            cell = next(cells)
            left, span = cell.rowspan, cell.colspan
            merged = '<w:vMerge w:val="restart"/>' if left > 1 else ""
            written.append(_docx_cell(span, merged, cell.text))
        if left > 1:
            hanging[column] = left - 1, span
        column += span
    return "".join(written)


def _docx_cell(span: int, merged: str, text: str) -> str:
    wide = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    inside = f"<w:p>{_run(text)}</w:p>" if text else "<w:p/>"
    return f"<w:tc><w:tcPr>{wide}{merged}</w:tcPr>{inside}</w:tc>"


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPC = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_STYLE = '<w:style w:type="{}" w:styleId="{}"><w:name w:val="{}"/>{}</w:style>'
_DOCUMENT = f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{{body}}<w:sectPr/></w:body></w:document>'
_PACKAGE = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_OPC}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_KIND}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_OPC}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": f'{_XML}<Relationships xmlns="{_OPC}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "word/styles.xml": f'{_XML}<w:styles xmlns:w="{_WORD}">'
    + _STYLE.format("paragraph", "Title", "Title", "")
    + _STYLE.format(
        "paragraph", "Heading1", "heading 1", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'
    )
    + _STYLE.format("table", "TableGrid", "Table Grid", "")
    + "</w:styles>",
}

MEDIA: dict[str, Callable[[Authored, Random], bytes]] = {"txt": text, "html": html, "docx": docx}


# ---------------------------------------------------------------------------------------------
# Files


def reports(seed: int, duplicates: float = 0) -> Iterator[tuple[str, bytes, Authored]]:
    """Yield path, bytes and report without end.

    A share of ``duplicates`` are the file before once more, under another path.
    """
    for number, plan in enumerate(plans(seed)):
        suffix = list(MEDIA)[number % 3]
        rng = Random(f"report {seed} {number}")
        report = author(plan, rng)
        path = f"{plan.issuer.folder}/{plan.year}/{plan.issuer.name}.{suffix}"
        data = MEDIA[suffix](report, rng)
        yield path, data, report
        if rng.random() < duplicates:
            folder, _, name = path.rpartition("/")
            yield f"{folder}/转载/{name}", data, report


def write(count: int, outdir: Path, seed: int = 1, duplicates: float = 0) -> list[Path]:
    """Write the first ``count`` reports of a seed and return their paths, in the order written."""
    written = []
    for path, data, _ in islice(reports(seed, duplicates), count):
        file = outdir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        written.append(file)
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duplicates", type=float, default=0, metavar="SHARE")
    asked = parser.parse_args(arguments)
    start = time.process_time()
    files = write(asked.count, asked.outdir, asked.seed, asked.duplicates)
    seconds = time.process_time() - start
    size = sum(file.stat().st_size for file in files)
    print(
        f"{len(files):,} reports, {size / 1e6:.1f} MB, {len(files) / seconds:.0f} a CPU second",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
