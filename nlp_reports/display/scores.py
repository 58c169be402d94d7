"""Evaluations and models as tables for a person at a terminal, in English.

Labels, titles and texts come from strangers' files: none reaches the terminal as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .layout import WIDTH, clip, columns, fill, flow, grid, pad, page, rule, visible

if TYPE_CHECKING:  # they load numpy, which tables can do without
    from ..evaluation import Evaluation, Mistake

_NARROWEST = 40  # columns; in fewer, the figures of a row have no place
_CONFUSIONS = 12  # lines on which label is taken for which
_LISTED = 12  # items named in a list; of the others, the number is told
_LONGEST = 800  # columns of a warning, or of any other text that should be short
_NAME = 13  # columns of the left-hand names
_NO_LABEL = "—"
_WORDS = {None: _NO_LABEL, True: "yes", False: "no"}


def evaluation_table(
    evaluation: Evaluation,
    *,
    titles: Mapping[str, str] = {},
    worst: int = 10,
    width: int = WIDTH,
) -> str:
    """Return an evaluation as lines of at most `width` columns, without a final line break.

    Parameters
    ----------
    evaluation : Evaluation
        Parts of it that are empty are left out.
    titles : mapping of str to str
        Titles shown behind the ids of labels, as far as there are any.
    worst : int
        Mistakes shown; none below 1.
    width : int
        Columns of the terminal, at least 40; fewer count as 40.
    """
    width = max(width, _NARROWEST)
    parts = (
        _headline(evaluation, width),
        _labels(evaluation, titles, width),
        _confusions(evaluation, titles, width),
        _reliability(evaluation, width),
        _mistakes(evaluation.mistakes, titles, max(worst, 0), width),
    )
    return _bounded(parts, width)


def model_table(card: Mapping[str, Any], *, width: int = WIDTH) -> str:
    """Return what ``model.json`` says of a model as lines of at most `width` columns.

    Parameters
    ----------
    card : mapping
        The content of ``model.json``. What is missing, or not of the kind that training writes, is
        left out; a card that says nothing gives an empty text.
    width : int
        Columns of the terminal, at least 40; fewer count as 40.
    """
    width = max(width, _NARROWEST)
    scores = {
        name: part
        for name in ("validation", "test")
        if (part := _mapping(_mapping(card, "scores"), name))
    }
    exact = "accuracy" if card.get("exclusive") is True else "exact"
    parts = (_about(card, width), _overall(scores, exact, width), _f1(card, scores, width))
    return _bounded(parts, width)


def _bounded(parts: Iterable[Iterable[str]], width: int) -> str:
    return page((clip(line, width) for line in part) for part in parts)


# An evaluation


def _headline(evaluation: Evaluation, width: int) -> Iterator[str]:
    items = (
        f"segments {evaluation.segments:,}",
        f"{'accuracy' if evaluation.exclusive else 'exact'} {evaluation.exact:.4f}",
        f"micro F1 {evaluation.micro_f1:.4f}",
        f"macro F1 {evaluation.macro_f1:.4f}",
    )
    yield from fill(items, width, between="   ")


def _labels(evaluation: Evaluation, titles: Mapping[str, str], width: int) -> Iterator[str]:
    rows = [
        (_label(x, titles), *(f"{n:.3f}" for n in (s.precision, s.recall, s.f1)), f"{s.support:,}")
        for x, s in evaluation.labels.items()
    ]
    if rows:
        yield rule("Labels", "", width)
        yield from grid([("label", "P", "R", "F1", "support"), *rows], width)


def _confusions(evaluation: Evaluation, titles: Mapping[str, str], width: int) -> Iterator[str]:
    shown = evaluation.confusions[:_CONFUSIONS]
    rows = [
        (_label(c.truth, titles), f"-> {_label(c.predicted, titles)}", f"{c.count:,}")
        for c in shown
    ]
    if rows:
        note = _share_of(shown, evaluation.confusions)
        if any(None in (c.truth, c.predicted) for c in shown):
            note += f", {_NO_LABEL} where there is no label"
        yield rule("Confusions", note, width)
        yield from grid([("true", "-> predicted", "count"), *rows], width, left=2)


def _reliability(evaluation: Evaluation, width: int) -> Iterator[str]:
    rows = [
        (f"{b.low:.2f}–{b.high:.2f}", f"{b.count:,}", f"{b.probability:.3f}", f"{b.right:.3f}")
        for b in evaluation.reliability
    ]
    if rows:
        yield rule("Reliability", "of probabilities", width)
        yield from grid([("range", "count", "mean", "true"), *rows], width)


def _mistakes(
    mistakes: Sequence[Mistake], titles: Mapping[str, str], worst: int, width: int
) -> Iterator[str]:
    shown = mistakes[:worst]
    if shown:
        yield rule("Worst mistakes", _share_of(shown, mistakes), width)
    for mistake in shown:
        yield from _mistake(mistake, titles, width)


def _mistake(mistake: Mistake, titles: Mapping[str, str], width: int) -> Iterator[str]:
    """The loss and the place, and set in below them what is true, what was said, and of which text."""
    loss, place = f"{mistake.loss:5.2f}  ", f"/{mistake.paragraph}"
    room = width - columns(loss)
    yield f"{loss}{clip(visible(mistake.document), room - columns(place))}{place}"
    longest = room - _NAME - columns(" 0.00,")  # so that a label's probability stays beside it
    truth = [clip(_label(label, titles), longest) for label in mistake.truth]
    predicted = [
        f"{clip(_label(label, titles), longest)} {probability:.2f}"
        for label, probability in sorted(mistake.predicted.items(), key=lambda x: (-x[1], x[0]))
    ]
    for line in (
        *_entry("true", _listed(truth or [_NO_LABEL], room - _NAME)),
        *_entry("predicted", _listed(predicted or [_NO_LABEL], room - _NAME)),
        *_two_lines(mistake.text, room),
    ):
        yield f"{' ' * columns(loss)}{line}"


def _two_lines(text: str, width: int) -> Iterator[str]:
    """The start of a text on at most two lines; a text of blanks has none."""
    first, *others = flow(clip(visible(text), 2 * width), width)
    yield from filter(None, (first, clip("".join(others), width)))


# A model


def _about(card: Mapping[str, Any], width: int) -> Iterator[str]:
    room = width - _NAME
    for name, items in (
        ("fingerprint", [str(card["fingerprint"])] if card.get("fingerprint") else []),
        ("labels", _task(card)),
        ("corpus", _corpus(_mapping(card, "corpus"))),
        ("recipe", [*map(_pair, _mapping(card, "recipe").items())]),
        ("libraries", [*map(_pair, _mapping(card, "libraries").items())]),
    ):
        yield from _entry(name, _listed(items, room))
    for warning in _some(_list(card, "warnings")):
        yield from _entry("warning", flow(clip(visible(warning), _LONGEST), room))


def _task(card: Mapping[str, Any]) -> list[str]:
    labels, exclusive = _titled(card), card.get("exclusive")
    items = [f"{len(labels):,}"] if labels else []
    if isinstance(exclusive, bool):
        items.append("single-label" if exclusive else "multi-label")
    return items


def _corpus(corpus: Mapping[str, Any]) -> list[str]:
    counted = [f"{n} {key}" for key in ("documents", "segments") if (n := _count(corpus.get(key)))]
    fingerprint = corpus.get("fingerprint")
    return [*counted, f"fingerprint {fingerprint}"] if fingerprint else counted


def _pair(item: tuple[str, Any]) -> str:
    name, value = item
    if value is None or isinstance(value, bool):
        value = _WORDS[value]
    elif not isinstance(value, (str, int, float)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return f"{name} {value}"


def _overall(scores: Mapping[str, Mapping[str, Any]], exact: str, width: int) -> Iterator[str]:
    rows = [
        ("segments", *(_count(part.get("segments")) for part in scores.values())),
        *(
            (name, *(_ratio(part.get(key), 4) for part in scores.values()))
            for name, key in ((exact, "exact"), ("micro F1", "micro_f1"), ("macro F1", "macro_f1"))
        ),
    ]
    if told := [row for row in rows if any(row[1:])]:
        yield rule("Scores", "", width)
        yield from grid([("", *scores), *told], width)


def _f1(
    card: Mapping[str, Any], scores: Mapping[str, Mapping[str, Any]], width: int
) -> Iterator[str]:
    """Every label, and its F1 as far as it is told."""
    titles = _titled(card)
    told = {name: f1 for name, part in scores.items() if (f1 := _mapping(part, "f1"))}
    labels = dict.fromkeys([*titles, *(label for f1 in told.values() for label in f1)])
    rows = [
        (_label(label, titles), *(_ratio(f1.get(label), 3) for f1 in told.values()))
        for label in labels
    ]
    if rows:
        yield rule("Labels", "and their F1" if told else "", width)
        yield from grid([("label", *told), *rows], width)


def _titled(card: Mapping[str, Any]) -> dict[str, str]:
    """The labels of a card with their titles, in its order."""
    labels = (x if isinstance(x, Mapping) else {"id": x} for x in _list(card, "labels"))
    return {str(x["id"]): str(x.get("title") or x["id"]) for x in labels if x.get("id")}


def _mapping(card: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = card.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(card: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = card.get(key)
    return value if isinstance(value, (list, tuple)) else ()


def _count(value: object) -> str:
    """A whole number, or nothing if it is none."""
    return f"{value:,}" if isinstance(value, int) else ""


def _ratio(value: object, places: int) -> str:
    """A number in [0, 1], or nothing if it is none."""
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        return f"{value:.{places}f}"
    return ""


# Both


def _label(label: str | None, titles: Mapping[str, str]) -> str:
    """Return a label's id and title; the id alone where it has no title of its own."""
    if label is None:
        return _NO_LABEL
    title = titles.get(label) or label
    return visible(label if title == label else f"{label} {title}")


def _share_of(shown: Sequence[object], whole: Sequence[object]) -> str:
    return f"{len(shown):,} of {len(whole):,}"


def _entry(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines to the right of their name; no lines, no name."""
    for n, line in enumerate(filter(None, lines)):
        yield f"{pad('' if n else name, _NAME)}{line}"


def _listed(items: Sequence[str], width: int) -> list[str]:
    """Items with commas between them, over as many lines as it takes."""
    shown = [clip(visible(item), _LONGEST) for item in _some(items)]
    return fill([*(f"{item}," for item in shown[:-1]), *shown[-1:]], width)


def _some(items: Sequence[object]) -> list[str]:
    """The first items as text, and how many more there are."""
    more = len(items) - _LISTED
    return [*map(str, items[:_LISTED]), *([f"and {more:,} more"] if more > 0 else [])]
