"""Which kinds of pods a namespace admits: the Pod Security level first, then policies or constraints.

The kinds: `plain` pods without a token, pods with a `token`, those that are root and have a claim or an
ephemeral volume (`root with claim`, `root with ephemeral`), those that take over their node (`takes node`),
and ephemeral containers that do (`container takes node`).
"""

from collections.abc import Callable, Iterator

from tests.paths.restated.objects import AUTHENTICATED, JSON, RawCluster, name_of
from tests.paths.restated.powers import Holder
from tests.paths.restated.templates import CONSTRAINTS, POLICIES

LEVEL = "pod-security.kubernetes.io/enforce"
RUN_LEVEL = "openshift.io/run-level"
DISABLED = "security.openshift.io/disable-securitycontextconstraints"
OPENSHIFT = "security.openshift.io"
NEVER_JUDGED = {"default", "kube-system", "kube-public", "openshift-node", "openshift-infra", "openshift"}
CONTROLLERS = {
    ("cronjobs", "batch"): "job-controller",
    ("jobs", "batch"): "job-controller",
    ("daemonsets", "apps"): "daemon-set-controller",
    ("deployments", "apps"): "replicaset-controller",
    ("replicasets", "apps"): "replicaset-controller",
    ("replicationcontrollers", ""): "replication-controller",
    ("statefulsets", "apps"): "statefulset-controller",
}
"""Who requests the pods of workloads, in kube-system."""
KINDS = {
    "cronjobs": "CronJob",
    "jobs": "Job",
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "replicationcontrollers": "ReplicationController",
    "statefulsets": "StatefulSet",
}


def level(cluster: RawCluster, namespace: str) -> str:
    """The enforced level: since 1.23 that of the label, which is privileged without one."""
    labels = _labels(cluster, namespace)
    return labels.get(LEVEL, "privileged") if cluster.version >= (1, 23) else "privileged"


def _labels(cluster: RawCluster, namespace: str) -> dict[str, str]:
    named = (each for each in cluster.of("Namespace") if name_of(each) == namespace)
    return next((each["metadata"].get("labels", {}) for each in named), {})


def constraints_decide(cluster: RawCluster) -> bool:
    """Whether OpenShift's security context constraints are checked: if there are any."""
    return bool(cluster.of("SecurityContextConstraints"))


def policies_decide(cluster: RawCluster) -> bool:
    """Whether PodSecurityPolicies are checked: until 1.24, if there are any, and not on OpenShift."""
    served = cluster.version < (1, 25) and not constraints_decide(cluster)
    return served and bool(cluster.of("PodSecurityPolicy"))


def judged(cluster: RawCluster, namespace: str) -> bool:
    """Whether constraints are checked in a namespace: it is no system namespace, and no label exempts it."""
    labels = _labels(cluster, namespace)
    exempt = labels.get(RUN_LEVEL) in {"0", "1"} or labels.get(DISABLED) == "true"
    return constraints_decide(cluster) and namespace not in NEVER_JUDGED and not exempt


def may_use_constraints(asker: Holder, constraints: JSON, namespace: str) -> bool:
    """Whether somebody may use constraints: they list the user or a group, or a rule allows it."""
    return (
        asker.user in constraints.get("users", ())
        or not asker.groups.isdisjoint(constraints.get("groups", ()))
        or asker.may("use", "securitycontextconstraints", OPENSHIFT, namespace, name_of(constraints))
    )


def may_use(asker: Holder, policy: str, namespace: str) -> bool:
    """Whether somebody may use a policy for the pods of a namespace; it is asked for in two groups."""
    return any(
        asker.may("use", "podsecuritypolicies", group, namespace, policy)
        for group in ("policy", "extensions")
    )


def admitted(cluster: RawCluster, kind: str, asker: Holder, namespace: str) -> bool:
    """Whether a kind of pod is admitted that somebody requests or that runs as somebody.

    No policy checks an ephemeral container.
    """
    enforced = level(cluster, namespace)
    if (kind.endswith("takes node") and enforced != "privileged") or (
        kind.startswith("root with") and enforced == "restricted"
    ):
        return False
    if judged(cluster, namespace):
        return any(
            may_use_constraints(asker, each, namespace) and kind in CONSTRAINTS[name_of(each)].admits
            for each in cluster.of("SecurityContextConstraints")
        )
    return (
        kind == "container takes node"
        or not policies_decide(cluster)
        or any(
            may_use(asker, name_of(policy), namespace) and kind in POLICIES[name_of(policy)].admits
            for policy in cluster.of("PodSecurityPolicy")
        )
    )


class PodAccount(Holder):
    """The service account of a pod as policies see it: without the group of all authenticated users."""

    def __init__(self, cluster: RawCluster, namespace: str, name: str) -> None:
        super().__init__(cluster, ("ServiceAccount", namespace, name))
        self.groups -= {AUTHENTICATED}
        self.held = list(cluster.held(self.user, self.groups))


def accounts(cluster: RawCluster, namespace: str) -> Iterator[Holder]:
    """The service accounts of a namespace, as policies see them."""
    for home, name in cluster.existing:
        if home == namespace:
            yield cluster.once(PodAccount, home, name)


def makers(
    author: Holder, namespace: str, is_permitted: Callable[[str, str], bool] = lambda *_: True
) -> Iterator[Holder]:
    """Those who request the pods that somebody makes in a namespace: the author itself, and controllers.

    Only by kinds that are permitted.
    """
    cluster = author.cluster
    if author.may_create("pods", "", namespace) and is_permitted("", "Pod"):
        yield author
    for (resource, group), controller in CONTROLLERS.items():
        groups = (group, "extensions") if _was_an_extension(cluster, resource) else (group,)
        if any(
            author.may_create_or_some("create update patch", resource, each, namespace)
            and is_permitted(each, KINDS[resource])
            for each in groups
        ):
            yield cluster.once(Holder, ("ServiceAccount", "kube-system", controller))


def _was_an_extension(cluster: RawCluster, resource: str) -> bool:
    return cluster.version < (1, 16) and resource in {"daemonsets", "deployments", "replicasets"}
