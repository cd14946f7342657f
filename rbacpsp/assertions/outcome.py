"""The outcome of a demand, from which its result is derived."""

from dataclasses import dataclass, field

from rbacpsp.audit import Finding
from rbacpsp.paths.path import Path
from rbacpsp.rbac.decision import Grant


class CannotBeAskedError(Exception):
    """An assertion cannot be checked on a cluster; the text says why."""


@dataclass(frozen=True, slots=True)
class DemandFailure:
    """One violation of a demand."""

    why: str
    grants: tuple[Grant, ...] = ()
    """The grants that allow it."""
    path: Path | None = None
    """The path to the goal that must not be reached."""
    finding: Finding | None = None
    """The finding of the audit."""


@dataclass(slots=True)
class AssertionOutcome:
    """The violations, and what could not be checked; violations outweigh the latter."""

    failures: list[DemandFailure] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
