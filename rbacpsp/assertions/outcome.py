"""What came of a demand, before it is a result."""

from dataclasses import dataclass, field

from rbacpsp.audit import Finding
from rbacpsp.paths.path import Path
from rbacpsp.rbac.decision import Grant


class CannotBeAskedError(Exception):
    """An assertion cannot be asked of a cluster; the text says why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as demanded."""

    why: str
    grants: tuple[Grant, ...] = ()
    """What gives it."""
    path: Path | None = None
    """The way to what must not be reached."""
    finding: Finding | None = None
    """What the audit found."""


@dataclass(slots=True)
class Outcome:
    """What is not as demanded, and what could not be asked; a failure counts for more."""

    failures: list[Failure] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
