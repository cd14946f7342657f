"""Lists the fields that a policy changes in a pod, and writes them into the complete pod."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import FieldInfo, fields

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod import Pod, PodSecurityContext, SecurityContext


class Change(NamedTuple):
    """One field that differs; None is absent."""

    path: str
    """For example `spec.containers[0].securityContext.runAsUser`."""
    before: Any
    """A plain JSON value."""
    after: Any


def diff(before: Pod, after: Pod) -> tuple[Change, ...]:
    """Every field in which two views of one pod differ, in the order of the fields."""
    return tuple(_changes("", before, after))


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before is after or before == after:
        return
    struct = after if isinstance(after, msgspec.Struct) else before
    if isinstance(struct, msgspec.Struct) and (before is None or after is None):
        field_changes = list(_inside(path, before, after, type(struct)))
        yield from field_changes or [Change(path, _plain(before), _plain(after))]
    elif isinstance(before, msgspec.Struct):
        yield from _inside(path, before, after, type(before))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _changes(f"{path}[{key}]", before.get(key), after.get(key))
    elif _same_structs(before, after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changes(f"{path}[{index}]", old, new)
    else:
        yield Change(path, _plain(before), _plain(after))


def _inside(path: str, before: Any, after: Any, kind: type[msgspec.Struct]) -> Iterator[Change]:
    """The differing fields of two structs of a kind, either of which may be absent."""
    for struct_field in _fields(kind):
        empty = struct_field.default if struct_field.default is not msgspec.NODEFAULT else None
        old = getattr(before, struct_field.name) if before is not None else empty
        new = getattr(after, struct_field.name) if after is not None else empty
        yield from _changes(
            f"{path}.{struct_field.encode_name}" if path else struct_field.encode_name, old, new
        )


@lru_cache(maxsize=64)
def _fields(kind: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    return fields(kind)


def _same_structs(before: Any, after: Any) -> bool:
    """Whether two lists have the same number of structs, so that they are compared item by item."""
    return (
        isinstance(before, tuple)
        and isinstance(after, tuple)
        and len(before) == len(after)
        and isinstance(before[0], msgspec.Struct)
    )


def _plain(value: Any) -> Any:
    """A value of a view as JSON; None for an empty list, which equals an absent one."""
    return None if value == () else msgspec.json.decode(msgspec.json.encode(value))


def write_back(pod: JSONObject, before: Pod, after: Pod) -> None:
    """Write what a policy filled in into a complete pod, in place.

    A policy changes only annotations, runtimeClassName and the fields of security contexts. `before` and
    `after` need only the annotations that a policy reads.
    """
    read = before.metadata.annotations
    filled = {key: text for key, text in after.metadata.annotations.items() if read.get(key) != text}
    if filled:
        pod.setdefault("metadata", {}).setdefault("annotations", {}).update(filled)
    spec = pod["spec"]
    if after.spec.runtime_class_name != before.spec.runtime_class_name:
        spec["runtimeClassName"] = after.spec.runtime_class_name
    _write_context(spec, before.spec.security_context, after.spec.security_context)
    for key, old, new in (
        ("initContainers", before.spec.init_containers, after.spec.init_containers),
        ("containers", before.spec.containers, after.spec.containers),
        ("ephemeralContainers", before.spec.ephemeral_containers, after.spec.ephemeral_containers),
    ):
        if new is not old:
            for plain, old_container, new_container in zip(spec[key], old, new, strict=True):
                _write_context(plain, old_container.security_context, new_container.security_context)


def _write_context(
    holder: JSONObject,
    before: PodSecurityContext | SecurityContext | None,
    after: PodSecurityContext | SecurityContext | None,
) -> None:
    """Write the fields of a security context that were filled in, or emptied."""
    if after is before or after is None:
        return
    context = holder.setdefault("securityContext", {})
    old = before if before is not None else type(after)()
    for struct_field in _fields(type(after)):
        value = getattr(after, struct_field.name)
        if value == getattr(old, struct_field.name):
            continue
        if value is None:
            del context[struct_field.encode_name]
        else:
            context[struct_field.encode_name] = _plain(value)
