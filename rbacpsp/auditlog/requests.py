"""The distinct requests of a record: allowed, with those of impersonation, and refused."""

from msgspec import Struct

from rbacpsp.auditlog.asked import Asked, asked, impersonation_requests
from rbacpsp.auditlog.record import Record, Tally


class Requests(Struct, frozen=True):
    """What was asked and decided, each distinct request once with how often and when."""

    allowed: dict[Asked, Tally]
    """The requests of impersonation included: the server had allowed them when it noted the impersonation."""
    denied: dict[Asked, Tally]
    impersonations: frozenset[Asked]
    """Those of `allowed` that were made by impersonating somebody, and have no event of their own."""


def requests_of(record: Record) -> Requests:
    """The distinct requests of a record."""
    allowed: dict[Asked, Tally] = {}
    denied: dict[Asked, Tally] = {}
    for (key, was_allowed, _), tally in record.decisions.items():
        (allowed if was_allowed else denied).setdefault(asked(key), Tally()).merge(tally)
    needed: set[Asked] = set()
    for impersonation, tally in record.impersonations.items():
        for request in impersonation_requests(impersonation):
            needed.add(request)
            allowed.setdefault(request, Tally()).merge(tally)
    return Requests(allowed, denied, frozenset(needed))
