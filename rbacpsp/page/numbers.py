"""Numbers for what is written once and referred to often."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)

NONE = -1
"""Where a number would stand and there is nothing."""


class Numbers(Generic[Thing]):
    """Things in the order in which they were first met, each with its place."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self._places: dict[Thing, int] = {}

    def of(self, thing: Thing) -> int:
        """The place of a thing, which is added when it is new."""
        place = self._places.get(thing)
        if place is None:
            place = self._places[thing] = len(self.things)
            self.things.append(thing)
        return place
