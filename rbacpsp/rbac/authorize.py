"""May a user do it? The RBAC authorizer's answer, with every grant that gives it.

Sources: plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go VisitRulesFor
(1.24).
"""

from rbacpsp.model import Request, User
from rbacpsp.model.request import MASTERS
from rbacpsp.rbac.decision import Decision, Grant
from rbacpsp.rbac.index import CROWD, Index, Posting, Scope
from rbacpsp.rbac.table import Question, RoleRules

Hit = tuple[Posting, RoleRules, list[int]]


def authorize(index: Index, user: User, request: Request) -> Decision:
    """Decide a request of a user, both taken verbatim."""
    if MASTERS in user.groups:
        return Decision(user, request, (), ())
    question = Question(request)
    errors: set[str] = set()
    grants: list[Grant] = []
    for scope in index.scopes(request):
        hits = _hits(index, scope, user, question, errors)
        if hits:
            grants += _grants(hits)
    return Decision(user, request, tuple(grants), tuple(sorted(errors)) if errors else ())


def _hits(index: Index, scope: Scope, user: User, question: Question, errors: set[str]) -> list[Hit]:
    hits: list[Hit] = []
    roles = index.roles
    namespace = scope.namespace
    for who, group, postings in scope.postings(user):
        if len(postings) > CROWD:
            crowd = scope.crowd(who, group, postings, roles)
            errors |= crowd.errors
            for role, places, bound in crowd.allowed(question):
                hits += [(posting, role, places) for posting in bound]
            continue
        for posting in postings:
            role = roles.resolve(posting[2].role_ref, namespace)
            if role.error:
                errors.add(role.error)
            else:
                places = role.allowing(question)
                if places:
                    hits.append((posting, role, places))
    return hits


def _place(hit: Hit) -> tuple[str, int]:
    return hit[0][:2]


def _grants(hits: list[Hit]) -> list[Grant]:
    """The grants of one scope by the binding's name; of a binding's subjects the first that applies."""
    if len(hits) > 1:
        hits.sort(key=_place)
    grants: list[Grant] = []
    last = None
    for (_, place, binding), role, places in hits:
        if binding is last:
            continue
        last = binding
        subject = binding.subjects[place]
        grants += [
            Grant(binding, role.role, index, role.rules[index], subject, role.computed) for index in places
        ]
    return grants
