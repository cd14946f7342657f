"""Tries constraints on a pod: the result of each, and the first that admit it.

Source: apiserver-library-go pkg/securitycontextconstraints/sccadmission/admission.go
(computeSecurityContext), release-4.21.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from rbacpsp.model.field_error import FieldError, forbidden
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.pod import Pod
from rbacpsp.model.request import User
from rbacpsp.pods.changes import Change, diff
from rbacpsp.rbac import Grant
from rbacpsp.scc.mutate import mutate
from rbacpsp.scc.order import points, why_before
from rbacpsp.scc.rules import SCCRules
from rbacpsp.scc.use import UseChecks
from rbacpsp.scc.validate import validate

Verdict = Literal["unchanged", "changed", "refused"]
SubjectType = Literal["serviceaccount", "user"]

_RESTRICTED, _RESTRICTED_V2 = "restricted", "restricted-v2"
_AUDIT = "securitycontextconstraints.admission.openshift.io/"
_DENIED = "securityserviceconstraints.admission.openshift.io/denied"


@dataclass(frozen=True, slots=True)
class Considered:
    """The verdict of constraints on a pod, and which of the checked users may use them."""

    priority: int | None
    points: int
    """How permissive they are: of equal priority, fewer points are tried first."""
    before: str
    """Why they come before the next: `has higher priority`, `forbids host ports`, `ordered by name` and
    others; empty for the last."""
    usable_by: tuple[User, ...]
    """The checked users who may use them in the pod's namespace."""
    listed: tuple[str, ...]
    """The entries of the constraints' `users` and `groups` that allow them."""
    grants: tuple[Grant, ...]
    """The RBAC grants that allow them."""
    verdict: Verdict
    """`unchanged` and `changed` admit the pod (on an update only `unchanged` does); `refused` does not."""
    diff: tuple[Change, ...]
    """The defaults that they fill in, even if they then refuse the pod."""
    errors: tuple[FieldError, ...]
    """Why they refuse the pod, in the server's order and words."""

    @property
    def usable(self) -> bool:
        """Whether any of the checked users may use them."""
        return bool(self.usable_by)


class SCCOutcome(NamedTuple):
    """The result of constraints for a pod."""

    pod: Pod
    """The pod with their defaults."""
    errors: Sequence[FieldError]


class WalkResult(NamedTuple):
    """The result of trying the constraints in order."""

    winner: SCCRules | None
    pod: Pod
    """The pod with the winner's defaults; the same object as before if no constraints admit it."""
    subject_type: SubjectType | None
    errors: tuple[FieldError, ...]
    """The errors of a refusal, in the order of the attempts."""
    audit: Callable[[], dict[str, str]]
    """Computes the annotations for the audit log, which may need further attempts."""


class ConsultedUser(NamedTuple):
    """A user whose `use` counts."""

    subject_type: SubjectType
    user: User


class SCCCandidates(Mapping[str, Considered]):
    """All constraints for one pod, in the server's order; each verdict is computed on first access."""

    def __init__(
        self,
        rules: Sequence[SCCRules],
        pod: Pod,
        asked: tuple[ConsultedUser, ...],
        namespace: str,
        uses: UseChecks,
    ) -> None:
        self._rules = {rules_of_constraints.name: rules_of_constraints for rules_of_constraints in rules}
        self._pod = pod
        self.asked = asked
        """The users whose `use` counts."""
        self._namespace = namespace
        self._uses = uses
        self._outcomes: dict[str, SCCOutcome] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the computed verdicts, without the authorizer."""
        return (FrozenDict, (dict(self),))

    def __getitem__(self, name: str) -> Considered:
        rules = self._rules[name]
        uses = [
            (consulted.user, self._uses.check(consulted.user, self._namespace, rules.constraint))
            for consulted in self.asked
        ]
        outcome = self._outcome(rules)
        changed = outcome.pod is not self._pod and outcome.pod != self._pod
        return Considered(
            priority=rules.constraint.priority,
            points=points(rules.constraint),
            before=self._before(rules),
            usable_by=tuple(user for user, use in uses if use.allowed),
            listed=tuple(dict.fromkeys(entry for _, use in uses for entry in use.listed)),
            grants=tuple(dict.fromkeys(grant for _, use in uses for grant in use.grants)),
            verdict="refused" if outcome.errors else "changed" if changed else "unchanged",
            diff=diff(self._pod, outcome.pod),
            errors=tuple(outcome.errors),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<{len(self)} constraints: {', '.join(self)}>"

    def _before(self, rules: SCCRules) -> str:
        order = list(self._rules.values())
        later = order[order.index(rules) + 1 :]
        return why_before(rules.constraint, later[0].constraint) if later else ""

    def _outcome(self, rules: SCCRules) -> SCCOutcome:
        outcome = self._outcomes.get(rules.name)
        if outcome is None:
            after = mutate(rules, self._pod)
            outcome = self._outcomes[rules.name] = SCCOutcome(after, validate(rules, after))
        return outcome

    def _subject_type(self, rules: SCCRules) -> SubjectType | None:
        """Who may use the constraints; the service account is checked first."""
        for subject_type, user in self.asked:
            if self._uses.check(user, self._namespace, rules.constraint).allowed:
                return subject_type
        return None

    def walk(self, *, creates: bool, fills_ephemeral: bool = False, hint: str = "") -> WalkResult:
        """Try the constraints in order: the first usable ones that admit the pod win.

        On a create they may change it. Otherwise they must leave it unchanged, except for ephemeral
        containers if `fills_ephemeral`. The constraints named by `hint` are tried first.
        """
        order = list(self._rules.values())
        if hint in self._rules:
            order.sort(key=lambda rules: rules.name != hint)
        errors: list[FieldError] = []
        denied: list[str] = []
        failures: dict[str, str] = {}
        for index, rules in enumerate(order):
            subject_type = self._subject_type(rules)
            if subject_type is None:
                denied.append(rules.name)
                errors.append(
                    forbidden(f"provider {quote(rules.name)}", "not usable by user or serviceaccount")
                )
                continue
            outcome = self._outcome(rules)
            if outcome.errors:
                errors += outcome.errors
                failures[rules.name] = aggregate(outcome.errors)
            elif creates or self._is_same(outcome.pod, but_ephemeral=fills_ephemeral):
                audit = (
                    partial(self._audit_create, order[index:], denied, failures)
                    if creates
                    else partial(_audit_update, rules, hint, denied, failures)
                )
                return WalkResult(rules, outcome.pod, subject_type, (), audit)
        if _RESTRICTED_V2 in self._rules and _RESTRICTED in denied:
            errors += self._restricted_hint()
        audit = (
            partial(self._audit_create, [], denied, failures)
            if creates
            else partial(_audit_update, None, hint, denied, failures)
        )
        return WalkResult(None, self._pod, None, tuple(errors), audit)

    def _is_same(self, after: Pod, *, but_ephemeral: bool) -> bool:
        if after is self._pod or after == self._pod:
            return True
        if not but_ephemeral:
            return False
        before = self._pod.spec.ephemeral_containers
        return replace(after, spec=replace(after.spec, ephemeral_containers=before)) == self._pod

    def _restricted_hint(self) -> Iterator[FieldError]:
        """The server's hint that the constraints `restricted`, which may not be used, would admit the pod."""
        if not self._outcome(self._rules[_RESTRICTED]).errors:
            yield forbidden(
                "no access to scc/restricted",
                "the pod fails to validate against the `restricted-v2` security context constraint, "
                "but would validate successfully against the `restricted` security context constraint",
            )

    def _audit_create(
        self, winner_and_later: Sequence[SCCRules], denied: list[str], failures: dict[str, str]
    ) -> dict[str, str]:
        """The audit annotations of a create."""
        audit = {f"{_AUDIT}too-restrictive-{name}": why for name, why in failures.items()}
        audit[_DENIED] = ",".join(denied)
        if not winner_and_later:
            audit[f"{_AUDIT}reason"] = "all denied" if not failures else "all too restrictive or denied"
            return audit
        name, runner_up = quote(winner_and_later[0].name), self._next(winner_and_later[1:])
        if runner_up is None:
            audit[f"{_AUDIT}reason"] = f"{name} is the only one not too restrictive and not denied"
        else:
            why = why_before(winner_and_later[0].constraint, runner_up.constraint)
            audit[f"{_AUDIT}reason"] = (
                f"{name} is most restrictive, not denied, and chosen over {quote(runner_up.name)} "
                f"because {name} {why}"
            )
        return audit

    def _next(self, later: Sequence[SCCRules]) -> SCCRules | None:
        """The next constraints that may be used and admit the pod."""
        return next(
            (rules for rules in later if self._subject_type(rules) and not self._outcome(rules).errors), None
        )


def _audit_update(
    winner: SCCRules | None, hint: str, denied: list[str], failures: dict[str, str]
) -> dict[str, str]:
    """The audit annotations of an update, which may fill in nothing."""
    if winner is None:
        return {}
    audit = {f"{_AUDIT}chosen": winner.name}
    if hint and hint != winner.name:
        audit[f"{_AUDIT}reason-validation"] = (
            f"originally chosen {quote(hint)} did not pass final validation after mutating admission, "
            f"but {quote(winner.name)} did instead"
        )
        if hint in denied:
            audit[f"{_AUDIT}denied-validation"] = (
                f"originally chosen {quote(hint)} got denied in final validation after mutating admission"
            )
        elif hint in failures:
            audit[f"{_AUDIT}too-restrictive-{hint}"] = failures[hint]
    return audit
