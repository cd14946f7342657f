"""Finds escalation paths: the shortest from a subject to full control, a node, secrets or another subject.

The length of a path is the number of actions it takes; membership of a group or a pool is free. The search
is breadth-first over numbers, forwards from a start or backwards from a goal.
"""

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property
from heapq import nsmallest
from typing import Any

from msgspec import Struct

from rbacpsp.audit.finding import Binding
from rbacpsp.audit.view import View
from rbacpsp.model import Objects, Subject, Version
from rbacpsp.model.argument_types import require
from rbacpsp.model.frozen import unchanging
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.progress import ProgressContext, no_progress
from rbacpsp.model.request import MASTERS
from rbacpsp.model.result import Framed, Shown
from rbacpsp.paths.admitted_pods import Admits, ClusterAdmits
from rbacpsp.paths.build import PathGraphBuilder
from rbacpsp.paths.graph import Cause, Edge, Graph
from rbacpsp.paths.path import Path, PathStep
from rbacpsp.paths.place import CLUSTER_ADMIN, IDENTITIES, NODE, Place, subject_place
from rbacpsp.paths.technique import ClusterFacts
from rbacpsp.paths.tree import UNREACHED, LazyPath, Tree
from rbacpsp.pss.config import Configuration
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.decision import Grant

CANDIDATES = 12
"""How many grants are tried as the one to remove: those that most paths use."""

_STARTS = IDENTITIES | {"cloud"}
_WANTED = IDENTITIES | {"secrets", "cloud", CLUSTER_ADMIN.kind, NODE.kind}
_RANK = {kind: rank for rank, kind in enumerate((CLUSTER_ADMIN.kind, NODE.kind, "secrets", "cloud"))}
_MASTERS = Place("Group", "", MASTERS)


class Ways(Shown, Struct, frozen=True):
    """The paths from one start: those to goals first, then the shortest first."""

    paths: tuple[Path, ...]
    total: int
    """The number of all paths, including those that are not listed."""

    def __repr__(self) -> str:
        return f"<Ways: {self.total}>"


class Cut(Struct, frozen=True):
    """A grant whose removal closes paths to a goal."""

    binding: Binding
    subject: Subject
    closed: int
    """How many subjects no longer reach the goal without it."""
    of: int
    """How many subjects reach it now."""


_PLACE = "a place: rbacpsp.paths.parse_place makes one of a text"


@unchanging
class Paths(Shown, Framed):
    """The escalation paths of a cluster; the graph is built on first use."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        *,
        version: Version | None = None,
        version_is_assumed: bool = False,
        admits: Admits | None = None,
        configuration: Configuration | None = None,
        telling: ProgressContext = no_progress,
    ) -> None:
        """See `Cluster.paths`; `telling` gives the receiver of progress reports."""
        self._telling = telling
        self._given = (objects, authorizer, version, version_is_assumed, admits, configuration)
        self._view = View(objects, authorizer, version, version_is_assumed=version_is_assumed)
        self._facts = ClusterFacts(self._view, admits or ClusterAdmits(self._view, configuration))

    def __repr__(self) -> str:
        return f"<Paths of {self._view.objects!r}>"

    @property
    def view(self) -> View:
        """The objects, as the rules of the audit and the families of steps read them."""
        return self._view

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the graph, which is built again."""
        return (_paths, self._given)

    @cached_property
    def graph(self) -> Graph:
        """The graph."""
        with self._telling() as report_progress, no_collection():
            return PathGraphBuilder(self._facts, report_progress=report_progress).build()

    def between(self, start: Place, goal: Place) -> Path | None:
        """The shortest path from a start to a goal, or None."""
        require("start", start, Place, _PLACE)
        require("goal", goal, Place, _PLACE)
        graph = self.graph
        source, target = graph.start(start), graph.find(goal)
        if source is None or target is None or start == goal:
            return None
        before, length = self._search(source, backwards=False, stop=target)
        return self._path(source, target, before) if length[target] < UNREACHED else None

    def from_(self, start: Place, limit: int | None = None) -> Ways:
        """The shortest path from a start to every goal and to every other subject that it reaches.

        Args:
            start: A subject.
            limit: How many paths to list, the shortest first; `Ways.total` counts all of them.
        """
        require("start", start, Place, _PLACE)
        require("limit", limit, int | None, "a number")
        graph = self.graph
        source = graph.start(start)
        if source is None:
            return Ways((), 0)
        before, length = self._search(source, backwards=False)
        places, members = graph.places, set(graph.members.values())
        wanted = [
            target
            for target, far in enumerate(length)
            if 0 < far < UNREACHED and places[target].kind in _WANTED
            if places[target] != start and target not in members
        ]
        shown = nsmallest(
            len(wanted) if limit is None else limit,
            wanted,
            key=lambda each: (_RANK.get(places[each].kind, len(_RANK)), length[each], places[each]),
        )
        paths = tuple(self._path(source, target, before) for target in shown)
        return Ways(paths, len(wanted))

    def to(self, goal: Place) -> tuple[Path, ...]:
        """The shortest path to a goal from every subject that reaches it, without `system:masters`."""
        require("goal", goal, Place, _PLACE)
        return tuple(sorted((way.path for way in self.starting(self.toward(goal))), key=_order))

    def toward(self, goal: Place) -> Tree:
        """The shortest paths to a goal from every place that reaches it."""
        target = self.graph.find(goal)
        if target is None:
            return Tree(self, len(self.graph.places), array("i"), array("i"))
        after, lengths = self._search(target, backwards=True)
        return Tree(self, target, after, lengths)

    def starting(self, tree: Tree) -> Iterator[LazyPath]:
        """The paths of a tree from every subject, without `system:masters`."""
        return (LazyPath(tree, source) for source, _ in self.starts(tree))

    def starts(self, tree: Tree) -> Iterator[tuple[int, Place]]:
        """The subjects that reach the goal of a tree, each with its number, without `system:masters`."""
        places, goals = self.graph.places, {tree.goal, self.graph.members.get(tree.goal)}
        return ((source, places[source]) for source in self._starts(tree.lengths) if source not in goals)

    def tree(self, goal: Place) -> set[int]:
        """The numbers of the edges on the shortest paths to a goal."""
        require("goal", goal, Place, _PLACE)
        return {edge for edge in self.toward(goal).after if edge >= 0}

    def cuts(self, goal: Place, limit: int = 5) -> tuple[Cut, ...]:
        """The grants whose removal closes the goal to most subjects, the best first.

        Only the grants that most of the shortest paths use are tried; paths of Kubernetes' own components do
        not count.
        """
        require("goal", goal, Place, _PLACE)
        require("limit", limit, int, "a number")
        graph = self.graph
        target = graph.find(goal)
        if target is None:
            return ()
        ways = [path for path in self.to(goal) if not path.kubernetes_own]
        grants = [
            grant
            for path in ways
            for grant in {id(step.grant): step.grant for step in path.steps if step.grant}.values()
        ]
        passed = Counter((id(grant.binding), grant.subject) for grant in grants)
        bindings = {id(grant.binding): grant.binding for grant in grants}
        candidates = sorted(passed, key=lambda grant: (-passed[grant], grant[1]))[:CANDIDATES]
        starts = {path.start for path in ways}
        cuts = []
        for binding, subject in candidates:
            cut = self._edges_of(bindings[binding], subject)
            _, length = self._search(target, backwards=True, without=cut)
            left = {graph.places[source] for source in self._starts(length)} & starts
            closed = len(starts) - len(left)
            if closed:
                cuts.append(Cut(bindings[binding], subject, closed, len(starts)))
        cuts.sort(key=lambda cut: (-cut.closed, cut.binding.namespace, cut.binding.name, cut.subject))
        return tuple(cuts[:limit])

    def _starts(self, length: "array[int]") -> list[int]:
        return [source for source in self._subjects if length[source] < UNREACHED] if length else []

    @cached_property
    def _subjects(self) -> list[int]:
        """The numbers of the places where paths may start, without `system:masters`."""
        places, members = enumerate(self.graph.places), self.graph.members
        starts = [number for number, place in places if place.kind in _STARTS and place != _MASTERS]
        return [number for number in starts if number not in members] if members else starts

    def _edges_of(self, binding: Binding, subject: Subject) -> frozenset[int]:
        """The numbers of the edges that exist because a binding names a subject."""
        graph = self.graph
        source = graph.id(subject_place(subject))
        members = graph.members.get(source, source)
        return frozenset(
            number
            for number in (*graph.out[source], *graph.out[members], *graph.by_group)
            if (evidence := (cause := graph.cause(number)).evidence)
            and evidence.binding is binding
            and cause.subject == subject
        )

    def _search(
        self, start: int, *, backwards: bool, stop: int | None = None, without: frozenset[int] = frozenset()
    ) -> "tuple[array[int], array[int]]":
        """The edge by which each place is first reached from a start (or reaches it), and its distance.

        The start and the places that are not reached have the edge -1; the latter have the distance
        `UNREACHED`.
        """
        graph = self.graph
        costs, adjacent = graph.costs, graph.into if backwards else graph.out
        first, numbers = adjacent.first, adjacent.numbers
        ends = graph.ends[0 if backwards else 1]
        by = array("i", [-1]) * len(graph.places)
        length = array("i", [UNREACHED]) * len(graph.places)
        length[start] = 0
        done = bytearray(len(graph.places))
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            if done[here]:
                continue
            done[here] = 1
            if here == stop:
                break
            so_far = length[here]
            for number in numbers[first[here] : first[here + 1]]:
                there = ends[number]
                if length[there] <= so_far:
                    continue
                cost = costs[number]
                if so_far + cost < length[there] and number not in without:
                    length[there] = so_far + cost
                    by[there] = number
                    if cost:
                        waiting.append(there)
                    else:
                        waiting.appendleft(there)
        return by, length

    def _path(self, source: int, target: int, before: "array[int]") -> Path:
        edges: list[Edge] = []
        here = target
        while here != source:
            edges.append(self.graph.edge(before[here]))
            here = edges[-1].source
        steps = []
        bound: Edge | None = None
        for edge in reversed(edges):
            if edge.technique is None:
                bound = edge
            else:
                steps.append(self.step(bound, edge))
                bound = None
        return self.made(source, target, tuple(steps))

    def made(self, source: int, target: int, steps: tuple[PathStep, ...]) -> Path:
        """The path with some steps."""
        places = self.graph.places
        first = next((step.grant for step in steps if step.grant), None)
        kubernetes_own = first is not None and self.brings(first.binding, first.subject)
        return Path(places[source], places[target], steps, kubernetes_own)

    def step(self, bound: Edge | None, edge: Edge) -> PathStep:
        """The step along an edge, and along the one from its subject to the role that allows it."""
        places, cause = self.graph.places, edge.cause
        assert cause.technique is not None  # noqa: S101 - an edge without one is `bound`
        return PathStep(
            places[(bound or edge).source],
            places[edge.target],
            cause.technique,
            cause.rule_match.match if cause.rule_match else None,
            _grant((bound or edge).cause, cause),
            cause.reason,
        )

    def brings(self, binding: Binding, subject: Subject) -> bool:
        """Whether Kubernetes itself creates the binding for this subject, one of its own components."""
        return self._view.bootstrap.subject(binding, subject)


def _order(path: Path) -> tuple[int, Place, Place]:
    return path.order


def _grant(bound: Cause, cause: Cause) -> Grant | None:
    """The rule that an edge uses, with the binding that grants it."""
    if bound.evidence is None or bound.subject is None or cause.rule_match is None or cause.role is None:
        return None
    role, index = cause.role, cause.rule_match.rule_index
    return Grant(bound.evidence.binding, role.role, index, role.rules[index], bound.subject, role.computed)


def _paths(
    objects: Objects,
    authorizer: Authorizer,
    version: Version | None,
    version_is_assumed: bool,
    admits: Admits | None,
    configuration: Configuration | None,
) -> Paths:
    return Paths(
        objects,
        authorizer,
        version=version,
        version_is_assumed=version_is_assumed,
        admits=admits,
        configuration=configuration,
    )
