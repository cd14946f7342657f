"""The default /proc masks are set up to reduce attack surface, and should be required.

**Restricted Fields:** spec.containers[*].securityContext.procMount, and the same in initContainers and
ephemeralContainers

**Allowed Values:** undefined, Default; since 1.35 any value in a pod with a user namespace of its own
(hostUsers: false)

Source: k8s.io/pod-security-admission policy/check_procMount_baseline.go, 0.37. From 1.31 to 1.34 the
relaxation needs a feature gate that is off by default (UserNamespacesPodSecurityStandards), so it is not part
of those servers.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    container_fields,
)
from rbacpsp.pss.checks.words import containers_text, join_quote
from rbacpsp.pss.levels import BASELINE


def proc_mount_1_0(pod: CheckedPod) -> Forbidden | None:
    """Every container has the default masks."""
    bad = [
        (path, container.name, container.security_context.proc_mount)
        for path, container in pod.containers
        if container.security_context is not None
        and container.security_context.proc_mount is not None
        and container.security_context.proc_mount != "Default"
    ]
    if not bad:
        return None
    values = sorted({value for _, _, value in bad})
    return Forbidden(
        "procMount",
        f"{containers_text([name for _, name, _ in bad])} must not set securityContext.procMount to"
        f" {join_quote(values)}",
        tuple(f"{path}.securityContext.procMount" for path, _, _ in bad),
    )


def proc_mount_1_35(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods that have a user namespace of their own."""
    return None if pod.in_user_namespace else proc_mount_1_0(pod)


FIELDS = container_fields("securityContext.procMount")

CHECK = PodSecurityCheck(
    id="procMount",
    level=BASELINE,
    demand="The default /proc masks are set up to reduce attack surface, and should be required.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=proc_mount_1_0,
            restrictions=(Restriction(FIELDS, ("undefined", "Default")),),
        ),
        CheckRule(
            since=Version(1, 35),
            check_pod=proc_mount_1_35,
            restrictions=(
                Restriction(FIELDS, ("undefined", "Default", "any value when spec.hostUsers is false")),
            ),
        ),
    ),
)
