"""The API server's validation of Deployments, ReplicaSets, DaemonSets and StatefulSets.

Source: pkg/apis/apps/validation/validation.go, 1.24 to 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import STATEFUL_TEMPLATES_SINCE, label, non_negative
from rbacpsp.admission.validation.pods import template_errors, template_metadata_errors
from rbacpsp.admission.validation.pods.claims import claim_errors
from rbacpsp.admission.validation.workloads.selectors import (
    converted,
    is_usable,
    mismatch_errors,
    selector_form_errors,
)
from rbacpsp.admission.validation.workloads.strategies import (
    daemon_set_strategy_errors,
    deployment_strategy_errors,
    stateful_set_strategy_errors,
)
from rbacpsp.apply.validation.metadata import selector_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, not_supported
from rbacpsp.model.go_values import go_selector
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_RETENTION_SINCE = Version(1, 27)
_ORDINALS_SINCE = Version(1, 27)
_SERVICE_NAMES_SINCE = Version(1, 33)
_REPLICATED_DISKS_UNTIL = Version(1, 30)
_SPEC, _TEMPLATE = FieldPath.of("spec"), FieldPath.of("spec", "template")
_RETENTIONS = ("Retain", "Delete")
_LEAST_PROGRESS = 600


def restart_errors(template: JSONObject, kind: str, path: FieldPath = _TEMPLATE) -> Iterator[FieldError]:
    """What is wrong with the template of pods that must always run."""
    spec = template.get("spec", {})
    policy = spec.get("restartPolicy") or "Always"
    if policy != "Always":
        yield not_supported(path.child("spec", "restartPolicy"), policy, ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        words = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden(path.child("spec", "activeDeadlineSeconds"), words)


def disk_errors(template: JSONObject, version: Version) -> Iterator[FieldError]:
    """A GCE disk that only one node can write to, in a template of several pods."""
    if version > _REPLICATED_DISKS_UNTIL:
        return
    for index, volume in enumerate(template.get("spec", {}).get("volumes", ())):
        disk = volume.get("gcePersistentDisk")
        if disk is not None and not disk.get("readOnly"):
            at = _TEMPLATE.child("spec", "volumes").index(index).child("gcePersistentDisk", "readOnly")
            words = (
                "must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it "
                "is read-only"
            )
            yield invalid(at, value=False, detail=words)


def _replica_template_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    selector = spec.get("selector")
    if selector is not None and not is_usable(selector, version):
        at = _SPEC.child("selector")
        yield invalid(at, go_selector(selector, version), "invalid label selector")
        return
    template = spec.get("template", {})
    yield from mismatch_errors(spec, version)
    yield from template_errors(template, _TEMPLATE, version)
    if spec.get("replicas", 1) > 1:
        yield from disk_errors(template, version)
    yield from restart_errors(template, "ReplicaSet")


def deployment_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the spec of a Deployment."""
    yield from non_negative(spec, "replicas", _SPEC)
    yield from selector_form_errors(spec, "deployment", version)
    yield from _replica_template_errors(spec, version)
    yield from deployment_strategy_errors(spec, _SPEC, version)
    for name in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        yield from non_negative(spec, name, _SPEC)
    progress = spec.get("progressDeadlineSeconds", _LEAST_PROGRESS)
    if progress <= spec.get("minReadySeconds", 0):
        yield invalid(
            _SPEC.child("progressDeadlineSeconds"), progress, "must be greater than minReadySeconds"
        )


def replica_set_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the spec of a ReplicaSet."""
    yield from non_negative(spec, "replicas", _SPEC)
    yield from non_negative(spec, "minReadySeconds", _SPEC)
    yield from selector_form_errors(spec, "deployment", version)
    yield from _replica_template_errors(spec, version)


def daemon_set_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the spec of a DaemonSet."""
    selector, template = spec.get("selector"), spec.get("template", {})
    if selector is not None:
        yield from selector_errors(converted(selector), _SPEC.child("selector"), version)
    if is_usable(selector, version):
        yield from mismatch_errors(spec, version)
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        words = "empty selector is invalid for daemonset"
        yield invalid(_SPEC.child("selector"), go_selector(selector, version), words)
    yield from template_errors(template, _TEMPLATE, version)
    yield from disk_errors(template, version)
    yield from restart_errors(template, "DaemonSet")
    yield from non_negative(spec, "minReadySeconds", _SPEC)
    yield from daemon_set_strategy_errors(spec, _SPEC, version)
    yield from non_negative(spec, "revisionHistoryLimit", _SPEC)


def stateful_set_errors(
    spec: JSONObject, version: Version, *, created: bool = True, templates: bool = True
) -> Iterator[FieldError]:
    """What is wrong with the spec of a StatefulSet.

    Args:
        spec: As defaulted.
        version: The server's.
        created: Whether the fields that cannot change later are validated.
        templates: Whether the pod template is validated.
    """
    policy = spec.get("podManagementPolicy") or "OrderedReady"
    if policy not in {"OrderedReady", "Parallel"}:
        yield invalid(_SPEC.child("podManagementPolicy"), policy, "must be 'OrderedReady' or 'Parallel'")
    yield from stateful_set_strategy_errors(spec, _SPEC, version)
    retention = spec.get("persistentVolumeClaimRetentionPolicy", {})
    for name in ("whenDeleted", "whenScaled"):
        retention_policy = retention.get(name) or "Retain"
        if version >= _RETENTION_SINCE and retention_policy not in _RETENTIONS:
            at = _SPEC.child("persistentVolumeClaimRetentionPolicy", name)
            yield not_supported(at, retention_policy, _RETENTIONS)
    claims = spec.get("volumeClaimTemplates", ())
    if created and version >= STATEFUL_TEMPLATES_SINCE:
        for index, claim in enumerate(claims):
            at = _SPEC.child("volumeClaimTemplates").index(index).child("spec")
            yield from claim_errors(claim.get("spec", {}), at, version)
    yield from non_negative(spec, "replicas", _SPEC)
    yield from non_negative(spec, "minReadySeconds", _SPEC)
    if version >= _ORDINALS_SINCE:
        yield from non_negative(spec.get("ordinals", {}), "start", _SPEC.child("ordinals"))
    if created and spec.get("serviceName") and version >= _SERVICE_NAMES_SINCE:
        yield from label(spec["serviceName"], _SPEC.child("serviceName"), version)
    yield from selector_form_errors(spec, "statefulset", version)
    selector, template = spec.get("selector"), spec.get("template", {})
    if selector is not None and not is_usable(selector, version):
        yield invalid(_SPEC.child("selector"), go_selector(selector, version), "")
    else:
        yield from _stateful_template_errors(spec, template, version, templates=templates)
    yield from restart_errors(template, "StatefulSet")


def _stateful_template_errors(
    spec: JSONObject, template: JSONObject, version: Version, *, templates: bool
) -> Iterator[FieldError]:
    yield from mismatch_errors(spec, version)
    if templates and version >= STATEFUL_TEMPLATES_SINCE:
        yield from template_errors(_as_its_pods(spec, template), _TEMPLATE, version)
    yield from template_metadata_errors(template, _TEMPLATE, version)


def _as_its_pods(spec: JSONObject, template: JSONObject) -> JSONObject:
    """The template with the volumes of its claims, and without the names that its controller sets."""
    claims: dict[str, JSONObject] = {}
    for claim in spec.get("volumeClaimTemplates", ()):
        name = claim.get("metadata", {}).get("name", "")
        claims[name] = {"name": name, "persistentVolumeClaim": {"claimName": name}}
    inner = {
        key: value for key, value in template.get("spec", {}).items() if key not in {"subdomain", "hostname"}
    }
    if claims:
        others = [volume for volume in inner.get("volumes", ()) if volume.get("name", "") not in claims]
        inner["volumes"] = [*claims.values(), *others]
    return {**template, "spec": inner}
