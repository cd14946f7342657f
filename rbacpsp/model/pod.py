"""The parts of a pod that policies and checks read.

Decoding a pod to these classes ignores every field that no policy and no check reads; `rbacpsp.psp` writes
what a policy changes back into the complete pod. Absent lists and maps equal empty ones, as in the server's
semantic comparison; an absent `securityContext` is None and differs from an empty one.
"""

from msgspec import Struct, field

from rbacpsp.model.meta import Ignored, ObjectMeta


class PodPart(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """A part of a pod: compared by value, never changed; fields that no policy reads are ignored."""


class SELinuxOptions(PodPart, frozen=True):
    """SELinux labels (core/v1)."""

    user: str = ""
    role: str = ""
    type: str = ""
    level: str = ""


class SeccompProfile(PodPart, frozen=True):
    """A seccomp profile (core/v1, since 1.19)."""

    type: str = ""
    localhost_profile: str | None = None


class AppArmorProfile(PodPart, frozen=True):
    """An AppArmor profile as a field (core/v1, since 1.30)."""

    type: str = ""
    localhost_profile: str | None = None


class WindowsOptions(PodPart, frozen=True):
    """Windows settings (core/v1 WindowsSecurityContextOptions)."""

    gmsa_credential_spec_name: str | None = None
    gmsa_credential_spec: str | None = None
    run_as_user_name: str | None = None
    host_process: bool | None = None


class Capabilities(PodPart, frozen=True):
    """Linux capabilities added and dropped."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class SecurityContext(PodPart, frozen=True):
    """A container's securityContext, every field of it (core/v1, 1.37)."""

    capabilities: Capabilities | None = None
    privileged: bool | None = None
    se_linux_options: SELinuxOptions | None = None
    windows_options: WindowsOptions | None = None
    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    read_only_root_filesystem: bool | None = None
    allow_privilege_escalation: bool | None = None
    proc_mount: str | None = None
    seccomp_profile: SeccompProfile | None = None
    app_armor_profile: AppArmorProfile | None = None


class Sysctl(PodPart, frozen=True):
    """A kernel parameter of the pod's namespaces."""

    name: str = ""
    value: str = ""


class PodSecurityContext(PodPart, frozen=True):
    """A pod's securityContext, every field of it (core/v1, 1.37)."""

    se_linux_options: SELinuxOptions | None = None
    windows_options: WindowsOptions | None = None
    run_as_user: int | None = None
    run_as_group: int | None = None
    run_as_non_root: bool | None = None
    supplemental_groups: tuple[int, ...] | None = None
    """A policy may fill in absent groups but not an empty list; only here do the two differ."""
    supplemental_groups_policy: str | None = None
    fs_group: int | None = None
    sysctls: tuple[Sysctl, ...] = ()
    fs_group_change_policy: str | None = None
    seccomp_profile: SeccompProfile | None = None
    app_armor_profile: AppArmorProfile | None = None
    se_linux_change_policy: str | None = None


class ContainerPort(PodPart, frozen=True):
    """A port of a container, and of the host when `host_port` is not 0."""

    container_port: int = 0
    host_port: int = 0
    host_ip: str = field(default="", name="hostIP")
    protocol: str = ""


class VolumeMount(PodPart, frozen=True):
    """Where a volume appears in a container."""

    name: str = ""
    mount_path: str = ""
    read_only: bool = False


class NetworkTarget(PodPart, frozen=True):
    """The host that an HTTP or TCP probe or lifecycle handler speaks to; empty means the pod itself."""

    host: str = ""


class Handler(PodPart, frozen=True):
    """A probe, or one handler of a container's lifecycle: only its host matters."""

    http_get: NetworkTarget | None = None
    tcp_socket: NetworkTarget | None = None


class Lifecycle(PodPart, frozen=True):
    """The handlers that run after a container starts and before it stops."""

    post_start: Handler | None = None
    pre_stop: Handler | None = None


NO_CONTEXT = SecurityContext()
"""The securityContext that is assumed for a container without one."""
NO_POD_CONTEXT = PodSecurityContext()
"""The securityContext that is assumed for a pod without one."""


class Container(PodPart, frozen=True):
    """A container, init container or ephemeral container."""

    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()
    liveness_probe: Handler | None = None
    readiness_probe: Handler | None = None
    startup_probe: Handler | None = None
    lifecycle: Lifecycle | None = None
    security_context: SecurityContext | None = None

    @property
    def context(self) -> SecurityContext:
        """The securityContext, an empty one where there is none."""
        return self.security_context if self.security_context is not None else NO_CONTEXT


class HostPathVolume(PodPart, frozen=True):
    """A path of the host."""

    path: str = ""
    type: str | None = None


class DriverVolume(PodPart, frozen=True):
    """A volume that a driver provides: FlexVolume, or CSI inline."""

    driver: str = ""


class TokenProjection(PodPart, frozen=True):
    """A service account's token as a file."""

    path: str = ""
    audience: str = ""


class KeyToPath(PodPart, frozen=True):
    """A key of a ConfigMap or Secret as a file."""

    key: str = ""
    path: str = ""


class ConfigMapProjection(PodPart, frozen=True):
    """The keys of a ConfigMap as files; all of them where there are no items."""

    name: str = ""
    items: tuple[KeyToPath, ...] = ()


class ObjectFieldSelector(PodPart, frozen=True):
    """A field of the pod itself."""

    api_version: str = ""
    field_path: str = ""


class DownwardAPIFile(PodPart, frozen=True):
    """A file that holds a field of the pod."""

    path: str = ""
    field_ref: ObjectFieldSelector | None = None


class DownwardAPIProjection(PodPart, frozen=True):
    """Fields of the pod as files."""

    items: tuple[DownwardAPIFile, ...] = ()


class VolumeProjection(PodPart, frozen=True):
    """One source of a projected volume."""

    secret: Ignored | None = None
    downward_api: DownwardAPIProjection | None = field(default=None, name="downwardAPI")
    config_map: ConfigMapProjection | None = None
    service_account_token: TokenProjection | None = None
    cluster_trust_bundle: Ignored | None = None
    pod_certificate: Ignored | None = None


class ProjectedVolume(PodPart, frozen=True):
    """Several sources in one folder."""

    sources: tuple[VolumeProjection, ...] = ()


class Volume(PodPart, frozen=True):
    """A volume: one of the sources is set."""

    name: str = ""
    host_path: HostPathVolume | None = None
    empty_dir: Ignored | None = None
    gce_persistent_disk: Ignored | None = None
    aws_elastic_block_store: Ignored | None = None
    git_repo: Ignored | None = None
    secret: Ignored | None = None
    nfs: Ignored | None = None
    iscsi: Ignored | None = None
    glusterfs: Ignored | None = None
    persistent_volume_claim: Ignored | None = None
    rbd: Ignored | None = None
    flex_volume: DriverVolume | None = None
    cinder: Ignored | None = None
    cephfs: Ignored | None = None
    flocker: Ignored | None = None
    downward_api: Ignored | None = field(default=None, name="downwardAPI")
    fc: Ignored | None = None
    azure_file: Ignored | None = None
    config_map: Ignored | None = None
    vsphere_volume: Ignored | None = None
    quobyte: Ignored | None = None
    azure_disk: Ignored | None = None
    photon_persistent_disk: Ignored | None = None
    projected: ProjectedVolume | None = None
    portworx_volume: Ignored | None = None
    scale_io: Ignored | None = field(default=None, name="scaleIO")
    storageos: Ignored | None = None
    csi: DriverVolume | None = None
    ephemeral: Ignored | None = None
    image: Ignored | None = None


class PodOS(PodPart, frozen=True):
    """The operating system that a pod declares."""

    name: str = ""


class PodSpec(PodPart, frozen=True):
    """The specification of a pod."""

    volumes: tuple[Volume, ...] = ()
    init_containers: tuple[Container, ...] = ()
    containers: tuple[Container, ...] = ()
    ephemeral_containers: tuple[Container, ...] = ()
    service_account_name: str = ""
    automount_service_account_token: bool | None = None
    host_network: bool = False
    host_pid: bool = field(default=False, name="hostPID")
    host_ipc: bool = field(default=False, name="hostIPC")
    host_users: bool | None = None
    security_context: PodSecurityContext | None = None
    runtime_class_name: str | None = None
    os: PodOS | None = None

    @property
    def context(self) -> PodSecurityContext:
        """The securityContext, an empty one where there is none."""
        return self.security_context if self.security_context is not None else NO_POD_CONTEXT


class Pod(PodPart, frozen=True):
    """A pod, or the pod that would be created from a template."""

    metadata: ObjectMeta = field(default_factory=ObjectMeta)
    spec: PodSpec = field(default_factory=PodSpec)
