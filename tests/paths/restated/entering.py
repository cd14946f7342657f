"""Techniques that enter running pods, and what follows from being in a pod or on a node."""

from collections.abc import Iterator

from tests.paths.restated.admission import constraints_decide, makers, policies_decide
from tests.paths.restated.making import chosen_node, makes
from tests.paths.restated.objects import Place, RawCluster, name_of, namespace_of
from tests.paths.restated.pods import may_be_named, nodes_of, place_of, running, runs_on_control_plane
from tests.paths.restated.powers import Holder

ADMISSION = "admissionregistration.k8s.io"
WRITE = "create update patch"


def pods_in(cluster: RawCluster, namespace: str) -> Iterator[Place]:
    """The pods of a namespace; without any loaded pod, whatever may run there as one of its accounts."""
    if running(cluster):
        yield from (place_of(pod) for pod in running(cluster) if namespace_of(pod) == namespace)
    else:
        yield ("pods", namespace, "")


def _entered(holder: Holder, verbs: str, resource: str) -> Iterator[Place]:
    """The pods on which it may use one of some verbs; where no pods were loaded, names do not matter."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        names = holder.names(verbs, resource, "", namespace)
        if holder.may(verbs, resource, "", namespace) or (names and not running(cluster)):
            yield from pods_in(cluster, namespace)
        for pod in running(cluster):
            if namespace_of(pod) == namespace and any(may_be_named(cluster, pod, name) for name in names):
                yield place_of(pod)


def exec_in(holder: Holder) -> Iterator[Place]:
    """Create on pods/exec or pods/attach; before 1.35 get is enough as well."""
    for resource in ("pods/exec", "pods/attach"):
        yield from _entered(holder, "create get" if holder.cluster.version < (1, 35) else "create", resource)


def ephemeral_container(holder: Holder) -> Iterator[Place]:
    """Update or patch on pods/ephemeralcontainers, from 1.23 on."""
    if holder.cluster.version >= (1, 23):
        yield from _entered(holder, "update patch", "pods/ephemeralcontainers")


def ephemeral_root(holder: Holder) -> Iterator[Place]:
    """The same in a namespace with the privileged level, where constraints admit such a container, if any."""
    cluster, verbs, resource = holder.cluster, "update patch", "pods/ephemeralcontainers"
    entered = set(_entered(holder, verbs, resource))
    for namespace in cluster.namespaces if cluster.version >= (1, 23) else ():
        here = {place for place in entered if place[1] == namespace}
        if not here and not holder.may(verbs, resource, "", namespace):
            continue
        if makes(cluster, "container takes node", namespace, [holder]):
            yield ("node", "", "")
            if holder.place[0] == "everything":  # which also makes a pod there, for the container to join
                yield from chosen_node(cluster)
            if any(place_of(pod) in here and runs_on_control_plane(cluster, pod) for pod in running(cluster)):
                yield ("control-plane", "", "")


def join_own_pod(holder: Holder) -> Iterator[Place]:
    """The same in a pod that it makes on a node that it chooses, where policies or constraints admit both.

    With names, it must create a pod of one of these names itself.
    """
    cluster, verbs, resource = holder.cluster, "update patch", "pods/ephemeralcontainers"
    asked = policies_decide(cluster) or constraints_decide(cluster)
    for namespace in cluster.namespaces if cluster.version >= (1, 23) and asked else ():
        askers = list(makers(holder, namespace)) if holder.may(verbs, resource, "", namespace) else []
        for name in holder.names(verbs, resource, "", namespace):
            by_name = all(holder.may(verb, "pods", "", namespace, name) for verb in ("create", "patch"))
            if by_name or holder.may("create", "pods", "", namespace):
                askers.append(holder)
        container = makes(cluster, "container takes node", namespace, [holder])
        if container and makes(cluster, "plain", namespace, askers):
            yield from chosen_node(cluster)


def replace_image(holder: Holder) -> Iterator[Place]:
    """Update or patch on pods."""
    yield from _entered(holder, "update patch", "pods")


def kubelet(holder: Holder) -> Iterator[Place]:
    """Get or create on nodes/proxy, granted by a ClusterRoleBinding: every pod of a node.

    Pods whose node is unknown may run on any node; where no pods were loaded, names do not matter.
    """
    cluster, names = holder.cluster, holder.names("get create", "nodes/proxy")
    every = holder.may("get create", "nodes/proxy")
    if every or (names and not running(cluster)):
        for namespace in cluster.namespaces:
            yield from pods_in(cluster, namespace)
    loaded = set(map(name_of, cluster.of("Node")))
    for pod in running(cluster):
        if (names & loaded if loaded else names) & (nodes_of(cluster, pod) or names):
            yield place_of(pod)


def mutating_webhook(holder: Holder) -> Iterator[Place]:
    """Writing mutatingwebhookconfigurations: changes pods as they are created, and sees secrets."""
    if holder.may_create_or_some(WRITE, "mutatingwebhookconfigurations", ADMISSION):
        for namespace in holder.cluster.namespaces:
            yield ("secrets", namespace, "")
            yield from pods_in(holder.cluster, namespace)


def validating_webhook(holder: Holder) -> Iterator[Place]:
    """Writing validatingwebhookconfigurations: sees secrets as they are written."""
    if holder.may_create_or_some(WRITE, "validatingwebhookconfigurations", ADMISSION):
        yield from (("secrets", namespace, "") for namespace in holder.cluster.namespaces)
