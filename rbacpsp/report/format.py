"""The parts of a format: its name, what it can show, and a streaming writer."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

Write = Callable[[Any, bool], Iterable[str]]
"""Writes an answer in chunks; the flag says whether columns have titles."""


class Format(Struct, frozen=True):
    """A format. Its module has the format's name and defines it as `FORMAT`."""

    name: str
    """The value of `-o`."""
    writers: tuple[tuple[type, Write], ...]
    """Protocols of `rbacpsp.report.protocols`, with their writers: the first that an answer fits is used."""
    for_readers: bool = False
    """Whether it prints nothing for an empty answer; other formats print an empty list."""

    def write(self, answer: object, *, headers: bool = True) -> Iterable[str]:
        """The text of an answer in chunks, with its last newline.

        Raises:
            TypeError: The format cannot show such an answer.
        """
        for protocol, write in self.writers:
            if isinstance(answer, protocol):
                return write(answer, headers)
        raise TypeError(f"{self.name} cannot show {type(answer).__name__}")
