"""Every kind that is read: its group, plural and scope, its table in `Objects`, and the versions with it.

A new kind is a line here, and a struct where its fields are read. Secrets are not read.
"""

from typing import NamedTuple

from msgspec import Struct

from rbacpsp.model.meta import Namespace, Object, ServiceAccount
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.rbac import GROUP, ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.scc import GROUP as OPENSHIFT_GROUP
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version


class ServedVersion(NamedTuple):
    """A group and version, and the first and last minor release of Kubernetes 1 that serves a kind there.

    Do not request a kind that a server does not serve: it authorizes first, and answers 403 instead of 404.
    """

    version: str
    since: int = 0
    until: int = 999


class Kind(Struct, frozen=True):
    """A kind of object on which answers depend."""

    name: str
    plural: str
    kept: str
    """The table of `Objects` that holds it."""
    namespaced: bool
    served: tuple[ServedVersion, ...]
    """Where servers list it, the newest first."""
    meaning: str
    """The facts that are unknown if it cannot be read."""
    type: "type[Object] | None" = None
    """The struct that it is decoded as; None: a `Manifest`."""
    older: tuple[str, ...] = ()
    """The apiVersions that are accepted in files, but never requested from a server."""
    short: tuple[str, ...] = ()
    """kubectl's short names."""
    optional: bool = False
    """Whether it is not one of Kubernetes' own kinds: the server may not serve its group."""

    @property
    def group(self) -> str:
        """The group of its newest version; empty for the core group."""
        return self.served[0].version.rpartition("/")[0]

    @property
    def resource(self) -> str:
        """The plural with its group, as kubectl names it: `clusterroles.rbac.authorization.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_versions(self) -> frozenset[str]:
        """The apiVersions under which it is read; the same name in another group is another kind."""
        return frozenset((*(served.version for served in self.served), *self.older))

    def versions(self, server: Version | None) -> tuple[str, ...]:
        """The apiVersions under which a server of a version lists it; all of them when that is unknown."""
        return tuple(
            served.version
            for served in self.served
            if server is None or Version(1, served.since) <= server <= Version(1, served.until)
        )


_CORE = (ServedVersion("v1"),)
_RBAC = (ServedVersion(f"{GROUP}/v1", 8), ServedVersion(f"{GROUP}/v1beta1", 6, 21))
_ALPHA = (f"{GROUP}/v1alpha1",)
_APPS = (
    ServedVersion("apps/v1", 9),
    ServedVersion("apps/v1beta2", 8, 15),
    ServedVersion("extensions/v1beta1", 1, 15),
)
_BATCH = (ServedVersion("batch/v1", 21), ServedVersion("batch/v1beta1", 8, 24))
_POLICY = (ServedVersion("policy/v1beta1", 10, 24), ServedVersion("extensions/v1beta1", 3, 15))
_OPENSHIFT = (ServedVersion(f"{OPENSHIFT_GROUP}/v1"),)
_STATEFUL = (*_APPS[:2], ServedVersion("apps/v1beta1", 5, 15))

_ACCOUNTS = "which exist, and what they mount, is unknown"
_CONSTRAINTS = "which of them admit a pod is unknown"
_GRANTS = "whom they grant a role is unknown"
_LABELS = "their labels, and so their Pod Security levels, are unknown"
_PODS = "the pods they make are not judged"
_POLICIES = "which policy admits a pod is unknown"
_RULES = "what bindings to them grant is unknown"
_RUNNING = "those that run are not judged"

# fmt: off
KINDS = (
    Kind("ClusterRole", "clusterroles", "cluster_roles", False, _RBAC, _RULES, ClusterRole, _ALPHA),
    Kind("ClusterRoleBinding", "clusterrolebindings", "cluster_role_bindings", False, _RBAC, _GRANTS, ClusterRoleBinding, _ALPHA),  # noqa: E501 - a line a kind
    Kind("CronJob", "cronjobs", "workloads", True, _BATCH, _PODS, older=("batch/v2alpha1",), short=("cj",)),
    Kind("DaemonSet", "daemonsets", "workloads", True, _APPS, _PODS, short=("ds",)),
    Kind("Deployment", "deployments", "workloads", True, _APPS, _PODS, older=("apps/v1beta1",), short=("deploy",)),  # noqa: E501 - as above
    Kind("Job", "jobs", "workloads", True, (ServedVersion("batch/v1", 2),), _PODS),
    Kind("Namespace", "namespaces", "namespaces", False, _CORE, _LABELS, Namespace, short=("ns",)),
    Kind("Pod", "pods", "pods", True, _CORE, _RUNNING, short=("po",)),
    Kind("PodSecurityPolicy", "podsecuritypolicies", "policies", False, _POLICY, _POLICIES, PodSecurityPolicy, short=("psp",)),  # noqa: E501 - as above
    Kind("PodTemplate", "podtemplates", "workloads", True, _CORE, _PODS),
    Kind("ReplicaSet", "replicasets", "workloads", True, _APPS, _PODS, short=("rs",)),
    Kind("ReplicationController", "replicationcontrollers", "workloads", True, _CORE, _PODS, short=("rc",)),
    Kind("Role", "roles", "roles", True, _RBAC, _RULES, Role, _ALPHA),
    Kind("RoleBinding", "rolebindings", "role_bindings", True, _RBAC, _GRANTS, RoleBinding, _ALPHA),
    Kind("SecurityContextConstraints", "securitycontextconstraints", "constraints", False, _OPENSHIFT, _CONSTRAINTS, SecurityContextConstraints, ("v1",), ("scc",), optional=True),  # noqa: E501 - as above
    Kind("ServiceAccount", "serviceaccounts", "service_accounts", True, _CORE, _ACCOUNTS, ServiceAccount, short=("sa",)),  # noqa: E501 - as above
    Kind("StatefulSet", "statefulsets", "workloads", True, _STATEFUL, _PODS, short=("sts",)),
)
"""In the order of their names."""
# fmt: on

BY_NAME = {kind.name: kind for kind in KINDS}
API_VERSIONS = {kind.name: kind.api_versions for kind in KINDS}
"""The apiVersions under which each kind is read."""
CLUSTER_SCOPED = frozenset(kind.name for kind in KINDS if not kind.namespaced)
"""The kinds whose objects are in no namespace."""
WORKLOAD_KINDS = {kind.name: kind.api_versions for kind in KINDS if kind.kept == "workloads"}
"""Kubernetes' own kinds with a pod template, and the apiVersions under which each is read."""

WIDE_RBAC_KINDS = frozenset({"ClusterRole", "ClusterRoleBinding"})
"""The kinds that decide access to cluster-scoped resources."""
RBAC_KINDS = WIDE_RBAC_KINDS | {"Role", "RoleBinding"}
"""The kinds that decide access."""
ADMISSION_KINDS = RBAC_KINDS | {"PodSecurityPolicy", "ServiceAccount"}
"""The kinds that decide which policy admits a pod."""
CONSTRAINT_KINDS = RBAC_KINDS | {"Namespace", "SecurityContextConstraints", "ServiceAccount"}
"""The kinds that decide which security context constraints admit a pod."""
POD_SECURITY_KINDS = frozenset({"Namespace", "Pod"})
"""The kinds that decide Pod Security: the labels, and the pods on which a change of labels is tried."""
