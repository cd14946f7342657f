"""The findings of an audit as SARIF 2.1.0, for code scanning.

A finding from files has the file and line of its binding or object. A finding from a live cluster has logical
locations and a file name that stands for the cluster, since code scanning requires a file. GitHub accepts
25,000 results, 1,000 locations of each, and 10 MB compressed: a notification of the run says what was cut.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's "SARIF support for code scanning".
"""

from collections.abc import Sequence
from typing import Any

from rbacpsp.audit import Audit, Severity
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.report.findings import FindingRow, Locate, ObjectLocation, Writer, nowhere
from rbacpsp.report.sarif import MOST_LOCATIONS, MOST_RESULTS, location, log, message

LIVE = "cluster"
"""The file name that stands for a live cluster."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}


def document(audit: Audit, locate: Locate = nowhere) -> dict[str, Any]:
    """The log, of one run, as plain values."""
    findings = audit.findings[:MOST_RESULTS]
    rows = list(Writer(locate).rows(findings))
    rules = {row.finding.rule.id: row.finding.rule for row in rows}
    described = [_rule(rule) for _, rule in sorted(rules.items())]
    return log(described, list(map(_result, rows)), _notes(audit, rows, locate))


def _notes(audit: Audit, rows: Sequence[FindingRow], locate: Locate) -> list[str]:
    texts = list(audit.warnings)
    if len(audit) > len(rows):
        omitted = len(audit) - len(rows)
        texts.append(
            f"{omitted} findings are left out, the least severe ones: code scanning shows {MOST_RESULTS}."
        )
    many = sum(len(row.grants) > MOST_LOCATIONS for row in rows)
    if many:
        texts.append(f"{many} findings have more than {MOST_LOCATIONS} grants: only the first are shown.")
    if rows and locate is nowhere:
        texts.append(f'The objects come from a live cluster: the file "{LIVE}" stands for it.')
    return texts


def _rule(rule: RuleText) -> dict[str, Any]:
    references = "\n".join(f"- [{reference.title}]({reference.url})" for reference in rule.references)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why} {rule.gain} {rule.remedy}",
            "markdown": f"{rule.why}\n\n**Gain:** {rule.gain}\n\n**Remedy:** {rule.remedy}\n\n{references}",
        },
        "helpUri": rule.references[0].url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": rule.severity.score,
            "tags": ["security", "kubernetes", "access"],
        },
    }


def _result(row: FindingRow) -> dict[str, Any]:
    finding = row.finding
    objects = [row.about] if row.about else []
    objects += [grant.binding for grant in row.grants]
    objects = list(dict.fromkeys(objects))[:MOST_LOCATIONS] or [ObjectLocation(row.who)]
    roles = list(dict.fromkeys(grant.role for grant in row.grants))[:MOST_LOCATIONS]
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "level": _LEVELS[finding.severity],
        "message": message(f"{row.sentence} {finding.rule.gain} Change: {'; '.join(row.changes)}."),
        "locations": [_location(obj) for obj in objects[:1]],
        "partialFingerprints": {"rbacpsp/v1": finding.fingerprint},
        "properties": {"security-severity": finding.severity.score, "severity": str(finding.severity)},
    }
    if row.assumed:
        result["properties"]["assumed"] = True
    related = [*objects[1:], *roles]
    if related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": obj.words}, **_location(obj)}
            for number, obj in enumerate(related, 1)
        ]
    return result


def _location(obj: ObjectLocation) -> dict[str, Any]:
    return location(obj.file or LIVE, obj.line, obj.words)
