"""Controls in CEL, the language of ValidatingAdmissionPolicy and Kyverno."""

from collections.abc import Callable, Mapping
from typing import Any

from rbacpsp.migration import controls
from rbacpsp.migration.cel import contexts, hosts, ids, others, profiles, volumes
from rbacpsp.migration.cel.clause import Clause
from rbacpsp.migration.cel.common import COMMON, shared_variables

__all__ = ["COMMON", "TRANSLATIONS", "Clause", "clause_of", "shared_variables"]

TRANSLATIONS: Mapping[type[controls.Control], Callable[[Any], Clause]] = {
    controls.ForbiddenField: hosts.forbidden,
    controls.HostPorts: hosts.host_ports,
    controls.VolumeTypes: volumes.volume_types,
    controls.HostPaths: volumes.host_paths,
    controls.Drivers: volumes.drivers,
    controls.UserIDs: ids.user_ids,
    controls.NonRoot: ids.non_root,
    controls.GroupIDs: ids.group_ids,
    controls.SELinuxLabels: contexts.selinux_labels,
    controls.ReadOnlyRoot: contexts.read_only_root,
    controls.PrivilegeEscalation: contexts.escalation,
    controls.LinuxCapabilities: contexts.capabilities,
    controls.ProcMounts: hosts.proc_mounts,
    controls.AppArmorProfiles: profiles.apparmor_profiles,
    controls.SeccompProfiles: profiles.seccomp_profiles,
    controls.SysctlNames: others.sysctl_names,
    controls.RuntimeClasses: others.runtime_classes,
}
"""The function that translates each kind of control to CEL."""


def clause_of(control: controls.Control) -> Clause:
    """A control in CEL."""
    return TRANSLATIONS[type(control)](control)
