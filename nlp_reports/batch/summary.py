"""What a run did, and what the archive holds after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one run of `nlp_reports.archive`.

    ``files`` were found in the source, ``duplicates`` of them hold the bytes of another, ``failed`` of
    them could not be opened or tagged. ``tagged`` reports were tagged by this run, ``known`` stood
    in the archive before, those that failed then among them, ``redone`` of the tagged ones replaced one made with another model or other
    settings. ``gone`` reports of the archive have no file in the source any more, ``removed`` ones were
    taken out. ``reports`` is how many the archive holds; ``forms``, ``years`` and ``topics`` count
    them (a report has a topic if one of its segments has), ``media`` and ``warnings`` too. ``reasons`` counts failed files by
    the name of the error. ``seconds`` is wall-clock time, ``bytes`` the size of what was tagged.
    """

    out: str
    files: int = 0
    duplicates: int = 0
    failed: int = 0
    tagged: int = 0
    known: int = 0
    redone: int = 0
    gone: int = 0
    removed: int = 0
    reports: int = 0
    bytes: int = 0
    seconds: float = 0.0
    forms: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)
    media: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the summary as values that `json` can write."""
        return {**asdict(self), "notes": list(self.notes)}


class Tally:
    """Counts the reports of an archive, part by part. What is unknown is counted under ``unknown``."""

    def __init__(self) -> None:
        self.reports = 0
        self._of: dict[str, Counter[str]] = {
            name: Counter() for name in ("form", "year", "media_type")
        }
        self._topics: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()

    def add(self, report: Mapping[str, Any]) -> None:
        """Count a row of ``reports``."""
        self.reports += 1
        for name, counter in self._of.items():
            counter[str(report[name] or "unknown")] += 1
        self._topics.update(one["topic"] for one in report["topics"])
        self._warnings.update({one["code"] for one in report["warnings"]})

    def counts(self) -> dict[str, Any]:
        """Return the fields of a `Summary` that this has counted, each sorted by name, topics by count."""
        return {
            "reports": self.reports,
            "forms": dict(sorted(self._of["form"].items())),
            "years": dict(sorted(self._of["year"].items())),
            "media": dict(sorted(self._of["media_type"].items())),
            "topics": dict(sorted(self._topics.items(), key=lambda one: (-one[1], one[0]))),
            "warnings": dict(sorted(self._warnings.items())),
        }
