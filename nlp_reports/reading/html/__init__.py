"""HTML: the blocks of a report in a web page, without the site around it.

The encoding is decided by `plain.decode` alone: on a page declared gb2312 that holds GB18030 the
parser's own guess dropped the rest of the paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import DocumentEmpty, DocumentTooLarge
from ...schema import Warning
from ...settings import Settings
from .. import plain
from ..content import Cells, Content, Text, text_of
from .article import Choice, choose
from .head import fields, properties
from .markup import parse
from .page import Item, Line, Page
from .tables import MAX_CELLS

MEDIA_TYPE = "text/html"

_MIN_HIDDEN = 5  # hidden sentences that may be more than a hint or a dialogue
_MAX_NAMES = 300  # characters of the names of files in a warning


def read(data: bytes, *, where: str, settings: Settings) -> Content:
    """Read a web page, or a part of one.

    Raises
    ------
    DocumentError
        `UnsupportedMedia` if the bytes are no text, `DocumentTooLarge`, or `DocumentEmpty`.
    """
    markup, encoding = plain.decode(data, where=where)
    page = parse(markup, where=where)
    choice = choose(page)
    blocks = tuple(_blocks(page, choice))
    if not blocks:
        kind = "a frame set; its text is in other files" if page.frames else "blank"
        raise DocumentEmpty(f"the page is {kind}", where)
    text = text_of(blocks)
    if len(text) > settings.max_characters:
        raise DocumentTooLarge(
            f"{len(text):,} characters, more than the {settings.max_characters:,} that "
            "Settings.max_characters allows",
            where,
        )
    warnings = (*_warnings(page, choice), *plain.warnings(text))
    return Content(blocks, encoding, properties(page), warnings)


def _blocks(page: Page, choice: Choice) -> Iterator[Text | Cells]:
    at, in_block = 0, False
    while at < choice.stop:
        found, used = fields(page, at, in_block=in_block) if at < choice.first else ([], 0)
        in_block = bool(used)
        yield from (Text(field, noise=True) for field in found)
        if not used and choice.keeps(at, page.items[at]):
            yield _block(page.items[at])
        at += used or 1


def _block(item: Item) -> Text | Cells:
    return Text(item.text, indented=item.indented) if isinstance(item, Line) else Cells(item.rows)


def _warnings(page: Page, choice: Choice) -> Iterator[Warning]:
    if not choice.is_report:
        found = [f"{page.links} links", f"{page.pictures} pictures"]
        if page.files:
            found.append(f"the files {', '.join(dict.fromkeys(page.files))}"[:_MAX_NAMES])
        yield Warning("no_report", f"the page holds no report, only {', '.join(found)}")
    if page.oversize:
        yield Warning(
            "table_too_large",
            f"{page.oversize} tables take more than {MAX_CELLS:,} cells and are given as lines",
        )
    if page.hidden >= _MIN_HIDDEN:
        yield Warning("hidden_text", f"{page.hidden} sentences the page does not show are left out")
