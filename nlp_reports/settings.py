"""Every knob of the package, each with its unit and the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SettingsError

ENGINES = ("rjieba", "jieba")
_MOST_SECONDS = 1_000_000  # eleven days; clocks of some systems end at twenty-four
_MOST_MEMORY = 1 << 30
_LEAST_MEMORY = 512  # megabytes; in fewer the libraries themselves do not fit


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
        Most bytes that the members of a zip or tar container (a DOCX is one) may unpack to, all
        together, at least 1. A few kilobytes can unpack to gigabytes. `nlp_reports.archive` allows a
        container a hundred times its own size if that is more.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may take where files are read in child processes (`nlp_reports.archive`).

    Parameters
    ----------
    timeout : float
        Seconds of wall-clock time for one file, above 0, at most a million. A report takes a twentieth of a second, the
        longest one allowed (``Settings.max_characters``) half a minute.
    stall : float
        Seconds without any progress, above 0. The stages of a report and the members of a container
        count as progress.
    memory : int or None
        Most megabytes of address space of the process that reads, at least 512; None for no limit.
        Libraries and model take 400, and a text 300 bytes a character. Only Linux keeps the limit.
    """

    timeout: float = 300.0
    stall: float = 120.0
    memory: int | None = 2048

    def __post_init__(self) -> None:
        for name in ("timeout", "stall"):
            if not 0 < getattr(self, name) <= _MOST_SECONDS:
                raise SettingsError(
                    f"{name} must be above 0 and at most {_MOST_SECONDS:,}, not {getattr(self, name)}"
                )
        if self.memory is not None and not _LEAST_MEMORY <= self.memory <= _MOST_MEMORY:
            raise SettingsError(
                f"memory must be from {_LEAST_MEMORY} to {_MOST_MEMORY:,}, not {self.memory}"
            )


DEFAULT = Settings()
DEFAULT_LIMITS = Limits()
