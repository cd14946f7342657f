"""Nodes that run the control plane, and which pods run on them.

They are told by their label. Their taint protects nothing: a pod that names its node is not scheduled, and a
toleration is its author's choice.
"""

from collections.abc import Iterator

from rbacpsp.audit.pod_specs import JSON, PodIn, part, parts
from rbacpsp.audit.view import View

ROLES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
"""The labels of such a node, whatever their value."""


def control_plane_nodes(view: View) -> frozenset[str]:
    """The names of the loaded nodes that run the control plane."""
    return frozenset(
        node.name
        for node in view.objects.surroundings.values()
        if node.kind == "Node" and not node.metadata.labels.keys().isdisjoint(ROLES)
    )


def runs_on_control_plane(view: View, pod: PodIn) -> str:
    """A loaded node of the control plane on which a pod runs, or may be scheduled; empty where there is none.

    A pod runs on the node that it names, one of a workload where its pods were loaded; a template runs there
    by its nodeSelector, and that of a DaemonSet by its toleration.
    """
    nodes: frozenset[str] = view.memo(control_plane_nodes)
    if not nodes:
        return ""
    key = (pod.manifest.kind, pod.namespace, pod.manifest.name)
    running: set[str] = {
        str(pod.spec.get("nodeName") or ""),
        *view.memo(_nodes_by_maker).get(key, ()),
    } & nodes
    if running:
        return min(running)
    selector = part(pod.spec, "nodeSelector")
    by_selector = any(role in selector for role in ROLES)
    everywhere = pod.manifest.kind == "DaemonSet" and not selector
    by_toleration = everywhere and any(map(_tolerates, parts(pod.spec, "tolerations")))
    return min(nodes) if by_selector or by_toleration else ""


def _tolerates(toleration: JSON) -> bool:
    key, effect = toleration.get("key"), toleration.get("effect")
    every = not key and toleration.get("operator") == "Exists"
    return (every or key in ROLES) and effect in {None, "", "NoSchedule"}


def _nodes_by_maker(view: View) -> dict[tuple[str, str, str], set[str]]:
    """The nodes on which the pods of each workload were seen."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for pod in view.objects.pods.values():
        node = part(pod.body, "spec").get("nodeName")
        for kind, name in _makers(view, pod.namespace, pod.metadata.owner_references) if node else ():
            found.setdefault((kind, pod.namespace, name), set()).add(str(node))
    return found


def _makers(view: View, namespace: str, owners: tuple[object, ...]) -> Iterator[tuple[str, str]]:
    for owner in owners:
        kind, name = str(getattr(owner, "kind", "")), str(getattr(owner, "name", ""))
        yield kind, name
        above = view.objects.workloads.get((kind, namespace, name))
        if above is not None:
            yield from ((each.kind, each.name) for each in above.metadata.owner_references)
        elif kind == "ReplicaSet" and "-" in name:
            yield "Deployment", name.rpartition("-")[0]
