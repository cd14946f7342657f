"""The errors of policies: those about a pod's fields, and those about unusable policies.

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
    """A policy is invalid, so the server ignores it."""


def go_ranges(ranges: Iterable[Range]) -> str:
    """A list of ranges as Go's `%v` prints it: `[{1 10} {20 20}]`."""
    return f"[{' '.join(f'{{{span.min} {span.max}}}' for span in ranges)}]"
