"""``nlp-reports train``, ``evaluate``, ``suggest`` and ``model``: models and what they learn from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .options import (
    DONE,
    EPILOG,
    FAILED,
    FORMATS,
    MISUSED,
    add_columns,
    add_model,
    add_threshold,
    columns,
    complain,
    named,
    natural,
    positive,
)
from .sources import documents, walk

if TYPE_CHECKING:
    from pathlib import Path

    from ..corpus import Corpus
    from ..suggestion import Candidate
    from ..topics.model import TopicModel

_TABLES = {"jsonl", "ndjson", "json", "csv", "tsv"}  # suffixes of files of texts


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _add_train(commands)
    _add_evaluate(commands)
    _add_suggest(commands)
    model = commands.add_parser("model", help="show what a model says of itself", epilog=EPILOG)
    model.add_argument(
        "model", nargs="?", type=named, metavar="DIR", help="its folder (default: the shipped one)"
    )
    _add_format(model)
    model.set_defaults(run=_guarded(_model))


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser("train", help="train a model on a labelled corpus", epilog=EPILOG)
    train.add_argument("corpus", type=named, metavar="CORPUS", help=FORMATS)
    train.add_argument(
        "--out", type=named, required=True, metavar="DIR", help="folder of the model to write"
    )
    train.add_argument(
        "--titles",
        type=named,
        metavar="FILE",
        help="labels and what people are shown for them: TSV, CSV",
    )
    train.add_argument(
        "--words",
        type=named,
        metavar="FILE",
        help="words to keep whole, one a line, each followed by its frequency or nothing",
    )
    train.add_argument(
        "--folds",
        type=positive,
        metavar="N",
        help="of the cross-validation (default: 5 of documents, 3 of single texts)",
    )
    train.add_argument("--seed", type=natural, default=20261122, metavar="N", help="of the folds")
    train.add_argument("--no-vectors", action="store_true", help="train without word vectors")
    train.add_argument("--jobs", type=positive, default=1, metavar="N", help="worker processes")
    _add_format(train)
    add_columns(train)
    train.set_defaults(run=_guarded(_train))


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="compare a model with a labelled corpus", epilog=EPILOG
    )
    evaluate.add_argument("corpus", type=named, metavar="CORPUS", help=FORMATS)
    add_model(evaluate)
    evaluate.add_argument("--split", metavar="NAME", help="only this split of a corpus folder")
    evaluate.add_argument(
        "--worst", type=natural, default=10, metavar="N", help="worst examples shown (default: 10)"
    )
    add_threshold(evaluate)
    _add_format(evaluate)
    add_columns(evaluate)
    evaluate.set_defaults(run=_guarded(_evaluate))


def _add_suggest(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    suggest = commands.add_parser(
        "suggest", help="pick what is most worth labelling next", epilog=EPILOG
    )
    suggest.add_argument(
        "sources",
        nargs="+",
        type=named,
        metavar="SOURCE",
        help=f"files of texts ({', '.join(sorted(_TABLES))}); reports, zip archives of them, folders of both",
    )
    add_model(suggest)
    suggest.add_argument(
        "-n", dest="count", type=positive, default=100, metavar="N", help="how many (default: 100)"
    )
    suggest.add_argument(
        "--labelled",
        type=named,
        metavar="CORPUS",
        help="corpus whose texts are not to be picked again",
    )
    suggest.add_argument("--seed", type=natural, default=20261122, metavar="N", help="decides ties")
    suggest.add_argument(
        "--format",
        choices=("jsonl", "label-studio", "label-studio-config"),
        default="jsonl",
        help="jsonl: for doccano and by hand; label-studio: tasks with the model's answers; "
        "label-studio-config: the labelling interface for them (default: %(default)s)",
    )
    add_columns(suggest)
    suggest.set_defaults(run=_guarded(_suggest))


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="(default: %(default)s)"
    )


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Let a command end with a line of its own where a corpus, a model or a setting is at fault."""

    def guarded(options: argparse.Namespace) -> int:
        from ..errors import ReportError

        try:
            return run(options)
        except ReportError as error:
            complain(error)
            return MISUSED

    return guarded


def _train(options: argparse.Namespace) -> int:
    from ..corpus import read, read_titles
    from ..display import model_table
    from ..tokens import read_words
    from ..topics import store
    from ..training import Recipe, train

    store.check_replaceable(options.out)
    recipe = Recipe(folds=options.folds, seed=options.seed, vectors=not options.no_vectors)
    words = read_words(options.words) if options.words else None
    titles = read_titles(options.titles) if options.titles else None
    corpus = read(options.corpus, columns=columns(options), titles=titles)
    _say_notes(corpus)
    with _bar() as progress:
        model = train(
            corpus,
            out=options.out,
            recipe=recipe,
            words=words,
            jobs=options.jobs,
            progress=progress,
        )
    for warning in model.card["warnings"]:
        complain(f"beware: {warning}")
    _print(options, lambda: model_table(model.card), lambda: model.card)
    complain(f"written to {options.out}")
    return DONE


def _evaluate(options: argparse.Namespace) -> int:
    from ..corpus import read
    from ..display import evaluation_table
    from ..evaluation import evaluate

    corpus = read(options.corpus, columns=columns(options))
    model = _load(options)
    if _learnt(model) == corpus.fingerprint() and options.split != "test":
        complain("beware: the model was trained on this corpus; what it scores here says little")
    if options.split:
        corpus = corpus.part(options.split)
    _say_notes(corpus)
    evaluation = evaluate(model, corpus, threshold=options.threshold)
    _print(
        options,
        lambda: evaluation_table(evaluation, titles=_titles(model), worst=options.worst),
        lambda: evaluation.to_json(worst=options.worst),
    )
    return DONE


def _suggest(options: argparse.Namespace) -> int:
    from .. import suggestion
    from ..corpus import read

    model = _load(options)
    if options.format == "label-studio-config":
        print(suggestion.label_studio_config(model.labels, _titles(model), model.exclusive), end="")
        return DONE
    known = []
    if options.labelled:
        labelled = read(options.labelled, columns=columns(options))
        known = [s.text for p in labelled.paragraphs for s in p.segments]
    failures: list[str] = []

    def fail(where: str | None, message: str) -> None:
        failures.append(message)
        complain(f"{where}: {message}")

    candidates = list(_candidates(options, model, fail))
    picked = suggestion.suggest(
        model, candidates, count=options.count, known=known, seed=options.seed
    )
    if options.format == "jsonl":
        for row in suggestion.to_rows(picked):
            print(json.dumps(row, ensure_ascii=False))
    else:
        tasks = suggestion.to_label_studio(
            picked, fingerprint=str(model.card.get("fingerprint", ""))
        )
        print(json.dumps(tasks, ensure_ascii=False, indent=1))
    complain(f"{len(picked)} of {len(candidates)} texts")
    return FAILED if failures else DONE


def _candidates(
    options: argparse.Namespace, model: TopicModel, fail: Callable[[str | None, str], None]
) -> Iterator[Candidate]:
    """Yield the texts of tables and the segments of reports."""
    from ..corpus import read_texts
    from ..pipeline import Tagger
    from ..reading import is_archive
    from ..schema import Failure
    from ..settings import DEFAULT
    from ..suggestion import Candidate, candidates_from_report

    paths = list(walk(options.sources))
    for path in paths:
        if _suffix(path) in _TABLES:
            for where, text in read_texts(path, columns(options)):
                yield Candidate(text, where)
    reports = [(p, is_archive(p)) for p in paths if _suffix(p) not in _TABLES]
    for result in Tagger(model).pipe(documents(reports, DEFAULT, fail), failures=True):
        if isinstance(result, Failure):
            fail(result.path, result.message)
        else:
            yield from candidates_from_report(result)


def _suffix(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _model(options: argparse.Namespace) -> int:
    from ..display import model_table

    model = _load(options)
    _print(options, lambda: model_table(model.card), lambda: dict(model.card))
    return DONE


def _load(options: argparse.Namespace) -> TopicModel:
    from ..topics import store

    return store.load(options.model or store.shipped())


def _titles(model: TopicModel) -> dict[str, str]:
    """Return the titles in a model's card; a stranger's card may lack some."""
    return {label["id"]: str(label.get("title") or label["id"]) for label in model.card["labels"]}


def _learnt(model: TopicModel) -> object:
    """Return the fingerprint of the corpus that a model was trained on, None if its card is silent."""
    corpus = model.card.get("corpus")
    return corpus.get("fingerprint") if isinstance(corpus, dict) else None


def _say_notes(corpus: Corpus) -> None:
    for note in corpus.notes:
        complain(note)


def _print(options: argparse.Namespace, table: Callable[[], str], whole: Callable[[], Any]) -> None:
    if options.format == "table":
        print(table())
    else:
        print(json.dumps(whole(), ensure_ascii=False, indent=1))


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing in a pipe."""
    from tqdm import tqdm

    with tqdm(desc="training", unit="fit", disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress
