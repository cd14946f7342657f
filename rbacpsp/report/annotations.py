"""Results as annotations of lines of files, for formats other than SARIF."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_ESCAPED = re.compile(r"\\([\\\[\]])")
_SCORES = (("critical", 9.0), ("high", 7.0), ("medium", 4.0), ("low", 0.1))
"""GitHub's own thresholds of `security-severity`."""
_WITHOUT_SCORE = {"error": "high", "warning": "medium", "note": "low"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note at a line of a file."""

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
    """A note for each result of a SARIF log that `rbacpsp.report.sarif` made, in its order."""
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            yield _annotation(result, rules[result["ruleIndex"]])


def notes(log: Mapping[str, Any]) -> Iterator[str]:
    """What a log says beside its results, such as what was cut."""
    for run in log["runs"]:
        for invocation in run["invocations"]:
            for note in invocation["toolExecutionNotifications"]:
                yield note["message"]["text"]


def _annotation(result: Mapping[str, Any], rule: Mapping[str, Any]) -> Annotation:
    place = result["locations"][0]["physicalLocation"]
    return Annotation(
        rule=result["ruleId"],
        title=rule["shortDescription"]["text"],
        level=result["level"],
        severity=_severity(result, rule),
        message=_ESCAPED.sub(r"\1", result["message"]["text"]),
        file=_path(place["artifactLocation"]["uri"]),
        line=place["region"]["startLine"],
        fingerprint=result["partialFingerprints"]["rbacpsp/v1"],
    )


def _severity(result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    for holder in (result, rule):
        score = holder.get("properties", {}).get("security-severity")
        if score is not None:
            return next((word for word, least in _SCORES if float(score) >= least), "info")
    return _WITHOUT_SCORE[result["level"]]


def _path(uri: str) -> str:
    return unquote(uri.removeprefix("file://"), errors="surrogateescape")
