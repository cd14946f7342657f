"""Parses paths of fields, such as `spec.containers[0].securityContext`, and follows and prints them."""

import re
from collections.abc import Sequence

from rbacpsp.model.json import JSONObject

Step = str | int
Path = tuple[Step, ...]

_STEP = re.compile(r"\[(\d+)\]|\[([^\]]+)\]|([^.\[\]]+)")


def parse_path(text: str) -> Path:
    """The keys and indexes of a field's path; a key with dots is in brackets."""
    return tuple(int(index) if index else bracketed or key for index, bracketed, key in _STEP.findall(text))


def path_text(path: Sequence[Step]) -> str:
    """A path as messages write it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def value_at(obj: object, path: Sequence[Step]) -> object:
    """The value at a path, or None."""
    for step in path:
        if isinstance(obj, dict) and isinstance(step, str):
            obj = obj.get(step)
        elif isinstance(obj, list) and isinstance(step, int) and step < len(obj):
            obj = obj[step]
        else:
            return None
    return obj


def with_value(obj: JSONObject, path: Sequence[Step], value: object) -> JSONObject:
    """A copy of an object with another value at a path; the other values are shared."""
    key, *rest = path
    changed: JSONObject = dict(obj)
    if not rest:
        changed[str(key)] = value
    elif isinstance(rest[0], int):
        items = list(changed[str(key)])
        items[rest[0]] = with_value(items[rest[0]], rest[1:], value)
        changed[str(key)] = items
    else:
        changed[str(key)] = with_value(changed.get(str(key)) or {}, rest, value)
    return changed
