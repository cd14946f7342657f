"""Gaps: differences between an engine and PodSecurityPolicy, with the workloads that they affect."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, Literal, NamedTuple

GapKind = Literal["weaker", "stricter", "mutation lost", "scope lost", "order lost"]
"""Pods pass that were refused; pods are refused that passed; a field is no longer filled in; a policy counts
for others than those who may use it; another policy than the first by name wins."""

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
    """One thing that is not as it was."""

    policy: str
    """The policy that it concerns; `*` for all of them."""
    field: str
    """The policy's field, as in its spec, or an annotation's key."""
    kind: GapKind
    detail: str
    """What is different, for which pods, and what can be done."""
    find: Callable[[], tuple[Workload, ...]] = dataclass_field(default=_nobody, compare=False, repr=False)
    """Finds those that it touches."""

    @cached_property
    def affected(self) -> tuple[Workload, ...]:
        """The workloads whose verdict or stored pods change; they are judged when this is asked."""
        return self.find()

    def as_json(self) -> dict[str, Any]:
        """The gap as `-o json` prints it."""
        return {
            "kind": self.kind,
            "policy": self.policy,
            "field": self.field,
            "detail": self.detail,
            "affects": [each._asdict() for each in self.affected],
        }

    @property
    def sentence(self) -> str:
        """The gap as a comment or an annotation says it."""
        whose = "all policies" if self.policy == EVERY_POLICY else self.policy
        return f"{self.kind}: {whose}, {self.field}: {self.detail}"


def weakens(gaps: Iterable[Gap]) -> bool:
    """Whether any pod passes that was refused."""
    return any(gap.kind in {"weaker", "scope lost"} for gap in gaps)
