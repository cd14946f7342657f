"""Requests to the PodSecurity plugin, and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Objects
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.model.result import Shown, one_line
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.pods.shape import convert_shape, plain_copy
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.evaluate import Evaluation


@dataclass(frozen=True, slots=True, repr=False)
class PSAdmission(Shown):
    """The PodSecurity plugin's answer; true when the request is allowed."""

    allowed: bool = True
    message: str | None = None
    """The API server's refusal; None when allowed."""
    warnings: tuple[str, ...] = ()
    """PodSecurity's own warnings, in the server's order."""
    audit: Mapping[str, str] = field(default_factory=FrozenDict)
    """Audit annotations without their prefix `pod-security.kubernetes.io/`."""
    enforced: Evaluation | None = None
    """The evaluation of the pod against the namespace's enforce level, if that was checked."""
    audited: Evaluation | None = None
    warned: Evaluation | None = None
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could change this answer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "audit", FrozenDict(self.audit))

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        count = len(self.warnings)
        warned = f"allowed, {count} warning{'' if count == 1 else 's'}" if count else "allowed"
        return f"<PSAdmission: {warned if self.message is None else one_line(self.message)}>"


class PluginRequest(NamedTuple):
    """One request, and what the server knows about it."""

    obj: JSONObject | Manifest
    kind: str
    name: str
    namespace: str
    request: AdmissionRequest
    objects: Objects
    config: Configuration
    server: Version


def metadata_of(obj: JSONObject | Manifest) -> JSONObject:
    """The metadata of an object as plain JSON values."""
    metadata: Any = (obj.body if isinstance(obj, Manifest) else obj).get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def labels_of(obj: JSONObject | Manifest | None) -> dict[str, str]:
    """The labels of an object; a null is read as an empty string, as the server does.

    Raises:
        ValueError: A label is not a string.
    """
    labels = {} if obj is None else metadata_of(obj).get("labels")
    return convert_shape(plain_copy(labels or {}, "labels"), dict[str, str], "metadata.labels")
