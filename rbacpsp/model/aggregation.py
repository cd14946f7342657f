"""The aggregated ClusterRoles of a cluster, with the rules that the aggregation controller computes."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field

from rbacpsp.model.rbac import ClusterRole


class Aggregation(Struct, frozen=True):
    """The aggregated ClusterRoles that the controller would compute, with the rules that it would write."""

    roles: Mapping[str, ClusterRole] = field(default_factory=lambda: MappingProxyType({}))
    """By name; roles that a server already stored with computed rules are left out."""
    written: frozenset[str] = frozenset()
    """The roles whose rules the controller wrote; it empties them when their selectors match nothing."""
    problems: tuple[str, ...] = ()
    """The aggregationRules that the controller could not read; their roles keep the rules that they have."""
