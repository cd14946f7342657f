"""The types of everything that defaulting and service account admission read, which are checked first.

Unknown fields are ignored, as the server does.
"""

from typing import Any

from msgspec import Struct, field


class Shape(Struct, frozen=True, gc=False, rename="camel"):
    """A part of a pod whose types are checked."""


Mapping = dict[str, Any]
Quantity = str | int | float
Quantities = dict[str, Quantity]


class ResourceSource(Shape, frozen=True):
    """A resource of a container."""

    divisor: Quantity = 0


class FieldSource(Shape, frozen=True):
    """A reference to a field of the pod, or to a resource of a container."""

    field_ref: Mapping = {}
    resource_field_ref: ResourceSource = ResourceSource()


class SecretKey(Shape, frozen=True):
    """A key of a secret."""

    name: str = ""


class VariableSource(FieldSource, frozen=True):
    """Where an environment variable comes from."""

    secret_key_ref: SecretKey | None = None


class Variable(Shape, frozen=True):
    """An environment variable."""

    name: str = ""
    value_from: VariableSource = VariableSource()


class Resources(Shape, frozen=True):
    """The resources of a container."""

    limits: Quantities = {}
    requests: Quantities = {}


class HTTPGet(Shape, frozen=True):
    """A request over HTTP."""

    http_headers: list[Mapping] = []


class ProbeHandler(Shape, frozen=True):
    """A probe, or one handler of a lifecycle."""

    timeout_seconds: int = 0
    period_seconds: int = 0
    success_threshold: int = 0
    failure_threshold: int = 0
    http_get: HTTPGet = HTTPGet()
    grpc: Mapping = {}


class LifecycleShape(Shape, frozen=True):
    """What runs after a container starts and before it stops."""

    post_start: ProbeHandler = ProbeHandler()
    pre_stop: ProbeHandler = ProbeHandler()


class Port(Shape, frozen=True):
    """A port of a container."""

    container_port: int = 0
    host_port: int = 0
    protocol: str = ""


class Mount(Shape, frozen=True):
    """A volume mount."""

    name: str = ""
    mount_path: str = ""


class SecurityContextShape(Shape, frozen=True):
    """The securityContext of a container."""

    windows_options: Mapping = {}


class ContainerLike(Shape, frozen=True):
    """A container of any list."""

    name: str = ""
    image: str = ""
    image_pull_policy: str = ""
    termination_message_path: str = ""
    termination_message_policy: str = ""
    ports: list[Port] = []
    env: list[Variable] = []
    resources: Resources = Resources()
    volume_mounts: list[Mount] = []
    liveness_probe: ProbeHandler = ProbeHandler()
    readiness_probe: ProbeHandler = ProbeHandler()
    startup_probe: ProbeHandler = ProbeHandler()
    lifecycle: LifecycleShape = LifecycleShape()
    security_context: SecurityContextShape = SecurityContextShape()


class DownwardAPI(Shape, frozen=True):
    """A downwardAPI volume."""

    items: list[FieldSource] = []


class Projection(Shape, frozen=True):
    """One source of a projected volume."""

    downward_api: DownwardAPI = field(default=DownwardAPI(), name="downwardAPI")
    service_account_token: Mapping = {}
    config_map: Mapping = {}


class Projected(Shape, frozen=True):
    """A projected volume."""

    sources: list[Projection] = []


class ClaimSpec(Shape, frozen=True):
    """The spec of an ephemeral volume's claim."""

    resources: dict[str, Quantities] = {}


class ClaimTemplate(Shape, frozen=True):
    """The claim of an ephemeral volume."""

    spec: ClaimSpec = ClaimSpec()


class Ephemeral(Shape, frozen=True):
    """An ephemeral volume."""

    volume_claim_template: ClaimTemplate = ClaimTemplate()


class EmptyDir(Shape, frozen=True):
    """An emptyDir volume."""

    size_limit: Quantity = 0


class SecretVolume(Shape, frozen=True):
    """A secret volume."""

    secret_name: str = ""


class VolumeLike(Shape, frozen=True):
    """A volume."""

    name: str = ""
    host_path: Mapping = {}
    empty_dir: EmptyDir = EmptyDir()
    gce_persistent_disk: Mapping = {}
    aws_elastic_block_store: Mapping = {}
    git_repo: Mapping = {}
    secret: SecretVolume | None = None
    nfs: Mapping = {}
    iscsi: Mapping = {}
    glusterfs: Mapping = {}
    persistent_volume_claim: Mapping = {}
    rbd: Mapping = {}
    flex_volume: Mapping = {}
    cinder: Mapping = {}
    cephfs: Mapping = {}
    flocker: Mapping = {}
    downward_api: DownwardAPI = field(default=DownwardAPI(), name="downwardAPI")
    fc: Mapping = {}
    azure_file: Mapping = {}
    config_map: Mapping = {}
    vsphere_volume: Mapping = {}
    quobyte: Mapping = {}
    azure_disk: Mapping = {}
    photon_persistent_disk: Mapping = {}
    storageos: Mapping = {}
    projected: Projected = Projected()
    portworx_volume: Mapping = {}
    scale_io: Mapping = field(default_factory=dict, name="scaleIO")
    csi: Mapping = {}
    ephemeral: Ephemeral = Ephemeral()
    image: Mapping = {}


class NameShape(Shape, frozen=True):
    """A name within the namespace."""

    name: str = ""


class PodContext(SecurityContextShape, frozen=True):
    """The securityContext of a pod."""

    sysctls: list[Mapping] = []


class WeightedTerm(Shape, frozen=True):
    """A weighted term of pod affinity."""

    pod_affinity_term: Mapping = {}


class PodAffinity(Shape, frozen=True):
    """Pod affinity or anti-affinity."""

    required_during_scheduling_ignored_during_execution: list[Mapping] = []
    preferred_during_scheduling_ignored_during_execution: list[WeightedTerm] = []


class Affinity(Shape, frozen=True):
    """The affinity of a pod."""

    pod_affinity: PodAffinity = PodAffinity()
    pod_anti_affinity: PodAffinity = PodAffinity()


class SpecLike(Shape, frozen=True):
    """The specification of a pod."""

    volumes: list[VolumeLike] = []
    init_containers: list[ContainerLike] = []
    containers: list[ContainerLike] = []
    ephemeral_containers: list[ContainerLike] = []
    resources: Resources = Resources()
    overhead: Quantities = {}
    dns_policy: str = ""
    restart_policy: str = ""
    termination_grace_period_seconds: int = 0
    affinity: Affinity = Affinity()
    topology_spread_constraints: list[Mapping] = []
    scheduler_name: str = ""
    host_network: bool = False
    security_context: PodContext = PodContext()
    service_account_name: str = ""
    service_account: str = ""
    automount_service_account_token: bool | None = None
    image_pull_secrets: list[NameShape] = []


class MetadataLike(Shape, frozen=True):
    """The metadata of a pod."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class PodLike(Shape, frozen=True):
    """A pod, or a pod template."""

    metadata: MetadataLike = MetadataLike()
    spec: SpecLike = SpecLike()
