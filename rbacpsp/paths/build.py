"""Builds the graph of paths of a cluster.

Most roles of a namespace lead to few places, by many permissions: what an action leads to in a scope is
worked out once for all roles that are held there.
"""

from collections.abc import Iterable

from msgspec import Struct

from rbacpsp.audit.finding import Evidence
from rbacpsp.audit.permission import match
from rbacpsp.audit.view import Granted
from rbacpsp.model import Subject
from rbacpsp.model.progress import Count, ReportProgress
from rbacpsp.paths.actions import Action, Actions
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.paths.edges.control import FULL_CONTROL
from rbacpsp.paths.graph import Cause, Graph, Numbers
from rbacpsp.paths.place import Place, subject_place
from rbacpsp.paths.technique import Held, Site, Step, Technique
from rbacpsp.rbac.table import RoleRules

Reached = tuple[Numbers, tuple[str, ...] | None]
"""The places that an action leads to, and why each is reached; None where the permission says it all."""


class _Given(Struct, gc=False):
    """What a role gives in one kind of scope."""

    actions: tuple[tuple[Action, Cause], ...]
    """To whoever is bound to it: the first action of each kind, and the cause of its edges."""
    alone: tuple[Action, ...]
    """To those of whom more is asked than the role says."""
    name: str
    """The role, as its place is named."""


class Builder:
    """Makes the graph of a site."""

    def __init__(
        self,
        site: Site,
        techniques: tuple[Technique, ...] = TECHNIQUES,
        *,
        told: ReportProgress | None = None,
    ) -> None:
        self._site = site
        self._told = told
        self._actions = Actions(techniques, site)
        self._by_holder = {
            technique.name
            for technique in techniques
            if technique.per_subject and technique.per_subject(site)
        }
        self._given: dict[tuple[int, bool], _Given] = {}
        self._kept: list[RoleRules] = []
        self._roles: dict[tuple[int, str], int] = {}
        self._reached: dict[int, Reached] = {}
        self._same: dict[Numbers, Numbers] = {}
        self._scope = ""
        self.graph = Graph()

    def build(self) -> Graph:
        """The whole graph."""
        site, graph = self._site, self.graph
        for technique in self._actions.techniques:
            causes: dict[str, Cause] = {}
            for source, step in technique.links(site) if technique.links else ():
                cause = causes.get(step.because)
                if cause is None:
                    cause = causes[step.because] = Cause(technique, step.because)
                graph.add(graph.id(source), graph.id(step.place), cause, technique.cost)
        count = Count(self._told, "bindings", len(site.view.granted))
        for granted in count(sorted(site.view.granted, key=_order)):
            if granted.scope != self._scope:
                self._scope = granted.scope
                self._reached.clear()
            self._bind(granted)
        return graph

    def _bind(self, granted: Granted) -> None:
        given = self._gives(granted.role, granted.scope)
        if not given.actions and not given.alone:
            return
        graph = self.graph
        role = self._role(granted.role, granted.scope)
        bound = Evidence(granted.binding, granted.role.role, (), granted.role.computed)
        for subject in granted.subjects:
            source = graph.id(subject_place(subject))
            graph.add(source, role, Cause(None, "", bound, subject, role=granted.role), 0)
        for action in given.alone:
            for subject in granted.subjects:
                self._add_alone(action, granted, subject)

    def _add_alone(self, action: Action, granted: Granted, subject: Subject) -> None:
        """The edges of one subject, where the condition depends on it."""
        view, scope, technique, hit = self._site.view, granted.scope, action.technique, action.hit
        if not all(view.holds(subject, one_of, scope) for one_of in technique.also):
            return
        source = self.graph.id(subject_place(subject))
        evidence = Evidence(granted.binding, granted.role.role, (hit,), granted.role.computed)
        for step in self._steps(technique, Held(scope, hit.match, granted.role.role, subject)):
            cause = Cause(technique, step.because, evidence, subject, hit, granted.role)
            self.graph.add(source, self._target(step.place), cause, technique.cost)

    def _gives(self, role: RoleRules, scope: str) -> _Given:
        """What a role gives in a scope; from full control everything else follows."""
        key = (id(role), bool(scope))
        found = self._given.get(key)
        if found is None:
            self._kept.append(role)
            actions = tuple(each for each in self._actions.of(role) if _is_effective(each, scope))
            if not scope:
                actions = tuple(each for each in actions if each.technique is FULL_CONTROL)[:1] or actions
            techniques = {id(each.technique): each.technique for each in actions}
            lacking = {
                number for number, technique in techniques.items() if self._lacks(technique, role, scope)
            }
            alone = {
                number
                for number, each in enumerate(actions)
                if id(each.technique) in lacking or self._depends(each)
            }
            shared = tuple(each for number, each in enumerate(actions) if number not in alone)
            kinds: dict[int, Action] = {}
            for each in shared:
                kinds.setdefault(each.kind, each)
            places = {kind: place for place, kind in enumerate(kinds)}
            found = self._given[key] = _Given(
                tuple((each, Cause(each.technique, hit=each.hit, role=role)) for each in kinds.values()),
                tuple(each for number, each in enumerate(actions) if number in alone),
                f"{role.role.kind}/{role.role.name}",
            )
            self.graph.hits[id(role.role), bool(scope)] = tuple(
                (each.technique, each.hit, places[each.kind]) for each in shared
            )
        return found

    def _role(self, role: RoleRules, scope: str) -> int:
        """The place of a role held in a scope; its edges are made with it."""
        known = self._roles.get((id(role), scope))
        if known is not None:
            return known
        graph = self.graph
        given = self._gives(role, scope)
        source = self._roles[id(role), scope] = graph.id(Place("role", scope, given.name))
        reached = [self._targets(action, role, scope) for action, _ in given.actions]
        graph.targets.setdefault(scope, {})[id(role.role)] = tuple([targets for targets, _ in reached])
        near: set[tuple[int, int]] = set()
        for (action, cause), (targets, reasons) in zip(given.actions, reached, strict=True):
            cost = action.technique.cost
            for place, target in enumerate(targets):
                if (target, cost) not in near:
                    near.add((target, cost))
                    because = reasons[place] if reasons else ""
                    said = Cause(action.technique, because, hit=action.hit, role=role) if because else cause
                    graph.add(source, target, said, cost)
        return source

    def _targets(self, action: Action, role: RoleRules, scope: str) -> Reached:
        """What an action in a scope leads to; the same for every role unless the family looks at the role."""
        shared = scope == self._scope and not action.technique.per_role
        found = self._reached.get(action.kind) if shared else None
        if found is None:
            steps = list(self._steps(action.technique, Held(scope, action.hit.match, role.role)))
            numbers = tuple([self._target(step.place) for step in steps])
            reasons = tuple([step.because for step in steps])
            found = (self._same.setdefault(numbers, numbers), reasons if any(reasons) else None)
            if shared:
                self._reached[action.kind] = found
        return found

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

    def _depends(self, action: Action) -> bool:
        """Whether an edge starts at the subject since its condition depends on who that is."""
        technique = action.technique
        if technique.name not in self._by_holder:
            return False
        return technique.by_holder is None or technique.by_holder(action.hit.match)

    def _lacks(self, technique: Technique, role: RoleRules, scope: str) -> bool:
        """Whether an edge starts at the subject since the role alone does not meet the condition."""
        return not all(
            any(
                match(rule, permission) is not None and (permission.namespaced or not scope)
                for rule in role.rules
                for permission in one_of
            )
            for one_of in technique.also
        )


def _is_effective(action: Action, scope: str) -> bool:
    return not scope or action.hit.match.permission.namespaced


def _order(granted: Granted) -> tuple[str, str]:
    return (granted.scope, granted.binding.metadata.name)
