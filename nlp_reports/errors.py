"""One family of errors. Each says what is wrong and where; all of them survive pickling."""

from __future__ import annotations


class ReportError(Exception):
    """Base of every error this package raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong, in one line without a trailing full stop.
    where : str
        The file, ``file:line`` or folder concerned; empty when there is none.
    """

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message, where)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class DocumentError(ReportError):
    """A document cannot be read; the other documents of a run are not touched by it."""


class DocumentNotFound(DocumentError):
    """There is no file at this path, or it may not be opened."""


class NotAFile(DocumentError):
    """The path is a folder, a device or a pipe."""


class DocumentEmpty(DocumentError):
    """The document holds no visible character."""


class DocumentTooLarge(DocumentError):
    """The document is larger than ``Settings.max_bytes``."""


class UnsupportedMedia(DocumentError):
    """The bytes are of a medium this version does not read."""


class DocumentDamaged(DocumentError):
    """The file is of a known medium, but broken so that it cannot be read."""


class DocumentEncrypted(DocumentError):
    """The file is locked with a password."""


class DocumentScanned(DocumentError):
    """The pages are pictures: there is no text in the file to read."""


class TaggingFailed(DocumentError):
    """The document was read, but a stage met what it was not made for: a fault of this package."""


class DocumentChanged(DocumentError):
    """The file is not the one it was when the work began."""


class DocumentTimeout(DocumentError):
    """The document took longer than it may; what worked on it was ended."""


class DocumentCrashed(DocumentError):
    """The process that worked on the document died of it."""


class DocumentOutOfMemory(DocumentError):
    """The document took more memory than it may."""


class ModelError(ReportError):
    """A model folder cannot be used."""


class ModelNotFound(ModelError):
    """There is no model at this path."""


class ModelDamaged(ModelError):
    """The model's files are incomplete, altered or not in the documented format."""


class ModelMismatch(ModelError):
    """The model is intact but not for this version or this tokenizer."""


class CorpusError(ReportError):
    """A corpus file breaks the documented format; ``where`` holds file and line."""


class SettingsError(ReportError, ValueError):
    """A setting lies outside its documented range."""


class ArchiveError(ReportError):
    """An archive cannot be made or read: ``where`` is its folder, or the source that is to go in."""
