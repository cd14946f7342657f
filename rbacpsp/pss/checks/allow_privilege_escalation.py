"""Processes must not be able to gain privileges, for example through set-user-ID files.

Since 1.25 pods for Windows (spec.os.name) are not checked.

**Restricted Fields:** spec.containers[*].securityContext.allowPrivilegeEscalation, and the same in
initContainers and ephemeralContainers

**Allowed Values:** false

Source: k8s.io/pod-security-admission policy/check_allowPrivilegeEscalation.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    but_on_windows,
    container_fields,
)
from rbacpsp.pss.checks.words import containers_text
from rbacpsp.pss.levels import RESTRICTED


def allow_privilege_escalation_1_8(pod: CheckedPod) -> Forbidden | None:
    """Every container sets allowPrivilegeEscalation to false."""
    bad = [
        (path, container.name)
        for path, container in pod.containers
        if container.security_context is None
        or container.security_context.allow_privilege_escalation is not False
    ]
    if not bad:
        return None
    return Forbidden(
        "allowPrivilegeEscalation != false",
        f"{containers_text([name for _, name in bad])} must set"
        " securityContext.allowPrivilegeEscalation=false",
        tuple(f"{path}.securityContext.allowPrivilegeEscalation" for path, _ in bad),
    )


def allow_privilege_escalation_1_25(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods for Windows, which cannot set the field."""
    return None if pod.on_windows else allow_privilege_escalation_1_8(pod)


_RESTRICTIONS = (Restriction(container_fields("securityContext.allowPrivilegeEscalation"), ("false",)),)

CHECK = PodSecurityCheck(
    id="allowPrivilegeEscalation",
    level=RESTRICTED,
    demand="Processes must not be able to gain privileges, for example through set-user-ID files.",
    rules=(
        CheckRule(since=Version(1, 8), check_pod=allow_privilege_escalation_1_8, restrictions=_RESTRICTIONS),
        CheckRule(
            since=Version(1, 25),
            check_pod=allow_privilege_escalation_1_25,
            restrictions=but_on_windows(_RESTRICTIONS),
        ),
    ),
)
