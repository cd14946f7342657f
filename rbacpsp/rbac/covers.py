"""Finds the permissions of some rules that others do not grant: the check behind `escalate` and `bind`.

Source: component-helpers/auth/rbac/validation/policy_comparator.go (1.24). A subject may write a rule into a
role, or bind a role, if the rules that it holds cover it.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from msgspec.structs import replace

from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL


def covers(owner_rules: Iterable[PolicyRule], servant_rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """The permissions of the servant rules that no owner rule grants; empty when all are covered.

    A permission is one verb on one resource of one group and at most one name, or one verb on one URL. They
    are in the order of the servant rules. Wildcards are compared literally: a rule that lists every existing
    verb does not cover `*`.
    """
    owners = tuple(owner_rules)
    return tuple(
        permission
        for rule in servant_rules
        for permission in breakdown_rule(rule)
        if not any(rule_covers(owner, permission) for owner in owners)
    )


def breakdown_rule(rule: PolicyRule) -> Iterator[PolicyRule]:
    """The single permissions of a rule: a verb, group, resource and at most one name, or a verb and a URL."""
    for group, resource, verb in product(rule.api_groups, rule.resources, rule.verbs):
        permission = PolicyRule(verbs=(verb,), api_groups=(group,), resources=(resource,))
        if rule.resource_names:
            yield from (replace(permission, resource_names=(name,)) for name in rule.resource_names)
        else:
            yield permission
    for url, verb in product(rule.non_resource_urls, rule.verbs):
        yield PolicyRule(verbs=(verb,), non_resource_urls=(url,))


def rule_covers(owner: PolicyRule, permission: PolicyRule) -> bool:
    """Whether one rule grants a single permission of another."""
    return (
        (ALL in owner.verbs or set(permission.verbs) <= set(owner.verbs))
        and (ALL in owner.api_groups or set(permission.api_groups) <= set(owner.api_groups))
        and all(_resource_covers(owner.resources, resource) for resource in permission.resources)
        and all(_url_covers(owner.non_resource_urls, url) for url in permission.non_resource_urls)
        and _names_cover(owner.resource_names, permission.resource_names)
    )


def _resource_covers(owned: tuple[str, ...], resource: str) -> bool:
    _, slash, subresource = resource.partition("/")
    return ALL in owned or resource in owned or (slash != "" and f"*/{subresource}" in owned)


def _url_covers(owned: tuple[str, ...], url: str) -> bool:
    return any(
        pattern == url or (pattern.endswith(ALL) and url.startswith(pattern.rstrip(ALL))) for pattern in owned
    )


def _names_cover(owned: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """An empty list means every name, and only an empty list covers it."""
    return not owned or (bool(names) and set(names) <= set(owned))
