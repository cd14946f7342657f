"""The pods that run, and what somebody has who is in one of them."""

from collections.abc import Iterator

from tests.paths.restated.objects import (
    JSON,
    TOKEN_OF,
    WORKLOADS,
    Place,
    RawCluster,
    account_name,
    name_of,
    namespace_of,
    spec_of,
)
from tests.paths.restated.templates import PODS, PodTemplate

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def running(cluster: RawCluster) -> list[JSON]:
    """The workloads, which stand for their pods, and the pods of no loaded workload."""
    loaded = {(each["kind"], namespace_of(each), name_of(each)) for each in cluster.of(*WORKLOADS)}
    return cluster.of(*WORKLOADS) + [
        pod
        for pod in cluster.of("Pod")
        if not any((owner["kind"], namespace_of(pod), owner["name"]) in loaded for owner in owners(pod))
    ]


def owners(pod: JSON) -> list[JSON]:
    """The owners of a pod."""
    return list(pod["metadata"].get("ownerReferences", ()))


def place_of(pod: JSON) -> Place:
    """The pod as a place."""
    return ("pod", namespace_of(pod), f"{pod['kind']} {name_of(pod)}")


def may_be_named(cluster: RawCluster, pod: JSON, name: str) -> bool:
    """Whether a pod, or one of a workload's pods, has or may have a name."""
    if pod["kind"] == "Pod":
        return name == name_of(pod)
    return name.startswith(f"{name_of(pod)}-") or any(
        name == name_of(other)
        and namespace_of(other) == namespace_of(pod)
        and any((owner["kind"], owner["name"]) == (pod["kind"], name_of(pod)) for owner in owners(other))
        for other in cluster.of("Pod")
    )


def account_of(pod: JSON) -> Place:
    """The service account of a pod."""
    return ("ServiceAccount", namespace_of(pod), account_name(pod))


def tokens(cluster: RawCluster, pod: JSON) -> Iterator[Place]:
    """The service accounts whose tokens a pod holds: its own unless that is disabled, and of its secrets."""
    _, namespace, name = own = account_of(pod)
    mounted = spec_of(pod).get("automountServiceAccountToken")
    if mounted is None:
        mounted = all(
            each.get("automountServiceAccountToken", True)
            for each in cluster.of("ServiceAccount")
            if (namespace_of(each), name_of(each)) == (namespace, name)
        )
    exists = may_exist(cluster, namespace, name)
    if mounted and exists:
        yield own
    for volume in spec_of(pod).get("volumes", ()):
        if "secret" in volume:
            yield from token_of(cluster, namespace, volume["secret"]["secretName"])
        if "projected" in volume and exists:
            yield own


def may_exist(cluster: RawCluster, namespace: str, name: str) -> bool:
    """Whether an account was loaded, or none of its namespace, so that it is not known to be missing."""
    here = [name_of(each) for each in cluster.of("ServiceAccount") if namespace_of(each) == namespace]
    return not here or name in here


def token_of(cluster: RawCluster, namespace: str, secret: str) -> Iterator[Place]:
    """The service accounts whose token a secret holds: those that list it, and the one that it names."""
    here = [each for each in cluster.of("ServiceAccount") if namespace_of(each) == namespace]
    for account in here:
        if {"name": secret} in account.get("secrets", ()):
            yield ("ServiceAccount", namespace, name_of(account))
    for each in cluster.of("Secret"):
        if (namespace_of(each), name_of(each)) == (namespace, secret):
            named = each["metadata"]["annotations"][TOKEN_OF]
            if not here or named in map(name_of, here):  # the controller deletes that of a missing account
                yield ("ServiceAccount", namespace, named)


def may_redirect(cluster: RawCluster, namespace: str, secret: str) -> bool:
    """Whether a secret holds a token and does not say that it is immutable."""
    return any(token_of(cluster, namespace, secret)) and not any(
        each.get("immutable") and (namespace_of(each), name_of(each)) == (namespace, secret)
        for each in cluster.of("Secret")
    )


def what_it_has(cluster: RawCluster, pod: JSON) -> Iterator[Place]:
    """What somebody in a pod reaches: its tokens, its node, and the keys of the cluster."""
    yield from tokens(cluster, pod)
    template, on_control_plane = template_of(pod), runs_on_control_plane(cluster, pod)
    if template.takes_node:
        yield ("node", "", "")
    if template.takes_node and on_control_plane:
        yield ("control-plane", "", "")
    if (template.keys and on_control_plane) or (template.own_keys and not cluster.of("Node")):
        yield ("cluster-admin", "", "")


def template_of(pod: JSON) -> PodTemplate:
    """The template from which a pod was made."""
    return PODS[pod["metadata"]["labels"]["template"]]


def control_plane(cluster: RawCluster) -> set[str]:
    """The nodes that run the control plane."""
    return {name_of(node) for node in cluster.of("Node") if CONTROL_PLANE in node["metadata"]["labels"]}


def nodes_of(cluster: RawCluster, pod: JSON) -> set[str]:
    """The nodes that a pod names, or the pods of a workload; none if that is unknown."""
    its_pods = [
        other
        for other in cluster.of("Pod")
        if namespace_of(other) == namespace_of(pod)
        and any((owner["kind"], owner["name"]) == (pod["kind"], name_of(pod)) for owner in owners(other))
    ]
    return {spec_of(each)["nodeName"] for each in (pod, *its_pods) if "nodeName" in spec_of(each)}


def runs_on_control_plane(cluster: RawCluster, pod: JSON) -> bool:
    """Whether a pod, or a pod of a workload, runs on such a node or may be scheduled there."""
    nodes, spec = control_plane(cluster), spec_of(pod)
    selected = CONTROL_PLANE in spec.get("nodeSelector", {})
    tolerated = pod["kind"] == "DaemonSet" and not spec.get("nodeSelector") and bool(spec.get("tolerations"))
    return bool(nodes & nodes_of(cluster, pod)) or (bool(nodes) and (selected or tolerated))
