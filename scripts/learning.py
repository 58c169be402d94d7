"""Macro F1 over labels bought: texts chosen by `nlp_reports.suggestion` against texts chosen at random.

Run by ``scripts/learning``; the figures are kept in ``docs/benchmarks.md``. The texts are the segments
of our corpus without headings, each alone: those of the training documents are for sale, those of the
test documents judge. An argument names another split to judge by: methods are compared on ``dev``.
"""

import random
import sys
from pathlib import Path
from statistics import mean

from nlp_reports import corpus, evaluation
from nlp_reports.annotation import LabelledParagraph, LabelledSegment
from nlp_reports.corpus import Corpus
from nlp_reports.suggestion import Candidate, suggest
from nlp_reports.topics.features import normal
from nlp_reports.training import Recipe, fit

ROOT = Path(__file__).parents[1]
FIRST, STEP, LAST = 200, 200, 2000  # labels: chosen at random, bought a round, bought in all
GOAL = 1000  # labels at which the two are compared
SEEDS = (1, 2, 3)
RECIPE = Recipe()


def segments(labelled):
    return [segment for p in labelled.paragraphs for segment in p.segments]


def different(texts):
    """Each text once: copies teach nothing, and `suggest` leaves them out."""
    return list({normal(segment.text): segment for segment in texts}.values())


def single(texts):
    """A corpus of texts that stand alone. A label that only one of them has cannot be learnt yet."""
    counts = Corpus({}, tuple(LabelledParagraph("", 0, (), (s,)) for s in texts)).counts()
    learnt = [LabelledSegment(s.text, tuple(t for t in s.topics if counts[t] > 1)) for s in texts]
    names = [f"text-{n}" for n in range(len(texts))]
    return Corpus(
        {name: {} for name in names},
        tuple(LabelledParagraph(d, 0, (), (s,)) for d, s in zip(names, learnt, strict=True)),
        alone=True,
    )


def macro_f1(model, judge):
    """Score a model of single texts, for which all texts are one call."""
    probabilities = model.probabilities([((), [s.text for s in segments(judge)])])
    return evaluation.judge(model, judge, probabilities).macro_f1


def curve(shop, judge, seed, choose):
    """Macro F1 after each round of buying."""
    bought = random.Random(seed).sample(shop, FIRST)
    scores = []
    while True:
        model = fit(single(bought), RECIPE).model
        scores.append(macro_f1(model, judge))
        print(f"seed {seed}, {len(bought)} labels: {scores[-1]:.4f}", file=sys.stderr)
        if len(bought) >= LAST:
            return scores
        bought += choose(model, shop, bought, seed)


def by_suggestion(model, shop, bought, seed):
    labels = {segment.text: segment for segment in shop}
    chosen = suggest(
        model,
        [Candidate(segment.text, "") for segment in shop],
        count=STEP,
        known=[segment.text for segment in bought],
        seed=seed,
    )
    return [labels[s.text] for s in chosen]


def by_chance(model, shop, bought, seed):
    known = {segment.text for segment in bought}
    rest = [segment for segment in shop if segment.text not in known]
    return random.Random(f"{seed} {len(bought)}").sample(rest, STEP)


def reached(goal, sizes, scores):
    """Labels at which a mean curve first reaches a score, between rounds as on a straight line."""
    for n, score in enumerate(scores):
        if score >= goal:
            if n == 0:
                return f"{sizes[0]:,}"
            share = (goal - scores[n - 1]) / (score - scores[n - 1])
            return f"about {sizes[n - 1] + share * (sizes[n] - sizes[n - 1]):,.0f}"
    return f"more than {sizes[-1]:,}"


def cell(scores):
    return f"{mean(scores):.3f} ({min(scores):.3f}–{max(scores):.3f})"


def main():
    labelled = corpus.read(ROOT / "corpus")
    shop = different(segments(labelled.part("train")))
    judge = single(segments(labelled.part(sys.argv[1] if sys.argv[1:] else "test")))
    suggested = [curve(shop, judge, seed, by_suggestion) for seed in SEEDS]
    drawn = [curve(shop, judge, seed, by_chance) for seed in SEEDS]
    sizes = range(FIRST, LAST + 1, STEP)
    print("| labels bought | suggested | at random |\n|---|---|---|")
    for size, ours, theirs in zip(
        sizes, zip(*suggested, strict=True), zip(*drawn, strict=True), strict=True
    ):
        print(f"| {size:,} | {cell(ours)} | {cell(theirs)} |")
    goal = mean(scores[sizes.index(GOAL)] for scores in suggested)
    needed = reached(goal, sizes, [mean(scores) for scores in zip(*drawn, strict=True)])
    print(
        f"\nMacro F1 on {judge.segments:,} texts, mean (lowest–highest) of {len(SEEDS)} draws; {len(shop):,} "
        f"texts to choose from.\nWhat {GOAL:,} suggested labels reach, {goal:.3f}, takes {needed} random ones."
    )


if __name__ == "__main__":
    main()
