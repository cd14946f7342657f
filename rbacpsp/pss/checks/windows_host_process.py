"""HostProcess containers have privileged access to the Windows node and must be disallowed.

**Restricted Fields:** spec.securityContext.windowsOptions.hostProcess, and the same in the securityContext
of containers, initContainers and ephemeralContainers

**Allowed Values:** undefined, false

Source: k8s.io/pod-security-admission policy/check_windowsHostProcess.go, 0.37.
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
from rbacpsp.pss.levels import BASELINE


def windows_host_process_1_0(pod: CheckedPod) -> Forbidden | None:
    """Neither the pod nor a container is a HostProcess."""
    setters = bad_setters(
        pod,
        lambda context: context.windows_options is not None and bool(context.windows_options.host_process),
    )
    if not setters:
        return None
    return Forbidden(
        "hostProcess",
        f"{setters.text} must not set securityContext.windowsOptions.hostProcess=true",
        setters.fields("windowsOptions.hostProcess"),
    )


CHECK = PodSecurityCheck(
    id="windowsHostProcess",
    level=BASELINE,
    demand="HostProcess containers have privileged access to the Windows node and must be disallowed.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=windows_host_process_1_0,
            restrictions=(Restriction(context_fields("windowsOptions.hostProcess"), ("undefined", "false")),),
        ),
    ),
)
