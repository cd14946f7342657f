"""Finds the rules that allow a request: few rules are tried one by one, many are looked up in a table."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from math import prod
from typing import Generic, TypeVar

from rbacpsp.model import ClusterRole, PolicyRule, Request, Role
from rbacpsp.rbac.match import ALL, api_group_matches, resource_matches, rule_allows, verb_matches

FEW_RULES = 16
"""A role with more rules than this is looked up in a table."""
FEW_ROLES = 32
"""If more roles than this are bound, they are looked up in one table."""
WIDE = 10_000
"""A rule with more combinations of verb, group, resource and name than this is not expanded in a table."""

Key = tuple[str, ...]
Item = TypeVar("Item")


class PreparedRequest:
    """A request with the lookup keys that match it, computed once for many rules."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.verb = request.verb
        self.group = request.group
        self.path = request.path
        self.resource = request.combined_resource
        self.starred = f"*/{request.subresource}" if request.subresource else self.resource
        self.name = request.name

    def keys(self, prefixes: Iterable[int]) -> tuple[Key, ...]:
        """Every key under which a table may have a rule that allows the request.

        Args:
            prefixes: The lengths of the URL prefixes in the table.
        """
        return self._of_resource if self.path is None else tuple(self._of_url(self.path, prefixes))

    def _of_url(self, path: str, prefixes: Iterable[int]) -> Iterator[Key]:
        for verb in dict.fromkeys((self.verb, ALL)):
            yield (verb, "", path)
            yield from ((verb, ALL, path[:length]) for length in prefixes if length <= len(path))

    @cached_property
    def _of_resource(self) -> tuple[Key, ...]:
        combinations = product((self.verb, ALL), (self.group, ALL), (self.resource, self.starred, ALL))
        return tuple(
            dict.fromkeys(
                key
                for combination in combinations
                for key in (("", *combination), ("", *combination, self.name))
            )
        )


class RoleRules:
    """The rules of the role that a roleRef names, or the error that the server reports for a missing one."""

    __slots__ = ("computed", "error", "named", "role", "rules", "table")

    def __init__(self, role: Role | ClusterRole, *, computed: bool = False, error: str = "") -> None:
        self.role = role
        self.rules = role.rules
        self.computed = computed
        """Whether the rules were computed from the role's aggregationRule."""
        self.error = error
        self.named = any(rule.resource_names for rule in role.rules)
        """Whether a rule has resourceNames."""
        self.table: RuleTable | None = None

    def depends_on_name(self, question: PreparedRequest) -> bool:
        """Whether a rule has resourceNames and allows the request if that names one of them."""
        return self.named and any(
            rule.resource_names
            and verb_matches(rule, question.verb)
            and api_group_matches(rule, question.group)
            and resource_matches(rule, question.resource, question.request.subresource)
            for rule in self.rules
        )

    def allowing(self, question: PreparedRequest) -> list[int]:
        """The indexes of the rules that allow a request, ascending."""
        rules = self.rules
        if len(rules) > FEW_RULES:
            if self.table is None:
                self.table = RuleTable((self,))
            return self.table.indexes(self, question)
        if question.path is not None:
            return [index for index, rule in enumerate(rules) if rule_allows(rule, question.request)]
        return allowing_rules(rules, question)


def allowing_rules(rules: tuple[PolicyRule, ...], question: PreparedRequest) -> list[int]:
    """The indexes of the rules that allow a request for a resource, ascending.

    It repeats the predicates of `rule_allows` inline, since decisions spend most of their time here.
    """
    indexes = []
    verb, group, resource, starred = question.verb, question.group, question.resource, question.starred
    for index, rule in enumerate(rules):
        groups = rule.api_groups
        if group not in groups and ALL not in groups:
            continue
        resources = rule.resources
        if resource not in resources and ALL not in resources and starred not in resources:
            continue
        verbs = rule.verbs
        if verb not in verbs and ALL not in verbs:
            continue
        names = rule.resource_names
        if not names or question.name in names:
            indexes.append(index)
    return indexes


class RuleTable:
    """The rules of some roles by (verb, group, resource) and by (verb, URL)."""

    def __init__(self, roles: Iterable[RoleRules]) -> None:
        self._indexes: dict[Key, dict[RoleRules, list[int]]] = {}
        self._wide: list[tuple[RoleRules, int]] = []
        self._prefixes: set[int] = set()
        """The lengths of the URL prefixes, since a request may ask for a URL of any length."""
        for role in roles:
            for index, rule in enumerate(role.rules):
                self._add(role, index, rule)

    def _add(self, role: RoleRules, index: int, rule: PolicyRule) -> None:
        parts = (rule.verbs, rule.api_groups, rule.resources, rule.resource_names or ("",))
        if prod(map(len, parts)) > WIDE:
            self._wide.append((role, index))
            return
        self._prefixes.update(len(_prefix(url)) for url in rule.non_resource_urls if _is_prefix(url))
        for key in _keys(rule):
            roles = self._indexes.get(key)
            if roles is None:
                self._indexes[key] = {role: [index]}
            elif role in roles:
                roles[role].append(index)
            else:
                roles[role] = [index]

    def roles(self, question: PreparedRequest) -> set[RoleRules]:
        """The roles that allow a request."""
        allowing: set[RoleRules] = set()
        for key in question.keys(self._prefixes):
            if roles := self._indexes.get(key):
                allowing.update(roles)
        allowing.update(
            role for role, index in self._wide if rule_allows(role.rules[index], question.request)
        )
        return allowing

    def indexes(self, role: RoleRules, question: PreparedRequest) -> list[int]:
        """The indexes of the rules of one role that allow a request, ascending."""
        indexes: set[int] = set()
        for key in question.keys(self._prefixes):
            if roles := self._indexes.get(key):
                indexes.update(roles.get(role, ()))
        for wide, index in self._wide:
            if wide is role and rule_allows(role.rules[index], question.request):
                indexes.add(index)
        return sorted(indexes)


def _keys(rule: PolicyRule) -> Iterator[Key]:
    """The keys of a rule in the table; the second part of a URL's key tells a prefix from a complete URL."""
    parts = (rule.verbs, rule.api_groups, rule.resources)
    named = product(*parts, rule.resource_names) if rule.resource_names else product(*parts)
    yield from {("", *key) for key in named}
    for verb, url in set(product(rule.verbs, rule.non_resource_urls)):
        yield (verb, ALL, _prefix(url)) if _is_prefix(url) else (verb, "", url)


def _is_prefix(url: str) -> bool:
    return url.endswith(ALL)


def _prefix(url: str) -> str:
    return url.rstrip(ALL)


class ByRole(Generic[Item]):
    """Bindings, or entries of bindings, by the role that they refer to."""

    __slots__ = ("_table", "errors", "items")

    def __init__(self) -> None:
        self.items: dict[RoleRules, list[Item]] = {}
        self.errors: set[str] = set()
        """The roleRefs to missing roles."""
        self._table: RuleTable | None = None

    def add(self, role: RoleRules, item: Item) -> None:
        """Add an item under its role."""
        if role.error:
            self.errors.add(role.error)
        elif role in self.items:
            self.items[role].append(item)
        else:
            self.items[role] = [item]

    def allowing(self, question: PreparedRequest) -> Iterable[RoleRules]:
        """The roles that allow a request."""
        if len(self.items) > FEW_ROLES:
            if self._table is None:
                self._table = RuleTable(self.items)
            return self._table.roles(question)
        return [role for role in self.items if role.allowing(question)]
