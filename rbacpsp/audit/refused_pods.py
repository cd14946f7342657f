"""The loaded workloads and pods that are refused once edits take grants of `use` of policies away.

A workload counts if policies or constraints admit its pods now, and if the edits remove every grant of each
of those that admit them: to its service account, and to the creator of its pods.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec.structs import replace

from rbacpsp.apply.aggregate import is_selected
from rbacpsp.audit.edits import Drop, GrantEdit, narrow_role
from rbacpsp.audit.permission import Permission, match
from rbacpsp.audit.policy_facts import USE
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, Identity, PolicyRule, Request, Role, Subject, User
from rbacpsp.model.request import MASTERS
from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.model.version import OPENSHIFT
from rbacpsp.psp import Admitter
from rbacpsp.psp.versions import REMOVED
from rbacpsp.rbac.supports import Support
from rbacpsp.scc import SCCAdmitter
from rbacpsp.simulate import Simulation
from rbacpsp.simulate.constraints import simulate_constraints
from rbacpsp.simulate.row import RuledPods
from rbacpsp.simulate.simulation import MIRROR

_USE_CONSTRAINTS = (Permission(("use",), RESOURCE, GROUP),)
_Key = tuple[int, int, int, int]
"""The ids of the binding, the subject and the role of a grant, and the index of its rule."""
_NO_GRANTS: frozenset[_Key] = frozenset()


class RefusedPods:
    """The loaded workloads and pods whose admission depends on grants of `use`; simulated when first needed.

    OpenShift's plugin is assumed to be on if constraints are loaded, and PodSecurityPolicy if policies are
    loaded and the server serves them.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._use: tuple[Permission, ...] = ()
        if view.objects.constraints:
            self._use = _USE_CONSTRAINTS
        elif view.objects.policies and view.version < REMOVED:
            self._use = USE
        self._supports: dict[_Key, Support] = {}
        self._known: dict[tuple[tuple[User, ...], str, tuple[str, ...]], frozenset[_Key]] = {}

    def after(self, edits: Iterable[GrantEdit]) -> frozenset[str]:
        """The workloads and pods that are admitted now and refused after some edits."""
        touching = [edit for edit in edits if self._touches(edit)] if self._use else []
        if not touching:
            return frozenset()
        needs = self._needs
        lost = frozenset(self._lost(touching))
        return frozenset(title for needed, title in needs if needed <= lost)

    def _touches(self, edit: GrantEdit) -> bool:
        """Whether an edit concerns a grant of `use`."""
        target = edit.target
        if isinstance(target, Role | ClusterRole):
            return any(self._allows(target.rules[drop.rule_index]) for drop in edit.drops)
        return any(map(self._allows, self._view.role_of(target).rules))

    def _allows(self, rule: PolicyRule) -> bool:
        return any(match(rule, permission) is not None for permission in self._use)

    def _lost(self, edits: list[GrantEdit]) -> Iterator[_Key]:
        """Those of the known grants that some edits take away."""
        leaving: dict[Identity, set[Subject]] = {}
        drops: dict[Identity, list[Drop]] = {}
        roles: dict[Identity, Role | ClusterRole] = {}
        for edit in edits:
            target = edit.target
            identity = (target.kind, target.namespace, target.name)
            if isinstance(target, Role | ClusterRole):
                roles[identity] = target
                drops.setdefault(identity, []).extend(edit.drops)
            elif edit.leaves is not None:
                leaving.setdefault(identity, set()).add(edit.leaves)
        lost_rules = {identity: self._lost_rules(role, drops[identity]) for identity, role in roles.items()}
        copied = {
            name: self._only_in(role, lost_rules[identity])
            for identity, role in roles.items()
            if isinstance(role, ClusterRole)
            for name in copies(self._view, role)
        }
        for key, support in self._supports.items():
            role = support.role
            if (
                _leaves(support, leaving)
                or support.rule_index in lost_rules.get((role.kind, role.namespace, role.name), ())
                or (role.kind == "ClusterRole" and support.rule in copied.get(role.name, ()))
            ):
                yield key

    def _lost_rules(self, role: Role | ClusterRole, drops: Iterable[Drop]) -> frozenset[int]:
        """The rules of a role that no longer grant `use` without some verbs."""
        dropped = tuple(drops)
        lost = set()
        for index in {drop.rule_index for drop in dropped}:
            alone = replace(role, rules=(role.rules[index],))
            own = (drop._replace(rule_index=0) for drop in dropped if drop.rule_index == index)
            if not any(map(self._allows, narrow_role(alone, own).rules)):
                lost.add(index)
        return frozenset(lost)

    def _only_in(self, role: ClusterRole, indexes: frozenset[int]) -> list[PolicyRule]:
        """Those of some rules of a role that an aggregated role cannot copy from elsewhere."""
        lost = [role.rules[index] for index in indexes]
        others = [
            rule
            for other in self._view.objects.cluster_roles.values()
            if other.aggregation_rule is None
            for index, rule in enumerate(other.rules)
            if other.name != role.name or index not in indexes
        ]
        return [rule for rule in lost if rule not in others]

    @cached_property
    def _needs(self) -> tuple[tuple[frozenset[_Key], str], ...]:
        """Each admitted workload and pod that needs a grant, with the grants of which it needs one.

        If a pod or constraints cannot be judged, nothing is said to be refused.
        """
        try:
            rows = self._simulation.rows
        except ValueError:
            return ()
        needs = []
        for row in rows:
            if row.refused or MIRROR in row.notes:
                continue
            title = f"{row.kind} {row.namespace or 'default'}/{row.name}"
            needed = (self._needed(part) for part in row.parts)
            needs += [(supports, title) for supports in needed if supports]
        return tuple(needs)

    @property
    def _simulation(self) -> Simulation:
        view = self._view
        controllers = view.authorizer.catalog.controllers
        if self._use is USE:
            admitter = Admitter(view.objects, view.authorizer, view.version)
            return Simulation(view.objects, view.authorizer, admitter, controllers)
        version = OPENSHIFT if view.version_is_assumed else view.version
        constraints = SCCAdmitter(
            view.objects, view.authorizer, _valid, version, view.objects.openshift_version
        )
        return simulate_constraints(view.objects, view.authorizer, constraints, controllers)

    def _needed(self, part: RuledPods) -> frozenset[_Key]:
        """The grants of which some admitted pods need one; none if they need no grant."""
        ruling = part.ruling
        admission = ruling.admission
        if admission.policy is None:
            return _NO_GRANTS
        admitting = tuple(
            name
            for name, considered in admission.considered.items()
            if considered.usable and considered.verdict != "refused"
        )
        key = (admission.asked, ruling.namespace, admitting)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._grants(*key)
        return known

    def _grants(self, users: tuple[User, ...], namespace: str, names: tuple[str, ...]) -> frozenset[_Key]:
        """The grants of `use` of some policies to some users; none if a user needs no grant."""
        keys = set()
        for user in users:
            if MASTERS in user.groups or any(self._lists(name, user) for name in names):
                return _NO_GRANTS
            for name in names:
                for permission in self._use:
                    request = Request(
                        "use",
                        group=permission.group,
                        resource=permission.resource,
                        name=name,
                        namespace=namespace,
                    )
                    for support in self._view.authorizer.supports(user, request):
                        key = (
                            id(support.binding),
                            id(support.subject),
                            id(support.role),
                            support.rule_index,
                        )
                        self._supports[key] = support
                        keys.add(key)
        return frozenset(keys)

    def _lists(self, name: str, user: User) -> bool:
        """Whether constraints themselves name a user or one of its groups."""
        if self._use is USE:
            return False
        constraint = self._view.objects.constraints[name]
        return user.name in constraint.users or not set(user.groups).isdisjoint(constraint.groups)


def _leaves(support: Support, leaving: Mapping[Identity, set[Subject]]) -> bool:
    """Whether the subject of a grant is removed from its binding."""
    binding = support.binding
    subjects = leaving.get((binding.kind, binding.namespace, binding.name))
    return subjects is not None and not subjects.isdisjoint(
        View.subjects_of(replace(binding, subjects=(support.subject,)))
    )


def _valid(*_: object) -> None:
    """Finds no fault with a pod: loaded pods were valid."""


def copies(view: View, role: ClusterRole) -> Iterator[str]:
    """The names of the aggregated roles that copy the rules of a role, directly or through others."""
    roles: Mapping[str, ClusterRole] = view.objects.cluster_roles
    aggregated = [candidate for candidate in roles.values() if candidate.aggregation_rule]
    waiting, seen = [role], {role.name}
    while waiting:
        source = waiting.pop()
        for candidate in aggregated:
            if candidate.name not in seen and is_selected(source, candidate):
                seen.add(candidate.name)
                waiting.append(candidate)
                yield candidate.name
