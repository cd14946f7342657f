"""Controls as constraints of Gatekeeper's library, where its templates are equivalent to the policy.

Where they are not, `cel_templates` writes one: for hostPorts (one allowed port lets a forbidden one pass, and
the library supports one range only), allowedHostPaths (`/foo` lets `/foolish` pass), hostPID without hostIPC
and the reverse, volumes where `secret` admits token volumes, MustRunAsNonRoot (an explicit `false` passes),
SELinux (absent labels pass), seccomp and AppArmor (an absent profile means something else), CSI drivers,
runtime classes, and procMount without Default.

Source: github.com/open-policy-agent/gatekeeper-library, library/pod-security-policy, at the commit that
library.json names.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from rbacpsp.migration import controls
from rbacpsp.migration.labels import LABELS
from rbacpsp.model.json import JSONObject
from rbacpsp.model.package_data import package_data
from rbacpsp.model.psp import Range


class LibraryConstraint(NamedTuple):
    """A constraint of the library."""

    kind: str
    parameters: JSONObject | None = None


def library_template(kind: str) -> JSONObject:
    """A template of the library, with the labels of generated objects."""
    template = _templates()[kind]
    metadata = {**template["metadata"], "labels": dict(LABELS)}
    return {**template, "metadata": metadata}


@cache
def _templates() -> Mapping[str, JSONObject]:
    text = package_data("rbacpsp.migration.gatekeeper", "library.json").decode()
    templates: list[JSONObject] = json.loads(text)["templates"]
    return {template["spec"]["crd"]["spec"]["names"]["kind"]: template for template in templates}


def library_constraint(
    control: controls.Control, policy: Sequence[controls.Control]
) -> LibraryConstraint | None:
    """The library's constraint for a control; None if it is not equivalent.

    Args:
        control: The control.
        policy: All controls of its policy.
    """
    if isinstance(control, controls.ForbiddenField):
        return _forbidden(
            control, {other.field for other in policy if isinstance(other, controls.ForbiddenField)}
        )
    translate = _OTHERS.get(type(control))
    return translate(control) if translate is not None else None


def _forbidden(control: controls.ForbiddenField, forbidden: set[str]) -> LibraryConstraint | None:
    match control.field:
        case "privileged":
            return LibraryConstraint("K8sPSPPrivilegedContainer")
        case "hostNetwork":
            return LibraryConstraint("K8sPSPHostNetworkingPorts", {"hostNetwork": False})
        case _ if {"hostPID", "hostIPC"} <= forbidden:
            return LibraryConstraint("K8sPSPHostNamespace")
    return None


def _volume_types(control: controls.VolumeTypes) -> LibraryConstraint | None:
    if control.token_volumes and "projected" not in control.types:
        return None
    return LibraryConstraint("K8sPSPVolumeTypes", {"volumes": list(control.types)})


def _drivers(control: controls.Drivers) -> LibraryConstraint | None:
    if control.field != "allowedFlexVolumes":
        return None
    return LibraryConstraint(
        "K8sPSPFlexVolumes", {"allowedFlexVolumes": [{"driver": driver} for driver in control.drivers]}
    )


def _users(control: controls.UserIDs) -> LibraryConstraint:
    return LibraryConstraint("K8sPSPAllowedUsers", {control.field: _rule("MustRunAs", control.ranges)})


def _groups(control: controls.GroupIDs) -> LibraryConstraint | None:
    if control.field == "supplementalGroups" and control.required:
        return None
    rule = "MustRunAs" if control.required else "MayRunAs"
    return LibraryConstraint("K8sPSPAllowedUsers", {control.field: _rule(rule, control.ranges)})


def _rule(rule: str, ranges: tuple[Range, ...]) -> JSONObject:
    return {"rule": rule, "ranges": [{"min": span.min, "max": span.max} for span in ranges]}


def _escalation(control: controls.PrivilegeEscalation) -> LibraryConstraint | None:
    return None if control.allowed else LibraryConstraint("K8sPSPAllowPrivilegeEscalationContainer")


def _capabilities(control: controls.LinuxCapabilities) -> LibraryConstraint | None:
    if control.any_allowed:
        return None
    allowed = sorted({*control.allowed, *control.default_add})
    return LibraryConstraint("K8sPSPCapabilities", {"allowedCapabilities": allowed})


def _proc_mounts(control: controls.ProcMounts) -> LibraryConstraint | None:
    return (
        LibraryConstraint("K8sPSPProcMount", {"procMount": "Default"})
        if control.types == ("Default",)
        else None
    )


def _sysctls(control: controls.SysctlNames) -> LibraryConstraint:
    allowed = [*control.safe, *control.allowed_unsafe]
    return LibraryConstraint(
        "K8sPSPForbiddenSysctls", {"allowedSysctls": allowed, "forbiddenSysctls": list(control.forbidden)}
    )


_OTHERS: Mapping[type[controls.Control], Callable[[Any], LibraryConstraint | None]] = {
    controls.VolumeTypes: _volume_types,
    controls.Drivers: _drivers,
    controls.UserIDs: _users,
    controls.GroupIDs: _groups,
    controls.ReadOnlyRoot: lambda _: LibraryConstraint("K8sPSPReadOnlyRootFilesystem"),
    controls.PrivilegeEscalation: _escalation,
    controls.LinuxCapabilities: _capabilities,
    controls.ProcMounts: _proc_mounts,
    controls.SysctlNames: _sysctls,
}
