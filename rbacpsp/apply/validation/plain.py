"""Quickly recognizes roles, bindings, accounts and namespaces that are certainly valid.

Nearly all objects are, so that only the others need the slower validation, which builds a path to each field:
a large cluster loads in a third of the time.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from rbacpsp.model.meta import Namespace, ObjectMeta, ServiceAccount
from rbacpsp.model.names import label_key_errors, label_value_errors
from rbacpsp.model.objects import AnyObject
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
from rbacpsp.model.version import NEWEST

_REMEMBERED = 65_536
_is_plain_name = lru_cache(_REMEMBERED)(re.compile("[a-z0-9][a-z0-9:._-]{0,251}[a-z0-9]").fullmatch)
"""A name without the characters that a URL segment cannot contain; a single dot does not match."""
_is_plain_label = lru_cache(_REMEMBERED)(re.compile("[a-z0-9][a-z0-9-]{0,61}[a-z0-9]").fullmatch)
_PLAIN_ANNOTATIONS, _FEW = 32 * 1024, 64
"""Annotations within these limits stay below the server's limit of 256 KiB, in any script."""


def is_plain(obj: AnyObject) -> bool:
    """Whether every version accepts the object; False only means that the full validation must decide."""
    check = _PLAIN.get(type(obj))
    return check is not None and check(obj)


def _plain_role_binding(obj: RoleBinding) -> bool:
    return (
        _plain_metadata(obj.metadata, namespaced=True)
        and _plain_role_ref(obj.role_ref, namespaced=True)
        and all(map(_plain_subject, obj.subjects))
    )


def _plain_cluster_role_binding(obj: ClusterRoleBinding) -> bool:
    return (
        _plain_metadata(obj.metadata, namespaced=False)
        and _plain_role_ref(obj.role_ref, namespaced=False)
        and all(map(_plain_subject, obj.subjects))
    )


def _plain_role(obj: Role) -> bool:
    return _plain_metadata(obj.metadata, namespaced=True) and all(map(_plain_rule, obj.rules))


def _plain_cluster_role(obj: ClusterRole) -> bool:
    is_plain_object = obj.aggregation_rule is None and _plain_metadata(obj.metadata, namespaced=False)
    return is_plain_object and all(map(_plain_rule, obj.rules))


def _plain_account(obj: ServiceAccount) -> bool:
    return bool(_is_plain_label(obj.metadata.name)) and _plain_metadata(obj.metadata, namespaced=True)


def _plain_namespace(obj: Namespace) -> bool:
    if obj.metadata.labels or obj.spec.finalizers not in _PLAIN_FINALIZERS:
        return False
    return bool(_is_plain_label(obj.metadata.name)) and _plain_metadata(obj.metadata, namespaced=False)


_PLAIN: dict[type, Callable[[Any], bool]] = {
    RoleBinding: _plain_role_binding,
    ClusterRoleBinding: _plain_cluster_role_binding,
    Role: _plain_role,
    ClusterRole: _plain_cluster_role,
    ServiceAccount: _plain_account,
    Namespace: _plain_namespace,
}
_PLAIN_FINALIZERS = ((), ("kubernetes",))
"""The finalizers of namespaces, as they are written and as they are stored."""


def _plain_metadata(metadata: ObjectMeta, *, namespaced: bool) -> bool:
    return bool(
        _is_plain_name(metadata.name)
        and (not namespaced or _is_plain_label(metadata.namespace))
        and (not metadata.labels or all(map(_good_label, metadata.labels.items())))
        and (not metadata.annotations or _plain_annotations(metadata.annotations))
        and not metadata.generate_name
        and not metadata.owner_references
        and not metadata.finalizers
        and metadata.generation >= 0
    )


@lru_cache(maxsize=4096)
def _good_label(label: tuple[str, str]) -> bool:
    """Whether every release accepts a label: releases differ only in the wording of their errors."""
    key, value = label
    return not label_key_errors(key, NEWEST) and not label_value_errors(value, NEWEST)


def _plain_annotations(annotations: Mapping[str, str]) -> bool:
    fits = sum(map(len, annotations.values())) < _PLAIN_ANNOTATIONS and len(annotations) < _FEW
    return fits and all(_good_label((key.lower(), "")) for key in annotations)


def _plain_role_ref(ref: RoleRef, *, namespaced: bool) -> bool:
    known = ref.kind == "ClusterRole" or (namespaced and ref.kind == "Role")
    return bool(known and ref.api_group == GROUP and _is_plain_name(ref.name))


def _plain_subject(subject: Subject) -> bool:
    if subject.kind == "ServiceAccount":
        return bool(_is_plain_label(subject.name) and subject.namespace and not subject.api_group)
    return subject.kind in {"User", "Group"} and subject.api_group == GROUP and bool(subject.name)


def _plain_rule(rule: PolicyRule) -> bool:
    return bool(rule.verbs and rule.api_groups and rule.resources and not rule.non_resource_urls)
