"""The findings of an audit as JSON values, for programs; a later audit can use them as its baseline."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.findings import FindingRow, Locate, Writer, nowhere, summary


def document(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> dict[str, Any]:
    """The audit as one object of values that msgspec encodes.

    Its findings are iterators, so that those of a large cluster are never all in memory.
    """
    writer = Writer(locate)
    used = {finding.rule.id: finding.rule for finding in chain(audit.findings, audit.ruled_out)}
    audit_json: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "Audit",
        "kubernetesVersion": str(audit.version),
        **({"versionAssumed": True} if audit.version_is_assumed else {}),
        "summary": summary(audit),
        "counts": {str(severity): count for severity, count in audit.counts().items()},
        "findings": _entries(writer, audit.findings),
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "title": rule.title,
                "why": rule.why,
                "gain": rule.gain,
                "remedy": rule.remedy,
                "references": [
                    {"title": reference.title, "url": reference.url} for reference in rule.references
                ],
            }
            for _, rule in sorted(used.items())
        ],
    }
    if ruled_out:
        audit_json["ruledOut"] = _entries(writer, audit.ruled_out)
    return {**audit_json, "method": METHOD, "limits": LIMITS, "warnings": list(audit.warnings)}


def _entries(writer: Writer, findings: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    for row in writer.rows(findings):  # after the last one nothing holds the writer and its words any more
        yield finding_json(row)


def finding_json(row: FindingRow) -> dict[str, Any]:
    """A finding as a JSON object."""
    finding = row.finding
    finding_data: dict[str, Any] = {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule.id,
        "severity": finding.severity,
        "title": finding.title,
        "scope": finding.scope or None,
    }
    if finding.subject:
        subject = finding.subject
        finding_data["subject"] = {
            "kind": subject.kind,
            "namespace": subject.namespace or None,
            "name": subject.name,
        }
    if row.about:
        finding_data["object"] = row.about
    if row.permission:
        finding_data["permission"] = row.permission
    if said := row.said:
        finding_data["detail"] = said
    if row.grants:
        finding_data["grants"] = row.grants
    if row.path:
        finding_data["steps"] = row.path.steps
    finding_data["gain"] = finding.rule.gain
    finding_data["change"] = row.changes
    if finding.ruled_out:
        finding_data["because"] = finding.ruled_out
    return finding_data
