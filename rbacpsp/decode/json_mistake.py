"""Finds the first mistake in a text that is not JSON.

Python's own parser reports it too, but its messages and positions change with its release.
"""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
    |(?P<scalar>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null)
    |(?P<mark>[{}\[\]:,])
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\n\r]*+")
_SOUND = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_WANTED = {
    "value": "a value",
    "value or ]": 'a value or "]"',
    "key": "a key in double quotes",
    "key or }": 'a key in double quotes or "}"',
    ":": '":"',
    ", or }": '"," or "}"',
    ", or ]": '"," or "]"',
}


class Mistake(NamedTuple):
    """The first mistake of a text."""

    at: int
    """Its place, in characters."""
    problem: str
    """What is wrong; empty: the text ends too early."""


def json_mistake(text: str, at: int = 0) -> Mistake | None:
    """The first mistake in the JSON value that begins at a place; None if the value is whole."""
    open_marks: list[str] = []
    wanted = "value"
    while True:
        blank = _SPACE.match(text, at)
        at = blank.end() if blank else at
        if at == len(text):
            return Mistake(at, "")
        token = _TOKEN.match(text, at)
        if token is None:
            return _in_string(text, at) if text[at] == '"' else Mistake(at, f"expected {_WANTED[wanted]}")
        after = _next(wanted, token.lastgroup or "", token[0], open_marks)
        if after is None:
            return Mistake(at, f"expected {_WANTED[wanted]}")
        if not after:
            return None
        at, wanted = token.end(), after


def _next(wanted: str, kind: str, word: str, open_marks: list[str]) -> str | None:
    """What may follow a token: None where the token itself is not wanted, "" behind the whole value."""
    follows = None
    if kind == "mark" and word in "]}" and word in wanted:
        open_marks.pop()
        follows = _after_value(open_marks)
    elif kind == "mark" and word == "," and wanted.startswith(","):
        follows = "key" if open_marks[-1] == "{" else "value"
    elif kind == "mark" and word == ":" == wanted:
        follows = "value"
    elif wanted.startswith("value") and word in "{[":
        open_marks.append(word)
        follows = "key or }" if word == "{" else "value or ]"
    elif wanted.startswith("value") and kind != "mark":
        follows = _after_value(open_marks)
    elif wanted.startswith("key") and kind == "string":
        follows = ":"
    return follows


def _after_value(open_marks: list[str]) -> str:
    if not open_marks:
        return ""
    return ", or }" if open_marks[-1] == "{" else ", or ]"


def _in_string(text: str, start: int) -> Mistake:
    sound = _SOUND.match(text, start)
    at = sound.end() if sound else start + 1
    if at == len(text) or (text[at] == "\\" and at + 1 == len(text)):
        return Mistake(len(text), "")
    if text[at] == "\\":
        return Mistake(at, 'a "\\" in a string is followed by no escape that JSON has')
    return Mistake(at, f"a string holds the control character U+{ord(text[at]):04X}, which must be escaped")
