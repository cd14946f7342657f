"""Paths to bytes: files, folders, stdin, gzip; everything that cannot be read becomes a Problem."""

import errno
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rbacpsp.load.problems import Problem

_READ = re.compile(r"\.(ya?ml|json)(\.gz)?\Z")
_DESCRIPTOR = re.compile(r"/dev/(stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
_CHUNK = 1 << 20
_PROBE = 1 << 16
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
MOST = 1 << 30
"""Bytes of a file, and of what a gzip file expands to."""
_FREE = 16 << 20
_RATIO = 200
"""How many times its size a gzip file may expand to, once that is above `_FREE`; dumps reach about 40."""
_DEEPEST_FOLDER = 100
"""Folders within folders; also what Python's stack bears well."""
_WIDE = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file, without a byte order mark."""

    name: str
    data: bytes


class _UnreadableError(Exception):
    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def sources(
    paths: Iterable[str | os.PathLike[str]], stdin: IO[bytes] | None = None
) -> Iterator[Source | Problem]:
    """The files that paths name, in their order: a folder's in the order of their names, "-" is `stdin`."""
    for given in paths:
        path = os.fspath(given)
        if path == "-":
            yield _attempt("<stdin>", lambda: content(stdin or sys.stdin.buffer))
        elif _is_folder(path):
            yield from _folder(path)
        else:
            yield _file(path)


def _is_folder(path: str) -> bool:
    """Whether it is one; what cannot be told is left for reading it to name."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _file(path: str) -> Source | Problem:
    return _attempt(path, lambda: _open(path))


def _attempt(name: str, read: Callable[[], bytes]) -> Source | Problem:
    try:
        return Source(name, read())
    except _UnreadableError as error:
        return Problem(name, 0, 0, error.message, error.advice)
    except OSError as error:
        return Problem(name, 0, 0, *_reason(error))


def _reason(error: OSError) -> tuple[str, str]:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "there is no such file", "check the path"
        case errno.ELOOP:
            return "this link leads back to itself", "remove the link, or name the file it was meant for"
        case errno.EACCES | errno.EPERM:
            return "this may not be read", "change its permissions, or run as a user who may read it"
        case errno.ENXIO:
            return "this is a socket, not a file", "name a file, a folder or -"
    return f"this cannot be read ({error.strerror or error})", "check the path"


def _open(path: str) -> bytes:
    if "\0" in path:
        raise _UnreadableError("there is no such file", "check the path")
    # Without O_NONBLOCK a pipe that nobody writes to would be waited for. What the shell makes of <(command)
    # is a pipe too, but one that is open already.
    descriptor = bool(_DESCRIPTOR.fullmatch(path))
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | (0 if descriptor else getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(os.open(path, flags), "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not descriptor and not stat.S_ISREG(mode):
            what = "a named pipe" if stat.S_ISFIFO(mode) else "a device"
            raise _UnreadableError(f"this is {what}, not a file", "name a file, a folder or -")
        return content(stream)


def content(stream: IO[bytes]) -> bytes:
    """Everything a stream holds, unpacked and without a byte order mark; binary data is refused early."""
    first = stream.read(_PROBE)
    packed = first.startswith(_GZIP)
    if not packed:
        _refuse_binary(first)
    pieces, size = [first], len(first)
    while piece := stream.read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > MOST:
            raise _UnreadableError(f"this is larger than {MOST >> 20} MiB", "split it into several files")
    data = b"".join(pieces)
    del pieces
    return (_unpacked(data) if packed else data).removeprefix(_BOM)


def _refuse_binary(start: bytes) -> None:
    for mark, encoding in _WIDE.items():
        if start.startswith(mark):
            raise _UnreadableError(f"this is {encoding} text", "save the file as UTF-8")
    if b"\0" in start:
        raise _UnreadableError("this is a binary file", "name a YAML or JSON file")


def _unpacked(data: bytes) -> bytes:
    """The content of a gzip file of one or more members, within bounds of memory."""
    bound = max(_FREE, min(MOST, len(data) * _RATIO))
    pieces: list[bytes] = []
    size = 0
    while data.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(data, _CHUNK)
            except zlib.error:
                raise _UnreadableError("the gzip file is damaged", "make it again") from None
            data = member.unconsumed_tail
            if not pieces and piece:
                _refuse_binary(piece[:_PROBE])
            size += len(piece)
            pieces.append(piece)
            if size > bound:
                raise _UnreadableError(
                    f"the gzip file expands to more than {bound >> 20} MiB", "unpack it and see what it holds"
                )
            if not piece and not data and not member.eof:
                raise _UnreadableError("the gzip file ends too early", "it was cut short: make it again")
        data = member.unused_data
    return b"".join(pieces)


def _folder(path: str) -> Iterator[Source | Problem]:
    found = False
    for one in _walk(path, ()):
        found = True
        yield one if isinstance(one, Problem) else _file(one)
    if not found:
        yield Problem(path, 0, 0, "there is no .yaml, .yml or .json file in this folder", "check the path")


def _walk(folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[str | Problem]:
    """The files of a folder with a name that is read, in order; a folder named with a dot is passed over."""
    try:
        here = os.stat(folder)  # noqa: PTH116  # names are kept as they were given: Path would drop a leading ./
        names = sorted(os.listdir(folder))  # noqa: PTH208  # as above
    except OSError as error:
        yield Problem(folder, 0, 0, *_reason(error))
        return
    me = (here.st_dev, here.st_ino)
    if me in above:
        yield Problem(folder, 0, 0, "this link leads to a folder that it is in", "remove the link")
        return
    if len(above) >= _DEEPEST_FOLDER:
        yield Problem(folder, 0, 0, "the folders are nested too deeply", "name an inner folder")
        return
    for name in names:
        path = f"{folder.rstrip('/')}/{name}"
        try:
            is_folder = Path(path).is_dir()
        except OSError as error:
            yield Problem(path, 0, 0, *_reason(error))
            continue
        if is_folder:
            if not name.startswith("."):
                yield from _walk(path, (*above, me))
        elif _READ.search(name):
            yield path
