"""Saves a model as a folder and loads it again. Loading executes nothing.

``model.json``      what it is: format, labels, tokenizer, thresholds, corpus, seed, versions, scores
``vocabulary.txt``  one gram a line, field by field; the line is the feature's row
``weights.npz``     numpy arrays without pickles
``CARD.md``         the same for people
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelDamaged, ModelError, ModelMismatch, ModelNotFound
from ..tokens import Tokenizer
from . import features
from .model import AROUND, TopicModel, Weights

FORMAT = 2
FILES = ("weights.npz", "vocabulary.txt")
_SEALED = ("labels", "exclusive", "thresholds", "tokenizer", "features", "files", "fingerprint")
_NAMES = tuple(field.name for field in fields(Weights))
_MAX_UNPACKED = 1 << 30  # bytes of all arrays together; the shipped model has a few million
_MAX_JSON = 1 << 24


def shipped() -> Path:
    """Return the folder of the model that the package carries."""
    inside = Path(str(resources.files("nlp_reports") / "models" / "default"))
    beside = Path(__file__).parents[2] / "models" / "default"  # a checkout
    return inside if inside.is_dir() else beside


def load(path: str | os.PathLike[str], *, engine: str = "rjieba") -> TopicModel:
    """Load the model in folder `path`, its words cut by `engine`.

    Raises
    ------
    ModelNotFound
        If there is no such folder, or no ``model.json`` in it.
    ModelDamaged
        If a file is missing, altered, or not what ``model.json`` says.
    ModelMismatch
        If the model was written in a format this version does not know.
    """
    folder = Path(path)
    card = _read_card(folder)
    try:
        labels = tuple(label["id"] for label in card["labels"])
        thresholds = np.array([card["thresholds"][label] for label in labels], dtype=np.float32)
        words = tuple((_word(word), _frequency(freq)) for word, freq in card["tokenizer"]["words"])
        names = tuple(str(name) for name, _ in card["features"]["fields"])
        sizes = tuple(int(size) for _, size in card["features"]["fields"])
        sums = {name: str(card["files"][name]) for name in FILES}
        exclusive = card["exclusive"]
        if not isinstance(exclusive, bool) or len(set(labels)) != len(labels) or not labels:
            raise ValueError("the labels")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelDamaged(f"model.json lacks or garbles {error}", str(folder)) from None
    if names != features.FIELDS:
        raise ModelMismatch("the model has other fields of features", str(folder))
    for name in FILES:
        _check_sum(folder / name, sums[name])
    vocabulary = _read_vocabulary(folder / "vocabulary.txt", sizes)
    weights = _read_weights(folder / "weights.npz", sum(sizes), len(labels))
    tokenizer = Tokenizer(engine, words)
    return TopicModel(
        labels, vocabulary, weights, thresholds, tokenizer, exclusive, card, str(folder)
    )


@lru_cache(maxsize=4)
def load_once(path: str, engine: str) -> TopicModel:
    """`load`, once a process: how a model reaches workers."""
    return load(path, engine=engine)


def _read_card(folder: Path) -> dict[str, Any]:
    file = folder / "model.json"
    if not file.is_file():
        raise ModelNotFound("there is no model here (no model.json)", str(folder))
    try:
        if file.stat().st_size > _MAX_JSON:
            raise ValueError("too large")
        card = json.loads(file.read_text("utf-8"))
        version = card["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelDamaged(f"model.json cannot be read: {error}", str(folder)) from None
    if version != FORMAT:
        raise ModelMismatch(f"format {version!r}; this version reads format {FORMAT}", str(folder))
    if card.get("seal") != _seal(card):
        raise ModelDamaged("altered: model.json does not fit its seal", str(folder))
    return dict(card)


def _seal(card: Mapping[str, Any]) -> str:
    """Return a hash of all in ``model.json`` that decides a prediction: what lies there is sealed."""
    sealed = json.dumps([card.get(key) for key in _SEALED], sort_keys=True)
    return hashlib.sha256(sealed.encode()).hexdigest()


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"word {value!r}")
    value.encode()  # half a character is an error here
    return value


def _frequency(value: object) -> int | None:
    if value is not None and not (isinstance(value, int) and 0 < value < 1 << 31):
        raise ValueError(f"word frequency {value!r}")
    return value


def _check_sum(file: Path, expected: str) -> None:
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelDamaged(f"cannot be read: {error.strerror}", str(file)) from None
    if found != expected:
        raise ModelDamaged("altered: its checksum is not the one in model.json", str(file))


def _read_vocabulary(file: Path, sizes: tuple[int, ...]) -> tuple[dict[str, int], ...]:
    try:
        grams = file.read_bytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise ModelDamaged(f"is not UTF-8: {error.reason}", str(file)) from None
    if len(grams) != sum(sizes):
        raise ModelDamaged(f"{len(grams)} grams, not {sum(sizes)}", str(file))
    found, at = [], 0
    for size in sizes:
        found.append({gram: row for row, gram in enumerate(grams[at : at + size], at)})
        if len(found[-1]) != size:
            raise ModelDamaged("a gram stands in a field twice", str(file))
        at += size
    return tuple(found)


def _read_weights(file: Path, rows: int, labels: int) -> Weights:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED:
                raise ValueError("larger than any model")
        with np.load(file, allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in _NAMES}
        if not all(isinstance(array, np.ndarray) for array in read.values()):
            raise ValueError("a member is no array")
    except Exception as error:  # zipfile, zlib, lzma and numpy have errors of many families
        raise ModelDamaged(f"cannot be read: {error}", str(file)) from None
    if read["first"].ndim != 2:
        raise ModelDamaged("first has the wrong shape or type", str(file))
    passes = read["first"].shape[1]  # no columns: there is nothing around a segment to see
    shapes = {
        "idf": (rows,), "first": (rows, passes), "first_bias": (passes,), "second": (rows, labels),
        "around": (AROUND * passes, labels),
    }  # fmt: skip
    if passes not in (0, labels):
        raise ModelDamaged("the first pass has the wrong number of labels", str(file))
    for name, array in read.items():
        if array.shape != shapes.get(name, (labels,)) or array.dtype.kind != "f":
            raise ModelDamaged(f"{name} has the wrong shape or type", str(file))
        if not np.isfinite(array).all():
            raise ModelDamaged(f"{name} holds values that are no numbers", str(file))
    return Weights(**{name: array.astype(np.float32) for name, array in read.items()})


def save(
    model: TopicModel, out: str | os.PathLike[str], *, card: Mapping[str, Any], text: str
) -> str:
    """Write a model under a temporary name and rename it to `out`; return its fingerprint.

    Parameters
    ----------
    card : mapping
        What to put into ``model.json`` beside labels, features, tokenizer and checksums.
    text : str
        ``CARD.md``; ``{fingerprint}`` in it is replaced.
    """
    out = Path(os.path.realpath(out))  # of a link, what it points to is replaced
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        grams = [
            gram for known in model.vocabulary for gram in sorted(known, key=known.__getitem__)
        ]
        (draft / "vocabulary.txt").write_text("\n".join(grams), "utf-8")
        compact = {name: getattr(model.weights, name) for name in _NAMES}
        for name in ("first", "second"):
            compact[name] = compact[name].astype(np.float16)
        np.savez_compressed(draft / "weights.npz", **compact)
        sums = {name: hashlib.sha256((draft / name).read_bytes()).hexdigest() for name in FILES}
        identity = fingerprint(model)
        whole = {
            "format": FORMAT,
            "fingerprint": identity,
            **card,
            "exclusive": model.exclusive,
            "thresholds": {
                label: round(float(t), 3)
                for label, t in zip(model.labels, model.thresholds, strict=True)
            },
            "tokenizer": {"version": model.tokenizer.version, "words": list(model.tokenizer.words)},
            "features": {
                "fields": [
                    [name, len(known)]
                    for name, known in zip(features.FIELDS, model.vocabulary, strict=True)
                ]
            },
            "files": sums,
        }
        whole["seal"] = _seal(whole)
        (draft / "model.json").write_text(
            json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        (draft / "CARD.md").write_text(text.replace("{fingerprint}", identity), "utf-8")
        draft.chmod(0o755)
        _replace(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return identity


def fingerprint(model: TopicModel) -> str:
    """Return a hash of all that decides a prediction, the same for two equal trainings."""
    digest = hashlib.sha256()
    for known in model.vocabulary:
        digest.update("\n".join(sorted(known, key=known.__getitem__)).encode())
    for name in _NAMES:
        digest.update(getattr(model.weights, name).astype(np.float16).tobytes())
    digest.update(np.round(model.thresholds, 3).astype(np.float32).tobytes())
    digest.update(json.dumps([model.labels, model.exclusive, model.tokenizer.words]).encode())
    return digest.hexdigest()[:16]


def check_replaceable(out: str | os.PathLike[str]) -> None:
    """Refuse to write a model where something else is.

    Raises
    ------
    ModelError
        If `out` is a file or lies in one, or a folder that holds files but no model.
    """
    out = Path(os.path.realpath(out))
    above = next(folder for folder in out.parents if folder.exists())
    if not above.is_dir():
        raise ModelError("refusing to write below a file", str(above))
    if out.is_dir() and not (out / "model.json").is_file() and any(out.iterdir()):
        raise ModelError("refusing to overwrite a folder that holds no model", str(out))
    if out.exists() and not out.is_dir():
        raise ModelError("refusing to overwrite a file", str(out))


def _replace(draft: Path, out: Path) -> None:
    """Put a finished folder in the place of an older one."""
    check_replaceable(out)
    if out.exists():
        old = out.rename(draft.with_name(f"{draft.name}-old"))
        try:
            draft.rename(out)
        except BaseException:
            old.rename(out)
            raise
        shutil.rmtree(old)
    else:
        draft.rename(out)
