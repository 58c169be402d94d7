"""`Document` to `Structure`: headings, metadata, paragraphs and grids, set apart from each other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from .. import forms
from ..schema import Document, Paragraph, Span, Structure, Table, Warning
from ..text import fold, squeeze
from . import grids, headings, metadata, paragraphs
from .lines import Line, is_chrome, is_mark, is_masthead, split

_REPORT = re.compile("信息公开|政务公开|公开信息|依申请公开|主动公开")
_TITLE_LINES = 4  # a title runs over at most so many lines
_HEAD_LINES = 60  # visible lines searched for a title
_FOOT_LINES = 6  # paragraphs at the end searched for a sign-off
_SIGN_OFF = 40  # characters of a line that signs off
_PAGE_NUMBER = re.compile(r"\d{1,3}\Z")


def structure(document: Document) -> Structure:
    """Return the parts of a document.

    Every visible character of the document ends up in exactly one of: a heading, a paragraph, a
    table, the title, or ``noise``.
    """
    lines = split(document.text)
    aside = [line for line in lines if is_mark(line.text) or _is_within(line, document.noise)]
    starts = {line.start for line in aside}
    lines = [line for line in lines if not line.text or line.start not in starts]
    tables = grids.find(lines, document.grids)
    in_table = {at for table in tables for at in table.lines}
    title, title_at = _find_title(lines, in_table)
    body = _Body(document.text, title, paragraphs.text_width(_prose(lines, in_table)), aside)
    for at, line in enumerate(lines):
        if not line.text:
            body.blank()
        elif at in in_table or at in title_at:
            body.interrupt()
        elif title_at and at < min(title_at) and is_masthead(line.text):
            body.noise.append(line)
        else:
            body.take(line, following=_next_visible(lines, at, in_table))
    laid_out = tuple(grids.lay_out(lines, table, index) for index, table in enumerate(tables))
    return _assemble(document, title, body, laid_out)


def _is_within(line: Line, spans: Sequence[Span]) -> bool:
    """Tell whether a visible line stands in one of `spans`, which are in order."""
    at = bisect_right(spans, line.start, key=lambda span: span.start) - 1
    return bool(line.text) and at >= 0 and line.start < spans[at].end


def _prose(lines: list[Line], in_table: set[int]) -> list[Line]:
    return [line for at, line in enumerate(lines) if line.text and at not in in_table]


def _next_visible(lines: list[Line], at: int, in_table: set[int]) -> str:
    for later in range(at + 1, min(at + 12, len(lines))):
        if lines[later].text and later not in in_table:
            return lines[later].text
    return ""


def _find_title(lines: list[Line], in_table: set[int]) -> tuple[str | None, set[int]]:
    """Return the title and the lines it stands on; it may run over several."""
    visible = [at for at, line in enumerate(lines) if line.text and at not in in_table][
        :_HEAD_LINES
    ]
    for n, at in enumerate(visible):
        if len(lines[at].text) > 80:
            break
        for count in range(1, _TITLE_LINES + 1):
            window = visible[n : n + count]
            if not _may_be_title(lines, window):
                break
            if metadata.is_title("".join(lines[i].text for i in window)):
                return "".join(lines[i].raw.strip() for i in window), set(window)
    return None, set()


def _may_be_title(lines: list[Line], window: list[int]) -> bool:
    """A line of a title is short, unnumbered, no sentence and no part of the web page."""
    return bool(window) and all(
        len(lines[i].text) <= 60
        and not re.search("[。;,:]", lines[i].text)
        and not is_chrome(lines[i].text)
        and not headings.is_numbered(lines[i].text)
        for i in window
    )


class _Body:
    """Takes lines in order and sorts them into sections, paragraphs and noise."""

    def __init__(
        self, text: str, title: str | None, width: int | None, noise: Sequence[Line]
    ) -> None:
        self.outline = headings.Outline()
        self.paragraphs: list[Paragraph] = []
        self.noise = list(noise)
        self._text = text
        self._title = squeeze(title) if title else None
        self._width = width
        self._headings: list[Line] = []
        self._item = ""  # the line that opened the paragraph at hand
        self._first: dict[int, int] = {}
        self._spans: list[Span] = []
        self._last: Line | None = None
        self._gap = False

    def blank(self) -> None:
        self._gap = True

    def interrupt(self) -> None:
        """End the paragraph at hand: a table or the title follows."""
        self._close()

    def take(self, line: Line, following: str) -> None:
        if self._is_noise(line):
            self.noise.append(line)
            return
        if self._title and squeeze(line.text) == self._title:
            self._restart()
            self.noise.append(line)
            return
        on = self._last is not None and paragraphs.goes_on(
            self._last, line, gap=self._gap, width=self._width
        )
        heading = None if on else self._heading(line, following)
        if not on:
            self._close()
        if heading:
            self._headings.append(line)
            self.outline.add(heading.printed(self._text[line.start : line.end]))
        self._append(line, heading.end if heading else 0)
        self._gap = False
        if not on:
            self._item = "" if heading else line.text

    def _heading(self, line: Line, following: str) -> headings.Heading | None:
        in_list = any(headings.same_style(line.text, beside) for beside in (following, self._item))
        heading = headings.parse(line.text, in_list=in_list)
        return None if heading and self._is_wrapped(line, heading, following) else heading

    def _is_noise(self, line: Line) -> bool:
        text = line.text
        if not self.paragraphs and not self._spans and metadata.is_date_under_title(text):
            return True
        return is_chrome(text) or bool(_PAGE_NUMBER.match(text))

    def _is_wrapped(self, line: Line, heading: headings.Heading, following: str) -> bool:
        """A numbered line as wide as the text that the next line goes on is no heading."""
        return (
            self._width is not None
            and heading.end == len(line.text)
            and len(line.text) + line.indent >= self._width - 2
            and not headings.is_numbered(following)
        )

    def _restart(self) -> None:
        """The title stands again: headings before it that hold nothing were links to parts."""
        self._close()
        if not self.paragraphs:
            self.outline = headings.Outline()
            self.noise += self._headings

    def _append(self, line: Line, offset: int) -> None:
        start = line.start + offset
        while start < line.end and self._text[start].isspace():
            start += 1
        if start < line.end:
            self._spans.append(Span(start, line.end))
            self._last = line

    def _close(self) -> None:
        if self._spans:
            index = len(self.paragraphs)
            for section in self.outline.open_sections():
                self._first.setdefault(section, index)
            self.paragraphs.append(
                Paragraph(
                    index,
                    "".join(self._text[span.start : span.end] for span in self._spans),
                    self.outline.current,
                    self.outline.path(),
                    tuple(self._spans),
                )
            )
        self._spans, self._last = [], None

    def finish(self) -> dict[int, int]:
        self._close()
        return self._first


def _stated(document: Document) -> list[str]:
    """Return what the file states outside of its text as lines of a page's head."""
    names = {"published": "发布日期", "publisher": "发布机构"}
    return [f"{names[key]}:{fold(v)}" for key, v in document.properties.items() if key in names]


def _title_aside(document: Document, noise: Sequence[Line]) -> str | None:
    """Return the title where it stands only in the file's properties or at the head of all pages."""
    heads = (document.text[line.start : line.end] for line in noise)
    asides = (document.properties.get("title", ""), *heads)
    return next((text for text in asides if metadata.is_title(text)), None)


def _page(pages: Sequence[int], at: int) -> int | None:
    """Return the page, from 1, on which an offset stands; None in media without pages."""
    return bisect_right(pages, at) or None


def _assemble(
    document: Document, title: str | None, body: _Body, tables: tuple[Table, ...]
) -> Structure:
    first = body.finish()
    texts = [paragraph.text for paragraph in body.paragraphs]
    captions = [cell for table in tables for row in table.rows[:6] for cell in row[:1]]
    foot = [fold(text).strip() for text in texts[-_FOOT_LINES:] if len(text) <= _SIGN_OFF]
    period = metadata.period_in(map(squeeze, texts[:12] + texts[-_FOOT_LINES:]))
    noise = sorted(body.noise, key=lambda line: line.start)
    title = title or _title_aside(document, noise)
    head = [line.text for line in noise] + _stated(document)
    issuer = metadata.issuer_of(title) if title else None
    found = list(document.warnings)
    if title is None and not _REPORT.search(document.text):
        found.append(Warning("not_a_report", "the text does not speak of information disclosure"))
    elif title is None:
        found.append(Warning("no_title", "no title of a yearly report was found"))
    return Structure(
        title,
        issuer or metadata.issuer_in(captions + texts[:8], foot) or metadata.publisher_in(head),
        metadata.year_of(title, period, texts[:4]),
        period,
        metadata.published_in(head, foot),
        forms.form_of(row for table in tables for row in table.rows),
        body.outline.sections(first),
        tuple(replace(p, page=_page(document.pages, p.spans[0].start)) for p in body.paragraphs),
        tables,
        tuple(Span(line.start, line.end) for line in noise),
        tuple(found),
    )
