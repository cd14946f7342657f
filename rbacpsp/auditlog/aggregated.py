"""Finds the source of the rules of aggregated ClusterRoles, since they can be removed only there.

The controller writes the rules of an aggregated ClusterRole from those that its selectors match, so that a
rule that is taken out of it comes back, and one that leaves a source leaves it as well.

Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (1.24 and 1.37).
"""

from collections.abc import Iterator

from rbacpsp.apply.selectors import check_selector, selects
from rbacpsp.model import ClusterRole, Objects, PolicyRule, Role
from rbacpsp.model.aggregation import Aggregation

AnyRole = Role | ClusterRole
Place = tuple[str, str, str, int]
"""A rule: kind, namespace and name of its role, and its place in it."""


class RuleSources:
    """The original rules of those that the controller copies."""

    def __init__(self, objects: Objects, aggregation: Aggregation) -> None:
        self._roles = {**objects.cluster_roles, **aggregation.roles}
        self._known: dict[Place, tuple[Place, ...]] = {}
        self._selected: dict[str, tuple[str, ...]] = {}

    def roles(self, objects: Objects) -> Iterator[AnyRole]:
        """Every role with the rules that it has once the controller is done."""
        yield from objects.roles.values()
        yield from self._roles.values()

    def of(self, role: AnyRole, index: int) -> tuple[Place, ...]:
        """The rules that a rule is copied from; itself where it is not."""
        place = (role.kind, role.namespace, role.name, index)
        found = self._known.get(place)
        if found is None:
            found = (place,)
            if isinstance(role, ClusterRole) and role.aggregation_rule:
                sources = self._sources(role.name, role.rules[index], {role.name})
                found = tuple(dict.fromkeys(sources)) or found
            self._known[place] = found
        return found

    def _sources(self, name: str, rule: PolicyRule, seen: set[str]) -> Iterator[Place]:
        for other in self._selects(name):
            if other in seen:
                continue
            role = self._roles[other]
            for index, its in enumerate(role.rules):
                if its == rule:
                    deeper = (
                        tuple(self._sources(other, rule, seen | {other})) if role.aggregation_rule else ()
                    )
                    yield from deeper or ((role.kind, "", other, index),)

    def _selects(self, name: str) -> tuple[str, ...]:
        """The names of the roles that an aggregated role copies from."""
        found = self._selected.get(name)
        if found is None:
            found = self._selected[name] = tuple(self._matching(self._roles[name]))
        return found

    def _matching(self, role: ClusterRole) -> Iterator[str]:
        selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
        try:
            for selector in selectors:
                check_selector(selector)
        except ValueError:
            return
        for other in self._roles.values():
            if other.name != role.name and any(selects(each, other.metadata.labels) for each in selectors):
                yield other.name
