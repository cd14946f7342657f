"""What a place of objects can do: a folder of files, or a bucket behind an address."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """An object of a store."""

    name: str
    """Its path within the store, with `/` between the parts."""
    size: int
    etag: str
    """Another one when the content is another one, as far as the store tells."""


class StoreError(Exception):
    """A store refuses or does not answer; the message says which address and why."""


class Store(Protocol):
    """Where snapshots are read from and results are written to."""

    address: str

    def entries(self, under: str) -> Iterator[Entry]:
        """The objects whose names begin with a path, those in folders below included."""

    def folders(self, under: str = "") -> list[str]:
        """The names of the folders right below a folder, sorted."""

    def read(self, name: str) -> bytes | None:
        """The content of an object; None where there is none."""

    def write_new(self, name: str, data: bytes) -> bool:
        """Write an object whole, unless there is one: False then."""

    def replace(self, name: str, data: bytes) -> None:
        """Write an object whole, whether there is one or not."""

    def remove(self, name: str) -> None:
        """Remove an object; none is no error."""
