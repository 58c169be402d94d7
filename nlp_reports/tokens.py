"""The only door to jieba.

Text is cut into runs of U+4E00-9FA5, which the engine segments, and the rest, which is cut here by
one rule. On such runs jieba-rs (``rjieba``) and ``jieba`` agree, so the two engines are
interchangeable; they differ only inside ASCII runs and on rarer ideographs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import metadata

from . import lexicon

# Han runs for the engine; ASCII words and numbers whole; every other visible character alone.
_RUN = re.compile(r"[\u4e00-\u9fa5]+|[A-Za-z0-9]+(?:[.,:@/_-][A-Za-z0-9]+)*|\S")
_HAN = re.compile(r"[\u4e00-\u9fa5]")


class Tokenizer:
    """Cuts text into words with jieba's dictionary and the domain's own words.

    Parameters
    ----------
    engine : {"rjieba", "jieba"}
        Which implementation to use.
    words : iterable of (str, int or None), optional
        Words to add with their frequencies (None lets the engine choose one that keeps the word
        whole). Default: ``resources/words.tsv``.
    """

    def __init__(
        self, engine: str = "rjieba", words: tuple[tuple[str, int | None], ...] | None = None
    ) -> None:
        self.engine = engine
        self.words = domain_words() if words is None else tuple(words)
        self._cut = _ENGINES[engine](self.words)

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text` in order; blanks are dropped, nothing else is."""
        tokens: list[str] = []
        for run in _RUN.findall(text):
            if len(run) > 1 and _HAN.match(run):
                tokens += self._cut(run)
            else:
                tokens.append(run)
        return tokens

    def __reduce__(self) -> tuple[type[Tokenizer], tuple[str, tuple[tuple[str, int | None], ...]]]:
        # Engines do not pickle: a process that receives a tokenizer builds its own.
        return Tokenizer, (self.engine, self.words)

    @property
    def version(self) -> str:
        """Name and version of the engine, as stored in a model."""
        return f"{self.engine} {metadata.version(self.engine)}"


@cache
def domain_words() -> tuple[tuple[str, int | None], ...]:
    """Return the words of ``resources/words.tsv`` with their frequencies."""
    rows = lexicon.table("words")
    return tuple((row["word"], int(row["freq"]) if row["freq"] else None) for row in rows)


def _rjieba(words: tuple[tuple[str, int | None], ...]) -> Callable[[str], list[str]]:
    import rjieba

    engine = rjieba.Jieba()
    for word, freq in words:
        engine.add_word(word, freq, None)
    cut: Callable[[str], list[str]] = engine.cut
    return cut


def _jieba(words: tuple[tuple[str, int | None], ...]) -> Callable[[str], list[str]]:
    import warnings

    with warnings.catch_warnings():
        # jieba 0.42.1 imports pkg_resources and holds invalid escapes: both warn, neither matters.
        warnings.simplefilter("ignore")
        import jieba

    jieba.setLogLevel("ERROR")
    engine = jieba.Tokenizer()
    for word, freq in words:
        engine.add_word(word, freq)
    cut: Callable[[str], list[str]] = engine.lcut
    return cut


_ENGINES = {"rjieba": _rjieba, "jieba": _jieba}
