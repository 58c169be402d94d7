"""How a model is trained, every knob with its default, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import NamedTuple

from ..errors import SettingsError
from ..evaluation import Evaluation
from ..topics.model import TopicModel

_SEEDS = 1 << 32  # what scikit-learn's random numbers can start from


class Settled(NamedTuple):
    """A recipe with a value for every knob: see `Recipe`."""

    least: int
    strength: float
    vectors: bool
    folds: int
    seed: int


# What None stands for, in a corpus of documents and in one of single texts: least, strength, folds.
_OF_DOCUMENTS = 3, 0.1, 5
_OF_TEXTS = 1, 0.25, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is trained. The defaults were chosen in ``docs/benchmarks.md``.

    Parameters
    ----------
    least : int or None
        Segments a gram must occur in to become a feature, at least 1. None: 3 in a corpus of
        documents, where it leaves out two thirds of the grams at no loss, and 1 in one of single
        texts, which are short.
    strength : float or None
        Inverse of the L2 regularisation of the linear classifiers, > 0. None: 0.1 in a corpus of
        documents, 0.25 in one of single texts.
    vectors : bool
        Whether words count by their meaning too (``nlp_reports.topics.vectors``), which helps with
        words never seen in training.
    folds : int or None
        Folds of the cross-validation, by document, at least 2; no more than there are documents.
        None: 5 in a corpus of documents, 3 in one of single texts.
    seed : int
        Decides which documents share a fold, and the order in which examples are learnt; at
        least 0, below 2 ** 32.

    Raises
    ------
    SettingsError
        If a value lies outside its range, or is no whole number where one is asked for.
    """

    least: int | None = None
    strength: float | None = None
    vectors: bool = True
    folds: int | None = None
    seed: int = 20261122

    def __post_init__(self) -> None:
        for name, least in (("least", 1), ("folds", 2), ("seed", 0)):
            self._check_whole(name, least)
        if self.seed >= _SEEDS:
            raise SettingsError(f"seed must be below {_SEEDS}, not {self.seed}")
        if self.strength is not None:
            if not (isinstance(self.strength, Real) and 0 < self.strength < float("inf")):
                raise SettingsError(f"strength must be a number above 0, not {self.strength!r}")
            object.__setattr__(self, "strength", float(self.strength))

    def _check_whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if value is None and name != "seed":
            return
        if not isinstance(value, Integral) or value < least:
            raise SettingsError(f"{name} must be a whole number of at least {least}, not {value!r}")
        object.__setattr__(self, name, int(value))  # numpy's numbers cannot be written as JSON

    def settled(self, *, alone: bool) -> Settled:
        """Return the recipe with a value for every None, for single texts (`alone`) or documents."""
        least, strength, folds = _OF_TEXTS if alone else _OF_DOCUMENTS
        return Settled(
            self.least or least,
            self.strength or strength,
            self.vectors,
            self.folds or folds,
            self.seed,
        )


DEFAULT = Recipe()


@dataclass(frozen=True, slots=True)
class Training:
    """A trained model, how its cross-validation scored, and what the user should hear.

    ``warnings`` are lines of English about the balance of the labels, possibly none.
    """

    model: TopicModel
    validation: Evaluation
    recipe: Settled
    warnings: tuple[str, ...]
