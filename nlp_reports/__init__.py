"""Chinese government disclosure reports, tagged by topic and read for their figures.

>>> import nlp_reports
>>> report = nlp_reports.tag("report.txt")                      # doctest: +SKIP

Names are loaded on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .batch import archive as archive
    from .batch.opened import Archive as Archive
    from .batch.opened import open_archive as open_archive
    from .batch.summary import Summary as Summary
    from .catalogue import indicators as indicators
    from .corpus import Columns as Columns
    from .corpus import Corpus as Corpus
    from .errors import (
        ArchiveError as ArchiveError,
    )
    from .errors import (
        CorpusError as CorpusError,
    )
    from .errors import (
        DocumentChanged as DocumentChanged,
    )
    from .errors import (
        DocumentCrashed as DocumentCrashed,
    )
    from .errors import (
        DocumentDamaged as DocumentDamaged,
    )
    from .errors import (
        DocumentEmpty as DocumentEmpty,
    )
    from .errors import (
        DocumentEncrypted as DocumentEncrypted,
    )
    from .errors import (
        DocumentError as DocumentError,
    )
    from .errors import (
        DocumentNotFound as DocumentNotFound,
    )
    from .errors import (
        DocumentOutOfMemory as DocumentOutOfMemory,
    )
    from .errors import (
        DocumentScanned as DocumentScanned,
    )
    from .errors import (
        DocumentTimeout as DocumentTimeout,
    )
    from .errors import (
        DocumentTooLarge as DocumentTooLarge,
    )
    from .errors import (
        ModelDamaged as ModelDamaged,
    )
    from .errors import (
        ModelError as ModelError,
    )
    from .errors import (
        ModelMismatch as ModelMismatch,
    )
    from .errors import (
        ModelNotFound as ModelNotFound,
    )
    from .errors import (
        NotAFile as NotAFile,
    )
    from .errors import (
        ReportError as ReportError,
    )
    from .errors import (
        SettingsError as SettingsError,
    )
    from .errors import (
        TaggingFailed as TaggingFailed,
    )
    from .errors import (
        UnsupportedMedia as UnsupportedMedia,
    )
    from .estimator import TopicClassifier as TopicClassifier
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .pipeline import Tagger as Tagger
    from .pipeline import load as load
    from .pipeline import tag as tag
    from .reading import members as members
    from .reading import read as read
    from .schema import (
        Document as Document,
    )
    from .schema import (
        Evidence as Evidence,
    )
    from .schema import (
        Failure as Failure,
    )
    from .schema import (
        Grid as Grid,
    )
    from .schema import (
        Indicator as Indicator,
    )
    from .schema import (
        Member as Member,
    )
    from .schema import (
        Paragraph as Paragraph,
    )
    from .schema import (
        Quantity as Quantity,
    )
    from .schema import (
        Report as Report,
    )
    from .schema import (
        Section as Section,
    )
    from .schema import (
        Segment as Segment,
    )
    from .schema import (
        Statistic as Statistic,
    )
    from .schema import (
        Table as Table,
    )
    from .settings import Limits as Limits
    from .settings import Settings as Settings
    from .statistics import quantities as quantities
    from .suggestion import suggest as suggest
    from .training import Recipe as Recipe
    from .training import train as train

# Where each public name lives. No name equals a module of the package: it would turn into that module.
_PLACES = {
    "batch": "archive",
    "batch.opened": "Archive open_archive",
    "batch.summary": "Summary",
    "catalogue": "indicators",
    "corpus": "Columns Corpus",
    "errors": (
        "ArchiveError CorpusError DocumentChanged DocumentCrashed DocumentDamaged DocumentEmpty "
        "DocumentEncrypted DocumentError DocumentNotFound DocumentOutOfMemory DocumentScanned "
        "DocumentTimeout DocumentTooLarge ModelDamaged "
        "ModelError ModelMismatch ModelNotFound NotAFile ReportError SettingsError TaggingFailed UnsupportedMedia"
    ),
    "estimator": "TopicClassifier",
    "evaluation": "Evaluation evaluate",
    "pipeline": "Tagger load tag",
    "reading": "members read",
    "schema": "Document Evidence Failure Grid Indicator Member Paragraph Quantity Report Section Segment Statistic Table",
    "settings": "Limits Settings",
    "statistics": "quantities",
    "suggestion": "suggest",
    "training": "Recipe train",
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names.split()}

__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
