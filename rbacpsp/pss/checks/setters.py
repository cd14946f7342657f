"""Finds the pod and the containers that set a field of a security context to a forbidden value.

Seven checks use it. Upstream repeats the code in each (k8s.io/pod-security-admission policy/check_*.go,
0.37), with the same messages.
"""

from collections.abc import Callable
from typing import NamedTuple

from rbacpsp.model.pod import PodSecurityContext, SecurityContext
from rbacpsp.pss.checks.check import CheckedPod, PlacedContainer
from rbacpsp.pss.checks.words import containers_text

Context = PodSecurityContext | SecurityContext


class Setters(NamedTuple):
    """Whether the pod sets the forbidden value, and the containers that do."""

    pod: bool
    containers: tuple[PlacedContainer, ...]

    @property
    def text(self) -> str:
        """`pod`, `container "a"` or `pod and containers "a", "b"`."""
        setters = ["pod"] if self.pod else []
        if self.containers:
            setters.append(containers_text([container.name for _, container in self.containers]))
        return " and ".join(setters)

    def fields(self, field: str) -> tuple[str, ...]:
        """The paths of a field of the security contexts at fault."""
        pod = (f"spec.securityContext.{field}",) if self.pod else ()
        return (*pod, *(f"{path}.securityContext.{field}" for path, _ in self.containers))

    def contexts(self, pod: CheckedPod) -> "list[tuple[str, Context]]":
        """The security contexts at fault, with their paths."""
        contexts: list[tuple[str, Context]] = []
        if self.pod and pod.spec.security_context is not None:
            contexts.append(("spec.securityContext", pod.spec.security_context))
        for path, container in self.containers:
            if container.security_context is not None:
                contexts.append((f"{path}.securityContext", container.security_context))
        return contexts


def bad_setters(pod: CheckedPod, is_bad: Callable[[Context], bool]) -> Setters | None:
    """The pod or containers with a forbidden security context, or None."""
    pod_is_bad = pod.spec.security_context is not None and is_bad(pod.spec.security_context)
    containers = [
        placed
        for placed in pod.containers
        if placed.container.security_context is not None and is_bad(placed.container.security_context)
    ]
    return Setters(pod_is_bad, tuple(containers)) if pod_is_bad or containers else None
