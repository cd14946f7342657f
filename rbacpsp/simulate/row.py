"""One row of a simulation: a workload, or a pod without one, and the verdict of policies on its pods."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from rbacpsp.model import Manifest, User
from rbacpsp.model.result import one_line
from rbacpsp.psp import Admission
from rbacpsp.rbac import Grant
from rbacpsp.simulate.rulings import Ruling, RulingCache

Key = tuple[str, str, str]
"""(namespace, kind, name)."""


class Verdict(StrEnum):
    """The verdicts of rows, the worst first."""

    REFUSED = "refused"
    """No usable policy admits the pod, or another check refuses it."""
    UNBOUND = "unbound"
    """Neither the service account nor the creator may use any policy."""
    DRIFT = "drift"
    """A pod would get another policy than the recorded one if it were created now."""
    UNRECORDED = "unrecorded"
    """Admitted, but its pods have no recorded policy: policies were not enforced when they were created."""
    SAME = "same"
    """Every pod would get the recorded policy if it were created now."""
    NO_PODS = "no pods"
    """Its pods would be admitted, but it has none."""


_WORST_FIRST = tuple(Verdict)
REFUSALS = frozenset({Verdict.REFUSED, Verdict.UNBOUND})
"""The verdicts of pods that are not admitted."""


class RuledPods(NamedTuple):
    """Pods with the same ruling."""

    ruling: Ruling
    pods: tuple[Manifest, ...]

    @property
    def recorded(self) -> Counter[str]:
        """How many of the pods have each policy recorded; the empty name counts those without any."""
        record = self.ruling.record
        return Counter(pod.metadata.annotations.get(record, "") for pod in self.pods)

    @property
    def verdict(self) -> Verdict:
        """The answer to these pods."""
        admission = self.ruling.admission
        if not admission.allowed:
            unbound = admission.considered and not self.ruling.usable
            return Verdict.UNBOUND if unbound else Verdict.REFUSED
        if not self.pods:
            return Verdict.NO_PODS
        records = self.recorded.keys() - {""}
        if not records:
            return Verdict.UNRECORDED
        return Verdict.SAME if records == {admission.policy} else Verdict.DRIFT


@dataclass(frozen=True, repr=False)
class Row:
    """A workload, or a pod without one."""

    namespace: str
    kind: str
    """`Pod` for a pod without a workload."""
    name: str
    account: str
    """The service account that its pods run as; empty for mirror pods, which have none."""
    creator: User | None
    """The creator of its pods: a controller or a kubelet; None if unknown."""
    parts: tuple[RuledPods, ...]
    """Its pods by ruling, the worst first; several parts only if the workload was not loaded and its stored
    pods differ."""
    notes: tuple[str, ...]
    """Notes about it, one sentence each."""
    stored: bool
    """Whether its stored pods were simulated, instead of the pod of its template."""
    rulings: RulingCache

    def __repr__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        return one_line(f"<Row {self.title}{where}: {self.verdict}, {self.policy or 'no policy'}>")

    @property
    def key(self) -> Key:
        """The key of the row."""
        return (self.namespace, self.kind, self.name)

    @property
    def title(self) -> str:
        """Its name in kubectl's form, for example `deployment/web`."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def ruling(self) -> Ruling:
        """The ruling on its pods; the worst if there are several."""
        return self.parts[0].ruling

    @property
    def pods(self) -> tuple[Manifest, ...]:
        """Its pods that were loaded, by name."""
        return tuple(sorted((pod for part in self.parts for pod in part.pods), key=lambda pod: pod.name))

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that its pods would get, sorted; empty when all are refused."""
        return tuple(sorted({part.ruling.admission.policy or "" for part in self.parts} - {""}))

    @property
    def policy(self) -> str | None:
        """The policy that its pods would get, in the worst part; None when refused."""
        return self.ruling.admission.policy

    @cached_property
    def recorded(self) -> Mapping[str, int]:
        """How many of its pods have each policy recorded; the empty name counts pods without a record."""
        total: Counter[str] = Counter()
        for part in self.parts:
            total += part.recorded
        return dict(sorted(total.items()))

    @property
    def verdict(self) -> Verdict:
        """The verdict of the worst part."""
        return self.parts[0].verdict

    @property
    def refused(self) -> bool:
        """Whether any of its pods is refused."""
        return self.verdict in REFUSALS

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants of `use` of the winning policy to the service account or the creator."""
        winner = self.ruling.winner
        return () if winner is None else winner.grants

    @property
    def message(self) -> str | None:
        """The server's whole message when refused, else None; it names the first refused pod."""
        if self.stored:
            return self.ruling.message_for(self.parts[0].pods[0].name)
        return self.ruling.admission.message

    @cached_property
    def admission(self) -> Admission:
        """The whole answer to its first stored pod, or to the pod of its template."""
        if self.stored:
            return self.rulings.alone(self.ruling, self.parts[0].pods[0])
        return self.ruling.admission


def worst_first(parts: list[RuledPods]) -> tuple[RuledPods, ...]:
    """Parts in the order in which a row keeps them."""
    return tuple(
        sorted(
            parts,
            key=lambda part: (_WORST_FIRST.index(part.verdict), part.pods[0].name if part.pods else ""),
        )
    )
