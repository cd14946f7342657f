"""Findings about permissions become as severe as what their holder reaches by them."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.audit.finding import Evidence, Finding, RuleMatch
from rbacpsp.audit.permission import Match
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Subject
from rbacpsp.paths.graph import Graph, Numbers
from rbacpsp.paths.place import Place, subject_place
from rbacpsp.paths.tree import UNREACHED, Tree
from rbacpsp.rbac.match import ALL


class Goal(Struct, frozen=True):
    """A goal, the rule that is about it, and how severe it is to reach it in few actions and in more."""

    place: Place
    rule: str
    near: Severity
    far: Severity
    few: int

    def severity(self, length: int) -> Severity:
        """How severe it is to reach it in so many actions."""
        return self.near if length <= self.few else self.far


ByRule = dict[int, list[tuple[Match, tuple[int, int]]]]
"""By the number of a rule of a role: what each step that it gives uses, where it leads and its actions."""
Worst = tuple[int, int, int, int]
"""How severe a goal is that is reached (by rank), in how many actions, which, and by which place."""


class Raising:
    """Raises findings by what the rules of their roles lead to."""

    def __init__(self, graph: Graph, goals: tuple[Goal, ...], trees: list[Tree]) -> None:
        self._graph = graph
        self._goals = goals
        self._trees = trees
        self._last: tuple[tuple[RuleMatch, ...], str, tuple[tuple[Worst, ...], ...]] = ((), "", ())
        self._given: dict[tuple[int, bool], ByRule] = {}
        self._used: dict[tuple[int, bool], tuple[tuple[int, int], ...]] = {}
        self._reached: dict[tuple[int, int], tuple[Worst, ...]] = {}
        self._passed: dict[tuple[int, int], frozenset[int]] = {}
        self._starts: dict[int, int | None] = {}
        self._words: dict[tuple[int, int], tuple[str, Severity]] = {}
        self._alone: dict[int, dict[tuple[Subject, int], list[tuple[Match, int, int]]]] = {}
        for target, cause, cost in zip(graph.ends[1], graph.causes, graph.costs, strict=True):
            if cause.hit is not None and cause.subject is not None and cause.evidence is not None:
                there = self._alone.setdefault(id(cause.evidence.binding), {})
                there.setdefault((cause.subject, cause.hit.rule_index), []).append(
                    (cause.hit.match, target, cost)
                )

    def finding(self, finding: Finding) -> Finding:
        """The finding, as severe as what its holder reaches by it; it must live as long as this."""
        subject = finding.subject
        rank = finding.severity.rank
        if subject is None or finding.ruled_out or finding.rule.fixed or not rank:
            return finding
        worst: Worst | None = None
        for evidence in finding.evidence:
            hits, scope, known = self._last  # the subjects of one binding follow each other
            if hits is not evidence.hits or scope != finding.scope:
                known = self._of_role(evidence, finding.scope)
                self._last = (evidence.hits, finding.scope, known)
            alone = self._alone.get(id(evidence.binding))
            for part in known if alone is None else (*known, self._of_alone(alone, evidence, subject)):
                for each in part:
                    if each[0] >= rank or (worst is not None and each >= worst):
                        break
                    if self._start(subject) not in self._passes(each):
                        worst = each
                        break
        if worst is None:
            return finding
        said, severity = self._said(worst[2], worst[1])
        detail = f"{finding.detail} {said}" if finding.detail else said
        return replace(finding, severity=severity, detail=detail)

    def _said(self, number: int, length: int) -> tuple[str, Severity]:
        """What is said of reaching a goal in so many actions, and how severe that is."""
        found = self._words.get((number, length))
        if found is None:
            goal = self._goals[number]
            said = f"It leads to {goal.place.words} in {length} act{'' if length == 1 else 's'}."
            found = self._words[number, length] = (said, goal.severity(length))
        return found

    def _start(self, subject: Subject) -> int | None:
        """The number of the place of a subject."""
        try:
            return self._starts[id(subject)]
        except KeyError:
            number = self._starts[id(subject)] = self._graph.find(subject_place(subject))
            return number

    def _passes(self, reached: Worst) -> frozenset[int]:
        """The places of a path: its own start needs no permission for it, and is not raised by it."""
        _, _, goal, target = reached
        found = self._passed.get((goal, target))
        if found is None:
            found = self._passed[goal, target] = frozenset((target, *self._trees[goal].passed(target)))
        return found

    def _of_alone(
        self,
        alone: dict[tuple[Subject, int], list[tuple[Match, int, int]]],
        evidence: Evidence,
        subject: Subject,
    ) -> tuple[Worst, ...]:
        """What a binding leads to only for this subject; the worst first."""
        found = {
            each
            for hit in evidence.hits
            for match, target, cost in alone.get((subject, hit.rule_index), ())
            if _is_of(match, hit.match)
            for each in self._goals_of((target,), cost)
        }
        return tuple(sorted(found))

    def _of_role(self, evidence: Evidence, scope: str) -> tuple[tuple[Worst, ...], ...]:
        """What a role leads to in a scope, by what of it is used; of each the worst first."""
        targets = self._graph.targets.get(scope, {}).get(id(evidence.role))
        if targets is None:
            return ()
        key = (id(evidence.hits), bool(scope))
        used = self._used.get(key)
        if used is None:
            by_rule = self._by_rule(id(evidence.role), bool(scope))
            used = self._used[key] = tuple(dict.fromkeys(_used(evidence, by_rule)))
        return tuple([worst for place, cost in used if (worst := self._worst(targets[place], cost))])

    def _by_rule(self, role: int, local: bool) -> ByRule:
        """What a role gives, by the rule of it that does."""
        found = self._given.get((role, local))
        if found is None:
            found = self._given[role, local] = {}
            for technique, hit, place in self._graph.hits[role, local]:
                found.setdefault(hit.rule_index, []).append((hit.match, (place, technique.cost)))
        return found

    def _worst(self, targets: Numbers, cost: int) -> tuple[Worst, ...]:
        """The goals that are reached by one of some places, which the graph has."""
        known = self._reached.get((id(targets), cost))
        if known is None:
            known = self._reached[id(targets), cost] = tuple(sorted(set(self._goals_of(targets, cost))))
        return known

    def _goals_of(self, targets: Numbers, cost: int) -> Iterator[Worst]:
        for number, (goal, tree) in enumerate(zip(self._goals, self._trees, strict=True)):
            for target in targets if tree.lengths else ():
                length = tree.lengths[target] + cost
                if length < UNREACHED:
                    yield goal.severity(length).rank, length, number, target


def _used(evidence: Evidence, given: ByRule) -> Iterator[tuple[int, int]]:
    """Which steps that a role gives use what a finding is about, and how many actions each takes."""
    for hit in evidence.hits:
        for match, step in given.get(hit.rule_index, ()):
            if _is_of(match, hit.match):
                yield step


def _is_of(match: Match, wanted: Match) -> bool:
    """Whether what a step uses is what a finding is about: a wildcard is every permission of its rule."""
    used, about = match.permission, wanted.permission
    if about.resource == ALL:
        return True
    return (
        used.resource == about.resource
        and about.group in {ALL, used.group}
        and (ALL in wanted.verbs or not set(match.verbs).isdisjoint(wanted.verbs))
    )
