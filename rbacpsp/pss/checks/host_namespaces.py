"""Sharing the host network, PID and IPC namespaces must be disallowed.

**Restricted Fields:** spec.hostNetwork, spec.hostPID, spec.hostIPC

**Allowed Values:** undefined, false

Source: k8s.io/pod-security-admission policy/check_hostNamespaces.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import CheckedPod, CheckRule, Forbidden, PodSecurityCheck, Restriction
from rbacpsp.pss.levels import BASELINE


def host_namespaces_1_0(pod: CheckedPod) -> Forbidden | None:
    """The pod has its own network, PID and IPC namespaces."""
    spec = pod.spec
    shared = [
        name
        for name, value in (
            ("hostNetwork", spec.host_network),
            ("hostPID", spec.host_pid),
            ("hostIPC", spec.host_ipc),
        )
        if value
    ]
    if not shared:
        return None
    return Forbidden(
        "host namespaces",
        ", ".join(f"{name}=true" for name in shared),
        tuple(f"spec.{name}" for name in shared),
    )


CHECK = PodSecurityCheck(
    id="hostNamespaces",
    level=BASELINE,
    demand="Sharing the host network, PID and IPC namespaces must be disallowed.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=host_namespaces_1_0,
            restrictions=(
                Restriction(("spec.hostNetwork", "spec.hostPID", "spec.hostIPC"), ("undefined", "false")),
            ),
        ),
    ),
)
