"""A pasted message, and the known facts about the object that it is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """The object that a message is about; a field is empty if the surrounding text does not contain it."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    user: str = ""
    """The user who requested it."""
    groups: tuple[str, ...] = ()
    """The groups of the user."""

    def filled(self, other: "About") -> "About":
        """This, with empty fields filled in from another."""
        named = self if self.name else other
        requester = self if self.user else other
        return About(
            named.kind or self.kind,
            self.namespace or other.namespace,
            named.name,
            requester.user,
            requester.groups,
        )


NOTHING = About()


@dataclass(frozen=True, slots=True)
class Passage:
    """A self-contained part of a pasted text: a message about an object, or the complete text."""

    text: str
    about: About = NOTHING
