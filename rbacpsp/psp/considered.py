"""The verdict of each policy on a pod."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.pod import Pod
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import Request, User
from rbacpsp.pods.changes import Change, diff
from rbacpsp.psp.errors import FieldError
from rbacpsp.psp.mutate import mutate
from rbacpsp.psp.rules import Rules
from rbacpsp.psp.validate import validate
from rbacpsp.rbac import Authorizer, Grant

Verdict = Literal["unchanged", "changed", "refused"]


class Considered(Struct, frozen=True):
    """What a policy would do with a pod, and which of the users asked may use it."""

    usable_by: tuple[User, ...]
    """Which of service account and requester may `use` the policy in the pod's namespace."""
    grants: tuple[Grant, ...]
    """The grants that allow it, for both API groups; empty for members of `system:masters`."""
    verdict: Verdict
    """`unchanged` and `changed` admit the pod (on an update only `unchanged` does); `refused` does not."""
    diff: tuple[Change, ...]
    """What the policy fills in, whether or not it then refuses the pod."""
    errors: tuple[FieldError, ...]
    """Why it refuses the pod, in the server's order and words."""
    problem: str = ""
    """Why the server cannot use the policy at all, in the words of its log; its verdict is then `refused`."""

    @property
    def usable(self) -> bool:
        """Whether the service account or the requester may use it."""
        return bool(self.usable_by)


class Use(NamedTuple):
    """Whether a user may use a policy in a namespace."""

    allowed: bool
    grants: tuple[Grant, ...]
    errors: tuple[str, ...]


class Uses:
    """Caches who may use which policy in which namespace.

    `use` counts in both API groups, `policy` and `extensions` (admission.go authorizedForPolicy, 1.24).
    """

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._known: dict[tuple[User, str], dict[str, Use]] = {}

    def ask(self, user: User, namespace: str, policy: str) -> Use:
        """Whether a user may use a policy in a namespace."""
        known = self._known.setdefault((user, namespace), {})
        if policy not in known:
            decisions = [
                self._authorizer.authorize(
                    user,
                    Request(
                        "use", group=group, resource="podsecuritypolicies", name=policy, namespace=namespace
                    ),
                )
                for group in GROUPS
            ]
            grants = dict.fromkeys(grant for decision in decisions for grant in decision.grants)
            errors = dict.fromkeys(error for decision in decisions for error in decision.errors)
            known[policy] = Use(any(decisions), tuple(grants), tuple(errors))
        return known[policy]


class Outcome(NamedTuple):
    """What a policy does with a pod."""

    pod: Pod
    """The pod with what the policy filled in; the same object when that is nothing."""
    changed: bool
    errors: Sequence[FieldError]


def outcome_of(rules: Rules, pod: Pod) -> Outcome:
    """Let a policy fill in a pod and validate it."""
    after = mutate(rules, pod)
    return Outcome(after, after is not pod and after != pod, validate(rules, after))


class Settled(FrozenDict[str, Considered]):
    """The verdicts of all policies on one pod, by name, all computed."""

    __slots__ = ("authorization_errors",)

    def __init__(self, considered: Mapping[str, Considered], authorization_errors: tuple[str, ...]) -> None:
        super().__init__(considered)
        self.authorization_errors = authorization_errors
        """The roleRefs to missing roles that came up while asking who may use the policies."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Settled, (dict(self), self.authorization_errors))


class Candidates(Mapping[str, Considered]):
    """The verdicts of all policies on one pod, by name; each is computed when it is first read."""

    def __init__(
        self,
        policies: Mapping[str, Rules | str],
        pod: Pod,
        asked: tuple[User, ...],
        namespace: str,
        uses: Uses,
    ) -> None:
        self._policies = policies
        self._pod = pod
        self._asked = asked
        self._namespace = namespace
        self._uses = uses
        self._outcomes: dict[str, Outcome] = {}
        self._considered: dict[str, Considered] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is pickled and copied: with every verdict computed, without the authorizer."""
        return (Settled, (dict(self), self.authorization_errors))

    def __getitem__(self, name: str) -> Considered:
        there = self._considered.get(name)
        if there is None:
            there = self._considered[name] = self._consider(name, self._policies[name])
        return there

    def _consider(self, name: str, rules: Rules | str) -> Considered:
        uses = [(user, self._uses.ask(user, self._namespace, name)) for user in self._asked]
        usable_by = tuple(user for user, use in uses if use.allowed)
        grants = tuple(dict.fromkeys(grant for _, use in uses for grant in use.grants))
        if isinstance(rules, str):
            return Considered(usable_by, grants, "refused", (), (), rules)
        outcome = self.outcome(rules)
        verdict: Verdict = "refused" if outcome.errors else "changed" if outcome.changed else "unchanged"
        changes = diff(self._pod, outcome.pod)
        return Considered(usable_by, grants, verdict, changes, tuple(outcome.errors))

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def __repr__(self) -> str:
        return f"<{len(self)} policies: {', '.join(self)}>"

    def outcome(self, rules: Rules) -> Outcome:
        """What a policy does with the pod."""
        outcome = self._outcomes.get(rules.name)
        if outcome is None:
            outcome = self._outcomes[rules.name] = outcome_of(rules, self._pod)
        return outcome

    def usable(self, name: str) -> bool:
        """Whether the service account or else the requester may use a policy."""
        return any(self._uses.ask(user, self._namespace, name).allowed for user in self._asked)

    def winner(self, *, may_change: bool, hint: str = "") -> tuple[str, Outcome] | None:
        """The policy that admits the pod, and what it does; None when none does.

        The first by name that leaves it unchanged, or else, if it may be changed, the first that admits it.
        On an update the recorded policy is tried first.
        """
        changing: tuple[str, Outcome] | None = None
        for rules in self._in_order(hint):
            if not self.usable(rules.name):
                continue
            outcome = self.outcome(rules)
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
            for error in self.outcome(rules).errors
        ]

    def _in_order(self, hint: str) -> Iterator[Rules]:
        first = self._policies.get(hint)
        if isinstance(first, Rules):
            yield first
        for name, rules in self._policies.items():
            if isinstance(rules, Rules) and name != hint:
                yield rules

    @property
    def authorization_errors(self) -> tuple[str, ...]:
        """The roleRefs to missing roles that came up while asking who may use the policies, sorted."""
        uses = (self._uses.ask(user, self._namespace, name) for name in self for user in self._asked)
        return tuple(sorted({error for use in uses for error in use.errors}))
