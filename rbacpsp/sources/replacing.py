"""Writes files and folders completely or not at all."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

OWN = 0o600
"""The mode of a new file that only its owner may read."""
SHARED = 0o666
"""The mode of a new file as far as the umask lets it be."""

_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems say that have no hard links."""


class NotEmptyError(OSError):
    """There is something in a folder that is to be replaced."""


class ProtectedError(OSError):
    """A folder that is never replaced, whatever was asked for."""


@contextmanager
def replaced_file(path: str | os.PathLike[str], mode: int = SHARED) -> Iterator[IO[bytes]]:
    """A stream whose bytes become the file at the end; an exception leaves the file as it was.

    The bytes go to another name beside it, which is then renamed. A link stays one, a file that was there
    keeps its mode, and what is no regular file, such as a pipe, is written as the bytes come.

    Args:
        path: The file; its folder must exist.
        mode: The mode of a file that is new.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    there = target.stat() if target.exists() else None
    if there is not None and not stat.S_ISREG(there.st_mode):
        with target.open("wb") as stream:  # for a folder this is the error that says so
            yield stream
        return
    waiting = _beside(target)
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            if there is not None:
                waiting.chmod(stat.S_IMODE(there.st_mode))
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        waiting.replace(target)
    except BaseException:
        with suppress(OSError):
            waiting.unlink()
        raise


def written_once(path: str | os.PathLike[str], data: bytes, mode: int = SHARED) -> bool:
    """Write a file whole, unless there is one of that name: the first writer wins, and False says so.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = Path(path)
    waiting = _beside(target)
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _named_once(waiting, target)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            waiting.unlink()
    return True


@contextmanager
def replaced_folder(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """An empty folder that becomes the folder at the end; an exception leaves the folder as it was.

    What was in the folder is gone then, so that nothing of an earlier run stays.

    Args:
        path: The folder; the one that it stands in must exist.
        force: Whether a folder that is not empty is replaced.

    Raises:
        NotEmptyError: Something is in the folder, and `force` was not given.
        ProtectedError: The folder is the home of the user, or holds it or the working directory.
        OSError: The folder cannot be written; nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and any(target.iterdir()):
        if any(place == target or target in place.parents for place in (Path.cwd(), Path.home())):
            raise ProtectedError(f"{path} is never replaced: name a folder of its own")
        if not force:
            raise NotEmptyError(f"{path} is not empty: --force replaces all that is in it")
    waiting = _beside(target)
    waiting.mkdir()
    try:
        yield waiting
        _swap(waiting, target)
    except BaseException:
        shutil.rmtree(waiting, ignore_errors=True)
        raise


def _named_once(waiting: Path, target: Path) -> None:
    """Give a file its name unless that is taken; a file system without links is asked before, not at once.

    Raises:
        FileExistsError: There is a file of that name.
    """
    try:
        target.hardlink_to(waiting)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError from None
        waiting.rename(target)


def _swap(waiting: Path, target: Path) -> None:
    if not target.exists() or not any(target.iterdir()):
        waiting.replace(target)
        return
    old = _beside(target)
    target.replace(old)
    try:
        waiting.replace(target)
    except BaseException:
        old.replace(target)
        raise
    shutil.rmtree(old)


def _beside(target: Path) -> Path:
    return target.parent / f".rbacpsp-{os.urandom(8).hex()}"
