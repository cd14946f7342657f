"""Permissions to write roles and bindings, and the two verbs that bypass the escalation check.

The API server lets nobody grant what they do not hold, unless they may `escalate` the role or `bind` it.
`bind` on a ClusterRole is checked in the namespace of the binding, so a RoleBinding can grant it for its
namespace (pkg/registry/rbac/escalation_check.go, 1.24).
"""

from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.references import (
    AGGREGATION,
    BIND,
    CIS_ESCALATION,
    CLUSTER_ROLES,
    ESCALATE,
    ESCALATION,
    LEAST_PRIVILEGE,
    NSA_RBAC,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model.rbac import GROUP

_ADMINS = frozenset({"cluster-admin", "admin"})
WRITE_BINDINGS = (
    Permission(WRITE, "rolebindings", GROUP),
    Permission(WRITE, "clusterrolebindings", GROUP, namespaced=False),
)
WRITE_ROLES = (
    Permission(WRITE, "roles", GROUP),
    Permission(WRITE, "clusterroles", GROUP, namespaced=False),
)


def _has_bound_aggregate(view: View) -> bool:
    """Whether some binding grants an aggregated ClusterRole."""
    aggregated = {role.name for role in view.objects.cluster_roles.values() if role.aggregation_rule}
    return any(
        binding.role_ref.kind == "ClusterRole" and binding.role_ref.name in aggregated
        for binding in view.bindings
    )


RULES = (
    Rule(
        id="RBP030",
        name="bind-roles",
        title="Binds roles that it does not hold",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        grave=_ADMINS,
        why="The verb bind on roles or clusterroles, together with writing bindings, lets the subject grant "
        "roles that it does not hold itself. On rolebindings and clusterrolebindings the verb has no effect.",
        gain="Binds cluster-admin to itself; in one namespace, admin or any other ClusterRole.",
        remedy="Limit bind by resourceNames to the roles that the subject may grant to others.",
        references=(CIS_ESCALATION, NSA_RBAC, BIND, ESCALATION, CLUSTER_ROLES),
        permissions=(
            Permission(("bind",), "clusterroles", GROUP, also=WRITE_BINDINGS),
            Permission(("bind",), "roles", GROUP, also=WRITE_BINDINGS[:1]),
        ),
    ),
    Rule(
        id="RBP031",
        name="escalate-roles",
        title="Writes roles beyond its own permissions",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        grave=_ADMINS,
        own_role=True,
        why="The verb escalate on roles or clusterroles, together with writing them, lets the subject add "
        "permissions to a role that it does not hold itself. A limit by resourceNames does not help if it "
        "names the role that grants the verb.",
        gain="Adds any permission to a role that it is bound to.",
        remedy="Remove the verb escalate; only operators that install roles need it.",
        references=(CIS_ESCALATION, NSA_RBAC, ESCALATE, ESCALATION, CLUSTER_ROLES),
        permissions=(
            Permission(("escalate",), "clusterroles", GROUP, namespaced=False, also=WRITE_ROLES[1:]),
            Permission(("escalate",), "roles", GROUP, also=WRITE_ROLES[:1]),
        ),
    ),
    Rule(
        id="RBP032",
        name="write-bindings",
        title="Writes bindings",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Whoever writes bindings can pass its own permissions on to anybody, without the knowledge of "
        "those who granted them.",
        gain="Persistence: other accounts get the permissions of the subject, and keep them when the subject "
        "loses them.",
        remedy="Leave bindings to the deployment pipeline or to namespace administrators.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, ESCALATION, CLUSTER_ROLES),
        permissions=WRITE_BINDINGS,
    ),
    Rule(
        id="RBP033",
        name="write-roles",
        title="Writes roles",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Whoever writes roles can add its own permissions to a role, for all who are bound to it.",
        gain="Persistence: every holder of the role gets the permissions of the subject.",
        remedy="Leave roles to the deployment pipeline.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, ESCALATION, CLUSTER_ROLES),
        permissions=WRITE_ROLES,
    ),
    Rule(
        id="RBP034",
        name="grow-aggregated-roles",
        title="Can extend aggregated roles that are bound",
        severity=Severity.LOW,
        why="A ClusterRole with an aggregationRule copies the rules of every ClusterRole with the right "
        "label. Whoever writes ClusterRoles and their labels changes what the holders of the aggregated role "
        "may do, without touching that role.",
        gain="All holders of the aggregated role, such as admin, edit and view, get the permissions of the "
        "subject.",
        remedy="Leave ClusterRoles to the deployment pipeline, and let aggregated roles select labels that "
        "only the pipeline sets.",
        references=(NSA_RBAC, AGGREGATION, ESCALATION, CLUSTER_ROLES),
        permissions=(
            Permission(("create",), "clusterroles", GROUP, namespaced=False),
            Permission(CHANGE, "clusterroles", GROUP, namespaced=False),
        ),
        applies=_has_bound_aggregate,
    ),
)
