"""An earlier report as a baseline: what it holds is known, and only what is new is reported."""

from dataclasses import replace
from typing import Any

from rbacpsp.audit.engine import Audit
from rbacpsp.audit.finding import KNOWN

_LISTS = {"Audit": "findings", "Paths": "paths"}
"""Where the reports of each kind hold them."""


def known_fingerprints(report: Any) -> frozenset[str]:
    """The fingerprints of the findings in an earlier report of the audit or of paths, as `-o json` wrote it.

    Raises:
        ValueError: It is no such report.
    """
    kind = report.get("kind") if isinstance(report, dict) else None
    findings = report.get(_LISTS[kind]) if kind in _LISTS else None
    if not isinstance(findings, list):
        raise ValueError("a baseline is a report of this program: write one with -o json")
    found = [each.get("fingerprint") if isinstance(each, dict) else None for each in findings]
    if not all(isinstance(each, str) for each in found):
        raise ValueError("a finding of the baseline has no fingerprint: write a new one with -o json")
    return frozenset(each for each in found if isinstance(each, str))


def new_only(audit: Audit, known: frozenset[str]) -> Audit:
    """The audit with the findings that are known already among what was ruled out."""
    new = tuple(finding for finding in audit.findings if finding.fingerprint not in known)
    old = tuple(finding.because(KNOWN) for finding in audit.findings if finding.fingerprint in known)
    return replace(audit, findings=new, ruled_out=(*audit.ruled_out, *old))
