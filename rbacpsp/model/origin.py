"""Where objects were read: in which document, and on which line."""

from collections.abc import Callable

from msgspec import Struct


class Document(Struct, frozen=True):
    """One document of a file: its number, counted from 1, and the line on which it starts (0: unknown)."""

    file: str
    number: int = 1
    line: int = 0


class ObjectOrigin(Struct, frozen=True):
    """Where an object was read: its document and its index in the List (-1: it is the document)."""

    document: Document
    item: int = -1
    line: int = 0
    """The line on which it starts; 0 where there are no lines."""


Place = tuple[Document, int, int | Callable[[], int]]
"""Where an object was read, as `Objects.add` takes it: its document, its index in the List, and its line."""


class IdentityConflictError(Exception):
    """Two different objects of one kind, namespace and name; `first` is the origin of the earlier one."""

    def __init__(self, first: ObjectOrigin) -> None:
        super().__init__("two different objects have this kind, namespace and name")
        self.first = first
