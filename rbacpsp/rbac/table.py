"""Which rules allow a request, without asking every rule: few are asked one by one, many are looked up."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Generic, TypeVar

from rbacpsp.model import ClusterRole, PolicyRule, Request, Role
from rbacpsp.rbac.match import ALL, rule_allows

FEW_RULES = 16
"""A role with more rules than this is looked up in a table."""
FEW_ROLES = 32
"""So are the roles of a place where more than this are bound."""
WIDE = 10_000
"""A rule with more combinations of verb, group, resource and name than this is not spelled out in a table."""

Key = tuple[str, ...]
Item = TypeVar("Item")


class Question:
    """A request, made ready to be put to many rules."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.verb = request.verb
        self.group = request.group
        self.path = request.path
        self.resource = request.combined_resource
        self.starred = f"*/{request.subresource}" if request.subresource else self.resource
        self.name = request.name

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Every key of a table under which a rule that allows the request may stand."""
        if self.path is not None:
            prefixes = ((ALL, self.path[:end]) for end in range(len(self.path) + 1))
            urls = (("", self.path), *prefixes)
            return tuple(dict.fromkeys((verb, *url) for verb in (self.verb, ALL) for url in urls))
        places = product((self.verb, ALL), (self.group, ALL), (self.resource, self.starred, ALL))
        return tuple(
            dict.fromkeys(key for place in places for key in (("", *place), ("", *place, self.name)))
        )


class RoleRules:
    """What a roleRef leads to: the rules of a role, or the error that the server reports instead."""

    __slots__ = ("computed", "error", "role", "rules", "table")

    def __init__(self, role: Role | ClusterRole, *, computed: bool = False, error: str = "") -> None:
        self.role = role
        self.rules = role.rules
        self.computed = computed
        """The rules come from the role's aggregationRule."""
        self.error = error
        self.table: RuleTable | None = None

    def allowing(self, question: Question) -> list[int]:
        """The places of the rules that allow a request, ascending."""
        rules = self.rules
        if len(rules) > FEW_RULES:
            if self.table is None:
                self.table = RuleTable((self,))
            return self.table.allowing(question).get(self, [])
        if question.path is not None:
            return [place for place, rule in enumerate(rules) if rule_allows(rule, question.request)]
        return _allowing(rules, question)


def _allowing(rules: tuple[PolicyRule, ...], question: Question) -> list[int]:
    """`rule_allows` for a resource with its predicates written out: decisions spend their time here."""
    found = []
    verb, group, resource, starred = question.verb, question.group, question.resource, question.starred
    for place, rule in enumerate(rules):
        groups = rule.api_groups
        if group not in groups and ALL not in groups:
            continue
        verbs = rule.verbs
        if verb not in verbs and ALL not in verbs:
            continue
        resources = rule.resources
        if resource not in resources and ALL not in resources and starred not in resources:
            continue
        names = rule.resource_names
        if not names or question.name in names:
            found.append(place)
    return found


class RuleTable:
    """The rules of some roles by (verb, group, resource) and by (verb, URL)."""

    def __init__(self, roles: Iterable[RoleRules]) -> None:
        self._places: dict[Key, list[tuple[RoleRules, int]]] = {}
        self._wide: list[tuple[RoleRules, int]] = []
        for role in roles:
            for index, rule in enumerate(role.rules):
                self._add(rule, (role, index))

    def _add(self, rule: PolicyRule, place: tuple[RoleRules, int]) -> None:
        combinations = len(rule.verbs) * len(rule.api_groups) * len(rule.resources)
        if combinations * (len(rule.resource_names) or 1) > WIDE:
            self._wide.append(place)
            return
        places = self._places
        for key in _keys(rule):
            there = places.get(key)
            if there is None:
                places[key] = [place]
            else:
                there.append(place)

    def allowing(self, question: Question) -> dict[RoleRules, list[int]]:
        """The roles that allow a request, each with the places of its rules that do, ascending."""
        found: dict[RoleRules, list[int]] = {}
        lists = [there for key in question.keys if (there := self._places.get(key))]
        wide = [place for place in self._wide if rule_allows(place[0].rules[place[1]], question.request)]
        if wide:
            lists.append(wide)
        for there in lists:
            for role, index in there:
                places = found.get(role)
                if places is None:
                    found[role] = [index]
                else:
                    places.append(index)
        if len(lists) > 1:
            return {role: sorted(set(places)) for role, places in found.items()}
        return found


def _keys(rule: PolicyRule) -> Iterator[Key]:
    """The keys under which a rule stands; a URL's first part tells a prefix from a whole URL."""
    if rule.resource_names:
        yield from {
            ("", *key) for key in product(rule.verbs, rule.api_groups, rule.resources, rule.resource_names)
        }
    else:
        yield from {("", *key) for key in product(rule.verbs, rule.api_groups, rule.resources)}
    for verb, url in set(product(rule.verbs, rule.non_resource_urls)):
        yield (verb, ALL, url.rstrip(ALL)) if url.endswith(ALL) else (verb, "", url)


class ByRole(Generic[Item]):
    """Things that are bound, by the role they are bound to."""

    __slots__ = ("_items", "_table", "errors")

    def __init__(self) -> None:
        self._items: dict[RoleRules, list[Item]] = {}
        self._table: RuleTable | None = None
        self.errors: set[str] = set()
        """The roleRefs that lead nowhere."""

    def add(self, role: RoleRules, items: list[Item]) -> None:
        """Bind things to a role."""
        if role.error:
            self.errors.add(role.error)
        elif role in self._items:
            self._items[role] += items
        else:
            self._items[role] = items

    def allowed(self, question: Question) -> Iterator[tuple[RoleRules, list[int], list[Item]]]:
        """The roles that allow a request, with the rules that do and what is bound to the role."""
        items = self._items
        if len(items) > FEW_ROLES:
            if self._table is None:
                self._table = RuleTable(items)
            for role, places in self._table.allowing(question).items():
                yield role, places, items[role]
        else:
            for role, bound in items.items():
                places = role.allowing(question)
                if places:
                    yield role, places, bound
