"""Paths as findings of the audit: who reaches full control, a node or the secrets of kube-system, and how.

Each subject and goal is one finding. Subjects that hold full control or may read the secrets of kube-system
already have a finding for that, so paths through full control or through a group are not reported again. A
finding about a permission becomes as severe as the goals that its holder reaches with it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from operator import attrgetter

from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT
from rbacpsp.audit.engine import Audit, audit
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.policy import AuditPolicy
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.rules import RULES, reach
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Subject, Version
from rbacpsp.paths.edges.control import FULL_CONTROL
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import CLUSTER_ADMIN, IDENTITIES, NODE, Place
from rbacpsp.paths.raised_severity import Goal, Raising
from rbacpsp.paths.search import Paths
from rbacpsp.paths.tree import LazyPath, Tree

GOALS = (
    Goal(CLUSTER_ADMIN, reach.CLUSTER_ADMIN, Severity.CRITICAL, Severity.HIGH, 5),
    Goal(NODE, reach.NODE, Severity.HIGH, Severity.MEDIUM, 3),
    Goal(Place("secrets", "kube-system"), reach.SYSTEM_SECRETS, Severity.HIGH, Severity.MEDIUM, 3),
)
_OF_ITSELF = frozenset({"membership", "aws-auth"})
"""Steps to a subject that has a finding of its own."""


def audit_with_paths(
    ways: Paths,
    *,
    rules: Iterable[Rule] | None = None,
    policy: AuditPolicy | None = None,
    today: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> Audit:
    """The audit of a cluster, with findings about its paths; see `rbacpsp.audit.engine.audit`."""
    view = ways.view
    return audit(
        view.objects,
        view.authorizer,
        rules=RULES if rules is None else rules,
        policy=policy,
        today=today,
        progress=progress,
        join=Joining(ways),
        view=view,
    )


class Joining:
    """Joins paths to the findings of an audit."""

    def __init__(self, ways: Paths) -> None:
        self._ways = ways

    def __call__(self, rules: tuple[Rule, ...], findings: list[Finding]) -> list[Finding]:
        """The findings with those about paths; findings about permissions become as severe as their paths.

        The list is changed in place, since a copy would double the memory.
        """
        by_id = {rule.id: rule for rule in rules}
        goals = tuple(goal for goal in GOALS if goal.rule in by_id)
        if not goals:
            return findings
        ways = self._ways
        trees = [ways.toward(goal.place) for goal in goals]
        Raising(ways.graph, goals, trees).raise_all(findings)
        starts = _Starts(ways)
        for goal, tree in zip(goals, trees, strict=True):
            findings += _of_goal(ways, by_id[goal.rule], goal, tree, starts)
        return findings


class _Starts:
    """The subjects where paths start and the first grants of the paths, which several goals share."""

    def __init__(self, ways: Paths) -> None:
        self._ways = ways
        self._named = ways.graph.subjects
        self._others: dict[int, Subject] = {}
        self._grants: dict[int, tuple[bool, str]] = {}

    def subject(self, number: int, start: Place) -> Subject:
        """The subject of a place."""
        subject = self._named.get(number) or self._others.get(number)
        if subject is None:
            subject = self._others[number] = Subject(start.kind, start.name, start.namespace)
        return subject

    def grant(self, number: int | None) -> tuple[bool, str]:
        """Whether an edge is only about assumed objects, and why its finding is ruled out."""
        if number is None:
            return False, ""
        known = self._grants.get(number)
        if known is None:
            binding, role, subject = self._ways.graph.bound(number)
            own = BOOTSTRAP_GRANT if self._ways.brings(binding, subject) else ""
            known = self._grants[number] = (binding.assumed and role.assumed, own)
        return known


def _of_goal(ways: Paths, rule: Rule, goal: Goal, tree: Tree, starts: _Starts) -> Iterator[Finding]:
    near, far = rule.graded(goal.near), rule.graded(goal.far)
    every = ways.view.objects.assumed_is_listed
    for source, start in ways.starts(tree):
        if start.kind not in IDENTITIES or _follows(tree, source, goal):
            continue
        is_assumed, own = starts.grant(tree.grant(source))
        if is_assumed and not every:
            continue
        severity = near if tree.lengths[source] <= goal.few else far
        subject = starts.subject(source, start)
        yield Finding(rule, severity, subject, "", (), None, "", "", own, LazyPath(tree, source))


def as_audit(
    paths: Iterable[Path],
    version: Version,
    *,
    version_is_assumed: bool = False,
    policy: AuditPolicy | None = None,
    today: date | None = None,
    warnings: tuple[str, ...] = (),
) -> Audit:
    """An audit whose findings are paths, without those that a policy accepts or whose rule it disables."""
    rules = policy.rules(reach.RULES, own=False) if policy else reach.RULES
    findings = list(_findings(paths, {rule.id: rule for rule in rules}))
    if policy is not None and policy.profiles:
        findings = policy.explained(findings)
    if policy is not None and today is not None:
        findings = policy.sort(findings, today)
    findings.sort(key=attrgetter("order"))
    return Audit(
        tuple(finding for finding in findings if not finding.ruled_out),
        tuple(finding for finding in findings if finding.ruled_out),
        rules,
        version,
        version_is_assumed,
        warnings,
        today,
    )


def unmatched_exceptions(
    policy: AuditPolicy, paths: Iterable[Path], start: Place | None, goal: Place | None
) -> tuple[str, ...]:
    """A sentence for each exception of a policy that is about the paths asked for and matches none of them.

    It passes over exceptions about other rules or subjects, which may match paths that were not asked for.

    Args:
        policy: The policy.
        paths: Every path from the start to the goal, also those of Kubernetes' own components.
        start: The subject that was asked about; None: every subject.
        goal: The goal that was asked about; None: every goal.
    """
    rules = _answered(goal)
    who = "" if start is None else start.words
    asked = frozenset(
        exception
        for exception in policy.exceptions
        if rules.issuperset(exception.rules) and (not who or exception.subject == who)
    )
    if not asked:
        return ()
    known = {rule.id: rule for rule in policy.rules(reach.RULES, own=False)}
    return policy.unmatched_exceptions(policy.explained(_findings(paths, known)), asked)


def _answered(goal: Place | None) -> frozenset[str]:
    """The rules whose findings are all found by asking about a goal, or about every goal if None."""
    if goal is None:
        return frozenset(rule.id for rule in reach.RULES)
    return frozenset(known.rule for known in GOALS if known.place == goal)


def _findings(paths: Iterable[Path], rules: dict[str, Rule]) -> Iterator[Finding]:
    by_place = {goal.place: goal for goal in GOALS}
    for path in paths:
        goal = by_place.get(path.goal)
        rule = rules.get(goal.rule if goal else reach.OTHER)
        if rule is not None:
            start = path.start
            known = start.kind in IDENTITIES
            yield Finding(
                rule,
                rule.graded(goal.severity(path.length)) if goal else rule.severity,
                Subject(start.kind, start.name, start.namespace) if known else None,
                way=path,
                brief=" to ".join(
                    filter(None, ("" if known else start.words, "" if goal else path.goal.words))
                ),
            )


def _follows(tree: Tree, source: int, goal: Goal) -> bool:
    """Whether another finding already reports it."""
    first = tree.technique(source)
    if first is None or first.name in _OF_ITSELF or first is FULL_CONTROL:
        return True
    if goal.place != CLUSTER_ADMIN and tree.passes(source, CLUSTER_ADMIN):
        return True
    return goal.rule == reach.SYSTEM_SECRETS and first.name == "read-secrets" and tree.lengths[source] == 1
