"""The API server's validation of the claims that a pod or a StatefulSet makes.

Source: pkg/apis/core/validation/validation.go ValidatePersistentVolumeClaimTemplate and
ValidatePersistentVolumeClaimSpec, 1.24 to 1.37.
"""

from collections.abc import Iterator

import msgspec

from rbacpsp.admission.validation.checks import only_fields, subdomain
from rbacpsp.admission.validation.pods.resources import quantity_errors
from rbacpsp.apply.validation.metadata import annotation_errors, label_map_errors, selector_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, not_supported, required
from rbacpsp.model.go_values import go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import LabelSelector
from rbacpsp.model.version import Version
from rbacpsp.pods.quantity import canonical_quantity, quantity_value

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_ALONE = "ReadWriteOncePod"
_ALONE_SINCE = Version(1, 27)
_SOURCE_WORDS_SINCE = Version(1, 26)
_CLASSES_SINCE = Version(1, 34)
_METADATA_WORDS_SINCE = Version(1, 26)


def claim_template_errors(template: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the claim of an ephemeral volume."""
    metadata, at = template.get("metadata", {}), path.child("metadata")
    yield from annotation_errors(metadata.get("annotations", {}), at.child("annotations"), version)
    yield from label_map_errors(metadata.get("labels", {}), at.child("labels"), version)
    words = "cannot be set" if version >= _METADATA_WORDS_SINCE else "cannot be set for an ephemeral volume"
    yield from only_fields(metadata, ("annotations", "labels"), words, at)
    yield from claim_errors(template.get("spec", {}), path.child("spec"), version)


def claim_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the spec of a claim."""
    modes = spec.get("accessModes", ())
    at = path.child("accessModes")
    if not modes:
        yield required(at, "at least 1 access mode is required")
    if "selector" in spec:
        selector = msgspec.convert(spec["selector"], LabelSelector)
        yield from selector_errors(selector, path.child("selector"), version)
    known = _MODES if version >= _ALONE_SINCE else _MODES[:-1]
    for mode in modes:
        if mode not in known:
            yield not_supported(at, mode, known)
    if _ALONE in modes and any(mode in known and mode != _ALONE for mode in modes):
        yield forbidden(at, "may not use ReadWriteOncePod with other access modes")
    yield from _storage_errors(spec, path, version)
    if spec.get("storageClassName"):
        yield from subdomain(spec["storageClassName"], path.child("storageClassName"), version)
    volume_mode = spec.get("volumeMode")
    if volume_mode is not None and volume_mode not in {"Block", "Filesystem"}:
        yield not_supported(path.child("volumeMode"), volume_mode, ("Block", "Filesystem"))
    yield from _source_errors(spec, path, version)
    if spec.get("volumeAttributesClassName") and version >= _CLASSES_SINCE:
        name = spec["volumeAttributesClassName"]
        yield from subdomain(name, path.child("volumeAttributesClassName"), version)


def _storage_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    at = path.child("resources").key("storage")
    storage = spec.get("resources", {}).get("requests", {}).get("storage")
    if storage is None:
        yield required(at)
        return
    text = canonical_quantity(str(storage))
    if quantity_value(text) <= 0:
        yield invalid(at, text, "must be greater than zero")
    else:
        yield from quantity_errors("storage", text, at, version)


def _source_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    for name in ("dataSource", "dataSourceRef"):
        source = spec.get(name)
        if source is None:
            continue
        at = path.child(name)
        for key in ("name", "kind"):
            if not source.get(key):
                yield required(at.child(key))
        group, kind = source.get("apiGroup") or "", source.get("kind", "")
        if not group and kind != "PersistentVolumeClaim":
            words = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
            yield invalid(at, kind, words if version >= _SOURCE_WORDS_SINCE else "")
        if group and version >= _SOURCE_WORDS_SINCE:
            yield from subdomain(group, at.child("apiGroup"), version)
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    keys = ("apiGroup", "kind", "name")
    if source and reference and any(source.get(key) != reference.get(key) for key in keys):
        yield invalid(path, go_struct("field.Path", version), "must match dataSourceRef")
