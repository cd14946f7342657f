"""Everything on which an allowed request rests: each subject of each binding, and each rule, that allows it.

A decision names of a binding's subjects the first that applies, as the server does. To tell what can be
taken away, all of them count.

Source: plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go (1.24).
"""

from typing import NamedTuple

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Request,
    Role,
    RoleBinding,
    Subject,
    User,
)
from rbacpsp.rbac.index import Index
from rbacpsp.rbac.table import Question


class Support(NamedTuple):
    """One rule that allows a request, by one subject of one binding."""

    binding: RoleBinding | ClusterRoleBinding
    subject: Subject
    """As the binding writes it."""
    role: Role | ClusterRole
    rule_index: int

    @property
    def rule(self) -> PolicyRule:
        """The rule."""
        return self.role.rules[self.rule_index]


def supports(index: Index, user: User, request: Request) -> tuple[Support, ...]:
    """All that allows a request; nothing where RBAC refuses it.

    What `system:masters` may do rests on nothing here: ask for that first.
    """
    question = Question(request)
    return tuple(
        Support(posting.binding, posting.binding.subjects[posting.place], posting.role.role, place)
        for scope in index.scopes(request)
        for postings in scope.postings(user)
        for posting in postings
        for place in posting.role.allowing(question)
    )
