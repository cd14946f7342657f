"""Selects what lists show: the objects that were read, and the assumed ones that are connected to them.

Every server has more than a hundred bootstrap objects. Every decision uses them, but a list shows one only
where it refers to a loaded object or a loaded object refers to it. OpenShift's security context constraints,
under which every pod may run, are always shown, with the bindings that allow their use.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from rbacpsp.apply.selectors import selects
from rbacpsp.catalog.bootstrap import DEFAULT_ACCOUNT, recorded_release
from rbacpsp.model import (
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Identity,
    Manifest,
    Objects,
    Role,
    RoleBinding,
    Version,
)
from rbacpsp.model.meta import AssumedMeta, OpenShiftMeta
from rbacpsp.model.request import split_service_account

Binding = RoleBinding | ClusterRoleBinding

_NAMED = 3
"""How many objects a sentence names."""

_POD_SPECS = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
    ("template", "spec"),
)
"""The paths of the service account's name in pods, workloads, cron jobs and pod templates."""


def listed(objects: Objects) -> Objects:
    """The objects that lists show."""
    if objects.assumed_as is None or objects.assumed_is_listed:
        return objects
    connected = frozenset(_connected_objects(objects))
    result = Objects(
        templates=objects.templates,
        kubernetes_version=objects.kubernetes_version,
        openshift_version=objects.openshift_version,
        warnings=objects.warnings,
        ignored=objects.ignored,
        server=objects.server,
        aggregation=objects.aggregation,
        assumed_as=objects.assumed_as,
        partly_read=objects.partly_read,
        surroundings=objects.surroundings,
    )
    result.line_finders |= objects.line_finders
    for obj, place in objects.with_places():
        if not is_assumed(obj) or (obj.kind, obj.namespace, obj.name) in connected:
            result.add(obj, *place)
    return result


def listed_bindings(objects: Objects) -> list[Binding]:
    """The bindings that lists show, ClusterRoleBindings first; faster than `listed`."""
    bindings: list[Binding] = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
    if objects.assumed_as is None or objects.assumed_is_listed:
        return bindings
    return [
        binding
        for binding in bindings
        if not isinstance(binding.metadata, AssumedMeta)
        or isinstance(binding.metadata, OpenShiftMeta)
        or _leads_to_loaded(binding, objects)
    ]


def listed_roles(objects: Objects) -> list[Role | ClusterRole]:
    """The roles that lists show, ClusterRoles first; faster than `listed`."""
    roles: list[Role | ClusterRole] = [*objects.cluster_roles.values(), *objects.roles.values()]
    if objects.assumed_as is None or objects.assumed_is_listed:
        return roles
    bound = set(map(_referenced_role, listed_bindings(objects)))
    extended = _extended_roles(objects)
    return [
        role
        for role in roles
        if not isinstance(role.metadata, AssumedMeta)
        or (role.kind, role.namespace, role.name) in bound
        or (role.name in extended and not role.namespace)
    ]


def is_assumed(obj: AnyObject) -> bool:
    """Whether an object was not loaded but is assumed."""
    return not isinstance(obj, Manifest) and obj.assumed


def assumed_words(objects: Iterable[AnyObject], version: Version) -> str:
    """A sentence that names the assumed ones of some objects and their release; empty if none is assumed."""
    of_kubernetes: set[str] = set()
    of_openshift: set[str] = set()
    for obj in objects:
        if is_assumed(obj):
            (of_openshift if isinstance(obj.metadata, OpenShiftMeta) else of_kubernetes).add(
                f"{obj.kind} {obj.name}"
            )
    kubernetes = f"Kubernetes {recorded_release(version)}"
    sentences = (_created_by(kubernetes, of_kubernetes), _created_by("OpenShift", of_openshift))
    return "; ".join(filter(None, sentences))


def _created_by(maker: str, names_found: set[str]) -> str:
    if not names_found:
        return ""
    names = sorted(names_found)
    more = len(names) - _NAMED
    listed_names = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{listed_names}: as {maker} creates {'it' if len(names) == 1 else 'them'}"


def _connected_objects(objects: Objects) -> Iterator[Identity]:
    """The assumed objects that a loaded object refers to, or that refer to a loaded one."""
    for obj in objects.loaded:
        if isinstance(obj, RoleBinding | ClusterRoleBinding):
            yield from _referenced_objects(obj)
        elif isinstance(obj, Manifest):
            yield ("ServiceAccount", obj.namespace, _account_of(obj))
        if obj.namespace:
            yield ("Namespace", "", obj.namespace)
    for binding in listed_bindings(objects):
        if binding.assumed:
            yield (binding.kind, binding.namespace, binding.name)
            yield from _referenced_objects(binding)
    yield from (("ClusterRole", "", name) for name in _extended_roles(objects))
    yield from (("SecurityContextConstraints", "", name) for name in objects.constraints)


def _referenced_objects(binding: Binding) -> Iterator[Identity]:
    """The objects that a binding refers to: its role, and the service accounts among its subjects."""
    yield _referenced_role(binding)
    for namespace, name in _accounts(binding):
        yield ("ServiceAccount", namespace, name)


def _referenced_role(binding: Binding) -> Identity:
    """The role that a binding refers to, which need not exist."""
    ref = binding.role_ref
    return (ref.kind, binding.metadata.namespace if ref.kind == "Role" else "", ref.name)


def _accounts(binding: Binding) -> Iterator[tuple[str, str]]:
    for subject in binding.subjects:
        if subject.kind == "ServiceAccount":
            yield (subject.namespace or binding.namespace, subject.name)
        elif subject.kind == "User" and (account := split_service_account(subject.name)):
            yield account


def _leads_to_loaded(binding: Binding, objects: Objects) -> bool:
    ref = binding.role_ref
    role = (
        objects.cluster_roles.get(ref.name)
        if ref.kind == "ClusterRole"
        else objects.roles.get((binding.namespace, ref.name))
    )
    if role is not None and not role.assumed:
        return True
    accounts = (objects.service_accounts.get(account) for account in _accounts(binding))
    return any(account is not None and not account.assumed for account in accounts)


def _extended_roles(objects: Objects) -> set[str]:
    """The aggregated roles that get rules of a loaded role, directly or through other roles."""
    aggregated = [role for role in objects.cluster_roles.values() if role.aggregation_rule and role.assumed]
    names: set[str] = set()
    sources = [role for role in objects.cluster_roles.values() if not role.assumed and role.metadata.labels]
    while sources:
        sources = [
            role
            for role in aggregated
            if role.name not in names and any(_copies(role, source) for source in sources)
        ]
        names.update(role.name for role in sources)
    return names


def _copies(role: ClusterRole, source: ClusterRole) -> bool:
    selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
    return any(selects(selector, source.metadata.labels) for selector in selectors)


def _account_of(manifest: Manifest) -> str:
    """The service account of a pod, or of a workload's pods."""
    for path in _POD_SPECS:
        spec: Any = manifest.body
        for step in path:
            spec = spec.get(step) if isinstance(spec, dict) else None
        name = spec.get("serviceAccountName") if isinstance(spec, dict) else None
        if isinstance(name, str) and name:
            return name
    return DEFAULT_ACCOUNT
