"""The controls of a policy that constraints enforce differently, or not at all."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rbacpsp.migration import controls
from rbacpsp.migration.gap import GapKind
from rbacpsp.migration.scc.fields import allows_csi, allows_host_paths

_SYS_ADMIN = "CAP_SYS_ADMIN"


class ControlDifference(NamedTuple):
    """One control that constraints enforce differently, without the affected workloads."""

    kind: GapKind
    field: str
    detail: str


def differences(policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    """The differences between a policy and its constraints."""
    for control in policy.controls:
        yield from _DIFFERENCES[type(control)](control, policy)


def _exact(_control: controls.Control, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    return iter(())


def _host_ports(control: controls.HostPorts, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if any(span.max > 0 for span in control.ranges):
        yield ControlDifference(
            "weaker", control.field, "constraints allow either every port of the host or none: here every one"
        )


def _volumes(control: controls.VolumeTypes, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    """A policy that allows secrets but not projected volumes still allows projected token volumes."""
    if "secret" not in control.types or "projected" in control.types:
        return
    yield ControlDifference(
        "weaker",
        control.field,
        "projected volumes of a service account's token are allowed with openshift-service-ca.crt"
        if control.token_volumes
        else "projected volumes of a service account's token are allowed wherever secrets are",
    )
    if control.token_volumes:
        yield ControlDifference(
            "stricter",
            control.field,
            "a projected volume that takes more of kube-root-ca.crt than ca.crt is refused",
        )


def _host_paths(control: controls.HostPaths, policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if allows_host_paths(policy):
        yield ControlDifference(
            "weaker",
            control.field,
            "constraints allow either every folder of the host or none, and cannot require read-only mounts: "
            "here every one, so that a pod can take over its node; remove hostPath from volumes if no pod "
            "needs it",
        )


def _drivers(control: controls.Drivers, policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if control.field == "allowedCSIDrivers" and allows_csi(policy):
        yield ControlDifference(
            "weaker",
            control.field,
            "constraints have no list of CSI drivers: every driver that OpenShift's CSIInlineVolumeSecurity "
            "plugin admits is allowed",
        )


def _users(control: controls.UserIDs, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if len(control.ranges) > 1:
        yield ControlDifference(
            "stricter",
            control.field,
            "constraints have one range: each range gets constraints of its own, and a pod whose containers "
            "run as users of several ranges is refused",
        )
        yield ControlDifference(
            "mutation lost",
            control.field,
            "a container that names no user gets the lowest user id of the range that the pod's other "
            "containers use, not of the first range",
        )


def _groups(control: controls.GroupIDs, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if control.field == "runAsGroup":
        yield ControlDifference("weaker", control.field, "constraints ignore runAsGroup")
        if control.required:
            yield ControlDifference(
                "mutation lost",
                control.field,
                "constraints cannot fill in runAsGroup: the pod template has to set it",
            )
    elif not control.required:
        yield ControlDifference(
            "stricter",
            control.field,
            "constraints have no MayRunAs: with MustRunAs, a pod that names no group gets the lowest one, "
            "and an empty list is refused",
        )


def _labels(control: controls.SELinuxLabels, _policy: controls.PolicyControls) -> Iterator[ControlDifference]:
    if not control.options.level:
        level = "the level of the pod's namespace (openshift.io/sa.scc.mcs)"
        yield ControlDifference(
            "stricter", control.field, f"the policy does not set a level: {level} is filled in and required"
        )
        yield ControlDifference(
            "weaker", control.field, f"the policy does not set a level: a pod with {level} is admitted"
        )


def _escalation(
    control: controls.PrivilegeEscalation, policy: controls.PolicyControls
) -> Iterator[ControlDifference]:
    if not control.allowed or not _runs_privileged(policy):
        return
    reason = "constraints do not fill it in for a container that is privileged or adds CAP_SYS_ADMIN"
    yield ControlDifference("mutation lost", control.field, reason)
    if control.default is False:
        yield ControlDifference(
            "weaker", control.field, f"{reason}: it is admitted, where the server refused the false value"
        )


def _runs_privileged(policy: controls.PolicyControls) -> bool:
    """Whether the policy allows privileged containers, or CAP_SYS_ADMIN in that spelling."""
    privileged = not any(
        isinstance(control, controls.ForbiddenField) and control.field == "privileged"
        for control in policy.controls
    )
    capabilities = [control for control in policy.controls if isinstance(control, controls.LinuxCapabilities)]
    return privileged or all(
        control.any_allowed or _SYS_ADMIN in {*control.allowed, *control.default_add}
        for control in capabilities
    )


def _proc_mounts(
    control: controls.ProcMounts, _policy: controls.PolicyControls
) -> Iterator[ControlDifference]:
    yield ControlDifference("weaker", control.field, "constraints ignore procMount")


def _apparmor(
    control: controls.AppArmorProfiles, _policy: controls.PolicyControls
) -> Iterator[ControlDifference]:
    reason = "constraints ignore AppArmor: OpenShift's nodes use SELinux instead"
    if control.allowed is not None:
        yield ControlDifference("weaker", control.field, reason)
    if control.default:
        yield ControlDifference("mutation lost", control.fills, reason)


def _seccomp(
    control: controls.SeccompProfiles, _policy: controls.PolicyControls
) -> Iterator[ControlDifference]:
    if control.allowed is None or control.default in control.allowed:
        return
    if control.allowed or control.default:
        yield ControlDifference(
            "weaker",
            control.field,
            "a pod without a profile is admitted, and gets the first allowed profile if there is one: the "
            "policy refuses it",
        )


def _runtime_classes(
    control: controls.RuntimeClasses, _policy: controls.PolicyControls
) -> Iterator[ControlDifference]:
    if not control.any_allowed:
        yield ControlDifference("weaker", control.field, "constraints ignore runtimeClassName")
    if control.fills:
        yield ControlDifference(
            "mutation lost",
            control.fills,
            "constraints cannot fill in runtimeClassName: the pod template has to set it",
        )


_DIFFERENCES: Mapping[
    type[controls.Control], Callable[[Any, controls.PolicyControls], Iterator[ControlDifference]]
] = {
    controls.ForbiddenField: _exact,
    controls.HostPorts: _host_ports,
    controls.VolumeTypes: _volumes,
    controls.HostPaths: _host_paths,
    controls.Drivers: _drivers,
    controls.UserIDs: _users,
    controls.NonRoot: _exact,
    controls.GroupIDs: _groups,
    controls.SELinuxLabels: _labels,
    controls.ReadOnlyRoot: _exact,
    controls.PrivilegeEscalation: _escalation,
    controls.LinuxCapabilities: _exact,
    controls.ProcMounts: _proc_mounts,
    controls.AppArmorProfiles: _apparmor,
    controls.SeccompProfiles: _seccomp,
    controls.SysctlNames: _exact,
    controls.RuntimeClasses: _runtime_classes,
}
