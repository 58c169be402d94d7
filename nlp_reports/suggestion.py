"""What to label next: the texts a model is least sure of, and no two of them alike.

A model learns most from texts that it cannot decide on (uncertainty sampling: Lewis and Gale, A
sequential algorithm for training text classifiers, 1994). The most doubtful texts of reports that
share their phrases are copies of a few: those are picked that stand for many others.

The suggestions can be written for two labelling tools, doccano and Label Studio; what people have
labelled there is read by `nlp_reports.corpus.read`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np

from .errors import SettingsError
from .records import PLACES
from .schema import Report
from .segments import split
from .topics.encoder import Floats, Ints, Sparse
from .topics.features import describe, normal
from .topics.model import TopicModel, spread

# Texts among which the diverse ones are sought: so many for each that is wanted, and at least.
_POOL, _LEAST_POOL = 10, 1000
_ROUND = 200  # texts chosen together: the pool of a round is compared each with each
_RAREST = 1e-3  # share of a label below which it counts no more
_BATCH = 20_000  # characters described at once: larger batches take more memory and no less time
_DOUBTFUL = 2  # labels of a text whose doubt counts
_LEAST = np.float32(1e-6)  # divisor in the place of a smaller one

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters to Unicode, blanks to the eye
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that might be labelled.

    Parameters
    ----------
    text : str
        Any text. One that cannot be labelled is never suggested, but it still stands around others.
    where : str
        Where it stands, for people: ``file:line``, or the document.
    headings : tuple of str
        The headings above it, outermost first.
    document : str or None
        The document it is from; None for a text that stands alone.
    paragraph : int or None
        Its paragraph in the document, counted in reading order.
    """

    text: str
    where: str
    headings: tuple[str, ...] = ()
    document: str | None = None
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion(Candidate):
    """A candidate worth labelling, and what the model says of it.

    Parameters
    ----------
    topics : mapping of str to float
        The labels the model gives it and their probabilities, possibly none.
    uncertainty : float
        How unsure the model is, in [0, 1].
    """

    topics: Mapping[str, float] = field(kw_only=True)
    uncertainty: float = field(kw_only=True)


def suggest(
    model: TopicModel,
    candidates: Iterable[Candidate],
    *,
    count: int = 100,
    known: Iterable[str] = (),
    seed: int = 20261122,
) -> tuple[Suggestion, ...]:
    """Pick the texts whose labels would teach a model most: uncertain and unlike each other.

    The candidates of one document are predicted together, as each is judged by what stands around
    it: in the order of their paragraphs if all have one, else in the order given. Those without a
    document are predicted alone.

    Left out are texts without a visible letter or ideograph, texts of `known`, and all but the most
    uncertain of those that the classifier cannot tell apart (`topics.features.normal`). The others
    are picked from by rounds of at most 200, each among ten times as many, the most uncertain,
    rare labels counting more. Each next one stands best for what is still uncertain: it raises
    most the sum, over all of them, of uncertainty times the likeness (cosine of the weighted
    grams) to the nearest text picked (facility location: Wei, Iyer and Bilmes, Submodularity in
    data subset selection and active learning, 2015).

    Parameters
    ----------
    model : TopicModel
    candidates : iterable of Candidate
        Possibly none. Beside them, memory is taken for four bytes a candidate and label.
    count : int
        How many to pick, at least 1.
    known : iterable of str
        Texts that are labelled already.
    seed : int
        Decides between equally good texts, together with the texts themselves and not their order.

    Returns
    -------
    tuple of Suggestion
        In the order of picking; all candidates that are not left out, if they are fewer than
        `count`. The same on every run.

    Raises
    ------
    SettingsError
        If `count` is below 1.
    """
    if count < 1:
        raise SettingsError(f"count must be at least 1, not {count}")
    given = list(candidates)
    probabilities = _probabilities(model, given)
    doubts = _doubts(model, probabilities)
    keys = [_key(c.text, seed) if _is_visible(c.text) else None for c in given]
    labelled = {_key(text, seed) for text in known}
    worth = _worth(model, probabilities)
    left = _pool(worth.tolist(), keys, labelled)
    picked: list[int] = []
    while left and len(picked) < count:
        wanted = min(count - len(picked), _ROUND)
        pool = left[: max(_POOL * wanted, _LEAST_POOL)]
        rows = _encode(model, [given[n] for n in pool])
        alike = _likeness(rows, len(model.weights.idf), len(pool))
        chosen = [pool[n] for n in _representative(alike, worth[pool], wanted)]
        picked += chosen
        left = [n for n in left if n not in set(chosen)]
    topics = model.decide(probabilities[picked])
    return tuple(
        _suggestion(given[n], found, float(doubts[n]))
        for n, found in zip(picked, topics, strict=True)
    )


def candidates_from_report(report: Report) -> Iterator[Candidate]:
    """Return the segments of a report, tagged or not, in reading order.

    Each is called by the path of the report, or by its hash where it has none: so
    ``Columns(document="where")`` keeps what is labelled of one report together.
    """
    name = report.source.path or report.source.sha256
    for p in report.paragraphs:
        for s in p.segments or split(p.text):
            yield Candidate(p.text[s.start : s.end], name, tuple(p.headings), name, p.index)


# Doubt


def _doubts(model: TopicModel, probabilities: Floats) -> Floats:
    """Return how unsure the model is of each text, an array of shape (texts,) in [0, 1].

    Where one label excludes the others, by how little the likeliest leads (margin sampling: Scheffer
    et al., Active hidden Markov models for information extraction, 2001). Else the mean doubt of
    the two most doubtful labels: 1 for a probability at the threshold, 0 for certainty.
    """
    if model.exclusive:
        ranked = np.sort(probabilities, axis=1)
        lead = ranked[:, -1] - ranked[:, -2:-1].sum(axis=1)  # of a single label: all of it
        return np.asarray(1 - np.clip(lead, 0, 1), dtype=np.float32)
    doubt = _doubt_of_labels(model, probabilities)
    return np.asarray(np.sort(doubt, axis=1)[:, -_DOUBTFUL:].mean(axis=1), dtype=np.float32)


def _doubt_of_labels(model: TopicModel, probabilities: Floats) -> Floats:
    thresholds = model.thresholds
    room = np.where(probabilities < thresholds, thresholds, 1 - thresholds)
    doubt = 1 - np.abs(probabilities - thresholds) / np.maximum(room, _LEAST)
    return np.asarray(doubt, dtype=np.float32)


def _worth(model: TopicModel, probabilities: Floats) -> Floats:
    """Return how much the label of each text would teach: its doubt, more where a label is rare."""
    if model.exclusive or not len(probabilities):
        return _doubts(model, probabilities)
    rarity = np.maximum(probabilities.mean(axis=0), _RAREST) ** -0.5
    doubt = _doubt_of_labels(model, probabilities) * (rarity / rarity.max())
    return np.asarray(np.sort(doubt, axis=1)[:, -_DOUBTFUL:].mean(axis=1), dtype=np.float32)


def _probabilities(model: TopicModel, candidates: Sequence[Candidate]) -> Floats:
    """Return the probabilities of every candidate in its document, of shape (candidates, L)."""
    found = np.zeros((len(candidates), len(model.labels)), dtype=np.float32)
    for documents in _batches(_documents(candidates), candidates):
        order = [n for document in documents for n in document]
        if len(model.weights.around):
            sizes = [len(document) for document in documents]
        else:  # a model of single texts sees nothing around them: all can be scored at once
            sizes = [len(order)]
        rows = _describe(model, [candidates[n] for n in order])
        parts = [model.scores(part, size)[0] for part, size in _parts(rows, sizes)]
        found[order] = model.activate(np.vstack(parts))
    return found


def _documents(candidates: Sequence[Candidate]) -> list[list[int]]:
    """Return the candidates of each document in reading order, by their numbers."""
    found: dict[str | int, list[int]] = {}
    for n, c in enumerate(candidates):
        found.setdefault(n if c.document is None else c.document, []).append(n)
    for numbers in found.values():
        paragraphs = {n: p for n in numbers if (p := candidates[n].paragraph) is not None}
        if len(paragraphs) == len(numbers):
            numbers.sort(key=paragraphs.__getitem__)
    return list(found.values())


def _batches(
    documents: Iterable[list[int]], candidates: Sequence[Candidate]
) -> Iterator[list[list[int]]]:
    """Put whole documents together up to `_BATCH` characters; a longer one stands alone."""
    batch: list[list[int]] = []
    size = 0
    for document in documents:
        length = sum(len(candidates[n].text) for n in document)
        if batch and size + length > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += length
    if batch:
        yield batch


def _describe(model: TopicModel, candidates: Iterable[Candidate]) -> Sparse:
    return model.encoder(describe([(c.headings, (c.text,)) for c in candidates], model.tokenizer))


def _parts(rows: Sparse, sizes: Sequence[int]) -> Iterator[tuple[Sparse, int]]:
    """Cut sparse rows into runs of `sizes` segments, each counted from 0."""
    segments, ids, values = rows
    ends = list(accumulate(sizes))
    cuts = pairwise(np.searchsorted(segments, [0, *ends]).tolist())
    for end, size, (a, b) in zip(ends, sizes, cuts, strict=True):
        yield (segments[a:b] - (end - size), ids[a:b], values[a:b]), size


# Choice


def _key(text: str, seed: int) -> bytes:
    """Return what equal texts share. As a number drawn with the seed, it also breaks ties."""
    said = normal(_storable(text)).encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=16, key=str(seed).encode()[:64]).digest()


def _is_visible(text: str) -> bool:
    """Tell whether a text holds an ideograph or any other letter that can be seen."""
    return any(char.isalpha() and char not in _FILLERS for char in text)


def _pool(doubts: Sequence[float], keys: Sequence[bytes | None], labelled: set[bytes]) -> list[int]:
    """Return the texts to choose from, the most uncertain first, each only once."""
    first: dict[bytes, int] = {}
    found = [(-doubts[n], key, n) for n, key in enumerate(keys) if key and key not in labelled]
    for _, key, n in sorted(found):
        first.setdefault(key, n)
    return list(first.values())


def _encode(model: TopicModel, candidates: Sequence[Candidate]) -> Sparse:
    """Return the features of some candidates as rows of unit length, made batch by batch."""
    found: list[Sparse] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))]
    done = 0
    for batch in _batches([[n] for n in range(len(candidates))], candidates):
        segments, ids, values = _describe(model, [candidates[n] for (n,) in batch])
        norms = np.sqrt(np.bincount(segments, values**2, len(batch)))
        found.append((segments + done, ids, (values / norms[segments]).astype(np.float32)))
        done += len(batch)
    segments, ids, values = (np.concatenate(part) for part in zip(*found, strict=True))
    return segments, ids, values


def _likeness(rows: Sparse, width: int, count: int) -> Floats:
    """Return the cosine of each two of `count` rows of unit length, of `width` features."""
    segments, ids, values = rows
    starts: Ints = np.searchsorted(segments, np.arange(count + 1))
    one = np.zeros((width, 1), dtype=np.float32)
    alike = np.zeros((count, count), dtype=np.float32)
    for n in range(count):
        own = slice(starts[n], starts[n + 1])
        one[ids[own], 0] = values[own]
        alike[:, n] = spread(segments, ids, values, one, count)[:, 0]
        one[ids[own]] = 0
    return alike


def _representative(alike: Floats, worth: Floats, count: int) -> list[int]:
    """Return the rows to pick, each next one nearest to most of what is worth and not yet near one.

    Parameters
    ----------
    alike : array of shape (rows, rows)
        The likeness of each two.
    worth : array of shape (rows,)
        Falling: of equally good rows the first is picked.
    count : int
    """
    nearest = np.zeros(len(worth), dtype=np.float32)  # likeness to the most alike row picked
    left = np.ones(len(worth), dtype=bool)
    picked: list[int] = []
    while len(picked) < min(count, len(worth)):
        gain = worth @ np.maximum(alike - nearest[:, None], 0)
        best = int(np.where(left, gain, -1).argmax())
        picked.append(best)
        left[best] = False
        nearest = np.maximum(nearest, alike[:, best])
    return picked


def _suggestion(c: Candidate, topics: Mapping[str, float], doubt: float) -> Suggestion:
    return Suggestion(
        c.text, c.where, c.headings, c.document, c.paragraph, topics=topics, uncertainty=doubt
    )


# Labelling tools


def to_rows(suggestions: Iterable[Suggestion]) -> Iterator[dict[str, Any]]:
    """Return rows that doccano imports as JSON Lines, and that `nlp_reports.corpus.read` reads.

    ``{"text": "…", "label": [], "suggested": {"fees": 0.52}, "uncertainty": 0.91, "where": "a.pdf"}``

    ``label`` is empty: people fill it in. doccano shows the rest beside the text and exports it
    again. Of texts and places, characters are left out that no database holds: NUL and halves of
    surrogate pairs.
    """
    for s in suggestions:
        yield {
            "text": _storable(s.text),
            "label": [],
            "suggested": _rounded(s.topics),
            "uncertainty": round(s.uncertainty, PLACES),
            "where": _storable(s.where),
        }


def to_label_studio(
    suggestions: Iterable[Suggestion], *, fingerprint: str = ""
) -> list[dict[str, Any]]:
    """Return tasks that Label Studio imports as a JSON array, with what the model would choose.

    They fit `label_studio_config`. The score of a prediction is the certainty, 1 - uncertainty:
    Label Studio can show the tasks with the lowest first. Texts are cleaned as in `to_rows`.

    Parameters
    ----------
    suggestions : iterable of Suggestion
    fingerprint : str
        The model's, from its card.
    """
    return [_task(s, fingerprint) for s in suggestions]


def _task(s: Suggestion, fingerprint: str) -> dict[str, Any]:
    data = {
        "text": _storable(s.text),
        "where": _storable(s.where),
        "headings": _storable(" > ".join(s.headings)),
        "uncertainty": round(s.uncertainty, PLACES),
    }
    if s.document is not None:
        data["document"] = _storable(s.document)
    if s.paragraph is not None:
        data["paragraph"] = s.paragraph
    choices = {"choices": list(_rounded(s.topics))}
    chosen = {"from_name": "label", "to_name": "text", "type": "choices", "value": choices}
    prediction = {
        "model_version": fingerprint,
        "score": round(1 - s.uncertainty, PLACES),
        "result": [chosen] if s.topics else [],
    }
    return {"data": data, "predictions": [prediction]}


def label_studio_config(labels: Sequence[str], titles: Mapping[str, str], exclusive: bool) -> str:
    """Return the labelling interface of a Label Studio project for tasks of `to_label_studio`.

    People are shown the titles; the labels themselves are stored and exported (``alias``). A title
    that several labels share, or that is another label, is shown with its label behind it.

    Parameters
    ----------
    labels : sequence of str
        At least one, in the order in which they are shown.
    titles : mapping of str to str
        Labels to titles; a label without one is shown as it is.
    exclusive : bool
        Whether a text has exactly one label: then it cannot be submitted without.

    Returns
    -------
    str
        XML.

    Raises
    ------
    SettingsError
        If there are no labels, or one holds a character that XML cannot hold.
    """
    if not labels:
        raise SettingsError("a labelling project needs at least one label")
    for label in labels:
        if found := _NO_XML.search(label):
            code = f"U+{ord(found.group()):04X}"
            raise SettingsError(f"the label {label!r} holds the character {code}, XML cannot")
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Header", value="$headings", size="5")
    ElementTree.SubElement(view, "Text", name="text", value="$text", valueType="text")
    question = {"name": "label", "toName": "text", "choice": "single" if exclusive else "multiple"}
    if exclusive:
        question["required"] = "true"
    choices = ElementTree.SubElement(view, "Choices", question)
    for label, title in _shown(labels, titles).items():
        ElementTree.SubElement(choices, "Choice", value=title, alias=label)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _shown(labels: Iterable[str], titles: Mapping[str, str]) -> dict[str, str]:
    """Return what is shown for each label, in no two cases the same.

    Label Studio looks a choice up by what is shown and by what is stored alike.
    """
    shown = {label: _NO_XML.sub("", titles.get(label, label)).strip() or label for label in labels}
    uses = Counter(shown.values())
    return {
        label: title
        if title == label or (uses[title] == 1 and title not in shown)
        else f"{title} ({label})"
        for label, title in shown.items()
    }


def _rounded(topics: Mapping[str, float]) -> dict[str, float]:
    """Most probable first."""
    ranked = sorted(topics.items(), key=lambda item: (-item[1], item[0]))
    return {topic: round(probability, PLACES) for topic, probability in ranked}


def _storable(text: str) -> str:
    """Return a text without NUL and halves of surrogate pairs; two halves that meet are joined."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return whole.replace("\0", "")
