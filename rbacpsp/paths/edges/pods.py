"""Making pods and workloads: a pod runs as any service account for which a usable policy admits it.

Without policies every such pod is admitted. With PodSecurityPolicies the author of a pod, or the pod's
service account, must be able to use one that allows a token volume; for workloads the author is the
controller. A pod takes over its node only where the policy gives the node up and the Pod Security level of
the namespace is privileged.
"""

from collections.abc import Iterator

from rbacpsp.audit.custom_workloads import custom_workload
from rbacpsp.audit.permission import CHANGE, WRITE, Match, Permission
from rbacpsp.audit.references import (
    CIS_CREATE_PODS,
    CONTAINER_API,
    DEPLOY_CONTAINER,
    ESCAPE,
    POLICIES,
    PSA,
    WORKLOAD_CREATION,
)
from rbacpsp.catalog.controllers import CONTROLLERS
from rbacpsp.model import Subject, Version
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import Held, Site, Step, Technique, chosen_node

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
IF_IT_RUNS = "if the controller runs here"


def _asker(held: Held) -> Subject | None:
    """Who asks for the pod: its author, or the controller of its workload."""
    if held.match.permission in CREATE_PODS:
        return held.subject
    custom = custom_workload(held.match.permission)
    if custom is not None:
        through = CONTROLLERS.get(custom.through)
        return Subject("ServiceAccount", through.name, through.namespace) if through else None
    kind, _ = _KINDS[held.match.permission.resource]
    account = CONTROLLERS[kind]
    return Subject("ServiceAccount", account.name, account.namespace)


def on_asker(site: Site, match: Match) -> object:
    """What the targets depend on: who asks for the pod, where policies decide."""
    return match.permission if site.admits.by_policies else None


def by_author(site: Site) -> bool:
    """Whether it matters who asks for the pod."""
    return site.admits.by_policies


def run_as(site: Site, held: Held) -> Iterator[Step]:
    """The service accounts as which pods are admitted."""
    if not site.admits.by_policies:
        yield Step(Place("accounts", held.scope), _if_it_runs(held).removeprefix(", "))
        return
    asker = _asker(held)
    for namespace in site.reached(held.scope):
        by = site.admits.any_pod(asker, namespace) if asker else None
        if by:
            yield Step(Place("accounts", namespace), f"admitted by {by}{_if_it_runs(held)}")
            continue
        for name in site.accounts.get(namespace, ()):
            own = site.admits.any_pod(Subject("ServiceAccount", name, namespace), namespace)
            if own:
                yield Step(
                    Place("ServiceAccount", namespace, name),
                    f"admitted by {own}, which it may use{_if_it_runs(held)}",
                )


def take_node(site: Site, held: Held) -> Iterator[Step]:
    """The node, where a pod that breaks out is admitted."""
    asker = _asker(held) or Subject()
    for namespace in site.reached(held.scope):
        by = site.admits.node_pod(asker, namespace)
        if not by and site.admits.by_policies:
            for name in site.accounts.get(namespace, ()):
                own = site.admits.node_pod(Subject("ServiceAccount", name, namespace), namespace)
                by = by or (own and f"{own}, which ServiceAccount/{namespace}:{name} may use")
        if by:
            yield from chosen_node(site, f"in namespace {namespace}, admitted by {by}{_if_it_runs(held)}")
            return


def mount(site: Site, held: Held) -> Iterator[Step]:
    """The secrets of the namespaces in which any pod is admitted."""
    if not site.admits.by_policies:
        yield Step(Place("secrets", held.scope), _if_it_runs(held).removeprefix(", "))
        return
    asker = _asker(held)
    for namespace in site.reached(held.scope):
        by = site.admits.plain_pod(asker, namespace) if asker else None
        for name in () if by else site.accounts.get(namespace, ()):
            own = site.admits.plain_pod(Subject("ServiceAccount", name, namespace), namespace)
            if own:
                by = f"{own}, which ServiceAccount/{namespace}:{name} may use"
                break
        if by:
            yield Step(Place("secrets", namespace), f"admitted by {by}{_if_it_runs(held)}")


def _if_it_runs(held: Held) -> str:
    """What a step rests on that makes its pods by a custom resource."""
    return f", {IF_IT_RUNS}" if custom_workload(held.match.permission) else ""


def _relabel(site: Site, held: Held) -> Iterator[Step]:
    if site.admits.by_policies:
        return
    wanted = held.match.names
    for namespace in site.reached(held.scope):
        if (not wanted or namespace in wanted) and not site.admits.level_allows(namespace):
            yield from chosen_node(site, f"lowers the Pod Security level of namespace {namespace}")
            return


TECHNIQUES = (
    Technique(
        name="run-as",
        title="runs a pod as a service account",
        condition="create on pods, or writing workloads, where a usable policy admits some pod with a token.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=MAKE_PODS,
        targets=run_as,
        per_subject=by_author,
        alike=on_asker,
    ),
    Technique(
        name="take-node",
        title="runs a pod that takes over its node",
        condition="create on pods, or writing workloads, where a usable policy and the Pod Security level of "
        "the namespace admit a pod that breaks out: privileged, a powerful capability or a host path.",
        references=(ESCAPE, POLICIES, PSA),
        permissions=MAKE_PODS,
        targets=take_node,
        per_subject=by_author,
        alike=on_asker,
    ),
    Technique(
        name="mount-secrets",
        title="mounts secrets in a pod",
        condition="create on pods, or writing workloads, where a usable policy admits any pod: no Pod "
        "Security level forbids secrets, and no policy forbids them in the environment.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, CONTAINER_API),
        permissions=MAKE_PODS,
        targets=mount,
        per_subject=by_author,
        alike=on_asker,
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
