"""The parts of a format: its name, what it can show, and a streaming writer."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

Write = Callable[[Any, bool], Iterable[str]]
"""Writes what it is given in pieces; the flag says whether columns have titles."""


class Format(Struct, frozen=True):
    """A format. Its module has the format's name and holds it as `FORMAT`."""

    name: str
    """What `-o` takes."""
    writers: tuple[tuple[type, Write], ...]
    """Protocols of `rbacpsp.report.protocols`, with their writers: the first that fits an answer is used."""
    for_readers: bool = False
    """Whether it prints nothing when there is nothing; the others have an empty list to show."""

    def write(self, shown: object, *, headers: bool = True) -> Iterable[str]:
        """The text of an answer in pieces, its last newline included.

        Raises:
            TypeError: The format cannot show such an answer.
        """
        for what, write in self.writers:
            if isinstance(shown, what):
                return write(shown, headers)
        raise TypeError(f"{self.name} cannot show {type(shown).__name__}")
