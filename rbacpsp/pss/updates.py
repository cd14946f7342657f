"""Decides which updates of a pod are checked: those that change an image or the number of containers.

Source: k8s.io/pod-security-admission admission/admission.go isSignificantPodUpdate, 0.24, 0.25 and 0.37.
"""

import msgspec

from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.pods.shape import convert_shape, plain_copy

_POD_SECCOMP_UNTIL = Version(1, 24)
_CONTAINER_SECCOMP_UNTIL = Version(1, 26)


class _Container(msgspec.Struct, frozen=True):
    name: str = ""
    image: str = ""


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    containers: tuple[_Container, ...] = ()
    init_containers: tuple[_Container, ...] = ()
    ephemeral_containers: tuple[_Container, ...] = ()


class _Metadata(msgspec.Struct, frozen=True):
    annotations: dict[str, str] = {}


class _Pod(msgspec.Struct, frozen=True):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    spec: _Spec = msgspec.field(default_factory=_Spec)


def is_significant_pod_update(
    new: JSONObject | Manifest, old: JSONObject | Manifest, server: Version
) -> bool:
    """Whether a server checks an update: it changes an image or the number of containers.

    A new ephemeral container counts too. Servers up to 1.24 also check updates that change the seccomp
    annotation of the pod, and those up to 1.26 updates that change that of a container.

    Raises:
        ValueError: A field has the wrong type.
    """
    pod, before = _read(new), _read(old)
    annotations, annotations_before = pod.metadata.annotations, before.metadata.annotations

    def annotated(key: str) -> bool:
        return annotations.get(key, "") != annotations_before.get(key, "")

    def changed(container: _Container, container_before: _Container) -> bool:
        seccomp = server <= _CONTAINER_SECCOMP_UNTIL and annotated(f"{CONTAINER_PREFIX}{container.name}")
        return seccomp or container.image != container_before.image

    if server <= _POD_SECCOMP_UNTIL and annotated(POD_KEY):
        return True
    for containers, containers_before in (
        (pod.spec.containers, before.spec.containers),
        (pod.spec.init_containers, before.spec.init_containers),
    ):
        if len(containers) != len(containers_before) or any(map(changed, containers, containers_before)):
            return True
    known = {container.name: container for container in reversed(before.spec.ephemeral_containers)}
    return any(
        container.name not in known or changed(container, known[container.name])
        for container in pod.spec.ephemeral_containers
    )


def _read(obj: JSONObject | Manifest) -> _Pod:
    return convert_shape(plain_copy(obj.body if isinstance(obj, Manifest) else obj), _Pod)
