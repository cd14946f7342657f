"""Builds the frames of findings of an audit, and of escalation paths."""

from collections.abc import Iterable

import pandas as pd

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.change import Changes
from rbacpsp.frames.table import columns, table
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import CLUSTER_ADMIN, IDENTITIES, NODE, Place
from rbacpsp.paths.search import Paths

GOALS = (CLUSTER_ADMIN, NODE)
"""The goals of the paths in a cluster's frame."""

_SUBJECT = ("subject_kind", "subject_namespace", "subject_name")
_NOBODY = ("", "", "", "")


def findings(audit: Audit) -> pd.DataFrame:
    """One row for each reported finding."""
    changes = Changes()
    rows = (
        (
            str(finding.severity),
            finding.rule.id,
            finding.title,
            *_who(finding),
            finding.scope,
            *(
                (finding.about.kind, finding.about.namespace, finding.about.name)
                if finding.about
                else ("", "", "")
            ),
            finding.permission,
            finding.said,
            len(finding.grants),
            "; ".join(changes.of(finding)),
            finding.fingerprint,
        )
        for finding in audit.findings
    )
    order = ("rule", *_SUBJECT, "scope", "about_kind", "about_namespace", "about", "title", "fingerprint")
    return table("findings", columns("findings", rows), order)


def _who(finding: Finding) -> tuple[str, str, str, str]:
    subject = finding.subject
    if subject is None:
        return _NOBODY
    return (subject_text(subject), subject.kind, subject.namespace, subject.name)


def paths(all_paths: Paths, goals: Iterable[Place] = GOALS) -> pd.DataFrame:
    """One row for each step of the shortest path from every subject that reaches a goal."""
    return of_paths(path for goal in goals for path in all_paths.to(goal))


def of_paths(some_paths: Iterable[Path]) -> pd.DataFrame:
    """One row for each step of some paths."""
    rows = (
        (
            *_start(path.start),
            path.goal.words,
            path.length,
            number,
            step.source.words,
            step.technique.title,
            step.target.words,
            step.permission,
            step.through,
            step.because,
            path.kubernetes_own,
        )
        for path in some_paths
        for number, step in enumerate(path.steps, 1)
    )
    return table("paths", columns("paths", rows), ("goal", *_SUBJECT, "subject", "step"))


def _start(start: Place) -> tuple[str, str, str, str]:
    if start.kind in IDENTITIES:
        return (start.words, start.kind, start.namespace, start.name)
    return (start.words, "", "", "")
