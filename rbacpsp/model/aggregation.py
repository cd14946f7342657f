"""The rules that the aggregation controller computed for the aggregated ClusterRoles of a cluster."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from rbacpsp.model.rbac import ClusterRole


class Aggregation(Struct, frozen=True):
    """The aggregated ClusterRoles that the controller would look at, with the rules that they then have."""

    roles: Mapping[str, ClusterRole] = field(default_factory=lambda: MappingProxyType({}))
    """By name; those that are as a server stored them are not among them."""
    written: frozenset[str] = frozenset()
    """The roles whose rules the controller wrote; it removes them when nothing is selected any more."""
    problems: tuple[str, ...] = ()
    """The aggregationRules that the controller could not read; their roles keep the rules that they have."""
