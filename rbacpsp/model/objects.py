"""Everything that was loaded of one cluster."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rbacpsp.model.meta import Namespace, ServiceAccount
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.server import Server
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest

AnyObject = (
    Namespace
    | ServiceAccount
    | Role
    | ClusterRole
    | RoleBinding
    | ClusterRoleBinding
    | PodSecurityPolicy
    | Manifest
)
"""Every kind that is kept."""

Key = tuple[str, str]
"""(namespace, name)."""


Identity = tuple[str, str, str]
"""(kind, namespace, name); the namespace is empty for objects of the whole cluster."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: `number` counts from 1, `line` is where it starts (0 when it has none)."""

    file: str
    number: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object was read: its document and its place in the List (-1: it is the document)."""

    document: Document
    item: int = -1


class IdentityConflictError(Exception):
    """Two different objects of one kind, namespace and name; `first` is where the earlier one came from."""

    def __init__(self, first: Origin) -> None:
        super().__init__("two different objects have this kind, namespace and name")
        self.first = first


@dataclass(slots=True, repr=False)
class Objects:
    """The objects of one cluster by kind and key, with the place each was read from.

    Filled by `add` while loading and not changed afterwards.
    """

    roles: dict[Key, Role] = field(default_factory=dict)
    cluster_roles: dict[str, ClusterRole] = field(default_factory=dict)
    role_bindings: dict[Key, RoleBinding] = field(default_factory=dict)
    cluster_role_bindings: dict[str, ClusterRoleBinding] = field(default_factory=dict)
    policies: dict[str, PodSecurityPolicy] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    service_accounts: dict[Key, ServiceAccount] = field(default_factory=dict)
    pods: dict[Key, Manifest] = field(default_factory=dict)
    workloads: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)
    """By (kind, namespace, name)."""

    kubernetes_version: Version | None = None
    """What the source says of its server, if it says anything."""
    warnings: list[str] = field(default_factory=list)
    """What was read but is doubtful, one sentence each; shown with every answer that it could change."""
    ignored: dict[str, int] = field(default_factory=dict)
    """How many objects of each kind were passed over because no answer depends on them."""
    server: Server | None = None
    """The live server that they were read from; None for plain files."""

    _read: list[AnyObject] = field(default_factory=list)
    _items: "array[int]" = field(default_factory=lambda: array("i"))
    _starts: list[int] = field(default_factory=list)
    _documents: list[Document] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)

    def add(self, obj: AnyObject, document: Document, item: int = -1) -> None:
        """Keep an object; one that is there already and equal is passed over.

        Raises:
            IdentityConflictError: A different object of this kind, namespace and name is there.
        """
        table, key = self._place(obj)
        there = table.setdefault(key, obj)
        if there is not obj:
            if not _same(there, obj):
                raise IdentityConflictError(self.origin(there))
            return
        if not self._documents or self._documents[-1] is not document:
            self._documents.append(document)
            self._starts.append(len(self._read))
        self._read.append(obj)
        self._items.append(item)

    def __repr__(self) -> str:
        """How many there are of each kind: the environments of pods are not shown."""
        counts = sorted(Counter(each.kind for each in self).items())
        return f"<Objects: {', '.join(f'{number} {kind}' for kind, number in counts) or 'none'}>"

    def __iter__(self) -> Iterator[AnyObject]:
        """Every object, in the order in which they were read."""
        return iter(self._read)

    def changed(self, added: "Objects", removed: Iterable[Identity] = ()) -> "Objects":
        """What this cluster would hold with some objects removed and others added or replaced.

        Raises:
            KeyError: An object to remove is not there; its identity is the argument.
        """
        there = {_identity(obj) for obj in self}
        leaving = set(removed)
        for identity in sorted(leaving - there):
            raise KeyError(identity)
        leaving |= {_identity(obj) for obj in added if obj.metadata.name}
        result = Objects(
            kubernetes_version=self.kubernetes_version,
            warnings=[*self.warnings, *added.warnings],
            ignored=dict(self.ignored),
            server=self.server,
        )
        for source, leaves in ((self, leaving), (added, set())):
            for obj in source:
                if _identity(obj) not in leaves:
                    origin = source.origin(obj)
                    result.add(obj, origin.document, origin.item)
        return result

    def _place(self, obj: AnyObject) -> tuple[dict[Any, Any], Any]:
        metadata = obj.metadata
        name = metadata.name
        if isinstance(obj, Manifest):
            # Every creation from a generateName makes another object.
            name = name or f"{metadata.generate_name}#{len(self._read)}"
            if obj.kind == "Pod":
                return self.pods, (metadata.namespace, name)
            return self.workloads, (obj.kind, metadata.namespace, name)
        table, namespaced = _TABLES[type(obj)]
        return getattr(self, table), (metadata.namespace, name) if namespaced else name

    def origin(self, obj: AnyObject) -> Origin:
        """Where an object of this cluster was read.

        Raises:
            KeyError: The object is not one of this cluster's.
        """
        for place in range(len(self._places), len(self._read)):
            self._places[id(self._read[place])] = place
        place = self._places[id(obj)]
        return Origin(self._documents[bisect_right(self._starts, place) - 1], self._items[place])


_TABLES: dict[type[AnyObject], tuple[str, bool]] = {
    RoleBinding: ("role_bindings", True),
    ServiceAccount: ("service_accounts", True),
    Role: ("roles", True),
    Namespace: ("namespaces", False),
    ClusterRoleBinding: ("cluster_role_bindings", False),
    ClusterRole: ("cluster_roles", False),
    PodSecurityPolicy: ("policies", False),
}
"""The table of each kind that is decoded as a whole, and whether its keys name a namespace."""


def _identity(obj: AnyObject) -> Identity:
    return (obj.kind, obj.metadata.namespace, obj.metadata.name)


def _same(one: AnyObject, other: AnyObject) -> bool:
    """Whether two reads give one object: equal, or one state of one object read under two apiVersions."""
    if one == other:
        return True
    mine, theirs = one.metadata, other.metadata
    return bool(mine.uid) and (mine.uid, mine.resource_version) == (theirs.uid, theirs.resource_version)
