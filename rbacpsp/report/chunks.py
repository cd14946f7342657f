"""Streams a long text in chunks, so that the complete text is never in memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

BATCH = 500
"""How many entries of a list are encoded at once."""
_CHUNK = 1 << 16
"""The least number of characters that are written at once."""


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in batches, in their order; no batch is empty."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def join_chunks(texts: Iterable[str]) -> Iterator[str]:
    """The same text in fewer and longer chunks."""
    parts: list[str] = []
    length = 0
    for text in texts:
        parts.append(text)
        length += len(text)
        if length >= _CHUNK:
            yield "".join(parts)
            parts.clear()
            length = 0
    if parts:
        yield "".join(parts)
