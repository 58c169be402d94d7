"""Why a segment has a topic: the model's sum, taken apart into words and what stands around them.

Both passes are linear, so the log-odds of a topic are a sum: of each feature's value times its
weight, of what the first pass thought of the segment and its surroundings times its weight, and of a
constant. What the first pass thought of the segment itself comes from the same words, and is handed
back to them in the proportion in which they made it (the rescale rule of DeepLIFT: Shrikumar et al.,
Learning important features through propagating activation differences, 2017). The sum stays exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from ..schema import Evidence
from .encoder import Floats, Ints
from .features import FIELDS, FIRST, PREFIXES, Described, Paragraph, describe, origins, pieces
from .model import AROUND, TopicModel, sigmoid

# The blocks of `model.around`, in its order; the first is handed back to the words.
_AROUND = ("self", "before", "after", "earlier")
assert len(_AROUND) == AROUND
_FLAT = 1e-6  # difference of scores below which the slope stands for their quotient


def explain(
    model: TopicModel, paragraphs: Sequence[Paragraph], topics: Sequence[Iterable[str]]
) -> list[dict[str, tuple[Evidence, ...]]]:
    """Return for each segment of one document, and each topic asked for, what speaks for or against it.

    Parameters
    ----------
    paragraphs : sequence of (headings, segment texts)
    topics : sequence of iterable of str
        The topics to explain, for each segment in order.

    Returns
    -------
    list of dict
        Topic to evidence, the strongest first. The weights of a topic add up to its log-odds
        (where labels exclude each other, to its logit).
    """
    paragraphs = [(headings, tuple(segments)) for headings, segments in paragraphs]
    texts = [segment for _, segments in paragraphs for segment in segments]
    described = describe(paragraphs, model.tokenizer)
    rows, ids, values = model.encoder(described)
    _, seen = model.scores((rows, ids, values), len(described))
    ends = np.searchsorted(rows, np.arange(len(described) + 1))
    names = _names(model)
    explained = []
    for n, (text, segment, wanted) in enumerate(zip(texts, described, topics, strict=True)):
        own = slice(ends[n], ends[n + 1])
        reader = _Reader(text, segment, [names[row] for row in ids[own]])
        evidence = {}
        for topic in wanted:
            column = model.labels.index(topic)
            weights, base = _weights(model, ids[own], values[own], column)
            found = [*reader.evidence(weights), *_context(model, seen[n], column)]
            evidence[topic] = _sorted([*found, Evidence("base", "", base)])
        explained.append(evidence)
    return explained


def _weights(model: TopicModel, ids: Ints, values: Floats, column: int) -> tuple[Floats, float]:
    """Return what each feature of a segment adds to one topic, through both passes; and the rest."""
    w = model.weights
    start = w.first_bias.astype(np.float64)  # the first pass' score of a segment without features
    score = start + values @ w.first[ids]
    least, most = sigmoid(start), sigmoid(score)
    flat = np.abs(score - start) < _FLAT
    rise = np.where(flat, least * (1 - least), (most - least) / np.where(flat, 1, score - start))
    itself = w.around[: len(start), column]
    slope = float(w.slope[column])
    weights = values * (w.second[ids, column] + w.first[ids] @ (rise * itself)) * slope
    base = (float(w.second_bias[column]) + float(least @ itself)) * slope + float(w.offset[column])
    return weights, base


def _names(model: TopicModel) -> list[tuple[str, str]]:
    """The field and the gram of each feature."""
    return [
        (field, gram)
        for field, known in zip(FIELDS, model.vocabulary, strict=True)
        for gram in sorted(known, key=known.__getitem__)
    ]


def _context(model: TopicModel, seen: Floats, column: int) -> list[Evidence]:
    """What the first pass thought of what is around the segment adds."""
    if not len(seen):
        return []
    weights = seen * model.weights.around[:, column] * model.weights.slope[column]
    blocks = zip(_AROUND, np.split(weights, AROUND), strict=True)
    return [Evidence(kind, "", float(b.sum())) for kind, b in blocks if kind != "self"]


def _sorted(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda e: (-abs(e.weight), e.start or 0, e.kind, e.text)))


class _Reader:
    """Turns weights of one segment's features into weights of its words."""

    def __init__(self, text: str, segment: Described, features: list[tuple[str, str]]) -> None:
        self._text = text
        self._features = features
        self._spans = origins(text)
        self._words = _spans(segment.words)
        self._word_places = _places(enumerate(segment.words))
        known = {gram for field, gram in features if field == "meaning"}
        self._piece_places = _places(
            (n, piece)
            for n, word in enumerate(segment.words)
            for piece in ([word] if word in known else pieces(word, known))
        )
        self._char_places = _places(
            (n, segment.text[n : n + size])
            for size in (1, 2)
            for n in range(len(segment.text) - size + 1)
        )
        self._opening = segment.words[:FIRST]

    def evidence(self, weights: Floats) -> list[Evidence]:
        """Return the evidence for such weights, one for each feature."""
        words = np.zeros(len(self._words))
        chars = np.zeros(len(self._spans))
        others: dict[tuple[str, str], float] = defaultdict(float)
        for (field, gram), weight in zip(self._features, weights, strict=True):
            if field in ("word", "meaning"):
                places = (self._word_places if field == "word" else self._piece_places)[gram]
                np.add.at(words, places, weight / len(places))
            elif field == "char":
                for place in (places := self._char_places[gram]):
                    chars[place : place + len(gram)] += weight / len(places) / len(gram)
            elif field == "shape" and gram in self._opening:
                words[self._opening.index(gram)] += weight
            else:
                others["length" if field == "shape" else field, _plain(gram)] += float(weight)
        found = [Evidence(kind, text, weight) for (kind, text), weight in others.items()]
        for (start, end), weight in zip(self._words, words, strict=True):
            first, last = self._spans[start][0], self._spans[end - 1][1]
            total = float(weight + chars[start:end].sum())
            found.append(Evidence("word", self._text[first:last], total, first, last))
        return found


def _spans(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words of a normal text stand in it: they tile it."""
    ends = np.cumsum([len(word) for word in words], dtype=np.int64)
    return [(int(end) - len(word), int(end)) for word, end in zip(words, ends, strict=True)]


def _places(grams: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, gram in grams:
        places[gram].append(place)
    return places


def _plain(gram: str) -> str:
    """A gram without the word that tells where it was seen."""
    for prefix in PREFIXES:
        gram = gram.removeprefix(prefix)
    return gram
