"""Compares the objects of two states: those that were added, removed or changed.

Fields of the server are ignored: revisions, times, managers of fields, the status. So is the order of rules,
subjects and the words of a rule, on which nothing depends.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from rbacpsp.model import AnyObject, Identity, Manifest, Objects
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.result import counts, one_line

_OF_THE_SERVER = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
    "managedFields",
)
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_UNORDERED = frozenset(
    {"rules", "subjects", "verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"}
)


class ObjectChange(Struct, frozen=True):
    """An object that differs before and after."""

    old: AnyObject
    new: AnyObject
    fields: tuple[str, ...]
    """The paths of what differs, without values, since the environment of a pod may contain secrets."""

    def __repr__(self) -> str:
        name = "/".join(filter(None, (self.new.metadata.namespace, self.new.metadata.name)))
        return one_line(f"<ObjectChange of {self.new.kind} {name}: {', '.join(self.fields)}>")


class ObjectDifference(Struct, frozen=True):
    """The objects in which two states differ, by kind, namespace and name; false where there are none."""

    added: tuple[AnyObject, ...]
    removed: tuple[AnyObject, ...]
    changed: tuple[ObjectChange, ...]

    def __repr__(self) -> str:
        return counts(self, "added", "removed", "changed")

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def object_difference(old: Objects, new: Objects) -> ObjectDifference:
    """Compare the objects of two states; assumed objects are left out."""
    before, after = _by_identity(old), _by_identity(new)
    return ObjectDifference(
        added=tuple(after[key] for key in sorted(after.keys() - before.keys())),
        removed=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        changed=tuple(_changes(before, after)),
    )


def kubectl_name(obj: AnyObject) -> str:
    """An object as kubectl names it, for example `role.rbac.authorization.k8s.io/reader`."""
    kind = BY_NAME.get(obj.kind)
    group = kind.group if kind is not None else obj.api_version.rpartition("/")[0]
    name = obj.metadata.name or f"{obj.metadata.generate_name}*"
    return f"{obj.kind.lower()}{f'.{group}' if group else ''}/{name}"


def _by_identity(objects: Objects) -> Mapping[Identity, AnyObject]:
    return {
        (obj.kind, obj.metadata.namespace, obj.metadata.name or f"{obj.metadata.generate_name}*"): obj
        for obj in objects.loaded
    }


def _changes(
    before: Mapping[Identity, AnyObject], after: Mapping[Identity, AnyObject]
) -> Iterator[ObjectChange]:
    differing = [key for key, obj in after.items() if key in before and before[key] != obj]
    for key in sorted(differing):
        old, new = before[key], after[key]
        fields = tuple(_paths("", _plain(old), _plain(new)))
        if fields:
            yield ObjectChange(old, new, fields)


def _plain(obj: AnyObject) -> JSONObject:
    """An object as JSON values, without fields of the server and without its apiVersion."""
    body: JSONObject = dict(obj.body) if isinstance(obj, Manifest) else msgspec.to_builtins(obj)
    metadata = dict(body.get("metadata") or {})
    for key in _OF_THE_SERVER:
        metadata.pop(key, None)
    annotations = {
        key: value for key, value in (metadata.get("annotations") or {}).items() if key != _LAST_APPLIED
    }
    body["metadata"] = {**metadata, "annotations": annotations}
    for key in ("apiVersion", "status"):
        body.pop(key, None)
    return body if isinstance(obj, Manifest) else {key: _sorted(key, value) for key, value in body.items()}


def _sorted(key: str, value: Any) -> Any:
    """A value in which lists are sorted if their order does not matter."""
    if isinstance(value, dict):
        return {inner: _sorted(inner, inner_value) for inner, inner_value in value.items()}
    if isinstance(value, list | tuple):
        items = [_sorted("", inner_value) for inner_value in value]
        return (
            sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if key in _UNORDERED else items
        )
    return value


def _paths(path: str, old: Any, new: Any) -> Iterator[str]:
    """The paths of what differs; an empty value equals an absent one."""
    if old == new or (_is_nothing(old) and _is_nothing(new)):
        return
    if isinstance({} if old is None else old, dict) and isinstance({} if new is None else new, dict):
        old, new = old or {}, new or {}
        for key in sorted(old.keys() | new.keys()):
            inner = f"{path}.{key}" if path else key
            yield from _paths(
                f"{path}[{key}]" if "." in key or "/" in key else inner, old.get(key), new.get(key)
            )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (old_item, new_item) in enumerate(zip(old, new, strict=True)):
            yield from _paths(f"{path}[{index}]", old_item, new_item)
    else:
        yield path


def _is_nothing(value: Any) -> bool:
    """Whether a value means the same as its absence; 0 and false do not."""
    return value is None or (not value and isinstance(value, str | list | dict))
