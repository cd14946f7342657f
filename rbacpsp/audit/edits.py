"""Finds the edits that remove a finding: remove a subject from a binding, or narrow a rule of a role.

Rules with wildcards, aggregated roles, and roles that Kubernetes creates or that other grants need are never
narrowed: the subject is removed from the binding instead.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacpsp.audit.finding import KNOWN, Binding, Evidence, Finding, RuleMatch
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, PolicyRule, Role, Subject
from rbacpsp.rbac.match import ALL

_BOOTSTRAP_LABEL = "kubernetes.io/bootstrapping"
_WELL_KNOWN = frozenset({"cluster-admin", "admin", "edit", "view"})


class Drop(NamedTuple):
    """Verbs of one resource that a rule of a role no longer allows."""

    rule_index: int
    resource: str
    verbs: frozenset[str]


class GrantEdit(NamedTuple):
    """An edit of a binding or a role; the edits of one object are made together."""

    target: Binding | Role | ClusterRole
    leaves: Subject | None = None
    """The subject that is removed from the binding."""
    drops: tuple[Drop, ...] = ()
    """The verbs that are removed from the role."""

    @property
    def key(self) -> tuple[Subject | None, tuple[Drop, ...]]:
        """Distinguishes it from other edits of the same object."""
        return (self.leaves, self.drops)


def accepted_roles(ruled_out: Iterable[Finding]) -> frozenset[int]:
    """The ids of the roles that grant accepted permissions, whose holders would lose them if a role changed.

    Findings that are only in a baseline do not count as accepted.
    """
    accepted = (finding for finding in ruled_out if finding.ruled_out != KNOWN)
    return frozenset(id(evidence.role) for finding in accepted for evidence in finding.evidence)


class Editor:
    """Finds the edits that remove findings; the edit of a role is cached for all its holders.

    Keep the findings alive as long as this object, since the cache uses their ids.

    Args:
        kept: The ids of roles that stay unchanged, from `accepted_roles`.
    """

    def __init__(self, kept: frozenset[int] = frozenset()) -> None:
        self._kept = kept
        self._known: dict[tuple[int, ...], GrantEdit | None] = {}
        self._of_hits: dict[tuple[int, int], GrantEdit | None] = {}
        """The same by the ids of the role and of the hits of a finding, which live as long as the finding."""

    def of(self, finding: Finding) -> tuple[GrantEdit, ...]:
        """The edits that remove a finding; all are needed. For a path, they prevent its first action."""
        way, subject = finding.way, finding.subject
        if way is not None:
            first = way.first
            return () if first is None else (self.edit(*first),)
        if finding.remedy or subject is None:
            return ()
        evidence = finding.evidence
        if not finding.rule.permissions:
            return tuple([GrantEdit(grant.binding, subject) for grant in evidence])
        return tuple([self._of_grant(grant, subject) for grant in evidence])

    def _of_grant(self, evidence: Evidence, subject: Subject) -> GrantEdit:
        """The edit that takes a grant of a finding from its subject."""
        key = (id(evidence.role), id(evidence.hits))
        try:
            known = self._of_hits[key]
        except KeyError:
            known = self._of_hits[key] = self._role_edit(evidence)
        return GrantEdit(evidence.binding, subject) if known is None else known

    def edit(self, evidence: Evidence, subject: Subject) -> GrantEdit:
        """The edit that takes one grant from a subject."""
        known = self._role_edit(evidence)
        return GrantEdit(evidence.binding, subject) if known is None else known

    def _role_edit(self, evidence: Evidence) -> GrantEdit | None:
        """The edit of the role that takes a grant from all holders; None if the binding must be edited."""
        key = [id(evidence.role)]
        for hit in evidence.hits:
            key += (hit.rule_index, id(hit.match))
        try:
            return self._known[tuple(key)]
        except KeyError:
            lost_verbs = () if id(evidence.role) in self._kept else drops(evidence)
            edit = GrantEdit(evidence.role, drops=lost_verbs) if lost_verbs else None
            return self._known.setdefault(tuple(key), edit)


def drops(evidence: Evidence) -> tuple[Drop, ...]:
    """The verbs to remove from the role; empty if the subject must be removed from the binding instead."""
    if _is_shared(evidence.role) or not all(_is_literal(evidence, hit) for hit in evidence.hits):
        return ()
    verbs: dict[tuple[int, str], set[str]] = {}
    for hit in evidence.hits:
        key = (hit.rule_index, hit.match.permission.resource)
        verbs.setdefault(key, set()).update(hit.match.verbs)
    return tuple(
        Drop(index, resource, frozenset(lost_verbs)) for (index, resource), lost_verbs in verbs.items()
    )


def remove_subjects(binding: Binding, leaving: frozenset[Subject]) -> Binding | None:
    """A binding without some of its subjects; None if no subject remains."""
    remaining = tuple(
        subject
        for subject in binding.subjects
        if leaving.isdisjoint(View.subjects_of(replace(binding, subjects=(subject,))))
    )
    return replace(binding, subjects=remaining) if remaining else None


def narrow_role(role: Role | ClusterRole, lost: Iterable[Drop]) -> Role | ClusterRole:
    """A role without the dropped verbs."""
    by_rule: dict[int, dict[str, frozenset[str]]] = {}
    for drop in lost:
        resources = by_rule.setdefault(drop.rule_index, {})
        resources[drop.resource] = resources.get(drop.resource, frozenset()) | drop.verbs
    rules = [
        rule
        for index, policy_rule in enumerate(role.rules)
        for rule in (_narrow_rule(policy_rule, by_rule[index]) if index in by_rule else (policy_rule,))
    ]
    return replace(role, rules=tuple(rules))


def _narrow_rule(rule: PolicyRule, verbs_by_resource: dict[str, frozenset[str]]) -> Iterator[PolicyRule]:
    resources = tuple(resource for resource in rule.resources if resource not in verbs_by_resource)
    if resources or rule.non_resource_urls:
        yield replace(rule, resources=resources)
    for resource in rule.resources:
        if resource in verbs_by_resource:
            verbs = tuple(verb for verb in rule.verbs if verb not in verbs_by_resource[resource])
            if verbs:
                yield replace(rule, resources=(resource,), verbs=verbs, non_resource_urls=())


def _is_shared(role: Role | ClusterRole) -> bool:
    """Whether others depend on the role, so that it must not change."""
    return (
        role.name in _WELL_KNOWN
        or role.name.startswith("system:")
        or _BOOTSTRAP_LABEL in role.metadata.labels
        or (isinstance(role, ClusterRole) and role.aggregation_rule is not None)
    )


def _is_literal(evidence: Evidence, hit: RuleMatch) -> bool:
    """Whether the rule names the resource itself and contains no wildcard."""
    rule = evidence.role.rules[hit.rule_index]
    words = (*rule.verbs, *rule.api_groups, *rule.resources, *rule.non_resource_urls)
    return hit.match.permission.resource in rule.resources and not any(ALL in word for word in words)
