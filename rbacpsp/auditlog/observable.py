"""The permissions that leave an event in the audit log when they are used.

The API server records requests. Permissions that it checks while it handles a request, or that other servers
check, never appear in a log.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.catalog.special import SPECIAL_VERBS
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL

_IMPERSONATE = "impersonate"
"""Leaves no event of its own but is visible in the event of the impersonated request."""
UNOBSERVED_VERBS = frozenset(special.verb for special in SPECIAL_VERBS) - {_IMPERSONATE}
"""The verbs that leave no event."""
_KUBELET = frozenset(
    f"nodes/{part}"
    for part in ("checkpoint", "configz", "healthz", "log", "metrics", "pods", "runningpods", "spec", "stats")
)
"""Permissions that kubelets check for requests sent to them (pkg/kubelet/server/auth.go, 1.24 and 1.37)."""
_DELEGATED_URLS = frozenset({"/metrics", "/metrics/*"})
"""Permissions that other servers check for requests to their metrics."""


def leaves_no_event(rule: PolicyRule) -> bool:
    """Whether requests that a rule allows are never recorded."""
    if rule.verbs and UNOBSERVED_VERBS.issuperset(rule.verbs):
        return True
    return bool(rule.resources) and _KUBELET.issuperset(rule.resources)


def holds_nothing_observable(rules: Iterable[PolicyRule]) -> bool:
    """Whether requests that some rules allow are never recorded; false without rules."""
    rule_list = list(rules)
    return bool(rule_list) and all(map(leaves_no_event, rule_list))


def partly_unobserved(rules: Iterable[PolicyRule]) -> Iterator[str]:
    """Sentences about requests that some rules also allow and that leave no event."""
    rule_list = list(rules)
    verbs = {verb for rule in rule_list for verb in rule.verbs if verb in UNOBSERVED_VERBS}
    if verbs:
        yield f"It also allows {', '.join(sorted(verbs))}, which leaves no event."
    if any(ALL in rule.verbs and rule.resources for rule in rule_list):
        yield "It allows every verb, and some leave no event, such as bind, escalate and use."
    if any("nodes/proxy" in rule.resources or _KUBELET & set(rule.resources) for rule in rule_list):
        yield "Requests that go directly to a kubelet use nodes/proxy and others, and leave no event."
    if any(_DELEGATED_URLS & set(rule.non_resource_urls) for rule in rule_list):
        yield "Requests for /metrics that go to other servers leave no event."
