"""Builds the frames of loaded objects: subjects, bindings, roles and rules."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd
from msgspec.structs import replace

from rbacpsp.frames.table import columns, joined, table
from rbacpsp.model import ClusterRoleBinding, Objects, RoleBinding, RoleRef, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import RoleRules

Binding = RoleBinding | ClusterRoleBinding

REAL = frozenset({"User", "Group", "ServiceAccount"})
"""The kinds of subject that a user can be."""


class ResolvedBindings:
    """The bindings of some objects, and the roles that their roleRefs name."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.roles = Roles(objects)

    def __iter__(self) -> Iterator[tuple[str, Binding]]:
        """Every binding with its scope, empty for the whole cluster."""
        for cluster_binding in self.objects.cluster_role_bindings.values():
            yield "", cluster_binding
        for (namespace, _), binding in self.objects.role_bindings.items():
            yield namespace, binding

    def is_assumed(self, kind: str, namespace: str, name: str) -> bool:
        """Whether a role is assumed."""
        roles = self.objects
        role = roles.cluster_roles.get(name) if kind == "ClusterRole" else roles.roles.get((namespace, name))
        return role is not None and role.assumed

    def rests_on_assumed(self, binding: Binding, scope: str) -> bool:
        """Whether a binding or its role is assumed."""
        ref = binding.role_ref
        return binding.assumed or self.is_assumed(ref.kind, scope, ref.name)

    def resolved(self) -> Iterator[tuple[tuple[str, str, str], RoleRules]]:
        """Every role that was loaded, as (kind, namespace, name), and its rules."""
        for name in self.objects.cluster_roles:
            yield ("ClusterRole", "", name), self.roles.resolve(RoleRef(kind="ClusterRole", name=name), "")
        for namespace, name in self.objects.roles:
            yield ("Role", namespace, name), self.roles.resolve(RoleRef(kind="Role", name=name), namespace)


def binding_subjects(binding: Binding, scope: str) -> dict[Subject, None]:
    """The distinct subjects of a binding; an account without a namespace gets that of the binding."""
    return dict.fromkeys(
        replace(written, namespace=scope)
        if scope and written.kind == "ServiceAccount" and not written.namespace
        else written
        for written in binding.subjects
    )


def is_real(subject: Subject) -> bool:
    """Whether any user can be the subject."""
    return subject.kind in REAL and (subject.kind != "ServiceAccount" or bool(subject.namespace))


def subjects(bound: ResolvedBindings) -> pd.DataFrame:
    """One row for each subject that bindings name, and for each loaded service account."""
    counts = Counter(
        _plain(subject) for scope, binding in bound for subject in binding_subjects(binding, scope)
    )
    accounts = bound.objects.service_accounts
    account_keys = {("ServiceAccount", *key) for key in accounts}
    assumed = {("ServiceAccount", *key) for key, account in accounts.items() if account.assumed}
    loaded = account_keys - assumed
    rows = (
        (
            subject_text(Subject(subject_key[0], subject_key[2], subject_key[1])),
            *subject_key,
            subject_key in loaded,
            is_real(Subject(subject_key[0], subject_key[2], subject_key[1])),
            counts[subject_key],
            subject_key in assumed,
        )
        for subject_key in {*counts, *account_keys}
    )
    return table("subjects", columns("subjects", rows), ("kind", "namespace", "name"))


def _plain(subject: Subject) -> tuple[str, str, str]:
    return (subject.kind, subject.namespace, subject.name)


def bindings(bound: ResolvedBindings) -> pd.DataFrame:
    """One row for each binding."""
    rows = (
        (
            binding.kind,
            scope,
            binding.name,
            binding.role_ref.kind,
            binding.role_ref.name,
            len(binding_subjects(binding, scope)),
            bound.roles.resolve(binding.role_ref, scope).error,
            binding.assumed,
        )
        for scope, binding in bound
    )
    return table("bindings", columns("bindings", rows), ("namespace", "kind", "name"))


def roles(bound: ResolvedBindings) -> pd.DataFrame:
    """One row for each loaded role."""
    refs = ((scope, binding.role_ref) for scope, binding in bound)
    counts = Counter((ref.kind, scope if ref.kind == "Role" else "", ref.name) for scope, ref in refs)
    aggregated = {
        ("ClusterRole", "", name)
        for name, role in bound.objects.cluster_roles.items()
        if role.aggregation_rule
    }
    rows = (
        (
            *key,
            len(role_rules.rules),
            counts[key],
            key in aggregated,
            role_rules.computed,
            bound.is_assumed(*key),
        )
        for key, role_rules in bound.resolved()
    )
    return table("roles", columns("roles", rows), ("kind", "namespace", "name"))


def rules(bound: ResolvedBindings) -> pd.DataFrame:
    """One row for each rule of a loaded role."""
    rows = (
        (
            *key,
            rule_index,
            joined(rule.verbs),
            joined(rule.api_groups),
            joined(rule.resources),
            joined(rule.resource_names),
            joined(rule.non_resource_urls),
            bound.is_assumed(*key),
        )
        for key, role_rules in bound.resolved()
        for rule_index, rule in enumerate(role_rules.rules)
    )
    return table("rules", columns("rules", rows), ("role_kind", "role_namespace", "role", "rule"))
