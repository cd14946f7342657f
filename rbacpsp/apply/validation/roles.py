"""The API server's validation of roles and bindings.

Source: pkg/apis/rbac/validation/validation.go, 1.24 and 1.37.
"""

from collections.abc import Iterator

from rbacpsp.apply.validation.metadata import metadata_errors, selector_errors, selects_nothing
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    go_strings,
    invalid,
    not_supported,
    required,
)
from rbacpsp.model.names import path_segment_errors, subdomain_errors
from rbacpsp.model.rbac import (
    GROUP,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacpsp.model.version import Version

_DECLARATIVE_SINCE = Version(1, 37)
"""Since this version generated code reports a missing verb, with a shorter message."""
_IMMUTABLE_WORDS_SINCE = Version(1, 36)


def role_errors(role: Role | ClusterRole, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a Role or a ClusterRole that is created."""
    namespaced = isinstance(role, Role)
    yield from metadata_errors(role.metadata, version, path_segment_errors, namespaced=namespaced)
    for index, rule in enumerate(role.rules):
        yield from _rule_errors(rule, FieldPath.of("rules").index(index), version, namespaced=namespaced)
    if isinstance(role, ClusterRole):
        yield from _aggregation_errors(role, version)


def _rule_errors(
    rule: PolicyRule, path: FieldPath, version: Version, *, namespaced: bool
) -> Iterator[FieldError]:
    if not rule.verbs:
        words = "" if version >= _DECLARATIVE_SINCE else "verbs must contain at least one value"
        yield required(path.child("verbs"), words)
    if rule.non_resource_urls:
        urls = go_strings("string", rule.non_resource_urls, version)
        if namespaced:
            words = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(path.child("nonResourceURLs"), urls, words)
        if rule.api_groups or rule.resources or rule.resource_names:
            words = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(path.child("nonResourceURLs"), urls, words)
        return
    if not rule.api_groups:
        yield required(path.child("apiGroups"), "resource rules must supply at least one api group")
    if not rule.resources:
        yield required(path.child("resources"), "resource rules must supply at least one resource")


def _aggregation_errors(role: ClusterRole, version: Version) -> Iterator[FieldError]:
    if role.aggregation_rule is None:
        return
    path = FieldPath.of("aggregationRule", "clusterRoleSelectors")
    selectors = role.aggregation_rule.cluster_role_selectors
    if not selectors:
        yield required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    for index, selector in enumerate(selectors):
        yield from selector_errors(selector, path.index(index), version)
        if selects_nothing(selector, version):
            yield invalid(path.index(index), None, "invalid label selector.", version)


def binding_errors(binding: RoleBinding | ClusterRoleBinding, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a RoleBinding or a ClusterRoleBinding that is created."""
    namespaced = isinstance(binding, RoleBinding)
    yield from metadata_errors(binding.metadata, version, path_segment_errors, namespaced=namespaced)
    yield from _role_ref_errors(binding.role_ref, version, namespaced=namespaced)
    for index, subject in enumerate(binding.subjects):
        path = FieldPath.of("subjects").index(index)
        yield from _subject_errors(subject, path, version, namespaced=namespaced)


def _role_ref_errors(ref: RoleRef, version: Version, *, namespaced: bool) -> Iterator[FieldError]:
    path = FieldPath.of("roleRef")
    if ref.api_group != GROUP:
        yield not_supported(path.child("apiGroup"), ref.api_group, (GROUP,))
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    if ref.kind not in kinds:
        yield not_supported(path.child("kind"), ref.kind, kinds)
    if not ref.name:
        yield required(path.child("name"))
    for words in path_segment_errors(ref.name, version):
        yield invalid(path.child("name"), ref.name, words)


def _subject_errors(
    subject: Subject, path: FieldPath, version: Version, *, namespaced: bool
) -> Iterator[FieldError]:
    if not subject.name:
        yield required(path.child("name"))
    if subject.kind == "ServiceAccount":
        for words in subdomain_errors(subject.name, version) if subject.name else ():
            yield invalid(path.child("name"), subject.name, words)
        if subject.api_group:
            yield not_supported(path.child("apiGroup"), subject.api_group, ("",))
        if not namespaced and not subject.namespace:
            yield required(path.child("namespace"))
    elif subject.kind in {"User", "Group"}:
        if subject.api_group != GROUP:
            yield not_supported(path.child("apiGroup"), subject.api_group, (GROUP,))
    else:
        yield not_supported(path.child("kind"), subject.kind, ("ServiceAccount", "User", "Group"))


def role_ref_change(
    binding: RoleBinding | ClusterRoleBinding, old: RoleBinding | ClusterRoleBinding, version: Version
) -> Iterator[FieldError]:
    """The roleRef of a stored binding cannot change: the binding must be deleted and created again."""
    ref = binding.role_ref
    if ref == old.role_ref:
        return
    if version >= _IMMUTABLE_WORDS_SINCE:
        value = f'{{"apiGroup":"{ref.api_group}","kind":"{ref.kind}","name":"{ref.name}"}}'
        yield invalid(FieldPath.of("roleRef"), GoText(value), "field is immutable")
    else:
        value = f'rbac.RoleRef{{APIGroup:"{ref.api_group}", Kind:"{ref.kind}", Name:"{ref.name}"}}'
        yield invalid(FieldPath.of("roleRef"), GoText(value), "cannot change roleRef")
