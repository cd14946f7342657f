"""Roles, bindings and subjects as tables in which the page finds who may do what.

Everything stands in the order in which answers are sorted, so that the page compares places and no texts.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, RoleBinding, RoleRef, Subject
from rbacpsp.page.numbers import NONE, Numbers
from rbacpsp.rbac.index import MASTERS_SUBJECT
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import RoleRules

ASSUMED, COMPUTED, BROUGHT, NOWHERE = 1, 2, 4, 8
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


class Access:
    """The tables, and the numbers by which others refer to what stands in them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._resolve = Roles(objects).resolve
        self.namespaces = _namespaces(objects)
        self._namespace = {name: place for place, name in enumerate(self.namespaces)}
        self._rules: Numbers[PolicyRule] = Numbers()
        bindings: list[Binding] = [
            *(each for _, each in sorted(objects.cluster_role_bindings.items())),
            *(each for _, each in sorted(objects.role_bindings.items())),
        ]
        self._bindings = bindings
        self._binding = {(each.kind, each.namespace, each.name): place for place, each in enumerate(bindings)}
        subjects = sorted({MASTERS_SUBJECT, *(who for each in bindings for who in each.subjects)})
        self.subjects = subjects
        self._subject = {subject: place for place, subject in enumerate(subjects)}
        self._roles = self._found_roles()
        self._role: dict[RoleKey, int] = {
            (each.kind, each.namespace, each.name): place for place, each in enumerate(self._roles)
        }

    def namespace(self, name: str) -> int:
        """The number of a namespace; `NONE` for the whole cluster."""
        return self._namespace[name] if name else NONE

    def subject(self, subject: Subject) -> int:
        """The number of a subject as bindings write it; `NONE` where no binding does."""
        return self._subject.get(subject, NONE)

    def binding(self, binding: Binding) -> int:
        """The number of a binding."""
        return self._binding[binding.kind, binding.namespace, binding.name]

    def role_of(self, rules: RoleRules) -> int:
        """The number of the role whose rules these are; `NONE` where there is none."""
        role = rules.role
        return self._role.get((role.kind, role.namespace, role.name), NONE)

    def document(self) -> dict[str, Any]:
        """The tables."""
        roles = [
            [
                each.kind,
                self.namespace(each.namespace),
                each.name,
                [self._rules.of(rule) for rule in each.rules.rules],
                _flags(each.rules),
                each.rules.error,
            ]
            for each in self._roles
        ]
        return {
            "namespaces": self.namespaces,
            "subjects": [[each.kind, each.name, each.namespace, each.api_group] for each in self.subjects],
            "roles": roles,
            "rules": [
                [each.verbs, each.api_groups, each.resources, each.resource_names, each.non_resource_urls]
                for each in self._rules.things
            ],
            "bindings": [
                [
                    self.namespace(each.namespace),
                    each.name,
                    self._role[_key(each.role_ref, each.namespace)],
                    [self._subject[who] for who in each.subjects],
                    _binding_flags(each),
                ]
                for each in self._bindings
            ],
            "accounts": [
                [self.namespace(namespace), name]
                for (namespace, name), account in sorted(self._objects.service_accounts.items())
                if not account.assumed or self._objects.assumed_is_listed
            ],
        }

    def _found_roles(self) -> list[_Role]:
        objects = self._objects
        refs: dict[RoleKey, RoleRef] = {
            _key(each.role_ref, each.namespace): each.role_ref for each in self._bindings
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
        | (BROUGHT if _BOOTSTRAPPING in role.metadata.labels else 0)
    )


def _binding_flags(binding: Binding) -> int:
    brought = _BOOTSTRAPPING in binding.metadata.labels
    nowhere = isinstance(binding, RoleBinding) and not binding.namespace
    return (ASSUMED if binding.assumed else 0) | (BROUGHT if brought else 0) | (NOWHERE if nowhere else 0)


def _namespaces(objects: Objects) -> list[str]:
    return sorted(set(_named(objects)) - {""})


def _named(objects: Objects) -> Iterator[str]:
    """Every namespace that anything names, repeated."""
    yield from objects.namespaces
    for table in (objects.role_bindings, objects.roles, objects.service_accounts, objects.pods):
        yield from (namespace for namespace, _ in table)
    for manifests in (objects.workloads, objects.customs):
        yield from (namespace or "default" for _, namespace, _ in manifests)
