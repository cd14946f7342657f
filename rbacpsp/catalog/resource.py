"""An API resource, and how it is read from discovery documents."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, json

from rbacpsp.model.package_data import package_data


class Resource(Struct, frozen=True, gc=False):
    """One resource or subresource in one version of its group."""

    group: str
    """The group that requests and rules name; empty for the core group."""
    version: str
    name: str
    """The plural, as rules write it."""
    subresource: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    singular: str = ""

    @property
    def combined(self) -> str:
        """The resource as rules write it: `pods`, or `pods/log`."""
        return f"{self.name}/{self.subresource}" if self.subresource else self.name

    @property
    def qualified(self) -> str:
        """The resource with its group, as kubectl prints it: `deployments.apps`."""
        return f"{self.combined}.{self.group}" if self.group else self.combined


@cache
def recorded(version: str) -> tuple[Resource, ...]:
    """The resources that a server of a recorded version serves, in the order of its discovery."""
    lines = package_data("rbacpsp.catalog", f"data/discovery-{version}.jsonl").splitlines()
    return tuple(_resource(row["served_at"], row["resource"], row) for row in map(json.decode, lines))


def discovered(documents: Iterable[Mapping[str, Any]]) -> tuple[Resource, ...]:
    """The resources of a server's discovery documents (APIResourceList, one for each group and version).

    Access depends on the group of the document. The group of an entry is that of its kind, which differs for
    some subresources (`deployments/scale`).
    """
    return tuple(
        _resource(document["groupVersion"], row["name"], row)
        for document in documents
        for row in document.get("resources") or ()
    )


def _resource(group_version: str, combined: str, row: Mapping[str, Any]) -> Resource:
    group, _, version = group_version.rpartition("/")
    name, _, subresource = combined.partition("/")
    return Resource(
        group=group,
        version=version,
        name=name,
        subresource=subresource,
        kind=row["kind"],
        namespaced=row["namespaced"],
        verbs=tuple(row["verbs"]),
        short_names=tuple(row.get("shortNames") or ()),
        singular=row.get("singularName") or ("" if subresource else row["kind"].lower()),
    )
