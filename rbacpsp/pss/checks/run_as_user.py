"""Containers must not set runAsUser to 0.

Since 1.35 pods with a user namespace of their own (hostUsers: false) are not checked.

**Restricted Fields:** spec.securityContext.runAsUser, and the same in the securityContext of containers,
initContainers and ephemeralContainers

**Allowed Values:** undefined, any non-zero value

Source: k8s.io/pod-security-admission policy/check_runAsUser.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    context_fields,
)
from rbacpsp.pss.checks.setters import bad_setters
from rbacpsp.pss.levels import RESTRICTED


def run_as_user_1_23(pod: CheckedPod) -> Forbidden | None:
    """Neither the pod nor a container sets runAsUser to 0."""
    setters = bad_setters(pod, lambda context: context.run_as_user == 0)
    if not setters:
        return None
    return Forbidden("runAsUser=0", f"{setters.text} must not set runAsUser=0", setters.fields("runAsUser"))


def run_as_user_1_35(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods that have a user namespace of their own."""
    return None if pod.in_user_namespace else run_as_user_1_23(pod)


_FIELDS = context_fields("runAsUser")
_ALLOWED = ("undefined", "any non-zero value")

CHECK = PodSecurityCheck(
    id="runAsUser",
    level=RESTRICTED,
    demand="Containers must not set runAsUser to 0.",
    rules=(
        CheckRule(
            since=Version(1, 23),
            check_pod=run_as_user_1_23,
            restrictions=(Restriction(_FIELDS, _ALLOWED),),
        ),
        CheckRule(
            since=Version(1, 35),
            check_pod=run_as_user_1_35,
            restrictions=(Restriction(_FIELDS, (*_ALLOWED, "any value when spec.hostUsers is false")),),
        ),
    ),
)
