"""Headings: which lines are one, how they are numbered, and how they nest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from .. import lexicon
from ..schema import Section
from ..text import squeeze, unspaced

_HAN = "[一二三四五六七八九十]{1,3}"
# Styles of numbering on folded text, outermost first.
_STYLES = (
    ("part", rf"第{_HAN}(?:(?:部分|章|节)[、,:. ]*|[、 ]+)"),
    ("han", rf"{_HAN} *[、.,:] *|{_HAN} {{1,4}}(?=[\u4e00-\u9fa5])"),
    ("han_paren", rf"[(] *{_HAN} *[)] *[、.]? *|{_HAN}[)] *|[㈠-㈩] *"),
    ("arabic", r"\d{1,2} *(?:、|[.](?!\d)) *|\d{1,2} {1,4}(?=[\u4e00-\u9fa5]{2,16}\Z)"),
    ("decimal", r"\d{1,2}(?:[.]\d{1,2}){1,2} {1,4}(?=[\u4e00-\u9fa5])"),
    ("arabic_paren", r"[(] *\d{1,2} *[)] *[、.]? *|\d{1,2}[)] *|[①-⑳⑴-⒇] *"),
)
_NUMBER = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _STYLES))
_RANK = {style: rank for rank, (style, _) in enumerate(_STYLES)} | {"plain": 1}
_END = re.compile(r"[。;!?]|[.](?=[ \u4e00-\u9fa5]|\Z)")
# The first words of a sentence that reports something: such a line is an item, not a title.
_CLAUSE = re.compile(
    r"我|本(?!级)|未|没有|无|已|共|全[省市县区镇乡街年局]|截[至止]|今年|去年|年初|目前|\d{2,4}年|是|不(?!断)|对于?|通过|按照|根据"
)
_FIGURE = re.compile(r"(?<![\d,.])\d[\d,.]* *[万余多]* *(?:条|件|次|个|项|人|篇|份|%|元|万)")
_NOMINAL = re.compile(
    r"(?:情况|措施|概述|事项|问题|打算|附表|说明|计划|不足|建议|引言|改进|概况|方向)\Z"
)
MAX_TITLE = 45  # characters of a heading on a line of its own
MAX_RUN_IN = 26  # characters of a heading run into its text: （三）加强宣传培训。加强对…
MAX_PLAIN = 22  # characters of a heading without a number


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found in a line, as offsets into the line: number, title, and where it stops."""

    style: str
    number: str
    title: str
    start: int
    end: int

    def printed(self, line: str) -> Heading:
        """Return the heading with number and title as `line`, of the same length, prints them."""
        number = line[: self.start].strip() if self.number else ""
        title = line[self.start : self.start + len(self.title)]
        return Heading(self.style, number, title, self.start, self.end)


@cache
def _parts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["part"], re.compile(row["pattern"])) for row in lexicon.table("parts"))


@lru_cache(maxsize=4096)
def part_of(title: str) -> str | None:
    """Return which part of a report a heading announces (``resources/parts.tsv``), or None."""
    bare = squeeze(title)
    return next((part for part, pattern in _parts() if pattern.search(bare)), None)


def parse(text: str, *, in_list: bool = False) -> Heading | None:
    """Return the heading with which a folded line begins, or None.

    A numbered line is a heading when it is short and no sentence, or when its first sentence reads
    like a title and text follows it. ``in_list`` says that a line beside it carries the same kind
    of number: then a line that ends in a full stop is an item of a list, with no body.
    """
    match = _NUMBER.match(text)
    if not match or not match.lastgroup:
        return _plain(text)
    style, number = match.lastgroup, match.group().strip()
    at = match.end()
    rest = text[at:]
    end = _END.search(rest)
    if not rest.strip() or rest[0] in "、,。":
        return None
    if style == "decimal" and end:
        return None  # 1.5公里…。 is a sentence
    if number.isdecimal() and not part_of(rest):
        return None  # 12 次会议 is broken prose, 2 主动公开的内容 a heading
    if rest.endswith(":") and part_of(rest) and _NOMINAL.search(rest[:-1]):
        return Heading(style, number, rest[:-1].rstrip(), at, len(text))
    if not end:
        long = len(rest) > MAX_TITLE or rest.endswith((",", ":", "、")) or rest.count(",") > 3
        return None if long else Heading(style, number, rest.rstrip(), at, len(text))
    title = rest[: end.start()].rstrip()
    body = rest[end.end() :].strip()
    if end.group() not in "。." or not _is_title(title) or (not body and in_list):
        return None
    return Heading(style, number, title, at, at + end.end())


def same_style(first: str, second: str) -> bool:
    """Tell whether two folded lines begin with the same kind of number."""
    a, b = _NUMBER.match(first), _NUMBER.match(second)
    return bool(a and b and a.lastgroup == b.lastgroup)


def is_numbered(text: str) -> bool:
    """Tell whether a folded line begins with a heading's number."""
    return bool(_NUMBER.match(text))


def _is_title(title: str) -> bool:
    return (
        0 < len(title) <= MAX_RUN_IN
        and title.count(",") <= 2
        and ":" not in title
        and not _CLAUSE.match(title)
        and not _FIGURE.search(title)
    )


def _plain(text: str) -> Heading | None:
    bare = unspaced(text)
    if not 2 <= len(bare) <= MAX_PLAIN or re.search(r"[,。;:!?\d《]", bare):
        return None
    if part_of(bare) and (_NOMINAL.search(bare) or bare in ("主动公开", "依申请公开")):
        return Heading("plain", "", text, 0, len(text))
    return None


class Outline:
    """Collects headings in reading order and nests them.

    A style seen before closes everything opened since; a new style opens a level below. Arabic
    numbers that carry on the parts (``1、基本情况`` … ``二、…``) stand among the parts.
    """

    def __init__(self) -> None:
        self._sections: list[Section] = []
        self._open: list[tuple[str, int]] = []

    def add(self, heading: Heading) -> int:
        """Open a section and return its index."""
        style = self._normal(heading)
        if style in (names := [name for name, _ in self._open]):
            del self._open[names.index(style) :]
        else:
            while self._open and _RANK[self._open[-1][0]] >= _RANK[style]:
                self._open.pop()
        index = len(self._sections)
        parent = self._open[-1][1] if self._open else None
        self._open.append((style, index))
        self._sections.append(
            Section(index, len(self._open), heading.number, heading.title, parent, None)
        )
        return index

    def _normal(self, heading: Heading) -> str:
        if heading.style == "plain":
            return "han"
        if heading.style != "arabic":
            return heading.style
        tops = [section for section in self._sections if section.level == 1]
        number = int("".join(char for char in heading.number if char.isdecimal()))
        if number != len(tops) + 1:
            return heading.style
        carries_on = bool(tops) and tops[-1].number[:1].isdigit()
        is_part = (not tops or len(tops) >= 2) and part_of(heading.title) is not None
        return "han" if carries_on or is_part else heading.style

    def path(self) -> tuple[str, ...]:
        """Return the titles of the open sections, outermost first."""
        return tuple(self._sections[index].title for _, index in self._open)

    def open_sections(self) -> tuple[int, ...]:
        """Return the indexes of the open sections, outermost first."""
        return tuple(index for _, index in self._open)

    @property
    def current(self) -> int | None:
        """Index of the innermost open section."""
        return self._open[-1][1] if self._open else None

    def sections(self, first_paragraphs: dict[int, int]) -> tuple[Section, ...]:
        """Return the sections, each with its first paragraph from `first_paragraphs`."""
        return tuple(
            Section(s.index, s.level, s.number, s.title, s.parent, first_paragraphs.get(s.index))
            for s in self._sections
        )
