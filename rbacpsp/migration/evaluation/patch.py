"""JSON patches as far as admission policies write them (RFC 6902: add, remove, replace, test)."""

from typing import Any

_END = "-"


class PatchError(ValueError):
    """A patch does not fit the object."""


def apply_patch(document: Any, operations: list[dict[str, Any]]) -> None:
    """Change an object in place; where a `test` fails, nothing is changed.

    Raises:
        PatchError: A path does not exist, or an operation is not known.
    """
    for operation in operations:
        if operation["op"] == "test" and _value_at(document, operation["path"]) != operation.get("value"):
            return
    for operation in operations:
        holder, key = _holder(document, operation["path"])
        match operation["op"]:
            case "add" | "replace":
                _put(holder, key, operation["value"], replace=operation["op"] == "replace")
            case "remove":
                _remove(holder, key)
            case "test":
                pass
            case unknown:
                raise PatchError(f'unknown operation "{unknown}"')


def _keys(path: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in path.split("/")[1:]]


def _holder(document: Any, path: str) -> tuple[Any, str]:
    """The object or list that a path's last key is in."""
    *above, last = _keys(path)
    for key in above:
        document = _inside(document, key, path)
    return document, last


def _value_at(document: Any, path: str) -> Any:
    for key in _keys(path):
        document = _inside(document, key, path)
    return document


def _inside(holder: Any, key: str, path: str) -> Any:
    try:
        return holder[int(key)] if isinstance(holder, list) else holder[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise PatchError(f"{path} leads nowhere") from None


def _put(holder: Any, key: str, value: Any, *, replace: bool) -> None:
    if not isinstance(holder, list):
        holder[key] = value
    elif key == _END:
        holder.append(value)
    elif replace:
        holder[int(key)] = value
    else:
        holder.insert(int(key), value)


def _remove(holder: Any, key: str) -> None:
    try:
        del holder[int(key) if isinstance(holder, list) else key]
    except (KeyError, IndexError, ValueError):
        raise PatchError(f"{key} is not there") from None
