"""The API server's validation of ReplicationControllers and PodTemplates.

Source: pkg/apis/core/validation/validation.go ValidateReplicationControllerSpec and ValidatePodTemplate, and
pkg/apis/core/v1/defaults.go SetDefaults_ReplicationController, 1.24 and 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import non_negative
from rbacpsp.admission.validation.pods import template_errors
from rbacpsp.admission.validation.workloads.apps import disk_errors, restart_errors
from rbacpsp.admission.validation.workloads.selectors import labels_of
from rbacpsp.model.field_error import FieldError, FieldPath, invalid, required
from rbacpsp.model.go_values import go_map
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_SPEC, _TEMPLATE = FieldPath.of("spec"), FieldPath.of("spec", "template")


def replication_controller_errors(
    spec: JSONObject, version: Version, *, templated: bool
) -> Iterator[FieldError]:
    """What is wrong with the spec of a ReplicationController; `templated`: whether it has a template."""
    template = spec.get("template", {})
    labels = labels_of(template)
    selector = spec.get("selector") or labels
    yield from non_negative(spec, "minReadySeconds", _SPEC)
    if not selector:
        yield required(_SPEC.child("selector"))
    yield from non_negative(spec, "replicas", _SPEC)
    if not templated:
        yield required(_TEMPLATE)
        return
    if not selector.items() <= labels.items():
        labels_text = go_map(template.get("metadata", {}).get("labels"), version)
        at = _TEMPLATE.child("metadata", "labels")
        yield invalid(at, labels_text, "`selector` does not match template `labels`")
    yield from template_errors(template, _TEMPLATE, version)
    if spec.get("replicas", 1) > 1:
        yield from disk_errors(template, version)
    yield from restart_errors(template, "ReplicationController")


def pod_template_errors(template: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the template of a PodTemplate."""
    yield from template_errors(template, FieldPath.of("template"), version)
