"""Checks the types of arguments of public functions; errors name the parameter."""

from collections.abc import Callable, Iterable
from functools import wraps
from types import UnionType
from typing import Any, NamedTuple, ParamSpec, TypeVar

LONGEST = 200
"""Characters of a value that a message shows."""

_HAS_REST = 0x04  # inspect.CO_VARARGS, without importing inspect at start-up
P = ParamSpec("P")
T = TypeVar("T")


class ParameterType(NamedTuple):
    """The type that a parameter must have."""

    types: type[Any] | UnionType
    words: str
    choices: tuple[str, ...] = ()
    """The allowed values of an enumeration; empty for other types."""


TEXT = ParameterType(str, "a string")
OPTIONAL_TEXT = ParameterType(str | None, "a string or None")
FLAG = ParameterType(bool, "True or False")
OPTIONAL_FLAG = ParameterType(bool | None, "True, False or None")
MAPPING = ParameterType(dict, "a dict")
OPTIONAL_MAPPING = ParameterType(dict | None, "a dict or None")


def one_of(*choices: str) -> ParameterType:
    """A word of an enumeration."""
    return ParameterType(str, f"one of {', '.join(choices)}", choices)


def said(value: object) -> str:
    """A wrong value as a message shows it: one printable line, shortened; for an object only its type."""
    if not isinstance(value, str | bytes | int | float | None):
        return f"a {type(value).__name__}"
    shown = f'"{value}"' if isinstance(value, str) and value.isprintable() else ascii(value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."


def unknown_word(what: str, value: object, known: Iterable[object], plural: str = "") -> str:
    """The message about a word that is not in a fixed list; it lists the allowed words."""
    return f"unknown {what} {said(value)}; known {plural or f'{what}s'}: {', '.join(map(str, known))}"


def require(name: str, value: object, kind: type[Any] | UnionType, words: str) -> None:
    """Check the type of a parameter.

    Args:
        name: The parameter.
        value: The value that was passed.
        kind: What it must be.
        words: The type in words, for example `a string`.

    Raises:
        TypeError: The value has another type.
    """
    kinds = kind.__args__ if isinstance(kind, UnionType) else (kind,)
    if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kinds):
        raise TypeError(f"{name} must be {words}, not {said(value)}")


def several(name: str, value: Any, words: str) -> tuple[Any, ...]:
    """The members of a parameter that takes an iterable.

    Raises:
        TypeError: It is not iterable, or it is a string, whose letters would be the members.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be {words}, not {said(value)}")
    return tuple(value)


def require_kind(name: str, value: object, kind: ParameterType) -> None:
    """Check the type of a parameter and, for an enumeration, that the value is one of its choices.

    Raises:
        TypeError: The value has another type.
        ValueError: The value is not one of the choices.
    """
    require(name, value, kind.types, kind.words)
    if kind.choices and value not in kind.choices:
        raise ValueError(f"{name} must be {kind.words}, not {said(value)}")


def takes(**kinds: ParameterType) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function so that it checks its parameters before it runs, each against the kind of its name.

    Each value of a `*args` parameter is checked.
    """

    def checking(function: Callable[P, T]) -> Callable[P, T]:
        code = function.__code__
        positional = code.co_varnames[: code.co_argcount]
        rest = (
            code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & _HAS_REST else ""
        )

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for position, value in enumerate(args):
                name = positional[position] if position < len(positional) else rest
                if name in kinds:
                    require_kind(name, value, kinds[name])
            for name, value in kwargs.items():
                if name in kinds:
                    require_kind(name, value, kinds[name])
            return function(*args, **kwargs)

        return call

    return checking
