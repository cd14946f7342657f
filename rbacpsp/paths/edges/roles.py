"""Bindings and roles: bind and escalate let their holder grant permissions that it does not hold.

The server checks bind on ClusterRoles in the namespace of the new binding: its holder gets every ClusterRole
within the namespace by RoleBindings, or in the cluster by ClusterRoleBindings. escalate helps only with a
role that the holder is bound to and may change, such as the role that grants a cluster-wide escalate.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.references import BIND, CIS_ESCALATION, ESCALATE, ESCALATION
from rbacpsp.model import ClusterRole
from rbacpsp.model.rbac import GROUP
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique

_BIND_CLUSTER_ROLES = Permission(("bind",), "clusterroles", GROUP)
_BIND_ROLES = Permission(("bind",), "roles", GROUP)
_WRITE_CLUSTER_BINDINGS = Permission(WRITE, "clusterrolebindings", GROUP, namespaced=False)
_WRITE_BINDINGS = Permission(WRITE, "rolebindings", GROUP)


def _everything_in(namespace: str) -> Iterable[ReachedPlace]:
    reason = "every permission in the namespace" if namespace else "every permission in any namespace"
    for kind in ("accounts", "pods", "secrets"):
        yield ReachedPlace(Place(kind, namespace), reason)


def _bind_cluster(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if held.scope:
        return
    if not held.match.names:
        yield ReachedPlace(CLUSTER_ADMIN, "binds cluster-admin")
    for name in held.match.names:
        if name in facts.view.objects.cluster_roles:
            yield ReachedPlace(Place("role", "", f"ClusterRole/{name}"), f"binds ClusterRole {name}")


def _bind_local(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    kind = "ClusterRole" if held.match.permission is _BIND_CLUSTER_ROLES else "Role"
    if not held.match.names and kind == "ClusterRole":
        yield from _everything_in(held.scope)
    elif not held.match.names:
        for namespace, name in facts.view.objects.roles:
            if held.scope in {"", namespace}:
                yield ReachedPlace(Place("role", namespace, f"Role/{name}"), f"binds Role {name}")
    for namespace in facts.reached(held.scope) if held.match.names else ():
        for name in held.match.names:
            yield ReachedPlace(Place("role", namespace, f"{kind}/{name}"), f"binds {kind} {name}")


def _escalate_cluster(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if not held.match.names or held.role.name in held.match.names:
        yield ReachedPlace(
            CLUSTER_ADMIN, f"adds every permission to ClusterRole {held.role.name}, which it is bound to"
        )


def _escalate_local(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    own = not isinstance(held.role, ClusterRole)
    if own and (not held.match.names or held.role.name in held.match.names):
        yield from _everything_in(held.scope)


TECHNIQUES = (
    Technique(
        name="bind-in-cluster",
        title="binds a ClusterRole to itself",
        condition="bind on clusterroles and create, update or patch on clusterrolebindings, both granted by "
        "ClusterRoleBindings.",
        references=(CIS_ESCALATION, BIND, ESCALATION),
        permissions=(_BIND_CLUSTER_ROLES,),
        also=((_WRITE_CLUSTER_BINDINGS,),),
        targets=_bind_cluster,
    ),
    Technique(
        name="bind-in-namespace",
        title="binds a role to itself",
        condition="bind on clusterroles or roles, and create, update or patch on rolebindings, in one "
        "namespace.",
        references=(CIS_ESCALATION, BIND, ESCALATION),
        permissions=(_BIND_CLUSTER_ROLES, _BIND_ROLES),
        also=((_WRITE_BINDINGS,),),
        targets=_bind_local,
    ),
    Technique(
        name="escalate-in-cluster",
        title="adds permissions to its own ClusterRole",
        condition="escalate and update or patch on clusterroles, both granted by ClusterRoleBindings.",
        references=(CIS_ESCALATION, ESCALATE, ESCALATION),
        permissions=(Permission(("escalate",), "clusterroles", GROUP, namespaced=False),),
        also=((Permission(CHANGE, "clusterroles", GROUP, namespaced=False),),),
        targets=_escalate_cluster,
        per_role=True,
    ),
    Technique(
        name="escalate-in-namespace",
        title="adds permissions to its own Role",
        condition="escalate and update or patch on roles, where a Role of the namespace grants escalate.",
        references=(CIS_ESCALATION, ESCALATE, ESCALATION),
        permissions=(Permission(("escalate",), "roles", GROUP),),
        also=((Permission(CHANGE, "roles", GROUP),),),
        targets=_escalate_local,
        per_role=True,
    ),
)
