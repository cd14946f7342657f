"""Finds the roles from which the rules of aggregated ClusterRoles are copied; only there can they be removed.

The controller copies the rules of all roles that the selectors match. A rule that is removed from the
aggregated ClusterRole therefore returns, and a rule that is removed from a source disappears from it.

Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (1.24 and 1.37).
"""

from collections.abc import Iterator

from rbacpsp.apply.selectors import check_selector, selects
from rbacpsp.model import ClusterRole, Objects, PolicyRule, Role
from rbacpsp.model.aggregation import Aggregation

AnyRole = Role | ClusterRole
RuleKey = tuple[str, str, str, int]
"""A rule: kind, namespace and name of its role, and its index in the role."""


class RuleSources:
    """Finds the originals of the rules that the controller copies."""

    def __init__(self, objects: Objects, aggregation: Aggregation) -> None:
        self._roles = {**objects.cluster_roles, **aggregation.roles}
        self._known: dict[RuleKey, tuple[RuleKey, ...]] = {}
        self._selected: dict[str, tuple[str, ...]] = {}

    def roles(self, objects: Objects) -> Iterator[AnyRole]:
        """Every role with the rules that it has after the controller ran."""
        yield from objects.roles.values()
        yield from self._roles.values()

    def of(self, role: AnyRole, index: int) -> tuple[RuleKey, ...]:
        """The rules that a rule is copied from; the rule itself if it is not copied."""
        rule_key = (role.kind, role.namespace, role.name, index)
        source_keys = self._known.get(rule_key)
        if source_keys is None:
            source_keys = (rule_key,)
            if isinstance(role, ClusterRole) and role.aggregation_rule:
                sources = self._sources(role.name, role.rules[index], {role.name})
                source_keys = tuple(dict.fromkeys(sources)) or source_keys
            self._known[rule_key] = source_keys
        return source_keys

    def _sources(self, name: str, rule: PolicyRule, seen: set[str]) -> Iterator[RuleKey]:
        for other in self._selects(name):
            if other in seen:
                continue
            role = self._roles[other]
            for index, source_rule in enumerate(role.rules):
                if source_rule == rule:
                    deeper = (
                        tuple(self._sources(other, rule, seen | {other})) if role.aggregation_rule else ()
                    )
                    yield from deeper or ((role.kind, "", other, index),)

    def _selects(self, name: str) -> tuple[str, ...]:
        """The names of the roles that an aggregated role copies from."""
        names = self._selected.get(name)
        if names is None:
            names = self._selected[name] = tuple(self._matching(self._roles[name]))
        return names

    def _matching(self, role: ClusterRole) -> Iterator[str]:
        selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
        try:
            for selector in selectors:
                check_selector(selector)
        except ValueError:
            return
        for other in self._roles.values():
            if other.name != role.name and any(
                selects(selector_of_role, other.metadata.labels) for selector_of_role in selectors
            ):
                yield other.name
