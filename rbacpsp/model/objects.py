"""The objects that were loaded of one cluster."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rbacpsp.model.aggregation import Aggregation
from rbacpsp.model.kinds import KINDS, RBAC_KINDS
from rbacpsp.model.meta import Namespace, ServiceAccount
from rbacpsp.model.origin import Document, IdentityConflictError, ObjectOrigin, Place
from rbacpsp.model.pod_templates import TemplateKind, TemplateKinds, known_kinds
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.server import SourceServer
from rbacpsp.model.surroundings import find_surrounding
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest

AnyStruct = (
    Namespace
    | ServiceAccount
    | Role
    | ClusterRole
    | RoleBinding
    | ClusterRoleBinding
    | PodSecurityPolicy
    | SecurityContextConstraints
)
"""The kinds with a type of their own."""

AnyObject = AnyStruct | Manifest
"""Every kind that is kept."""

Key = tuple[str, str]
"""(namespace, name)."""

Identity = tuple[str, str, str]
"""(kind, namespace, name); the namespace is empty for objects of the whole cluster."""


_KEPT = {kind.name: (kind.kept, kind.namespaced) for kind in KINDS}
"""The table of each kind, and whether its keys name a namespace."""
_KEPT_BY_TYPE: dict[type[Any], tuple[str, bool]] = {
    kind.type: (kind.kept, kind.namespaced) for kind in KINDS if kind.type is not None
}
"""The same for kinds with a struct, which are most objects of a large cluster."""


@dataclass(slots=True, repr=False)
class Objects:
    """The objects of one cluster by kind and key, and where each was read.

    Filled by `add` while loading and not changed afterwards.
    """

    roles: dict[Key, Role] = field(default_factory=dict)
    cluster_roles: dict[str, ClusterRole] = field(default_factory=dict)
    role_bindings: dict[Key, RoleBinding] = field(default_factory=dict)
    cluster_role_bindings: dict[str, ClusterRoleBinding] = field(default_factory=dict)
    policies: dict[str, PodSecurityPolicy] = field(default_factory=dict)
    constraints: dict[str, SecurityContextConstraints] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    service_accounts: dict[Key, ServiceAccount] = field(default_factory=dict)
    pods: dict[Key, Manifest] = field(default_factory=dict)
    workloads: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)
    """By (kind, namespace, name)."""
    customs: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)
    """Custom resources whose controllers make pods, by (kind, namespace, name); see `model.pod_templates`."""
    templates: TemplateKinds = field(default_factory=known_kinds)
    """The kinds of custom resources that are known to contain pod templates."""
    other_customs: dict[str, int] = field(default_factory=dict)
    """How many custom resources of other kinds were ignored, by kind and group."""
    surroundings: dict[Identity, Manifest] = field(default_factory=dict)
    """Objects that matter only for escalation; see `model.surroundings`. Iteration leaves them out."""
    surrounding_places: dict[Identity, Place] = field(default_factory=dict)
    """The origin of each of them."""
    kubernetes_version: Version | None = None
    """The version of the server, if the source states it."""
    openshift_version: Version | None = None
    """The release of OpenShift, if the source states that the server runs it."""
    warnings: list[str] = field(default_factory=list)
    """Doubts about what was read, one sentence each; shown with every answer that they could change."""
    unread: list[str] = field(default_factory=list)
    """The objects that could not be read although answers may depend on them, one sentence for each."""
    ignored: dict[str, int] = field(default_factory=dict)
    """How many objects of each kind were ignored because no answer depends on them."""
    line_finders: dict[Document, Callable[[int], int]] = field(default_factory=dict)
    """By document: a function that finds the line of one of its items."""
    server: SourceServer | None = None
    """The live server that they were read from; None for plain files."""
    whole: bool = False
    """Whether the source states that the server holds no other objects, as a snapshot may."""
    unplaced: int = 0
    """How many objects named no namespace and got the one that `kubectl apply` gives them."""
    aggregation: Aggregation | None = None
    """The computed rules of the aggregated ClusterRoles; None until they are needed."""
    assumed_as: Version | None = None
    """The release as which some objects are assumed; None if no object is assumed."""
    assumed_is_listed: bool = False
    """Whether lists show all assumed objects, not only those that are connected to loaded ones."""
    partly_read: frozenset[str] = frozenset()
    """The kinds of which the server may have unread objects, so that a missing object may exist."""
    without_accounts: frozenset[Key] = frozenset()
    """The service accounts that a what-if removed."""
    accounts_read_in: frozenset[str] = frozenset()
    """The namespaces from which a what-if removed a loaded account."""
    facts: dict[Any, Any] = field(default_factory=dict)
    """What was computed from objects other than roles and bindings; a what-if of only these shares it."""
    _read: list[AnyObject] = field(default_factory=list)
    _items: "array[int]" = field(default_factory=lambda: array("i"))
    _lines: dict[int, int] = field(default_factory=dict)
    _late: dict[int, Callable[[], int]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _documents: list[Document] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)
    _inhabited: frozenset[str] | None = None

    def add(
        self, obj: AnyObject, document: Document, item: int = -1, line: int | Callable[[], int] = 0
    ) -> bool:
        """Add an object and return whether it was added: one that exists and is equal is ignored.

        `line` is where it starts, or a function that finds that line; 0: the line of the document.

        Raises:
            IdentityConflictError: A different object of this kind, namespace and name exists.
        """
        table, key = self._table_and_key(obj)
        existing = table.setdefault(key, obj)
        if table is self.surroundings:
            if existing != obj:
                raise IdentityConflictError(self.origin(existing))
            self.surrounding_places.setdefault(key, (document, item, line))
            return False
        if existing is not obj:
            if not _same(existing, obj):
                raise IdentityConflictError(self.origin(existing))
            return False
        if not self._documents or self._documents[-1] is not document:
            self._documents.append(document)
            self._starts.append(len(self._read))
        if callable(line):
            self._late[len(self._read)] = line
        elif line:
            self._lines[len(self._read)] = line
        self._read.append(obj)
        self._items.append(item)
        return True

    def adder(self, document: Document) -> Callable[[AnyStruct, int], bool]:
        """A faster `add` for the many items of one document, which takes an object and its index there."""
        tables = {
            each: (getattr(self, kept), namespaced) for each, (kept, namespaced) in _KEPT_BY_TYPE.items()
        }
        self._documents.append(document)
        self._starts.append(len(self._read))
        append, append_item = self._read.append, self._items.append

        def add(obj: AnyStruct, item: int) -> bool:
            table, namespaced = tables[type(obj)]
            metadata = obj.metadata
            key = (metadata.namespace, metadata.name) if namespaced else metadata.name
            if table.setdefault(key, obj) is not obj:
                return self.add(obj, document, item)
            append(obj)
            append_item(item)
            return True

        return add

    def find_lines(self, document: Document, find: Callable[[int], int]) -> None:
        """Find the lines of the items of a document only when one is needed, since most are not."""
        self.line_finders[document] = find

    def is_custom(self, manifest: Manifest) -> bool:
        """Whether it is a custom resource, and not a pod or one of Kubernetes' own workloads."""
        return manifest.kind not in _KEPT

    def template_kind(self, manifest: Manifest) -> TemplateKind | None:
        """How a kind of custom resource contains pods; None where that is unknown."""
        return self.templates.find(manifest.api_version, str(manifest.body.get("kind")))

    def __repr__(self) -> str:
        """The number of objects of each kind; their content, such as environment variables, is not shown."""
        counts = sorted(Counter(obj.kind for obj in self).items())
        return f"<Objects: {', '.join(f'{number} {kind}' for kind, number in counts) or 'none'}>"

    def __getstate__(self) -> dict[str, Any]:
        """Everything except for the parts that depend on memory addresses; every line is computed before."""
        if self._late or self.line_finders:
            for obj in self._read:
                self.origin(obj)
        for obj in self.surroundings.values():
            self.origin(obj)
        derived = {"_places", "_late", "line_finders", "facts"}
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in derived}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "_places": {}, "_late": {}, "line_finders": {}, "facts": {}}.items():
            setattr(self, name, value)

    def __iter__(self) -> Iterator[AnyObject]:
        """Every object, in the order in which they were read."""
        return iter(self._read)

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a namespace; none where it was not loaded."""
        namespace = self.namespaces.get(name)
        return namespace.metadata.labels if namespace is not None else {}

    def changed(self, added: "Objects", removed: Iterable[Identity] = ()) -> "Objects":
        """The objects of this cluster with some removed and others added or replaced.

        Raises:
            KeyError: An object to remove does not exist; its identity is the argument.
        """
        identities = {_identity(obj) for obj in self}
        leaving = set(removed)
        for identity in sorted(leaving - identities):
            raise KeyError(identity)
        gone = frozenset((namespace, name) for kind, namespace, name in leaving if kind == "ServiceAccount")
        leaving |= {_identity(obj) for obj in added if obj.metadata.name}
        touched = leaving | {_identity(obj) for obj in added}
        result = Objects(
            kubernetes_version=self.kubernetes_version,
            openshift_version=self.openshift_version or added.openshift_version,
            warnings=[*self.warnings, *added.warnings],
            unread=[*self.unread, *added.unread],
            ignored=dict(self.ignored),
            server=self.server,
            templates=self.templates,
            other_customs=dict(self.other_customs),
            whole=self.whole,
            unplaced=self.unplaced + added.unplaced,
            aggregation=None if any(kind == "ClusterRole" for kind, *_ in touched) else self.aggregation,
            assumed_as=self.assumed_as,
            assumed_is_listed=self.assumed_is_listed,
            partly_read=self.partly_read,
            without_accounts=self.without_accounts | gone,
            accounts_read_in=self.accounts_read_in.union(
                key[0] for key in gone if not self.service_accounts[key].assumed
            ),
        )
        for source, leaves in ((self, leaving), (added, set())):
            for obj, place in source.with_places():
                if _identity(obj) not in leaves:
                    result.add(obj, *place)
            result.surroundings |= source.surroundings
            result.surrounding_places |= source.surrounding_places
            result.line_finders |= source.line_finders
        if not added.surroundings and all(kind in RBAC_KINDS for kind, *_ in touched):
            result.facts = self.facts
        return result

    def find(self, obj: AnyObject) -> AnyObject | None:
        """The object here that has the same kind, namespace and name; None if there is none."""
        table, key = self._table_and_key(obj)
        existing: AnyObject | None = table.get(key)
        return existing

    def without(
        self, left_out: Iterable[AnyObject], instead: Mapping[int, AnyObject] | None = None
    ) -> "Objects":
        """A copy without some of these objects, and with some replaced, by the `id` of what they replace."""
        gone = {id(obj) for obj in left_out}
        tables = (kept for kept, _ in _KEPT.values())
        fresh: dict[str, Any] = {table: {} for table in (*tables, "customs", "facts")}
        for name in ("_read", "_items", "_lines", "_late", "_starts", "_documents", "_places"):
            value = getattr(self, name)
            fresh[name] = array(value.typecode) if isinstance(value, array) else type(value)()
        result = replace(self, **fresh)
        for obj, place in self.with_places():
            if id(obj) not in gone:
                result.add((instead or {}).get(id(obj), obj), *place)
        return result

    @property
    def loaded(self) -> Iterator[AnyObject]:
        """Every object that is not assumed, in the order in which they were read."""
        return (obj for obj in self._read if isinstance(obj, Manifest) or not obj.assumed)

    def accounts_were_read(self, namespace: str) -> bool:
        """Whether accounts of a namespace were loaded, so that any other account does not exist."""
        if self._inhabited is None:
            self._inhabited = self.accounts_read_in.union(
                home for (home, _), account in self.service_accounts.items() if not account.assumed
            )
        return namespace in self._inhabited

    def lacks_account(self, namespace: str, name: str) -> bool:
        """Whether a service account is known not to exist."""
        key = (namespace, name)
        if key in self.service_accounts:
            return False
        return key in self.without_accounts or self.accounts_were_read(namespace)

    def holds(self, obj: AnyObject) -> bool:
        """Whether an object of that kind, namespace and name exists."""
        return self.find(obj) is not None

    def assuming(self, assumed: Iterable[AnyObject], version: Version) -> "Objects":
        """A copy with objects that were not loaded and are assumed; existing objects are not replaced."""
        result = replace(
            self,
            _read=list(self._read),
            _items=self._items[:],
            _lines=dict(self._lines),
            _late=dict(self._late),
            _starts=list(self._starts),
            _documents=list(self._documents),
            _places={},
            assumed_as=version,
        )
        for table in {kept for kept, _ in _KEPT.values()}:
            setattr(result, table, dict(getattr(self, table)))
        for obj in assumed:
            if not result.holds(obj):
                result.add(obj, _NOWHERE)
                if obj.kind not in RBAC_KINDS:
                    result.facts = {}
        return result

    def _table_and_key(self, obj: AnyObject) -> tuple[dict[Any, Any], Any]:
        metadata = obj.metadata
        if type(obj) is not Manifest:
            kept, namespaced = _KEPT_BY_TYPE[type(obj)]
            return getattr(self, kept), (metadata.namespace, metadata.name) if namespaced else metadata.name
        if find_surrounding(obj.api_version, obj.kind):
            return self.surroundings, _identity(obj)
        kept, namespaced = _KEPT.get(obj.kind, ("customs", True))
        # Each creation with a generateName makes another object.
        name = metadata.name or f"{metadata.generate_name}#{len(self._read)}"
        if kept in {"customs", "workloads"}:
            return getattr(self, kept), (obj.kind, metadata.namespace, name)
        return getattr(self, kept), (metadata.namespace, name) if namespaced else name

    def _number(self, obj: AnyObject) -> int:
        for number in range(len(self._places), len(self._read)):
            self._places[id(self._read[number])] = number
        return self._places[id(obj)]

    def with_places(self) -> Iterator[tuple[AnyObject, Place]]:
        """Every object in the order in which they were read, and where; no line is searched for."""
        ends = [*self._starts, len(self._read)][1:]
        for document, start, end in zip(self._documents, self._starts, ends, strict=True):
            for number in range(start, end):
                line = self._late.get(number) or self._lines.get(number, 0)
                yield self._read[number], (document, self._items[number], line)

    def document(self, obj: AnyObject) -> Document:
        """The document from which an object of this cluster was read; its line is not searched for."""
        return self._documents[bisect_right(self._starts, self._number(obj)) - 1]

    def origin(self, obj: AnyObject) -> ObjectOrigin:
        """Where an object of this cluster was read.

        Raises:
            KeyError: The object is not one of this cluster's.
        """
        if isinstance(obj, Manifest) and _identity(obj) in self.surrounding_places:
            return self._origin_around(_identity(obj))
        number, document = self._number(obj), self.document(obj)
        item = self._items[number]
        if number in self._late:
            self._lines[number] = self._late.pop(number)()
        elif item >= 0 and number not in self._lines and document in self.line_finders:
            self._lines[number] = self.line_finders[document](item)
        return ObjectOrigin(document, item, self._lines.get(number) or document.line)

    def _origin_around(self, identity: Identity) -> ObjectOrigin:
        document, item, line = self.surrounding_places[identity]
        if callable(line):
            line = line()
        elif item >= 0 and not line and document in self.line_finders:
            line = self.line_finders[document](item)
        self.surrounding_places[identity] = (document, item, line)
        return ObjectOrigin(document, item, line or document.line)


_NOWHERE = Document("")
"""The document of assumed objects."""


def _identity(obj: AnyObject) -> Identity:
    return (obj.kind, obj.metadata.namespace, obj.metadata.name)


def _same(first: AnyObject, second: AnyObject) -> bool:
    """Whether two objects are equal, or one object in one state that was read under two apiVersions."""
    if first == second:
        return True
    first_metadata, second_metadata = first.metadata, second.metadata
    return bool(first_metadata.uid) and (first_metadata.uid, first_metadata.resource_version) == (
        second_metadata.uid,
        second_metadata.resource_version,
    )
