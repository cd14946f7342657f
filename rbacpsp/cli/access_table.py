"""The answer to who may do one or several things; the table hides Kubernetes' own components."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from rbacpsp.catalog.placement import alternatives
from rbacpsp.cli.grants import access_json, access_rows, incomplete_json, request_json, subject_json
from rbacpsp.cli.spelling import role_text, scope_text
from rbacpsp.cli.system_subjects import is_system_subject, omitted_line
from rbacpsp.model import Request, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Access, WhoCan
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

COLUMNS = ("subject", "scope", "role", "binding", "through", "rules", "controls")
WIDE = frozenset({"through", "rules", "controls"})
_SEVERAL = ("subject", "scope", "can", "role", "binding")


class RequestAnswer(NamedTuple):
    """A request with the subjects that may make it."""

    request: Request
    anywhere: bool
    """Whether it was asked in every namespace."""
    answer: WhoCan

    def json(self) -> JSONObject:
        """What was asked."""
        return request_json(self.request) | ({"allNamespaces": True} if self.anywhere else {})

    @property
    def words(self) -> tuple[str, str]:
        """The verb, and what it is used on."""
        request = self.request
        if request.path is not None:
            return request.verb, request.path
        group = f".{request.group}" if request.group else ""
        name = f"/{request.name}" if request.name else ""
        sub = f"/{request.subresource}" if request.subresource else ""
        return request.verb, f"{request.resource}{sub}{group}{name}"


def ask(cluster: "Cluster", request: Request, *, anywhere: bool) -> WhoCan:
    """Who may make a request, or one of those that the server asks in its place."""
    who_can = cluster.who_can_anywhere if anywhere else cluster.who_can
    return reduce(or_, map(who_can, alternatives(request)))


def is_component(access: Access) -> bool:
    """Whether it is one of Kubernetes' own components, which holds nothing but what Kubernetes gives it."""
    grants = access.grants
    return bool(grants) and all(is_system_subject(grant.binding, grant.subject) for grant in grants)


def accesses_table(accesses: Sequence[Access], *, fold: bool, expanded: bool) -> Table:
    """A row for each binding that gives it."""
    shown = [access for access in accesses if not (fold and is_component(access))]
    rows = list(dict.fromkeys(row for access in shown for row in access_rows(access)))
    wide = WIDE - {"through", "controls"} if expanded else WIDE
    return Table(COLUMNS, rows, wide, last=omitted_line(len(accesses) - len(shown)))


class SubjectAccess(NamedTuple):
    """A subject, and which of several requests it may make."""

    subject: Subject
    accesses: tuple[tuple[RequestAnswer, Access], ...]

    @property
    def can(self) -> str:
        """What it may do, in words: `get,list pods; get secrets`."""
        verbs: defaultdict[str, list[str]] = defaultdict(list)
        for asked, _ in self.accesses:
            verb, target = asked.words
            verbs[target].append(verb)
        return "; ".join(f"{','.join(there)} {target}" for target, there in verbs.items())

    def json(self) -> JSONObject:
        """The subject with what it may do, and why."""
        return {
            "subject": subject_json(self.subject),
            "can": [
                {"request": asked.json(), "grants": access_json(access)["grants"]}
                for asked, access in self.accesses
            ],
        }

    def row(self) -> tuple[str, ...]:
        """Its row: one, whatever number of bindings it is named by."""
        grants = [grant for _, access in self.accesses for grant in access.grants]
        if not grants:
            return subject_text(self.subject), scope_text(""), self.can, "<every>", "<none>"
        return (
            subject_text(self.subject, grants[0].scope),
            _joined(scope_text(grant.scope) for grant in grants),
            self.can,
            _joined(role_text(grant.binding.role_ref) for grant in grants),
            _joined(grant.binding.name for grant in grants),
        )


def holders_of(
    asked: Sequence[RequestAnswer], *, every: bool, expand: "Cluster | None" = None
) -> list[SubjectAccess]:
    """The subjects that may make at least one of several requests, or each of them.

    Args:
        asked: The requests.
        every: Whether only those count that may make each of them.
        expand: The cluster, where groups are to be expanded to their members.
    """
    by_subject: defaultdict[Subject, list[tuple[RequestAnswer, Access]]] = defaultdict(list)
    for one in asked:
        answer = one.answer if expand is None else one.answer.expand(expand.catalog.controllers)
        for access in answer:
            by_subject[access.subject].append((one, access))
    masters = next(iter(asked[0].answer)).subject
    order = sorted(by_subject, key=lambda subject: (subject != masters, subject))
    return [
        SubjectAccess(subject, tuple(by_subject[subject]))
        for subject in order
        if not every or len(by_subject[subject]) == len(asked)
    ]


def holders_table(found: Sequence[SubjectAccess], *, fold: bool) -> Table:
    """A row a subject."""
    shown = [
        each for each in found if not (fold and all(is_component(access) for _, access in each.accesses))
    ]
    rows = [each.row() for each in shown]
    return Table(_SEVERAL, rows, frozenset({"binding"}), last=omitted_line(len(found) - len(shown)))


def incomplete(asked: Iterable[RequestAnswer]) -> JSONObject:
    """What could not be read and could add subjects, as JSON."""
    return incomplete_json(tuple(dict.fromkeys(each for one in asked for each in one.answer.incomplete)))


def _joined(texts: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(texts))
