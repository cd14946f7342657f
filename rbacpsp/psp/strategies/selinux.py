"""Which SELinux labels a pod and its containers may carry.

`MustRunAs`: exactly the policy's, which are filled in where none are set; the categories of the level may
stand in any order. `RunAsAny`: anything.

Source: pkg/security/podsecuritypolicy/selinux, 1.24.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.pod import SELinuxOptions
from rbacpsp.model.psp import SELinuxStrategy
from rbacpsp.pods.strategies.selinux import MustRunAs, equal_levels
from rbacpsp.psp.errors import FieldError, StrategyError

__all__ = ["MustRunAs", "RunAsAny", "SELinux", "equal_levels", "selinux"]


class RunAsAny(Struct, frozen=True):
    """Any labels."""

    rule: ClassVar = "RunAsAny"

    def generate(self) -> SELinuxOptions | None:
        """Nothing is filled in."""
        return None

    def validate(self, _path: str, _options: SELinuxOptions | None) -> list[FieldError]:
        """Nothing is refused."""
        return []


SELinux = RunAsAny | MustRunAs


def selinux(options: SELinuxStrategy) -> SELinux:
    """The strategy in a policy's seLinux.

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
