"""Which AppArmor profiles containers may have, by two annotations of the policy.

`allowedProfileNames`: a comma-separated list of exact names; without it any profile is allowed.
`defaultProfileName`: filled in as the annotation of each container that names none.

Source: pkg/security/podsecuritypolicy/apparmor/strategy.go, 1.24.
"""

from collections.abc import Mapping

from msgspec import Struct

from rbacpsp.model.go import quote
from rbacpsp.psp.errors import FieldError, forbidden

ALLOWED_KEY = "apparmor.security.beta.kubernetes.io/allowedProfileNames"
DEFAULT_KEY = "apparmor.security.beta.kubernetes.io/defaultProfileName"
CONTAINER_PREFIX = "container.apparmor.security.beta.kubernetes.io/"


class AppArmor(Struct, frozen=True):
    """A policy's rules about AppArmor."""

    default: str
    allowed: frozenset[str] | None
    """None allows every profile."""
    allowed_text: str
    """As the annotation writes it: errors show it."""

    def generate(self, annotations: Mapping[str, str], container: str) -> str:
        """The profile to fill in for a container; empty if it has one, or if the policy has no default."""
        return "" if annotations.get(CONTAINER_PREFIX + container) else self.default

    def validate(self, annotations: Mapping[str, str], container: str) -> list[FieldError]:
        """The errors of a container's profile."""
        if self.allowed is None:
            return []
        profile = annotations.get(CONTAINER_PREFIX + container, "")
        if profile and profile in self.allowed:
            return []
        path = f"pod.metadata.annotations[{CONTAINER_PREFIX}{container}]"
        if not profile:
            return [forbidden(path, "AppArmor profile must be set")]
        detail = f"{profile} is not an allowed profile. Allowed values: {quote(self.allowed_text)}"
        return [forbidden(path, detail)]


def apparmor(annotations: Mapping[str, str]) -> AppArmor:
    """The strategy that a policy's annotations define."""
    text = annotations.get(ALLOWED_KEY)
    allowed = frozenset(text.split(",")) if text is not None else None
    return AppArmor(annotations.get(DEFAULT_KEY, ""), allowed, text or "")
