"""Which level of the Pod Security Standards constraints are, and which fields keep them from each.

Constraints have a level if every pod that they admit meets it in its stored form. Fields that constraints
never check do not count: procMount, AppArmor, Windows, and the hosts that probes and hooks name. Nor does a
container that runs as a non-root user and sets `runAsNonRoot: false`, which only MustRunAsNonRoot refuses.

`rbacpsp.scc.levels` computes the level that OpenShift's label synchronization gives to constraints.
"""

from collections.abc import Callable

from rbacpsp.apply.constraint_defaults import ALL, HOST_PATH, NONE
from rbacpsp.migration.level import (
    RESTRICTED_CAPABILITIES,
    RESTRICTED_VOLUMES,
    LevelBlocker,
    LevelOfPolicy,
    listed,
    strictest,
)
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.pss.checks.capabilities_baseline import ALLOWED as BASELINE_CAPABILITIES
from rbacpsp.pss.checks.se_linux_options import TYPES_1_31
from rbacpsp.pss.checks.sysctls import SAFE_1_37
from rbacpsp.pss.levels import BASELINE, RESTRICTED, Level

PROFILES = frozenset({"seLinuxContext", "seccompProfiles"})
"""Fields about profiles of the node's kernel, which count for the exact level only."""
_EVERY_CAPABILITY = "ALL"
_UNCONFINED = frozenset({ALL, "unconfined"})

Demand = tuple[Level, str, Callable[[SecurityContextConstraints], str]]
"""A level, a field, and why the field demands too little; empty where it demands enough."""


def level_of_constraints(constraint: SecurityContextConstraints) -> LevelOfPolicy:
    """The level of constraints that have their defaults."""
    blockers = tuple(
        LevelBlocker(level, field, why) for level, field, find in DEMANDS if (why := find(constraint))
    )
    but_for_profiles = tuple(blocker for blocker in blockers if blocker.field not in PROFILES)
    return LevelOfPolicy(constraint.name, strictest(but_for_profiles), strictest(blockers), blockers)


def _flag(attribute: str, field: str) -> Demand:
    return BASELINE, field, lambda constraint: "it is allowed" if getattr(constraint, attribute) else ""


def _host_path(constraint: SecurityContextConstraints) -> str:
    return "hostPath is allowed" if {HOST_PATH, ALL} & set(constraint.volumes or ()) else ""


def _volumes(constraint: SecurityContextConstraints) -> str:
    return listed("allowed too: ", set(constraint.volumes or ()) - RESTRICTED_VOLUMES - {NONE, "image"})


def _capabilities(constraint: SecurityContextConstraints, allowed: tuple[str, ...]) -> str:
    return listed("may be added: ", set(constraint.allowed_capabilities) - set(allowed))


def _added(constraint: SecurityContextConstraints, allowed: tuple[str, ...]) -> str:
    return listed("are added: ", set(constraint.default_add_capabilities) - set(allowed))


def _labels(constraint: SecurityContextConstraints) -> str:
    strategy = constraint.se_linux_context
    if strategy.type != "MustRunAs":
        return "any SELinux labels are allowed"
    options = strategy.se_linux_options
    if options is not None and (options.user or options.role or options.type not in TYPES_1_31):
        return "the labels set a user, a role or another type than those of containers"
    return ""


def _seccomp(constraint: SecurityContextConstraints) -> str:
    return "unconfined is allowed" if _UNCONFINED & set(constraint.seccomp_profiles) else ""


def _seccomp_required(constraint: SecurityContextConstraints) -> str:
    profiles = set(constraint.seccomp_profiles)
    if not profiles - {""}:
        return "no profile is required"
    return "none or any is allowed" if profiles & {"", *_UNCONFINED} else ""


def _sysctls(constraint: SecurityContextConstraints) -> str:
    return listed("allowed too: ", set(constraint.allowed_unsafe_sysctls) - set(SAFE_1_37))


def _escalation(constraint: SecurityContextConstraints) -> str:
    return "" if constraint.allow_privilege_escalation is False else "privilege escalation is allowed"


def _users(constraint: SecurityContextConstraints) -> str:
    """A range without bounds is the namespace's, and OpenShift never assigns root to a namespace."""
    strategy = constraint.run_as_user
    first = strategy.uid if strategy.type == "MustRunAs" else strategy.uid_range_min
    root = strategy.type == "RunAsAny" or (strategy.type != "MustRunAsNonRoot" and first == 0)
    return "root is allowed" if root else ""


def _drops(constraint: SecurityContextConstraints) -> str:
    dropped = _EVERY_CAPABILITY in constraint.required_drop_capabilities
    return "" if dropped else "ALL need not be dropped"


DEMANDS: tuple[Demand, ...] = (
    _flag("allow_privileged_container", "allowPrivilegedContainer"),
    _flag("allow_host_network", "allowHostNetwork"),
    _flag("allow_host_pid", "allowHostPID"),
    _flag("allow_host_ipc", "allowHostIPC"),
    _flag("allow_host_ports", "allowHostPorts"),
    (BASELINE, "volumes", _host_path),
    (BASELINE, "allowedCapabilities", lambda constraint: _capabilities(constraint, BASELINE_CAPABILITIES)),
    (BASELINE, "defaultAddCapabilities", lambda constraint: _added(constraint, BASELINE_CAPABILITIES)),
    (BASELINE, "seLinuxContext", _labels),
    (BASELINE, "seccompProfiles", _seccomp),
    (BASELINE, "allowedUnsafeSysctls", _sysctls),
    (RESTRICTED, "volumes", _volumes),
    (RESTRICTED, "allowPrivilegeEscalation", _escalation),
    (RESTRICTED, "runAsUser", _users),
    (RESTRICTED, "requiredDropCapabilities", _drops),
    (
        RESTRICTED,
        "allowedCapabilities",
        lambda constraint: _capabilities(constraint, RESTRICTED_CAPABILITIES),
    ),
    (RESTRICTED, "defaultAddCapabilities", lambda constraint: _added(constraint, RESTRICTED_CAPABILITIES)),
    (RESTRICTED, "seccompProfiles", _seccomp_required),
)
"""Every demand of the two levels that constraints have a field for."""
