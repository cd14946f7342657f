"""The findings of an audit as SARIF 2.1.0, for code scanning.

A finding from files has the place of its binding or object; one from a live cluster has logical locations,
and the name of a page that stands for the cluster, since code scanning wants a file. GitHub takes 25,000
results and 1,000 locations of each, and 10 MB compressed: what is cut is said in a notification of the run.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and GitHub's "SARIF support for code scanning".
"""

from collections.abc import Sequence
from typing import Any

from rbacpsp.audit import Audit, Severity
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.report.findings import Locate, ObjectLocation, Row, Writer, nowhere
from rbacpsp.report.sarif import MOST_LOCATIONS, MOST_RESULTS, location, log, message

LIVE = "cluster"
"""The artifact that stands for a live cluster."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}


def document(audit: Audit, locate: Locate = nowhere) -> dict[str, Any]:
    """The log, of one run, as plain values."""
    shown = audit.findings[:MOST_RESULTS]
    found = list(Writer(locate).rows(shown))
    rules = {row.finding.rule.id: row.finding.rule for row in found}
    described = [_rule(rule) for _, rule in sorted(rules.items())]
    return log(described, list(map(_result, found)), _notes(audit, found, locate))


def _notes(audit: Audit, found: Sequence[Row], locate: Locate) -> list[str]:
    texts = list(audit.warnings)
    if len(audit) > len(found):
        left = len(audit) - len(found)
        texts.append(
            f"{left} findings are left out, the least grave ones: code scanning shows {MOST_RESULTS}."
        )
    many = sum(len(row.grants) > MOST_LOCATIONS for row in found)
    if many:
        texts.append(f"{many} findings have more than {MOST_LOCATIONS} grants, of which the first are shown.")
    if found and locate is nowhere:
        texts.append(f'The objects are those of a live cluster: the file "{LIVE}" stands for it.')
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


def _result(row: Row) -> dict[str, Any]:
    finding = row.finding
    places = [row.about] if row.about else []
    places += [grant.binding for grant in row.grants]
    places = list(dict.fromkeys(places))[:MOST_LOCATIONS] or [ObjectLocation(row.who)]
    roles = list(dict.fromkeys(grant.role for grant in row.grants))[:MOST_LOCATIONS]
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "level": _LEVELS[finding.severity],
        "message": message(f"{row.sentence} {finding.rule.gain} Change: {'; '.join(row.changes)}."),
        "locations": [_location(place) for place in places[:1]],
        "partialFingerprints": {"rbacpsp/v1": finding.fingerprint},
        "properties": {"security-severity": finding.severity.score, "severity": str(finding.severity)},
    }
    if row.assumed:
        result["properties"]["assumed"] = True
    related = [*places[1:], *roles]
    if related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": place.words}, **_location(place)}
            for number, place in enumerate(related, 1)
        ]
    return result


def _location(place: ObjectLocation) -> dict[str, Any]:
    return location(place.file or LIVE, place.line, place.words)
