"""The shape of a pod: plain JSON values checked, copied without nulls, and decoded to the view of decisions.

A pod may come from anywhere as a dict. Its types are checked before anything reads it, and what is wrong is
said with the path of the field, in words for people.
"""

import re
from typing import Any, TypeVar

import msgspec

from rbacpsp.model.pod import Pod

T = TypeVar("T")
JSON = dict[str, Any]

SCALARS = frozenset({bool, float, int, str})
"""The JSON values without anything inside; asking for them spares most of a walk's calls."""

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?`?\$(?P<path>[^`]*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a string",
}
_ZEROS = {
    **dict.fromkeys(
        ("annotations", "labels", "matchLabels", "nodeSelector", "options", "volumeAttributes"), ""
    ),
    **dict.fromkeys(("limits", "overhead", "requests"), "0"),
}
"""The Go maps in a pod, each with what a null in it becomes."""
_READ = ("name", "generateName", "namespace", "labels", "annotations")
"""What of a pod's metadata is read."""


def plain_copy(value: Any, around: str = "") -> Any:
    """A deep copy of a JSON value, without the nulls in its objects: Go's decoder passes over them.

    In a map it does not: there a null is the zero of the map's values. `around` is the field that holds the
    value, and tells maps from structs.
    """
    if isinstance(value, dict):
        zero = _ZEROS.get(around)
        return {
            key: inner if inner.__class__ in SCALARS else zero if inner is None else plain_copy(inner, key)
            for key, inner in value.items()
            if inner is not None or zero is not None
        }
    if isinstance(value, list | tuple):
        return [inner if inner.__class__ in SCALARS else plain_copy(inner) for inner in value]
    return value


def checked(value: Any, shape: type[T], inside: str = "") -> T:
    """Decode a JSON value to a shape; `inside` is where in the object the value stands.

    Raises:
        ValueError: A field has the wrong type: the message opens with its path.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise ValueError(_for_people(str(error), inside)) from None


def view_of(pod: JSON) -> Pod:
    """The view of a pod that policies and checks read.

    Raises:
        ValueError: A field has the wrong type: the message opens with its path.
    """
    metadata = pod.get("metadata", {})
    if isinstance(metadata, dict):
        metadata = {key: metadata[key] for key in _READ if key in metadata}
    return checked({"metadata": metadata, "spec": pod.get("spec", {})}, Pod)


def _for_people(message: str, inside: str) -> str:
    """Turn msgspec's sentence about a wrong type into one that opens with the field's path."""
    form = _PATH.match(message)
    what, path = (form["what"], form["path"] or "") if form else (message, "")
    place = f"{inside}{path}".lstrip(".") or "the pod"
    types = _EXPECTED.search(what)
    if not types:
        return f"{place}: {what[:1].lower()}{what[1:]}"
    expected = [word for word in types["expected"].split(" | ") if word != "null"]
    wanted = " or ".join(_WORDS.get(word, word) for word in expected)
    return f"{place} must be {wanted}, not {_WORDS.get(types['got'], types['got'])}"
