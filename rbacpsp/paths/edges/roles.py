"""Bindings and roles: bind and escalate let their holder grant permissions that it does not hold.

Every permission in a namespace gives its accounts, pods and secrets, and what operators apply there. It gives
a node as well: a label of the namespace lowers the Pod Security level. Only PodSecurityPolicies can prevent
that, if none admits a pod that takes over its node; but they do not check ephemeral containers.

The server checks bind on ClusterRoles in the namespace of the new binding: its holder gets every ClusterRole
within the namespace by RoleBindings, or in the cluster by ClusterRoleBindings. The server checks escalate on
the role that is changed (RoleEscalationAuthorized in pkg/registry/rbac/escalation_check.go, 1.24): it helps
with any role that the holder, or one of its groups, is bound to or may bind, and may change.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from rbacpsp.audit.finding import Binding
from rbacpsp.audit.permission import APPLY_BEGINS, CHANGE, WRITE, Match, Permission
from rbacpsp.audit.references import BIND, CIS_ESCALATION, ESCALATE, ESCALATION
from rbacpsp.model import ClusterRole, Role
from rbacpsp.model.rbac import GROUP
from rbacpsp.paths.edges.deputies import by_operators
from rbacpsp.paths.edges.folders import mounted_by_owner
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.paths.technique import (
    ClusterFacts,
    GrantedPermission,
    ReachedPlace,
    Technique,
    always,
    chosen_node,
)

BIND_CLUSTER_ROLES = Permission(("bind",), "clusterroles", GROUP)
BIND_ROLES = Permission(("bind",), "roles", GROUP)
WRITE_CLUSTER_BINDINGS = Permission(WRITE, "clusterrolebindings", GROUP, namespaced=False)
WRITE_BINDINGS = Permission(WRITE, "rolebindings", GROUP)
_CHANGE_CLUSTER_ROLES = Permission(CHANGE, "clusterroles", GROUP, namespaced=False)
_CHANGE_ROLES = Permission(CHANGE, "roles", GROUP)


def everything_in(facts: ClusterFacts, scope: str, reason: str = "") -> Iterator[ReachedPlace]:
    """What every permission gives in a namespace, or in each namespace."""
    reason = reason or f"every permission in {'the' if scope else 'any'} namespace"
    yield from facts.everybody(scope, reason)
    for kind in ("pods", "secrets"):
        yield ReachedPlace(Place(kind, scope), reason)
    if any(map(facts.admits.from_owner, facts.reached(scope))):
        yield from chosen_node(facts, reason)
    else:
        yield from mounted_by_owner(facts, scope, reason)
    for applied in by_operators(facts, scope):
        yield ReachedPlace(applied.place, f"{reason}; {applied.reason}")


def _bind_cluster(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if held.scope:
        return
    if not may_create(facts, held, WRITE_CLUSTER_BINDINGS, ""):
        bindings = facts.view.objects.cluster_role_bindings.values()
        yield from _joined(facts, held, bindings, WRITE_CLUSTER_BINDINGS)
        return
    if not held.match.names:
        yield ReachedPlace(CLUSTER_ADMIN, "binds cluster-admin")
    for name in held.match.names:
        if name in facts.view.objects.cluster_roles:
            yield ReachedPlace(Place("role", "", f"ClusterRole/{name}"), f"binds ClusterRole {name}")


def _bind_local(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if may_create(facts, held, WRITE_BINDINGS, held.scope):
        yield from _bound_in(facts, held, held.scope)
        return
    for namespace in facts.reached(held.scope):
        if may_create(facts, held, WRITE_BINDINGS, namespace):
            yield from _bound_in(facts, held, namespace)
    bindings = (
        binding
        for binding in facts.view.objects.role_bindings.values()
        if held.scope in {"", binding.namespace}
    )
    yield from _joined(facts, held, bindings, WRITE_BINDINGS)


def _bound_in(facts: ClusterFacts, held: GrantedPermission, scope: str) -> Iterable[ReachedPlace]:
    """What new RoleBindings give within a scope."""
    kind = _kind(held)
    if not held.match.names and kind == "ClusterRole":
        yield from everything_in(facts, scope)
    elif not held.match.names:
        for namespace, name in facts.view.objects.roles:
            if scope in {"", namespace}:
                yield ReachedPlace(Place("role", namespace, f"Role/{name}"), f"binds Role {name}")
    for namespace in facts.reached(scope) if held.match.names else ():
        for name in held.match.names:
            yield ReachedPlace(Place("role", namespace, f"{kind}/{name}"), f"binds {kind} {name}")


def _joined(
    facts: ClusterFacts, held: GrantedPermission, bindings: Iterable[Binding], write: Permission
) -> Iterable[ReachedPlace]:
    """The roles of existing bindings to which the holder may add itself; a roleRef never changes."""
    change, kind = replace(write, verbs=CHANGE), _kind(held)
    for binding in bindings:
        ref = binding.role_ref
        if (
            held.subject is not None
            and ref.kind == kind
            and (not held.match.names or ref.name in held.match.names)
            and not facts.view.role_of(binding).error
            and facts.view.may(held.subject, change, binding.namespace, binding.name)
        ):
            reason = f"adds itself to {binding.kind} {binding.name}"
            yield ReachedPlace(Place("role", binding.namespace, f"{kind}/{ref.name}"), reason)


def may_create(facts: ClusterFacts, held: GrantedPermission, write: Permission, scope: str) -> bool:
    """Whether the holder may create bindings in a scope; without a holder, the role itself allows it.

    An update, or a server-side apply, that creates an object is authorized with the object's name. One that
    changes an existing binding can also have it deleted, see `by_apply`.
    """
    if held.subject is None:
        return True
    may = partial(facts.view.may, held.subject)
    creates_by = CHANGE if facts.version >= APPLY_BEGINS else ("update",)
    create, change = replace(write, verbs=("create",)), replace(write, verbs=creates_by)
    return may(create, scope) or any(
        may(create, scope, name) and may(change, scope, name) for name in facts.view.names(held.subject)
    )


def _kind(held: GrantedPermission) -> str:
    return "ClusterRole" if held.match.permission is BIND_CLUSTER_ROLES else "Role"


def _escalate_cluster(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    for scope, role in _own_roles(facts, held, "ClusterRole"):
        if not _may_widen(facts, held, _CHANGE_CLUSTER_ROLES, "", role.name):
            continue
        reason = f"adds every permission to ClusterRole {role.name}, which it is bound to"
        if not scope:
            yield ReachedPlace(CLUSTER_ADMIN, reason)
        else:
            yield from everything_in(facts, scope, f"{reason} in namespace {scope}")
    if held.subject is None:
        return
    names = held.match.names or facts.view.names(held.subject)
    widened = [
        name
        for name in names
        if name in facts.view.objects.cluster_roles
        and _may_widen(facts, held, _CHANGE_CLUSTER_ROLES, "", name)
    ]
    for name in widened:
        if _may_bind(facts, held, BIND_CLUSTER_ROLES, WRITE_CLUSTER_BINDINGS, "", name):
            yield ReachedPlace(CLUSTER_ADMIN, f"adds every permission to ClusterRole {name} and binds it")
            return
    needed = ((BIND_CLUSTER_ROLES,), (WRITE_BINDINGS,))
    for namespace in facts.where_held(held.subject, *needed) if widened else ():
        for name in widened:
            if _may_bind(facts, held, BIND_CLUSTER_ROLES, WRITE_BINDINGS, namespace, name):
                reason = f"adds every permission to ClusterRole {name} and binds it in namespace {namespace}"
                yield from everything_in(facts, namespace, reason)
                break


def _escalate_local(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    for scope, role in _own_roles(facts, held, "Role"):
        if held.scope in {"", scope} and _may_widen(facts, held, _CHANGE_ROLES, scope, role.name):
            yield from everything_in(facts, scope)
    if held.subject is None:
        return
    for namespace in facts.where_held(held.subject, (BIND_ROLES,), (WRITE_BINDINGS,)):
        for name in facts.roles.get(namespace, ()) if held.scope in {"", namespace} else ():
            if _may_widen(facts, held, _CHANGE_ROLES, namespace, name) and _may_bind(
                facts, held, BIND_ROLES, WRITE_BINDINGS, namespace, name
            ):
                reason = f"adds every permission to Role {name} and binds it in namespace {namespace}"
                yield from everything_in(facts, namespace, reason)
                break


def _may_bind(
    facts: ClusterFacts,
    held: GrantedPermission,
    bind: Permission,
    write: Permission,
    scope: str,
    name: str,
) -> bool:
    """Whether the holder may create a binding of an existing role in a scope, or add itself to one."""
    assert held.subject is not None  # noqa: S101 - callers ask for a holder
    may = partial(facts.view.may, held.subject)
    if not may(bind, scope, name):
        return False
    kind, change = bind.plain_resource, replace(write, verbs=CHANGE)
    return may_create(facts, held, write, scope) or any(
        (f"{granted.binding.role_ref.kind.lower()}s", granted.binding.role_ref.name) == (kind, name)
        and may(change, scope, granted.binding.name)
        for granted in facts.view.by_scope.get(scope, ())
    )


def _own_roles(
    facts: ClusterFacts, held: GrantedPermission, kind: str
) -> Iterator[tuple[str, Role | ClusterRole]]:
    """The roles of a kind that the holder is bound to, each with its scope.

    Without a holder it is the role that grants the permission.
    """
    if held.subject is None:
        grants = [(held.scope, held.role)]
    else:
        grants = [(granted.scope, granted.role.role) for granted in facts.view.grants_of(held.subject)]
    return ((scope, role) for scope, role in grants if role.kind == kind)


def _may_widen(
    facts: ClusterFacts, held: GrantedPermission, change: Permission, scope: str, name: str
) -> bool:
    """Whether the holder may add permissions to a role; without a holder, the role itself allows it."""
    if held.match.names and name not in held.match.names:
        return False
    return held.subject is None or facts.view.may(held.subject, change, scope, name)


def _of_another_cluster_role(match: Match, role: Role | ClusterRole) -> bool:
    return bool(match.names) and role.name not in match.names


def _of_another_role(match: Match, role: Role | ClusterRole) -> bool:
    return role.kind != "Role" or _of_another_cluster_role(match, role)


TECHNIQUES = (
    Technique(
        name="bind-in-cluster",
        title="binds a ClusterRole to itself",
        condition="bind on clusterroles and create, update or patch on clusterrolebindings, both granted by "
        "ClusterRoleBindings. Without create, the subject must be able to change an existing binding.",
        references=(CIS_ESCALATION, BIND, ESCALATION),
        permissions=(BIND_CLUSTER_ROLES,),
        also=((WRITE_CLUSTER_BINDINGS,),),
        by_name=True,
        targets=_bind_cluster,
    ),
    Technique(
        name="bind-in-namespace",
        title="binds a role to itself",
        condition="bind on clusterroles or roles, and create, update or patch on rolebindings, in one "
        "namespace. Without create, the subject must be able to change an existing binding. Every permission "
        "in a namespace gives a node as well, unless PodSecurityPolicies prevent that.",
        references=(CIS_ESCALATION, BIND, ESCALATION),
        permissions=(BIND_CLUSTER_ROLES, BIND_ROLES),
        also=((WRITE_BINDINGS,),),
        by_name=True,
        targets=_bind_local,
    ),
    Technique(
        name="escalate-in-cluster",
        title="adds permissions to its own ClusterRole",
        condition="escalate and update or patch on clusterroles, both granted by ClusterRoleBindings, for a "
        "ClusterRole that the subject is bound to, or may bind. If a RoleBinding binds it, the subject gets "
        "every permission in that namespace.",
        references=(CIS_ESCALATION, ESCALATE, ESCALATION),
        permissions=(Permission(("escalate",), "clusterroles", GROUP, namespaced=False),),
        also=((_CHANGE_CLUSTER_ROLES,),),
        by_name=True,
        per_subject=always,
        by_holder=_of_another_cluster_role,
        targets=_escalate_cluster,
        per_role=True,
    ),
    Technique(
        name="escalate-in-namespace",
        title="adds permissions to its own Role",
        condition="escalate and update or patch on roles, for a Role of the namespace that the subject is "
        "bound to, or may bind.",
        references=(CIS_ESCALATION, ESCALATE, ESCALATION),
        permissions=(Permission(("escalate",), "roles", GROUP),),
        also=((_CHANGE_ROLES,),),
        by_name=True,
        per_subject=always,
        by_holder=_of_another_role,
        targets=_escalate_local,
        per_role=True,
    ),
)
