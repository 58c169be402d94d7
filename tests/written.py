"""Writers of quantities, as people spell them: each figure with what it means.

They spell numbers on their own, without `nlp_reports.numerals`. `KINDS` holds a strategy for each
kind of notation, `figures` draws from all of them.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from hypothesis import assume
from hypothesis import strategies as st


class Figure(NamedTuple):
    """A quantity as a writer spells it, and what it says."""

    written: str
    value: Decimal
    unit: str | None
    upper: Decimal | None = None
    approx: str = "exact"


# Writers of numbers

HAN = "零一二三四五六七八九"
CAPITAL = "零壹贰叁肆伍陆柒捌玖"
SCALES = [("百", 100), ("千", 1000), ("万", 10**4), ("亿", 10**8)]
WIDE = str.maketrans("0123456789.,%-", "０１２３４５６７８９．，％－")


def section(n, digits, scales):
    """A numeral below 10000, with 零 for a gap inside and none for one in front."""
    written, gap = "", False
    for scale, power in ((scales[2], 1000), (scales[1], 100), (scales[0], 10), ("", 1)):
        digit = n // power % 10
        if digit:
            written += (digits[0] if gap and written else "") + digits[digit] + scale
            gap = False
        else:
            gap = True
    return written


def chinese(n, digits=HAN, scales="十百千"):
    """A whole number below 10000 亿 in the usual spelling: 一百零五, 一亿零三万."""
    if n == 0:
        return digits[0]
    written, last = "", 0
    for power, scale in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = n // power % 10**4
        if not part:
            continue
        if written and (part < 1000 or last != power * 10**4):
            written += digits[0]
        written += section(part, digits, scales) + scale
        last = power
    return written


def spoken(n):
    """The same, as it is said: 十二 for 一十二, 两千 for 二千."""
    written = re.sub(r"\A一十", "十", chinese(n))
    return re.sub(r"二(?=[千万亿])(?<![十百千]二)", "两", written)


def by_name(digits):
    return "".join(HAN[int(d)] for d in digits)


def digits_of(n, how):
    """A whole number in Arabic digits."""
    plain = str(n)
    if how == "plain":
        return plain
    if how == "wide":
        return plain.translate(WIDE)
    if how == "scattered":
        return " ".join(plain)
    comma = {"comma": ",", "wide comma": "，", "blank": " ", "comma blank": ", "}[how]
    head = len(plain) % 3 or 3
    return comma.join([plain[:head], *(plain[i : i + 3] for i in range(head, len(plain), 3))])


# Units, and what may stand before them

counts = st.sampled_from(["条", "件", "份", "人次", "元", "户", "万元"])
bare = st.sampled_from(["条", "件", "份", "人次", "元"])  # what may follow a Chinese numeral
gaps = st.sampled_from(["", "", " ", "　"])

small = st.one_of(st.integers(0, 99), st.integers(0, 9999))
numbers = st.one_of(small, st.integers(0, 10**9))
positive = numbers.filter(bool)


def cents(most, places=4):
    return st.builds(
        lambda n, p: Decimal(n).scaleb(-p), st.integers(1, most * 100), st.integers(1, places)
    )


# Single figures, each kind a strategy


@st.composite
def arabic(draw):
    how = draw(
        st.sampled_from(
            ["plain", "wide", "comma", "wide comma", "blank", "comma blank", "scattered"]
        )
    )
    n, unit = draw(st.one_of(numbers, st.integers(0, 10**15 - 1))), draw(counts)
    return Figure(digits_of(n, how) + draw(gaps) + unit, Decimal(n), unit)


@st.composite
def decimals(draw):
    n, unit = draw(cents(10**6, 9)), draw(counts)
    how = draw(st.sampled_from(["{:f}", "{:,f}", "wide"]))
    written = f"{n:f}".translate(WIDE) if how == "wide" else how.format(n)
    return Figure(written + draw(gaps) + unit, n, unit)


@st.composite
def scaled(draw):
    """18万元: the 万 belongs to the unit."""
    n = draw(st.one_of(small.map(Decimal), cents(10**4)))
    scale = draw(st.sampled_from(["万", "千", "亿", "千万", "百万", "万亿"]))
    written = draw(st.sampled_from([f"{n:f}", f"{n:,f}", f"{n:f}".translate(WIDE)]))
    unit = draw(bare)
    return Figure(f"{written}{draw(gaps)}{scale}{draw(gaps)}{unit}", n, scale + unit)


@st.composite
def han_numeral(draw):
    n = draw(st.one_of(small, st.integers(0, 10**9), st.integers(0, 10**12 - 1)))
    how = draw(st.sampled_from(["full", "spoken", "capital", "zero", "circle"]))
    if how == "spoken":
        written = "两" if n == 2 else spoken(n)
    elif how == "capital":
        written = chinese(n, CAPITAL, "拾佰仟")
    else:
        zero = {"full": "零", "zero": "〇", "circle": "○"}[how]
        written = chinese(n).replace("零", zero)
    return written, Decimal(n)


@st.composite
def han(draw):
    written, n = draw(han_numeral())
    unit = draw(bare)
    return Figure(written + draw(gaps) + unit, n, unit)


@st.composite
def han_decimal(draw):
    """十二点五亿元, read whole."""
    whole = draw(st.integers(0, 9999))
    rest = draw(st.from_regex(r"\A[0-9]{0,3}[1-9]\Z"))
    scale, factor = draw(st.sampled_from([("", 1), ("万", 10**4), ("亿", 10**8), ("千万", 10**7)]))
    head = draw(st.sampled_from([chinese, spoken]))(whole)
    unit = draw(bare)
    value = Decimal(f"{whole}.{rest}") * factor
    return Figure(f"{head}点{by_name(rest)}{scale}{unit}", value, unit)


@st.composite
def mixed(draw):
    """1万2千, 3万5千6百7十8, 1万零5百, 1亿3千万: read whole."""
    a, b, c, d, e = (draw(st.integers(1, 9)) for _ in "abcde")
    large = draw(st.integers(1, 9999))
    written, n = draw(
        st.sampled_from(
            [
                (f"{large}万{b}千", large * 10**4 + b * 1000),
                (f"{large}万{b}千{c}百", large * 10**4 + b * 1000 + c * 100),
                (f"{large}万{c}百", large * 10**4 + c * 100),
                (f"{large}万{b}千{c}百{d}十", large * 10**4 + b * 1000 + c * 100 + d * 10),
                (f"{a}万{b}千{c}百{d}十{e}", a * 10**4 + b * 1000 + c * 100 + d * 10 + e),
                (f"{large}万零{c}百", large * 10**4 + c * 100),
                (f"{large}万零{c}百{d}十", large * 10**4 + c * 100 + d * 10),
                (f"{large}万零{d}", large * 10**4 + d),
                (f"{a}亿零{large}万", a * 10**8 + large * 10**4),
                (f"{a}千{b}百", a * 1000 + b * 100),
                (f"{large}亿{b}千万", large * 10**8 + b * 10**7),
                (f"{large}亿{b}千{c}百万", large * 10**8 + b * 10**7 + c * 10**6),
                (f"{a}亿{large}万", a * 10**8 + large * 10**4),
                (f"{a}亿{large}万{b}千", a * 10**8 + large * 10**4 + b * 1000),
                (f"{a}万{1000 + large % 9000}", a * 10**4 + 1000 + large % 9000),
            ]
        )
    )
    unit = draw(bare)
    wide = draw(st.booleans())
    return Figure((written.translate(WIDE) if wide else written) + unit, Decimal(n), unit)


@st.composite
def infixed(draw):
    """余, 多, 几, 来 between the number and its unit: over, or about for 来."""
    infix, approx = draw(
        st.sampled_from([("余", "over"), ("多", "over"), ("几", "over"), ("来", "about")])
    )
    unit = draw(bare)
    n = draw(st.integers(1, 999)) * 10
    a, scale, factor = draw(
        st.sampled_from([(n, "", 1), (n, "万", 10**4), (n // 10, "万", 10**4), (n, "亿", 10**8)])
    )
    kind = draw(st.sampled_from(["arabic", "han", "after scale", "han after scale", "blank"]))
    if kind == "arabic":
        written = f"{a}{infix}{scale}{unit}"
    elif kind == "blank":
        written = f"{a:,} {infix}{scale} {unit}"
    elif kind == "after scale":
        written = f"{a}{scale}{infix}{unit}"
    elif kind == "han":
        written = f"{spoken(a)}{infix}{scale}{unit}"
    else:
        written = f"{spoken(a)}{scale}{infix}{unit}"
    if kind.startswith("han"):
        return Figure(written, Decimal(a * factor), unit, approx=approx)
    return Figure(written, Decimal(a), scale + unit, approx=approx)


@st.composite
def percent(draw):
    n = draw(st.one_of(st.integers(0, 999).map(Decimal), cents(100, 3)))
    how = draw(st.sampled_from(["sign", "wide", "百分之", "百分之 arabic", "blank", "small"]))
    if how in ("百分之", "百分之 arabic"):
        numerator, unit = draw(st.sampled_from([("百", "%"), ("千", "‰"), ("万", "‱")]))
        assume(n or how != "百分之")
        if how == "百分之":
            whole, _, rest = f"{n:f}".partition(".")
            share = spoken(int(whole)) + ("点" + by_name(rest) if rest else "")
            if share == "一百" and draw(st.booleans()):
                share = "百"
        else:
            share = f"{n:f}"
        if (numerator, share) == ("百", "百"):
            return Figure("百分之百", Decimal(100), "%")
        return Figure(f"{numerator}分之{share}", n, unit)
    unit = sign = draw(st.sampled_from("%‰‱"))
    if how == "wide":
        return Figure(f"{n:f}{sign}".translate(WIDE), n, unit)
    if how == "small" and unit == "%":
        sign = "﹪"
    return Figure(f"{n:f}{' ' if how == 'blank' else ''}{sign}", n, unit)


@st.composite
def tenths(draw):
    """成: 七成 is 70 %."""
    n = draw(st.integers(1, 9))
    head = draw(st.sampled_from([HAN[n], str(n), "两" if n == 2 else HAN[n]]))
    more = draw(st.integers(0, 9))
    half = draw(st.booleans())
    rest = "半" if half and more == 5 else HAN[more] if more else ""
    return Figure(f"{head}成{rest}", Decimal(10 * n + more), "%")


@st.composite
def points(draw):
    unit = draw(st.sampled_from(["个百分点", "个千分点", "百分点", "千分点"]))
    n = draw(st.one_of(st.integers(0, 99).map(Decimal), cents(100, 2)))
    written = f"{n:f}"
    if unit[0] == "个" and n == int(n) and n and draw(st.booleans()):
        written = "两" if n == 2 else spoken(int(n))
    return Figure(written + draw(gaps) + unit, n, unit)


@st.composite
def fraction(draw):
    below = draw(st.integers(2, 99))
    above = draw(st.integers(1, below - 1))
    written = f"{spoken(below)}分之{spoken(above)}"
    return Figure(written, Decimal(above) / Decimal(below), None)


@st.composite
def negative(draw):
    n = draw(st.one_of(st.integers(1, 999).map(Decimal), cents(100, 2)))
    sign = draw(st.sampled_from("-－−–负"))
    unit = draw(st.sampled_from(["%", "％", "个百分点", "百分点", "‰", "‱", "元", "万元"]))
    # Not before a Chinese numeral: 负 is read as a sign before digits only (肩负一项任务).
    return Figure(f"{sign}{n:f}{unit}", -n, unit.replace("％", "%"))


TO = ["-", "—", "－", "–", "−", "~", "～", "至", "到", " - ", "—"]


@st.composite
def ends(draw, most=10**5):
    low = draw(st.integers(1, most))
    return low, draw(st.integers(low + 1, low + most))


@st.composite
def arabic_range(draw):
    low, high = draw(ends())
    to = draw(st.sampled_from(TO))
    unit, scale = draw(bare), draw(st.sampled_from(["", "", "万", "亿"]))
    how = draw(st.sampled_from(["{}", "{:,}", "wide"]))
    first, second = (
        str(n).translate(WIDE) if how == "wide" else how.format(n) for n in (low, high)
    )
    once = draw(st.sampled_from(["unit once", "unit twice", "scale twice"]))
    if once == "unit twice":
        first += scale + unit
    elif once == "scale twice":
        first += scale
    return Figure(
        f"{first}{to}{second}{scale}{unit}", Decimal(low), scale + unit, upper=Decimal(high)
    )


@st.composite
def percent_range(draw):
    low, high = draw(ends(100))
    to = draw(st.sampled_from(TO))
    low, high = draw(
        st.sampled_from([(Decimal(low), Decimal(high)), (Decimal(low) / 10, Decimal(high) / 10)])
    )
    written = draw(
        st.sampled_from(
            [
                f"{low}%{to}{high}%",
                f"{low}{to}{high}%",
                f"{low}％{to}{high}％",
                f"{low}‰{to}{high}‰",
                f"{low}{to}{high}‱",
            ]
        )
    )
    return Figure(written, low, written[-1].replace("％", "%"), upper=high)


@st.composite
def han_range(draw):
    """三到五个, 三至五万元, 二十万至三十万元, 百分之二十至百分之三十."""
    low, high = draw(ends(999))
    to = draw(st.sampled_from(["至", "到", "—", "～", "-"]))
    a, b, unit = spoken(low), spoken(high), draw(bare)
    scale = draw(st.sampled_from(["", "万", "亿"]))
    kind = draw(st.sampled_from(["once", "scale once", "twice", "percent", "arabic first"]))
    if kind == "percent":
        return Figure(f"百分之{a}{to}百分之{b}", Decimal(low), "%", upper=Decimal(high))
    if kind == "scale once":  # said of both ends, where each is one digit
        low, high = draw(st.sampled_from([(n, m) for n in range(1, 9) for m in range(n + 1, 10)]))
        a, b = ("两" if n == 2 and draw(st.booleans()) else HAN[n] for n in (low, high))
        scale, factor = draw(st.sampled_from(SCALES))
        return Figure(
            f"{a}{to}{b}{scale}{unit}", Decimal(low * factor), unit, upper=Decimal(high * factor)
        )
    # 三至五百条 is 300 to 500 (above), 五至三百条 5 to 300
    assume(kind == "twice" or low > 9 or not re.fullmatch(".[百千]", b) or low >= high // 100)
    if kind == "once":
        return Figure(f"{a}{to}{b}{unit}", Decimal(low), unit, upper=Decimal(high))
    if kind == "arabic first":
        return Figure(f"{low}{to}{b}{unit}", Decimal(low), unit, upper=Decimal(high))
    factor = {"": 1, "万": 10**4, "亿": 10**8}[scale]
    return Figure(
        f"{a}{scale}{unit}{to}{b}{scale}{unit}", Decimal(low * factor), unit,
        upper=Decimal(high * factor),
    )  # fmt: skip


@st.composite
def neighbours(draw):
    """三四十件, 十二三张, 两三万元, 七八成: two digits side by side are the ends of a range."""
    n = draw(st.integers(1, 8))
    a, b = HAN[n], HAN[n + 1]
    if n == 1 and draw(st.booleans()):
        b = "两"
    if n == 2 and draw(st.booleans()):
        a = "两"
    unit = draw(bare)
    head, base = draw(
        st.sampled_from([("", 0), ("", 0), ("十", 10), ("二十", 20), ("一百", 100), ("三百", 300)])
    )
    tails = [("", 1), ("十", 10), ("百", 100), ("千", 1000), ("万", 10**4), ("十万", 10**5)]
    tail, step = draw(st.sampled_from(tails))
    if base and base < 100:
        tail, step = "", 1
    if base >= 100:
        tail, step = "十", 10
    if not head and not tail and draw(st.booleans()):
        return Figure(f"{a}{b}成", Decimal(10 * n), "%", upper=Decimal(10 * n + 10))
    low = base + n * step
    assume((head, a, b) != ("十", "四", "五"))  # 十四五 is the name of a plan
    return Figure(f"{head}{a}{b}{tail}{unit}", Decimal(low), unit, upper=Decimal(low + step))


@st.composite
def round_number(draw):
    """百余件, 万余次: a scale alone."""
    scale, value = draw(st.sampled_from(SCALES))
    infix = draw(st.sampled_from(["余", "多"]))
    unit = draw(bare)
    return Figure(f"{scale}{infix}{unit}", Decimal(value), unit, approx="over")


KINDS = {
    "arabic": arabic(),
    "decimals": decimals(),
    "scaled": scaled(),
    "han": han(),
    "han_decimal": han_decimal(),
    "mixed": mixed(),
    "infixed": infixed(),
    "round_number": round_number(),
    "percent": percent(),
    "tenths": tenths(),
    "points": points(),
    "fraction": fraction(),
    "negative": negative(),
    "arabic_range": arabic_range(),
    "percent_range": percent_range(),
    "han_range": han_range(),
    "neighbours": neighbours(),
}
figures = st.one_of(*KINDS.values())
