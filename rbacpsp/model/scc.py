"""OpenShift's SecurityContextConstraints (security.openshift.io/v1)."""

from msgspec import field

from rbacpsp.model.meta import Object, ObjectPart
from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import AllowedFlexVolume, Range

GROUP = "security.openshift.io"
RESOURCE = "securitycontextconstraints"
KIND = "SecurityContextConstraints"


class RunAsUserStrategy(ObjectPart, frozen=True):
    """Which user a container may run as."""

    type: str = ""
    uid: int | None = None
    uid_range_min: int | None = field(default=None, name="uidRangeMin")
    uid_range_max: int | None = field(default=None, name="uidRangeMax")


class SELinuxContextStrategy(ObjectPart, frozen=True):
    """Which SELinux labels a pod may carry."""

    type: str = ""
    se_linux_options: SELinuxOptions | None = None


class GroupStrategy(ObjectPart, frozen=True):
    """Which groups a pod may have."""

    type: str = ""
    ranges: tuple[Range, ...] = ()


class SecurityContextConstraints(Object, frozen=True):
    """The settings that pods may have, and lists of users who may use the constraints; as written.

    `rbacpsp.apply.constraint_defaults` returns them as the server stores them.
    """

    priority: int | None = None
    allow_privileged_container: bool = False
    default_add_capabilities: tuple[str, ...] = ()
    required_drop_capabilities: tuple[str, ...] = ()
    allowed_capabilities: tuple[str, ...] = ()
    allow_host_dir_volume_plugin: bool = False
    volumes: tuple[str, ...] | None = None
    allowed_flex_volumes: tuple[AllowedFlexVolume, ...] = ()
    allow_host_network: bool = False
    allow_host_ports: bool = False
    allow_host_pid: bool = field(default=False, name="allowHostPID")
    allow_host_ipc: bool = field(default=False, name="allowHostIPC")
    user_namespace_level: str = ""
    default_allow_privilege_escalation: bool | None = None
    allow_privilege_escalation: bool | None = None
    se_linux_context: SELinuxContextStrategy = field(default_factory=SELinuxContextStrategy)
    run_as_user: RunAsUserStrategy = field(default_factory=RunAsUserStrategy)
    supplemental_groups: GroupStrategy = field(default_factory=GroupStrategy)
    fs_group: GroupStrategy = field(default_factory=GroupStrategy)
    read_only_root_filesystem: bool = False
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    seccomp_profiles: tuple[str, ...] = ()
    allowed_unsafe_sysctls: tuple[str, ...] = ()
    forbidden_sysctls: tuple[str, ...] = ()
