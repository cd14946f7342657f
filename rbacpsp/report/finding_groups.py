"""The findings of an audit by rule, by subject or by control: a row for each, the worst first."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.audit.references import CIS_TITLE, NSA_TITLE
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Table
from rbacpsp.report.finding_groups_html import ReportGroup, stream
from rbacpsp.report.findings import Locate, counted_severities, nowhere
from rbacpsp.report.provenance import Provenance

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
    locate: Locate = nowhere
    """The file and line of an object, for the HTML page."""
    read: Provenance | None = None
    """What was read, for the HTML page."""

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each group, the worst first, then the largest."""
        rows = [
            (str(group.severity), group.name, str(len(group.findings)), group.counts, group.others)
            for group in self._groups(wide=wide)
        ]
        return Table(self._titles, rows)

    def page(self) -> Iterator[str]:
        """The audit as an HTML page, with a section for each group in the same order."""
        groups = list(self._groups(wide=False))
        return stream(self.audit, self._titles, groups, self.locate, self.read)

    @property
    def _titles(self) -> tuple[str, ...]:
        other = "rules" if self.by == "subject" else "subjects"
        return ("severity", self.by, "findings", "counts", other)

    def _groups(self, *, wide: bool) -> Iterator[ReportGroup]:
        groups: dict[str, list[Finding]] = {}
        for finding in self.audit.findings:
            for key in KEYS[self.by](finding):
                groups.setdefault(key, []).append(finding)
        for name, findings in sorted(groups.items(), key=_order):
            others = self._others(findings, wide=wide)
            yield ReportGroup(_worst(findings), name, findings, counted_severities(findings), others)

    def _others(self, findings: list[Finding], *, wide: bool) -> str:
        names = (
            {finding.rule.id for finding in findings}
            if self.by == "subject"
            else {who for finding in findings for who in by_subject(finding)}
        )
        listed = sorted(names)
        if not wide and len(listed) > SHOWN:
            listed = [*listed[:SHOWN], f"and {len(listed) - SHOWN} more"]
        return ", ".join(listed)


def _worst(findings: Iterable[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank)


def _order(group: tuple[str, list[Finding]]) -> tuple[int, int, str]:
    name, findings = group
    return (_worst(findings).rank, -len(findings), name)
