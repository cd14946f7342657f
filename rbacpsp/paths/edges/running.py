"""Running pods: exec and attach enter them, an ephemeral container joins them, patch replaces their image.

A shell in a pod gives access to the token of its service account. The accounts of loaded pods and workloads
count, except PodTemplates, which do not run by themselves; if none were loaded, all accounts of the namespace
count. PodSecurityPolicy does not check ephemeral containers, so one takes over the node wherever the Pod
Security level is privileged. OpenShift's security context constraints check it for its author and for the
service account of the pod. The kubelet's API (nodes/proxy) gives access to every pod of every node, or of the
nodes that resourceNames list: a kubelet asks about its own name (pkg/kubelet/server/auth.go, 1.24).
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.control_plane import (
    nodes_of,
    pods_on_control_plane,
    pods_on_node,
    runs_on_control_plane,
)
from rbacpsp.audit.escapes import escape
from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.pod_specs import LoadedPod, pods_named, running_pods, tokens
from rbacpsp.audit.references import ADMIN_COMMAND, ESCAPE, NODES_PROXY, POLICIES, STEAL_TOKEN
from rbacpsp.audit.rules.workloads import EPHEMERAL_CONTAINERS_BEGIN, entering
from rbacpsp.audit.view import View
from rbacpsp.model import Subject
from rbacpsp.model.subjects import member_of
from rbacpsp.paths.edges.pods import by_anybody
from rbacpsp.paths.place import CLUSTER_ADMIN, CONTROL_PLANE, NODE, Place
from rbacpsp.paths.technique import (
    ClusterFacts,
    GrantedPermission,
    Link,
    ReachedPlace,
    Technique,
    names_of,
)
from rbacpsp.rbac.match import ALL


def _pods(facts: ClusterFacts, held: GrantedPermission, *, changed: bool = False) -> Iterable[ReachedPlace]:
    """The pods that the permission covers; static pods do not change."""
    names = held.match.names
    if not names or not running_pods(facts.view):
        return (ReachedPlace(Place("pods", held.scope)),)
    return [
        ReachedPlace(_place(pod))
        for name in names
        for pod in pods_named(facts.view, name)
        if held.scope in {"", pod.namespace} and not (changed and pod.is_static)
    ]


def _place(pod: LoadedPod) -> Place:
    return Place("pod", pod.namespace, pod.title)


def _named_places(view: View) -> frozenset[Place]:
    """The places of the pods that rules of roles name, or whose nodes they name."""
    return frozenset(
        _place(pod)
        for resource, pods in (("pods", pods_named), ("nodes", pods_on_node))
        for name in {
            name
            for _, _, rule in view.named_rules
            if any(word.partition("/")[0] in {resource, ALL} for word in rule.resources)
            for name in rule.resource_names
        }
        for pod in pods(view, name)
    )


def _changed(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    """The pods whose containers change with their objects."""
    return _pods(facts, held, changed=True)


def _join(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    return _changed(facts, held) if _has_ephemeral_containers(facts) else ()


def _join_node(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    asker = member_of(held.subject or Subject())
    places = {step.place for step in _join(facts, held)}
    wanted = {NODE, CONTROL_PLANE} if facts.view.lasting(pods_on_control_plane) else {NODE}
    for namespace in facts.reached(held.scope) if places else ():
        if not any(place.namespace in {"", namespace} for place in places):
            continue
        on_control_plane = _on_control_plane_in(facts, held, namespace)
        if NODE not in wanted and not on_control_plane:
            continue
        by = by_anybody(facts, "container-takes-node", asker, namespace)
        if by is None:
            continue
        admitted = f", admitted {by}" if facts.admits.by_constraints else ""
        if NODE in wanted:
            yield ReachedPlace(NODE, f"a privileged container in a pod of namespace {namespace}{admitted}")
        if on_control_plane:
            pod, node = on_control_plane
            yield ReachedPlace(
                CONTROL_PLANE,
                f"a privileged container in {pod.title} of namespace {namespace}, on node {node}{admitted}",
            )
        wanted -= {NODE, CONTROL_PLANE} if on_control_plane else {NODE}
        if not wanted:
            return


def _on_control_plane_in(
    facts: ClusterFacts, held: GrantedPermission, namespace: str
) -> tuple[LoadedPod, str] | None:
    """The first pod of a namespace on the control plane that can get a container, with its node."""
    names = held.match.names
    named = {id(pod) for name in names for pod in pods_named(facts.view, name)}
    return next(
        (
            (pod, node)
            for pod, node in facts.view.lasting(pods_on_control_plane).get(namespace, ())
            if not pod.is_static and (not names or id(pod) in named)
        ),
        None,
    )


def _by_joiner(facts: ClusterFacts) -> bool:
    return facts.admits.by_constraints


def _has_ephemeral_containers(facts: ClusterFacts) -> bool:
    return facts.version >= EPHEMERAL_CONTAINERS_BEGIN


def _on_nodes(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    """The pods of every node, or of those that the permission names."""
    view = facts.view
    if not held.match.names or not running_pods(view):
        return (ReachedPlace(Place("pods")),)
    return [
        ReachedPlace(_place(pod), f"it {'runs' if nodes_of(view, pod) else 'may run'} on node {name}")
        for name in held.match.names
        if ("Node", "", name) in view.objects.surroundings or not view.lasting(_nodes_are_known)
        for pod in pods_on_node(view, name)
    ]


def _in_pod(facts: ClusterFacts) -> Iterator[Link]:
    known = running_pods(facts.view)
    by_name = facts.view.memo(_named_places)
    for pod in known:
        had = facts.view.lasting_of(_had_by, pod)
        yield Place("pods", pod.namespace), had
        if _place(pod) in by_name:
            yield _place(pod), had
    is_bootstrap_account = facts.view.bootstrap.account  # those of controllers that run outside of pods
    for namespace, accounts in facts.account_places.items() if not known else ():
        reached = [
            ReachedPlace(account, "no pods were loaded")
            for account in accounts
            if not is_bootstrap_account(namespace, account.name)
        ]
        yield Place("pods", namespace), reached


def _had_by(view: View, pod: LoadedPod) -> tuple[ReachedPlace, ...]:
    """What a shell in a pod reaches."""
    reached = [
        ReachedPlace(Place("ServiceAccount", pod.namespace, token.account), f"{pod.title} {token.how}")
        for token in tokens(view, pod)
    ]
    out = escape(view, pod)
    node = runs_on_control_plane(view, pod)
    if out.takes:
        reached.append(ReachedPlace(NODE, f"{pod.title} has {', '.join(out.takes)}"))
    if out.takes and node:
        reached.append(ReachedPlace(CONTROL_PLANE, f"{pod.title} has {', '.join(out.takes)} on node {node}"))
    keys = out.keys if node else () if view.lasting(_nodes_are_known) else out.own_keys
    if keys:
        reached.append(
            ReachedPlace(CLUSTER_ADMIN, f"{pod.title} has the keys of the cluster: {', '.join(keys)}")
        )
    return tuple(reached)


def _nodes_are_known(view: View) -> bool:
    return any(surrounding.kind == "Node" for surrounding in view.objects.surroundings.values())


def _on_control_plane(_: ClusterFacts) -> Iterable[Link]:
    yield CONTROL_PLANE, [ReachedPlace(CLUSTER_ADMIN, "the keys of the cluster are in /etc/kubernetes")]


def _on_node(_: ClusterFacts) -> Iterable[Link]:
    return ((NODE, [ReachedPlace(Place("pods"), "root on a node reads the tokens of the pods there")]),)


TECHNIQUES = (
    Technique(
        name="exec",
        title="runs commands in a pod",
        condition="create on pods/exec or pods/attach; before 1.35, get is enough as well. If pods were "
        "loaded, resourceNames limit it to the pods with these names.",
        references=(ADMIN_COMMAND,),
        permissions=(*entering("exec"), *entering("attach")),
        targets=_pods,
        alike=names_of,
    ),
    Technique(
        name="ephemeral-container",
        title="adds an ephemeral container to a pod",
        condition="update or patch on pods/ephemeralcontainers, from 1.23 on. If pods were loaded, "
        "resourceNames limit it to the pods with these names, but static pods get no such container.",
        references=(ADMIN_COMMAND, POLICIES),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        targets=_join,
        alike=names_of,
    ),
    Technique(
        name="ephemeral-root",
        title="takes over a node by a privileged ephemeral container",
        condition="update or patch on pods/ephemeralcontainers, from 1.23 on, in a namespace with the "
        "privileged Pod Security level. On OpenShift, security context constraints that may be used must "
        "admit the container. It is a node of the control plane if a pod of the namespace runs there that "
        "is not static.",
        references=(ESCAPE, POLICIES),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        targets=_join_node,
        per_subject=_by_joiner,
        alike=names_of,
    ),
    Technique(
        name="replace-image",
        title="replaces the image of a pod",
        condition="update or patch on pods. If pods were loaded, resourceNames limit it to the pods with "
        "these names; static pods do not change.",
        references=(ADMIN_COMMAND,),
        permissions=(Permission(CHANGE, "pods"),),
        targets=_changed,
        alike=names_of,
    ),
    Technique(
        name="kubelet",
        title="runs commands in pods through the kubelet",
        condition="get or create on nodes/proxy, granted by a ClusterRoleBinding. If pods were loaded, "
        "resourceNames limit it to the pods that run, or may run, on the nodes with these names.",
        references=(NODES_PROXY, ADMIN_COMMAND),
        permissions=(Permission(("get", "create"), "nodes/proxy", namespaced=False),),
        targets=_on_nodes,
        alike=names_of,
    ),
    Technique(
        name="in-pod",
        title="uses what the pod has",
        condition="A pod mounts the token of its service account, can take over its node, or has the folder "
        "with the keys of the cluster. Workloads count as their pods, PodTemplates do not.",
        references=(STEAL_TOKEN, ESCAPE),
        links=_in_pod,
    ),
    Technique(
        name="on-control-plane",
        title="takes the keys of the cluster",
        condition="Root on a node with the label of the control plane. A taint does not keep pods away, "
        "since the author of a pod sets both its nodeName and its tolerations.",
        references=(ESCAPE, STEAL_TOKEN),
        links=_on_control_plane,
    ),
    Technique(
        name="on-node",
        title="reads the tokens on the node",
        condition="Root on a node. rbacpsp assumes that every pod may run on that node.",
        references=(STEAL_TOKEN,),
        links=_on_node,
    ),
)
