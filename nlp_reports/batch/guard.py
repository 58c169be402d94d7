"""A child process that works on untrusted files, and can be ended.

A parser may crash, never return, or take all memory there is: it does so in a child, which is killed
and replaced, and the next file is read as if nothing had been. The child is a process of its own
(`subprocess`), as workers of joblib, dask or ray may not have children of `multiprocessing`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from ..settings import Limits
from .frames import receive, send

_CODE = (
    "import json, sys; path, *rest = map(json.loads, sys.argv[1:]); sys.path[:] = path; "
    "from nlp_reports.batch.child import main; main(*rest)"
)
_START = 120.0  # seconds that a child may take to answer at all: an import over a slow network
_WAITING = 16  # messages heard and not yet taken: a child that floods its parent must wait
_MOST = 2_000_000  # parts of an answer; a container has fewer members
_STARTS = 3  # how often a child is started that dies before it is ready
_ENDING = 5.0  # seconds that a killed process may take to be gone
# One thread a process: there are as many processes as cores, and each thread of OpenBLAS has tens of
# megabytes of address space.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(slots=True)
class Answer:
    """What came of a request. ``error`` is empty where it was answered.

    ``items`` are the parts of the answer that came, also where an error followed; ``stage`` is the
    last stage that was begun. ``fatal`` tells that no other request would be answered either.
    """

    items: list[Any] = field(default_factory=list)
    stage: str = "start"
    error: str = ""
    message: str = ""
    fatal: bool = False

    def take(self, message: Any) -> bool:
        """Note what a child says, and tell whether that was all."""
        match message:
            case {"stage": str(stage)}:
                self.stage = stage
            case {"item": item} if len(self.items) < _MOST:
                self.items.append(item)
            case {"done": True}:
                return True
            case {"failed": {"error": str(error), "message": str(text)}}:
                self.error, self.message = error, text
            case {"memory": True}:
                self.error = "DocumentOutOfMemory"
                self.message = "took more memory than the limit allows"
            case {"fatal": str(text)}:
                self.error, self.message, self.fatal = "Fatal", text, True
            case _:
                self.error, self.message = (
                    "DocumentCrashed",
                    "the process that read it answered nonsense",
                )
        return bool(self.error)


class Guard:
    """Asks a service that runs in a child process; starts the child when there is none.

    Parameters
    ----------
    service : str
        ``module:class`` of the service.
    options : mapping
        What it is made with, values of JSON.
    limits : Limits
    """

    def __init__(self, service: str, options: Mapping[str, Any], limits: Limits) -> None:
        self._command = [service, dict(options), limits.memory]
        self._limits = limits
        self._child: _Child | None = None

    def ask(self, do: str, *, whole: bool = False, **request: Any) -> Answer:
        """Send a request and return what came of it; never raises for what a file does.

        Parameters
        ----------
        do : str
            The method of the service.
        whole : bool
            Whether the request is about many files: then only the limit without progress holds.
        request
            The arguments, values of JSON.
        """
        total = None if whole else self._limits.timeout
        asked = {"do": do, "seconds": total, "stall": self._limits.stall, **request}
        used = self._child is not None and self._child.lives()
        answer = self._once(asked, total)
        if used and answer.error in _PERHAPS_OLD:  # a new child tells whose fault it was
            answer = self._once(asked, total)
        return answer

    def _once(self, request: Mapping[str, Any], total: float | None) -> Answer:
        child = self._child
        if child is None or not child.lives():
            self.close()
            child, greeting = self._started()
            if greeting.error:
                child.end()
                text = f"no process can be started that reads files: {greeting.message}"
                return Answer(error="Fatal", message=text, fatal=True)
            self._child = child
        child.ask(request)
        answer = child.answer(total, self._limits.stall)
        if answer.error in _ENDED or answer.fatal:
            self.close()
        return answer

    def _started(self) -> tuple[_Child, Answer]:
        """Start a child and return it with its greeting; the system may end one for want of memory."""
        child = _Child(self._command)
        greeting = child.answer(None, _START)
        for _ in range(_STARTS - 1):
            if greeting.error != "DocumentCrashed":
                break
            child.end()
            child = _Child(self._command)
            greeting = child.answer(None, _START)
        return child, greeting

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
            self._child = None


# What may also come from what an earlier file has left behind, in memory or broken.
_PERHAPS_OLD = ("DocumentCrashed", "DocumentOutOfMemory")
_ENDED = ("DocumentTimeout", *_PERHAPS_OLD)


class _Child:
    """One process, its pipe, and a thread that listens to it."""

    def __init__(self, command: list[Any]) -> None:
        path = [
            os.path.abspath(entry) for entry in sys.path if entry
        ]  # not the folder one stands in
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-X",
                f"utf8={sys.flags.utf8_mode}",
                "-c",
                _CODE,
                *map(json.dumps, [path, *command]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
            start_new_session=True,  # an interrupt at the keyboard is for the parent
        )
        self._messages: queue.Queue[Any] = queue.Queue(_WAITING)
        self._number = 0  # of the last request; 0 is the greeting
        self._listener = threading.Thread(
            target=self._listen, args=(self._process.stdout,), daemon=True
        )
        self._listener.start()

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request; what is still said about earlier ones is not listened to any more."""
        self._number += 1
        with suppress(OSError):  # it has died; what it died of comes with the end of its messages
            send(cast(BinaryIO, self._process.stdin), {"number": self._number, **request})

    def answer(self, total: float | None, stall: float) -> Answer:
        """Return all that the child says until it is done, or has taken too long."""
        answer = Answer()
        end = None if total is None else time.monotonic() + total
        while True:
            left = stall if end is None else min(stall, end - time.monotonic())
            try:
                message = self._messages.get(timeout=max(0, left))
            except queue.Empty:
                answer.error = "DocumentTimeout"
                answer.message = (
                    f"ended after {stall:g} seconds without progress"
                    if left == stall
                    else f"ended after {total:g} seconds"
                )
                return answer
            if message is None:
                answer.error, answer.message = "DocumentCrashed", self._death()
                return answer
            match message:
                case [int(number), _] if number < self._number:
                    continue  # about an earlier request
                case [int(number), said] if number == self._number:
                    message = said
            if answer.take(message):
                return answer

    def _death(self) -> str:
        try:
            code = self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return "the process that read it fell silent"
        if code < 0:
            names = {one.value: one.name for one in signal.Signals}
            return f"the process that read it was ended by {names.get(-code, f'signal {-code}')}"
        return f"the process that read it ended with status {code}"

    def _listen(self, stream: BinaryIO) -> None:
        """Pass on messages until the stream ends; None is the end, other nonsense its text."""
        try:
            while True:
                self._messages.put(receive(stream))
        except (EOFError, OSError):
            self._messages.put(None)
        except ValueError as error:
            self._messages.put(str(error))

    def lives(self) -> bool:
        """Tell whether the process is there."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, and those that it has started."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own
            else:
                self._process.kill()
        self._process.wait()
        while self._listener.is_alive():  # it may wait for room for what it has heard
            with suppress(queue.Empty):
                self._messages.get(timeout=0.01)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):  # what was not sent is lost, and nobody waits for it
                stream.close()
