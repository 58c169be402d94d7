"""The physical lines of a document, and which of them belong to no report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .. import lexicon
from ..text import fold, strip_span

_LINE = re.compile(r"[^\r\n\v\f\x85\u2028\u2029]*(?:\r\n|[\r\n\v\f\x85\u2028\u2029]|\Z)")
_IMAGE = re.compile(r"(?:\[image[^\[\]]*\] *)+\Z", re.IGNORECASE)
_PAGE_MARK = re.compile(
    r"(?:[-—–_ ]+ *\d{1,3} *[-—–_ ]+|第 *\d{1,3} *页(?:[ ,/]*共 *\d{1,3} *页)?|\d{1,3} */ *\d{1,3})\Z"
)
_CONTENTS = re.compile(r".{2,60}?(?:…|\.{4,}|·{4,}|-{6,}).*?\d{1,3}\Z")


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
    folded = fold(text)
    lines = []
    for match in _LINE.finditer(text):
        raw = match.group()
        if not raw and match.start() == len(text):
            break
        start, end = strip_span(text, match.start(), match.end())
        indent = start - match.start() if start < end else 0
        lines.append(
            Line(start, end, folded[start:end], raw.rstrip("\r\n\v\f\x85\u2028\u2029"), indent)
        )
    return lines


@cache
def _chrome() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in lexicon.column("chrome", "pattern")))


def is_chrome(text: str) -> bool:
    """Tell whether a folded line is part of the web page around the report."""
    return len(text) <= 120 and "。" not in text and bool(_chrome().search(text))


def is_mark(text: str) -> bool:
    """Tell whether a folded line is an image placeholder, a page mark or a line of contents."""
    return bool(_IMAGE.match(text) or _PAGE_MARK.match(text) or _CONTENTS.match(text))


def is_masthead(text: str) -> bool:
    """Tell whether a folded line above the title is part of the page's head and not prose."""
    return len(text) <= 60 and not re.search("[。;]", text)
