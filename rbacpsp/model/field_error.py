"""Errors about a field of an object, as the server words them.

Source: apimachinery/pkg/util/validation/field/errors.go (ErrorBody) and path.go, 0.24 and 0.37;
pkg/util/errors/errors.go (aggregate) and pkg/api/errors/errors.go (NewInvalid), 0.24.
"""

from collections.abc import Iterable, Sequence
from json import dumps
from typing import Any

from msgspec import Struct

from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.version import V1_24, Version

_JSON_SINCE = Version(1, 34)
"""The first version that prints lists and absent values as JSON, and not as Go."""
_NOT_MORE_SINCE = Version(1, 32)


_AS_GO_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
"""Characters that Go's JSON escapes although JSON does not require it."""


class FieldPath:
    """The path of a field, as the server writes it: `rules[0].verbs`, `metadata.labels[a/b]`."""

    __slots__ = ("_text", "steps")

    def __init__(self, text: str, steps: tuple[str | int, ...]) -> None:
        self._text = text
        self.steps = steps
        """The keys and list indexes that lead to it in the object."""

    @classmethod
    def of(cls, *names: str) -> "FieldPath":
        """The path through fields of these names."""
        return cls(".".join(names), names)

    def child(self, *names: str) -> "FieldPath":
        """The path of a field within this one."""
        return FieldPath(
            ".".join((self._text, *names)) if self._text else ".".join(names), self.steps + names
        )

    def index(self, index: int) -> "FieldPath":
        """The path of an element of this list."""
        return FieldPath(f"{self._text}[{index}]", (*self.steps, index))

    def key(self, key: str) -> "FieldPath":
        """The path of an entry of this map."""
        return FieldPath(f"{self._text}[{key}]", (*self.steps, key))

    def at(self, *steps: str | int) -> "FieldPath":
        """The same text for another field, since some of the server's paths name the wrong field."""
        return FieldPath(self._text, steps)

    def __str__(self) -> str:
        return self._text


class GoText(str):
    """A value that is already printed as the server prints it."""

    __slots__ = ()


class FieldError(Struct, frozen=True):
    """One reason why an object is refused; as text it is worded as the server does."""

    field: str
    """The path as the server writes it."""
    type: str
    """`Invalid value`, `Required value`, `Forbidden` and the like."""
    value: str = ""
    """The value as Go prints it, where the server shows one."""
    detail: str = ""
    at: tuple[str | int, ...] = ()
    """The keys and list indexes that lead to the field; empty where they are not known."""

    def __str__(self) -> str:
        parts = (f"{self.field}: {self.type}", self.value, self.detail)
        return ": ".join(part for part in parts if part)


def invalid(
    path: "str | FieldPath", value: bool | int | str | None, detail: str, version: Version = V1_24
) -> FieldError:
    """A value that is not allowed."""
    return _error(path, "Invalid value", _go_value(value, version), detail)


def required(path: "str | FieldPath", detail: str = "") -> FieldError:
    """A required value that is absent."""
    return _error(path, "Required value", "", detail)


def forbidden(path: "str | FieldPath", detail: str) -> FieldError:
    """Something that is forbidden, shown without its value."""
    return _error(path, "Forbidden", "", detail)


def not_supported(path: "str | FieldPath", value: str, supported: Sequence[str]) -> FieldError:
    """A value that is not one of the allowed values."""
    return _error(
        path, "Unsupported value", quote(value), f"supported values: {', '.join(map(quote, supported))}"
    )


def too_many(path: "str | FieldPath", actual: int, most: int) -> FieldError:
    """A list of too many elements."""
    return _error(path, "Too many", str(actual), f"must have at most {most} items")


def not_found(path: "str | FieldPath", value: str) -> FieldError:
    """A reference to something that does not exist."""
    return _error(path, "Not found", quote(value), "")


def duplicate(path: "str | FieldPath", value: str) -> FieldError:
    """A value that appears twice."""
    return _error(path, "Duplicate value", quote(value), "")


def too_long(path: "str | FieldPath", most: int, version: Version) -> FieldError:
    """A value of too many bytes, shown without it."""
    words = "may not be more than" if version >= _NOT_MORE_SINCE else "must have at most"
    return _error(path, "Too long", "", f"{words} {most} bytes")


def go_strings(kind: str, values: tuple[str, ...], version: Version = V1_24) -> GoText:
    """A list of strings of a named type as an error shows it; an empty one counts as absent."""
    if version >= _JSON_SINCE:
        return GoText(json_text(values) if values else "null")
    return GoText(f"[]{kind}{{{', '.join(map(quote, values))}}}" if values else f"[]{kind}(nil)")


def go_groups(groups: tuple[int, ...] | None) -> GoText:
    """A list of ids as Go's `%#v` prints it: `[]int64{1, 2}`, and `[]int64(nil)` for an absent one."""
    return GoText("[]int64(nil)" if groups is None else f"[]int64{{{', '.join(map(str, groups))}}}")


def json_text(value: Any) -> str:
    """A value as Go's JSON writes it."""
    return dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_AS_GO_ESCAPES)


def invalid_object(kind: str, group: str, name: str, errors: Iterable[FieldError]) -> str:
    """The server's complete message about an object that is not valid (status 422)."""
    return f"{kind}{group and f'.{group}'} {quote(name)} is invalid: {aggregate(errors)}"


def _error(path: "str | FieldPath", kind: str, value: str, detail: str) -> FieldError:
    return FieldError(str(path), kind, value, detail, path.steps if isinstance(path, FieldPath) else ())


def _go_value(value: bool | int | str | None, version: Version) -> str:
    """A value as an error shows it: until 1.33, nil is shown as the quoted word null."""
    match value:
        case GoText():
            return value
        case None:
            return "null" if version >= _JSON_SINCE else quote("null")
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case _:
            return str(value)
