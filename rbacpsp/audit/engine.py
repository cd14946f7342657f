"""`audit`: every rule put to the objects of a cluster."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from rbacpsp.audit.finding import Finding
from rbacpsp.audit.holdings import Holdings
from rbacpsp.audit.policy import Policy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Objects, Subject, Version
from rbacpsp.model.garbage import no_collection
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


@dataclass(frozen=True, repr=False)
class Audit:
    """What an audit found, the worst first."""

    findings: tuple[Finding, ...]
    ruled_out: tuple[Finding, ...]
    """What matches a rule and is not reported; `Finding.ruled_out` says why."""
    rules: tuple[Rule, ...]
    """The rules that were put to the cluster."""
    version: Version | None
    warnings: tuple[str, ...] = ()
    """What limits this audit, one sentence each."""
    day: date | None = None
    """The day by which exceptions were judged, where one was given."""

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
    rules: Iterable[Rule] = RULES,
    policy: Policy | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> Audit:
    """Put rules to the objects of a cluster.

    Raises:
        ValueError: The policy has exceptions and no day is given.

    Args:
        objects: What was loaded of the cluster.
        authorizer: The authorizer of the same objects.
        version: The server's version; the default is what the objects say.
        rules: The rules, to which a policy adds its own.
        policy: Which rules count, how much, and what is excepted.
        today: The day by which exceptions expire; needed where the policy has any.
        progress: Told in a word what is being looked at, for work that takes long.
    """
    if policy is not None and policy.exceptions and today is None:
        raise ValueError("exceptions expire: say which day it is")
    with no_collection():
        return _audited(objects, authorizer, version, rules, policy, today, progress or (lambda _: None))


def _audited(
    objects: Objects,
    authorizer: Authorizer,
    version: Version | None,
    rules: Iterable[Rule],
    policy: Policy | None,
    today: date | None,
    say: Callable[[str], None],
) -> Audit:
    view = View(objects, authorizer, version)
    chosen = policy.rules(rules) if policy else tuple(rules)
    wanted = tuple(rule for rule in chosen if rule.applies is None or rule.applies(view))
    say("permissions")
    found = list(Holdings(view, wanted).findings())
    view.powerful = _powerful(found)
    for rule in wanted:
        if rule.check is not None:
            say(rule.name)
            found += rule.check(view, rule)
    if policy is not None and today is not None:
        found = policy.sort(found, today)
    say("order")
    found.sort(key=attrgetter("order"))
    return Audit(
        tuple(finding for finding in found if not finding.ruled_out),
        tuple(finding for finding in found if finding.ruled_out),
        wanted,
        view.version,
        tuple(_warnings(view, objects)),
        today,
    )


def _powerful(found: Sequence[Finding]) -> dict[Subject, Finding]:
    powerful: dict[Subject, Finding] = {}
    for finding in found:
        subject = finding.subject
        if subject and subject.kind == "ServiceAccount" and finding.severity.reaches(Severity.HIGH):
            worst = powerful.get(subject)
            if worst is None or finding.order < worst.order:
                powerful[subject] = finding
    return powerful


def _warnings(view: View, objects: Objects) -> Iterable[str]:
    yield from objects.warnings
    if objects.server:
        yield from objects.server.unread()
    if view.version is None:
        yield (
            "Nothing says which version the server has: rules that depend on it assume an old one, and what "
            "any known version brings counts as Kubernetes' own."
        )
