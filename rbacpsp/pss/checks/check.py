"""Defines what a check consists of: data, and one pure function for each version of its rule.

Source: k8s.io/pod-security-admission policy/checks.go and policy/visitor.go, 0.37.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct

from rbacpsp.model.pod import Container, PodSpec
from rbacpsp.model.version import Version
from rbacpsp.pss.levels import OLDEST_SERVER, Level

CONTAINERS = ("spec.containers[*]", "spec.initContainers[*]", "spec.ephemeralContainers[*]")


def container_fields(*fields: str) -> tuple[str, ...]:
    """The paths of fields in the containers of all three lists."""
    return tuple(f"{containers}.{name}" for name in fields for containers in CONTAINERS)


def context_fields(*fields: str) -> tuple[str, ...]:
    """The paths of fields in the security contexts of the pod and of its containers."""
    return tuple(f"{holder}.securityContext.{name}" for name in fields for holder in ("spec", *CONTAINERS))


class PlacedContainer(NamedTuple):
    """A container and its path in the pod, for example `spec.containers[0]`."""

    path: str
    container: Container


class CheckedPod:
    """A pod as the checks see it: its annotations, its spec, and all its containers in upstream's order."""

    __slots__ = ("annotations", "containers", "spec")

    def __init__(self, annotations: Mapping[str, str], spec: PodSpec) -> None:
        self.annotations = annotations
        self.spec = spec
        containers = [
            PlacedContainer(f"spec.containers[{i}]", container) for i, container in enumerate(spec.containers)
        ]
        if spec.init_containers:
            containers[:0] = [
                PlacedContainer(f"spec.initContainers[{i}]", container)
                for i, container in enumerate(spec.init_containers)
            ]
        if spec.ephemeral_containers:
            containers += [
                PlacedContainer(f"spec.ephemeralContainers[{i}]", container)
                for i, container in enumerate(spec.ephemeral_containers)
            ]
        self.containers: tuple[PlacedContainer, ...] = tuple(containers)

    @property
    def on_windows(self) -> bool:
        """Whether `spec.os.name` is `windows`."""
        return self.spec.os is not None and self.spec.os.name == "windows"

    @property
    def in_user_namespace(self) -> bool:
        """Whether the pod has its own user namespace (`hostUsers: false`)."""
        return self.spec.host_users is False


class Forbidden(NamedTuple):
    """Why a rule refuses a pod."""

    reason: str
    """Short; the same for all pods that violate the rule in the same way."""
    detail: str
    """What is wrong in this pod, without the reason."""
    fields: tuple[str, ...]
    """The paths of the fields at fault, or of those that are missing."""


CheckPod = Callable[[CheckedPod], Forbidden | None]


class Restriction(NamedTuple):
    """Fields and their allowed values, as the Pod Security Standards word them."""

    fields: tuple[str, ...]
    allowed: tuple[str, ...]


def but_on_windows(restrictions: tuple[Restriction, ...]) -> tuple[Restriction, ...]:
    """Restrictions that pods for Windows need not meet."""
    return tuple(
        Restriction(fields, (*allowed, "any value when spec.os.name is windows"))
        for fields, allowed in restrictions
    )


class CheckRule(Struct, frozen=True):
    """One version of a check."""

    since: Version
    """The first policy version with this rule."""
    check_pod: CheckPod
    restrictions: tuple[Restriction, ...]
    overrides: tuple[str, ...] = ()
    """The baseline checks that this rule replaces at the restricted level."""
    server: Version = OLDEST_SERVER
    """The first server version with this rule: some servers changed a rule within policy versions."""


class PodSecurityCheck(Struct, frozen=True):
    """A control of the Pod Security Standards with every version of its rule."""

    id: str
    level: Level
    demand: str
    """The requirement, in one sentence of the specification."""
    rules: tuple[CheckRule, ...]

    def rule_for(self, policy: Version, server: Version) -> CheckRule | None:
        """The rule that a server applies at a policy version, if the check is part of that version."""
        fitting = [rule for rule in self.rules if rule.since <= policy and rule.server <= server]
        return fitting[-1] if fitting else None
