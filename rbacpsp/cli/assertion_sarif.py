"""Assertions that do not pass, as SARIF 2.1.0: a result for each, at the line of the assertion."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from rbacpsp.assertions import AccessTestResult
from rbacpsp.assertions.run import CANNOT_BE_ASKED, FAIL
from rbacpsp.model.json import JSONObject
from rbacpsp.report import sarif

_RULES = {
    FAIL: (
        "assertion-failed",
        "error",
        "An assertion about access fails",
        "An assertion about the cluster does not hold; the grants shown violate it.",
    ),
    CANNOT_BE_ASKED: (
        "assertion-cannot-be-asked",
        "warning",
        "An assertion about access cannot be tested",
        "The cluster has nothing that the assertion refers to, so the assertion proves nothing.",
    ),
}


class NotPassed(NamedTuple):
    """An assertion that fails or cannot be asked."""

    file: str
    result: AccessTestResult
    related: tuple[tuple[str, int, str], ...]
    """File, line and words of each of its grants."""


def document(items: Iterable[NotPassed]) -> JSONObject:
    """The log: failures first."""
    ordered = sorted(items, key=lambda item: item.result.result != FAIL)
    listed = ordered[: sarif.MOST_RESULTS]
    omitted = len(ordered) - len(listed)
    notes = [f"{omitted} results are left out: code scanning shows {sarif.MOST_RESULTS}."] if omitted else []
    outcomes = [outcome for outcome in _RULES if any(item.result.result == outcome for item in listed)]
    return sarif.log([_rule(outcome) for outcome in outcomes], list(map(_result, listed)), notes)


def _rule(outcome: str) -> JSONObject:
    name, level, title, text = _RULES[outcome]
    return {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["security", "kubernetes", "access"]},
    }


def _result(item: NotPassed) -> JSONObject:
    assertion = item.result.assertion
    name, level, _, _ = _RULES[item.result.result]
    reason = f" Reason: {assertion.reason}." if assertion.reason else ""
    parts = f"{name}\0{item.file}\0{assertion.name}".encode("utf-8", "surrogatepass")
    related = [
        {"id": number, "message": sarif.message(words), **sarif.location(file, line, words)}
        for number, (file, line, words) in enumerate(item.related[: sarif.MOST_LOCATIONS], 1)
    ]
    return {
        "ruleId": name,
        "level": level,
        "message": sarif.message(f"{assertion.name}: {item.result.why}.{reason}"),
        "locations": [sarif.location(item.file, assertion.line, assertion.name, "member")],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {"rbacpsp/v1": hashlib.sha256(parts).hexdigest()[:32]},
    }
