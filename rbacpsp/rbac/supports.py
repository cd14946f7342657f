"""Lists everything that allows a request: each subject of each binding, with each rule of its role.

A decision names only the first matching subject of a binding, as the server does. To remove access, all of
them must be known.

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
from rbacpsp.rbac.table import PreparedRequest


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
    """Everything that allows a request; empty if RBAC refuses it.

    For `system:masters` it is empty too, since that group is allowed before RBAC decides.
    """
    question = PreparedRequest(request)
    return tuple(
        Support(
            posting.binding, posting.binding.subjects[posting.subject_index], posting.role.role, rule_index
        )
        for scope in index.scopes(request)
        for postings in scope.postings(user)
        for posting in postings
        for rule_index in posting.role.allowing(question)
    )
