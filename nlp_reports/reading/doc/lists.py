"""Automatic list numbers of Word 97-2003 files, which stand in no paragraph.

Sources: [MS-DOC] 2.9.131 LFO, 2.9.147 LSTF, 2.9.148 LVL, 2.9.150 LVLF; [MS-OSHARED] 2.2.1.3 MSONFC.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import numbering

LEVELS = 9  # [MS-DOC] 2.9.147: a list has nine levels, or one if it is simple

# Longest number printed, in characters. Word's own stay below; a file may claim 65,535 and repeat
# it for every paragraph.
_MAX_NUMBER = 32

# The codes of MSONFC by the names that a DOCX has for them; any other is written in digits.
_FORMATS = {
    1: "upperRoman",
    2: "lowerRoman",
    3: "upperLetter",
    4: "lowerLetter",
    10: "ideographDigital",
    11: "japaneseCounting",
    14: "decimalFullWidth",
    17: "japaneseDigitalTenThousand",
    18: "decimalEnclosedCircle",
    19: "decimalFullWidth2",
    22: "decimalZero",
    23: "bullet",
    26: "decimalEnclosedFullstop",
    27: "decimalEnclosedParen",
    28: "decimalEnclosedCircleChinese",
    29: "ideographEnclosedCircle",
    30: "ideographTraditional",
    31: "ideographZodiac",
    33: "taiwaneseCounting",
    34: "ideographLegalTraditional",
    35: "taiwaneseCountingThousand",
    36: "taiwaneseDigital",
    37: "chineseCounting",
    38: "chineseLegalSimplified",
    39: "chineseCountingThousand",
    57: "numberInDash",
    255: "none",
}


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered. Code points 0 to 8 in `pattern` stand for numbers."""

    start: int
    format: str
    legal: bool
    pattern: str


@dataclass(frozen=True, slots=True)
class Override:
    """A list as paragraphs name it: which list it is, where it starts anew, what it changes."""

    list_id: int
    starts: Mapping[int, int]
    levels: Mapping[int, Level]


@dataclass(slots=True)
class Lists:
    """The lists of a file, and how far each has counted."""

    levels: Mapping[int, tuple[Level, ...]]
    overrides: tuple[Override, ...]
    _counters: dict[int, list[int | None]] = field(default_factory=dict)
    _started: set[tuple[int, int]] = field(default_factory=set)

    def number(self, which: int, level: int) -> str | None:
        """Count one paragraph of the list `which` (from 1); return its number, ``""`` for a bullet.

        None says that the file does not describe this list.
        """
        if not 0 < which <= len(self.overrides):
            return None
        override = self.overrides[which - 1]
        levels = [
            override.levels.get(at, own)
            for at, own in enumerate(self.levels.get(override.list_id, ()))
        ]
        if not 0 <= level < len(levels):
            return None
        return _print(levels, level, self._count(which, level, levels))

    def _count(self, which: int, level: int, levels: list[Level]) -> list[int | None]:
        override = self.overrides[which - 1]
        counters = self._counters.setdefault(override.list_id, [None] * LEVELS)
        before = counters[level]
        counters[level] = levels[level].start if before is None else before + 1
        if level in override.starts and (which, level) not in self._started:
            counters[level] = override.starts[level]
        self._started.add((which, level))
        counters[level + 1 :] = [None] * (LEVELS - level - 1)
        return counters


def parse(lists: bytes, overrides: bytes) -> Lists:
    """Return the lists that PlfLst, with all that follows it in its stream, and PlfLfo describe.

    Raises
    ------
    struct.error
        If a structure runs beyond the bytes.
    """
    count = struct.unpack_from("<H", lists)[0]
    at = 2 + 28 * count
    found = {}
    for number in range(count):
        list_id, simple = struct.unpack_from("<I22xB", lists, 2 + 28 * number)
        levels = []
        for _ in range(1 if simple & 1 else LEVELS):
            level, at = _level(lists, at)
            levels.append(level)
        found[list_id] = tuple(levels)
    return Lists(found, _overrides(overrides))


def _level(data: bytes, at: int) -> tuple[Level, int]:
    start, code, flags, character, paragraph = struct.unpack_from("<IBB18xBB2x", data, at)
    at += 28 + character + paragraph
    length = struct.unpack_from("<H", data, at)[0]
    pattern = data[at + 2 : at + 2 + 2 * min(length, _MAX_NUMBER)].decode("utf-16-le", "replace")
    level = Level(start, _FORMATS.get(code, "decimal"), bool(flags & 4), pattern)
    return level, at + 2 + 2 * length


def _overrides(data: bytes) -> tuple[Override, ...]:
    count = struct.unpack_from("<I", data)[0] if data else 0
    at = 4 + 16 * count
    found = []
    for number in range(count):
        list_id, changes = struct.unpack_from("<I8xB", data, 4 + 16 * number)
        at += 4
        starts, levels = {}, {}
        for _ in range(changes):
            start, flags = struct.unpack_from("<II", data, at)
            at += 8
            if flags & 0x20:
                levels[flags & 0xF], at = _level(data, at)
            elif flags & 0x10:
                starts[flags & 0xF] = start
        found.append(Override(list_id, starts, levels))
    return tuple(found)


def _print(levels: list[Level], level: int, counters: list[int | None]) -> str:
    own = levels[level]
    if own.format == "bullet":  # its pattern is the bullet
        return ""
    parts = []
    for char in own.pattern:
        place = ord(char)
        if place >= LEVELS:
            parts.append(char)
        elif place <= level:
            format_ = "decimal" if own.legal else levels[place].format
            count = counters[place]
            number = levels[place].start if count is None else count  # a level not used so far
            parts.append(numbering.write(number, format_))
    return "".join(parts)[:_MAX_NUMBER]
