"""How long work tells how far it is, where somebody wants to know."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

T = TypeVar("T")

Told = Callable[[str, int, int], None]
"""Told what is being looked at, how many of those were, and how many there are."""
Telling = Callable[[], AbstractContextManager[Told | None]]
"""Called when the work begins: whom to tell until it ends, or None."""
_EVERY = 100
"""Things between two words about how many there were."""


def telling_nobody() -> AbstractContextManager[None]:
    """Work of which nobody is told."""
    return nullcontext()


class Count:
    """Counts things while they are worked on, and tells how many there were now and then.

    Args:
        told: Whom to tell; None: nobody.
        what: What they are.
        total: How many there are, of all that are counted.
    """

    def __init__(self, told: Told | None, what: str, total: int) -> None:
        self._told = told
        self._what = what
        self._total = total
        self._done = 0

    def __call__(self, things: Iterable[T]) -> Iterator[T]:
        """The things."""
        told = self._told
        for thing in things:
            if told is not None and self._done % _EVERY == 0:
                told(self._what, self._done, self._total)
            yield thing
            self._done += 1
