"""Labelled texts in anyone's format: what is understood, what is refused and where, what is told."""

import contextlib
import csv
import io
import json
import os
import pickle
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_reports import corpus, lexicon
from nlp_reports.corpus import Columns, rows
from nlp_reports.errors import CorpusError, SettingsError
from nlp_reports.text import squeeze

FIFTEEN = lexicon.mapping("topics", "topic", "title")

few = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path; text goes in as UTF-8, its line ends as they are."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def jsonl(*found):
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in found)


def labelled(found):
    """The texts of a corpus with their labels."""
    return [(s.text, s.topics) for p in found.paragraphs for s in p.segments]


def documents(found):
    """The texts of each document, in order."""
    texts = {name: [] for name in found.documents}
    for p in found.paragraphs:
        assert p.index == len(texts[p.document])
        texts[p.document].append(p.text)
    return texts


def one(labels):
    """What a corpus says of the text 好 with these labels."""
    return [("好", tuple(labels))]


# The same two texts in every format

NEWS = [("国足2比0取胜，球迷欢呼", ("体育",)), ("央行下调利率", ("财经",))]
COMMA = "text,label\n国足2比0取胜，球迷欢呼,体育\n央行下调利率,财经\n"
TAB = COMMA.replace(",", "\t")
OBJECTS = [{"text": text, "label": labels[0]} for text, labels in NEWS]
LINES = jsonl(*OBJECTS)
ARRAY = json.dumps(OBJECTS, ensure_ascii=False, indent=1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("news.csv", COMMA),
        ("news.tsv", TAB),
        ("news.CSV", COMMA),
        ("news.jsonl", LINES),
        ("news.json", ARRAY),
        # The content is stronger than the suffix, and the first line decides where there is none.
        ("news.csv", LINES),
        ("news.tsv", ARRAY),
        ("news.json", LINES),
        ("news.jsonl", f"\n \t\n{ARRAY}"),
        ("news.txt", COMMA),
        ("news.txt", TAB),
        ("news", f"\n\r\n{TAB}"),
        ("news.data", COMMA),
        # Tabs in the first line are no separators where the suffix says otherwise.
        ("news.csv", COMMA.replace("text,label\n", "text,label,a\tb\n")),
        # What spreadsheets and editors do to files.
        ("news.csv", COMMA.replace("\n", "\r\n")),
        ("news.csv", COMMA.replace("\n", "\r")),
        ("news.csv", COMMA.rstrip("\n")),
        ("news.csv", "\n\r\n" + COMMA.replace("\n", "\n\n") + "  \n"),
        ("news.csv", COMMA + ",\n , \n"),
        ("news.csv", COMMA.replace("text,label\n", " text , label ,,\n")),
        ("news.jsonl", LINES.replace("\n", "\r\n")),
        ("news.csv", COMMA.encode("utf-8-sig")),
        ("news.csv", b"\xef\xbb\xbf" * 2 + COMMA.encode()),
        ("news.jsonl", LINES.encode("utf-8-sig")),
        ("news.json", ARRAY.encode("utf-8-sig")),
        ("news.csv", COMMA.encode("gb18030")),
        ("news.csv", ("\ufeff" + COMMA).encode("gb18030")),
        ("news.jsonl", LINES.encode("gb18030")),
        ("news.csv", COMMA.encode("utf-16")),
        ("news.txt", TAB.encode("utf-16")),
        ("news.csv", COMMA.encode("utf-16-le")),
        ("news.jsonl", LINES.encode("utf-16-be")),
    ],
)
def test_the_same_texts_are_read_from_every_format(write, name, content):
    found = corpus.read(write(name, content))
    assert labelled(found) == NEWS
    assert documents(found) == {"text-1": [NEWS[0][0]], "text-2": [NEWS[1][0]]}
    assert all(p.headings == () and p.statistics is None for p in found.paragraphs)
    assert (found.splits, found.second, found.titles) == ({}, (), {})
    assert found.exclusive
    assert found.notes == ("2 texts with one label each of 2 (single-label)",)
    assert found.labels == ("体育", "财经")


def test_a_spreadsheet_saved_in_gb18030_is_read(write):
    sheet = '编号,标题,类别,\r\n1,"他说：“赢了”，\r\n又说：""平了""",体育,\r\n2,降息,财经;宏观,\r\n,,,\r\n'
    path = write("表.csv", sheet.encode("gb18030"))
    found = corpus.read(path, columns=Columns(text="标题", label="类别", separator=";"))
    assert labelled(found) == [
        ('他说：“赢了”，\r\n又说："平了"', ("体育",)),
        ("降息", ("宏观", "财经")),
    ]


def test_a_row_is_named_by_its_first_line(write):
    path = write("a.csv", 'text,label\r\n"一\r\n二\n三",a\r\n\r\n"四\r五",b\n六,c\n')
    assert [row.where for row in rows.read(path)] == [f"{path}:{n}" for n in (2, 6, 8)]


def test_a_text_is_kept_as_it_stands_and_is_not_cut(write):
    text = " 一是好。二是坏；\u3000三是\u2028\x0b平 \n"
    found = corpus.read(write("a.jsonl", jsonl({"text": text, "label": "x"})))
    assert labelled(found) == [(text, ("x",))]


def test_half_a_character_in_a_text_is_no_obstacle(write):
    path = write("a.jsonl", '{"text": "好\\ud800", "label": "x"}\n')
    found = corpus.read(path)
    assert labelled(found) == [("好\ud800", ("x",))]
    assert len(found.fingerprint()) == 16
    assert corpus.read_texts(path) == [(f"{path}:1", "好\ud800")]


# Columns


def test_columns_are_named_by_the_user(write):
    path = write("a.csv", "labels,body,kind,source\nx|y,好,a;b,甲\n")
    assert labelled(corpus.read(path, columns=Columns(text="body", label="kind"))) == one(["a;b"])
    assert labelled(corpus.read(path, columns=Columns(text="body"))) == one("xy")


def test_a_table_without_a_header_gets_its_names(write):
    columns = Columns(names=("label", "text"))
    path = write("a.csv", "x,好\ny,坏\n")
    found = corpus.read(path, columns=columns)
    assert labelled(found) == [("好", ("x",)), ("坏", ("y",))]
    assert list(found.documents) == ["text-1", "text-2"]
    assert corpus.read_texts(path, columns) == [(f"{path}:1", "好"), (f"{path}:2", "坏")]


@pytest.mark.parametrize("text", ["[公告] 好", "{好}"])
def test_a_table_without_a_header_may_open_with_a_bracket(write, text):
    path = write("a.tsv", f"{text}\tx\n")
    assert labelled(corpus.read(path, columns=Columns(names=("text", "label")))) == [(text, ("x",))]


def test_json_takes_no_notice_of_names(write):
    columns = Columns(names=("text", "label"))
    assert labelled(corpus.read(write("a.jsonl", LINES), columns=columns)) == NEWS


@pytest.mark.parametrize("wrong", [{"separator": ""}, {"names": ()}, {"names": ("a", "a")}])
def test_columns_outside_their_range_are_refused(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        Columns(**wrong)


# Labels


@pytest.mark.parametrize(
    ("column", "separator", "cell", "labels"),
    [
        ("label", None, "a", ["a"]),
        ("label", None, "a|b;c；d,e", ["a|b;c；d,e"]),
        ("label", None, " \u3000a b\u200b ", ["a b"]),
        ("label", None, '{"choices": ["b", "a"]}', ["a", "b"]),
        ("label", "#", "b#a", ["a", "b"]),
        ("label", "::", "b::a:c", ["a:c", "b"]),
        ("label", ".", "b.a", ["a", "b"]),
        ("label", "#", "", []),
        ("labels", None, "b|a;c；d", ["a", "b", "c", "d"]),
        ("labels", None, "a,b", ["a,b"]),
        ("labels", None, " b | a |a|| ", ["a", "b"]),
        ("labels", None, "", []),
        ("labels", None, " |； ", []),
        ("labels", ",", "a|b,c", ["a|b", "c"]),
    ],
)
def test_labels_in_a_cell(write, column, separator, cell, labels):
    quoted = cell.replace('"', '""')
    path = write("a.csv", f'text,{column}\n好,"{quoted}"\n')
    assert labelled(corpus.read(path, columns=Columns(separator=separator))) == one(labels)


@pytest.mark.parametrize(
    ("column", "value", "labels"),
    [
        ("label", "a|b", ["a|b"]),
        ("labels", "a|b", ["a", "b"]),
        ("label", 3, ["3"]),
        ("label", -0.50, ["-0.5"]),
        ("label", True, ["true"]),
        ("label", ["b", "a", "a", " b ", ""], ["a", "b"]),
        ("label", [1, False, "x"], ["1", "false", "x"]),
        ("label", ["a|b", "c;d"], ["a|b", "c;d"]),
        ("labels", ["a|b", "c;d"], ["a|b", "c;d"]),
        ("label", [], []),
        ("label", [" "], []),
        ("labels", [], []),
        ("label", {"choices": ["b", "a|c"]}, ["a|c", "b"]),
        ("labels", {"choices": "a|b"}, ["a|b"]),
        ("label", {"choices": []}, []),
    ],
)
def test_labels_in_json(write, column, value, labels):
    path = write("a.jsonl", jsonl({"text": "好", column: value}))
    assert labelled(corpus.read(path)) == one(labels)


def test_a_number_is_the_label_that_is_written(write):
    path = write("a.jsonl", '{"text": "好", "label": [1.10, 12345678901234567890.5]}')
    assert labelled(corpus.read(path)) == one(["1.10", "12345678901234567890.5"])


def test_labels_come_before_label_row_by_row(write):
    path = write("a.jsonl", jsonl({"text": "一", "label": "a", "labels": ["b"]}, OBJECTS[0]))
    assert labelled(corpus.read(path)) == [("一", ("b",)), NEWS[0]]


def test_a_label_may_have_200_characters_and_any_script(write):
    long = "长" * 200
    labels = sorted([long, "family 👨‍👩‍👧", "ملصق", "𠮷"])
    path = write("a.jsonl", jsonl({"text": "好", "label": labels}))
    assert labelled(corpus.read(path)) == one(labels)


MIXED = [
    {"text": "一", "label": "a"},
    {"text": "二", "label": []},
    {"text": "三"},
    {"text": "四", "label": None},
    {"text": "五", "label": " "},
]


def test_rows_without_a_label_are_skipped_if_asked(write):
    found = corpus.read(write("a.jsonl", jsonl(*MIXED)), columns=Columns(skip_unlabelled=True))
    assert labelled(found) == [("一", ("a",))]
    assert found.exclusive
    assert found.notes == (
        "1 text with one label each of 1 (single-label)",
        "4 rows without a label skipped",
    )


def test_only_what_may_be_empty_is_an_example_of_no_label(write):
    with pytest.raises(CorpusError, match=r"'label' is missing.*2 more broken rows: lines 4, 5"):
        corpus.read(write("a.jsonl", jsonl(*MIXED)))
    assert not corpus.read(write("b.jsonl", jsonl(*MIXED[:2]))).exclusive


# Two tools


def annotated(*results, cancelled=False):
    return {
        "was_cancelled": cancelled,
        "result": [
            {"type": "choices", "from_name": name, "value": {"choices": choices}}
            for name, choices in results
        ],
    }


def task(text, *annotations):
    return {"id": 7, "data": {"text": text, "page": text[0]}, "annotations": list(annotations)}


def test_label_studio_gives_the_last_annotation_that_was_not_cancelled(write):
    tasks = [
        task("好一", annotated(("topic", ["a"]))),
        task("好二", annotated(("topic", ["a"])), annotated(("topic", ["c", "b"]))),
        task("好三", annotated(("topic", ["a"])), annotated(("topic", ["b"]), cancelled=True)),
        task("坏四", annotated(("topic", ["a"]), cancelled=True)),
        task("坏五"),
        {"data": {"text": "坏六"}},
        task("好七", annotated()),
    ]
    expected = [("好一", ("a",)), ("好二", ("b", "c")), ("好三", ("a",)), ("好七", ())]
    for name, content in (("a.json", json.dumps(tasks, indent=2)), ("a.jsonl", jsonl(*tasks))):
        found = corpus.read(write(name, content))
        assert labelled(found) == expected
        assert list(found.documents) == ["text-1", "text-2", "text-3", "text-7"]
        assert found.notes == (
            "4 texts with 1 to 2 labels of 3 (multi-label), 1 of them without a label",
            "3 rows without a label skipped",
        )
    skipped = corpus.read(write("a.jsonl", jsonl(*tasks)), columns=Columns(skip_unlabelled=True))
    assert labelled(skipped) == expected[:3]


def test_label_studio_may_ask_several_questions(write):
    answers = annotated(("topic", ["a"]), ("mood", ["good", "a"]))
    answers["result"].append({"type": "labels", "value": {"start": 0, "end": 1, "labels": ["PER"]}})
    path = write("a.jsonl", jsonl(task("好", answers)))
    assert labelled(corpus.read(path)) == one(["a", "good"])
    assert labelled(corpus.read(path, columns=Columns(label="topic"))) == one(["a"])
    assert labelled(corpus.read(path, columns=Columns(label="mood"))) == one(["a", "good"])


def test_a_result_of_label_studio_may_leave_the_question_out(write):
    bare = {"result": [{"type": "choices", "value": {"choices": ["a"]}}]}
    path = write("a.json", json.dumps([{"data": {"text": "好"}, "annotations": [bare]}]))
    assert labelled(corpus.read(path)) == one(["a"])
    assert labelled(corpus.read(path, columns=Columns(label="topic"))) == one(["a"])


def test_the_columns_of_label_studio_are_those_of_its_data(write):
    row = {"data": {"body": "好", "page": 3}, "annotations": [annotated(("topic", ["a"]))]}
    found = corpus.read(write("a.jsonl", jsonl(row)), columns=Columns(text="body", document="page"))
    assert documents(found) == {"3": ["好"]}


def test_label_studio_in_short_is_a_column_a_question(write):
    tasks = [
        {"id": 1, "text": "好一", "topic": "a", "annotator": 1, "lead_time": 2.5},
        {"id": 2, "text": "好二", "topic": {"choices": ["c", "b"]}, "annotator": 1},
    ]
    path = write("a.json", json.dumps(tasks))
    found = corpus.read(path, columns=Columns(label="topic"))
    assert labelled(found) == [("好一", ("a",)), ("好二", ("b", "c"))]


def test_doccano_gives_a_list_that_may_be_empty(write):
    path = write(
        "a.jsonl",
        jsonl(
            {"id": 1, "text": "好一", "label": ["b", "a"], "Comments": []},
            {"id": 2, "text": "好二", "label": []},
        ),
    )
    assert labelled(corpus.read(path)) == [("好一", ("a", "b")), ("好二", ())]
    skipped = corpus.read(path, columns=Columns(skip_unlabelled=True))
    assert labelled(skipped) == [("好一", ("a", "b"))]


# Documents


def test_texts_that_the_classifier_cannot_tell_apart_share_a_document(write):
    texts = ["受理12件 A", "好", "受理 3 件ａ", "好 ", "受理1,000件a", "坏", "受理件a"]
    found = corpus.read(write("a.jsonl", jsonl(*({"text": t, "label": "x"} for t in texts))))
    assert documents(found) == {
        "text-1": ["受理12件 A", "受理 3 件ａ", "受理1,000件a"],
        "text-2": ["好", "好 "],
        "text-6": ["坏"],
        "text-7": ["受理件a"],
    }
    assert found.notes[1:] == ("3 texts are copies of another, but for blanks, case and figures",)


def test_the_texts_of_a_document_stand_together(write):
    path = write(
        "a.jsonl",
        jsonl(
            {"text": "一", "label": "x", "from": "甲"},
            {"text": "二", "label": "x", "from": 5},
            {"text": "三", "label": "y", "from": " 甲 "},
            {"text": "一", "label": "y", "from": "5"},
        ),
    )
    found = corpus.read(path, columns=Columns(document="from"))
    assert documents(found) == {"甲": ["一", "三"], "5": ["二", "一"]}
    assert [p.document for p in found.paragraphs] == ["甲", "甲", "5", "5"]
    assert found.notes[1:] == (
        "1 text is a copy of another, but for blanks, case and figures",
        "1 of the copies in another document than the text copied",
        "1 of the copies with other labels than the text copied, first in lines 1, 4",
    )


def test_a_document_is_numbered_by_its_row_not_by_its_line(write):
    path = write("a.csv", 'text,labels\n\n"一\n",a\n二,\n三,a\n')
    found = corpus.read(path, columns=Columns(skip_unlabelled=True))
    assert list(found.documents) == ["text-1", "text-3"]


# What is told


def told(write, *labellings, texts="一二三四五"):
    found = [{"text": t, "labels": list(labels)} for t, labels in zip(texts, labellings)]  # noqa: B905
    return corpus.read(write("a.json", json.dumps(found))).notes


@pytest.mark.parametrize(
    ("labellings", "note"),
    [
        (("a", "b", "a"), "3 texts with one label each of 2 (single-label)"),
        (("a", "abc", "bd"), "3 texts with 1 to 3 labels of 4 (multi-label)"),
        (("ab", "ac"), "2 texts with 2 labels of 3 (multi-label)"),
        (
            ("a", "abc", "", ""),
            "4 texts with 1 to 3 labels of 3 (multi-label), 2 of them without a label",
        ),
        (("a", ""), "2 texts with 1 label of 1 (multi-label), 1 of them without a label"),
        (("", ""), "2 texts without a label"),
    ],
)
def test_the_first_note_tells_the_labels(write, labellings, note):
    assert told(write, *labellings) == (note,)


def test_copies_are_told_and_the_first_pair_that_differs(write):
    assert told(write, "a", "b", "a", "c", "d", texts="一二一二二")[1:] == (
        "3 texts are copies of another, but for blanks, case and figures",
        "2 of the copies with other labels than the text copied, first in rows 2, 4",
    )


def test_characters_that_could_not_be_decoded_are_told(write):
    damaged = COMMA.encode("gb18030") + b"\xff" + "好的,体育\n".encode("gb18030")
    found = corpus.read(write("a.csv", damaged))
    assert labelled(found)[-1][0] != "好的"
    assert found.notes[1:] == ("1 text with characters that could not be decoded",)


# A part of a corpus


def test_a_part_keeps_titles_and_kind_and_drops_the_notes(write):
    found = corpus.read(write("a.csv", COMMA), titles={"财经": "钱", "体育": "球", "科技": "网"})
    part = found.only(["text-1"])
    assert (part.titles, part.exclusive, part.notes) == (found.titles, True, ())
    assert (found.labels, part.labels) == (("财经", "体育"), ("体育",))
    assert found.fingerprint() == corpus.read(write("b.csv", COMMA)).fingerprint()


def test_labels_without_a_title_follow_sorted(write):
    path = write("a.jsonl", jsonl({"text": "好", "label": list("dcba")}))
    assert corpus.read(path, titles={"c": "C", "x": "X", "b": "B"}).labels == ("c", "b", "a", "d")
    assert corpus.read(path).labels == ("a", "b", "c", "d")


# Broken rows

DEEP = "[" * 100_000
FINE = '{"text": "好", "label": "x"}\n'


def choice(**change):
    return {"type": "choices", "value": {"choices": ["a"]}, **change}


BROKEN = [
    # rows of JSON
    ("a.jsonl", FINE + '{"text": 好}\n', "is not JSON: Expecting value at character 10", ":2"),
    ("a.jsonl", FINE + "[]\n", "is no JSON object", ":2"),
    ("a.jsonl", FINE + f'{{"text": {DEEP}\n', "is not JSON: nested too deeply", ":2"),
    ("a.jsonl", FINE + '\n\n{"text": "a\0b", "label": "x"}\n', "holds a NUL character", ":4"),
    ("a.jsonl", FINE + '{"text": "a\x01b", "label": "x"}\n', "is not JSON: Invalid control", ":2"),
    ("a.jsonl", FINE + '{"text": "好", "label": 1e99999999999999999999}', "too large", ":2"),
    ("a.jsonl", "好\n" + FINE, "is not JSON", ":1"),
    ("a.json", '[{"text": "好", "label": "x"}, 3]', "is no JSON object", "[2]"),
    ("a.json", '[\n{"text": "好"},\n', "is not JSON: Expecting value", ":3"),
    ("a.json", '[{"text": "好"}', "is not JSON: Expecting ',' delimiter at character 15", "a.json"),
    ("a.json", DEEP, "nested too deeply", "a.json"),
    ("a.json", "[]", "holds no labelled text", "a.json"),
    # rows of a table
    ("a.csv", "text,label\n好,x,y\n", "has 3 cells for 2 columns", ":2"),
    ("a.csv", 'text,label\n"一\n二",x\n好,x,\n', "has 3 cells for 2 columns", ":4"),
    ("a.csv", 'text,label\n好,x\n\n"坏\n平,x\n', "unexpected end of data; is a quotation mark", ":4"),
    ("a.csv", 'text,label\n"好"的,x\n', "',' expected after '\"'; is a quotation mark", ":2"),
    ("a.csv", f"text,label\n好,x\n{'长' * 140_000},x\n", "field larger than field limit", ":3"),
    ("a.tsv", 'text\tlabel\n好\tx\n"' + "长\n" * 70_000, "field larger than field limit", ":3"),
    ("a.csv", "text,label\n好,x\n坏\0,x\n", "holds a NUL character", ":3"),
    ("a.csv", "text,label\n" + "好,x\n" * 500 + "坏\0,x\n", "holds a NUL character", ":502"),
    ("a.csv", "te\0xt,label\n" + "好,x\n" * 500, "holds a NUL character", ":1"),
    ("a.csv", "\ntext,label,text\n好,x,坏\n", "two columns are called 'text'", ":2"),
    ("a.csv", "text,label\n", "holds no labelled text", "a.csv"),
    # texts
    ("a.csv", "title,label\n好,x\n", r"'text' is missing; the row has \['title', 'label'\]", ":2"),
    ("a.jsonl", FINE + '{"label": "x"}\n', r"'text' is missing; the row has \['label'\]", ":2"),
    ("a.jsonl", FINE + '{"text": null, "label": "x"}\n', "'text' is missing", ":2"),
    ("a.jsonl", FINE + '{"text": 3, "label": "x"}\n', "'text' is no string", ":2"),
    ("a.jsonl", FINE + '{"text": ["好"], "label": "x"}\n', "'text' is no string", ":2"),
    ("a.csv", "text,label\n好,x\n,x\n", "'text' holds no visible character", ":3"),
    ("a.csv", 'text,label\n" \u3000\u200b\n",x\n', "'text' holds no visible character", ":2"),
    # labels
    ("a.csv", "text,kind\n好,x\n", r"'label' is missing; the row has \['text', 'kind'\]", ":2"),
    ("a.csv", "text,label\n好,x\n坏\n", r"'label' is missing; the row has \['text'\]", ":3"),
    ("a.csv", "text,labels\n好,x\n坏\n", "'labels' is missing", ":3"),
    ("a.csv", "text,label\n好,x\n坏, \n", "'label' is empty", ":3"),
    ("a.json", '[{"text": "好"}]', "'label' is missing", "[1]"),
    ("a.jsonl", '{"text": "好", "labels": null}', "'labels' is missing", ":1"),
    ("a.jsonl", '{"text": "好", "label": ""}', "'label' is empty", ":1"),
    ("a.jsonl", '{"text": "好", "label": {"a": 1}}', "neither a string nor a number", ":1"),
    ("a.jsonl", '{"text": "好", "label": [["a"]]}', "neither a string nor a number", ":1"),
    ("a.jsonl", '{"text": "好", "label": ["a", null]}', "neither a string nor a number", ":1"),
    ("a.jsonl", '{"text": "好", "label": NaN}', "neither a string nor a number", ":1"),
    ("a.jsonl", '{"text": "好", "label": {"choices": [{}]}}', "neither a string", ":1"),
    ("a.jsonl", '{"text": "好", "label": "a\\nb"}', r"label holds the character U\+000A", ":1"),
    ("a.csv", 'text,label\n好,"a\nb"\n', r"label holds the character U\+000A", ":2"),
    ("a.jsonl", '{"text": "好", "labels": "a|\\u001b[1m"}', r"the character U\+001B", ":1"),
    ("a.jsonl", '{"text": "好", "label": "a\\u2028b"}', r"the character U\+2028", ":1"),
    ("a.jsonl", '{"text": "好", "label": "\\ud800"}', r"the character U\+D800", ":1"),
    ("a.jsonl", jsonl({"text": "好", "label": "长" * 201}), "label of 201 characters", ":1"),
    ("a.jsonl", f'{{"text": "好", "label": {"9" * 3000}}}', "label of 3000 characters", ":1"),
    # Label Studio
    ("a.json", jsonl({"data": {"page": "3"}, "annotations": []}), "'text' is missing", ":1"),
    ("a.json", jsonl({"data": {"text": 3}, "annotations": []}), "'text' is no string", ":1"),
    ("a.json", jsonl({"data": "好", "annotations": []}), "'text' is missing", ":1"),
    ("a.json", jsonl({"data": {"text": "好"}, "annotations": {}}), "'annotations' is missing or", ":1"),
    ("a.json", jsonl(task("好", 3)), "an annotation is no JSON object", ":1"),
    ("a.json", jsonl(task("好", {})), "'result' is missing or no list", ":1"),
    ("a.json", jsonl(task("好", {"result": [3]})), "a result of an annotation is no", ":1"),
    ("a.json", jsonl(task("好", {"result": [choice(value=3)]})), "'value' is missing or no", ":1"),
    ("a.json", jsonl(task("好", {"result": [choice(value={})]})), "'choices' is missing or no", ":1"),
    ("a.json", json.dumps([task("好", annotated(("t", [[]])))]), "neither a string", "[1]"),
    ("a.json", jsonl(task("好")), "holds no labelled text", "a.json"),
    # our own paragraphs without their folder
    ("a.jsonl", '{"document": "d", "segments": null}', "'paragraph' is missing", ":1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "complaint", "where"), BROKEN)
def test_a_broken_row_is_named_by_its_place(write, name, content, complaint, where):
    path = write(name, content)
    with pytest.raises(CorpusError, match=complaint) as caught:
        corpus.read(path)
    assert caught.value.where == (str(path) if where == name else f"{path}{where}")
    assert "\n" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.skipif(not hasattr(sys, "get_int_max_str_digits"), reason="Python sets no limit")
def test_a_number_with_too_many_digits_is_refused(write):
    path = write("a.jsonl", f'{{"text": "好", "label": {"9" * 5000}}}')
    with pytest.raises(CorpusError, match="a number is too large"):
        corpus.read(path)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"text": "好", "label": "x"}, "'from' is missing"),
        ({"text": "好", "label": "x", "from": None}, "'from' is missing"),
        ({"text": "好", "label": "x", "from": ["a"]}, "'from' is missing"),
        ({"text": "好", "label": "x", "from": " "}, "a document name is empty"),
        ({"text": "好", "label": "x", "from": "a\0b"}, r"name holds the character U\+0000"),
    ],
)
def test_a_document_must_have_a_name(write, row, complaint):
    path = write("a.jsonl", jsonl({**OBJECTS[0], "from": "a"}, row))
    with pytest.raises(CorpusError, match=complaint) as caught:
        corpus.read(path, columns=Columns(document="from"))
    assert caught.value.where == f"{path}:2"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ([2], "'label' is missing; the row has ['text']"),
        ([2, 4], "'label' is missing; the row has ['text'] (and 1 more broken row: line 4)"),
        (
            [3, 7, 9, 12],
            "'label' is missing; the row has ['text'] (and 3 more broken rows: lines 7, 9, 12)",
        ),
        (
            range(1, 8),
            "'label' is missing; the row has ['text'] (and 6 more broken rows: lines 2, 3, 4, 5, 6, …)",
        ),
    ],
)
def test_the_whole_file_is_gone_through_before_it_is_refused(write, broken, message):
    good, bad = {"text": "好", "label": "x"}, {"text": "好"}
    found = [bad if number in broken else good for number in range(1, 13)]
    path = write("a.jsonl", jsonl(*found))
    with pytest.raises(CorpusError) as caught:
        corpus.read(path)
    assert (caught.value.where, caught.value.message) == (f"{path}:{broken[0]}", message)


def test_broken_rows_of_every_kind_are_counted_together(write):
    path = write("a.csv", 'text,label\n好,x,y\n,x\n好\n好,x\n"好\n",\n"好" ,x\n好\n')
    with pytest.raises(CorpusError) as caught:
        corpus.read(path)
    # What follows the quotation mark of line 8 is not read.
    assert str(caught.value) == (
        f"{path}:2: has 3 cells for 2 columns (and 4 more broken rows: lines 3, 4, 6, 8)"
    )


def test_broken_items_of_an_array_are_called_rows(write):
    with pytest.raises(CorpusError, match=r"\(and 2 more broken rows: rows 3, 4\)") as caught:
        corpus.read(write("a.json", '[{"text": "好", "label": "x"}, 1, 2, {}]'))
    assert caught.value.where.endswith("a.json[2]")


# Files that cannot be read


@pytest.mark.parametrize("reader", [corpus.read, corpus.read_texts, corpus.read_titles])
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"PK\x03\x04" + bytes(range(256)) * 9, "is no text; a spreadsheet must be saved as CSV"),
    ],
)
def test_a_file_without_text_is_refused(write, reader, content, complaint):
    path = write("a.csv", content)
    with pytest.raises(CorpusError, match=complaint) as caught:
        reader(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("reader", [corpus.read, corpus.read_texts, corpus.read_titles])
@pytest.mark.parametrize("name", ["missing.csv", "a\0b.csv", "a" * 300])
def test_a_file_that_is_not_there_is_named(tmp_path, reader, name):
    with pytest.raises(CorpusError, match="cannot be read") as caught:
        reader(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_folders_and_pipes_are_no_files(tmp_path):
    with pytest.raises(CorpusError, match="this is a folder"):
        corpus.read_texts(tmp_path)
    with pytest.raises(CorpusError, match=r"documents\.jsonl: cannot be read: No such file"):
        corpus.read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CorpusError, match="no regular file"):
        corpus.read(tmp_path / "pipe")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(rows.MAX_BYTES + 1)  # takes no room on the disk
    with pytest.raises(CorpusError, match="is larger than 1,073,741,824 bytes") as caught:
        corpus.read(path)
    assert caught.value.where == str(path)


def test_the_limit_of_cells_is_left_alone(write):
    limit = csv.field_size_limit()
    corpus.read(write("a.csv", COMMA))
    assert csv.field_size_limit() == limit


# Texts without labels


@pytest.mark.parametrize(
    ("name", "content", "places"),
    [
        ("a.txt", "\ufeff一,二\r\n\r\n\u3000\n{三}\t四\n", {":1": "一,二", ":4": "{三}\t四"}),
        ("a.TXT", "[一]\r二\u2028三", {":1": "[一]", ":2": "二\u2028三"}),
        ("a.csv", 'text\n一\n"二\n"\n', {":2": "一", ":3": "二\n"}),
        ("a.csv", "text,label\n一,\n二\n", {":2": "一", ":3": "二"}),
        ("a.json", '[{"text": "一"}, {"text": "二", "label": 3}]', {"[1]": "一", "[2]": "二"}),
        ("a.jsonl", '{"data": {"text": "一"}}\n{"text": "二"}', {":1": "一", ":2": "二"}),
        ("a.jsonl", jsonl(task("一", 3)), {":1": "一"}),
        ("a.csv", "text,label\n", {}),
        ("a.json", "[]", {}),
    ],
)
def test_texts_are_read_with_their_places(write, name, content, places):
    path = write(name, content)
    expected = [(f"{path}{place}", text) for place, text in places.items()]
    assert corpus.read_texts(path) == expected
    assert corpus.read_texts(path, Columns()) == expected


def test_a_broken_text_is_named_by_its_place(write):
    path = write("a.csv", "body\n一\n\u200b\n二,\n")
    assert corpus.read_texts(write("b.csv", "body\n一\n"), Columns(text="body"))[0][1] == "一"
    with pytest.raises(
        CorpusError, match=r"no visible character \(and 1 more broken row: line 4\)"
    ):
        corpus.read_texts(path, Columns(text="body"))


# Titles


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "b\t乙, 二\na\t甲\n"),
        ("a.tsv", "label\ttitle\nb\t乙, 二\n\na\t 甲 \n"),
        ("a", "ID\tTitle\nb\t乙, 二\na\t甲\n"),
        ("a.csv", 'topic,title\nb,"乙, 二"\na,甲\n'),
        ("a.csv", '\ufeffb,"乙, 二"\r\na,甲'.encode("gb18030")),
        ("a.jsonl", jsonl({"id": "b", "title": "乙, 二"}, {"title": "甲", "id": "a"})),
        ("a.json", '[{"label": "b", "title": "乙, 二"}, {"topic": "a", "title": "甲"}]'),
    ],
)
def test_titles_come_in_the_order_of_the_file(write, name, content):
    assert list(corpus.read_titles(write(name, content)).items()) == [("b", "乙, 二"), ("a", "甲")]


def test_an_empty_title_is_the_id(write):
    assert corpus.read_titles(write("a.tsv", "1\t\n2\t二\n")) == {"1": "1", "2": "二"}
    assert corpus.read_titles(write("a.jsonl", '{"id": 1, "title": ""}')) == {"1": "1"}


@pytest.mark.parametrize(
    ("name", "content", "complaint", "where"),
    [
        ("a.tsv", "a\t甲\na\t乙\n", "'a' stands here a second time", ":2"),
        ("a.tsv", "a\t甲\nb\n", "'title' is missing", ":2"),
        ("a.tsv", "a\t甲\tx\n", "has 3 cells for 2 columns", ":1"),
        ("a.tsv", "a\t甲\n\t乙\n", "a label is empty", ":2"),
        ("a.tsv", f"{'a' * 201}\t甲\n", "label of 201 characters", ":1"),
        ("a.tsv", 'a\t"甲\n乙"\n', r"a title holds the character U\+000A", ":1"),
        ("a.tsv", "label\ttitle\n", "holds no titles", ""),
        ("a.json", '[{"title": "甲"}]', "'id' is missing", "[1]"),
        ("a.json", '[{"id": ["a"], "title": "甲"}]', "'id' is missing", "[1]"),
    ],
)
def test_broken_titles_are_named_by_their_place(write, name, content, complaint, where):
    path = write(name, content)
    with pytest.raises(CorpusError, match=complaint) as caught:
        corpus.read_titles(path)
    assert caught.value.where == f"{path}{where}"


def test_given_titles_replace_those_of_the_corpus(write):
    folder(write)
    given = {"fees": "钱", "training": "学"}
    found = corpus.read(write("f/x", "x").parent, titles=given)
    assert found.titles == given
    assert found.labels == ("fees", "training", "overview")


# Our own format with other topics


def paragraph(*topics, document="d", index=0):
    return {
        "document": document,
        "paragraph": index,
        "headings": ["一、工作"],
        "segments": [{"text": "好。", "topics": list(topics)}],
    }


def folder(write, *paragraphs, topics=None, second=()):
    """Write a corpus folder; return a function that reads it."""
    paragraphs = paragraphs or [paragraph("training", "fees", "overview")]
    path = write("f/paragraphs.jsonl", jsonl(*paragraphs)).parent
    write("f/documents.jsonl", jsonl({"document": "d"}))
    if second:
        write("f/second.jsonl", jsonl(*second))
    if topics is not None:
        write("f/topics.tsv", topics)
    return lambda: corpus.read(path)


LETTERS = "topic\ttitle\n" + "".join(f"{letter}\t{letter.upper()}\n" for letter in "edcba")


def test_a_folder_without_topics_has_the_fifteen_and_three_a_segment(write):
    found = folder(write)()
    assert list(found.titles.items()) == list(FIFTEEN.items())
    assert (found.exclusive, found.notes) == (False, ())
    assert found.labels == ("overview", "fees", "training")
    with pytest.raises(CorpusError, match="4 topics of a segment are more than 3"):
        folder(write, paragraph("training", "fees", "overview", "channels"))()


def test_a_folder_may_have_topics_of_its_own_and_more_of_them_a_segment(write):
    twice = {"document": "d", "paragraph": 0, "first": [list("abcde")], "second": [["e"]]}
    found = folder(write, paragraph(*"abcde"), topics=LETTERS, second=[twice])()
    assert found.labels == tuple("edcba")
    assert found.titles["e"] == "E"
    assert found.paragraphs[0].segments[0].topics == tuple("abcde")
    assert found.second[0].first == (tuple("abcde"),)
    assert found.only(["d"]).titles == found.titles
    with pytest.raises(CorpusError, match="unknown topic 'fees'"):
        folder(write, paragraph("fees"), topics=LETTERS)()
    with pytest.raises(CorpusError, match=r"unknown topic 'fees'.*") as caught:
        folder(write, paragraph("a"), second=[{**twice, "first": [["fees"]]}], topics=LETTERS)()
    assert caught.value.where.endswith("second.jsonl:1")


@pytest.mark.parametrize(
    ("topics", "complaint", "where"),
    [
        ("topics\ttitle\na\tA\n", "'topic' is missing", "topics.tsv:2"),
        ("a\tA\nb\tB\n", "'topic' is missing", "topics.tsv:2"),
        ("topic\ttitle\na\tA\na\tB\n", "'a' stands here a second time", "topics.tsv:3"),
        ("topic\ttitle\n", "holds no titles", "topics.tsv"),
        ("", "is empty", "topics.tsv"),
    ],
)
def test_broken_topics_of_a_folder_are_refused(write, topics, complaint, where):
    with pytest.raises(CorpusError, match=complaint) as caught:
        folder(write, topics=topics)()
    assert caught.value.where.endswith(where)


def test_all_broken_paragraphs_of_a_folder_are_named(write):
    broken = [paragraph("x", index=n) for n in range(3)]
    with pytest.raises(
        CorpusError, match=r"unknown topic 'x' \(and 2 more .*lines 2, 3\)"
    ) as caught:
        folder(write, *broken)()
    assert caught.value.where.endswith("paragraphs.jsonl:1")


@pytest.mark.parametrize(
    ("splits", "complaint"),
    [
        ('{"train": "d"}', "no object of lists of names"),
        ('{"train": [["d"]]}', "no object of lists of names"),
        (DEEP, "nested too deeply"),
    ],
)
def test_broken_splits_are_refused(write, splits, complaint):
    read = folder(write)
    write("f/splits.json", splits)
    with pytest.raises(CorpusError, match=complaint) as caught:
        read()
    assert caught.value.where.endswith("splits.json")


def test_the_files_of_a_folder_are_utf_8(write):
    read = folder(write)
    write("f/documents.jsonl", '{"document": "d", "title": "年报"}'.encode("gb18030"))
    with pytest.raises(CorpusError, match=r"documents\.jsonl: is not UTF-8"):
        read()
    write("f/documents.jsonl", '{"document": "d", "title": "年报"}'.encode("utf-8-sig"))
    assert read().documents == {"d": {"title": "年报"}}


def test_paragraphs_are_read_without_their_folder(write):
    alone = [paragraph("fees"), paragraph(document="e"), paragraph("overview", index=1)]
    found = corpus.read(write("a.jsonl", jsonl(*alone)))
    assert found.documents == {"d": {}, "e": {}}
    assert [(p.document, p.index, p.headings[0]) for p in found.paragraphs] == [
        *(("d", 0, "一、工作"), ("e", 0, "一、工作"), ("d", 1, "一、工作"))
    ]
    assert list(found.titles.items()) == list(FIFTEEN.items())
    assert found.labels == ("overview", "fees")
    assert not found.exclusive


def test_paragraphs_alone_carry_any_topics_and_any_number(write):
    found = corpus.read(write("a.json", json.dumps([paragraph(*FIFTEEN, "税务")])))
    assert found.titles == {}
    assert len(found.labels) == 16
    assert found.labels == tuple(sorted(found.labels))


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (paragraph("fees"), "paragraph 0 of 'd' stands here a second time"),
        (paragraph(3, index=1), "unknown topic 3"),
        (paragraph({}, index=1), "unknown topic {}"),
        (paragraph("", index=1), "a label is empty"),
        (paragraph("a\nb", index=1), r"a label holds the character U\+000A"),
        (paragraph("a" * 201, index=1), "a label of 201 characters"),
        (paragraph("a", "a", index=1), "topics stand twice"),
        ({**paragraph(index=1), "headings": [3]}, "a heading is no string"),
        ({**paragraph(index=1), "segments": 3}, "'segments' is missing or no list"),
        (OBJECTS[0], "'document' is missing"),
    ],
)
def test_a_broken_paragraph_alone_is_named_by_its_line(write, row, complaint):
    path = write("a.jsonl", jsonl(paragraph("fees"), row))
    with pytest.raises(CorpusError, match=complaint) as caught:
        corpus.read(path)
    assert caught.value.where == f"{path}:2"


def test_a_column_called_segments_does_not_make_a_table_ours(write):
    path = write("a.csv", "text,label,segments\n好,x,3\n")
    assert labelled(corpus.read(path)) == one("x")


# What is written is read back

# Text that may stand in a file: no control characters, which make it look like none.
CHARACTERS = st.characters(
    exclude_categories=("Cs",),
    exclude_characters=[*map(chr, (*range(9), *range(14, 32))), "\ufffd"],
)
VISIBLE = st.characters(categories=("L", "N", "P", "S"), exclude_characters="|;；\ufffd")
SPOKEN = st.sampled_from(list("中文，。一是；\"',\t\n\r |#012Aａ \u3000"))
TEXTS = st.text(st.one_of(SPOKEN, CHARACTERS), min_size=1, max_size=30).filter(squeeze)
HALVES = st.one_of(TEXTS, st.text(min_size=1, max_size=9).filter(squeeze))
LABELS = st.text(VISIBLE, min_size=1, max_size=8).filter(squeeze)
SINGLE = st.lists(st.tuples(TEXTS, LABELS), min_size=1, max_size=8)
MULTI = st.lists(st.tuples(TEXTS, st.lists(LABELS, max_size=4)), min_size=1, max_size=8)
FREE = st.lists(st.tuples(HALVES, st.lists(LABELS, max_size=4)), min_size=1, max_size=8)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """Write texts to a file, read it and compare."""
    folder = tmp_path_factory.mktemp("again")

    def again(name, content, expected, **columns):
        path = folder / name
        path.write_bytes(content)
        found = corpus.read(path, columns=Columns(**columns))
        kept = [(text, tuple(sorted(set(labels)))) for text, labels in expected]
        assert Counter(labelled(found)) == Counter(kept)
        assert found.exclusive == all(len(labels) == 1 for _, labels in kept)
        assert set(found.labels) == {label for _, labels in kept for label in labels}
        assert [text for _, text in corpus.read_texts(path, Columns(**columns))] == [
            text for text, _ in kept
        ]
        normal = {corpus.texts.normal(text) for text, _ in kept}
        assert len(found.documents) == len(normal)

    return again


def table(header, found, delimiter, encoding):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([*([header] if header else []), *found])
    return file.getvalue().encode(encoding)


@few
@given(found=SINGLE, encoding=ENCODINGS, tab=st.booleans(), headed=st.booleans())
def test_a_table_of_one_label_is_read_back(again, found, encoding, tab, headed):
    name, delimiter = ("a.tsv", "\t") if tab else ("a.csv", ",")
    names = ("label", "text")
    cells = [(label, text) for text, label in found]
    content = table(names if headed else None, cells, delimiter, encoding)
    expected = [(text, [label]) for text, label in found]
    again(name, content, expected, names=None if headed else names)


@few
@given(found=MULTI, encoding=ENCODINGS, tab=st.booleans(), mark=st.sampled_from("|;；"))
def test_a_table_of_several_labels_is_read_back(again, found, encoding, tab, mark):
    name, delimiter = ("a.tsv", "\t") if tab else ("a.csv", ",")
    cells = [(text, mark.join(labels)) for text, labels in found]
    again(name, table(("text", "labels"), cells, delimiter, encoding), found)


@few
@given(found=FREE, column=st.sampled_from(["label", "labels"]), array=st.booleans())
def test_json_is_read_back(again, found, column, array):
    objects = [{"text": text, column: labels} for text, labels in found]
    content = json.dumps(objects) if array else "\n".join(map(json.dumps, objects))
    again("a.json", content.encode("ascii"), found)


@few
@given(found=MULTI, encoding=ENCODINGS)
def test_doccano_is_read_back(again, found, encoding):
    objects = [{"id": n, "text": text, "label": labels} for n, (text, labels) in enumerate(found)]
    again("a.jsonl", jsonl(*objects).encode(encoding), found)


@few
@given(found=FREE, cancelled=st.lists(LABELS, max_size=2), indent=st.sampled_from([None, 2]))
def test_label_studio_is_read_back(again, found, cancelled, indent):
    tasks = [
        task(text, annotated(("t", labels)), annotated(("t", cancelled), cancelled=True))
        for text, labels in found
    ]
    again("a.json", json.dumps(tasks, indent=indent).encode("ascii"), found)


@few
@given(found=FREE)
def test_label_studio_in_short_is_read_back(again, found):
    tasks = [
        {"id": 1, "text": text, "topic": labels[0] if len(labels) == 1 else {"choices": labels}}
        for text, labels in found
    ]
    again("a.json", json.dumps(tasks).encode("ascii"), found, label="topic")


def read_in_every_way(path):
    for reader in (corpus.read, corpus.read_texts, corpus.read_titles):
        with contextlib.suppress(CorpusError):
            reader(path)


KEYS = st.sampled_from(
    [
        *("text", "label", "labels", "document", "id", "title"),
        *("data", "annotations", "result", "type", "value", "choices", "from_name"),
        *("paragraph", "headings", "segments", "topics", "statistics"),
    ]
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(["choices", "好。", "a"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)


@settings(few, max_examples=150)
@given(found=st.lists(st.dictionaries(KEYS, VALUES, max_size=6), min_size=1, max_size=3))
def test_whatever_the_json_is_the_answer_is_a_corpus_or_an_error(tmp_path_factory, found):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(found), "utf-8")
    read_in_every_way(path)


@few
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.csv", "a.tsv", "a.json", "a.txt"]))
def test_whatever_the_bytes_are_the_answer_is_a_corpus_or_an_error(tmp_path_factory, data, name):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    read_in_every_way(path)
