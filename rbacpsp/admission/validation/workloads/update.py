"""The API server's validation of an update of a workload, of which some fields may not change.

Source: pkg/apis/apps/validation ValidateDeploymentUpdate, ValidateStatefulSetUpdate and their like,
pkg/apis/batch/validation ValidateJobUpdate, pkg/registry/apps/*/strategy.go, 1.24 to 1.37.
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.admission.validation.checks import IMMUTABLE, STATEFUL_TEMPLATES_SINCE
from rbacpsp.admission.validation.workloads.apps import (
    daemon_set_errors,
    deployment_errors,
    replica_set_errors,
    stateful_set_errors,
)
from rbacpsp.admission.validation.workloads.jobs import (
    FAILURE_SINCE,
    INDEXES_SINCE,
    MANAGED_SINCE,
    SUCCESS_SINCE,
    completions_name_errors,
    cron_job_errors,
    defaulted_job,
    inner_job_errors,
    stored_selector_errors,
)
from rbacpsp.admission.validation.workloads.replication import (
    pod_template_errors,
    replication_controller_errors,
)
from rbacpsp.model.field_error import FieldError, FieldPath, GoText, forbidden, invalid, json_text
from rbacpsp.model.go_values import go_selector, go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.canonical import canonical

_SPEC = FieldPath.of("spec")
_ORDINALS_SINCE, _HISTORY_SINCE = Version(1, 26), Version(1, 33)
_GATES_SINCE, _RESOURCES_SINCE = Version(1, 27), Version(1, 36)
_ELASTIC_SINCE = Version(1, 27)
"""Since then an indexed Job may change how many of its pods must succeed."""
_GENERATED_UNTIL = Version(1, 24)
"""The last version that asks for the generated labels of a Job on every update."""
_FIXED_SINCE = {
    "podFailurePolicy": FAILURE_SINCE,
    "backoffLimitPerIndex": INDEXES_SINCE,
    "managedBy": MANAGED_SINCE,
    "successPolicy": SUCCESS_SINCE,
}
"""The fields besides completionMode that no update of a Job may change, and the version that added each."""
_JOB_DEFAULTS = {"completionMode": "NonIndexed"}
_APPS = {
    "DaemonSet": daemon_set_errors,
    "Deployment": deployment_errors,
    "ReplicaSet": replica_set_errors,
}


def workload_change_errors(
    kind: str, body: JSONObject, submitted: JSONObject, old: JSONObject, version: Version
) -> Iterator[FieldError]:
    """What is wrong with a workload that replaces another, except for its metadata.

    Args:
        kind: Its kind.
        body: With the template defaulted and prepared.
        submitted: As it was sent.
        old: The stored one, defaulted likewise.
        version: The server's.
    """
    spec, before = body.get("spec", {}), old.get("spec", {})
    match kind:
        case "DaemonSet" | "Deployment" | "ReplicaSet":
            yield from _APPS[kind](spec, version)
            yield from _selector_change(spec, before, version)
        case "StatefulSet":
            yield from _stateful_set_errors(spec, before, version)
        case "Job":
            yield from _job_errors(body, old, version)
        case "CronJob":
            yield from cron_job_errors(spec, version, before)
        case "ReplicationController":
            templated = submitted.get("spec", {}).get("template") is not None
            yield from replication_controller_errors(spec, version, templated=templated)
        case _:
            yield from pod_template_errors(body.get("template", {}), version)


def _selector_change(spec: JSONObject, before: JSONObject, version: Version) -> Iterator[FieldError]:
    new = spec.get("selector")
    if _plain(new) != _plain(before.get("selector")):
        selector_text = None if new is None else go_selector(new, version)
        yield invalid(_SPEC.child("selector"), selector_text, IMMUTABLE, version)


def _plain(value: Any) -> Any:
    """A value without its empty parts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if inner not in (None, {}, [], "")}
    return value


def _stateful_set_errors(spec: JSONObject, before: JSONObject, version: Version) -> Iterator[FieldError]:
    valid_before = not any(True for _ in stateful_set_errors(before, version, created=False))
    yield from stateful_set_errors(spec, version, created=False, templates=valid_before)
    if version >= STATEFUL_TEMPLATES_SINCE:
        yield from _selector_change(spec, before, version)
        claims = [spec_of.get("volumeClaimTemplates", []) for spec_of in (spec, before)]
        if claims[0] != claims[1]:
            claims_text = GoText("{...}" if claims[0] else json_text(spec.get("volumeClaimTemplates")))
            yield invalid(_SPEC.child("volumeClaimTemplates"), claims_text, IMMUTABLE)
        for name, default in (("serviceName", ""), ("podManagementPolicy", "OrderedReady")):
            new = spec.get(name) or default
            if new != (before.get(name) or default):
                yield invalid(_SPEC.child(name), new, IMMUTABLE)
        return
    changeable = ["replicas", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy"]
    if version >= _ORDINALS_SINCE:
        changeable.insert(1, "ordinals")
    if version >= _HISTORY_SINCE:
        changeable.insert(4, "revisionHistoryLimit")
    changeable_fields = {*changeable, "ordinals", "minReadySeconds"}
    new, old = (
        {
            key: _plain(value)
            for key, value in _stateful_defaults(spec_of).items()
            if key not in changeable_fields
        }
        for spec_of in (spec, before)
    )
    if new != old:
        names = ", ".join(f"'{name}'" for name in changeable)
        words = (
            f"updates to statefulset spec for fields other than {names} and 'minReadySeconds' are forbidden"
        )
        yield forbidden(_SPEC, words)


def _stateful_defaults(spec: JSONObject) -> JSONObject:
    policy = spec.get("podManagementPolicy") or "OrderedReady"
    return {"revisionHistoryLimit": 10, **spec, "podManagementPolicy": policy}


def _job_errors(body: JSONObject, old: JSONObject, version: Version) -> Iterator[FieldError]:
    spec, before = (defaulted_job(job.get("spec", {})) for job in (body, old))
    metadata = body.get("metadata", {})
    name, uid = metadata.get("name", ""), str(old.get("metadata", {}).get("uid") or "")
    yield from inner_job_errors(spec, _SPEC, version)
    generated = version <= _GENERATED_UNTIL and not spec.get("manualSelector")
    yield from stored_selector_errors(name, spec, uid, version, generated=generated)
    yield from _completions_change(spec, before, version)
    yield from _selector_change(spec, before, version)
    yield from _template_change(body, old, version)
    for key in ("completionMode", *(name for name, since in _FIXED_SINCE.items() if version >= since)):
        new, old_value = (job_spec.get(key, _JOB_DEFAULTS.get(key)) for job_spec in (spec, before))
        if _plain(new) != _plain(old_value):
            template_text = (
                new if isinstance(new, int | str) else go_struct(f"batch.{key[0].upper()}{key[1:]}", version)
            )
            yield invalid(_SPEC.child(key), None if new is None else template_text, IMMUTABLE, version)
    yield from completions_name_errors(name, spec, version)


def _completions_change(spec: JSONObject, before: JSONObject, version: Version) -> Iterator[FieldError]:
    new, old = spec.get("completions"), before.get("completions")
    if new == old:
        return
    at = _SPEC.child("completions")
    if spec.get("completionMode") != "Indexed" or version < _ELASTIC_SINCE:
        yield invalid(at, new, IMMUTABLE, version)
    elif new is not None and new != spec["parallelism"]:
        yield invalid(at, new, "can only be modified in tandem with spec.parallelism")


def _template_change(body: JSONObject, old: JSONObject, version: Version) -> Iterator[FieldError]:
    """A Job that is suspended and has not started yet may change where its pods are to run."""
    before = old.get("spec", {})
    waiting = bool(before.get("suspend"))
    free = waiting and not old.get("status", {}).get("startTime")
    new, stored = (
        _fixed(canonical(workload.get("spec", {}).get("template", {})), version, free=free, waiting=waiting)
        for workload in (body, old)
    )
    if new == stored:
        return
    at, name = _SPEC.child("template"), "core.PodTemplateSpec"
    if waiting and version >= _RESOURCES_SINCE:
        at, name = FieldPath.of("spec", "template.spec"), "core.PodSpec"
    yield invalid(at, go_struct(name, version), IMMUTABLE)


def _fixed(template: JSONObject, version: Version, *, free: bool, waiting: bool) -> JSONObject:
    """The parts of a Job's template that may not change."""
    metadata = {key: template.get("metadata", {}).get(key, {}) for key in ("labels", "annotations")}
    spec = dict(template.get("spec", {}))
    if waiting and version >= _RESOURCES_SINCE:
        for kind in ("containers", "initContainers"):
            spec[kind] = [{**container, "resources": {}} for container in spec.get(kind) or ()]
        metadata = {}
    if free:
        metadata = {}
        changeable_fields = {
            "nodeSelector",
            "tolerations",
            *(("schedulingGates",) if version >= _GATES_SINCE else ()),
        }
        spec = {key: value for key, value in spec.items() if key not in changeable_fields}
        affinity = {key: value for key, value in spec.pop("affinity", {}).items() if key != "nodeAffinity"}
        spec |= {"affinity": affinity} if affinity else {}
    return {"metadata": metadata, "spec": spec}
