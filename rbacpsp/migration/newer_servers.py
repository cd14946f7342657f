"""Pods that API servers after 1.24 refuse regardless of policies: gaps that no engine can close.

Source: pkg/apis/core/validation/validation.go (ValidateHostSysctl), since 1.29; the sysctls of each namespace
from k8s.io/component-helpers/node/util/sysctl/namespace.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from rbacpsp.migration.controls import ForbiddenField, PolicyControls, SysctlNames
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.workloads import AffectedWorkloads

_OF_HOST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hostNetwork": ("the host's network", ("net.",)),
    "hostIPC": ("the host's IPC", ("kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue.")),
}
"""For each field, what it shares with the host, and the prefixes of sysctls that a server then refuses."""


def newer_server_gaps(policies: Iterable[PolicyControls], workloads: AffectedWorkloads) -> Iterator[Gap]:
    """A gap for each policy that admits pods which share a namespace with the host and set a sysctl of it."""
    for policy in policies:
        forbidden = {control.field for control in policy.controls if isinstance(control, ForbiddenField)}
        sysctls = next((control for control in policy.controls if isinstance(control, SysctlNames)), None)
        for field, (shared_namespace, prefixes) in _OF_HOST.items():
            if field not in forbidden and any(_may_set(sysctls, prefix) for prefix in prefixes):
                sysctl_patterns = ", ".join(f"{prefix}*" for prefix in prefixes)
                yield Gap(
                    policy.name,
                    field,
                    "stricter",
                    f"a pod that shares {shared_namespace} and sets a sysctl of it ({sysctl_patterns}) is"
                    " refused by the API server itself since 1.29",
                    partial(workloads.where_pod, policy.name, partial(_sets, field, prefixes)),
                )


def _sets(field: str, prefixes: tuple[str, ...], spec: Mapping[str, Any]) -> bool:
    sysctls = (spec.get("securityContext") or {}).get("sysctls") or ()
    return bool(spec.get(field)) and any(sysctl.get("name", "").startswith(prefixes) for sysctl in sysctls)


def _may_set(control: SysctlNames | None, prefix: str) -> bool:
    """Whether some sysctl with the prefix is allowed; without a control, all are."""
    if control is None:
        return True
    return any(
        not any(_covers(forbidden, common) for forbidden in control.forbidden)
        for pattern in (*control.safe, *control.allowed_unsafe)
        if (common := _common(pattern, prefix)) is not None
    )


def _common(pattern: str, prefix: str) -> str | None:
    """The sysctl, or the longer of the two prefixes, that a pattern and a prefix both match; None if none."""
    if not pattern.endswith("*"):
        return pattern if pattern.startswith(prefix) else None
    stem = pattern[:-1]
    if stem.startswith(prefix):
        return stem
    return prefix if prefix.startswith(stem) else None


def _covers(forbidden: str, start: str) -> bool:
    """Whether a forbidden pattern covers every sysctl with a prefix."""
    return start.startswith(forbidden[:-1]) if forbidden.endswith("*") else start == forbidden
