"""The order in which constraints are tried: by priority, then the most restrictive first, then by name.

Points measure how permissive constraints are; they are compared one category after the other. Host
namespaces, groups, seccomp, sysctls, privilege escalation and user namespaces have no points.

Source: apiserver-library-go pkg/securitycontextconstraints/util/sort, release-4.21.
"""

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH, NONE
from rbacpsp.model.scc import SecurityContextConstraints

_PRIVILEGED, _HOST_PORTS, _HOST_NETWORK = 1_600_000, 800_000, 400_000
_HOST_VOLUMES, _OTHER_VOLUMES = 200_000, 100_000
_TRIVIAL = frozenset({"secret", "configMap", "emptyDir", "downwardAPI", "projected", NONE})
_RUN_AS = {"RunAsAny": 40_000, "MustRunAsNonRoot": 30_000, "MustRunAsRange": 20_000, "MustRunAs": 10_000}
_CAPABILITIES, _MOST_CAPABILITIES = 5_000, 9_999
_EVERY_CAPABILITY = "ALL"

_REASONS = (
    "forbids privileged",
    "forbids host ports",
    "forbids host networking",
    "forbids host volume mounts",
    "forbids non-trivial volume mounts",
    "permits less runAs strategies",
    "permits less capabilities",
)
"""The server's reason for fewer points in each category."""


def buckets(constraint: SecurityContextConstraints) -> tuple[int, ...]:
    """The points of defaulted constraints in each category."""
    volumes = set(constraint.volumes or ())
    host = bool(volumes & {ALL, HOST_PATH})
    return (
        _PRIVILEGED * constraint.allow_privileged_container,
        _HOST_PORTS * constraint.allow_host_ports,
        _HOST_NETWORK * constraint.allow_host_network,
        _HOST_VOLUMES * host,
        _OTHER_VOLUMES * (not host and bool(volumes - _TRIVIAL)),
        _RUN_AS.get(constraint.run_as_user.type, 0) + _RUN_AS.get(constraint.se_linux_context.type, 0),
        _capabilities(constraint),
    )


def points(constraint: SecurityContextConstraints) -> int:
    """How permissive defaulted constraints are."""
    return sum(buckets(constraint))


def order_key(constraint: SecurityContextConstraints) -> tuple[int, int, str]:
    """Sorts defaulted constraints as the server does."""
    return (-(constraint.priority or 0), points(constraint), constraint.name)


def why_before(chosen: SecurityContextConstraints, other: SecurityContextConstraints) -> str:
    """The server's reason why constraints come before others."""
    if (chosen.priority or 0) != (other.priority or 0):
        return "has higher priority"
    for reason, chosen_points, other_points in zip(_REASONS, buckets(chosen), buckets(other), strict=True):
        if chosen_points != other_points:
            return reason
    return "ordered by name"


def _capabilities(constraint: SecurityContextConstraints) -> int:
    allowed, dropped = constraint.allowed_capabilities, constraint.required_drop_capabilities
    number = _CAPABILITIES + 300 * len(constraint.default_add_capabilities)
    number += 4_000 if ALL in allowed or _has_every(allowed) else 10 * len(allowed)
    number -= 3_000 if _has_every(dropped) else 50 * len(dropped)
    return min(max(number, 0), _MOST_CAPABILITIES)


def _has_every(capabilities: tuple[str, ...]) -> bool:
    return any(name.upper() == _EVERY_CAPABILITY for name in capabilities)
