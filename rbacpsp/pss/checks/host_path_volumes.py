"""HostPath volumes must be forbidden.

**Restricted Fields:** spec.volumes[*].hostPath

**Allowed Values:** undefined

Source: k8s.io/pod-security-admission policy/check_hostPathVolumes.go, 0.37.
"""

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import CheckedPod, CheckRule, Forbidden, PodSecurityCheck, Restriction
from rbacpsp.pss.checks.words import join_quote, pluralize
from rbacpsp.pss.levels import BASELINE


def host_path_volumes_1_0(pod: CheckedPod) -> Forbidden | None:
    """No volume is a path of the host."""
    bad = [(i, volume.name) for i, volume in enumerate(pod.spec.volumes) if volume.host_path is not None]
    if not bad:
        return None
    return Forbidden(
        "hostPath volumes",
        f"{pluralize('volume', bad)} {join_quote(name for _, name in bad)}",
        tuple(f"spec.volumes[{i}].hostPath" for i, _ in bad),
    )


CHECK = PodSecurityCheck(
    id="hostPathVolumes",
    level=BASELINE,
    demand="HostPath volumes must be forbidden.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=host_path_volumes_1_0,
            restrictions=(Restriction(("spec.volumes[*].hostPath",), ("undefined",)),),
        ),
    ),
)
