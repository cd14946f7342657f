"""What policies fill in as Assign and ModifySet, where every policy fills in the same.

Their places are fixed: they cannot know which policy wins, and fill in at the pod what is asked of each of
its containers, where that means the same.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rbacpsp.migration import controls
from rbacpsp.migration.cel.variables import stem_of
from rbacpsp.migration.controls import PolicyControls
from rbacpsp.migration.gatekeeper.shapes import SHORT_NAME, mutation
from rbacpsp.migration.task import Task
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.seccomp import field_for_annotation

_LISTS = ("containers", "initContainers")
"""A pod that is created has no ephemeral containers."""


class Filled(NamedTuple):
    """One thing that is filled in."""

    kind: str
    location: str
    parameters: JSONObject


def filled_alike(task: Task) -> set[str]:
    """The fields of the policies that are filled in, and alike whichever policy wins."""
    first, *others = task.policies
    wanted = _of(first)
    for policy in others:
        there = _of(policy)
        wanted = {field: each for field, each in wanted.items() if there.get(field) == each}
    return set(wanted)


def mutations(task: Task) -> Iterator[JSONObject]:
    """The mutations of what every policy fills in alike."""
    alike = filled_alike(task)
    names = [policy.name for policy in task.policies]
    for field, listed in _of(task.policies[0]).items():
        if field not in alike:
            continue
        for number, (kind, location, parameters) in enumerate(listed, 1):
            name = f"{stem_of(field).lower()}-{number}.{SHORT_NAME}"
            yield mutation(kind, name, location, parameters, task.options, names)


def _of(policy: PolicyControls) -> dict[str, list[Filled]]:
    found = {}
    for control in policy.controls:
        if control.fills and type(control) in _FILLINGS:
            listed = list(_FILLINGS[type(control)](control))
            if listed:
                found[control.fills] = listed
    return found


def _assign(location: str, value: Any) -> Filled:
    unset = [{"subPath": location, "condition": "MustNotExist"}]
    return Filled("Assign", location, {"pathTests": unset, "assign": {"value": value}})


def _at_pod(field: str, value: Any) -> Filled:
    return _assign(f"spec.securityContext.{field}", value)


def _at_containers(field: str, value: Any) -> Iterator[Filled]:
    for name in _LISTS:
        yield _assign(f"spec.{name}[name:*].securityContext.{field}", value)


def _user(control: controls.UserIDs) -> Iterator[Filled]:
    yield _at_pod("runAsUser", control.ranges[0].min)


def _non_root(_control: controls.NonRoot) -> Iterator[Filled]:
    yield _at_pod("runAsNonRoot", value=True)


def _group(control: controls.GroupIDs) -> Iterator[Filled]:
    lowest = control.ranges[0].min
    yield _at_pod(control.field, [lowest] if control.field == "supplementalGroups" else lowest)


def _selinux(control: controls.SELinuxLabels) -> Iterator[Filled]:
    options = control.options
    named = {"level": options.level, "role": options.role, "type": options.type, "user": options.user}
    yield _at_pod("seLinuxOptions", {key: text for key, text in named.items() if text})


def _read_only(_control: controls.ReadOnlyRoot) -> Iterator[Filled]:
    yield from _at_containers("readOnlyRootFilesystem", value=True)


def _escalation(control: controls.Escalation) -> Iterator[Filled]:
    yield from _at_containers("allowPrivilegeEscalation", bool(control.default))


def _drops(control: controls.LinuxCapabilities) -> Iterator[Filled]:
    """Nothing where capabilities are added by default: a container that drops one would get it back."""
    if not control.default_add:
        for name in _LISTS:
            values = {"fromList": sorted(set(control.required_drop))}
            yield Filled(
                "ModifySet",
                f"spec.{name}[name:*].securityContext.capabilities.drop",
                {"operation": "merge", "values": values},
            )


def _seccomp(control: controls.SeccompProfiles) -> Iterator[Filled]:
    field = field_for_annotation(control.default)
    if field is not None:
        yield _at_pod("seccompProfile", field)


def _runtime_class(control: controls.RuntimeClasses) -> Iterator[Filled]:
    yield _assign("spec.runtimeClassName", control.default)


_FILLINGS: Mapping[type[controls.Control], Callable[[Any], Iterator[Filled]]] = {
    controls.UserIDs: _user,
    controls.NonRoot: _non_root,
    controls.GroupIDs: _group,
    controls.SELinuxLabels: _selinux,
    controls.ReadOnlyRoot: _read_only,
    controls.Escalation: _escalation,
    controls.LinuxCapabilities: _drops,
    controls.SeccompProfiles: _seccomp,
    controls.RuntimeClasses: _runtime_class,
}
"""An AppArmor profile is filled in nowhere: a pod that names one in an annotation would name two."""
