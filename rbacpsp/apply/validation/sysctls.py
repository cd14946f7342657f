"""The API server's validation of lists of sysctls, which policies and constraints share.

Source: pkg/apis/policy/validation/validation.go, 1.24, which openshift/kubernetes repeats for constraints.
"""

import re
from collections.abc import Iterator, Sequence

from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid

_EVERY = "*"
_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_PATTERN = rf"({_SEGMENT}\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]"
_SYSCTL = re.compile(_PATTERN)
_LONGEST = 253


def sysctl_errors(names: Sequence[str], path: FieldPath) -> Iterator[FieldError]:
    """The errors of one list of sysctls and patterns."""
    for index, name in enumerate(names):
        if not name:
            yield invalid(path.index(index), name, "empty sysctl not allowed")
        elif len(name.encode()) > _LONGEST or not _SYSCTL.fullmatch(name):
            words = f"must have at most {_LONGEST} characters and match regex {_PATTERN}"
            yield invalid(path.index(index), name, words)
    if len(names) > 1 and any(name.startswith(_EVERY) and _SYSCTL.fullmatch(name) for name in names):
        items = path.child("items").at(*path.steps)
        yield forbidden(items, "if '*' is present, must not specify other sysctls")


def overlap_errors(
    allowed: Sequence[str], allowed_path: FieldPath, prohibited: Sequence[str], prohibited_path: FieldPath
) -> Iterator[FieldError]:
    """The errors of sysctls, or patterns, that are in both lists; the wider of the two is reported."""
    for index, allowed_name in enumerate(allowed):
        for prohibited_index, prohibited_name in enumerate(prohibited):
            if _covers(allowed_name, prohibited_name):
                yield invalid(
                    allowed_path.index(index), allowed_name, f"sysctl overlaps with {prohibited_name}"
                )
            elif _covers(prohibited_name, allowed_name):
                yield invalid(
                    prohibited_path.index(prohibited_index),
                    prohibited_name,
                    f"sysctl overlaps with {allowed_name}",
                )


def _covers(name: str, pattern: str) -> bool:
    """Whether a name or pattern matches everything that another one matches."""
    if not pattern.endswith(_EVERY):
        return name == pattern
    return name.removesuffix(_EVERY).startswith(pattern.removesuffix(_EVERY))
