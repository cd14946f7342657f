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
_EXPECTED_WORDS = {
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
    """Its position, in characters."""
    problem: str
    """What is wrong; empty: the text ends too early."""


def json_mistake(text: str, position: int = 0) -> Mistake | None:
    """The first mistake in the JSON value that begins at a position; None if the value is complete."""
    open_marks: list[str] = []
    expected = "value"
    while True:
        blank = _SPACE.match(text, position)
        position = blank.end() if blank else position
        if position == len(text):
            return Mistake(position, "")
        token = _TOKEN.match(text, position)
        if token is None:
            return (
                _in_string(text, position)
                if text[position] == '"'
                else Mistake(position, f"expected {_EXPECTED_WORDS[expected]}")
            )
        next_expected = _next(expected, token.lastgroup or "", token[0], open_marks)
        if next_expected is None:
            return Mistake(position, f"expected {_EXPECTED_WORDS[expected]}")
        if not next_expected:
            return None
        position, expected = token.end(), next_expected


def _next(expected: str, kind: str, lexeme: str, open_marks: list[str]) -> str | None:
    """What may follow a token: None if the token is not expected here, "" after the complete value."""
    follows = None
    if kind == "mark" and lexeme in "]}" and lexeme in expected:
        open_marks.pop()
        follows = _after_value(open_marks)
    elif kind == "mark" and lexeme == "," and expected.startswith(","):
        follows = "key" if open_marks[-1] == "{" else "value"
    elif kind == "mark" and lexeme == ":" == expected:
        follows = "value"
    elif expected.startswith("value") and lexeme in "{[":
        open_marks.append(lexeme)
        follows = "key or }" if lexeme == "{" else "value or ]"
    elif expected.startswith("value") and kind != "mark":
        follows = _after_value(open_marks)
    elif expected.startswith("key") and kind == "string":
        follows = ":"
    return follows


def _after_value(open_marks: list[str]) -> str:
    if not open_marks:
        return ""
    return ", or }" if open_marks[-1] == "{" else ", or ]"


def _in_string(text: str, start: int) -> Mistake:
    sound = _SOUND.match(text, start)
    position = sound.end() if sound else start + 1
    if position == len(text) or (text[position] == "\\" and position + 1 == len(text)):
        return Mistake(len(text), "")
    if text[position] == "\\":
        return Mistake(position, 'a "\\" in a string is not followed by an escape that JSON has')
    return Mistake(
        position,
        f"a string contains the control character U+{ord(text[position]):04X}, which must be escaped",
    )
