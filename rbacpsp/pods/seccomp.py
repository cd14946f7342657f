"""Converts a seccomp profile between its annotation and its field, which exists since 1.19.

Source: pkg/api/pod/util.go (SeccompAnnotationForField, SeccompFieldForAnnotation), 1.24.
"""

from rbacpsp.model.pod import SeccompProfile

POD_KEY = "seccomp.security.alpha.kubernetes.io/pod"
"""The annotation of a pod's profile."""
CONTAINER_PREFIX = "container.seccomp.security.alpha.kubernetes.io/"
"""With a container's name, the annotation of that container's profile."""

_LOCALHOST = "localhost/"


def annotation_for_field(profile: SeccompProfile) -> str:
    """The annotation's value for a field; empty for an unknown type, or Localhost without a profile."""
    match profile.type:
        case "Unconfined":
            return "unconfined"
        case "RuntimeDefault":
            return "runtime/default"
        case "Localhost" if profile.localhost_profile is not None:
            return _LOCALHOST + profile.localhost_profile
    return ""


def field_for_annotation(value: str) -> dict[str, str] | None:
    """The field for an annotation's value; None for an unknown value, or `localhost/` without a profile."""
    match value:
        case "unconfined":
            return {"type": "Unconfined"}
        case "runtime/default" | "docker/default":
            return {"type": "RuntimeDefault"}
    profile = value.removeprefix(_LOCALHOST)
    if profile and profile != value:
        return {"type": "Localhost", "localhostProfile": profile}
    return None
