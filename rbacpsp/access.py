"""What is asked of a cluster about access: the half of `Cluster` that RBAC answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rbacpsp.decode.arguments import as_namespace, as_request, as_user
from rbacpsp.model import Request, Subject, User
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.wrong import require, several
from rbacpsp.rbac import Decision, RuleSet, WhoCan
from rbacpsp.rbac.incomplete import with_unread
from rbacpsp.state import State

if TYPE_CHECKING:
    from rbacpsp.rbac.mending import Mending


class AccessQuestions(State):
    """The questions about access; what could not be read travels with each answer."""

    def authorize(self, user: User | Subject, request: Request) -> Decision:
        """Whether the API server's RBAC authorizer would let a user do something, and why."""
        decision = self.authorizer.authorize(as_user(user), as_request(request))
        return decision if decision.allowed else with_unread(decision, self._unread_access(request))

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something, as the bindings write them."""
        found = self.authorizer.who_can(as_request(request))
        return with_unread(found, self._unread_access(request))

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace; `Access.namespaces` says where."""
        found = self.authorizer.who_can_anywhere(as_request(request))
        return with_unread(found, self.unread(RBAC_KINDS))

    def rules_for(self, user: User | Subject, namespace: str = "") -> RuleSet:
        """Every rule that applies to a user in a namespace."""
        require("namespace", namespace, str, "a string")
        found = self.authorizer.rules_for(as_user(user), namespace)
        return with_unread(found, self._unread_access(Request("", namespace=namespace)))

    def rules_anywhere(self, user: User | Subject) -> RuleSet:
        """Every rule that applies to a user in at least one namespace; the scope of a grant says where."""
        found = self.authorizer.rules_anywhere(as_user(user))
        return with_unread(found, self.unread(RBAC_KINDS))

    def grant(self, request: Request | Iterable[Request], subject: Subject | User) -> "Mending":
        """The smallest role and binding that let a subject do something; see `Authorizer.mending`."""
        one = isinstance(request, Request)
        asked = (request,) if one else several("request", request, "a Request or several")
        if not asked:
            raise ValueError("request must be a Request or several of one namespace, and there is none")
        for each in asked:
            require("request", each, Request, "a Request or several")
            as_request(each)
        require("subject", subject, Subject | User, "a Subject or a User")
        return self.authorizer.mending(asked, subject)

    def policy_users(self, policy: str, namespace: str | None = None) -> WhoCan:
        """The subjects that may `use` a policy for pods of a namespace, through either of its API groups.

        Groups are expanded to the service accounts and controllers in them. An empty namespace asks who may
        use it in every namespace, None who may in at least one.
        """
        from rbacpsp.psp.users import policy_users

        require("policy", policy, str, "a string")
        found = policy_users(self.authorizer, policy, as_namespace(namespace))
        return with_unread(found, self.unread(RBAC_KINDS, namespace or None))
