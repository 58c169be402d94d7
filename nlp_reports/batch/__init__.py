"""Thousands of reports to tables: a source in, an archive out, nothing lost and nothing done twice."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from .. import __version__
from ..errors import ArchiveError, SettingsError
from ..settings import DEFAULT, DEFAULT_LIMITS, Limits, Settings
from ..topics import store
from . import about, places, shards, work
from .engines import started
from .exports import KINDS, export
from .lock import held
from .metadata import Layout, read_table
from .plan import Wishes
from .run import Run
from .storage import Storage, is_remote, plain, storage
from .summary import Summary
from .watching import Nobody, Noting, Watcher

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_MODEL = ".model"  # no file of a table


def archive(
    source: Source,
    out: str | os.PathLike[str],
    *,
    jobs: int | None = None,
    model: str | os.PathLike[str] | None = None,
    settings: Settings = DEFAULT,
    limits: Limits = DEFAULT_LIMITS,
    metadata: str | os.PathLike[str] | None = None,
    layout: str | None = None,
    exports: Iterable[str] = (),
    retry: bool = False,
    prune: bool = False,
    backend: str = "loky",
    address: str | None = None,
    isolated: bool = True,
    watcher: Watcher | None = None,
) -> Summary:
    """Tag all reports of a source and write them as tables; go on where a run before has ended.

    A file is known by its bytes: what stands in the archive already, made with the same model and
    settings, is not tagged again. Files that cannot be read or tagged go to the table ``failures``, and the
    others are done. docs/archive.md describes the tables.

    Parameters
    ----------
    source : path or iterable of paths
        A folder, with all folders in it; a zip or tar file; a text file that names one of these or a
        report in each line; or such paths. Zip and tar files in it are opened. With ``://`` a path is
        one for fsspec.
    out : path
        Folder of the archive: a new one, an empty one, or an archive.
    jobs : int, optional
        Workers, at least 1; by default as many as there are cores.
    model : path, optional
        Folder of the model, by default the shipped one.
    settings : Settings
        ``explain`` has no place in the tables and is passed over.
    limits : Limits
        Time and memory that a file may take.
    metadata : path, optional
        CSV, TSV or JSON Lines with the columns ``path`` and any of ``issuer``, ``region``, ``year``: what it
        says fills what a report leaves open.
    layout : str, optional
        The same from paths: ``{region}/{year}/{issuer}.*``. `metadata` wins over it.
    exports : iterable of {"csv", "jsonl"}
        What to write besides Parquet.
    retry : bool
        Whether to try failed files again. Those that failed by a limit are tried again anyway when the limits
        are others.
    prune : bool
        Whether to take reports out of the archive whose files are gone. By default they stay; a file
        that has changed replaces its report in any case.
    backend : {"loky", "dask", "ray"}
        What runs the workers: this machine, or a cluster through joblib.
    address : str, optional
        Where the cluster is; without, one is started here.
    isolated : bool
        Whether files are read in child processes, which can be ended. Without, no limit holds, and a crash of
        a parser ends the run: for debugging, with one job.
    watcher : Watcher, optional
        Told how it goes on.

    Returns
    -------
    Summary

    Raises
    ------
    ArchiveError
        If the source is not there, `out` is something else than an archive, is damaged, cannot be written, or
        is being written by another run.
    ModelError, CorpusError, SettingsError
        If the model, the metadata, or an option cannot be used.
    """
    jobs = _checked_jobs(jobs)
    exports = _checked_exports(exports)
    settings = replace(settings, explain=False)
    tagged_with = store.load(store.shipped() if model is None else model, engine=settings.engine)
    fingerprint = str(tagged_with.card["fingerprint"])
    wanted = Layout(layout) if layout is not None else None
    said = read_table(metadata) if metadata is not None else {}
    out = plain(out) if is_remote(plain(out)) else os.path.abspath(plain(out))
    _check_source(source, out)
    about.check_place(out)
    noting = Noting(watcher or Nobody())
    made_with = shards.describe(
        {
            "format": about.FORMAT,
            "version": __version__,
            "model": fingerprint,
            "settings": asdict(settings),
        }
    )
    try:
        with held(out) as claim, started(backend, jobs, address) as engine:
            folder = storage(out)
            options = {
                "model": _model(folder, model, backend),
                "fingerprint": fingerprint,
                "settings": asdict(settings),
            }
            job = work.Job(
                out=out,
                service=work.SERVICE,
                options=options,
                limits=limits,
                made_with=made_with,
                stamp={"model": fingerprint, "version": __version__},
                claim=claim,
                isolated=isolated,
            )
            try:
                found = [_anywhere(place) for place in _places(source, out, job)]
                if prune and not found:
                    raise ArchiveError("the source holds no file; nothing is taken out", out)
                _note_source(folder, source, noting)
                about.write(folder, made_with, source)
                wishes = Wishes(made_with, shards.describe(asdict(limits)), retry, prune)
                summary = Run(folder, job, engine, noting, wishes, wanted, said)(found)
                summary = replace(summary, notes=tuple(noting.notes))
                for kind in KINDS:
                    if kind in exports or folder.names(kind):  # what is there would be out of date
                        export(folder, kind)
                about.write(folder, made_with, source, summary)
            finally:
                work.release()
    except OSError as error:
        raise ArchiveError(f"cannot be written: {error.strerror or error}", out) from None
    return summary


def _note_source(folder: Storage, source: Source, watcher: Watcher) -> None:
    """Tell when the archive was made from another source: its reports would count as gone."""
    before = about.read(folder)["source"] if about.NAME in folder.names("") else None
    if before is not None and isinstance(source, str | os.PathLike) and os.fspath(source) != before:
        watcher.note(f"the run before read {before!r}, this one {os.fspath(source)!r}")


def _places(source: Source, out: str, job: work.Job) -> Iterable[places.Place]:
    """Return what a source stands for.

    Raises
    ------
    ArchiveError
        If it is neither a folder, a container nor a list.
    """
    if not isinstance(source, str | os.PathLike):
        return places.named(source, without=out)
    where = plain(source)
    if places.is_folder(where):
        return places.in_folder(where, without=out)
    told = work.tell(job, where)
    if told.error:
        raise ArchiveError(told.message, where)
    if told.items == ["container"]:
        return [places.Place("", where)]
    return places.in_list(where, without=out)


def _anywhere(place: places.Place) -> places.Place:
    """Return a place by a path that holds in workers too, which may stand in another folder."""
    if is_remote(place.place):
        return place
    return replace(place, place=os.path.abspath(place.place))


def _check_source(source: Source, out: str) -> None:
    if isinstance(source, str | os.PathLike):
        where = plain(source)
        if is_remote(where):
            return
        if not os.path.exists(where):
            raise ArchiveError("there is no such file or folder", where)
        if not is_remote(out) and os.path.realpath(where) == os.path.realpath(out):
            raise ArchiveError("the source itself is no place for its archive", where)
        if os.path.isfile(os.path.join(where, about.NAME)):
            raise ArchiveError("this is an archive; name the folder of its reports", where)


def _checked_jobs(jobs: int | None) -> int:
    if jobs is None:
        from joblib import cpu_count

        return int(cpu_count())
    if jobs < 1:
        raise SettingsError(f"jobs must be at least 1, not {jobs}")
    return jobs


def _checked_exports(exports: Iterable[str]) -> list[str]:
    found = list(exports)
    unknown = [kind for kind in found if kind not in KINDS]
    if unknown:
        raise SettingsError(f"exports are {', '.join(KINDS)}, not {unknown[0]!r}")
    return found


def _model(folder: Storage, model: str | os.PathLike[str] | None, backend: str) -> str | None:
    """Return where workers find the model: of other machines, beside the tables."""
    if model is None or backend == "loky":
        return None if model is None else os.path.abspath(model)
    names = [*store.FILES, "CARD.md", "model.json"]
    folder.write({f"{_MODEL}/{name}": (Path(model) / name).read_bytes() for name in names})
    return f"{folder.where}/{_MODEL}"
