"""Tables for a person at a terminal: a report, an evaluation, a model, a run over an archive."""

from __future__ import annotations

from .layout import WIDTH, clip, columns, pad, rule, wrap
from .report import table
from .scores import evaluation_table, model_table
from .summary import summary_table

__all__ = [
    "WIDTH",
    "clip",
    "columns",
    "evaluation_table",
    "model_table",
    "pad",
    "rule",
    "summary_table",
    "table",
    "wrap",
]
