"""The results of `psa check` as SARIF 2.1.0: a result for each failed check."""

import hashlib
from collections.abc import Sequence
from typing import Any

from rbacpsp.pss.checks import PodSecurityCheck, find_check
from rbacpsp.report import sarif
from rbacpsp.report.pod_security import FailedCheck, PodSecurityResult
from rbacpsp.report.sarif import MOST_LOCATIONS, MOST_RESULTS, location, message

STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_LEVELS = {"baseline": ("error", "8.0"), "restricted": ("warning", "5.5")}
"""A pod that violates the baseline may reach its node; the restricted level only hardens pods."""


def log(objects: Sequence[PodSecurityResult]) -> dict[str, Any]:
    """The log: failures of the baseline first, then in the order of the files."""
    pairs = [(obj, failed) for obj in objects for failed in obj.failed]
    pairs.sort(key=lambda pair: pair[1].failure.level != "baseline")
    ids = sorted({failed.failure.check for _, failed in pairs})
    results = [_result(obj, failed) for obj, failed in pairs[:MOST_RESULTS]]
    omitted = len(pairs) - len(results)
    notes = [f"{omitted} results are left out: code scanning shows {MOST_RESULTS}."] if omitted else []
    return sarif.log([_rule(find_check(name)) for name in ids], results, notes)


def _rule(check: PodSecurityCheck) -> dict[str, Any]:
    level, score = _LEVELS[check.level]
    fields = [
        f"Restricted fields: {', '.join(limits.fields)}. Allowed values: {', '.join(limits.allowed)}."
        for limits in check.rules[-1].restrictions
    ]
    return {
        "id": check.id,
        "shortDescription": {"text": check.demand},
        "fullDescription": {"text": check.demand},
        "help": {"text": " ".join([check.demand, *fields])},
        "helpUri": STANDARDS,
        "defaultConfiguration": {"level": level},
        "properties": {"security-severity": score, "tags": ["security", "kubernetes"]},
    }


def _result(checked: PodSecurityResult, failed: FailedCheck) -> dict[str, Any]:
    failure = failed.failure
    first, *other_locations = [
        location(checked.file, fault.line, fault.field, "member") for fault in failed.faults[:MOST_LOCATIONS]
    ] or [location(checked.file, checked.line, checked.title)]
    related = [
        {"id": number, "message": {"text": fault.field}, **field_location}
        for number, (fault, field_location) in enumerate(
            zip(failed.faults[1:MOST_LOCATIONS], other_locations, strict=True), 1
        )
    ]
    parts = [failure.check, checked.kind, checked.namespace, checked.name, *failure.fields]
    fingerprint = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return {
        "ruleId": failure.check,
        "level": _LEVELS[failure.level][0],
        "message": message(f"{checked.sentence}: {failed.message}"),
        "locations": [first],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {"rbacpsp/v1": fingerprint},
    }
