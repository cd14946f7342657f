"""Which seccomp profiles a pod and its containers may have, by two annotations of the policy.

`allowedProfileNames`: a comma-separated list, `*` allows any; without it none may be set.
`defaultProfileName`: filled in as the pod's annotation where the pod names none. Since 1.19 the pod's field
counts where the annotation is absent (and Generate then writes its annotation, which changes the pod), the
container's field counts before its annotation, and `docker/default` and `runtime/default` are one.

Source: pkg/security/podsecuritypolicy/seccomp/strategy.go, 1.24.
"""

from collections.abc import Mapping

from msgspec import Struct

from rbacpsp.model.pod import Container, Pod
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, annotation_for_field
from rbacpsp.psp.errors import FieldError, forbidden

ALLOWED_KEY = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
DEFAULT_KEY = "seccomp.security.alpha.kubernetes.io/defaultProfileName"

_ANY = "*"
_DEFAULTS = frozenset({"docker/default", "runtime/default"})


class Seccomp(Struct, frozen=True):
    """A policy's rules about seccomp."""

    default: str
    allowed: frozenset[str]
    any_allowed: bool
    allowed_text: str
    """As the annotation writes it: errors show it."""

    def generate(self, pod: Pod) -> str:
        """The pod's own profile as an annotation, or the policy's default; empty when there is neither."""
        annotation = pod.metadata.annotations.get(POD_KEY)
        if annotation:
            return annotation
        field = pod.spec.context.seccomp_profile
        return annotation_for_field(field) if field is not None else self.default

    def validate_pod(self, pod: Pod) -> list[FieldError]:
        """The errors of the pod's profile."""
        profile = pod.metadata.annotations.get(POD_KEY, "")
        if not profile and (field := pod.spec.context.seccomp_profile) is not None:
            profile = annotation_for_field(field)
        return self._validate(POD_KEY, profile)

    def validate_container(self, pod: Pod, container: Container) -> list[FieldError]:
        """The errors of a container's profile, its own or the pod's."""
        return self._validate(CONTAINER_PREFIX + container.name, self._container_profile(pod, container))

    def _container_profile(self, pod: Pod, container: Container) -> str:
        own = container.context.seccomp_profile
        if own is not None:
            return annotation_for_field(own)
        annotations = pod.metadata.annotations
        annotation = annotations.get(CONTAINER_PREFIX + container.name)
        if annotation is not None:
            return annotation
        field = pod.spec.context.seccomp_profile
        return annotation_for_field(field) if field is not None else annotations.get(POD_KEY, "")

    def _validate(self, key: str, profile: str) -> list[FieldError]:
        if self.any_allowed or profile in self.allowed or not (self.allowed or profile):
            return []
        path = f"pod.metadata.annotations[{key}]"
        if not self.allowed:
            return [forbidden(path, "seccomp may not be set")]
        detail = f"{profile} is not an allowed seccomp profile. Valid values are {self.allowed_text}"
        return [forbidden(path, detail)]


def seccomp(annotations: Mapping[str, str], *, fields: bool = True) -> Seccomp:
    """The strategy that a policy's annotations define."""
    text = annotations.get(ALLOWED_KEY)
    names = frozenset(text.split(",")) if text is not None else frozenset()
    allowed = names - {_ANY}
    if fields and allowed & _DEFAULTS:
        allowed |= _DEFAULTS
    return Seccomp(annotations.get(DEFAULT_KEY, ""), allowed, _ANY in names, text or "")
