"""Which findings of the audit came and went between two states, and which became worse or better."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rbacpsp.audit import Audit, Finding, Severity


class FindingChange(Struct, frozen=True):
    """A finding of both states, with different severities."""

    old: Finding
    new: Finding


class FindingDifference(Struct, frozen=True):
    """The findings in which two audits differ, the worst first; false where there are none."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    worse: tuple[FindingChange, ...]
    better: tuple[FindingChange, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.worse or self.better)

    def reaching(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that are new or became worse, and are as bad as a threshold or worse."""
        found = (*self.new, *(change.new for change in self.worse))
        return tuple(finding for finding in found if finding.severity.reaches(threshold))


def finding_difference(old: Audit, new: Audit) -> FindingDifference:
    """Compare two audits; findings with the same fingerprint are the same finding."""
    before, after = _worst(old.findings), _worst(new.findings)
    both = [FindingChange(before[key], finding) for key, finding in after.items() if key in before]
    return FindingDifference(
        new=tuple(finding for key, finding in after.items() if key not in before),
        gone=tuple(finding for key, finding in before.items() if key not in after),
        worse=tuple(each for each in both if each.new.severity.rank < each.old.severity.rank),
        better=tuple(each for each in both if each.new.severity.rank > each.old.severity.rank),
    )


def _worst(findings: Iterable[Finding]) -> Mapping[str, Finding]:
    """Findings by fingerprint, the worst of each; audits list the worst first."""
    found: dict[str, Finding] = {}
    for finding in findings:
        found.setdefault(finding.fingerprint, finding)
    return found
