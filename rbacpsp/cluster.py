"""`Cluster`: the objects of one cluster and the questions asked of them."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from rbacpsp.catalog import Account, Catalog
from rbacpsp.load import decode_objects, read_files
from rbacpsp.load.given import (
    given_body,
    given_config,
    given_namespace,
    given_object,
    given_objects,
    given_operation,
    given_paths,
    given_request,
    given_user,
)
from rbacpsp.load.sources import ADMISSION_KINDS, POD_SECURITY_KINDS, RBAC_KINDS, WIDE_RBAC_KINDS
from rbacpsp.model import Identity, Manifest, Namespace, Objects, Request, User, Version
from rbacpsp.model.version import NEWEST, V1_24
from rbacpsp.rbac import Authorizer, Decision, RuleSet, WhoCan

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from rbacpsp.audit import Audit, Paths
    from rbacpsp.frames import Frames
    from rbacpsp.psp import Admission, Admitter
    from rbacpsp.psp.enforced import Enforcement
    from rbacpsp.pss import Configuration, PSAdmission
    from rbacpsp.simulate import Simulation

JSONObject = dict[str, Any]


class Cluster:
    """The objects of one cluster and the questions asked of them.

    Nothing is computed before it is asked for, and then once: the indexes are built on first use. A cluster
    never changes; `changed` gives another one.
    """

    def __init__(
        self,
        objects: Objects,
        *,
        kubernetes_version: str | Version | None = None,
        admission_config: JSONObject | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        self.objects = objects
        """Everything that was loaded."""
        self._stated_version = Version.given(kubernetes_version) or objects.kubernetes_version
        self.admission_config = given_config(admission_config)
        """The PodSecurityConfiguration of the server, as its admission configuration file states it."""
        self._catalog = catalog

    @classmethod
    def from_objects(
        cls,
        objects: Iterable[Mapping[str, Any]],
        kubernetes_version: str | None = None,
        admission_config: JSONObject | None = None,
    ) -> Self:
        """A cluster of objects as the API serves them; a List among them counts as its items.

        Args:
            objects: Plain JSON values; they are not modified.
            kubernetes_version: The server to imitate, for example `1.24`. It decides words, the generation
                of Pod Security Admission and the kind of token volume. Default: 1.24 where policies exist.
            admission_config: A PodSecurityConfiguration, or an AdmissionConfiguration that holds one.

        Raises:
            LoadError: An object is none that a server would take; every such object is named.
            ValueError: The version is none, or the objects are no list.
        """
        decoded = decode_objects(given_objects(objects))
        return cls(decoded, kubernetes_version=kubernetes_version, admission_config=admission_config)

    @property
    def kubernetes_version(self) -> Version:
        """The version imitated: as given or read, else 1.24 where policies exist, else the newest."""
        return self._stated_version or (V1_24 if self.objects.policies else NEWEST)

    @property
    def policy_version(self) -> Version:
        """The version whose PodSecurityPolicy plugin is imitated: as given or read, else 1.24."""
        return self._stated_version or V1_24

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was read but is doubtful, and what could not be read: every answer may depend on it."""
        return (*self.objects.warnings, *self.unread())

    def __repr__(self) -> str:
        return f"<Cluster of Kubernetes {self.kubernetes_version}: {self.objects!r}>"

    def unread(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """What of the live cluster could not be read, a sentence each.

        Args:
            kinds: Only what answers about these kinds depend on; None: all.
            namespace: Only what they depend on within a namespace; None: in any.
        """
        server = self.objects.server
        return server.unread(kinds, namespace) if server is not None and server.gaps else ()

    @cached_property
    def catalog(self) -> Catalog:
        """The API resources that the server serves: as it told, else those of its version."""
        server = self.objects.server
        if self._catalog is None and server is not None and server.discovery is not None:
            return Catalog.from_discovery(server.discovery)
        return self._catalog or Catalog.for_version(self.kubernetes_version)

    @cached_property
    def authorizer(self) -> Authorizer:
        """The RBAC authorizer over these objects."""
        return Authorizer(self.objects, self.catalog)

    @cached_property
    def _admitter(self) -> "Admitter":
        from rbacpsp.psp import Admitter

        return Admitter(self.objects, self.authorizer, self.policy_version)

    def authorize(self, user: User, request: Request) -> Decision:
        """Whether the API server's RBAC authorizer would let a user do something, and why."""
        decision = self.authorizer.authorize(given_user(user), given_request(request))
        decision.version = self.policy_version
        if not decision.allowed:
            decision.incomplete = self._unread_access(request)
        return decision

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something, as the bindings write them."""
        found = self.authorizer.who_can(given_request(request))
        found.incomplete = self._unread_access(request)
        return found

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace; `Access.namespaces` says where."""
        found = self.authorizer.who_can_anywhere(given_request(request))
        found.incomplete = self.unread(RBAC_KINDS)
        return found

    def rules_for(self, user: User, namespace: str = "") -> RuleSet:
        """Every rule that applies to a user in a namespace."""
        found = self.authorizer.rules_for(given_user(user), namespace)
        found.incomplete = self._unread_access(Request("", namespace=namespace))
        return found

    def _unread_access(self, request: Request) -> tuple[str, ...]:
        """What could not be read and could grant a request."""
        within = request.path is None and request.namespace
        return self.unread(RBAC_KINDS, within) if within else self.unread(WIDE_RBAC_KINDS)

    def admit(
        self,
        pod: JSONObject | str | Manifest,
        *,
        user: User | None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | None = None,
        subresource: str = "",
    ) -> "Admission":
        """What the PodSecurityPolicy plugin would do with a pod that a user submits.

        It does not ask whether the user may create pods: `authorize` does.

        Args:
            pod: A dict, YAML text or a loaded pod; never modified.
            user: Who submits it; for a Deployment's pod that is the replicaset-controller. None asks the
                pod's service account alone.
            namespace: Where; default: the pod's own `metadata.namespace`, else `default`.
            operation: `CREATE` or `UPDATE`.
            old: The stored pod, for an update.
            subresource: A subresource such as `status`; policies never judge those.

        Raises:
            ValueError: The pod is none that a server would take, or the version has no PodSecurityPolicy.
        """
        body = given_body(pod)
        answer = self._admitter.admit(
            body,
            user=None if user is None else given_user(user),
            namespace=namespace,
            operation=operation,
            old=None if old is None else given_body(old),
            subresource=subresource,
        )
        where = namespace or (body.get("metadata") or {}).get("namespace") or "default"
        unread = self.unread(ADMISSION_KINDS, where)
        return replace(answer, incomplete=unread) if unread else answer

    def policy_users(self, policy: str, namespace: str | None = None) -> WhoCan:
        """The subjects that may `use` a policy for pods of a namespace, through either of its API groups.

        Groups are expanded to the service accounts and controllers in them. An empty namespace asks who may
        use it in every namespace, None who may in at least one.
        """
        from rbacpsp.psp.users import policy_users

        found = policy_users(self.authorizer, policy, namespace)
        found.incomplete = self.unread(RBAC_KINDS, namespace or None)
        return found

    def simulate(
        self,
        *,
        user: User | None = None,
        shared_controllers: bool | None = None,
        controllers: Mapping[str, Account] = MappingProxyType({}),
    ) -> "Simulation":
        """Every workload and pod without one: which policy its pods would get now, and which they have.

        Args:
            user: Who is taken to have created the pods that no controller and no kubelet created; None asks
                their service accounts alone.
            shared_controllers: Whether all controllers are the one user `system:kube-controller-manager`
                (`--use-service-account-credentials=false`); default: what the bindings show.
            controllers: Who creates the pods of owners of other kinds than the catalog's.

        Raises:
            ValueError: The version has no PodSecurityPolicy and none was loaded.
        """
        from rbacpsp.simulate import Simulation

        return Simulation(
            self.objects,
            self.authorizer,
            self._admitter,
            {**self.catalog.controllers, **controllers},
            user=user,
            shared_controllers=shared_controllers,
        )

    @cached_property
    def psp_enforcement(self) -> "Enforcement":
        """Whether policies are enforced here at all, as far as the version and the newest pods tell."""
        from rbacpsp.psp.enforced import enforcement

        return enforcement(self.objects, self.objects.kubernetes_version)

    @cached_property
    def _pod_security(self) -> "Configuration | None":
        from rbacpsp.pss import read_config

        return read_config(self.admission_config) if self.admission_config else None

    def pss_admit(
        self,
        obj: JSONObject | str | Manifest | Namespace,
        user: User | None = None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | Namespace | None = None,
        subresource: str = "",
    ) -> "PSAdmission":
        """What the PodSecurity plugin would answer to a pod, a workload or a Namespace.

        A pod is refused where it violates the enforce level of its namespace, a workload is only warned
        about. An UPDATE of a Namespace is checked against the pods that were loaded, as a label dry run is.
        See `rbacpsp.pss.admit` for the arguments; objects may be YAML text as well.

        Raises:
            ValueError: The kind is not judged by the plugin, a field of the object has the wrong type, or the
                admission configuration is none that a server would start with.
        """
        from rbacpsp import pss

        answer = pss.admit(
            given_object(obj),
            user=None if user is None else given_user(user),
            namespace=given_namespace(namespace),
            operation=given_operation(operation),
            old=None if old is None else given_object(old),
            subresource=subresource,
            objects=self.objects,
            config=self._pod_security,
            version=self.kubernetes_version,
        )
        unread = self.unread(POD_SECURITY_KINDS)
        return replace(answer, incomplete=unread) if unread else answer

    def audit(self, **options: Any) -> "Audit":
        """The risky permissions here, with their evidence; `rbacpsp.audit.audit` documents the options."""
        from rbacpsp.audit import audit

        return audit(self.objects, self.authorizer, version=self._stated_version, **options)

    def paths(self) -> "Paths":
        """Who can become whom; see `rbacpsp.audit.paths`. Its graph is built on first use."""
        from rbacpsp.audit import Paths

        return Paths(
            self.objects,
            self.authorizer,
            version=self._stated_version,
            configuration=self._pod_security,
        )

    def graph(self) -> "MultiDiGraph[str]":
        """The authorization graph, a new networkx.MultiDiGraph; `rbacpsp.graph` documents its attributes."""
        from rbacpsp.graph import build

        return build(self.objects, controllers=self.catalog.controllers)

    @cached_property
    def frames(self) -> "Frames":
        """The pandas view: DataFrames, each made when it is asked for; `rbacpsp.frames` documents them."""
        from rbacpsp.frames import Frames

        return Frames(self.objects, self.authorizer)

    def changed(self, added: Objects | None = None, removed: Iterable[Identity] = ()) -> "Cluster":
        """What this cluster would be with some objects removed and others added or replaced.

        Raises:
            KeyError: An object to remove is not there; its identity is the argument.
        """
        return Cluster(
            self.objects.changed(added or Objects(), removed),
            kubernetes_version=self._stated_version,
            admission_config=self.admission_config,
            catalog=self._catalog,
        )

    def redacted(self) -> "Cluster":
        """The same cluster with other names for its users, groups and namespaces."""
        from rbacpsp.load.redact import redact

        return Cluster(
            redact(self.objects),
            kubernetes_version=self._stated_version,
            admission_config=self.admission_config,
            catalog=self._catalog,
        )

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write one file that loads again and answers alike; an unchanged cluster gives the same bytes.

        It holds the time of the newest object, not of the writing: the file itself has that.

        Raises:
            OSError: The file cannot be written; nothing is left behind.
        """
        from rbacpsp.load.snapshot import write_snapshot

        write_snapshot(Path(path), self.objects, self._stated_version)


def load(
    *paths: str | os.PathLike[str],
    kubernetes_version: str | None = None,
    admission_config: JSONObject | None = None,
    keep_going: bool = False,
) -> Cluster:
    """Read a cluster from files, folders or `-` (standard input).

    Args:
        paths: Dumps, manifests, snapshots, or folders of them.
        kubernetes_version: The server to imitate; default: what the files say, see `Cluster`.
        admission_config: A PodSecurityConfiguration, or an AdmissionConfiguration that holds one.
        keep_going: Pass over documents that cannot be read; each becomes a warning of the cluster.

    Raises:
        LoadError: Something cannot be read; every problem is named with its file, document and line.
        ValueError: The version is none, or no path is named.
    """
    loaded = read_files(given_paths(paths), keep_going=keep_going)
    return Cluster(loaded.objects, kubernetes_version=kubernetes_version, admission_config=admission_config)
