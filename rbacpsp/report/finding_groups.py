"""The findings of an audit by rule, by subject or by control: a row for each, the worst first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.references import CIS_TITLE, NSA_TITLE
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Table
from rbacpsp.report.findings import counted_severities

SHOWN = 3
"""How many names a row has; the others are only counted."""


def by_rule(finding: Finding) -> Iterable[str]:
    """The rule of a finding."""
    return (f"{finding.rule.id} {finding.rule.title}",)


def by_subject(finding: Finding) -> Iterable[str]:
    """The subject of a finding, or its object."""
    if finding.subject is not None:
        return (subject_text(finding.subject),)
    about = finding.about
    if about is None:
        return ("the cluster",)
    return (
        f"{about.kind} {about.namespace}/{about.name}" if about.namespace else f"{about.kind} {about.name}",
    )


def by_control(finding: Finding) -> Iterable[str]:
    """The CIS recommendations and the sections of the NSA/CISA guide that the rule of a finding refers to."""
    controls = [
        reference.title
        for reference in finding.rule.references
        if reference.title.startswith((CIS_TITLE, NSA_TITLE))
    ]
    return controls or (f"neither the {CIS_TITLE} nor the {NSA_TITLE}",)


KEYS: dict[str, Callable[[Finding], Iterable[str]]] = {
    "rule": by_rule,
    "subject": by_subject,
    "control": by_control,
}
"""What findings are grouped by."""


@dataclass(frozen=True)
class GroupedFindings:
    """The findings of an audit, grouped by one of `KEYS`."""

    audit: Audit
    by: str

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each group, the worst first, then the largest."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.audit.findings:
            for key in KEYS[self.by](finding):
                groups.setdefault(key, []).append(finding)
        ordered = sorted(groups.items(), key=_order)
        other = "rules" if self.by == "subject" else "subjects"
        titles = ("severity", self.by, "findings", "counts", other)
        return Table(titles, [self._row(name, findings, wide=wide) for name, findings in ordered])

    def _row(self, name: str, findings: list[Finding], *, wide: bool) -> list[str]:
        names = (
            {finding.rule.id for finding in findings}
            if self.by == "subject"
            else {who for finding in findings for who in by_subject(finding)}
        )
        listed = sorted(names)
        if not wide and len(listed) > SHOWN:
            listed = [*listed[:SHOWN], f"and {len(listed) - SHOWN} more"]
        severity = min((finding.severity for finding in findings), key=lambda severity: severity.rank)
        return [str(severity), name, str(len(findings)), counted_severities(findings), ", ".join(listed)]


def _order(group: tuple[str, list[Finding]]) -> tuple[int, int, str]:
    name, findings = group
    return (min(finding.severity.rank for finding in findings), -len(findings), name)
