"""An assertion: a demand with its name, its reason and its line."""

from dataclasses import dataclass
from typing import Protocol

from rbacpsp.assertions.outcome import AssertionOutcome
from rbacpsp.assertions.resolve import Asking


class Demand(Protocol):
    """What must be true of a cluster."""

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Check it.

        Raises:
            CannotBeAskedError: The cluster lacks the objects that the assertion asks about.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One assertion."""

    name: str
    reason: str = ""
    """Why it must hold, for the reader of a failure."""
    demand: Demand
    line: int = 0
    """Its line in the file; 0 where there are no lines."""
