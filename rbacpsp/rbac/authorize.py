"""May a user do it? The RBAC authorizer's answer, with every grant that gives it.

Sources: plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go VisitRulesFor
(1.24).
"""

from rbacpsp.model import Request, User, Version
from rbacpsp.model.request import MASTERS
from rbacpsp.model.version import V1_24
from rbacpsp.rbac.decision import Decision, Grant
from rbacpsp.rbac.index import CROWD, Index, Posting
from rbacpsp.rbac.table import ByRole, Question

Hit = tuple[Posting, list[int]]
"""A binding that names the user, and the indexes of the rules of its role that allow the request."""


def authorize(index: Index, user: User, request: Request, version: Version = V1_24) -> Decision:
    """Whether a user may make a request; both are taken verbatim."""
    if MASTERS in user.groups:
        return Decision(user, request, (), (), version)
    question = Question(request)
    errors: set[str] = set()
    grants: list[Grant] = []
    for scope in index.scopes(request):
        hits: list[Hit] = []
        for postings in scope.postings(user):
            if len(postings) > CROWD:
                _ask_by_role(scope.crowd(postings), question, hits, errors)
            else:
                _ask_each(postings, question, hits, errors)
        if hits:
            grants += _grants(hits)
    return Decision(user, request, tuple(grants), tuple(sorted(errors)) if errors else (), version)


def _ask_each(postings: list[Posting], question: Question, hits: list[Hit], errors: set[str]) -> None:
    for posting in postings:
        role = posting.role
        if places := role.allowing(question):
            hits.append((posting, places))
        elif role.error:
            errors.add(role.error)


def _ask_by_role(crowd: ByRole[Posting], question: Question, hits: list[Hit], errors: set[str]) -> None:
    errors |= crowd.errors
    for role in crowd.allowing(question):
        places = role.allowing(question)
        hits += [(posting, places) for posting in crowd.items[role]]


def _place(hit: Hit) -> tuple[str, int]:
    return (hit[0].name, hit[0].place)


def _grants(hits: list[Hit]) -> list[Grant]:
    """The grants of one scope by binding name; a binding counts for its first subject that applies."""
    if len(hits) > 1:
        hits.sort(key=_place)
    grants: list[Grant] = []
    last = None
    for posting, places in hits:
        binding = posting.binding
        if binding is not last:
            last = binding
            role = posting.role
            subject = binding.subjects[posting.place]
            grants += [
                Grant(binding, role.role, index, role.rules[index], subject, role.computed)
                for index in places
            ]
    return grants
