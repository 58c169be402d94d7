"""What a report says of itself: title, issuer, year, period, publication date."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from .. import numerals
from ..schema import Period
from ..text import fold, squeeze, unspaced

_YEAR = r"(?:\d{4}|二[〇零O0一二三四五六七八九]{3})"
_TITLE = re.compile(
    r"(?:政府信息|信息公开|政务公开|公开).{0,16}(?:年度?报告|年报|报告|总结)(?:[(].{1,12}[)])?\Z|年度报告\Z"
)
_TITLE_YEAR = re.compile(rf"(?:{_YEAR}(?:年?[-—~至]+))?({_YEAR})(?:学年|年度?|度)")
_SUBJECT = re.compile(
    r"(?:政府|[政校院厂村党企警检]务)?信息公开|[政校院厂村党企警检]务公开|政府信息"
)
_ORGANISATION = (
    "人民政府|政府办公[室厅]|管理委员会|管委会|委员会|办公[室厅]|办事处|政府|[厅局]|支队|总队|[大中小]学|"
    "学院|医院|公司|集团|中心|[镇乡]|街道|委|法院|检察院|协会|馆|站|所|队"
)
ORGANISATION = re.compile(rf"[\u4e00-\u9fa5]{{0,28}}(?:{_ORGANISATION})")
_ISSUER_IN_TEXT = (
    re.compile(r"填报单位(?:[(]盖章[)])?[:](?P<issuer>[\u4e00-\u9fa5()]{2,40})"),
    re.compile(
        rf"\d{{4}}年(?:度|来)?,(?P<issuer>[\u4e00-\u9fa5]{{2,28}}?(?:{_ORGANISATION}))"
        r"(?=按照|根据|认真|在|深入|严格|坚持|积极|高度|以|切实|紧紧|全面|不断|始终|贯彻|围绕|依法|进一步)"
    ),
    re.compile(rf"由(?P<issuer>[\u4e00-\u9fa5]{{2,28}}?(?:{_ORGANISATION}))(?:负责)?编制"),
    re.compile(rf"与(?P<issuer>[\u4e00-\u9fa5]{{2,28}}?(?:{_ORGANISATION}))联系"),
)
_VAGUE = re.compile(r"本|我|各|该|有关|上级|以下")

_TWO = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"({_YEAR}) *[年./-] *({_TWO}) *[月./-] *({_TWO}) *日?"
# A date that signs off, alone or behind the body's name; and one under a title.
_SIGNED = re.compile(rf"(?:[\u4e00-\u9fa5]{{2,30}} +|\()?{_DATE}(?:\)| +\d{{1,2}}:.*)?")
_UNDER_TITLE = re.compile(rf"\(?{_DATE}(?:\)|(?: +\d{{1,2}}:\d{{2}}.*)|)\Z")
_DATE_LINE = re.compile(_DATE)
_MONTH = rf"(元|{_TWO})[月./-](?:({_TWO})[日号]?)?"
_HOUR = r"(?:(?:零|0|24|二十四)[时点])?"
# 自2018年1月1日起至12月31日止, 起于…,止于…, 从2021年元月1日到同年12月31日, 2016年1月至12月: on text without blanks.
_PERIOD = re.compile(
    rf"({_YEAR})[年./-](?:(元旦)|{_MONTH}){_HOUR}(?:起算?|开始|始|算起|起?统计)?[,;]?"
    rf"(?:至|到|—+|-+|~|截[至止]到?|止于|终于){{1,2}}"
    rf"(?:(?:({_YEAR})|同|当|本)[年./-])?{_MONTH}"
)
_WHOLE_YEAR = re.compile(
    rf"(?:期限|时限|时段|时间|期间|区间|年限|周期)(?:为|是|:)?({_YEAR})年(?:度)?全年"
)
_PUBLISHED = (
    re.compile(rf"(?:发布|公布|公开) *(?:时间|日期|于) *[:】\]]* *{_DATE}"),
    re.compile(rf"(?:发文|成文|生成) *日期 *[:】\]]* *{_DATE}"),
)
_PUBLISHER = re.compile(r"(?:发布|公开|发文)(?:机构|机关|单位)[:】\]]*([\u4e00-\u9fa5]{2,30})\Z")
_SHORTEST_PERIOD = 80  # days; a quarter of a new body is the shortest period seen


def is_title(text: str) -> bool:
    """Tell whether the joined lines of a page head read as a report's title."""
    bare = squeeze(text)
    return 6 <= len(bare) <= 60 and not re.search(r"[。;,:]", bare) and bool(_TITLE.search(bare))


def issuer_of(title: str) -> str | None:
    """Return the body a title names, without its year, or None when it names none.

    >>> issuer_of("工农区人民政府关于2018年度政府信息公开工作的报告")
    '工农区人民政府'
    """
    bare = unspaced(title)
    match = _SUBJECT.search(bare)
    head = bare[: match.start()] if match else bare
    if head.endswith("人民") and match and match.group().startswith("政府"):
        head += "政府"
    year = rf"[(（]?{_YEAR}(?:年?[-—~～至]+{_YEAR})?(?:学年度?|年度?|度)?[)）]?"
    spans = [match.span() for match in re.finditer(year, fold(head))]
    for start, end in reversed(spans):  # found in the fold, cut out of the text as printed
        head = head[:start] + head[end:]
    head = re.sub(r"\A[《〈]?(?:关于)?|关于\Z", "", head).strip("的()（）《》【】-—")
    return head if 2 <= len(head) <= 40 and re.match(r"[\u4e00-\u9fa5]", head) else None


def issuer_in(texts: Iterable[str], foot: Iterable[str]) -> str | None:
    """Return the issuer that captions, the sign-off (`foot`) or the preface (`texts`) name."""
    bare = [squeeze(text) for text in texts]
    caption, *others = _ISSUER_IN_TEXT
    signs = [text for line in foot if ORGANISATION.fullmatch(text := squeeze(line))]
    for text in bare:
        if match := caption.search(text):
            return match.group("issuer")
    if signs:
        return signs[-1]
    for pattern in others:
        for text in bare:
            match = pattern.search(text)
            if match and not _VAGUE.match(match.group("issuer")):
                return match.group("issuer")
    return None


def year_of(title: str | None, period: Period | None, preface: Iterable[str]) -> int | None:
    """Return the reported year: the period's last, else the title's, else the preface's first."""
    if period:
        return period.end.year
    for text in ([title] if title else []) + list(preface):
        if match := _TITLE_YEAR.search(squeeze(text)):
            return _year(match.group(1))
    return None


def _year(text: str) -> int:
    """``2018``, ``二〇一八``, ``二O一八``."""
    return int(numerals.parse(re.sub("[O0]", "〇", text) if text[0] == "二" else text))


def period_in(texts: Iterable[str]) -> Period | None:
    """Return the first stated range of dates that is long enough to be a statistical period.

    `texts` are folded and without blanks. A month without a day counts whole.
    """
    for text in texts:
        for match in _PERIOD.finditer(text):
            period = _period(*match.groups())
            if period and (period.end - period.start).days >= _SHORTEST_PERIOD:
                return period
        if whole := _WHOLE_YEAR.search(text):
            return _period(whole.group(1), None, "1", "1", None, "12", "31")
    return None


def _period(
    year: str, new_year: str | None, month: str | None, day: str | None,
    last_year: str | None, last_month: str, last_day: str | None,
) -> Period | None:  # fmt: skip
    start = _date(year, "1" if new_year else month or "1", day or "1")
    end = _date(last_year or year, last_month, last_day or "1")
    if end and last_day is None:
        end = end.replace(day=monthrange(end.year, end.month)[1])
    return Period(start, end) if start and end else None


def published_in(head: Iterable[str], foot: Iterable[str]) -> date | None:
    """Return the date of publication: from the page's own block, else a date that signs off."""
    block = list(head)
    for pattern in _PUBLISHED:
        for text in block:
            if match := pattern.search(text):
                return _date(*match.groups())
    for text in [line for line in block if is_date_under_title(line)] + list(foot):
        if match := _SIGNED.fullmatch(text):
            return _date(*match.groups())
    return None


def publisher_in(head: Iterable[str]) -> str | None:
    """Return the body that a page's own block names as its publisher."""
    for line in head:
        match = _PUBLISHER.match(squeeze(line))
        if match and ORGANISATION.fullmatch(match.group(1)):
            return match.group(1)
    return None


def is_date_under_title(text: str) -> bool:
    """Tell whether a folded line is a date as pages print it under a title, with the hour or not."""
    return bool(_UNDER_TITLE.match(text))


def is_date(text: str) -> bool:
    """Tell whether a folded line is a date and nothing else."""
    return bool(_DATE_LINE.fullmatch(text))


def _date(year: str, month: str, day: str) -> date | None:
    try:
        months = "1" if month == "元" else month
        return date(_year(year), *(int(numerals.parse(part)) for part in (months, day)))
    except ValueError:
        return None
