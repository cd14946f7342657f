"""Lists the subjects that may do something as the upstream subject locator does, with the grants of each.

Source: plugin/pkg/auth/authorizer/rbac/subject_locator.go (1.24).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter, eq
from typing import Any, NamedTuple

from msgspec import Struct

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.model import Request, Subject
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.result import Framed, Shown
from rbacpsp.rbac.accounts import expand_accounts
from rbacpsp.rbac.decision import Access, ComputedGrants, Grant, sorted_grants
from rbacpsp.rbac.index import MASTERS_SUBJECT, Index
from rbacpsp.rbac.role_refs import Binding
from rbacpsp.rbac.table import ByRole, PreparedRequest, RoleRules, allowing_rules


class Known(NamedTuple):
    """The service accounts that are known to exist."""

    accounts: frozenset[Account]


class WhoCan(Shown, Framed, Struct, frozen=True, eq=False):
    """The subjects that may do something: an iterable of `Access`, one for each distinct subject as written.

    The group `system:masters` is first and without grants, even where bindings name it; the others are
    sorted. A subject that matches nobody (a ServiceAccount without a namespace in a ClusterRoleBinding) is
    listed too.
    """

    _index: Index | Known
    subjects: tuple[Subject, ...]
    """The subjects without their grants, in the same order."""
    _find: Callable[[Subject], tuple[Grant, ...]]
    errors: tuple[str, ...]
    """The roleRefs to missing roles, in the server's words, sorted."""
    _controls: Mapping[Subject, tuple[str, ...]] = FrozenDict()
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could add subjects."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it with its grants and without the index."""
        grants = ComputedGrants(FrozenDict({subject: self._find(subject) for subject in self.subjects}))
        known = Known(self._index.accounts)
        return (WhoCan, (known, self.subjects, grants, self.errors, self._controls, self.incomplete))

    def __iter__(self) -> Iterator[Access]:
        find = self._find
        if self._controls:
            return (Access(subject, find, self._controls.get(subject, ())) for subject in self.subjects)
        return (Access(subject, find) for subject in self.subjects)

    def __len__(self) -> int:
        return len(self.subjects)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WhoCan):
            return NotImplemented
        return (
            (self.errors, self.incomplete) == (other.errors, other.incomplete)
            and self.subjects == other.subjects
            and all(map(eq, self, other))
        )

    def __ne__(self, other: object) -> bool:
        return not eq(self, other)  # a Struct would answer by identity

    def __hash__(self) -> int:
        return hash((self.subjects, self.errors))

    def __repr__(self) -> str:
        return f"<WhoCan of {len(self)} subject{'' if len(self) == 1 else 's'}>"

    def __or__(self, other: "WhoCan") -> "WhoCan":
        """The subjects of either answer, each with its grants of both; both must be of one cluster."""
        grants = {access.subject: access.grants for access in self}
        for access in other:
            grants[access.subject] = sorted_grants((*grants.get(access.subject, ()), *access.grants))
        controls = {**self._controls, **other._controls}
        errors = tuple(sorted({*self.errors, *other.errors}))
        incomplete = tuple(dict.fromkeys((*self.incomplete, *other.incomplete)))
        return WhoCan(
            self._index,
            _masters_first(grants),
            ComputedGrants(grants),
            errors,
            FrozenDict(controls),
            incomplete,
        )

    def expand(self, controllers: Mapping[str, Account] = CONTROLLERS) -> "WhoCan":
        """The same subjects, and the service accounts that may do it without being named as accounts.

        It adds an `Access` of a ServiceAccount, with its namespace, for each account that has the access
        through `system:serviceaccounts`, `system:serviceaccounts:<its namespace>` or `system:authenticated`,
        as a User `system:serviceaccount:<namespace>:<name>`, or in a RoleBinding of its namespace that leaves
        out the namespace. The subject of its grants is the one that the binding writes. An account that is
        also named directly has those grants too. No subject is removed.

        The accounts that exist are those that were loaded, those that any binding names, and the controllers
        that create pods, whose `Access.controls` lists the kinds.

        An account that creates pods is in `system:authenticated`; PodSecurityPolicy checks the service
        account of a pod without that group.

        Args:
            controllers: The account that creates the pods of each kind; that of a catalog.
        """
        grants, controls = expand_accounts(self, self._index.accounts, controllers)
        subjects = _masters_first(grants)
        return WhoCan(
            self._index, subjects, ComputedGrants(grants), self.errors, FrozenDict(controls), self.incomplete
        )


def _masters_first(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return (MASTERS_SUBJECT, *sorted(set(subjects) - {MASTERS_SUBJECT}))


def who_can(index: Index, request: Request) -> WhoCan:
    """The subjects that may make a request, in its namespace."""
    question = PreparedRequest(request)
    bound_roles: list[tuple[ByRole[Binding], list[RoleRules]]] = []
    keys: list[str] = []
    errors: set[str] = set()
    for scope in index.scopes(request):
        holders = scope.holders(index)
        errors |= holders.bound.errors
        if roles := list(holders.bound.allowing(question)):
            bound_roles.append((holders.bound, roles))
            keys += holders.of(roles)
    if len(bound_roles) > 1:
        keys = sorted(dict.fromkeys(keys))
    return _answer(index, keys, _Grants(question, bound_roles), errors)


def who_can_anywhere(index: Index, request: Request) -> WhoCan:
    """The subjects that may make a request in at least one namespace; its own namespace is ignored.

    The subjects of a namespace are not sorted for later questions, since this looks at all namespaces.
    """
    if request.path is not None:
        return who_can(index, request)
    question = PreparedRequest(request)
    bound = index.everywhere.bound(lambda rules: bool(allowing_rules(rules, question)))
    key_of = index.subject_key
    keys = {
        key_of(subject)
        for bindings in bound.items.values()
        for binding in bindings
        for subject in binding.subjects
    }
    return _answer(index, sorted(keys), _Grants(question, [(bound, list(bound.items))]), bound.errors)


def _answer(index: Index, keys: Iterable[str], grants: "_Grants", errors: Iterable[str]) -> WhoCan:
    subjects = index.subjects
    subjects_but_masters = [subjects[key] for key in keys if key != index.masters_key]
    return WhoCan(index, (MASTERS_SUBJECT, *subjects_but_masters), grants, tuple(sorted(errors)))


class _Grants:
    """Looks up the grants of a subject; the first lookup computes those of all subjects."""

    def __init__(
        self, question: PreparedRequest, bound_roles: list[tuple[ByRole[Binding], list[RoleRules]]]
    ) -> None:
        self._question = question
        self._bound_roles = bound_roles

    @cached_property
    def _by_subject(self) -> dict[Subject, list[Grant] | tuple[Grant, ...]]:
        grants: defaultdict[Subject, list[Grant]] = defaultdict(list)
        for bound, roles in self._bound_roles:
            for role in roles:
                rule_indexes = role.allowing(self._question)
                for binding in bound.items[role]:
                    for subject in dict.fromkeys(binding.subjects):
                        subject_grants = grants[subject]
                        for index in rule_indexes:
                            rule = role.rules[index]
                            subject_grants.append(
                                Grant(binding, role.role, index, rule, subject, role.computed)
                            )
        grants.pop(MASTERS_SUBJECT, None)
        return dict(grants)

    def __call__(self, subject: Subject) -> tuple[Grant, ...]:
        grants = self._by_subject.get(subject, ())
        if isinstance(grants, list):  # sorted once, at the first question about the subject
            if len(grants) > 1:
                grants.sort(key=attrgetter("order"))
            grants = self._by_subject[subject] = tuple(grants)
        return grants
