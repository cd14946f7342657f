"""The security context constraints of a cluster, as the server stores them."""

from rbacpsp.apply.constraint_defaults import with_defaults
from rbacpsp.model.objects import Objects
from rbacpsp.model.scc import SecurityContextConstraints


def constraints_of(objects: Objects) -> tuple[SecurityContextConstraints, ...]:
    """All constraints that were loaded or are assumed, with the server's defaults."""
    return tuple(map(with_defaults, objects.constraints.values()))
