"""Numbers the distinct items of a table, so that other tables refer to an item by its row number."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)

NONE = -1
"""The number that means no item."""


class Numbers(Generic[Thing]):
    """Distinct items in the order of their first use, each with its number."""

    def __init__(self) -> None:
        self.items: list[Thing] = []
        self._numbers: dict[Thing, int] = {}

    def of(self, thing: Thing) -> int:
        """The number of an item, which is added if it is new."""
        number = self._numbers.get(thing)
        if number is None:
            number = self._numbers[thing] = len(self.items)
            self.items.append(thing)
        return number
