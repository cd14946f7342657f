"""The shortest paths of many starts to one goal; each is built only when it is read."""

from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

from msgspec import Struct

from rbacpsp.audit.finding import Binding, EscalationPath, Evidence
from rbacpsp.audit.holders import Granted
from rbacpsp.model import AnyObject, ClusterRole, Role, Subject
from rbacpsp.paths.graph import Edge, Graph
from rbacpsp.paths.path import Path, PathStep
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import Technique
from rbacpsp.rbac.decision import Grant

UNREACHED = 1 << 30
"""The distance of a place that is not reached."""
_PASSES_BY, _PASSES = 1, 2


class PathMaker(Protocol):
    """Builds paths from edges; see `rbacpsp.paths.search.Paths`."""

    @property
    def graph(self) -> Graph:
        """The graph."""

    def made(self, source: int, target: int, steps: tuple[PathStep, ...]) -> Path:
        """The path with some steps."""

    def step(self, bound: Edge | None, edge: Edge) -> PathStep:
        """The step along an edge, and along the one from its subject to the role that allows it."""

    def brings(self, binding: Binding, subject: Subject) -> bool:
        """Whether Kubernetes itself creates the binding for this subject."""


class Tree:
    """By the number of each place: the first edge of its path to a goal, and the length of the path.

    A place that does not reach the goal has the length `UNREACHED`.
    """

    def __init__(self, ways: PathMaker, goal: int, after: "array[int]", lengths: "array[int]") -> None:
        self._ways = ways
        self.goal = goal
        self.after = after
        self.lengths = lengths
        self._last: dict[int, Path] = {}
        self._steps: dict[int, tuple[PathStep, ...]] = {}
        """By the number of a place that other paths pass: the steps from there."""
        self._passing: dict[Place, bytearray] = {}

    def comes_by(self, source: int, number: int) -> bool:
        """Whether the path from one place starts at another or leads to it."""
        if source == number:
            return True
        if not self._entered[number]:
            return False
        targets, after, here = self._ways.graph.ends[1], self.after, source
        while here != self.goal:
            here = targets[after[here]]
            if here == number:
                return True
        return False

    @cached_property
    def _entered(self) -> bytearray:
        """By the number of each place: whether a path from another one leads to it."""
        entered = bytearray(len(self.after))
        targets = self._ways.graph.ends[1]
        for number in self.after:
            if number >= 0:
                entered[targets[number]] = True
        return entered

    def path(self, source: int) -> Path:
        """The path from a place; the last one is cached, since callers read its parts one by one."""
        path = self._last.get(source)
        if path is None:
            path = self._ways.made(source, self.goal, self._steps_from(source))
            self._last.clear()
            self._last[source] = path
        return path

    def _steps_from(self, source: int) -> tuple[PathStep, ...]:
        """The steps of the path from a place; all but the first are shared with other paths."""
        graph, ways, known = self._ways.graph, self._ways, self._steps
        made: list[PathStep] = []
        starts: list[int] = []
        bound: Edge | None = None
        here = source
        while here != self.goal and (bound or here not in known):
            edge = graph.edge(self.after[here])
            here = edge.target
            if edge.technique is None:
                bound = edge
                continue
            starts.append((bound or edge).source)
            made.append(ways.step(bound, edge))
            bound = None
        steps = known.get(here, ())
        for start, step in zip(reversed(starts), reversed(made), strict=True):
            steps = (step, *steps)
            if start != source:
                known[start] = steps
        return steps

    def place(self, number: int) -> Place:
        """A place by its number."""
        return self._ways.graph.places[number]

    def technique(self, source: int) -> Technique | None:
        """The technique of the first step from a place; None if there is no step."""
        if source == self.goal:
            return None
        graph, number = self._ways.graph, self.after[source]
        cause = graph.causes[number]
        if isinstance(cause, Granted):  # a role has no binding of its own
            cause = graph.cause(self.after[graph.ends[1][number]])
        return cause.technique

    def passes(self, source: int, place: Place) -> bool:
        """Whether a step of the path from one place leads to another."""
        marks = self._passing.get(place)
        if marks is None:
            marks = self._passing[place] = bytearray(len(self.lengths))
            marks[self.goal] = _PASSES_BY
        return (marks[source] or self._marked(source, place, marks)) == _PASSES

    def _marked(self, source: int, place: Place, marks: bytearray) -> int:
        """Mark whether the path from one place passes another, for it and for all places on the path."""
        number = self._ways.graph.find(place)
        if number is None or self.lengths[source] >= UNREACHED:
            return _PASSES_BY
        targets, after = self._ways.graph.ends[1], self.after
        waiting, here = [], source
        while not marks[here] and here != number:
            waiting.append(here)
            here = targets[after[here]]
        mark = _PASSES if here == number else marks[here]
        for marked in waiting:
            marks[marked] = mark
        return marks[source]

    def bound(self, source: int) -> tuple[Binding, Role | ClusterRole, Subject] | None:
        """The binding and the role of the first grant on the path from a place, and its subject."""
        number = self.grant(source)
        return None if number is None else self._ways.graph.bound(number)

    def is_kubernetes_own(self, source: int) -> bool:
        """Whether Kubernetes itself creates the first grant on the path from a place."""
        bound = self.bound(source)
        return bound is not None and self._ways.brings(bound[0], bound[2])

    def first(self, source: int) -> tuple[Evidence, Subject] | None:
        """The grant of the first step that has one, as evidence, and the subject that the binding names."""
        number = self.grant(source)
        if number is None:
            return None
        graph = self._ways.graph
        cause = graph.causes[number]
        if isinstance(cause, Granted):
            hit = graph.cause(self.after[graph.ends[1][number]]).rule_match
            if hit is None:
                return None
            rules = cause.role
            evidence = Evidence(cause.binding, rules.role, (hit,), rules.computed)
            return evidence, graph.subjects[graph.ends[0][number]]
        if cause.rule_match is None or cause.evidence is None or cause.subject is None:
            return None
        return cause.evidence, cause.subject

    def granting_objects(self, source: int, seen: set[tuple[int, int]]) -> Iterator[AnyObject]:
        """The bindings and roles of the grants on the path from a place, up to a place in `seen`.

        Args:
            source: The number of the place.
            seen: The places that were passed before, each with the identity of its tree; those passed now are
                added.
        """
        causes, targets, tree, here = self._ways.graph.causes, self._ways.graph.ends[1], id(self), source
        while here != self.goal and (tree, here) not in seen:
            seen.add((tree, here))
            number = self.after[here]
            cause = causes[number]
            if isinstance(cause, Granted):
                yield cause.binding
                yield cause.role.role
            elif cause.evidence is not None:
                yield cause.evidence.binding
                yield cause.evidence.role
            here = targets[number]

    def grant(self, source: int) -> int | None:
        """The number of the first edge with a binding on the path from a place; None if there is none."""
        graph, after, here = self._ways.graph, self.after, source
        causes, targets = graph.causes, graph.ends[1]
        while here != self.goal:
            number = after[here]
            cause = causes[number]
            if isinstance(cause, Granted) or cause.evidence is not None:
                return number
            here = targets[number]
        return None


class LazyPath(Struct, frozen=True, gc=False):
    """One path of a tree, with the attributes of `Path` that findings need."""

    tree: Tree
    source: int
    """The number of the place where it starts."""

    def __reduce__(self) -> Any:
        """Pickle and copy it as a `Path`, without its graph."""
        return (_same, (self.path,))

    @property
    def path(self) -> Path:
        """The complete path."""
        return self.tree.path(self.source)

    @property
    def start(self) -> Place:
        """The place where it starts."""
        return self.tree.place(self.source)

    @property
    def length(self) -> int:
        """How many actions it takes."""
        return self.tree.lengths[self.source]

    @property
    def kubernetes_own(self) -> bool:
        """Whether it starts with a grant that Kubernetes itself creates."""
        return self.tree.is_kubernetes_own(self.source)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rules and the bindings that grant its steps."""
        return self.path.grants

    def granting_objects(self, seen: set[tuple[int, int]]) -> Iterator[AnyObject]:
        """The bindings and roles of the grants, up to a place that was passed before."""
        return self.tree.granting_objects(self.source, seen)

    @property
    def evidence(self) -> Evidence | None:
        """The grant of the first step that has one, as the evidence of a finding."""
        first = self.first
        return None if first is None else first[0]

    @property
    def first(self) -> tuple[Evidence, Subject] | None:
        """The grant of the first step that has one, and the subject that the binding names."""
        return self.tree.first(self.source)

    @property
    def used(self) -> tuple[tuple[Evidence, Subject], ...]:
        """The grant of each step as evidence, and the subject that the binding names."""
        return self.path.used

    @property
    def permission(self) -> str:
        """The permission of the first step that has a grant, in words."""
        return self.path.permission

    @property
    def words(self) -> str:
        """Its steps in words."""
        return self.path.words

    @property
    def without_grants(self) -> str:
        """What to do about a path that no grant allows, in words; empty if a grant allows a step."""
        return self.path.without_grants


def path_of(way: EscalationPath) -> Path:
    """The path of a finding, complete.

    Raises:
        TypeError: It is not a path of this package.
    """
    path = way.path if isinstance(way, LazyPath) else way
    if not isinstance(path, Path):
        raise TypeError(f"a path, not {path!r}")
    return path


def _same(path: Path) -> Path:
    return path
