"""Pods that API servers after 1.24 refuse regardless of policies: gaps that no engine can close.

Source: pkg/apis/core/validation/validation.go (ValidateHostSysctl), since 1.29; the sysctls of each namespace
from k8s.io/component-helpers/node/util/sysctl/namespace.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from rbacpsp.migration.controls import Forbidden, PolicyControls, SysctlNames
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.workloads import Workloads

_OF_HOST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hostNetwork": ("the host's network", ("net.",)),
    "hostIPC": ("the host's IPC", ("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.")),
}
"""For each field, what it shares, and how the sysctls begin that a server then refuses."""


def later_refusals(policies: Iterable[PolicyControls], workloads: Workloads) -> Iterator[Gap]:
    """A gap for each policy that takes pods which set a sysctl of what they share with the host."""
    for policy in policies:
        forbidden = {control.field for control in policy.controls if isinstance(control, Forbidden)}
        sysctls = next((each for each in policy.controls if isinstance(each, SysctlNames)), None)
        for field, (what, prefixes) in _OF_HOST.items():
            if field not in forbidden and any(_may_set(sysctls, prefix) for prefix in prefixes):
                named = ", ".join(f"{prefix}*" for prefix in prefixes)
                yield Gap(
                    policy.name,
                    field,
                    "stricter",
                    f"a pod that shares {what} and sets a sysctl of it ({named}) is refused by the API server"
                    " itself since 1.29",
                    partial(workloads.where_pod, policy.name, partial(_sets, field, prefixes)),
                )


def _sets(field: str, prefixes: tuple[str, ...], spec: Mapping[str, Any]) -> bool:
    sysctls = (spec.get("securityContext") or {}).get("sysctls") or ()
    return bool(spec.get(field)) and any(sysctl.get("name", "").startswith(prefixes) for sysctl in sysctls)


def _may_set(control: SysctlNames | None, prefix: str) -> bool:
    """Whether some sysctl that begins so is allowed; without a control all are."""
    if control is None:
        return True
    return any(
        not any(_covers(forbidden, both) for forbidden in control.forbidden)
        for pattern in (*control.safe, *control.allowed_unsafe)
        if (both := _common(pattern, prefix)) is not None
    )


def _common(pattern: str, prefix: str) -> str | None:
    """The sysctl, or how the sysctls begin, that a pattern allows of those with a prefix; None for none."""
    if not pattern.endswith("*"):
        return pattern if pattern.startswith(prefix) else None
    stem = pattern[:-1]
    if stem.startswith(prefix):
        return stem
    return prefix if prefix.startswith(stem) else None


def _covers(forbidden: str, start: str) -> bool:
    """Whether a forbidden pattern leaves nothing of what begins so."""
    return start.startswith(forbidden[:-1]) if forbidden.endswith("*") else start == forbidden
