"""Whether a cluster enforces its PodSecurityPolicies.

The API does not show which admission plugins run, and without the plugin policies have no effect. With it,
every created pod carries the annotation `kubernetes.io/psp` (plugin/pkg/admission/security/podsecuritypolicy,
1.24), so the newest pods show it.
"""

from msgspec import Struct

from rbacpsp.model.objects import Objects
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest
from rbacpsp.psp.admission import VALIDATED_ANNOTATION
from rbacpsp.psp.versions import REMOVED

NEWEST = 20
"""How many pods are examined."""


class Enforcement(Struct, frozen=True):
    """Whether policies are enforced, if that is known, and the evidence."""

    enforced: bool | None
    """None if it is unknown."""
    reason: str


def enforcement(objects: Objects, version: Version | None) -> Enforcement:
    """Judge by the version, then by the newest pods that a server has stored.

    Args:
        objects: The cluster, including its pods.
        version: The server's; None where it is not known.
    """
    if version is not None and version >= REMOVED:
        return Enforcement(
            enforced=False,
            reason=f"Kubernetes {version} does not enforce policies: they were removed in {REMOVED}",
        )
    stored = sorted(
        (pod for pod in objects.pods.values() if pod.metadata.uid and pod.metadata.creation_timestamp),
        key=lambda pod: (pod.metadata.creation_timestamp, pod.metadata.namespace, pod.metadata.name),
    )[: -NEWEST - 1 : -1]
    if not stored:
        return Enforcement(
            enforced=None,
            reason="it is unknown whether policies are enforced here: no stored pod was read",
        )
    marked = sum(map(_is_marked, stored))
    of = "the newest pod carries" if len(stored) == 1 else f"{marked} of the {len(stored)} newest pods carry"
    if not marked:
        none = (
            "the newest pod does not carry"
            if len(stored) == 1
            else f"none of the {len(stored)} newest pods carries"
        )
        return Enforcement(
            enforced=False,
            reason=f"policies seem not to be enforced here: {none} the annotation {VALIDATED_ANNOTATION}",
        )
    if not _is_marked(stored[0]):
        newest = f"{stored[0].metadata.namespace}/{stored[0].metadata.name}"
        return Enforcement(
            enforced=None,
            reason=f"policies may no longer be enforced here: {of} the annotation {VALIDATED_ANNOTATION}, "
            f"but not the newest, {newest}",
        )
    return Enforcement(
        enforced=True, reason=f"policies are enforced here: {of} the annotation {VALIDATED_ANNOTATION}"
    )


def _is_marked(pod: Manifest) -> bool:
    return VALIDATED_ANNOTATION in pod.metadata.annotations
