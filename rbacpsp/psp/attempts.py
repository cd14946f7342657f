"""The verdict of each policy on a pod."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.pod import Pod
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import Request, User
from rbacpsp.model.result import counted, one_line
from rbacpsp.pods.changes import Change
from rbacpsp.psp.errors import FieldError
from rbacpsp.psp.outcomes import EvaluatedPod, Outcomes, PSPOutcome
from rbacpsp.psp.rules import PSPRules
from rbacpsp.rbac import Authorizer, Grant

Verdict = Literal["unchanged", "changed", "refused"]


class Considered(Struct, frozen=True):
    """The verdict of a policy on a pod, and which of the checked users may use the policy."""

    usable_by: tuple[User, ...]
    """Which of service account and requester may `use` the policy in the pod's namespace."""
    grants: tuple[Grant, ...]
    """The grants that allow it, for both API groups; empty for members of `system:masters`."""
    verdict: Verdict
    """`unchanged` and `changed` admit the pod (on an update only `unchanged` does); `refused` does not."""
    diff: tuple[Change, ...]
    """The fields that the policy fills in, whether or not it then refuses the pod."""
    errors: tuple[FieldError, ...]
    """Why it refuses the pod, in the server's order and words."""
    problem: str = ""
    """Why the server cannot use the policy at all, in the words of its log; its verdict is then `refused`."""

    @property
    def usable(self) -> bool:
        """Whether the service account or the requester may use it."""
        return bool(self.usable_by)


class UseDecision(NamedTuple):
    """Whether a user may use a policy in a namespace."""

    allowed: bool
    grants: tuple[Grant, ...]
    errors: tuple[str, ...]


class UserUses:
    """Which policies a user may use in a namespace; each is checked once.

    `use` counts in both API groups, `policy` and `extensions` (admission.go authorizedForPolicy, 1.24).
    """

    def __init__(self, authorizer: Authorizer, user: User, namespace: str) -> None:
        self._authorizer = authorizer
        self._user = user
        self._namespace = namespace
        self._known: dict[str, UseDecision] = {}
        self._alike: UseDecision | None = None
        """The answer for every policy, if it does not depend on the policy's name."""
        if all(authorizer.is_alike_for_all_names(user, self._request(group, "")) for group in GROUPS):
            self._alike = self._ask("")

    def ask(self, policy: str) -> UseDecision:
        """Whether the user may use a policy."""
        if self._alike is not None:
            return self._alike
        known = self._known.get(policy)
        if known is None:
            known = self._known[policy] = self._ask(policy)
        return known

    def _ask(self, policy: str) -> UseDecision:
        decisions = [self._authorizer.authorize(self._user, self._request(group, policy)) for group in GROUPS]
        grants = dict.fromkeys(grant for decision in decisions for grant in decision.grants)
        errors = dict.fromkeys(error for decision in decisions for error in decision.errors)
        return UseDecision(any(decisions), tuple(grants), tuple(errors))

    def _request(self, group: str, policy: str) -> Request:
        return Request(
            "use", group=group, resource="podsecuritypolicies", name=policy, namespace=self._namespace
        )


class PolicyUseChecks:
    """Who may use which policy in which namespace."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._known: dict[tuple[User, str], UserUses] = {}

    def of(self, user: User, namespace: str) -> UserUses:
        """Which policies a user may use in a namespace."""
        known = self._known.get((user, namespace))
        if known is None:
            known = self._known[user, namespace] = UserUses(self._authorizer, user, namespace)
        return known


class ComputedVerdicts(FrozenDict[str, Considered]):
    """The verdicts of all policies on one pod, by name, all computed."""

    __slots__ = ("authorization_errors",)

    def __init__(self, considered: Mapping[str, Considered], authorization_errors: tuple[str, ...]) -> None:
        super().__init__(considered)
        self.authorization_errors = authorization_errors
        """The roleRefs to missing roles that were found while checking who may use the policies."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (ComputedVerdicts, (dict(self), self.authorization_errors))


class PSPCandidates(Mapping[str, Considered]):
    """The verdicts of all policies on one pod, by name; each is computed when it is first read."""

    def __init__(
        self,
        policies: Mapping[str, PSPRules | str],
        pod: Pod,
        users: tuple[User, ...],
        namespace: str,
        uses: PolicyUseChecks,
        outcomes: Outcomes,
    ) -> None:
        self._policies = policies
        self._uses = [(user, uses.of(user, namespace)) for user in users]
        self.judged: EvaluatedPod = outcomes.of(pod)
        """The parts of the pod that policies read, and the outcome of each policy."""
        self._considered: dict[str, Considered] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it with every verdict computed and without the authorizer."""
        return (ComputedVerdicts, (dict(self), self.authorization_errors))

    def __getitem__(self, name: str) -> Considered:
        considered = self._considered.get(name)
        if considered is None:
            considered = self._considered[name] = self._consider(name, self._policies[name])
        return considered

    def _consider(self, name: str, rules: PSPRules | str) -> Considered:
        uses = [(user, of_user.ask(name)) for user, of_user in self._uses]
        usable_by = tuple([user for user, use in uses if use.allowed])
        grants = tuple(dict.fromkeys(grant for _, use in uses for grant in use.grants))
        if isinstance(rules, str):
            return Considered(usable_by, grants, "refused", (), (), rules)
        outcome = self.judged.outcome(rules)
        verdict: Verdict = "refused" if outcome.errors else "changed" if outcome.changed else "unchanged"
        return Considered(usable_by, grants, verdict, self.judged.diff(rules), outcome.errors)

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def __repr__(self) -> str:
        return one_line(f"<{counted(len(self), 'policy', 'policies')}: {', '.join(self)}>")

    def usable(self, name: str) -> bool:
        """Whether the service account or else the requester may use a policy."""
        return any(uses.ask(name).allowed for _, uses in self._uses)

    def winner(self, *, may_change: bool, hint: str = "") -> tuple[str, PSPOutcome] | None:
        """The policy that admits the pod, and its outcome; None if no policy admits it.

        The first by name that leaves it unchanged, or else, if it may be changed, the first that admits it.
        On an update the recorded policy is tried first.
        """
        changing: tuple[str, PSPOutcome] | None = None
        for rules in self._in_order(hint):
            if not self.usable(rules.name):
                continue
            outcome = self.judged.outcome(rules)
            if outcome.errors or (outcome.changed and (changing or not may_change)):
                continue
            if not outcome.changed:
                return rules.name, outcome
            changing = (rules.name, outcome)
        return changing

    def refusals(self) -> list[FieldError]:
        """The errors of the usable policies, by the policies' names (the server's order is random)."""
        return [
            error
            for rules in self._in_order("")
            if self.usable(rules.name)
            for error in self.judged.outcome(rules).errors
        ]

    def _in_order(self, hint: str) -> Iterator[PSPRules]:
        first = self._policies.get(hint)
        if isinstance(first, PSPRules):
            yield first
        for name, rules in self._policies.items():
            if isinstance(rules, PSPRules) and name != hint:
                yield rules

    @property
    def authorization_errors(self) -> tuple[str, ...]:
        """The roleRefs to missing roles that were found while checking who may use the policies, sorted."""
        uses = (of_user.ask(name) for name in self for _, of_user in self._uses)
        return tuple(sorted({error for use in uses for error in use.errors}))
