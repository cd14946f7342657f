"""The host field in probes and lifecycle handlers must be disallowed.

**Restricted Fields:** host of httpGet and tcpSocket in livenessProbe, readinessProbe, startupProbe,
lifecycle.postStart and lifecycle.preStop of spec.containers[*], spec.initContainers[*] and
spec.ephemeralContainers[*]

**Allowed Values:** undefined, ""

Source: k8s.io/pod-security-admission policy/check_hostProbesAndhostLifecycle.go, 0.37.
"""

from collections.abc import Iterator

from rbacpsp.model.pod import Container
from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    container_fields,
)
from rbacpsp.pss.checks.words import containers_text, join_quote, pluralize
from rbacpsp.pss.levels import BASELINE

_HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop")


def _hosts(container: Container) -> Iterator[tuple[str, str]]:
    """The hosts that a container's handlers name, with the path of each within the container."""
    lifecycle = container.lifecycle
    handlers = (
        container.liveness_probe,
        container.readiness_probe,
        container.startup_probe,
        lifecycle.post_start if lifecycle else None,
        lifecycle.pre_stop if lifecycle else None,
    )
    for name, handler in zip(_HANDLERS, handlers, strict=True):
        if handler is not None:
            if handler.http_get is not None and handler.http_get.host:
                yield f"{name}.httpGet.host", handler.http_get.host
            if handler.tcp_socket is not None and handler.tcp_socket.host:
                yield f"{name}.tcpSocket.host", handler.tcp_socket.host


def host_probes_and_host_lifecycle_1_34(pod: CheckedPod) -> Forbidden | None:
    """Probes and lifecycle handlers speak to the pod itself; containers and hosts are listed sorted."""
    bad = [
        (f"{path}.{field}", container.name, host)
        for path, container in pod.containers
        if container.liveness_probe
        or container.readiness_probe
        or container.startup_probe
        or container.lifecycle
        for field, host in _hosts(container)
    ]
    if not bad:
        return None
    names = sorted({name for _, name, _ in bad})
    hosts = sorted({host for _, _, host in bad})
    uses = "uses" if len(names) == 1 else "use"
    noun = pluralize("probe or lifecycle host", hosts)
    return Forbidden(
        "probe or lifecycle host",
        f"{containers_text(names)} {uses} {noun} {join_quote(hosts)}",
        tuple(field for field, _, _ in bad),
    )


CHECK = PodSecurityCheck(
    id="hostProbesAndHostLifecycle",
    level=BASELINE,
    demand="The host field in probes and lifecycle handlers must be disallowed.",
    rules=(
        CheckRule(
            since=Version(1, 34),
            check_pod=host_probes_and_host_lifecycle_1_34,
            restrictions=(
                Restriction(
                    container_fields(
                        *(
                            f"{handler}.{kind}.host"
                            for handler in _HANDLERS
                            for kind in ("httpGet", "tcpSocket")
                        )
                    ),
                    ("undefined", '""'),
                ),
            ),
        ),
    ),
)
