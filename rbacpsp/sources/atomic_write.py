"""Writes files and folders completely or not at all."""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

OWN = 0o600
"""The mode of a new file that only its owner may read."""
SHARED = 0o666
"""The mode of a new file, which the umask limits."""

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""The errors of file systems without hard links."""


_DESCRIPTOR = re.compile(r"/dev/(?:(stdout|stderr)|fd/([0-9]+))|/proc/self/fd/([0-9]+)")
"""A stream that a shell has opened; its name may lead to a file, a pipe, or nothing that has a name."""
_STANDARD = {"stdout": 1, "stderr": 2}


class NotEmptyError(OSError):
    """A folder that would be replaced is not empty."""


class ProtectedError(OSError):
    """A folder that is never replaced, even with `force`."""


@contextmanager
def replaced_file(path: str | os.PathLike[str], mode: int = SHARED) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file at the end; an exception leaves the file as it was.

    The bytes are written to a temporary file next to it, which is then renamed. A link is kept, an existing
    file keeps its mode, and what is not a regular file, such as a pipe, is written directly; so is a stream
    that a shell has opened, such as /dev/stdout, whatever it leads to.

    Args:
        path: The file; its folder must exist.
        mode: The mode of a file that is new.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    if opened := _DESCRIPTOR.fullmatch(os.fspath(path)):
        with os.fdopen(os.dup(_STANDARD.get(opened[1]) or int(opened[2] or opened[3])), "wb") as stream:
            yield stream
        return
    existing = _status(path)
    if existing is not None and not stat.S_ISREG(existing.st_mode):
        with Path(path).open("wb") as stream:  # for a folder this raises the error
            yield stream
        return
    target = Path(os.path.realpath(path))
    temporary = _beside(target)
    with _errors_of(path, temporary):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with _errors_of(path, temporary), os.fdopen(handle, "wb") as stream:
            if existing is not None:
                temporary.chmod(stat.S_IMODE(existing.st_mode))
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        with _errors_of(path, temporary):
            temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _status(path: str | os.PathLike[str]) -> os.stat_result | None:
    """The status of the file at a path, links followed; None if there is no such file yet.

    Raises:
        OSError: The path leads nowhere: it is empty, or a link that leads back to itself.
    """
    try:
        return os.stat(path)  # noqa: PTH116 - an empty Path is the working directory
    except FileNotFoundError:
        if not os.fspath(path):
            raise
        return None


def written_once(path: str | os.PathLike[str], data: bytes, mode: int = SHARED) -> bool:
    """Write a complete file, unless it exists; returns whether it was written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = Path(path)
    temporary = _beside(target)
    with _errors_of(path, temporary):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with _errors_of(path, temporary):
            _named_once(temporary, target)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            temporary.unlink()
    return True


@contextmanager
def replaced_folder(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """An empty folder that becomes the folder at the end; an exception leaves the folder as it was.

    Its old content is removed, so that nothing of an earlier run is left.

    Args:
        path: The folder; its parent must exist.
        force: Whether a folder that is not empty is replaced.

    Raises:
        NotEmptyError: The folder is not empty, and `force` is not set.
        ProtectedError: The folder is or contains the user's home or the working directory.
        OSError: The folder cannot be written; nothing is left behind.
    """
    _status(path)
    target = Path(os.path.realpath(path))
    if target.exists() and any(target.iterdir()):
        if any(protected == target or target in protected.parents for protected in (Path.cwd(), Path.home())):
            raise ProtectedError(f"{path} is never replaced: name another folder")
        if not force:
            raise NotEmptyError(f"{path} is not empty: --force replaces its content")
    temporary = _beside(target)
    with _errors_of(path, temporary):
        temporary.mkdir()
    try:
        with _errors_of(path, temporary):
            yield temporary
            _swap(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _named_once(temporary: Path, target: Path) -> None:
    """Give a file its name unless it is taken; not atomic on a file system without hard links.

    Raises:
        FileExistsError: There is a file of that name.
    """
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError from None
        temporary.rename(target)


def _swap(temporary: Path, target: Path) -> None:
    if not target.exists() or not any(target.iterdir()):
        temporary.replace(target)
        return
    old = _beside(target)
    with _errors_of(target, old):
        target.replace(old)
    try:
        temporary.replace(target)
    except BaseException:
        old.replace(target)
        raise
    shutil.rmtree(old)


def _beside(target: Path) -> Path:
    return target.parent / f".rbacpsp-{os.urandom(8).hex()}"


@contextmanager
def _errors_of(path: str | os.PathLike[str], temporary: Path) -> Iterator[None]:
    """Let errors name the path that is written, or what is in it, and not the temporary one."""
    try:
        yield
    except OSError as error:
        for name in (error.filename, error.filename2):
            if isinstance(name, str | os.PathLike) and (text := os.fspath(name)).startswith(str(temporary)):
                shown = os.fspath(path) + text.removeprefix(str(temporary))
                raise OSError(error.errno, error.strerror, shown) from None
        raise
