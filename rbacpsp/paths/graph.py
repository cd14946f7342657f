"""The graph of escalation paths: subjects, the roles that they hold, and what these roles lead to.

A subject has an edge to every role that it holds in a scope, and a role in a scope has edges to the targets
of its rules, so that the graph grows with the bindings and the roles, not with their product. If a condition
depends on the holder of the permission, the edge starts at the subject itself. Edges are rows of numbers: a
large cluster has millions, and few of them are ever shown.
"""

from array import array
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct

from rbacpsp.audit.finding import Binding, Evidence, RuleMatch
from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match
from rbacpsp.model import ClusterRole, Role, Subject
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import Technique
from rbacpsp.rbac.table import RoleRules

Hits = dict[int, list[tuple[Match, tuple[int, int]]]]
"""The actions of a role by the index of the rule: the permission, an index into the targets of the role in a
scope, and the cost."""
Numbers = tuple[int, ...]


class Cause(Struct, frozen=True, gc=False, eq=False):
    """Why an edge exists. Edges of many scopes share the cause of their role."""

    technique: Technique | None
    """None: the subject is bound to the role."""
    reason: str = ""
    evidence: Evidence | None = None
    """The binding, and the rule if the edge starts at the subject; None if the edge starts at a role."""
    subject: Subject | None = None
    """The subject that the binding names."""
    rule_match: RuleMatch | None = None
    role: RoleRules | None = None


class Edge(NamedTuple):
    """An edge from one place to another, by their numbers."""

    source: int
    target: int
    cause: Cause

    @property
    def technique(self) -> Technique | None:
        """The family; None: the subject is bound to the role."""
        return self.cause.technique


class Graph:
    """Places and edges by number, and the edges out of and into each place."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.ends = (array("i"), array("i"))
        """The source and the target of each edge, by its number."""
        self.costs = bytearray()
        self.causes: list[Cause | Granted] = []
        """By the number of an edge: its cause; for an edge from a subject to a role, the binding."""
        self.subjects: dict[int, Subject] = {}
        """By the number of a place: its subject, if a binding names it."""
        self.starts: dict[int, int] = {}
        """By the id of a subject of a binding: the number of its place."""
        self.members: dict[int, int] = {}
        """By the number of the place of a group: that of its members, if they are in more groups than whoever
        merely names the group, by impersonation for example. Paths from the group start at its members; a
        path that leads to them leads to the group as well."""
        self.alone: dict[int, str] = {}
        """By the number of each edge that starts at a subject because it depends on the holder: its scope."""
        self.by_group: list[int] = []
        """The numbers of the edges that start at a member of a group but use a grant of the group."""
        self.resources: frozenset[str] = frozenset()
        """The resources of all permissions that steps use."""
        self.hits: dict[tuple[int, bool], Hits] = {}
        """By the id of a role and whether it is held in a namespace: its actions."""
        self.targets: dict[str, dict[int, tuple[Numbers, ...]]] = {}
        """By scope and the id of a role: the places that it leads to."""
        self._ids: dict[Place, int] = {}

    def __len__(self) -> int:
        """How many edges there are."""
        return len(self.causes)

    def id(self, place: Place) -> int:
        """The number of a place, which is added if it is new."""
        number = self._ids.get(place)
        if number is None:
            number = self._ids[place] = len(self.places)
            self.places.append(place)
        return number

    def find(self, place: Place) -> int | None:
        """The number of a place, or None when no edge starts or ends there."""
        return self._ids.get(place)

    def start(self, place: Place) -> int | None:
        """The number of the place where the paths from a place start, or None when nothing starts there."""
        number = self.find(place)
        return number if number is None else self.members.get(number, number)

    def add(self, source: int, target: int, cause: Cause, cost: int) -> None:
        """Add an edge that takes 0 or 1 actions."""
        self.ends[0].append(source)
        self.ends[1].append(target)
        self.costs.append(cost)
        self.causes.append(cause)

    def add_all(
        self,
        sources: Iterable[int],
        targets: Iterable[int],
        causes: Iterable[Cause],
        costs: bytes | bytearray,
    ) -> None:
        """Add several edges, of which each takes 0 or 1 actions."""
        self.ends[0].extend(sources)
        self.ends[1].extend(targets)
        self.costs += costs
        self.causes.extend(causes)

    def edge(self, number: int) -> Edge:
        """An edge by its number."""
        sources, targets = self.ends
        return Edge(sources[number], targets[number], self.cause(number))

    def edges(self) -> Iterator[Edge]:
        """Every edge, in the order of the numbers."""
        return map(self.edge, range(len(self)))

    def cause(self, number: int) -> Cause:
        """Why an edge exists."""
        cause = self.causes[number]
        if isinstance(cause, Cause):
            return cause
        rules = cause.role
        bound = Evidence(cause.binding, rules.role, (), rules.computed)
        return Cause(None, "", bound, self.subjects[self.ends[0][number]], None, rules)

    def bound(self, number: int) -> tuple[Binding, Role | ClusterRole, Subject]:
        """The binding, the role and the subject of an edge that has a binding."""
        cause = self.causes[number]
        if isinstance(cause, Granted):
            return cause.binding, cause.role.role, self.subjects[self.ends[0][number]]
        assert cause.evidence is not None  # noqa: S101 - the edge has a binding
        assert cause.subject is not None  # noqa: S101 - as above
        return cause.evidence.binding, cause.evidence.role, cause.subject

    @cached_property
    def out(self) -> "Adjacent":
        """The edges out of each place."""
        return Adjacent(len(self.places), self.ends[0])

    @cached_property
    def into(self) -> "Adjacent":
        """The edges into each place."""
        return Adjacent(len(self.places), self.ends[1])


class Adjacent:
    """The numbers of the edges at each place, in their order; built once the graph is complete."""

    def __init__(self, places: int, ends: "array[int]") -> None:
        first = [0] * (places + 1)
        for place in ends:
            first[place + 1] += 1
        self.first = list(accumulate(first))
        """By the number of a place: where its edges begin among `numbers`."""
        following = self.first[:]
        self.numbers = array("i", bytes(4 * len(ends)))
        for number, place in enumerate(ends):
            self.numbers[following[place]] = number
            following[place] += 1

    def __getitem__(self, place: int) -> "array[int]":
        return self.numbers[self.first[place] : self.first[place + 1]]
