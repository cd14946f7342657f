"""Gaps: differences between an engine and PodSecurityPolicy, with the workloads that they affect."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, Literal, NamedTuple

GapKind = Literal["weaker", "stricter", "mutation lost", "scope lost", "order lost"]
"""In this order: pods are admitted that were refused; pods are refused that were admitted; a field is no
longer filled in; a policy applies to others than those who may use it; another policy than the first by name
wins."""

EVERY_POLICY = "*"


class Workload(NamedTuple):
    """A workload, or a pod without one."""

    kind: str
    namespace: str
    name: str


def _nobody() -> tuple[Workload, ...]:
    return ()


@dataclass(frozen=True, order=True)
class Gap:
    """One difference between an engine and PodSecurityPolicy."""

    policy: str
    """The policy that it concerns; `*` for all of them."""
    field: str
    """The policy's field, as in its spec, or an annotation's key."""
    kind: GapKind
    detail: str
    """The difference, the pods that it concerns, and a remedy if there is one."""
    find: Callable[[], tuple[Workload, ...]] = dataclass_field(default=_nobody, compare=False, repr=False)
    """Finds the workloads that it affects."""

    @cached_property
    def affected(self) -> tuple[Workload, ...]:
        """The workloads whose verdict or stored pods change; computed on the first access."""
        return self.find()

    def as_json(self) -> dict[str, Any]:
        """The gap as `-o json` prints it."""
        return {
            "kind": self.kind,
            "policy": self.policy,
            "field": self.field,
            "detail": self.detail,
            "affects": [workload._asdict() for workload in self.affected],
        }

    @property
    def sentence(self) -> str:
        """The gap as a comment or an annotation says it."""
        policy_name = "all policies" if self.policy == EVERY_POLICY else self.policy
        return f"{self.kind}: {policy_name}, {self.field}: {self.detail}"


def weakens(gaps: Iterable[Gap]) -> bool:
    """Whether any of the gaps lets pods pass that PodSecurityPolicy refused."""
    return any(gap.kind in {"weaker", "scope lost"} for gap in gaps)
