"""Reads recorded objects, one on each line with the first and last release that creates it in this form."""

from collections.abc import Iterator
from functools import cache

import msgspec

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    SecurityContextConstraints,
    Version,
)
from rbacpsp.model.meta import AssumedMeta
from rbacpsp.model.package_data import package_data
from rbacpsp.model.rbac import GROUP

RBACObject = Role | ClusterRole | RoleBinding | ClusterRoleBinding
RecordedObject = RBACObject | SecurityContextConstraints


class _Line(msgspec.Struct):
    """The first and last release that create the object of a line."""

    since: str
    until: str


_LINE = msgspec.json.Decoder(_Line)
_OBJECT: msgspec.json.Decoder[RecordedObject] = msgspec.json.Decoder(
    Role | ClusterRole | RoleBinding | ClusterRoleBinding | SecurityContextConstraints
)


def recorded(
    file: str, version: Version | None, meta: type[AssumedMeta] = AssumedMeta
) -> Iterator[RecordedObject]:
    """The objects that a release creates, marked as assumed; without a release, those of all releases.

    Args:
        file: The name of a file in the folder `data`.
        version: One of the releases that are recorded.
        meta: The class of their metadata, which marks them as assumed.
    """
    for line in package_data("rbacpsp.catalog", f"data/{file}").splitlines():
        known = _LINE.decode(line)
        if version is None or _version(known.since) <= version <= _version(known.until):
            yield _assumed(_OBJECT.decode(b"{" + line[line.index(b'"kind"') :]), meta)


@cache
def _version(text: str) -> Version:
    return Version.parse(text)


def _assumed(obj: RecordedObject, meta: type[AssumedMeta]) -> RecordedObject:
    metadata = obj.metadata
    return msgspec.structs.replace(
        obj,
        api_version=obj.api_version or f"{GROUP}/v1",
        metadata=meta(
            name=metadata.name,
            namespace=metadata.namespace,
            labels=metadata.labels,
            annotations=metadata.annotations,
        ),
    )
