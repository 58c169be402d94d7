"""`Report` to JSON and back, and rows for tables. The JSON is the one documented in ``docs/records.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .schema import (
    Evidence,
    Finding,
    Paragraph,
    Period,
    Report,
    Section,
    Segment,
    Source,
    Statistic,
    Table,
    Warning,
)

PLACES = 4  # decimal places of a probability, and of a weight of evidence

_STATISTIC = (
    "paragraph", "start", "end", "text", "value", "value_max", "unit", "approx", "subject",
    "indicator", "implicit", "table", "row", "column", "raw", "cell", "confidence", "derived",
)  # fmt: skip

SEGMENT_COLUMNS = (
    "path", "sha256", "issuer", "year", "form", "paragraph", "segment", "start", "end", "headings",
    "topics", "probabilities", "text",
)  # fmt: skip


def to_json(report: Report) -> dict[str, Any]:
    """Return a report as values that `json` can write; unknown is None."""
    source = report.source
    return {
        "source": {
            "path": source.path,
            "sha256": source.sha256,
            "media_type": source.media_type,
            "encoding": source.encoding,
        },
        "title": report.title,
        "issuer": report.issuer,
        "year": report.year,
        "period": {
            "start": _iso(report.period.start if report.period else None),
            "end": _iso(report.period.end if report.period else None),
        },
        "published": _iso(report.published),
        "form": report.form,
        "sections": [
            {
                "index": s.index,
                "level": s.level,
                "number": s.number,
                "title": s.title,
                "parent": s.parent,
                "paragraph": s.paragraph,
            }
            for s in report.sections
        ],
        "paragraphs": [_paragraph(p) for p in report.paragraphs],
        "statistics": [
            {name: _plain(getattr(s, name)) for name in _STATISTIC} for s in report.statistics
        ],
        "tables": [
            {
                "index": t.index,
                "form": t.form,
                "rows": [list(row) for row in t.rows],
                "page": t.page,
            }
            for t in report.tables
        ],
        "findings": [{"code": f.code, "message": f.message} for f in report.findings],
        "warnings": [{"code": w.code, "message": w.message} for w in report.warnings],
    }


def from_json(record: Mapping[str, Any]) -> Report:
    """Return the report that `to_json` wrote. Spans into the document are not in the record.

    Raises
    ------
    KeyError
        If a field of the record is missing.
    """
    period = record["period"]
    start, end = (_date(period[k]) for k in ("start", "end"))
    return Report(
        source=Source(**record["source"]),
        title=record["title"],
        issuer=record["issuer"],
        year=record["year"],
        period=Period(start, end) if start and end else None,
        published=_date(record["published"]),
        form=record["form"],
        sections=tuple(Section(**s) for s in record["sections"]),
        paragraphs=tuple(
            Paragraph(
                index=p["index"],
                text=p["text"],
                section=p["section"],
                headings=tuple(p["headings"]),
                spans=(),
                topics=dict(p["topics"]),
                segments=tuple(map(_from_segment, p["segments"])),
                page=p["page"],
            )
            for p in record["paragraphs"]
        ),
        statistics=tuple(
            Statistic(
                **{
                    **s,
                    "value": _exact(s["value"]),
                    "value_max": _exact(s["value_max"]),
                    "cell": tuple(s["cell"]) if s["cell"] else None,
                }
            )
            for s in record["statistics"]
        ),
        tables=tuple(
            Table(t["index"], t["form"], tuple(tuple(row) for row in t["rows"]), t["page"])
            for t in record["tables"]
        ),
        findings=tuple(Finding(**f) for f in record["findings"]),
        warnings=tuple(Warning(**w) for w in record["warnings"]),
    )


def segment_rows(report: Report) -> Iterator[dict[str, Any]]:
    """Yield one flat row a segment, with the columns `SEGMENT_COLUMNS`."""
    for paragraph in report.paragraphs:
        for n, segment in enumerate(paragraph.segments):
            topics = sorted(segment.topics, key=lambda t: (-segment.topics[t], t))
            values = (
                report.source.path, report.source.sha256, report.issuer, report.year, report.form,
                paragraph.index, n, segment.start, segment.end, " > ".join(paragraph.headings),
                ";".join(topics),
                ";".join(f"{segment.topics[t]:.{PLACES}f}" for t in topics),
                paragraph.text[segment.start : segment.end],
            )  # fmt: skip
            yield dict(zip(SEGMENT_COLUMNS, values, strict=True))


def _paragraph(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "index": paragraph.index,
        "text": paragraph.text,
        "section": paragraph.section,
        "headings": list(paragraph.headings),
        "topics": _topics(paragraph.topics),
        "segments": [_segment(segment) for segment in paragraph.segments],
        "page": paragraph.page,
    }


def _segment(segment: Segment) -> dict[str, Any]:
    """A segment; ``evidence`` stands in it only where somebody asked for it."""
    record = {"start": segment.start, "end": segment.end, "topics": _topics(segment.topics)}
    if segment.evidence:
        record["evidence"] = {
            topic: [_evidence(piece) for piece in segment.evidence[topic]]
            for topic in sorted(segment.evidence, key=lambda t: (-segment.topics.get(t, 0.0), t))
        }
    return record


def _evidence(piece: Evidence) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "text": piece.text,
        "weight": round(piece.weight, PLACES) + 0.0,  # no -0.0, which is written otherwise than 0.0
        "start": piece.start,
        "end": piece.end,
    }


def _from_segment(record: Mapping[str, Any]) -> Segment:
    evidence = {
        topic: tuple(Evidence(**piece) for piece in pieces)
        for topic, pieces in record.get("evidence", {}).items()
    }
    return Segment(**{**record, "evidence": evidence})


def _topics(topics: Mapping[str, float]) -> dict[str, float]:
    """Most probable first, so that two records can be compared as text."""
    ordered = sorted(topics.items(), key=lambda item: (-item[1], item[0]))
    return {topic: round(probability, PLACES) for topic, probability in ordered}


def _plain(value: Any) -> Any:
    """Exact numbers as JSON numbers: whole ones as integers, others as their shortest decimal."""
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
