"""The strategy by which a container may run as any user but root.

Source: pkg/security/podsecuritypolicy/user/nonroot.go, 1.24; OpenShift's apiserver-library-go has the same.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.field_error import FieldError, invalid, required


class MustRunAsNonRoot(Struct, frozen=True):
    """Any user but root."""

    rule: ClassVar = "MustRunAsNonRoot"

    def generate(self) -> int | None:
        """None: no user is filled in, since the image may name one; runAsNonRoot is set instead."""
        return None

    def validate(self, path: str, non_root: bool | None, user: int | None) -> list[FieldError]:
        """The errors of a container's effective runAsNonRoot and runAsUser; `path` is its securityContext."""
        if non_root is None and user is None:
            return [required(f"{path}.runAsNonRoot", "must be true")]
        if non_root is False:
            return [invalid(f"{path}.runAsNonRoot", value=False, detail="must be true")]
        if user == 0:
            return [invalid(f"{path}.runAsUser", 0, "running with the root UID is forbidden")]
        return []
