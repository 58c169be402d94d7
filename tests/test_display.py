"""Tables for the terminal: what they say, that they fit, and that no text gets to the terminal raw."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_reports import display, lexicon, scoring
from nlp_reports.display import columns, evaluation_table, layout, model_table, table
from nlp_reports.evaluation import Evaluation, Mistake
from nlp_reports.records import from_json, to_json
from nlp_reports.schema import (
    Evidence,
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
from nlp_reports.topics import store

WIDTHS = (40, 41, 57, 80, 133)

# Clears the screen, colours it, both in one character, turns the line around, breaks it, is half a
# character.
HOSTILE = "公开\x1b[2J\x1b[31m\x9b1m\u202e\r\n\t\x00\x07\u2028\x85\ud800\u200b报告"


def fits(text, width):
    """Check that a table can go to a terminal of this width as it is."""
    for line in text.split("\n"):
        assert columns(line) <= width, line
        assert line.isprintable(), line
        assert line == line.rstrip()
    text.encode("utf-8")
    return text


def part(text, title):
    """Return the lines of one part of a table, without its rule."""
    (found,) = [block for block in text.split("\n\n") if block.startswith(f"── {title} ")]
    return found.split("\n")[1:]


def titles_of(text):
    return re.findall(r"^── (Labels|Scores|Confusions|Reliability|Worst mistakes)", text, re.M)


# Text in columns

TEXTS = st.text(
    st.one_of(st.sampled_from("公开，。 ab,\u0301\n\x1b，"), st.characters()), max_size=80
)
ROOM = st.integers(2, 30)


@pytest.mark.parametrize(
    ("text", "wide"), [("", 0), ("abc", 3), ("公开", 4), ("（a）", 5), ("e\u0301", 1), ("🙂", 2)]
)
def test_a_wide_character_takes_two_columns_and_a_mark_none(text, wide):
    assert columns(text) == wide


@settings(deadline=None)
@given(TEXTS, ROOM)
def test_cut_lines_fit_and_lose_nothing(text, width):
    for cut in (layout.wrap, layout.flow):
        lines = cut(text, width)
        assert "".join(lines) == text
        assert max(map(columns, lines)) <= width


@settings(deadline=None)
@given(TEXTS, ROOM)
def test_a_clipped_text_fits_and_says_that_it_was_clipped(text, width):
    clipped = layout.clip(text, width)
    assert columns(clipped) <= width
    if columns(text) <= width:
        assert clipped == text
    else:
        assert clipped.endswith("…")
        assert text.startswith(clipped[:-1])


@settings(deadline=None)
@given(st.lists(st.text("公开ab", min_size=1, max_size=6)), st.integers(12, 30))
def test_items_that_fit_on_a_line_are_never_cut(items, width):
    lines = layout.fill(items, width)
    assert " ".join(lines).split() == items
    assert max(map(columns, lines)) <= width


@settings(deadline=None)
@given(TEXTS)
def test_what_is_visible_is_one_printable_line(text):
    line = layout.visible(text)
    assert line.isprintable()
    assert line == line.strip()
    assert layout.visible(line) == line


def test_lines_are_cut_between_words_and_between_wide_characters():
    assert layout.flow("a label of 公开渠道 only", 12) == ["a label of ", "公开渠道 ", "only"]
    assert layout.flow("incomprehensibilities", 8) == ["incompre", "hensibil", "ities"]


def test_two_long_columns_share_what_a_short_one_leaves():
    rows = [("a" * 40, "b" * 4, "1"), ("a" * 50, "b", "23")]
    assert list(layout.grid(rows, 30, left=2)) == [
        f"{'a' * 19}…  bbbb   1",
        f"{'a' * 19}…  b     23",
    ]
    assert list(layout.grid([], 30)) == []


def test_tables_load_no_library():
    code = (
        "import nlp_reports.display, sys; print({'numpy', 'sklearn', 'jieba'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert result.stdout.strip() == "set()"


def test_no_name_of_the_package_is_one_of_its_modules():
    assert set(display.__all__) & {"layout", "report", "scores"} == set()
    assert all(hasattr(display, name) for name in display.__all__)


# A report

TEXT = "下一步，拓宽公开渠道。全年受理申请12件。"


def a_report(*evidence, topic="improvements"):
    """Return a report of one paragraph of two segments, the first with this evidence."""
    end = TEXT.index("。") + 1
    first = Segment(
        0, end, {"improvements": 0.96, "channels": 0.5}, {topic: evidence} if evidence else {}
    )
    return Report(
        source=Source("某局.txt", "0" * 64, "text/plain", "utf-8"),
        title="某局2016年政府信息公开年度报告",
        issuer="某局",
        year=2016,
        period=Period(date(2016, 1, 1), date(2016, 12, 31)),
        published=None,
        form="form-2014",
        sections=(Section(0, 1, "一、", "工作打算", None, 0),),
        paragraphs=(
            Paragraph(
                0,
                TEXT,
                0,
                ("工作打算",),
                (),
                {"improvements": 0.96, "channels": 0.5, "requests": 0.87},
                (first, Segment(end, len(TEXT), {"requests": 0.87})),
            ),
        ),
        statistics=(
            Statistic(
                Decimal(12), "件", "requests.received", 0, 16, 19, "12件", subject="受理申请"
            ),
            Statistic(
                Decimal(3), table=0, row="受理", column="网页", raw="3", cell=(1, 1), confidence="label"
            ),
        ),
        tables=(Table(0, "form-2014", (("", "网页"), ("受理", "3"))),),
        findings=(),
        warnings=(Warning("missing_cells", "1 cell"),),
    )  # fmt: skip


def evidence_lines(report, width=80):
    """Return the lines that a report's table has for its evidence alone."""
    bare = tuple(
        replace(p, segments=tuple(replace(s, evidence={}) for s in p.segments))
        for p in report.paragraphs
    )
    without = iter([*table(replace(report, paragraphs=bare), width=width).split("\n"), None])
    expected, added = next(without), []
    for line in table(report, width=width).split("\n"):
        if line == expected:
            expected = next(without)
        else:
            added.append(line)
    assert expected is None  # all other lines are there, in their order
    return added


A_REPORT = """\
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
某局2016年政府信息公开年度报告
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
公开机关    某局
年度        2016
统计期限    2016-01-01 至 2016-12-31
发布日期    未载明
表格        2014年式统计表
文件        某局.txt

── 结构 1 段，1 张表 ───────────────────────────────────────
  一、工作打算

── 主题 2 句，各列最确信的 3 句 ────────────────────────────
改进措施      1 句
   0.96 第1段 下一步，拓宽公开渠道。
公开渠道      1 句
   0.50 第1段 下一步，拓宽公开渠道。
依申请公开    1 句
   0.87 第1段 全年受理申请12件。

── 文中数据 1 处，其中官方指标 1 处 ────────────────────────
             12 件  ◆收到政府信息公开申请数            第1段

── 表1 2014年式统计表 1 格，其中官方指标 0 格 ──────────────
                3   受理 网页

── 提示 ────────────────────────────────────────────────────
  官方表格中有单元格未找到。"""


def test_the_table_of_a_report_without_evidence():
    assert table(a_report(), width=60) == A_REPORT


def test_below_a_passage_stands_what_speaks_for_its_topic():
    word = Evidence("word", "下一步", 1.32, 0, 3)
    assert evidence_lines(a_report(word, Evidence("word", "拓宽", 0.876, 4, 6))) == [
        "      下一步+1.32 拓宽+0.88"
    ]
    lines = table(a_report(word)).split("\n")
    assert lines[lines.index("      下一步+1.32") - 1] == "   0.96 第1段 下一步，拓宽公开渠道。"


def test_what_is_no_word_of_the_segment_says_what_it_is():
    assert evidence_lines(
        a_report(
            Evidence("heading", "打算", 0.4),
            Evidence("before", "", 0.35),
            Evidence("after", "", 0.3),
            Evidence("earlier", "", 0.25),
        ),
        width=100,
    ) == ["      〔标题〕打算+0.40 〔前句〕+0.35 〔后句〕+0.30 〔此前各句〕+0.25"]


def test_parts_and_lengths_are_told_in_chinese():
    assert evidence_lines(
        a_report(
            Evidence("part", "problems", 0.5),
            Evidence("part", "none", 0.4),
            Evidence("part", "no heading", 0.3),
            Evidence("length", "24+", 0.2),
            Evidence("novel\x1b", "x", 0.1),
        ),
        width=120,
    ) == [
        "      〔部分〕问题与改进+0.50 〔部分〕其他标题+0.40 〔部分〕无标题+0.30 〔篇幅〕≥24字+0.20 "
        "〔novel�〕x+0.10"
    ]


@pytest.mark.parametrize(
    "evidence",
    [
        (),
        (Evidence("word", "公开", -2.0, 0, 2),),
        (Evidence("base", "", 3.0),),
        (Evidence("word", "公开", 0.004, 0, 2),),  # would stand there as +0.00
    ],
    ids=["none", "against it", "where all start", "next to nothing"],
)
def test_without_anything_that_speaks_for_the_topic_there_is_no_line(evidence):
    assert evidence_lines(a_report(*evidence)) == []


def test_evidence_of_a_topic_that_the_segment_has_not_is_not_shown():
    assert evidence_lines(a_report(Evidence("word", "公开", 2.0, 0, 2), topic="fees")) == []


def test_the_five_strongest_are_shown_and_those_that_speak_against_passed_over():
    weights = (-9.0, 0.1, 0.7, 0.3, -0.2, 0.6, 0.4, 0.5, 0.2)
    found = evidence_lines(a_report(*(Evidence("word", f"w{w}", w, 0, 1) for w in weights)))
    assert found == ["      w0.7+0.70 w0.6+0.60 w0.5+0.50 w0.4+0.40 w0.3+0.30"]


@pytest.mark.parametrize(("width", "shown"), [(60, 1), (80, 2), (133, 4), (200, 5)])
def test_as_much_evidence_is_shown_as_fits_on_the_line_and_none_is_cut(width, shown):
    words = [HOSTILE * 9, "https://www.example.gov.cn/" * 9, "政府信息公开" * 30, "公开", "渠道"]
    report = a_report(*(Evidence("heading", word, 2 - n / 10) for n, word in enumerate(words)))
    (line,) = evidence_lines(report, width)
    assert columns(line) <= width
    assert line.isprintable()
    assert line.startswith("      〔标题〕公开�[2J")
    weights = ["+2.00", "+1.90", "+1.80", "+1.70", "+1.60"]
    assert re.findall(r"\+\d\.\d\d", line) == weights[:shown]
    assert line.endswith(weights[shown - 1])


def test_every_kind_of_evidence_has_a_chinese_name():
    kinds = {"word", "length", "heading", "part", "before", "after", "earlier", "base"}
    assert set(lexicon.column("evidence_kinds", "kind")) == kinds
    assert all(lexicon.column("evidence_kinds", "name"))


# Evidence in the record


def test_evidence_goes_into_the_record_and_comes_back():
    word = Evidence("word", "下一步", 1.25, 0, 3)
    base = Evidence("base", "", -0.5)
    report = a_report(word, base)
    record = to_json(report)
    first, second = record["paragraphs"][0]["segments"]
    assert list(first) == ["start", "end", "topics", "evidence"]
    assert first["evidence"] == {
        "improvements": [
            {"kind": "word", "text": "下一步", "weight": 1.25, "start": 0, "end": 3},
            {"kind": "base", "text": "", "weight": -0.5, "start": None, "end": None},
        ]
    }
    assert list(second) == ["start", "end", "topics"]
    read = json.loads(json.dumps(record))
    assert read == record
    assert from_json(read) == report
    assert to_json(from_json(read)) == record


def test_a_record_without_evidence_has_no_field_for_it_and_can_be_read():
    record = to_json(a_report())
    assert '"evidence"' not in json.dumps(record)
    assert from_json(record) == a_report()


def test_weights_are_rounded_and_topics_stand_as_the_segment_has_them():
    piece = Evidence("word", "公开", 0.123456, 0, 2)
    nothing = Evidence("before", "", -0.00001)
    report = a_report()
    (paragraph,) = report.paragraphs
    topics = {"fees": (piece,), "channels": (nothing,), "improvements": (piece,)}
    first = replace(paragraph.segments[0], evidence=topics)
    report = replace(report, paragraphs=(replace(paragraph, segments=(first,)),))
    (written,) = to_json(report)["paragraphs"][0]["segments"]
    assert list(written["evidence"]) == ["improvements", "channels", "fees"]
    assert written["evidence"]["fees"][0]["weight"] == 0.1235
    assert json.dumps(written["evidence"]["channels"][0]["weight"]) == "0.0"


# An evaluation

TITLES = {"problems": "存在问题", "channels": "公开渠道"}
MISTAKE = Mistake("town-2015", 12, 1, "一是栏目更新慢。", ("problems",), {"channels": 0.871}, 3.25)


def an_evaluation(**changes):
    evaluation = Evaluation(
        labels={
            "problems": scoring.LabelScore(0.9, 0.8, 0.847, 1234),
            "channels": scoring.LabelScore(1.0, 0.5, 0.667, 7),
            "own": scoring.LabelScore(0.0, 0.0, 0.0, 1),
        },
        macro_f1=0.50466,
        micro_f1=0.81,
        exact=0.7654321,
        segments=1500,
        exclusive=False,
        confusions=(
            scoring.Confusion("problems", "channels", 21),
            scoring.Confusion(None, "problems", 3),
            scoring.Confusion("channels", None, 2),
        ),
        mistakes=(MISTAKE,),
        reliability=(scoring.Bin(0.0, 0.1, 4000, 0.0123, 0.02), scoring.Bin(0.9, 1.0, 9, 0.95, 1)),
    )
    return replace(evaluation, **changes)


AN_EVALUATION = """\
segments 1,500   exact 0.7654   micro F1 0.8100
macro F1 0.5047

── Labels ──────────────────────────────────────────────────
label                  P      R     F1  support
problems 存在问题  0.900  0.800  0.847    1,234
channels 公开渠道  1.000  0.500  0.667        7
own                0.000  0.000  0.000        1

── Confusions 3 of 3, — where there is no label ────────────
true               -> predicted          count
problems 存在问题  -> channels 公开渠道     21
—                  -> problems 存在问题      3
channels 公开渠道  -> —                      2

── Reliability of probabilities ────────────────────────────
range      count   mean   true
0.00–0.10  4,000  0.012  0.020
0.90–1.00      9  0.950  1.000

── Worst mistakes 1 of 1 ───────────────────────────────────
 3.25  town-2015/12
       true         problems 存在问题
       predicted    channels 公开渠道 0.87
       一是栏目更新慢。"""


def test_an_evaluation_says_it_all():
    text = evaluation_table(an_evaluation(), titles=TITLES, width=60)
    assert fits(text, 60) == AN_EVALUATION


def test_where_labels_exclude_each_other_the_exact_share_is_the_accuracy():
    assert "exact 0.7654" in evaluation_table(an_evaluation())
    text = evaluation_table(an_evaluation(exclusive=True))
    assert "accuracy 0.7654" in text
    assert "exact" not in text


def test_a_label_without_a_title_of_its_own_stands_alone():
    text = evaluation_table(an_evaluation(), titles={"problems": "problems", "channels": None})
    names = [line.split("  ")[0] for line in part(text, "Labels")]
    assert names == ["label", "problems", "channels", "own"]


EMPTY = {"labels": {}, "confusions": (), "reliability": (), "mistakes": ()}


@pytest.mark.parametrize(
    ("empty", "left"),
    [
        ([], ["Labels", "Confusions", "Reliability", "Worst mistakes"]),
        (["labels"], ["Confusions", "Reliability", "Worst mistakes"]),
        (["confusions", "mistakes"], ["Labels", "Reliability"]),
        (["reliability"], ["Labels", "Confusions", "Worst mistakes"]),
        (list(EMPTY), []),
    ],
)
def test_empty_parts_are_left_out(empty, left):
    text = evaluation_table(an_evaluation(**{name: EMPTY[name] for name in empty}))
    assert titles_of(text) == left
    assert "\n\n\n" not in text
    assert text.startswith("segments 1,500   exact 0.7654")


def test_an_evaluation_of_nothing_is_its_headline():
    nothing = an_evaluation(**EMPTY, macro_f1=0.0, micro_f1=0.0, exact=0.0, segments=0)
    assert evaluation_table(nothing) == (
        "segments 0   exact 0.0000   micro F1 0.0000   macro F1 0.0000"
    )


def test_at_most_twelve_confusions_are_shown():
    many = tuple(scoring.Confusion("problems", f"other{n}", 99 - n) for n in range(40))
    text = evaluation_table(an_evaluation(confusions=many))
    assert "── Confusions 12 of 40 ──" in text
    assert len(part(text, "Confusions")) == 1 + 12
    assert "other11" in text
    assert "other12" not in text


@pytest.mark.parametrize(("worst", "shown"), [(-3, 0), (0, 0), (1, 1), (2, 2), (99, 3)])
def test_as_many_mistakes_are_shown_as_asked_for(worst, shown):
    three = tuple(replace(MISTAKE, document=f"town-{n}") for n in range(3))
    text = evaluation_table(an_evaluation(mistakes=three), worst=worst)
    assert [f"town-{n}/12" in text for n in range(3)] == [n < shown for n in range(3)]
    assert (f"── Worst mistakes {shown} of 3 ─" in text) == bool(shown)


def test_a_mistake_without_truth_or_prediction_says_so():
    text = evaluation_table(an_evaluation(mistakes=(replace(MISTAKE, truth=(), predicted={}),)))
    assert text.endswith("\n       一是栏目更新慢。")
    lines = [line.split() for line in part(text, "Worst mistakes")]
    assert ["true", "—"] in lines
    assert ["predicted", "—"] in lines


def test_the_most_probable_label_stands_first_and_of_very_many_some_are_named():
    many = {f"label{n:02}": n / 40 for n in range(40)}
    text = evaluation_table(an_evaluation(mistakes=(replace(MISTAKE, predicted=many),)))
    predicted = fits(text, 80).split("  predicted ")[1].split()
    assert predicted[:4] == ["label39", "0.97,", "label38", "0.95,"]
    at = predicted.index("label28")
    assert predicted[at : at + 5] == ["label28", "0.70,", "and", "28", "more"]


@pytest.mark.parametrize(
    "text",
    ["公开" * 2000, "word " * 2000, "x" * 9999, f"a{'长' * 300}", HOSTILE * 40],
    ids=["wide", "words", "one word", "a wide character over the end", "hostile"],
)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_text_is_clipped_to_two_lines(text, width):
    mistakes = (replace(MISTAKE, text=text),)
    lines = part(
        fits(evaluation_table(an_evaluation(mistakes=mistakes), width=width), width), "Worst"
    )
    assert len(lines) == 3 + 2
    assert lines[-1].endswith("…")
    assert all(line.startswith(" " * 7) for line in lines[1:])


def test_a_text_of_two_lines_is_not_clipped():
    room = 40 - 7
    for text in ("公" * (room // 2 * 2), "x" * (2 * room)):
        shown = part(
            evaluation_table(an_evaluation(mistakes=(replace(MISTAKE, text=text),)), width=40),
            "Worst",
        )[3:]
        assert "".join(line.strip() for line in shown) == text
        assert len(shown) == 2


def test_a_text_of_blanks_has_no_line():
    (mistake,) = an_evaluation().mistakes
    text = evaluation_table(an_evaluation(mistakes=(replace(mistake, text=" \n\u3000"),)))
    assert len(part(text, "Worst mistakes")) == 3


def test_line_breaks_in_a_text_break_no_line():
    mistakes = (replace(MISTAKE, text="一是\r\n\n\n二是\u2028三是\x0b四是\x85。"),)
    assert part(evaluation_table(an_evaluation(mistakes=mistakes)), "Worst")[3:] == [
        "       一是 二是 三是 四是 。"
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [HOSTILE, "长" * 200, "x" * 200, "问题 " * 70], ids=repr)
def test_hostile_and_long_names_reach_the_terminal_tamed(name, width):
    other = f"other {name}"
    evaluation = an_evaluation(
        labels={n: scoring.LabelScore(1, 1, 1, 10**7) for n in (name, other)},
        confusions=(scoring.Confusion(name, other, 10**6), scoring.Confusion(None, name, 1)),
        mistakes=(Mistake(name, 10**6, 0, name, (name, other), {name: 0.5, other: 1.0}, 1234.5),),
    )
    text = fits(evaluation_table(evaluation, titles={name: name[1:]}, width=width), width)
    assert f"/{10**6}\n" in text  # what the name leaves no room for is the name's own end
    assert "0.50" in text
    assert "1.00" in text
    assert text.count("10,000,000") == 2
    assert "1,000,000" in part(text, "Confusions")[1]


@pytest.mark.parametrize("width", [-1, 0, 1, 39])
def test_a_terminal_too_narrow_counts_as_one_of_forty(width):
    assert evaluation_table(an_evaluation(), width=width) == evaluation_table(
        an_evaluation(), width=40
    )
    assert model_table(CARD, width=width) == model_table(CARD, width=40)


# A model

CARD = {
    "format": 2,
    "fingerprint": "9dd67b6143b259f0",
    "labels": [{"id": "problems", "title": "存在问题"}, {"id": "own", "title": "own"}],
    "corpus": {"fingerprint": "86de80f1ac84139b", "documents": 258, "segments": 11610},
    "recipe": {"least": None, "strength": 0.1, "vectors": True, "folds": 5, "seed": 20261122},
    "libraries": {"python": "3.11.7", "numpy": "2.4.6"},
    "warnings": ["'own' is the label of 3 segments: its scores say little"],
    "scores": {
        "validation": {
            "segments": 11610, "macro_f1": 0.9303, "micro_f1": 0.9269, "exact": 0.8413,
            "f1": {"problems": 0.9524, "own": 0.2},
        },
        "test": {
            "segments": 2682, "macro_f1": 0.9413, "micro_f1": 0.9409, "exact": 0.871,
            "f1": {"problems": 0.9529},
        },
    },
    "exclusive": False,
}  # fmt: skip


A_MODEL = """\
fingerprint  9dd67b6143b259f0
labels       2, multi-label
corpus       258 documents, 11,610 segments,
             fingerprint 86de80f1ac84139b
recipe       least —, strength 0.1, vectors yes, folds 5,
             seed 20261122
libraries    python 3.11.7, numpy 2.4.6
warning      'own' is the label of 3 segments: its scores
             say little

── Scores ──────────────────────────────────────────────────
          validation    test
segments      11,610   2,682
exact         0.8413  0.8710
micro F1      0.9269  0.9409
macro F1      0.9303  0.9413

── Labels and their F1 ─────────────────────────────────────
label              validation   test
problems 存在问题       0.952  0.953
own                     0.200"""


def test_a_model_says_what_it_is():
    assert fits(model_table(CARD, width=60), 60) == A_MODEL


def test_a_model_of_one_label_a_segment_says_so_and_has_an_accuracy():
    text = model_table({**CARD, "exclusive": True})
    assert "single-label" in text
    assert re.search(r"^accuracy +0\.8413 +0\.8710$", text, re.M)
    assert "exact" not in text


def test_without_a_test_there_is_no_column_for_it():
    scores = {**CARD["scores"], "test": None}
    text = model_table({**CARD, "scores": scores})
    assert "test" not in text
    assert part(text, "Labels") == [
        "label              validation",
        "problems 存在问题       0.952",
        "own                     0.200",
    ]


def test_a_card_that_says_nothing_gives_nothing():
    assert model_table({}) == ""
    assert model_table(dict.fromkeys(CARD)) == ""


SAID = {
    "fingerprint": "9dd67b6143b259f0",
    "labels": "存在问题",
    "corpus": "258 documents",
    "recipe": "seed 20261122",
    "libraries": "numpy 2.4.6",
    "warnings": "say little",
    "scores": "0.8413",
    "exclusive": "multi-label",
}


@pytest.mark.parametrize("key", SAID)
def test_only_the_line_is_left_out_whose_key_is_missing(key):
    less = {name: value for name, value in CARD.items() if name != key}
    text = fits(model_table(less), 80)
    assert {name for name, said in SAID.items() if said not in text} == {key}


STRANGE = (None, True, 0, -1, 10**400, 0.5, float("nan"), float("inf"), "x", "", [], [[]], {}, {"": {}},
           [None, 1, "a", {}, {"id": None}, {"id": ["b"], "title": {}}], {"f1": 3}, {"a": {"b": [None]}})  # fmt: skip


def places(value, path=()):
    """Return the paths to everything inside a card."""
    inner = value.items() if isinstance(value, dict) else ()
    return [path] * bool(path) + [p for k, v in inner for p in places(v, (*path, k))]


def put(value, path, strange):
    if not path:
        return strange
    return {**value, path[0]: put(value[path[0]], path[1:], strange)}


@pytest.mark.parametrize("path", places(CARD), ids=".".join)
def test_a_strangers_card_does_not_stop_the_table(path):
    for strange in STRANGE:
        fits(model_table(put(CARD, path, strange)), 80)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [HOSTILE, "长" * 200, "x" * 2000])
def test_a_hostile_card_reaches_the_terminal_tamed(name, width):
    card = {
        "fingerprint": name,
        "labels": [{"id": name, "title": f"{name}!"}, name],
        "corpus": {"fingerprint": name, "documents": 10**12, "segments": 10**12},
        "recipe": {name: name, "least": [name]},
        "libraries": {name: name},
        "warnings": [name] * 40,
        "scores": {"validation": {"f1": {name: 1, f"{name}?": 0.5}, "segments": 10**9}},
    }
    text = fits(model_table(card, width=width), width)
    assert "and 28 more" in text
    assert re.search(r"1\.000$", text, re.M)


def test_a_long_warning_is_cut_between_words():
    text = model_table({"warnings": ["the label holds 公开渠道 too seldom " * 4]}, width=40)
    lines = fits(text, 40).split("\n")
    assert len(lines) > 3
    assert lines[0].startswith("warning      the label holds")
    assert all(line.startswith(" " * 13) for line in lines[1:])
    assert (
        re.findall(r"[a-z]+", " ".join(lines))[1:] == ["the", "label", "holds", "too", "seldom"] * 4
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_shipped_model_says_what_it_is(width):
    card = json.loads((store.shipped() / "model.json").read_text("utf-8"))
    text = fits(model_table(card, width=width), width)
    assert card["fingerprint"] in text
    assert f"{card['scores']['validation']['macro_f1']:.4f}" in text
    assert len(part(text, "Labels")) == 1 + len(card["labels"])
