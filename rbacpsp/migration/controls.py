"""The requirements of a policy, independent of any engine: one control for each concern.

A control states what it allows, and what it fills in where a pod does not set a field. A concern for which
the policy allows everything and fills in nothing has no control, so an engine translates every control it
gets.

Source: plugin/pkg/admission/security/podsecuritypolicy and pkg/security/podsecuritypolicy, 1.24.
"""

from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import AllowedHostPath, PodSecurityPolicy, Range
from rbacpsp.psp.rules import PSPRules, rules_of
from rbacpsp.psp.strategies import apparmor, groups, run_as_user, seccomp, selinux
from rbacpsp.psp.versions import Behavior

_ALL = "*"
_HIGHEST_PORT = 65535


class Control(Struct, frozen=True):
    """One concern of a policy."""

    field: str
    """The field of the policy's spec, or the annotation's key: gaps and messages name it."""

    @property
    def fills(self) -> str:
        """The field of the policy that fills something in; empty where nothing is filled in."""
        return ""


class ForbiddenField(Control, frozen=True):
    """`privileged`, `hostNetwork`, `hostPID` or `hostIPC`: pods may not set it to true."""


class HostPorts(Control, frozen=True):
    """The host's ports that containers may take."""

    ranges: tuple[Range, ...]


class VolumeTypes(Control, frozen=True):
    """The kinds of volumes that pods may have."""

    types: tuple[str, ...]
    token_volumes: bool
    """Whether projected volumes that contain only a service account's token are allowed without
    `projected`."""


class HostPaths(Control, frozen=True):
    """The host's folders that may be mounted."""

    paths: tuple[AllowedHostPath, ...]


class Drivers(Control, frozen=True):
    """The drivers of FlexVolumes (`allowedFlexVolumes`) or of CSI volumes (`allowedCSIDrivers`)."""

    drivers: tuple[str, ...]


class UserIDs(Control, frozen=True):
    """`runAsUser` MustRunAs: each container runs as a user of the ranges; else the lowest is filled in."""

    ranges: tuple[Range, ...]

    @property
    def fills(self) -> str:
        """The user of each container that has none."""
        return self.field


class NonRoot(Control, frozen=True):
    """`runAsUser` MustRunAsNonRoot: runAsNonRoot is filled in where neither it nor a user is set."""

    @property
    def fills(self) -> str:
        """`runAsNonRoot` of each container that does not set it."""
        return self.field


class GroupIDs(Control, frozen=True):
    """`runAsGroup`, `fsGroup` or `supplementalGroups`: each group is one of the ranges."""

    ranges: tuple[Range, ...]
    required: bool
    """At least one group is needed, and the lowest is filled in (MustRunAs); else it may be absent."""

    @property
    def fills(self) -> str:
        """The group, where one is required and none is set."""
        return self.field if self.required else ""


class SELinuxLabels(Control, frozen=True):
    """`seLinux` MustRunAs: exactly these labels, which a pod without labels gets."""

    options: SELinuxOptions

    @property
    def fills(self) -> str:
        """The labels of a pod that has none."""
        return self.field


class ReadOnlyRoot(Control, frozen=True):
    """`readOnlyRootFilesystem`: containers need it, and those that do not set it get it."""

    @property
    def fills(self) -> str:
        """`readOnlyRootFilesystem` of each container that does not set it."""
        return self.field


class PrivilegeEscalation(Control, frozen=True):
    """Whether containers may gain privileges, and the default of containers that do not set the field."""

    allowed: bool
    default: bool | None

    @property
    def fills(self) -> str:
        """`allowPrivilegeEscalation` of each container that does not set it."""
        return self.field if self.default is not None else ""


class LinuxCapabilities(Control, frozen=True):
    """The capabilities that containers may add, must drop and get: `allowedCapabilities` and its siblings."""

    allowed: tuple[str, ...]
    default_add: tuple[str, ...]
    required_drop: tuple[str, ...]

    @property
    def any_allowed(self) -> bool:
        """Whether every capability may be added; then drops are filled in but not required."""
        return _ALL in self.allowed

    @property
    def fills(self) -> str:
        """The list of the policy that adds to those of a container."""
        if self.default_add:
            return "defaultAddCapabilities"
        return "requiredDropCapabilities" if self.required_drop else ""


class ProcMounts(Control, frozen=True):
    """The kinds of /proc that containers may mount."""

    types: tuple[str, ...]


class AppArmorProfiles(Control, frozen=True):
    """The AppArmor profiles that containers may have, and the default of containers that name none."""

    allowed: tuple[str, ...] | None
    """None allows every profile, and containers without one."""
    default: str

    @property
    def fills(self) -> str:
        """The profile of each container that names none."""
        return apparmor.DEFAULT_KEY if self.default else ""


class SeccompProfiles(Control, frozen=True):
    """The seccomp profiles that pods and containers may have, and the default of pods that name none."""

    allowed: tuple[str, ...] | None
    """None allows every profile; an empty list allows only pods without one."""
    default: str

    @property
    def fills(self) -> str:
        """The profile of a pod that names none."""
        return seccomp.DEFAULT_KEY if self.default else ""


class SysctlNames(Control, frozen=True):
    """The kernel parameters that pods may set: safe or allowed, and not forbidden."""

    safe: tuple[str, ...]
    allowed_unsafe: tuple[str, ...]
    forbidden: tuple[str, ...]


class RuntimeClasses(Control, frozen=True):
    """The RuntimeClasses that pods may name, and the default of pods that name none."""

    allowed: tuple[str, ...]
    default: str | None

    default_field: ClassVar = "runtimeClass.defaultRuntimeClassName"

    @property
    def any_allowed(self) -> bool:
        """Every RuntimeClass may be named."""
        return _ALL in self.allowed

    @property
    def fills(self) -> str:
        """The RuntimeClass of a pod that names none."""
        return self.default_field if self.default is not None else ""


CONTROLS: tuple[type[Control], ...] = (
    ForbiddenField,
    HostPorts,
    VolumeTypes,
    HostPaths,
    Drivers,
    UserIDs,
    NonRoot,
    GroupIDs,
    SELinuxLabels,
    ReadOnlyRoot,
    PrivilegeEscalation,
    LinuxCapabilities,
    ProcMounts,
    AppArmorProfiles,
    SeccompProfiles,
    SysctlNames,
    RuntimeClasses,
)
"""Every kind of control: an engine translates each, or names the gap."""


class PolicyControls(Struct, frozen=True):
    """A policy as its controls."""

    name: str
    controls: tuple[Control, ...]

    @property
    def fills(self) -> tuple[str, ...]:
        """The fields of the policy that fill something in."""
        return tuple(control.fills for control in self.controls if control.fills)


def controls_of(policy: PodSecurityPolicy, behavior: Behavior) -> PolicyControls:
    """The controls of a policy, in the order of the fields of a pod.

    Args:
        policy: The policy.
        behavior: What the plugin of the policies' server does.

    Raises:
        StrategyError: A strategy is unknown or incomplete: the server ignores such a policy.
    """
    rules = rules_of(policy, behavior)
    return PolicyControls(policy.name, tuple(_controls(policy, rules)))


def _controls(policy: PodSecurityPolicy, rules: PSPRules) -> Iterator[Control]:
    spec = policy.spec
    for field, allowed in (
        ("privileged", rules.privileged),
        ("hostNetwork", rules.host_network),
        ("hostPID", rules.host_pid),
        ("hostIPC", rules.host_ipc),
    ):
        if not allowed:
            yield ForbiddenField(field)
    if not any(span.min <= 1 and span.max >= _HIGHEST_PORT for span in rules.host_ports):
        yield HostPorts("hostPorts", rules.host_ports)
    yield from _volumes(policy, rules)
    yield from _ids(rules)
    if isinstance(rules.selinux, selinux.MustRunAs):
        yield SELinuxLabels("seLinux", rules.selinux.options)
    if rules.read_only_root_filesystem:
        yield ReadOnlyRoot("readOnlyRootFilesystem")
    if not rules.allow_escalation or rules.default_escalation is not None:
        field = "defaultAllowPrivilegeEscalation" if rules.allow_escalation else "allowPrivilegeEscalation"
        yield PrivilegeEscalation(field, rules.allow_escalation, rules.default_escalation)
    capabilities = rules.capabilities
    control = LinuxCapabilities(
        "allowedCapabilities", capabilities.allowed, capabilities.default_add, capabilities.required_drop
    )
    if not control.any_allowed or control.fills:
        yield control
    mounts = spec.allowed_proc_mount_types or ("Default",)
    if not {"Default", "Unmasked"} <= set(mounts):
        yield ProcMounts("allowedProcMountTypes", mounts)
    yield from _profiles(rules)
    sysctls = rules.sysctls
    if sysctls.forbidden or _ALL not in sysctls.allowed_unsafe:
        field = "forbiddenSysctls" if sysctls.forbidden else "allowedUnsafeSysctls"
        safe = tuple(sorted(sysctls.safe))
        yield SysctlNames(field, safe, sysctls.allowed_unsafe, sysctls.forbidden)
    if rules.runtime_classes is not None:
        classes = RuntimeClasses(
            "runtimeClass", tuple(sorted(rules.runtime_classes)), rules.default_runtime_class
        )
        if classes.fills or not classes.any_allowed:
            yield classes


def _volumes(policy: PodSecurityPolicy, rules: PSPRules) -> Iterator[Control]:
    spec, volumes = policy.spec, rules.volumes
    if _ALL not in volumes.types:
        tokens = volumes.secret_admits_token_volumes and "secret" in volumes.types
        yield VolumeTypes("volumes", tuple(dict.fromkeys(spec.volumes)), tokens)
    if volumes.host_paths:
        yield HostPaths("allowedHostPaths", volumes.host_paths)
    if volumes.flex_drivers:
        yield Drivers("allowedFlexVolumes", tuple(sorted(volumes.flex_drivers)))
    if volumes.csi_drivers:
        yield Drivers("allowedCSIDrivers", tuple(sorted(volumes.csi_drivers)))


def _ids(rules: PSPRules) -> Iterator[Control]:
    if isinstance(rules.run_as_user, run_as_user.MustRunAs):
        yield UserIDs("runAsUser", rules.run_as_user.ranges)
    elif isinstance(rules.run_as_user, run_as_user.MustRunAsNonRoot):
        yield NonRoot("runAsUser")
    for field, strategy in (
        ("runAsGroup", rules.run_as_group),
        ("supplementalGroups", rules.supplemental_groups),
        ("fsGroup", rules.fs_group),
    ):
        if not isinstance(strategy, groups.RunAsAny):
            yield GroupIDs(field, strategy.ranges, isinstance(strategy, groups.MustRunAs))


def _profiles(rules: PSPRules) -> Iterator[Control]:
    armor, profiles = rules.apparmor, rules.seccomp
    if armor.allowed is not None or armor.default:
        allowed = None if armor.allowed is None else tuple(sorted(armor.allowed))
        yield AppArmorProfiles(apparmor.ALLOWED_KEY, allowed, armor.default)
    if not profiles.any_allowed or profiles.default:
        names = None if profiles.any_allowed else tuple(sorted(profiles.allowed))
        yield SeccompProfiles(seccomp.ALLOWED_KEY, names, profiles.default)
