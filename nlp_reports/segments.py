"""Cuts a paragraph into segments, the unit that carries topics (``corpus/GUIDELINES.md``, Segments)."""

from __future__ import annotations

import re
from itertools import pairwise

from .schema import Span

_CLOSERS = re.escape("”’\"'」』》〉）)］]】")
_END = re.compile(rf"[。！？；!?;]+[{_CLOSERS}]*")
_HAN = "[一二三四五六七八九十]{1,3}"
# An enumerator opens a clause: at the start, or behind punctuation or a blank.
_ITEM = re.compile(
    rf"(?:^|(?<=[，、。；：！？,;:!?\s{_CLOSERS}]))"
    rf"(?:{_HAN}是|[（(](?:{_HAN}|\d{{1,3}})[）)]|[①-⑳]|\d{{1,2}}(?:[、．]|\.(?!\d))"
    rf"|第{_HAN}[，、,]|(?:首先|其次|再次|最后)[，,])"
)


def split(text: str) -> tuple[Span, ...]:
    """Return the segments of a paragraph: spans that tile it, none for an empty one.

    A segment ends after ``。！？；`` and their half-width twins, with the quotes and brackets they
    close, and before an enumerator that opens a clause (``一是``, ``（一）``, ``1.``, ``第一，``).
    """
    cuts = {0, len(text)}
    cuts.update(match.end() for match in _END.finditer(text) if not _in_address(text, match))
    cuts.update(match.start() for match in _ITEM.finditer(text))
    places = sorted(cuts)
    return tuple(Span(a, b) for a, b in pairwise(places))


def _in_address(text: str, match: re.Match[str]) -> bool:
    """``?`` and ``;`` between ASCII letters belong to a web address."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return (
        match.group().isascii()
        and before.isascii()
        and after.isascii()
        and after.isalnum()
        and before.strip() != ""
    )
