"""The API server's validation of Jobs and CronJobs.

Source: pkg/apis/batch/validation/validation.go validateJobSpec, validateGeneratedSelector and
validateCronJobSpec, pkg/registry/batch/job/strategy.go generateSelector, 1.24 to 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import non_negative, one_of
from rbacpsp.admission.validation.pods import template_errors
from rbacpsp.admission.validation.workloads.job_policies import (
    failure_policy_errors,
    managed_by_errors,
    success_policy_errors,
)
from rbacpsp.admission.validation.workloads.schedules import schedule_errors, time_zone_errors
from rbacpsp.admission.validation.workloads.selectors import converted, is_usable
from rbacpsp.apply.selectors import selects
from rbacpsp.apply.validation.metadata import selector_errors
from rbacpsp.model.field_error import FieldError, FieldPath, GoText, invalid, not_supported, required
from rbacpsp.model.go_values import go_map, go_selector, go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_errors
from rbacpsp.model.version import Version

MADE_UID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
"""Stands for the uid that the server generates for a Job."""

_SPEC = FieldPath.of("spec")
_DOMAIN = "batch.kubernetes.io/"
_DOMAIN_SINCE = Version(1, 27)
"""Since then the labels of a Job's pods are written with their domain, too."""
FAILURE_SINCE = Version(1, 26)
INDEXES_SINCE = Version(1, 29)
_REPLACED_SINCE = Version(1, 29)
SUCCESS_SINCE = Version(1, 31)
MANAGED_SINCE = Version(1, 32)
_TIME_ZONE_SINCE = Version(1, 25)
_MANY, _MOST_FAILED, _MOST_AT_ONCE = 100_000, 10_000, 10_000
_MODES = ("NonIndexed", "Indexed")
_ONCE = ("OnFailure", "Never")


def job_errors(name: str, body: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with a Job that is created; its selector and some labels are generated."""
    spec, uid = defaulted_job(body.get("spec", {})), MADE_UID
    manual = bool(spec.get("manualSelector"))
    if not manual:
        yield from _generated_errors(name, spec, uid, version)
    template = spec.get("template", {})
    metadata = {**template.get("metadata", {}), "labels": job_labels(name, spec, version)}
    yield from inner_job_errors({**spec, "template": {**template, "metadata": metadata}}, _SPEC, version)
    yield from _selector_errors(name, spec, uid, version, manual=manual)
    yield from completions_name_errors(name, spec, version)


def defaulted_job(spec: JSONObject) -> JSONObject:
    """The spec of a Job, with the server's defaults for completions and parallelism."""
    if "completions" in spec or "parallelism" in spec:
        return {"parallelism": 1, **spec}
    return {"completions": 1, "parallelism": 1, **spec}


def _made_labels(name: str, uid: str, version: Version) -> dict[str, str]:
    plain = {"controller-uid": uid, "job-name": name}
    if version < _DOMAIN_SINCE:
        return plain
    return {**plain, **{f"{_DOMAIN}{key}": value for key, value in plain.items()}}


def _generated(spec: JSONObject, uid: str, version: Version) -> JSONObject:
    """The selector that the server generates for a Job."""
    selector = spec.get("selector", {})
    key = f"{_DOMAIN if version >= _DOMAIN_SINCE else ''}controller-uid"
    return {**selector, "matchLabels": {key: uid, **selector.get("matchLabels", {})}}


def _labels(name: str, spec: JSONObject, uid: str, version: Version) -> dict[str, str]:
    own = spec.get("template", {}).get("metadata", {}).get("labels", {})
    return {**_made_labels(name, uid, version), **own}


def job_labels(name: str, spec: JSONObject, version: Version) -> dict[str, str]:
    """The labels of the template of a Job that is created, most of which the server generates."""
    if spec.get("manualSelector"):
        return dict(spec.get("template", {}).get("metadata", {}).get("labels", {}))
    return _labels(name, spec, MADE_UID, version)


def _generated_errors(name: str, spec: JSONObject, uid: str, version: Version) -> Iterator[FieldError]:
    """Generated labels that the template already has, with other values."""
    expected, labels = _made_labels(name, uid, version), _labels(name, spec, uid, version)
    path = _SPEC.child("template", "metadata", "labels")
    for key, value in expected.items():
        if labels[key] != value:
            yield invalid(path.key(key), go_map(labels, version), f"must be '{value}'")
    selector = _generated(spec, uid, version)
    if is_usable(selector, version) and not selects(converted(selector), expected):
        at = _SPEC.child("selector")
        yield invalid(at, go_selector(selector, version), "`selector` not auto-generated")


def _selector_errors(
    name: str, spec: JSONObject, uid: str, version: Version, *, manual: bool
) -> Iterator[FieldError]:
    selector = spec.get("selector") if manual else _generated(spec, uid, version)
    own = spec.get("template", {}).get("metadata", {}).get("labels")
    labels = own if manual else _labels(name, spec, uid, version)
    at = _SPEC.child("selector")
    if selector is None:
        yield required(at)
        matches = False
    else:
        yield from selector_errors(converted(selector), at, version)
        if not is_usable(selector, version):
            return
        matches = selects(converted(selector), labels or {})
    if not matches:
        labels_path = _SPEC.child("template", "metadata", "labels")
        yield invalid(labels_path, go_map(labels, version), "`selector` does not match template `labels`")


def stored_selector_errors(
    name: str, spec: JSONObject, uid: str, version: Version, *, generated: bool
) -> Iterator[FieldError]:
    """What is wrong with the selector of a stored Job; `generated`: whether it needs the generated labels."""
    template = spec.get("template", {})
    labels = template.get("metadata", {}).get("labels")
    selector = spec.get("selector")
    if generated and selector is not None:
        expected = _made_labels(name, uid, version)
        path = _SPEC.child("template", "metadata", "labels")
        for key, value in expected.items():
            if key not in (labels or {}):
                yield required(path.key(key), f"must be '{value}'")
            elif (labels or {})[key] != value:
                yield invalid(path.key(key), go_map(labels, version), f"must be '{value}'")
        if is_usable(selector, version) and not selects(converted(selector), expected):
            at = _SPEC.child("selector")
            yield invalid(at, go_selector(selector, version), "`selector` not auto-generated")
    yield from _selector_errors(name, spec, uid, version, manual=True)


def completions_name_errors(name: str, spec: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the name of an indexed Job: the names of its pods must be valid."""
    completions = spec.get("completions")
    if spec.get("completionMode") == "Indexed" and completions:
        highest = f"{name}-{completions - 1}"
        if label_errors(highest, version):
            words = f"will not able to create pod with invalid DNS label: {highest}"
            yield invalid(FieldPath.of("metadata", "name"), name, words)


def inner_job_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the spec of a Job, or of the Jobs of a CronJob."""
    for name in (
        *("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit"),
        "ttlSecondsAfterFinished",
    ):
        yield from non_negative(spec, name, path)
    if version >= INDEXES_SINCE:
        yield from non_negative(spec, "backoffLimitPerIndex", path)
        yield from non_negative(spec, "maxFailedIndexes", path)
        if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
            yield required(path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified")
    if spec.get("managedBy") is not None and version >= MANAGED_SINCE:
        yield from managed_by_errors(spec["managedBy"], path.child("managedBy"), version)
    yield from _mode_errors(spec, path, version)
    if "podFailurePolicy" in spec and version >= FAILURE_SINCE:
        yield from failure_policy_errors(spec, path.child("podFailurePolicy"), version)
    if "successPolicy" in spec and version >= SUCCESS_SINCE:
        at = path.child("successPolicy")
        if spec.get("completionMode") != "Indexed":
            yield invalid(at, go_struct("batch.SuccessPolicy", version), "requires indexed completion mode")
        else:
            yield from success_policy_errors(spec, spec.get("completions") or 0, at, version)
    if spec.get("podReplacementPolicy") is not None and version >= _REPLACED_SINCE:
        known = ("Failed",) if "podFailurePolicy" in spec else ("Failed", "TerminatingOrFailed")
        yield from one_of(spec, "podReplacementPolicy", known, path)
    yield from template_errors(spec.get("template", {}), path.child("template"), version)
    yield from _restart_errors(spec, path.child("template", "spec", "restartPolicy"), version)


def _mode_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    mode = spec.get("completionMode", "NonIndexed")
    at = path.child("completionMode")
    if mode not in _MODES:
        yield not_supported(at, mode, _MODES)
    indexes = spec.get("backoffLimitPerIndex") if version >= INDEXES_SINCE else None
    failed = spec.get("maxFailedIndexes") if version >= INDEXES_SINCE else None
    if mode == "NonIndexed":
        for name, value in (("backoffLimitPerIndex", indexes), ("maxFailedIndexes", failed)):
            if value is not None:
                yield invalid(path.child(name), value, "requires indexed completion mode")
    if mode != "Indexed":
        return
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    if completions is None:
        yield required(path.child("completions"), "when completion mode is Indexed")
    if parallelism is not None and parallelism > _MANY:
        words = f"must be less than or equal to {_MANY} when completion mode is Indexed"
        yield invalid(path.child("parallelism"), parallelism, words)
    if failed is not None and completions is not None and failed > completions:
        yield invalid(path.child("maxFailedIndexes"), failed, "must be less than or equal to completions")
    if failed is not None and failed > _MANY:
        yield invalid(path.child("maxFailedIndexes"), failed, f"must be less than or equal to {_MANY}")
    if completions is not None and completions > _MANY and indexes is not None:
        above = f"when completions are above {_MANY} and used with backoff limit per index"
        if failed is None:
            words = f"must be specified when completions is above {_MANY}"
            yield required(path.child("maxFailedIndexes"), words)
        for name, value, most in (
            ("parallelism", parallelism, _MOST_AT_ONCE),
            ("maxFailedIndexes", failed, _MOST_FAILED),
        ):
            if value is not None and value > most:
                yield invalid(path.child(name), value, f"must be less than or equal to {most} {above}")


def _restart_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    policy = spec.get("template", {}).get("spec", {}).get("restartPolicy") or "Always"
    if policy == "Always":
        yield required(path, 'valid values: "OnFailure", "Never"')
    elif policy not in _ONCE:
        yield not_supported(path, policy, _ONCE)
    elif policy != "Never" and "podFailurePolicy" in spec and version >= FAILURE_SINCE:
        yield invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')


def cron_job_errors(
    spec: JSONObject, version: Version, old: JSONObject | None = None
) -> Iterator[FieldError]:
    """What is wrong with the spec of a CronJob; `old` is the one that it replaces."""
    zone = spec.get("timeZone") if version >= _TIME_ZONE_SINCE else None
    schedule, at = spec.get("schedule", ""), _SPEC.child("schedule")
    if not schedule:
        yield required(at)
    else:
        zoned = "TZ" in (old or {}).get("schedule", "")
        yield from schedule_errors(schedule, at, version, zone=zone, zoned_before=zoned)
    yield from non_negative(spec, "startingDeadlineSeconds", _SPEC)
    if zone is not None and (old is None or old.get("timeZone") != zone):
        yield from time_zone_errors(zone, _SPEC.child("timeZone"), version)
    if spec.get("concurrencyPolicy"):
        yield from one_of(spec, "concurrencyPolicy", ("Allow", "Forbid", "Replace"), _SPEC)
    inner, path = spec.get("jobTemplate", {}).get("spec", {}), _SPEC.child("jobTemplate", "spec")
    yield from inner_job_errors(inner, path, version)
    if inner.get("selector") is not None:
        selector_text = go_selector(inner["selector"], version)
        yield invalid(path.child("selector"), selector_text, "`selector` will be auto-generated")
    if inner.get("manualSelector"):
        manual_path = path.child("manualSelector")
        error = not_supported(manual_path, "", ("nil", "false"))
        yield FieldError(error.field, error.type, GoText("true"), error.detail, error.at)
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        yield from non_negative(spec, name, _SPEC)
