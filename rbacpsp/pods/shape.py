"""Decodes a pod: checks the types of plain JSON values, removes nulls, and builds a struct.

A pod may come from anywhere as a dict. Its types are checked first, and errors give the path of the field.
"""

from threading import Lock
from typing import Any, TypeVar

import msgspec

from rbacpsp.model.json import JSONObject
from rbacpsp.model.mismatch import Mismatch, mismatch
from rbacpsp.model.pod import Pod

T = TypeVar("T")
SCALARS = frozenset({bool, float, int, str})
"""The types of scalar JSON values; testing for them avoids most recursive calls."""

_ZEROS = {
    **dict.fromkeys(
        ("annotations", "labels", "matchLabels", "nodeSelector", "options", "volumeAttributes"), ""
    ),
    **dict.fromkeys(("limits", "overhead", "requests"), "0"),
}
"""The Go maps in a pod, each with the value that a null in it becomes."""
_READ = ("name", "generateName", "namespace", "labels", "annotations")
"""The part of a pod's metadata that is read."""


_ONE_AT_A_TIME = Lock()
"""msgspec prepares a class at its first use, and crashes where two threads do so at once."""


def plain_copy(value: Any, parent: str = "") -> Any:
    """A deep copy of a JSON value, without the nulls in its objects: Go's decoder ignores them.

    In a map, a null becomes the zero value of the map's values instead. `parent` is the field with the value,
    which shows whether an object is a map or a struct.
    """
    if isinstance(value, dict):
        zero = _ZEROS.get(parent)
        return {
            key: inner if inner.__class__ in SCALARS else zero if inner is None else plain_copy(inner, key)
            for key, inner in value.items()
            if inner is not None or zero is not None
        }
    if isinstance(value, list | tuple):
        return [inner if inner.__class__ in SCALARS else plain_copy(inner) for inner in value]
    return value


def convert_shape(value: Any, shape: type[T], inside: str = "", whole: str = "the pod") -> T:
    """Decode a JSON value to a type; `inside` is its path in the object that is named `whole` in messages.

    Raises:
        ValueError: A field has the wrong type; the message begins with its path.
    """
    try:
        with _ONE_AT_A_TIME:
            return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        mismatched = mismatch(value, shape) or Mismatch("", "cannot be read")
        raise ValueError(mismatched.under(inside or ("" if mismatched.path else whole))) from None


def view_of(pod: JSONObject) -> Pod:
    """The struct of a pod that policies and checks read.

    Raises:
        ValueError: A field has the wrong type; the message begins with its path.
    """
    metadata = pod.get("metadata", {})
    if isinstance(metadata, dict):
        metadata = {key: metadata[key] for key in _READ if key in metadata}
    return convert_shape({"metadata": metadata, "spec": pod.get("spec", {})}, Pod)
