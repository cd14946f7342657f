"""The defaults that all policies have in common, as Assign and ModifySet.

A mutation has a fixed location and does not know which policy admits the pod. A default of every container is
set on the pod where that has the same effect.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rbacpsp.migration import controls
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.gatekeeper.manifests import SHORT_NAME, mutation
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.seccomp import field_for_annotation

_LISTS = ("containers", "initContainers")
"""A pod that is created has no ephemeral containers."""


class MutationSpec(NamedTuple):
    """One field that a mutation sets."""

    kind: str
    location: str
    parameters: JSONObject


def common_mutations(task: MigrationTask) -> set[str]:
    """The fields that are filled in with the same value, whichever policy admits the pod."""
    first, *others = task.policies
    common = _of(first)
    for policy in others:
        of_policy = _of(policy)
        common = {field: specs for field, specs in common.items() if of_policy.get(field) == specs}
    return set(common)


def mutations(task: MigrationTask) -> Iterator[JSONObject]:
    """The mutations that all policies have in common."""
    alike = common_mutations(task)
    names = [policy.name for policy in task.policies]
    for field, specs in _of(task.policies[0]).items():
        if field not in alike:
            continue
        for number, (kind, location, parameters) in enumerate(specs, 1):
            name = f"{stem_of(field).lower()}-{number}.{SHORT_NAME}"
            yield mutation(kind, name, location, parameters, task.options, names)


def _of(policy: PolicyControls) -> dict[str, list[MutationSpec]]:
    specs_by_field = {}
    for control in policy.controls:
        if control.fills and type(control) in _FILLINGS:
            specs = list(_FILLINGS[type(control)](control))
            if specs:
                specs_by_field[control.fills] = specs
    return specs_by_field


def _assign(location: str, value: Any) -> MutationSpec:
    unset = [{"subPath": location, "condition": "MustNotExist"}]
    return MutationSpec("Assign", location, {"pathTests": unset, "assign": {"value": value}})


def _at_pod(field: str, value: Any) -> MutationSpec:
    return _assign(f"spec.securityContext.{field}", value)


def _at_containers(field: str, value: Any) -> Iterator[MutationSpec]:
    for name in _LISTS:
        yield _assign(f"spec.{name}[name:*].securityContext.{field}", value)


def _user(control: controls.UserIDs) -> Iterator[MutationSpec]:
    yield _at_pod("runAsUser", control.ranges[0].min)


def _non_root(_control: controls.NonRoot) -> Iterator[MutationSpec]:
    yield _at_pod("runAsNonRoot", value=True)


def _group(control: controls.GroupIDs) -> Iterator[MutationSpec]:
    lowest = control.ranges[0].min
    yield _at_pod(control.field, [lowest] if control.field == "supplementalGroups" else lowest)


def _selinux(control: controls.SELinuxLabels) -> Iterator[MutationSpec]:
    options = control.options
    named = {"level": options.level, "role": options.role, "type": options.type, "user": options.user}
    yield _at_pod("seLinuxOptions", {key: text for key, text in named.items() if text})


def _read_only(_control: controls.ReadOnlyRoot) -> Iterator[MutationSpec]:
    yield from _at_containers("readOnlyRootFilesystem", value=True)


def _escalation(control: controls.PrivilegeEscalation) -> Iterator[MutationSpec]:
    yield from _at_containers("allowPrivilegeEscalation", bool(control.default))


def _drops(control: controls.LinuxCapabilities) -> Iterator[MutationSpec]:
    """Nothing where capabilities are added by default: a container that drops one would get it back."""
    if not control.default_add:
        for name in _LISTS:
            values = {"fromList": sorted(set(control.required_drop))}
            yield MutationSpec(
                "ModifySet",
                f"spec.{name}[name:*].securityContext.capabilities.drop",
                {"operation": "merge", "values": values},
            )


def _seccomp(control: controls.SeccompProfiles) -> Iterator[MutationSpec]:
    field = field_for_annotation(control.default)
    if field is not None:
        yield _at_pod("seccompProfile", field)


def _runtime_class(control: controls.RuntimeClasses) -> Iterator[MutationSpec]:
    yield _assign("spec.runtimeClassName", control.default)


_FILLINGS: Mapping[type[controls.Control], Callable[[Any], Iterator[MutationSpec]]] = {
    controls.UserIDs: _user,
    controls.NonRoot: _non_root,
    controls.GroupIDs: _group,
    controls.SELinuxLabels: _selinux,
    controls.ReadOnlyRoot: _read_only,
    controls.PrivilegeEscalation: _escalation,
    controls.LinuxCapabilities: _drops,
    controls.SeccompProfiles: _seccomp,
    controls.RuntimeClasses: _runtime_class,
}
"""No mutation sets an AppArmor profile: a pod that names one in an annotation would then have two."""
