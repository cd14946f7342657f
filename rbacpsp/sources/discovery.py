"""Reads from a server what it serves, so that custom resources and their verbs expand too.

Since 1.27 two requests suffice (aggregated discovery, apidiscovery.k8s.io/v2 or v2beta1); before, each group
and version needs one, as in `kubectl api-resources`.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from rbacpsp.model.mismatch import json_mismatch
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.refusals import RefusedError

T = TypeVar("T")

_AGGREGATED = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)


class _Part(msgspec.Struct, rename="camel", gc=False):
    """A part of a discovery document; other fields are ignored."""


class _Kind(_Part):
    kind: str = ""


class _Subresource(_Part):
    subresource: str = ""
    response_kind: _Kind | None = None
    verbs: list[str] | None = None


class _AggregatedResource(_Part):
    resource: str = ""
    response_kind: _Kind | None = None
    scope: str = ""
    singular_resource: str = ""
    verbs: list[str] | None = None
    short_names: list[str] | None = None
    subresources: list[_Subresource] | None = None


class _AggregatedVersion(_Part):
    version: str = ""
    resources: list[_AggregatedResource] | None = None
    freshness: str = ""


class _Meta(_Part):
    name: str = ""


class _AggregatedGroup(_Part):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    versions: list[_AggregatedVersion] | None = None


class _AggregatedList(_Part):
    kind: str = ""
    items: list[_AggregatedGroup] | None = None


class _GroupVersion(_Part):
    group_version: str = ""


class _Group(_Part):
    versions: list[_GroupVersion] | None = None
    preferred_version: _GroupVersion = msgspec.field(default_factory=_GroupVersion)


class _Roots(_Part):
    """Either of APIVersions (/api) and APIGroupList (/apis)."""

    versions: list[str] | None = None
    groups: list[_Group] | None = None


class _APIResource(_Part):
    name: str = ""
    singular_name: str = ""
    namespaced: bool = False
    kind: str = ""
    verbs: list[str] | None = None
    short_names: list[str] | None = None


class _ResourceList(_Part):
    resources: list[_APIResource] | None = None


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a server serves, and the groups and versions whose resources are unknown.

    `documents` are APIResourceLists, one for each group and version, in the server's order: the preferred
    version of each group is first. `Catalog.from_discovery` reads them, and they can be written as JSON.
    """

    documents: tuple[dict[str, Any], ...]
    unknown: tuple[str, ...]


def read_discovery(connection: Connection, executor: Executor) -> Discovery:
    """Read what a server serves; groups whose own server does not answer are in `unknown`.

    Raises:
        RefusedError: The server does not report what it serves.
        ConnectError: No answer.
    """
    documents: list[dict[str, Any]] = []
    unknown: list[str] = []
    for root in ("/api", "/apis"):
        answer = connection.get(root, accept=f"{_AGGREGATED},application/json")
        aggregated = _decode(answer.body, _AggregatedList, root)
        if aggregated.kind == "APIGroupDiscoveryList":
            for group in aggregated.items or []:
                for version in group.versions or []:
                    name = "/".join(filter(None, (group.metadata.name, version.version)))
                    documents.append(_document(name, _of_aggregated(version)))
                    if version.freshness == "Stale":
                        unknown.append(name)
            continue
        roots = _decode(answer.body, _Roots, root)
        names = [
            *(roots.versions or []),
            *(v.group_version for g in roots.groups or [] for v in _preferred(g)),
        ]
        for name, resource_list in zip(
            names, executor.map(lambda n, r=root: _read(connection, r, n), names), strict=True
        ):
            if resource_list is None:
                unknown.append(name)
            else:
                documents.append(resource_list)
    return Discovery(tuple(documents), tuple(sorted(unknown)))


def lists(connection: Connection, version: str, resource: str) -> bool:
    """Whether a server has a resource that it can list in a group and version.

    Raises:
        ConnectError: No answer.
    """
    document = _read(connection, "/apis" if "/" in version else "/api", version)
    rows = document["resources"] if document else ()
    return any(row["name"] == resource and "list" in row["verbs"] for row in rows)


def _preferred(group: _Group) -> list[_GroupVersion]:
    first = group.preferred_version.group_version
    return sorted(group.versions or [], key=lambda version: version.group_version != first)


def _read(connection: Connection, root: str, name: str) -> dict[str, Any] | None:
    """The document of a group and version; None if its server, usually an extension, does not answer."""
    path_of_version = f"{root}/{name}"
    try:
        resource_list = _decode(connection.get(path_of_version).body, _ResourceList, path_of_version)
    except RefusedError:
        return None
    return _document(name, resource_list.resources or [])


def _document(group_version: str, resources: Iterable[_APIResource]) -> dict[str, Any]:
    rows = [
        {
            "name": row.name,
            "singularName": row.singular_name,
            "namespaced": row.namespaced,
            "kind": row.kind,
            "verbs": row.verbs or [],
            "shortNames": row.short_names or [],
        }
        for row in resources
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": rows}


def _of_aggregated(version: _AggregatedVersion) -> Iterator[_APIResource]:
    for resource in version.resources or []:
        namespaced = resource.scope == "Namespaced"
        if resource.verbs:  # without verbs it only groups its subresources
            yield _APIResource(
                name=resource.resource,
                singular_name=resource.singular_resource,
                namespaced=namespaced,
                kind=resource.response_kind.kind if resource.response_kind else "",
                verbs=resource.verbs,
                short_names=resource.short_names,
            )
        for sub in resource.subresources or []:
            yield _APIResource(
                name=f"{resource.resource}/{sub.subresource}",
                namespaced=namespaced,
                kind=sub.response_kind.kind if sub.response_kind else "",
                verbs=sub.verbs,
            )


def _decode(body: bytes, form: type[T], request_path: str) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, RecursionError):
        reason = json_mismatch(body, form)
        raise RefusedError(200, f"{request_path} does not list what is served there: {reason}") from None
