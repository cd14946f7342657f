"""`audit`: every rule put to the objects of a cluster."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from rbacpsp.apply import assumed_words, is_assumed
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.holdings import Holdings
from rbacpsp.audit.policy import Policy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.rules.secrets import READ_SECRETS
from rbacpsp.audit.rules.tokens import graver
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Objects, Role, RoleBinding, Subject, Version
from rbacpsp.model.argument_types import require, said, several
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.result import Framed, Shown
from rbacpsp.model.version import version_words
from rbacpsp.rbac import Authorizer

METHOD = (
    "Every role of every binding was compared with the permissions that the rules are about, as the API "
    "server's RBAC authorizer decides them: wildcards count for what they allow, a RoleBinding for its "
    "namespace only, and a resource that has no namespace only through a ClusterRoleBinding. What Kubernetes "
    "brings itself is left out unless it was changed. A grant of everything is one finding, which stands for "
    "all others."
)
LIMITS = (
    "Only RBAC, PodSecurityPolicy and Pod Security Admission are seen: no Node, ABAC or webhook authorizer, "
    "no admission webhook, and no identity outside the cluster (members of groups, cloud identities). "
    "Whether a permission is used, and what for, is not in the objects: a finding is a risk to judge, not a "
    "proof of harm."
)

Join = Callable[[tuple[Rule, ...], list[Finding]], list[Finding]]
"""Makes of what was found by some rules what is reported: graver findings, and more of them.

What it adds is not only about objects that no source holds, unless those are listed.
"""


@dataclass(frozen=True, repr=False)
class Audit(Shown, Framed):
    """What an audit found, the worst first."""

    findings: tuple[Finding, ...]
    ruled_out: tuple[Finding, ...]
    """What matches a rule and is not reported; `Finding.ruled_out` says why."""
    rules: tuple[Rule, ...]
    """The rules that were put to the cluster."""
    version: Version
    """The version of the server, given, read or assumed."""
    version_is_assumed: bool
    warnings: tuple[str, ...] = ()
    """What limits this audit, one sentence each."""
    day: date | None = None
    """The day by which exceptions were judged, where one was given."""

    @property
    def version_words(self) -> str:
        """The version as reports name it: `Kubernetes 1.24`, or `Kubernetes 1.37, assumed`."""
        return version_words(self.version, assumed=self.version_is_assumed)

    @property
    def assumed_words(self) -> str:
        """On which roles and bindings that no source holds findings rest; empty where on none."""
        given = {
            id(each): each
            for finding in self.findings
            for each in (finding.way.grants if finding.way else finding.evidence)
        }.values()
        return assumed_words((obj for each in given for obj in (each.binding, each.role)), self.version)

    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, none left out."""
        counted = Counter(finding.severity for finding in self.findings)
        return {severity: counted[severity] for severity in Severity}

    def at_least(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that are as bad as the threshold or worse."""
        return tuple(finding for finding in self.findings if finding.severity.reaches(threshold))

    def limited(self, threshold: Severity) -> "Audit":
        """The audit with the findings below a threshold left out, which a warning says."""
        kept = self.at_least(threshold)
        left = len(self.findings) - len(kept)
        said = f"{left} finding{' is' if left == 1 else 's are'} left out: not as bad as {threshold}."
        return replace(self, findings=kept, warnings=(*self.warnings, said) if left else self.warnings)

    def __len__(self) -> int:
        return len(self.findings)

    def __repr__(self) -> str:
        """A short one: the findings can be many."""
        found = ", ".join(f"{count} {severity}" for severity, count in self.counts().items() if count)
        return f"<Audit: {found or 'no finding'}>"

    def __bool__(self) -> bool:
        """An audit is true whatever it found."""
        return True


def audit(
    objects: Objects,
    authorizer: Authorizer,
    *,
    version: Version | None = None,
    version_is_assumed: bool = False,
    rules: Iterable[Rule] = RULES,
    policy: Policy | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
    join: Join | None = None,
    view: View | None = None,
) -> Audit:
    """Put rules to the objects of a cluster.

    Raises:
        ValueError: The policy has exceptions and no day is given.

    Args:
        objects: What was loaded of the cluster.
        authorizer: The authorizer of the same objects.
        version: The server's version; the default is what the objects say.
        version_is_assumed: Whether nothing says that the server has this version.
        rules: The rules, to which a policy adds its own.
        policy: Which rules count, how much, and what is excepted.
        today: The day by which exceptions expire; needed where the policy has any.
        progress: Told in a word what is being looked at, for work that takes long.
        join: Adds what follows from several findings together, as paths do.
        view: The same objects as something else looked at them: what is derived from them is made once.
    """
    require("policy", policy, Policy | None, "a Policy: rbacpsp.audit.read_policy makes one of a dict")
    rules = several("rules", rules, "several rules")
    for rule in rules:
        require("rules", rule, Rule, "several rules, as rbacpsp.audit.RULES")
    require("today", today, date | None, "a date")
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable, not {said(progress)}")
    if policy is not None and policy.exceptions and today is None:
        raise ValueError("exceptions expire: say which day it is")
    with no_collection():
        view = view or View(objects, authorizer, version, version_is_assumed=version_is_assumed)
        return _audited(view, rules, policy, today, progress or (lambda _: None), join)


def _audited(
    view: View,
    rules: Iterable[Rule],
    policy: Policy | None,
    today: date | None,
    say: Callable[[str], None],
    join: Join | None,
) -> Audit:
    chosen = policy.rules(rules) if policy else tuple(rules)
    wanted = tuple(rule for rule in chosen if rule.applies is None or rule.applies(view))
    say("permissions")
    found = list(Holdings(view, wanted).findings())
    view = view.judged(_powerful(found))
    found = [graver(view, each) if each.rule.id == READ_SECRETS else each for each in found]
    for rule in wanted:
        if rule.check is not None:
            say(rule.name)
            found += rule.check(view, rule)
    if not view.objects.assumed_is_listed:
        found = _listed(view, found)
    if join is not None:
        say("paths")
        found = join(wanted, found)
    if policy is not None and policy.profiles:
        found = policy.explained(found)
    unmatched = policy.unmatched(found) if policy else ()
    if policy is not None and today is not None:
        found = policy.sort(found, today)
    say("order")
    found = _sorted(found)
    return Audit(
        tuple(finding for finding in found if not finding.ruled_out),
        tuple(finding for finding in found if finding.ruled_out),
        wanted,
        view.version,
        view.version_is_assumed,
        (*_warnings(view), *unmatched),
        today,
    )


def _sorted(found: Sequence[Finding]) -> list[Finding]:
    """Findings in their order; those of one severity and rule at a time, which takes less memory."""
    groups: dict[tuple[int, int], list[Finding]] = {}
    whole: set[tuple[int, int]] = set()
    subjects: dict[int, Subject] = {}
    for finding in found:
        key, subject = (id(finding.severity), id(finding.rule)), finding.subject
        groups.setdefault(key, []).append(finding)
        if subject is None or finding.about is not None or finding.brief:
            whole.add(key)
        else:
            subjects[id(subject)] = subject
    place = _places(subjects, {finding.scope for finding in found})
    ordered = sorted(groups.items(), key=lambda each: (each[1][0].severity.rank, each[1][0].rule.id))
    return [
        finding
        for key, group in ordered
        for finding in sorted(group, key=attrgetter("order") if key in whole else place)
    ]


def _places(subjects: dict[int, Subject], scopes: set[str]) -> Callable[[Finding], int]:
    """The sort key of findings of one rule that name only a subject and a scope: scope, then subject."""
    of_subject: dict[int, int] = {}
    names = attrgetter("kind", "namespace", "name")
    for number, (_, alike) in enumerate(groupby(sorted(subjects.values(), key=names), key=names)):
        of_subject.update((id(subject), number) for subject in alike)
    of_scope = {scope: number * len(subjects) for number, scope in enumerate(sorted(scopes))}
    return lambda finding: of_scope[finding.scope] + of_subject[id(finding.subject)]


def _listed(view: View, found: Iterable[Finding]) -> list[Finding]:
    """The findings without those that are only about objects that no source holds."""
    assumed = {id(binding) for binding in view.bindings if binding.assumed}
    return [
        each
        for each in found
        if (
            not is_assumed(each.about)
            if each.about is not None
            else not each.evidence
            or id(each.evidence[0].binding) not in assumed
            or not all(of.binding.assumed and of.role.assumed for of in each.evidence)
        )
    ]


def _powerful(found: Sequence[Finding]) -> dict[Subject, Finding]:
    powerful: dict[Subject, Finding] = {}
    for finding in found:
        subject = finding.subject
        if subject and finding.severity.reaches(Severity.HIGH):
            worst = powerful.get(subject)
            if worst is None or finding.order < worst.order:
                powerful[subject] = finding
    return powerful


_ACCESS = Role | ClusterRole | RoleBinding | ClusterRoleBinding


def _warnings(view: View) -> Iterable[str]:
    objects = view.objects
    yield from objects.warnings
    yield from objects.unread
    if not any(isinstance(each, _ACCESS) for each in objects.loaded):
        yield "No role and no binding was read: that nothing was found says nothing about access."
    if objects.server:
        yield from objects.server.unread()
    if view.version_is_assumed:
        yield (
            "Nothing says which version the server has: what any known version brings counts as Kubernetes' "
            "own."
        )
