"""A path from a start to a goal, step by step."""

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from rbacpsp.audit.change import object_words
from rbacpsp.audit.finding import Evidence, RuleMatch
from rbacpsp.audit.permission import Match, permission_words
from rbacpsp.model import AnyObject, Subject
from rbacpsp.model.result import Shown, one_line
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import Technique
from rbacpsp.rbac.decision import Grant

_WITHOUT_GRANTS = {
    "issued-certificate": "let the certificate expire, or replace the certificate authority for client "
    "certificates",
    "cloud-identity": "remove the mapping of the cloud identity, or the annotation",
}
"""What to do about a path without grants, by the technique of its first step."""


class PathStep(Struct, frozen=True, dict=True):
    """One step of a path: an action, or a membership. Its words are made once, as many paths share it."""

    source: Place
    target: Place
    technique: Technique
    match: Match | None
    """The permission that is used; None for a step without one."""
    grant: Grant | None
    """The rule and the binding that grant it; None without a permission, or if an earlier step grants it."""
    because: str

    @cached_property
    def permission(self) -> str:
        """The permission that is used, in words; empty for a step without one."""
        return permission_words([self.match]) if self.match else ""

    @cached_property
    def through(self) -> str:
        """The binding and the rule that allow it, in words; empty if there are none."""
        grant = self.grant
        if grant is None:
            return ""
        return f"{object_words(grant.binding)}, rule {grant.rule_index + 1} of {object_words(grant.role)}"

    @cached_property
    def words(self) -> str:
        """The step in words: the subject, the action, the target and the grant."""
        reasons = "; ".join(filter(None, (self.through, self.because)))
        action = f"{self.source.words} {self.technique.title}: {self.target.words}"
        return f"{action} ({reasons})" if reasons else action

    @cached_property
    def evidence(self) -> Evidence | None:
        """The grant of the step, as the evidence of a finding."""
        grant, match = self.grant, self.match
        if grant is None or match is None:
            return None
        return Evidence(grant.binding, grant.role, (RuleMatch(grant.rule_index, match),), grant.computed)


class Path(Shown, Struct, frozen=True):
    """A path from a start to a goal."""

    start: Place
    goal: Place
    steps: tuple[PathStep, ...]
    kubernetes_own: bool
    """Whether it starts with a grant that Kubernetes itself creates, for one of its own components."""

    @property
    def brought(self) -> bool:
        """The former name of `kubernetes_own`."""
        return self.kubernetes_own

    def __repr__(self) -> str:
        actions = f"{self.length} action{'' if self.length == 1 else 's'}"
        return one_line(f"<Path from {self.start.words} to {self.goal.words}: {actions}>")

    @property
    def length(self) -> int:
        """How many actions it takes."""
        return sum(step.technique.cost for step in self.steps)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rules and the bindings that grant its steps, in the order of the steps."""
        return tuple(step.grant for step in self.steps if step.grant is not None)

    def granting_objects(self, seen: set[tuple[int, int]]) -> Iterator[AnyObject]:  # noqa: ARG002 - as of trees
        """The bindings and the roles of the grants."""
        for grant in self.grants:
            yield grant.binding
            yield grant.role

    @property
    def evidence(self) -> Evidence | None:
        """The grant of the first step that has one, as the evidence of a finding."""
        return next((step.evidence for step in self.steps if step.evidence), None)

    @property
    def first(self) -> tuple[Evidence, Subject] | None:
        """The grant of the first step that has one, and the subject that the binding names."""
        return next(iter(self.used), None)

    @property
    def used(self) -> tuple[tuple[Evidence, Subject], ...]:
        """The grant of each step as evidence, and the subject that the binding names."""
        granted = ((step.evidence, step.grant) for step in self.steps)
        return tuple((evidence, grant.subject) for evidence, grant in granted if evidence and grant)

    @property
    def permission(self) -> str:
        """The permission of the first step that has a grant, in words; empty if no step has one."""
        return next((step.permission for step in self.steps if step.grant and step.match), "")

    @property
    def words(self) -> str:
        """The numbered steps, each with its subject, its target and its grant."""
        return " ".join(f"{number}. {step.words}." for number, step in enumerate(self.steps, 1))

    @property
    def without_grants(self) -> str:
        """What to do about a path that no grant allows, in words; empty if a grant allows a step."""
        if not self.steps or self.grants:
            return ""
        first = self.steps[0]
        what = _WITHOUT_GRANTS.get(first.technique.name, "end what the first action depends on")
        return f"{what} ({first.because or first.technique.title}); RBAC grants no step of this path"

    @property
    def order(self) -> tuple[int, Place, Place]:
        """Sorts paths: the shortest first."""
        return (self.length, self.start, self.goal)
