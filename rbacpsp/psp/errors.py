"""Errors about a field of a pod, in the server's words.

Source: apimachinery/pkg/util/validation/field/errors.go, 0.24 (ErrorBody).
"""

from collections.abc import Iterable

from msgspec import Struct

from rbacpsp.model.go import quote
from rbacpsp.model.psp import Range


class FieldError(Struct, frozen=True):
    """One reason why a policy refuses a pod; its text is the server's."""

    field: str
    """The path as the server writes it; those of annotations and sysctls begin with `pod.`."""
    type: str
    """`Invalid value`, `Required value` or `Forbidden`."""
    value: str = ""
    """The value as Go prints it, where the server shows one."""
    detail: str = ""

    def __str__(self) -> str:
        parts = (f"{self.field}: {self.type}", self.value, self.detail)
        return ": ".join(part for part in parts if part)


class StrategyError(ValueError):
    """A policy cannot be used at all: the server passes over it, whoever may use it."""


def invalid(path: str, value: bool | int | str | None, detail: str) -> FieldError:
    """A value that the policy does not allow."""
    return FieldError(path, "Invalid value", _go_value(value), detail)


def required(path: str, detail: str = "") -> FieldError:
    """A value that the policy asks for and that is absent."""
    return FieldError(path, "Required value", detail=detail)


def forbidden(path: str, detail: str) -> FieldError:
    """Something that the policy forbids, shown without its value."""
    return FieldError(path, "Forbidden", detail=detail)


def go_ranges(ranges: Iterable[Range]) -> str:
    """A list of ranges as Go's `%v` prints it: `[{1 10} {20 20}]`."""
    return f"[{' '.join(f'{{{span.min} {span.max}}}' for span in ranges)}]"


def go_groups(groups: tuple[int, ...] | None) -> "GoText":
    """A list of ids as Go's `%#v` prints it: `[]int64{1, 2}`, and `[]int64(nil)` for an absent one."""
    return GoText("[]int64(nil)" if groups is None else f"[]int64{{{', '.join(map(str, groups))}}}")


def go_strings(kind: str, values: tuple[str, ...]) -> "GoText":
    """A list of strings of a named type as Go's `%#v` prints it; an empty one counts as absent."""
    return GoText(f"[]{kind}{{{', '.join(map(quote, values))}}}" if values else f"[]{kind}(nil)")


class GoText(str):
    """A value that is already printed as Go prints it."""

    __slots__ = ()


def _go_value(value: object) -> str:
    """A value as an error shows it: nil is the quoted word null."""
    match value:
        case GoText():
            return value
        case None:
            return quote("null")
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case _:
            return str(value)
