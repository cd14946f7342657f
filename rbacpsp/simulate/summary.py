"""Summarizes a simulation: which policies are used, which never can be, and which grants have no effect."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rbacpsp.model import ClusterRoleBinding, Objects, Request, RoleBinding
from rbacpsp.model.psp import GROUPS
from rbacpsp.psp.users import named_users
from rbacpsp.rbac import Authorizer, Grant
from rbacpsp.simulate.row import Row, Verdict

POLICIES = "podsecuritypolicies"


class OutOfOrder(NamedTuple):
    """A policy that wins although another that may be used and admits the pod comes before it by name."""

    policy: str
    passed: str
    """The policy before it by name, which would change the pod."""
    titles: tuple[str, ...]
    """The rows in which it wins, `namespace/kind/name`."""


class IdleGrant(NamedTuple):
    """A binding that grants a policy and that no row depends on."""

    binding: RoleBinding | ClusterRoleBinding
    policy: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a simulation's rows; everything is sorted."""

    verdicts: Mapping[Verdict, int]
    """How many rows have each verdict, the worst first; verdicts of no row are left out."""
    pods: int
    """How many pods were loaded."""
    pods_by_policy: Mapping[str, int]
    """How many of them would get each policy if they were created now, without policies that no pod gets."""
    recorded: Mapping[str, int]
    """How many of them have each policy recorded; the empty name counts pods without a record."""
    unused: tuple[str, ...]
    """Policies that would win for no row and that no pod has recorded."""
    unusable: tuple[str, ...]
    """Policies that no bound role grants, or that the server cannot use at all."""
    shadowed: Mapping[str, tuple[str, ...]]
    """Policies that may be used and would admit pods but never win, with the policies that win instead."""
    invalid: Mapping[str, tuple[str, ...]]
    """Policies that admit pods which the API server then refuses as invalid, with the rows of those pods."""
    out_of_order: tuple[OutOfOrder, ...]
    idle_grants: tuple[IdleGrant, ...]
    """Grants that name the resource of policies and that no row needs. People who create pods by themselves
    may still rely on them."""

    @property
    def enforced(self) -> bool:
        """Whether any pod has a recorded policy, which shows that policies were enforced."""
        return any(self.recorded)


def summarize(rows: Iterable[Row], objects: Objects, authorizer: Authorizer) -> Summary:
    """The summary of the rows."""
    rows = tuple(rows)
    counts = _counts(rows)
    wins = {policy for row in rows for policy in row.policies}
    return Summary(
        **counts,
        unused=tuple(sorted(objects.policies.keys() - wins - counts["recorded"].keys())),
        unusable=_unusable(rows, objects, authorizer),
        shadowed=_shadowed(rows, wins),
        invalid=_invalid(rows),
        out_of_order=_out_of_order(rows),
        idle_grants=idle_grants(rows, objects, authorizer),
    )


def counted_for(summary: Summary, rows: Iterable[Row]) -> Summary:
    """The summary with the counts of some rows only; statements about policies still concern all rows."""
    return replace(summary, **_counts(tuple(rows)))


def _counts(rows: tuple[Row, ...]) -> dict[str, Any]:
    verdicts = Counter(row.verdict for row in rows)
    by_policy: Counter[str] = Counter()
    recorded: Counter[str] = Counter()
    for row in rows:
        for part in row.parts:
            by_policy[part.ruling.admission.policy or ""] += len(part.pods)
            recorded += part.recorded
    return {
        "verdicts": {verdict: verdicts[verdict] for verdict in Verdict if verdicts[verdict]},
        "pods": sum(recorded.values()),
        "pods_by_policy": {name: count for name, count in sorted(by_policy.items()) if name and count},
        "recorded": dict(sorted(recorded.items())),
    }


def _unusable(rows: tuple[Row, ...], objects: Objects, authorizer: Authorizer) -> tuple[str, ...]:
    with_problem = {
        name
        for row in rows
        for name, considered in row.ruling.admission.considered.items()
        if considered.problem
    }
    granted_to_nobody = {
        name
        for name in objects.policies
        if not any(access.grants for access in named_users(authorizer, name))
    }
    return tuple(sorted(with_problem | granted_to_nobody))


def _shadowed(rows: tuple[Row, ...], wins: set[str]) -> dict[str, tuple[str, ...]]:
    winners: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for part in row.parts:
            admission = part.ruling.admission
            for name, considered in admission.considered.items():
                if admission.policy and considered.usable and considered.verdict != "refused":
                    winners[name].add(admission.policy)
    return {name: tuple(sorted(winners[name])) for name in sorted(winners.keys() - wins)}


def _invalid(rows: tuple[Row, ...]) -> dict[str, tuple[str, ...]]:
    titles_by_policy: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for part in row.parts:
            policy = part.ruling.admission.invalid_by
            if policy:
                titles_by_policy[policy].add(_title(row))
    return {policy: tuple(sorted(titles_by_policy[policy])) for policy in sorted(titles_by_policy)}


def _title(row: Row) -> str:
    return f"{row.namespace}/{row.kind.lower()}/{row.name}"


def _out_of_order(rows: tuple[Row, ...]) -> tuple[OutOfOrder, ...]:
    titles_by_pair: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        for part in row.parts:
            policy = part.ruling.admission.policy
            if policy is None:
                continue
            for name, considered in part.ruling.admission.considered.items():
                if name == policy:
                    break
                if considered.usable and considered.verdict == "changed":
                    titles_by_pair[policy, name].append(_title(row))
    return tuple(OutOfOrder(*pair, tuple(titles)) for pair, titles in sorted(titles_by_pair.items()))


def _grant_key(grant: Grant, policy: str) -> tuple[str, str, str, str]:
    binding = grant.binding
    return (binding.kind, binding.namespace, binding.name, policy)


def idle_grants(rows: Iterable[Row], objects: Objects, authorizer: Authorizer) -> tuple[IdleGrant, ...]:
    """The grants of policies that no row needs, by policy and binding.

    Rules that do not name the resource (`*` of a cluster admin) were not written for policies and are left
    out.
    """
    needed = {
        _grant_key(grant, policy)
        for row in rows
        for part in row.parts
        if (policy := part.ruling.admission.policy) is not None
        for grant in part.ruling.admission.considered[policy].grants
    }
    idle = {}
    for policy in objects.policies:
        for group in GROUPS:
            request = Request("use", group=group, resource=POLICIES, name=policy)
            for access in authorizer.who_can_anywhere(request):
                for grant in access.grants:
                    key = _grant_key(grant, policy)
                    if POLICIES in grant.rule.resources and key not in needed:
                        idle[policy, *key] = IdleGrant(grant.binding, policy)
    return tuple(idle[key] for key in sorted(idle))
