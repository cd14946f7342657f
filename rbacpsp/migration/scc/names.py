"""The names of constraints: those of their policies, where OpenShift has no constraints of that name."""

from collections.abc import Collection, Iterator
from functools import cache

from rbacpsp.catalog.openshift import LATEST, OLDEST, openshift_policy
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version

_PREFIX = "psp-"
_LONGEST = 253


@cache
def standard_names() -> frozenset[str]:
    """The names of the constraints that some release of OpenShift creates, and resets in an update."""
    return frozenset(
        each.metadata.name
        for minor in range(OLDEST.minor, LATEST.minor + 1)
        for each in openshift_policy(Version(OLDEST.major, minor))
        if isinstance(each, SecurityContextConstraints)
    )


def name_for(policy: str, taken: Collection[str]) -> str:
    """The name of the first constraints for a policy: another one where its own is taken."""
    return next(name for name in _candidates(policy) if name not in taken)


def further_name(name: str, number: int, taken: Collection[str]) -> str:
    """The name of the constraints for the second, third or later range of a policy's users."""
    return next(each for each in _candidates(f"{name[: _LONGEST - 12]}.{number}") if each not in taken)


def _candidates(name: str) -> Iterator[str]:
    while True:
        yield name
        name = f"{_PREFIX}{name}"[:_LONGEST]
