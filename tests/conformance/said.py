"""Parses the messages of a server's validation, to compare them with others about the same object.

The server lists some errors in any order, and prints some structs whole, with addresses of its memory.
"""

import re

_STRUCT = re.compile(
    r"(?:\[\])?(?:core|v1|apps|batch|resource|field|intstr)\.\w+\{.*?\}(?=: |, [a-zA-Z]+[\w.\[\]/-]*: |\]?$)"
)
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIELD = r"(?:[a-zA-Z][\w.]*(?:\[[^\]]*\][\w.]*)*|\[\])"
_CAUSE = re.compile(
    rf", (?={_FIELD}: (?:Invalid value|Required value|Forbidden|Unsupported value|Duplicate value|Not found|"
    r"Too long|Too many))"
)
_VALUE = re.compile(r"((?:Invalid|Unsupported|Duplicate) value): (?:\{|\[\{|\[\.\.\.).*[}\]](: |$)")
_DIFFERENCE = re.compile(r"(`spec\.terminationGracePeriodSeconds` \(allow[^)]*\)).*", re.DOTALL)


def causes(message: str | None) -> tuple[str, ...]:
    """The object of a message and its reasons, sorted; a message of another kind is returned alone."""
    text = _UID.sub("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", message or "")
    head, invalid, rest = text.partition(" is invalid: ")
    if not invalid:
        return (text,)
    if rest.startswith("[") and rest.endswith("]"):
        rest = rest[1:-1]
    rest = _STRUCT.sub("{...}", _DIFFERENCE.sub(r"\1", rest))
    return head, *sorted({_VALUE.sub(r"\1: {...}\2", word) for word in _CAUSE.split(rest)})


def reasons(message: str | None) -> list[str]:
    """Each reason of a validation's refusal, or the complete message of another part of the server."""
    result = causes(message)
    return list(result[1:] if len(result) > 1 else filter(None, result))
