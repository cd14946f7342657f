"""PodSecurityPolicy (policy/v1beta1; before 1.16 also extensions/v1beta1)."""

from msgspec import field

from rbacpsp.model.meta import Object, ObjectPart
from rbacpsp.model.pod import SELinuxOptions

GROUPS = ("policy", "extensions")
"""The API groups in which the server checks `use` of a policy, in its order."""


class Range(ObjectPart, frozen=True):
    """Whole numbers from min to max, both included: ports, or ids of users or groups."""

    min: int = 0
    max: int = 0

    def __contains__(self, number: int) -> bool:
        return self.min <= number <= self.max


class SELinuxStrategy(ObjectPart, frozen=True):
    """Which SELinux labels a container may carry."""

    rule: str = ""
    se_linux_options: SELinuxOptions | None = None


class IDStrategy(ObjectPart, frozen=True):
    """Which ids may be used: the rule decides what the ranges mean."""

    rule: str = ""
    ranges: tuple[Range, ...] = ()


class AllowedHostPath(ObjectPart, frozen=True):
    """A prefix of the host's file system that may be mounted."""

    path_prefix: str = ""
    read_only: bool = False


class AllowedFlexVolume(ObjectPart, frozen=True):
    """A FlexVolume driver that may be used."""

    driver: str = ""


class AllowedCSIDriver(ObjectPart, frozen=True):
    """A CSI driver that may be used inline."""

    name: str = ""


class RuntimeClassStrategy(ObjectPart, frozen=True):
    """Which RuntimeClasses a pod may name, and which is set when it names none."""

    allowed_runtime_class_names: tuple[str, ...] = ()
    default_runtime_class_name: str | None = None


class PodSecurityPolicySpec(ObjectPart, frozen=True):
    """What a policy allows; omitted booleans are false, omitted lists allow the least."""

    privileged: bool = False
    default_add_capabilities: tuple[str, ...] = ()
    required_drop_capabilities: tuple[str, ...] = ()
    allowed_capabilities: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    host_network: bool = False
    host_ports: tuple[Range, ...] = ()
    host_pid: bool = field(default=False, name="hostPID")
    host_ipc: bool = field(default=False, name="hostIPC")
    se_linux: SELinuxStrategy = field(default_factory=SELinuxStrategy)
    run_as_user: IDStrategy = field(default_factory=IDStrategy)
    run_as_group: IDStrategy | None = None
    supplemental_groups: IDStrategy = field(default_factory=IDStrategy)
    fs_group: IDStrategy = field(default_factory=IDStrategy)
    read_only_root_filesystem: bool = False
    default_allow_privilege_escalation: bool | None = None
    allow_privilege_escalation: bool = True
    """Absent means true (pkg/apis/policy/v1beta1/defaults.go, 1.24)."""
    allowed_host_paths: tuple[AllowedHostPath, ...] = ()
    allowed_flex_volumes: tuple[AllowedFlexVolume, ...] = ()
    allowed_csi_drivers: tuple[AllowedCSIDriver, ...] = field(default=(), name="allowedCSIDrivers")
    allowed_unsafe_sysctls: tuple[str, ...] = ()
    forbidden_sysctls: tuple[str, ...] = ()
    allowed_proc_mount_types: tuple[str, ...] = ()
    runtime_class: RuntimeClassStrategy | None = None


class PodSecurityPolicy(Object, frozen=True):
    """A policy; seccomp and AppArmor are governed by its annotations."""

    spec: PodSecurityPolicySpec = field(default_factory=PodSecurityPolicySpec)
