"""Writes a report as a page of a government web site, in the styles of six content systems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from random import Random

from forge.forms import Answer, Local
from forge.model import Authored, Block, Cell, Form

Page = Callable[[Authored, Random], str]

# Encoding of the bytes, and what the page says it is: right, wrong, too narrow, or nothing.
ENCODINGS: tuple[tuple[str, str | None], ...] = (
    ("utf-8", "utf-8"),
    ("gb18030", "gbk"),
    ("gb18030", "gb2312"),
    ("gb18030", "utf-8"),
    ("gb18030", None),
    ("utf-8", "gb2312"),
    ("utf-8", None),
    ("utf-8-sig", "gbk"),
    ("utf-16", None),
)

_CHARSET = "<!--charset-->"


def page(
    report: Authored,
    rng: Random,
    style: str = "article",
    *,
    encoding: str = "utf-8",
    declared: str | None = "utf-8",
    broken: bool = False,
) -> bytes:
    """Return the page. ``broken`` leaves end tags and quotes out and strews stray ones in."""
    html = PAGES[style](report, rng)
    if broken:
        html = _break(html, rng)
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    html = html.replace(_CHARSET, meta if declared else "")
    return html.encode(encoding, "xmlcharrefreplace")


def _break(html: str, rng: Random) -> str:
    html = re.sub(r"</(?:td|th|tr|p|li)>", "", html, flags=re.IGNORECASE)
    html = re.sub(r'(?<=\w)="([\w%#-]+)"', r"=\1", html)
    opened = [match.end() for match in re.finditer(r"<(?:td|p)\b[^>]*>", html, re.IGNORECASE)]
    for at in sorted(rng.sample(opened, 2), reverse=True):
        html = f"{html[:at]}</div>{html[at:]}"
    return html


# ---------------------------------------------------------------------------------------------
# What surrounds the report

_NAV = (
    "首页",
    "走进{place}",
    "新闻动态",
    "政务公开",
    "政务服务",
    "互动交流",
    "数据开放",
    "无障碍浏览",
)
_LINKS = (
    "{issuer}关于做好冬春火灾防控工作的通知",
    "{issuer}2015年预算公开说明",
    "一图读懂：城乡居民养老保险怎么缴",
    "关于公开征求《停车场管理办法》意见的公告",
    "{issuer}领导班子成员分工",
    "政府信息公开指南",
    "政府信息公开制度",
    "政府信息公开目录",
    "依申请公开",
    "政府信息公开工作年度报告",
    "行政许可事项清单（2024年版）",
    "人事任免",
    "重大建设项目",
    "公共资源交易",
    "社会救助和保障性住房",
    "食品药品安全",
)
_FOOT = (
    "主办：{issuer}办公室　承办：政务信息中心",
    "网站标识码：0000000001　备案号：〇ICP备00000000号-1　公安备案00000000000001号",
    "地址：人民路1号　电话：0000-1234567　邮编：000000",
    "版权所有　未经授权禁止镜像　您是第 1204633 位访问者",
)
_SCRIPT = """<script type="text/javascript">
var tpl = "<table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr></table>";
if (1 < 2 && window.name) { document.write(tpl); }
</script>"""


def _metadata(report: Authored) -> list[tuple[str, str]]:
    return [
        ("索 引 号", f"000014349/{report.year + 1}-00017"),
        ("主题分类", "政务公开／信息公开年报"),
        ("发布机构", report.issuer),
        ("发文日期", report.published or ""),
        ("名　　称", report.title),
        ("文　　号", "无"),
    ]


def _links(report: Authored, rng: Random, count: int) -> list[str]:
    chosen = [rng.choice(_LINKS).format(issuer=report.issuer) for _ in range(count)]
    return [
        f'<a href="/art/{rng.randint(2015, 2024)}/{n}.html" target="_blank">{text}</a>'
        for n, text in enumerate(chosen)
    ]


def _nav(report: Authored) -> list[str]:
    return [
        f'<a href="/{n}/">{text.format(place=report.issuer[:2])}</a>' for n, text in enumerate(_NAV)
    ]


def _feet(report: Authored) -> list[str]:
    return [line.format(issuer=report.issuer) for line in _FOOT]


def _items(texts: list[str]) -> str:
    return "\n".join(f"<li>{text}</li>" for text in texts)


# ---------------------------------------------------------------------------------------------
# The blocks and tables


def _text(text: str) -> str:
    return escape(text, quote=False).replace("\N{NO-BREAK SPACE}", "&nbsp;")


def _body(report: Authored, paragraph: Callable[[Block], str], table: Callable[[Form], str]) -> str:
    """Return all blocks but the title, which the page sets elsewhere."""
    return "\n".join(
        table(block.form) if block.form else paragraph(block)
        for block in report.blocks
        if block.kind != "title"
    )


def _table(form: Form, cell: Callable[[Cell], str], opening: str = '<table border="1">') -> str:
    rows = ("<tr>\n" + "\n".join(map(cell, row)) + "\n</tr>" for row in form.rows)
    return f"{opening}\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _spans(cell: Cell) -> str:
    wide = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    tall = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    return wide + tall


def _plain_cell(cell: Cell) -> str:
    text = _text(cell.text).replace("\n", "<br />") or "&nbsp;"
    return f"<td{_spans(cell)}>{text}</td>"


_ALIGNED = {"caption": ' style="text-align:center"', "sign-off": ' style="text-align:right"'}


def _plain_paragraph(block: Block) -> str:
    text = _text(block.text)
    if block.kind == "heading":
        return f"<p><strong>　　{text}</strong></p>"
    return f"<p{_ALIGNED.get(block.kind, '')}>{'　　' * (block.kind == 'paragraph')}{text}</p>"


# ---------------------------------------------------------------------------------------------
# The pages


def article(report: Authored, rng: Random) -> str:
    """An article of <p>, under a metadata table."""
    cells = [
        f"<td><b>{name}：</b></td><td>{_text(value)}</td>" for name, value in _metadata(report)
    ]
    rows = "\n".join(f"<tr>{cells[n]}{cells[n + 1]}</tr>" for n in range(0, len(cells), 2))
    return f"""\
<html>
<head>
{_CHARSET}
<title>{report.title}_{report.issuer}</title>
<meta name="ContentTitle" content="{report.title}">
<meta name="PubDate" content="{report.published or ""} 09:30">
{_SCRIPT}
</head>
<body>
<div class="location">当前位置：{" &gt; ".join(_nav(report)[:4])}</div>
<table class="xxgk_table" width="100%">
{rows}
</table>
<h1 class="title">{report.title}</h1>
<div class="info">来源：{report.issuer}　发布时间：{report.published or ""}　浏览次数：<span id="hits">318</span>
　字体：【<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>】　<a href="#">打印</a></div>
<div class="article_content" id="zoom">
{_body(report, _plain_paragraph, lambda form: _table(form, _plain_cell))}
</div>
<div class="foot">{"<br>".join(_feet(report))}</div>
</body>
</html>
"""


def word(report: Authored, rng: Random) -> str:
    """As Word saves it: styles everywhere, a span around every few characters."""

    def runs(text: str) -> str:
        return "".join(_runs(text, rng))

    def paragraph(block: Block) -> str:
        align = {"caption": " align=center", "sign-off": " align=right"}.get(block.kind, "")
        indent = "text-indent:32.0pt;mso-char-indent-count:2.0;" if not align else ""
        text = runs(block.text)
        text = (
            f"<b style='mso-bidi-font-weight:normal'>{text}</b>"
            if block.kind == "heading"
            else text
        )
        return f"<p class=MsoNormal{align} style='{indent}line-height:28.0pt;\nmso-line-height-rule:exactly'>{text}</p>\n"

    def cell(given: Cell) -> str:
        lines = given.text.split("\n") if given.text else []
        filled = "\n".join(
            f"  <p class=MsoNormal align=center style='text-align:center'>{runs(line)}</p>"
            for line in lines
        )
        blank = "  <p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>"
        spans = _spans(given).replace('"', "")
        return f"  <td width=85{spans} style='width:63.8pt;border:solid windowtext 1.0pt;\n  padding:0cm 5.4pt 0cm 5.4pt'>\n{filled or blank}\n  </td>"

    opening = "<table class=MsoNormalTable border=0 cellspacing=0 cellpadding=0\n style='border-collapse:collapse;mso-yfti-tbllook:1184'>"
    body = _body(report, paragraph, lambda form: _table(form, cell, opening))
    return f"""\
<html xmlns:v="urn:schemas-microsoft-com:vml"
xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns="http://www.w3.org/TR/REC-html40">
<head>
{_CHARSET}
<meta name=Generator content="Microsoft Word 12">
<!--[if gte mso 9]><xml>
 <w:WordDocument><w:View>Print</w:View><w:Zoom>90</w:Zoom></w:WordDocument>
</xml><![endif]-->
<style>
<!--
 p.MsoNormal {{mso-style-parent:""; margin:0cm; font-size:16.0pt; font-family:"仿宋_GB2312";}}
 @page Section1 {{size:595.3pt 841.9pt;}}
-->
</style>
</head>
<body lang=ZH-CN style='tab-interval:21.0pt'>
<div class=Section1>
<p class=MsoNormal align=center style='text-align:center'><b>{runs(report.title)}</b></p>
{body}
</div>
</body>
</html>
"""


def _runs(text: str, rng: Random) -> Iterator[str]:
    """Yield spans of a few characters; Word parts digits and letters from Chinese."""
    for part in re.findall(r"[\x21-\x7e]+|[^\x21-\x7e]+", text):
        while part:
            size = rng.randint(1, 12)
            piece, part = part[:size], part[size:]
            kind = (
                "lang=EN-US\nstyle='font-family:Arial'"
                if piece[0] < "\x7f"
                else "style='font-family:仿宋_GB2312'"
            )
            yield f"<span {kind}>{_text(piece)}</span>"


def breaks(report: Authored, rng: Random) -> str:
    """One box of text, its lines parted by <br> and pushed in by blanks."""

    def paragraph(block: Block) -> str:
        indent = "" if block.kind in ("caption", "sign-off") else "&nbsp;" * 4
        return indent + _text(block.text) + rng.choice(["<br>", "<BR>", "<br/><br/>"])

    body = _body(report, paragraph, lambda form: _table(form, _plain_cell))
    return f"""\
<html>
<head>
<title>{report.title}</title>
{_CHARSET}
</head>
<body>
<center><font size="5" color="#FF0000">{report.title}</font><br>
发布日期：[{report.published or ""}]　阅读：256次　【<a href="javascript:window.print()">打印</a>】【<a href="#">关闭</a>】</center>
<hr>
<div id="content"><font face="宋体">
{body}
</font></div>
<hr>
<center>{"<br>".join(_feet(report))}</center>
</body>
</html>
"""


def layout(report: Authored, rng: Random) -> str:
    """A page of the years before style sheets: everything is placed by tables."""
    nav = "".join(f'<TD ALIGN="center" BGCOLOR="#003399">{link}</TD>' for link in _nav(report))
    side = "\n".join(f"<TR><TD>·{link}</TD></TR>" for link in _links(report, rng, 14))
    feet = "".join(f'<TR><TD ALIGN="center">{line}</TD></TR>' for line in _feet(report))
    meta = "".join(
        f"<TR><TD>{name}</TD><TD>{_text(value)}</TD></TR>" for name, value in _metadata(report)
    )
    body = _body(report, _plain_paragraph, lambda form: _table(form, _plain_cell))
    return f"""\
<HTML>
<HEAD>{_CHARSET}<TITLE>{report.title}</TITLE></HEAD>
<BODY TOPMARGIN="0">
<TABLE WIDTH="1000" BORDER="0" ALIGN="center"><TR>{nav}</TR></TABLE>
<TABLE WIDTH="1000" BORDER="0" ALIGN="center">
<TR>
<TD WIDTH="220" VALIGN="top"><TABLE WIDTH="100%">
{side}
</TABLE></TD>
<TD VALIGN="top">
<TABLE WIDTH="100%" CELLPADDING="4">
<TR><TD>您的位置：首页 &gt;&gt; 政务公开 &gt;&gt; 年度报告</TD></TR>
<TR><TD><TABLE BORDER="1" WIDTH="96%">{meta}</TABLE></TD></TR>
<TR><TD ALIGN="center"><B>{report.title}</B></TD></TR>
<TR><TD>
{body}
</TD></TR>
<TR><TD ALIGN="right">[ 打印 ] [ 关闭 ] [ 返回顶部 ]</TD></TR>
</TABLE>
</TD>
</TR>
</TABLE>
<TABLE WIDTH="1000" ALIGN="center">{feet}</TABLE>
</BODY>
</HTML>
"""


def portal(report: Authored, rng: Random) -> str:
    """A modern page: navigation, crumbs, metadata list, side bar, share buttons, footer."""

    def cell(given: Cell) -> str:
        tag = "td" if isinstance(given, Answer | Local) or given.text == "" else "th"
        text = "</span><br><span>".join(map(_text, given.text.split("\n")))
        return f'<{tag}{_spans(given)} style="border: 1px solid #ddd; padding: 0 7px;"><span>{text}</span></{tag}>'

    def table(form: Form) -> str:
        inner = _table(form, cell, '<table class="et-table" style="width: 100%;">')
        return f'<div class="table-responsive">{inner}</div>'

    def paragraph(block: Block) -> str:
        tag = "h3" if block.kind == "heading" else "p"
        style = "text-indent: 2em; line-height: 1.75;"
        return f'<{tag} style="{style}"><span style="font-size: 16px;">{_text(block.text)}</span></{tag}>'

    share = "".join(f'<a class="share-{n}" href="#">{n}</a>' for n in ("微信", "微博", "QQ空间"))
    meta = [f"<em>{name}：</em>{_text(value)}" for name, value in _metadata(report)]
    return f"""\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
{_CHARSET}
<meta name="viewport" content="width=device-width">
<title>{report.title}</title>
<style>.hidden {{ display: none; }}</style>
{_SCRIPT}
</head>
<body>
<header><div class="logo">{report.issuer}门户网站</div><nav><ul>
{_items(_nav(report))}
</ul></nav><form action="/search"><input name="q" placeholder="请输入关键字"><button>搜索</button></form></header>
<div class="crumbs">当前位置：{" / ".join(_nav(report)[:3])} / <span>正文</span></div>
<main class="wrap clearfix">
<aside class="side"><h4>信息公开导航</h4><ul>
{_items(_links(report, rng, 22))}
</ul></aside>
<article class="detail">
<ul class="meta">
{_items(meta)}
</ul>
<h1>{report.title}</h1>
<div class="tools"><span>发布时间：{report.published or ""}</span><span>浏览量：1024</span><span>字号：A- A A+</span></div>
<div class="content">
{_body(report, paragraph, table)}
</div>
<div class="share">分享到：{share}</div>
<div class="around"><p>上一篇：{_links(report, rng, 1)[0]}</p><p>下一篇：{_links(report, rng, 1)[0]}</p></div>
</article>
</main>
<footer><div class="friends">友情链接：{" ".join(_links(report, rng, 6))}</div>
<p>{"</p><p>".join(_feet(report))}</p></footer>
<div class="hidden">扫一扫在手机打开当前页</div>
</body>
</html>
"""


def editor(report: Authored, rng: Random) -> str:
    """A page filled in an editor pasted into: divs for lines, fonts, blank lines, empty marks."""

    def paragraph(block: Block) -> str:
        text = _text(block.text)
        inner = f"<b>{text}</b>" if block.kind == "heading" else text
        blank = rng.choice(["", "<div><br></div>", "<div>&nbsp;</div>", '<a name="_Toc1"></a>'])
        return f'{blank}<div><font size="3">&emsp;&emsp;{inner}</font></div>'

    def cell(given: Cell) -> str:
        text = "</div><div>".join(map(_text, given.text.split("\n")))
        return f'<td{_spans(given)} nowrap="nowrap" valign="middle"><div>{text}</div></td>'

    opening = '<table cellspacing="0" style="border-collapse:collapse"><colgroup><col width="60"></colgroup>'
    meta = "　".join(f"{name}：{_text(value)}" for name, value in _metadata(report)[:4])
    return f"""\
<html>
<head>
<title>{report.issuer}</title>
{_CHARSET}
</head>
<body>
<div class="top">{" | ".join(_nav(report))}</div>
<div class="box">
<div class="bt">{report.title}</div>
<div class="xx">{meta}</div>
<div class="TRS_Editor"><style type="text/css">.TRS_Editor P {{ margin-top: 0; }}</style>
{_body(report, paragraph, lambda form: _table(form, cell, opening))}
</div>
</div>
<div class="bottom">{" ".join(f"<span>{line}</span>" for line in _feet(report))}</div>
</body>
</html>
"""


PAGES: dict[str, Page] = {
    "article": article,
    "word": word,
    "breaks": breaks,
    "layout": layout,
    "portal": portal,
    "editor": editor,
}
