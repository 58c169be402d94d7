"""PDF: bytes to pages, pages to blocks; what is refused and what is said to be doubtful.

PDFium crashes when two threads use it (4 of 4 tries ended in SIGTRAP or SIGSEGV), whatever
documents they read. Reading is therefore locked: threads are safe and take turns; use processes
to read side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ...errors import DocumentDamaged, DocumentEncrypted, DocumentScanned, DocumentTooLarge
from ...schema import Warning
from ...settings import Settings
from .. import plain
from ..content import Content, text_of
from . import flow, sheet
from .lattice import tables
from .lines import lines

MEDIA_TYPE = "application/pdf"

# Most pages read. The longest report seen has under 100.
MAX_PAGES = 500
# Most characters of one page, each about 25 µs and 300 bytes. A report printed as one endless page
# has under 400,000.
MAX_PAGE_CHARACTERS = 500_000
# Most pages with more drawing than is looked at (`drawing.MAX_OBJECTS`); loading one takes seconds.
MAX_HEAVY_PAGES = 3
# Characters a page, on average, up to which a file is probably pictures with a stamp of text.
LITTLE_TEXT = 20
_LOCKED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)

_pdfium_lock = threading.Lock()


def read(data: bytes, *, where: str, settings: Settings) -> Content:
    """Read a PDF.

    Parameters
    ----------
    data : bytes
        The file.
    where : str
        Its name, for errors.
    settings : Settings
        ``max_characters`` bounds the text taken.

    Raises
    ------
    DocumentError
        `DocumentDamaged`, `DocumentEncrypted`, `DocumentScanned` or `DocumentTooLarge`.
    """
    with _pdfium_lock:
        pages, damaged = _open(data, where, settings)
    if not pages:
        raise DocumentDamaged("no page of the PDF can be read", where)
    if not any(page.visible for page in pages):
        raise DocumentScanned("the pages hold no text, only pictures", where)
    blocks = flow.blocks([page.content for page in pages])
    doubts = plain.warnings(text_of(blocks))
    return Content(blocks, warnings=(*_warnings(pages, damaged), *doubts))


@dataclass(frozen=True, slots=True)
class _Page:
    """What is kept of a page: ``ruled`` is False if it was too full to look for tables.

    ``visible`` counts its characters without blanks, ``characters`` all of them.
    """

    content: flow.Page
    visible: int
    characters: int
    ruled: bool


def _open(data: bytes, where: str, settings: Settings) -> tuple[list[_Page], list[int]]:
    """Return the pages that can be read, and the numbers of those that cannot."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in _LOCKED:
            raise DocumentEncrypted("the PDF is locked with a password", where) from None
        raise DocumentDamaged("the PDF is broken", where) from None
    try:
        if len(document) > MAX_PAGES:
            raise DocumentTooLarge(f"{len(document):,} pages, more than {MAX_PAGES}", where)
        return _pages(document, where, settings.max_characters)
    finally:
        document.close()


def _pages(
    document: pdfium.PdfDocument, where: str, max_characters: int
) -> tuple[list[_Page], list[int]]:
    pages: list[_Page] = []
    damaged: list[int] = []
    left = max_characters
    for number in range(1, len(document) + 1):
        try:
            page = _page(document, number, min(left, MAX_PAGE_CHARACTERS))
        except pdfium.PdfiumError:
            damaged.append(number)
            continue
        except sheet.TooManyCharacters:
            most = f"{MAX_PAGE_CHARACTERS:,} characters on page {number}"
            if left < MAX_PAGE_CHARACTERS:
                most = f"the {max_characters:,} characters that Settings.max_characters allows"
            raise DocumentTooLarge(f"more than {most}", where) from None
        pages.append(page)
        left -= page.characters
        if sum(not page.ruled for page in pages) > MAX_HEAVY_PAGES:
            raise DocumentTooLarge(f"too much drawing on {MAX_HEAVY_PAGES + 1} pages", where)
    return pages, damaged


def _page(document: pdfium.PdfDocument, number: int, most: int) -> _Page:
    page = document.get_page(number - 1)
    try:
        found = sheet.read(page, number, most=most)
    finally:
        page.close()
    ruled, rest = tables(found)
    content = flow.Page(
        number, found.width, found.height, tuple(lines(rest)), tuple(ruled), found.slanted
    )
    visible = sum(not glyph.char.isspace() for glyph in found.glyphs)
    characters = len(found.glyphs) + len(found.slanted)
    return _Page(content, visible, characters, found.ruled)


def _warnings(pages: Sequence[_Page], damaged: Sequence[int]) -> list[Warning]:
    found = []
    blank = [page.content.number for page in pages if not page.visible]
    full = [page.content.number for page in pages if not page.ruled]
    if damaged:
        found.append(Warning("page_damaged", f"cannot be read: {_named(damaged)}"))
    if blank:
        found.append(Warning("page_without_text", f"no text to read: {_named(blank)}"))
    if full:
        found.append(
            Warning("page_without_tables", f"too much drawing to look for tables: {_named(full)}")
        )
    if sum(page.visible for page in pages) <= LITTLE_TEXT * len(pages):
        found.append(Warning("little_text", f"at most {LITTLE_TEXT} characters a page on average"))
    return found


def _named(pages: Sequence[int]) -> str:
    return f"page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages))}"
