"""The objects of a cluster as the rules read them, with derived data that is computed once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

from rbacpsp.audit.applied import AppliedNames
from rbacpsp.audit.finding import Binding, Finding
from rbacpsp.audit.holders import Granted, PermissionHolders
from rbacpsp.audit.permission import Permission
from rbacpsp.catalog.bootstrap_objects import Bootstrap
from rbacpsp.model import ClusterRole, Objects, PolicyRule, Role, RoleBinding, RoleRef, Subject, Version
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    MASTERS,
    split_service_account,
)
from rbacpsp.model.subjects import are_accounts, groups_of
from rbacpsp.model.version import imitated
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.role_refs import Roles
from rbacpsp.rbac.table import PreparedRequest, RoleRules

P = TypeVar("P")
T = TypeVar("T")

RuleOfRole = tuple[Role | ClusterRole, int, PolicyRule]
"""The role that a rule is a part of, the index of the rule there, and the rule."""
_OF_MANY = frozenset({ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED})
"""The groups to which the server adds subjects, besides those of the service accounts of a namespace."""


class View:
    """The objects of a cluster as the rules see them."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        version: Version | None,
        *,
        version_is_assumed: bool = False,
    ) -> None:
        self.objects = objects
        self.authorizer = authorizer
        stated = version or objects.kubernetes_version
        self.version = imitated(stated, policies=bool(objects.policies))
        """The server's version."""
        self.version_is_assumed = version_is_assumed or stated is None
        """Whether the version is assumed."""
        self.bootstrap = Bootstrap(None if self.version_is_assumed else self.version)
        self.roles = Roles(objects)
        self.powerful: Mapping[Subject, Finding] = {}
        """The worst finding of each subject among the rules about permissions, if it is high or critical."""
        self._subjects: dict[Subject, Subject] = {}
        self._known_identities: dict[Subject, tuple[Subject, ...]] = {}
        self._memo: dict[object, Any] = {}
        self._holders: dict[tuple[Permission, ...], PermissionHolders] = {}
        self._applied: dict[Permission, AppliedNames] = {}
        self._members: dict[str, list[Subject]] = {}
        """By group: its members, once somebody asked for them."""
        self._divided: dict[int, dict[str, tuple[Granted, ...]]] = {}
        """By the id of the grants of a subject: those in each scope."""

    def judged(self, powerful: Mapping[Subject, Finding]) -> "View":
        """The same view for rules that build on findings; both share what is derived from the objects."""
        view = copy(self)
        view.powerful = powerful
        return view

    def memo(self, make: Callable[["View"], T]) -> T:
        """The result of a function, computed once; the function must not depend on findings."""
        return self._once(self._memo, make)

    def lasting(self, make: Callable[["View"], T]) -> T:
        """The same for a function that reads no role, no binding and no version.

        Clusters that differ only in roles and bindings share the result: an audit tries several changes.
        """
        return self._once(self.objects.facts, make)

    def _once(self, known: dict[Any, Any], make: Callable[["View"], T]) -> T:
        if make not in known:
            known[make] = make(self)
        made: T = known[make]
        return made

    def lasting_of(self, find: Callable[["View", P], T], item: P) -> T:
        """The same for such a function of one item, such as a pod, that may be asked about several times."""
        known = self.objects.facts.setdefault(find, {})
        entry = known.get(id(item))
        if entry is None:
            entry = known[id(item)] = (item, find(self, item))  # the item keeps its id as long as it lives
        found: T = entry[1]
        return found

    def worst(self, subjects: Iterable[Subject]) -> Finding | None:
        """The worst finding of some subjects among the rules about permissions, if it is high or critical."""
        findings = (self.powerful.get(subject) for subject in subjects)
        return min(filter(None, findings), key=attrgetter("order"), default=None)

    @property
    def bindings(self) -> Iterator[Binding]:
        """Every binding: those of the whole cluster first."""
        return chain(self.objects.cluster_role_bindings.values(), self.objects.role_bindings.values())

    @property
    def every_role(self) -> Iterator[Role | ClusterRole]:
        """Every role: those of the whole cluster first."""
        return chain(self.objects.cluster_roles.values(), self.objects.roles.values())

    @cached_property
    def named_rules(self) -> tuple[RuleOfRole, ...]:
        """Every rule with resourceNames."""
        return tuple(
            [
                (role, index, rule)
                for role in self.every_role
                for index, rule in enumerate(role.rules)
                if rule.resource_names
            ]
        )

    def role_of(self, binding: Binding) -> RoleRules:
        """The role that a binding grants; its `error` is set if the role is missing."""
        return self.roles.resolve(binding.role_ref, binding.namespace)

    def role_named(self, kind: str, name: str, namespace: str) -> RoleRules:
        """The role that a binding in a namespace would grant by that name."""
        return self.roles.resolve(RoleRef(kind=kind, name=name), namespace)

    @property
    def granted(self) -> tuple[Granted, ...]:
        """Every binding whose role exists, with its subjects and its scope.

        Equal subjects are the same object, so their ids distinguish them.
        """
        return self._resolved[0]

    @property
    def dangling(self) -> tuple[Binding, ...]:
        """Every binding whose role is missing."""
        return self._resolved[1]

    @property
    def incomplete(self) -> tuple[Binding, ...]:
        """Every binding whose role is missing, or of which `subjects_of` returns fewer subjects."""
        return self._resolved[2]

    @cached_property
    def _resolved(self) -> tuple[tuple[Granted, ...], tuple[Binding, ...], tuple[Binding, ...]]:
        grants, dangling, incomplete = [], [], []
        one, resolve = self._subjects.setdefault, self.roles.resolve
        for binding in self.bindings:
            namespace = binding.metadata.namespace
            role = resolve(binding.role_ref, namespace)
            if role.error:
                dangling.append(binding)
                incomplete.append(binding)
                continue
            scope = namespace if type(binding) is RoleBinding else ""
            subjects = tuple([one(subject, subject) for subject in self.subjects_of(binding)])
            grants.append(Granted(binding, role, scope, subjects))
            if len(subjects) != len(binding.subjects):
                incomplete.append(binding)
        return tuple(grants), tuple(dangling), tuple(incomplete)

    @cached_property
    def by_scope(self) -> Mapping[str, list[Granted]]:
        """The grants in the whole cluster, then those in each namespace, sorted by its name."""
        grants_by_scope: dict[str, list[Granted]] = {}
        for granted in self.granted:
            others = grants_by_scope.get(granted.scope)
            if others is None:
                grants_by_scope[granted.scope] = [granted]
            else:
                others.append(granted)
        return dict(sorted(grants_by_scope.items()))

    @cached_property
    def by_subject(self) -> Mapping[Subject, tuple[Granted, ...]]:
        """The grants of each subject."""
        grants_by_subject: dict[int, list[Granted]] = {}
        subjects = []
        for granted in self.granted:
            for subject in granted.subjects:
                grants = grants_by_subject.get(id(subject))
                if grants is None:
                    grants_by_subject[id(subject)] = [granted]
                    subjects.append(subject)
                else:
                    grants.append(granted)
        return dict(zip(subjects, map(tuple, grants_by_subject.values()), strict=True))

    def members(self, group: str) -> Sequence[Subject]:
        """The subjects of bindings that are members of a group because the server adds them to it."""
        members = self._members.get(group)
        if members is None:
            among: Iterable[Subject] = self.by_subject if group in _OF_MANY else ()
            if are_accounts(group):
                among = self._accounts.get(group.removeprefix(f"{ALL_SERVICE_ACCOUNTS}:"), ())
            members = self._members[group] = [
                subject
                for subject in among
                if group in groups_of(subject) and (subject.kind != "Group" or subject.name != group)
            ]
        return members

    @cached_property
    def _accounts(self) -> Mapping[str, list[Subject]]:
        """The service accounts that bindings name, by namespace."""
        accounts: dict[str, list[Subject]] = defaultdict(list)
        for subject in self.by_subject:
            if subject.kind == "ServiceAccount":
                accounts[subject.namespace].append(subject)
        return accounts

    @staticmethod
    def subjects_of(binding: Binding) -> Collection[Subject]:
        """The subjects of a binding, each once, service accounts with their namespace.

        Subjects that match nobody are left out (a service account without a namespace in a
        ClusterRoleBinding, and unknown kinds), and so is `system:masters`, which is allowed everything before
        RBAC decides. A User with the name of a service account is returned as that service account.
        """
        subjects = binding.subjects
        if len(subjects) == 1:
            holding = _reached(binding, subjects[0])
            return () if holding is None else (holding,)
        reached = [_reached(binding, subject) for subject in subjects]
        return dict.fromkeys([holding for holding in reached if holding is not None])

    def holds(self, subject: Subject, permissions: tuple[Permission, ...], scope: str) -> bool:
        """Whether the subject, through its implicit groups too, holds one of the permissions.

        In the namespace of the scope; where the scope is the whole cluster, in any namespace.
        """
        holders = self._holders_of(permissions)
        return any(map(holders.scopes, self._grants(subject, scope))) or any(
            self.applied(subject, permission, scope) for permission in holders.applied
        )

    def scopes(self, subject: Subject, permissions: tuple[Permission, ...]) -> set[str]:
        """The scopes in which the subject, through its implicit groups too, holds one of the permissions."""
        return set().union(*self._scopes(subject, permissions))

    def usable_in(
        self, subject: Subject, also: tuple[tuple[Permission, ...], ...], scope: str, *, namespaced: bool
    ) -> Iterable[str]:
        """Where a subject can use a permission that it holds in a scope: in the scope, or in some namespaces.

        It needs one of each group in `also` as well. What it needs besides a permission on cluster-scoped
        objects may be held in any namespace.
        """
        if scope or not namespaced:
            return (scope,) if all(self.holds(subject, one_of, scope) for one_of in also) else ()
        limits = [scopes for one_of in also if "" not in (scopes := self.scopes(subject, one_of))]
        return sorted(set.intersection(*limits)) if limits else (scope,)

    def _scopes(self, subject: Subject, permissions: tuple[Permission, ...]) -> Iterator[set[str]]:
        holders = self._holders_of(permissions)
        yield from map(holders.scopes, self._grants(subject))
        for permission in holders.applied:
            yield set(self.applied(subject, permission))

    def _holders_of(self, permissions: tuple[Permission, ...]) -> PermissionHolders:
        holders = self._holders.get(permissions)
        if holders is None:
            honored = tuple(each for each in permissions if each.is_honored(self.version))
            holders = self._holders[permissions] = PermissionHolders(honored)
        return holders

    def applied(
        self, subject: Subject, permission: Permission, within: str = ""
    ) -> Mapping[str, frozenset[str]]:
        """By scope: the names of the objects that a subject may create by server-side apply.

        Its implicit groups count too. `permission` is one of `by_apply` that the version honors. If only one
        namespace matters besides the whole cluster, `within` names it.
        """
        names = self._applied.get(permission)
        if names is None:
            names = self._applied[permission] = AppliedNames(permission)
        return names.of(subject, self._grants(subject, within), within)

    def _identities(self, subject: Subject) -> tuple[Subject, ...]:
        """A subject, and the groups that the server adds it to."""
        identities = self._known_identities.get(subject)
        if identities is None:
            groups = (Subject("Group", group) for group in groups_of(subject))
            identities = self._known_identities[subject] = tuple(dict.fromkeys((subject, *groups)))
        return identities

    def grants_of(self, subject: Subject) -> Iterator[Granted]:
        """The grants of a subject and of its implicit groups."""
        return chain.from_iterable(self._grants(subject))

    def _grants(self, subject: Subject, within: str = "") -> Iterator[tuple[Granted, ...]]:
        """The grants of a subject, and those of each of its implicit groups.

        With `within`, only those in the whole cluster and in that namespace.
        """
        for identity in self._identities(subject):
            grants = self.by_subject.get(identity)
            if grants and within:
                divided = self._by_scope_of(grants)
                yield from (divided[scope] for scope in ("", within) if scope in divided)
            elif grants:
                yield grants

    def _by_scope_of(self, grants: tuple[Granted, ...]) -> Mapping[str, tuple[Granted, ...]]:
        """The grants of a subject by scope."""
        divided = self._divided.get(id(grants))
        if divided is None:
            lists: dict[str, list[Granted]] = {}
            for granted in grants:
                lists.setdefault(granted.scope, []).append(granted)
            divided = self._divided[id(grants)] = {scope: tuple(every) for scope, every in lists.items()}
        return divided

    def names(self, subject: Subject) -> tuple[str, ...]:
        """The resourceNames in the roles of a subject and of its implicit groups, sorted."""
        rules = (rule for grant in self.grants_of(subject) for rule in grant.role.rules)
        return tuple(sorted({name for rule in rules for name in rule.resource_names}))

    def may(self, subject: Subject, permission: Permission, scope: str, name: str = "") -> bool:
        """Whether the subject, through its implicit groups too, holds a permission on one object."""
        questions = [PreparedRequest(permission.request(verb, scope, name)) for verb in permission.verbs]
        namespace = questions[0].request.namespace
        return any(
            granted.role.allowing(question)
            for grants in self._grants(subject, namespace)
            for granted in grants
            if namespace or not granted.scope
            for question in questions
        )


def _reached(binding: Binding, subject: Subject) -> Subject | None:
    kind = subject.kind
    if kind == "ServiceAccount":
        if subject.namespace:
            return subject if not subject.api_group else Subject(kind, subject.name, subject.namespace)
        namespace = binding.namespace if type(binding) is RoleBinding else ""
        return Subject(kind, subject.name, namespace) if namespace else None
    if kind == "Group":
        return None if subject.name == MASTERS else subject
    if kind == "User":
        account = split_service_account(subject.name)
        return Subject("ServiceAccount", account[1], account[0]) if account else subject
    return None
