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
        Largest document read, in bytes, at least 1. The longest report seen as text is under
        1 MB. Tagging takes about a hundred times the bytes of a text in memory, so that 8 MiB
        stay below 1 GB.
    engine : {"rjieba", "jieba"}
        Word segmenter. ``jieba`` is the reference; ``rjieba`` cuts Chinese the same way, many
        times faster.
    threshold : float or None
        Least probability, in [0, 1], at which a topic is given. None takes the model's own
        threshold of each topic.
    """

    max_bytes: int = 8 * 1024 * 1024
    engine: str = "rjieba"
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.max_bytes < 1:
            raise SettingsError(f"max_bytes must be at least 1, not {self.max_bytes}")
        if self.engine not in ENGINES:
            raise SettingsError(f"engine must be one of {', '.join(ENGINES)}, not {self.engine!r}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise SettingsError(f"threshold must lie in [0, 1], not {self.threshold}")


DEFAULT = Settings()
