"""Where each indicator stands in the tables of the official forms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from .. import catalogue, numerals
from ..schema import Indicator
from . import labels

FORMS = ("form-2014", "form-2019", "form-2021")
Key = tuple[str, str | None]  # an indicator and, in part 三, the kind of applicant


@dataclass(frozen=True, slots=True)
class Place:
    """One place of an indicator.

    ``table`` is ``2014``, or the part ``二``, ``三`` or ``四`` of the later forms; ``forms`` are those
    that print the figure there. ``steps`` are the keys of the labels from the outermost block
    inwards, ``number`` is the number printed before the last, ``order`` sorts places as printed.
    Part 三 has a column for each kind of applicant.
    """

    indicator: str
    table: str
    forms: frozenset[str]
    steps: tuple[str, ...]
    number: str
    order: tuple[int, ...]

    @property
    def by_applicant(self) -> bool:
        """Whether the place is a row with a cell for each kind of applicant."""
        return self.table == "三"


@cache
def by_label() -> dict[str, tuple[Place, ...]]:
    """Return all places by the last of their labels."""
    found: dict[str, list[Place]] = defaultdict(list)
    for indicator in catalogue.indicators():
        for path in indicator.paths:
            place = _place(indicator, path)
            found[place.steps[-1]].append(place)
    return {label: tuple(places) for label, places in found.items()}


@cache
def row_labels() -> tuple[str, ...]:
    """Return the labels of the rows that hold figures, in the order the forms print them."""
    rows = []
    for places in by_label().values():
        for place in places:
            if place.table != "四":
                depth = 2 if place.table == "二" else len(place.steps)
                rows.append((place.table, place.order[:depth], place.steps[depth - 1]))
    return tuple(dict.fromkeys(label for _, _, label in sorted(rows, key=lambda row: row[:2])))


@cache
def blocks(label: str) -> tuple[str, ...]:
    """Return the labels of the blocks that a row may stand beside, as part 三 prints them."""
    rows = [place for place in by_label().get(label, ()) if place.by_applicant]
    around = [place for places in by_label().values() for place in places if place.by_applicant]
    return tuple(dict.fromkeys(s for p in around for s in p.steps[:-1])) if rows else ()


@cache
def tables(form: str) -> dict[str, frozenset[Key]]:
    """Return the cells that each table of a form prints, by the table's name."""
    found: dict[str, set[Key]] = defaultdict(set)
    for places in by_label().values():
        for place in places:
            if form in place.forms:
                columns = labels.APPLICANTS.values() if place.by_applicant else (None,)
                found[place.table].update((place.indicator, column) for column in columns)
    return {table: frozenset(keys) for table, keys in found.items()}


@cache
def only_form(indicator: str, *, by_applicant: bool) -> str | None:
    """Return the form that alone prints a figure in such a table, None when several do."""
    forms = {
        form
        for places in by_label().values()
        for place in places
        if place.indicator == indicator and place.by_applicant == by_applicant
        for form in place.forms
    }
    return min(forms) if len(forms) == 1 else None


@cache
def is_by_applicant(indicator: str) -> bool:
    """Tell whether part 三 asks for a figure, or for all it is the sum of, by kind of applicant."""
    known = catalogue.by_id().get(indicator)
    if known is None:
        return False
    if known.derived_from:
        return all(map(is_by_applicant, known.derived_from))
    return any(
        p.by_applicant and p.indicator == indicator for ps in by_label().values() for p in ps
    )


def form_of(rows: Iterable[Sequence[str]], *, table: str | None = None) -> str | None:
    """Return the form whose labels rows print, None when they have none that tells.

    ``table`` asks for the labels of one table only: reports mix the columns of two forms.
    """
    votes = Counter(
        form
        for row in rows
        for cell in row
        if (form := _telling(table).get(labels.exact(cell) or ""))
    )
    return votes.most_common(1)[0][0] if votes else None


@cache
def _telling(table: str | None) -> dict[str, str]:
    """Labels that one form alone prints, with that form."""
    printed: dict[str, set[str]] = {}
    for found in by_label().values():
        for place in found if table is None else (p for p in found if p.table == table):
            for step in place.steps:
                printed.setdefault(step, set()).update(place.forms)
    return {
        label: min(forms)
        for label, forms in printed.items()
        if len(forms) == 1 and label not in labels.APPLICANTS
    }


def _place(indicator: Indicator, path: tuple[str, ...]) -> Place:
    if labels.is_item(path[0]):
        table = "二"
    elif not labels.number(path[0]):
        table = "四"
    else:
        table = "2014" if "form-2014" in indicator.forms else "三"
    forms = {form for form in indicator.forms if (form == "form-2014") == (table == "2014")}
    # A form that prints the parts of a sum has a block there, without a figure.
    parts = [catalogue.by_id()[part] for part in indicator.derived_from]
    blocks = {form for part in parts for form in part.forms}
    steps = tuple(map(labels.key, path))
    return Place(
        indicator.id,
        table,
        frozenset(forms - blocks),
        steps,
        labels.number(path[-1]),
        _order(path),
    )


@cache
def _first_seen() -> dict[str, int]:
    """Number the steps of all paths by first appearance, for those that print no number."""
    paths = [path for indicator in catalogue.indicators() for path in indicator.paths]
    return {step: n for n, step in enumerate(dict.fromkeys(s for path in paths for s in path))}


def _order(path: tuple[str, ...]) -> tuple[int, ...]:
    """Return numbers that sort paths as the forms print them; unnumbered steps come last."""
    numbers = []
    for step in path:
        printed = labels.number(step)
        numbers.append(int(numerals.parse(printed)) if printed else 100 + _first_seen()[step])
    return tuple(numbers)
