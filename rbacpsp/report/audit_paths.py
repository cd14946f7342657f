"""The paths among the findings of an audit, step by step."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.audit import Audit, Severity
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.path import Path
from rbacpsp.paths.tree import LazyPath


class Reach(NamedTuple):
    """Who reaches what, and how."""

    severity: Severity
    who: str
    goal: str
    steps: tuple[str, ...]
    """One sentence a step: who does what, what it reaches and what gives it."""


def paths_of(audit: Audit) -> Iterator[Reach]:
    """The paths that are findings, the worst first."""
    for finding in audit.findings:
        way = finding.way.path if isinstance(finding.way, LazyPath) else finding.way
        if isinstance(way, Path):
            who = subject_text(finding.subject) if finding.subject else way.start.words
            yield Reach(finding.severity, who, way.goal.words, tuple(step.words for step in way.steps))
