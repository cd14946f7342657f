"""What the AppProjects of an Argo CD let its Applications do in its own cluster.

A project permits a destination if one of its entries matches the cluster and the namespace, and none denies
it: an entry whose server, name or namespace begins with `!` denies what follows. With
permitOnlyProjectScopedClusters it permits only clusters whose Secret names it; the data of Secrets is never
read, so such a project counts as one that does not permit its own cluster.

If argocd-cm says so, Argo CD applies objects as the service account that the project names for the
destination of the Application.
Source: IsDestinationPermitted, IsGroupKindPermitted and IsAppNamespacePermitted of
pkg/apis/application/v1alpha1/app_project_types.go, and DeriveServiceAccountToImpersonate, Argo CD 3.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from rbacpsp.audit.globs import glob_matches, in_list, is_readable
from rbacpsp.audit.pod_specs import JSON, part, parts
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.surroundings import (
    ARGO_CD_SETTINGS,
    IMPERSONATES,
    IMPERSONATION_IS_ENFORCED,
    SCOPED_CLUSTERS,
)

_SERVER = "https://kubernetes.default.svc"
_CLUSTER = "in-cluster"
"""The address and the name of the cluster in which Argo CD runs."""
_DENIES = "!"


class Destination(NamedTuple):
    """An entry of the destinations of a project; each field is a pattern."""

    name: str
    server: str
    namespace: str

    @property
    def matches_cluster(self) -> bool:
        """Whether it matches the cluster in which Argo CD runs, by its address or its name."""
        return _matches(self.server, _SERVER) or _matches(self.name, _CLUSTER)

    def permits(self, namespace: str) -> bool:
        """Whether it permits a namespace of the cluster, unless another entry denies it."""
        return self.matches_cluster and _matches(self.namespace, namespace)

    def denies(self, namespace: str) -> bool:
        """Whether it denies a namespace of the cluster, whatever other entries permit."""
        by_name, by_server = _matches(self.name, _CLUSTER), _matches(self.server, _SERVER)
        by_namespace = _matches(self.namespace, namespace)
        if (by_server or by_name) and by_namespace:
            return False
        return (
            (not by_name and self.name.startswith(_DENIES))
            or (not by_server and self.server.startswith(_DENIES) and by_namespace)
            or (not by_namespace and self.namespace.startswith(_DENIES) and by_server)
        )


class DestinationAccount(NamedTuple):
    """An entry of the service accounts of a project, for the destinations that two patterns match."""

    server: str
    namespace: str
    account: str
    """A name, or a namespace and a name with a colon between them."""

    @property
    def is_readable(self) -> bool:
        """Whether Argo CD can read the patterns; otherwise it applies nothing."""
        return is_readable(self.server) and (
            not glob_matches(self.server, _SERVER) or is_readable(self.namespace)
        )

    def matches(self, namespace: str) -> bool:
        """Whether it is for a namespace of the cluster in which Argo CD runs."""
        return glob_matches(self.server, _SERVER) and glob_matches(self.namespace, namespace)


Account = tuple[str, str]
"""The namespace and the name of a service account."""
Kinds = tuple[tuple[str, str], ...]
"""Patterns of groups and kinds."""


class Project(NamedTuple):
    """What an AppProject lets its Applications do in its own cluster."""

    name: str
    destinations: tuple[Destination, ...]
    sources: tuple[str, ...]
    """Patterns of the namespaces, besides the controller's own, that may contain its Applications."""
    binds: bool = True
    """Whether it permits ClusterRoleBindings."""
    only: Kinds | None = None
    """The kinds with a namespace that it permits; None: all."""
    denied: Kinds = ()
    """The kinds with a namespace that it denies."""
    accounts: tuple[DestinationAccount, ...] = ()
    """As which service accounts Argo CD applies its objects, if it impersonates them."""

    def permits_kind(self, group: str, kind: str) -> bool:
        """Whether it permits objects of a kind with a namespace."""
        return (self.only is None or _lists(self.only, group, kind)) and not _lists(self.denied, group, kind)

    def account_for(self, namespace: str) -> Account | None:
        """The service account for Applications that deploy to a namespace; None: no entry is for it.

        The first entry counts. Argo CD applies nothing if it cannot read it: then the name is empty.
        """
        for entry in self.accounts:
            if not entry.is_readable:
                return "", ""
            if entry.matches(namespace):
                home, colon, name = entry.account.rpartition(":")
                is_name = bool(entry.account.strip(" ")) and not _NO_NAME.intersection(entry.account)
                return ((home if colon else namespace), name) if is_name else ("", "")
        return None

    def permits(self, namespace: str) -> bool:
        """Whether its Applications may deploy to a namespace."""
        return any(entry.permits(namespace) for entry in self.destinations) and not any(
            entry.denies(namespace) for entry in self.destinations
        )

    @property
    def permits_everything(self) -> bool:
        """Whether it permits ClusterRoleBindings in any namespace, or pods in every namespace."""
        return (self.binds and any(map(self.permits, self._examples))) or (
            self.permits(_OTHER)
            and any(self.permits_kind(*kind) for kind in POD_KINDS)
            and any(entry.namespace == "*" and entry.matches_cluster for entry in self.destinations)
            and not any(entry.namespace.startswith(_DENIES) for entry in self.destinations)
        )

    @property
    def _examples(self) -> Iterator[str]:
        """Namespaces that its entries permit, unless other entries deny them."""
        yield _OTHER
        for entry in self.destinations:
            yield entry.namespace.replace("*", _OTHER).replace("?", "x")

    def takes_from(self, namespace: str) -> bool:
        """Whether its Applications may be in a namespace other than the controller's own."""
        return in_list(self.sources, namespace)


POD_KINDS = (
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
)
"""The kinds of Kubernetes that run pods."""
_NO_NAME = frozenset("!*[]{}\\/")
"""The characters of an account that Argo CD refuses."""
_OTHER = "x"
"""A namespace that no pattern but a general one matches."""
_DEFAULT = Project("default", (Destination("", "*", "*"),), ())


def projects(view: View, namespace: str) -> tuple[Project, ...]:
    """The projects in the namespace of an Argo CD; if none was loaded, `default`, which allows everything."""
    return view.lasting(_projects).get(namespace, (_DEFAULT,))


def name_accounts(view: View) -> bool:
    """Whether some project names service accounts as which its objects are applied."""
    return any(project.accounts for own in view.lasting(_projects).values() for project in own)


class AppliedAs(NamedTuple):
    """As whom an Argo CD applies objects."""

    impersonates: bool
    """Whether as the service accounts that projects name."""
    falls_back: bool
    """Whether as itself where a project names none for a destination."""


def identity(view: View, namespace: str) -> AppliedAs:
    """As whom the Argo CD of a namespace applies objects; as itself, unless argocd-cm says otherwise."""
    config_map = view.objects.surroundings.get(("ConfigMap", namespace, ARGO_CD_SETTINGS))
    data = part(config_map.body, "data") if config_map else {}
    return AppliedAs(data.get(IMPERSONATES) == "true", data.get(IMPERSONATION_IS_ENFORCED) == "false")


def _projects(view: View) -> dict[str, tuple[Project, ...]]:
    """The projects of each namespace, in the order of their names."""
    by_namespace: dict[str, list[Project]] = {}
    for manifest in view.objects.surroundings.values():
        if manifest.kind == "AppProject":
            by_namespace.setdefault(manifest.namespace, []).append(_project(manifest))
    return {namespace: tuple(own) for namespace, own in by_namespace.items()}


def _project(manifest: Manifest) -> Project:
    spec = part(manifest.body, "spec")
    destinations = tuple(
        Destination(*(_text(entry, key) for key in ("name", "server", "namespace")))
        for entry in parts(spec, "destinations")
    )
    if spec.get(SCOPED_CLUSTERS):
        destinations = ()
    sources = spec.get("sourceNamespaces")
    only = spec.get("namespaceResourceWhitelist")
    forbidden = (item for item in parts(spec, "clusterResourceBlacklist") if _text(item, "name") in {"", "*"})
    return Project(
        manifest.name,
        destinations,
        tuple(map(str, sources if isinstance(sources, list) else ())),
        _lists_bindings(parts(spec, "clusterResourceWhitelist")) and not _lists_bindings(forbidden),
        _kinds(spec, "namespaceResourceWhitelist") if isinstance(only, list) else None,
        _kinds(spec, "namespaceResourceBlacklist"),
        tuple(
            DestinationAccount(
                *(_text(entry, key) for key in ("server", "namespace", "defaultServiceAccount"))
            )
            for entry in parts(spec, "destinationServiceAccounts")
        ),
    )


def _kinds(spec: JSON, key: str) -> Kinds:
    return tuple((_text(entry, "group"), _text(entry, "kind")) for entry in parts(spec, key))


def _lists(kinds: Kinds, group: str, kind: str) -> bool:
    return any(fnmatchcase(group, one) and fnmatchcase(kind, other) for one, other in kinds)


def _lists_bindings(kinds: Iterable[JSON]) -> bool:
    """Whether a list contains ClusterRoleBindings; their author chooses a name that the list contains."""
    return any(
        fnmatchcase("rbac.authorization.k8s.io", _text(kind, "group"))
        and fnmatchcase("ClusterRoleBinding", _text(kind, "kind"))
        for kind in kinds
    )


def _text(entry: JSON, key: str) -> str:
    text = entry.get(key)
    return text if isinstance(text, str) else ""


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern of a destination matches; one that begins with `!` matches what it does not deny."""
    if pattern.startswith(_DENIES):
        return not glob_matches(pattern[1:], text)
    return glob_matches(pattern, text)
