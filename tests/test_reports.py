"""Whole reports: the examples, and, where ../shared is there, the five real ones and the gold."""

import importlib.util
import json
import subprocess
import sys

import pytest
from conftest import SHARED

import nlp_reports
from nlp_reports.records import from_json, to_json

CORE = {"problems", "improvements", "channels"}


def check(report):
    """What must hold of any tagged report."""
    for paragraph in report.paragraphs:
        cuts = [(s.start, s.end) for s in paragraph.segments]
        assert [a for a, _ in cuts] == [0, *[b for _, b in cuts][:-1]]
        assert cuts[-1][1] == len(paragraph.text)
        assert set(paragraph.topics) == {t for s in paragraph.segments for t in s.topics}
    for s in report.statistics:
        if s.paragraph is not None:
            assert report.paragraphs[s.paragraph].text[s.start : s.end] == s.text
    for section in report.sections:
        if section.paragraph is not None:
            assert section.title in report.paragraphs[section.paragraph].headings


def test_examples_tag_whole(tagger, examples):
    assert len(examples) >= 6
    for report in tagger.pipe(examples):
        check(report)
        assert {t for p in report.paragraphs for t in p.topics} >= CORE
        assert len(report.statistics) >= 10


def test_records_come_back_as_they_went(tagger, examples):
    for path in examples:
        record = to_json(tagger(path))
        assert json.loads(json.dumps(record)) == record
        assert to_json(from_json(record)) == record


def test_failures_are_values_when_asked_for(tagger, examples, tmp_path):
    results = list(tagger.pipe([tmp_path / "none.txt", examples[0]], failures=True))
    assert isinstance(results[0], nlp_reports.Failure)
    assert results[0].error == "DocumentNotFound"
    assert isinstance(results[1], nlp_reports.Report)
    with pytest.raises(nlp_reports.DocumentNotFound):
        list(tagger.pipe([tmp_path / "none.txt"]))


def test_a_fault_in_one_document_is_its_failure_alone(tagger, examples, monkeypatch):
    monkeypatch.setattr(type(tagger), "tag", lambda self, document: 1 // 0)
    (failure,) = tagger.pipe(examples[:1], failures=True)
    assert failure.error == "TaggingFailed"
    assert "ZeroDivisionError" in failure.message


def test_one_document_is_no_iterable_of_documents(tagger, examples):
    with pytest.raises(TypeError, match="iterable"):
        list(tagger.pipe(str(examples[0])))


def test_two_workers_give_the_same_reports_in_order(tagger, examples):
    assert list(tagger.pipe(examples, jobs=2)) == list(tagger.pipe(examples))


def test_the_convenience_function_takes_path_bytes_and_text(examples):
    path = examples[0]
    by_path = nlp_reports.tag(path)
    by_bytes = nlp_reports.tag(path.read_bytes())
    by_text = nlp_reports.tag(path.read_bytes().decode("utf-8"))
    assert by_path.paragraphs == by_bytes.paragraphs == by_text.paragraphs
    assert by_path.source.path == str(path)
    assert by_bytes.source.path is None


def test_real_reports_tag_from_the_installed_package(seeds, tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "nlp_reports", "tag", *map(str, seeds), "--format", "jsonl"],
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(records) == len(seeds) >= 5
    for record in records:
        check(from_json(record))
        assert {t for p in record["paragraphs"] for t in p["topics"]} >= CORE
        assert len(record["statistics"]) >= 8


def gold_scores(tagger, name):
    spec = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score_report.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (seed,) = (SHARED / "seeds").glob(f"{name}_*.txt")
    gold = json.loads((SHARED / "gold" / f"{name}.json").read_text("utf-8"))
    return tool.score(json.loads(json.dumps(to_json(tagger(seed)))), gold)


@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="needs ../shared/gold")
@pytest.mark.parametrize("name", ["000", "001", "003"])
def test_gold_floors(tagger, name):
    """The floors of the design that this version reaches; docs/benchmarks.md has all figures."""
    scores = gold_scores(tagger, name)
    assert scores["segments_found"] == scores["segments"]
    assert scores["metadata_ok"] == scores["metadata_total"]
    assert scores["stats_f1"] >= 0.97
    assert scores["stats_full_ok"] >= 0.95 * scores["stats_gold"]
    assert scores["core_f1"]["problems"] >= 0.95
