"""The demand `noFinding`: the audit must not have such findings."""

from dataclasses import dataclass

from rbacpsp.assertions.outcome import AssertionOutcome, CannotBeAskedError, DemandFailure
from rbacpsp.assertions.resolve import Asking
from rbacpsp.audit import Finding, Severity
from rbacpsp.model import Subject
from rbacpsp.model.subjects import subject_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFinding:
    """Requires that the audit has no finding of some rules, or none of at least a severity."""

    rules: tuple[str, ...] = ()
    """Their ids or names; none: every rule."""
    severity: Severity | None = None
    """None: any."""
    subject: Subject | None = None
    """Only about this subject; its name may be a pattern with `*`."""
    namespace: str | None = None
    """Only what is limited to this namespace; findings of the whole cluster do not count."""

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Audit the cluster, and search the audit for such findings."""
        known = asking.rule_words
        for word in self.rules:
            if word not in known:
                raise CannotBeAskedError(f'unknown rule "{word}"')
        subjects = None if self.subject is None else frozenset(asking.meant(self.subject))
        if self.namespace is not None and self.namespace not in asking.namespaces:
            raise CannotBeAskedError(f'there is no object in a namespace "{self.namespace}"')
        findings = (finding for finding in asking.audit.findings if self._is_meant(finding, subjects))
        unread = asking.unread(kinds=None)
        return AssertionOutcome([_failure(finding) for finding in findings], [unread] if unread else [])

    def _is_meant(self, finding: Finding, subjects: frozenset[Subject] | None) -> bool:
        return (
            (not self.rules or finding.rule.id in self.rules or finding.rule.name in self.rules)
            and (self.severity is None or finding.severity.reaches(self.severity))
            and (self.namespace is None or finding.scope == self.namespace)
            and (subjects is None or (finding.subject is not None and _named(finding.subject) in subjects))
        )


def _named(subject: Subject) -> Subject:
    return Subject(subject.kind, subject.name, subject.namespace)


def _failure(finding: Finding) -> DemandFailure:
    subject, about = finding.subject, finding.about
    subject_words = (
        subject_text(subject)
        if subject
        else f"{about.kind} {about.metadata.name}"
        if about
        else "the cluster"
    )
    return DemandFailure(
        f"{subject_words}: {finding.title} ({finding.rule.id}, {finding.severity}, {finding.where})",
        finding.grants,
        finding=finding,
    )
