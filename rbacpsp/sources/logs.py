"""Reads log files as streams: folders of rotated files, plain or packed, none completely in memory."""

import gzip
import io
import lzma
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rbacpsp.decode import LoadError, Problem
from rbacpsp.sources.files import DESCRIPTOR, reason_of

_PIECE = 1 << 18
_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ROTATED = re.compile(r"([-.]\d{4}-?\d\d-?\d\d(T[\d.:-]+)?)?(\.(log|jsonl?|txt|gz|zst|xz|\d+))*\Z")
"""The endings that rotation and packing add to the name of a server's log."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a log."""

    name: str
    server: str
    """The name without what rotation adds: files of one server have the same."""
    size: int
    """In bytes, before unpacking; 0 if it is not known."""
    chunks: Callable[[], Iterator[bytes]]
    """Opens the file and yields its unpacked content in chunks.

    Raises:
        LoadError: It cannot be read at all.
        BrokenLogError: Its packed data is damaged; the content before that was yielded.
    """


class BrokenLogError(Exception):
    """The packed data of a log is damaged; the message says how."""


def log_files(paths: Iterable[str | os.PathLike[str]], stdin: IO[bytes] | None = None) -> list[LogFile]:
    """The files that paths name; in a folder every file in it and below, except those that begin with a dot.

    Raises:
        LoadError: A path does not exist, or is a folder without files.
    """
    files: list[LogFile] = []
    problems: list[Problem] = []
    for path_argument in paths:
        path = os.fspath(path_argument)
        if path == "-":
            files.append(LogFile("<stdin>", "<stdin>", 0, lambda: _chunks(_stdin(stdin), "<stdin>")))
            continue
        try:
            is_folder = bool(path) and Path(path).is_dir()  # an empty Path is the working directory
            names = sorted(_below(Path(path))) if is_folder else [path]
            if not names:
                problems.append(Problem(path, 0, 0, "there is no file in this folder", "check the path"))
            for name in names:
                is_log, size = _measured(name)
                if is_log:
                    files.append(_file(name, size))
                elif name == path:
                    problems.append(Problem(path, 0, 0, "this is not a file", "name a file, a folder or -"))
        except (OSError, ValueError) as error:
            problems.append(_problem(path, error))
    if problems:
        raise LoadError(problems)
    return files


def _below(folder: Path) -> Iterator[str]:
    for current_folder, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.fspath(Path(current_folder) / name) for name in files if not name.startswith("."))


def _measured(name: str) -> tuple[bool, int]:
    """Whether something can be read, and its size; a pipe can only be read if a shell has opened it."""
    status = os.stat(name)  # noqa: PTH116 - the name is kept as it was passed
    regular = stat.S_ISREG(status.st_mode)
    return regular or bool(DESCRIPTOR.fullmatch(name)), status.st_size if regular else 0


def _file(name: str, size: int) -> LogFile:
    path = Path(name)
    server = os.fspath(path.with_name(_ROTATED.sub("", path.name) or path.name))
    return LogFile(name, server, size, lambda: _opened(name))


def _opened(name: str) -> Iterator[bytes]:
    try:
        with Path(name).open("rb") as stream:
            yield from _chunks(stream, name)
    except OSError as error:
        raise LoadError([_problem(name, error)]) from None


def _stdin(stdin: IO[bytes] | None) -> IO[bytes]:
    stream = stdin if stdin is not None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise LoadError([Problem("<stdin>", 0, 0, "standard input is closed", "name a file")])
    return stream


def _chunks(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """The content of a stream, unpacked."""
    head = stream.read(_PIECE)
    if head.startswith(_UTF_16):
        raise LoadError([Problem(name, 0, 0, "this is UTF-16 text", "save the file as UTF-8")])
    rejoined = io.BufferedReader(_Rejoined(head, stream), _PIECE)
    unpack = _unpacker(head)
    if unpack is None:
        yield from _read(rejoined)
        return
    try:
        yield from _read(unpack(rejoined))
    except EOFError:
        raise BrokenLogError("the packed data ends too early: the file was cut short") from None
    except (OSError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BrokenLogError("the packed data is damaged") from None


def _read(stream: Any) -> Iterator[bytes]:
    while chunk := stream.read(_PIECE):
        yield chunk


def _unpacker(head: bytes) -> Callable[[IO[bytes]], Any] | None:
    if head.startswith(_GZIP):
        return lambda stream: gzip.GzipFile(fileobj=stream)
    if head.startswith(_XZ):
        return lzma.LZMAFile
    if head.startswith(_ZSTANDARD):
        return _zstandard
    return None


def _zstandard(stream: IO[bytes]) -> Any:
    import zstandard

    return _Zstandard(zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True), zstandard)


class _Zstandard:
    """A Zstandard stream that raises the errors of the other formats."""

    def __init__(self, reader: Any, library: Any) -> None:
        self._reader = reader
        self._error = library.ZstdError

    def read(self, size: int) -> bytes:
        try:
            data: bytes = self._reader.read(size)
        except self._error:
            raise zlib.error("damaged") from None
        return data


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was already read, since standard input cannot be rewound."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = memoryview(head)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._head:
            size = min(len(self._head), len(buffer))
            buffer[:size] = self._head[:size]
            self._head = self._head[size:]
            return size
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _problem(path: str, error: Exception) -> Problem:
    if isinstance(error, OSError):
        return Problem(path, 0, 0, *reason_of(error))
    return Problem(path, 0, 0, "there is no such file", "check the path")
