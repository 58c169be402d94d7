"""What a web page comes to: lines and tables of data in reading order, and what holds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...text import fold

_MIN_PROSE = 80  # characters of a cell that holds sentences and is no label or remark


@dataclass(slots=True)
class Line:
    """A line of the page.

    ``owner`` is the block element around it, ``linked`` counts its characters in links, ``beside``
    says that it stands in navigation or in the foot, ``file`` names the document it links to.
    """

    text: str
    owner: int
    indented: bool
    linked: int
    beside: bool
    heading: bool
    file: str

    @property
    def folded(self) -> str:
        return fold(self.text)

    @property
    def is_link(self) -> bool:
        # An anchor left open makes links of the sentences after it.
        return self.linked * 2 > len(self.text) and not is_prose(self.text)


@dataclass(slots=True)
class Grid:
    """A table of data, a text for every column of every row."""

    rows: tuple[tuple[str, ...], ...]
    owner: int

    @property
    def size(self) -> int:
        return sum(map(len, self.rows))


Item = Line | Grid


@dataclass(slots=True)
class Page:
    """A page that was read.

    Block elements are numbered as they open; 0 is the page. Those of block n are the items from
    ``first[n]`` to before ``past[n]``. ``meta`` holds the meta tags by name in lower case, and the
    title of the window. ``files`` are the names of the documents that links point to, ``hidden``
    counts the sentences that are not shown, ``oversize`` the tables too large to be drawn.
    """

    items: list[Item] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [0])
    first: list[int] = field(default_factory=lambda: [0])
    past: list[int] = field(default_factory=lambda: [0])
    meta: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    links: int = 0
    pictures: int = 0
    frames: int = 0
    hidden: int = 0
    oversize: int = 0

    def open(self, parent: int) -> int:
        """Return the number of a new block element."""
        self.parents.append(parent)
        self.first.append(len(self.items))
        self.past.append(0)
        return len(self.parents) - 1

    def close(self, number: int) -> None:
        self.past[number] = len(self.items)

    def common(self, one: int, other: int) -> int:
        """Return the smallest element that holds two elements."""
        around = {0}
        while one:
            around.add(one)
            one = self.parents[one]
        while other not in around:
            other = self.parents[other]
        return other


def is_prose(text: str) -> bool:
    """Tell whether a text holds sentences, as no label and no remark does."""
    return len(text) >= _MIN_PROSE and "。" in text
