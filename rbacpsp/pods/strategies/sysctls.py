"""Which kernel parameters a pod may set.

A sysctl that matches `forbiddenSysctls` is refused; otherwise the safe ones and those that match
`allowedUnsafeSysctls` are allowed, and all others refused. A pattern is a name, or a prefix that ends in `*`.

Source: pkg/security/podsecuritypolicy/sysctl/mustmatchpatterns.go, 1.24.
"""

from collections.abc import Iterable

from msgspec import Struct

from rbacpsp.model.field_error import FieldError, forbidden
from rbacpsp.model.go import quote
from rbacpsp.model.pod import Sysctl


class Sysctls(Struct, frozen=True):
    """A policy's rules about sysctls."""

    safe: frozenset[str]
    allowed_unsafe: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def validate(self, sysctls: Iterable[Sysctl]) -> list[FieldError]:
        """One error for each sysctl that is not allowed."""
        errors = []
        for index, sysctl in enumerate(sysctls):
            name, path = sysctl.name, f"pod.spec.securityContext.sysctls[{index}]"
            if _matches(name, self.forbidden):
                errors.append(forbidden(path, f"sysctl {quote(name)} is not allowed"))
            elif name not in self.safe and not _matches(name, self.allowed_unsafe):
                errors.append(forbidden(path, f"unsafe sysctl {quote(name)} is not allowed"))
        return errors


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns
    )
