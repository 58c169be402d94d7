"""Converts files by LibreOffice and prints pages by Chromium: what offices really publish.

Measured: LibreOffice takes 1.7 s to start and 0.2 s a file after that, so files go in batches; it
exits with 0 when it could not load a file, so only the output counts; two at once on one profile
fail, so every call has a profile of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_PROGRAMS = {"soffice": ("soffice", "libreoffice"), "chromium": ("chromium", "google-chrome")}
# Without a filter for what comes in, a damaged file is read as plain text and converted all the same.
_INPUTS = {"doc": "MS Word 97", "docx": "MS Word 2007 XML", "html": "HTML (StarWriter)"}
_OUTPUTS = {
    "pdf": "pdf:writer_pdf_Export",
    "doc": "doc:MS Word 97",
    "docx": "docx:MS Word 2007 XML",
    "html": "html:HTML (StarWriter)",
    "odt": "odt:writer8",
    "rtf": "rtf:Rich Text Format",
}
_SECONDS = 60  # to start a program and have it deal with the first file
_SECONDS_A_FILE = 5


class ConversionError(Exception):
    """A program did not give what it was asked for."""


def available(name: str) -> bool:
    """Say whether ``soffice`` or ``chromium`` is installed."""
    return _program(name) is not None


def convert(data: bytes, suffix_from: str, suffix_to: str) -> bytes:
    """Return a file converted by LibreOffice. Suffixes have no dot."""
    return convert_all({"file": data}, suffix_from, suffix_to)["file"]


def convert_all(files: Mapping[str, bytes], suffix_from: str, suffix_to: str) -> dict[str, bytes]:
    """Return files converted by one run of LibreOffice, under the names they came by."""
    if not files:
        return {}
    with TemporaryDirectory() as folder:
        given, made, profile = (Path(folder, name) for name in ("given", "made", "profile"))
        given.mkdir()
        paths = [given / f"{number}.{suffix_from}" for number in range(len(files))]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        command = [
            "--headless",
            f"-env:UserInstallation={profile.as_uri()}",
            f"--infilter={_INPUTS[suffix_from]}",
            "--convert-to",
            _OUTPUTS[suffix_to],
            "--outdir",
            str(made),
            *map(str, paths),
        ]
        said = _run("soffice", command, _SECONDS + _SECONDS_A_FILE * len(files))
        outputs = [made / f"{path.stem}.{suffix_to}" for path in paths]
        return dict(zip(files, _contents(files, outputs, said), strict=True))


def printed(html: bytes) -> bytes:
    """Return a page printed to PDF by Chromium, without its own page marks."""
    with TemporaryDirectory() as folder:
        page, output = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_bytes(html)
        command = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={Path(folder, 'profile')}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={output}",
            page.as_uri(),
        ]
        said = _run("chromium", command, _SECONDS)
        return _contents(["page"], [output], said)[0]


def _program(name: str) -> str | None:
    return next(filter(None, map(shutil.which, _PROGRAMS[name])), None)


def _run(name: str, arguments: Sequence[str], seconds: float) -> str:
    """Run a program to its end and return what it said."""
    program = _program(name)
    if program is None:
        raise ConversionError(f"{name} is not installed")
    process = subprocess.Popen(
        [program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # both programs leave the work to children of theirs
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ConversionError(f"{name} did not end within {seconds:.0f} s") from error
    return said.decode("utf-8", "replace").strip()


def _contents(names: Iterable[str], outputs: Iterable[Path], said: str) -> list[bytes]:
    found = []
    for name, output in zip(names, outputs, strict=True):
        if not output.is_file() or not output.stat().st_size:
            last = said.splitlines()[-1] if said else "nothing"
            raise ConversionError(f"{name} was not converted; the program said: {last}")
        found.append(output.read_bytes())
    return found
