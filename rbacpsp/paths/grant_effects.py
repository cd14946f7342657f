"""The findings and the paths that a grant adds."""

from dataclasses import dataclass

from rbacpsp.audit.engine import Audit
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Subject
from rbacpsp.model.result import counts
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import Place, subject_place
from rbacpsp.paths.search import Paths


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """The findings and paths that exist only with a grant; false if there are none."""

    findings: tuple[Finding, ...] = ()
    paths: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return counts(self, "findings", "paths")

    def __bool__(self) -> bool:
        return bool(self.findings or self.paths)


def opened(subject: Subject, audits: tuple[Audit, Audit], ways: tuple[Paths, Paths]) -> Opened:
    """The findings and paths that a grant to a subject adds.

    Args:
        subject: The subject of the grant.
        audits: The audits without the grant and with it.
        ways: The paths without the grant and with it.
    """
    before, after = audits
    known = {finding.fingerprint for finding in before.findings}
    added = tuple(finding for finding in after.at_least(Severity.LOW) if finding.fingerprint not in known)
    start = subject_place(subject)
    reached = _goals(ways[0], start)
    paths = tuple(path for path in ways[1].from_(start).paths if path.goal not in reached)
    return Opened(added, paths)


def _goals(ways: Paths, start: Place) -> frozenset[Place]:
    return frozenset(path.goal for path in ways.from_(start).paths)
