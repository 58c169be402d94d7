"""The parts of a Word package: XML in a zip, found by relationships (ECMA-376 part 2)."""

from __future__ import annotations

import posixpath

from lxml import etree

from ...errors import DocumentDamaged, DocumentError, DocumentTooLarge, UnsupportedMedia
from ...schema import Warning
from ...settings import Settings
from ..containers import TITLES, kind, open_archive, unpack
from .markup import M, W

# Largest XML part, in bytes: the longest report seen, 400,000 characters, makes about 10 MB.
_MAX_PART = 64 * 1024 * 1024
# Most tags and attributes of a part: each takes up to 240 bytes in the tree. A report of 40 kB has
# 10,000; 400,000 characters in short runs make half a million.
_MAX_MARKUP = 1_000_000

# The strict variant differs, in what is read here, by the names of its namespaces alone.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", M[1:-1].encode()),
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Package:
    """The parts of the zip. ``warnings`` names those that serve the text and are lost."""

    def __init__(self, data: bytes, where: str, settings: Settings) -> None:
        self._archive = open_archive(data, where=where)
        self._where = where
        self._left = settings.max_unpacked  # bytes, of all parts together
        self._entries = {entry.name.replace("\\", "/").lower(): entry for entry in self._archive}
        self.warnings: list[Warning] = []
        found = kind(data)
        if found != "docx":
            title = TITLES.get(found or "", "no zip container")
            raise UnsupportedMedia(f"this is {title}, not a Word document", where)
        self.main = "word/document.xml"
        if self.main not in self._entries:
            self.main = self._targets("_rels/.rels").get("officeDocument", self.main)

    def tree(self, path: str) -> etree._Element:
        """Return the root of an XML part."""
        entry = self._entries.get(path.lower())
        if entry is None:
            raise DocumentDamaged(f"there is no {path} in the document", self._where)
        limit = min(self._left, _MAX_PART)
        data = unpack(self._archive, entry, limit=limit, where=self._where)
        self._left -= len(data)
        return _parse(data, path, self._where)

    def related(self, name: str) -> etree._Element | None:
        """Return a part that serves the main one, None if there is none or it is broken."""
        folder, file = posixpath.split(self.main)
        targets = self._targets(f"{folder}/_rels/{file}.rels")
        return self._tree_or_none(targets.get(name, f"{folder}/{name}.xml"))

    def _tree_or_none(self, path: str) -> etree._Element | None:
        if path.lower() not in self._entries:
            return None
        try:
            return self.tree(path)
        except DocumentError as error:
            self.warnings.append(Warning("unreadable_part", f"{path} is lost: {error.message}"))
            return None

    def _targets(self, path: str) -> dict[str, str]:
        """Return the parts that a relationship part names, by the last word of their type."""
        root = self._tree_or_none(path)
        base = posixpath.join("/", posixpath.dirname(posixpath.dirname(path)))
        targets = {}
        for item in [] if root is None else root.iter(_RELATIONSHIP):
            target = posixpath.normpath(posixpath.join(base, item.get("Target", ""))).lstrip("/")
            if target.lower() in self._entries and target.isprintable():
                targets[item.get("Type", "").rpartition("/")[2]] = target
        return targets


def _parse(data: bytes, path: str, where: str) -> etree._Element:
    if data.count(b"<") + data.count(b"=") > _MAX_MARKUP:
        raise DocumentTooLarge(f"{path} has more than {_MAX_MARKUP:,} tags and attributes", where)
    for strict, transitional in _STRICT:
        data = data.replace(strict, transitional)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        place = f"line {error.lineno}" if error.lineno else "its start"
        raise DocumentDamaged(f"{path} is broken XML at {place}", where) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentDamaged(f"{path} declares a DTD, which Word documents must not", where)
    return root
