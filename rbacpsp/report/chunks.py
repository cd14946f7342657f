"""Streams a long text in chunks, so that it is never held in memory completely."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

BATCH = 500
"""How many entries of a list are put into words at once."""
_PIECE = 1 << 16
"""Characters from which on a piece is worth writing."""


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Items some at a time, in their order; no batch is empty."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def gathered(texts: Iterable[str]) -> Iterator[str]:
    """The same text in fewer pieces."""
    waiting: list[str] = []
    length = 0
    for text in texts:
        waiting.append(text)
        length += len(text)
        if length >= _PIECE:
            yield "".join(waiting)
            waiting.clear()
            length = 0
    if waiting:
        yield "".join(waiting)
