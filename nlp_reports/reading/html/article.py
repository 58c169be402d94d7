"""Which items of a web page are the report, and which are the site around it.

No layout is relied on. What tells the report from the site is its text: numbered headings,
sentences and tables of data. The smallest element that holds all of them is the content, with what
stands around it up to the first link to elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from ... import lexicon
from .head import is_label, is_labelled, is_title, pairs
from .page import Grid, Item, Line, Page

_MIN_REPORT = 60  # characters of headings, sentences and tables below which a page is no report
_MIN_FILLED = 4  # cells with text in a table of data

_HEADING = re.compile(
    r"第[一二三四五六七八九十]{1,3}(?:部分|章|节)|[一二三四五六七八九十]{1,3} ?[、.,:]"
    r"|\([一二三四五六七八九十]{1,3}\)|\d{1,2}[、.](?!\d)"
)
_NOT_OURS = re.compile(
    r"版权所有|建议使用|分辨率|浏览器|离开本?网?站|即将(?:离开|跳转)|ICP备|公安备"
)
# The foot of a site, which must name who answers for it, and the lines that go before these.
_FOOT = re.compile(
    r"版权所有|网站标识码|ICP备|公网?安备|copyright|(?:主办|承办)(?:单位)? ?:|技术支持 ?:",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(?:联系|办公)?(?:地址|电话|传真|邮箱|邮编|邮政编码) ?:")
_SIGNED = re.compile(r"[\d〇零一二三四五六七八九]{4} ?年.{1,5}月.{1,5}日\Z")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items are kept: those from `start` to `stop`, among them the report, `first` to `last`.

    ``title`` bounds the lines of a title above `start`; ``is_report`` says that there is enough
    text for a report.
    """

    start: int
    first: int
    last: int
    stop: int
    title: range = range(0)
    is_report: bool = False

    def keeps(self, at: int, item: Item) -> bool:
        if self.first <= at <= self.last or at in self.title:
            return True
        if not self.start <= at < self.stop:
            return False
        return self.last < 0 or not (_is_elsewhere(item) or _is_chrome(item))


def choose(page: Page) -> Choice:
    """Choose the smallest element that holds the report, and what stands around it undisturbed."""
    items = page.items
    marks = (at for at in range(len(items)) if _is_mark(page, at))
    first = next(marks, None)
    if first is None:
        return Choice(0, len(items), -1, len(items))
    last = next(at for at in reversed(range(len(items))) if _is_mark(page, at))
    start, stop = _around(page, first, last)
    sizes = accumulate((_size(items[at]) for at in marks), initial=_size(items[first]))
    return Choice(
        start,
        first,
        last,
        _foot(page, last, stop),
        _title_above(page, start, first),
        any(size >= _MIN_REPORT for size in sizes),
    )


def _is_mark(page: Page, at: int) -> bool:
    """Tell whether an item is one that only a report has: a heading, a sentence, a table."""
    item = page.items[at]
    if isinstance(item, Grid):
        filled = sum(bool(text) for row in item.rows for text in row)
        return filled >= _MIN_FILLED and not pairs(item)
    text = item.folded
    if item.is_link or is_labelled(text) or _NOT_OURS.search(text) or _is_value(page, at):
        return False
    is_sentence = "。" in text
    if not is_sentence and _is_chrome(item):
        return False
    if _HEADING.match(text):
        return len(text) > 3
    return is_sentence or (len(text) >= 40 and "," in text)


def _is_value(page: Page, at: int) -> bool:
    label = page.items[at - 1] if at else None
    return isinstance(label, Line) and is_label(label.folded)


def _is_elsewhere(item: Item) -> bool:
    """Tell whether an item beside the report belongs to the site: a link to elsewhere."""
    return isinstance(item, Line) and (item.beside or item.is_link) and not item.file


def _is_chrome(item: Item) -> bool:
    return isinstance(item, Line) and not item.file and bool(_chrome().search(item.folded))


@cache
def _chrome() -> re.Pattern[str]:
    return lexicon.either(lexicon.column("chrome", "pattern"))


def _size(item: Item) -> int:
    texts = [item.text] if isinstance(item, Line) else [t for row in item.rows for t in row]
    return sum(map(len, texts))


def _around(page: Page, first: int, last: int) -> tuple[int, int]:
    """Return the bounds of the largest element around the report without links to elsewhere."""
    element = page.common(page.items[first].owner, page.items[last].owner)
    start, stop = page.first[element], page.past[element]
    while element:
        element = page.parents[element]
        more = [*range(page.first[element], start), *range(stop, page.past[element])]
        if any(_is_elsewhere(page.items[at]) for at in more):
            break
        start, stop = page.first[element], page.past[element]
    return start, stop


def _title_above(page: Page, start: int, first: int) -> range:
    """Return where the title stands that is above the content; nowhere if the content has it."""
    items = page.items
    if any(is_title(page, item) for item in items[start:first]):
        return range(0)
    above = [at for at in range(start) if not _is_elsewhere(items[at])]
    named = [at for at in above if is_title(page, items[at])]
    headed = [at for at in above if _is_heading(items[at])]
    found = (named or headed)[-1:]
    if not found:
        return range(0)
    owner, top, end = items[found[0]].owner, found[0], found[0] + 1
    while top and items[top - 1].owner == owner:
        top -= 1
    while end < start and items[end].owner == owner:
        end += 1
    return range(top, end)


def _is_heading(item: Item) -> bool:
    return isinstance(item, Line) and item.heading


def _foot(page: Page, last: int, stop: int) -> int:
    """Return where the foot of the site begins after the report, `stop` if there is none."""
    end = last  # of the report with the date that it is signed with, and its attachments
    for at in range(last + 1, stop):
        text = _folded(page.items[at])
        if _SIGNED.search(text) or _names_file(page.items[at]):
            end = at
        elif _FOOT.search(text):
            return _top(page, at, end)
    return stop


def _top(page: Page, at: int, end: int) -> int:
    """Return the first item of the foot that holds the item `at`.

    The foot is the largest element around it that begins after `end`, and the contact lines before.
    """
    element, top = page.items[at].owner, at
    while page.first[element] > end:
        top = min(top, page.first[element])
        element = page.parents[element]
    while top - 1 > end and _CONTACT.match(_folded(page.items[top - 1])):
        top -= 1
    return top


def _names_file(item: Item) -> bool:
    return isinstance(item, Line) and bool(item.file)


def _folded(item: Item) -> str:
    return item.folded if isinstance(item, Line) else ""
