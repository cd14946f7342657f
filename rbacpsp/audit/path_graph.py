"""The graph of paths: who becomes what, by which grant.

A subject leads to every role it is bound to in a scope, and a role in a scope to what its rules allow, so
that the graph grows with the bindings and the roles, not with their product. Where a condition depends on
who holds the permission the edge starts at the subject itself.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rbacpsp.audit.edges import TECHNIQUES
from rbacpsp.audit.finding import Evidence, Hit
from rbacpsp.audit.permission import Permission, match
from rbacpsp.audit.place import Place, subject_place
from rbacpsp.audit.technique import Held, Site, Step, Technique
from rbacpsp.audit.view import Granted
from rbacpsp.model import Subject, Version
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

Entry = tuple[int, Permission]


class Edge(Struct, gc=False, eq=False):
    """One way from a place to another."""

    source: int
    target: int
    technique: Technique | None
    """None: the subject is bound to the role."""
    because: str = ""
    evidence: Evidence | None = None
    """The binding, and the rule where the edge starts at the subject; of a role's edge the rule alone."""
    subject: Subject | None = None
    """Whom the binding names."""
    hit: Hit | None = None
    role: RoleRules | None = None

    @property
    def cost(self) -> int:
        """How many acts it is."""
        return self.technique.cost if self.technique else 0


class Graph:
    """Places by number, and the edges out of and into each."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.edges: list[Edge] = []
        self.ends: tuple[list[int], list[int]] = ([], [])
        """The source and the target of each edge, by its number."""
        self.costs: list[int] = []
        self.out: list[list[int]] = []
        self.into: list[list[int]] = []
        self._ids: dict[Place, int] = {}

    def id(self, place: Place) -> int:
        """The number of a place, which is added when it is new."""
        found = self._ids.get(place)
        if found is None:
            found = self._ids[place] = len(self.places)
            self.places.append(place)
            self.out.append([])
            self.into.append([])
        return found

    def find(self, place: Place) -> int | None:
        """The number of a place, or None when nothing leads there or from there."""
        return self._ids.get(place)

    def add(self, edge: Edge) -> None:
        """Take in an edge."""
        number = len(self.edges)
        self.edges.append(edge)
        self.ends[0].append(edge.source)
        self.ends[1].append(edge.target)
        self.costs.append(edge.cost)
        self.out[edge.source].append(number)
        self.into[edge.target].append(number)


class _Words:
    """The permissions of the techniques by the words that rules use."""

    def __init__(self, techniques: tuple[Technique, ...], version: Version | None) -> None:
        self.techniques = techniques
        self._by_word: dict[str, list[Entry]] = {}
        self._all: list[Entry] = []
        for place, technique in enumerate(techniques):
            for permission in technique.permissions:
                if permission.before is not None and version is not None and version >= permission.before:
                    continue
                self._all.append((place, permission))
                words = {permission.resource, f"*/{permission.subresource}"}
                for word in words if permission.subresource else {permission.resource}:
                    self._by_word.setdefault(word, []).append((place, permission))

    def hits(self, role: RoleRules) -> Iterator[tuple[Technique, Hit]]:
        """What the rules of a role allow."""
        for index, rule in enumerate(role.rules):
            if ALL in rule.resources:
                entries: Iterable[Entry] = self._all
            else:
                by_word = self._by_word
                entries = dict.fromkeys(
                    e for word in rule.resources if word in by_word for e in by_word[word]
                )
            for place, permission in entries:
                found = match(rule, permission)
                if found is not None:
                    yield self.techniques[place], Hit(index, found)


class Builder:
    """Makes the graph of a site."""

    def __init__(self, site: Site, techniques: tuple[Technique, ...] = TECHNIQUES) -> None:
        self._site = site
        self._words = _Words(techniques, site.version)
        self._hits: dict[int, tuple[tuple[Technique, Hit], ...]] = {}
        self._kept: list[RoleRules] = []
        self._roles: dict[tuple[int, str], int] = {}
        self.graph = Graph()

    def build(self) -> Graph:
        """The whole graph."""
        site, graph = self._site, self.graph
        for technique in self._words.techniques:
            for source, step in technique.links(site) if technique.links else ():
                graph.add(Edge(graph.id(source), graph.id(step.place), technique, step.because))
        for granted in sorted(site.view.granted, key=_order):
            self._bind(granted)
        return graph

    def _bind(self, granted: Granted) -> None:
        graph = self.graph
        hits = self._hits_of(granted.role)
        if not hits:
            return
        role = self._role(granted.role, granted.scope)
        bound = Evidence(granted.binding, granted.role.role, (), granted.role.computed)
        for subject in granted.subjects:
            source = graph.id(subject_place(subject))
            graph.add(Edge(source, role, None, "", bound, subject, role=granted.role))
        for technique, hit in hits:
            if self._depends(technique, granted.role, granted.scope) and _effective(hit, granted.scope):
                for subject in granted.subjects:
                    self._alone(technique, hit, granted, subject)

    def _alone(self, technique: Technique, hit: Hit, granted: Granted, subject: Subject) -> None:
        """The edges of one subject, where the condition depends on it."""
        view, scope = self._site.view, granted.scope
        if not all(view.holds(subject, one_of, scope) for one_of in technique.also):
            return
        source = self.graph.id(subject_place(subject))
        evidence = Evidence(granted.binding, granted.role.role, (hit,), granted.role.computed)
        for step in self._steps(technique, Held(scope, hit.match, granted.role.role, subject)):
            target = self._target(step.place)
            self.graph.add(
                Edge(source, target, technique, step.because, evidence, subject, hit, granted.role)
            )

    def _hits_of(self, role: RoleRules) -> tuple[tuple[Technique, Hit], ...]:
        found = self._hits.get(id(role))
        if found is None:
            found = self._hits[id(role)] = tuple(self._words.hits(role))
            self._kept.append(role)
        return found

    def _role(self, role: RoleRules, scope: str) -> int:
        """The place of a role held in a scope; its edges are made with it."""
        known = self._roles.get((id(role), scope))
        if known is not None:
            return known
        graph = self.graph
        source = graph.id(Place("role", scope, f"{role.role.kind}/{role.role.name}"))
        self._roles[id(role), scope] = source
        for technique, hit in self._hits_of(role):
            if not _effective(hit, scope) or self._depends(technique, role, scope):
                continue
            for step in self._steps(technique, Held(scope, hit.match, role.role)):
                target = self._target(step.place)
                graph.add(Edge(source, target, technique, step.because, hit=hit, role=role))
        return source

    def _target(self, place: Place) -> int:
        """The number of a target; a role that would be bound gets its edges."""
        if place.kind == "role" and self.graph.find(place) is None:
            kind, _, name = place.name.partition("/")
            view = self._site.view
            objects = view.objects
            there = (
                name in objects.cluster_roles
                if kind == "ClusterRole"
                else (place.namespace, name) in objects.roles
            )
            if there:
                return self._role(view.role_named(kind, name, place.namespace), place.namespace)
        return self.graph.id(place)

    def _steps(self, technique: Technique, held: Held) -> Iterable[Step]:
        return technique.targets(self._site, held) if technique.targets else ()

    def _depends(self, technique: Technique, role: RoleRules, scope: str) -> bool:
        """Whether an edge starts at the subject: the role alone does not meet the condition."""
        if technique.per_subject is not None and technique.per_subject(self._site):
            return True
        return not all(
            any(
                match(rule, permission) is not None and (permission.namespaced or not scope)
                for rule in role.rules
                for permission in one_of
            )
            for one_of in technique.also
        )


def _effective(hit: Hit, scope: str) -> bool:
    return not scope or hit.match.permission.namespaced


def _order(granted: Granted) -> tuple[str, str]:
    return (granted.scope, granted.binding.metadata.name)
