"""What every form of refusal shares: where it stands in a text, and what it says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rbacpsp.model.go import unquote
from rbacpsp.model.pasted import NOTHING, About


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal as it stands in a pasted text."""

    start: int
    end: int
    about: About = NOTHING
    """What the surroundings tell of the object that was refused."""
    message: str = ""
    """Its words, with every run of blanks as one."""
    cut: bool = False
    """Whether the text ends in the middle of it."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of refusal: data, and the function that finds each in a text."""

    name: str
    example: str
    """What the server writes."""
    find: Callable[[str], Iterator[Refusal]]
    hints: tuple[str, ...] = ()
    """Words that only this form has: where they stand and nothing is found, the message is incomplete."""


NAME = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;\[\]{}]+)"""
"""A name in a message: quoted as Go or a person quotes, or bare where the quotes were lost."""


def pattern(words: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression in which a blank stands for any run of blanks and line breaks; `@` is a NAME.

    ` ?` stands for a run that may be missing.
    """
    return re.compile(words.replace("@", NAME).replace(" ?", r"\s*").replace(" ", r"\s+"), flags)


def name_of(token: str | None) -> str:
    """The name that a NAME spells; empty for none."""
    if not token:
        return ""
    if len(token) > 1 and token[0] == token[-1] == '"':
        return unquote(token[1:-1])
    return token.strip("'").rstrip(".")


def joined(text: str) -> str:
    """A text with every run of blanks as one."""
    return " ".join(text.split())


def bracketed(text: str, at: int) -> tuple[int, bool]:
    """Where the list that begins at a `[` ends, after its bracket, and whether it is closed.

    Brackets within double quotes do not count, but for those of a quote that never closes.
    """
    depth = 0
    place = at
    while place < len(text):
        char = text[place]
        if char == '"':
            closing = _closing_quote(text, place)
            if closing:
                place = closing
        elif char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
            if depth == 0:
                return place + 1, True
        place += 1
    return len(text), False


_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def _closing_quote(text: str, at: int) -> int:
    """The place of the quote that closes the one at a place; 0 where none does on its line."""
    found = _QUOTED.match(text, at)
    return found.end() - 1 if found else 0
