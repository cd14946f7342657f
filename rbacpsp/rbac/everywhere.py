"""The bindings of all scopes by role, for questions about every namespace.

Few roles of a large cluster allow a given request: the rules of each role are matched once, and only the
bindings of matching roles are examined.
"""

from collections.abc import Callable

from rbacpsp.model import Objects, PolicyRule, Role
from rbacpsp.model.garbage import no_collection
from rbacpsp.rbac.role_refs import Binding, Roles
from rbacpsp.rbac.table import ByRole, RoleRules

Rules = tuple[PolicyRule, ...]


class Everywhere:
    """The bindings of the whole cluster and of all namespaces, by the role that they refer to."""

    def __init__(self, objects: Objects, roles: Roles) -> None:
        """Group the bindings; a RoleBinding without a namespace is left out."""
        self._roles = roles
        self._resolved: list[tuple[RoleRules, list[Binding]]] = []
        self._local: list[tuple[Role, list[Binding]]] = []
        """The roles of namespaces; there are many, and most of them are never resolved."""
        self._errors: set[str] = set()
        with no_collection():
            for (namespace, kind, name), bindings in _by_ref(objects).items():
                local = objects.roles.get((namespace, name)) if kind == "Role" and namespace else None
                if local is not None:
                    self._local.append((local, bindings))
                    continue
                role = roles.resolve(bindings[0].role_ref, namespace)
                if role.error:
                    self._errors.add(role.error)
                else:
                    self._resolved.append((role, bindings))

    def bound(self, matters: Callable[[Rules], bool]) -> ByRole[Binding]:
        """The bindings of some roles, by role; the errors are those of all bindings.

        Args:
            matters: Decides by the rules of a role whether to include it.
        """
        roles: ByRole[Binding] = ByRole()
        roles.errors = self._errors
        roles.items = {role: bindings for role, bindings in self._resolved if matters(role.rules)}
        resolve = self._roles.resolve
        for local, bindings in self._local:
            if matters(local.rules):
                roles.items[resolve(bindings[0].role_ref, local.namespace)] = bindings
        return roles


def _by_ref(objects: Objects) -> dict[tuple[str, str, str], list[Binding]]:
    """The bindings by their roleRef: its namespace, unless it names a ClusterRole, its kind and its name."""
    groups: dict[tuple[str, str, str], list[Binding]] = {}
    for binding in objects.cluster_role_bindings.values():
        ref = binding.role_ref
        groups.setdefault(("", ref.kind, ref.name), []).append(binding)
    of_cluster = {name: bindings for (_, kind, name), bindings in groups.items() if kind == "ClusterRole"}
    for (namespace, _), role_binding in objects.role_bindings.items():
        if not namespace:
            continue
        ref = role_binding.role_ref
        name = ref.name
        if ref.kind == "ClusterRole":
            known = of_cluster.get(name)
            if known is None:
                known = of_cluster[name] = groups["", "ClusterRole", name] = []
        else:
            known = groups.setdefault((namespace, ref.kind, name), [])
        known.append(role_binding)
    return groups
