"""Messages between a process and its child: values of JSON, each with its length before it.

What a child says is data. It may have been taken over by the file it reads, so nothing it sends is
executed, and no more of it is taken than a message may have.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

_HEAD = struct.Struct("<Q")
# Bytes of the longest message. The record of a text of three million characters has about a tenth.
MAX_BYTES = 1 << 30


def send(stream: BinaryIO, value: Any) -> None:
    """Write one message. Raises OSError where nobody reads."""
    data = json.dumps(value).encode("ascii")
    stream.write(_HEAD.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message.

    Raises
    ------
    EOFError
        If the stream ends before a message is whole.
    ValueError
        If it is longer than `MAX_BYTES` or no JSON.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    (length,) = _HEAD.unpack(head)
    if length > MAX_BYTES:
        raise ValueError(f"a message of {length:,} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("a message nested too deeply") from None
