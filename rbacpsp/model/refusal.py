"""The server's refusals of, and changes to, objects that are sent to it."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rbacpsp.model.objects import AnyObject, Objects


class Refusal(NamedTuple):
    """One reason why a server does not store an object."""

    obj: AnyObject
    words: str
    """The server's message, as if this were its only reason."""
    at: tuple[str | int, ...]
    """The way to the field at fault; empty where it is the object as a whole."""
    advice: str
    """What to do about it."""


class Changed(NamedTuple):
    """An object that a server stores in another form than it is sent in."""

    obj: AnyObject
    stored: AnyObject
    words: str
    """What becomes of it."""
    at: tuple[str | int, ...]
    """The way to the field that changes."""


Check = Callable[[Objects, Sequence[AnyObject]], Iterable[Refusal | Changed]]
"""Tells which of the objects that are sent are refused or changed; first comes everything that was read."""
