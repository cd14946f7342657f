"""Lists every rule that applies to a user, with the grants of each.

Sources: pkg/registry/rbac/validation/rule.go VisitRulesFor, plugin/pkg/auth/authorizer/rbac/rbac.go RulesFor
and pkg/registry/authorization/selfsubjectrulesreview/rest.go (1.24).
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from operator import eq
from typing import Any, NamedTuple

from msgspec import Struct, structs

from rbacpsp.catalog import Catalog, ResourceVerb
from rbacpsp.catalog.placement import names_within
from rbacpsp.model import PolicyRule, User
from rbacpsp.model.go import aggregate
from rbacpsp.model.result import Shown
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import Index, Posting, Scope
from rbacpsp.rbac.name_search import names_of
from rbacpsp.rbac.role_refs import Binding


class HeldRule(NamedTuple):
    """A rule that a user holds, and every grant of it."""

    rule: PolicyRule
    grants: tuple[Grant, ...]


class HeldPermission(NamedTuple):
    """A concrete permission that a user holds, and every grant of it."""

    permission: ResourceVerb
    resource_names: tuple[str, ...]
    """The names to which it is limited; none means every name."""
    grants: tuple[Grant, ...]


class Expansion(tuple[HeldPermission, ...]):
    """The concrete permissions of a user, sorted; its length is their count."""

    __slots__ = ()

    @property
    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many permissions there are on each (group, resource, subresource), sorted."""
        permission_counts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for held in self:
            permission_counts[held.permission[:3]] += 1
        return dict(permission_counts)


class RuleSet(Shown, Struct, frozen=True, eq=False, dict=True):
    """Every rule that applies to a user in a namespace: an iterable of `HeldRule`."""

    user: User
    namespace: str
    grants: tuple[Grant, ...]
    """One for each rule of each binding, sorted; a rule that two bindings grant appears twice."""
    errors: tuple[str, ...]
    """The server's messages about bindings of the user to missing roles, sorted."""
    _catalog: Catalog
    lost: tuple[Binding, ...] = ()
    """The bindings whose role does not exist, those of the whole cluster first."""
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could add rules."""

    @property
    def catalog(self) -> Catalog:
        """The resources that the server serves."""
        return self._catalog

    @cached_property
    def rules(self) -> tuple[HeldRule, ...]:
        """The distinct rules, in the order of the first grant of each."""
        grants: defaultdict[PolicyRule, list[Grant]] = defaultdict(list)
        for grant in self.grants:
            grants[grant.rule].append(grant)
        return tuple(HeldRule(rule, tuple(rule_grants)) for rule, rule_grants in grants.items())

    def __iter__(self) -> Iterator[HeldRule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def _key(self) -> tuple[object, ...]:
        return (self.user, self.namespace, self.grants, self.errors, self.lost, self.incomplete)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuleSet):
            return NotImplemented
        return self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not eq(self, other)  # a Struct would answer by identity

    def __hash__(self) -> int:
        return hash((self.user, self.namespace, self.grants, self.errors))

    def __repr__(self) -> str:
        return f"<RuleSet of {self.user.name!r} in {self.namespace!r}: {len(self)} rules>"

    @property
    def scopes(self) -> dict[str, "RuleSet"]:
        """The rules of each scope, by namespace; the whole cluster, with an empty name, is first."""
        by_scope: defaultdict[str, list[Grant]] = defaultdict(list)
        for grant in self.grants:
            by_scope[grant.scope].append(grant)
        return {
            scope: structs.replace(self, namespace=scope, grants=tuple(by_scope[scope]))
            for scope in sorted(by_scope)
        }

    def status(self) -> dict[str, Any]:
        """The status of a SelfSubjectRulesReview, as JSON values.

        A rule appears once for each binding that grants it; one with resources and URLs appears in both
        lists. As on the server, the unlimited access of `system:masters` is not a rule and is not listed.
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
        """Every concrete (group, resource, subresource, verb) of the rules, sorted; URLs are left out.

        A RoleBinding grants nothing on cluster-scoped resources, except for its own Namespace object, by
        name.

        Args:
            catalog: The resources that the server serves; default: the catalog of the cluster's version.
        """
        catalog = catalog or self.catalog
        grants_of: defaultdict[tuple[ResourceVerb, tuple[str, ...]], list[Grant]] = defaultdict(list)
        for rule, grants in self.rules:
            rule_names = tuple(sorted(set(rule.resource_names)))
            for permission in catalog.expand(rule):
                for grant in grants:
                    names = _granted_names(permission, rule_names, grant, catalog)
                    if names is not None:
                        grants_of[permission, names].append(grant)
        return Expansion(
            HeldPermission(permission, names, tuple(sorted(grants_of[permission, names], key=_order)))
            for permission, names in sorted(grants_of)
        )


def _granted_names(
    permission: ResourceVerb, names: tuple[str, ...], grant: Grant, catalog: Catalog
) -> tuple[str, ...] | None:
    """The names to which a grant limits a permission; None if it does not grant the permission."""
    if not grant.scope:
        return names
    resource = catalog.by_group_resource.get((permission.group, permission.resource))
    return names_within(permission, names, grant.scope, resource)


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
    """Every rule that applies to a user in a namespace; without one, those that apply everywhere."""
    lost: list[tuple[Binding, str]] = []
    grants = [grant for scope in index.scopes_of(namespace) for grant in _visit(scope, user, lost)]
    errors = tuple(sorted({error for _, error in lost}))
    return RuleSet(user, namespace, tuple(grants), errors, catalog, tuple(binding for binding, _ in lost))


def rules_anywhere(index: Index, user: User, catalog: Catalog) -> RuleSet:
    """Every rule that applies to a user in at least one namespace: those of the whole cluster first."""
    lost: list[tuple[Binding, str]] = []
    scopes = index.naming(names_of(user))
    grants = [grant for scope in scopes for grant in _visit(scope, user, lost)]
    errors = tuple(sorted({error for _, error in lost}))
    return RuleSet(user, "", tuple(grants), errors, catalog, tuple(binding for binding, _ in lost))


def _visit(scope: Scope, user: User, lost: list[tuple[Binding, str]]) -> Iterator[Grant]:
    """The grants of one scope by binding name; a binding counts for its first matching subject."""
    first: dict[str, Posting] = {}
    for postings in scope.postings(user):
        for posting in postings:
            earlier = first.get(posting.name)
            if earlier is None or posting.subject_index < earlier.subject_index:
                first[posting.name] = posting
    for name in sorted(first):
        binding, role = first[name].binding, first[name].role
        if role.error:
            lost.append((binding, role.error))
        subject = binding.subjects[first[name].subject_index]
        for rule_index, rule in enumerate(role.rules):
            yield Grant(binding, role.role, rule_index, rule, subject, role.computed)
