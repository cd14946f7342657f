"""Who may do it? The upstream subject locator's answer, with the grants of each subject.

Source: plugin/pkg/auth/authorizer/rbac/subject_locator.go (1.24).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.model import Request, Subject
from rbacpsp.rbac.accounts import expand_accounts
from rbacpsp.rbac.decision import Access, Grant, sorted_grants
from rbacpsp.rbac.index import MASTERS_SUBJECT, Holders, Index, Scope
from rbacpsp.rbac.table import Question, RoleRules


class WhoCan:
    """The subjects that may do something: an iterable of `Access`, one a distinct subject as written.

    The group `system:masters` is first, without grants, whatever bindings name it; the others are sorted. A
    subject that can match nobody (a ServiceAccount without a namespace in a ClusterRoleBinding) is listed as
    well.
    """

    def __init__(
        self,
        index: Index,
        subjects: tuple[Subject, ...],
        find: Callable[[Subject], tuple[Grant, ...]],
        errors: tuple[str, ...],
        controls: Mapping[Subject, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self.subjects = subjects
        """The subjects alone, in the same order."""
        self.errors = errors
        """The roleRefs that lead nowhere, in the server's words, sorted."""
        self.incomplete: tuple[str, ...] = ()
        """What could not be read of the cluster and could add subjects, a sentence each."""
        self._index = index
        self._find = find
        self._controls = controls

    def __iter__(self) -> Iterator[Access]:
        find = self._find
        if self._controls:
            return (Access(subject, find, self._controls.get(subject, ())) for subject in self.subjects)
        return (Access(subject, find) for subject in self.subjects)

    def __len__(self) -> int:
        return len(self.subjects)

    def __repr__(self) -> str:
        return f"<WhoCan of {len(self)} subjects>"

    def __or__(self, other: "WhoCan") -> "WhoCan":
        """The subjects that either finds, each with the grants of both; both must be of one cluster."""
        grants = {access.subject: access.grants for access in self}
        for access in other:
            grants[access.subject] = sorted_grants((*grants.get(access.subject, ()), *access.grants))
        controls = {**self._controls, **other._controls}
        errors = tuple(sorted({*self.errors, *other.errors}))
        both = WhoCan(self._index, _masters_first(grants), grants.__getitem__, errors, controls)
        both.incomplete = tuple(dict.fromkeys((*self.incomplete, *other.incomplete)))
        return both

    def expand(self, controllers: Mapping[str, Account] = CONTROLLERS) -> "WhoCan":
        """The same, and the service accounts that hold it without being named as such.

        Added is an `Access` of a ServiceAccount, with its namespace, for each account that holds it through
        `system:serviceaccounts`, `system:serviceaccounts:<its namespace>` or `system:authenticated`, as a
        User `system:serviceaccount:<namespace>:<name>`, or named without a namespace by a RoleBinding of its
        own. The grants say which: their subject is what the binding writes. An account that is named as well
        has all of its grants. Nothing that was found before is left out.

        The accounts that exist are those that were loaded, those that any binding names, and the controllers
        that create pods, whose `Access.controls` lists the kinds.

        A pod's own service account is asked by PodSecurityPolicy without `system:authenticated`; as the
        creator of pods, an account has it.

        Args:
            controllers: The account that creates the pods of each kind; that of a catalog.
        """
        grants, controls = expand_accounts(self, self._index.accounts, controllers)
        expanded = WhoCan(self._index, _masters_first(grants), grants.__getitem__, self.errors, controls)
        expanded.incomplete = self.incomplete
        return expanded


def _masters_first(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return (MASTERS_SUBJECT, *sorted(set(subjects) - {MASTERS_SUBJECT}))


def who_can(index: Index, request: Request) -> WhoCan:
    """The subjects that may do what is asked, in the namespace that is asked for."""
    return _who(index, request, index.scopes(request))


def who_can_anywhere(index: Index, request: Request) -> WhoCan:
    """The subjects that may do what is asked in at least one namespace, whichever the request names."""
    local = () if request.path is not None else index.namespaces.values()
    return _who(index, request, (index.cluster, *local))


class _Grants:
    """Finds the grants of a subject; the work is done at the first question and for all of them."""

    def __init__(self, question: Question, found: list[tuple[Holders, list[RoleRules]]]) -> None:
        self._question = question
        self._found = found

    @cached_property
    def _by_subject(self) -> dict[Subject, list[Grant]]:
        grants: defaultdict[Subject, list[Grant]] = defaultdict(list)
        for holders, roles in self._found:
            for role in roles:
                places = role.allowing(self._question)
                for binding in holders.bound.items[role]:
                    for subject in dict.fromkeys(binding.subjects):
                        there = grants[subject]
                        for index in places:
                            rule = role.rules[index]
                            there.append(Grant(binding, role.role, index, rule, subject, role.computed))
        grants.pop(MASTERS_SUBJECT, None)
        return grants

    def __call__(self, subject: Subject) -> tuple[Grant, ...]:
        return tuple(sorted(self._by_subject.get(subject, ()), key=attrgetter("order")))


def _who(index: Index, request: Request, scopes: Iterable[Scope]) -> WhoCan:
    question = Question(request)
    found: list[tuple[Holders, list[RoleRules]]] = []
    keys: list[str] = []
    errors: set[str] = set()
    for scope in scopes:
        holders = scope.holders(index)
        errors |= holders.bound.errors
        if roles := list(holders.bound.allowing(question)):
            found.append((holders, roles))
            keys += holders.of(roles)
    subjects = index.subjects
    if len(found) > 1:
        keys = sorted(dict.fromkeys(keys))
    others = [subjects[key] for key in keys if key != index.masters_key]
    grants = _Grants(question, found)
    return WhoCan(index, (MASTERS_SUBJECT, *others), grants, tuple(sorted(errors)))
