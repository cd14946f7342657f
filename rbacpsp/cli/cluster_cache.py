"""The cache of programs that run many commands, such as the MCP server; a single command has no cache."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import click

T = TypeVar("T")


class CommandCache:
    """Objects and clusters by key; commands find the cache as the object of their click context."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}

    def get(self, key: Hashable) -> object:
        """The value of a key; None if there is none."""
        return self._made.get(key)

    def put(self, key: Hashable, made: object) -> None:
        """Store the value of a key."""
        self._made[key] = made

    def forget(self) -> None:
        """Empty the cache, since its sources have changed."""
        self._made.clear()


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """The value of a key, made once for all commands whose context has a `CommandCache`.

    All values of a key have the same type.
    """
    cache = _cache()
    if cache is None:
        return make()
    value: T | None = cache.get(key)  # type: ignore[assignment] # one key, one type
    if value is None:
        value = make()
        cache.put(key, value)
    return value


def has_cache() -> bool:
    """Whether what this command makes is kept for later commands."""
    return _cache() is not None


def _cache() -> CommandCache | None:
    context = click.get_current_context(silent=True)
    return context.find_object(CommandCache) if context else None
