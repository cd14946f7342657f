"""Which SELinux labels a pod and its containers may carry.

`MustRunAs`: exactly the policy's, which are filled in where none are set; the categories of the level may
stand in any order. `RunAsAny`: anything.

Source: pkg/security/podsecuritypolicy/selinux, 1.24.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import SELinuxStrategy
from rbacpsp.psp.errors import FieldError, StrategyError, invalid, required


class RunAsAny(Struct, frozen=True):
    """Any labels."""

    rule: ClassVar = "RunAsAny"

    def generate(self) -> SELinuxOptions | None:
        """Nothing is filled in."""
        return None

    def validate(self, _path: str, _options: SELinuxOptions | None) -> list[FieldError]:
        """Nothing is refused."""
        return []


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


SELinux = RunAsAny | MustRunAs


def selinux(options: SELinuxStrategy) -> SELinux:
    """The strategy that a policy's seLinux asks for.

    Raises:
        StrategyError: The rule is unknown, or lacks its labels.
    """
    match options.rule:
        case MustRunAs.rule:
            if options.se_linux_options is None:
                raise StrategyError("MustRunAs requires SELinuxOptions")
            return MustRunAs(options.se_linux_options)
        case RunAsAny.rule:
            return RunAsAny()
    raise StrategyError(f"Unrecognized SELinuxContext strategy type {options.rule}")


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
