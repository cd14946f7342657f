"""The names of constraints: that of the policy, unless OpenShift has constraints of that name."""

from collections.abc import Collection, Iterator
from functools import cache

from rbacpsp.catalog.openshift import LATEST, OLDEST, openshift_policy
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version

_PREFIX = "psp-"
_LONGEST = 253


@cache
def standard_names() -> frozenset[str]:
    """The names of the constraints that any release of OpenShift creates, and resets in an update."""
    return frozenset(
        obj.metadata.name
        for minor in range(OLDEST.minor, LATEST.minor + 1)
        for obj in openshift_policy(Version(OLDEST.major, minor))
        if isinstance(obj, SecurityContextConstraints)
    )


def name_for(policy: str, taken: Collection[str]) -> str:
    """The name of the first constraints for a policy: the policy's, or another if that is taken."""
    return next(name for name in _candidates(policy) if name not in taken)


def further_name(name: str, number: int, taken: Collection[str]) -> str:
    """The name of the constraints for the second, third or later range of a policy's users."""
    return next(
        candidate for candidate in _candidates(f"{name[: _LONGEST - 12]}.{number}") if candidate not in taken
    )


def _candidates(name: str) -> Iterator[str]:
    while True:
        yield name
        name = f"{_PREFIX}{name}"[:_LONGEST]
