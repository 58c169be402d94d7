"""A DOCX tree brought into the state that the page shows.

Changes accepted (ECMA-376 part 1, 17.13.5), hidden runs gone, alternatives chosen (part 3), text
boxes behind their anchors, wrappers opened: the walk over the tree then meets plain paragraphs
and tables only.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from .markup import (
    DEL,
    INS,
    MC,
    MOVE_FROM,
    MOVE_TO,
    PPR,
    PSTYLE,
    RPR,
    TRPR,
    VAL,
    VANISH,
    P,
    R,
    W,
    is_on,
)
from .styles import Styles

RUNS_ON = "runs-on"  # our mark on a paragraph whose end was deleted

_BOX, _RSTYLE = W + "txbxContent", W + "rStyle"
_ALTERNATE, _CHOICE, _FALLBACK = MC + "AlternateContent", MC + "Choice", MC + "Fallback"
# Records of how things were, tab stops (named as tabs are), readings above ruby text.
_NO_CONTENT = tuple(
    W + name
    for name in ("pPrChange", "rPrChange", "trPrChange", "tcPrChange", "tblPrChange", "tabs", "rt")
)
_WRAPPERS = (
    *(W + name for name in ("sdt", "sdtContent", "customXml", "smartTag")),
    *(INS, MOVE_TO, _BOX, _ALTERNATE, _CHOICE, _FALLBACK),
)


def show(root: etree._Element, styles: Styles) -> None:
    """Bring the tree, in place, into the state that the page shows."""
    etree.strip_elements(root, *_NO_CONTENT, with_tail=False)
    _choose_alternatives(root)
    _accept_deletions(root)
    _drop_hidden_runs(root, styles)
    _put_boxes_behind_anchors(root)
    etree.strip_tags(root, *_WRAPPERS)


def _choose_alternatives(root: etree._Element) -> None:
    """Keep what the newest program shows; a text box has an older twin in the fallback."""
    for alternatives in list(root.iter(_ALTERNATE)):
        chosen = alternatives.find(_CHOICE)
        if chosen is None:
            chosen = alternatives.find(_FALLBACK)
        for child in list(alternatives):
            if child is not chosen:
                alternatives.remove(child)


def _accept_deletions(root: etree._Element) -> None:
    for mark in list(root.iter(DEL, MOVE_FROM)):
        owner = mark.getparent()
        holder = owner.getparent()
        if owner.tag == TRPR:
            _remove(holder)
        elif owner.tag == RPR and holder.tag == PPR:
            holder.getparent().set(RUNS_ON, "1")
    etree.strip_elements(root, DEL, MOVE_FROM, with_tail=False)


def _drop_hidden_runs(root: etree._Element, styles: Styles) -> None:
    hidden = [vanish.getparent().getparent() for vanish in root.iter(VANISH) if is_on(vanish)]
    if styles.can_hide:
        for name in root.iter(_RSTYLE):
            if styles.get(name.get(VAL)).hidden:
                hidden += _unless_shown([name.getparent().getparent()])
        for name in root.iter(PSTYLE):
            if styles.get(name.get(VAL)).hidden:
                hidden += _unless_shown(name.getparent().getparent().iter(R))
    for run in hidden:
        if run.tag == R:
            _remove(run)


def _unless_shown(runs: Iterable[etree._Element]) -> list[etree._Element]:
    """Return the runs that do not themselves undo the hiding of their style."""
    return [run for run in runs if run.find(f"{RPR}/{VANISH}") is None]


def _put_boxes_behind_anchors(root: etree._Element) -> None:
    for box in reversed(list(root.iter(_BOX))):
        anchor = next(box.iterancestors(P), None)
        if anchor is not None:
            anchor.addnext(box)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
