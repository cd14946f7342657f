"""The results of a SARIF log as annotations of files and lines, for formats other than SARIF."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_ESCAPED = re.compile(r"\\([\\\[\]])")
_SCORES = (("critical", 9.0), ("high", 7.0), ("medium", 4.0), ("low", 0.1))
"""GitHub's thresholds for `security-severity`."""
_WITHOUT_SCORE = {"error": "high", "warning": "medium", "note": "low"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A result at a line of a file."""

    rule: str
    title: str
    level: str
    """`error`, `warning` or `note`."""
    severity: str
    """`critical`, `high`, `medium`, `low` or `info`."""
    message: str
    file: str
    line: int
    fingerprint: str


def annotations(log: Mapping[str, Any]) -> Iterator[Annotation]:
    """An annotation for each result of a SARIF log from `rbacpsp.report.sarif`, in the order of the log."""
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            yield _annotation(result, rules[result["ruleIndex"]])


def notes(log: Mapping[str, Any]) -> Iterator[str]:
    """The notifications of a log, for example that results were left out."""
    for run in log["runs"]:
        for invocation in run["invocations"]:
            for note in invocation["toolExecutionNotifications"]:
                yield note["message"]["text"]


def _annotation(result: Mapping[str, Any], rule: Mapping[str, Any]) -> Annotation:
    location = result["locations"][0]["physicalLocation"]
    return Annotation(
        rule=result["ruleId"],
        title=rule["shortDescription"]["text"],
        level=result["level"],
        severity=_severity(result, rule),
        message=_ESCAPED.sub(r"\1", result["message"]["text"]),
        file=_path(location["artifactLocation"]["uri"]),
        line=location["region"]["startLine"],
        fingerprint=result["partialFingerprints"]["rbacpsp/v1"],
    )


def _severity(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    for owner in (result, rule):
        score = owner.get("properties", {}).get("security-severity")
        if score is not None:
            return next((severity for severity, minimum in _SCORES if float(score) >= minimum), "info")
    return _WITHOUT_SCORE[result["level"]]


def _path(uri: str) -> str:
    return unquote(uri.removeprefix("file://"), errors="surrogateescape")
