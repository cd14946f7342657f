"""The level of the Pod Security Standards that a policy enforces, and the fields that prevent a higher one.

A policy has a level if each of its fields is at least as strict as the level requires. Source: "Mapping
PodSecurityPolicies to Pod Security Standards" of the Kubernetes documentation, compared with the checks of
`rbacpsp.pss.checks`.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.psp.strategies import apparmor, groups, seccomp
from rbacpsp.pss.checks.capabilities_baseline import ALLOWED as BASELINE_CAPABILITIES
from rbacpsp.pss.checks.se_linux_options import TYPES_1_31
from rbacpsp.pss.checks.sysctls import SAFE_1_37
from rbacpsp.pss.levels import BASELINE, PRIVILEGED, RESTRICTED, Level

_ALL = "*"
RESTRICTED_VOLUMES = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
RESTRICTED_CAPABILITIES = ("NET_BIND_SERVICE",)
PROFILES = frozenset({"seLinux", apparmor.ALLOWED_KEY, seccomp.ALLOWED_KEY})
"""Fields about profiles of the node's kernel: the official policies leave some of them open, too."""


class LevelBlocker(NamedTuple):
    """A field of a policy that demands less than a level."""

    level: Level
    field: str
    why: str


class LevelOfPolicy(NamedTuple):
    """How strict a policy is, measured by the standards."""

    policy: str
    level: Level
    """The strictest level whose requirements it has, except for the profiles of the node's kernel.

    These are SELinux's, AppArmor's and seccomp's, which the official policies leave open in part.
    """
    exact: Level
    """The strictest level including these profiles."""
    blockers: tuple[LevelBlocker, ...]
    """The fields that keep it from stricter levels."""


Demand = tuple[Level, str, Callable[[PodSecurityPolicy], str]]
"""A level, a field, and why the field demands too little; empty where it demands enough."""


def level_of(policy: PodSecurityPolicy) -> LevelOfPolicy:
    """The level of a policy."""
    blockers = tuple(
        LevelBlocker(level, field, why) for level, field, find in DEMANDS if (why := find(policy))
    )
    but_for_profiles = tuple(blocker for blocker in blockers if blocker.field not in PROFILES)
    return LevelOfPolicy(policy.name, strictest(but_for_profiles), strictest(blockers), blockers)


def strictest(blockers: tuple[LevelBlocker, ...]) -> Level:
    """The strictest level that nothing blocks."""
    blocked = {blocker.level for blocker in blockers}
    if BASELINE in blocked:
        return PRIVILEGED
    return BASELINE if RESTRICTED in blocked else RESTRICTED


def _flag(attribute: str, field: str) -> Demand:
    return BASELINE, field, lambda policy: "it is allowed" if getattr(policy.spec, attribute) else ""


def _host_ports(policy: PodSecurityPolicy) -> str:
    return "ports of the host are allowed" if any(span.max > 0 for span in policy.spec.host_ports) else ""


def _host_path(policy: PodSecurityPolicy) -> str:
    return "hostPath is allowed" if {"hostPath", _ALL} & set(policy.spec.volumes) else ""


def _volumes(policy: PodSecurityPolicy) -> str:
    return listed("allowed too: ", set(policy.spec.volumes) - RESTRICTED_VOLUMES - {"none"})


def _capabilities(policy: PodSecurityPolicy, allowed: tuple[str, ...]) -> str:
    return listed("may be added: ", set(policy.spec.allowed_capabilities) - set(allowed))


def _added(policy: PodSecurityPolicy, allowed: tuple[str, ...]) -> str:
    return listed("are added: ", set(policy.spec.default_add_capabilities) - set(allowed))


def listed(words: str, names: set[str]) -> str:
    """The words followed by the names; an empty string if there are no names."""
    return f"{words}{', '.join(sorted(names))}" if names else ""


def _selinux(policy: PodSecurityPolicy) -> str:
    strategy = policy.spec.se_linux
    options = strategy.se_linux_options
    if strategy.rule != "MustRunAs" or options is None:
        return "any SELinux labels are allowed"
    if options.user or options.role or options.type not in TYPES_1_31:
        return "the labels set a user, a role or another type than those of containers"
    return ""


def _proc_mounts(policy: PodSecurityPolicy) -> str:
    return "Unmasked is allowed" if set(policy.spec.allowed_proc_mount_types) - {"Default"} else ""


def _names(policy: PodSecurityPolicy, key: str) -> set[str] | None:
    text = policy.metadata.annotations.get(key)
    return None if text is None else set(text.split(","))


def _apparmor(policy: PodSecurityPolicy) -> str:
    names = _names(policy, apparmor.ALLOWED_KEY)
    if names is None:
        return "any AppArmor profile is allowed, unconfined too"
    return "unconfined is allowed" if "unconfined" in names else ""


def _seccomp(policy: PodSecurityPolicy) -> str:
    names = _names(policy, seccomp.ALLOWED_KEY) or set()
    return "unconfined is allowed" if {_ALL, "unconfined"} & names else ""


def _seccomp_required(policy: PodSecurityPolicy) -> str:
    names = _names(policy, seccomp.ALLOWED_KEY) or set()
    if not names - {""}:
        return "no profile is required"
    return "none or any is allowed" if {"", _ALL, "unconfined"} & names else ""


def _sysctls(policy: PodSecurityPolicy) -> str:
    return listed("allowed too: ", set(policy.spec.allowed_unsafe_sysctls) - set(SAFE_1_37))


def _escalation(policy: PodSecurityPolicy) -> str:
    return "privilege escalation is allowed" if policy.spec.allow_privilege_escalation else ""


def _users(policy: PodSecurityPolicy) -> str:
    strategy = policy.spec.run_as_user
    if strategy.rule == "MustRunAsNonRoot":
        return ""
    if strategy.rule == groups.MustRunAs.rule and all(span.min > 0 for span in strategy.ranges):
        return ""
    return "root is allowed"


def _drops(policy: PodSecurityPolicy) -> str:
    return "" if "ALL" in policy.spec.required_drop_capabilities else "ALL need not be dropped"


DEMANDS: tuple[Demand, ...] = (
    _flag("privileged", "privileged"),
    _flag("host_network", "hostNetwork"),
    _flag("host_pid", "hostPID"),
    _flag("host_ipc", "hostIPC"),
    (BASELINE, "hostPorts", _host_ports),
    (BASELINE, "volumes", _host_path),
    (BASELINE, "allowedCapabilities", lambda policy: _capabilities(policy, BASELINE_CAPABILITIES)),
    (BASELINE, "defaultAddCapabilities", lambda policy: _added(policy, BASELINE_CAPABILITIES)),
    (BASELINE, "seLinux", _selinux),
    (BASELINE, "allowedProcMountTypes", _proc_mounts),
    (BASELINE, apparmor.ALLOWED_KEY, _apparmor),
    (BASELINE, seccomp.ALLOWED_KEY, _seccomp),
    (BASELINE, "allowedUnsafeSysctls", _sysctls),
    (RESTRICTED, "volumes", _volumes),
    (RESTRICTED, "allowPrivilegeEscalation", _escalation),
    (RESTRICTED, "runAsUser", _users),
    (RESTRICTED, "requiredDropCapabilities", _drops),
    (RESTRICTED, "allowedCapabilities", lambda policy: _capabilities(policy, RESTRICTED_CAPABILITIES)),
    (RESTRICTED, "defaultAddCapabilities", lambda policy: _added(policy, RESTRICTED_CAPABILITIES)),
    (RESTRICTED, seccomp.ALLOWED_KEY, _seccomp_required),
)
"""Every demand of the two levels that PodSecurityPolicy has a field for."""


def demands_more(policy: PodSecurityPolicy, level: Level) -> Iterator[LevelBlocker]:
    """The fields for which a level refuses pods that the policy admits."""
    wanted = {BASELINE: {BASELINE}, RESTRICTED: {BASELINE, RESTRICTED}}.get(level, set())
    return (blocker for blocker in level_of(policy).blockers if blocker.level in wanted)
