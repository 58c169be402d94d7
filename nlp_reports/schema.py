"""The values that travel between the stages: frozen, comparable, picklable, without logic.

All offsets count Unicode code points and are half-open, ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from.

    ``path`` is None for bytes and text given in memory; ``encoding`` is None for text that was
    never encoded. ``sha256`` is taken over the bytes (for text, over its UTF-8 form).
    """

    path: str | None
    sha256: str
    media_type: str
    encoding: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    ``path`` is safe to print and to join to a folder: relative, set apart by slashes, without
    ``..`` and control characters. It starts with the path of the archive.
    """

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Warning:
    """Something the user should know that did not stop the work."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as the file draws it, and where its text stands: ``document.text[start:end]``.

    ``rows`` are cell texts, a cell for every column; the text of a merged cell stands in its first
    row and column, the others it covers are empty. ``page`` counts from 1, None in media without
    pages.
    """

    start: int
    end: int
    rows: tuple[tuple[str, ...], ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file, fixed at the door: no later stage alters it.

    ``grids`` are the tables the file itself draws (plain text draws none), ``noise`` the spans its
    reader set apart as no part of the report. ``pages`` holds the offset at which each page
    starts, empty in media without pages. ``properties`` is what the file says of itself outside of
    its text: ``published``, ``publisher``, ``title``, each as printed.
    """

    source: Source
    text: str
    warnings: tuple[Warning, ...] = ()
    grids: tuple[Grid, ...] = ()
    noise: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day of the statistical period, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its place in the outline.

    ``level`` is 1 for the top; ``number`` is the numbering as printed (``一、``), empty for a
    heading without one; ``parent`` is the index of the enclosing section; ``paragraph`` is the
    index of the first paragraph below the heading, None when there is none.
    """

    index: int
    level: int
    number: str
    title: str
    parent: int | None
    paragraph: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What carried a decision on a segment, and how far.

    ``weight`` is its share of the log-odds of the topic (of the logit, where labels exclude each
    other): positive speaks for it. ``kind`` is ``word`` (a word of the segment, ``start`` and
    ``end`` counted from the segment's), ``length``, ``heading`` (a word of the headings above),
    ``part`` (the part of the report they announce), ``before`` and ``after`` (what the first pass
    thought of the neighbours), ``earlier`` (of all before), or ``base`` (what every segment starts
    from). Only words have a place.
    """

    kind: str
    text: str
    weight: float
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The unit that carries topics; segments tile their paragraph.

    ``evidence`` tells of each topic what carried the decision, strongest first; it is empty unless
    ``Settings.explain`` asks for it.
    """

    start: int
    end: int
    topics: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. ``text`` is the concatenation of ``document.text[s.start:s.end]`` over ``spans``.

    ``topics`` and ``segments`` are empty until the paragraph has been tagged. ``page`` counts from
    1, None in media without pages.
    """

    index: int
    text: str
    section: int | None
    headings: tuple[str, ...]
    spans: tuple[Span, ...]
    topics: Mapping[str, float] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cell texts, row by row; rows may differ in length. ``form`` as in `Report`."""

    index: int
    form: str | None
    rows: tuple[tuple[str, ...], ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """What a document says of itself, and its parts in reading order.

    ``noise`` holds the spans of the document set apart as no part of the report: image
    placeholders, page marks, the chrome of a web site.
    """

    title: str | None
    issuer: str | None
    year: int | None
    period: Period | None
    published: date | None
    form: str | None
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    tables: tuple[Table, ...]
    noise: tuple[Span, ...]
    warnings: tuple[Warning, ...]


# How exact a number claims to be.
APPROXIMATIONS = ("exact", "about", "over", "at_least", "at_most")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as it stands in a text: ``text == source[start:end]``.

    ``value`` is exact and counted in ``unit`` as printed (``18万元`` is 18 ``万元``);
    ``value_max`` is the upper end of a range, else None. ``approx`` is one of ``exact``,
    ``about``, ``over``, ``at_least``, ``at_most``. ``implicit`` marks a statement of absence
    (``未发生行政诉讼``), whose value is 0 and whose unit is None.
    """

    start: int
    end: int
    text: str
    value: Decimal
    value_max: Decimal | None = None
    unit: str | None = None
    approx: str = "exact"
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure that an official form asks for.

    ``id`` is its name in records (``requests.new``), ``forms`` the forms that ask for it, ``unit``
    the unit they print, ``title`` and ``title_en`` its display names. ``paths`` are the places
    where a form prints it: the labels from the outermost block inwards, numbers included; empty
    where no table has it. ``derived_from`` holds the ids of the figures it is the sum of, where a
    form prints those and not the sum.
    """

    id: str
    forms: tuple[str, ...]
    unit: str | None
    title: str
    title_en: str
    paths: tuple[tuple[str, ...], ...] = ()
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure of the report with its evidence.

    From prose, ``paragraph``, ``start`` and ``end`` point at the words and ``subject`` holds the
    words that say what is counted. From a form, ``cell`` is the row and column of the cell in
    ``tables[table].rows``, ``row`` and ``column`` are its labels, ``raw`` is its text, and
    ``value`` is None where it holds no number. ``confidence`` says how the cell was told:
    ``label`` where row and column cross as printed, ``aligned`` where the cells of a row had to be
    counted because columns were lost, ``arithmetic`` where the sums of the form chose between
    readings; ``conflict`` and ``repeated`` where another row has the figure. ``derived`` is the sum that gave a figure no cell prints (``requests.new +
    requests.carried_in``). ``indicator`` is an id of `indicators` when the figure is that indicator
    for the whole issuer in the reported year, else None.
    """

    value: Decimal | None
    unit: str | None = None
    indicator: str | None = None
    paragraph: int | None = None
    start: int | None = None
    end: int | None = None
    text: str | None = None
    value_max: Decimal | None = None
    approx: str = "exact"
    subject: str | None = None
    implicit: bool = False
    table: int | None = None
    row: str | None = None
    column: str | None = None
    raw: str | None = None
    cell: tuple[int, int] | None = None
    confidence: str | None = None
    derived: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, and what it says. No check runs in this version."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """One tagged report.

    ``form`` is ``form-2014``, ``form-2019``, ``form-2021`` or None; unknown metadata is None,
    never a guess.
    """

    source: Source
    title: str | None
    issuer: str | None
    year: int | None
    period: Period | None
    published: date | None
    form: str | None
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    statistics: tuple[Statistic, ...]
    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be tagged: the name of the error and what it says."""

    path: str | None
    error: str
    message: str
