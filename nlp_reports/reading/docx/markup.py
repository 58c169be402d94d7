"""WordprocessingML: the names of its elements, and what their attributes say (ECMA-376 part 1)."""

from __future__ import annotations

import re

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

VAL = W + "val"
P, PPR, PSTYLE = W + "p", W + "pPr", W + "pStyle"
R, RPR, VANISH = W + "r", W + "rPr", W + "vanish"
TBL, TR, TRPR, TC, TCPR = W + "tbl", W + "tr", W + "trPr", W + "tc", W + "tcPr"
NUM_PR, NUM_ID, ILVL = W + "numPr", W + "numId", W + "ilvl"
DEL, INS, MOVE_FROM, MOVE_TO = W + "del", W + "ins", W + "moveFrom", W + "moveTo"

_INTEGER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_POSITIVE = re.compile(r"\+?[0.]*[1-9]")


def child_of(parent: etree._Element | None, *path: str) -> etree._Element | None:
    """Return the first child of this name, or along this path; None from None."""
    for tag in path:
        if parent is None:
            return None
        parent = parent.find(tag)
    return parent


def value_of(parent: etree._Element | None, *path: str) -> str | None:
    """Return what the child at a path is set to, None where there is none."""
    found = child_of(parent, *path)
    return None if found is None else found.get(VAL)


def integer(text: str | None, otherwise: int) -> int:
    """Return an attribute as a number, `otherwise` where it is none."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else otherwise


def is_on(switch: etree._Element | None) -> bool:
    """Tell whether a switch is there and not turned off (17.17.4)."""
    return switch is not None and switch.get(VAL) not in ("0", "false", "off")


def is_set_in(properties: etree._Element | None) -> bool | None:
    """Tell whether the first line is set in (17.3.1.12), None where these properties do not say."""
    indent = child_of(properties, W + "ind")
    if indent is None:
        return None
    hanging, first = (
        [indent.get(W + name + unit) for unit in ("Chars", "")] for name in ("hanging", "firstLine")
    )
    if any(length and _POSITIVE.match(length) for length in hanging):
        return False
    if any(length and _POSITIVE.match(length) for length in first):
        return True
    return None if hanging == first == [None, None] else False
