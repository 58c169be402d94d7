"""Speed as ratios of CPU time in one run, quality on the corpus and on the gold files.

Run by ``scripts/benchmark``; the figures are kept in ``docs/benchmarks.md``.
"""

import importlib.util
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

import nlp_reports
from nlp_reports import corpus, evaluation
from nlp_reports.records import to_json

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
ROUNDS = 7
NUMERALS = [tens + ones for tens in ("", "十", "二十") for ones in ("", *"一二三四五六七八九")]


def cpu(action):
    """Median CPU seconds of an action in this process."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return median(times)


def cold(*arguments):
    """Median CPU seconds of a fresh Python process, its children included."""
    import resource

    times = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-I", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(times)


def prose():
    """The corpus' test documents as plain text with headings: running text without tables."""
    labelled = corpus.read(ROOT / "corpus").part("test")
    paragraphs = defaultdict(list)
    for p in labelled.paragraphs:
        paragraphs[p.document].append(p)
    return [plain(meta["title"], paragraphs[name]) for name, meta in labelled.documents.items()]


def plain(title, paragraphs):
    """A report as text; its headings, all of one level, stand where they change."""
    lines, above, number = [title], (), 1
    for p in paragraphs:
        opened = [h for h in p.headings if h not in above]
        lines += [f"{NUMERALS[n]}、{h}" for n, h in enumerate(opened, number)]
        lines.append(p.text)
        above, number = p.headings, number + len(opened)
    return "\n".join(lines)


def tag_speed(tagger):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    import rjieba

    jieba.setLogLevel("ERROR")
    sets = {"corpus test documents, prose": [nlp_reports.read(t) for t in prose()]}
    sets["examples, with tables"] = [
        nlp_reports.read(p) for p in sorted((ROOT / "examples").glob("*.txt"))
    ]
    if seeds := sorted((SHARED / "seeds").glob("*.txt")):
        sets["seeds"] = [nlp_reports.read(p) for p in seeds]
    for name, documents in sets.items():
        for document in documents:
            tagger.tag(document)
            jieba.lcut(document.text)
        tag = cpu(lambda d=documents: [tagger.tag(x) for x in d])
        slow = cpu(lambda d=documents: [jieba.lcut(x.text) for x in d])
        fast = cpu(lambda d=documents: [rjieba.cut(x.text) for x in d])
        size = sum(len(d.text) for d in documents)
        print(
            f"tag, {name} ({size:,} characters): {slow / tag:.2f} x the speed of jieba.lcut, "
            f"{fast / tag:.2f} x that of rjieba.cut ({size / tag / 1e6:.2f} M characters a CPU second)"
        )


def cold_starts():
    bare = cold("-c", "pass")
    print(
        f"import nlp_reports: {1000 * (cold('-c', 'import nlp_reports') - bare):.0f} ms over bare Python"
    )
    example = str(ROOT / "examples" / "county-2018.txt")
    ours, theirs = (
        cold("-m", "nlp_reports", "tag", example),
        cold("-c", "import jieba; jieba.lcut('政府')"),
    )
    print(
        f"nlp-reports tag from cold: {ours / theirs:.2f} x the time of jieba from cold ({ours:.2f} s against {theirs:.2f} s)"
    )
    print(f"nlp-reports --help: {cold('-m', 'nlp_reports', '--help') / bare:.1f} x bare Python")


def corpus_quality(tagger):
    labelled = corpus.read(ROOT / "corpus")
    scores = evaluation.evaluate(tagger.model, labelled.part("test"))
    print(
        f"corpus test split: macro F1 {scores.macro_f1:.4f}, exact {scores.exact:.4f}, {scores.segments} segments"
    )
    for names in (("train", "dev"), ("test",)):
        s = evaluation.evaluate_quantities(labelled.part(*names))
        print(
            f"quantities of the corpus, {' and '.join(names)}: F1 {s.f1:.3f} of {s.first}, value and unit {s.amount:.3f}, "
            f"approximation {s.approx:.3f}, indicator {s.indicator:.3f}"
        )


def gold_quality(tagger):
    if not (SHARED / "gold").is_dir():
        return
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score_report.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    total = {kind: Counter() for kind in ("tp", "fp", "fn")}
    for file in sorted((SHARED / "gold").glob("*.json")):
        (seed,) = (SHARED / "seeds").glob(f"{file.stem}_*.txt")
        record = json.loads(json.dumps(to_json(tagger(seed))))
        s = tool.score(record, json.loads(file.read_text("utf-8")))
        for kind, counts in total.items():
            counts.update(s["counts"][kind])
        core = ", ".join(f"{k} {v:.3f}" for k, v in s["core_f1"].items())
        print(
            f"gold {file.stem}: topics macro F1 {s['topic_macro_f1']:.3f} (exact {s['topic_exact']:.3f}; {core}); "
            f"quantities F1 {s['stats_f1']:.3f}, unit and approximation {s['stats_full_ok']}/{s['stats_gold']}, "
            f"indicators {s['indicator_ok']}/{s['indicator_total']}; "
            f"cells {s['cells_ok']}/{s['cells_total']}; metadata {s['metadata_ok']}/{s['metadata_total']}"
        )
    f1 = {
        k: 2 * total["tp"][k] / (2 * total["tp"][k] + total["fp"][k] + total["fn"][k])
        for k in sorted({*total["tp"], *total["fn"]})
    }
    print(
        f"gold pooled: topics macro F1 {sum(f1.values()) / len(f1):.3f}; "
        + ", ".join(f"{k} {v:.3f}" for k, v in f1.items())
    )


if __name__ == "__main__":
    tagger = nlp_reports.load()
    corpus_quality(tagger)
    gold_quality(tagger)
    tag_speed(tagger)
    cold_starts()
