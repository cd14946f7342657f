"""What the API server does to a pod after policies have admitted it and before it is stored.

Seccomp annotations and fields are synchronized, and fields of disabled features fall back: policies validate
the pod once more after that, and Pod Security sees it so.

Source: pkg/registry/core/pod/strategy.go, 1.24; AppArmor: 1.36. The fields of disabled features: see
`pods.disabled_features`.
"""

from rbacpsp.model.pod import SeccompProfile
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.defaults import TEMPLATES
from rbacpsp.pods.disabled_features import PROC_MOUNT_SINCE, drop_disabled_fields
from rbacpsp.pods.places import pod_containers
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, annotation_for_field, field_for_annotation
from rbacpsp.pods.shape import JSON, checked, plain_copy

__all__ = ["APPARMOR_FIELDS_SINCE", "PROC_MOUNT_SINCE", "SECCOMP_SYNCHRONIZED", "prepare", "prepare_pod"]

SECCOMP_SYNCHRONIZED = (Version(1, 19), Version(1, 26))
"""The first and the last version that keeps seccomp annotations and fields in step."""
APPARMOR_FIELDS_SINCE = Version(1, 30)

_APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
_LOCALHOST = "localhost/"
_LONGEST_PATH = 4095
_SERVERS_OWN = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "uid",
)
"""Metadata that the server sets or resets when it creates an object."""


def prepare(kind: str, obj: JSON, version: Version = V1_24, old: JSON | None = None) -> JSON:
    """A defaulted pod or workload as it goes into storage, as a new value; the input is untouched.

    With `old`, what is replaced by an update: fields of disabled features stay where it uses them. A template
    loses such fields too, but its seccomp annotations and fields are synchronized only when a pod is made of
    it.
    """
    result: JSON = plain_copy(obj)
    path = TEMPLATES[kind]
    if path:
        _drop_disabled(_descend(result, path), version, _descend(old, path) if old else None)
    else:
        prepare_pod(result, version, old)
    return result


def prepare_pod(pod: JSON, version: Version, old: JSON | None = None) -> bool:
    """Do to a defaulted pod, in place, what precedes storing; returns whether a policy could care."""
    changed = _drop_disabled(pod, version, old)
    if old is None:
        first, last = SECCOMP_SYNCHRONIZED
        if first <= version <= last:
            changed |= _synchronize_seccomp(pod)
        if version >= APPARMOR_FIELDS_SINCE:
            changed |= _apparmor_fields(pod)
        pod.pop("status", None)
        metadata = pod.get("metadata", {})
        for key in _SERVERS_OWN:
            metadata.pop(key, None)
    return changed


def _drop_disabled(pod: JSON, version: Version, old: JSON | None) -> bool:
    return drop_disabled_fields(pod.get("spec", {}), version, (old or {}).get("spec", {}))


def _descend(obj: JSON, path: tuple[str, ...]) -> JSON:
    for key in path:
        obj = obj.get(key, {})
    return obj


def _synchronize_seccomp(pod: JSON) -> bool:
    """Give the pod and each container the annotation of its seccomp field, or the field of its annotation."""
    spec = pod.setdefault("spec", {})
    places = [(POD_KEY, spec)]
    places += [
        (CONTAINER_PREFIX + container.get("name", ""), container) for container in pod_containers(spec)
    ]
    metadata = pod.setdefault("metadata", {})
    changed = False
    for key, holder in places:
        annotation = metadata.get("annotations", {}).get(key)
        field = holder.get("securityContext", {}).get("seccompProfile")
        if field is not None and annotation is None:
            value = annotation_for_field(checked(field, SeccompProfile, "seccompProfile"))
            if value:
                metadata.setdefault("annotations", {})[key] = value
                changed = True
        elif annotation is not None and field is None:
            profile = field_for_annotation(annotation)
            if profile is not None:
                holder.setdefault("securityContext", {})["seccompProfile"] = profile
                changed = True
    return changed


def _apparmor_fields(pod: JSON) -> bool:
    """Give each container the field of its AppArmor annotation, where that differs from the pod's."""
    spec = pod.get("spec", {})
    if spec.get("os", {}).get("name") == "windows":
        return False
    annotations = pod.get("metadata", {}).get("annotations", {})
    of_pod = spec.get("securityContext", {}).get("appArmorProfile")
    changed = False
    for container in pod_containers(spec):
        annotation = annotations.get(_APPARMOR_PREFIX + container.get("name", ""))
        if annotation is None or "appArmorProfile" in container.get("securityContext", {}):
            continue
        profile = _apparmor_field(annotation)
        if profile is not None and profile != of_pod:
            container.setdefault("securityContext", {})["appArmorProfile"] = profile
            changed = True
    return changed


def _apparmor_field(annotation: str) -> dict[str, str] | None:
    """The field for an AppArmor annotation; None for a value that makes no valid one."""
    match annotation:
        case "unconfined":
            return {"type": "Unconfined"}
        case "runtime/default":
            return {"type": "RuntimeDefault"}
    profile = annotation.removeprefix(_LOCALHOST)
    if profile == annotation or not profile or profile != profile.strip() or len(profile) > _LONGEST_PATH:
        return None
    return {"type": "Localhost", "localhostProfile": profile}
