"""Sends and receives messages over a pipe: their length, then their bytes."""

import os
import select
import struct
import time

_LENGTH = struct.Struct(">Q")


class ClosedError(Exception):
    """The other side closed the pipe."""


class LateError(Exception):
    """The other side sent nothing in time."""


def send(pipe: int, data: bytes) -> None:
    """Write a message.

    Raises:
        ClosedError: The other side no longer reads.
    """
    unsent = memoryview(_LENGTH.pack(len(data)) + data)
    try:
        while unsent:
            unsent = unsent[os.write(pipe, unsent) :]
    except OSError:
        raise ClosedError from None


def receive(pipe: int, seconds: float | None = None, watched: int | None = None) -> bytes:
    """Read a message.

    Args:
        pipe: The pipe to read.
        seconds: How long to wait; None: without limit.
        watched: Another pipe, which is only watched for its end.

    Raises:
        ClosedError: The other side closed the pipe, or the watched one.
        LateError: The other side sent nothing in time.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    head = _exactly(pipe, _LENGTH.size, deadline, watched)
    return _exactly(pipe, _LENGTH.unpack(head)[0], deadline, watched)


def _exactly(pipe: int, size: int, deadline: float | None, watched: int | None) -> bytes:
    chunks = []
    while size:
        remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
        pipes = [pipe] if watched is None else [pipe, watched]
        ready, _, _ = select.select(pipes, [], [], remaining)
        if pipe not in ready:
            if ready:
                raise ClosedError
            raise LateError
        chunk = os.read(pipe, min(size, 1 << 20))
        if not chunk:
            raise ClosedError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
