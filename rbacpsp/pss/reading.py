"""Reads the pod in an object, with the API server's defaults, for the checks.

Only two of the API's defaults affect a check: a volume without a source is an emptyDir, and on the host's
network a container's ports are ports of the host. Only these are applied, which is ten times as fast as all
defaults (`rbacpsp.pods.set_defaults`); a test compares the two.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import Ignored
from rbacpsp.model.pod import Container, PodPart, PodSecurityContext, PodSpec, SecurityContext, Volume
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pods.defaults import TEMPLATES, no_template_words
from rbacpsp.pods.prepare import APPARMOR_FIELDS_SINCE, PROC_MOUNT_SINCE, SECCOMP_SYNCHRONIZED, prepare
from rbacpsp.pods.shape import convert_shape, plain_copy
from rbacpsp.pss.checks.check import CheckedPod

_EPHEMERAL_CONTAINERS_SINCE = Version(1, 23)
"""Since then the feature gate EphemeralContainers is on."""
_IMAGE_VOLUMES_SINCE = Version(1, 31)
"""The version that added the field; older servers ignore it."""
_PORTS_NOT_IN_TEMPLATES = Version(1, 28)
"""Since then a template's ports get their host ports only when a pod is created (rbacpsp.pods.defaults)."""


class _Metadata(PodPart, frozen=True):
    annotations: dict[str, str] = {}


class _PodLike(PodPart, frozen=True):
    """The part of a pod or a pod template that the checks read."""

    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)


class PodInObject(NamedTuple):
    """A pod that was read from an object."""

    checked: CheckedPod
    prefix: str
    """Its path in the object: empty for a pod, `spec.template` for a Deployment."""


def kind_of(obj: JSONObject | Manifest) -> str:
    """The kind of an object; empty when it has none.

    Raises:
        ValueError: It is not an object.
    """
    if isinstance(obj, Manifest):
        return obj.kind
    if not isinstance(obj, dict):
        raise ValueError(f"the object must be a dict or a loaded object, not a {type(obj).__name__}")
    kind = obj.get("kind")
    return kind if isinstance(kind, str) else ""


def template_path(kind: str) -> tuple[str, ...]:
    """The path of the pod in objects of a kind.

    Raises:
        ValueError: The kind has no pod.
    """
    path = TEMPLATES.get(kind)
    if path is None:
        raise ValueError(no_template_words(kind))
    return path


def holder_of(obj: JSONObject | Manifest) -> JSONObject | None:
    """The part of an object with a pod's metadata and spec; None where a workload has no template.

    Raises:
        ValueError: The kind has no pod, or a value on the path is not an object.
    """
    path = template_path(kind_of(obj))
    holder: Any = obj.body if isinstance(obj, Manifest) else obj
    for depth, key in enumerate(path):
        holder = holder.get(key)
        if holder is None:
            return None
        if not isinstance(holder, dict):
            raise ValueError(f"{'.'.join(path[: depth + 1])} must be an object")
    pod_holder: JSONObject = holder
    return pod_holder


def read_pod(
    obj: JSONObject | Manifest,
    server: Version,
    *,
    seccomp: bool = True,
    app_armor: bool = False,
    masked: bool = True,
) -> PodInObject:
    """The pod in an object, as a server of a version would store it.

    Args:
        obj: A pod or a workload; it is not changed.
        server: The server's version.
        seccomp: Synchronize a pod's seccomp annotations and fields, as servers up to 1.26 do on creation.
        app_armor: Synchronize its AppArmor annotations and fields, as servers since 1.30 do on creation.
        masked: Give containers the default masks of /proc, as servers up to 1.32 do unless the replaced
        object
            has others; False for stored pods.

    Raises:
        ValueError: The kind holds no pod, or a field has the wrong type (the message opens with its path).
    """
    prefix = ".".join(template_path(kind_of(obj)))
    holder = holder_of(obj) or {}
    pod = _view(holder, prefix)
    if not prefix and _synchronized(pod, server, seccomp=seccomp, app_armor=app_armor):
        pod = _view(prepare("Pod", plain_copy(holder), server), prefix)
    spec = with_defaults(pod.spec, server, in_template=bool(prefix))
    if masked and server < PROC_MOUNT_SINCE:
        spec = _without_proc_mount(spec)
    if server < _EPHEMERAL_CONTAINERS_SINCE:
        spec = msgspec.structs.replace(spec, ephemeral_containers=())
    return PodInObject(CheckedPod(pod.metadata.annotations, spec), prefix)


def uses_proc_mount(obj: JSONObject | Manifest) -> bool:
    """Whether a container of the pod in an object does not have the default masks of /proc.

    Raises:
        ValueError: The kind holds no pod, or a field has the wrong type (the message opens with its path).
    """
    spec = _view(holder_of(obj) or {}, ".".join(template_path(kind_of(obj)))).spec
    containers = (*spec.containers, *spec.init_containers, *spec.ephemeral_containers)
    contexts = (container.security_context for container in containers)
    return any(context is not None and context.proc_mount not in {None, "Default"} for context in contexts)


def _view(holder: JSONObject, prefix: str) -> _PodLike:
    try:
        return msgspec.convert(holder, _PodLike)
    except msgspec.ValidationError:
        return convert_shape(plain_copy(holder), _PodLike, prefix)


def _synchronized(pod: _PodLike, server: Version, *, seccomp: bool, app_armor: bool) -> bool:
    """Whether a server could change the annotations or fields of a pod that it creates."""
    if seccomp and server <= SECCOMP_SYNCHRONIZED[1]:
        return any("seccomp" in key for key in pod.metadata.annotations) or any(
            context.seccomp_profile is not None for context in _contexts(pod.spec)
        )
    if not app_armor or server < APPARMOR_FIELDS_SINCE:
        return False
    return bool(pod.metadata.annotations) or any(
        context.app_armor_profile is not None for context in _contexts(pod.spec)
    )


def _contexts(spec: PodSpec) -> Iterator[PodSecurityContext | SecurityContext]:
    """The security contexts of a pod and of its containers."""
    if spec.security_context is not None:
        yield spec.security_context
    for container in (*spec.containers, *spec.init_containers, *spec.ephemeral_containers):
        if container.security_context is not None:
            yield container.security_context


def _without_proc_mount(spec: PodSpec) -> PodSpec:
    """A spec whose containers all have the default masks, since the feature gate for others is off."""
    containers = (*spec.containers, *spec.init_containers, *spec.ephemeral_containers)
    if all(c.security_context is None or c.security_context.proc_mount is None for c in containers):
        return spec
    return msgspec.structs.replace(
        spec,
        containers=tuple(map(_masked, spec.containers)),
        init_containers=tuple(map(_masked, spec.init_containers)),
        ephemeral_containers=tuple(map(_masked, spec.ephemeral_containers)),
    )


def _masked(container: Container) -> Container:
    if container.security_context is None:
        return container
    context = msgspec.structs.replace(container.security_context, proc_mount=None)
    return msgspec.structs.replace(container, security_context=context)


def with_defaults(spec: PodSpec, server: Version, *, in_template: bool) -> PodSpec:
    """A spec with the defaults that matter to the checks."""
    if server < _IMAGE_VOLUMES_SINCE and any(volume.image is not None for volume in spec.volumes):
        volumes = tuple(msgspec.structs.replace(volume, image=None) for volume in spec.volumes)
        spec = msgspec.structs.replace(spec, volumes=volumes)
    if spec.volumes and any(_has_no_source(volume) for volume in spec.volumes):
        volumes = tuple(
            Volume(name=volume.name, empty_dir=Ignored()) if _has_no_source(volume) else volume
            for volume in spec.volumes
        )
        spec = msgspec.structs.replace(spec, volumes=volumes)
    if spec.host_network and not (in_template and server >= _PORTS_NOT_IN_TEMPLATES):
        spec = msgspec.structs.replace(
            spec,
            containers=tuple(map(_with_host_ports, spec.containers)),
            init_containers=tuple(map(_with_host_ports, spec.init_containers)),
        )
    return spec


def _has_no_source(volume: Volume) -> bool:
    return volume == Volume(name=volume.name)


def _with_host_ports(container: Container) -> Container:
    if all(port.host_port for port in container.ports):
        return container
    ports = tuple(
        port if port.host_port else msgspec.structs.replace(port, host_port=port.container_port)
        for port in container.ports
    )
    return msgspec.structs.replace(container, ports=ports)
