"""Web pages: the report's own text and tables, whatever system made the page and however badly.

All bodies, places and figures are invented.
"""

from __future__ import annotations

import codecs
import random
import re
import socket
import time

import pytest

from nlp_reports.errors import DocumentEmpty, DocumentError, DocumentTooLarge, UnsupportedMedia
from nlp_reports.reading import html
from nlp_reports.reading.content import Cells, Content, Text
from nlp_reports.reading.html.tables import MAX_CELLS
from nlp_reports.settings import DEFAULT, Settings

TITLE = "青榆县水务局2022年政府信息公开工作年度报告"
PREFACE = "　　本报告由青榆县水务局按照条例要求编制，数据统计期限为2022年1月1日至12月31日。"
OVERVIEW = "　　全年在门户网站公布供水水质月报12期，更新办事指南8项，没有发生泄密事件。"
PROBLEMS = "　　公开内容还不够细，群众查找不够方便。下一步将把水价听证材料集中到一个栏目。"
OTHER = "　　本年度未收取信息处理费。"
REPORT = [
    PREFACE.strip(), "一、总体情况", OVERVIEW.strip(), "五、存在的主要问题及改进情况",
    PROBLEMS.strip(), "六、其他需要报告的事项", OTHER.strip(), "青榆县水务局", "2023年1月18日",
]  # fmt: skip
BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        PREFACE, "一、总体情况", OVERVIEW, "五、存在的主要问题及改进情况", PROBLEMS,
        "六、其他需要报告的事项", OTHER, "青榆县水务局", "2023年1月18日",
    )
)  # fmt: skip
MENU = "".join(f'<li><a href="/c{n}/index.html">栏目{n}</a></li>' for n in range(30))
FOOT = (
    '<div class="foot"><a href="/map">网站地图</a> 版权所有：青榆县人民政府 某ICP备00000000号</div>'
)

PART_TWO = """
<table border=1>
<tr><td colspan=4>第二十条第（一）项</td></tr>
<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>
<tr><td>规章</td><td>0</td><td>0</td><td>0</td></tr>
<tr><td>行政规范性文件</td><td>3</td><td>1</td><td>14</td></tr>
<tr><td colspan=4>第二十条第（五）项</td></tr>
<tr><td>信息内容</td><td colspan=3>本年处理决定数量</td></tr>
<tr><td>行政许可</td><td colspan=3>208</td></tr>
<tr><td colspan=4>第二十条第（六）项</td></tr>
<tr><td>信息内容</td><td colspan=3>本年处理决定数量</td></tr>
<tr><td>行政处罚</td><td colspan=3>17</td></tr>
<tr><td>行政强制</td><td colspan=3>2</td></tr>
<tr><td colspan=4>第二十条第（八）项</td></tr>
<tr><td>信息内容</td><td colspan=3>本年收费金额（单位：万元）</td></tr>
<tr><td>行政事业性收费</td><td colspan=3>31.5</td></tr>
</table>"""

PART_THREE = """
<table>
<thead>
<tr><td rowspan=3 colspan=3>（本列数据的勾稽关系）</td><td colspan=7>申请人情况</td></tr>
<tr><td rowspan=2>自然人</td><td colspan=5>法人或其他组织</td><td rowspan=2>总计</td></tr>
<tr><td>商业企业</td><td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td></tr>
</thead>
<tr><td colspan=3>一、本年新收政府信息公开申请数量</td><td>6</td><td>1</td><td>0</td><td>0</td><td>0</td><td>0</td><td>7</td></tr>
<tr><td rowspan=3>三、本年度办理结果</td><td colspan=2>（一）予以公开</td><td>4</td><td>1</td><td>0</td><td>0</td><td>0</td><td>0</td><td>5</td></tr>
<tr><td rowspan=2>（三）不予公开</td><td>1.属于国家秘密</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>
<tr><td>2.其他法律行政法规禁止公开</td><td>2</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>2</td></tr>
</table>"""

PART_FOUR = (
    "<table><tr><td colspan=5>行政复议</td><td colspan=10>行政诉讼</td></tr>"
    "<tr>" + "".join(f"<td rowspan=2>{name}</td>" for name in ("结果<br>维持", "结果<br>纠正", "其他<br>结果", "尚未<br>审结", "总计"))
    + "<td colspan=5>未经复议直接起诉</td><td colspan=5>复议后起诉</td></tr>"
    "<tr>" + "<td>结果维持</td><td>结果纠正</td><td>其他结果</td><td>尚未审结</td><td>总计</td>" * 2 + "</tr>"
    "<tr>" + "".join(f"<td>{n}</td>" for n in (1, 0, 0, 1, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 3)) + "</tr></table>"
)  # fmt: skip


def page(body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    )


def site(body: str, head: str = "") -> str:
    """The body as a site frames it: a menu, a trail of links, a foot."""
    trail = '<div>当前位置：<a href="/">首页</a> &gt; <a href="/gk">信息公开年报</a></div>'
    return page(f"<ul>{MENU}</ul>{trail}<div>{body}</div>{FOOT}", head)


def read(markup: str | bytes, settings: Settings = DEFAULT) -> Content:
    data = markup if isinstance(markup, bytes) else markup.encode()
    return html.read(data, where="page.html", settings=settings)


def lines(content: Content) -> list[str]:
    return [b.text for b in content.blocks if isinstance(b, Text) and not b.noise]


def fields(content: Content) -> list[str]:
    return [b.text for b in content.blocks if isinstance(b, Text) and b.noise]


def tables(content: Content) -> list[tuple[tuple[str, ...], ...]]:
    return [b.rows for b in content.blocks if isinstance(b, Cells)]


def codes(content: Content) -> list[str]:
    return [warning.code for warning in content.warnings]


# How systems lay an article out


LAYOUTS = {
    "paragraphs in one div": f'<h1>{TITLE}</h1><div id="zoom">{BODY}</div>',
    "an editor's wrappers": f'<div class="t">{TITLE}</div><div class="TRS_Editor"><div class="Custom_UnionStyle">{BODY}</div></div>',
    "a tag of the system's own": f"<ucaptitle>{TITLE}</ucaptitle><ucapcontent>{BODY}</ucapcontent>",
    "lines broken by br": f"<h2>{TITLE}</h2><div>" + BODY.replace("<p>", "").replace("</p>", "<br>") + "</div>",
    "nested spans": f"<h1>{TITLE}</h1><div>" + BODY.replace("<p>", '<p><span style="font-size:16pt"><font face="仿宋">').replace("</p>", "</font></span></p>") + "</div>",
    "divs": f"<h1>{TITLE}</h1><div>" + BODY.replace("<p>", "<div>").replace("</p>", "</div>") + "</div>",
    "sections": f"<article><header><h1>{TITLE}</h1></header>" + BODY.replace("<p>", "<section>").replace("</p>", "</section>") + "</article>",
    "spans drawn as blocks": f"<h1>{TITLE}</h1><div>" + BODY.replace("<p>", '<span style="display: block">').replace("</p>", "</span>") + "</div>",
    "a layout table": f'<table width=980><tr><td colspan=2 class="title">{TITLE}</td></tr><tr><td width=10></td><td>{BODY}</td></tr></table>',
    "a row a paragraph": f"<table><tr><td>{TITLE}</td></tr>" + BODY.replace("<p>", "<tr><td>").replace("</p>", "</td></tr>") + "</table>",
    "siblings": f"<h1>{TITLE}</h1><div>" + BODY.replace("<p>一、", "</div><div class=page><p>一、").replace("<p>五、", "</div><div class=page><p>五、") + "</div>",
    "upper case": f"<DIV><H1>{TITLE}</H1>" + BODY.replace("<p>", "<P>").replace("</p>", "</P>") + "</DIV>",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_whole_report_is_read_and_the_site_around_it_is_not(layout):
    content = read(site(LAYOUTS[layout]))
    assert lines(content) == [TITLE, *REPORT]
    assert content.warnings == ()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_without_a_site_around_it_is_read_whole(layout):
    assert lines(read(page(LAYOUTS[layout]))) == [TITLE, *REPORT]


def test_a_report_without_end_tags_is_read_whole():
    content = read(site(f"<h1>{TITLE}<div>" + BODY.replace("</p>", "")))
    assert lines(content)[: len(REPORT) + 1] == [TITLE, *REPORT]


def test_a_menu_in_a_column_of_the_layout_table_is_left_out():
    markup = page(
        f"<table><tr><td colspan=2>{FOOT}</td></tr><tr><td><table><tr><td>{MENU}</td></tr></table></td>"
        f"<td><table><tr><td>{TITLE}</td></tr><tr><td>{BODY}{PART_TWO}</td></tr></table></td></tr></table>"
    )
    content = read(markup)
    assert [line for line in lines(content) if "栏目0" in line] == []
    assert lines(content)[-len(REPORT) - 1 :] == [TITLE, *REPORT]
    assert len(tables(content)) == 1


def test_short_paragraphs_at_the_edges_of_the_report_are_kept():
    body = f"<div><p>各位代表</p>{BODY}<p>特此报告</p></div>"
    assert lines(read(site(body)))[0] == "各位代表"
    assert lines(read(site(body)))[-1] == "特此报告"


def test_headings_of_any_style_and_none_hold_the_report():
    for heads in (
        ("第一部分 概述", "第二部分 附表"),
        ("（一）概述", "（二）附表"),
        ("1.概述", "2.附表"),
        ("概述", "附表"),
    ):
        body = f"<h1>{TITLE}</h1><div><p>{heads[0]}</p><p>{OVERVIEW}</p><p>{heads[1]}</p><p>详见文末。</p></div>"
        assert lines(read(site(body))) == [
            TITLE,
            heads[0],
            OVERVIEW.strip(),
            heads[1],
            "详见文末。",
        ]


def test_a_page_of_a_title_and_a_table_is_a_report():
    content = read(site(f"<h1>{TITLE}</h1><div>{PART_TWO}</div>"))
    assert lines(content) == [TITLE]
    assert len(tables(content)) == 1
    assert content.warnings == ()


def test_links_in_the_report_are_kept():
    body = f'<div><p>一、总体情况</p><p><a href="/1">供水规划</a></p><p><a href="/2">水价目录</a></p><p>{OVERVIEW}</p></div>'
    assert "供水规划" in lines(read(site(body)))


def test_an_attachment_below_the_report_is_kept_and_its_neighbours_are_not():
    body = f'<div>{BODY}<p><a href="/f/1.docx">附件：统计表.docx</a></p><p><a href="/n">下一篇：预算公开</a></p></div>'
    assert lines(read(site(body)))[-1] == "附件：统计表.docx"


FEET = {
    "a box of lines": "<div>主办：青榆县人民政府<br>地址：柳林路9号　电话：0000-7654321<br>版权所有</div>",
    "a box of paragraphs": "<div><p>地址：柳林路9号　电话：0000-7654321</p><p>网站标识码：0000000002</p></div>",
    "paragraphs beside those of the report": "<p>地址：柳林路9号　电话：0000-7654321</p><p>版权所有</p><p>您是第9位访问者</p>",
    "boxes in a box": "<div><div>地址：柳林路9号</div><div><span>某ICP备00000000号</span></div></div>",
    "an element for it": "<footer><p>地址：柳林路9号　电话：0000-7654321</p></footer>",
    "a class for it": "<div class='wrap foot'><p>地址：柳林路9号　电话：0000-7654321</p></div>",
    "an id for it": "<div id=Footer>地址：柳林路9号　电话：0000-7654321</div>",
}


@pytest.mark.parametrize("foot", FEET)
def test_a_foot_without_links_is_no_end_of_the_report(foot):
    assert lines(read(page(f"{BODY}{FEET[foot]}"))) == REPORT
    assert lines(read(page(f"<h1>{TITLE}</h1><div>{BODY}</div>{FEET[foot]}"))) == [TITLE, *REPORT]


def test_contact_lines_of_the_report_are_kept():
    contact = "联系地址：柳林路9号　电话：0000-7654321"
    head, tail = BODY.split("<p>一、")
    content = read(page(f"<div>{head}<p>{contact}</p><p>一、{tail}<p>{contact}</p></div>"))
    assert lines(content) == [REPORT[0], contact, *REPORT[1:], contact]


def test_what_is_attached_between_the_report_and_the_foot_is_kept():
    rest = '<p>附件：<a href="/f/1.xls">收费表</a></p><p>版权所有</p>'
    content = read(page(f"<div>{BODY}</div><div>{rest}</div>"))
    assert lines(content) == [*REPORT, "附件：收费表"]


@pytest.mark.parametrize("line", ["[ 打印 ] [ 关闭 ]", "【打印本页】【关闭窗口】", "返回顶部"])
def test_buttons_after_the_report_are_left_out(line):
    assert lines(read(page(f"<div>{BODY}</div><p>{line}</p>"))) == REPORT
    assert lines(read(page(f"<table><tr><td>{BODY}<tr><td>{line}</table>"))) == REPORT


def test_an_anchor_left_open_does_not_turn_the_report_into_links():
    assert set(REPORT) <= set(lines(read(site(f'<div><a href="/x">{BODY}</div>'))))


def test_what_follows_the_end_of_the_page_is_read():
    head, tail = BODY.split("<p>五、")
    assert lines(read(page(f"<div>{head}</body></html><div><p>五、{tail}</div>"))) == REPORT


def test_a_fragment_is_read():
    assert lines(read(BODY)) == REPORT
    assert lines(read("一、总体情况")) == ["一、总体情况"]


def test_a_page_saved_by_word_is_read():
    markup = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15">'
        "<style><!-- p.MsoNormal {margin:0cm;} --></style><!--[if gte mso 9]><xml>隐藏</xml><![endif]--></head>"
        "<body lang=ZH-CN><div class=WordSection1><p class=MsoNormal style='text-indent:32.0pt'><span\n"
        "style='font-family:仿宋'>全年公布\n供水月报<span lang=EN-US>12</span>期，<o:p></o:p>办理来信\n2件。</span></p>"
        "<p class=MsoNormal><![if !supportLists]><span>1.<span>&nbsp;&nbsp; </span></span><![endif]>加强培训</p></div></body></html>"
    )
    first, second = read(markup).blocks
    assert first == Text("全年公布供水月报12期，办理来信2件。", indented=True)
    assert second == Text("1.\xa0\xa0 加强培训")


# Text


def test_indents_are_taken_from_blanks_and_from_styles():
    markup = (
        "<p>　　全角空格一。</p><p>&nbsp;&nbsp;&nbsp;&nbsp;不断行空格二。</p><p style='text-indent: 2em'>样式三。</p>"
        "<div style='TEXT-INDENT:21pt'><p>继承四。</p><p style='text-indent:0'>复位五。</p></div>"
        "<p style='text-indent:-21pt'>悬挂六。</p><p>\n        源码缩进七。</p><pre>  预排八。</pre>"
    )
    assert [(b.text[-2], b.indented) for b in read(markup).blocks] == [
        ("一", True), ("二", True), ("三", True), ("四", True),
        ("五", False), ("六", False), ("七", False), ("八", True),
    ]  # fmt: skip


def test_only_the_first_line_of_a_paragraph_takes_its_indent():
    first, second = read("<p style='text-indent:2em'>甲段。<br>乙行。</p>").blocks
    assert (first.indented, second.indented) == (True, False)


def test_line_ends_of_the_source_are_no_blanks_between_characters():
    assert lines(read("<p>水质\r\n  合格，pH\n7.2。</p>")) == ["水质合格，pH 7.2。"]


def test_an_indent_after_a_line_end_opens_a_paragraph():
    assert lines(read("<div>　　第一段。\n　　第二段。</div>")) == ["第一段。", "第二段。"]


def test_inline_tags_do_not_break_a_line():
    markup = "<p><b>水</b><font>质</font><sup>①</sup><ruby>鄞<rt>yín</rt></ruby><img alt='图'><a name=x>县</a>。</p>"
    assert lines(read(markup)) == ["水质①鄞yín县。"]


def test_characters_are_not_altered():
    text = "⼀、総体：２０２２年，“公开”１，２３４条…… 　㈠"
    assert lines(read(f"<p>{text}</p>")) == [text]


def test_entities_are_read():
    assert lines(read("<p>A&amp;B&lt;C&#19968;&nope;&hellip;</p>")) == ["A&B<C一&nope;…"]


def test_scripts_styles_comments_forms_and_hidden_elements_are_left_out():
    markup = page(
        "<script>var a='<p>一、脚本。</p>'</script><style>p{}</style><noscript>二、无脚本。</noscript>"
        "<template><p>三、模板。</p></template><!-- 四、注释。 --><select><option>五、选项。</select>"
        "<textarea>六、文本框。</textarea><div style='color:red; DISPLAY : none'>七、隐藏。<div>八</div></div>"
        f"<input type=hidden value=九><p hidden>十、隐藏。</p><?xml x='十一'?>{BODY}"
    )
    assert lines(read(markup)) == REPORT


def test_a_report_the_page_does_not_show_is_warned_of():
    content = read(page(f"<div style='display:none'>{BODY}</div><p>请点击查看。</p>"))
    assert "hidden_text" in codes(content)


# Fields of the system, titles, metadata


BLOCKS = {
    "a table": "<table><tr><td>索 引 号：</td><td>Q01/2023-7</td><td>发布机构：</td><td>青榆县水务局</td></tr>"
    "<tr><td>发文日期：</td><td>2023-01-18</td><td>文　　号：</td><td></td></tr></table>",
    "a table without colons": "<table><tr><th>索 引 号</th><td>Q01/2023-7</td></tr><tr><th>发布机构</th><td>青榆县水务局</td></tr>"
    "<tr><th>发文日期</th><td>2023-01-18</td></tr><tr><th>文　　号</th><td></td></tr></table>",
    "a list": "<ul><li><b>索 引 号：</b>Q01/2023-7</li><li><b>发布机构：</b>青榆县水务局</li><li>发文日期：2023-01-18</li><li>文　　号：</li></ul>",
    "a definition list": "<dl><dt>索 引 号</dt><dd>Q01/2023-7</dd><dt>发布机构</dt><dd>青榆县水务局</dd><dt>发文日期</dt><dd>2023-01-18</dd><dt>文　　号</dt><dd></dd></dl>",
    "divs": "".join(
        f"<div><div>{label}：</div><div>{value}</div></div>"
        for label, value in (("索 引 号", "Q01/2023-7"), ("发布机构", "青榆县水务局"), ("发文日期", "2023-01-18"), ("文　　号", ""))
    ),
}  # fmt: skip


@pytest.mark.parametrize("block", BLOCKS)
def test_the_block_above_the_title_is_a_noise_text_a_field(block):
    content = read(site(f"{BLOCKS[block]}<h1>{TITLE}</h1><div>{BODY}</div>"))
    found = [re.sub("[：\\s]", "", field) for field in fields(content)]
    assert found == ["索引号Q01/2023-7", "发布机构青榆县水务局", "发文日期2023-01-18", "文号"]
    assert "发布机构：青榆县水务局" in fields(content)
    assert lines(content) == [TITLE, *REPORT]


def test_fields_keep_their_place_before_the_title():
    content = read(page(f"{BLOCKS['a list']}<h1>{TITLE}</h1><div>{BODY}</div>"))
    assert [b.noise for b in content.blocks[:5]] == [True] * 4 + [False]


def test_an_empty_field_does_not_swallow_the_title():
    content = read(page(f"<div><div>文号：</div><div>{TITLE}</div></div><div>{BODY}</div>"))
    assert lines(content)[0] == TITLE


def test_the_line_under_the_title_is_cut_into_its_fields():
    bar = '发布时间：2023-01-18 09:30　来源：县水务局 | 作者：办公室 字体：[<a href="javascript:">大</a> <a href="javascript:">中</a>]'
    content = read(site(f"<div><h1>{TITLE}</h1><div>{bar}</div>{BODY}</div>"))
    assert fields(content) == [
        "发布时间：2023-01-18 09:30",
        "来源：县水务局",
        "作者：办公室",
        "字体：[大 中]",
    ]
    assert lines(content) == [TITLE, *REPORT]


def test_a_date_before_the_fields_is_one_of_them():
    content = read(page(f"<h1>{TITLE}</h1><p>2023-01-18 09:30 来源：县水务局</p><div>{BODY}</div>"))
    assert fields(content) == ["2023-01-18 09:30", "来源：县水务局"]


def test_labels_in_the_report_are_no_fields():
    body = (
        f"<div><p>一、总体情况</p><p>来源：县水务局统计。</p><p>{OVERVIEW}</p><p>{OTHER}</p></div>"
    )
    assert "来源：县水务局统计。" in lines(read(page(body)))


def test_a_list_of_documents_is_no_block_of_fields():
    rows = "<tr><td>文件名称</td><td>文号</td><td>发布日期</td></tr><tr><td>供水办法</td><td>青水〔2022〕1号</td><td>2022-03-01</td></tr>"
    content = read(page(f"<table>{rows}</table>{BODY}"))
    assert len(tables(content)) == 1
    assert fields(content) == []


def test_a_title_outside_of_the_content_is_its_first_line():
    content = read(
        site(f'<div><div class="x1">{TITLE}</div><a href="/p">打印</a></div><div>{BODY}</div>')
    )
    assert lines(content) == [TITLE, *REPORT]


def test_a_title_the_head_of_the_page_does_not_name_is_known_by_its_words():
    markup = site(f'<div class="x1">{TITLE}</div><p><a href="/p">打印</a></p><div>{BODY}</div>')
    assert lines(read(markup.replace(f"<title>{TITLE}", "<title>青榆县")))[0] == TITLE


def test_a_title_over_two_lines_is_kept_whole():
    broken = TITLE.replace("2022", "<br>2022")
    content = read(site(f'<h1>{broken}</h1><p><a href="/p">打印</a></p><div>{BODY}</div>'))
    assert lines(content)[:2] == ["青榆县水务局", "2022年政府信息公开工作年度报告"]


def test_a_title_is_not_said_twice():
    content = read(site(f'<h1>{TITLE}</h1><a href="/p">打印</a><div><p>{TITLE}</p>{BODY}</div>'))
    assert lines(content).count(TITLE) == 1


def test_reports_of_other_years_in_the_menu_are_not_taken_for_the_title():
    other = TITLE.replace("2022", "2021")
    content = read(
        site(
            f'<p><a href="/2021">{other}</a></p><h1>{TITLE}</h1><a href="/">打印</a><div>{BODY}</div>'
        )
    )
    assert lines(content) == [TITLE, *REPORT]


def test_meta_tags_name_title_date_and_publisher():
    head = (
        '<meta name="SiteName" content="青榆县人民政府"><META NAME="PubDate" CONTENT="2023-01-18 09:30">'
        f'<meta content="{TITLE}" name="ArticleTitle"/><meta name="ContentSource" content="县水务局">'
    )
    assert read(page(BODY, head)).properties == {
        "title": TITLE, "published": "2023-01-18 09:30", "publisher": "县水务局",
    }  # fmt: skip


def test_other_names_of_meta_tags_and_the_window_title_serve_as_well():
    head = '<meta name="publishdate" content="2023-01-18"><meta name="contentSource" content=""><meta name="author" content="张">'
    assert read(page(BODY, head)).properties == {"title": TITLE, "published": "2023-01-18"}


def test_the_window_title_is_no_line_of_the_report():
    assert TITLE not in lines(read(page(BODY)))


# Tables


def test_part_two_in_one_table_keeps_its_merged_cells():
    (rows,) = tables(read(site(f"<div>{BODY}{PART_TWO}</div>")))
    assert rows[0] == ("第二十条第（一）项", "", "", "")
    assert rows[3] == ("行政规范性文件", "3", "1", "14")
    assert rows[6] == ("行政许可", "208", "", "")
    assert len(rows) == 14
    assert {len(row) for row in rows} == {4}


def test_part_three_keeps_its_merged_cells():
    (rows,) = tables(read(site(f"<div>{BODY}{PART_THREE}</div>")))
    assert rows[0] == ("（本列数据的勾稽关系）", "", "", "申请人情况", "", "", "", "", "", "")
    assert rows[1] == ("", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计")
    assert rows[2] == (
        "",
        "",
        "",
        "",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
        "",
    )
    assert rows[4][:4] == ("三、本年度办理结果", "（一）予以公开", "", "4")
    assert rows[6] == ("", "", "2.其他法律行政法规禁止公开", "2", "0", "0", "0", "0", "0", "2")


def test_part_four_joins_labels_broken_in_a_cell():
    (rows,) = tables(read(page(PART_FOUR)))
    assert rows[1][:6] == (
        "结果维持",
        "结果纠正",
        "其他结果",
        "尚未审结",
        "总计",
        "未经复议直接起诉",
    )
    assert rows[2][:5] == ("",) * 5
    assert rows[3] == ("1", "0", "0", "1", "2", "0", "0", "0", "0", "0", "3", "0", "0", "0", "3")


def test_tables_and_text_stand_in_their_order():
    content = read(
        page(f"<p>二、主动公开情况</p>{PART_TWO}<p>三、申请情况</p>{PART_THREE}<p>{OTHER}</p>")
    )
    assert [type(block) for block in content.blocks] == [Text, Cells, Text, Cells, Text]


def test_tables_in_a_layout_table_are_cells_and_the_layout_is_none():
    content = read(
        page(
            f"<table><tr><td><p>{TITLE}</p>{PART_TWO}<p>三、申请情况</p>{PART_THREE}</td></tr></table>"
        )
    )
    assert [type(block) for block in content.blocks] == [Text, Cells, Text, Cells]


@pytest.mark.parametrize("tags", ["</td>", "</tr>", "</td></tr>", "</p>", "</td></tr></p></table>"])
def test_missing_end_tags_change_no_table(tags):
    markup = page(
        f"<p>三、申请情况</p>{PART_THREE}<p>四、复议诉讼</p>{PART_FOUR}<p>六、其他</p><p>{OTHER}</p>"
    )
    for tag in re.findall("</[a-z]+>", tags):
        broken = markup.replace(tag, "")
        assert tables(read(broken)) == tables(read(markup)), tag
        assert lines(read(broken)) == lines(read(markup)), tag


def test_a_cell_left_open_under_other_tags_is_closed_by_the_next():
    markup = "<table><tr><td><p><b><span>许可<td>1<td>2<tr><td><div>处罚<td>3<td>4</table>"
    assert tables(read(markup)) == [(("许可", "1", "2"), ("处罚", "3", "4"))]


def test_rows_that_stand_in_no_table_are_one():
    markup = "<tr><td>许可</td><td>1</td></tr><tr><td>处罚</td><td>2</td></tr><tr><td>强制</td><td>3</td></tr><p>完。</p>"
    content = read(markup)
    assert content.blocks[0] == Cells((("许可", "1"), ("处罚", "2"), ("强制", "3")))
    assert lines(content) == ["完。"]


@pytest.mark.parametrize("span", ["0", "-3", "", "abc", "2.5", "99999999999", "１", "1;"])
def test_spans_that_are_no_numbers_are_borne(span):
    (rows,) = tables(
        read(f"<table><tr><td rowspan='{span}' colspan='{span}'>甲<td>1<td>2<tr><td>3<td>4</table>")
    )
    assert rows[0][0] == "甲"
    assert [cell for row in rows for cell in row if cell] == ["甲", "1", "2", "3", "4"]


def test_a_rowspan_ends_with_its_group_and_zero_reaches_to_its_end():
    markup = (
        "<table><thead><tr><td rowspan=9>项目</td><td>数量</td></tr></thead>"
        "<tbody><tr><td rowspan=0>许可</td><td>1</td></tr><tr><td>2</td></tr></tbody></table>"
    )
    assert tables(read(markup)) == [(("项目", "数量"), ("许可", "1"), ("", "2"))]


def test_a_foot_written_first_is_drawn_last():
    markup = "<table><tfoot><tr><td>合计<td>3<tbody><tr><td>许可<td>1<tr><td>处罚<td>2</table>"
    assert tables(read(markup)) == [(("许可", "1"), ("处罚", "2"), ("合计", "3"))]


def test_columns_and_rows_in_which_no_cell_begins_are_not_drawn():
    markup = "<table><tr><td colspan=20>第二十条</td></tr><tr></tr><tr><td colspan=2>许可<td colspan=18>1<tr><td colspan=2>处罚<td>2</table>"
    assert tables(read(markup)) == [(("第二十条", ""), ("许可", "1"), ("处罚", "2"))]


def test_blank_values_stay_blank():
    markup = "<table><tr><td>指标</td><td>数量</td></tr><tr><td>许可</td><td>&nbsp;</td></tr><tr><td>处罚</td><td>/</td></tr></table>"
    assert tables(read(markup)) == [(("指标", "数量"), ("许可", ""), ("处罚", "/"))]


def test_a_cell_of_prose_is_no_table():
    markup = page(
        f"<table><tr><td>五、存在的问题</td><td>{OVERVIEW * 3}</td></tr></table><p>{OTHER}</p>"
    )
    assert tables(read(markup)) == []
    assert lines(read(markup))[0] == "五、存在的问题"


def test_a_table_of_links_is_no_table():
    cells = "".join(f'<td><a href="/{year}">{year}年度报告</a></td>' for year in range(2012, 2020))
    content = read(
        page(f"<table><tr>{cells}</tr></table><p><a href='/'>返回</a></p><div>{BODY}</div>")
    )
    assert tables(content) == []
    assert lines(content) == REPORT


def test_a_table_with_a_note_is_one_of_data():
    note = "注：" + "本表按处理决定作出的日期统计，撤销的不计入，跨年度的计入作出决定的年度。" * 4
    (rows,) = tables(
        read(PART_TWO.replace("</table>", f"<tr><td colspan=4>{note}</td></tr></table>"))
    )
    assert rows[-1][0] == note


def test_a_table_inside_a_table_of_data_stands_after_it():
    inner = "<table><tr><td>其中</td><td>线上</td></tr><tr><td>许可</td><td>5</td></tr></table>"
    content = read(
        PART_TWO.replace("<td>31.5</td>", f"<td>31.5{inner}</td>").replace(
            "<td colspan=3>31.5", f"<td colspan=3>31.5{inner}"
        )
    )
    assert [rows[-1][:2] for rows in tables(content)] == [("行政事业性收费", "31.5"), ("许可", "5")]


def test_a_caption_stands_before_its_table():
    content = read(PART_TWO.replace("<tr>", "<caption>单位：件</caption><tr>", 1))
    assert [type(block) for block in content.blocks] == [Text, Cells]


@pytest.mark.parametrize("rows", [1, 1000])
def test_huge_spans_do_not_grow_the_table(rows):
    markup = (
        "<table>"
        + ("<tr>" + "<td rowspan=1000 colspan=1000>1</td>" * 20 + "</tr>") * rows
        + "</table>"
    )
    start = time.perf_counter()
    content = read(markup)
    assert sum(len(row) for table in tables(content) for row in table) <= MAX_CELLS
    assert time.perf_counter() - start < 20


def test_a_table_too_large_to_draw_keeps_its_text():
    content = read(
        "<table><tr>" + "<td>数</td>" * 1000 + "</tr>" + "<tr><td>甲</td></tr>" * 1000 + "</table>"
    )
    assert "table_too_large" in codes(content)
    assert lines(content).count("甲") == 1000


# Encodings


CHARSETS = {
    "utf-8 called gb2312": ("utf-8", "gb2312", "utf-8"),
    "gb18030 called gb2312": ("gb18030", "gb2312", "gb18030"),
    "gb18030 called utf-8": ("gb18030", "utf-8", "gb18030"),
    "a byte order mark": ("utf-8-sig", "gb2312", "utf-8-sig"),
    "utf-16": ("utf-16", "utf-16", "utf-16"),
    "utf-16 called gb2312": ("utf-16", "gb2312", "utf-16"),
}


@pytest.mark.parametrize("case", CHARSETS)
def test_the_bytes_decide_the_encoding_and_not_the_meta_tag(case):
    actual, declared, name = CHARSETS[case]
    rare = "镕㛃𠮷县的朱镕同志参加了会议。"
    markup = f'<?xml version="1.0" encoding="{declared}"?>' + page(
        f"<p>{rare}</p>{BODY}", f'<meta charset="{declared}"><meta http-equiv="Content-Type" content="text/html; charset={declared}">'
    )  # fmt: skip
    content = read(markup.encode(actual))
    assert lines(content) == [rare, *REPORT]
    assert content.encoding == name


def test_characters_that_cannot_be_read_are_warned_of():
    data = page(BODY).encode()
    at = data.rindex("水务局".encode())
    assert codes(read(data[: at + 1] + b"\xff" + data[at + 2 :])) != []


def test_nul_bytes_and_a_second_mark_are_borne():
    assert lines(read("\ufeff<p>水\0质。</p>".encode("utf-8-sig"))) == ["水质。"]
    assert codecs.BOM_UTF8 not in read(BODY).blocks[0].text.encode()


# Pages that hold no report


def test_a_page_of_links_is_given_and_warned_of():
    content = read(page(f"<ul>{MENU}</ul>"))
    assert len(lines(content)) == 30
    assert [(w.code, w.message) for w in content.warnings] == [
        ("no_report", "the page holds no report, only 30 links, 0 pictures")
    ]


def test_a_page_with_only_an_attachment_names_the_file():
    content = read(
        site(f'<h1>{TITLE}</h1><p><a href="/d/%E5%B9%B4%E6%8A%A5.pdf?v=1">点击下载</a></p>')
    )
    assert TITLE in lines(content)
    assert "年报.pdf" in content.warnings[0].message


def test_a_viewer_of_another_file_is_named():
    content = read(site(f'<h1>{TITLE}</h1><iframe src="/viewer?file=/d/2022.pdf"></iframe>'))
    assert "2022.pdf" in content.warnings[0].message


def test_a_page_of_pictures_is_warned_of():
    content = read(page(f"<h1>一图读懂{TITLE}</h1>" + "<img src=a.jpg alt=一、总体情况>" * 5))
    assert lines(content) == [f"一图读懂{TITLE}"]
    assert "5 pictures" in content.warnings[0].message


def test_an_error_page_is_given_and_warned_of():
    content = read("<html><title>404</title><body><h1>404 Not Found</h1><hr>nginx</body></html>")
    assert lines(content) == ["404 Not Found", "nginx"]
    assert codes(content) == ["no_report"]


@pytest.mark.parametrize(
    "markup",
    ["", "<html></html>", "<p>&nbsp;　\u200b</p>", "<script>x</script>", "<!-- x", "<title>年报</title>", "<img src=a.png>"],
)  # fmt: skip
def test_a_page_without_visible_text_is_empty(markup):
    with pytest.raises(DocumentEmpty):
        read(markup)


def test_a_frame_set_says_that_its_text_is_elsewhere():
    with pytest.raises(DocumentEmpty, match="frame set"):
        read(
            "<frameset cols=20,80><frame src=a.html><frame src=b.html><noframes>不支持</noframes></frameset>"
        )


# Whatever comes


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(UnsupportedMedia):
        read(random.Random(3).randbytes(100_000))


def test_more_characters_than_allowed_are_refused():
    with pytest.raises(DocumentTooLarge, match="max_characters"):
        read(page(BODY), Settings(max_characters=50))


def test_more_markup_than_can_be_parsed_is_refused():
    with pytest.raises(DocumentTooLarge, match="tags"):
        read(b"<b>" * 600_000)


def test_pictures_written_into_the_page_do_not_count():
    picture = f'<img src="data:image/png;base64,{"QUJD" * 6_000_000}">'
    assert lines(read(page(picture + BODY))) == REPORT


HOSTILE = {
    "deep elements": "<div>" * 100_000 + BODY,
    "deep inline elements": "<b>" * 100_000 + BODY,
    "deep tables": "<table><tr><td>" * 3_000 + BODY,
    "unclosed everything": "<a href=x><b><table><tr><td><ul><li><p><font>" * 500 + BODY,
    "end tags": "</div></table></p></td>" * 20_000 + BODY,
    "many attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">" + BODY,
    "one attribute many times": "<p " + "style='x' " * 100_000 + ">" + BODY,
    "entities": "<i>&amp;</i>" * 20_000 + BODY,
    "an entity bomb": "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>&b;" + BODY,
    "instructions": "<?php echo 1 ?><![CDATA[x]]>" * 10_000 + BODY,
    "blanks": "<p>a" + "\xa0" * 500_000 + "b</p>" + BODY,
    "blanks after a label": "<p>来源" + "\xa0" * 500_000 + "b</p>" + BODY,
    "line ends": "<p>" + "中\n" * 100_000 + "</p>" + BODY,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pages_are_read_in_time_and_keep_the_report(case):
    start = time.perf_counter()
    content = read(HOSTILE[case])
    assert time.perf_counter() - start < 20
    assert set(REPORT) <= set(lines(content))


def test_no_connection_is_opened(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    doctype = '<!DOCTYPE html SYSTEM "http://example.invalid/x.dtd">'
    assert (
        lines(read(doctype + '<base href="http://example.invalid/"><img src=a.png>' + BODY))
        == REPORT
    )


def mutated(markup: str, chance: random.Random) -> bytes:
    """Return the page cut, zeroed, with bytes altered or with its tags shuffled."""
    data = bytearray(markup.encode(chance.choice(("utf-8", "gb18030", "utf-16"))))
    kind = chance.randrange(4)
    if kind == 0:
        return bytes(data[: chance.randrange(len(data))])
    if kind == 1:
        at, size = chance.randrange(len(data)), chance.choice((1, 5, 200))
        data[at : at + size] = bytes(len(data[at : at + size]))
        return bytes(data)
    if kind == 2:
        for _ in range(chance.choice((1, 20, 500))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data)
    pieces = re.split("(<[^>]*>)", markup)
    tags = pieces[1::2]
    chance.shuffle(tags)
    pieces[1::2] = tags
    return "".join(pieces).encode()


def test_mutated_pages_give_a_content_or_a_document_error():
    chance = random.Random(20)
    pages = [
        site(f"{block}{body}{PART_TWO}{PART_THREE}{PART_FOUR}")
        for block in BLOCKS.values()
        for body in LAYOUTS.values()
    ]
    for number in range(200):
        try:
            content = read(mutated(pages[number % len(pages)], chance))
        except DocumentError:
            continue
        for block in content.blocks:
            if isinstance(block, Text):
                assert block.text == block.text.strip() != ""
                assert len(block.text.splitlines()) == 1
            else:
                assert len({len(row) for row in block.rows}) == 1
