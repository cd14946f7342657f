"""The priorities of constraints, which make OpenShift try them in an order close to that of policies.

PodSecurityPolicy prefers a policy that admits the pod unchanged, and otherwise decides by name. With
constraints, the first that admit the pod win, even if they change it. Policies that fill in nothing therefore
come first: they leave every pod that they admit unchanged.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacpsp.migration.controls import PolicyControls

_BEFORE_STANDARD = 11
"""The lowest priority to use, since the standard constraints anyuid have 10."""


class PolicyPriorities(NamedTuple):
    """A policy and the priorities of its constraints."""

    policy: PolicyControls
    priorities: tuple[int, ...]


def in_order(policies: Sequence[PolicyControls]) -> tuple[PolicyControls, ...]:
    """The policies in the order in which OpenShift tries their constraints."""
    return tuple(sorted(policies, key=lambda policy: (bool(policy.fills), policy.name)))


def policy_priorities(
    policies: Sequence[PolicyControls], counts: Sequence[int]
) -> Iterator[PolicyPriorities]:
    """The priorities for each policy, which has this count of constraints, in the order of `in_order`."""
    remaining = sum(counts)
    for policy, count in zip(policies, counts, strict=True):
        yield PolicyPriorities(
            policy, tuple(_BEFORE_STANDARD + remaining - 1 - number for number in range(count))
        )
        remaining -= count


def tried_before(policies: Sequence[PolicyControls], policy: PolicyControls) -> tuple[str, ...]:
    """The policies that OpenShift tries earlier, and that may admit a pod that this one admits unchanged."""
    names = [earlier.name for earlier in policies]
    return tuple(names[: names.index(policy.name)]) if policy.fills else ()
