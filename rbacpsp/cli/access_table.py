"""The answer of `who-can` for one or several requests; the table hides Kubernetes' own components."""

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
    """Whether the question is about every namespace."""
    answer: WhoCan

    def json(self) -> JSONObject:
        """The request as JSON."""
        return request_json(self.request) | ({"allNamespaces": True} if self.anywhere else {})

    @property
    def words(self) -> tuple[str, str]:
        """The verb, and the resource or URL."""
        request = self.request
        if request.path is not None:
            return request.verb, request.path
        group = f".{request.group}" if request.group else ""
        name = f"/{request.name}" if request.name else ""
        sub = f"/{request.subresource}" if request.subresource else ""
        return request.verb, f"{request.resource}{sub}{group}{name}"


def ask(cluster: "Cluster", request: Request, *, anywhere: bool) -> WhoCan:
    """Who may make a request, or one of the requests that the server checks instead."""
    who_can = cluster.who_can_anywhere if anywhere else cluster.who_can
    return reduce(or_, map(who_can, alternatives(request)))


def is_component(access: Access) -> bool:
    """Whether the subject is a component of Kubernetes, with only the grants that Kubernetes makes."""
    grants = access.grants
    return bool(grants) and all(is_system_subject(grant.binding, grant.subject) for grant in grants)


def accesses_table(accesses: Sequence[Access], *, fold: bool, expanded: bool) -> Table:
    """A row for each binding that grants the access."""
    listed = [access for access in accesses if not (fold and is_component(access))]
    rows = list(dict.fromkeys(row for access in listed for row in access_rows(access)))
    wide = WIDE - {"through", "controls"} if expanded else WIDE
    return Table(COLUMNS, rows, wide, last=omitted_line(len(accesses) - len(listed)))


class SubjectAccess(NamedTuple):
    """A subject, and those of several requests that it may make."""

    subject: Subject
    accesses: tuple[tuple[RequestAnswer, Access], ...]

    @property
    def can(self) -> str:
        """What it may do, in words: `get,list pods; get secrets`."""
        verbs: defaultdict[str, list[str]] = defaultdict(list)
        for asked, _ in self.accesses:
            verb, target = asked.words
            verbs[target].append(verb)
        return "; ".join(f"{','.join(target_verbs)} {target}" for target, target_verbs in verbs.items())

    def json(self) -> JSONObject:
        """The subject with the requests that it may make, and the grants that allow them."""
        return {
            "subject": subject_json(self.subject),
            "can": [
                {"request": asked.json(), "grants": access_json(access)["grants"]}
                for asked, access in self.accesses
            ],
        }

    def row(self) -> tuple[str, ...]:
        """One row, for any number of bindings."""
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
    """The subjects that may make at least one of several requests, or all of them.

    Args:
        asked: The requests.
        every: Whether a subject must be allowed all of the requests.
        expand: The cluster whose controllers replace the groups that they are in; None keeps the groups.
    """
    by_subject: defaultdict[Subject, list[tuple[RequestAnswer, Access]]] = defaultdict(list)
    for request_answer in asked:
        answer = (
            request_answer.answer
            if expand is None
            else request_answer.answer.expand(expand.catalog.controllers)
        )
        for access in answer:
            by_subject[access.subject].append((request_answer, access))
    masters = next(iter(asked[0].answer)).subject
    order = sorted(by_subject, key=lambda subject: (subject != masters, subject))
    return [
        SubjectAccess(subject, tuple(by_subject[subject]))
        for subject in order
        if not every or len(by_subject[subject]) == len(asked)
    ]


def holders_table(holders: Sequence[SubjectAccess], *, fold: bool) -> Table:
    """A row for each subject."""
    listed = [
        holder
        for holder in holders
        if not (fold and all(is_component(access) for _, access in holder.accesses))
    ]
    rows = [holder.row() for holder in listed]
    return Table(_SEVERAL, rows, frozenset({"binding"}), last=omitted_line(len(holders) - len(listed)))


def incomplete(asked: Iterable[RequestAnswer]) -> JSONObject:
    """The sources that could not be read and could add subjects, as JSON."""
    return incomplete_json(
        tuple(
            dict.fromkeys(
                sentence for request_answer in asked for sentence in request_answer.answer.incomplete
            )
        )
    )


def _joined(texts: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(texts))
