"""Which groups a pod or a container may have: runAsGroup, fsGroup and supplementalGroups.

`MustRunAs`: at least one group, and each within the ranges; where none is set, the lowest of the first range
is filled in. `MayRunAs`: each within the ranges, none needed. `RunAsAny`: anything. Only MustRunAs fills
anything in.

Source: pkg/security/podsecuritypolicy/group, 1.24.
"""

from typing import ClassVar

from msgspec import Struct

from rbacpsp.model.psp import IDStrategy, Range
from rbacpsp.psp.errors import FieldError, StrategyError, go_groups, go_ranges, invalid

Groups = tuple[int, ...] | None
"""Groups as written; None when absent, which the server prints differently from an empty list."""


class RunAsAny(Struct, frozen=True):
    """Any groups."""

    rule: ClassVar = "RunAsAny"

    def generate(self) -> int | None:
        """Nothing is filled in."""
        return None

    def validate(self, _path: str, _groups: Groups) -> list[FieldError]:
        """Nothing is refused."""
        return []


class MayRunAs(Struct, frozen=True):
    """Groups within ranges, or none."""

    rule: ClassVar = "MayRunAs"

    ranges: tuple[Range, ...]

    def generate(self) -> int | None:
        """Nothing is filled in."""
        return None

    def validate(self, path: str, groups: Groups) -> list[FieldError]:
        """One error for each group outside the ranges."""
        return _errors_outside(path, groups, self.ranges)


class MustRunAs(Struct, frozen=True):
    """Groups within ranges, and at least one."""

    rule: ClassVar = "MustRunAs"

    ranges: tuple[Range, ...]

    def generate(self) -> int | None:
        """The lowest group of the first range."""
        return self.ranges[0].min

    def validate(self, path: str, groups: Groups) -> list[FieldError]:
        """An error when there is no group; one for each group outside the ranges."""
        if groups:
            return _errors_outside(path, groups, self.ranges)
        return [invalid(path, go_groups(groups), "unable to validate empty groups against required ranges")]


GroupStrategy = RunAsAny | MayRunAs | MustRunAs


def group_strategy(field: str, options: IDStrategy) -> GroupStrategy:
    """The strategy in a policy's `field` (RunAsGroup, FSGroup, SupplementalGroups).

    Raises:
        StrategyError: The rule is unknown, or lacks its ranges.
    """
    match options.rule:
        case RunAsAny.rule:
            return RunAsAny()
        case MayRunAs.rule:
            return MayRunAs(_supplied_ranges(options))
        case MustRunAs.rule:
            return MustRunAs(_supplied_ranges(options))
    raise StrategyError(f"Unrecognized {field} strategy type {options.rule}")


def _supplied_ranges(options: IDStrategy) -> tuple[Range, ...]:
    if not options.ranges:
        raise StrategyError(f"ranges must be supplied for {options.rule}")
    return options.ranges


def _errors_outside(path: str, groups: Groups, ranges: tuple[Range, ...]) -> list[FieldError]:
    return [
        invalid(path, go_groups(groups), f"group {group} must be in the ranges: {go_ranges(ranges)}")
        for group in groups or ()
        if not any(group in span for span in ranges)
    ]
