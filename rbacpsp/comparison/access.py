"""Finds who gained and who lost which access between two states: the exact difference of all answers."""

from collections.abc import Iterator

from msgspec import Struct

from rbacpsp.comparison.bindings import Held, StateBindings, differing
from rbacpsp.comparison.subtraction import Hole, subtract
from rbacpsp.model import Objects, PolicyRule, Subject
from rbacpsp.model.result import counts
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.decision import Grant, sorted_grants


class Excepted(Struct, frozen=True):
    """Requests that are allowed both before and after."""

    namespace: str
    """The namespace; empty: the whole cluster."""
    rule: PolicyRule


class AccessChange(Struct, frozen=True):
    """A subject gained, or lost, every request that the rule allows, except those that `excepted` allows."""

    subject: Subject
    """As bindings write it, an account with its namespace. Its own bindings count, not its groups'."""
    namespace: str
    """The namespace; empty: the whole cluster, with cluster-scoped resources."""
    rule: PolicyRule
    excepted: tuple[Excepted, ...]
    grants: tuple[Grant, ...]
    """The rules of bindings that allow it: in the new state if gained, in the old one if lost."""

    def __repr__(self) -> str:
        return f"<AccessChange of {subject_text(self.subject)}: {self.rule}>"


class AccessDifference(Struct, frozen=True):
    """Which access was gained and which was lost; false if two states allow the same."""

    gained: tuple[AccessChange, ...]
    """Sorted by subject, then by namespace."""
    lost: tuple[AccessChange, ...]

    def __repr__(self) -> str:
        return counts(self, "gained", "lost")

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def access_difference(old: Objects, new: Objects) -> AccessDifference:
    """The difference of all answers of two states about their bindings' subjects.

    Only the bindings of a subject itself count: a group is a separate subject, and its members are not
    considered. Roles that allow the same do not differ, however they are written. `*` differs from a list of
    everything that exists today, since `*` also allows what is installed tomorrow.
    """
    before, after = StateBindings(old), StateBindings(new)
    namespaces_of = differing(before, after)
    old_regions, new_regions = before.held(namespaces_of), after.held(namespaces_of)
    gained: list[AccessChange] = []
    lost: list[AccessChange] = []
    for subject in sorted(namespaces_of):
        old_access, new_access = old_regions.get(subject, {}), new_regions.get(subject, {})
        gained += _changes(subject, new_access, old_access)
        lost += _changes(subject, old_access, new_access)
    return AccessDifference(tuple(gained), tuple(lost))


def namespace_difference(
    old: Objects, new: Objects, old_namespace: str, new_namespace: str
) -> AccessDifference:
    """What one namespace allows that another does not, in one state or in two.

    ClusterRoleBindings count on both sides. What `new_namespace` of the new state allows and `old_namespace`
    of the old one does not is gained, and the reverse is lost.
    """
    before, after = StateBindings(old), StateBindings(new)
    namespaces = {"", old_namespace, new_namespace}
    namespaces_of = {who: namespaces for bound in (before, after) for who in bound.subjects(namespaces)}
    old_regions, new_regions = before.held(namespaces_of), after.held(namespaces_of)
    gained: list[AccessChange] = []
    lost: list[AccessChange] = []
    for subject in sorted(namespaces_of):
        old_access = _in_one(old_regions.get(subject, {}), old_namespace, new_namespace)
        new_access = _in_one(new_regions.get(subject, {}), new_namespace, new_namespace)
        gained += _changes(subject, new_access, old_access)
        old_access = _in_one(old_regions.get(subject, {}), old_namespace, old_namespace)
        new_access = _in_one(new_regions.get(subject, {}), new_namespace, old_namespace)
        lost += _changes(subject, old_access, new_access)
    return AccessDifference(tuple(gained), tuple(lost))


def _in_one(held: Held, namespace: str, name: str) -> Held:
    """The rules of one namespace, under another name, and of the whole cluster."""
    regions_by_namespace = {"": held.get("", {}), name: held.get(namespace, {})}
    return {key: regions for key, regions in regions_by_namespace.items() if regions}


def _changes(subject: Subject, some: Held, others: Held) -> Iterator[AccessChange]:
    for namespace, region, holes, full_region in subtract(some, others):
        grants = sorted_grants(some[namespace][full_region])
        excepted = tuple(map(_excepted, holes))
        yield AccessChange(subject, namespace, region.rule, excepted, grants)


def _excepted(hole: Hole) -> Excepted:
    return Excepted(hole.namespace, hole.region.rule)
