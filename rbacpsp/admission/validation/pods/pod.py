"""The API server's complete validation of a created pod and of the template of a workload.

Source: pkg/apis/core/validation/validation.go ValidatePodCreate, validatePodMetadataAndSpec,
ValidatePodTemplateSpec and ValidatePodSpecificAnnotations, 1.24 to 1.37.
"""

from collections.abc import Iterator, Mapping

import msgspec

from rbacpsp.admission.validation.checks import atoi
from rbacpsp.admission.validation.pods.containers import image_errors
from rbacpsp.admission.validation.pods.label_keys import with_label_values
from rbacpsp.admission.validation.pods.spec import pod_spec_errors
from rbacpsp.apply.validation.metadata import annotation_errors, label_map_errors, metadata_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, invalid_object
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.validation import conflict_errors, profile_annotation_errors

_SPEC, _ANNOTATIONS = FieldPath.of("spec"), FieldPath.of("metadata", "annotations")
MIRROR = "kubernetes.io/config.mirror"
"""The annotation of a pod that a kubelet runs and only shows."""
_COST = "controller.kubernetes.io/pod-deletion-cost"
_COSTLIEST = (1 << 31) - 1


def whole_pod_refusal(pod: JSONObject, version: Version) -> str | None:
    """The server's complete message about a pod that is ready to be stored; None if it is valid."""
    errors = list(pod_create_errors(pod, version))
    return invalid_object("Pod", "", pod.get("metadata", {}).get("name", ""), errors) if errors else None


def pod_create_errors(pod: JSONObject, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a pod that is created, defaulted and prepared."""
    spec, metadata = pod.get("spec", {}), pod.get("metadata", {})
    merged = {**pod, "spec": with_label_values(spec, metadata.get("labels", {}), version)}
    yield from pod_errors(merged, version)
    if spec.get("ephemeralContainers"):
        yield forbidden(_SPEC.child("ephemeralContainers"), "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        words = "cannot be set until all schedulingGates have been cleared"
        yield forbidden(_SPEC.child("nodeName"), words)
    yield from conflict_errors(metadata.get("annotations", {}), spec, _SPEC)


def pod_errors(pod: JSONObject, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with a pod, whether it is created or updated."""
    metadata, spec = pod.get("metadata", {}), pod.get("spec", {})
    meta = msgspec.convert(metadata, ObjectMeta)
    yield from metadata_errors(meta, version, subdomain_errors, namespaced=True)
    annotations = metadata.get("annotations", {})
    yield from special_annotation_errors(annotations, spec, _ANNOTATIONS)
    yield from profile_annotation_errors(annotations, spec)
    yield from pod_spec_errors(spec, _SPEC, version, pod_name=metadata.get("name", ""), in_template=False)
    if not spec.get("serviceAccountName"):
        for index, volume in enumerate(spec.get("volumes", ())):
            for number, source in enumerate(volume.get("projected", {}).get("sources") or ()):
                if "serviceAccountToken" in source:
                    at = _SPEC.child("volumes").index(index).child("projected", "sources").index(number)
                    words = "must not be specified when serviceAccountName is not set"
                    yield forbidden(at.child("serviceAccountToken"), words)
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            yield from image_errors(container, _SPEC.child(kind).index(index))


def template_errors(template: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with the template of a workload's pods."""
    spec = template.get("spec", {})
    yield from template_metadata_errors(template, path, version)
    yield from pod_spec_errors(spec, path.child("spec"), version)
    annotations = template.get("metadata", {}).get("annotations", {})
    yield from conflict_errors(annotations, spec, path.child("spec"))
    if spec.get("ephemeralContainers"):
        words = "ephemeral containers not allowed in pod template"
        yield forbidden(path.child("spec", "ephemeralContainers"), words)


def template_metadata_errors(template: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the labels and annotations of a template; their paths leave out `metadata`."""
    metadata = template.get("metadata", {})
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    yield from label_map_errors(labels, path.child("labels"), version)
    yield from annotation_errors(annotations, path.child("annotations"), version)
    yield from special_annotation_errors(annotations, template.get("spec", {}), path.child("annotations"))
    yield from profile_annotation_errors(annotations, template.get("spec", {}), path.child("annotations"))


def special_annotation_errors(
    annotations: Mapping[str, str], spec: JSONObject, path: FieldPath
) -> Iterator[FieldError]:
    """What is wrong with the annotations of static pods, and with the pod deletion cost."""
    if MIRROR in annotations and not spec.get("nodeName"):
        words = "must set spec.nodeName if mirror pod annotation is set"
        yield invalid(path.key(MIRROR), annotations[MIRROR], words)
    cost = annotations.get(_COST)
    if cost is not None and not is_deletion_cost(cost):
        yield invalid(path.key(_COST), cost, "must be a 32bit integer")


def is_deletion_cost(text: str) -> bool:
    """Whether a text is a number of 32 bits, without a plus sign or leading zeros."""
    try:
        number = atoi(text)
    except ValueError:
        return False
    return -_COSTLIEST - 1 <= number <= _COSTLIEST and (text == "0" or text[0] not in "+0")
