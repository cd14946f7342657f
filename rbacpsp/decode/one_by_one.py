"""Decodes objects that are applied one by one."""

from collections.abc import Iterable, Iterator

from rbacpsp.decode.problems import LoadError, Problem
from rbacpsp.decode.schema import checked
from rbacpsp.decode.values import decode_objects
from rbacpsp.model import AnyObject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.printable import shown
from rbacpsp.model.value_path import path_text


def items(objects: Iterable[JSONObject]) -> Iterator[JSONObject]:
    """The objects; each List is replaced by its items."""
    for obj in objects:
        inner = obj.get("items")
        if obj.get("kind") == "List" and isinstance(inner, list):
            yield from items(item for item in inner if isinstance(item, dict))
        else:
            yield obj


def decoded(obj: JSONObject) -> AnyObject | None:
    """The decoded object if answers depend on its kind, else None.

    Raises:
        LoadError: A field has the wrong type.
    """
    return next(iter(decode_objects([obj])), None)


def checked_body(obj: JSONObject) -> JSONObject:
    """An object without nulls and unknown fields, of a kind whose fields are known.

    Raises:
        LoadError: A field has the wrong type.
        KeyError: The fields of its kind are not known.
    """
    body, issues = checked(str(obj.get("kind")), str(obj.get("apiVersion")), obj)
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    object_name = f"{obj.get('kind')} {shown(str(name or ''))}"
    problems = [
        Problem("<objects>", 1, 0, f"{object_name}: {path_text(issue.path)} {issue.message}", issue.advice)
        for issue in issues
        if issue.unknown is None
    ]
    if problems:
        raise LoadError(problems)
    return body
