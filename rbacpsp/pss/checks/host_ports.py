"""HostPorts must be forbidden.

**Restricted Fields:** spec.containers[*].ports[*].hostPort, and the same in initContainers and
ephemeralContainers

**Allowed Values:** undefined, 0

Source: k8s.io/pod-security-admission policy/check_hostPorts.go, 0.37.
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
from rbacpsp.pss.checks.words import containers_text, pluralize
from rbacpsp.pss.levels import BASELINE


def host_ports_1_0(pod: CheckedPod) -> Forbidden | None:
    """No container listens on a port of the host; the ports are listed in the order of their digits."""
    bad = [
        (path, container.name, i, port.host_port)
        for path, container in pod.containers
        for i, port in enumerate(container.ports)
        if port.host_port
    ]
    if not bad:
        return None
    names = list({path: name for path, name, _, _ in bad}.values())
    ports = sorted({str(number) for _, _, _, number in bad})
    uses = "uses" if len(names) == 1 else "use"
    return Forbidden(
        "hostPort",
        f"{containers_text(names)} {uses} {pluralize('hostPort', ports)} {', '.join(ports)}",
        tuple(f"{path}.ports[{i}].hostPort" for path, _, i, _ in bad),
    )


CHECK = PodSecurityCheck(
    id="hostPorts",
    level=BASELINE,
    demand="HostPorts must be forbidden.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=host_ports_1_0,
            restrictions=(Restriction(container_fields("ports[*].hostPort"), ("undefined", "0")),),
        ),
    ),
)
