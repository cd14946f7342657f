"""Checks that the values of a caller are plain JSON values, so that decisions meet no others.

YAML that PyYAML read has dates, and a frame of pandas has numbers of numpy: both look like JSON when printed.
"""

from typing import Any, NamedTuple

from rbacpsp.model.argument_types import said
from rbacpsp.model.nesting import DEEPEST, TOO_DEEP
from rbacpsp.model.value_path import Path, path_text

_SCALARS = (str, int, float)
_SHOWN = 12
"""The most steps of a path that a message shows."""


class _Wrong(NamedTuple):
    """A value that is not JSON."""

    path: Path
    words: str


def require_json(what: str, value: Any) -> None:
    """Check that a value consists of plain JSON values; subclasses of their types and tuples count as such.

    Raises:
        ValueError: It contains another value, a text that is not Unicode, or too many levels of nesting.
    """
    wrong = _wrong(value, 0)
    if wrong is not None:
        raise ValueError(f"{path_text(wrong.path[::-1]) or what} {wrong.words}")


def _wrong(value: Any, depth: int) -> _Wrong | None:
    """The first value that is not JSON; its path is in reverse order."""
    if isinstance(value, str):
        return None if value.isascii() or _is_unicode(value) else _Wrong((), "is not Unicode text")
    if value is None or isinstance(value, _SCALARS):
        return None
    if not isinstance(value, dict | list | tuple):
        return _Wrong((), f"must be a plain JSON value, not a {_type_words(type(value))}")
    if depth >= DEEPEST:
        return _Wrong((), f"cannot be read: {TOO_DEEP[0]}")
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        wrong = _wrong(inner, depth + 1)
        if wrong is not None:
            return _Wrong((*wrong.path, key), wrong.words) if depth < _SHOWN else wrong
        if isinstance(value, dict) and (not isinstance(key, str) or _wrong(key, depth)):
            return _Wrong((), f"has the key {said(key)}, which is not Unicode text")
    return None


def _type_words(kind: type) -> str:
    """A type with its module, since one of numpy may be named as one of Python."""
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
