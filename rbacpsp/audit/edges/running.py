"""Running pods: exec and attach enter them, an ephemeral container joins them, patch replaces their image.

Whoever is in a pod holds the token of its service account; where pods or workloads were loaded those count
that run, else all accounts of the namespace. An ephemeral container passes PodSecurityPolicy unseen, so that
it takes the node wherever the Pod Security level is privileged. The kubelet's API (nodes/proxy) enters every
pod of every node.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.place import NODE, Place
from rbacpsp.audit.pod_specs import account_of, is_mounted, manifests, out_of_pod, spec_of
from rbacpsp.audit.references import ADMIN_COMMAND, ESCAPE, NODES_PROXY, POLICIES, STEAL_TOKEN
from rbacpsp.audit.rules.workloads import EPHEMERAL_CONTAINERS_BEGIN, entering
from rbacpsp.audit.technique import Held, Site, Step, Technique


def _pods(_: Site, held: Held) -> Iterable[Step]:
    return (Step(Place("pods", held.scope)),)


def _join(site: Site, held: Held) -> Iterable[Step]:
    return _pods(site, held) if _has_ephemeral_containers(site) else ()


def _join_node(site: Site, held: Held) -> Iterator[Step]:
    for namespace in site.reached(held.scope) if _has_ephemeral_containers(site) else ():
        if site.admits.level_allows(namespace):
            yield Step(NODE, f"a privileged container in a pod of namespace {namespace}")
            return


def _has_ephemeral_containers(site: Site) -> bool:
    return site.version is None or site.version >= EPHEMERAL_CONTAINERS_BEGIN


def _all_pods(_: Site, __: Held) -> Iterable[Step]:
    return (Step(Place("pods")),)


def _in_pod(site: Site) -> Iterator[tuple[Place, Step]]:
    known = list(manifests(site.view))
    for manifest in known:
        namespace = manifest.namespace or "default"
        pods = Place("pods", namespace)
        spec = spec_of(manifest)
        name = account_of(spec)
        if is_mounted(site.view, spec, namespace, name):
            account = Place("ServiceAccount", namespace, name)
            yield pods, Step(account, f"{manifest.kind} {manifest.name} mounts its token")
        dangers = out_of_pod(spec)
        if dangers:
            yield pods, Step(NODE, f"{manifest.kind} {manifest.name} has {', '.join(dangers)}")
    if not known:
        for namespace in site.accounts:
            yield Place("pods", namespace), Step(Place("accounts", namespace), "no pods were loaded")


def _on_node(_: Site) -> Iterable[tuple[Place, Step]]:
    return ((NODE, Step(Place("pods"), "root on a node reads the tokens of the pods there")),)


TECHNIQUES = (
    Technique(
        name="exec",
        title="runs commands in a pod",
        condition="create on pods/exec or pods/attach; before 1.35 get as well.",
        references=(ADMIN_COMMAND,),
        permissions=(*entering("exec"), *entering("attach")),
        targets=_pods,
    ),
    Technique(
        name="ephemeral-container",
        title="joins a pod by an ephemeral container",
        condition="update or patch on pods/ephemeralcontainers, from 1.23 on.",
        references=(ADMIN_COMMAND, POLICIES),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        targets=_join,
    ),
    Technique(
        name="ephemeral-root",
        title="takes over a node by a privileged ephemeral container",
        condition="update or patch on pods/ephemeralcontainers in a namespace of the privileged level, from "
        "1.23 on.",
        references=(ESCAPE, POLICIES),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        targets=_join_node,
    ),
    Technique(
        name="replace-image",
        title="replaces the image of a pod",
        condition="update or patch on pods.",
        references=(ADMIN_COMMAND,),
        permissions=(Permission(CHANGE, "pods"),),
        targets=_pods,
    ),
    Technique(
        name="kubelet",
        title="runs commands in pods through the kubelet",
        condition="get or create on nodes/proxy, by a ClusterRoleBinding.",
        references=(NODES_PROXY, ADMIN_COMMAND),
        permissions=(Permission(("get", "create"), "nodes/proxy", namespaced=False),),
        targets=_all_pods,
    ),
    Technique(
        name="in-pod",
        title="uses what the pod has",
        condition="The pod mounts the token of its service account, or leads out to its node.",
        references=(STEAL_TOKEN, ESCAPE),
        links=_in_pod,
    ),
    Technique(
        name="on-node",
        title="reads the tokens on the node",
        condition="Root on a node; where pods run is not told apart.",
        references=(STEAL_TOKEN,),
        links=_on_node,
    ),
)
