"""Which user a container may run as.

`MustRunAs`: the user is in one of the ranges; where none is set, the lowest of the first range is filled in.
`MustRunAsNonRoot`: the user is not 0 and runAsNonRoot is not false; where neither is set, runAsNonRoot is
filled in. `RunAsAny`: anything, and nothing is filled in.

Source: pkg/security/podsecuritypolicy/user, 1.24.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.psp import IDStrategy, Range
from rbacpsp.pods.strategies.non_root import MustRunAsNonRoot
from rbacpsp.psp.errors import FieldError, StrategyError, go_ranges, invalid, required

__all__ = ["MustRunAs", "MustRunAsNonRoot", "RunAsAny", "RunAsUser", "run_as_user"]


class RunAsAny(Struct, frozen=True):
    """Any user."""

    rule: ClassVar = "RunAsAny"

    def generate(self) -> int | None:
        """Nothing is filled in."""
        return None

    def validate(self, _path: str, _non_root: bool | None, _user: int | None) -> list[FieldError]:
        """Nothing is refused."""
        return []


class MustRunAs(Struct, frozen=True):
    """A user within ranges."""

    rule: ClassVar = "MustRunAs"

    ranges: tuple[Range, ...]

    def generate(self) -> int | None:
        """The lowest user of the first range."""
        return self.ranges[0].min

    def validate(self, path: str, _non_root: bool | None, user: int | None) -> list[FieldError]:
        """The errors of a container's effective runAsUser; `path` is its securityContext."""
        if user is None:
            return [required(f"{path}.runAsUser")]
        if any(user in span for span in self.ranges):
            return []
        return [invalid(f"{path}.runAsUser", user, f"must be in the ranges: {go_ranges(self.ranges)}")]


RunAsUser = RunAsAny | MustRunAsNonRoot | MustRunAs


def run_as_user(options: IDStrategy) -> RunAsUser:
    """The strategy in a policy's runAsUser.

    Raises:
        StrategyError: The rule is unknown, or lacks its ranges.
    """
    match options.rule:
        case MustRunAs.rule:
            if not options.ranges:
                raise StrategyError("MustRunAs requires at least one range")
            return MustRunAs(options.ranges)
        case MustRunAsNonRoot.rule:
            return MustRunAsNonRoot()
        case RunAsAny.rule:
            return RunAsAny()
    raise StrategyError(f"Unrecognized RunAsUser strategy type {options.rule}")
