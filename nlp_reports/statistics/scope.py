"""Whether a mention speaks of the report's own year and of the report's own issuer."""

from __future__ import annotations

import re
from functools import cache

from .. import lexicon
from .subjects import Subject

_YEAR = re.compile(r"((?:19|20)\d\d)年")
_LONGEST_NAME = 10


@cache
def _times(time: str, reach: str) -> re.Pattern[str]:
    return lexicon.either(lexicon.column("times", "pattern", time=time, reach=reach))


@cache
def _bodies(role: str) -> re.Pattern[str]:
    return lexicon.either(lexicon.column("bodies", "pattern", role=role))


@cache
def _actor() -> re.Pattern[str]:
    """The name of a body, straight before what it does."""
    name, act = _bodies("name").pattern, _bodies("act").pattern
    return re.compile(rf"([\u4e00-\u9fa5]{{1,{_LONGEST_NAME}}}?(?:{name}))(?={act})")


def is_other_time(subject: Subject, year: int | None) -> bool:
    """Tell whether a mention speaks of another time than the reported year.

    Words of its own clause decide first, then the last word of time before it in its sentence; a
    year that the reported one is compared with speaks for its own clause only.
    """
    if year and (dealt := _YEAR.match(subject.words)):  # 2015年、2016年分别公开…
        return int(dealt.group(1)) != year
    around = subject.clause
    if _times("own", "clause").search(around):
        return False
    if _times("other", "clause").search(around):
        return True
    before, _, clause = subject.frame.rpartition(",")
    before = _times("compared", "clause").sub("", before)
    sentence = f"{before},{clause}"
    said = [(m.end(), int(m.group(1)) != year) for m in _YEAR.finditer(sentence) if year]
    said += [(m.end(), True) for m in _times("other", "sentence").finditer(sentence)]
    said += [(m.end(), False) for m in _times("own", "sentence").finditer(sentence)]
    return max(said)[1] if said else False


def is_other_body(subject: Subject, issuer: str | None) -> bool:
    """Tell whether a mention speaks of another body than the issuer, of several, or of a part."""
    clause = subject.clause
    if _bodies("other").search(clause):
        return True
    if _bodies("part").search(subject.frame + subject.words):
        return True
    aside = ",".join(subject.rest.split(",")[:3])
    if _bodies("aside").search(aside):
        return True
    body = _actor().search(clause)
    if not body or _bodies("own").search(body.group(1)):
        return False
    name = body.group(1)
    if issuer:
        return not (issuer in name or _abbreviates(name, issuer))
    others = set(_actor().findall(subject.frame + subject.rest))
    return len(others) > 1 or not name.endswith(("县", "区", "市"))


def is_of_some(subject: Subject) -> bool:
    """Tell whether a denial speaks of some of many bodies: ``有3个县(区)全年未举办新闻发布会``."""
    return bool(_bodies("some").search(subject.frame))


def _abbreviates(name: str, issuer: str) -> bool:
    """``市人社局`` is 某市人力资源和社会保障局: its characters stand there in this order."""
    at = [issuer.find(name[0])]
    for char in name[1:]:
        at.append(issuer.find(char, at[-1] + 1))
    return -1 not in at
