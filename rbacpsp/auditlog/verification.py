"""Our decision and reasons against every recorded decision: proof on one's own traffic, without a server."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from rbacpsp.auditlog.asked import Asked, asked, impersonation_requests
from rbacpsp.auditlog.record import Named, Record, Recorded
from rbacpsp.model import Request, User
from rbacpsp.rbac import Decision

Authorize = Callable[[User, Request], Decision]


class Difference(Struct, frozen=True):
    """A recorded decision that is not ours."""

    audit_id: str
    user: User
    request: Request
    allowed: bool
    """As it was recorded, and so is the reason."""
    reason: str
    ours: bool
    reasons: tuple[str, ...]
    """Ours, one a grant; empty where we refuse."""


class Verification(Struct, frozen=True):
    """The outcome; true when nothing differs."""

    requests: int
    """The decided events."""
    different: tuple[Difference, ...]
    impersonations: tuple[Asked, ...]
    """What an impersonation that took place needed, and we refuse; no decision of it is recorded."""
    first: str
    """When the first request that differs was made, and the last: grants changed about then."""
    last: str

    @property
    def same(self) -> int:
        """How many decisions are equal, with the recorded reason among ours."""
        return self.requests - len(self.different)

    def __bool__(self) -> bool:
        return not (self.different or self.impersonations)


def verifying(authorize: Authorize) -> Record:
    """A record for `verify_record`, which keeps the events of every decision that is not ours."""

    def differs(recorded: Recorded) -> bool:
        each = asked(recorded[0])
        return not agrees(recorded, authorize(each.who, each.request))

    return Record(is_named=differs)


def verify_record(record: Record, authorize: Authorize) -> Verification:
    """Decide every recorded request again.

    Args:
        record: Of `verifying`, filled.
        authorize: Decides a request of a user.
    """
    tallies = [record.decisions[recorded] for recorded in {each.recorded for each in record.named}]
    different = tuple(_difference(each, authorize) for each in record.named)
    return Verification(
        requests=record.requests,
        different=different,
        impersonations=tuple(_refused(record, authorize)),
        first=min((tally.first for tally in tallies), default=""),
        last=max((tally.last for tally in tallies), default=""),
    )


def _refused(record: Record, authorize: Authorize) -> Iterator[Asked]:
    needed = (request for taken in record.impersonations for request in impersonation_requests(taken))
    return (asked for asked in dict.fromkeys(needed) if not authorize(asked.who, asked.request))


def agrees(recorded: Recorded, decision: Decision) -> bool:
    """Whether the decision is equal, and the reason that was recorded for allowing is one of ours.

    With several granting bindings the server names whichever it meets first.
    """
    _, allowed, reason = recorded
    if allowed != decision.allowed:
        return False
    return not (allowed and reason) or reason in decision.reasons


def _difference(named: Named, authorize: Authorize) -> Difference:
    key, allowed, reason = named.recorded
    each = asked(key)
    decision = authorize(each.who, each.request)
    return Difference(
        audit_id=named.audit_id,
        user=decision.user,
        request=decision.request,
        allowed=allowed,
        reason=reason,
        ours=decision.allowed,
        reasons=decision.reasons if decision.allowed else (),
    )
