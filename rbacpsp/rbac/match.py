"""Compares rules with requests: a predicate for each field of a rule, and two that combine them.

Matching is case-sensitive, and only the globs that are named here exist. Sources:
pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac/rbac.go (1.24).
"""

from collections.abc import Iterable

from rbacpsp.model import PolicyRule, Request

ALL = "*"


def verb_matches(rule: PolicyRule, verb: str) -> bool:
    """Whether a rule has the verb or `*`."""
    return ALL in rule.verbs or verb in rule.verbs


def api_group_matches(rule: PolicyRule, group: str) -> bool:
    """Whether a rule has the API group or `*`; `""` is the core group."""
    return ALL in rule.api_groups or group in rule.api_groups


def resource_matches(rule: PolicyRule, combined_resource: str, subresource: str) -> bool:
    """Whether a rule has the resource, `*`, or for the subresource `scale` of any resource `*/scale`.

    Everything else is compared literally: `pods` does not match `pods/log`, and `pods/*` and `*/*` match no
    existing resource.

    Args:
        rule: The rule.
        combined_resource: The resource, with `/` and the subresource when there is one.
        subresource: The subresource, or empty.
    """
    return (
        ALL in rule.resources
        or combined_resource in rule.resources
        or (subresource != "" and f"*/{subresource}" in rule.resources)
    )


def resource_name_matches(rule: PolicyRule, name: str) -> bool:
    """Whether a rule has no resourceNames, or has this one; `*` is a literal here."""
    return not rule.resource_names or name in rule.resource_names


def non_resource_url_matches(rule: PolicyRule, url: str) -> bool:
    """Whether a rule has the URL, `*`, or a prefix that ends in `*`; a prefix need not end at a slash."""
    return any(
        allowed in {ALL, url} or (allowed.endswith("*") and url.startswith(allowed.rstrip("*")))
        for allowed in rule.non_resource_urls
    )


def rule_allows(rule: PolicyRule, request: Request) -> bool:
    """Whether one rule allows a request, whoever sends it and wherever the rule applies."""
    if request.path is not None:
        return verb_matches(rule, request.verb) and non_resource_url_matches(rule, request.path)
    return (
        verb_matches(rule, request.verb)
        and api_group_matches(rule, request.group)
        and resource_matches(rule, request.combined_resource, request.subresource)
        and resource_name_matches(rule, request.name)
    )


def rules_allow(rules: Iterable[PolicyRule], request: Request) -> bool:
    """Whether any of the rules allows a request."""
    return any(rule_allows(rule, request) for rule in rules)
