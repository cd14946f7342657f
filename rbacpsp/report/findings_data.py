"""The findings of an audit as plain JSON values, for programs; a later audit takes them as its baseline."""

from typing import Any

from rbacpsp.audit import Audit
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.findings import Locate, Place, Row, Writer, nowhere, summary


def document(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> Answer:
    """The audit as one object."""
    return Answer("Audit", Table((), ()), data(audit, locate, ruled_out=ruled_out))


def data(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> dict[str, Any]:
    """The audit as plain JSON values."""
    writer = Writer(locate)
    used = {finding.rule.id: finding.rule for finding in (*audit.findings, *audit.ruled_out)}
    found: dict[str, Any] = {
        "kubernetesVersion": str(audit.version) if audit.version else None,
        "summary": summary(audit),
        "counts": {str(severity): count for severity, count in audit.counts().items()},
        "findings": [_row(writer.row(finding)) for finding in audit.findings],
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "title": rule.title,
                "why": rule.why,
                "gain": rule.gain,
                "remedy": rule.remedy,
                "references": [{"title": each.title, "url": each.url} for each in rule.references],
            }
            for _, rule in sorted(used.items())
        ],
    }
    if ruled_out:
        found["ruledOut"] = [
            {**_row(writer.row(finding)), "because": finding.ruled_out} for finding in audit.ruled_out
        ]
    return {**found, "method": METHOD, "limits": LIMITS, "warnings": list(audit.warnings)}


def _row(row: Row) -> dict[str, Any]:
    finding = row.finding
    found: dict[str, Any] = {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule.id,
        "severity": str(finding.severity),
        "title": finding.rule.title,
        "scope": finding.scope or None,
    }
    if finding.subject:
        subject = finding.subject
        found["subject"] = {
            "kind": subject.kind,
            "namespace": subject.namespace or None,
            "name": subject.name,
        }
    if row.about:
        found["object"] = _place(row.about)
    if row.permission:
        found["permission"] = row.permission
    if finding.detail:
        found["detail"] = finding.detail
    if row.grants:
        found["grants"] = [
            {"binding": _place(each.binding), "role": _place(each.role), "rule": each.rule}
            for each in row.grants
        ]
    found["gain"] = finding.rule.gain
    found["change"] = list(row.changes)
    return found


def _place(place: Place) -> dict[str, Any]:
    if place.file:
        return {"object": place.words, "file": place.file, "line": place.line}
    return {"object": place.words}
