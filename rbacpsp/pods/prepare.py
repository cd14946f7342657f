"""Prepares a pod for storage, after policies have admitted it, as the API server does.

Annotations and fields of seccomp and AppArmor are synchronized, and fields of disabled features are dropped.
After that policies validate the pod again, and Pod Security checks it.

Source: pkg/registry/core/pod/strategy.go: applySeccompVersionSkew, 1.24 and 1.26; applyAppArmorVersionSkew,
1.33 and 1.34. The fields of disabled features: see `pods.disabled_features`.
"""

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod import SeccompProfile
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.defaults import TEMPLATES
from rbacpsp.pods.disabled_features import PROC_MOUNT_SINCE, drop_disabled_fields
from rbacpsp.pods.parts import pod_containers
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, annotation_for_field, field_for_annotation
from rbacpsp.pods.service_account import RANDOM
from rbacpsp.pods.shape import convert_shape, plain_copy

__all__ = [
    "APPARMOR_FIELDS_SINCE",
    "PROC_MOUNT_SINCE",
    "SECCOMP_SYNCHRONIZED",
    "name_pod",
    "prepare",
    "prepare_pod",
]

SECCOMP_SYNCHRONIZED = (Version(1, 19), Version(1, 26))
"""The first and the last version that sets the seccomp field from an annotation."""
SECCOMP_ANNOTATED_UNTIL = Version(1, 24)
"""The last version that sets the seccomp annotation from a field, too."""
APPARMOR_FIELDS_SINCE = Version(1, 30)
"""The first version that sets the AppArmor field from an annotation."""
APPARMOR_ANNOTATED_UNTIL = Version(1, 33)
"""The last version that sets the AppArmor annotation from a field, too."""

_APPARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
_LOCALHOST = "localhost/"
_LONGEST_PATH = 4095
_SET_BY_SERVER = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "uid",
)
"""Metadata that the server sets or resets when it creates an object."""


def prepare(
    kind: str, obj: JSONObject, version: Version = V1_24, old: JSONObject | None = None
) -> JSONObject:
    """A copy of a defaulted pod or workload as the server stores it.

    `old` is the object that an update replaces: fields of disabled features are kept where it uses them. A
    template loses such fields too, but its seccomp annotations and fields are synchronized only when a pod is
    created from it.
    """
    result: JSONObject = plain_copy(obj)
    path = TEMPLATES[kind]
    if path:
        _drop_disabled(_descend(result, path), version, _descend(old, path) if old else None)
    else:
        prepare_pod(result, version, old)
    return result


def name_pod(pod: JSONObject) -> None:
    """Set the name of a pod with a generateName only, in place; its random end is written as `xxxxx`."""
    metadata = pod["metadata"]
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + RANDOM


def prepare_pod(pod: JSONObject, version: Version, old: JSONObject | None = None) -> bool:
    """Prepare a defaulted pod for storage, in place; returns whether a policy might decide differently."""
    changed = _drop_disabled(pod, version, old)
    if old is None:
        first, last = SECCOMP_SYNCHRONIZED
        if first <= version <= last:
            changed |= _synchronize_seccomp(pod, annotate=version <= SECCOMP_ANNOTATED_UNTIL)
        if version >= APPARMOR_FIELDS_SINCE:
            changed |= _synchronize_apparmor(pod, annotate=version <= APPARMOR_ANNOTATED_UNTIL)
        pod.pop("status", None)
        metadata = pod.get("metadata", {})
        for key in _SET_BY_SERVER:
            metadata.pop(key, None)
    return changed


def _drop_disabled(pod: JSONObject, version: Version, old: JSONObject | None) -> bool:
    return drop_disabled_fields(pod.get("spec", {}), version, (old or {}).get("spec", {}))


def _descend(obj: JSONObject, path: tuple[str, ...]) -> JSONObject:
    for key in path:
        obj = obj.get(key, {})
    return obj


def _synchronize_seccomp(pod: JSONObject, *, annotate: bool) -> bool:
    """Set the seccomp field of the pod and of each container from its annotation.

    With `annotate`, they also get the annotation of their field.
    """
    spec = pod.setdefault("spec", {})
    holders = [(POD_KEY, spec)]
    holders += [
        (CONTAINER_PREFIX + container.get("name", ""), container) for container in pod_containers(spec)
    ]
    metadata = pod.setdefault("metadata", {})
    changed = False
    for key, holder in holders:
        annotation = metadata.get("annotations", {}).get(key)
        field = holder.get("securityContext", {}).get("seccompProfile")
        if field is not None and annotation is None:
            value = annotation_for_field(convert_shape(field, SeccompProfile, "seccompProfile"))
            if value and annotate:
                metadata.setdefault("annotations", {})[key] = value
                changed = True
        elif annotation is not None and field is None:
            profile = field_for_annotation(annotation)
            if profile is not None:
                holder.setdefault("securityContext", {})["seccompProfile"] = profile
                changed = True
    return changed


def _synchronize_apparmor(pod: JSONObject, *, annotate: bool) -> bool:
    """Set the AppArmor field of each container from its annotation, where that differs from the pod's.

    With `annotate`, a container without an annotation gets that of its field, or else of the pod's.
    """
    spec = pod.get("spec", {})
    if spec.get("os", {}).get("name") == "windows":
        return False
    metadata = pod.setdefault("metadata", {})
    of_pod = spec.get("securityContext", {}).get("appArmorProfile")
    changed = False
    for container in pod_containers(spec):
        key = _APPARMOR_PREFIX + container.get("name", "")
        annotation = metadata.get("annotations", {}).get(key)
        field = container.get("securityContext", {}).get("appArmorProfile")
        if annotation is None:
            value = _apparmor_annotation(of_pod if field is None else field) if annotate else ""
            if value:
                metadata.setdefault("annotations", {})[key] = value
                changed = True
        elif field is None:
            profile = _apparmor_field(annotation)
            if profile is not None and profile != of_pod:
                container.setdefault("securityContext", {})["appArmorProfile"] = profile
                changed = True
    return changed


def _apparmor_annotation(profile: JSONObject | None) -> str:
    """The annotation for an AppArmor field; empty without one, or where a seccomp field would have none."""
    if profile is None:
        return ""
    return annotation_for_field(convert_shape(profile, SeccompProfile, "appArmorProfile"))


def _apparmor_field(annotation: str) -> dict[str, str] | None:
    """The field for an AppArmor annotation; None if the value is not valid for a field."""
    match annotation:
        case "unconfined":
            return {"type": "Unconfined"}
        case "runtime/default":
            return {"type": "RuntimeDefault"}
    profile = annotation.removeprefix(_LOCALHOST)
    if profile == annotation or not profile or profile != profile.strip() or len(profile) > _LONGEST_PATH:
        return None
    return {"type": "Localhost", "localhostProfile": profile}
