"""Who can become whom: the shortest ways from a subject to full control, a node, secrets or another subject.

A way is as long as its acts: being in a group, or one of a pool, is none. The search is breadth-first over
numbers, forwards from a start or backwards from a goal.
"""

from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property
from heapq import nsmallest

from msgspec import Struct

from rbacpsp.audit.admits import Admits, ClusterAdmits
from rbacpsp.audit.finding import Binding
from rbacpsp.audit.path_graph import Builder, Edge, Graph
from rbacpsp.audit.permission import permission_words
from rbacpsp.audit.place import CLUSTER_ADMIN, IDENTITIES, NODE, Place
from rbacpsp.audit.technique import Site, Technique
from rbacpsp.audit.view import View
from rbacpsp.model import Objects, Subject, Version
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.request import MASTERS
from rbacpsp.pss.config import Configuration
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.decision import Grant

CANDIDATES = 12
"""How many of the grants that most ways pass are tried as the one to remove."""

_WANTED = IDENTITIES | {"secrets", CLUSTER_ADMIN.kind, NODE.kind}
_RANK = {kind: rank for rank, kind in enumerate((CLUSTER_ADMIN.kind, NODE.kind, "secrets"))}
_MASTERS = Place("Group", "", MASTERS)


class PathStep(Struct, frozen=True):
    """One act, or one membership, of a way."""

    source: Place
    target: Place
    technique: Technique
    permission: str
    """What is used, in words; empty where it is no permission."""
    grant: Grant | None
    """The rule and the binding that give it; None where it is no permission, or is bound on the way."""
    because: str


class Path(Struct, frozen=True):
    """A way from a start to a goal."""

    start: Place
    goal: Place
    steps: tuple[PathStep, ...]
    brought: bool
    """It starts with a grant that Kubernetes brings: one of its own components would take it."""

    @property
    def length(self) -> int:
        """How many acts it takes."""
        return sum(step.technique.cost for step in self.steps)

    @property
    def order(self) -> tuple[int, Place, Place]:
        """Sorts ways: the shortest first."""
        return (self.length, self.start, self.goal)


class Ways(Struct, frozen=True):
    """The ways from one start, the goals first, then the shortest first."""

    paths: tuple[Path, ...]
    total: int
    """How many there are, those not spelled out included."""


class Cut(Struct, frozen=True):
    """A grant whose removal closes ways to a goal."""

    binding: Binding
    subject: Subject
    closed: int
    """How many starts no longer reach the goal without it."""
    of: int
    """How many reach it now."""


class Paths:
    """The ways within a cluster; the graph is built on first use."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        *,
        version: Version | None = None,
        admits: Admits | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        self._view = View(objects, authorizer, version)
        self._site = Site(self._view, admits or ClusterAdmits(self._view, configuration))

    @cached_property
    def graph(self) -> Graph:
        """The graph."""
        with no_collection():
            return Builder(self._site).build()

    def between(self, start: Place, goal: Place) -> Path | None:
        """The shortest way from a start to a goal, or None."""
        graph = self.graph
        source, target = graph.find(start), graph.find(goal)
        if source is None or target is None or source == target:
            return None
        before, _ = self._search(source, backwards=False, stop=target)
        return self._path(source, target, before) if target in before else None

    def from_(self, start: Place, limit: int | None = None) -> Ways:
        """The shortest way from a start to every goal and to every other subject that it reaches.

        Args:
            start: A subject.
            limit: How many ways to spell out, the shortest first; the number of all is told in any case.
        """
        graph = self.graph
        source = graph.find(start)
        if source is None:
            return Ways((), 0)
        before, length = self._search(source, backwards=False)
        wanted = [target for target in before if graph.places[target].kind in _WANTED and length[target]]
        places = graph.places
        shown = nsmallest(
            len(wanted) if limit is None else limit,
            wanted,
            key=lambda each: (_RANK.get(places[each].kind, 9), length[each], places[each]),
        )
        paths = tuple(self._path(source, target, before) for target in shown)
        return Ways(paths, len(wanted))

    def to(self, goal: Place) -> tuple[Path, ...]:
        """The shortest way to a goal from every subject that reaches it, `system:masters` left out."""
        graph = self.graph
        target = graph.find(goal)
        if target is None:
            return ()
        after, _ = self._search(target, backwards=True)
        paths = (self._back(source, target, after) for source in self._starts(after) if source != target)
        return tuple(sorted(paths, key=_order))

    def cuts(self, goal: Place, limit: int = 5) -> tuple[Cut, ...]:
        """The grants whose removal closes the goal to most subjects, the best first.

        Tried are those that most of the shortest ways pass; ways of Kubernetes' own components do not count.
        """
        graph = self.graph
        target = graph.find(goal)
        ways = [path for path in self.to(goal) if not path.brought]
        if target is None or not ways:
            return ()
        passed: Counter[tuple[int, Subject]] = Counter()
        bindings: dict[int, Binding] = {}
        for path in ways:
            for grant in {id(step.grant): step.grant for step in path.steps if step.grant}.values():
                passed[id(grant.binding), grant.subject] += 1
                bindings[id(grant.binding)] = grant.binding
        starts = {path.start for path in ways}
        found = []
        for (binding, subject), _ in sorted(passed.items(), key=lambda each: (-each[1], each[0][1]))[
            :CANDIDATES
        ]:
            after, _ = self._search(target, backwards=True, without=(binding, subject))
            left = {graph.places[source] for source in self._starts(after)} & starts
            closed = len(starts) - len(left)
            if closed:
                found.append(Cut(bindings[binding], subject, closed, len(starts)))
        found.sort(key=lambda cut: (-cut.closed, cut.binding.namespace, cut.binding.name, cut.subject))
        return tuple(found[:limit])

    def _starts(self, after: dict[int, int]) -> Iterator[int]:
        for source in after:
            place = self.graph.places[source]
            if place.kind in IDENTITIES and place != _MASTERS:
                yield source

    def _search(
        self, start: int, *, backwards: bool, stop: int = -1, without: tuple[int, Subject] | None = None
    ) -> tuple[dict[int, int], dict[int, int]]:
        """The edge by which each place is first reached from a start (or reaches it), and how far it is.

        The start itself has the edge -1.
        """
        graph = self.graph
        edges, costs, adjacent = graph.edges, graph.costs, graph.into if backwards else graph.out
        ends = graph.ends[0 if backwards else 1]
        by: dict[int, int] = {start: -1}
        length = {start: 0}
        done: set[int] = set()
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            if here in done:
                continue
            done.add(here)
            if here == stop:
                break
            so_far = length[here]
            for number in adjacent[here]:
                there = ends[number]
                if there in done or (without is not None and _is_cut(edges[number], without)):
                    continue
                cost = costs[number]
                if so_far + cost < length.get(there, _FAR):
                    length[there] = so_far + cost
                    by[there] = number
                    if cost:
                        waiting.append(there)
                    else:
                        waiting.appendleft(there)
        return by, length

    def _path(self, source: int, target: int, before: dict[int, int]) -> Path:
        edges: list[Edge] = []
        here = target
        while here != source:
            edges.append(self.graph.edges[before[here]])
            here = edges[-1].source
        return self._made(source, target, edges[::-1])

    def _back(self, source: int, target: int, after: dict[int, int]) -> Path:
        edges: list[Edge] = []
        here = source
        while here != target:
            edges.append(self.graph.edges[after[here]])
            here = edges[-1].target
        return self._made(source, target, edges)

    def _made(self, source: int, target: int, edges: list[Edge]) -> Path:
        places = self.graph.places
        steps = []
        bound: Edge | None = None
        for edge in edges:
            if edge.technique is None:
                bound = edge
                continue
            start = bound.source if bound else edge.source
            steps.append(
                PathStep(
                    places[start],
                    places[edge.target],
                    edge.technique,
                    permission_words([edge.hit.match]) if edge.hit else "",
                    _grant(bound or edge, edge),
                    edge.because,
                )
            )
            bound = None
        first = next((step.grant for step in steps if step.grant), None)
        brought = first is not None and self._is_brought(first)
        return Path(places[source], places[target], tuple(steps), brought)

    def _is_brought(self, grant: Grant) -> bool:
        return self._view.bootstrap.subject(grant.binding, grant.subject)


_FAR = 1 << 30


def _order(path: Path) -> tuple[int, Place, Place]:
    return path.order


def _is_cut(edge: Edge, cut: tuple[int, Subject]) -> bool:
    return edge.evidence is not None and id(edge.evidence.binding) == cut[0] and edge.subject == cut[1]


def _grant(bound: Edge, edge: Edge) -> Grant | None:
    """The rule of the edge through the binding that leads to it."""
    if bound.evidence is None or bound.subject is None or edge.hit is None or edge.role is None:
        return None
    role, index = edge.role, edge.hit.rule_index
    return Grant(bound.evidence.binding, role.role, index, role.rules[index], bound.subject, role.computed)
