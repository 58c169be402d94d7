"""The tables of ``corpus/DATASHEET.md`` as Markdown, counted from the corpus itself.

Run by ``scripts/corpus_report``. What counts as a hard case, a notation or a distractor is said by
the tables below: regular expressions and conditions on labels.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from pathlib import Path
from statistics import median

from nlp_reports import corpus, lexicon
from nlp_reports.scoring import agreement, quantity_agreement
from nlp_reports.tokens import Tokenizer

ROOT = Path(__file__).parents[1]
TOPICS = lexicon.column("topics", "topic")
GRAM = 16  # characters; longer than any name of a law or body that reports must share
SPREAD = 3  # documents: what stands in more of them repeats itself
ENOUGH = 15  # mentions of a notation, so that a score on it says something

LEVELS = {
    "province": "province",
    "city": "city, prefecture",
    "prefecture": "city, prefecture",
    "county": "county, district",
    "county-level-city": "county, district",
    "district": "county, district",
    "township": "township, subdistrict",
    "subdistrict": "township, subdistrict",
    "province-department": "department",
    "city-department": "department",
    "county-department": "department",
    "district-department": "department",
    "development-zone": "development zone",
    "university": "school, university",
    "school": "school, university",
    "hospital": "hospital, utility",
    "utility": "hospital, utility",
}


# Hard cases: what a word or a heading alone would get wrong


@dataclass(frozen=True)
class Case:
    """Segments that `words` fits and whose topics hold all of `has`, none of `lacks`, and just one
    side of `one_of`; ``hard`` is False for the plain case beside a hard one, given to compare."""

    kind: str
    words: str
    has: frozenset = frozenset()
    lacks: frozenset = frozenset()
    one_of: tuple = ()
    hard: bool = True

    def holds(self, segment):
        topics = set(segment.topics)
        return (
            self.has <= topics
            and not self.lacks & topics
            and (not self.one_of or sum(bool(side & topics) for side in self.one_of) == 1)
            and re.search(self.words, segment.text) is not None
        )


MOODS = frozenset({"problems", "improvements"})
CHANNELS, INTERACTION, DISPUTES, SERVICES, PROBLEMS, IMPROVEMENTS = (
    frozenset({topic})
    for topic in (
        "channels", "interaction", "disputes", "services", "problems", "improvements",
    )
)  # fmt: skip
DISCLOSURE = frozenset({"proactive", "requests", "channels"})
MEDIUM = (
    "网站|门户|网页|公众号|微信|微博|客户端|公报|公告栏|公开栏|公示栏|宣传栏|电子屏|显示屏|触摸屏|查阅点"
    "|查阅室|查阅场所|报纸|日报|电视台|广播|发布会|热线|手册|传单|橱窗|新媒体"
)
CASES = (
    Case("进一步 of work done", "进一步", lacks=MOODS),
    Case("进一步 of work planned", "进一步", has=IMPROVEMENTS, hard=False),
    Case("问题 that is none of the issuer's work", "问题", lacks=PROBLEMS),
    Case("问题 that is", "问题", has=PROBLEMS, hard=False),
    Case(
        "fault found and mended",
        r"(?=.*(?:发现|查出|查找|检查|抽查|排查|通报|错|漏|失效|断链|逾期|缺))"
        r"(?=.*(?:整改|纠正|改正|更正|补齐|补发|补录|修复|撤下|撤除|销号|解决))"
        r"(?=.*(?:已|均|全部|当[日天月年]|完毕|到位|完成|销号|了))",
        lacks=MOODS,
    ),
    Case("medium named in passing", MEDIUM, lacks=CHANNELS),
    Case("medium as the topic", MEDIUM, has=CHANNELS, hard=False),
    Case(
        "letters or disputes",
        "(?=.*(?:复议|诉讼|投诉|举报|申诉))(?=.*(?:信箱|来信|来电|信访|留言|热线|诉求|咨询|回复|答复|回应))",
        one_of=(INTERACTION, DISPUTES),
    ),
    Case(
        "services or disclosure",
        "(?=.*(?:服务大厅|政务大厅|审批|办事|许可|窗口|一网通办|政务服务|公共资源交易))(?=.*(?:公开|公布|公示|发布))",
        one_of=(SERVICES, DISCLOSURE),
    ),
    Case(
        "zero statement",
        r"(?:未|没有|无)(?:发生|收到|出现|收取|产生|接到|受理|因|被|依申请|申请|公民|涉|行政|政府|收费)"
        r"|(?:为|是|均)(?:零|〇|0(?![\d.]))|零(?:投诉|申请|收费|复议|诉讼)|(?<![\d.])0[件条起次宗]",
        lacks=MOODS,
    ),
    Case("no topic", "", lacks=frozenset(TOPICS)),
    Case("list inside a clause (three 、)", r"(?:[^、，。；：！？,;:!?\s]+、){3}"),
)  # fmt: skip


# Distractors: segments with a numeral in which nothing is counted

N = "0-9０-９〇零一二两三四五六七八九十百千"
NUMERAL = re.compile(f"[{N}万亿壹贰叁肆伍陆柒捌玖拾]")
# Words that hold the sign of a numeral and no numeral: a segment with these alone is no distractor.
WORDS = re.compile(
    "进一步|统一|一些|一定|一般|一律|一系列|一体|一致|一直|一旦|一并|一同|一起|之一|同一|单一|唯一|专一|一方面"
    "|一手|一贯|一切|一如|一批|一味|不一|万一|十分|百姓|千方百计|万家|三农|第三方|百货|千里"
    "|下一步|下一阶段|下一年|新一年|一线|一一|一环|其一|多一|一句话|年半载"
)
DISTRACTORS = {
    "year": rf"(?:[{N}]{{4}}|[{N}]{{2}})(?:年|－|-[0-9]{{4}}年)",
    "month, day, quarter": rf"[{N}]+(?:月|日|号前|季度)|[上下]半年|半年",
    "document number": rf"[〔\[［【（(](?:19|20|１９|２０)[{N}]{{2}}[〕\]］】）)]|令第?[{N}]+号|第[{N}]+号令|[{N}]{{2,}}号文",
    "article": rf"第[{N}]+(?:条|款|项|章|次修)",
    "hotline": r"(?<![\d.\-])(?:1[0-9]{4}|9[5-8]\d{3,4})(?![\d.名人条件次家户份元万])",
    "telephone": r"[0０][\d０-９]{2,3}[-—－－ ]?[\d０-９]{7,8}|(?:电话|传真|手机|热线)[^，。；,;]{0,6}[\d０-９]{7,}",
    "postcode": r"邮(?:政编码|编)[^，。；,;]{0,3}[\d０-９]{6}",
    "address": rf"[路街巷道][{N}]+号|[{N}]+(?:号楼|楼|室|栋|层|单元|段)",
    "web or network address": r"https?:|www\.|\w@\w|\d+\.\d+\.\d+\.\d+|\.(?:cn|com)",
    "ordinal, rank, level": rf"第[{N}]+(?![{N}条款项章号])|[{N}]+(?:级|等奖|强|星级|类|流)|[ABＡＢ]级",
    "enumerator": rf"^\s*(?:[（(]?[{N}]{{1,3}}[）)、.．]|[一二三四五六七八九十]+(?:是|要|、)|第[一二三四五六七八九十]，|[①-⑩])",
    "table, annex, column": rf"(?:附件|附表|附图|表|封|问题)[{N}]|第?[{N}]+(?:栏|频道|号书架|号地块)",
    "time of day": rf"\d+[：:]\d\d|[{N}]+[点时](?![间候])|24小时|7×24",
    "name with a number": r"PM|FM|[A-Za-z]+\d|\d+[A-Za-z路]|[\d一二三四五六七八九十]+\.0|[一二三四五六七八九十]\+|\d\+\d",
    "quoted or fixed phrase": (
        rf"[“\"「](?=[^”\"」]*[{N}万])[^”\"」]{{1,14}}[”\"」]|三公|两微|一端|一站式|一张网|一网|一窗|一次性|一图读懂|一键|一览"
        rf"|双一流|五公开|[{N}]+五(?:”|规划|时期|开局|收官)|[一二三四五六七八九十]+大|一事一|一人一|一[^，。]一[^，。](?=[，。、；]|制)|第一时间|两手|一把手|一家|一票否决"
    ),
    "deadline, rule, plan": (
        rf"[{N}]+(?:个)?(?:工作日|小时|日|天|分钟|月)(?:内|之内|以内|前|的时限)|底前"
        rf"|(?:不(?:少|低|超|高)[于过]|至少|力争|达到|提高到|增长|年内|每(?:年|月|季|季度|半年|周|日|天|名))[^，。；,;]{{0,16}}[{N}]"
        rf"|[{N}][^，。；,;]{{0,5}}以[上内]"
    ),
    "period": rf"[{N}]+(?:周年|年来|个年头|学年|年间)|一年|[{N}]+年(?:多|以来)|(?:为期|连续)[{N}]",
}


def is_distractor(text):
    return NUMERAL.search(WORDS.sub("", text)) is not None


# Notations of a quantity: regular expressions on its fields, all of which must fit

HAN, SCALE = "〇零一二两三四五六七八九", "十百千万亿"
NO_SHARE = "(?!.*分之|.*成)"
NOTATIONS = {
    "zero: one thing": {"implicit": "yes", "things": "one", "text": "(?<![零〇0无])$"},
    "zero: several things": {"implicit": "yes", "things": "several"},
    "zero: thing first": {"implicit": "yes", "text": "[零〇0无]$"},
    "thousands comma": {"text": r"\d[,，]\d{3}"},
    "full-width digits": {"text": "[０-９]"},
    "blanks": {"text": r"[ \u3000]"},
    "infix after digits": {"text": r"\d ?[万千亿]? ?[余多几来]"},
    "digits + scale": {"text": r"^(?!.*[\d][万千]\d).*[\d０-９] ?[余多几]? ?[万千亿]"},
    "decimal + scale": {"text": r"\d[.．]\d.*[万千亿]"},
    "Chinese + infix": {"implicit": "no", "text": rf"^{NO_SHARE}[{HAN}{SCALE}]+.*[余多几来]"},
    "bare scale": {"implicit": "no", "text": f"^{NO_SHARE}(?!.*[余多几来])[百千万亿]"},
    "Chinese numeral": {
        "implicit": "no",
        "text": rf"^{NO_SHARE}(?!.*[余多几来])(?![百千万亿])[{HAN}{SCALE}]*[{SCALE}]",
    },
    "one or two": {"implicit": "no", "text": "^(?!.*成|.*分之)[一两].{1,2}$"},
    "mixed": {"text": r"\d ?[万千] ?\d"},
    "bracketed unit": {"text": "[(（]"},
    "noun as unit": {
        "unit": "^(?:部分|方面|渠道|平台|项目|镇|村|栏目|单位|部门|专题|板块|环节|章节|乡镇)$"
    },
    "%": {"text": "%"},
    "％": {"text": "％"},
    "百分之": {"text": "百分之"},
    "成": {"unit": "^%$", "text": "成"},
    "个百分点": {"text": "百分点"},
    "‰": {"text": "‰|千分之"},
    "fraction": {"text": "^(?!.*[百千]分之).*分之"},
    "range": {"range": "yes"},
    "about": {"approx": "about"},
    "over": {"approx": "over"},
    "at_least": {"approx": "at_least"},
    "at_most": {"approx": "at_most"},
    "measured duration": {"unit": "工作日|天|小时|分钟|秒|日$"},
    "frequency": {"before": "每(?:年|月|季度?|周|日|天|半年|旬)[^，。；,;]{0,11}$"},
    "score": {"unit": "^分$"},
    "zero digit": {"implicit": "no", "value": "^0$"},
    "capital numerals": {"text": "[壹贰叁肆伍陆柒捌玖拾佰仟]"},
    "distributed": {"before": "分别[^。；;]{0,28}$"},
    "shared": {"before": "各有?[ (]?$"},
}


def fields(statistic, paragraph):
    """The fields of a quantity that the notations ask for, as texts."""
    around = [
        s
        for s in paragraph.statistics
        if s.implicit and s.start < statistic.end and statistic.start < s.end
    ]
    return {
        "text": statistic.text,
        "unit": statistic.unit or "",
        "before": paragraph.text[max(0, statistic.start - 30) : statistic.start],
        "value": format(statistic.value, "f"),
        "approx": statistic.approx,
        "range": "no" if statistic.value_max is None else "yes",
        "implicit": "yes" if statistic.implicit else "no",
        "things": "several" if len(around) > 1 else "one",
    }


def notations(statistic, paragraph):
    """Yield the notations a quantity is written in; several may hold."""
    known = fields(statistic, paragraph)
    for notation, patterns in NOTATIONS.items():
        if all(re.search(pattern, known[field]) for field, pattern in patterns.items()):
            yield notation


def uncounted(paragraph):
    """Yield the segments of an annotated paragraph that no quantity touches."""
    ends = list(accumulate(len(segment.text) for segment in paragraph.segments))
    touched = {
        n
        for s in paragraph.statistics
        for n in range(bisect_right(ends, s.start), bisect_right(ends, s.end - 1) + 1)
    }
    yield from (s for n, s in enumerate(paragraph.segments) if n not in touched)


# Names of places

SUFFIX = re.compile("(?:街道|社区|[县市区镇乡村路])$")
STEM = re.compile(
    "([一-龥]{2,4}?)(?=自治|地区|经济|高新|国际|土家|苗族|侗族|民族|城东|中[医学]|大学|师范|职业|学院|实验|燃气|街道"
    "|[省州市县区镇乡])"
)
# Signs that stand before 全市, 乡镇 or 小区 in running text and in no invented name here.
NO_NAME = set("的在和与及对个年各全我本为是有由到把将请于以可并占这某等来省市县区镇乡村街")


def places(texts, cut, words):
    """Names before 县, 市, 区 … that are no word of the dictionary: name to its documents."""
    found = defaultdict(set)
    for document, text in texts.items():
        for run in re.findall("[一-龥]{3,}", text):
            tokens = cut(run)
            for n in range(len(tokens)):
                if name := place(tokens, n, words):
                    found[name].add(document)
    return found


def place(tokens, n, words):
    """The two signs before a suffix that the dictionary cut one by one, with the suffix."""
    suffix = SUFFIX.search(tokens[n])
    if not suffix or suffix.start() > 1:
        return None
    name = tokens[n][: suffix.start()]
    while n and len(tokens[n - 1]) == 1 and len(name) < 2:
        n, name = n - 1, tokens[n - 1] + name
    if len(name) < 2 or name in words or set(name) & NO_NAME:
        return None
    return name + suffix.group()


def stems(labelled):
    """The first signs of each issuer's name."""
    found = {}
    for document, meta in labelled.documents.items():
        match = STEM.search(meta["issuer"].removeprefix("国家税务总局"))
        found[document] = match.group(1) if match else meta["issuer"][:2]
    return found


# Counting


def hard_cases(labelled):
    """Segments of each hard kind, by place: ``(paragraph, segment)`` numbers."""
    return {
        case: {
            (p, n)
            for p, paragraph in enumerate(labelled.paragraphs)
            for n, segment in enumerate(paragraph.segments)
            if case.holds(segment)
        }
        for case in CASES
    }


def hard_segments(found):
    """Places of `hard_cases` that are hard in at least one way."""
    return set().union(*(where for case, where in found.items() if case.hard))


def distractors(labelled):
    """Texts of all distractor segments of the annotated paragraphs."""
    return [
        segment.text
        for paragraph in labelled.paragraphs
        if paragraph.statistics is not None
        for segment in uncounted(paragraph)
        if is_distractor(segment.text)
    ]


def distractor_kinds(texts):
    """How many of the texts hold each kind of distractor; several may hold."""
    return {k: sum(bool(re.search(p, t)) for t in texts) for k, p in DISTRACTORS.items()}


def notation_counts(labelled):
    return Counter(
        notation
        for paragraph in labelled.paragraphs
        for statistic in paragraph.statistics or ()
        for notation in notations(statistic, paragraph)
    )


def rare_notations(counts):
    """The notations with fewer than `ENOUGH` mentions, and how many they have."""
    return {name: counts[name] for name in NOTATIONS if counts[name] < ENOUGH}


def annotated(labelled):
    """Names of the documents whose quantities are marked."""
    return sorted({p.document for p in labelled.paragraphs if p.statistics is not None})


def repeated_grams(labelled, length=GRAM):
    """Share of the corpus' character grams that occur in more than `SPREAD` documents.

    Returns the share of the places where a gram stands, and that of the distinct grams.
    """
    documents = defaultdict(set)
    places = Counter()
    for paragraph in labelled.paragraphs:
        text = paragraph.text
        for n in range(len(text) - length + 1):
            gram = text[n : n + length]
            documents[gram].add(paragraph.document)
            places[gram] += 1
    often = [gram for gram, names in documents.items() if len(names) > SPREAD]
    return sum(places[gram] for gram in often) / places.total(), len(often) / len(documents)


def region(meta):
    """The writer's word for a region, its rarer spellings put together."""
    word = str(meta.get("region") or "none")
    if "coast" in word or word == "delta":
        return "coast, delta"
    return "south-central" if word == "central-south" else word


def registers(meta):
    """The registers that a report names."""
    return [word.strip() for word in str(meta.get("register") or "none").split(",")]


def settlements(labelled):
    """Whose labels stand in the corpus where the two labellings differ.

    Returns two counters over ``first``, ``second`` and ``neither``: of segments by their topics,
    and of places by what was marked there, subjects apart.
    """
    final = {(p.document, p.index): p for p in labelled.paragraphs}
    topics, quantities = Counter(), Counter()
    for row in labelled.second:
        paragraph = final[row.document, row.paragraph]
        for one, two, segment in zip(row.first, row.second, paragraph.segments, strict=True):
            settle(topics, set(one), set(two), set(segment.topics))
        if row.first_statistics is not None:
            one, two, both = map(
                by_place, (row.first_statistics, row.second_statistics, paragraph.statistics)
            )
            for place in one.keys() | two.keys():
                settle(quantities, one.get(place), two.get(place), both.get(place))
    return topics, quantities


def settle(counts, one, two, final):
    if one != two:
        counts["first" if final == one else "second" if final == two else "neither"] += 1


def by_place(statistics):
    """What was said of each span, but for the words of its subject."""
    return {
        (s.start, s.end): (s.value, s.value_max, s.unit, s.approx, s.indicator, s.implicit)
        for s in statistics
    }


def second_agreement(labelled):
    """Agreement of the two labellings, of topics and of quantities."""
    rows = labelled.second
    topics = agreement(
        [topics for row in rows for topics in row.first],
        [topics for row in rows for topics in row.second],
        TOPICS,
    )
    marked = [row for row in rows if row.first_statistics is not None]
    quantities = quantity_agreement(
        [row.first_statistics for row in marked], [row.second_statistics for row in marked]
    )
    return topics, quantities


# Printing


def table(head, rows):
    print("\n| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(shown(cell) for cell in row) + " |")
    print()


def shown(cell):
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def spread(values):
    values = sorted(values)
    return f"{values[0]:,} / {median(values):,.0f} / {values[-1]:,}"


def print_size(labelled):
    characters = sum(len(p.text) for p in labelled.paragraphs)
    print(
        f"{len(labelled.documents)} reports, {len(labelled.paragraphs):,} paragraphs, "
        f"{labelled.segments:,} segments, {characters:,} characters."
    )
    marked = set(annotated(labelled))
    rows = []
    for name in labelled.splits:
        part = labelled.part(name)
        numbers = [len(part.documents), len(marked & set(part.documents)), len(part.paragraphs)]
        rows.append((name, *numbers, part.segments))
    table(("split", "reports", "with quantities", "paragraphs", "segments"), rows)
    sizes = Counter()
    for paragraph in labelled.paragraphs:
        sizes[paragraph.document] += len(paragraph.segments)
    print(f"Segments a report, least / median / most: {spread(sizes.values())}.")


def print_topics(labelled):
    table(("topic", "segments"), ((f"`{t}`", n) for t, n in labelled.counts().most_common()))
    sizes = Counter(len(s.topics) for p in labelled.paragraphs for s in p.segments)
    table(("topics of a segment", "segments"), sorted(sizes.items()))


def print_documents(labelled):
    metas = labelled.documents.values()
    groups = {
        "era": Counter(meta["era"] for meta in metas),
        "issuer": Counter(LEVELS.get(meta["level"], meta["level"]) for meta in metas),
        "form": Counter(
            str(meta["form"] or "none") if "form" in meta else "not said" for meta in metas
        ),
        "region": Counter(map(region, metas)),
        "register (a report may name several)": Counter(w for m in metas for w in registers(m)),
    }
    for head, counts in groups.items():
        rows = [(name, n) for name, n in counts.most_common() if n > 1]
        if head != "era" and (rest := sum(n for n in counts.values() if n == 1)):
            rows.append(("others", rest))
        table((head, "reports"), sorted(rows) if head == "era" else rows)


def print_matrix(labelled):
    """Print eras against issuers, regions and registers; what one report alone has is left out."""
    metas = labelled.documents.values()
    eras = sorted({meta["era"] for meta in metas})
    axes = {
        "issuer": lambda meta: [LEVELS.get(meta["level"], meta["level"])],
        "region": lambda meta: [region(meta)],
        "register": registers,
    }
    for head, words in axes.items():
        cells = Counter((word, meta["era"]) for meta in metas for word in words(meta))
        totals = Counter(word for meta in metas for word in words(meta))
        rows = [
            (word, *(cells[word, era] for era in eras)) for word, n in totals.most_common() if n > 1
        ]
        table((head, *eras), rows)
    kinds = {(meta["era"], *(words(meta)[0] for words in axes.values())) for meta in metas}
    print(
        f"{len(kinds)} different combinations of era, issuer, region and the register named first."
    )


def print_words(labelled):
    tokens = Tokenizer().many([p.text for p in labelled.paragraphs])
    counts = Counter(token for cut in tokens for token in cut)
    han = [token for token in counts if re.fullmatch("[一-龥]+", token)]
    at, distinct = repeated_grams(labelled)
    print(
        f"Vocabulary: {len(counts):,} distinct tokens ({len(han):,} of Han signs only) "
        f"in {counts.total():,}."
    )
    print(
        f"\nGrams of {GRAM} characters that stand in more than {SPREAD} reports: {at:.2%} of all "
        f"places, {distinct:.2%} of the distinct grams."
    )


def print_hard(labelled):
    found = hard_cases(labelled)
    table(
        ("hard case", "segments", "reports"),
        (
            (
                case.kind if case.hard else f"*to compare:* {case.kind}",
                len(where),
                len({labelled.paragraphs[p].document for p, _ in where}),
            )
            for case, where in found.items()
        ),
    )
    several = sum(len(s.topics) > 1 for p in labelled.paragraphs for s in p.segments)
    print(f"{len(hard_segments(found)):,} segments are hard in at least one way.")
    print(f"Besides, {several:,} segments have two or more topics.")


def print_quantities(labelled):
    mentions = [s for p in labelled.paragraphs for s in p.statistics or ()]
    linked = sum(s.indicator is not None for s in mentions)
    zeros = sum(s.implicit for s in mentions)
    print(
        f"{len(annotated(labelled))} reports, {len(mentions):,} quantities, {linked:,} of them with "
        f"an indicator ({len({s.indicator for s in mentions} - {None})} different ones), "
        f"{zeros:,} zero statements."
    )
    counts = notation_counts(labelled)
    rare = rare_notations(counts)
    rows = ((n, counts[n], f"**below {ENOUGH}**" if n in rare else "") for n in NOTATIONS)
    table(("notation (several may hold)", "quantities", ""), rows)
    texts = distractors(labelled)
    print(f"{len(texts):,} segments hold a numeral and count nothing.")
    kinds = distractor_kinds(texts)
    kinds["none of these"] = sum(not re.search("|".join(DISTRACTORS.values()), t) for t in texts)
    table(("what the numeral is (several may hold)", "segments"), kinds.items())


def print_agreement(labelled):
    topics, quantities = second_agreement(labelled)
    documents = len({row.document for row in labelled.second})
    print(
        f"{documents} of {len(labelled.documents)} reports ({documents / len(labelled.documents):.1%}), "
        f"{topics.segments:,} segments; whole label sets equal {topics.exact:.1%}."
    )
    twice = {(row.document, row.paragraph) for row in labelled.second}
    final = Counter(
        topic
        for paragraph in labelled.paragraphs
        if (paragraph.document, paragraph.index) in twice
        for segment in paragraph.segments
        for topic in segment.topics
    )
    rows = [
        (f"`{t}`", a.first, a.second, final[t], a.f1, a.kappa) for t, a in topics.labels.items()
    ]
    rows.append(("mean", "", "", "", topics.macro_f1, topics.macro_kappa))
    table(("topic", "first", "second", "settled", "F1", "kappa"), rows)
    of_topics, of_quantities = settlements(labelled)
    print(settled("segments", of_topics))
    marked = {row.document for row in labelled.second if row.first_statistics is not None}
    print(f"Quantities, {len(marked)} reports ({', '.join(sorted(marked))}):")
    table(
        ("first", "second", "same span", "F1", "amount", "approx", "indicator"),
        [
            (
                quantities.first, quantities.second, quantities.both, quantities.f1,
                quantities.amount, quantities.approx, quantities.indicator,
            )
        ],
    )  # fmt: skip
    print(settled("places", of_quantities))


def settled(things, counts):
    return (
        f"{counts.total()} {things} differ; settled as first {counts['first']}, "
        f"as second {counts['second']}, otherwise {counts['neither']}.\n"
    )


def print_places(labelled):
    import rjieba

    words = {
        line.split(" ")[0]
        for line in (resources.files("jieba") / "dict.txt").read_text("utf-8").splitlines()
    }
    texts = {name: f"{m['title']}\n{m['issuer']}\n" for name, m in labelled.documents.items()}
    for paragraph in labelled.paragraphs:
        texts[paragraph.document] += f"{paragraph.text}\n"
    engine = rjieba.Jieba()
    found = places(texts, lambda run: engine.cut(run, False), words)
    issuers = stems(labelled)
    carried = {stem: {d for d, text in texts.items() if stem in text} for stem in issuers.values()}
    print(
        f"{len(carried)} stems of issuers, {len(words & set(carried))} of them words of the dictionary "
        f"({', '.join(sorted(words & set(carried)))}); {len(found)} names before "
        "县, 市, 区, 镇, 乡, 街道, 村, 社区, 路 that the dictionary does not know."
    )
    rows = [
        (kind, name, len(where), ", ".join(sorted(where)))
        for kind, names in (("issuer", carried), ("in the text", found))
        for name, where in sorted(names.items(), key=lambda item: -len(item[1]))
        if len(where) > SPREAD
    ]
    print(f"In more than {SPREAD} reports:")
    table(("where", "name", "reports", ""), rows)
    few = sum(1 < len(where) <= SPREAD for where in found.values())
    print(f"In two or three reports: {few} of the names in the text.")


PARTS = {
    "Size": print_size,
    "Topics": print_topics,
    "Documents": print_documents,
    "Matrix": print_matrix,
    "Words": print_words,
    "Hard cases": print_hard,
    "Quantities": print_quantities,
    "Second labelling": print_agreement,
    "Names of places": print_places,
}


def main():
    labelled = corpus.read(ROOT / "corpus")
    for title, part in PARTS.items():
        print(f"\n## {title}\n")
        part(labelled)


if __name__ == "__main__":
    main()
