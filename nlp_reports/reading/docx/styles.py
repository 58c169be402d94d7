"""Styles of a DOCX, each filled in by those it is based on (ECMA-376 part 1, 17.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from .markup import (
    ILVL,
    NUM_ID,
    NUM_PR,
    PPR,
    RPR,
    VANISH,
    W,
    child_of,
    integer,
    is_on,
    is_set_in,
    value_of,
)

MAX_CHAIN = 32  # styles based on styles, or lists on styles; Word writes at most 11

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says, None where it says nothing. ``names`` begins with its own id."""

    names: tuple[str, ...] = ()
    list_id: str | None = None
    level: int | None = None
    set_in: bool | None = None
    hidden: bool | None = None


class Styles:
    """Styles by id. ``can_hide``: some style hides text."""

    def __init__(self, root: etree._Element | None) -> None:
        styles = [] if root is None else list(root.iterchildren(W + "style"))
        self._elements = {style.get(W + "styleId"): style for style in styles}
        self._default = next((s.get(W + "styleId") for s in styles if _is_default(s)), None)
        self._filled: dict[str | None, Style] = {}
        self.can_hide = root is not None and next(root.iter(VANISH), None) is not None

    def get(self, style_id: str | None) -> Style:
        """Return a style, an empty one where there is none of this id."""
        if style_id not in self._filled:
            self._filled[style_id] = self._fill(style_id)
        return self._filled[style_id]

    def paragraph(self, style_id: str | None) -> Style:
        """Return the style of a paragraph, which need not name the default one."""
        return self.get(style_id if style_id in self._elements else self._default)

    def _fill(self, style_id: str | None) -> Style:
        names: list[str] = []
        while style_id and style_id in self._elements and len(names) < MAX_CHAIN:
            names.append(style_id)
            style_id = value_of(self._elements[style_id], W + "basedOn")
        styles = [_style(self._elements[name]) for name in names]
        return Style(
            tuple(names),
            nearest(style.list_id for style in styles),
            nearest(style.level for style in styles),
            nearest(style.set_in for style in styles),
            nearest(style.hidden for style in styles),
        )


def nearest(said: Iterable[_T | None]) -> _T | None:
    """Return the first that is said at all: what is nearest to the paragraph decides."""
    return next((one for one in said if one is not None), None)


def _style(element: etree._Element) -> Style:
    properties = element.find(PPR)
    level = value_of(properties, NUM_PR, ILVL)
    vanish = child_of(element, RPR, VANISH)
    return Style(
        list_id=value_of(properties, NUM_PR, NUM_ID),
        level=None if level is None else integer(level, 0),
        set_in=is_set_in(properties),
        hidden=None if vanish is None else is_on(vanish),
    )


def _is_default(style: etree._Element) -> bool:
    switch = style.get(W + "default")
    return style.get(W + "type") == "paragraph" and switch in ("1", "true", "on")
