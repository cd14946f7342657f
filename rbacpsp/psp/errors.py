"""What policies say of the fields of a pod, beyond what every validation of the server says.

Source: apimachinery/pkg/util/validation/field/errors.go, 0.24 (ErrorBody).
"""

from collections.abc import Iterable

from rbacpsp.model.field_error import (
    FieldError,
    GoText,
    forbidden,
    go_groups,
    go_strings,
    invalid,
    required,
)
from rbacpsp.model.psp import Range

__all__ = [
    "FieldError",
    "GoText",
    "StrategyError",
    "forbidden",
    "go_groups",
    "go_ranges",
    "go_strings",
    "invalid",
    "required",
]


class StrategyError(ValueError):
    """A policy cannot be used at all: the server passes over it, whoever may use it."""


def go_ranges(ranges: Iterable[Range]) -> str:
    """A list of ranges as Go's `%v` prints it: `[{1 10} {20 20}]`."""
    return f"[{' '.join(f'{{{span.min} {span.max}}}' for span in ranges)}]"
