"""Finds the owners of a pod: the chain of controllers above it, such as ReplicaSet and Deployment.

An owner is found by its uid, or by its name if either side has no uid (manifests that no server stored). An
owner that was not loaded is inferred from the name that its controller generated: ReplicaSet `web-5d89b` of
pods whose template hash is `5d89b` belongs to Deployment `web`.

Source: apimachinery/pkg/apis/meta/v1/controller_ref.go (GetControllerOf), 0.24.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rbacpsp.model import Manifest
from rbacpsp.model.meta import OwnerReference
from rbacpsp.simulate.creators import controlled_kind

_HASH_LABEL = "pod-template-hash"
_JOB_OF_CRON_JOB = re.compile(r"(?P<owner>.+)-\d{8,10}")

Key = tuple[str, str, str]
"""(kind, namespace, name)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The owners of a pod or a workload."""

    reference: OwnerReference | None
    """The controller in its ownerReferences; None if it has none."""
    top: Manifest | None
    """The highest workload above it that was loaded."""
    gone: bool = False
    """Whether the controller that it names was deleted: another object has its name now."""


def controller_reference(manifest: Manifest) -> OwnerReference | None:
    """The owner that is the controller of an object; other owners do not count."""
    return next((owner for owner in manifest.metadata.owner_references if owner.controller), None)


class Owners:
    """Finds owners among the workloads of a cluster."""

    def __init__(self, workloads: Iterable[Manifest]) -> None:
        self._by_name: dict[Key, Manifest] = {}
        self._by_uid: dict[tuple[str, str], Manifest] = {}
        for manifest in workloads:
            self._by_name[manifest.kind, manifest.namespace, manifest.name] = manifest
            if manifest.metadata.uid:
                self._by_uid[manifest.kind, manifest.metadata.uid] = manifest

    def chain(self, manifest: Manifest) -> Chain:
        """The owners of an object of this cluster."""
        reference = controller_reference(manifest)
        if reference is None:
            return Chain(None, None)
        namespace = manifest.namespace
        owner, gone = self._find(namespace, reference)
        if owner is None and not gone:
            owner = self._inferred_owner(namespace, reference, manifest.metadata.labels)
        seen: set[int] = set()
        while owner is not None and id(owner) not in seen:
            seen.add(id(owner))
            above = controller_reference(owner)
            higher = None if above is None else self._next_owner(namespace, above, owner)
            if higher is None:
                break
            owner = higher
        return Chain(reference, owner, gone)

    def is_top(self, workload: Manifest) -> bool:
        """Whether no loaded workload owns this one."""
        return self.chain(workload).top is None

    def _next_owner(self, namespace: str, reference: OwnerReference, below: Manifest) -> Manifest | None:
        return self._find(namespace, reference)[0] or self._inferred_owner(
            namespace, reference, below.metadata.labels
        )

    def _find(self, namespace: str, reference: OwnerReference) -> tuple[Manifest | None, bool]:
        """The owner that a reference names, and whether it is known to be deleted."""
        kind = controlled_kind(reference)
        by_uid = self._by_uid.get((kind, reference.uid))
        if by_uid is not None and by_uid.namespace == namespace:
            return by_uid, False
        by_name = self._by_name.get((kind, namespace, reference.name))
        if by_name is None or not reference.uid or not by_name.metadata.uid:
            return by_name, False
        return None, True

    def _inferred_owner(
        self, namespace: str, reference: OwnerReference, labels: Mapping[str, str]
    ) -> Manifest | None:
        """The workload that owns an owner that was not loaded, by the name that its controller generated."""
        if reference.kind == "ReplicaSet" and (template_hash := labels.get(_HASH_LABEL)):
            name = reference.name.removesuffix(f"-{template_hash}")
            return self._by_name.get(("Deployment", namespace, name)) if name != reference.name else None
        if reference.kind == "Job" and (job_name := _JOB_OF_CRON_JOB.fullmatch(reference.name)):
            return self._by_name.get(("CronJob", namespace, job_name["owner"]))
        return None
