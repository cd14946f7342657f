"""Finds the subjects whose bindings differ between two states, and all that is bound to them.

What is equal on both sides is skipped: a change of fifty bindings takes the same work in a cluster of a
hundred bindings as of a hundred thousand, except for one comparison of each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from rbacpsp.comparison.region import Region, regions_of
from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX
from rbacpsp.model.subjects import user_of
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import MASTERS_SUBJECT, subject_meant
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import RoleRules

Binding = RoleBinding | ClusterRoleBinding
Places = Mapping[Subject, Collection[str]]
"""The namespaces (empty: the cluster) in which the bindings of each subject differ; at least one."""
Held = Mapping[str, Mapping[Region, list[Grant]]]
"""What a subject may do: by namespace (empty: everywhere) the regions, each with its grants."""


def meant(subject: Subject, namespace: str) -> Subject | None:
    """The subject that a binding means; None for nobody, and for those who may always do everything."""
    subject_of_binding = subject_meant(subject, namespace)
    return None if subject_of_binding == MASTERS_SUBJECT else subject_of_binding


class StateBindings:
    """The bindings of one state."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._roles = Roles(objects)
        self._regions: dict[tuple[RoleRules, bool], list[tuple[int, Region]]] = {}

    def role(self, ref: RoleRef, namespace: str) -> RoleRules:
        """The role that a roleRef names."""
        return self._roles.resolve(ref, namespace)

    def regions(self, role: RoleRules, *, urls: bool) -> list[tuple[int, Region]]:
        """What the rules of a role allow, with the index of each rule."""
        key = (role, urls)
        if key not in self._regions:
            self._regions[key] = [
                (rule_index, region)
                for rule_index, rule in enumerate(role.rules)
                for region in regions_of(rule, urls=urls)
            ]
        return self._regions[key]

    def subjects(self, namespaces: Collection[str]) -> frozenset[Subject]:
        """The subjects that the bindings of some namespaces (empty: of the cluster) mean."""
        return frozenset(
            meant_subject
            for binding, namespace in _bindings(self.objects)
            if namespace in namespaces
            for subject in binding.subjects
            if (meant_subject := meant(subject, namespace))
        )

    def held(self, namespaces_of: Places) -> dict[Subject, Held]:
        """The grants of some subjects on which their differences depend."""
        regions_of: dict[Subject, defaultdict[str, dict[Region, list[Grant]]]] = {}
        for namespace, binding, subject, meant_subject in _named(self.objects, namespaces_of):
            role = self.role(binding.role_ref, namespace)
            local_regions = regions_of.setdefault(meant_subject, defaultdict(dict))[namespace]
            for rule_index, region in self.regions(role, urls=not namespace):
                grant = Grant(binding, role.role, rule_index, role.rules[rule_index], subject, role.computed)
                local_regions.setdefault(region, []).append(grant)
        return dict(regions_of)


def _bindings(objects: Objects) -> Iterator[tuple[Binding, str]]:
    """Every valid binding, with its namespace (empty: of the cluster)."""
    everywhere = ((binding, "") for binding in objects.cluster_role_bindings.values())
    local = ((binding, namespace) for (namespace, _), binding in objects.role_bindings.items() if namespace)
    return chain[tuple[Binding, str]](everywhere, local)


def _named(objects: Objects, namespaces_of: Places) -> Iterator[tuple[str, Binding, Subject, Subject]]:
    """The relevant bindings of some subjects: namespace, binding, the subject as written and as meant."""
    groups = {meant_subject.name for meant_subject in namespaces_of if meant_subject.kind == "Group"}
    users = {user_of(meant_subject).name for meant_subject in namespaces_of if meant_subject.kind != "Group"}
    for binding, namespace in _bindings(objects):
        for index, subject in enumerate(binding.subjects):
            kind, name = subject.kind, subject.name
            if kind == "ServiceAccount":
                name = f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace or namespace}:{name}"
            if name not in (groups if kind == "Group" else users) or subject in binding.subjects[:index]:
                continue
            meant_subject = meant(subject, namespace)
            namespaces = namespaces_of.get(meant_subject) if meant_subject else None
            if (
                meant_subject
                and namespaces
                and (not namespace or namespace in namespaces or "" in namespaces)
            ):
                yield namespace, binding, subject, meant_subject


def differing(old: StateBindings, new: StateBindings) -> Places:
    """The subjects with a binding, or a bound role, that differs between the sides, and the namespaces."""
    namespaces_of: defaultdict[Subject, set[str]] = defaultdict(set)
    cluster_roles = {
        name
        for name in old.objects.cluster_roles.keys() | new.objects.cluster_roles.keys()
        if _cluster_rules(old, name) != _cluster_rules(new, name)
    }
    roles = {
        key
        for key in old.objects.roles.keys() | new.objects.roles.keys()
        if _rules(old.objects.roles.get(key)) != _rules(new.objects.roles.get(key))
    }

    def compare(binding: Binding, other: Binding | None, namespace: str) -> None:
        ref = binding.role_ref
        changed = ref.name in cluster_roles if ref.kind == "ClusterRole" else (namespace, ref.name) in roles
        if changed or other is None or other.subjects != binding.subjects or other.role_ref != ref:
            for subject in (*binding.subjects, *(other.subjects if other else ())):
                if meant_subject := meant(subject, namespace):
                    namespaces_of[meant_subject].add(namespace)

    for state, other_state, is_first in ((old.objects, new.objects, True), (new.objects, old.objects, False)):
        for name, binding in state.cluster_role_bindings.items():
            other = other_state.cluster_role_bindings.get(name)
            if is_first or other is None:
                compare(binding, other, "")
        for key, local in state.role_bindings.items():
            other_local = other_state.role_bindings.get(key)
            if key[0] and (is_first or other_local is None):
                compare(local, other_local, key[0])
    return namespaces_of


def _cluster_rules(bound: StateBindings, name: str) -> tuple[PolicyRule, ...]:
    return bound.role(RoleRef(kind="ClusterRole", name=name), "").rules


def _rules(role: Role | None) -> tuple[PolicyRule, ...]:
    return role.rules if role is not None else ()
