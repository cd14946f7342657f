"""Checks and converts the arguments of public functions.

Without the checks a mistake in a notebook or a script would be answered: a user that is a plain string has no
groups, no plugin checks a misspelled operation, and a cluster without files allows nobody anything.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from rbacpsp.decode.unknown_fields import known_fields
from rbacpsp.decode.values import parse_yaml
from rbacpsp.model import AdmissionRequest, Manifest, Namespace, Request, Subject, User
from rbacpsp.model.argument_types import require, unknown_word
from rbacpsp.model.json import JSONObject
from rbacpsp.model.json_values import require_json
from rbacpsp.model.printable import shown
from rbacpsp.model.request import OPERATIONS
from rbacpsp.model.subjects import user_of

_FORMS = "a dict, YAML text or a loaded object"
_FIELDS = ("verb", "group", "resource", "subresource", "name", "namespace", "path")


def as_user(user: User | Subject) -> User:
    """The user, or the user that a subject names.

    Raises:
        ValueError: It is not a user, or its name or a group is not a string.
    """
    if isinstance(user, User):
        _require_texts("the name and the groups of a user", user.name, *user.groups)
        return user
    if isinstance(user, Subject):
        _require_texts("the parts of a subject", user.kind, user.namespace, user.name)
        return user_of(user)
    raise ValueError(
        f"the user must be a User, not {_what(user)}: User.impersonate(NAME) is the user whom --as names"
    )


def as_request(request: Request) -> Request:
    """The request.

    Raises:
        ValueError: It is not a request, or one of its fields is not a string.
    """
    if isinstance(request, Request):
        known = request
        path = "" if known.path is None else known.path
        fields = (
            known.verb,
            known.group,
            known.resource,
            known.subresource,
            known.name,
            known.namespace,
            path,
        )
        _require_texts('the fields of a request, "" where nothing is asked for,', *fields, names=_FIELDS)
        return request
    raise ValueError(
        f'the request must be a Request, not {_what(request)}: for example Request("get", resource="pods")'
    )


def as_config(config: JSONObject | None) -> JSONObject | None:
    """The configuration of Pod Security, whose content is checked later.

    Raises:
        ValueError: It is not an object.
    """
    if config is None or isinstance(config, dict):
        return config
    raise ValueError(f"the admission configuration must be a dict, as in its file, not {_what(config)}")


def as_objects(objects: object) -> list[Any]:
    """The objects of a cluster, each copied to a dict; the decoder reports what is not an object.

    Raises:
        ValueError: The argument is not a list of objects.
    """
    if isinstance(objects, Mapping):
        raise ValueError("the objects must be a list of them, and this is one: put it in a list")
    if isinstance(objects, str | bytes) or not isinstance(objects, Iterable):
        raise ValueError(f"the objects must be a list of dicts, not {_what(objects)}: load() reads files")
    return [dict(obj) if isinstance(obj, Mapping) else obj for obj in objects]


def as_paths(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """The paths as strings.

    Raises:
        ValueError: There is no path, or one of them is not a path.
    """
    path_list = list(paths)
    if not path_list:
        raise ValueError('nothing to read: name a file, a folder or "-"')
    return [as_path("paths", path) for path in path_list]


def as_path(name: str, path: object) -> str:
    """A path as a plain string: functions written in C take no other, such as a text of numpy.

    Raises:
        ValueError: It is not a path, or one of bytes.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise ValueError(f"{name}: a path must be a text or a Path, not {_what(path)}: name them one by one")
    return str(text)


def as_duplicates(duplicates: str) -> bool:
    """Whether the last of two equal keys is used.

    Raises:
        ValueError: It is neither `refuse` nor `last`.
    """
    if duplicates in ("refuse", "last"):
        return duplicates == "last"
    raise ValueError(f'duplicates must be "refuse" or "last", not {_what(duplicates)}')


def as_operation(operation: str) -> str:
    """The operation of an admission request.

    Raises:
        ValueError: There is no such operation.
    """
    if operation in OPERATIONS:
        return operation
    raise ValueError(unknown_word("operation", operation, OPERATIONS))


def as_namespace(namespace: str | None) -> str | None:
    """The namespace of a request; None for that of the object.

    Raises:
        ValueError: It is not a string.
    """
    if namespace is None or isinstance(namespace, str):
        return namespace
    raise ValueError(f"the namespace must be a string, not {_what(namespace)}")


def as_admission(request: AdmissionRequest, form: Callable[[Any], Any]) -> AdmissionRequest:
    """The request, with the old object converted as the object is.

    Args:
        request: What the plugin knows besides the object.
        form: `as_body` or `as_object`, as for the object.

    Raises:
        ValueError: Not a user, a namespace that is not a string, or an old object that is not an object.
    """
    if request.user is not None:
        as_user(request.user)
    as_namespace(request.namespace)
    as_operation(request.operation)
    require("subresource", request.subresource, str, "a string")
    return request if request.old is None else replace(request, old=_of_old(form, request.old))


def _of_old(form: Callable[[Any], Any], old: Any) -> Any:
    if not isinstance(old, dict | str | Manifest | Namespace):
        raise ValueError(f"the old object must be {_FORMS}, not {_what(old)}")
    return form(old)


def as_body(obj: JSONObject | str | Manifest) -> JSONObject:
    """An object as plain JSON values, from any form that callers may pass.

    Raises:
        ValueError: It is not an object, or a text that is not a YAML document of one object.
    """
    if isinstance(obj, Manifest):
        return obj.body
    if isinstance(obj, str):
        documents = [document for document in parse_yaml(obj) if document is not None]
        if len(documents) != 1 or not isinstance(documents[0], dict):
            raise ValueError("the text must contain one object, a pod")
        return documents[0]
    if not isinstance(obj, dict):
        raise ValueError(f"the object must be {_FORMS}, not {_what(obj)}")
    require_json("the object", obj)
    return obj


def as_pod(obj: JSONObject | str | Manifest) -> JSONObject:
    """A pod as plain JSON values, without the fields that no server knows.

    Raises:
        ValueError: It is not an object, or a text that is not a YAML document of one object.
    """
    if not isinstance(obj, dict | str | Manifest):
        raise ValueError(f"the pod must be {_FORMS}, not {_what(obj)}")
    body = as_body(obj)
    return body if isinstance(obj, Manifest) else known_fields(body)


def as_object(obj: JSONObject | str | Manifest | Namespace) -> JSONObject | Manifest | Namespace:
    """A pod, a workload or a Namespace, as it was read or as plain JSON values.

    Raises:
        ValueError: The value has another type.
    """
    if isinstance(obj, Manifest | Namespace):
        return obj
    body = as_body(obj)
    metadata = body.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    if not isinstance(namespace, str | None):
        raise ValueError(f"metadata.namespace must be a string, not {_what(namespace)}")
    return body


def _require_texts(subject_words: str, *values: object, names: tuple[str, ...] = ()) -> None:
    """Refuse values that are not strings, which would match nothing and look like a refusal.

    Joining them is the fastest test of many values.
    """
    try:
        "".join(values)  # type: ignore[arg-type]  # which is what is tested
    except TypeError:
        index, wrong_value = next(
            (position, value) for position, value in enumerate(values) if not isinstance(value, str)
        )
        field = f" in {names[index]}" if names else ""
        raise ValueError(f"{subject_words} must be strings, not {_what(wrong_value)}{field}") from None


def _what(value: object) -> str:
    """A wrong value as a message shows it: a scalar itself, otherwise the type."""
    if value is None or isinstance(value, str | int | float):
        return shown(repr(value))
    return f"a {type(value).__name__}"
