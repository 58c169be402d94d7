"""What a web page says of its article around it: fields and title above it, and meta tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ... import lexicon
from ...text import fold, squeeze
from .page import Grid, Item, Line, Page

_MAX_FIELDS = 20  # rows of a table of labels and values
_MAX_FIELD = 200  # characters of a line of fields under the title
_MAX_PROPERTY = 300  # characters of a title, date or name in the head of the page
_TITLE_LENGTH = range(6, 61)  # characters

_TITLE = re.compile(r"(?:报告|年报|总结)(?:\(.{1,12}\))?\Z")
_NAMES_TITLE = re.compile("名 *称|标 *题")
_DATE = re.compile(r"\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}")
_AROUND_FIELD = " \xa0\u3000|"


@dataclass(frozen=True, slots=True)
class _Labels:
    """Patterns of labels over folded text. ``tell`` are those that only such a block has."""

    tell: re.Pattern[str]
    alone: re.Pattern[str]
    before: re.Pattern[str]
    within: re.Pattern[str]


@cache
def _labels() -> _Labels:
    rows = lexicon.table("page_fields")
    tell = _any_of(row["name"] for row in rows if row["place"] == "block")
    every = _any_of(row["name"] for row in rows if row["place"] != "meta")
    return _Labels(
        re.compile(tell),
        re.compile(f"{every}:?"),
        re.compile(f"{every}:"),
        re.compile(rf"(?:\A|(?<=[ |\])】;,])){every}:"),
    )


def _any_of(names: Iterable[str]) -> str:
    spaced = (" *".join(name) for name in sorted(names, key=len, reverse=True))
    return rf"(?:[\[(【] ?)?(?:{'|'.join(spaced)})(?: *[\])】])? *"


def is_label(text: str) -> bool:
    """Tell whether a folded text is the label of a field and nothing else."""
    return bool(_labels().alone.fullmatch(text))


def is_labelled(text: str) -> bool:
    """Tell whether a folded text begins with the label of a field."""
    return bool(_labels().before.match(text))


def properties(page: Page) -> dict[str, str]:
    """Return what the meta tags say: ``title``, ``published``, ``publisher``."""
    found: dict[str, str] = {}
    for row in lexicon.table("page_fields"):
        if row["place"] == "meta" and (value := page.meta.get(row["name"])):
            found.setdefault(row["property"], value[:_MAX_PROPERTY])
    return found


def is_title(page: Page, item: Item) -> bool:
    """Tell whether an item is a title of a report, by its words or those of the meta tags."""
    if not isinstance(item, Line) or item.linked or is_labelled(item.folded):
        return False
    bare = squeeze(item.text)
    if len(bare) not in _TITLE_LENGTH:
        return False
    if _TITLE.search(bare):
        return True
    return "公开" in bare and squeeze(properties(page).get("title", "")).startswith(bare)


def fields(page: Page, at: int, *, in_block: bool) -> tuple[list[str], int]:
    """Return the fields that an item above the report holds, and how many items they take up.

    ``in_block`` says that the item before it was one: then a label needs no colon.
    """
    item = page.items[at]
    if isinstance(item, Grid):
        found = pairs(item)
        return found, int(bool(found))
    if not _is_own_label(item.folded, in_block):
        found = _split(item)
        return found, int(bool(found))
    value = page.items[at + 1] if at + 1 < len(page.items) else None
    if isinstance(value, Line) and _is_value(page, item, value):
        return [_joined(item.text, value.text)], 2
    return [item.text], 1


def _is_own_label(text: str, in_block: bool) -> bool:
    tells = in_block or text.endswith(":") or bool(_labels().tell.fullmatch(text))
    return tells and is_label(text)


def _is_value(page: Page, label: Line, line: Line) -> bool:
    """Tell whether a line is the value to the label before it, not the next label or the title."""
    if is_label(line.folded) or is_labelled(line.folded) or line.heading:
        return False
    if is_title(page, line) and not _NAMES_TITLE.search(label.folded):
        return False
    over, under = page.parents[label.owner], page.parents[line.owner]
    return label.owner in (line.owner, under) or over in (line.owner, under)


def _split(line: Line) -> list[str]:
    """Cut a line of fields, as it stands under titles, into its fields."""
    if len(line.text) > _MAX_FIELD or "。" in line.text:
        return []
    folded = line.folded
    starts = [match.start() for match in _labels().within.finditer(folded)]
    if not starts or (starts[0] and not _DATE.match(folded)):
        return []
    cuts = sorted({0, *starts, len(folded)})
    pieces = (line.text[a:b].strip(_AROUND_FIELD) for a, b in pairwise(cuts))
    return [piece for piece in pieces if piece]


def pairs(grid: Grid) -> list[str]:
    """Return the fields of a table of labels and values, nothing for any other table."""
    if len(grid.rows) > _MAX_FIELDS:
        return []
    found: list[str] = []
    named = filled = 0
    for row in grid.rows:
        cells = [text for text in row if text]
        folded = [fold(text) for text in cells]
        if len(cells) > 1 and all(map(is_label, folded)) and ":" not in "".join(folded):
            return []  # the head of a list of documents
        filled += len(cells)
        named += sum(is_label(text) or is_labelled(text) for text in folded)
        found += _row_fields(cells, folded)
    is_block = any(_labels().tell.match(fold(text)) for text in found)
    return found if is_block and named * 3 >= filled else []


def _row_fields(cells: list[str], folded: list[str]) -> list[str]:
    """Return the cells of a row, each label joined with the value after it."""
    found: list[str] = []
    label = ""
    for text, bare in zip(cells, folded, strict=True):
        if label and not is_label(bare):
            found[-1] = _joined(label, text)
            label = ""
        else:
            found.append(text)
            label = text if is_label(bare) else ""
    return found


def _joined(label: str, value: str) -> str:
    return label + ("" if label.endswith((":", "：")) else "：") + value
