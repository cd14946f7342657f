"""The requirements of a policy that a Pod Security level covers."""

from collections.abc import Callable, Mapping
from typing import Any

from rbacpsp.migration import controls
from rbacpsp.migration.level import RESTRICTED_CAPABILITIES, RESTRICTED_VOLUMES
from rbacpsp.pss.checks.capabilities_baseline import ALLOWED as BASELINE_CAPABILITIES
from rbacpsp.pss.checks.sysctls import SAFE_1_37
from rbacpsp.pss.levels import PRIVILEGED, RESTRICTED, Level

_ALL = "*"


def holds(level: Level, control: controls.Control) -> bool:
    """Whether every pod that meets the level passes the control, with its defaults filled in."""
    return level != PRIVILEGED and _HOLDS[type(control)](level, control)


def _always(_level: Level, _control: controls.Control) -> bool:
    return True


def _never(_level: Level, _control: controls.Control) -> bool:
    return False


def _restricted(level: Level, _control: controls.Control) -> bool:
    return level == RESTRICTED


def _volume_types(level: Level, control: controls.VolumeTypes) -> bool:
    return level == RESTRICTED and set(control.types) >= RESTRICTED_VOLUMES


def _drivers(level: Level, control: controls.Drivers) -> bool:
    return level == RESTRICTED and control.field == "allowedFlexVolumes"


def _escalation(level: Level, control: controls.PrivilegeEscalation) -> bool:
    return control.allowed or level == RESTRICTED


def _capabilities(level: Level, control: controls.LinuxCapabilities) -> bool:
    allowed = RESTRICTED_CAPABILITIES if level == RESTRICTED else BASELINE_CAPABILITIES
    added = control.any_allowed or {*control.allowed, *control.default_add} >= set(allowed)
    return added and (control.any_allowed or not control.required_drop or level == RESTRICTED)


def _proc_mounts(_level: Level, control: controls.ProcMounts) -> bool:
    return "Default" in control.types


def _profiles(_level: Level, control: controls.AppArmorProfiles | controls.SeccompProfiles) -> bool:
    return control.allowed is None


def _sysctls(_level: Level, control: controls.SysctlNames) -> bool:
    return not control.forbidden and set(SAFE_1_37) <= {*control.safe, *control.allowed_unsafe}


_HOLDS: Mapping[type[controls.Control], Callable[[Level, Any], bool]] = {
    controls.ForbiddenField: _always,
    controls.HostPorts: _always,
    controls.VolumeTypes: _volume_types,
    controls.HostPaths: _always,
    controls.Drivers: _drivers,
    controls.UserIDs: _never,
    controls.NonRoot: _restricted,
    controls.GroupIDs: _never,
    controls.SELinuxLabels: _never,
    controls.ReadOnlyRoot: _never,
    controls.PrivilegeEscalation: _escalation,
    controls.LinuxCapabilities: _capabilities,
    controls.ProcMounts: _proc_mounts,
    controls.AppArmorProfiles: _profiles,
    controls.SeccompProfiles: _profiles,
    controls.SysctlNames: _sysctls,
    controls.RuntimeClasses: _never,
}
