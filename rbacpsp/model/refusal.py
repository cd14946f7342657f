"""The server's refusals of objects that are sent to it, and the changes that it makes to them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from rbacpsp.model.objects import AnyObject, Objects


class Refusal(NamedTuple):
    """One reason why a server does not store an object."""

    obj: AnyObject
    words: str
    """The server's message, as if this were its only reason."""
    at: tuple[str | int, ...]
    """The keys and list indexes of the field at fault; empty for the object as a whole."""
    advice: str
    """What to do about the refusal."""


class Changed(NamedTuple):
    """An object that a server changes before it stores it."""

    obj: AnyObject
    stored: AnyObject
    words: str
    """What the server changes, as a sentence."""
    at: tuple[str | int, ...]
    """The keys and list indexes of the field that changes."""


class SubmissionCheck(Protocol):
    """Decides which objects a server stores."""

    def __call__(self, read: Objects, sent: Sequence[AnyObject], /) -> Iterable[Refusal | Changed]:
        """What is refused or changed of the objects sent; the first argument is everything that was read."""

    def passes(self, obj: AnyObject, /) -> bool:
        """Whether the object is certainly stored as it is, so that it need not be sent."""
