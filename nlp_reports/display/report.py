"""A report as a table for a person at a terminal, in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from .. import lexicon
from ..catalogue import by_id
from ..schema import Evidence, Paragraph, Report, Segment, Statistic
from .layout import WIDTH, clip, columns, fill, pad, page, rule, visible, wrap

_PASSAGES = 3  # passages shown for each topic
_OTHERS = 40  # figures shown that are no official indicator
_LABEL = 12  # columns of the left-hand labels
_EVIDENCE = 5  # pieces of evidence shown below a passage
_PIECE = 20  # columns of the text of one piece; longer words are web addresses
_FORMS = {"form-2014": "2014年式统计表", "form-2019": "2019年式表格", "form-2021": "2021年式表格"}
_CELL = 8  # columns of a figure in a matrix
_APPLICANTS = {
    "natural_person": "自然人",
    "legal.business": "商业",
    "legal.research": "科研",
    "legal.public_welfare": "公益",
    "legal.legal_service": "法律",
    "legal.other": "其他",
    "total": "总计",
}
_NO_PART = {"none": "其他标题", "no heading": "无标题"}  # what is no part of a report
_APPROX = {"about": "约", "over": "逾", "at_least": "至少", "at_most": "至多", "exact": ""}


def table(report: Report, *, width: int = WIDTH) -> str:
    """Return a report as lines of at most `width` columns, without a final line break."""
    parts = (_head, _outline, _topics, _statistics, _cells, _notes)
    return page(part(report, width) for part in parts)


def _head(report: Report, width: int) -> Iterator[str]:
    yield "━" * width
    yield from wrap(report.title or "（未识别标题）", width)
    yield "━" * width
    period = f"{report.period.start} 至 {report.period.end}" if report.period else "未载明"
    pairs = (
        ("公开机关", report.issuer or "未识别"),
        ("年度", str(report.year) if report.year else "未识别"),
        ("统计期限", period),
        ("发布日期", str(report.published) if report.published else "未载明"),
        ("表格", _FORMS.get(report.form or "", "无官方统计表")),
        ("文件", report.source.path or "（内存）"),
    )
    for label, value in pairs:
        yield from _entry(label, value, width)


def _outline(report: Report, width: int) -> Iterator[str]:
    yield rule("结构", f"{len(report.paragraphs)} 段，{len(report.tables)} 张表", width)
    for section in report.sections:
        if section.level <= 2:
            yield from wrap(f"{section.number}{section.title}", width, indent=2 * section.level)


def _topics(report: Report, width: int) -> Iterator[str]:
    segments = [(p, s) for p in report.paragraphs for s in p.segments]
    yield rule("主题", f"{len(segments)} 句，各列最确信的 {_PASSAGES} 句", width)
    titles = lexicon.mapping("topics", "topic", "title")
    present = {topic for _, segment in segments for topic in segment.topics}
    for topic in [*titles, *sorted(present - set(titles))]:
        found = [(p, s) for p, s in segments if topic in s.topics]
        if found:
            yield f"{pad(titles.get(topic, topic), _LABEL)}{len(found):>3} 句"
            yield from _passages(found, topic, width)


def _passages(found: list[tuple[Paragraph, Segment]], topic: str, width: int) -> Iterator[str]:
    """The passages a topic is surest of, in reading order, each on one line, evidence below it."""
    best = sorted(found, key=lambda item: -item[1].topics[topic])[:_PASSAGES]
    for paragraph, segment in sorted(best, key=lambda item: (item[0].index, item[1].start)):
        mark = f"{segment.topics[topic]:.2f} {_paragraph(paragraph.index)} "
        text = " ".join(paragraph.text[segment.start : segment.end][: 2 * width].split())
        yield f"   {mark}{clip(text, width - 3 - columns(mark))}"
        yield from _evidence(segment.evidence.get(topic, ()), width)


def _evidence(evidence: Iterable[Evidence], width: int) -> Iterator[str]:
    """What speaks for a topic most: the strongest pieces that fit on one line; none, no line."""
    shown = [e for e in evidence if e.kind != "base" and round(e.weight, 2) > 0]
    strongest = sorted(shown, key=lambda e: -e.weight)[:_EVIDENCE]
    line, *_ = fill(map(_piece, strongest), width - 6)
    if line:
        yield f"{' ' * 6}{line}"


def _piece(evidence: Evidence) -> str:
    """A word and its weight; before what is no word of the segment, in brackets, what it is."""
    kind, text = evidence.kind, visible(evidence.text)
    if kind == "part":
        text = (lexicon.mapping("parts", "part", "title") | _NO_PART).get(text, text)
    elif kind == "length" and text.endswith("+"):
        text = f"≥{text[:-1]}字"
    names = lexicon.mapping("evidence_kinds", "kind", "name")
    where = "" if kind == "word" else f"〔{names.get(kind, visible(kind))}〕"
    return f"{where}{clip(text, _PIECE)}{evidence.weight:+.2f}"


def _statistics(report: Report, width: int) -> Iterator[str]:
    """Figures in prose: official indicators first, then what else is counted, in reading order."""
    stated = [s for s in report.statistics if s.paragraph is not None]
    known = [s for s in stated if s.indicator]
    others = [s for s in stated if not s.indicator]
    yield rule("文中数据", f"{len(stated)} 处，其中官方指标 {len(known)} 处", width)
    for statistic in known:
        yield _figure(statistic, f"◆{_title(statistic)}", width)
    for statistic in others[:_OTHERS]:
        yield _figure(statistic, statistic.subject or "", width)
    if len(others) > _OTHERS:
        yield f"{' ' * 20}……另有 {len(others) - _OTHERS} 处，见 --format json"


def _cells(report: Report, width: int) -> Iterator[str]:
    """Figures of the official tables: those by kind of applicant as a matrix, the others listed."""
    for table in report.tables:
        cells = [s for s in report.statistics if s.table == table.index]
        if not cells:
            continue
        known = sum(s.indicator is not None for s in cells)
        note = f"{_FORMS.get(table.form or '', '')} {len(cells)} 格，其中官方指标 {known} 格"
        yield rule(f"表{table.index + 1}", note, width)
        matrix: dict[str, dict[str, Statistic]] = {}
        for cell in cells:
            if cell.indicator and cell.column:
                matrix.setdefault(cell.indicator, {})[cell.column] = cell
            else:
                name = f"◆{_title(cell)}" if cell.indicator else _local(cell)
                yield _figure(cell, name, width)
        if matrix:
            yield " " * (width - 7 * _CELL) + "".join(
                pad(name, _CELL, right=True) for name in _APPLICANTS.values()
            )
        for row in matrix.values():
            title = clip(f"◆{_title(next(iter(row.values())))}", width - 7 * _CELL - 1)
            figures = (_plain(row[c].value) if c in row else "?" for c in _APPLICANTS)
            yield pad(title, width - 7 * _CELL) + "".join(
                pad(figure, _CELL, right=True) for figure in figures
            )


def _local(cell: Statistic) -> str:
    return " ".join(filter(None, ("".join((cell.row or "").split()), cell.column)))


def _figure(statistic: Statistic, name: str, width: int) -> str:
    place = f" {_paragraph(statistic.paragraph)}" if statistic.paragraph is not None else ""
    room = width - 20 - columns(place)
    return f"{pad(_value(statistic), 18, right=True)}  {pad(clip(name, room), room)}{place}"


def _title(statistic: Statistic) -> str:
    return by_id()[statistic.indicator].title if statistic.indicator else ""


def _paragraph(index: int) -> str:
    return f"第{index + 1}段"  # people count from one


def _notes(report: Report, width: int) -> Iterator[str]:
    if report.warnings:
        yield rule("提示", "", width)
        texts = lexicon.mapping("warnings", "code", "text")
        for warning in report.warnings:
            yield from wrap(texts[warning.code], width, indent=2)


def _value(statistic: Statistic) -> str:
    if statistic.implicit:
        return "0（无）"
    if statistic.unit is None and statistic.text:  # a fraction reads best as it stands
        return _APPROX[statistic.approx] + statistic.text
    number = _plain(statistic.value)
    if statistic.value_max is not None:
        number += f"–{_plain(statistic.value_max)}"
    return f"{_APPROX[statistic.approx]}{number} {statistic.unit or ''}"


def _plain(value: Decimal | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.6f}".rstrip("0")


def _entry(label: str, value: str, width: int) -> Iterator[str]:
    first, *rest = wrap(value, width - _LABEL)
    yield pad(label, _LABEL) + first
    for line in rest:
        yield " " * _LABEL + line
