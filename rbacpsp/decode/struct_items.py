"""Reads the items of a JSON list directly to their types, as most objects of a large cluster can be."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import force_setattr

from rbacpsp.decode.construct import CLASSES
from rbacpsp.decode.heads import names_type
from rbacpsp.decode.times import is_time
from rbacpsp.model import (
    AnyStruct,
    ClusterRole,
    ClusterRoleBinding,
    IdentityConflictError,
    Namespace,
    Role,
    RoleBinding,
    ServiceAccount,
)
from rbacpsp.model.kinds import API_VERSIONS, CLUSTER_SCOPED

_KINDS = frozenset(CLASSES) - {"PodSecurityPolicy", "SecurityContextConstraints"}

# Only kinds whose fields need no check are decoded directly: v1alpha1 has other subjects, and parts that a
# policy shares with pods are decoded without reporting unknown fields.
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Role | ClusterRole | RoleBinding | ClusterRoleBinding | Namespace | ServiceAccount
)
_SERVED: dict[type[Any], tuple[dict[str, str], bool]] = {
    CLASSES[name]: (
        {version: version for version in API_VERSIONS[name] if not version.endswith("v1alpha1")},
        name not in CLUSTER_SCOPED,
    )
    for name in _KINDS
}
"""The versions of each type, and whether its objects are in a namespace."""
DOES_NOT_FIT = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What a decoder raises for a text that does not fit its type."""


def struct_items(
    items: Iterable[tuple[int, Any]], inherited: tuple[str, str], add: Callable[[AnyStruct, int], object]
) -> Iterator[int]:
    """Pass each item that fits its type to `add`, with its index; yield the indexes of the others.

    `items` are JSON texts, each with its index. The caller reads an item whose index it gets before it asks
    for the next, so that all are read in order. An item for which `add` raises `IdentityConflictError` is one
    of them. `inherited` is the apiVersion and kind of the items of a typed list, else empty.
    """
    version, kind = inherited
    if kind and (version not in API_VERSIONS.get(kind, ()) or kind not in _KINDS):
        yield from (index for index, _ in items)
        return
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(CLASSES[kind]) if kind else _DECODER
    decode = decoder.decode
    for index, item in items:
        if kind and names_type(item):
            yield index
            continue
        try:
            obj = decode(item)
        except DOES_NOT_FIT:
            yield index
            continue
        versions, namespaced = _SERVED[type(obj)]
        known = versions.get(obj.api_version or version)
        metadata = obj.metadata
        created, deleted = metadata.creation_timestamp, metadata.deletion_timestamp
        if (
            known is None
            or not metadata.name
            or bool(metadata.namespace) is not namespaced
            or (created and not is_time(created))
            or (deleted and not is_time(deleted))
        ):
            yield index
            continue
        # All objects of a version share one string; nothing else refers to the object yet.
        force_setattr(obj, "api_version", known)
        try:
            add(obj, index)
        except IdentityConflictError:
            yield index
