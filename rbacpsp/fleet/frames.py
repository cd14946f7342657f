"""Messages over a pipe: their length, then their bytes."""

import os
import select
import struct
import time

_LENGTH = struct.Struct(">Q")


class ClosedError(Exception):
    """The other side is gone."""


class LateError(Exception):
    """The other side says nothing for too long."""


def send(pipe: int, data: bytes) -> None:
    """Write a message.

    Raises:
        ClosedError: Nobody reads any more.
    """
    rest = memoryview(_LENGTH.pack(len(data)) + data)
    try:
        while rest:
            rest = rest[os.write(pipe, rest) :]
    except OSError:
        raise ClosedError from None


def receive(pipe: int, seconds: float | None = None, watched: int | None = None) -> bytes:
    """Read a message.

    Args:
        pipe: What to read.
        seconds: How long to wait for it; None: for ever.
        watched: Another pipe, on which nothing is expected: what comes there is its end.

    Raises:
        ClosedError: The other side is gone, or whoever holds the watched pipe.
        LateError: It takes longer.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    head = _exactly(pipe, _LENGTH.size, deadline, watched)
    return _exactly(pipe, _LENGTH.unpack(head)[0], deadline, watched)


def _exactly(pipe: int, size: int, deadline: float | None, watched: int | None) -> bytes:
    pieces = []
    while size:
        rest = None if deadline is None else max(0.0, deadline - time.monotonic())
        pipes = [pipe] if watched is None else [pipe, watched]
        ready, _, _ = select.select(pipes, [], [], rest)
        if pipe not in ready:
            if ready:
                raise ClosedError
            raise LateError
        piece = os.read(pipe, min(size, 1 << 20))
        if not piece:
            raise ClosedError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
