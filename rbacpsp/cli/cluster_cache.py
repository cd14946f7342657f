"""The cache of programs that run many commands, such as the MCP server; a single command has none."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import click

T = TypeVar("T")


class CommandCache:
    """What was read and built, by what it was made of; handed to commands as the object of their context."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}

    def get(self, key: Hashable) -> object:
        """What was made of something; None where nothing was."""
        return self._made.get(key)

    def put(self, key: Hashable, made: object) -> None:
        """Keep what was made of something."""
        self._made[key] = made

    def forget(self) -> None:
        """Keep nothing: what all was made of has changed."""
        self._made.clear()


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """What is made of something, once for all commands whose context holds a `CommandCache`.

    A key is only ever used for values of one type.
    """
    context = click.get_current_context(silent=True)
    holder = context.find_object(CommandCache) if context else None
    if holder is None:
        return make()
    found: T | None = holder.get(key)  # type: ignore[assignment] # one key, one type
    if found is None:
        found = make()
        holder.put(key, found)
    return found
