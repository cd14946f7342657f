"""The interface of a store of objects: a folder of files, or a bucket."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """An object of a store."""

    name: str
    """Its path within the store, with `/` between the parts."""
    size: int
    etag: str
    """A value that changes with the content, if the store provides one."""


class StoreError(Exception):
    """A store refuses or does not answer; the message has the address and the reason."""


class Store(Protocol):
    """Where snapshots are read from and results are written to."""

    address: str

    def entries(self, under: str) -> Iterator[Entry]:
        """The objects whose names begin with a path, including those in folders below."""

    def folders(self, under: str = "") -> list[str]:
        """The names of the folders right below a folder, sorted."""

    def read(self, name: str) -> bytes | None:
        """The content of an object; None if it does not exist."""

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a complete object, unless it exists; returns whether it was written."""

    def replace(self, name: str, data: bytes) -> None:
        """Write a complete object, whether it exists or not."""

    def remove(self, name: str) -> None:
        """Remove an object, if it exists."""
