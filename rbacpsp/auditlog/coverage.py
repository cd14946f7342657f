"""Warns about gaps in a log: requests that an audit policy or an export leaves out look unused."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL

_READS = frozenset({"get", "list", "watch"})
_NAMED = 10
_LONG = timedelta(hours=1)
"""A log of this length contains the requests of `_ALWAYS` on every running cluster."""
_ALWAYS = ("leases.coordination.k8s.io",)
"""Resources that the components of every cluster always write: nodes and leaders renew their leases."""


def missing_requests(
    recorded: Iterable[AuthorizationRequest], granted_rules: Iterable[PolicyRule], span: timedelta
) -> Iterator[str]:
    """Warnings about requests that are missing from a log, and about resources that nobody requested.

    Args:
        recorded: Every recorded request, whatever the decision.
        granted_rules: The rules that are not bootstrap rules.
        span: The time that the log covers.
    """
    requests = list(recorded)
    if not requests:
        return
    verbs = {request.verb for request in requests if request.path is None}
    if not verbs & _READS:
        yield (
            "the log contains no get, list or watch by anybody: the audit policy or the export omits reads"
        )
    if not any(request.path is not None for request in requests) and span >= _LONG:
        yield "no request for a URL such as /healthz is in the log: the audit policy leaves them out"
    seen = {_resource(request.group, request.resource) for request in requests if request.path is None}
    if span >= _LONG:
        for name in _ALWAYS:
            if name not in seen:
                yield f"{name} is in no event, although every cluster writes it: the audit policy omits it"
    resources_not_seen = sorted(
        {name for rule in granted_rules for name in _resources(rule)} - seen - set(_ALWAYS)
    )
    if resources_not_seen:
        more = f" and {len(resources_not_seen) - _NAMED} more" if len(resources_not_seen) > _NAMED else ""
        are, them = ("it is", "it") if len(resources_not_seen) == 1 else ("they are", "them")
        yield (
            f"there is no request by anybody for {', '.join(resources_not_seen[:_NAMED])}{more}: {are} "
            f"not used, or the audit policy omits {them}"
        )


def _resources(rule: PolicyRule) -> Iterator[str]:
    for group in rule.api_groups:
        for resource in rule.resources:
            plain = resource.partition("/")[0]
            if ALL not in {group, plain}:
                yield _resource(group, plain)


def _resource(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource
