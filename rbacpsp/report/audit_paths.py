"""The paths among the findings of an audit, step by step."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.audit import Audit, Severity
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.tree import path_of


class ReportedPath(NamedTuple):
    """A path of a finding in words: who reaches what, and how."""

    severity: Severity
    who: str
    goal: str
    steps: tuple[str, ...]
    """One sentence per step: who does what, what this reaches and what grants it."""


def paths_of(audit: Audit) -> Iterator[ReportedPath]:
    """The paths that are findings, the worst first."""
    for finding in audit.findings:
        if finding.way is not None:
            path = path_of(finding.way)
            who = subject_text(finding.subject) if finding.subject else path.start.words
            yield ReportedPath(
                finding.severity, who, path.goal.words, tuple(step.words for step in path.steps)
            )
