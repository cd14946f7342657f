"""The seccomp profiles that constraints fill in and allow.

Source: apiserver-library-go pkg/securitycontextconstraints/seccomp/strategy.go, release-4.21.
"""

from rbacpsp.model.field_error import FieldError, forbidden
from rbacpsp.model.pod import Container, Pod, SeccompProfile
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, annotation_for_field, field_for_annotation
from rbacpsp.scc.rules import SCCRules

_ANY = "*"
_DEFAULTS = frozenset({"docker/default", "runtime/default"})


def profile_of(text: str) -> SeccompProfile | None:
    """The field that is equivalent to an annotation; None if the annotation names no profile."""
    field = field_for_annotation(text)
    return None if field is None else SeccompProfile(field["type"], field.get("localhostProfile"))


def pod_profile(pod: Pod) -> str:
    """The pod's profile in the form of an annotation; empty if it has none."""
    annotation = pod.metadata.annotations.get(POD_KEY, "")
    field = pod.spec.context.seccomp_profile
    return annotation or ("" if field is None else annotation_for_field(field))


def profile_to_set(rules: SCCRules, pod: Pod) -> str:
    """The profile that is written into the pod; empty if there is none."""
    return pod_profile(pod) or rules.seccomp_default


def validate_pod(rules: SCCRules, pod: Pod) -> list[FieldError]:
    """The errors of the pod's profile."""
    return _validate(rules, POD_KEY, pod_profile(pod))


def validate_container(rules: SCCRules, pod: Pod, container: Container) -> list[FieldError]:
    """The errors of a container's profile, which may come from the pod."""
    return _validate(rules, CONTAINER_PREFIX + container.name, _container_profile(pod, container))


def _container_profile(pod: Pod, container: Container) -> str:
    container_field = container.context.seccomp_profile
    if container_field is not None:
        return annotation_for_field(container_field)
    annotation = pod.metadata.annotations.get(CONTAINER_PREFIX + container.name)
    if annotation is not None:
        return annotation
    pod_field = pod.spec.context.seccomp_profile
    return pod.metadata.annotations.get(POD_KEY, "") if pod_field is None else annotation_for_field(pod_field)


def _validate(rules: SCCRules, key: str, profile: str) -> list[FieldError]:
    allowed = rules.constraint.seccomp_profiles
    if _ANY in allowed or profile in allowed or not (allowed or profile):
        return []
    if profile in _DEFAULTS and not _DEFAULTS.isdisjoint(allowed):
        return []
    path = f"pod.metadata.annotations[{key}]"
    if not allowed:
        return [forbidden(path, "seccomp may not be set")]
    valid = f"Valid values are [{' '.join(allowed)}]"
    return [forbidden(path, f"{profile} is not an allowed seccomp profile. {valid}")]
