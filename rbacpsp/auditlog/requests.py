"""Collects the distinct requests of a record: allowed ones, with those of impersonation, and refused ones."""

from msgspec import Struct

from rbacpsp.auditlog.authorizations import AuthorizationRequest, asked, impersonation_requests
from rbacpsp.auditlog.record import Record, Tally


class Requests(Struct, frozen=True):
    """The distinct decided requests, each with how often and when it was made."""

    allowed: dict[AuthorizationRequest, Tally]
    """Including requests to impersonate, which the server allowed when it recorded the impersonation."""
    denied: dict[AuthorizationRequest, Tally]
    impersonations: frozenset[AuthorizationRequest]
    """Those of `allowed` that were made by impersonating somebody, and have no event of their own."""


def requests_of(record: Record) -> Requests:
    """The distinct requests of a record."""
    allowed: dict[AuthorizationRequest, Tally] = {}
    denied: dict[AuthorizationRequest, Tally] = {}
    for (key, was_allowed, _), tally in record.decisions.items():
        (allowed if was_allowed else denied).setdefault(asked(key), Tally()).merge(tally)
    needed: set[AuthorizationRequest] = set()
    for impersonation, tally in record.impersonations.items():
        for request in impersonation_requests(impersonation):
            needed.add(request)
            allowed.setdefault(request, Tally()).merge(tally)
    return Requests(allowed, denied, frozenset(needed))
