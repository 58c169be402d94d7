"""Automatic numbers of a DOCX, which stand in no paragraph (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from .. import numbering
from .markup import (
    ILVL,
    NUM_ID,
    PPR,
    PSTYLE,
    RPR,
    VAL,
    VANISH,
    W,
    child_of,
    integer,
    is_on,
    is_set_in,
    value_of,
)
from .styles import MAX_CHAIN, Style, Styles

_MAX_PATTERN = 255  # characters of a number's pattern
_PLACES = re.compile("%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list. ``pattern`` holds ``%1`` where the number of the first level goes.

    ``restart`` is the level, from 1, whose use starts this one anew; None: any above it; 0: none.
    """

    start: int
    format: str | None
    pattern: str
    restart: int | None
    decimal: bool
    style: str | None
    set_in: bool | None


@dataclass(frozen=True, slots=True)
class List:
    """A list as paragraphs name it. Lists of one ``definition`` count on from each other.

    ``starts`` are the levels at which this list begins anew all the same.
    """

    name: str
    definition: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int]

    def level_of(self, style: Style) -> int:
        """Return the level tied to a style, nearest first, else the one the style names."""
        tied = {level.style: number for number, level in self.levels.items() if level.style}
        return next((tied[name] for name in style.names if name in tied), style.level or 0)


class Counters:
    """Where each list stands, while the document is read from top to bottom."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()

    def count(self, numbered: List, number: int) -> str:
        """Return the next number of a level as printed; empty for a bullet."""
        level = numbered.levels[number]
        counts = self._counts.setdefault(numbered.definition, {})
        if number in numbered.starts and (numbered.name, number) not in self._begun:
            self._begun.add((numbered.name, number))
            counts.pop(number, None)
        start = numbered.starts.get(number, level.start)
        counts[number] = counts[number] + 1 if number in counts else start
        for below in [other for other in counts if other > number]:
            restart = numbered.levels[below].restart if below in numbered.levels else None
            if restart is None or number < restart:
                del counts[below]
        return _label(numbered, level, counts)


def _label(numbered: List, level: Level, counts: Mapping[int, int]) -> str:
    def number(match: re.Match[str]) -> str:
        of = int(match[1]) - 1
        other = numbered.levels.get(of)
        if other is None:
            return ""
        count = counts.get(of, numbered.starts.get(of, other.start))
        return numbering.write(count, "decimal" if level.decimal else other.format)

    return _PLACES.sub(number, level.pattern)


def lists(root: etree._Element | None, styles: Styles) -> dict[str, List]:
    """Return the lists of the numbering part, by the names that paragraphs use."""
    if root is None:
        return {}
    definitions = {
        element.get(W + "abstractNumId"): element
        for element in root.iterchildren(W + "abstractNum")
    }
    uses = {element.get(NUM_ID): element for element in root.iterchildren(W + "num")}
    names = {number: value_of(use, W + "abstractNumId") for number, use in uses.items()}
    levels = {name: _levels(definition) for name, definition in definitions.items()}
    found = {}
    for number, use in uses.items():
        name = names[number]
        for _ in range(MAX_CHAIN):
            link = value_of(definitions.get(name), W + "numStyleLink")
            if link is None:
                break
            name = names.get(styles.get(link).list_id)
        if name and name in levels and number != "0":  # 0 takes a number away
            found[number] = _list(number, name, use, levels[name])
    return found


def _list(name: str, definition: str, use: etree._Element, levels: Mapping[int, Level]) -> List:
    changed, starts = dict(levels), {}
    for override in use.iterchildren(W + "lvlOverride"):
        number = integer(override.get(ILVL), 0)
        if (level := override.find(W + "lvl")) is not None:
            changed[number] = _level(level)
        if (start := value_of(override, W + "startOverride")) is not None:
            starts[number] = integer(start, 1)
    return List(name, definition, changed, starts)


def _levels(definition: etree._Element) -> dict[int, Level]:
    return {
        integer(level.get(ILVL), 0): _level(level) for level in definition.iterchildren(W + "lvl")
    }


def _level(element: etree._Element) -> Level:
    # Word wraps a format of its own making in alternatives; the last is the one of the standard.
    formats = [format_.get(VAL) for format_ in element.iter(W + "numFmt")]
    format_ = formats[-1] if formats else "decimal"
    pattern = value_of(element, W + "lvlText") or ""
    restart = value_of(element, W + "lvlRestart")
    hidden = format_ == "bullet" or is_on(child_of(element, RPR, VANISH))
    return Level(
        start=integer(value_of(element, W + "start"), 0),
        format=format_,
        pattern="" if hidden else pattern[:_MAX_PATTERN],
        restart=None if restart is None else integer(restart, 0),
        decimal=is_on(element.find(W + "isLgl")),
        style=value_of(element, PSTYLE),
        set_in=is_set_in(element.find(PPR)),
    )
