"""Paths to bytes: files, folders, stdin, gzip; everything that cannot be read becomes a Problem."""

import errno
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from posixpath import normpath
from tempfile import TemporaryDirectory
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.decode.problems import Problem
from rbacpsp.sources import git
from rbacpsp.sources.kustomization import NAMES as KUSTOMIZATIONS
from rbacpsp.sources.kustomization import patches

READ = re.compile(r"\.(ya?ml|json)(\.gz)?\Z")
"""How the names of the files end that are read in folders."""
DESCRIPTOR = re.compile(r"/dev/(stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
"""A stream that a shell has opened."""
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
_DOTTED = "this folder is passed over since its name begins with a dot; kubectl apply -R reads it"
_OF_TOOLS = re.compile(
    r"\.(\..*|git|github|gitlab|gitea|forgejo|circleci|hg|svn|bzr|jj|idea|vscode|devcontainer|venv|tox|nox|terraform|helm"
    r"|cache|.*[_-]cache)?"
)
"""Folders in which tools keep their own: version control, CI, editors, caches, and a volume's `..data`."""
_WIDE = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class Source(Struct, frozen=True):
    """The bytes of one file, without a byte order mark."""

    name: str
    data: bytes
    is_export: bool = False
    """Whether it is what a command wrote: standard input, another stream, or a packed file."""
    patch_of: str = ""
    """The kustomization of its folder, or of one above, that names it as a patch."""


class PassedOver(Struct, frozen=True):
    """A folder that is not read although kubectl reads it, and what is to be said about it."""

    doubt: Problem


class _UnreadableError(Exception):
    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def sources(
    paths: Iterable[str | os.PathLike[str]], stdin: IO[bytes] | None = None
) -> Iterator[Source | PassedOver | Problem]:
    """The files that paths name, in their order: a folder's in the order of their names, "-" is `stdin`.

    A path `git:REVISION:PATH` is that of a revision in the git repository of the current folder.
    """
    for given in paths:
        path = os.fspath(given)
        if path == "-":
            yield _attempt("<stdin>", lambda: _stdin(stdin))
        elif path.startswith(git.PREFIX):
            yield from _revision(path)
        elif _is_folder(path):
            yield from _folder(path)
        else:
            yield _file(path)


def _revision(path: str) -> Iterator[Source | PassedOver | Problem]:
    """The files of a revision, named as they were asked for."""
    with TemporaryDirectory() as folder:
        try:
            place = os.fspath(git.copied(path, Path(folder)))
        except git.RevisionError as error:
            yield Problem(path, 0, 0, error.message, error.advice)
            return
        top = path.rstrip("/")
        for found in sources([place]):
            if isinstance(found, Source):
                patch_of = found.patch_of.replace(place, top, 1)
                yield replace(found, name=found.name.replace(place, top, 1), patch_of=patch_of)
            elif isinstance(found, PassedOver):
                doubt = replace(found.doubt, file=found.doubt.file.replace(place, top, 1))
                yield replace(found, doubt=doubt)
            else:
                yield replace(found, file=found.file.replace(place, top, 1))


def _is_folder(path: str) -> bool:
    """Whether it is one; what cannot be told is left for reading it to name."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _stdin(given: IO[bytes] | None) -> tuple[bytes, bool]:
    # Python has no standard input where the shell closed it.
    stream = given if given is not None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise _UnreadableError("standard input is closed", "name a file, or send it something")
    return content(stream)[0], True


def _file(path: str) -> Source | Problem:
    return _attempt(path, lambda: _open(path))


def _attempt(name: str, read: Callable[[], tuple[bytes, bool]]) -> Source | Problem:
    try:
        return Source(name, *read())
    except _UnreadableError as error:
        return Problem(name, 0, 0, error.message, error.advice)
    except OSError as error:
        return Problem(name, 0, 0, *reason_of(error))


def reason_of(error: OSError) -> tuple[str, str]:
    """Why something cannot be opened or read, and what to do about it."""
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


def _open(path: str) -> tuple[bytes, bool]:
    if "\0" in path:
        raise _UnreadableError("there is no such file", "check the path")
    # Without O_NONBLOCK a pipe that nobody writes to would be waited for. What the shell makes of <(command)
    # is a pipe too, but one that is open already.
    descriptor = bool(DESCRIPTOR.fullmatch(path))
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | (0 if descriptor else getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(os.open(path, flags), "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not descriptor and not stat.S_ISREG(mode):
            what = "a named pipe" if stat.S_ISFIFO(mode) else "a device"
            raise _UnreadableError(f"this is {what}, not a file", "name a file, a folder or -")
        if os.fstat(stream.fileno()).st_size > MOST:
            raise _too_large()
        data, packed = content(stream)
        return data, packed or descriptor


def _too_large() -> _UnreadableError:
    return _UnreadableError(f"this is larger than {MOST >> 20} MiB", "split it into several files")


def content(stream: IO[bytes]) -> tuple[bytes, bool]:
    """Everything a stream holds, unpacked and without a byte order mark, and whether it was packed.

    Binary data is refused early.
    """
    first = stream.read(_PROBE)
    packed = first.startswith(_GZIP)
    if not packed:
        _refuse_binary(first)
    pieces, size = [first], len(first)
    while piece := stream.read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > MOST:
            raise _too_large()
    data = b"".join(pieces)
    del pieces
    text = (_unpacked(data) if packed else data).removeprefix(_BOM)
    if text.startswith(_BOM):
        raise _UnreadableError(
            "this starts with two byte order marks", "save the file with one, or with none"
        )
    return text, packed


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
    if data.strip(b"\0"):  # gzip itself ignores zeros, with which a device fills its last block
        raise _UnreadableError("other data follows the gzip data", "remove it, or make the file again")
    return b"".join(pieces)


def _folder(path: str) -> Iterator[Source | PassedOver | Problem]:
    found = False
    hidden = []
    named: dict[str, str] = {}
    for one in _walk(path, (), named):
        if isinstance(one, PassedOver):
            hidden.append(one)
            continue
        found = True
        source = one if isinstance(one, Problem) else _file(one)
        by = named.get(normpath(source.name)) if isinstance(source, Source) else None
        yield replace(source, patch_of=by) if by and isinstance(source, Source) else source
    yield from hidden
    if not found:
        advice = f"name {hidden[0].doubt.file}, which is passed over" if hidden else "check the path"
        yield Problem(path, 0, 0, "there is no .yaml, .yml or .json file in this folder", advice)


def files_below(folder: str) -> Iterator[str | PassedOver | Problem]:
    """The paths of the files of a folder and those below it that are read, in the order of their names."""
    return _walk(folder, (), {})


def _walk(
    folder: str, above: tuple[tuple[int, int], ...], named: dict[str, str]
) -> Iterator[str | PassedOver | Problem]:
    """The files of a folder with a name that is read, in order; a folder named with a dot is ignored.

    That is said about one that holds such files, unless a tool keeps its own there.

    What a kustomization names as a patch is noted by its path.
    """
    try:
        here = os.stat(folder)  # noqa: PTH116  # names are kept as they were given: Path would drop a leading ./
        names = sorted(os.listdir(folder))  # noqa: PTH208  # as above
    except OSError as error:
        yield Problem(folder, 0, 0, *reason_of(error))
        return
    me = (here.st_dev, here.st_ino)
    if me in above:
        yield Problem(folder, 0, 0, "this link leads to a folder that it is in", "remove the link")
        return
    if len(above) >= _DEEPEST_FOLDER:
        yield Problem(folder, 0, 0, "the folders are nested too deeply", "name an inner folder")
        return
    for name in KUSTOMIZATIONS.intersection(names):
        by = _file(f"{folder.rstrip('/')}/{name}")
        if isinstance(by, Source):
            named |= dict.fromkeys(patches(folder, by.data), by.name)
    for name in names:
        path = f"{folder.rstrip('/')}/{name}"
        try:
            is_folder = Path(path).is_dir()
        except OSError as error:
            yield Problem(path, 0, 0, *reason_of(error))
            continue
        if is_folder:
            if not name.startswith("."):
                yield from _walk(path, (*above, me), named)
            elif not _OF_TOOLS.fullmatch(name) and any(isinstance(each, str) for each in _walk(path, (), {})):
                yield PassedOver(Problem(path, 0, 0, _DOTTED, "name it with -f to read it"))
        elif READ.search(name):
            yield path
