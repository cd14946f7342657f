"""Small checks that many fields share; each yields the errors in the server's words.

Source: pkg/apis/core/validation/validation.go (ValidateNonnegativeField, ValidatePositiveField,
validateLocalDescendingPath, ValidateLocalNonReservedPath), 1.24 and 1.37.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    forbidden,
    invalid,
    not_supported,
    required,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import NameCheck, label_errors, subdomain_errors
from rbacpsp.model.profiles import local_path_errors
from rbacpsp.model.version import Version

_LARGEST = (1 << 63) - 1
_POINTER = "deletionGracePeriodSeconds"
"""The field of metadata that counts as set even where it is zero."""
IMMUTABLE = "field is immutable"
STATEFUL_TEMPLATES_SINCE = Version(1, 34)
"""Since this version the server validates a StatefulSet's pod template; before, only its pods.

Source: ValidatePodTemplateSpecForStatefulSet (1.24, 1.33 and 1.34).
"""


def atoi(text: str) -> int:
    """A number as Go's strconv.Atoi reads it.

    Raises:
        ValueError: not a whole number, or not of 64 bits; the message is Go's.
    """
    if not re.fullmatch("[-+]?[0-9]+", text, re.ASCII):
        raise ValueError("invalid syntax")
    sign, digits = "-" if text.startswith("-") else "", text.lstrip("-+").lstrip("0") or "0"
    if len(digits) > len(str(_LARGEST)) or not -_LARGEST - 1 <= int(f"{sign}{digits}") <= _LARGEST:
        raise ValueError("value out of range")
    return int(f"{sign}{digits}")


def non_negative(holder: JSONObject, key: str, path: FieldPath) -> Iterator[FieldError]:
    """Check that a number is absent or not below zero."""
    value = holder.get(key)
    if value is not None and value < 0:
        yield invalid(path.child(key), value, "must be greater than or equal to 0")


def positive(holder: JSONObject, key: str, path: FieldPath) -> Iterator[FieldError]:
    """Check that a number is above zero."""
    value = holder.get(key, 0)
    if value <= 0:
        yield invalid(path.child(key), value, "must be greater than zero")


def one_of(
    holder: JSONObject, key: str, supported: Sequence[str], path: FieldPath, *, empty: str | None = None
) -> Iterator[FieldError]:
    """Check that a value is in a list.

    Args:
        holder: The object with the field.
        key: The field.
        supported: The allowed values.
        path: The path of the holder.
        empty: The error for an absent value; None: the error for an unsupported one.
    """
    value = holder.get(key, "")
    if value in supported:
        return
    if not value and empty is not None:
        yield required(path.child(key), empty)
    else:
        yield not_supported(path.child(key), value, supported)


def required_text(holder: JSONObject, key: str, path: FieldPath) -> Iterator[FieldError]:
    """Check that a text is neither absent nor empty."""
    if not holder.get(key):
        yield required(path.child(key))


def name_errors(check: NameCheck, value: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """Check a name."""
    yield from (invalid(path, value, words) for words in check(value, version))


def label(value: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """Check that a text is a DNS label."""
    yield from name_errors(label_errors, value, path, version)


def subdomain(value: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """Check that a text is a DNS subdomain."""
    yield from name_errors(subdomain_errors, value, path, version)


def no_backsteps(text: str, path: FieldPath) -> Iterator[FieldError]:
    """Check that a path has no segment `..`."""
    if ".." in text.split("/"):
        yield invalid(path, text, "must not contain '..'")


def non_reserved(text: str, path: FieldPath) -> Iterator[FieldError]:
    """Check that a path is relative, and that its first segment does not begin with two dots."""
    yield from local_path_errors(text, path)
    if text.startswith("..") and not text.startswith("../"):
        yield invalid(path, text, "must not start with '..'")


def only_fields(
    holder: JSONObject, allowed: Iterable[str], words: str, path: FieldPath
) -> Iterator[FieldError]:
    """Check that an object has no other fields than the allowed ones."""
    for key, value in holder.items():
        if key not in allowed and (value or key == _POINTER):
            # The server writes the name of the Go field with a lower-case first letter.
            yield forbidden(path.child("uID" if key == "uid" else key), words)
