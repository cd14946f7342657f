"""What is read of a live cluster: one entry a kind, with the places where servers of all ages keep it.

Secrets are in no list here, and nothing else asks for them.
"""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from rbacpsp.load.problems import shown
from rbacpsp.model.rbac import GROUP
from rbacpsp.model.version import Version


class Place(NamedTuple):
    """A group and version, and the first and last minor release of Kubernetes 1 that serves the kind there.

    A server must not be asked for what it does not serve: it authorizes first, and says 403 instead of 404.
    """

    version: str
    since: int = 0
    until: int = 999


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind is listed."""

    kind: str
    resource: str
    places: tuple[Place, ...]
    """The newest first."""
    namespaced: bool
    meaning: str
    """What is not known where it cannot be read."""

    def versions(self, server: Version | None) -> tuple[str, ...]:
        """Where a server of this version may keep the kind; all places when its version is unknown."""
        return tuple(
            place.version
            for place in self.places
            if server is None or Version(1, place.since) <= server <= Version(1, place.until)
        )


def path(version: str, resource: str, namespace: str = "", name: str = "") -> str:
    """The path of a list or an object, of one namespace or of the whole cluster.

    Raises:
        ValueError: No namespace can have that name; it would lead elsewhere.
    """
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    within = f"/namespaces/{_segment(namespace)}" if namespace else ""
    return f"{root}{within}/{resource}" + (f"/{_segment(name)}" if name else "")


def _segment(name: str) -> str:
    """A name as a part of a path (apimachinery/pkg/api/validation/path IsValidPathSegmentName, 0.37)."""
    if name in {".", ".."} or "/" in name or "%" in name:
        raise ValueError(
            f'"{shown(name)}" can be no namespace: it may hold neither / nor %, and not be . or ..'
        )
    return quote(name, safe="")


_CORE = (Place("v1"),)
_RBAC = (Place(f"{GROUP}/v1", 8), Place(f"{GROUP}/v1beta1", 6, 21))
_APPS = (Place("apps/v1", 9), Place("apps/v1beta2", 8, 15), Place("extensions/v1beta1", 1, 15))
_GRANTS = "whom they grant a role is unknown"
_RULES = "what bindings to them grant is unknown"
_PODS = "the pods they make are not judged"

SOURCES = (
    Source("ClusterRole", "clusterroles", _RBAC, False, _RULES),
    Source("ClusterRoleBinding", "clusterrolebindings", _RBAC, False, _GRANTS),
    Source("CronJob", "cronjobs", (Place("batch/v1", 21), Place("batch/v1beta1", 8, 24)), True, _PODS),
    Source("DaemonSet", "daemonsets", _APPS, True, _PODS),
    Source("Deployment", "deployments", _APPS, True, _PODS),
    Source("Job", "jobs", (Place("batch/v1", 2),), True, _PODS),
    Source(
        "Namespace", "namespaces", _CORE, False, "their labels, and so their Pod Security levels, are unknown"
    ),
    Source("Pod", "pods", _CORE, True, "those that run are not judged"),
    Source(
        "PodSecurityPolicy",
        "podsecuritypolicies",
        (Place("policy/v1beta1", 10, 24), Place("extensions/v1beta1", 3, 15)),
        False,
        "which policy admits a pod is unknown",
    ),
    Source("PodTemplate", "podtemplates", _CORE, True, _PODS),
    Source("ReplicaSet", "replicasets", _APPS, True, _PODS),
    Source("ReplicationController", "replicationcontrollers", _CORE, True, _PODS),
    Source("Role", "roles", _RBAC, True, _RULES),
    Source("RoleBinding", "rolebindings", _RBAC, True, _GRANTS),
    Source("ServiceAccount", "serviceaccounts", _CORE, True, "which exist, and what they mount, is unknown"),
    Source("StatefulSet", "statefulsets", (*_APPS[:2], Place("apps/v1beta1", 5, 15)), True, _PODS),
)
"""In the order of their kinds."""

WIDE_RBAC_KINDS = frozenset({"ClusterRole", "ClusterRoleBinding"})
"""All that decides what is in no namespace."""
RBAC_KINDS = WIDE_RBAC_KINDS | {"Role", "RoleBinding"}
"""All that decides access."""
ADMISSION_KINDS = RBAC_KINDS | {"PodSecurityPolicy", "ServiceAccount"}
"""All that decides which policy admits a pod."""
POD_SECURITY_KINDS = frozenset({"Namespace", "Pod"})
"""All that decides Pod Security: the labels, and the pods that a change of labels is tried on."""
