"""Only capabilities of the default set may be added; NET_RAW is not one of them.

**Restricted Fields:** spec.containers[*].securityContext.capabilities.add, and the same in initContainers
and ephemeralContainers

**Allowed Values:** undefined, AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD,
NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT

Source: k8s.io/pod-security-admission policy/check_capabilities_baseline.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PlacedContainer,
    PodSecurityCheck,
    Restriction,
    container_fields,
)
from rbacpsp.pss.checks.words import containers_text, join_quote
from rbacpsp.pss.levels import BASELINE

ALLOWED = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
FIELDS = container_fields("securityContext.capabilities.add")


def added_beyond(pod: CheckedPod, allowed: tuple[str, ...]) -> list[tuple[PlacedContainer, int, str]]:
    """The capabilities that are added and not allowed: container, index in `add`, name."""
    return [
        (placed, i, capability)
        for placed in pod.containers
        if placed.container.security_context is not None
        and placed.container.security_context.capabilities is not None
        for i, capability in enumerate(placed.container.security_context.capabilities.add)
        if capability not in allowed
    ]


def added_text(added: list[tuple[PlacedContainer, int, str]]) -> str:
    """The detail of a refusal, in the wording of both capability checks."""
    names = list({placed.path: placed.container.name for placed, _, _ in added}.values())
    capabilities = sorted({capability for _, _, capability in added})
    return (
        f"{containers_text(names)} must not include {join_quote(capabilities)}"
        " in securityContext.capabilities.add"
    )


def added_fields(added: list[tuple[PlacedContainer, int, str]]) -> tuple[str, ...]:
    """The paths of the capabilities that are added and not allowed."""
    return tuple(f"{placed.path}.securityContext.capabilities.add[{i}]" for placed, i, _ in added)


def capabilities_baseline_1_0(pod: CheckedPod) -> Forbidden | None:
    """No container adds a capability that is not in the default set."""
    added = added_beyond(pod, ALLOWED)
    if not added:
        return None
    return Forbidden("non-default capabilities", added_text(added), added_fields(added))


CHECK = PodSecurityCheck(
    id="capabilities_baseline",
    level=BASELINE,
    demand="Only capabilities of the default set may be added; NET_RAW is not one of them.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=capabilities_baseline_1_0,
            restrictions=(Restriction(FIELDS, ("undefined", *ALLOWED)),),
        ),
    ),
)
