"""Finds the edits that remove a finding: remove a subject from a binding, or narrow a rule of a role.

Rules with wildcards, aggregated roles, and roles that Kubernetes creates or that other grants need are never
narrowed: the subject is removed from the binding instead. A binding that Kubernetes creates keeps its
subjects, since the server adds them again: what somebody added to its role is removed.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT, is_within, requests_of
from rbacpsp.audit.finding import KNOWN, Binding, Evidence, Finding, RuleMatch
from rbacpsp.audit.view import View
from rbacpsp.catalog.bootstrap_objects import of_any_version
from rbacpsp.model import ClusterRole, PolicyRule, Role, Subject
from rbacpsp.rbac.match import ALL, rules_allow

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

    Findings that are only in a baseline, or about grants that Kubernetes creates, do not count as accepted.
    """
    accepted = (finding for finding in ruled_out if finding.ruled_out not in {KNOWN, BOOTSTRAP_GRANT})
    return frozenset(id(evidence.role) for finding in accepted for evidence in finding.evidence)


class Editor:
    """Finds the edits that remove findings; the edit of a role is cached for all its holders.

    Keep the findings alive as long as this object, since the cache uses their ids.

    Args:
        kept: The ids of roles that stay unchanged, from `accepted_roles`.
    """

    def __init__(self, kept: frozenset[int] = frozenset()) -> None:
        self._kept = kept
        self._bootstrap = of_any_version()
        self._known: dict[tuple[int, ...], GrantEdit | None] = {}
        self._of_hits: dict[tuple[int, int], GrantEdit | None] = {}
        """The same by the ids of the role and of the hits of a finding, which live as long as the finding."""
        self._restored: dict[tuple[int, ...], GrantEdit | None] = {}
        """The edits of roles that Kubernetes creates, by the same keys as `_known`."""

    def of(self, finding: Finding) -> tuple[GrantEdit, ...]:
        """The edits that remove a finding; all are needed. For a path, they prevent its first action.

        Empty if no edit removes it, such as one of a grant that Kubernetes creates itself.
        """
        way, subject = finding.way, finding.subject
        edits: list[GrantEdit | None]
        if way is not None:
            first = way.first
            edits = [] if first is None else [self._possible(*first)]
        elif finding.remedy or subject is None:
            edits = []
        elif not finding.rule.permissions:
            edits = [
                self._restoring(grant)
                if self._is_bootstrap(grant, subject)
                else GrantEdit(grant.binding, subject)
                for grant in finding.evidence
            ]
        else:
            edits = [self._of_grant(grant, subject) for grant in finding.evidence]
        possible = [edit for edit in edits if edit is not None]
        return tuple(possible) if len(possible) == len(edits) else ()

    def _is_bootstrap(self, evidence: Evidence, subject: Subject) -> bool:
        """Whether Kubernetes itself creates the binding for the subject."""
        return self._bootstrap.subject(evidence.binding, subject)

    def _of_grant(self, evidence: Evidence, subject: Subject) -> GrantEdit | None:
        """The edit that takes a grant of a finding from its subject."""
        if self._is_bootstrap(evidence, subject):
            return self._restoring(evidence)
        key = (id(evidence.role), id(evidence.hits))
        try:
            known = self._of_hits[key]
        except KeyError:
            known = self._of_hits[key] = self._role_edit(evidence)
        return GrantEdit(evidence.binding, subject) if known is None else known

    def edit(self, evidence: Evidence, subject: Subject) -> GrantEdit:
        """The edit that takes one grant from a subject.

        If no edit does without taking away what Kubernetes grants itself, it is one of the binding.
        """
        return self._possible(evidence, subject) or GrantEdit(evidence.binding, subject)

    def _possible(self, evidence: Evidence, subject: Subject) -> GrantEdit | None:
        """The same edit; None if it would take away what Kubernetes grants itself."""
        if self._is_bootstrap(evidence, subject):
            return self._restoring(evidence)
        known = self._role_edit(evidence)
        return GrantEdit(evidence.binding, subject) if known is None else known

    def _restoring(self, evidence: Evidence) -> GrantEdit | None:
        """The edit that removes what somebody added to a role that Kubernetes creates; None if none does."""
        key = _key(evidence)
        try:
            return self._restored[key]
        except KeyError:
            lost = additions(evidence)
            edit = GrantEdit(evidence.role, drops=lost) if lost else None
            return self._restored.setdefault(key, edit)

    def _role_edit(self, evidence: Evidence) -> GrantEdit | None:
        """The edit of the role that takes a grant from all holders; None if the binding must be edited."""
        key = _key(evidence)
        try:
            return self._known[key]
        except KeyError:
            role = evidence.role
            is_kept = id(role) in self._kept or self._bootstrap.role(role)
            lost_verbs = () if is_kept else drops(evidence)
            edit = GrantEdit(role, drops=lost_verbs) if lost_verbs else None
            return self._known.setdefault(key, edit)


def _key(evidence: Evidence) -> tuple[int, ...]:
    key = [id(evidence.role)]
    for hit in evidence.hits:
        key += (hit.rule_index, id(hit.match))
    return tuple(key)


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


def additions(evidence: Evidence) -> tuple[Drop, ...]:
    """What to remove from a role that Kubernetes creates, so that only its own rules grant the permissions.

    A rule with a wildcard is removed as a whole. Empty if that takes away what any release grants itself.
    """
    role = evidence.role
    if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
        return ()
    known = [rule for form in of_any_version().roles(role) for rule in form.rules]
    lost: dict[tuple[int, str], frozenset[str]] = {}
    for hit in evidence.hits:
        index, match = hit.rule_index, hit.match
        rule = role.rules[index]
        if not rule.resources:
            return ()
        resources, verbs = rule.resources, rule.verbs
        if _is_literal(evidence, hit):
            resources = (match.permission.resource,)
            one = replace(rule, resources=resources, non_resource_urls=())
            verbs = tuple(verb for verb in match.verbs if not is_within(replace(one, verbs=(verb,)), known))
        for resource in resources:
            lost[index, resource] = lost.get((index, resource), frozenset()).union(verbs)
    made = tuple(Drop(*key, verbs) for key, verbs in lost.items() if verbs)
    left = narrow_role(role, made).rules
    own = {request for rule in known for request in requests_of(rule) if rules_allow(role.rules, request)}
    return made if all(rules_allow(left, request) for request in own) else ()


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
