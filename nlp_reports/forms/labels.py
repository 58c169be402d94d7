"""Which official label a piece of text is: a row's, a column's or a block's name in a form.

Labels are compared by their key: the words alone, without numbering, notes in brackets,
punctuation and blanks. Other wordings seen in real reports are in ``resources/form_labels.tsv``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .. import catalogue, lexicon
from ..text import squeeze

APPLICANTS = {
    "自然人": "natural_person",
    "商业企业": "legal.business",
    "科研机构": "legal.research",
    "社会公益组织": "legal.public_welfare",
    "法律服务机构": "legal.legal_service",
    "其他": "legal.other",
    "总计": "total",
}

# Words that head columns or rows of the forms beside the labels of indicators.
STRUCTURE = (
    "统计指标", "单位", "统计数", "序号", "备注", "信息内容", "申请人情况", "法人或其他组织",
    "本列数据的勾稽关系为第一项加第二项之和等于第三项加第四项之和",
)  # fmt: skip
# What the forms print in brackets behind a label.
NOTES = {
    "主动公开政府信息数": "不同渠道和方式公开相同信息计1条",
    "回应公众关注热点或重大舆情数": "不同方式回应同一热点或舆情计1次",
    "专职人员数": "不包括政府公报及政府网站工作人员数",
    "政府信息公开专项经费": "不包括用于政府公报编辑管理及政府网站建设维护等方面的经费",
    "部分公开": "区分处理的只计这一情形不计其他情形",
    "本年收费金额": "单位万元",
}
_NUMBER = r"(?:[(]?[一二三四五六七八九十]{1,3}[)、.]+|[(]?\d{1,2}(?:[)、.]+(?!\d)|(?=[\u4e00-\u9fa5]))|[㈠-㈩⑴-⒇①-⑳])"
_NUMBERING = re.compile(rf"(?:{_NUMBER}|其中[:、,]?|[:、.])+")
_ITEM = re.compile(r"第二十条第[(]?([一二三四五六七八九])[)]?项\W*\Z")
_NOTE = re.compile(r"[(\[][^()\[\]]*(?:[)\]]|\Z)")  # one that a line cut off has no end
_WORDS = re.compile(r"[^\u4e00-\u9fa5a-zA-Z0-9]+")
# Characters that turn a label into another: 上年 is not 本年, 未按时 is not 按时.
_TELLING = frozenset("不未非无应本上下去今前明后新旧增减已可能主依全部总各其他一二三四五六七八九十")
NUMERALS = frozenset("一二三四五六七八九十0123456789")
_MAX_TEXT = 400  # characters of a cell looked at: two labels with notes and blanks have under 200
_MAX_LABEL = 60  # characters of a cell of one or two labels; the longest label has 37
_MIN_FUZZY = 4  # characters of a label below which one wrong character leaves too little of it


@lru_cache(maxsize=16384)
def key(text: str) -> str:
    """Return the words of a label: ``（二）申请办结数（含上年）`` as ``申请办结数``."""
    folded = squeeze(text[:_MAX_TEXT])
    if item := _ITEM.match(folded):
        return f"第二十条第{item.group(1)}项"
    unnumbered = bare = _unnumbered(folded)
    while bare != (bare := _NOTE.sub("", bare)):  # notes may hold notes
        pass
    return _WORDS.sub("", bare) or _WORDS.sub("", unnumbered)


def is_item(label: str) -> bool:
    """Tell whether a label is that of a block of part 二: 第二十条第（一）项."""
    return label.startswith("第二十条")


def words(text: str) -> str:
    """Return the words of a text and nothing between them."""
    return _WORDS.sub("", squeeze(text))


def number(text: str) -> str:
    """Return the numbering of a label as bare numerals, empty when it has none: ``（二）`` as ``二``."""
    folded = squeeze(text[:_MAX_TEXT])
    return _WORDS.sub("", folded[: len(folded) - len(_unnumbered(folded))]).removesuffix("其中")


def _unnumbered(folded: str) -> str:
    numbering = _NUMBERING.match(folded)
    return folded[numbering.end() :] if numbering else folded


@cache
def aliases() -> dict[str, str]:
    """Return the keys of other wordings, each with the key of the official label."""
    return {key(row["alias"]): key(row["label"]) for row in lexicon.table("form_labels")}


@cache
def official() -> frozenset[str]:
    """Return the key of every label of the forms."""
    steps = {
        key(step)
        for indicator in catalogue.indicators()
        for path in indicator.paths
        for step in path
    }
    return frozenset(steps | set(APPLICANTS) | set(STRUCTURE))


@lru_cache(maxsize=16384)
def is_piece(text: str) -> bool:
    """Tell whether a text is a piece of a label or its note, as a margin tore it: ``法提供``."""
    return any(
        bool(torn) and torn in label + NOTES.get(label, "")
        for torn in {words(text), key(text)}
        for label in official()
    )


@lru_cache(maxsize=16384)
def find(text: str) -> tuple[str, ...]:
    """Return the official labels a cell is made of, outermost first; empty when it is none.

    A cell holds one label as a rule, two where a lost rule fused them. One wrong, missing or
    surplus character is forgiven where only one label is that near.
    """
    words = key(text)
    if not words or len(words) > _MAX_LABEL:
        return ()
    whole = exact(text)
    return (whole,) if whole else _fused(words) or _near(words)


def exact(text: str) -> str | None:
    """Return the official label a text is, to the letter or in another wording."""
    words = key(text)
    return words if words in official() else aliases().get(words)


def _fused(words: str) -> tuple[str, ...]:
    """The labels that follow each other in `words` with nothing but their numbers between."""
    found = []
    at = 0
    while at < len(words):
        end = next((e for e in range(len(words), at + 1, -1) if words[at:e] in official()), None)
        if end:
            found.append(words[at:end])
            at = end
        elif words[at] in NUMERALS and at + 1 < len(words):
            at += 1
        else:
            return ()
    return tuple(found)


def _near(words: str) -> tuple[str, ...]:
    if len(words) < _MIN_FUZZY or is_piece(words):  # 反复申请 is the end of a label, not 重复申请
        return ()
    lengths = range(len(words) - 1, len(words) + 2)
    near = [label for n in lengths for label in _by_length().get(n, ()) if _is_slip(words, label)]
    return (near[0],) if len(near) == 1 else ()


@cache
def _by_length() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for label in sorted(official()):
        found.setdefault(len(label), []).append(label)
    return found


def _is_slip(words: str, label: str) -> bool:
    """Tell whether `words` are `label` with one character lost, surplus or wrong by mistake."""
    same = next((n for n, (a, b) in enumerate(zip(words, label, strict=False)) if a != b), None)
    if same is None:
        same = min(len(words), len(label))
    here, there = (len(words) >= len(label)), (len(label) >= len(words))
    if words[same + here :] != label[same + there :]:
        return False
    return not _TELLING.intersection(words[same : same + here] + label[same : same + there])
