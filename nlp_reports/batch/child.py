"""What runs in the child process: it takes requests, one at a time, and answers them.

Standard input and output lead elsewhere by then, so that nothing a library prints gets among the
messages. First it says that it is ready. A request names a method of the service and its arguments::

    {"do": name, "number": n, "seconds": most or null, "stall": most, ...}

The method is given a function to speak with. Each message has the number of its request before it, 0
when it is ready: ``[n, {"stage": name}]`` tells that the work goes on, ``[n, {"item": ...}]`` is a part of the
answer. The last is ``{"done": true}``, ``{"failed": {"error", "message"}}``, ``{"memory": true}``, or ``{"fatal": text}``
where no request could be answered.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

from ..errors import ModelError, ReportError, SettingsError
from .frames import receive, send

_GRACE = 10  # seconds after which a child ends itself that nobody has ended in time


def main(service: str, options: dict[str, Any], memory: int | None) -> None:
    """Answer requests until there are no more.

    Parameters
    ----------
    service : str
        ``module:class`` of what answers; it is made with `options`.
    options : dict
    memory : int or None
        Most megabytes of address space that this process may have, where the system can limit it.
    """
    requests, answers = _apart()
    _limit(memory << 20 if memory else None)
    module, _, name = service.partition(":")
    try:
        answer = getattr(import_module(module), name)(**options)
    except Exception as error:  # a service that cannot be made would fail for each file
        send(answers, [0, {"fatal": _unexpected(error)}])
        return
    send(answers, [0, {"done": True}])
    while True:
        try:
            request = receive(requests)
        except EOFError:
            return
        seconds, stall = request.pop("seconds"), request.pop("stall")
        say = _speaker(answers, request.pop("number"), None if seconds else stall)
        if seconds:
            _end_in(seconds)
        say(respond(answer, request, say))
        _end_in(None)


def _speaker(answers: BinaryIO, number: int, stall: float | None) -> Callable[[Any], None]:
    """Return what sends messages about a request; each is progress where no progress ends the child."""

    def say(message: Any) -> None:
        if stall:
            _end_in(stall)
        send(answers, [number, message])

    if stall:
        _end_in(stall)
    return say


def respond(service: Any, request: dict[str, Any], say: Callable[[Any], object]) -> dict[str, Any]:
    """Let a service answer a request, and return what the last message is; see above."""
    try:
        getattr(service, request.pop("do"))(say, **request)
    except MemoryError:
        return {"memory": True}
    except (ModelError, SettingsError) as error:
        return {"fatal": str(error)}
    except ReportError as error:
        return {"failed": {"error": type(error).__name__, "message": error.message}}
    except Exception as error:  # whatever one document provokes, the others are still done
        return {"failed": {"error": "TaggingFailed", "message": _unexpected(error)}}
    return {"done": True}


def _unexpected(error: Exception) -> str:
    """Return what happened and, for those who mend it, the last line of ours on the way there."""
    where, trace = "", error.__traceback__
    while trace:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("nlp_reports") and name != __name__:
            where = f" (in {name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return f"unexpected {type(error).__name__}: {error}{where}"


def _apart() -> tuple[BinaryIO, BinaryIO]:
    """Return the two ends of the pipe, and let standard input and output lead elsewhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (open to the end)
    return requests, answers


def _limit(size: int | None) -> None:
    with suppress(ImportError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(ValueError, OSError):  # macOS keeps none of memory
            if size:
                resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _end_in(seconds: float | None) -> None:
    """End this process in so many seconds even if its parent is gone and Python is stuck in a library."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE if seconds else 0)
