"""Which lines of running text belong together: paragraphs that a page or a PDF broke."""

from __future__ import annotations

import re
from collections import Counter

from .headings import is_numbered
from .lines import Line
from .metadata import is_date

_ENDED = re.compile(r"(?:[。!?;:…]|(?<=[\u4e00-\u9fa5])[.])[”’\"')\]》」』]*\Z")
_OPEN = re.compile(r"[,、(《“‘<\-—]\Z")
_GOES_ON = re.compile(r"[,、。;:!?)》”’」』]")
_ITEM = re.compile(
    r"[一二三四五六七八九十]{1,3}是|第[一二三四五六七八九十]{1,2}[,、]|(?:首先|其次|再次|最后)[,、]"
)
_FIELD = re.compile(r"[\u4e00-\u9fa5 ]{2,10}[:]")
_SENTENCE = re.compile("[,。]")
_MIN_BROKEN = 18  # characters: a shorter line without a full stop was not broken by a margin
_FULL = 0.8  # share of the text width above which a line counts as full


def text_width(lines: list[Line]) -> int | None:
    """Return the width at which the text was wrapped by hand, in characters, or None.

    Lines are wrapped when at least two in five of the long ones have nearly the same width and end
    in mid-sentence.
    """
    long = [line for line in lines if len(line.text) >= _MIN_BROKEN]
    broken = Counter(len(line.text) + line.indent for line in long if not _ENDED.search(line.text))
    if not broken:
        return None
    width = max(broken, key=lambda w: (sum(broken[w + d] for d in (-2, -1, 0, 1, 2)), w))
    near = sum(broken[width + d] for d in (-2, -1, 0, 1, 2))
    return width if near >= 5 and near >= 0.4 * len(long) else None


def goes_on(last: Line, line: Line, *, gap: bool, width: int | None) -> bool:
    """Tell whether `line` carries on the paragraph that `last` belongs to.

    ``gap`` says that a blank line stands between; ``width`` is `text_width` of the document.
    """
    if _OPEN.search(last.text) or _GOES_ON.match(line.text):
        return True
    if _ITEM.match(line.text) or is_numbered(line.text) or is_date(line.text):
        return False
    if _is_field(line) or _is_field(last):
        return False
    full = width is not None and len(last.text) + last.indent >= width - 2
    if _ENDED.search(last.text):
        return full and not gap and not line.indent
    if line.indent >= 2 and line.indent > last.indent:
        return False
    if width is not None and not gap:
        return full or len(last.text) >= _FULL * width
    return len(last.text) >= _MIN_BROKEN and not line.indent


def _is_field(line: Line) -> bool:
    """A line like 电话：…, which is whole though it ends without a full stop."""
    return len(line.text) < 60 and bool(_FIELD.match(line.text)) and not _SENTENCE.search(line.text)
