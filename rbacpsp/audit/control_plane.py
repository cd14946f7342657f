"""Nodes that run the control plane, and which pods run on them.

A label identifies these nodes. Their taint does not protect them: a pod that sets nodeName bypasses the
scheduler, and any author of a pod can add a toleration.
"""

from collections.abc import Iterator

from rbacpsp.audit.pod_specs import JSON, LoadedPod, part, parts, running_pods
from rbacpsp.audit.view import View

ROLES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""The labels of nodes that run the control plane; their values do not matter."""


def control_plane_nodes(view: View) -> frozenset[str]:
    """The names of the loaded nodes that run the control plane."""
    return frozenset(
        node.name
        for node in view.objects.surroundings.values()
        if node.kind == "Node" and not node.metadata.labels.keys().isdisjoint(ROLES)
    )


def runs_on_control_plane(view: View, pod: LoadedPod) -> str:
    """A loaded node of the control plane on which a pod runs or may be scheduled; empty if no node qualifies.

    A pod runs on the node that it names, and a workload where its loaded pods run. A template may be
    scheduled there if its nodeSelector selects such nodes, or if it belongs to a DaemonSet and tolerates
    their taint.
    """
    nodes: frozenset[str] = view.lasting(control_plane_nodes)
    if not nodes:
        return ""
    running = nodes_of(view, pod) & nodes
    if running:
        return min(running)
    selector = part(pod.spec, "nodeSelector")
    by_selector = any(role in selector for role in ROLES)
    everywhere = pod.manifest.kind == "DaemonSet" and not selector
    by_toleration = everywhere and any(map(_tolerates, parts(pod.spec, "tolerations")))
    return min(nodes) if by_selector or by_toleration else ""


def nodes_of(view: View, pod: LoadedPod) -> set[str]:
    """The nodes that a pod names, or on which the loaded pods of a workload run; empty if that is unknown."""
    key = (pod.manifest.kind, pod.namespace, pod.manifest.name)
    own = pod.spec.get("nodeName")
    return {*({str(own)} if own else ()), *view.lasting(_nodes_by_owner).get(key, ())}


def pods_on_node(view: View, name: str) -> tuple[LoadedPod, ...]:
    """The pods that run on a node, and those that may, since their nodes are unknown."""
    by_node: dict[str, list[LoadedPod]] = view.lasting(_pods_by_node)
    return (*by_node.get(name, ()), *by_node.get("", ()))


def _pods_by_node(view: View) -> dict[str, list[LoadedPod]]:
    """The pods on each node; under the empty name those whose nodes are unknown."""
    by_node: dict[str, list[LoadedPod]] = {}
    for pod in running_pods(view):
        for node in nodes_of(view, pod) or {""}:
            by_node.setdefault(node, []).append(pod)
    return by_node


def pods_on_control_plane(view: View) -> dict[str, list[tuple[LoadedPod, str]]]:
    """The pods of each namespace that run, or may be scheduled, on the control plane, each with a node."""
    by_namespace: dict[str, list[tuple[LoadedPod, str]]] = {}
    for pod in running_pods(view):
        node = runs_on_control_plane(view, pod)
        if node:
            by_namespace.setdefault(pod.namespace, []).append((pod, node))
    return by_namespace


def _tolerates(toleration: JSON) -> bool:
    key, effect = toleration.get("key"), toleration.get("effect")
    every = not key and toleration.get("operator") == "Exists"
    return (every or key in ROLES) and effect in {None, "", "NoSchedule"}


def _nodes_by_owner(view: View) -> dict[tuple[str, str, str], set[str]]:
    """The nodes on which the loaded pods of each workload run."""
    nodes: dict[tuple[str, str, str], set[str]] = {}
    for pod in view.objects.pods.values():
        node = part(pod.body, "spec").get("nodeName")
        for kind, name in _owners(view, pod.namespace, pod.metadata.owner_references) if node else ():
            nodes.setdefault((kind, pod.namespace, name), set()).add(str(node))
    return nodes


def _owners(view: View, namespace: str, owners: tuple[object, ...]) -> Iterator[tuple[str, str]]:
    for owner in owners:
        kind, name = str(getattr(owner, "kind", "")), str(getattr(owner, "name", ""))
        yield kind, name
        above = view.objects.workloads.get((kind, namespace, name))
        if above is not None:
            yield from (
                (owner_of_owner.kind, owner_of_owner.name)
                for owner_of_owner in above.metadata.owner_references
            )
        elif kind == "ReplicaSet" and "-" in name:
            yield "Deployment", name.rpartition("-")[0]
