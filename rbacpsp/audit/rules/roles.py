"""Permissions to write roles and bindings, and the two verbs that bypass the escalation check.

The API server lets nobody grant what they do not hold, unless they may `escalate` the role or `bind` it.
`bind` on a ClusterRole is asked in the namespace of the binding, so a RoleBinding can grant it for its
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
        title="Binds roles it does not hold",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        grave=_ADMINS,
        why="The verb bind on roles or clusterroles, together with writing bindings, lets the subject grant "
        "roles that it does not hold itself. On (cluster)rolebindings the verb means nothing.",
        gain="Binds cluster-admin to itself, or in one namespace admin and every other ClusterRole.",
        remedy="Limit bind by resourceNames to the roles that may be handed out.",
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
        why="The verb escalate on roles or clusterroles, together with writing them, lets the subject put "
        "permissions into a role that it does not hold itself. A limit by resourceNames does not help "
        "where it names the role that grants this.",
        gain="Adds any permission to a role that it is bound to.",
        remedy="Remove the verb escalate; no workload needs it but operators that install roles.",
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
        why="A writer of bindings can pass on whatever it holds to anybody, unseen by whoever granted it.",
        gain="Persistence: its own permissions for other accounts, which outlive its own.",
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
        why="A writer of roles can widen a role up to its own permissions, for all who are bound to it.",
        gain="Persistence: its own permissions for every holder of the role.",
        remedy="Leave roles to the deployment pipeline.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, ESCALATION, CLUSTER_ROLES),
        permissions=WRITE_ROLES,
    ),
    Rule(
        id="RBP034",
        name="grow-aggregated-roles",
        title="Can grow aggregated roles that are bound",
        severity=Severity.LOW,
        why="A ClusterRole with an aggregationRule copies the rules of every ClusterRole with the right "
        "label. Who writes ClusterRoles and their labels changes what its holders may do without touching "
        "it.",
        gain="Its own permissions for all holders of the aggregated role, such as admin, edit and view.",
        remedy="Leave ClusterRoles to the deployment pipeline, and select by labels that only it sets.",
        references=(NSA_RBAC, AGGREGATION, ESCALATION, CLUSTER_ROLES),
        permissions=(
            Permission(("create",), "clusterroles", GROUP, namespaced=False),
            Permission(CHANGE, "clusterroles", GROUP, namespaced=False),
        ),
        applies=_has_bound_aggregate,
    ),
)
