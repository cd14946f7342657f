"""Pods and what makes them, as they were written."""

from dataclasses import dataclass, field
from typing import Any

from rbacpsp.model.meta import ObjectMeta

WORKLOAD_KINDS: dict[str, frozenset[str]] = {
    "CronJob": frozenset({"batch/v1", "batch/v1beta1", "batch/v2alpha1"}),
    "DaemonSet": frozenset({"apps/v1", "apps/v1beta2", "extensions/v1beta1"}),
    "Deployment": frozenset({"apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"}),
    "Job": frozenset({"batch/v1"}),
    "PodTemplate": frozenset({"v1"}),
    "ReplicaSet": frozenset({"apps/v1", "apps/v1beta2", "extensions/v1beta1"}),
    "ReplicationController": frozenset({"v1"}),
    "StatefulSet": frozenset({"apps/v1", "apps/v1beta2", "apps/v1beta1"}),
}
"""Kubernetes' own kinds that hold a pod template, and the apiVersions under which each is read."""

POD_VERSIONS = frozenset({"v1"})


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pod or a workload: typed metadata, and the whole object as plain JSON values."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    body: dict[str, Any] = field(repr=False)
    """The object as the API writes it, never changed by this program."""

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """`metadata.namespace`; empty where the manifest leaves it to the command that applies it."""
        return self.metadata.namespace
