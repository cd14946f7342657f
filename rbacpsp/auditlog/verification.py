"""Compares the analyzer's decisions and reasons with every recorded decision of a log."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from rbacpsp.auditlog.authorizations import AuthorizationRequest, asked, impersonation_requests
from rbacpsp.auditlog.record import DecisionEvent, Record, Recorded
from rbacpsp.model import Request, User
from rbacpsp.rbac import Decision

Authorize = Callable[[User, Request], Decision]


class DecisionDifference(Struct, frozen=True):
    """A recorded decision that differs from the analyzer's."""

    audit_id: str
    user: User
    request: Request
    allowed: bool
    """The recorded decision, whose reason is `reason`."""
    reason: str
    ours: bool
    reasons: tuple[str, ...]
    """The analyzer's reasons, one for each grant; empty if it refuses."""


class Verification(Struct, frozen=True):
    """The result of a comparison; true when nothing differs."""

    requests: int
    """The decided events."""
    different: tuple[DecisionDifference, ...]
    impersonations: tuple[AuthorizationRequest, ...]
    """Requests that a recorded impersonation needed and the analyzer refuses; no log has their decisions."""
    first: str
    """The times of the first and the last request that differ; grants probably changed then."""
    last: str

    @property
    def same(self) -> int:
        """How many decisions are equal, with the recorded reason among the analyzer's."""
        return self.requests - len(self.different)

    def __bool__(self) -> bool:
        return not (self.different or self.impersonations)


def verification_record(authorize: Authorize) -> Record:
    """A record for `verify_record`, which keeps the events of decisions that differ from the analyzer's."""

    def differs(recorded: Recorded) -> bool:
        request = asked(recorded[0])
        return not agrees(recorded, authorize(request.who, request.request))

    return Record(is_named=differs)


def verify_record(record: Record, authorize: Authorize) -> Verification:
    """Decide every recorded request again.

    Args:
        record: A record of `verification_record` that has read the log.
        authorize: Decides a request of a user.
    """
    tallies = [record.decisions[recorded] for recorded in {event.recorded for event in record.named}]
    different = tuple(_difference(event, authorize) for event in record.named)
    return Verification(
        requests=record.requests,
        different=different,
        impersonations=tuple(_refused(record, authorize)),
        first=min((tally.first for tally in tallies), default=""),
        last=max((tally.last for tally in tallies), default=""),
    )


def _refused(record: Record, authorize: Authorize) -> Iterator[AuthorizationRequest]:
    needed = (
        request
        for impersonation in record.impersonations
        for request in impersonation_requests(impersonation)
    )
    return (recorded for recorded in dict.fromkeys(needed) if not authorize(recorded.who, recorded.request))


def agrees(recorded: Recorded, decision: Decision) -> bool:
    """Whether the decision is equal, and the recorded reason for allowing is one of the analyzer's.

    With several granting bindings the server names any one of them.
    """
    _, allowed, reason = recorded
    if allowed != decision.allowed:
        return False
    return not (allowed and reason) or reason in decision.reasons


def _difference(named: DecisionEvent, authorize: Authorize) -> DecisionDifference:
    key, allowed, reason = named.recorded
    request = asked(key)
    decision = authorize(request.who, request.request)
    return DecisionDifference(
        audit_id=named.audit_id,
        user=decision.user,
        request=decision.request,
        allowed=allowed,
        reason=reason,
        ours=decision.allowed,
        reasons=decision.reasons if decision.allowed else (),
    )
