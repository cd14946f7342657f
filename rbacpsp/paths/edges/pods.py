"""Creating pods and workloads: a pod runs as any service account for which a usable policy admits it.

Without policies every such pod is admitted. With PodSecurityPolicies, or OpenShift's security context
constraints, the author of a pod, or the pod's service account, must be able to use one that allows a token
volume; for workloads the author is the controller. A pod takes over its node only if the policy allows
dangerous settings and the Pod Security level of the namespace is privileged. Constraints are not checked in
some namespaces, and a subject that may label a namespace can exempt it from them. A permission to create pods
with some names counts for those who may patch a pod of such a name, by server-side apply.
"""

from collections.abc import Iterator
from functools import lru_cache

from rbacpsp.audit.custom_workloads import custom_workload
from rbacpsp.audit.permission import CHANGE, WRITE, Match, Permission, by_apply
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
from rbacpsp.model import ClusterRole, Role, Subject, User, Version
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS
from rbacpsp.model.subjects import member_of
from rbacpsp.paths.admitted_pods import UNKNOWN_CONTROLLER
from rbacpsp.paths.place import Place
from rbacpsp.paths.plugins import Wanted
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, chosen_node

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
_CREATE = Permission(("create",), "pods")
CREATE_PODS = (_CREATE, by_apply(_CREATE))
WRITE_WORKLOADS = (
    *(Permission(WRITE, resource, group) for resource, (_, group) in _KINDS.items()),
    *(
        Permission(WRITE, resource, "extensions", before=_EXTENSIONS_END)
        for resource in ("daemonsets", "deployments", "replicasets")
    ),
)
MAKE_PODS = (*CREATE_PODS, *WRITE_WORKLOADS)
IF_IT_RUNS = "if its controller runs in the cluster"


def made_kind(permission: Permission) -> tuple[str, str]:
    """The group and the kind of the pods or workloads that a permission of `MAKE_PODS` makes."""
    if permission in CREATE_PODS:
        return "", "Pod"
    return permission.group, _KINDS[permission.resource][0]


def asker_of(held: GrantedPermission) -> User:
    """The requester of the pod: its author, or the controller of its workload."""
    return _requester(held.match.permission, held.subject or Subject())


def _requester(permission: Permission, author: Subject) -> User:
    return member_of(author) if permission in CREATE_PODS else _controller(permission)


def requesters(
    facts: ClusterFacts, subject: Subject, namespace: str, permissions: tuple[Permission, ...] = MAKE_PODS
) -> Iterator[User]:
    """The requesters of the pods that a subject can make in a namespace: itself, then controllers.

    Only by some of the permissions that create pods, if these are given.
    """
    users: set[User] = set()
    for permission in permissions:
        if facts.view.holds(subject, (permission,), namespace):
            user = _requester(permission, subject)
            if user not in users:
                users.add(user)
                yield user


@lru_cache(maxsize=256)
def _controller(permission: Permission) -> User:
    """The controller that requests the pods of the workloads that a permission writes."""
    custom = custom_workload(permission)
    if custom is not None:
        account = CONTROLLERS.get(custom.through)
    else:
        kind, _ = _KINDS[permission.resource]
        account = CONTROLLERS[kind]
    return User.service_account(account.namespace, account.name) if account else UNKNOWN_CONTROLLER


def on_asker(facts: ClusterFacts, match: Match) -> object:
    """The requester on which the targets depend; None if neither policies nor constraints decide."""
    permission = match.permission
    if not facts.admits.asks_who:
        return None
    return _CREATE if permission in CREATE_PODS else _controller(permission)


def is_author(match: Match, _: Role | ClusterRole) -> bool:
    """Whether the holder of a permission itself requests the pods, and not a controller."""
    return match.permission in CREATE_PODS


def by_author(facts: ClusterFacts) -> bool:
    """Whether the admission of a pod that takes over its node depends on the requester."""
    return facts.admits.asks_who


def by_author_with_token(facts: ClusterFacts) -> bool:
    """Whether the admission of a pod with a token depends on the requester."""
    return _by_author(facts, "with-token")


def by_author_of_any(facts: ClusterFacts) -> bool:
    """Whether the admission of any pod depends on the requester."""
    return _by_author(facts, "plain")


def _by_author(facts: ClusterFacts, wanted: Wanted) -> bool:
    everywhere = facts.admits.everywhere(wanted)
    return everywhere is None or bool(
        everywhere and any(facts.view.holds(each, CREATE_PODS, "") for each in _UNAUTHENTICATED)
    )


_UNAUTHENTICATED = (Subject("Group", ALL_UNAUTHENTICATED), Subject("User", ANONYMOUS))


def _everywhere(facts: ClusterFacts, wanted: Wanted, held: GrantedPermission) -> str | None:
    """What admits a kind of pod in every namespace; None if it depends on the requester."""
    everywhere = facts.admits.everywhere(wanted)
    if everywhere and ALL_AUTHENTICATED not in asker_of(held).groups and held.subject is not None:
        return None
    return everywhere


def run_as(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    """The service accounts that admitted pods can run as."""
    everywhere = _everywhere(facts, "with-token", held)
    if everywhere is not None:
        yield ReachedPlace(Place("accounts", held.scope), _said(everywhere, held))
        return
    asker = asker_of(held)
    for namespace in facts.reached(held.scope):
        by = facts.admits.pod("with-token", asker, namespace)
        if by:
            yield ReachedPlace(Place("accounts", namespace), _said(by, held))
            continue
        for name, own in facts.own_pods("with-token", namespace):
            yield ReachedPlace(
                Place("ServiceAccount", namespace, name), _said(f"{own}, which it may use", held)
            )


def take_node(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    """The node, if a pod that takes it over is admitted."""
    for namespace in facts.reached(held.scope):
        by = by_anybody(facts, "takes-node", asker_of(held), namespace)
        if by:
            yield from chosen_node(facts, f"in namespace {namespace}, {_said(by, held)}")
            return


def mount(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    """The secrets of the namespaces in which any pod is admitted."""
    everywhere = _everywhere(facts, "plain", held)
    if everywhere is not None:
        yield ReachedPlace(Place("secrets", held.scope), _said(everywhere, held))
        return
    for namespace in facts.reached(held.scope):
        by = by_anybody(facts, "plain", asker_of(held), namespace)
        if by:
            yield ReachedPlace(Place("secrets", namespace), _said(by, held))


def by_anybody(facts: ClusterFacts, wanted: Wanted, asker: User, namespace: str) -> str | None:
    """What admits a kind of pod, through its requester or through some service account."""
    by = facts.admits.pod(wanted, asker, namespace)
    if by is not None or not facts.admits.asks_who:
        return by
    for name, own in facts.own_pods(wanted, namespace):
        return f"{own}, which ServiceAccount/{namespace}:{name} may use"
    return None


def _said(by: str, held: GrantedPermission) -> str:
    """What admits a pod, in words; for a pod of a custom resource with the condition about its controller."""
    words = (f"admitted {by}" if by else "", IF_IT_RUNS if custom_workload(held.match.permission) else "")
    return ", ".join(filter(None, words))


def _relabel(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    if facts.admits.by_policies:
        return
    wanted = held.match.names
    for namespace in facts.reached(held.scope):
        changes = []
        if facts.admits.judged(namespace):
            changes.append(f"exempts namespace {namespace} from constraints")
        if not facts.admits.level_allows(namespace):
            changes.append(f"lowers the Pod Security level of namespace {namespace}")
        if changes and (not wanted or namespace in wanted):
            yield from chosen_node(facts, " and ".join(changes))
            return


_MAKES = (
    "create on pods, or create, update or patch on workloads. With resourceNames, create on pods needs patch "
    "on a pod of the same name and Kubernetes 1.16, for server-side apply."
)

TECHNIQUES = (
    Technique(
        name="run-as",
        title="runs a pod as a service account",
        condition=f"{_MAKES} Where PodSecurityPolicies or security context constraints apply, one that may "
        "be used must admit a pod with a token.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=MAKE_PODS,
        targets=run_as,
        per_subject=by_author_with_token,
        by_holder=is_author,
        alike=on_asker,
    ),
    Technique(
        name="take-node",
        title="runs a pod that takes over its node",
        condition=f"{_MAKES} The Pod Security level of the namespace must admit a pod that can take over its "
        "node: a privileged one, or one with a powerful capability or a host path. Where PodSecurityPolicies "
        "or security context constraints apply, one that may be used must admit it as well.",
        references=(ESCAPE, POLICIES, PSA),
        permissions=MAKE_PODS,
        targets=take_node,
        per_subject=by_author,
        by_holder=is_author,
        alike=on_asker,
    ),
    Technique(
        name="mount-secrets",
        title="mounts secrets in a pod",
        condition=f"{_MAKES} Where PodSecurityPolicies or security context constraints apply, one that may "
        "be used must admit some pod. No Pod Security level forbids a pod to use secrets, and no policy "
        "forbids secrets in environment variables.",
        references=(CIS_CREATE_PODS, WORKLOAD_CREATION, CONTAINER_API),
        permissions=MAKE_PODS,
        targets=mount,
        per_subject=by_author_of_any,
        by_holder=is_author,
        alike=on_asker,
    ),
    Technique(
        name="relabel-namespace",
        title="labels a namespace and takes over a node",
        condition="update or patch on a namespace, and permission to create pods or workloads there, if only "
        "the Pod Security level or security context constraints protect the nodes. A label of the namespace "
        "can lower the level or exempt the namespace from the constraints.",
        references=(PSA, ESCAPE),
        permissions=(Permission(CHANGE, "namespaces"),),
        also=(MAKE_PODS,),
        targets=_relabel,
    ),
)
