"""Findings about permissions become as severe as what their holder reaches by them."""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.audit.finding import Evidence, Finding, Hit
from rbacpsp.audit.permission import Match
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Subject
from rbacpsp.paths.graph import Graph, Hits, Numbers
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


Worst = tuple[int, int, int, int]
"""How severe a goal is that is reached (by rank), in how many actions, which, and by which place."""


class Raising:
    """Raises findings by what the rules of their roles lead to."""

    def __init__(self, graph: Graph, goals: tuple[Goal, ...], trees: list[Tree]) -> None:
        self._graph = graph
        self._goals = goals
        self._trees = trees
        self._last: tuple[tuple[Hit, ...], str, tuple[Worst, ...]] = ((), "", ())
        self._used: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
        self._reached: dict[tuple[Numbers, int], tuple[Worst, ...]] = {}
        self._passed: dict[tuple[int, int], frozenset[int]] = {}
        self._alone: dict[tuple[Subject, int, int], list[tuple[Match, int, int]]] = {}
        for target, cause, cost in zip(graph.ends[1], graph.causes, graph.costs, strict=True):
            if cause.subject is not None and cause.hit is not None and cause.evidence is not None:
                key = (cause.subject, id(cause.evidence.binding), cause.hit.rule_index)
                self._alone.setdefault(key, []).append((cause.hit.match, target, cost))

    def finding(self, finding: Finding) -> Finding:
        """The finding, as severe as what its holder reaches by it."""
        subject = finding.subject
        rank = finding.severity.rank
        if subject is None or finding.ruled_out or finding.rule.fixed or not rank:
            return finding
        worst: Worst | None = None
        start: int | None = -1
        for evidence in finding.evidence:
            hits, scope, known = self._last  # the subjects of one binding follow each other
            if hits is not evidence.hits or scope != finding.scope:
                known = self._of_role(evidence, finding.scope)
                self._last = (evidence.hits, finding.scope, known)
            for each in self._with_alone(known, evidence, subject) if self._alone else known:
                if each[0] >= rank or (worst is not None and each >= worst):
                    break
                if start == -1:
                    start = self._graph.find(subject_place(subject))
                if start not in self._passes(each):
                    worst = each
                    break
        if worst is None:
            return finding
        _, length, number, _ = worst
        goal = self._goals[number]
        said = _leads(goal.place, length)
        detail = f"{finding.detail} {said}" if finding.detail else said
        return replace(finding, severity=goal.severity(length), detail=detail)

    def _passes(self, reached: Worst) -> frozenset[int]:
        """The places of a path: its own start needs no permission for it, and is not raised by it."""
        _, _, goal, target = reached
        found = self._passed.get((goal, target))
        if found is None:
            edges = self._trees[goal].edges(target)
            found = self._passed[goal, target] = frozenset((target, *(edge.target for edge in edges)))
        return found

    def _with_alone(
        self, known: tuple[Worst, ...], evidence: Evidence, subject: Subject
    ) -> tuple[Worst, ...]:
        """What a role leads to, and what it leads to only for this subject; the worst first."""
        found = {
            each
            for hit in evidence.hits
            for match, target, cost in self._alone.get((subject, id(evidence.binding), hit.rule_index), ())
            if _is_of(match, hit.match)
            for each in self._worst((target,), cost)
        }
        return tuple(sorted(found.union(known))) if found else known

    def _of_role(self, evidence: Evidence, scope: str) -> tuple[Worst, ...]:
        """What a role leads to in a scope."""
        targets = self._graph.targets.get(scope, {}).get(id(evidence.role))
        if targets is None:
            return ()
        hits = self._graph.hits[id(evidence.role), bool(scope)]
        key = (id(evidence.hits), id(hits))
        used = self._used.get(key)
        if used is None:
            used = self._used[key] = tuple(dict.fromkeys(_used(evidence, hits)))
        if len(used) == 1:
            ((place, cost),) = used
            return self._worst(targets[place], cost)
        return tuple(sorted({each for place, cost in used for each in self._worst(targets[place], cost)}))

    def _worst(self, targets: Numbers, cost: int) -> tuple[Worst, ...]:
        """The goals that are reached by one of some places."""
        known = self._reached.get((targets, cost))
        if known is None:
            known = self._reached[targets, cost] = tuple(sorted(set(self._goals_of(targets, cost))))
        return known

    def _goals_of(self, targets: Numbers, cost: int) -> Iterator[Worst]:
        for number, (goal, tree) in enumerate(zip(self._goals, self._trees, strict=True)):
            for target in targets if tree.lengths else ():
                length = tree.lengths[target] + cost
                if length < UNREACHED:
                    yield goal.severity(length).rank, length, number, target


def _used(evidence: Evidence, hits: Hits) -> Iterator[tuple[int, int]]:
    """Which steps that a role gives use what a finding is about, and how many actions each takes."""
    for technique, given, place in hits:
        for hit in evidence.hits:
            if given.rule_index == hit.rule_index and _is_of(given.match, hit.match):
                yield place, technique.cost
                break


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


@cache
def _leads(place: Place, length: int) -> str:
    return f"It leads to {place.words} in {length} act{'' if length == 1 else 's'}."
