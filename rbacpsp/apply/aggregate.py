"""Computes the rules of aggregated ClusterRoles as the controller of a running cluster does.

The controller copies into a ClusterRole with an aggregationRule the rules of the ClusterRoles that its
selectors match. It does so when a ClusterRole is created, changed or deleted:

- where the selectors yield at least one rule, the rules are replaced by those;
- where they yield none, the controller gives up the rules that it wrote before, and they are removed; rules
  that somebody else wrote stay, because its server-side apply does not contain the field.

The controller has already computed the rules that a server stored, so they are kept until something changes
them.

Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (1.24 and 1.37): the
    selectors are followed in order, the roles of each by name; repeated rules and the role itself are left
    out.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from rbacpsp.apply.selectors import check_selector, selects
from rbacpsp.model import ClusterRole, PolicyRule
from rbacpsp.model.aggregation import Aggregation
from rbacpsp.model.go import quote


def is_stored(role: ClusterRole) -> bool:
    """Whether a role comes from a server: it has metadata that only a server sets."""
    return bool(role.metadata.uid or role.metadata.resource_version)


def aggregate_stored(roles: Iterable[ClusterRole]) -> Aggregation:
    """The rules of aggregated roles that were read from a server.

    A role with rules is kept. A role without rules is computed, unless a server stored it like that: then no
    controller runs there, and the role grants nothing.
    """
    controller = _Controller(roles)
    for role in controller.aggregated:
        if role.assumed or not (role.rules or is_stored(role)):
            controller.watch(role.name)
    return controller.run()


def aggregate_applied(roles: Iterable[ClusterRole]) -> Aggregation:
    """The rules of aggregated roles after roles that no server has stored yet are applied.

    A stored role is computed again where it selects an applied one, directly or through others.
    """
    all_roles = list(roles)
    applied = [role for role in all_roles if not (role.assumed or is_stored(role))]
    controller = _Controller(
        all_roles, earlier=_Controller(role for role in all_roles if role.assumed or is_stored(role))
    )
    for role in controller.aggregated:
        if not is_stored(role):
            controller.watch(role.name)
    controller.touch(applied)
    return controller.run()


def aggregate_changed(
    before: Mapping[str, ClusterRole],
    known: Aggregation,
    after: Mapping[str, ClusterRole],
    touched: Collection[str],
) -> Aggregation:
    """The rules of aggregated roles after some ClusterRoles were added, replaced or removed.

    Args:
        before: The roles before, by name.
        known: The rules that the controller computed before.
        after: The roles after, by name.
        touched: The names of the roles that were added, replaced or removed.
    """
    earlier = _Controller(before.values(), known)
    controller = _Controller(after.values(), known, set(touched), earlier)
    for role in controller.aggregated:
        if role.name in touched or role.name in known.roles:
            controller.watch(role.name)
    touched_roles = [
        role for name in touched for role in (earlier.roles.get(name), controller.roles.get(name)) if role
    ]
    controller.touch(touched_roles)
    return controller.run()


class _Controller:
    """The controller over the ClusterRoles of one server."""

    def __init__(
        self,
        roles: Iterable[ClusterRole],
        known: Aggregation | None = None,
        touched: Collection[str] = (),
        earlier: "_Controller | None" = None,
    ) -> None:
        self._earlier = earlier
        known = known or Aggregation()
        self.roles = {
            role.name: role if role.name in touched else known.roles.get(role.name, role)
            for role in sorted(roles, key=lambda role: role.name)
        }
        self.aggregated = [role for role in self.roles.values() if role.aggregation_rule]
        self._written = set(known.written).difference(touched)
        self._sources: dict[str, list[str]] = {}
        self._problems: dict[str, str] = {}

    def watch(self, name: str) -> None:
        """Compute the rules of a role from now on."""
        if name in self._sources or name in self._problems:
            return
        try:
            self._sources[name] = self._selected(self.roles[name])
        except ValueError as error:
            self._problems[name] = f"the aggregationRule of ClusterRole {quote(name)} is not valid: {error}"

    def touch(self, changed: Iterable[ClusterRole]) -> None:
        """Compute every stored role again that selects a changed one; changed ones are computed already.

        The controller wrote its current rules if it selected any role before.
        """
        changed_roles, earlier = list(changed), self._earlier
        if earlier is None:
            return
        for role in self.aggregated:
            name = role.name
            if name not in self._sources and any(is_selected(other, role) for other in changed_roles):
                self.watch(name)
                if name in earlier.roles and earlier.yields(name):
                    self._written.add(name)

    def yields(self, name: str) -> bool:
        """Whether the selectors of a role yield any rule."""
        self.watch(name)
        return bool(name in self._sources and self._rules(name))

    def run(self) -> Aggregation:
        """Compute the rules of the roles until nothing changes any more."""
        for _ in range(2 * len(self.aggregated) + 2):  # roles that select each other may change for ever
            changes = [self._sync(name) for name in list(self._sources)]
            if not any(changes):
                break
        roles = {name: self.roles[name] for name in sorted(self._sources)}
        problems = tuple(self._problems[name] for name in sorted(self._problems))
        return Aggregation(roles, frozenset(self._written & roles.keys()), problems)

    def _sync(self, name: str) -> bool:
        """Compute the rules of one role as the controller does; returns whether they changed."""
        role, rules = self.roles[name], self._rules(name)
        if rules == role.rules or not (rules or name in self._written):
            return False
        if rules:
            self._written.add(name)
        else:
            self._written.discard(name)
        self.roles[name] = replace(role, rules=rules)
        self.touch([role])
        return True

    def _rules(self, name: str) -> tuple[PolicyRule, ...]:
        return tuple(dict.fromkeys(rule for other in self._sources[name] for rule in self.roles[other].rules))

    def _selected(self, role: ClusterRole) -> list[str]:
        """The names of the roles whose rules are copied, in the controller's order."""
        selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
        for selector in selectors:
            check_selector(selector)
        labeled = [other for other in self.roles.values() if other.metadata.labels]
        return [
            other.name
            for selector in selectors
            for other in (self.roles.values() if selects(selector, {}) else labeled)
            if other.name != role.name and selects(selector, other.metadata.labels)
        ]


def is_selected(other: ClusterRole, role: ClusterRole) -> bool:
    """Whether the aggregationRule of a role selects another role."""
    selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()
    return any(selects(selector, other.metadata.labels) for selector in selectors)
