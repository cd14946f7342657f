"""Builds the graph of paths of a cluster.

Most roles in a namespace lead to few places through many permissions. The targets of an action in a scope are
therefore computed once for all roles that are held there.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import attrgetter, not_

from msgspec import Struct

from rbacpsp.audit.applied import applied_in
from rbacpsp.audit.finding import Evidence
from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.model import Subject
from rbacpsp.model.progress import Count, ReportProgress
from rbacpsp.model.subjects import NamedGroup, member_of
from rbacpsp.paths.actions import Action, Actions
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.paths.edges.control import FULL_CONTROL
from rbacpsp.paths.edges.membership import MEMBERSHIP, accounts_of_projects, member_places, members_of
from rbacpsp.paths.graph import Cause, Graph, Hits, Numbers
from rbacpsp.paths.place import Place, subject_place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, Link, ReachedPlace, Technique
from rbacpsp.rbac.table import RoleRules

Reached = tuple[Numbers, tuple[str, ...] | None]
"""The places that an action leads to, and the reason for each; None if the permission is the only reason."""


_Bound = tuple[int | None, tuple[Action, ...]]
"""The number of a role's place (None: no actions), and the actions that only some holders get."""


class _RoleActions(Struct, gc=False):
    """The actions of a role in one kind of scope."""

    actions: tuple[tuple[Action, Cause], ...]
    """The actions of every holder: the first of each kind, and the cause of its edges."""
    alone: tuple[Action, ...]
    """The actions whose conditions depend on the holder."""
    name: str
    """The name of the role's place."""


class PathGraphBuilder:
    """Builds the graph of a cluster."""

    def __init__(
        self,
        facts: ClusterFacts,
        techniques: tuple[Technique, ...] = TECHNIQUES,
        *,
        report_progress: ReportProgress | None = None,
    ) -> None:
        self._facts = facts
        self._report = report_progress
        techniques = tuple(each for each in techniques if not each.is_possible or each.is_possible(facts))
        self._actions = Actions(techniques, facts)
        self._by_holder = {
            technique.name
            for technique in techniques
            if technique.per_subject and technique.per_subject(facts)
        }
        self._may_depend = {each for each in techniques if each.also or each.name in self._by_holder}
        self._given: tuple[dict[RoleRules, _RoleActions], dict[RoleRules, _RoleActions]] = ({}, {})
        self._roles: dict[str, dict[RoleRules, int]] = {}
        self._reached: dict[int, Reached] = {}
        self._same: dict[Numbers, Numbers] = {}
        self._scope = ""
        self.graph = Graph()
        self.graph.resources = frozenset(
            permission.resource for technique in techniques for permission in technique.permissions
        )

    def build(self) -> Graph:
        """Build the complete graph."""
        for technique in self._actions.techniques:
            if technique.links:
                self._link(technique, technique.links(self._facts))
        for group, members in member_places(self._facts):
            number = self.graph.id(members)
            self.graph.members[self.graph.id(subject_place(group))] = number
            self.graph.places[number] = subject_place(group)
            self.graph.subjects[number] = group
        count = Count(self._report, "bindings", len(self._facts.view.granted))
        for scope, granted in self._facts.view.by_scope.items():
            self._scope = scope
            self._reached.clear()
            self._bind(count(sorted(granted, key=_BY_NAME)), scope)
        self._link(MEMBERSHIP, members_of(self._facts, self._acting()))
        self._link(MEMBERSHIP, accounts_of_projects(self._facts, tuple(self.graph.places)))
        return self.graph

    def _acting(self) -> set[str]:
        """The groups whose members can do more than each of their groups, by permissions of several."""
        graph = self.graph
        members = set(graph.members.values())
        sources = {graph.ends[0][number] for number in (*graph.alone, *graph.by_group)} if members else set()
        return {graph.places[number].name for number in members & sources}

    def _link(self, technique: Technique, links: Iterable[Link]) -> None:
        """Add the edges that need no permission."""
        number_of = self.graph.id
        sources: list[int] = []
        targets: list[int] = []
        causes: list[Cause] = []
        by_reason: dict[str, Cause] = {}
        numbers: list[int] = []
        why: list[Cause] = []
        last: Sequence[ReachedPlace] = ()
        for place, steps in links:
            if not steps:
                continue
            source = number_of(place)
            if steps is not last:
                last = steps
                numbers = []
                why = []
                for step in steps:
                    numbers.append(number_of(step.place))
                    cause = by_reason.get(step.reason)
                    if cause is None:
                        cause = by_reason[step.reason] = Cause(technique, step.reason)
                    why.append(cause)
            sources += [source] * len(steps)
            targets += numbers
            causes += why
        self.graph.add_all(sources, targets, causes, bytes([technique.cost]) * len(causes))

    def _bind(self, every: Iterable[Granted], scope: str) -> None:
        """Add the edges of the bindings of a scope."""
        graph, numbers, members = self.graph, self.graph.starts, self.graph.members
        add_source, add_target = graph.ends[0].append, graph.ends[1].append
        add_cost, add_cause = graph.costs.append, graph.causes.append
        held: dict[RoleRules, _Bound] = {}
        for granted in every:
            rules = granted.role
            bound = held.get(rules)
            if bound is None:
                given = self._gives(rules, scope)
                gives = bool(given.actions or given.alone)
                bound = (self._role(rules, scope, given) if gives else None, given.alone)
                held[rules] = bound
            role, alone = bound
            if role is None:
                continue
            for subject in granted.subjects:
                source = numbers.get(id(subject))
                if source is None:
                    source = numbers[id(subject)] = graph.id(subject_place(subject))
                    graph.subjects.setdefault(source, subject)
                add_source(source)
                add_target(role)
                add_cost(0)
                add_cause(granted)
                if source in members:
                    add_source(members[source])
                    add_target(role)
                    add_cost(0)
                    add_cause(granted)
            able: dict[int, tuple[Subject, ...]] = {}
            for action in alone:
                subjects, permission = granted.subjects, action.rule_match.match.permission
                if action.lacks_patch:
                    if id(permission) not in able:
                        able[id(permission)] = self._able(subjects, permission, scope)
                    subjects = able[id(permission)]
                for subject in subjects:
                    self._add_alone(action, granted, subject)

    def _able(self, subjects: Iterable[Subject], permission: Permission, scope: str) -> tuple[Subject, ...]:
        """Those of some subjects that may be able to create an object in a scope by server-side apply."""
        applied = self._facts.view.applied
        return tuple(each for each in subjects if each.kind == "Group" or applied(each, permission, scope))

    def _add_alone(self, action: Action, granted: Granted, subject: Subject) -> None:
        """Add the edges of an action whose condition depends on the subject.

        A member of a group may meet the condition only together with grants of its own.
        """
        graph = self.graph
        reached: set[int] = set()
        own = graph.starts[id(subject)]
        for source, holder in self._holders(subject, own):
            for target, scope, cause in self._alone(action, granted, subject, holder):
                if source == own:
                    reached.add(target)
                graph.alone[len(graph)] = scope
                graph.add(source, target, cause, action.technique.cost)
        for member in self._facts.members(subject.name) if subject.kind == "Group" else ():
            for source, holder in self._holders(member, graph.id(subject_place(member))):
                if holder is not member and subject.name not in member_of(holder).groups:
                    continue
                for target, _, cause in self._alone(action, granted, subject, holder):
                    if target not in reached:
                        graph.by_group.append(len(graph))
                        graph.add(source, target, cause, action.technique.cost)

    def _holders(self, subject: Subject, number: int) -> Iterator[tuple[int, Subject]]:
        """A subject with the number of its place; for a group also its members, if they are elsewhere."""
        members = self.graph.members.get(number)
        if members is None:
            yield number, subject
        else:
            yield number, NamedGroup(subject.kind, subject.name)
            yield members, subject

    def _alone(
        self, action: Action, granted: Granted, subject: Subject, holder: Subject
    ) -> Iterator[tuple[int, str, Cause]]:
        """The targets of an action for a holder of the subject's grant, each with its scope and its cause."""
        technique, rule_match = action.technique, action.rule_match
        evidence = Evidence(granted.binding, granted.role.role, (rule_match,), granted.role.computed)
        for scope, match in self._usable(action, granted.scope, holder):
            held = GrantedPermission(scope, match, granted.role.role, holder)
            for step in self._steps(technique, held):
                cause = Cause(technique, step.reason, evidence, subject, rule_match, granted.role)
                yield self._target(step.place), scope, cause

    def _usable(self, action: Action, scope: str, holder: Subject) -> Iterable[tuple[str, Match]]:
        """Where a holder can use a permission that it holds in a scope, and on which objects."""
        view, match = self._facts.view, action.rule_match.match
        applied = view.applied(holder, match.permission, scope) if action.lacks_patch else {}
        if action.lacks_patch and not applied:
            return ()
        also, namespaced = action.technique.also, match.permission.namespaced
        scopes = view.usable_in(holder, also, scope, namespaced=namespaced)
        return applied_in(scopes, match, applied) if applied else ((where, match) for where in scopes)

    def _gives(self, role: RoleRules, scope: str) -> _RoleActions:
        """The actions of a role in a scope; full control replaces all others."""
        known = self._given[bool(scope)]
        role_actions = known.get(role)
        if role_actions is None:
            actions = self._actions.of(role)
            if scope:
                actions = [action for action in actions if action.rule_match.match.permission.namespaced]
            else:
                actions = list(filter(_is_full_control, actions)) or actions
            shared, alone = self._divided(actions, role, local=bool(scope))
            kinds: dict[int, int] = {}
            first: list[tuple[Action, Cause]] = []
            hits: Hits = {}
            for action in shared:
                position = kinds.setdefault(action.kind, len(kinds))
                if position == len(first):
                    first.append((action, Cause(action.technique, "", None, None, action.rule_match, role)))
                rule, step = action.rule_match, (position, action.technique.cost)
                hits.setdefault(rule.rule_index, []).append((rule.match, step))
            self.graph.hits[id(role.role), bool(scope)] = hits
            name = f"{role.role.kind}/{role.role.name}"
            role_actions = known[role] = _RoleActions(tuple(first), tuple(alone), name)
        return role_actions

    def _divided(
        self, actions: list[Action], role: RoleRules, *, local: bool
    ) -> tuple[list[Action], list[Action]]:
        """The actions of all holders of a role, and those that depend on the holder."""
        may_depend = self._may_depend
        if not [each for each in actions if each.lacks_patch or each.technique in may_depend]:
            return actions, []
        met = self._actions.met(role, local=local)
        alone = [
            self._depends(action, role) or not all(id(one_of) in met for one_of in action.technique.also)
            for action in actions
        ]
        return list(compress(actions, map(not_, alone))), list(compress(actions, alone))

    def _role(self, role: RoleRules, scope: str, given: _RoleActions | None = None) -> int:
        """The number of the place of a role in a scope; a new place gets its edges."""
        numbers = self._roles.get(scope)
        if numbers is None:
            numbers = self._roles[scope] = {}
        known = numbers.get(role)
        if known is not None:
            return known
        graph = self.graph
        given = given or self._gives(role, scope)
        source = numbers[role] = graph.id(Place("role", scope, given.name))
        known_here = self._reached if scope == self._scope else {}
        reached = []
        near: dict[int, Cause] = {}
        costs = bytearray()
        for action, cause in given.actions:
            targets, reasons = known_here.get(action.kind) or self._targets(action, role, scope)
            reached.append(targets)
            for index, target in enumerate(targets):
                if target not in near:
                    reason = reasons[index] if reasons else ""
                    near[target] = cause
                    if reason:
                        near[target] = Cause(action.technique, reason, None, None, action.rule_match, role)
                    costs.append(action.technique.cost)
        by_role = graph.targets.get(scope)
        if by_role is None:
            by_role = graph.targets[scope] = {}
        by_role[id(role.role)] = tuple(reached)
        graph.add_all([source] * len(near), near, near.values(), costs)
        return source

    def _targets(self, action: Action, role: RoleRules, scope: str) -> Reached:
        """The targets of an action in a scope; they are the same for every role unless `per_role` is set."""
        shared = scope == self._scope and not action.technique.per_role
        reached = self._reached.get(action.kind) if shared else None
        if reached is None:
            steps = list(
                self._steps(action.technique, GrantedPermission(scope, action.rule_match.match, role.role))
            )
            numbers = tuple([self._target(step.place) for step in steps])
            reasons = tuple([step.reason for step in steps])
            reached = (self._same.setdefault(numbers, numbers), reasons if any(reasons) else None)
            if shared:
                self._reached[action.kind] = reached
        return reached

    def _target(self, place: Place) -> int:
        """The number of a target; a role that would be bound gets its edges."""
        if place.kind == "role" and self.graph.find(place) is None:
            kind, _, name = place.name.partition("/")
            view = self._facts.view
            objects = view.objects
            exists = (
                name in objects.cluster_roles
                if kind == "ClusterRole"
                else (place.namespace, name) in objects.roles
            )
            if exists:
                return self._role(view.role_named(kind, name, place.namespace), place.namespace)
        return self.graph.id(place)

    def _steps(self, technique: Technique, held: GrantedPermission) -> Iterable[ReachedPlace]:
        return technique.targets(self._facts, held) if technique.targets else ()

    def _depends(self, action: Action, role: RoleRules) -> bool:
        """Whether an edge starts at the subject because its condition depends on the subject."""
        technique = action.technique
        if action.lacks_patch:
            return True
        if technique.name not in self._by_holder:
            return False
        return technique.by_holder is None or technique.by_holder(action.rule_match.match, role.role)


def _is_full_control(action: Action) -> bool:
    return action.technique is FULL_CONTROL and not action.rule_match.match.names


_BY_NAME = attrgetter("binding.metadata.name")
