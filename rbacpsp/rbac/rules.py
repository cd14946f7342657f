"""What may a user do? Every rule that applies to it, with the grants that bring each.

Sources: pkg/registry/rbac/validation/rule.go VisitRulesFor, plugin/pkg/auth/authorizer/rbac/rbac.go RulesFor
and pkg/registry/authorization/selfsubjectrulesreview/rest.go (1.24).
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from rbacpsp.catalog import Catalog, Permission
from rbacpsp.model import PolicyRule, User
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.forbidden import aggregate
from rbacpsp.rbac.index import Index, Posting, Scope


class HeldRule(NamedTuple):
    """A rule that a user holds, and every grant that brings it."""

    rule: PolicyRule
    grants: tuple[Grant, ...]


class HeldPermission(NamedTuple):
    """A concrete permission that a user holds, and every grant that brings it."""

    permission: Permission
    resource_names: tuple[str, ...]
    """The names to which it is limited; none means every name."""
    grants: tuple[Grant, ...]


class Expansion(tuple[HeldPermission, ...]):
    """The concrete permissions of a user, sorted; its length is their count."""

    __slots__ = ()

    @property
    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many permissions there are on each (group, resource, subresource), sorted."""
        counted: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for held in self:
            counted[held.permission[:3]] += 1
        return dict(counted)


class RuleSet:
    """Every rule that applies to a user in a namespace: an iterable of `HeldRule`."""

    def __init__(
        self, user: User, namespace: str, grants: tuple[Grant, ...], errors: tuple[str, ...], catalog: Catalog
    ) -> None:
        self.user = user
        self.namespace = namespace
        self.grants = grants
        """One for each rule of each binding, sorted; a rule that two bindings bring is here twice."""
        self.errors = errors
        """The roleRefs of the user's bindings that lead nowhere, in the server's words, sorted."""
        self.incomplete: tuple[str, ...] = ()
        """What could not be read of the cluster and could add rules, a sentence each."""
        self._catalog = catalog

    @cached_property
    def rules(self) -> tuple[HeldRule, ...]:
        """The distinct rules in the order of the first grant that brings each."""
        grants: defaultdict[PolicyRule, list[Grant]] = defaultdict(list)
        for grant in self.grants:
            grants[grant.rule].append(grant)
        return tuple(HeldRule(rule, tuple(there)) for rule, there in grants.items())

    def __iter__(self) -> Iterator[HeldRule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __repr__(self) -> str:
        return f"<RuleSet of {self.user.name!r} in {self.namespace!r}: {len(self)} rules>"

    def status(self) -> dict[str, Any]:
        """The status of a SelfSubjectRulesReview, as JSON values.

        A rule appears once for each binding that brings it, and one with resources and URLs in both lists.
        That `system:masters` is allowed everything is no rule and does not show, there as here.
        """
        rules = [grant.rule for grant in self.grants]
        status: dict[str, Any] = {
            "resourceRules": [_resource_rule(rule) for rule in rules if rule.resources],
            "nonResourceRules": [
                {"verbs": list(rule.verbs), "nonResourceURLs": list(rule.non_resource_urls)}
                for rule in rules
                if rule.non_resource_urls
            ],
            "incomplete": False,
        }
        if self.errors:
            status["evaluationError"] = aggregate(self.errors)
        return status

    def expand(self, catalog: Catalog | None = None) -> Expansion:
        """Every concrete (group, resource, subresource, verb) of the rules, sorted; URLs are left aside.

        Args:
            catalog: What the server serves; default: the catalog of the cluster's version.
        """
        found: defaultdict[tuple[Permission, tuple[str, ...]], list[Grant]] = defaultdict(list)
        for rule, grants in self.rules:
            names = tuple(sorted(set(rule.resource_names)))
            for permission in (catalog or self._catalog).expand(rule):
                found[permission, names] += grants
        return Expansion(
            HeldPermission(permission, names, tuple(sorted(found[permission, names], key=_order)))
            for permission, names in sorted(found)
        )


def _order(grant: Grant) -> Any:
    return grant.order


def _resource_rule(rule: PolicyRule) -> dict[str, list[str]]:
    values = {
        "verbs": list(rule.verbs),
        "apiGroups": list(rule.api_groups),
        "resources": list(rule.resources),
        "resourceNames": list(rule.resource_names),
    }
    return {key: value for key, value in values.items() if value or key == "verbs"}


def rules_for(index: Index, user: User, namespace: str, catalog: Catalog) -> RuleSet:
    """Every rule that applies to a user in a namespace; without one, those that hold everywhere."""
    errors: set[str] = set()
    grants = [grant for scope in index.scopes_of(namespace) for grant in _visit(scope, user, errors)]
    return RuleSet(user, namespace, tuple(grants), tuple(sorted(errors)), catalog)


def _visit(scope: Scope, user: User, errors: set[str]) -> Iterator[Grant]:
    """The grants of one scope by the binding's name; of a binding's subjects the first that applies."""
    first: dict[str, Posting] = {}
    for postings in scope.postings(user):
        for posting in postings:
            there = first.get(posting.name)
            if there is None or posting.place < there.place:
                first[posting.name] = posting
    for name in sorted(first):
        binding, role = first[name].binding, first[name].role
        if role.error:
            errors.add(role.error)
        subject = binding.subjects[first[name].place]
        for number, rule in enumerate(role.rules):
            yield Grant(binding, role.role, number, rule, subject, role.computed)
