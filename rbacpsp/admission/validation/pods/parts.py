"""The API server's validation of a pod and its subresources.

Source: pkg/apis/core/validation/validation.go ValidatePodEphemeralContainersUpdate and ValidatePodResize,
1.33.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.pods.pod import pod_errors, whole_pod_refusal
from rbacpsp.admission.validation.pods.update import pod_update_refusal
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, invalid_object
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.pod_resources import quality_of_service

_SPEC = FieldPath.of("spec")
_LISTS = ("containers", "initContainers")


def pod_part_refusal(
    pod: JSONObject, old: JSONObject | None, subresource: str, version: Version
) -> str | None:
    """The server's message about a pod that is created (without an old one) or updated; None if it is valid.

    The caller has already reduced an update of ephemeral containers or resources to what it may change.
    """
    if subresource not in {"ephemeralcontainers", "resize"}:
        return whole_pod_refusal(pod, version) if old is None else pod_update_refusal(pod, old, version)
    errors = list(pod_errors(pod, version))
    if subresource == "resize" and old is not None:
        errors += _resize_errors(pod, old)
    return invalid_object("Pod", "", pod.get("metadata", {}).get("name", ""), errors) if errors else None


def _resize_errors(pod: JSONObject, old: JSONObject) -> Iterator[FieldError]:
    """What is wrong with a resize of a pod."""
    if pod.get("spec", {}).get("os", {}).get("name") == "windows":
        yield forbidden(FieldPath.of("[]"), "windows pods cannot be resized")
        return
    if quality_of_service(pod["spec"]) != quality_of_service(old["spec"]):
        yield invalid(_SPEC, "", "Pod QOS Class may not change as a result of resizing")
    for kind in _LISTS:
        pairs = zip(old["spec"].get(kind, ()), pod["spec"].get(kind, ()), strict=False)
        for index, (was, now) in enumerate(pairs):
            before, after = (container.get("resources", {}).get("limits", {}) for container in (was, now))
            restarts = any(
                policy.get("resourceName") == "memory" and policy.get("restartPolicy") == "RestartContainer"
                for policy in now.get("resizePolicy", ())
            )
            if "memory" in after and "memory" not in before and not restarts:
                path = _SPEC.child(kind).index(index).child("resources", "limits").key("memory")
                words = "memory limits cannot be added unless resizePolicy is RestartContainer"
                yield forbidden(path, words)
