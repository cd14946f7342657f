"""Pods, workloads and custom resources as plain JSON values with typed metadata."""

from dataclasses import dataclass, field
from typing import Any

from rbacpsp.model.meta import ObjectMeta


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pod, workload or custom resource: typed metadata, and the complete object as plain JSON values."""

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
