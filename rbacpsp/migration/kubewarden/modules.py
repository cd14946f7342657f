"""Controls as modules of Kubewarden, where a module is equivalent to the policy; CEL elsewhere.

Modules that are not used, and why: hostpaths-psp checks mounted volumes only and uses the most specific
prefix; capabilities-psp, when it changes one container, removes the securityContext of every other container;
allowed-fsgroups-psp replaces the pod's whole securityContext; user-group-psp changes containers although the
pod names the user, and with validate_only refuses every pod; sysctl-psp has an older list of safe sysctls;
apparmor-psp reads annotations only; readonly-root-filesystem-psp, seccomp-psp and pod-runtime do not
distinguish defaults from requirements.

Source: github.com/kubewarden/policies, the versions below.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacpsp.migration import controls
from rbacpsp.model.json import JSONObject

REGISTRY = "registry://ghcr.io/kubewarden/policies/"
VERSIONS: Mapping[str, str] = {
    "allow-privilege-escalation-psp": "1.0.13",
    "cel-policy": "1.6.3",
    "flexvolume-drivers-psp": "1.0.17",
    "host-namespaces-psp": "1.1.11",
    "pod-privileged": "1.0.13",
    "selinux-psp": "1.1.2",
    "volumes-psp": "1.1.10",
}
"""The modules that are used, and the newest version of each."""


class Module(NamedTuple):
    """A module with its settings."""

    name: str
    settings: JSONObject

    @property
    def member(self) -> JSONObject:
        """The module as a policy, or a member of a group, refers to it."""
        return {"module": f"{REGISTRY}{self.name}:v{VERSIONS[self.name]}", "settings": self.settings}


_OF_HOST = {"hostIPC": "allow_host_ipc", "hostNetwork": "allow_host_network", "hostPID": "allow_host_pid"}
_ALL_PORTS = [{"min": 0, "max": 65535}]


def modules(policy: Sequence[controls.Control]) -> Iterator[tuple[str, Module, set[str]]]:
    """The modules that enforce some of a policy's controls, each with a short name and its fields."""
    fields = {control.field: control for control in policy}
    if "privileged" in fields:
        yield "privileged", Module("pod-privileged", {}), {"privileged"}
    host_fields = {*_OF_HOST, "hostPorts"} & set(fields)
    if host_fields:
        ports = fields.get("hostPorts")
        ranges = _ALL_PORTS
        if isinstance(ports, controls.HostPorts):
            ranges = [{"min": span.min, "max": span.max} for span in ports.ranges]
        settings: JSONObject = {setting: field not in fields for field, setting in _OF_HOST.items()}
        yield "host", Module("host-namespaces-psp", settings | {"allow_host_ports": ranges}), host_fields
    volumes = fields.get("volumes")
    if isinstance(volumes, controls.VolumeTypes) and _holds(volumes):
        yield "volumes", Module("volumes-psp", {"allowedTypes": list(volumes.types)}), {"volumes"}
    flex = fields.get("allowedFlexVolumes")
    if isinstance(flex, controls.Drivers):
        drivers = [{"driver": driver} for driver in flex.drivers]
        yield "flex", Module("flexvolume-drivers-psp", {"allowedFlexVolumes": drivers}), {flex.field}


def _holds(volumes: controls.VolumeTypes) -> bool:
    """Whether volumes-psp is equivalent: it refuses token volumes, and every pod if the list is empty."""
    return bool(volumes.types) and ("projected" in volumes.types or not volumes.token_volumes)


def filling(control: controls.Control) -> Module | None:
    """The module that sets the same default as a control, and does nothing else."""
    match control:
        case controls.PrivilegeEscalation(allowed=False, default=False):
            return Module("allow-privilege-escalation-psp", {"default_allow_privilege_escalation": False})
        case controls.SELinuxLabels():
            options = control.options
            named = {"user": options.user, "role": options.role, "type": options.type, "level": options.level}
            labels = {key: text for key, text in named.items() if text}
            return Module("selinux-psp", {"rule": "MustRunAs", **labels}) if labels else None
    return None
