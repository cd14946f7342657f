"""The shortest ways of many starts to one goal: each is spelled out only where somebody reads it."""

from array import array
from collections.abc import Iterator
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.audit.finding import Binding, Evidence
from rbacpsp.model import Subject
from rbacpsp.paths.graph import Cause, Edge, Graph
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import Place
from rbacpsp.rbac.decision import Grant

UNREACHED = 1 << 30
"""How far away is what is not reached."""
_PASSES_BY, _PASSES = 1, 2


class Ways(Protocol):
    """What spells out ways; see `rbacpsp.paths.search.Paths`."""

    @property
    def graph(self) -> Graph:
        """The graph."""

    def made(self, source: int, target: int, edges: list[Edge]) -> Path:
        """The way of some edges."""

    def brings(self, binding: Binding, subject: Subject) -> bool:
        """Whether Kubernetes brings a binding, with that subject."""


class Tree:
    """By the number of each place: the first edge of its path to a goal, and how long that is.

    A place that does not reach the goal is farther than `UNREACHED`.
    """

    __slots__ = ("_last", "_passing", "_ways", "after", "goal", "lengths")

    def __init__(self, ways: Ways, goal: int, after: "array[int]", lengths: "array[int]") -> None:
        self._ways = ways
        self.goal = goal
        self.after = after
        self.lengths = lengths
        self._last: dict[int, Path] = {}
        self._passing: dict[int, bytearray] = {}

    def edges(self, source: int) -> Iterator[Edge]:
        """The edges of the path from a place."""
        graph = self._ways.graph
        here = source
        while here != self.goal:
            edge = graph.edge(self.after[here])
            yield edge
            here = edge.target

    def passed(self, source: int) -> Iterator[int]:
        """The numbers of the places to which the steps of the path from a place lead."""
        targets, after, here = self._ways.graph.ends[1], self.after, source
        while here != self.goal:
            here = targets[after[here]]
            yield here

    def path(self, source: int) -> Path:
        """The path from a place; the last one is kept, since its reader asks for its parts one by one."""
        found = self._last.get(source)
        if found is None:
            found = self._ways.made(source, self.goal, list(self.edges(source)))
            self._last.clear()
            self._last[source] = found
        return found

    def place(self, number: int) -> Place:
        """A place by its number."""
        return self._ways.graph.places[number]

    def opening(self, source: int) -> tuple[Cause | None, Cause | None]:
        """What the first step from a place uses, and the binding of which it is; None where there is none."""
        if source == self.goal:
            return None, None
        graph, after = self._ways.graph, self.after
        number = after[source]
        first = graph.causes[number]
        if first.technique is not None:
            return first, (first if first.evidence is not None else None)
        return graph.causes[after[graph.ends[1][number]]], first

    def passes(self, source: int, place: Place) -> bool:
        """Whether a step of the path from one place leads to another."""
        number = self._ways.graph.find(place)
        if number is None or self.lengths[source] >= UNREACHED:
            return False
        marks = self._passing.get(number)
        if marks is None:
            marks = self._passing[number] = bytearray(len(self.lengths))
            marks[self.goal] = _PASSES_BY
        return (marks[source] or self._marked(source, number, marks)) == _PASSES

    def _marked(self, source: int, place: int, marks: bytearray) -> int:
        """Marks whether the path from one place passes another, for it and for all places on the path."""
        targets, after = self._ways.graph.ends[1], self.after
        waiting, here = [], source
        while not marks[here] and here != place:
            waiting.append(here)
            here = targets[after[here]]
        mark = _PASSES if here == place else marks[here]
        for each in waiting:
            marks[each] = mark
        return marks[source]

    def bound(self, source: int) -> tuple[Evidence, Subject] | None:
        """The binding and the role of the first grant on the path from a place, and whom it names."""
        bound = self._bound(source)[1]
        if bound is None or bound.evidence is None or bound.subject is None:
            return None
        return bound.evidence, bound.subject

    def is_brought(self, source: int) -> bool:
        """Whether the first grant on the path from a place is one that Kubernetes makes."""
        bound = self.bound(source)
        return bound is not None and self._ways.brings(bound[0].binding, bound[1])

    def first(self, source: int) -> tuple[Evidence, Subject] | None:
        """The grant of the first step that has one, as findings have it, and whom the binding names."""
        first, bound = self._bound(source)
        if first is None or first.hit is None or bound is None:
            return None
        evidence, subject = bound.evidence, bound.subject
        if evidence is None or subject is None:
            return None
        return (evidence if first is bound else replace(evidence, hits=(first.hit,))), subject

    def _bound(self, source: int) -> tuple[Cause | None, Cause | None]:
        """The first step that has a grant, as of `opening`."""
        targets, here = self._ways.graph.ends[1], source
        while here != self.goal:
            first, bound = self.opening(here)
            if bound is not None:
                return first, bound
            here = targets[self.after[here]]
        return None, None


class LazyPath(Struct, frozen=True, gc=False, eq=False):
    """One path of a tree; all of `Path` that findings need."""

    tree: Tree
    source: int
    """The number of the place where it starts."""

    def __reduce__(self) -> Any:
        """How it is pickled and copied: spelled out, without its graph."""
        return (_same, (self.path,))

    @property
    def path(self) -> Path:
        """The path, spelled out."""
        return self.tree.path(self.source)

    @property
    def start(self) -> Place:
        """Where it starts."""
        return self.tree.place(self.source)

    @property
    def length(self) -> int:
        """How many actions it takes."""
        return self.tree.lengths[self.source]

    @property
    def brought(self) -> bool:
        """Whether it starts with a grant that Kubernetes makes."""
        return self.tree.is_brought(self.source)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The rules and the bindings that give it."""
        return self.path.grants

    @property
    def evidence(self) -> Evidence | None:
        """The first of them, as findings have it."""
        first = self.first
        return None if first is None else first[0]

    @property
    def first(self) -> tuple[Evidence, Subject] | None:
        """The same, and whom the binding names."""
        return self.tree.first(self.source)

    @property
    def used(self) -> tuple[tuple[Evidence, Subject], ...]:
        """The grant of each step as findings have it, and whom the binding names."""
        return self.path.used

    @property
    def words(self) -> str:
        """Its steps in words."""
        return self.path.words


def _same(path: Path) -> Path:
    return path
