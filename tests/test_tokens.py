"""Tokens: the two engines agree, domain words stay whole, nothing visible is lost."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_reports.reading import read
from nlp_reports.text import fold
from nlp_reports.tokens import Tokenizer, domain_words

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parent / "examples").glob("*.txt"))
CORPUS = HERE.parent / "corpus" / "paragraphs.jsonl"
SEEDS = HERE.parents[1] / "shared" / "seeds"


@cache
def tokenizer(engine: str = "rjieba") -> Tokenizer:
    return Tokenizer(engine)


def both(text: str) -> tuple[list[str], list[str]]:
    return tokenizer("rjieba")(text), tokenizer("jieba")(text)


def visible(text: str) -> str:
    return "".join(char for char in text if not char.isspace())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_engines_agree_on_the_examples(path):
    text = read(path).text
    for version in (text, fold(text)):
        ours, reference = both(version)
        assert ours == reference
        assert len(ours) > 500


def test_the_engines_agree_on_the_corpus():
    with CORPUS.open(encoding="utf-8") as lines:
        records = [json.loads(line) for number, line in enumerate(lines) if number % 5 == 0]
    differing = [
        segment["text"]
        for record in records
        for segment in record["segments"]
        if len(set(map(tuple, both(segment["text"])))) > 1
    ]
    assert len(records) > 100
    assert differing == []


@pytest.mark.skipif(not SEEDS.is_dir(), reason="no seeds beside the checkout")
def test_the_engines_agree_on_the_seeds():
    paths = sorted(SEEDS.glob("*.txt"))
    assert paths
    for path in paths:
        ours, reference = both(fold(read(path).text))
        assert ours == reference, path.name


@pytest.mark.parametrize("text", ["元素鿏和鿔的名称", "吉祥鿕鿖鿗号", "𠮷野家㐂寿司", "豈更車賈"])
def test_the_engines_agree_on_rare_ideographs(text):
    ours, reference = both(f"鹿溪县{text}公开")
    assert ours == reference


@settings(max_examples=50)
@given(
    st.text(
        st.sampled_from("政府信息公开条例行政复议申请的了在和市县全年一二三 12a。，"), max_size=60
    )
)
def test_the_engines_agree_on_words_thrown_together(text):
    ours, reference = both(text)
    assert ours == reference


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
@pytest.mark.parametrize(
    "word",
    [word for word, _ in domain_words()],
)
def test_domain_words_stay_whole(engine, word):
    assert tokenizer(engine)(word) == [word]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("鹿溪县依申请公开工作有序开展", ["依申请公开"]),
        ("全年主动公开信息三千条", ["主动公开"]),
        ("未发生行政复议和行政诉讼", ["行政复议", "行政诉讼"]),
        ("在政务微博和政务微信发布", ["政务微博", "政务微信"]),
    ],
)
def test_domain_words_stay_whole_in_a_sentence(sentence, words):
    assert set(words) <= set(tokenizer()(sentence))


def test_words_may_be_ones_own():
    word = "鹿溪柳岸通"
    plain, own = Tokenizer(words=()), Tokenizer(words=((word, None),))
    assert word not in plain(f"开通{word}平台")
    assert word in own(f"开通{word}平台")


@given(st.text(st.integers(0, 0x10FFFF).map(chr)))
def test_tokens_joined_give_the_text_without_blanks(text):
    assert "".join(tokenizer()(text)) == visible(text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_tokens_of_a_report_joined_give_it_without_blanks(path, engine):
    text = read(path).text
    assert "".join(tokenizer(engine)(text)) == visible(text)


def test_numbers_and_addresses_stay_whole():
    tokens = tokenizer()("共1,286条，占98.6%，见www.example.cn/list，邮箱a_b@example.cn")
    assert {"1,286", "98.6", "www.example.cn/list", "a_b@example.cn"} <= set(tokens)


def test_no_text_no_token():
    assert tokenizer()("") == tokenizer()(" \u3000\n") == []


def test_a_tokenizer_pickles():
    one = Tokenizer(words=(("鹿溪柳岸通", None), ("柳岸", 900)))
    back = pickle.loads(pickle.dumps(one))
    assert (back.engine, back.words, back.version) == (one.engine, one.words, one.version)
    text = "鹿溪柳岸通平台在柳岸镇上线。"
    assert back(text) == one(text)
    assert "鹿溪柳岸通" in back(text)


def test_the_reference_pickles_without_its_dictionary():
    one = tokenizer("jieba")
    assert len(pickle.dumps(one)) < 10_000
    assert one.__reduce__() == (Tokenizer, ("jieba", domain_words()))


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_two_tokenizers_do_not_share_their_words(engine):
    word = "柳岸云窗"
    own = Tokenizer(engine, words=((word, None),))
    assert word in own(f"登录{word}查询")
    assert word not in tokenizer(engine)(f"登录{word}查询")


@pytest.mark.parametrize("engine", ["rjieba", "jieba"])
def test_the_version_names_the_engine(engine):
    name, number = tokenizer(engine).version.split()
    assert name == engine
    assert number[0].isdigit()
