"""Labelled corpora: whole documents in our own format, or texts with labels in anyone's.

Documents
    A folder with ``paragraphs.jsonl``, ``documents.jsonl`` and, optionally, ``second.jsonl``,
    ``splits.json`` and ``topics.tsv``, described in `corpus.folder`; or its ``paragraphs.jsonl``
    alone, known by the key ``segments``. A paragraph has headings and segments cut by rule, each
    with any number of topics.

    ``{"document": "z-01", "paragraph": 0, "headings": ["问题与改进"], "segments": [{"text":
    "一是培训不够；", "topics": ["problems", "training"]}]}``

Texts
    A file of rows, each a text and its labels: JSON Lines, a JSON array, CSV or TSV, in UTF-8,
    UTF-16 or GB18030; also what Label Studio and doccano export, described in `corpus.texts`. The
    columns are ``text`` and either ``label``, one label as it stands, or ``labels``, any number of
    them with ``|`` or ``;`` between; others are named with `Columns`.

    ``{"text": "全年未收取费用。", "label": "收费"}``
    ``{"text": "全年未收取费用，受理申请3件。", "labels": ["收费", "申请"]}``

A label is any string of one to 200 characters without line ends; what is shown for it may be given
as its title.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ..errors import CorpusError
from . import folder, rows, texts
from .collection import Corpus
from .texts import Columns

__all__ = ["Columns", "Corpus", "read", "read_texts", "read_titles"]


def read(
    path: str | os.PathLike[str],
    *,
    columns: Columns | None = None,
    titles: Mapping[str, str] | None = None,
) -> Corpus:
    """Read and check a labelled corpus: a folder or a file, in one of the formats above.

    Parameters
    ----------
    path : path
        A folder, a file of rows with ``segments``, or any other file of rows, of at most 1 GiB.
    columns : Columns, optional
        Which columns hold what, in a file of texts. Other formats have their own.
    titles : mapping of str to str, optional
        Label ids to titles, in the order in which labels are shown, instead of those of the
        corpus. Labels that are not in it follow, sorted.

    Raises
    ------
    CorpusError
        If there is no such file, or rows break the format; it names file and line of the first,
        and the lines of others.
    """
    corpus = folder.read(path) if os.path.isdir(path) else _read_file(path, columns or Columns())
    return corpus if titles is None else replace(corpus, titles=dict(titles))


def read_titles(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read a file of label ids and their titles, in the order in which labels are shown.

    Parameters
    ----------
    path : path
        TSV or CSV with two columns, or JSON with the keys ``title`` and one of ``id``, ``label``,
        ``topic``. A first line with these words is a header and may be left out. An empty title is
        the id itself.

    Returns
    -------
    dict of str to str
        At least one title.

    Raises
    ------
    CorpusError
        If the file cannot be read, or a row is broken or stands twice.
    """
    return rows.titles(path)


def read_texts(
    path: str | os.PathLike[str], columns: Columns | None = None
) -> list[tuple[str, str]]:
    """Read a file of texts that need no labels.

    Parameters
    ----------
    path : path
        A file of rows as for `read`; or, with the suffix ``.txt``, of one text a line.
    columns : Columns, optional
        Only `text` and `names` are looked at.

    Returns
    -------
    list of (str, str)
        For each text where it stands, ``file:line`` or ``file[3]``, and the text; blank lines of
        a ``.txt`` are left out. Empty if a table has a header alone, or an array no items.

    Raises
    ------
    CorpusError
        If the file cannot be read, or a row has no text with a visible character.
    """
    if Path(path).suffix.lower() == ".txt":
        return rows.lines(path)
    columns = columns or Columns()
    return texts.read_unlabelled(rows.read(path, names=columns.names), columns)


def _read_file(path: str | os.PathLike[str], columns: Columns) -> Corpus:
    found = rows.read(path, names=columns.names)
    head = _head(found)
    whole = chain(head, found)
    if head and _is_paragraph(head[-1], columns):
        return folder.read_alone(whole)
    return texts.read(whole, columns, where=os.fspath(path))


def _is_paragraph(row: rows.Row | CorpusError, columns: Columns) -> bool:
    """Tell whether a row is of our own format; a table of texts may have a column ``segments``."""
    if isinstance(row, CorpusError) or "segments" not in row.fields:
        return False
    return isinstance(row.fields["segments"], list) or columns.text not in row.fields


def _head(found: Iterator[rows.Row | CorpusError]) -> list[rows.Row | CorpusError]:
    """Take the rows up to the first that is not broken."""
    head = []
    for item in found:
        head.append(item)
        if isinstance(item, rows.Row):
            break
    return head
