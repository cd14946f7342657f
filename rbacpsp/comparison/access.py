"""Who gained and who lost which access between two states: the exact difference of all answers."""

from collections.abc import Iterator

from msgspec import Struct

from rbacpsp.comparison.bound import Bound, Held, differing
from rbacpsp.comparison.subtraction import Hole, subtract
from rbacpsp.model import Objects, PolicyRule, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.decision import Grant, sorted_grants


class Excepted(Struct, frozen=True):
    """Requests that are allowed both before and after."""

    namespace: str
    """The namespace; empty: the whole cluster."""
    rule: PolicyRule


class AccessChange(Struct, frozen=True):
    """A subject gained, or lost, every request that the rule allows and none of `excepted` does."""

    subject: Subject
    """As bindings write it; a service account has its namespace. Only what is bound to it itself counts."""
    namespace: str
    """The namespace; empty: the whole cluster, with cluster-scoped resources."""
    rule: PolicyRule
    excepted: tuple[Excepted, ...]
    grants: tuple[Grant, ...]
    """The rules of bindings that give it: of the new state where it was gained, of the old one where lost."""

    def __repr__(self) -> str:
        return f"<AccessChange of {subject_text(self.subject)}: {self.rule}>"


class AccessDifference(Struct, frozen=True):
    """Which access was gained and which was lost; false where two states allow the same."""

    gained: tuple[AccessChange, ...]
    """Sorted by subject, then by namespace."""
    lost: tuple[AccessChange, ...]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def access_difference(old: Objects, new: Objects) -> AccessDifference:
    """The difference of all answers of two states about their bindings' subjects.

    Each subject is judged by what is bound to it alone: a group is a subject of its own, and its members are
    not looked for. Roles that allow the same are no difference, however they are written; `*` and a list of
    all that exists today are one, because `*` holds what is installed tomorrow.
    """
    before, after = Bound(old), Bound(new)
    places = differing(before, after)
    was, is_now = before.held(places), after.held(places)
    gained: list[AccessChange] = []
    lost: list[AccessChange] = []
    for subject in sorted(places):
        mine, theirs = was.get(subject, {}), is_now.get(subject, {})
        gained += _changes(subject, theirs, mine)
        lost += _changes(subject, mine, theirs)
    return AccessDifference(tuple(gained), tuple(lost))


def namespace_difference(
    old: Objects, new: Objects, old_namespace: str, new_namespace: str
) -> AccessDifference:
    """What one namespace allows that another does not, in one state or in two.

    What holds in the whole cluster counts on both sides. Gained is what `new_namespace` of the new state
    allows and `old_namespace` of the old one does not, each with its own name.
    """
    before, after = Bound(old), Bound(new)
    both = {"", old_namespace, new_namespace}
    places = {who: both for bound in (before, after) for who in bound.subjects(both)}
    was, is_now = before.held(places), after.held(places)
    gained: list[AccessChange] = []
    lost: list[AccessChange] = []
    for subject in sorted(places):
        mine = _in_one(was.get(subject, {}), old_namespace, new_namespace)
        theirs = _in_one(is_now.get(subject, {}), new_namespace, new_namespace)
        gained += _changes(subject, theirs, mine)
        mine = _in_one(was.get(subject, {}), old_namespace, old_namespace)
        theirs = _in_one(is_now.get(subject, {}), new_namespace, old_namespace)
        lost += _changes(subject, mine, theirs)
    return AccessDifference(tuple(gained), tuple(lost))


def _in_one(held: Held, namespace: str, name: str) -> Held:
    """The rules of one namespace, under another name, and of the whole cluster."""
    places = {"": held.get("", {}), name: held.get(namespace, {})}
    return {place: regions for place, regions in places.items() if regions}


def _changes(subject: Subject, some: Held, others: Held) -> Iterator[AccessChange]:
    for namespace, region, holes, whole in subtract(some, others):
        grants = sorted_grants(some[namespace][whole])
        excepted = tuple(map(_excepted, holes))
        yield AccessChange(subject, namespace, region.rule, excepted, grants)


def _excepted(hole: Hole) -> Excepted:
    return Excepted(hole.namespace, hole.region.rule)
