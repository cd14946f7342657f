"""Making pods and workloads: a pod runs as any service account for which a usable policy admits it.

Without policies every such pod is admitted. With PodSecurityPolicies the author of a pod, or the pod's
service account, must be able to use one that allows a token volume; for workloads the author is the
controller. A pod takes over its node only where the policy gives the node up and the Pod Security level of
the namespace is privileged.
"""

from collections.abc import Iterator

from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.place import NODE, Place
from rbacpsp.audit.references import (
    CIS_CREATE_PODS,
    DEPLOY_CONTAINER,
    ESCAPE,
    POLICIES,
    PSA,
    WORKLOAD_CREATION,
)
from rbacpsp.audit.technique import Held, Site, Step, Technique
from rbacpsp.catalog.controllers import CONTROLLERS
from rbacpsp.model import Subject, Version

_EXTENSIONS_END = Version(1, 16)
_KINDS = {
    "cronjobs": ("CronJob", "batch"),
    "daemonsets": ("DaemonSet", "apps"),
    "deployments": ("Deployment", "apps"),
    "jobs": ("Job", "batch"),
    "replicasets": ("ReplicaSet", "apps"),
    "replicationcontrollers": ("ReplicationController", ""),
    "statefulsets": ("StatefulSet", "apps"),
}
CREATE_PODS = (Permission(("create",), "pods"),)
WRITE_WORKLOADS = (
    *(Permission(WRITE, resource, group) for resource, (_, group) in _KINDS.items()),
    *(
        Permission(WRITE, resource, "extensions", before=_EXTENSIONS_END)
        for resource in ("daemonsets", "deployments", "replicasets")
    ),
)
MAKE_PODS = (*CREATE_PODS, *WRITE_WORKLOADS)


def _asker(held: Held) -> Subject | None:
    """Who asks for the pod: its author, or the controller of its workload."""
    if held.match.permission in CREATE_PODS:
        return held.subject
    kind, _ = _KINDS[held.match.permission.resource]
    account = CONTROLLERS[kind]
    return Subject("ServiceAccount", account.name, account.namespace)


def _by_author(site: Site) -> bool:
    return site.admits.by_policies


def _run_as(site: Site, held: Held) -> Iterator[Step]:
    if not site.admits.by_policies:
        yield Step(Place("accounts", held.scope))
        return
    asker = _asker(held)
    for namespace in site.reached(held.scope):
        by = site.admits.any_pod(asker, namespace) if asker else None
        if by:
            yield Step(Place("accounts", namespace), f"admitted by {by}")
            continue
        for name in site.accounts.get(namespace, ()):
            own = site.admits.any_pod(Subject("ServiceAccount", name, namespace), namespace)
            if own:
                yield Step(Place("ServiceAccount", namespace, name), f"admitted by {own}, which it may use")


def _take_node(site: Site, held: Held) -> Iterator[Step]:
    asker = _asker(held) or Subject()
    for namespace in site.reached(held.scope):
        by = site.admits.node_pod(asker, namespace)
        if not by and site.admits.by_policies:
            for name in site.accounts.get(namespace, ()):
                own = site.admits.node_pod(Subject("ServiceAccount", name, namespace), namespace)
                by = by or (own and f"{own}, which ServiceAccount/{namespace}:{name} may use")
        if by:
            yield Step(NODE, f"in namespace {namespace}, admitted by {by}")
            return


def _relabel(site: Site, held: Held) -> Iterator[Step]:
    if site.admits.by_policies:
        return
    wanted = held.match.names
    for namespace in site.reached(held.scope):
        if (not wanted or namespace in wanted) and not site.admits.level_allows(namespace):
            yield Step(NODE, f"lowers the Pod Security level of namespace {namespace}")
            return


TECHNIQUES = (
    Technique(
        name="run-as",
        title="runs a pod as a service account",
        condition="create on pods, or writing workloads, where a usable policy admits some pod with a token.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=MAKE_PODS,
        targets=_run_as,
        per_subject=_by_author,
    ),
    Technique(
        name="take-node",
        title="runs a pod that takes over its node",
        condition="create on pods, or writing workloads, where a usable policy and the Pod Security level of "
        "the namespace admit a pod that breaks out: privileged, a powerful capability or a host path.",
        references=(ESCAPE, POLICIES, PSA),
        permissions=MAKE_PODS,
        targets=_take_node,
        per_subject=_by_author,
    ),
    Technique(
        name="relabel-namespace",
        title="lowers a Pod Security level and takes over a node",
        condition="update or patch on the namespace and making pods there, where only the level forbids it.",
        references=(PSA, ESCAPE),
        permissions=(Permission(CHANGE, "namespaces"),),
        also=(MAKE_PODS,),
        targets=_relabel,
    ),
)
