"""Objects to apply one by one, as plain values and decoded."""

from collections.abc import Iterable, Iterator

from rbacpsp.decode.problems import LoadError, Problem, shown
from rbacpsp.decode.schema import checked, path_text
from rbacpsp.decode.values import decode_objects
from rbacpsp.model import AnyObject
from rbacpsp.model.json import JSONObject


def items(objects: Iterable[JSONObject]) -> Iterator[JSONObject]:
    """The objects, with each List replaced by its items."""
    for obj in objects:
        inner = obj.get("items")
        if obj.get("kind") == "List" and isinstance(inner, list):
            yield from items(item for item in inner if isinstance(item, dict))
        else:
            yield obj


def decoded(obj: JSONObject) -> AnyObject | None:
    """The decoded object, if answers depend on its kind; else None.

    Raises:
        LoadError: A field of it has a wrong type.
    """
    return next(iter(decode_objects([obj])), None)


def checked_body(obj: JSONObject) -> JSONObject:
    """An object whose fields are known, though no answer depends on it: without nulls and unknown fields.

    Raises:
        LoadError: A field of it has a wrong type.
        KeyError: Its fields are not known.
    """
    body, issues = checked(str(obj.get("kind")), str(obj.get("apiVersion")), obj)
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    who = f"{obj.get('kind')} {shown(str(name or ''))}"
    problems = [
        Problem("<objects>", 1, 0, f"{who}: {path_text(each.path)} {each.message}", each.advice)
        for each in issues
        if each.unknown is None
    ]
    if problems:
        raise LoadError(problems)
    return body
