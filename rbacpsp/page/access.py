"""Roles, bindings and subjects as tables that the page searches.

All tables have the order in which answers are sorted, so the page compares row numbers instead of texts.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, RoleBinding, RoleRef, Subject
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.rbac.index import MASTERS_SUBJECT
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import RoleRules

ASSUMED, COMPUTED, BOOTSTRAP, NOWHERE = 1, 2, 4, 8
"""Flags of roles and bindings: not read but assumed, rules computed by aggregation, made by Kubernetes, and a
RoleBinding without a namespace, which holds nowhere."""
_BOOTSTRAPPING = "kubernetes.io/bootstrapping"

Binding = RoleBinding | ClusterRoleBinding
RoleKey = tuple[str, str, str]
"""(kind, namespace, name) of a role."""


class _Role(NamedTuple):
    kind: str
    namespace: str
    name: str
    rules: RoleRules


class AccessTables:
    """The tables, and the row numbers by which other tables refer to them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._resolve = Roles(objects).resolve
        self.namespaces = _namespaces(objects)
        self._namespace = {name: number for number, name in enumerate(self.namespaces)}
        self._rules: Numbers[PolicyRule] = Numbers()
        bindings: list[Binding] = [
            *(binding for _, binding in sorted(objects.cluster_role_bindings.items())),
            *(binding for _, binding in sorted(objects.role_bindings.items())),
        ]
        self._bindings = bindings
        self._binding = {
            (binding.kind, binding.namespace, binding.name): number for number, binding in enumerate(bindings)
        }
        subjects = sorted(
            {MASTERS_SUBJECT, *(subject for binding in bindings for subject in binding.subjects)}
        )
        self.subjects = subjects
        self._subject = {subject: number for number, subject in enumerate(subjects)}
        self._roles = self._all_roles()
        self._role: dict[RoleKey, int] = {
            (role.kind, role.namespace, role.name): number for number, role in enumerate(self._roles)
        }

    def namespace(self, name: str) -> int:
        """The number of a namespace; `NONE` for the whole cluster."""
        return self._namespace[name] if name else NONE

    def subject(self, subject: Subject) -> int:
        """The number of a subject in the spelling of bindings; `NONE` if no binding names it."""
        return self._subject.get(subject, NONE)

    def binding(self, binding: Binding) -> int:
        """The number of a binding."""
        return self._binding[binding.kind, binding.namespace, binding.name]

    def role_of(self, rules: RoleRules) -> int:
        """The number of the role with these rules; `NONE` if there is none."""
        role = rules.role
        return self._role.get((role.kind, role.namespace, role.name), NONE)

    def document(self) -> dict[str, Any]:
        """The tables."""
        roles = [
            [
                role.kind,
                self.namespace(role.namespace),
                role.name,
                [self._rules.of(rule) for rule in role.rules.rules],
                _flags(role.rules),
                role.rules.error,
            ]
            for role in self._roles
        ]
        return {
            "namespaces": self.namespaces,
            "subjects": [
                [subject.kind, subject.name, subject.namespace, subject.api_group]
                for subject in self.subjects
            ],
            "roles": roles,
            "rules": [
                [rule.verbs, rule.api_groups, rule.resources, rule.resource_names, rule.non_resource_urls]
                for rule in self._rules.items
            ],
            "bindings": [
                [
                    self.namespace(binding.namespace),
                    binding.name,
                    self._role[_key(binding.role_ref, binding.namespace)],
                    [self._subject[subject] for subject in binding.subjects],
                    _binding_flags(binding),
                ]
                for binding in self._bindings
            ],
            "accounts": [
                [self.namespace(namespace), name]
                for (namespace, name), account in sorted(self._objects.service_accounts.items())
                if not account.assumed or self._objects.assumed_is_listed
            ],
        }

    def _all_roles(self) -> list[_Role]:
        objects = self._objects
        refs: dict[RoleKey, RoleRef] = {
            _key(binding.role_ref, binding.namespace): binding.role_ref for binding in self._bindings
        }
        refs |= {
            ("ClusterRole", "", name): RoleRef("", "ClusterRole", name) for name in objects.cluster_roles
        }
        refs |= {("Role", namespace, name): RoleRef("", "Role", name) for namespace, name in objects.roles}
        return [
            _Role(kind, namespace, name, self._resolve(refs[kind, namespace, name], namespace))
            for kind, namespace, name in sorted(refs)
        ]


def _key(ref: RoleRef, namespace: str) -> RoleKey:
    return (ref.kind, "" if ref.kind == "ClusterRole" else namespace, ref.name)


def _flags(rules: RoleRules) -> int:
    role = rules.role
    return (
        (ASSUMED if role.assumed else 0)
        | (COMPUTED if rules.computed else 0)
        | (BOOTSTRAP if _BOOTSTRAPPING in role.metadata.labels else 0)
    )


def _binding_flags(binding: Binding) -> int:
    is_bootstrap = _BOOTSTRAPPING in binding.metadata.labels
    nowhere = isinstance(binding, RoleBinding) and not binding.namespace
    return (
        (ASSUMED if binding.assumed else 0) | (BOOTSTRAP if is_bootstrap else 0) | (NOWHERE if nowhere else 0)
    )


def _namespaces(objects: Objects) -> list[str]:
    return sorted(set(_named(objects)) - {""})


def _named(objects: Objects) -> Iterator[str]:
    """The namespaces that any object names, with repetitions."""
    yield from objects.namespaces
    for table in (objects.role_bindings, objects.roles, objects.service_accounts, objects.pods):
        yield from (namespace for namespace, _ in table)
    for manifests in (objects.workloads, objects.customs):
        yield from (namespace or "default" for _, namespace, _ in manifests)
