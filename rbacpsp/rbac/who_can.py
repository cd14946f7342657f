"""Who may do it? The upstream subject locator's answer, with the grants of each subject.

Source: plugin/pkg/auth/authorizer/rbac/subject_locator.go (1.24).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.model import Request, Subject
from rbacpsp.model.request import MASTERS
from rbacpsp.rbac.accounts import expand_accounts
from rbacpsp.rbac.decision import Access, Held
from rbacpsp.rbac.index import Holder, Index, Scope
from rbacpsp.rbac.table import Question

MASTERS_SUBJECT = Subject("Group", MASTERS)
"""Allowed everything before RBAC is asked (apiserver authorizerfactory.NewPrivilegedGroups)."""


class WhoCan:
    """The subjects that may do something: an iterable of `Access`, one a distinct subject as written.

    The group `system:masters` is first, without grants, whatever bindings name it; the others are sorted. A
    subject that can match nobody (a ServiceAccount without a namespace in a ClusterRoleBinding) is listed as
    well.
    """

    def __init__(self, index: Index, accesses: tuple[Access, ...], errors: tuple[str, ...]) -> None:
        self.errors = errors
        """The roleRefs that lead nowhere, in the server's words, sorted."""
        self._index = index
        self._accesses = accesses

    def __iter__(self) -> Iterator[Access]:
        return iter(self._accesses)

    def __len__(self) -> int:
        return len(self._accesses)

    def __or__(self, other: "WhoCan") -> "WhoCan":
        """The subjects that either finds, each with the grants of both; both must be of one cluster."""
        masters, *mine = self._accesses
        grants = {access.subject: access.grants for access in mine}
        for access in other._accesses[1:]:
            both = {*grants.get(access.subject, ()), *access.grants}
            grants[access.subject] = tuple(sorted(both, key=attrgetter("order")))
        merged = (Access(subject, grants[subject]) for subject in sorted(grants))
        return WhoCan(self._index, (masters, *merged), tuple(sorted({*self.errors, *other.errors})))

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
        accesses = expand_accounts(self._accesses, self._index.accounts, controllers)
        return WhoCan(self._index, accesses, self.errors)

    def __repr__(self) -> str:
        return f"<WhoCan of {len(self)} subjects>"


def who_can(index: Index, request: Request) -> WhoCan:
    """The subjects that may do what is asked, in the namespace that is asked for."""
    return _who(index, request, index.scopes(request))


def who_can_anywhere(index: Index, request: Request) -> WhoCan:
    """The subjects that may do what is asked in at least one namespace, whichever the request names."""
    local = () if request.path is not None else index.namespaces.values()
    return _who(index, request, (index.cluster, *local))


def _who(index: Index, request: Request, scopes: Iterable[Scope]) -> WhoCan:
    question = Question(request)
    held: defaultdict[Holder, list[Held]] = defaultdict(list)
    errors: set[str] = set()
    for scope in scopes:
        holders = scope.holders(index)
        errors |= holders.errors
        for role, places, bound in holders.allowed(question):
            for holder, binding in bound:
                held[holder].append((binding, role, places))
    held.pop(index.holder(MASTERS_SUBJECT), None)
    order = sorted(held, key=_order)
    accesses = [Access(holder.subject, held=held[holder]) for holder in order]
    return WhoCan(index, (Access(MASTERS_SUBJECT), *accesses), tuple(sorted(errors)))


def _order(holder: Holder) -> str:
    return holder.order
