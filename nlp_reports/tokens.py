"""The only door to jieba.

Text is cut into runs of U+4E00-9FA5, which the engine segments, and the rest, which is cut here by
one rule. On such runs jieba-rs (``rjieba``) and ``jieba`` agree, so the two engines are
interchangeable; they differ only inside ASCII runs and on rarer ideographs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import metadata
from itertools import takewhile
from pathlib import Path

from . import lexicon
from .errors import CorpusError

# Han runs for the engine; ASCII words and numbers whole; every other visible character alone.
_RUN = re.compile(r"[\u4e00-\u9fa5]+|[A-Za-z0-9]+(?:[.,:@/_-][A-Za-z0-9]+)*|\S")
_FREQUENCY = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_BREAK = "\n"  # between runs; no engine joins words over it


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
        return self.many([text])[0]

    def many(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the tokens of each text. All Han runs go to the engine in one call."""
        cut = [_RUN.findall(text) for text in texts]
        han = [run for runs in cut for run in runs if _is_han(run)]
        words = iter(self._cut(_BREAK.join(han)))
        return [[token for run in runs for token in self._tokens(run, words)] for runs in cut]

    @staticmethod
    def _tokens(run: str, words: Iterator[str]) -> Iterable[str]:
        """The tokens of one run, taken from `words` up to the next break if the engine cut it."""
        return takewhile(_BREAK.__ne__, words) if _is_han(run) else (run,)

    def __reduce__(self) -> tuple[type[Tokenizer], tuple[str, tuple[tuple[str, int | None], ...]]]:
        # Engines do not pickle: a process that receives a tokenizer builds its own.
        return Tokenizer, (self.engine, self.words)

    @property
    def version(self) -> str:
        """Name and version of the engine, as stored in a model."""
        return f"{self.engine} {metadata.version(self.engine)}"


def _is_han(run: str) -> bool:
    return len(run) > 1 and "\u4e00" <= run[0] <= "\u9fa5"


@cache
def domain_words() -> tuple[tuple[str, int | None], ...]:
    """Return the words of ``resources/words.tsv`` with their frequencies."""
    rows = lexicon.table("words")
    return tuple((row["word"], int(row["freq"]) if row["freq"] else None) for row in rows)


def read_words(path: str | os.PathLike[str]) -> dict[str, int | None]:
    """Read words of a user's own: one a line in UTF-8, followed by its frequency or by nothing.

    A tag behind the frequency, as jieba's own lists have it, is passed over. Blank lines and lines
    that begin with ``#`` are left out; a word that stands twice counts as it does last.

    Raises
    ------
    CorpusError
        If the file cannot be read, or a line is no such line; it names file and line.
    """
    try:
        lines = Path(path).read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", str(path)) from None
    except UnicodeDecodeError as error:
        raise CorpusError(f"is not UTF-8: {error.reason}", str(path)) from None
    words: dict[str, int | None] = {}
    for number, line in enumerate(lines, 1):
        word, *rest = line.split() or [""]
        if word and not word.startswith("#"):
            frequency = rest[0] if rest else None
            if frequency is not None and not _FREQUENCY.fullmatch(frequency):
                raise CorpusError(f"{frequency!r} is no frequency", f"{path}:{number}")
            words[word] = None if frequency is None else int(frequency)
    return words


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
