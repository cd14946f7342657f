"""Who may do it? The upstream subject locator's answer, with the grants of each subject.

Source: plugin/pkg/auth/authorizer/rbac/subject_locator.go (1.24).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacpsp.model import Request, Subject
from rbacpsp.model.request import MASTERS
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

    def __init__(
        self, index: Index, request: Request, accesses: tuple[Access, ...], errors: tuple[str, ...]
    ) -> None:
        self.request = request
        self.errors = errors
        """The roleRefs that lead nowhere, in the server's words, sorted."""
        self._index = index
        self._accesses = accesses

    def __iter__(self) -> Iterator[Access]:
        return iter(self._accesses)

    def __len__(self) -> int:
        return len(self._accesses)

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
    return WhoCan(index, request, (Access(MASTERS_SUBJECT), *accesses), tuple(sorted(errors)))


def _order(holder: Holder) -> str:
    return holder.order
