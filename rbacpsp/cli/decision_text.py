"""A decision in words, as `can-i` prints it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.report.escape import line

if TYPE_CHECKING:
    from rbacpsp.rbac import Decision

MASTERS_MAY = "Members of system:masters can do everything; RBAC is not consulted for them."


def decision_lines(decision: "Decision", *, why: bool) -> Iterator[str]:
    """The answer, and on request every reason for it; names are escaped for a terminal."""
    word = "yes" if decision else "no"
    yield line(word if decision or not decision.reason else f"{word} - {decision.reason}")
    if why:
        reasons = decision.reasons if decision else (decision.message or "",)
        yield from (line(reason or MASTERS_MAY) for reason in reasons)
