"""What callers hand to the public functions: made one form, and checked, before a question is asked of it.

A slip in a notebook or a script must not become an answer: a user who is a mere text belongs to no group, an
operation that is misspelled is judged by no plugin, and a cluster of no files lets nobody do anything.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from rbacpsp.load.problems import shown
from rbacpsp.load.reading import parse_yaml
from rbacpsp.model import Manifest, Namespace, Request, User

JSONObject = dict[str, Any]

OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
"""The operations that admission plugins are asked about (apiserver/pkg/admission/interfaces.go, 1.24)."""


def given_user(user: User) -> User:
    """The user.

    Raises:
        ValueError: It is none, or its name or a group is no text.
    """
    if isinstance(user, User):
        _require_texts("the name and the groups of a user", user.name, *user.groups)
        return user
    raise ValueError(
        f"the user must be a User, not {_what(user)}: User.impersonate(NAME) is the user whom --as names"
    )


def given_request(request: Request) -> Request:
    """The request.

    Raises:
        ValueError: It is none, or one of its fields is no text.
    """
    if isinstance(request, Request):
        asked = request
        path = "" if asked.path is None else asked.path
        fields = (
            asked.verb,
            asked.group,
            asked.resource,
            asked.subresource,
            asked.name,
            asked.namespace,
            path,
        )
        _require_texts('the fields of a request, "" where nothing is asked for,', *fields)
        return request
    raise ValueError(
        f'the request must be a Request, not {_what(request)}: for example Request("get", resource="pods")'
    )


def given_config(config: JSONObject | None) -> JSONObject | None:
    """The configuration of Pod Security, as far as that can be told before it is read.

    Raises:
        ValueError: It is no object.
    """
    if config is None or isinstance(config, dict):
        return config
    raise ValueError(f"the admission configuration must be a dict, as its file holds it, not {_what(config)}")


def given_objects(objects: object) -> list[Any]:
    """The objects of a cluster, each a dict of its own; what is no object is left for the decoder to name.

    Raises:
        ValueError: They are no list of objects.
    """
    if isinstance(objects, Mapping):
        raise ValueError("the objects must be a list of them, and this is one: put it in a list")
    if isinstance(objects, str | bytes) or not isinstance(objects, Iterable):
        raise ValueError(f"the objects must be a list of dicts, not {_what(objects)}: load() reads files")
    return [dict(each) if isinstance(each, Mapping) else each for each in objects]


def given_paths(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """The paths as texts.

    Raises:
        ValueError: There is none, or one of them is no path.
    """
    found = list(paths)
    if not found:
        raise ValueError('nothing to read: name a file, a folder or "-"')
    for path in found:
        if not isinstance(path, str | os.PathLike):
            raise ValueError(f"a path must be a text or a Path, not {_what(path)}: name them one by one")
    return [os.fspath(path) for path in found]


def given_operation(operation: str) -> str:
    """The operation of an admission request.

    Raises:
        ValueError: There is none of that name.
    """
    if operation in OPERATIONS:
        return operation
    raise ValueError(f'"{shown(str(operation))}" is no operation: write one of {", ".join(OPERATIONS)}')


def given_namespace(namespace: str | None) -> str | None:
    """The namespace of a request; None where the object says it.

    Raises:
        ValueError: It is no text.
    """
    if namespace is None or isinstance(namespace, str):
        return namespace
    raise ValueError(f"the namespace must be a string, not {_what(namespace)}")


def given_body(obj: JSONObject | str | Manifest) -> JSONObject:
    """An object as plain JSON values, from any of the forms in which callers have one.

    Raises:
        ValueError: The text is no YAML document of one object.
    """
    if isinstance(obj, Manifest):
        return obj.body
    if isinstance(obj, str):
        documents = [each for each in parse_yaml(obj) if each is not None]
        if len(documents) != 1 or not isinstance(documents[0], dict):
            raise ValueError("the text must hold one object, a pod")
        return documents[0]
    return obj


def given_object(obj: JSONObject | str | Manifest | Namespace) -> JSONObject | Manifest | Namespace:
    """A pod, a workload or a Namespace, as it was read or as plain JSON values.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(obj, Manifest | Namespace):
        return obj
    body = given_body(obj)
    if not isinstance(body, dict):
        raise ValueError(f"the object must be a dict, YAML text or a loaded object, not {_what(body)}")
    metadata = body.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    if not isinstance(namespace, str | None):
        raise ValueError(f"metadata.namespace must be a string, not {_what(namespace)}")
    return body


def _require_texts(what: str, *values: object) -> None:
    """Refuse what is no text: it would match nothing, and a slip would be an answer of "no".

    Joining them is the quickest test of many.
    """
    try:
        "".join(values)  # type: ignore[arg-type]  # which is what is tested
    except TypeError:
        wrong = next(value for value in values if not isinstance(value, str))
        raise ValueError(f"{what} must be strings, not {_what(wrong)}") from None


def _what(value: object) -> str:
    """A wrong value as a sentence may show it: a short one itself, of others the type."""
    if value is None or isinstance(value, str | int | float):
        return shown(repr(value))
    return f"a {type(value).__name__}"
