"""What became of each of the constraints that were tried for a pod, and which of them admits it.

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
from rbacpsp.scc.rules import Rules
from rbacpsp.scc.use import Uses
from rbacpsp.scc.validate import validate

Verdict = Literal["unchanged", "changed", "refused"]
SubjectType = Literal["serviceaccount", "user"]

_RESTRICTED, _RESTRICTED_V2 = "restricted", "restricted-v2"
_AUDIT = "securitycontextconstraints.admission.openshift.io/"
_DENIED = "securityserviceconstraints.admission.openshift.io/denied"


@dataclass(frozen=True, slots=True)
class Considered:
    """What constraints would do with a pod, and which of the users asked may use them."""

    priority: int | None
    points: int
    """How permissive they are: of equal priority, fewer points are tried first."""
    before: str
    """Why they come before the next: `has higher priority`, `forbids host ports`, `ordered by name` and
    others; empty for the last."""
    usable_by: tuple[User, ...]
    """Those who were asked and may use them in the pod's namespace."""
    listed: tuple[str, ...]
    """The entries of their own lists that let them."""
    grants: tuple[Grant, ...]
    """What lets them by RBAC."""
    verdict: Verdict
    """`unchanged` and `changed` admit the pod (on an update only `unchanged` does); `refused` does not."""
    diff: tuple[Change, ...]
    """What they fill in, whether or not they then refuse the pod."""
    errors: tuple[FieldError, ...]
    """Why they refuse the pod, in the server's order and words."""

    @property
    def usable(self) -> bool:
        """Anyone who was asked may use them."""
        return bool(self.usable_by)


class Outcome(NamedTuple):
    """What constraints do with a pod."""

    pod: Pod
    """With what they filled in."""
    errors: Sequence[FieldError]


class Walked(NamedTuple):
    """What came of trying the constraints in order."""

    winner: Rules | None
    pod: Pod
    """As the winner fills it in; the very pod where none admits it."""
    subject_type: SubjectType | None
    errors: tuple[FieldError, ...]
    """In the order of the walk, for a refusal."""
    audit: Callable[[], dict[str, str]]
    """Gives the annotations for the audit log, for which further constraints may have to be tried."""


class ConsultedUser(NamedTuple):
    """A user whose `use` counts."""

    subject_type: SubjectType
    user: User


class Candidates(Mapping[str, Considered]):
    """All constraints for one pod, in the server's order; what each does is worked out when looked at."""

    def __init__(
        self, rules: Sequence[Rules], pod: Pod, asked: tuple[ConsultedUser, ...], namespace: str, uses: Uses
    ) -> None:
        self._rules = {each.name: each for each in rules}
        self._pod = pod
        self.asked = asked
        """Whose `use` counts."""
        self._namespace = namespace
        self._uses = uses
        self._outcomes: dict[str, Outcome] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is pickled and copied: looked at to the end, without whom it would ask."""
        return (FrozenDict, (dict(self),))

    def __getitem__(self, name: str) -> Considered:
        rules = self._rules[name]
        uses = [(one.user, self._uses.ask(one.user, self._namespace, rules.constraint)) for one in self.asked]
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

    def _before(self, rules: Rules) -> str:
        order = list(self._rules.values())
        rest = order[order.index(rules) + 1 :]
        return why_before(rules.constraint, rest[0].constraint) if rest else ""

    def _outcome(self, rules: Rules) -> Outcome:
        outcome = self._outcomes.get(rules.name)
        if outcome is None:
            after = mutate(rules, self._pod)
            outcome = self._outcomes[rules.name] = Outcome(after, validate(rules, after))
        return outcome

    def _subject_type(self, rules: Rules) -> SubjectType | None:
        """Through whom the constraints may be used: the service account is asked first."""
        for subject_type, user in self.asked:
            if self._uses.ask(user, self._namespace, rules.constraint).allowed:
                return subject_type
        return None

    def walk(self, *, creates: bool, fills_ephemeral: bool = False, hint: str = "") -> Walked:
        """Try the constraints in order: the first usable ones that admit the pod win.

        On a create they may change it. Otherwise they must leave it as it is, but for its ephemeral
        containers where those may be filled in; constraints that are hinted at are tried first.
        """
        order = list(self._rules.values())
        if hint in self._rules:
            order.sort(key=lambda rules: rules.name != hint)
        errors: list[FieldError] = []
        denied: list[str] = []
        failures: dict[str, str] = {}
        for place, rules in enumerate(order):
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
                    partial(self._audit_create, order[place:], denied, failures)
                    if creates
                    else partial(_audit_update, rules, hint, denied, failures)
                )
                return Walked(rules, outcome.pod, subject_type, (), audit)
        if _RESTRICTED_V2 in self._rules and _RESTRICTED in denied:
            errors += self._restricted_hint()
        audit = (
            partial(self._audit_create, [], denied, failures)
            if creates
            else partial(_audit_update, None, hint, denied, failures)
        )
        return Walked(None, self._pod, None, tuple(errors), audit)

    def _is_same(self, after: Pod, *, but_ephemeral: bool) -> bool:
        if after is self._pod or after == self._pod:
            return True
        if not but_ephemeral:
            return False
        before = self._pod.spec.ephemeral_containers
        return replace(after, spec=replace(after.spec, ephemeral_containers=before)) == self._pod

    def _restricted_hint(self) -> Iterator[FieldError]:
        """That the older of two standard constraints would do, where it may not be used."""
        if not self._outcome(self._rules[_RESTRICTED]).errors:
            yield forbidden(
                "no access to scc/restricted",
                "the pod fails to validate against the `restricted-v2` security context constraint, "
                "but would validate successfully against the `restricted` security context constraint",
            )

    def _audit_create(
        self, rest: Sequence[Rules], denied: list[str], failures: dict[str, str]
    ) -> dict[str, str]:
        """What the audit log says of a create; `rest` are the winner and what comes after it."""
        audit = {f"{_AUDIT}too-restrictive-{name}": why for name, why in failures.items()}
        audit[_DENIED] = ",".join(denied)
        if not rest:
            audit[f"{_AUDIT}reason"] = "all denied" if not failures else "all too restrictive or denied"
            return audit
        name, then = quote(rest[0].name), self._next(rest[1:])
        if then is None:
            audit[f"{_AUDIT}reason"] = f"{name} is the only one not too restrictive and not denied"
        else:
            why = why_before(rest[0].constraint, then.constraint)
            audit[f"{_AUDIT}reason"] = (
                f"{name} is most restrictive, not denied, and chosen over {quote(then.name)} "
                f"because {name} {why}"
            )
        return audit

    def _next(self, rest: Sequence[Rules]) -> Rules | None:
        """The next constraints that may be used and admit the pod."""
        return next(
            (each for each in rest if self._subject_type(each) and not self._outcome(each).errors), None
        )


def _audit_update(
    winner: Rules | None, hint: str, denied: list[str], failures: dict[str, str]
) -> dict[str, str]:
    """What the audit log says where nothing may be filled in."""
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
