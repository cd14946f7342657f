"""The SELinux labels that a pod and its containers must have.

They must equal the policy's labels, which are filled in if none are set; the order of the level's categories
does not matter.

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
        required_options = self.options
        errors = []
        if not equal_levels(required_options.level, options.level):
            errors.append(invalid(f"{path}.level", options.level, f"must be {required_options.level}"))
        errors.extend(
            invalid(f"{path}.{name}", value, f"must be {required_value}")
            for name, value, required_value in (
                ("role", options.role, required_options.role),
                ("type", options.type, required_options.type),
                ("user", options.user, required_options.user),
            )
            if value != required_value
        )
        return errors


def equal_levels(first: str, second: str) -> bool:
    """Whether two levels have the same sensitivity, and the same categories in any order."""
    if first == second:
        return True
    sensitivity, colon, categories = first.partition(":")
    other_sensitivity, other_colon, other_categories = second.partition(":")
    return (
        bool(colon and other_colon)
        and sensitivity == other_sensitivity
        and sorted(categories.split(",")) == sorted(other_categories.split(","))
    )
