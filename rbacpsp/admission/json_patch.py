"""Computes the JSON Patch (RFC 6902) that turns one JSON value into another."""

from collections.abc import Iterator
from typing import Any

from rbacpsp.model.json import JSONObject


def json_patch(before: Any, after: Any) -> list[JSONObject]:
    """The operations, in the order of the new value; lists of the same length are compared item by item."""
    return list(_operations("", before, after))


def _operations(path: str, before: Any, after: Any) -> Iterator[JSONObject]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key not in after:
                yield {"op": "remove", "path": f"{path}/{_token(key)}"}
        for key, value in after.items():
            child_path = f"{path}/{_token(key)}"
            if key in before:
                yield from _operations(child_path, before[key], value)
            else:
                yield {"op": "add", "path": child_path, "value": value}
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _operations(f"{path}/{index}", old, new)
    elif type(before) is not type(after) or before != after:
        yield {"op": "replace", "path": path, "value": after}


def _token(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
