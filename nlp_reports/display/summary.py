"""What a run over an archive did, as a table for a person at a terminal, in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .layout import WIDTH, clip, fill, page, rule, visible

if TYPE_CHECKING:
    from ..batch.summary import Summary

_NAME = 12  # columns of the left-hand names


def summary_table(summary: Summary, *, width: int = WIDTH) -> str:
    """Return a summary as lines of at most `width` columns, without a final line break."""
    return page(
        (clip(line, width) for line in part)
        for part in (_run(summary, width), _held(summary, width))
    )


def _run(summary: Summary, width: int) -> Iterator[str]:
    yield rule("this run", f"{summary.seconds:,.1f} s", width)
    rate = ""
    if summary.tagged and summary.seconds:
        speed = summary.tagged / summary.seconds
        rate = f"{speed:,.1f} a second, {summary.bytes / summary.seconds / 1e6:,.2f} MB a second"
    rows = (
        ("files", summary.files, "found in the source"),
        ("duplicates", summary.duplicates, "hold the bytes of another file"),
        ("tagged", summary.tagged, rate),
        ("known", summary.known, "stood here before"),
        ("redone", summary.redone, "had been made with another model or other settings"),
        ("removed", summary.removed, "taken out of the archive"),
        ("gone", summary.gone, "kept, though no file of the source has them"),
        ("failed", summary.failed, _counted(summary.reasons)),
    )
    for name, count, note in rows:
        if count or name in ("files", "tagged", "failed"):
            yield f"{name:<{_NAME}}{count:>9,}  {note}".rstrip()


def _held(summary: Summary, width: int) -> Iterator[str]:
    yield rule("the archive", f"{summary.reports:,} reports", width)
    parts = {
        "forms": summary.forms,
        "media": {
            name.rpartition("/")[2].rpartition(".")[2]: n for name, n in summary.media.items()
        },
        "years": summary.years,
        "topics": summary.topics,
    }
    for name, counts in parts.items():
        items = [f"{visible(key)} {count:,}" for key, count in counts.items()]
        for n, line in enumerate(fill(items, width - _NAME, between="  ")):
            yield f"{name if not n else '':<{_NAME}}{line}".rstrip()


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
