"""The standard streams of the program.

An answer is written completely or fails. A message that cannot be written is lost, and changes no exit code.
"""

import io
import os
import select
import sys
from contextlib import suppress
from typing import Any, TextIO

_STANDARD = 2
"""The largest number of a standard stream."""


class _Answers(io.FileIO):
    """Writes that wait for the reader, also where somebody made the stream non-blocking."""

    def write(self, data: Any, /) -> int:
        while (written := super().write(data)) is None:
            select.select([], [self], [])
        return written


class _Messages(_Answers):
    """Writes that never fail: a full disk or a closed pipe loses a message."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def prepare_streams() -> None:
    """Replace stdout and stderr by streams that write whatever a name contains, completely.

    A stream that the shell closed is opened for nothing: else the next file that is opened takes its place,
    and a child of the program writes its messages there. `sys.stdin` and `sys.stdout` stay None.
    """
    _occupy_closed_streams()
    if sys.stderr is None:
        sys.stderr = open(_STANDARD, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - of a number
    sys.stdout = _rewrapped(sys.stdout, _Answers)
    sys.stderr = _rewrapped(sys.stderr, _Messages)


def _occupy_closed_streams() -> None:
    with suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= _STANDARD:
            pass
        os.close(handle)


def _rewrapped(stream: TextIO, raw: type[io.FileIO]) -> TextIO:
    """A stream that writes to the same file; the stream itself if it has no file, as in notebooks."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="backslashreplace")
    try:
        handle = stream.fileno()
    except OSError:
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(raw(handle, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering or raw is _Messages,
    )
