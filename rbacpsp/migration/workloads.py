"""Finds the workloads that a gap affects, and simulates their admission only if a gap needs it."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from rbacpsp.migration.gap import Workload
from rbacpsp.model import Objects
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.defaults import TEMPLATES
from rbacpsp.simulate import Row, Simulation
from rbacpsp.simulate.row import RuledPods


class AffectedWorkloads:
    """Finds the workloads that a gap affects."""

    def __init__(self, objects: Objects, simulate: Callable[[], Simulation]) -> None:
        """Store the function that simulates the workloads; the first query calls it."""
        self._objects = objects
        self._simulate = simulate

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every workload, and pod without one, with today's decision of the policies."""
        return tuple(self._simulate().rows)

    def where(self, test: Callable[[Row], bool]) -> tuple[Workload, ...]:
        """The workloads of the rows that pass a test, sorted."""
        return _sorted(row for row in self.rows if test(row))

    def admitted_by(self, policy: str) -> tuple[Workload, ...]:
        """The workloads whose pods a policy admits."""
        return self.where(lambda row: policy in row.policies)

    def where_pod(self, policy: str, test: Callable[[JSONObject], bool]) -> tuple[Workload, ...]:
        """The workloads whose pods a policy admits and whose submitted spec passes a test."""
        if not any(test(spec) for spec in self._specs()):
            return ()
        return self.where(
            lambda row: any(
                part.ruling.admission.policy == policy and test(part.ruling.pod.get("spec") or {})
                for part in row.parts
            )
        )

    def _specs(self) -> Iterator[JSONObject]:
        """The spec of every pod and template, whatever the policies decide."""
        for manifest in (*self._objects.pods.values(), *self._objects.workloads.values()):
            spec = manifest.body
            for key in (*TEMPLATES.get(manifest.kind, ()), "spec"):
                nested = spec.get(key)
                spec = nested if isinstance(nested, dict) else {}
            yield spec

    def changed_by(self, policy: str) -> tuple[Workload, ...]:
        """The workloads whose pods a policy admits after it filled something in."""
        return self.where(
            lambda row: any(part.ruling.admission.policy == policy and _changed(part) for part in row.parts)
        )

    def changed_in(self, namespaces: Iterable[str]) -> tuple[Workload, ...]:
        """The workloads of some namespaces whose pods some policy admits after it filled something in."""
        chosen = set(namespaces)
        return self.where(lambda row: row.namespace in chosen and any(map(_changed, row.parts)))

    def refused_by(self, policy: str) -> tuple[Workload, ...]:
        """The refused workloads whose pods may use a policy."""
        return self.where(
            lambda row: (
                row.refused
                and any(_usable(part, policy) for part in row.parts if part.ruling.admission.policy is None)
            )
        )

    def unchanged_by(self, policy: str, others: Iterable[str]) -> tuple[Workload, ...]:
        """The workloads whose pods a policy admits unchanged, and one of some others also admits."""
        chosen = tuple(others)
        return self.where(
            lambda row: any(
                part.ruling.admission.policy == policy
                and not _changed(part)
                and any(_usable(part, other) and _takes(part, other) for other in chosen)
                for part in row.parts
            )
        )

    def refused_in(self, namespaces: Iterable[str]) -> tuple[Workload, ...]:
        """The workloads of some namespaces whose pods no policy admits."""
        chosen = set(namespaces)
        return self.where(lambda row: row.namespace in chosen and row.refused)


def _changed(part: RuledPods) -> bool:
    """Whether a policy admits a pod after it filled something in."""
    admission = part.ruling.admission
    return admission.policy is not None and admission.considered[admission.policy].verdict == "changed"


def _usable(part: RuledPods, policy: str) -> bool:
    considered = part.ruling.admission.considered
    return policy in considered and considered[policy].usable


def _takes(part: RuledPods, policy: str) -> bool:
    return part.ruling.admission.considered[policy].verdict != "refused"


def _sorted(rows: Iterable[Row]) -> tuple[Workload, ...]:
    return tuple(sorted(Workload(row.kind, row.namespace, row.name) for row in rows))
