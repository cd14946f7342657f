"""Marks findings and paths by whether logs show that their grants were used."""

from collections.abc import Iterable
from dataclasses import replace

from msgspec import structs

from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.auditlog.removable import identity
from rbacpsp.auditlog.usage import Usage
from rbacpsp.auditlog.window import MIN_DAYS
from rbacpsp.model import Subject
from rbacpsp.paths.path import Path
from rbacpsp.rbac import Grant
from rbacpsp.rbac.index import subject_meant

GrantKey = tuple[str, str, str, Subject | None, int]
_WORST_FIRST = tuple(Severity)


class UsedGrants:
    """How often the grants of a cluster were used, in one log."""

    def __init__(self, usage: Usage) -> None:
        self.window = usage.window
        self._counts: dict[GrantKey, tuple[int, str]] = {}
        for row in usage.rows_of(include_system=True):
            subject = subject_meant(row.subject, row.binding.metadata.namespace)
            key = (*identity(row.binding), subject, row.rule_index)
            count, last = self._counts.get(key, (0, ""))
            self._counts[key] = (count + row.count, max(last, row.last))

    def used(self, grants: Iterable[Grant]) -> tuple[int, str]:
        """How many recorded requests some grants allowed, and the time of the last one."""
        counts = [self._counts.get(_key(grant), (0, "")) for grant in grants]
        return sum(count for count, _ in counts), max((last for _, last in counts), default="")

    @property
    def is_long(self) -> bool:
        """Whether the log is long enough to call a grant unused."""
        return self.window.days >= MIN_DAYS


def _key(grant: Grant) -> GrantKey:
    meant = subject_meant(grant.subject, grant.binding.metadata.namespace)
    return (*identity(grant.binding), meant, grant.rule_index)


def with_usage(audit: Audit, used: UsedGrants) -> Audit:
    """An audit whose findings state whether their permissions were used.

    A permission that nobody used in a log of at least `MIN_DAYS` is an unnecessary risk, so its severity is
    raised by one.
    """
    marked_findings = [_marked(finding, used) for finding in audit.findings]
    return replace(audit, findings=tuple(sorted(marked_findings, key=lambda finding: finding.order)))


def _marked(finding: Finding, used: UsedGrants) -> Finding:
    grants = finding.grants
    if not grants:
        return finding
    count, last = used.used(grants)
    window_words = used.window.words
    if count:
        return structs.replace(
            finding, detail=_joined(finding.detail, f"Used {count:,} times, last {last}; {window_words}.")
        )
    sentence = f"Nobody used it: {window_words}."
    severity = finding.severity
    if used.is_long and severity.rank:
        severity = _WORST_FIRST[severity.rank - 1]
        sentence += " This raises its severity by one level."
    return structs.replace(finding, severity=severity, detail=_joined(finding.detail, sentence))


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))


def rests_on_unused(path: Path, used: UsedGrants) -> bool:
    """Whether all grants of a path are unused."""
    grants = [step.grant for step in path.steps if step.grant is not None]
    return bool(grants) and not any(used.used([grant])[0] for grant in grants)
