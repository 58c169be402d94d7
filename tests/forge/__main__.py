"""Writes every report in every medium and layout into a folder, with its truth beside it.

``python -m forge OUTDIR --seed 1`` with tests/ on the path. A file is NAME.MEDIUM-VARIANT.SUFFIX,
its truth NAME.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from forge import authored, flat, forms, office, pages, prints, words
from forge.model import Authored

Reports = tuple[Authored, ...]
Files = Iterator[tuple[str, bytes]]


def texts(reports: Reports, seed: int) -> Files:
    for report in reports:
        for variant, write in flat.WRITERS.items():
            yield _name(report, "text", variant, "txt"), write(report, Random(seed)).encode()


def html(reports: Reports, seed: int) -> Files:
    for report in reports:
        for style in pages.PAGES:
            yield (
                _name(report, "html", style, "html"),
                pages.page(report, Random(seed), style),
            )
            yield (
                _name(report, "html", f"{style}-broken", "html"),
                pages.page(report, Random(seed), style, broken=True),
            )
        for encoding, declared in pages.ENCODINGS:
            data = pages.page(report, Random(seed), encoding=encoding, declared=declared)
            yield _name(report, "html", f"{encoding}-declared-{declared}", "html"), data


def docx(reports: Reports, seed: int) -> Files:
    for report in reports:
        for manner in words.MANNERS:
            yield _name(report, "docx", manner.name, "docx"), words.write(report, manner)


def pdf(reports: Reports, seed: int) -> Files:
    for report in reports:
        for manner in prints.MANNERS:
            for font in prints.fonts():
                data = prints.write(report, manner, font)
                yield _name(report, "print", f"{manner.name}-{font}", "pdf"), data


def office_pdf(reports: Reports, seed: int) -> Files:
    return _converted(reports, "pdf")


def office_doc(reports: Reports, seed: int) -> Files:
    return _converted(reports, "doc")


def browser_pdf(reports: Reports, seed: int) -> Files:
    for report in reports:
        for style in [style for style in pages.PAGES if style != _TOO_WIDE]:
            data = office.printed(pages.page(report, Random(seed), style))
            yield _name(report, "browser", style, "pdf"), data


MEDIA: dict[str, Callable[[Reports, int], Files]] = {
    "text": texts,
    "html": html,
    "docx": docx,
    "pdf": pdf,
    "office-pdf": office_pdf,
    "office-doc": office_doc,
    "browser-pdf": browser_pdf,
}
_TOO_WIDE = "editor"  # its cells do not wrap: on paper the last columns are cut off
_PROGRAMS = {"office-pdf": "soffice", "office-doc": "soffice", "browser-pdf": "chromium"}


def truth(report: Authored) -> dict[str, object]:
    """Return what a reader must find, as JSON has it."""
    tables = [block.form for block in report.blocks if block.form]
    told = {name: value for name, value in asdict(report).items() if name != "blocks"}
    return {
        **told,
        "headings": report.headings,
        "prose": report.prose,
        "captions": [block.text for block in report.blocks if block.kind == "caption"],
        "sign_offs": [block.text for block in report.blocks if block.kind == "sign-off"],
        "doubtful": sorted(forms.doubtful(tables), key=str),
        "local_figures": forms.local_figures(tables),
    }


def _converted(reports: Reports, suffix: str) -> Files:
    """Convert what Word wrote; LibreOffice prints and keeps text that tracked changes deleted."""
    manners = [manner for manner in words.MANNERS if not manner.revised]
    given = {
        _name(report, "office", manner.name, suffix): words.write(report, manner)
        for report in reports
        for manner in manners
    }
    yield from office.convert_all(given, "docx", suffix).items()


def _name(report: Authored, medium: str, variant: str, suffix: str) -> str:
    return f"{report.name}.{medium}-{variant.replace(' ', '_')}.{suffix}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="forge", description=__doc__.splitlines()[0])
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--media", nargs="+", choices=MEDIA, default=list(MEDIA))
    parser.add_argument("--style", choices=forms.STYLES, help="how figures are printed")
    parser.add_argument("--variant", choices=forms.VARIANTS, default="official")
    parser.add_argument("--spoiler", nargs="*", choices=forms.SPOILERS, default=[])
    asked = parser.parse_args(arguments)
    spoilers = [forms.SPOILERS[name] for name in asked.spoiler]
    reports = authored.reports(asked.seed, asked.style, asked.variant, spoilers)
    asked.outdir.mkdir(parents=True, exist_ok=True)
    for report in reports:
        told = json.dumps(truth(report), ensure_ascii=False, indent=1)
        (asked.outdir / f"{report.name}.json").write_text(told + "\n", "utf-8")
    for medium in asked.media:
        _write(asked.outdir, medium, reports, asked.seed)


def _write(outdir: Path, medium: str, reports: Reports, seed: int) -> None:
    needed = _PROGRAMS.get(medium)
    if needed and not office.available(needed):
        print(f"{medium}: left out, {needed} is not installed")
        return
    count = 0
    for name, data in MEDIA[medium](reports, seed):
        (outdir / name).write_bytes(data)
        count += 1
    print(f"{medium}: {count} files")


if __name__ == "__main__":
    main()
