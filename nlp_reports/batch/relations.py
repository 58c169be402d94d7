"""A record (`records.to_json`) to rows of tables, and rows back to the record: nothing of it is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ..catalogue import by_id
from ..forms.places import is_by_applicant
from ..text import squeeze

Record = Mapping[str, Any]
Rows = dict[str, list[dict[str, Any]]]

_HEADINGS = ("level", "number", "title", "parent", "paragraph")
_FIGURE = (
    "indicator", "value", "value_max", "unit", "approx", "implicit", "subject", "paragraph", "start",
    "end", "text", "table", "row", "column", "raw", "confidence", "derived",
)  # fmt: skip
_NUMBERS = ("value", "value_max")
_SOURCES = ("table", "derived", "prose")  # of a figure, the most trusted first
_SCALES = {"万": 10_000, "亿": 100_000_000}
_UNSETTLED = {"conflict", "repeated"}


def to_rows(record: Record, report_id: str) -> Rows:
    """Return the rows that a record gives, by table.

    What does not stand in the record is left out: where metadata come from, what made it.

    Raises
    ------
    Exception
        Of whatever kind, if it is no record.
    """
    rows: Rows = {
        "reports": [_report(record)],
        "sections": [
            {"section": s["index"], **{name: s[name] for name in _HEADINGS}}
            for s in record["sections"]
        ],
        "paragraphs": [
            {
                "paragraph": p["index"],
                **{name: p[name] for name in ("section", "headings", "page", "text")},
                **_topics(p["topics"]),
            }
            for p in record["paragraphs"]
        ],
        "segments": [row for p in record["paragraphs"] for row in _segments(p)],
        "statistics": [_statistic(n, s) for n, s in enumerate(record["statistics"])],
        "indicators": list(_indicators(record["statistics"])),
        "tables": [
            {"table": t["index"], **{name: t[name] for name in ("form", "page", "rows")}}
            for t in record["tables"]
        ],
        "findings": [{"finding": n, **finding} for n, finding in enumerate(record["findings"])],
    }
    for table in rows.values():
        for row in table:
            row["report_id"] = report_id
    return rows


def to_record(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the record of one report from its rows, by table, each in the order of its key."""
    (report,) = rows["reports"]
    by_paragraph: dict[int, list[dict[str, Any]]] = {}
    for row in rows["segments"]:
        segment = {"start": row["start"], "end": row["end"], "topics": _paired(row)}
        by_paragraph.setdefault(row["paragraph"], []).append(segment)
    said = {
        name: report[name] if report[f"{name}_from"] == "report" else None
        for name in ("issuer", "year")
    }
    return {
        "source": {
            "path": report["path"],
            "sha256": report["report_id"],
            "media_type": report["media_type"],
            "encoding": report["encoding"],
        },
        "title": report["title"],
        **said,
        "period": {"start": _iso(report["period_start"]), "end": _iso(report["period_end"])},
        "published": _iso(report["published"]),
        "form": report["form"],
        "sections": [
            {"index": s["section"], **{name: s[name] for name in _HEADINGS}}
            for s in rows["sections"]
        ],
        "paragraphs": [
            {
                "index": p["paragraph"],
                "text": p["text"],
                "section": p["section"],
                "headings": list(p["headings"]),
                "topics": _paired(p),
                "segments": by_paragraph.get(p["paragraph"], []),
                "page": p["page"],
            }
            for p in rows["paragraphs"]
        ],
        "statistics": [_figure(s) for s in rows["statistics"]],
        "tables": [
            {
                "index": t["table"],
                "form": t["form"],
                "rows": [list(row) for row in t["rows"]],
                "page": t["page"],
            }
            for t in rows["tables"]
        ],
        "findings": [{"code": f["code"], "message": f["message"]} for f in rows["findings"]],
        "warnings": [dict(warning) for warning in report["warnings"]],
    }


def _report(record: Record) -> dict[str, Any]:
    counted = Counter(
        topic for p in record["paragraphs"] for s in p["segments"] for topic in s["topics"]
    )
    source, period = record["source"], record["period"]
    return {
        "title": record["title"],
        "issuer": record["issuer"],
        "year": record["year"],
        "period_start": _date(period["start"]),
        "period_end": _date(period["end"]),
        "published": _date(record["published"]),
        "form": record["form"],
        "media_type": source["media_type"],
        "encoding": source["encoding"],
        "characters": sum(len(p["text"]) for p in record["paragraphs"]),
        "topics": [
            {"topic": topic, "segments": count}
            for topic, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        ],
        "warnings": [{"code": w["code"], "message": w["message"]} for w in record["warnings"]],
    }


def _segments(paragraph: Record) -> Iterator[dict[str, Any]]:
    for n, segment in enumerate(paragraph["segments"]):
        yield {
            "paragraph": paragraph["index"],
            "segment": n,
            "start": segment["start"],
            "end": segment["end"],
            **_topics(segment["topics"]),
            "text": paragraph["text"][segment["start"] : segment["end"]],
        }


def _topics(topics: Mapping[str, float]) -> dict[str, list[Any]]:
    return {"topics": list(topics), "probabilities": list(topics.values())}


def _paired(row: Mapping[str, Any]) -> dict[str, float]:
    return dict(zip(row["topics"], row["probabilities"], strict=True))


def _statistic(number: int, figure: Record) -> dict[str, Any]:
    row, column = figure["cell"] or (None, None)
    return {
        "statistic": number,
        "cell_row": row,
        "cell_column": column,
        **{name: figure[name] for name in _FIGURE},
        **{name: _double(figure[name]) for name in _NUMBERS},
    }


def _figure(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure as the record has it; whole values are integers there."""
    cell = None if row["cell_row"] is None else [row["cell_row"], row["cell_column"]]
    figure = {name: row[name] for name in _FIGURE}
    figure |= {name: _number(row[name]) for name in _NUMBERS}
    return {**figure, "cell": cell}


def _indicators(figures: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """Yield one row for each indicator, and each kind of applicant where the table of requests tells them apart."""
    found: dict[tuple[str, str], list[tuple[int, Record]]] = {}
    for n, figure in enumerate(figures):
        if figure["indicator"] is not None and figure["confidence"] not in _UNSETTLED:
            key = (figure["indicator"], _applicant(figure))
            found.setdefault(key, []).append((n, figure))
    for (indicator, applicant), several in found.items():
        number, best = min(several, key=lambda one: (one[1]["value"] is None, _trust(one[1])))
        values = {_measure(figure) for _, figure in several} - {None}
        known = by_id().get(indicator)
        yield {
            "indicator": indicator,
            "applicant": applicant,
            "title": known.title if known else indicator,
            "value": _double(best["value"]),
            "unit": best["unit"],
            "state": _state(best),
            "source": _source(best),
            "statistic": number,
            "conflict": len(values) > 1,
        }


def _applicant(figure: Record) -> str:
    """Return the kind of applicant; prose speaks of all of them, which is the table's total."""
    if figure["column"]:
        return str(figure["column"])
    return "total" if is_by_applicant(figure["indicator"]) else ""


def _measure(figure: Record) -> Decimal | None:
    """Return a figure without 万 and 亿 in its unit, None where it is no exact number."""
    if figure["value"] is None or figure["value_max"] is not None or figure["approx"] != "exact":
        return None
    return Decimal(str(figure["value"])) * _SCALES.get((figure["unit"] or " ")[0], 1)


def _source(figure: Record) -> str:
    if figure["table"] is not None:
        return "table"
    return "derived" if figure["derived"] is not None else "prose"


def _trust(figure: Record) -> int:
    return _SOURCES.index(_source(figure))


def _state(figure: Record) -> str:
    if figure["value"] is not None:
        return "value"
    return "no_number" if squeeze(figure["raw"] or "") else "blank"


def _double(value: float | None) -> float | None:
    return None if value is None else float(value)


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
