"""One row of a labelled corpus to frozen values, checked against ``corpus/GUIDELINES.md``.

Which topics there are is for the caller to say; the rest of the guidelines holds for any of them.
Every check that fails is a `CorpusError` with the ``where`` that the row was given.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .catalogue import by_id
from .errors import CorpusError
from .schema import APPROXIMATIONS, Statistic
from .segments import split

# Characters of a label id. It is a name that is shown in tables: a longer one is no name but a text,
# taken from the wrong column.
LONGEST_LABEL = 200
# Line ends, control characters and halves of a surrogate pair, which no file can hold.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """A segment and its topics, possibly none."""

    text: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledParagraph:
    """A paragraph of a corpus: its headings, outermost first, and its segments, which tile it.

    ``statistics`` are its quantities, with offsets into `text`; None where nobody marked them.
    """

    document: str
    index: int
    headings: tuple[str, ...]
    segments: tuple[LabelledSegment, ...]
    statistics: tuple[Statistic, ...] | None = None

    @property
    def text(self) -> str:
        """The segments joined."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class SecondLabelling:
    """What two annotators said of a paragraph, neither knowing of the other.

    ``first`` and ``second`` hold the topics of each segment. The statistics are None where the
    paragraph's quantities were not marked a second time.
    """

    document: str
    paragraph: int
    first: tuple[tuple[str, ...], ...]
    second: tuple[tuple[str, ...], ...]
    first_statistics: tuple[Statistic, ...] | None = None
    second_statistics: tuple[Statistic, ...] | None = None


def field(row: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    """Return a field of a row that must be there and of one type."""
    value = row.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CorpusError(f"{key!r} is missing or no {kind.__name__}", where)
    return value


def check_name(name: str, what: str, where: str) -> None:
    """Refuse the name of a label or a document that cannot be shown in one line.

    Parameters
    ----------
    name : str
        The name, without blanks around it.
    what : str
        What it names, for the message: ``label``.
    where : str
        The row it stands in.

    Raises
    ------
    CorpusError
        If it is empty, or holds a line end, a control character or half a character.
    """
    if not name:
        raise CorpusError(f"a {what} is empty", where)
    if found := _UNPRINTABLE.search(name):
        raise CorpusError(f"a {what} holds the character U+{ord(found.group()):04X}", where)


def check_label(label: str, where: str) -> None:
    """Refuse a label id that `check_name` refuses, or longer than `LONGEST_LABEL` characters.

    Raises
    ------
    CorpusError
        Naming `where`.
    """
    if len(label) > LONGEST_LABEL:
        raise CorpusError(
            f"a label of {len(label)} characters is longer than {LONGEST_LABEL}; "
            "is this the column of labels?",
            where,
        )
    check_name(label, "label", where)


def paragraph(
    row: Mapping[str, Any],
    where: str,
    *,
    topics: Collection[str] | None,
    documents: Collection[str] | None,
    most: int | None = None,
) -> LabelledParagraph:
    """Return a row of ``paragraphs.jsonl``.

    Parameters
    ----------
    row : mapping
    where : str
        File and line, for errors.
    topics : collection of str or None
        Ids a segment may carry; None allows any that `check_label` lets pass.
    documents : collection of str or None
        Names of the documents there are; None allows any name.
    most : int or None
        Most topics of one segment, at least 0; None sets no limit.

    Raises
    ------
    CorpusError
        If the row breaks the format.
    """
    document = field(row, "document", str, where)
    if documents is not None and document not in documents:
        raise CorpusError(f"document {document!r} is not in documents.jsonl", where)
    index = field(row, "paragraph", int, where)
    segments = tuple(
        _segment(item, where, topics, most) for item in field(row, "segments", list, where)
    )
    whole = "".join(segment.text for segment in segments)
    cut = [whole[span.start : span.end] for span in split(whole)]
    if cut != [segment.text for segment in segments]:
        raise CorpusError(f"the segments are not cut by the rule, which gives {cut}", where)
    headings = field(row, "headings", list, where)
    if not all(isinstance(heading, str) for heading in headings):
        raise CorpusError("a heading is no string", where)
    statistics = _statistics(row, "statistics", where, whole, index)
    return LabelledParagraph(document, index, tuple(headings), segments, statistics)


def second(
    row: Mapping[str, Any],
    where: str,
    paragraphs: Mapping[tuple[str, int], LabelledParagraph],
    *,
    topics: Collection[str] | None,
    most: int | None = None,
) -> SecondLabelling:
    """Return a row of ``second.jsonl``, which speaks of one of `paragraphs`.

    `topics` and `most` are those of `paragraph`.

    Raises
    ------
    CorpusError
        If the row breaks the format.
    """
    key = field(row, "document", str, where), field(row, "paragraph", int, where)
    if key not in paragraphs:
        raise CorpusError(f"paragraph {key[1]} of {key[0]!r} is not in paragraphs.jsonl", where)
    target = paragraphs[key]
    first, second = (
        tuple(_topics(item, where, topics, most) for item in _both(row, name, where, target))
        for name in ("first", "second")
    )
    one, two = (
        _statistics(row, name, where, target.text, target.index)
        for name in ("first_statistics", "second_statistics")
    )
    if (one is None) != (two is None):
        raise CorpusError("only one of the two marked the quantities", where)
    return SecondLabelling(*key, first, second, one, two)


def _segment(
    item: Any, where: str, topics: Collection[str] | None, most: int | None
) -> LabelledSegment:
    if not isinstance(item, dict):
        raise CorpusError("a segment is no JSON object", where)
    text = field(item, "text", str, where)
    return LabelledSegment(text, _topics(field(item, "topics", list, where), where, topics, most))


def _both(row: Mapping[str, Any], name: str, where: str, target: LabelledParagraph) -> list[Any]:
    items: list[Any] = field(row, name, list, where)
    if len(items) != len(target.segments):
        raise CorpusError(f"{name!r} and the paragraph differ in the number of segments", where)
    return items


def _topics(
    item: Any, where: str, topics: Collection[str] | None, most: int | None
) -> tuple[str, ...]:
    if not isinstance(item, list):
        raise CorpusError("the topics of a segment are no list", where)
    for topic in item:
        if not isinstance(topic, str) or (topics is not None and topic not in topics):
            raise CorpusError(f"unknown topic {reprlib.repr(topic)}", where)
        check_label(topic, where)
    if len(set(item)) != len(item):
        raise CorpusError("topics stand twice", where)
    if most is not None and len(item) > most:
        raise CorpusError(f"{len(item)} topics of a segment are more than {most}", where)
    return tuple(sorted(item))


def _statistics(
    row: Mapping[str, Any], key: str, where: str, text: str, index: int
) -> tuple[Statistic, ...] | None:
    if key not in row:
        return None
    found = tuple(_statistic(item, where, text, index) for item in field(row, key, list, where))
    if len({(s.start, s.end) for s in found}) != len(found):
        raise CorpusError(f"two of the {key!r} stand in the same place", where)
    return found


def _statistic(item: Any, where: str, text: str, index: int) -> Statistic:
    if not isinstance(item, dict):
        raise CorpusError("a quantity is no JSON object", where)
    start, end = field(item, "start", int, where), field(item, "end", int, where)
    if not 0 <= start < end <= len(text):
        raise CorpusError(f"the span {start}:{end} does not lie in the paragraph", where)
    if text[start:end] != item.get("text"):
        said = reprlib.repr(item.get("text"))
        raise CorpusError(f"{said} is not what stands at {start}:{end}", where)
    statistic = Statistic(
        value=_number(field(item, "value", object, where), where),
        value_max=None if item.get("value_max") is None else _number(item["value_max"], where),
        unit=_words(item, "unit", where),
        indicator=_words(item, "indicator", where),
        subject=_words(item, "subject", where),
        approx=field(item, "approx", str, where),
        implicit=field(item, "implicit", bool, where),
        paragraph=index,
        start=start,
        end=end,
        text=text[start:end],
    )
    _check(statistic, where)
    return statistic


def _number(value: Any, where: str) -> Decimal:
    """Numbers come as int and Decimal: a float would not be the number as printed."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise CorpusError(f"the value {reprlib.repr(value)} is no number", where)
    return Decimal(value)


def _words(item: Mapping[str, Any], key: str, where: str) -> str | None:
    return None if item.get(key) is None else str(field(item, key, str, where))


def _check(statistic: Statistic, where: str) -> None:
    if statistic.approx not in APPROXIMATIONS:
        raise CorpusError(f"unknown approximation {statistic.approx!r}", where)
    if statistic.indicator is not None and statistic.indicator not in by_id():
        raise CorpusError(f"unknown indicator {statistic.indicator!r}", where)
    if statistic.implicit and (statistic.value != 0 or statistic.unit is not None):
        raise CorpusError(f"the implicit {statistic.text!r} has a value or a unit", where)
