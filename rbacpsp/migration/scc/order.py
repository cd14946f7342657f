"""The priorities of constraints, so that they are tried in an order close to that of policies.

PodSecurityPolicy prefers a policy that takes the pod as it is, and goes by name otherwise. The first
constraints that admit the pod win, even where they change it. Policies that fill in nothing therefore come
first: whichever of them admits a pod leaves it as it is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacpsp.migration.controls import PolicyControls

_BEFORE_STANDARD = 11
"""The lowest priority given: anyuid, of the standard constraints, has 10."""


class Place(NamedTuple):
    """A policy and the priorities of its constraints."""

    policy: PolicyControls
    priorities: tuple[int, ...]


def in_order(policies: Sequence[PolicyControls]) -> tuple[PolicyControls, ...]:
    """The policies as their constraints are tried."""
    return tuple(sorted(policies, key=lambda each: (bool(each.fills), each.name)))


def places(policies: Sequence[PolicyControls], counts: Sequence[int]) -> Iterator[Place]:
    """The priorities of policies that have so many constraints each, in the order of `in_order`."""
    left = sum(counts)
    for policy, count in zip(policies, counts, strict=True):
        yield Place(policy, tuple(_BEFORE_STANDARD + left - 1 - number for number in range(count)))
        left -= count


def before(policies: Sequence[PolicyControls], policy: PolicyControls) -> tuple[str, ...]:
    """The policies that may take a pod away from one that took it as it is: those that are tried earlier."""
    names = [each.name for each in policies]
    return tuple(names[: names.index(policy.name)]) if policy.fills else ()
