"""The words that say what a quantity counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..schema import Quantity
from ..text import unspaced
from . import context, denials

_LEAD = re.compile(
    r"\A(?:[一二三四五六七八九十]是|[(]|其中|另外?|此外|同时|截[至止](?:目前|年底)?|目前|分别|[、,和及与;:\"”)\]】]|(?:19|20)\d\d年度?|全年|本年度?|今年|年内|\d+月份?|为|的)+"
)
_TAIL = re.compile(
    r"(?:[共总合累]计|共有|共|约占|大约|约|将近|接近|近|逾|不?超过?|突破|至少|至多|不少于|不低于|不足|少于|"
    r"达到|达|分别|依次|(?<![日平月人年])均|各|为|是|计|有|了|仅|只|(?<=[百千])上|[(（“\"_【\[ :])\Z"
)
_SHARED = re.compile(r"(?:各|均为)[ (“\"]*\Z|、.*等(?:情况|情形|原因|事项)?\Z")
_SUM = re.compile(r"(?:共|总计|合计|共计)\Z")
_SPLIT = re.compile(r"、|和|(?<!涉)以?及|与")
_A_YEAR = re.compile(r"(?:19|20)\d\d年度?")
_SHARED_VERB = re.compile("公开|发布|推送|收到|受理|提交|提出|申请|举办")
_ONLY_VERB = re.compile(
    r"中?(?:[我本全该][\u4e00-\u9fa5]{1,3})?(?:共?(?:接到|收到|受理|召开|组织|举办|开展|发布|设立|建立|开通|发生|办理|接听|编发|制定|出台|印发|向|对|在|新增|安排|投入|拨付|明确|确定|指定|聘请|配备|开设|成立|设置|制发|参加|出席|回应|引起|引发|组织开展|刊发|推出|撰写|编写|办结|答复|处置|完成|实施|作出|主办|承办|调整|清理|编印|发放|抽查|检查))?\Z"
)
_AGENTS = re.compile("参加了?|接受了?")  # 各部门80余人参加了培训
_PREDICATE = re.compile("均|已|都|全|占|获|被")
_MAX_AFTER = 20  # characters of the noun that follows a number: 13个政务新媒体


@dataclass(frozen=True, slots=True)
class Subject:
    """What a quantity counts, and its sentence before and after; folded, without blanks.

    ``context`` is what came before the sentence: the heading and the sentence before it.
    """

    words: str
    frame: str
    rest: str = ""
    context: str = ""
    shared: bool = False  # one number for several things: 复议、诉讼各1件

    @property
    def clause(self) -> str:
        """The clause before the number, with those words of the subject that stand behind it."""
        before = self.frame.rpartition(",")[2]
        if self.words in before:
            return before
        shared = range(len(self.words), -1, -1)  # of 举办…培训班 the verb stands before
        return next(before + self.words[n:] for n in shared if before.endswith(self.words[:n]))


def find(folded: str, quantities: Sequence[Quantity], *, heading: str = "") -> list[Subject]:
    """Return the subject of each quantity of one folded text under `heading`, in their order."""
    subjects: list[Subject] = []
    for n, quantity in enumerate(quantities):
        sentence = context.sentence_before(folded, quantity.start)
        clause = context.clause_before(folded, quantity.start)
        if quantity.implicit:
            words = _denied(folded, quantities, n)
        else:
            words = _distributed(folded, quantities, n, sentence)
            words = words or _plain(folded, quantities, n, clause)
        if not words and subjects and not _SUM.search(clause) and _alike(quantities[n - 1 : n + 1]):
            words = subjects[-1].words  # 2014年公开1024条，2015年为1816条
        subjects.append(
            Subject(
                unspaced(words),
                unspaced(sentence),
                unspaced(context.sentence_after(folded, quantity.end)),
                heading + unspaced(_sentence_above(folded, quantity.start - len(sentence))),
                bool(_SHARED.search(clause)),
            )
        )
    return subjects


def _alike(pair: Sequence[Quantity]) -> bool:
    return len({(quantity.unit, quantity.implicit) for quantity in pair}) == 1


def _sentence_above(folded: str, at: int) -> str:
    """Return the sentence that ends straight before offset `at`."""
    return context.sentence_before(folded, max(at - 1, 0)) if at > 1 else ""


def _denied(folded: str, quantities: Sequence[Quantity], n: int) -> str:
    """The thing of a zero statement, without those its neighbours of the same denial deny."""
    quantity = quantities[n]
    start, end = quantity.start, quantity.end
    before, after = quantities[n - 1 : n] if n else (), quantities[n + 1 : n + 2]
    for previous in before:
        if previous.implicit and previous.start == start:
            start = previous.end
    for following in after:
        if following.implicit and following.end == end and following.start > start:
            end = following.start
    return _LEAD.sub("", denials.thing(folded[start:end])).strip("、和及与或 ")


def _plain(folded: str, quantities: Sequence[Quantity], n: int, clause: str) -> str:
    """The words before a number in its clause, or those after it where they name what it counts.

    ``3件维持、1件尚未审结``: where a number took the words behind it, so does the next one.
    """
    quantity = quantities[n]
    if n and quantity.start - quantities[n - 1].end < len(clause):
        clause = clause[len(clause) - max(quantity.start - quantities[n - 1].end, 0) :]
        taken = clause.strip("、和及 ")
        if (
            taken
            and taken == _following(folded, quantities[n - 1])
            and _is_named_after(folded, quantity)
        ):
            return _following(folded, quantity)
    words = _trim(clause)
    after = _following(folded, quantity)
    noun_of = words.endswith("的") and not _PREDICATE.match(after)
    if _ONLY_VERB.match(words) or noun_of or _AGENTS.match(after):
        words += after
    return words


def _is_named_after(folded: str, quantity: Quantity) -> bool:
    """Tell whether words of its own follow a number: not the end of its clause."""
    return bool(_following(folded, quantity))


def _distributed(folded: str, quantities: Sequence[Quantity], n: int, sentence: str) -> str:
    """``A、B分别为1件和2件``: the k-th number counts the k-th thing."""
    at = sentence.rfind("分别")
    if at < 0:
        return ""
    offset = quantities[n].start - len(sentence)
    first = n
    while first and quantities[first - 1].start >= offset + at:
        first -= 1
    between = folded[offset + at + 2 : quantities[first].start]
    if _leaves_list(folded, offset + at, quantities[first : n + 1]) or ";" in sentence[at:]:
        return ""
    head = context.clause_before(sentence, at)
    items = [item for item in _SPLIT.split(head) if item]
    if not all(map(_A_YEAR.fullmatch, items)):
        items = [item for item in _SPLIT.split(_LEAD.sub("", head)) if item]
    k = n - first
    if len(items) < 2 or k >= len(items):
        return ""
    suffix = _trim(between)
    if not suffix and len({len(item) for item in items[:-1]}) == 1:
        rest = items[-1][len(items[0]) :]
        suffix = rest if _SHARED_VERB.match(rest) else ""
    return items[k] if items[k].endswith(suffix) else items[k] + suffix


def _leaves_list(folded: str, start: int, quantities: Sequence[Quantity]) -> bool:
    """Tell whether a comma stands between the words and figures of a list."""
    for quantity in quantities:
        if "," in folded[start : quantity.start]:
            return True
        start = quantity.end
    return False


def _following(folded: str, quantity: Quantity) -> str:
    rest = context.clause_after(folded, quantity.end)[:_MAX_AFTER]
    return re.split(r"[、\d中(]", rest.removeprefix("的"))[0].rstrip("和及与以")


def _trim(clause: str) -> str:
    words = _LEAD.sub("", clause.strip()).strip()
    while tail := _TAIL.search(words):  # one word at a time: a repeated group would backtrack
        words = words[: tail.start()]
    return words
