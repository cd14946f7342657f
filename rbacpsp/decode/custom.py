"""Reads custom resources whose controllers create pods; only their metadata is checked."""

from typing import Any

import msgspec

from rbacpsp.model import Manifest, ObjectMeta, Objects
from rbacpsp.model.mismatch import mismatch
from rbacpsp.model.nesting import TOO_DEEP, is_too_deep
from rbacpsp.model.pod_templates import TemplateKind
from rbacpsp.model.printable import shown


def custom_manifest(
    body: dict[str, Any], version: str, known: TemplateKind, default_namespace: str
) -> Manifest:
    """A custom resource of a known kind.

    Raises:
        ValueError: Its metadata is not valid, or its values are nested too deeply.
    """
    if is_too_deep(body):
        raise ValueError(f"{known.kind}: {TOO_DEEP[0]}")
    metadata = body.get("metadata")
    metadata_fields = metadata if isinstance(metadata, dict) else {}
    kept = {key: value for key, value in metadata_fields.items() if value is not None}
    mismatched = mismatch(kept, ObjectMeta)
    if mismatched is not None:
        raise ValueError(f"{known.kind}: {mismatched.under('metadata')}")
    if not kept.get("name") and not kept.get("generateName"):
        raise ValueError(f"this {known.kind} has no metadata.name")
    namespace = "" if known.cluster else kept.get("namespace") or default_namespace
    placed_metadata = {**kept, "namespace": namespace}
    stored_body = {**body, "apiVersion": version, "kind": known.kind, "metadata": placed_metadata}
    return Manifest(known.word, version, msgspec.convert(placed_metadata, ObjectMeta), stored_body)


def count_other(objects: Objects, version: str, kind: str) -> None:
    """Count an ignored object if it is a custom resource."""
    group = version.rpartition("/")[0]
    if is_custom_group(group):
        name = shown(f"{kind}.{group}")
        objects.other_customs[name] = objects.other_customs.get(name, 0) + 1


def is_custom_group(group: str) -> bool:
    """Whether a group has custom resources: Kubernetes' own groups have no dot, or end in `.k8s.io`."""
    return "." in group and not group.endswith(".k8s.io")
