"""New roles: escalate lets its holder create a role with every permission, and bind grants it that role.

The server checks escalate when a role is created, too. A plain creation is checked without a name, so that
resourceNames grant none of it; an update, or a server-side apply, that creates the role is checked with the
name. The holder must be able to bind the new role: bind on all roles covers new ones, bind on some names
covers those of them that do not exist. Whoever may bind all ClusterRoles needs no new one.
Source: pkg/registry/rbac/role/policybased/storage.go, clusterrole/policybased/storage.go and
escalation_check.go, 1.24.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from rbacpsp.audit.permission import APPLY_BEGINS, CHANGE, WRITE, Match, Permission, unlimited_match
from rbacpsp.audit.references import BIND, CIS_ESCALATION, ESCALATE, ESCALATION
from rbacpsp.model import ClusterRole, Role
from rbacpsp.model.rbac import GROUP
from rbacpsp.paths.edges.roles import (
    BIND_CLUSTER_ROLES,
    BIND_ROLES,
    WRITE_BINDINGS,
    WRITE_CLUSTER_BINDINGS,
    everything_in,
    may_create,
)
from rbacpsp.paths.place import CLUSTER_ADMIN
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, always

_ESCALATE_CLUSTER_ROLES = Permission(("escalate",), "clusterroles", GROUP, namespaced=False)
_ESCALATE_ROLES = Permission(("escalate",), "roles", GROUP)
_WRITE_CLUSTER_ROLES = Permission(WRITE, "clusterroles", GROUP, namespaced=False)
_WRITE_ROLES = Permission(WRITE, "roles", GROUP)
_CREATE_ROLES = replace(_WRITE_ROLES, verbs=("create",))
_CREATE_BINDINGS = replace(WRITE_BINDINGS, verbs=("create",))


def _in_cluster(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if held.subject is None:
        return
    names = [
        name
        for name in facts.view.names(held.subject)
        if name not in facts.view.objects.cluster_roles
        and _may_make(facts, held, _ESCALATE_CLUSTER_ROLES, _WRITE_CLUSTER_ROLES, "", name)
    ]
    may_bind = partial(facts.view.may, held.subject, BIND_CLUSTER_ROLES)
    for name in names if may_create(facts, held, WRITE_CLUSTER_BINDINGS, "") else ():
        if may_bind("", name):
            reason = f"creates ClusterRole {name} with every permission and binds it"
            yield ReachedPlace(CLUSTER_ADMIN, reason)
            return
    needed = ((BIND_CLUSTER_ROLES,), (WRITE_BINDINGS,))
    for namespace in facts.where_held(held.subject, *needed) if names else ():
        bound = next((name for name in names if may_bind(namespace, name)), None)
        if bound is not None and may_create(facts, held, WRITE_BINDINGS, namespace):
            how = f"creates ClusterRole {bound} with every permission"
            yield from everything_in(facts, namespace, f"{how} and binds it in namespace {namespace}")


def _in_namespace(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if held.subject is None or _makes_any(facts, held, held.scope):
        yield from everything_in(facts, held.scope, _reason("a Role", held.scope))
        return
    names = facts.view.names(held.subject)
    for namespace in facts.reached(held.scope):
        if not may_create(facts, held, WRITE_BINDINGS, namespace):
            continue
        if _makes_any(facts, held, namespace):
            yield from everything_in(facts, namespace, _reason("a Role", namespace))
            continue
        for name in names:
            if (
                (namespace, name) not in facts.view.objects.roles
                and facts.view.may(held.subject, BIND_ROLES, namespace, name)
                and _may_make(facts, held, _ESCALATE_ROLES, _WRITE_ROLES, namespace, name)
            ):
                yield from everything_in(facts, namespace, _reason(f"Role {name}", namespace))
                break


def _reason(role: str, scope: str) -> str:
    where = f"namespace {scope}" if scope else "any namespace"
    return f"creates {role} with every permission and binds it in {where}"


def _makes_any(facts: ClusterFacts, held: GrantedPermission, scope: str) -> bool:
    """Whether the holder may create a Role of any name in a scope, and bind it."""
    assert held.subject is not None  # noqa: S101 - callers ask for a holder
    may = partial(facts.view.may, held.subject)
    return (
        may(_ESCALATE_ROLES, scope)
        and may(_CREATE_ROLES, scope)
        and may(BIND_ROLES, scope)
        and may_create(facts, held, WRITE_BINDINGS, scope)
    )


def _may_make(
    facts: ClusterFacts,
    held: GrantedPermission,
    escalate: Permission,
    write: Permission,
    scope: str,
    name: str,
) -> bool:
    """Whether the holder may create a role of a name that no role has, with permissions that it lacks."""
    assert held.subject is not None  # noqa: S101 - callers ask for a holder
    may = partial(facts.view.may, held.subject)
    create = replace(write, verbs=("create",))
    if may(escalate, scope) and may(create, scope):
        return True
    changes = replace(write, verbs=CHANGE if facts.version >= APPLY_BEGINS else ("update",))
    return all(may(each, scope, name) for each in (escalate, create, changes))


def _needs_more(match: Match, role: Role | ClusterRole) -> bool:
    """Whether a role alone does not allow its holder to create a Role of any name and to bind it."""
    unlimited = [rule for rule in role.rules or () if not rule.resource_names]
    return bool(match.names) or not all(
        any(unlimited_match(rule, needed) for rule in unlimited)
        for needed in (_CREATE_ROLES, BIND_ROLES, _CREATE_BINDINGS)
    )


TECHNIQUES = (
    Technique(
        name="create-role-in-cluster",
        title="creates a ClusterRole with every permission",
        condition="escalate and create on clusterroles, both granted by ClusterRoleBindings, and bind on a "
        "ClusterRole of a name that no ClusterRole has. With create on clusterrolebindings the subject gets "
        "every permission, with create on rolebindings every permission in that namespace. With "
        "resourceNames, create needs update on an object of the same name, or patch and Kubernetes 1.16.",
        references=(CIS_ESCALATION, ESCALATE, BIND, ESCALATION),
        permissions=(_ESCALATE_CLUSTER_ROLES,),
        also=((_WRITE_CLUSTER_ROLES,), (BIND_CLUSTER_ROLES,)),
        by_name=True,
        per_subject=always,
        targets=_in_cluster,
    ),
    Technique(
        name="create-role-in-namespace",
        title="creates a Role with every permission",
        condition="escalate, create and bind on roles, and create on rolebindings, in one namespace. bind "
        "may be limited to a name that no Role has there. With resourceNames, create needs update on an "
        "object of the same name, or patch and Kubernetes 1.16.",
        references=(CIS_ESCALATION, ESCALATE, BIND, ESCALATION),
        permissions=(_ESCALATE_ROLES,),
        also=((_WRITE_ROLES,), (BIND_ROLES,), (WRITE_BINDINGS,)),
        by_name=True,
        per_subject=always,
        by_holder=_needs_more,
        targets=_in_namespace,
    ),
)
