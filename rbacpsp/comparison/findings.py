"""Compares the findings of two audits: new, gone, worse and better ones."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.model.result import counts


class FindingChange(Struct, frozen=True):
    """A finding of both states, with different severities."""

    old: Finding
    new: Finding


class FindingDifference(Struct, frozen=True):
    """The findings in which two audits differ, the worst first; false if the audits agree."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    worse: tuple[FindingChange, ...]
    better: tuple[FindingChange, ...]

    def __repr__(self) -> str:
        return counts(self, "new", "gone", "worse", "better")

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.worse or self.better)

    def reaching(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that are new or became worse, and are as bad as a threshold or worse."""
        findings = (*self.new, *(change.new for change in self.worse))
        return tuple(finding for finding in findings if finding.severity.reaches(threshold))


def finding_difference(old: Audit, new: Audit) -> FindingDifference:
    """Compare two audits; findings with the same fingerprint are the same finding."""
    before, after = _worst(old.findings), _worst(new.findings)
    both = [FindingChange(before[key], finding) for key, finding in after.items() if key in before]
    return FindingDifference(
        new=tuple(finding for key, finding in after.items() if key not in before),
        gone=tuple(finding for key, finding in before.items() if key not in after),
        worse=tuple(change for change in both if change.new.severity.rank < change.old.severity.rank),
        better=tuple(change for change in both if change.new.severity.rank > change.old.severity.rank),
    )


def _worst(findings: Iterable[Finding]) -> Mapping[str, Finding]:
    """Findings by fingerprint, the worst of each; audits list the worst first."""
    by_fingerprint: dict[str, Finding] = {}
    for finding in findings:
        by_fingerprint.setdefault(finding.fingerprint, finding)
    return by_fingerprint
