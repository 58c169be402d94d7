"""What a run over an archive did, as a table for a person at a terminal, in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .layout import WIDTH, clip, fill, page, rule, visible

if TYPE_CHECKING:
    from ..batch.summary import Summary

_NAME = 12  # columns of the left-hand names
_MEDIA = {
    "text/plain": "text",
    "text/html": "html",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


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
        ("known", summary.known, "had been tried before, and are not tried again"),
        ("redone", summary.redone, "had been made with another model or other settings"),
        ("removed", summary.removed, "taken out of the archive"),
        ("gone", summary.gone, "kept, though no file of the source has them"),
        ("failed", summary.failed, ""),
    )
    for name, count, note in rows:
        if count or name in ("files", "tagged", "failed"):
            yield f"{name:<{_NAME}}{count:>9,}  {note}".rstrip()
    yield from _counts("", summary.reasons, width)


def _held(summary: Summary, width: int) -> Iterator[str]:
    yield rule(
        "the archive", f"{summary.reports:,} report{'' if summary.reports == 1 else 's'}", width
    )
    parts = {
        "forms": summary.forms,
        "media": {_MEDIA.get(name, name): count for name, count in summary.media.items()},
        "years": summary.years,
        "topics": summary.topics,
        "warnings": summary.warnings,
    }
    for name, counts in parts.items():
        yield from _counts(name, counts, width)


def _counts(name: str, counts: Mapping[str, int], width: int) -> Iterator[str]:
    """Yield counts side by side, on as many lines as they take; none if there are none."""
    items = [f"{visible(key)} {count:,}" for key, count in counts.items()]
    for n, line in enumerate(fill(items, width - _NAME, between="  ") if items else []):
        yield f"{name if not n else '':<{_NAME}}{line}".rstrip()
