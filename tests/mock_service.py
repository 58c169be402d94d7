"""Services that do to a child process what parsers and hostile files do, and tasks for engines.

The tests name this module as the service; the child finds it, as it has its parent's `sys.path`.
Methods that harm first begin the stage ``read``. None of them uses a processor while it waits.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import stat
import struct
import sys
import threading
import time
from pathlib import Path

from nlp_reports import errors

LONG = 600  # seconds that a method waits which never returns
MEGABYTE = 1 << 20


class Unpicklable(Exception):
    """An error that can be sent to no other process as it is."""

    def __init__(self, text, *, needed):
        super().__init__(text)
        self.needed = needed
        self.held = (lambda: text, threading.Lock())


class Unprintable(Exception):
    def __str__(self):
        raise ValueError("no words for it")


class Unknown(BaseException):
    """An error that is no Exception."""


# Errors that have an answer and leave the child as it is; each with what its message must match.
ORDINARY = {
    "value": (ValueError("一二三"), r"unexpected ValueError: 一二三"),
    "key": (KeyError("x"), r"unexpected KeyError: 'x'"),
    "pipe": (BrokenPipeError(32, "Broken pipe"), r"unexpected BrokenPipeError"),
    "end": (EOFError(), r"unexpected EOFError"),
    "stop": (StopIteration(3), r"unexpected StopIteration"),
    "decode": (
        UnicodeDecodeError("gb18030", b"\xff", 0, 1, "odd"),
        r"unexpected UnicodeDecodeError",
    ),
    "surrogate": (ValueError("半\ud800\x00\n"), "unexpected ValueError: 半\ud800\x00\n"),
    "unpicklable": (Unpicklable("held", needed=1), r"unexpected Unpicklable: held"),
    "chained": (RuntimeError("b"), r"unexpected RuntimeError: b"),
}
ENDING = {"unprintable": Unprintable, "unknown": Unknown, "generator": GeneratorExit}


class Service:
    """Answers as it is told."""

    def __init__(self, grace=None, slow=0.0, raises=""):
        if grace is not None:
            from nlp_reports.batch import child

            child._GRACE = grace
        time.sleep(slow)
        if raises:
            raise getattr(errors, raises)("cannot be made")
        self._held = []
        self._broken = False

    # What goes well

    def echo(self, say, value):
        if self._broken:
            os.abort()
        say({"item": value})

    def items(self, say, values):
        for value in values:
            say({"item": value})

    def stages(self, say, names):
        for name in names:
            say({"stage": name})
            say({"item": name})

    def who(self, say):
        say({"item": os.getpid()})

    def tell(self, say, place):
        say({"item": [os.getpid(), place]})

    def pace(self, say, times, pause):
        """Begin so many stages, each after a pause in seconds."""
        for number in range(times):
            time.sleep(pause)
            say({"stage": f"{number}"})
        say({"item": "through"})

    def about(self, say):
        """Tell of the process what the tests ask."""
        import resource

        say(
            {
                "item": {
                    "pid": os.getpid(),
                    "group": os.getpgid(0),
                    "core": resource.getrlimit(resource.RLIMIT_CORE),
                    "memory": resource.getrlimit(resource.RLIMIT_AS),
                    "modules": [json.__file__, re.__file__, __file__],
                }
            }
        )

    def utf8_mode(self, say):
        say({"item": sys.flags.utf8_mode})

    def chatter(self, say):
        """Print in all the ways there are, and read."""
        print("一行", flush=True)
        print("一行", file=sys.stderr, flush=True)
        sys.__stdout__.write("一行\n")
        sys.__stdout__.flush()
        os.write(1, b"\xff" * 20)
        os.write(2, b"\xff" * 20)
        os.system("echo loud; echo louder >&2; cat")
        ctypes.CDLL(None).puts(b"from C")
        ctypes.CDLL(None).fflush(None)
        say({"item": [sys.stdin.read(), sys.stdin.buffer.read().decode(), len(os.read(0, 9))]})
        say({"item": "said"})

    # Errors

    def fail(self, say, error, message):
        """Raise an error of the package."""
        say({"stage": "read"})
        raise getattr(errors, error)(message, "某处")

    def ordinary(self, say, name):
        say({"stage": "read"})
        raise ORDINARY[name][0]

    def ending(self, say, name):
        say({"stage": "read"})
        raise ENDING[name]

    def ours(self, say):
        """Fail in a function of the package."""
        from nlp_reports.numerals import parse

        parse(None)

    def long_error(self, say):
        raise ValueError("长" * MEGABYTE)

    def recursion(self, say):
        say({"stage": "read"})

        def down(depth):
            return down(depth + 1) + 1

        down(0)

    def exhausted(self, say):
        say({"stage": "read"})
        raise MemoryError

    def no_json(self, say):
        say({"stage": "read"})
        say({"item": {1, 2}})

    # What ends a process

    def abort(self, say):
        say({"stage": "read"})
        os.abort()

    def segfault(self, say):
        say({"stage": "read"})
        ctypes.string_at(0)

    def leave(self, say, status):
        say({"stage": "read"})
        sys.exit(status)

    def vanish(self, say):
        say({"stage": "read"})
        os._exit(0)

    def interrupt(self, say):
        say({"stage": "read"})
        raise KeyboardInterrupt

    def half(self, say):
        """Die in the middle of a message."""
        say({"stage": "read"})
        os.write(answers(), struct.pack("<Q", 100) + b'{"item"')
        os._exit(4)

    def fall_silent(self, say):
        """Close both pipes and stay."""
        say({"stage": "read"})
        os.closerange(3, 100)
        time.sleep(LONG)

    # What never returns

    def sleep(self, say, mark=None):
        say({"stage": "read"})
        if mark:
            Path(mark).touch()
        while True:
            time.sleep(LONG)

    def stuck(self, say, mark=None):
        """Never return from C, with the lock of the interpreter held: no other thread ever runs."""
        say({"stage": "read"})
        if mark:
            Path(mark).touch()
        ctypes.PyDLL(None).sleep(LONG)

    def backtrack(self, say):
        """Let the module re try two to the fortieth ways."""
        say({"stage": "read"})
        re.match(r"(a+)+$", "a" * 40 + "b")

    # Memory, in megabytes where it is a number

    def bytes_at_once(self, say):
        say({"stage": "read"})
        bytearray(10**10)

    def array(self, say):
        import numpy as np

        say({"stage": "read"})
        np.ones(10**10, np.uint8)

    def slices(self, say):
        say({"stage": "read"})
        kept = []
        while True:
            kept.append(bytes(MEGABYTE))  # zeros that nobody touches: they take addresses only

    def objects(self, say):
        """Take memory in the smallest pieces, until there is no byte left."""
        say({"stage": "read"})
        kept = [bytes(380 * MEGABYTE)]
        while True:
            kept.append(bytes(480))

    def need(self, say, size):
        """Need memory, and give it back."""
        say({"stage": "read"})
        say({"item": len(bytes(size * MEGABYTE)) // MEGABYTE})

    def leak(self, say, size):
        """Keep memory, as a library that leaks."""
        self._held.append(bytes(size * MEGABYTE))
        say({"item": size})

    def break_later(self, say):
        """Leave the process so that it dies of the next request, as of a heap that was overwritten."""
        self._broken = True
        say({"item": "done"})

    # Messages

    def flood(self, say, message):
        while True:
            say(message)

    def nonsense(self, say, message):
        say({"stage": "read"})
        say(message)
        time.sleep(LONG)

    def raw(self, say, data):
        """Write bytes among the messages, given in hexadecimal digits."""
        say({"stage": "read"})
        os.write(answers(), bytes.fromhex(data))
        time.sleep(LONG)

    def too_early(self, say, message):
        """Say that all is done, and go on: there will be another such message."""
        say(message)

    def offspring(self, say):
        """Leave a process behind that has the pipes open."""
        pid = os.fork()
        if not pid:
            time.sleep(LONG)
            os._exit(0)
        say({"item": pid})


def answers():
    """Return the descriptor of the pipe to the parent."""
    (found,) = (
        fd
        for fd in range(3, 100)
        if os.path.exists(f"/proc/self/fd/{fd}")
        and stat.S_ISFIFO(os.fstat(fd).st_mode)
        and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
    )
    return found


# Tasks for engines


def double(number):
    return 2 * number


def wait_for(number, gate, seconds=30):
    """Return the number once there is a file; the first does not wait. After the seconds, say so in a file."""
    end = time.monotonic() + seconds
    while number and not os.path.exists(gate):
        if time.monotonic() > end:
            Path(f"{gate}.late").touch()
            break
        time.sleep(0.01)
    return number


def fail(number):
    raise errors.DocumentDamaged(f"{number} is odd", "某处")


def die(number):
    os._exit(number)


def process(number):
    return os.getpid()
