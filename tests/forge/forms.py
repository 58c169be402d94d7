"""The official tables: their figures drawn, printed and laid out, the truth, and ways to spoil them.

``tables(form, values(form, rng, style), variant)`` gives the tables, ``truth`` what a reader must
find in them. A spoiler is ``(Form, Random) -> Form``; the truth follows, for every cell that holds a
figure knows which. ``\\n`` in a cell's text is a line break inside the cell.

Layout and labels: the templates of 国办发〔2014〕32号, 国办公开办函〔2019〕60号 and 〔2021〕30号.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from forge.model import Cell, Form, TrueCell

FORMS = ("form-2014", "form-2019", "form-2021")
VARIANTS = ("official", "apart", "aside")

Key = tuple[str, str | None]
Values = dict[Key, str]
Figures = dict[Key, Decimal]
Grid = list[list[Cell]]


@dataclass(frozen=True)
class Label(Cell):
    """The cell that names a row of figures."""


@dataclass(frozen=True)
class Answer(Cell):
    """A cell that holds a figure. ``doubtful``: the row's label is spoilt, it may go unread."""

    indicator: str = ""
    column: str | None = None
    unit: str | None = None
    doubtful: bool = False


@dataclass(frozen=True)
class Local(Cell):
    """A figure of a row that no official form has."""

    label: str = ""


# ---------------------------------------------------------------------------------------------
# The templates

# level | label | unit | indicator; ⏎ is a line break.
_ROWS_2014 = """\
0|一、主动公开情况|——|
1|（一）主动公开政府信息数⏎（不同渠道和方式公开相同信息计1条）|条|proactive.total
3|其中：主动公开规范性文件数|条|proactive.normative.published
4|制发规范性文件总数|件|proactive.normative.issued
1|（二）通过不同渠道和方式公开政府信息的情况|——|
2|1.政府公报公开政府信息数|条|proactive.by_channel.gazette
2|2.政府网站公开政府信息数|条|proactive.by_channel.website
2|3.政务微博公开政府信息数|条|proactive.by_channel.weibo
2|4.政务微信公开政府信息数|条|proactive.by_channel.wechat
2|5.其他方式公开政府信息数|条|proactive.by_channel.other
0|二、回应解读情况|——|
1|（一）回应公众关注热点或重大舆情数⏎（不同方式回应同一热点或舆情计1次）|次|response.hot_topics
1|（二）通过不同渠道和方式回应解读的情况|——|
2|1.参加或举办新闻发布会总次数|次|response.press_conferences
3|其中：主要负责同志参加新闻发布会次数|次|response.press_conferences.by_head
2|2.政府网站在线访谈次数|次|response.online_interviews
3|其中：主要负责同志参加政府网站在线访谈次数|次|response.online_interviews.by_head
2|3.政策解读稿件发布数|篇|response.interpretations
2|4.微博微信回应事件数|次|response.weibo_wechat
2|5.其他方式回应事件数|次|response.other
0|三、依申请公开情况|——|
1|（一）收到申请数|件|requests.received
2|1.当面申请数|件|requests.received.in_person
2|2.传真申请数|件|requests.received.fax
2|3.网络申请数|件|requests.received.online
2|4.信函申请数|件|requests.received.letter
1|（二）申请办结数|件|requests.concluded
2|1.按时办结数|件|requests.concluded.on_time
2|2.延期办结数|件|requests.concluded.extended
1|（三）申请答复数|件|requests.answered
2|1.属于已主动公开范围数|件|requests.answered.already_public
2|2.同意公开答复数|件|requests.answered.granted
2|3.同意部分公开答复数|件|requests.answered.partial
2|4.不同意公开答复数|件|requests.answered.refused
3|其中：涉及国家秘密|件|requests.answered.refused.state_secret
4|涉及商业秘密|件|requests.answered.refused.trade_secret
4|涉及个人隐私|件|requests.answered.refused.privacy
4|危及国家安全、公共安全、经济安全和社会稳定|件|requests.answered.refused.safety_stability
4|不是《条例》所指政府信息|件|requests.answered.refused.not_government_information
4|法律法规规定的其他情形|件|requests.answered.refused.other_legal
2|5.不属于本行政机关公开数|件|requests.answered.not_this_agency
2|6.申请信息不存在数|件|requests.answered.not_existing
2|7.告知作出更改补充数|件|requests.answered.need_clarification
2|8.告知通过其他途径办理数|件|requests.answered.other_procedure
0|四、行政复议数量|件|review.total
1|（一）维持具体行政行为数|件|review.upheld
1|（二）被依法纠错数|件|review.corrected
1|（三）其他情形数|件|review.other
0|五、行政诉讼数量|件|litigation.total
1|（一）维持具体行政行为或者驳回原告诉讼请求数|件|litigation.upheld
1|（二）被依法纠错数|件|litigation.corrected
1|（三）其他情形数|件|litigation.other
0|六、举报投诉数量|件|complaints.total
0|七、依申请公开信息收取的费用|万元|fees.collected
0|八、机构建设和保障经费情况|——|
1|（一）政府信息公开工作专门机构数|个|organization.agencies
1|（二）设置政府信息公开查阅点数|个|organization.reading_points
1|（三）从事政府信息公开工作人员数|人|organization.staff
2|1.专职人员数（不包括政府公报及政府网站工作人员数）|人|organization.staff.full_time
2|2.兼职人员数|人|organization.staff.part_time
1|（四）政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）|万元|organization.budget
0|九、政府信息公开会议和培训情况|——|
1|（一）召开政府信息公开工作会议或专题会议数|次|meetings.total
1|（二）举办各类培训班数|次|training.sessions
1|（三）接受培训人员数|人次|training.attendees
"""

_ITEMS = "items_last_year 上一年项目数量 项,items_change 本年增/减 项,decisions 处理决定数量 件"

# Blocks of part 二: item of article 20 | columns (id, header, unit) | rows (id, label).
_BLOCKS = {
    "form-2019": f"""\
一|made 本年新制作数量 件,published 本年新公开数量 件,published_total 对外公开总数量 件|art20_1.rules 规章,art20_1.normative 规范性文件
五|{_ITEMS}|art20_5.permits 行政许可,art20_5.other_services 其他对外管理服务事项
六|{_ITEMS}|art20_6.penalties 行政处罚,art20_6.coercion 行政强制
八|items_last_year 上一年项目数量 项,items_change 本年增/减 项|art20_8.fees 行政事业性收费
九|projects 采购项目数量 个,amount 采购总金额 |art20_9.procurement 政府集中采购
""",
    "form-2021": """\
一|issued 本年制发件数 件,repealed 本年废止件数 件,in_force 现行有效件数 件|art20_1.rules 规章,art20_1.normative 行政规范性文件
五|decisions 本年处理决定数量 件|art20_5.permits 行政许可
六|decisions 本年处理决定数量 件|art20_6.penalties 行政处罚,art20_6.coercion 行政强制
八|amount 本年收费金额（单位：万元） 万元|art20_8.fees 行政事业性收费
""",
}
# Headers that say the unit where the official ones are silent, or say more than the unit.
_OTHER_HEADERS = {
    "采购总金额": ("采购总金额（万元）", "万元"),
    "本年收费金额（单位：万元）": ("本年收费金额（单位：万元，保留4位小数）", "万元"),
}

_APPLICANTS = {
    "natural_person": "自然人",
    "legal.business": "商业企业",
    "legal.research": "科研机构",
    "legal.public_welfare": "社会公益组织",
    "legal.legal_service": "法律服务机构",
    "legal.other": "其他",
}
COLUMNS = (*_APPLICANTS, "total")

# Part 三, outcomes: group | label | indicator below requests.outcome; {} is the 2021 split.
_OUTCOMES = """\
|（一）予以公开|granted
|（二）部分公开（区分处理的，只计这一情形，不计其他情形）|partial
（三）不予公开|1.属于国家秘密|refused.state_secret
（三）不予公开|2.其他法律行政法规禁止公开|refused.other_law
（三）不予公开|3.危及“三安全一稳定”|refused.safety_stability
（三）不予公开|4.保护第三方合法权益|refused.third_party
（三）不予公开|5.属于三类内部事务信息|refused.internal_affairs
（三）不予公开|6.属于四类过程性信息|refused.process
（三）不予公开|7.属于行政执法案卷|refused.enforcement_file
（三）不予公开|8.属于行政查询事项|refused.inquiry
（四）无法提供|1.本机关不掌握相关政府信息|unavailable.not_held
（四）无法提供|2.没有现成信息需要另行制作|unavailable.must_be_made
（四）无法提供|3.补正后申请内容仍不明确|unavailable.still_unclear
（五）不予处理|1.信访举报投诉类申请|not_processed.petition
（五）不予处理|2.重复申请|not_processed.repeated
（五）不予处理|3.要求提供公开出版物|not_processed.publication
（五）不予处理|4.无正当理由大量反复申请|not_processed.excessive
（五）不予处理|5.要求行政机关确认或重新出具已获取信息|not_processed.confirmation
"""
_OTHER_OUTCOMES = {
    "form-2019": "|（六）其他处理|other\n",
    "form-2021": """\
（六）其他处理|1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请|other.not_corrected
（六）其他处理|2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请|other.fee_unpaid
（六）其他处理|3.其他|other.other
""",
}
_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"

_RESULTS = {
    "upheld": "结果维持",
    "corrected": "结果纠正",
    "other": "其他结果",
    "pending": "尚未审结",
    "total": "总计",
}
_DISPUTES = ("review", "litigation.direct", "litigation.after_review")


def _records(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.splitlines()]


def _outcomes(form: str) -> list[list[str]]:
    return _records(_OUTCOMES + _OTHER_OUTCOMES[form])


def _blocks(form: str) -> Iterator[tuple[str, list[list[str]], list[list[str]]]]:
    """Yield the item, its columns (id, header, unit) and its rows (id, label)."""
    for item, columns, rows in _records(_BLOCKS[form]):
        yield (
            item,
            [column.split(" ") for column in columns.split(",")],
            [row.split(" ") for row in rows.split(",")],
        )


# ---------------------------------------------------------------------------------------------
# The figures: every identity of the forms holds


class _Drawer:
    """Draws numbers that differ from the last ones drawn, so that a shifted cell shows."""

    def __init__(self, rng: Random, scale: int, zero: float) -> None:
        self.rng, self.scale, self.zero = rng, scale, zero
        self._recent: deque[int] = deque(maxlen=8)

    def some(self, times: int = 1) -> Decimal:
        if self.rng.random() < self.zero:
            return Decimal(0)
        number = 0
        for _ in range(20):
            number = self.rng.randint(1, self.scale * times)
            if number not in self._recent:
                break
        self._recent.append(number)
        return Decimal(number)

    def upto(self, most: Decimal) -> Decimal:
        return Decimal(self.rng.randint(0, int(most)))

    def money(self, places: int) -> Decimal:
        return self.some(200) * 137 / Decimal(10) ** places


def _with_sum(figures: dict[str, Decimal], whole: str, parts: str, draw: _Drawer) -> None:
    """Draw the parts that are not yet there, and sum them up."""
    names = [f"{whole}.{part}" for part in parts.split()]
    for name in names:
        figures.setdefault(name, draw.some())
    figures[whole] = sum((figures[name] for name in names), Decimal(0))


def _figures_2014(draw: _Drawer) -> Figures:
    found: dict[str, Decimal] = {}
    _publish(found, draw)
    _respond(found, draw)
    reasons = "state_secret trade_secret privacy safety_stability not_government_information"
    _with_sum(found, "requests.answered.refused", f"{reasons} other_legal", draw)
    answers = "already_public granted partial refused not_this_agency not_existing"
    _with_sum(found, "requests.answered", f"{answers} need_clarification other_procedure", draw)
    _split(found, "requests.concluded", ("on_time", "extended"), found["requests.answered"], draw)
    received = found["requests.concluded"] + draw.some()
    _split(found, "requests.received", ("in_person", "fax", "online", "letter"), received, draw)
    for whole, parts in (
        ("review", "upheld corrected other"),
        ("litigation", "upheld corrected other"),
        ("organization.staff", "full_time part_time"),
    ):
        _with_sum(found, whole, parts, draw)
    for dispute in ("review", "litigation"):
        found[f"{dispute}.total"] = found.pop(dispute)
    for name in ("complaints.total", "organization.agencies", "organization.reading_points",
                 "meetings.total", "training.sessions"):  # fmt: skip
        found[name] = draw.some()
    found["training.attendees"] = draw.some(20)
    found["fees.collected"] = draw.money(4)
    found["organization.budget"] = draw.money(2)
    return {(name, None): number for name, number in found.items()}


def _publish(found: dict[str, Decimal], draw: _Drawer) -> None:
    """Channels overlap: the largest of them ≤ the total ≤ their sum."""
    for channel in ("gazette", "website", "weibo", "wechat", "other"):
        found[f"proactive.by_channel.{channel}"] = draw.some(60)
    channels = list(found.values())
    most = max(channels)
    found["proactive.total"] = most + draw.upto(sum(channels, Decimal(0)) - most)
    found["proactive.normative.published"] = min(draw.some(3), found["proactive.total"])
    found["proactive.normative.issued"] = draw.some(4)


def _respond(found: dict[str, Decimal], draw: _Drawer) -> None:
    for event in ("press_conferences", "online_interviews"):
        found[f"response.{event}"] = draw.some()
        found[f"response.{event}.by_head"] = draw.upto(found[f"response.{event}"])
    for event in ("hot_topics", "interpretations", "weibo_wechat", "other"):
        found[f"response.{event}"] = draw.some(2)


def _split(
    found: dict[str, Decimal], whole: str, parts: tuple[str, ...], total: Decimal, draw: _Drawer
) -> None:
    found[whole] = left = total
    for part in parts[:-1]:
        found[f"{whole}.{part}"] = draw.upto(left)
        left -= found[f"{whole}.{part}"]
    found[f"{whole}.{parts[-1]}"] = left


def _figures_since_2019(form: str, draw: _Drawer) -> Figures:
    return {
        **{(name, None): number for name, number in _published(form, draw).items()},
        **_requested(form, draw),
        **{(name, None): number for name, number in _disputed(draw).items()},
    }


def _published(form: str, draw: _Drawer) -> dict[str, Decimal]:
    found = {}
    for item, columns, rows in _blocks(form):
        for (row, _), (column, *_) in ((r, c) for r in rows for c in columns):
            found[f"{row}.{column}"] = draw.money(4) if column == "amount" else draw.some(9)
        for row, _ in rows:
            if item == "一":  # what was made is among what is in force
                found[f"{row}.{columns[-1][0]}"] += found[f"{row}.{columns[0][0]}"]
            if f"{row}.items_change" in found:
                found[f"{row}.items_change"] = _change(found[f"{row}.items_last_year"], draw)
    return found


def _change(before: Decimal, draw: _Drawer) -> Decimal:
    return -draw.upto(before) if draw.rng.random() < 0.6 else draw.some()


def _requested(form: str, draw: _Drawer) -> Figures:
    found: Figures = {}
    outcomes = [f"requests.outcome.{name}" for _, _, name in _outcomes(form)]
    for outcome in outcomes:
        for column in _APPLICANTS:
            found[outcome, column] = draw.some(3 if column == "natural_person" else 1)
    for column in _APPLICANTS:
        total = sum((found[outcome, column] for outcome in outcomes), Decimal(0))
        carried_out = draw.some(2)
        carried_in = draw.upto(total + carried_out)
        found["requests.outcome.total", column] = total
        found["requests.carried_out", column] = carried_out
        found["requests.carried_in", column] = carried_in
        found["requests.new", column] = total + carried_out - carried_in
    for row in dict.fromkeys(name for name, _ in found):
        found[row, "total"] = sum((found[row, column] for column in _APPLICANTS), Decimal(0))
    return found


def _disputed(draw: _Drawer) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for dispute in _DISPUTES:
        _with_sum(found, dispute, "upheld corrected other pending", draw)
        found[f"{dispute}.total"] = found.pop(dispute)
    return found


# ---------------------------------------------------------------------------------------------
# The figures printed


def _plain(number: Decimal, indicator: str, unit: str) -> str:
    return f"{number:f}"


def _comma(number: Decimal, indicator: str, unit: str) -> str:
    return f"{number:,f}"


def _wide_comma(number: Decimal, indicator: str, unit: str) -> str:
    return _comma(number, indicator, unit).replace(",", "，")


def _spaced(number: Decimal, indicator: str, unit: str) -> str:
    return _comma(number, indicator, unit).replace(",", " ")


def _full_width(number: Decimal, indicator: str, unit: str) -> str:
    return _plain(number, indicator, unit).translate(
        str.maketrans("0123456789.-", "０１２３４５６７８９．－")
    )


def _with_unit(number: Decimal, indicator: str, unit: str) -> str:
    """Money in 元: its column says 万元 or nothing, and the cell is right."""
    return f"{int(number * 10000)}元" if unit in ("万元", "") else f"{number:f}{unit}"


def _signed(number: Decimal, indicator: str, unit: str) -> str:
    is_signed = number and indicator.endswith("items_change")
    return f"{number:+f}".replace("-", "－") if is_signed else f"{number:f}"


def _spelt_sign(number: Decimal, indicator: str, unit: str) -> str:
    """Only 本年增/减 is negative: 减3."""
    return f"{number:f}".replace("-", "减")


@dataclass(frozen=True)
class Style:
    """How large the figures are (``scale``, share of zeros) and how they are printed.

    ``marks`` stand at ``rate`` in place of the figures that ``where`` names: any, zero, part, total.
    """

    scale: int = 60
    zero: float = 0.03
    show: Callable[[Decimal, str, str], str] = _plain
    marks: tuple[str, ...] = field(default=())
    rate: float = 0.3
    where: str = "any"


STYLES = {
    "village": Style(scale=3, zero=0.4),
    "county": Style(),
    "city": Style(scale=700),
    "province": Style(scale=9000, zero=0.01),
    "sparse": Style(scale=4, zero=0.95),
    "zero": Style(zero=1.0),
    "blanks": Style(marks=("",)),
    "only totals": Style(marks=("",), rate=1.0, where="part"),
    "no totals": Style(marks=("",), rate=1.0, where="total"),
    "some 无": Style(scale=12, zero=0.5, marks=("无",), rate=0.7, where="zero"),
    "all 无": Style(zero=1.0, marks=("无",), rate=1.0, where="zero"),
    "slashes": Style(zero=0.4, marks=("/",), rate=1.0, where="zero"),
    "dashes": Style(zero=0.4, marks=("—", "——", "-"), rate=1.0, where="zero"),
    "inapplicable": Style(zero=0.3, marks=("不适用", "N/A", "空"), rate=1.0, where="zero"),
    "commas": Style(scale=9000, show=_comma),
    "wide commas": Style(scale=9000, show=_wide_comma),
    "full width": Style(show=_full_width),
    "units": Style(show=_with_unit),
    "spaces": Style(scale=9000, show=_spaced),
    "signs": Style(show=_signed),
    "spelt signs": Style(show=_spelt_sign),
}


def values(form: str, rng: Random, style: str = "county") -> Values:
    """Draw the figures of a form and print them: the raw text by indicator and column."""
    how = STYLES[style]
    draw = _Drawer(rng, how.scale, how.zero)
    figures = _figures_2014(draw) if form == "form-2014" else _figures_since_2019(form, draw)
    units = _units(form)
    return {
        key: rng.choice(how.marks)
        if _is_marked(key, number, how, rng)
        else how.show(number, key[0], units[key[0]])
        for key, number in figures.items()
    }


def _units(form: str) -> dict[str, str]:
    if form == "form-2014":
        return {name: unit for *_, unit, name in _records(_ROWS_2014) if name}
    requests = {f"requests.outcome.{name}": "件" for _, _, name in _outcomes(form)}
    others = (
        "requests.outcome.total",
        "requests.new",
        "requests.carried_in",
        "requests.carried_out",
    )
    disputes = [f"{dispute}.{result}" for dispute in _DISPUTES for result in _RESULTS]
    published = {
        f"{row}.{column}": unit
        for _, columns, rows in _blocks(form)
        for row, _ in rows
        for column, _, unit in columns
    }
    return {**requests, **dict.fromkeys((*others, *disputes), "件"), **published}


def _is_marked(key: Key, number: Decimal, how: Style, rng: Random) -> bool:
    if not how.marks:
        return False
    is_total = key[1] == "total" or key[0].endswith(".total")
    fits = {"any": True, "zero": not number, "total": is_total, "part": not is_total}[how.where]
    return fits and rng.random() < how.rate


# ---------------------------------------------------------------------------------------------
# The tables


def tables(form: str, drawn: Values, variant: str = "official") -> tuple[Form, ...]:
    """Lay the figures out.

    ``apart`` gives a table to each item of article 20, under headers that say more; ``aside`` sets
    the 总计 of part 三 beside 申请人情况 instead of under it.
    """
    if form == "form-2014":
        return (Form("2014", tuple(_rows_2014(drawn))),)
    return (
        *_part_two(form, drawn, is_apart=variant == "apart"),
        _part_three(form, drawn, is_aside=variant == "aside"),
        _part_four(drawn),
    )


def _rows_2014(drawn: Values) -> Iterator[tuple[Cell, ...]]:
    yield Cell("统　计　指　标"), Cell("单位"), Cell("统计数")
    for level, label, unit, indicator in _records(_ROWS_2014):
        printed = "　" * int(level) + label.replace("⏎", "\n" + "　" * (int(level) + 1))
        if indicator:
            answer = Answer(drawn[indicator, None], indicator=indicator, unit=unit)
            yield Label(printed), Cell(unit), answer
        else:
            yield Cell(printed), Cell(unit), Cell("")


def _part_two(form: str, drawn: Values, is_apart: bool) -> Iterator[Form]:
    blocks = [_block(drawn, is_apart, *block) for block in _blocks(form)]
    if is_apart:
        yield from (Form("二", rows) for rows in blocks)
    else:
        yield Form("二", tuple(row for rows in blocks for row in rows))


def _block(
    drawn: Values, is_apart: bool, item: str, columns: list[list[str]], rows: list[list[str]]
) -> tuple[tuple[Cell, ...], ...]:
    """Return an item's rows: as wide as its columns when apart, else four columns wide."""
    spans = [1] * len(columns) if is_apart else [*[1] * (len(columns) - 1), 4 - len(columns)]
    heads = [(header, unit) for _, header, unit in columns]
    if is_apart:
        heads = [_OTHER_HEADERS.get(header, (header, unit)) for header, unit in heads]
    lines = [
        (Cell(f"第二十条第（{item}）项", colspan=1 + sum(spans)),),
        (
            Cell("信息内容"),
            *(Cell(head, colspan=n) for (head, _), n in zip(heads, spans, strict=True)),
        ),
    ]
    for row, label in rows:
        cells = (
            Answer(
                drawn[f"{row}.{column}", None], n, indicator=f"{row}.{column}", unit=unit or None
            )
            for (column, *_), (_, unit), n in zip(columns, heads, spans, strict=True)
        )
        lines.append((Label(label), *cells))
    return tuple(lines)


def _part_three(form: str, drawn: Values, is_aside: bool) -> Form:
    outcomes = _outcomes(form)
    rows: list[tuple[Cell, ...]] = [
        *_applicants(is_aside),
        (Label("一、本年新收政府信息公开申请数量", 3), *_line(drawn, "requests.new")),
        (Label("二、上年结转政府信息公开申请数量", 3), *_line(drawn, "requests.carried_in")),
    ]
    groups = [group for group, *_ in outcomes]
    for at, (group, label, name) in enumerate(outcomes):
        cells: list[Cell] = [Cell("三、本年度办理结果", 1, len(outcomes) + 1)] if at == 0 else []
        if group and group != groups[at - 1]:
            cells.append(Cell(group, 1, groups.count(group)))
        cells.append(Label(label, 1 if group else 2))
        rows.append((*cells, *_line(drawn, f"requests.outcome.{name}")))
    rows.append((Label("（七）总计", 2), *_line(drawn, "requests.outcome.total")))
    rows.append((Label("四、结转下年度继续办理", 3), *_line(drawn, "requests.carried_out")))
    return Form("三", tuple(rows))


def _applicants(is_aside: bool) -> tuple[tuple[Cell, ...], ...]:
    names = tuple(map(Cell, list(_APPLICANTS.values())[1:]))
    person, legal = Cell("自然人", 1, 2), Cell("法人或其他组织", 5)
    note = Cell(_NOTE, 3, 3)
    if is_aside:
        return (note, Cell("申请人情况", 6), Cell("总计", 1, 3)), (person, legal), names
    return (note, Cell("申请人情况", 7)), (person, legal, Cell("总计", 1, 2)), names


def _line(drawn: Values, indicator: str) -> tuple[Answer, ...]:
    return tuple(
        Answer(drawn[indicator, column], indicator=indicator, column=column, unit="件")
        for column in COLUMNS
    )


def _part_four(drawn: Values) -> Form:
    results = tuple(_RESULTS.values())
    return Form(
        "四",
        (
            (Cell("行政复议", 5), Cell("行政诉讼", 10)),
            (
                *(Cell(result, 1, 2) for result in results),
                Cell("未经复议直接起诉", 5),
                Cell("复议后起诉", 5),
            ),
            tuple(Cell(result) for result in results * 2),
            tuple(
                Answer(drawn[name, None], indicator=name, unit="件")
                for name in (f"{dispute}.{result}" for dispute in _DISPUTES for result in _RESULTS)
            ),
        ),
    )


# ---------------------------------------------------------------------------------------------
# The truth

_PRINTED = re.compile(r"(?P<sign>[-+减增]?)(?P<number>\d+(?:\.\d+)?)(?P<unit>\D*)")
_FOLDED = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+", " ,，")


def truth(forms: Iterable[Form]) -> tuple[TrueCell, ...]:
    """Return what a reader must find, in reading order."""
    return tuple(
        TrueCell(cell.indicator, cell.column, *_value(cell.text), cell.text, _unit(cell))
        for cell in _answers(forms)
    )


def doubtful(forms: Iterable[Form]) -> frozenset[Key]:
    """Return the figures that may go unread, but must never be read wrong."""
    return frozenset((cell.indicator, cell.column) for cell in _answers(forms) if cell.doubtful)


def local_figures(forms: Iterable[Form]) -> tuple[tuple[str, str], ...]:
    """Return label and raw text of figures that belong to no indicator."""
    return tuple((cell.label, cell.text) for cell in _cells(forms) if isinstance(cell, Local))


def _cells(forms: Iterable[Form]) -> Iterator[Cell]:
    return (cell for form in forms for row in form.rows for cell in row)


def _answers(forms: Iterable[Form]) -> Iterator[Answer]:
    return (cell for cell in _cells(forms) if isinstance(cell, Answer))


def _value(raw: str) -> tuple[str | None]:
    if raw == "无":
        return ("0",)
    match = _PRINTED.fullmatch(raw.translate(_FOLDED))
    if not match:
        return (None,)
    sign = "-" if match["sign"] in ("-", "减") else ""
    number = Decimal(sign + match["number"])
    return (f"{number.normalize():f}" if number else "0",)


def _unit(cell: Answer) -> str | None:
    match = _PRINTED.fullmatch(cell.text.translate(_FOLDED))
    return match["unit"] if match and match["unit"] else cell.unit


# ---------------------------------------------------------------------------------------------
# The tables spoilt

Spoiler = Callable[[Form, Random], Form]


def spread(form: Form) -> Grid:
    """Return the cell of every place; one that spans stands, as one object, in all it covers."""
    taken: dict[tuple[int, int], Cell] = {}
    for r, row in enumerate(form.rows):
        c = 0
        for given in row:
            cell = replace(given)  # an object of its own, told from its equals
            while (r, c) in taken:
                c += 1
            for down in range(cell.rowspan):
                for right in range(cell.colspan):
                    taken[r + down, c + right] = cell
    width = max(c for _, c in taken) + 1
    return [[taken[r, c] for c in range(width)] for r in range(len(form.rows))]


def _gather(form: Form, grid: Grid) -> Form:
    """Give every cell the spans it now has; one that is torn apart is printed in both places."""
    done: set[tuple[int, int]] = set()
    rows = []
    for r, line in enumerate(grid):
        row = []
        for c, cell in enumerate(line):
            if (r, c) in done:
                continue
            wide = next(
                (n for n in range(1, len(line) - c) if line[c + n] is not cell), len(line) - c
            )
            tall = next(
                (n for n in range(1, len(grid) - r) if grid[r + n][c] is not cell), len(grid) - r
            )
            done |= {(r + down, c + right) for down in range(tall) for right in range(wide)}
            row.append(replace(cell, colspan=wide, rowspan=tall))
        rows.append(tuple(row))
    return replace(form, rows=tuple(rows))


def _is_data(line: list[Cell]) -> bool:
    return any(isinstance(cell, Answer) for cell in line)


def _label(line: list[Cell]) -> Label | None:
    return next((cell for cell in line if isinstance(cell, Label)), None)


def _indent(line: list[Cell]) -> int:
    label = _label(line) or line[0]
    return len(label.text) - len(label.text.lstrip("　"))


def _leaves(grid: Grid) -> list[int]:
    """Return the rows of figures that no deeper row depends on."""
    return [
        r
        for r, line in enumerate(grid)
        if _label(line) and (r + 1 == len(grid) or _indent(grid[r + 1]) <= _indent(line))
    ]


def without_rows(form: Form, rng: Random, count: int = 2) -> Form:
    """Leave rows out, as offices do with what they never have."""
    grid = spread(form)
    leaves = _leaves(grid)
    gone = set(rng.sample(leaves, min(count, max(len(leaves) - 1, 0))))
    return _gather(form, [line for r, line in enumerate(grid) if r not in gone])


def swapped_rows(form: Form, rng: Random) -> Form:
    """Change two neighbouring rows of one group for each other."""
    grid = spread(form)
    leaves = set(_leaves(grid))
    pairs = [r for r in leaves if r + 1 in leaves and _are_siblings(grid, r)]
    if not pairs:
        return form
    at = rng.choice(sorted(pairs))
    grid[at], grid[at + 1] = grid[at + 1], grid[at]
    return _gather(form, grid)


def _are_siblings(grid: Grid, r: int) -> bool:
    upper, lower = grid[r], grid[r + 1]
    label = _label(upper)
    same_groups = {
        id(cell) for cell in upper if not isinstance(cell, Answer) and cell.rowspan > 1
    } == {id(cell) for cell in lower if not isinstance(cell, Answer) and cell.rowspan > 1}
    is_led_in = label is not None and "其中" in label.text
    return same_groups and _indent(upper) == _indent(lower) and not is_led_in


def misspelt(form: Form, rng: Random) -> Form:
    """Drop or change one character of one label; the row's figures become doubtful."""
    rows = [
        (r, c)
        for r, row in enumerate(form.rows)
        for c, cell in enumerate(row)
        if isinstance(cell, Label)
    ]
    if not rows:
        return form
    at, place = rng.choice(rows)
    label = form.rows[at][place]
    letters = [i for i, letter in enumerate(label.text) if "一" <= letter <= "鿿"]
    i = rng.choice(letters)
    wrong = label.text[:i] + rng.choice(["", "", "己", "末", "曰"]) + label.text[i + 1 :]
    row = [
        replace(cell, doubtful=True) if isinstance(cell, Answer) else cell for cell in form.rows[at]
    ]
    row[place] = replace(label, text=wrong)
    return replace(form, rows=(*form.rows[:at], tuple(row), *form.rows[at + 1 :]))


# Rows that offices add: a piece of the label they follow | their own label | unit in form-2014.
_LOCAL_ROWS = """\
政务微信公开|政务客户端推送短消息数|条
接受培训人员数|（四）编印业务简报期数|期
举报投诉数量|满意度测评回收问卷数|份
行政强制|行政奖励|
行政处罚|行政确认|
重复申请|咨询类来信|
属于行政查询事项|9.涉及历史档案|
（二）部分公开|（二之一）当场查阅|
"""


def extra_row(form: Form, rng: Random) -> Form:
    """Add a local row, whose label is none of the form's."""
    grid = spread(form)
    places = [
        (r, label, unit)
        for r, line in enumerate(grid)
        for after, label, unit in _records(_LOCAL_ROWS)
        if (own := _label(line)) and after in own.text
    ]
    if not places:
        return form
    at, label, unit = rng.choice(places)
    named = _indent(grid[at]) * "　" + label
    fresh: dict[int, Cell] = {}
    line = [
        fresh.setdefault(id(cell), _local(cell, named, unit, rng))
        if _is_own(grid, at, cell)
        else cell
        for cell in grid[at]
    ]
    return _gather(form, [*grid[: at + 1], line, *grid[at + 1 :]])


def _is_own(grid: Grid, r: int, cell: Cell) -> bool:
    """Whether a cell belongs to row ``r`` alone, and is no group's label beside it."""
    return isinstance(cell, Label | Answer) or cell.rowspan == 1


def _local(cell: Cell, label: str, unit: str, rng: Random) -> Cell:
    if isinstance(cell, Label):
        return Cell(label)
    if isinstance(cell, Answer):
        return Local(str(rng.randint(1, 99)), label=label.strip("　"))
    return Cell(unit)


def numbered_rows(form: Form, rng: Random) -> Form:
    """Set a column 序号 before the table."""
    return _with_column(form, "序号", iter(map(str, range(1, 999))), at_start=True)


def remarked_rows(form: Form, rng: Random) -> Form:
    """Set a column 备注 behind the table, blank but for a few rows."""
    remarks = iter(lambda: rng.choice(["", "", "", "", "见附件", "本年起按新口径统计"]), None)
    return _with_column(form, "备注", remarks, at_start=False)


def _with_column(form: Form, name: str, texts: Iterator[str], at_start: bool) -> Form:
    grid, head, lines = spread(form), Cell(name), []
    for r, line in enumerate(grid):
        if _is_data(line):
            added = Cell(next(texts))
        elif line[0] is line[-1]:  # the title of a block spans the new column too
            added, head = line[0], Cell(name)
        else:
            added = head if r < len(_header(grid)) or form.part == "二" else Cell("")
        lines.append([added, *line] if at_start else [*line, added])
    return _gather(form, lines)


def _header(grid: Grid) -> Grid:
    """Return the rows above the first that has a unit or a figure."""
    rows = next((r for r, line in enumerate(grid) if line[1].text == "——" or _is_data(line)), 0)
    return grid[:rows]


def repeated_header(form: Form, rng: Random) -> Form:
    """Print the header again in the midst of the rows, as after a page break.

    The groups that it cuts go on under it: with their label once more, or with a blank one.
    """
    if form.part not in ("2014", "三"):
        return form
    grid = spread(form)
    at = rng.randrange(len(_header(grid)) + 3, len(grid) - 1)
    fresh: dict[int, Cell] = {}
    again = [[fresh.setdefault(id(c), replace(c)) for c in line] for line in _header(grid)]
    below = grid[at:]
    if rng.random() < 0.5:
        cut = {id(cell) for cell in grid[at - 1]} & {id(cell) for cell in grid[at]}
        blank = {key: Cell("") for key in cut}
        below = [[blank.get(id(cell), cell) for cell in line] for line in below]
    return _gather(form, [*grid[:at], *again, *below])


def vertical_labels(form: Form, rng: Random) -> Form:
    """Print the labels of groups one character a line."""
    return _relabelled(form, lambda cell: "\n".join(cell.text) if cell.rowspan > 3 else cell.text)


def wrapped_labels(form: Form, rng: Random) -> Form:
    """Break labels and headers inside their cells, as narrow columns do."""
    width = rng.randint(3, 9)
    return _relabelled(form, lambda cell: "\n".join(_wrap(cell.text, width)))


def _wrap(text: str, width: int) -> list[str]:
    return [
        line[at : at + width]
        for line in text.split("\n")
        for at in range(0, max(len(line), 1), width)
    ]


def _relabelled(form: Form, printed: Callable[[Cell], str]) -> Form:
    rows = tuple(
        tuple(
            cell if isinstance(cell, Answer | Local) else replace(cell, text=printed(cell))
            for cell in row
        )
        for row in form.rows
    )
    return replace(form, rows=rows)


SPOILERS: dict[str, Spoiler] = {
    "without rows": without_rows,
    "swapped rows": swapped_rows,
    "misspelt": misspelt,
    "extra row": extra_row,
    "numbered rows": numbered_rows,
    "remarked rows": remarked_rows,
    "vertical labels": vertical_labels,
    "wrapped labels": wrapped_labels,
    "repeated header": repeated_header,
}
