"""Looks up the roles that bindings refer to; for a missing role, the error that the server reports."""

from functools import cached_property

from rbacpsp.apply.aggregate import aggregate_stored
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Objects, Role, RoleBinding, RoleRef
from rbacpsp.model.aggregation import Aggregation
from rbacpsp.model.go import quote
from rbacpsp.rbac.table import RoleRules

Binding = RoleBinding | ClusterRoleBinding

_NO_ROLE = Role()


class Roles:
    """The roles of a cluster, looked up by roleRef."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._cluster: dict[str, RoleRules] = {}
        self._local: dict[tuple[str, str], RoleRules] = {}
        self._odd: dict[str, RoleRules] = {}

    @cached_property
    def aggregation(self) -> Aggregation:
        """The rules of the aggregated roles, as the controller computes them."""
        known = self._objects.aggregation
        return aggregate_stored(self._objects.cluster_roles.values()) if known is None else known

    def resolve(self, ref: RoleRef, namespace: str) -> RoleRules:
        """The role that a roleRef of a binding in a namespace (empty: of the cluster) names.

        Source: pkg/registry/rbac/validation/rule.go GetRoleReferenceRules (1.24).
        """
        name = ref.name
        if ref.kind == "ClusterRole":
            return self._cluster.get(name) or self._cluster_role(name)
        if ref.kind == "Role":
            return self._local.get((namespace, name)) or self._role(namespace, name)
        kind = f"unsupported role reference kind: {quote(ref.kind)}"
        return self._odd.setdefault(kind, RoleRules(_NO_ROLE, error=kind))

    def _cluster_role(self, name: str) -> RoleRules:
        role: ClusterRole | None = self._objects.cluster_roles.get(name)
        if role is None:
            rules = RoleRules(_NO_ROLE, error=_not_found("clusterrole", name))
        elif role.aggregation_rule and name in self.aggregation.roles:
            computed_role = self.aggregation.roles[name]
            rules = RoleRules(computed_role, computed=computed_role.rules != role.rules)
        else:
            rules = RoleRules(role)
        self._cluster[name] = rules
        return rules

    def _role(self, namespace: str, name: str) -> RoleRules:
        role = self._objects.roles.get((namespace, name)) if namespace else None
        rules = RoleRules(role) if role else RoleRules(_NO_ROLE, error=_not_found("role", name))
        self._local[namespace, name] = rules
        return rules


def _not_found(resource: str, name: str) -> str:
    return f"{resource}.rbac.authorization.k8s.io {quote(name)} not found"
