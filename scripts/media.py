"""Pages and files a second, memory and cells read, by medium, on reports that tests/forge writes.

Run by ``scripts/benchmark``. Each medium is read in a process of its own, so that its peak memory is its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

SEED = 1


def written(medium):
    """Yield reports of a medium with what their tables say."""
    from forge import authored, flat, office, pages, prints, words

    reports = authored.reports(SEED)
    makers = {
        "text": [lambda r, w=w: w(r, Random(SEED)).encode() for w in flat.WRITERS.values()],
        "html": [lambda r, s=s: pages.page(r, Random(SEED), s) for s in pages.PAGES],
        "docx": [lambda r, m=m: words.write(r, m) for m in words.MANNERS],
        "pdf": [lambda r, m=m: prints.write(r, m) for m in prints.MANNERS],
    }
    if medium in makers:
        yield from ((make(report), report) for make in makers[medium] for report in reports)
    elif office.available("soffice"):
        suffix = medium.split()[-1]
        files = {r.name: words.write(r, words.MANNERS[1]) for r in reports}
        converted = office.convert_all(files, "docx", suffix)
        yield from ((converted[r.name], r) for r in reports)


def peak():
    """Return the most memory this process has had, in MB; what getrusage says is inherited."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(folder):
    """Read the files of a folder again and again; print CPU seconds a round and peak memory."""
    import nlp_reports

    files = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    before = peak()
    nlp_reports.read(files[0])
    rounds = []
    for _ in range(5):
        start = time.process_time()
        read = [nlp_reports.read(data) for data in files]
        rounds.append(time.process_time() - start)
    pages = sum(len(document.pages) for document in read)
    print(json.dumps({"seconds": median(rounds), "pages": pages, "peak": peak() - before}))


def cells(documents):
    """Return how many cells there are, how many are read right, and how many wrong or invented."""
    from nlp_reports import forms, read
    from nlp_reports.structure import structure

    total = right = wrong = 0
    for data, report in documents:
        found = structure(read(data))
        readings = forms.extract(found.tables, form=found.form).statistics
        said = {
            (s.indicator, s.column): s.value for s in readings if s.indicator and s.raw is not None
        }
        truth = {
            (c.indicator, c.column): None if c.value is None else Decimal(c.value)
            for c in report.cells
        }
        total += len(truth)
        right += sum(key in said and said[key] == value for key, value in truth.items())
        wrong += sum(truth.get(key, "invented") != value for key, value in said.items())
    return total, right, wrong


def main():
    for medium in ("text", "html", "docx", "pdf", "LibreOffice doc", "LibreOffice pdf"):
        documents = list(written(medium))
        if not documents:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for number, (data, _) in enumerate(documents):
                Path(folder, f"{number:04}").write_bytes(data)
            code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import media; media.measure({folder!r})"
            run = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            )
        told = json.loads(run.stdout)
        count, size = len(documents), sum(len(data) for data, _ in documents)
        pages = f", {1000 * told['seconds'] / told['pages']:.1f} ms a page" if told["pages"] else ""
        total, right, wrong = cells(documents)
        print(
            f"read {medium}: {count} files, {1000 * told['seconds'] / count:.1f} ms of CPU a file{pages}, "
            f"{size / told['seconds'] / 1e6:.1f} MB a second, {told['peak']:.0f} MB over the bare package; "
            f"cells {right} of {total} right, {wrong} wrong"
        )


if __name__ == "__main__":
    main()
