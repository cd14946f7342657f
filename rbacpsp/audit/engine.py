"""`audit`: applies every rule to the objects of a cluster."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import filterfalse
from operator import attrgetter

from rbacpsp.apply import assumed_words, is_assumed
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.holdings import Holdings
from rbacpsp.audit.own_rules import own_rule_doubts
from rbacpsp.audit.pod_specs import token_secrets
from rbacpsp.audit.policy import AuditPolicy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.rules.secrets import READ_SECRETS
from rbacpsp.audit.rules.tokens import with_token_severity
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.catalog.slips import Spelling
from rbacpsp.model import (
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Objects,
    Role,
    RoleBinding,
    Subject,
    Version,
)
from rbacpsp.model.argument_types import require, said, several
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.result import Framed, Shown
from rbacpsp.model.subjects import subject_text
from rbacpsp.model.version import version_words
from rbacpsp.rbac import Authorizer

METHOD = (
    "Every role of every binding was compared with the permissions that the rules are about, in the way in "
    "which the API server's RBAC authorizer decides: a wildcard counts as everything that it allows, a "
    "RoleBinding counts only in its namespace, and only a ClusterRoleBinding grants resources that have no "
    "namespace. Grants that Kubernetes creates itself are left out, unless they were changed. A grant of "
    "everything is one finding, which replaces all others."
)
LIMITS = (
    "Only RBAC, PodSecurityPolicy and Pod Security Admission are examined: no Node, ABAC or webhook "
    "authorizer, no admission webhook, and no identity outside the cluster (members of groups, cloud "
    "identities). The objects do not show whether a permission is used, and what for: a finding is a risk "
    "to assess, not a proof of harm."
)

Join = Callable[[tuple[Rule, ...], list[Finding]], list[Finding]]
"""Turns the findings of some rules into the reported ones: it may raise severities and add findings.

It adds no finding that is only about assumed objects, unless assumed objects are listed.
"""


@dataclass(frozen=True, repr=False)
class Audit(Shown, Framed):
    """The result of an audit: its findings, the worst first."""

    findings: tuple[Finding, ...]
    ruled_out: tuple[Finding, ...]
    """Findings that are not reported; `Finding.ruled_out` says why."""
    rules: tuple[Rule, ...]
    """The rules that were applied."""
    version: Version
    """The version of the server, passed, read or assumed."""
    version_is_assumed: bool
    warnings: tuple[str, ...] = ()
    """The limits of this audit, a sentence each."""
    day: date | None = None
    """The day on which exceptions were checked for expiry, if one was passed."""

    @property
    def version_words(self) -> str:
        """The version as reports name it: `Kubernetes 1.24`, or `Kubernetes 1.37, assumed`."""
        return version_words(self.version, assumed=self.version_is_assumed)

    @cached_property
    def assumed_words(self) -> str:
        """Names the assumed roles and bindings that the findings depend on; empty if they depend on none."""
        return assumed_words(self._granting_objects(), self.version)

    def _granting_objects(self) -> Iterable[AnyObject]:
        """The bindings and roles that the findings depend on, each once."""
        seen_steps: set[tuple[int, int]] = set()
        objects: dict[int, AnyObject] = {}
        for finding in self.findings:
            if finding.way:
                for obj in finding.way.granting_objects(seen_steps):
                    objects[id(obj)] = obj
            for evidence in finding.evidence:
                objects[id(evidence.binding)] = evidence.binding
                objects[id(evidence.role)] = evidence.role
        return objects.values()

    def counts(self) -> dict[Severity, int]:
        """The number of findings of each severity, including zeros."""
        return {severity: self._counts[severity.rank] for severity in Severity}

    @cached_property
    def _counts(self) -> Counter[int]:
        """The number of findings of each severity, by its rank: the hash of a severity takes longer."""
        return Counter(map(_RANK, self.findings))

    def at_least(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that are as severe as the threshold or more."""
        return tuple(finding for finding in self.findings if finding.severity.reaches(threshold))

    def limited(self, threshold: Severity) -> "Audit":
        """The audit without the findings below a threshold, and with a warning that says how many."""
        reported = self.at_least(threshold)
        omitted = len(self.findings) - len(reported)
        warning = (
            f"{omitted} finding{' is' if omitted == 1 else 's are'} left out: less severe than {threshold}."
        )
        return replace(
            self, findings=reported, warnings=(*self.warnings, warning) if omitted else self.warnings
        )

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        """The number of findings of each severity."""
        counted = ", ".join(f"{count} {severity}" for severity, count in self.counts().items() if count)
        return f"<Audit: {counted or 'no finding'}>"

    def __bool__(self) -> bool:
        """Always true, also without findings."""
        return True


def audit(
    objects: Objects,
    authorizer: Authorizer,
    *,
    version: Version | None = None,
    version_is_assumed: bool = False,
    rules: Iterable[Rule] = RULES,
    policy: AuditPolicy | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
    join: Join | None = None,
    view: View | None = None,
) -> Audit:
    """Apply rules to the objects of a cluster.

    Raises:
        ValueError: The policy has exceptions, and no day was passed.

    Args:
        objects: The loaded objects of the cluster.
        authorizer: The authorizer of the same objects.
        version: The server's version; the default is the one that the objects state.
        version_is_assumed: Whether this version is assumed and not stated.
        rules: The rules; a policy may add its own.
        policy: Disables rules, sets severities and lists exceptions.
        today: The day on which exceptions are checked for expiry; required if the policy has exceptions.
        progress: Called with a word for each stage of a long audit.
        join: Adds findings that follow from several others, such as escalation paths.
        view: A view of the same objects that another analysis has used, so that derived data is shared.
    """
    require(
        "policy",
        policy,
        AuditPolicy | None,
        "an AuditPolicy: rbacpsp.audit.read_policy creates one from a dict",
    )
    rules = several("rules", rules, "several rules")
    for rule in rules:
        require("rules", rule, Rule, "several rules, as rbacpsp.audit.RULES")
    require("today", today, date | None, "a date")
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable, not {said(progress)}")
    if policy is not None and policy.exceptions and today is None:
        raise ValueError("exceptions expire, so the audit needs the current date")
    with no_collection():
        view = view or View(objects, authorizer, version, version_is_assumed=version_is_assumed)
        return _run(view, rules, policy, today, progress or (lambda _: None), join)


def _run(
    view: View,
    rules: Iterable[Rule],
    policy: AuditPolicy | None,
    today: date | None,
    say: Callable[[str], None],
    join: Join | None,
) -> Audit:
    chosen = policy.rules(rules) if policy else tuple(rules)
    applicable = tuple(rule for rule in chosen if rule.applies is None or rule.applies(view))
    say("permissions")
    findings = list(Holdings(view, applicable).findings())
    view = view.judged(_worst_by_subject(findings))
    if view.lasting(token_secrets):
        findings = [
            with_token_severity(view, finding) if finding.rule.id == READ_SECRETS else finding
            for finding in findings
        ]
    for rule in applicable:
        if rule.check is not None:
            say(rule.name)
            findings += rule.check(view, rule)
    if not view.objects.assumed_is_listed:
        findings = _without_assumed(view, findings)
    if join is not None:
        say("paths")
        findings = join(applicable, findings)
    if policy is not None and policy.profiles:
        findings = policy.explained(findings)
    unmatched = (*policy.unmatched(findings), *_own_rule_doubts(view, policy)) if policy else ()
    if policy is not None and today is not None:
        findings = policy.sort(findings, today)
    say("order")
    findings = _sorted(findings)
    ruled_out = tuple(filter(_RULED_OUT, findings))
    return Audit(
        tuple(filterfalse(_RULED_OUT, findings) if ruled_out else findings),
        ruled_out,
        applicable,
        view.version,
        view.version_is_assumed,
        (*_warnings(view), *unmatched),
        today,
    )


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order. Each severity and rule is sorted separately, which takes less memory."""
    groups: dict[tuple[int, int], list[Finding]] = {}
    full_order: set[tuple[int, int]] = set()
    subjects: dict[int, Subject] = {}
    for finding in findings:
        key, subject = (id(finding.severity), id(finding.rule)), finding.subject
        group = groups.get(key)
        if group is None:
            group = groups[key] = []
        group.append(finding)
        if subject is None or finding.about is not None or finding.brief:
            full_order.add(key)
        else:
            subjects[id(subject)] = subject
    of_subject = _positions(subjects)
    scopes = sorted(set(map(_SCOPE, findings)))
    of_scope = {scope: number * len(subjects) for number, scope in enumerate(scopes)}
    ordered: list[Finding] = []
    for key, group in sorted(groups.items(), key=lambda item: (item[1][0].severity.rank, item[1][0].rule.id)):
        if key in full_order:
            ordered += sorted(group, key=attrgetter("order"))
        else:
            keys = [of_scope[finding.scope] + of_subject[id(finding.subject)] for finding in group]
            ordered += [group[number] for number in sorted(range(len(keys)), key=keys.__getitem__)]
    return ordered


def _positions(subjects: dict[int, Subject]) -> dict[int, int]:
    """The position of each subject, by its id, among those that are sorted by their names."""
    ordered = sorted(subjects.values(), key=attrgetter("kind", "namespace", "name"))
    return dict(zip(map(id, ordered), range(len(ordered)), strict=True))


def _without_assumed(view: View, findings: Iterable[Finding]) -> list[Finding]:
    """The findings without those that are only about assumed objects, which no source contains."""
    assumed = {id(binding) for binding in view.bindings if binding.assumed}
    return [
        finding
        for finding in findings
        if (
            not is_assumed(finding.about)
            if finding.about is not None
            else not finding.evidence
            or id(finding.evidence[0].binding) not in assumed
            or not all(of.binding.assumed and of.role.assumed for of in finding.evidence)
        )
    ]


def _worst_by_subject(findings: Sequence[Finding]) -> dict[Subject, Finding]:
    powerful: dict[Subject, Finding] = {}
    high = Severity.HIGH.rank
    for finding in findings:
        if finding.severity.rank <= high and (subject := finding.subject):
            worst = powerful.get(subject)
            if worst is None or finding.order < worst.order:
                powerful[subject] = finding
    return powerful


_RULED_OUT, _SCOPE, _RANK = attrgetter("ruled_out"), attrgetter("scope"), attrgetter("severity.rank")
_ACCESS = Role | ClusterRole | RoleBinding | ClusterRoleBinding


def _own_rule_doubts(view: View, policy: AuditPolicy) -> Iterable[str]:
    subjects = (subject_text(subject) for binding in view.bindings for subject in binding.subjects)
    return own_rule_doubts(policy.own, Spelling(view.authorizer.catalog), subjects) if policy.own else ()


def _warnings(view: View) -> Iterable[str]:
    objects = view.objects
    yield from objects.warnings
    yield from objects.unread
    if not any(isinstance(obj, _ACCESS) for obj in objects.loaded):
        yield "No role and no binding was read, so the audit cannot say anything about access."
    if objects.server:
        yield from objects.server.unread()
    if view.version_is_assumed:
        yield (
            "The version of the server is unknown: grants that any known version of Kubernetes creates are "
            "left out."
        )
