"""What has to be edited to remove a finding: a subject leaves a binding, or a rule of a role is narrowed.

A wildcard, an aggregated role and a role that Kubernetes makes or that others rely on are never edited:
there the subject leaves the binding.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacpsp.audit.finding import KNOWN, Binding, Evidence, Finding, Hit
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, PolicyRule, Role, Subject
from rbacpsp.rbac.match import ALL

_BROUGHT = "kubernetes.io/bootstrapping"
_WELL_KNOWN = frozenset({"cluster-admin", "admin", "edit", "view"})


class Drop(NamedTuple):
    """Verbs of one resource that a rule of a role no longer allows."""

    rule_index: int
    resource: str
    verbs: frozenset[str]


class Edit(NamedTuple):
    """An edit of a binding or a role; those of one object are made together."""

    target: Binding | Role | ClusterRole
    leaves: Subject | None = None
    """Who leaves the binding."""
    drops: tuple[Drop, ...] = ()
    """What the role loses."""

    @property
    def key(self) -> tuple[Subject | None, tuple[Drop, ...]]:
        """Tells it from the other edits of the same object."""
        return (self.leaves, self.drops)


def accepted_roles(ruled_out: Iterable[Finding]) -> frozenset[int]:
    """The ids of the roles that give what was accepted: whoever may keep it would lose it with the others.

    What only is in a baseline is no more accepted than what is new.
    """
    accepted = (each for each in ruled_out if each.ruled_out != KNOWN)
    return frozenset(id(each.role) for finding in accepted for each in finding.evidence)


class Editor:
    """Tells the edits of many findings; what a role has to lose is worked out once, whoever holds it.

    The findings must live as long as this.

    Args:
        kept: The ids of roles that stay as they are, of `accepted_roles`.
    """

    def __init__(self, kept: frozenset[int] = frozenset()) -> None:
        self._kept = kept
        self._known: dict[tuple[object, ...], Edit | None] = {}

    def of(self, finding: Finding) -> tuple[Edit, ...]:
        """What removes a finding; all of it is needed. Of a path only its first action is taken away."""
        way, subject = finding.way, finding.subject
        if way is not None:
            first = way.first
            return () if first is None else (self.edit(*first),)
        if finding.remedy or subject is None:
            return ()
        evidence = finding.evidence
        if not finding.rule.permissions:
            return tuple([Edit(each.binding, subject) for each in evidence])
        if len(evidence) == 1:
            return (self.edit(evidence[0], subject),)
        return tuple([self.edit(each, subject) for each in evidence])

    def edit(self, evidence: Evidence, subject: Subject) -> Edit:
        """What takes away one grant of a subject."""
        key = (id(evidence.role), *[(hit.rule_index, id(hit.match)) for hit in evidence.hits])
        try:
            known = self._known[key]
        except KeyError:
            lost = () if id(evidence.role) in self._kept else drops(evidence)
            known = self._known[key] = Edit(evidence.role, drops=lost) if lost else None
        return Edit(evidence.binding, subject) if known is None else known


def drops(evidence: Evidence) -> tuple[Drop, ...]:
    """What the role has to lose; nothing where the subject has to leave the binding."""
    if _is_shared(evidence.role) or not all(_is_literal(evidence, hit) for hit in evidence.hits):
        return ()
    verbs: dict[tuple[int, str], set[str]] = {}
    for hit in evidence.hits:
        key = (hit.rule_index, hit.match.permission.resource)
        verbs.setdefault(key, set()).update(hit.match.verbs)
    return tuple(Drop(index, resource, frozenset(lost)) for (index, resource), lost in verbs.items())


def without_subjects(binding: Binding, leaving: frozenset[Subject]) -> Binding | None:
    """A binding without some of the subjects that it reaches; None where nobody is left in it."""
    left = tuple(
        subject
        for subject in binding.subjects
        if leaving.isdisjoint(View.subjects_of(replace(binding, subjects=(subject,))))
    )
    return replace(binding, subjects=left) if left else None


def narrowed(role: Role | ClusterRole, lost: Iterable[Drop]) -> Role | ClusterRole:
    """A role whose rules allow less."""
    by_rule: dict[int, dict[str, frozenset[str]]] = {}
    for drop in lost:
        resources = by_rule.setdefault(drop.rule_index, {})
        resources[drop.resource] = resources.get(drop.resource, frozenset()) | drop.verbs
    rules = [
        rule
        for index, each in enumerate(role.rules)
        for rule in (_narrowed(each, by_rule[index]) if index in by_rule else (each,))
    ]
    return replace(role, rules=tuple(rules))


def _narrowed(rule: PolicyRule, lost: dict[str, frozenset[str]]) -> Iterator[PolicyRule]:
    kept = tuple(resource for resource in rule.resources if resource not in lost)
    if kept or rule.non_resource_urls:
        yield replace(rule, resources=kept)
    for resource in rule.resources:
        if resource in lost:
            verbs = tuple(verb for verb in rule.verbs if verb not in lost[resource])
            if verbs:
                yield replace(rule, resources=(resource,), verbs=verbs, non_resource_urls=())


def _is_shared(role: Role | ClusterRole) -> bool:
    """Whether others rely on the role as it is."""
    return (
        role.name in _WELL_KNOWN
        or role.name.startswith("system:")
        or _BROUGHT in role.metadata.labels
        or (isinstance(role, ClusterRole) and role.aggregation_rule is not None)
    )


def _is_literal(evidence: Evidence, hit: Hit) -> bool:
    """Whether the rule names the very resource, and has no wildcard."""
    rule = evidence.role.rules[hit.rule_index]
    words = (*rule.verbs, *rule.api_groups, *rule.resources, *rule.non_resource_urls)
    return hit.match.permission.resource in rule.resources and not any(ALL in word for word in words)
