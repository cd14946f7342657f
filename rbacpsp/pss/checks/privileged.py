"""Privileged containers disable most security mechanisms and must be disallowed.

**Restricted Fields:** spec.containers[*].securityContext.privileged, and the same in initContainers and
ephemeralContainers

**Allowed Values:** undefined, false

Source: k8s.io/pod-security-admission policy/check_privileged.go, 0.37.
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
from rbacpsp.pss.checks.words import containers_text
from rbacpsp.pss.levels import BASELINE


def privileged_1_0(pod: CheckedPod) -> Forbidden | None:
    """No container may be privileged."""
    bad = [
        (path, container.name)
        for path, container in pod.containers
        if container.security_context is not None and container.security_context.privileged
    ]
    if not bad:
        return None
    return Forbidden(
        "privileged",
        f"{containers_text([name for _, name in bad])} must not set securityContext.privileged=true",
        tuple(f"{path}.securityContext.privileged" for path, _ in bad),
    )


CHECK = PodSecurityCheck(
    id="privileged",
    level=BASELINE,
    demand="Privileged containers disable most security mechanisms and must be disallowed.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=privileged_1_0,
            restrictions=(
                Restriction(container_fields("securityContext.privileged"), ("undefined", "false")),
            ),
        ),
    ),
)
