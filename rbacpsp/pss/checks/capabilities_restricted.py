"""Containers must drop ALL capabilities, and may only add NET_BIND_SERVICE.

Since 1.25 pods for Windows (spec.os.name) are not checked.

**Restricted Fields:** spec.containers[*].securityContext.capabilities.drop, and the same in initContainers
and ephemeralContainers

**Allowed Values:** any list that includes ALL

**Restricted Fields:** spec.containers[*].securityContext.capabilities.add, and the same in initContainers
and ephemeralContainers

**Allowed Values:** undefined, NET_BIND_SERVICE

Source: k8s.io/pod-security-admission policy/check_capabilities_restricted.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks import capabilities_baseline
from rbacpsp.pss.checks.capabilities_baseline import added_beyond, added_fields, added_text
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


def capabilities_restricted_1_22(pod: CheckedPod) -> Forbidden | None:
    """Every container drops ALL and adds at most NET_BIND_SERVICE."""
    keeping = [
        placed
        for placed in pod.containers
        if placed.container.security_context is None
        or placed.container.security_context.capabilities is None
        or "ALL" not in placed.container.security_context.capabilities.drop
    ]
    added = added_beyond(pod, ("NET_BIND_SERVICE",))
    if not keeping and not added:
        return None
    details = []
    if keeping:
        names = [container.name for _, container in keeping]
        details.append(f'{containers_text(names)} must set securityContext.capabilities.drop=["ALL"]')
    if added:
        details.append(added_text(added))
    fields = tuple(f"{path}.securityContext.capabilities.drop" for path, _ in keeping)
    return Forbidden("unrestricted capabilities", "; ".join(details), (*fields, *added_fields(added)))


def capabilities_restricted_1_25(pod: CheckedPod) -> Forbidden | None:
    """As before, except for pods for Windows, which cannot set capabilities."""
    return None if pod.on_windows else capabilities_restricted_1_22(pod)


_RESTRICTIONS = (
    Restriction(container_fields("securityContext.capabilities.drop"), ("any list that includes ALL",)),
    Restriction(capabilities_baseline.FIELDS, ("undefined", "NET_BIND_SERVICE")),
)
_OVERRIDES = (capabilities_baseline.CHECK.id,)

CHECK = PodSecurityCheck(
    id="capabilities_restricted",
    level=RESTRICTED,
    demand="Containers must drop ALL capabilities, and may only add NET_BIND_SERVICE.",
    rules=(
        CheckRule(
            since=Version(1, 22),
            check_pod=capabilities_restricted_1_22,
            restrictions=_RESTRICTIONS,
            overrides=_OVERRIDES,
        ),
        CheckRule(
            since=Version(1, 25),
            check_pod=capabilities_restricted_1_25,
            restrictions=but_on_windows(_RESTRICTIONS),
            overrides=_OVERRIDES,
        ),
    ),
)
