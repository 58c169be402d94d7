"""The physical lines of a document, and which of them belong to no report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .. import lexicon
from ..text import fold

_LINE_ENDS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_IMAGE = re.compile(r"(?:\[image[^\[\]]*\] *)+\Z", re.IGNORECASE)
_PAGE_MARK = re.compile(
    r"(?:[-—–_][-—–_ ]*\d{1,3} ?[-—–_ ]*[-—–_]|第 *\d{1,3} *页(?:[ ,/]*共 *\d{1,3} *页)?|\d{1,3} */ *\d{1,3})\Z"
)
_CONTENTS = re.compile(r".{2,60}?(?:…|\.{4}|·{4}|-{6})")  # 一、概述……1
_MARK_ENDS = frozenset("0123456789-—–_页")
_MAX_MARK = 120  # characters of a line that is no part of the report


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line.

    ``start`` and ``end`` bound its visible part in the document; ``text`` is that part folded;
    ``raw`` is the whole line as it stands, without its end; ``indent`` counts the columns before
    the visible part.
    """

    start: int
    end: int
    text: str
    raw: str
    indent: int


def split(text: str) -> list[Line]:
    """Return every physical line of `text`, blank ones included."""
    lines, at = [], 0
    folded = fold(text)
    for raw in text.splitlines(keepends=True):
        piece = folded[at : at + len(raw)]
        visible = piece.strip()
        indent = len(piece) - len(piece.lstrip()) if visible else 0
        start = at + indent if visible else at + len(raw)
        body = raw.rstrip(_LINE_ENDS)
        lines.append(Line(start, start + len(visible), visible, body, indent))
        at += len(raw)
    return lines


@cache
def _chrome() -> re.Pattern[str]:
    return lexicon.either(lexicon.column("chrome", "pattern"))


def is_chrome(text: str) -> bool:
    """Tell whether a folded line is part of the web page around the report."""
    return len(text) <= _MAX_MARK and "。" not in text and bool(_chrome().search(text))


def is_mark(text: str) -> bool:
    """Tell whether a folded line is an image placeholder, a page mark or a line of contents."""
    if text.startswith("["):
        return bool(_IMAGE.match(text))
    if not 3 <= len(text) <= _MAX_MARK or text[-1] not in _MARK_ENDS:
        return False
    return bool(_PAGE_MARK.match(text) or (text[-1].isdigit() and _CONTENTS.match(text)))


def is_masthead(text: str) -> bool:
    """Tell whether a folded line above the title is part of the page's head and not prose."""
    return len(text) <= 60 and not re.search("[。;]", text)
