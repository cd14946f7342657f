"""What all forms of refusal share: their position in a text, and helpers to match messages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rbacpsp.model.go import unquote
from rbacpsp.model.message import NOTHING, About


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedRefusal:
    """A refusal in a pasted text."""

    start: int
    end: int
    about: About = NOTHING
    """What the text around it says about the refused object."""
    message: str = ""
    """The message, with each run of blanks replaced by one."""
    cut: bool = False
    """Whether the text ends in the middle of the message."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of refusal: data, and the function that finds each in a text."""

    name: str
    example: str
    """What the server writes."""
    find: Callable[[str], Iterator[PastedRefusal]]
    hints: tuple[str, ...] = ()
    """Words that only this form has: where they occur but nothing matches, the message is incomplete."""


NAME = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;\[\]{}]+)"""
"""A pattern for a name in a message: quoted in any way, or bare where the quotes were lost."""


def pattern(words: str, flags: int = 0) -> re.Pattern[str]:
    """Compiles a pattern in which a blank matches any run of blanks and line breaks, and `@` a NAME."""
    return re.compile(words.replace("@", NAME).replace(" ?", r"\s*").replace(" ", r"\s+"), flags)


def name_of(token: str | None) -> str:
    """The name in a matched NAME; empty for None."""
    if not token:
        return ""
    if len(token) > 1 and token[0] == token[-1] == '"':
        return unquote(token[1:-1])
    return token.strip("'").rstrip(".")


def collapse_blanks(text: str) -> str:
    """A text with each run of blanks replaced by one."""
    return " ".join(text.split())


def list_end(text: str, at: int) -> tuple[int, bool]:
    """The position after the `]` of a list, and whether the list is closed.

    Brackets within double quotes do not count, except for those of a quote that never closes.
    """
    depth = 0
    position = at
    while position < len(text):
        char = text[position]
        if char == '"':
            closing = _closing_quote(text, position)
            if closing:
                position = closing
        elif char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
            if depth == 0:
                return position + 1, True
        position += 1
    return len(text), False


_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def _closing_quote(text: str, at: int) -> int:
    """The position of the closing quote; 0 where there is none on the line."""
    quoted = _QUOTED.match(text, at)
    return quoted.end() - 1 if quoted else 0
