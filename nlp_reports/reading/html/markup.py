"""HTML markup to a page: tags and text become lines, tables, and the elements around them.

The parser's events are taken as they come and no tree is built. Measured on libxml2 2.14: its tree
ends at 2,048 levels of nesting and at the first ``</html>``, silently; its events lose nothing,
100,000 open elements take 0.2 s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import unquote

from lxml import etree

from ...errors import DocumentTooLarge
from ...text import unspaced
from ..content import one_line
from .page import Line, Page
from .tables import Tables

# Characters of markup without pictures. A tag full of attributes takes 30 times its size in memory.
_MAX_MARKUP = 16_000_000
# Tags, entities and line ends: half a million take 10 s and 200 MB. A report of 180 KB has 10,000.
_MAX_MARKS = 500_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    """
    script style noscript template title select option optgroup datalist textarea button iframe
    del s strike object embed applet canvas svg math audio video noframes noembed map
    """
)
_BLOCKS = _names(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li
    listing main marquee menu nav ol p plaintext pre section summary table tbody td tfoot th thead
    tr ul xmp ucaptitle ucapcontent founder-title founder-content
    """
)
_TITLES = _names("h1 h2 h3")
_BESIDE = _names("nav footer aside")
_FEET = _names("foot footer copyright")  # classes and ids of the foot of a site
_POINTERS = _names("a frame iframe embed object")
_TARGETS = ("href", "src", "data")  # the attributes they point with
_NOTED = _POINTERS | {"meta", "img"}

_PICTURE = re.compile(r"data:[\w.+/-]{1,60};base64,[A-Za-z0-9+/=]*")
_DISPLAY = re.compile(r"display\s*:\s*(none|block)", re.IGNORECASE)
_TEXT_INDENT = re.compile(r"text-indent\s*:\s*(-?)([0-9]*\.?[0-9]*)", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|ceb|rtf|txt|zip|rar|7z)\b", re.IGNORECASE
)
_PATH = re.compile(r"[/\\?&=]")
# A line end in the source is a blank, but where an indent follows it the writer meant a paragraph.
_PARAGRAPH = re.compile(r"[\r\n][ \t]*(?=\u3000\u3000)")
# White space, and the invisible characters that pages carry.
_BLANK = (
    "".join(chr(n) for n in range(0x3001) if chr(n).isspace()) + "\u200b\u200c\u200d\u2060\ufeff"
)
_WIDTH = {"\u3000": 2, "\u2003": 2, "\xa0": 1, "\u2002": 1}  # blanks that set a line in


def parse(markup: str, *, where: str) -> Page:
    """Return the page that `markup` makes.

    Raises
    ------
    DocumentTooLarge
        If there is more of it than the parser can bear.
    """
    target = _Target()
    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True, huge_tree=True)
    data = _checked(markup, where).encode("utf-8", "replace")
    with suppress(etree.LxmlError):  # whatever the parser gave up at, the lines before it are read
        etree.fromstring(data, parser)
    return target.close()


def _checked(markup: str, where: str) -> str:
    """Return `markup` without the pictures written into it, if the parser can bear it."""
    markup = _PICTURE.sub("", markup) if "base64," in markup else markup
    marks = sum(map(markup.count, "<&\n"))
    if len(markup) > _MAX_MARKUP or marks > _MAX_MARKS:
        raise DocumentTooLarge(
            f"{len(markup):,} characters of markup in {marks:,} tags and lines, more than the "
            f"{_MAX_MARKUP:,} and {_MAX_MARKS:,} that are read",
            where,
        )
    return markup.replace("\0", "").replace("\ufeff", "")


@dataclass(frozen=True, slots=True)
class _Look:
    """How attributes show an element; ``indent`` is None where they say nothing of its first line."""

    hidden: bool = False
    block: bool = False
    beside: bool = False
    indent: bool | None = None


_PLAIN = _Look()


def _look(style: str, names: frozenset[str]) -> _Look:
    display = {value.lower() for value in _DISPLAY.findall(style)}
    match = _TEXT_INDENT.search(style)
    return _Look(
        "none" in display,
        "block" in display,
        not _FEET.isdisjoint(names),
        not match.group(1) and bool(match.group(2).strip("0.")) if match else None,
    )


@dataclass(slots=True)
class _Element:
    """An open element. An inline one bears the number of the block around it."""

    number: int
    indent: bool = False
    link: bool = False
    beside: bool = False
    heading: bool = False
    preformatted: bool = False


class _Target:
    """What the parser calls: ``start``, ``end``, ``data`` and ``close``."""

    def __init__(self) -> None:
        self._page = Page()
        self._tables = Tables(self._page)
        self._open = [_Element(0)]
        self._looks: dict[tuple[str, str, str], _Look] = {}
        self._title: list[str] = []
        self._skipped = 0  # open elements, from one on that is left out
        self._skipped_tag = ""
        # The line that is being read
        self._parts: list[str] = []
        self._linked = 0
        self._file = ""
        self._indented = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        look = self._look(attributes) if attributes else _PLAIN
        if tag in _NOTED:
            self._note(tag, attributes)
        if tag in _DROPPED or look.hidden or "hidden" in attributes:
            self._skipped, self._skipped_tag = 1, tag
        elif tag in _BLOCKS or look.block:
            self._open_block(tag, attributes, look)
        elif tag == "a" and "href" in attributes:
            self._open.append(replace(self._open[-1], link=True))
        else:
            if tag == "br":
                self._break_line()
            self._open.append(self._open[-1])

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if len(self._open) == 1:
            return
        number = self._open[-1].number
        is_block = number != self._open[-2].number
        if is_block:
            self._break_line()
            self._page.close(number)
        self._open.pop()
        if is_block:
            self._tables.end(tag, number, len(self._open))

    def data(self, text: str) -> None:
        around = self._open[-1]
        if self._skipped:
            self._skip(text)
            return
        if around.preformatted and "\n" in text:
            *lines, text = text.split("\n")
            for line in lines:
                self._parts.append(line)
                self._break_line()
        self._parts.append(text)
        if around.link:
            self._linked += len(unspaced(text))

    def close(self) -> Page:
        self._skipped = 0
        while len(self._open) > 1:
            self.end("")
        self._break_line()
        self._tables.finish()
        self._page.close(0)
        self._page.meta.setdefault("title", one_line("".join(self._title)))
        return self._page

    def _look(self, attributes: Mapping[str, str]) -> _Look:
        get = attributes.get
        key = get("style", ""), get("class", ""), get("id", "")
        if key not in self._looks:
            style, *names = key
            self._looks[key] = _look(style, _names(" ".join(names).lower()))
        return self._looks[key]

    def _note(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "meta":
            name = attributes.get("name") or attributes.get("property")
            content = one_line(attributes.get("content", ""))
            if name and content:
                self._page.meta.setdefault(name.strip().lower(), content)
        elif tag == "img":
            self._page.pictures += 1
        else:
            self._point(tag, next((attributes[key] for key in _TARGETS if key in attributes), ""))

    def _point(self, tag: str, target: str) -> None:
        self._page.links += tag == "a" and bool(target)
        self._page.frames += tag in ("frame", "iframe")
        if name := _file_name(target):
            self._file = name
            self._page.files.append(name)

    def _skip(self, text: str) -> None:
        if self._skipped_tag == "title":
            self._title.append(text)
        elif self._skipped_tag not in _DROPPED:
            self._page.hidden += text.count("。")

    def _open_block(self, tag: str, attributes: Mapping[str, str], look: _Look) -> None:
        self._break_line()
        around, depth = self._open[-1], len(self._open)
        self._tables.before(tag, depth)
        element = _Element(
            self._page.open(around.number),
            around.indent if look.indent is None else look.indent,
            around.link,
            around.beside or tag in _BESIDE or look.beside,
            around.heading or tag in _TITLES,
            around.preformatted or tag == "pre",
        )
        self._tables.start(tag, element.number, attributes, depth)
        self._indented = element.indent
        self._open.append(element)

    def _break_line(self) -> None:
        if not self._parts:
            return
        text = "".join(self._parts)
        self._parts.clear()
        if text.isspace():
            return
        for piece in _PARAGRAPH.split(text):
            self._add_line(piece)
        self._linked, self._file = 0, ""

    def _add_line(self, drawn: str) -> None:
        bare = drawn.lstrip(_BLANK)
        text = one_line(bare.rstrip(_BLANK))
        if not text:
            return
        around, lead = self._open[-1], drawn[: len(drawn) - len(bare)]
        width = sum(_WIDTH.get(blank, int(around.preformatted)) for blank in lead)
        self._page.items.append(
            Line(
                text,
                around.number,
                self._indented or width >= 2,
                self._linked,
                around.beside,
                around.heading,
                self._file,
            )
        )
        self._indented = False


def _file_name(target: str) -> str:
    """Return the name of the document that a link points to, or an empty string."""
    if not _FILE.search(target):
        return ""
    names = [name for name in _PATH.split(unquote(target)) if _FILE.search(name)]
    return one_line(names[-1]) if names else ""
