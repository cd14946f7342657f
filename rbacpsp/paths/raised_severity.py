"""Makes findings about permissions as severe as the goals that their holders reach through them."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.audit.finding import Evidence, Finding
from rbacpsp.audit.permission import Match
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Subject
from rbacpsp.paths.graph import Graph, Hits, Numbers
from rbacpsp.paths.place import Place
from rbacpsp.paths.tree import UNREACHED, Tree
from rbacpsp.rbac.match import ALL


class Goal(Struct, frozen=True):
    """A goal, its rule, and the severity of a path to it with few actions and of one with more."""

    place: Place
    rule: str
    near: Severity
    far: Severity
    few: int

    def severity(self, length: int) -> Severity:
        """The severity of a path with this many actions."""
        return self.near if length <= self.few else self.far


Alone = dict[tuple[Subject, int], list[tuple[Match, str, int, int]]]
"""By subject and index of a rule: the permission of each step, its scope, its target and its actions."""
Worst = tuple[int, int, int, int]
"""The rank of a reached goal's severity, the actions, the number of the goal, and the first place."""

Reached = tuple[Worst, ...]
Steps = tuple[tuple[int, int], ...]
"""Steps: indexes of the targets of a role, each with the number of actions."""


class Raising:
    """Raises the severity of findings by the goals that the rules of their roles lead to."""

    def __init__(self, graph: Graph, goals: tuple[Goal, ...], trees: list[Tree]) -> None:
        self._graph = graph
        self._goals = goals
        self._trees = trees
        by_goal = enumerate(zip(goals, trees, strict=True))
        self._lengths = [
            (number, goal.few, goal.near.rank, goal.far.rank, tree.lengths)
            for number, (goal, tree) in by_goal
            if tree.lengths
        ]
        """For each goal that something reaches: its number, the most actions of a near path, the ranks of the
        severities of near and far ones, and the lengths of all."""
        self._used: tuple[dict[int, Steps], dict[int, Steps]] = ({}, {})
        """The steps that use the hits of a role, by their id: in the cluster, and in a namespace."""
        self._used_here = self._used[0]
        self._reached: dict[tuple[int, ...], Reached] = {}
        """The reached goals, by the ids of the targets of steps in the current scope and their actions."""
        self._scope = ""
        self._in_scope: dict[int, Reached] = {}
        """The reached goals in the scope of the last finding, by the id of the hits of a role."""
        self._targets = graph.targets.get("", {})
        """The targets of the roles that are held in that scope."""
        self._words: dict[tuple[int, int], tuple[str, Severity]] = {}
        self._alone: dict[int, Alone] = {}
        for number, scope in graph.alone.items():
            _, target, cause = graph.edge(number)
            if cause.rule_match is not None and cause.subject is not None and cause.evidence is not None:
                by_rule = self._alone.setdefault(id(cause.evidence.binding), {})
                by_rule.setdefault((cause.subject, cause.rule_match.rule_index), []).append(
                    (cause.rule_match.match, scope, target, graph.costs[number])
                )

    def raise_all(self, findings: list[Finding]) -> None:
        """Make each finding of a list as severe as its holder's paths; keep the findings alive meanwhile."""
        idle: dict[RuleText, bool] = {}
        for number, finding in enumerate(findings):
            rule = finding.rule
            skipped = idle.get(rule)
            if skipped is None:
                skipped = idle[rule] = rule.fixed or self._leads_nowhere(rule)
            if skipped or not finding.evidence or finding.ruled_out:
                continue
            rank, subject = finding.severity.rank, finding.subject
            if subject is None or not rank:
                continue
            if finding.scope != self._scope:
                self._enter(finding.scope)
            worst = self._worst(finding, subject, rank)
            if worst is not None:
                said, severity = self._said(worst[2], worst[1])
                detail = f"{finding.detail} {said}" if finding.detail else said
                findings[number] = replace(finding, severity=severity, detail=detail)

    def _leads_nowhere(self, rule: RuleText) -> bool:
        """Whether no step uses any permission of a rule."""
        resources = {permission.resource for permission in rule.permissions}
        return bool(resources) and ALL not in resources and resources.isdisjoint(self._graph.resources)

    def _enter(self, scope: str) -> None:
        """Turn to the findings of a scope."""
        self._scope = scope
        self._in_scope.clear()
        self._reached.clear()
        self._targets = self._graph.targets.get(scope, {})
        self._used_here = self._used[bool(scope)]

    def _worst(self, finding: Finding, subject: Subject, rank: int) -> Worst | None:
        """The worst goal that the holder reaches by the finding, if it is worse than a rank."""
        worst: Worst | None = None
        for evidence in finding.evidence:
            reached = self._in_scope.get(id(evidence.hits))
            if reached is None:
                reached = self._in_scope[id(evidence.hits)] = self._of_role(evidence)
            if self._alone:
                alone = self._alone.get(id(evidence.binding))
                if alone is not None:
                    reached = tuple(sorted({*reached, *self._of_alone(alone, evidence, subject)}))
            for goal in reached:
                if goal[0] >= rank or (worst is not None and goal >= worst):
                    break
                if not self._passes(goal, subject):
                    worst = goal
                    break
        return worst

    def _said(self, number: int, length: int) -> tuple[str, Severity]:
        """The sentence about a path to a goal with this many actions, and its severity."""
        words = self._words.get((number, length))
        if words is None:
            goal = self._goals[number]
            said = f"It leads to {goal.place.words} in {length} action{'' if length == 1 else 's'}."
            words = self._words[number, length] = (said, goal.severity(length))
        return words

    def _passes(self, reached: Worst, subject: Subject) -> bool:
        """Whether the path passes the subject itself, which then does not need the permission for it."""
        start = self._graph.starts.get(id(subject))
        if start is None:
            return False
        tree, members = self._trees[reached[2]], self._graph.members.get(start, start)
        return tree.comes_by(reached[3], start) or (members != start and tree.comes_by(reached[3], members))

    def _of_alone(self, alone: Alone, evidence: Evidence, subject: Subject) -> Iterator[Worst]:
        """The goals that a binding leads to for this subject only."""
        for rule_match in evidence.hits:
            for match, scope, target, cost in alone.get((subject, rule_match.rule_index), ()):
                if self._scope in {"", scope} and _is_of(match, rule_match.match):
                    yield from self._goals_of((target,), cost)

    def _of_role(self, evidence: Evidence) -> Reached:
        """The goals that the permissions in the evidence lead to in the current scope, the worst first."""
        targets = self._targets.get(id(evidence.role))
        if targets is None:
            return ()
        used = self._used_here.get(id(evidence.hits))
        if used is None:
            by_rule = self._graph.hits[id(evidence.role), bool(self._scope)]
            used = self._used_here[id(evidence.hits)] = tuple(dict.fromkeys(_used(evidence, by_rule)))
        if not used:
            return ()
        steps = tuple([id(targets[place]) << 1 | cost for place, cost in used])
        reached = self._reached.get(steps)
        if reached is None:
            worst = {goal for place, cost in used for goal in self._goals_of(targets[place], cost)}
            reached = self._reached[steps] = tuple(sorted(worst))
        return reached

    def _goals_of(self, targets: Numbers, cost: int) -> Iterator[Worst]:
        for number, few, near, far, lengths in self._lengths:
            for target in targets:
                length = lengths[target] + cost
                if length < UNREACHED:
                    yield near if length <= few else far, length, number, target


def _used(evidence: Evidence, given: Hits) -> Iterator[tuple[int, int]]:
    """The steps of a role that use the permissions of a finding, each with its number of actions."""
    for rule_match in evidence.hits:
        for match, step in given.get(rule_match.rule_index, ()):
            if _is_of(match, rule_match.match):
                yield step


def _is_of(match: Match, wanted: Match) -> bool:
    """Whether a step uses the permission of a finding; a wildcard includes every permission of its rule."""
    used, about = match.permission, wanted.permission
    if about.resource == ALL:
        return True
    return (
        used.resource == about.resource
        and about.group in {ALL, used.group}
        and (ALL in wanted.verbs or not set(match.verbs).isdisjoint(wanted.verbs))
    )
