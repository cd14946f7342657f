"""Dispatches each kind to its complete validation, of a created or an updated object."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
from msgspec import structs

from rbacpsp.admission.validation.config_maps import config_map_change_errors, config_map_errors
from rbacpsp.admission.validation.loaded_objects import sent_errors
from rbacpsp.admission.validation.services import service_errors
from rbacpsp.admission.validation.services_update import service_change_errors
from rbacpsp.admission.validation.workloads import workload_change_errors, workload_errors
from rbacpsp.admission.validation.workloads.jobs import job_labels
from rbacpsp.apply.validation import object_errors
from rbacpsp.apply.validation.metadata import metadata_errors
from rbacpsp.model import AnyObject, Manifest, Version
from rbacpsp.model.field_error import FieldError
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.names import label_errors, subdomain_errors
from rbacpsp.model.text_validation import old_label_errors
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare

PLAIN_KINDS = ("ConfigMap", "Service")
"""Kinds of the core group that are checked by the validation only."""

_ANY_LABEL_SINCE = Version(1, 36)
"""Since then the name of a Service may begin with a digit."""


def whole_errors(obj: AnyObject, version: Version, old: AnyObject | None = None) -> list[FieldError]:
    """The validation errors of an object of any kind that is decoded, except for pods."""
    if not isinstance(obj, Manifest):
        return sent_errors(obj, version, old)
    body = ready(obj.kind, obj.body, version, old.body if isinstance(old, Manifest) else None)
    metadata = object_errors(_labelled(obj, body, version), version, replaces=old is not None)
    if isinstance(old, Manifest):
        before = ready(obj.kind, old.body, version, old.body)
        inner = workload_change_errors(obj.kind, body, obj.body, before, version)
    else:
        inner = workload_errors(obj.kind, body, obj.body, version)
    return [*metadata, *inner]


def _labelled(manifest: Manifest, body: JSONObject, version: Version) -> Manifest:
    """The workload; a Job or ReplicationController without labels gets those of its template."""
    if manifest.kind not in {"Job", "ReplicationController"} or manifest.metadata.labels:
        return manifest
    labels = body.get("spec", {}).get("template", {}).get("metadata", {}).get("labels")
    if labels is None:
        return manifest
    if manifest.kind == "Job":
        labels = job_labels(manifest.metadata.name, body["spec"], version)
    return replace(manifest, metadata=structs.replace(manifest.metadata, labels=labels))


def ready(kind: str, body: JSONObject, version: Version, old: JSONObject | None = None) -> JSONObject:
    """A pod or a workload as it is stored: with defaults, without fields of disabled features."""
    defaulted = set_defaults(kind, body, version)
    return prepare(kind, defaulted, version, set_defaults(kind, old, version) if old is not None else None)


def plain_errors(
    kind: str, body: JSONObject, version: Version, old: JSONObject | None = None
) -> Iterator[FieldError]:
    """The validation errors of a Service or a ConfigMap.

    Args:
        kind: One of `PLAIN_KINDS`.
        body: With the types of its fields checked, and its namespace filled in.
        version: The server's.
        old: The one that it replaces.
    """
    names = subdomain_errors
    if kind == "Service":
        names = label_errors if version >= _ANY_LABEL_SINCE else old_label_errors
    metadata = msgspec.convert(body.get("metadata", {}), ObjectMeta)
    if kind == "ConfigMap":
        yield from metadata_errors(metadata, version, names, namespaced=True)
        yield from config_map_change_errors(body, old) if old is not None else ()
        yield from config_map_errors(body, version)
        return
    of_metadata = metadata_errors(metadata, version, names, namespaced=True)
    if old is None:
        yield from service_errors(body, of_metadata, version)
    else:
        yield from service_change_errors(body, old, of_metadata, version)
