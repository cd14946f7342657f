"""Seccomp must not be switched off: where a profile is named, it is the runtime's default or one of the node.

Up to 1.18: **Restricted Fields:** metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"] and
metadata.annotations["container.seccomp.security.alpha.kubernetes.io/*"]

**Allowed Values:** undefined, runtime/default, docker/default, localhost/*

Since 1.19: **Restricted Fields:** spec.securityContext.seccompProfile.type, and the same in the
securityContext of containers, initContainers and ephemeralContainers

**Allowed Values:** undefined, RuntimeDefault, Localhost

Source: k8s.io/pod-security-admission policy/check_seccompProfile_baseline.go, 0.37.
"""

from rbacpsp.model.go import quote
from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    context_fields,
)
from rbacpsp.pss.checks.setters import Context, Setters, bad_setters
from rbacpsp.pss.checks.words import join_quote, pluralize
from rbacpsp.pss.levels import BASELINE

POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
CONTAINER_ANNOTATION_PREFIX = "container.seccomp.security.alpha.kubernetes.io/"
TYPES = ("RuntimeDefault", "Localhost")


def seccomp_profile_baseline_1_0(pod: CheckedPod) -> Forbidden | None:
    """The annotations of the pod and of its existing containers name only allowed profiles."""
    keys = {
        POD_ANNOTATION,
        *(f"{CONTAINER_ANNOTATION_PREFIX}{placed.container.name}" for placed in pod.containers),
    }
    bad = sorted(
        (f"{key}={quote(value)}", key)
        for key, value in pod.annotations.items()
        if key in keys
        and value not in {"runtime/default", "docker/default"}
        and not value.startswith("localhost/")
    )
    if not bad:
        return None
    return Forbidden(
        "seccompProfile",
        f"forbidden {pluralize('annotation', bad)} {', '.join(text for text, _ in bad)}",
        tuple(f"metadata.annotations[{key}]" for _, key in bad),
    )


def sets_forbidden_type(context: Context) -> bool:
    """Whether a security context names a profile that is not allowed."""
    return context.seccomp_profile is not None and context.seccomp_profile.type not in TYPES


def forbidden_types(pod: CheckedPod, setters: Setters) -> Forbidden:
    """The refusal of forbidden profiles, as both seccomp checks word it."""
    profiles = (context.seccomp_profile for _, context in setters.contexts(pod))
    values = sorted({profile.type for profile in profiles if profile is not None})
    return Forbidden(
        "seccompProfile",
        f"{setters.text} must not set securityContext.seccompProfile.type to {join_quote(values)}",
        setters.fields("seccompProfile.type"),
    )


def seccomp_profile_baseline_1_19(pod: CheckedPod) -> Forbidden | None:
    """The fields of the pod and its containers name only allowed profiles."""
    setters = bad_setters(pod, sets_forbidden_type)
    return forbidden_types(pod, setters) if setters else None


CHECK = PodSecurityCheck(
    id="seccompProfile_baseline",
    level=BASELINE,
    demand=(
        "Seccomp must not be switched off: only the default profile of the runtime and profiles of the node "
        "are allowed."
    ),
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=seccomp_profile_baseline_1_0,
            restrictions=(
                Restriction(
                    (
                        f'metadata.annotations["{POD_ANNOTATION}"]',
                        f'metadata.annotations["{CONTAINER_ANNOTATION_PREFIX}*"]',
                    ),
                    ("undefined", "runtime/default", "docker/default", "localhost/*"),
                ),
            ),
        ),
        CheckRule(
            since=Version(1, 19),
            check_pod=seccomp_profile_baseline_1_19,
            restrictions=(Restriction(context_fields("seccompProfile.type"), ("undefined", *TYPES)),),
        ),
    ),
)
