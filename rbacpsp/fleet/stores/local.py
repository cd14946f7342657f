"""Uses a folder of this machine as a store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rbacpsp.fleet.stores.store import Entry, StoreError
from rbacpsp.sources.atomic_write import replaced_file, written_once


class LocalStore:
    """A folder, which is created when the first file is written."""

    def __init__(self, folder: str) -> None:
        self.address = folder
        self._root = Path(folder)

    def entries(self, under: str) -> Iterator[Entry]:
        """The files in a folder and below it, unsorted; files that are being written are left out."""
        with self._store_errors(under):
            for folder, _, names in os.walk(self._root / under):
                for name in names:
                    path = Path(folder) / name
                    with suppress(FileNotFoundError):
                        status = path.stat()
                        yield Entry(
                            path.relative_to(self._root).as_posix(),
                            status.st_size,
                            f"{status.st_mtime_ns:x}-{status.st_size:x}",
                        )

    def folders(self, under: str = "") -> list[str]:
        """The names of the folders right below a folder, sorted."""
        with self._store_errors(under), suppress(FileNotFoundError):
            return sorted(path.name for path in (self._root / under).iterdir() if path.is_dir())
        return []

    def read(self, name: str) -> bytes | None:
        """The content of a file; None if it does not exist."""
        with self._store_errors(name), suppress(FileNotFoundError, NotADirectoryError):
            return (self._root / name).read_bytes()
        return None

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a complete file, unless it exists; returns whether it was written."""
        with self._store_errors(name):
            return written_once(self._made(name), data)

    def replace(self, name: str, data: bytes) -> None:
        """Write a complete file, whether it exists or not."""
        with self._store_errors(name), replaced_file(self._made(name)) as stream:
            stream.write(data)

    def remove(self, name: str) -> None:
        """Remove a file, if it exists."""
        with self._store_errors(name):
            (self._root / name).unlink(missing_ok=True)

    def _made(self, name: str) -> Path:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def _store_errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except NotADirectoryError:
            raise StoreError(f"{self.address} is not a folder") from None
        except OSError as error:
            path = os.fspath(self._root / name)
            raise StoreError(f"{path}: {error.strerror or error}") from None
