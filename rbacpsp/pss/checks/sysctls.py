"""Sysctls can disable security mechanisms or affect a whole host: only a "safe" subset is allowed.

A sysctl is safe when it is namespaced in the container or the pod, and isolated from other pods or
processes of the node.

**Restricted Fields:** spec.securityContext.sysctls[*].name

**Allowed Values:** undefined, kernel.shm_rmid_forced, net.ipv4.ip_local_port_range,
net.ipv4.tcp_syncookies, net.ipv4.ping_group_range, net.ipv4.ip_unprivileged_port_start; since 1.27
net.ipv4.ip_local_reserved_ports; since 1.29 net.ipv4.tcp_keepalive_time, net.ipv4.tcp_fin_timeout,
net.ipv4.tcp_keepalive_intvl, net.ipv4.tcp_keepalive_probes; since 1.32 net.ipv4.tcp_rmem,
net.ipv4.tcp_wmem; since 1.37 net.ipv4.tcp_slow_start_after_idle, net.ipv4.tcp_notsent_lowat

Source: k8s.io/pod-security-admission policy/check_sysctls.go, 0.37.
"""

from functools import partial

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import CheckedPod, CheckRule, Forbidden, PodSecurityCheck, Restriction
from rbacpsp.pss.levels import BASELINE

SAFE_1_0 = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
)
SAFE_1_27 = (*SAFE_1_0, "net.ipv4.ip_local_reserved_ports")
SAFE_1_29 = (
    *SAFE_1_27,
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
)
SAFE_1_32 = (*SAFE_1_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem")
SAFE_1_37 = (*SAFE_1_32, "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat")


def sysctls(pod: CheckedPod, safe: tuple[str, ...]) -> Forbidden | None:
    """Only safe sysctls are set; the others are listed in the pod's order, with repetitions."""
    context = pod.spec.security_context
    if context is None or not context.sysctls:
        return None
    bad = [(i, sysctl.name) for i, sysctl in enumerate(context.sysctls) if sysctl.name not in safe]
    if not bad:
        return None
    return Forbidden(
        "forbidden sysctls",
        ", ".join(name for _, name in bad),
        tuple(f"spec.securityContext.sysctls[{i}].name" for i, _ in bad),
    )


def _rule(since: Version, safe: tuple[str, ...]) -> CheckRule:
    restriction = Restriction(("spec.securityContext.sysctls[*].name",), ("undefined", *safe))
    return CheckRule(since=since, check_pod=partial(sysctls, safe=safe), restrictions=(restriction,))


CHECK = PodSecurityCheck(
    id="sysctls",
    level=BASELINE,
    demand="Sysctls can disable security mechanisms or affect a whole host: only safe ones are allowed.",
    rules=(
        _rule(Version(1, 0), SAFE_1_0),
        _rule(Version(1, 27), SAFE_1_27),
        _rule(Version(1, 29), SAFE_1_29),
        _rule(Version(1, 32), SAFE_1_32),
        _rule(Version(1, 37), SAFE_1_37),
    ),
)
