"""Containers must be required to run as non-root users.

Since 1.35 pods with a user namespace of their own (hostUsers: false) are not checked.

**Restricted Fields:** spec.securityContext.runAsNonRoot, and the same in the securityContext of containers,
initContainers and ephemeralContainers

**Allowed Values:** true; undefined in a container when it is true for the pod

Source: k8s.io/pod-security-admission policy/check_runAsNonRoot.go, 0.37.
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
from rbacpsp.pss.checks.words import containers_text
from rbacpsp.pss.levels import RESTRICTED


def run_as_non_root_1_0(pod: CheckedPod) -> Forbidden | None:
    """Nothing sets false, and every container or else the pod sets true; false is reported first."""
    setters = bad_setters(pod, lambda context: context.run_as_non_root is False)
    if setters:
        return Forbidden(
            "runAsNonRoot != true",
            f"{setters.text} must not set securityContext.runAsNonRoot=false",
            setters.fields("runAsNonRoot"),
        )
    if pod.spec.security_context is not None and pod.spec.security_context.run_as_non_root:
        return None
    silent = [
        (path, container.name)
        for path, container in pod.containers
        if container.security_context is None or container.security_context.run_as_non_root is None
    ]
    if not silent:
        return None
    return Forbidden(
        "runAsNonRoot != true",
        f"pod or {containers_text([name for _, name in silent])} must set securityContext.runAsNonRoot=true",
        tuple(f"{path}.securityContext.runAsNonRoot" for path, _ in silent),
    )


def run_as_non_root_1_35(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods that have a user namespace of their own."""
    return None if pod.in_user_namespace else run_as_non_root_1_0(pod)


_FIELDS = context_fields("runAsNonRoot")
_ALLOWED = ("true", "undefined in a container when spec.securityContext.runAsNonRoot is true")

CHECK = PodSecurityCheck(
    id="runAsNonRoot",
    level=RESTRICTED,
    demand="Containers must be required to run as non-root users.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=run_as_non_root_1_0,
            restrictions=(Restriction(_FIELDS, _ALLOWED),),
        ),
        CheckRule(
            since=Version(1, 35),
            check_pod=run_as_non_root_1_35,
            restrictions=(Restriction(_FIELDS, (*_ALLOWED, "any value when spec.hostUsers is false")),),
        ),
    ),
)
