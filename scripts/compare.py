"""Our quantity extractor beside other packages that read Chinese numbers, on the same sentences.

Run by ``scripts/compare``, which pins them. Prints a Markdown table a sentence set. Each package has a
``run`` (what is timed) and an adapter that turns its answer into ``Found`` (not timed).
"""

import contextlib
import importlib
import io
import re
import sys
import time
import warnings
from collections import Counter
from difflib import SequenceMatcher
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import NamedTuple

import nlp_reports
from nlp_reports import corpus

warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()):  # jionlp greets
    import chinese2digits
    import cn2an
    import jieba
    import jionlp
    from recognizers_date_time import DateTimeRecognizer
    from recognizers_number import NumberRecognizer
    from recognizers_number_with_unit import NumberWithUnitRecognizer
    from recognizers_text import Culture

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
marked = importlib.import_module("marked")

ROUNDS = 5
SLOW = 5  # CPU seconds for one pass; a package above is timed on every tenth sentence
CLOSE = Fraction(1, 10**6)  # the marked fractions are rounded to six places
CHINESE = "〇零一二两三四五六七八九十百千万亿廿半壹贰叁肆伍陆柒捌玖拾佰仟"
DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
NUMBER = re.compile(rf"[\d{CHINESE}](?:.*[\d{CHINESE}])?")
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


class Found(NamedTuple):
    """A result: ``values`` holds its ends, none where the package gives no value."""

    start: int
    end: int
    values: tuple = ()
    unit: str | None = None
    approx: str | None = None
    implicit: bool = False


def exact(*numbers):
    return tuple(Fraction(str(n).replace(",", "")) for n in numbers if n not in (None, ""))


# The packages -------------------------------------------------------------------------------


def from_ours(text, raw):
    return [
        Found(q.start, q.end, exact(q.value, q.value_max), q.unit, q.approx, q.implicit)
        for q in raw
    ]


# recognizers-text: every model that can hold a quantity. What has a unit goes before percents, those before
# bare numbers, so that one stretch of text counts once. Ordinals hide the numbers in them, which costs no recall.
# Its extractor of all numbers (EXTRACT_ALL) finds more noise and nothing else. The second row also hides the
# dates and times of the suite's third package (not durations and frequencies, which may be quantities).
numbers, units = NumberRecognizer(Culture.Chinese), NumberWithUnitRecognizer(Culture.Chinese)
MODELS = (
    numbers.get_ordinal_model(),
    units.get_currency_model(),
    units.get_dimension_model(),
    units.get_age_model(),
    units.get_temperature_model(),
    numbers.get_percentage_model(),
    numbers.get_number_model(),
)
DATES = DateTimeRecognizer(Culture.Chinese).get_datetime_model()
HIDDEN = ("ordinal", "datetimeV2.")
SHOWN = ("datetimeV2.duration", "datetimeV2.set")


def run_recognizers(text):
    return [r for model in MODELS for r in model.parse(text)]


def run_recognizers_dates(text):
    dates = [r for r in DATES.parse(text) if r.type_name not in SHOWN]
    return dates + run_recognizers(text)


def from_recognizers(text, raw):
    """Its units have English names, so the unit is taken from the words after the number."""
    found, taken = [], set()
    for r in raw:
        span = range(r.start, r.end + 1)
        if not taken.isdisjoint(span):
            continue
        taken.update(span)
        if not r.type_name.startswith(HIDDEN):
            value = r.resolution["value"] or ""
            unit = re.sub(rf"^[-－\d{CHINESE}余多几来点.,， ]+", "", text[r.start : r.end + 1])
            if value.endswith("%") and not unit.endswith("点"):
                unit = "%"
            found.append(Found(r.start, r.end + 1, exact(value.rstrip("%")), unit or None))
    return found


# jionlp: of numbers it extracts only sums of money (and times), so it cannot find the rest. Checking the
# borders with its word cutter (use_jiojio) or returning doubtful sums (ret_all) does not find more.
def from_jionlp(text, raw):
    found = []
    for r in raw:
        number = r["detail"]["num"]
        values = exact(*(number if isinstance(number, list) else [number]))
        found.append(Found(*r["offset"], values, r["detail"]["case"]))
    return found


# cn2an: transform writes the Chinese numerals of a text as digits and keeps no offsets. The two texts are
# aligned by difflib: an equal character keeps its place, a changed stretch stands for the whole stretch it
# replaced. It leaves 18万 as it is and writes fractions as 2/3, so the digit expression reads both.
CN2AN = re.compile(rf"({DIGITS.pattern}(?:/\d+)?)([十百千万亿]*)")


def run_cn2an(text):
    written = cn2an.transform(text)
    return written, list(CN2AN.finditer(written))


def from_cn2an(text, raw):
    written, matches = raw
    places = []
    for tag, a, b, c, d in SequenceMatcher(None, text, written, autojunk=False).get_opcodes():
        places += [(a + i, a + i + 1) if tag == "equal" else (a, b) for i in range(d - c)]
    found = []
    for m in matches:
        scale = prod(SCALES[c] for c in m[2])
        values = tuple(n * scale for n in exact(m[1]))
        found.append(Found(places[m.start()][0], places[m.end() - 1][1], values))
    return found


# chinese2digits: default settings but verbose, which lets it go on where it would raise (full-width digits
# beside others: ６.5天). It gives the strings in order and no offsets: each is looked for after the one before,
# in the text with its own changes of characters (壹 to 一), which keep the length.
def run_chinese2digits(text):
    return chinese2digits.takeNumberFromString(text, verbose=True)


def from_chinese2digits(text, raw):
    text = chinese2digits.traditionalTextConvertFunc(text)
    found, at = [], 0
    for word, value in zip(raw["CHNumberStringList"], raw["digitsStringList"], strict=True):
        start = text.find(word, at)
        if start >= 0:
            at = start + len(word)
            found.append(Found(start, at, exact(value)))
    return found


def from_re(text, raw):
    return [Found(*m.span(), exact(m.group())) for m in raw]


TOOLS = {
    "nlp_reports": (nlp_reports.quantities, from_ours),
    "recognizers-text": (run_recognizers, from_recognizers),
    "recognizers-text, dates hidden": (run_recognizers_dates, from_recognizers),
    "jionlp": (jionlp.ner.extract_money, from_jionlp),
    "cn2an + digits": (run_cn2an, from_cn2an),
    "chinese2digits": (run_chinese2digits, from_chinese2digits),
    "re": (lambda text: list(DIGITS.finditer(text)), from_re),
}
GIVES_UNITS = ("nlp_reports", "recognizers-text", "recognizers-text, dates hidden", "jionlp")


# The sentences ------------------------------------------------------------------------------


def cases():
    return [(s.text, s.expected) for s in marked.sentences("quantities") if not s.doubt]


def paragraphs():
    test = corpus.read(ROOT / "corpus").part("test")
    return [(p.text, p.statistics) for p in test.paragraphs if p.statistics is not None]


# Scoring ------------------------------------------------------------------------------------


def scaled(unit):
    """Split a unit into its scale and the rest: 万元 is 10000 元."""
    scale, rest = 1, (unit or "").replace("％", "%").replace(" ", "")
    while rest[1:] and rest[0] in SCALES:
        scale, rest = scale * SCALES[rest[0]], rest[1:]
    return scale, rest


def value_right(found, true):
    """Compare value times scale; either end of a range; a percentage as 98.5 or as 0.985."""
    scale, unit = scaled(true.unit)
    ends = {n * scale for n in exact(true.value, true.value_max)}
    ends |= {end / {"%": 100, "‰": 1000}.get(unit, 1) for end in ends}
    values = [n * scaled(found.unit)[0] for n in found.values]
    return any(abs(value - end) <= CLOSE for value in values for end in ends)


def unit_right(found, true):
    return scaled(found.unit)[1] == scaled(true.unit)[1]


def meets(found, span):
    return found.start < span[1] and span[0] < found.end


def number_span(text, true):
    match = NUMBER.search(text[true.start : true.end].removesuffix("个百分点"))
    return true.start + match.start(), true.start + match.end()


def zero_statements(expected, found, counts):
    """Count the zero statements that a result of value 0 lies in, one result each."""
    zeros = [f for f in found if 0 in f.values and f.unit is None]
    for true in sorted((t for t in expected if t.implicit), key=lambda t: (t.end, -t.start)):
        counts["zero"] += 1
        hit = next((f for f in zeros if meets(f, (true.start, true.end))), None)
        if hit:
            zeros.remove(hit)
            counts["zero found"] += 1
    counts["zero wrong"] += sum(f.implicit for f in zeros)


def score(text, expected, found, counts):
    """Add one sentence to the counts. Results inside a zero statement are neither right nor wrong."""
    zero_statements(expected, found, counts)
    plain = [(t, number_span(text, t)) for t in expected if not t.implicit]
    denied = [(t.start, t.end) for t in expected if t.implicit]
    found = [
        f
        for f in found
        if not f.implicit
        and (any(meets(f, span) for _, span in plain) or not any(meets(f, s) for s in denied))
    ]
    matched, noise = set(), set(found)
    for true, span in plain:
        hits = [f for f in found if meets(f, span)]
        matched.update(hits[: 1 if true.value_max is None else 2])  # a range may be two results
        noise -= {f for f in noise if meets(f, (true.start, true.end))}
        counts["true"] += 1
        money = (true.unit or "").endswith("元")
        counts["money"] += money
        if hits:
            best = max(hits, key=lambda f: (value_right(f, true), unit_right(f, true)))
            counts["found"] += 1
            counts["money found"] += money
            counts["value"] += value_right(best, true)
            counts["with unit"] += true.unit is not None
            counts["unit given"] += true.unit is not None and best.unit is not None
            counts["unit"] += true.unit is not None and unit_right(best, true)
            counts["approx"] += best.approx == true.approx
            counts["exact"] += any((f.start, f.end) == (true.start, true.end) for f in hits)
    counts["results"] += len(found)
    counts["matched"] += len(matched)
    counts["noise"] += len(noise)


def evaluate(name, sentences):
    run, adapt = TOOLS[name]
    counts = Counter()
    for text, expected in sentences:
        start = time.process_time()
        found = ()
        try:
            raw = run(text)
            counts["seconds"] += time.process_time() - start
            found = adapt(text, raw)
        except Exception as error:
            counts["raised"] += 1
            print(f"{name} raised {error!r} on {text[:40]}", file=sys.stderr)
        score(text, expected, found, counts)
    return counts


# Speed --------------------------------------------------------------------------------------


def forget():
    """Empty our caches of numerals and words, so that no round profits from the one before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("nlp_reports"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear") and value.cache_parameters()["maxsize"]:
                    value.cache_clear()


def speeds(sentences, sampled):
    """CPU seconds a character, the best of interleaved rounds."""
    runs = {name: run for name, (run, _) in TOOLS.items()} | {"jieba": jieba.lcut}
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            texts = [text for text, _ in sentences[:: 10 if name in sampled else 1]]
            forget()
            start = time.process_time()
            for text in texts:
                with contextlib.suppress(Exception):
                    run(text)
            spent = time.process_time() - start
            best[name] = min(best[name], spent / sum(map(len, texts)))
    return best


# The tables ---------------------------------------------------------------------------------


def ratio(part, whole):
    return part / whole if whole else 0.0


def f1(right, results, true):
    return ratio(2 * right, results + true)


def row(name, c, speed):
    precision, recall = ratio(c["matched"], c["results"]), ratio(c["found"], c["true"])
    units, ours = name in GIVES_UNITS, name == "nlp_reports"
    wrong = f", {c['zero wrong']} wrong" if ours else ""
    cells = [
        name,
        f"{precision:.3f}",
        f"{recall:.3f}",
        f"{ratio(2 * precision * recall, precision + recall):.3f}",
        f"{ratio(c['noise'], c['results']):.1%}",
        f"{f1(c['exact'], c['results'], c['true']):.3f}" if units else "—",
        f"{ratio(c['value'], c['found']):.1%}",
        f"{ratio(c['unit'], c['with unit']):.1%} ({ratio(c['unit'], c['unit given']):.1%})"
        if units
        else "—",
        f"{ratio(c['approx'], c['found']):.1%}" if ours else "—",
        f"{c['zero found']} of {c['zero']}{wrong}",
        str(c["raised"]),
        f"{speed[name] / speed['re']:,.1f}",
        f"{speed[name] / speed['jieba']:.2f}",
        f"{speed['chinese2digits'] / speed[name]:.3g}",
    ]
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| package | precision | recall | F1 | noise | exact span F1 | value right | unit right (of those given) | approximation | "
    "zero statements | raised | CPU / re | CPU / jieba | × as fast as chinese2digits |"
)


def table(title, sentences):
    counts = {name: evaluate(name, sentences) for name in TOOLS}
    sampled = [name for name, c in counts.items() if c["seconds"] > SLOW]
    speed = speeds(sentences, sampled)
    some = counts["jionlp"]
    size = sum(len(text) for text, _ in sentences)
    print(f"### {title}\n")
    print(f"{len(sentences)} texts, {size:,} characters, {some['true']} quantities.\n")
    print(HEAD + "\n" + "|---" * HEAD.count(" | ") + "|---|")
    for name, c in counts.items():
        print(row(name, c, speed))
    print(
        f"\njionlp extracts money only: {some['money found']} of {some['money']} sums in 元 found."
        + (f" Timed on every tenth text: {'; '.join(sampled)}." if sampled else "")
        + "\n"
    )


if __name__ == "__main__":
    jieba.setLogLevel("ERROR")
    table("Marked sentences (tests/cases/quantities.txt)", cases())
    table("Annotated paragraphs of the corpus' test documents", paragraphs())
