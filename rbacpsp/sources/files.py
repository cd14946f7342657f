"""Reads the bytes of files, folders, standard input and gzip files; what cannot be read becomes a Problem."""

import errno
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from posixpath import normpath
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.decode import LoadError
from rbacpsp.decode.problems import Problem
from rbacpsp.sources import git
from rbacpsp.sources.kustomization import NAMES as KUSTOMIZATIONS
from rbacpsp.sources.kustomization import patches

READ = re.compile(r"\.(ya?ml|json)(\.gz)?\Z")
"""The endings of the names of files that are read in folders."""
DESCRIPTOR = re.compile(r"/dev/(stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
"""A stream that a shell has opened."""
_CHUNK = 1 << 20
_PROBE = 1 << 16
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
MOST = 1 << 30
"""The most bytes of a file, also after decompression."""
_FREE = 16 << 20
_RATIO = 200
"""The largest ratio of decompressed to compressed size above `_FREE` bytes; dumps reach about 40."""
_DEEPEST_FOLDER = 100
"""The deepest nesting of folders, within the limits of Python's stack."""
_DOTTED = "this folder is skipped because its name begins with a dot; kubectl apply -R reads it"
_OF_TOOLS = re.compile(
    r"\.(\..*|git|github|gitlab|gitea|forgejo|circleci|hg|svn|bzr|jj|idea|vscode|devcontainer|venv|tox|nox|terraform|helm"
    r"|cache|.*[_-]cache)?"
)
"""Folders that belong to tools: version control, CI, editors, caches, and a volume's `..data`."""
_WIDE = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class SourceFile(Struct, frozen=True):
    """The bytes of one file, without a byte order mark."""

    name: str
    data: bytes
    is_export: bool = False
    """Whether a command wrote it: standard input, another stream, or a packed file."""
    patch_of: str = ""
    """The kustomization, of its folder or a parent, that names it as a patch."""


class PassedOver(Struct, frozen=True):
    """A folder that is not read although kubectl reads it, with a warning."""

    doubt: Problem


class _UnreadableError(Exception):
    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def sources(
    paths: Iterable[str | os.PathLike[str]], stdin: IO[bytes] | None = None
) -> Iterator[SourceFile | PassedOver | Problem]:
    """The files that paths name, in their order; those of a folder are sorted by name, and "-" is `stdin`.

    A path `git:REVISION:PATH` is in a revision of the git repository of the current folder.
    """
    for path_argument in paths:
        path = os.fspath(path_argument)
        if path == "-":
            yield _attempt("<stdin>", lambda: _stdin(stdin))
        elif path.startswith(git.PREFIX):
            yield from _revision(path)
        elif _is_folder(path):
            yield from _folder(path)
        else:
            yield _file(path)


def _revision(path: str) -> Iterator[SourceFile | PassedOver | Problem]:
    """The files of a revision, with the names that were passed."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        try:
            copied_path = os.fspath(git.copied(path, Path(folder)))
        except git.RevisionError as error:
            yield Problem(path, 0, 0, error.message, error.advice)
            return
        path_shown = path.rstrip("/")
        for source in sources([copied_path]):
            if isinstance(source, SourceFile):
                patch_of = source.patch_of.replace(copied_path, path_shown, 1)
                yield replace(source, name=source.name.replace(copied_path, path_shown, 1), patch_of=patch_of)
            elif isinstance(source, PassedOver):
                doubt = replace(source.doubt, file=source.doubt.file.replace(copied_path, path_shown, 1))
                yield replace(source, doubt=doubt)
            else:
                yield replace(source, file=source.file.replace(copied_path, path_shown, 1))


def _is_folder(path: str) -> bool:
    """Whether a path is a folder; errors are reported when it is read."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def _stdin(stdin: IO[bytes] | None) -> tuple[bytes, bool]:
    # Python has no standard input where the shell closed it.
    stream = stdin if stdin is not None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise _UnreadableError("standard input is closed", "name a file, or pipe data to it")
    return content(stream)[0], True


def whole_file(path: str, stdin: IO[bytes] | None = None) -> bytes:
    """The content of one file, or of `stdin` for "-", within the same bounds and without a byte order mark.

    Raises:
        LoadError: It cannot be read.
    """
    file = _attempt("<stdin>", lambda: _stdin(stdin)) if path == "-" else _file(path)
    if isinstance(file, Problem):
        raise LoadError([file])
    return file.data


def _file(path: str) -> SourceFile | Problem:
    return _attempt(path, lambda: _open(path))


def _attempt(name: str, read: Callable[[], tuple[bytes, bool]]) -> SourceFile | Problem:
    try:
        return SourceFile(name, *read())
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
            return (
                "this link leads back to itself",
                "remove the link, or name the file that it should lead to",
            )
        case errno.EACCES | errno.EPERM:
            return "this may not be read", "change its permissions, or run as a user who may read it"
        case errno.EISDIR:
            return "this is a folder, not a file", "name a file in it"
        case errno.ENXIO:
            return "this is a socket, not a file", "name a file, a folder or -"
    return f"this cannot be read ({error.strerror or error})", "check the path"


def _open(path: str) -> tuple[bytes, bool]:
    if "\0" in path:
        raise _UnreadableError("there is no such file", "check the path")
    # O_NONBLOCK avoids waiting for a pipe that nobody writes to. The shell's <(command) is a pipe too, but it
    # is already open.
    descriptor = bool(DESCRIPTOR.fullmatch(path))
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | (0 if descriptor else getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(os.open(path, flags), "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not descriptor and not stat.S_ISREG(mode):
            file_type = "a named pipe" if stat.S_ISFIFO(mode) else "a device"
            raise _UnreadableError(f"this is {file_type}, not a file", "name a file, a folder or -")
        if os.fstat(stream.fileno()).st_size > MOST:
            raise _too_large()
        data, packed = content(stream)
        return data, packed or descriptor


def _too_large() -> _UnreadableError:
    return _UnreadableError(f"this is larger than {MOST >> 20} MiB", "split it into several files")


def content(stream: IO[bytes]) -> tuple[bytes, bool]:
    """The content of a stream, unpacked and without a byte order mark, and whether it was packed.

    Binary data is refused early.
    """
    first = stream.read(_PROBE)
    packed = first.startswith(_GZIP)
    if not packed:
        _refuse_binary(first)
    chunks, size = [first], len(first)
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST:
            raise _too_large()
    data = b"".join(chunks)
    del chunks
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
    chunks: list[bytes] = []
    size = 0
    while data.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                chunk = member.decompress(data, _CHUNK)
            except zlib.error:
                raise _UnreadableError("the gzip file is damaged", "make it again") from None
            data = member.unconsumed_tail
            if not chunks and chunk:
                _refuse_binary(chunk[:_PROBE])
            size += len(chunk)
            chunks.append(chunk)
            if size > bound:
                raise _UnreadableError(
                    f"the gzip file expands to more than {bound >> 20} MiB", "unpack it and check its content"
                )
            if not chunk and not data and not member.eof:
                raise _UnreadableError("the gzip file ends too early", "it was cut short: make it again")
        data = member.unused_data
    if data.strip(b"\0"):  # gzip ignores zeros, with which a device fills its last block
        raise _UnreadableError("other data follows the gzip data", "remove it, or make the file again")
    return b"".join(chunks)


def _folder(path: str) -> Iterator[SourceFile | PassedOver | Problem]:
    any_found = False
    hidden = []
    patch_files: dict[str, str] = {}
    for entry in _walk(path, (), patch_files):
        if isinstance(entry, PassedOver):
            hidden.append(entry)
            continue
        any_found = True
        source = entry if isinstance(entry, Problem) else _file(entry)
        kustomization = patch_files.get(normpath(source.name)) if isinstance(source, SourceFile) else None
        yield (
            replace(source, patch_of=kustomization)
            if kustomization and isinstance(source, SourceFile)
            else source
        )
    yield from hidden
    if not any_found:
        advice = f"name {hidden[0].doubt.file}, which is skipped" if hidden else "check the path"
        yield Problem(path, 0, 0, "there is no .yaml, .yml or .json file in this folder", advice)


def files_below(folder: str) -> Iterator[str | PassedOver | Problem]:
    """The paths of the files in a folder and below it that are read, sorted by name."""
    return _walk(folder, (), {})


def _walk(
    folder: str, parents: tuple[tuple[int, int], ...], patch_files: dict[str, str]
) -> Iterator[str | PassedOver | Problem]:
    """The files of a folder whose names are read, sorted; folders whose names begin with a dot are ignored.

    An ignored folder with such files is reported, unless it belongs to a tool. `patch_files` collects the
    paths that a kustomization names as patches.
    """
    try:
        status = os.stat(folder)  # noqa: PTH116  # names are kept as passed: Path would drop a leading ./
        names = sorted(os.listdir(folder))  # noqa: PTH208  # as above
    except OSError as error:
        yield Problem(folder, 0, 0, *reason_of(error))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in parents:
        yield Problem(folder, 0, 0, "this link leads to a folder that it is in", "remove the link")
        return
    if len(parents) >= _DEEPEST_FOLDER:
        yield Problem(folder, 0, 0, "the folders are nested too deeply", "name an inner folder")
        return
    for name in KUSTOMIZATIONS.intersection(names):
        kustomization = _file(f"{folder.rstrip('/')}/{name}")
        if isinstance(kustomization, SourceFile):
            patch_files |= dict.fromkeys(patches(folder, kustomization.data), kustomization.name)
    for name in names:
        path = f"{folder.rstrip('/')}/{name}"
        try:
            is_folder = Path(path).is_dir()
        except OSError as error:
            yield Problem(path, 0, 0, *reason_of(error))
            continue
        if is_folder:
            if not name.startswith("."):
                yield from _walk(path, (*parents, identity), patch_files)
            elif not _OF_TOOLS.fullmatch(name) and any(
                isinstance(entry, str) for entry in _walk(path, (), {})
            ):
                yield PassedOver(Problem(path, 0, 0, _DOTTED, "name it with -f to read it"))
        elif READ.search(name):
            yield path
