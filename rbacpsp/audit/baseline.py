"""An earlier report as a baseline: only findings that it does not contain are reported."""

from dataclasses import replace
from typing import Any

from rbacpsp.audit.engine import Audit
from rbacpsp.audit.finding import KNOWN

_LISTS = {"Audit": "findings", "Paths": "paths"}
"""The key of the list of findings in each kind of report."""


def known_fingerprints(report: Any) -> frozenset[str]:
    """The fingerprints of the findings in an earlier report of the audit or of paths, as `-o json` wrote it.

    Raises:
        ValueError: The value is not such a report.
    """
    kind = report.get("kind") if isinstance(report, dict) else None
    findings = report.get(_LISTS[kind]) if kind in _LISTS else None
    if not isinstance(findings, list):
        raise ValueError("a baseline must be a report of this program, written with -o json")
    fingerprints = [finding.get("fingerprint") if isinstance(finding, dict) else None for finding in findings]
    if not all(isinstance(fingerprint, str) for fingerprint in fingerprints):
        raise ValueError("a finding of the baseline has no fingerprint: write a new baseline with -o json")
    return frozenset(fingerprint for fingerprint in fingerprints if isinstance(fingerprint, str))


def new_only(audit: Audit, known: frozenset[str]) -> Audit:
    """The audit with the findings of the baseline moved to those that are ruled out."""
    new = tuple(finding for finding in audit.findings if finding.fingerprint not in known)
    old = tuple(finding.because(KNOWN) for finding in audit.findings if finding.fingerprint in known)
    return replace(audit, findings=new, ruled_out=(*audit.ruled_out, *old))
