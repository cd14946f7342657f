"""SELinux labels that a pod and its containers must carry.

Exactly the policy's labels, which are filled in where none are set; the order of the level's categories does
not matter.

Source: pkg/security/podsecuritypolicy/selinux/mustrunas.go, 1.24; OpenShift's apiserver-library-go has the
same.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.field_error import FieldError, invalid, required
from rbacpsp.model.pod import SELinuxOptions


class MustRunAs(Struct, frozen=True):
    """The policy's labels."""

    rule: ClassVar = "MustRunAs"

    options: SELinuxOptions

    def generate(self) -> SELinuxOptions | None:
        """The policy's labels."""
        return self.options

    def validate(self, path: str, options: SELinuxOptions | None) -> list[FieldError]:
        """One error for each label that differs; `path` is the field seLinuxOptions."""
        if options is None:
            return [required(path)]
        if options == self.options:
            return []
        wanted = self.options
        errors = []
        if not equal_levels(wanted.level, options.level):
            errors.append(invalid(f"{path}.level", options.level, f"must be {wanted.level}"))
        errors.extend(
            invalid(f"{path}.{name}", there, f"must be {must}")
            for name, there, must in (
                ("role", options.role, wanted.role),
                ("type", options.type, wanted.type),
                ("user", options.user, wanted.user),
            )
            if there != must
        )
        return errors


def equal_levels(one: str, other: str) -> bool:
    """Whether two levels are one: sensitivities are equal, and the categories in some order."""
    if one == other:
        return True
    sensitivity, colon, categories = one.partition(":")
    other_sensitivity, other_colon, other_categories = other.partition(":")
    return (
        bool(colon and other_colon)
        and sensitivity == other_sensitivity
        and sorted(categories.split(",")) == sorted(other_categories.split(","))
    )
