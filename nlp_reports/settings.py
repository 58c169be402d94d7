"""Every knob of the package, each with its unit and the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SettingsError

ENGINES = ("rjieba", "jieba")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options of reading and tagging.

    Parameters
    ----------
    max_bytes : int
        Largest file read, in bytes, at least 1. Word and PDF files carry pictures; the longest
        report seen was under 20 MB.
    max_characters : int
        Longest text taken out of a file, in code points, at least 1. The longest report seen has
        under 400,000. Tagging takes about 300 bytes of memory a character, so that three million
        stay below 1 GB.
    max_unpacked : int
        Most bytes that the members of a zip container (a DOCX is one) may unpack to, all
        together, at least 1. A few kilobytes can unpack to gigabytes.
    engine : {"rjieba", "jieba"}
        Word segmenter. ``jieba`` is the reference; ``rjieba`` cuts Chinese the same way, many
        times faster.
    threshold : float or None
        Least probability, in [0, 1], at which a topic is given. None takes the model's own
        threshold of each topic.
    explain : bool
        Whether to tell what carried each topic, in ``Segment.evidence``. It takes several times as
        long as the topic itself.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_characters: int = 3_000_000
    max_unpacked: int = 256 * 1024 * 1024
    engine: str = "rjieba"
    threshold: float | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_characters", "max_unpacked"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.engine not in ENGINES:
            raise SettingsError(f"engine must be one of {', '.join(ENGINES)}, not {self.engine!r}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise SettingsError(f"threshold must lie in [0, 1], not {self.threshold}")


DEFAULT = Settings()
