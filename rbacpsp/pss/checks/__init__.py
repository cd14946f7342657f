"""The checks of the Pod Security Standards: 12 of baseline, 7 of restricted, in one tuple.

A new version of a check is a new function next to the old one in the check's file, and a `CheckRule` at the
end of its `rules`; `rbacpsp.model.version.NEWEST` is raised. A new check is a new file and a line in
`CHECKS`. Old functions and rules are never edited, since a pinned version keeps its meaning.

Two versions select a rule. `since` is the policy version, which a label pins. `server` is for the few changes
that servers made within policy versions: AppArmor fields (1.30), messages about SELinux (1.26), image volumes
(1.33).

Source: k8s.io/pod-security-admission policy/registry.go, 0.37.
"""

from collections.abc import Sequence
from itertools import pairwise

from rbacpsp.model.argument_types import unknown_word
from rbacpsp.model.version import Version
from rbacpsp.pss.checks import (
    allow_privilege_escalation,
    app_armor_profile,
    capabilities_baseline,
    capabilities_restricted,
    host_namespaces,
    host_path_volumes,
    host_ports,
    host_probes_and_host_lifecycle,
    privileged,
    proc_mount,
    proc_mount_restricted,
    restricted_volumes,
    run_as_non_root,
    run_as_user,
    se_linux_options,
    seccomp_profile_baseline,
    seccomp_profile_restricted,
    sysctls,
    windows_host_process,
)
from rbacpsp.pss.checks.check import CheckedPod, CheckPod, CheckRule, Forbidden, PodSecurityCheck, Restriction
from rbacpsp.pss.levels import BASELINE, RESTRICTED, Level

Check = PodSecurityCheck
"""The earlier name of `PodSecurityCheck`, which still works."""

__all__ = [
    "CHECKS",
    "Check",
    "CheckPod",
    "CheckRule",
    "CheckedPod",
    "Forbidden",
    "PodSecurityCheck",
    "Restriction",
    "find_check",
    "validate",
]


def validate(checks: Sequence[PodSecurityCheck]) -> tuple[PodSecurityCheck, ...]:
    """The checks in the server's order: baseline, then restricted, by id in each.

    Raises:
        ValueError: An id appears twice, a level is not baseline or restricted, a check has no rule, its
            rules are not in strictly increasing order, or an override is not one of a restricted check over
            a baseline check.
    """
    levels: dict[str, Level] = {}
    for check in checks:
        if check.id in levels:
            raise ValueError(f"multiple checks registered for ID {check.id}")
        if check.level not in {BASELINE, RESTRICTED}:
            raise ValueError(f"check {check.id}: invalid level {check.level}")
        levels[check.id] = check.level
        if not check.rules:
            raise ValueError(f"check {check.id}: empty")
        order = [(rule.since, rule.server) for rule in check.rules]
        if any(earlier >= later for earlier, later in pairwise(order)):
            raise ValueError(f"check {check.id}: versions must be strictly increasing")
        if order[0][0] < Version(1, 0):
            raise ValueError(f"check {check.id}: there is no policy version before 1.0")
    for check in checks:
        for overridden in {name for rule in check.rules for name in rule.overrides}:
            if check.level != RESTRICTED:
                raise ValueError(f"check {check.id}: only restricted checks may set overrides")
            if levels.get(overridden) != BASELINE:
                raise ValueError(f"check {check.id}: overrides {overridden}, which is not a baseline check")
    return tuple(sorted(checks, key=lambda check: (check.level != BASELINE, check.id)))


CHECKS: tuple[PodSecurityCheck, ...] = validate(
    (
        allow_privilege_escalation.CHECK,
        app_armor_profile.CHECK,
        capabilities_baseline.CHECK,
        capabilities_restricted.CHECK,
        host_namespaces.CHECK,
        host_path_volumes.CHECK,
        host_ports.CHECK,
        host_probes_and_host_lifecycle.CHECK,
        privileged.CHECK,
        proc_mount.CHECK,
        proc_mount_restricted.CHECK,
        restricted_volumes.CHECK,
        run_as_non_root.CHECK,
        run_as_user.CHECK,
        se_linux_options.CHECK,
        seccomp_profile_baseline.CHECK,
        seccomp_profile_restricted.CHECK,
        sysctls.CHECK,
        windows_host_process.CHECK,
    )
)
"""Every check, in the order in which a server reports them."""


def find_check(name: str) -> PodSecurityCheck:
    """The check with an id; case is ignored.

    Raises:
        KeyError: There is no such check; the message names all of them.
    """
    for check in CHECKS:
        if check.id.lower() == name.lower():
            return check
    raise KeyError(unknown_word("check", name, (check.id for check in CHECKS)))
