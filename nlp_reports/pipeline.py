"""Composes the stages: a document in, a tagged report out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

from . import forms, reading, statistics
from .errors import ReportError, TaggingFailed
from .reading import Input
from .schema import Document, Failure, Member, Paragraph, Report, Segment
from .segments import split
from .settings import DEFAULT, Settings
from .structure import structure
from .topics import model as topic_model
from .topics import store
from .topics.explanation import explain


class Tagger:
    """Tags reports with one model. Make one with `load`; it may be used again and again.

    Parameters
    ----------
    model : topics.model.TopicModel
        A loaded model.
    settings : Settings
        Options of reading and tagging.
    """

    def __init__(self, model: topic_model.TopicModel, settings: Settings = DEFAULT) -> None:
        self.model = model
        self.settings = settings

    def __call__(self, source: Input) -> Report:
        """Read and tag one document: a path, bytes, or text (see `nlp_reports.read`).

        Raises
        ------
        DocumentError
            If the document cannot be read.
        """
        return self.tag(reading.read(source, self.settings))

    def tag(
        self, document: Document, *, begin: Callable[[str], object] = lambda stage: None
    ) -> Report:
        """Tag a document that has been read.

        Parameters
        ----------
        document : Document
        begin : callable
            Told the name of each stage as it begins: ``structure``, ``tables``, ``statistics``,
            ``topics``. For callers who watch over the work.
        """
        begin("structure")
        parts = structure(document)
        begin("tables")
        cells = forms.extract(parts.tables, form=parts.form)
        begin("statistics")
        prose = statistics.extract(
            parts.paragraphs, form=cells.form, year=parts.year, issuer=parts.issuer
        )
        begin("topics")
        return Report(
            source=document.source,
            title=parts.title,
            issuer=parts.issuer,
            year=parts.year,
            period=parts.period,
            published=parts.published,
            form=cells.form,
            sections=parts.sections,
            paragraphs=self.topics(parts.paragraphs),
            statistics=prose + cells.statistics,
            tables=cells.tables,
            findings=(),
            warnings=parts.warnings + cells.warnings,
        )

    def topics(self, paragraphs: Iterable[Paragraph]) -> tuple[Paragraph, ...]:
        """Return the paragraphs cut into segments, with the topics of both."""
        paragraphs = tuple(paragraphs)
        cuts = [split(paragraph.text) for paragraph in paragraphs]
        texts = [
            (p.headings, tuple(p.text[s.start : s.end] for s in spans))
            for p, spans in zip(paragraphs, cuts, strict=True)
        ]
        given = self.model.predict(texts, threshold=self.settings.threshold)
        why = explain(self.model, texts, given) if self.settings.explain else [{}] * len(given)
        found = iter(zip(given, why, strict=True))
        tagged = []
        for paragraph, spans in zip(paragraphs, cuts, strict=True):
            segments = tuple(Segment(s.start, s.end, *next(found)) for s in spans)
            tagged.append(replace(paragraph, segments=segments, topics=_union(segments)))
        return tuple(tagged)

    def pipe(
        self, sources: Iterable[Input], *, jobs: int = 1, failures: bool = False
    ) -> Iterator[Report | Failure]:
        """Tag many documents, lazily and in order.

        Parameters
        ----------
        sources : iterable of path, bytes or str
        jobs : int
            Worker processes, at least 1; no more than there are cores. Each loads the model once.
        failures : bool
            Yield a `Failure` in the place of a document that cannot be read; by default its error
            is raised.
        """
        if isinstance(sources, (str, bytes, os.PathLike)):
            raise TypeError("pipe takes an iterable of documents; for one, call the tagger")
        jobs = min(jobs, os.cpu_count() or 1)
        one = partial(_tag_or_fail, tagger=self)
        results: Iterable[Report | ReportError]
        if jobs == 1:
            results = map(one, sources)
        else:
            from joblib import Parallel, delayed

            pool = Parallel(
                n_jobs=jobs, return_as="generator", batch_size="auto", pre_dispatch="4*n_jobs"
            )
            results = pool(delayed(one)(source) for source in sources)
        for result in results:
            if not isinstance(result, ReportError):
                yield result
            elif failures:
                yield Failure(result.where or None, type(result).__name__, result.message)
            else:
                raise result


def load(path: str | os.PathLike[str] | None = None, settings: Settings = DEFAULT) -> Tagger:
    """Return a tagger with the model in folder `path`; by default the shipped one.

    Raises
    ------
    ModelError
        `ModelNotFound`, `ModelDamaged` or `ModelMismatch`.
    """
    folder = store.shipped() if path is None else Path(path)
    return Tagger(store.load(folder, engine=settings.engine), settings)


def tag(source: Input, settings: Settings = DEFAULT) -> Report:
    """Read and tag one document with the shipped model, which is loaded once and kept."""
    return _shipped(settings)(source)


@lru_cache(maxsize=4)
def _shipped(settings: Settings) -> Tagger:
    return load(settings=settings)


def _tag_or_fail(source: Input, tagger: Tagger) -> Report | ReportError:
    try:
        return tagger(source)
    except ReportError as error:
        return error
    except Exception as error:  # whatever one document provokes, the others are still done
        path = source.path if isinstance(source, Member) else source
        where = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        return TaggingFailed(f"unexpected {type(error).__name__}: {error}", str(where))


def _union(segments: Iterable[Segment]) -> dict[str, float]:
    """A paragraph has every topic of its segments, with the highest probability."""
    topics: dict[str, float] = {}
    for segment in segments:
        for topic, probability in segment.topics.items():
            topics[topic] = max(probability, topics.get(topic, 0.0))
    return topics
