"""A seccomp profile must be set: the default profile of the runtime, or one of the node.

Since 1.25 pods for Windows (spec.os.name) are not checked.

**Restricted Fields:** spec.securityContext.seccompProfile.type, and the same in the securityContext of
containers, initContainers and ephemeralContainers

**Allowed Values:** RuntimeDefault, Localhost; undefined in a container when the pod's is set, and in the
pod when all its containers' are

Source: k8s.io/pod-security-admission policy/check_seccompProfile_restricted.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks import seccomp_profile_baseline
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    but_on_windows,
    context_fields,
)
from rbacpsp.pss.checks.seccomp_profile_baseline import TYPES, forbidden_types, sets_forbidden_type
from rbacpsp.pss.checks.setters import bad_setters
from rbacpsp.pss.checks.words import containers_text
from rbacpsp.pss.levels import RESTRICTED


def seccomp_profile_restricted_1_19(pod: CheckedPod) -> Forbidden | None:
    """Every container has an allowed profile, its own or the pod's; a forbidden one is named first."""
    setters = bad_setters(pod, sets_forbidden_type)
    if setters:
        return forbidden_types(pod, setters)
    if pod.spec.security_context is not None and pod.spec.security_context.seccomp_profile is not None:
        return None
    silent = [
        (path, container.name)
        for path, container in pod.containers
        if container.security_context is None or container.security_context.seccomp_profile is None
    ]
    if not silent:
        return None
    return Forbidden(
        "seccompProfile",
        f"pod or {containers_text([name for _, name in silent])} must set securityContext.seccompProfile.type"
        ' to "RuntimeDefault" or "Localhost"',
        tuple(f"{path}.securityContext.seccompProfile.type" for path, _ in silent),
    )


def seccomp_profile_restricted_1_25(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods for Windows, which cannot set the field."""
    return None if pod.on_windows else seccomp_profile_restricted_1_19(pod)


_RESTRICTIONS = (
    Restriction(
        context_fields("seccompProfile.type"),
        (
            *TYPES,
            "undefined in a container when the pod's is set, and in the pod when all its containers' are",
        ),
    ),
)
_OVERRIDES = (seccomp_profile_baseline.CHECK.id,)

CHECK = PodSecurityCheck(
    id="seccompProfile_restricted",
    level=RESTRICTED,
    demand="A seccomp profile must be set: the default profile of the runtime, or one of the node.",
    rules=(
        CheckRule(
            since=Version(1, 19),
            check_pod=seccomp_profile_restricted_1_19,
            restrictions=_RESTRICTIONS,
            overrides=_OVERRIDES,
        ),
        CheckRule(
            since=Version(1, 25),
            check_pod=seccomp_profile_restricted_1_25,
            restrictions=but_on_windows(_RESTRICTIONS),
            overrides=_OVERRIDES,
        ),
    ),
)
