"""Do some rules grant everything that others grant? The check behind the `escalate` and `bind` verbs.

Source: component-helpers/auth/rbac/validation/policy_comparator.go (1.24). A subject may write a rule into a
role, or bind a role, when the rules it holds cover it.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from msgspec.structs import replace

from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL


def covers(owner_rules: Iterable[PolicyRule], servant_rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """The permissions of the servant rules that no owner rule grants; empty when all are covered.

    Each missing permission is one verb on one resource of one group and at most one name, or on one URL, in
    the order of the servant rules. Wildcards are compared as they are written: a rule for every verb that
    exists does not cover `*`.
    """
    owners = tuple(owner_rules)
    return tuple(
        piece
        for rule in servant_rules
        for piece in breakdown_rule(rule)
        if not any(rule_covers(owner, piece) for owner in owners)
    )


def breakdown_rule(rule: PolicyRule) -> Iterator[PolicyRule]:
    """The single permissions of a rule: a verb, group, resource and at most one name, or a verb and a URL."""
    for group, resource, verb in product(rule.api_groups, rule.resources, rule.verbs):
        piece = PolicyRule(verbs=(verb,), api_groups=(group,), resources=(resource,))
        if rule.resource_names:
            yield from (replace(piece, resource_names=(name,)) for name in rule.resource_names)
        else:
            yield piece
    for url, verb in product(rule.non_resource_urls, rule.verbs):
        yield PolicyRule(verbs=(verb,), non_resource_urls=(url,))


def rule_covers(owner: PolicyRule, piece: PolicyRule) -> bool:
    """Whether one rule grants a single permission of another."""
    return (
        (ALL in owner.verbs or set(piece.verbs) <= set(owner.verbs))
        and (ALL in owner.api_groups or set(piece.api_groups) <= set(owner.api_groups))
        and all(_resource_covers(owner.resources, resource) for resource in piece.resources)
        and all(_url_covers(owner.non_resource_urls, url) for url in piece.non_resource_urls)
        and _names_cover(owner.resource_names, piece.resource_names)
    )


def _resource_covers(owned: tuple[str, ...], resource: str) -> bool:
    _, slash, subresource = resource.partition("/")
    return ALL in owned or resource in owned or (slash != "" and f"*/{subresource}" in owned)


def _url_covers(owned: tuple[str, ...], url: str) -> bool:
    return any(each == url or (each.endswith(ALL) and url.startswith(each.rstrip(ALL))) for each in owned)


def _names_cover(owned: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """An empty list means every name, and only an empty list covers it."""
    return not owned or (bool(names) and set(names) <= set(owned))
