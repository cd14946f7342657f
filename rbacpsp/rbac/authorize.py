"""Decides whether a user may make a request, as the RBAC authorizer does, with every grant that allows it.

Sources: plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go VisitRulesFor
(1.24).
"""

from rbacpsp.model import Request, User, Version
from rbacpsp.model.request import MASTERS
from rbacpsp.model.version import V1_24
from rbacpsp.rbac.decision import Decision, Grant
from rbacpsp.rbac.index import CROWD, Index, Posting
from rbacpsp.rbac.table import ByRole, PreparedRequest

Match = tuple[Posting, list[int]]
"""A binding that names the user, and the indexes of the rules of its role that allow the request."""


def authorize(index: Index, user: User, request: Request, version: Version = V1_24) -> Decision:
    """Whether a user may make a request; neither is changed before it is compared."""
    if MASTERS in user.groups:
        return Decision(user, request, (), (), version)
    question = PreparedRequest(request)
    errors: set[str] = set()
    grants: list[Grant] = []
    for scope in index.scopes(request):
        matches: list[Match] = []
        for postings in scope.postings(user):
            if len(postings) > CROWD:
                _ask_by_role(scope.crowd(postings), question, matches, errors)
            else:
                _ask_each(postings, question, matches, errors)
        if matches:
            grants += _grants(matches)
    return Decision(user, request, tuple(grants), tuple(sorted(errors)) if errors else (), version)


def is_alike_for_all_names(index: Index, user: User, request: Request) -> bool:
    """Whether a request gets the same answer for every object, since no rule's resourceNames matter.

    If so, `authorize` without a name gives the answer for every name.
    """
    if MASTERS in user.groups or request.path is not None:
        return True
    question = PreparedRequest(request)
    return not any(
        scope.depends_on_name(postings, question)
        for scope in index.scopes(request)
        for postings in scope.postings(user)
    )


def _ask_each(
    postings: list[Posting], question: PreparedRequest, matches: list[Match], errors: set[str]
) -> None:
    for posting in postings:
        role = posting.role
        if indexes := role.allowing(question):
            matches.append((posting, indexes))
        elif role.error:
            errors.add(role.error)


def _ask_by_role(
    crowd: ByRole[Posting], question: PreparedRequest, matches: list[Match], errors: set[str]
) -> None:
    errors |= crowd.errors
    for role in crowd.allowing(question):
        indexes = role.allowing(question)
        matches += [(posting, indexes) for posting in crowd.items[role]]


def _binding_order(match: Match) -> tuple[str, int]:
    return (match[0].name, match[0].subject_index)


def _grants(matches: list[Match]) -> list[Grant]:
    """The grants of one scope by binding name; a binding counts for its first matching subject."""
    if len(matches) > 1:
        matches.sort(key=_binding_order)
    grants: list[Grant] = []
    last = None
    for posting, indexes in matches:
        binding = posting.binding
        if binding is not last:
            last = binding
            role = posting.role
            subject = binding.subjects[posting.subject_index]
            grants += [
                Grant(binding, role.role, index, role.rules[index], subject, role.computed)
                for index in indexes
            ]
    return grants
