"""A pasted message, and what is known of the object in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """The object that a message is about, as far as what stands around it tells; empty where it does not."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    user: str = ""
    """Who asked for it."""
    groups: tuple[str, ...] = ()
    """The user's."""

    def filled(self, other: "About") -> "About":
        """This, with what it leaves open taken from another."""
        named = self if self.name else other
        asker = self if self.user else other
        return About(
            named.kind or self.kind,
            self.namespace or other.namespace,
            named.name,
            asker.user,
            asker.groups,
        )


NOTHING = About()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of pasted text that stands for itself: a message of an object, or the whole text."""

    text: str
    about: About = NOTHING
