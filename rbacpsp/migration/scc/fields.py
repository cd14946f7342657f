"""The fields of constraints that enforce each control of a policy.

Constraints start by allowing everything, and each control restricts them. `rbacpsp.migration.scc.differences`
lists the controls that have no field or a different meaning.

Source: openshift/api security/v1 types.go; apiserver-library-go sccmatching/provider.go, release-4.21.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH, NONE
from rbacpsp.migration import controls
from rbacpsp.model.json import JSONObject
from rbacpsp.model.psp import Range
from rbacpsp.scc.rules import SAFE_SYSCTLS

_ANY: JSONObject = {"type": "RunAsAny"}
_MUST = "MustRunAs"
_OPEN: JSONObject = {
    "allowHostDirVolumePlugin": True,
    "allowHostIPC": True,
    "allowHostNetwork": True,
    "allowHostPID": True,
    "allowHostPorts": True,
    "allowPrivilegeEscalation": True,
    "allowPrivilegedContainer": True,
    "allowedCapabilities": [ALL],
    "allowedUnsafeSysctls": [ALL],
    "defaultAddCapabilities": [],
    "fsGroup": _ANY,
    "groups": [],
    "readOnlyRootFilesystem": False,
    "requiredDropCapabilities": [],
    "runAsUser": _ANY,
    "seLinuxContext": _ANY,
    "seccompProfiles": [ALL],
    "supplementalGroups": _ANY,
    "users": [],
    "volumes": [ALL],
}
"""Constraints that allow everything and fill in nothing."""
_FORBIDDEN = {
    "privileged": "allowPrivilegedContainer",
    "hostNetwork": "allowHostNetwork",
    "hostPID": "allowHostPID",
    "hostIPC": "allowHostIPC",
}
_VOLUMES = {"storageos": "storageOS", "vsphereVolume": "vsphere"}
"""The types of volumes that constraints spell differently."""
_FLEX_VOLUME, _CSI = "flexVolume", "csi"


def fields_of(policy: controls.PolicyControls) -> Iterator[JSONObject]:
    """The fields of the constraints for a policy: one set for each range of users.

    A pod is admitted if any of them admits it; the first sets the policy's defaults.
    """
    fields = dict(_OPEN)
    users: tuple[Range, ...] = ()
    for control in policy.controls:
        if isinstance(control, controls.UserIDs):
            users = control.ranges
        fields |= _FIELDS[type(control)](control)
    if not allows(policy, _FLEX_VOLUME):
        fields.pop("allowedFlexVolumes", None)
    for span in users or (None,):
        yield dict(sorted((fields if span is None else fields | {"runAsUser": _user(span)}).items()))


def allows(policy: controls.PolicyControls, kind: str) -> bool:
    """Whether a policy allows volumes of a type."""
    types = (control.types for control in policy.controls if isinstance(control, controls.VolumeTypes))
    return kind in next(types, (kind,))


def allows_host_paths(policy: controls.PolicyControls) -> bool:
    """Whether a policy allows folders of the host."""
    return allows(policy, HOST_PATH)


def allows_csi(policy: controls.PolicyControls) -> bool:
    """Whether a policy allows CSI volumes."""
    return allows(policy, _CSI)


def _nothing(_control: controls.Control) -> JSONObject:
    return {}


def _forbidden(control: controls.ForbiddenField) -> JSONObject:
    return {_FORBIDDEN[control.field]: False}


def _host_ports(control: controls.HostPorts) -> JSONObject:
    return {"allowHostPorts": any(span.max > 0 for span in control.ranges)}


def _volumes(control: controls.VolumeTypes) -> JSONObject:
    names = sorted({_VOLUMES.get(volume_type, volume_type) for volume_type in control.types} - {NONE})
    return {"allowHostDirVolumePlugin": HOST_PATH in names, "volumes": names or [NONE]}


def _drivers(control: controls.Drivers) -> JSONObject:
    if control.field != "allowedFlexVolumes":
        return {}
    return {"allowedFlexVolumes": [{"driver": driver} for driver in control.drivers]}


def _user(span: Range) -> JSONObject:
    if span.min == span.max:
        return {"type": _MUST, "uid": span.min}
    return {"type": "MustRunAsRange", "uidRangeMin": span.min, "uidRangeMax": span.max}


def _non_root(_control: controls.NonRoot) -> JSONObject:
    return {"runAsUser": {"type": "MustRunAsNonRoot"}}


def _groups(control: controls.GroupIDs) -> JSONObject:
    if control.field == "runAsGroup":
        return {}
    spans = [{"min": span.min, "max": span.max} for span in control.ranges]
    return {control.field: {"type": _MUST, "ranges": spans}}


def _labels(control: controls.SELinuxLabels) -> JSONObject:
    options = control.options
    labels = {"level": options.level, "role": options.role, "type": options.type, "user": options.user}
    return {
        "seLinuxContext": {
            "type": _MUST,
            "seLinuxOptions": {key: value for key, value in labels.items() if value},
        }
    }


def _read_only(_control: controls.ReadOnlyRoot) -> JSONObject:
    return {"readOnlyRootFilesystem": True}


def _escalation(control: controls.PrivilegeEscalation) -> JSONObject:
    fields: JSONObject = {"allowPrivilegeEscalation": control.allowed}
    if control.allowed and control.default is not None:
        fields["defaultAllowPrivilegeEscalation"] = control.default
    return fields


def _capabilities(control: controls.LinuxCapabilities) -> JSONObject:
    return {
        "allowedCapabilities": list(control.allowed),
        "defaultAddCapabilities": list(control.default_add),
        "requiredDropCapabilities": list(control.required_drop),
    }


def _seccomp(control: controls.SeccompProfiles) -> JSONObject:
    """The first profile in the list is the default; an empty one means that there is no default."""
    if control.allowed is None:
        return {"seccompProfiles": [*([control.default] if control.default else ()), ALL]}
    first = control.default if control.default in control.allowed else ""
    return {"seccompProfiles": sorted(control.allowed, key=lambda profile: (profile != first, profile))}


def _sysctls(control: controls.SysctlNames) -> JSONObject:
    """The sysctls; those that OpenShift counts as safe but the policy's server did not are forbidden."""
    unsafe = sorted(
        name
        for name in SAFE_SYSCTLS - set(control.safe)
        if not matches_sysctl_pattern(name, (*control.allowed_unsafe, *control.forbidden))
    )
    return {
        "allowedUnsafeSysctls": list(control.allowed_unsafe),
        "forbiddenSysctls": [*control.forbidden, *unsafe],
    }


def matches_sysctl_pattern(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a sysctl is one of some patterns: names, or prefixes that end in `*`."""
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns
    )


_FIELDS: Mapping[type[controls.Control], Callable[[Any], JSONObject]] = {
    controls.ForbiddenField: _forbidden,
    controls.HostPorts: _host_ports,
    controls.VolumeTypes: _volumes,
    controls.HostPaths: _nothing,
    controls.Drivers: _drivers,
    controls.UserIDs: _nothing,
    controls.NonRoot: _non_root,
    controls.GroupIDs: _groups,
    controls.SELinuxLabels: _labels,
    controls.ReadOnlyRoot: _read_only,
    controls.PrivilegeEscalation: _escalation,
    controls.LinuxCapabilities: _capabilities,
    controls.ProcMounts: _nothing,
    controls.AppArmorProfiles: _nothing,
    controls.SeccompProfiles: _seccomp,
    controls.SysctlNames: _sysctls,
    controls.RuntimeClasses: _nothing,
}
