"""Terminal output on standard input to an SVG on standard output, each character in its column."""

import sys
from html import escape

from nlp_reports.display import WIDTH, columns

LINES = 40  # of the output, enough to show every part
CELL, LEADING = 8.4, 19  # pixels of a column and of a line


def glyphs(line, y):
    at = 0
    for char in line:
        if not char.isspace():
            yield f'<text x="{12 + at * CELL:.1f}" y="{y}">{escape(char)}</text>'
        at += columns(char)


def main():
    lines = sys.stdin.read().splitlines()
    topics = next(n for n, line in enumerate(lines) if line.startswith("── 主题"))
    figures = next(n for n, line in enumerate(lines) if line.startswith("── 文中数据"))
    shown = [*lines[: topics + 14], "   ⋮", *lines[figures : figures + 12], "   ⋮"][:LINES]
    width, height = 24 + WIDTH * CELL, 20 + LEADING * len(shown)
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}">'
    )
    print("<title>nlp-reports tag examples/bureau-2011.txt</title>")
    print('<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>')
    print(
        '<g fill="#d4d4d4" font-size="14" font-family="\'Noto Sans Mono CJK SC\',\'Sarasa Mono SC\','
        "'Microsoft YaHei','PingFang SC','WenQuanYi Micro Hei',monospace\">"
    )
    for n, line in enumerate(shown):
        print("".join(glyphs(line, 24 + n * LEADING)))
    print("</g></svg>")


if __name__ == "__main__":
    main()
