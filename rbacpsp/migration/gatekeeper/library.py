"""Controls as constraints of Gatekeeper's own library, where its templates say what the policy says.

Where they do not, there is a template of our own: hostPorts (one allowed port lets a forbidden one pass, and
there is one range only), allowedHostPaths (`/foo` lets `/foolish` pass), hostPID and hostIPC apart from each
other, volumes where `secret` admits token volumes, MustRunAsNonRoot (an explicit `false` passes), SELinux
(absent labels pass), seccomp and AppArmor (what an absent profile means), CSI drivers, runtime classes, and
procMount without Default.

Source: github.com/open-policy-agent/gatekeeper-library, library/pod-security-policy, at the commit that
library.json names.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from rbacpsp.migration import controls
from rbacpsp.migration.labels import LABELS
from rbacpsp.model.json import JSONObject
from rbacpsp.model.psp import Range


class OfLibrary(NamedTuple):
    """A constraint of the library."""

    kind: str
    parameters: JSONObject | None = None


def library_template(kind: str) -> JSONObject:
    """A template of the library, with the labels by which it is found again."""
    found = _templates()[kind]
    metadata = {**found["metadata"], "labels": dict(LABELS)}
    return {**found, "metadata": metadata}


@cache
def _templates() -> Mapping[str, JSONObject]:
    text = files("rbacpsp.migration.gatekeeper").joinpath("library.json").read_text("utf-8")
    listed: list[JSONObject] = json.loads(text)["templates"]
    return {each["spec"]["crd"]["spec"]["names"]["kind"]: each for each in listed}


def of_library(control: controls.Control, policy: Sequence[controls.Control]) -> OfLibrary | None:
    """The library's constraint for a control; None where it says something else.

    Args:
        control: The control.
        policy: All controls of its policy.
    """
    if isinstance(control, controls.Forbidden):
        return _forbidden(control, {each.field for each in policy if isinstance(each, controls.Forbidden)})
    translate = _OTHERS.get(type(control))
    return translate(control) if translate is not None else None


def _forbidden(control: controls.Forbidden, forbidden: set[str]) -> OfLibrary | None:
    match control.field:
        case "privileged":
            return OfLibrary("K8sPSPPrivilegedContainer")
        case "hostNetwork":
            return OfLibrary("K8sPSPHostNetworkingPorts", {"hostNetwork": False})
        case _ if {"hostPID", "hostIPC"} <= forbidden:
            return OfLibrary("K8sPSPHostNamespace")
    return None


def _volume_types(control: controls.VolumeTypes) -> OfLibrary | None:
    if control.token_volumes and "projected" not in control.types:
        return None
    return OfLibrary("K8sPSPVolumeTypes", {"volumes": list(control.types)})


def _drivers(control: controls.Drivers) -> OfLibrary | None:
    if control.field != "allowedFlexVolumes":
        return None
    return OfLibrary(
        "K8sPSPFlexVolumes", {"allowedFlexVolumes": [{"driver": driver} for driver in control.drivers]}
    )


def _users(control: controls.UserIDs) -> OfLibrary:
    return OfLibrary("K8sPSPAllowedUsers", {control.field: _rule("MustRunAs", control.ranges)})


def _groups(control: controls.GroupIDs) -> OfLibrary | None:
    if control.field == "supplementalGroups" and control.required:
        return None
    rule = "MustRunAs" if control.required else "MayRunAs"
    return OfLibrary("K8sPSPAllowedUsers", {control.field: _rule(rule, control.ranges)})


def _rule(rule: str, ranges: tuple[Range, ...]) -> JSONObject:
    return {"rule": rule, "ranges": [{"min": span.min, "max": span.max} for span in ranges]}


def _escalation(control: controls.Escalation) -> OfLibrary | None:
    return None if control.allowed else OfLibrary("K8sPSPAllowPrivilegeEscalationContainer")


def _capabilities(control: controls.LinuxCapabilities) -> OfLibrary | None:
    if control.any_allowed:
        return None
    allowed = sorted({*control.allowed, *control.default_add})
    return OfLibrary("K8sPSPCapabilities", {"allowedCapabilities": allowed})


def _proc_mounts(control: controls.ProcMounts) -> OfLibrary | None:
    return OfLibrary("K8sPSPProcMount", {"procMount": "Default"}) if control.types == ("Default",) else None


def _sysctls(control: controls.SysctlNames) -> OfLibrary:
    allowed = [*control.safe, *control.allowed_unsafe]
    return OfLibrary(
        "K8sPSPForbiddenSysctls", {"allowedSysctls": allowed, "forbiddenSysctls": list(control.forbidden)}
    )


_OTHERS: Mapping[type[controls.Control], Callable[[Any], OfLibrary | None]] = {
    controls.VolumeTypes: _volume_types,
    controls.Drivers: _drivers,
    controls.UserIDs: _users,
    controls.GroupIDs: _groups,
    controls.ReadOnlyRoot: lambda _: OfLibrary("K8sPSPReadOnlyRootFilesystem"),
    controls.Escalation: _escalation,
    controls.LinuxCapabilities: _capabilities,
    controls.ProcMounts: _proc_mounts,
    controls.SysctlNames: _sysctls,
}
