"""The methods of `Cluster` that RBAC answers: who may do what."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rbacpsp.decode.arguments import as_namespace, as_request, as_user
from rbacpsp.model import Request, Subject, User
from rbacpsp.model.argument_types import require, said, several, unknown_word
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.rbac import Decision, RuleSet, WhoCan
from rbacpsp.rbac.incomplete import with_unread
from rbacpsp.state import State

if TYPE_CHECKING:
    from rbacpsp.rbac.mending import Mending

_KINDS = ("Group", "ServiceAccount", "User")
"""The kinds of subjects that a binding may name."""


def _require_bindable(subject: Subject) -> None:
    """Require that a server stores a binding that names a subject.

    Raises:
        ValueError: Its kind is unknown, or a service account has no namespace.
    """
    if subject.kind not in _KINDS:
        raise ValueError(unknown_word("kind of subject", subject.kind, _KINDS, "kinds"))
    if subject.kind == "ServiceAccount" and not subject.namespace:
        raise ValueError(f"subject: the service account {said(subject.name)} needs a namespace")


class AccessQuestions(State):
    """The questions about access; each answer lists what could not be read and could change it."""

    def authorize(self, user: User | Subject, request: Request) -> Decision:
        """Whether the API server's RBAC authorizer would let a user do something, and why."""
        decision = self.authorizer.authorize(as_user(user), as_request(request))
        return decision if decision.allowed else with_unread(decision, self._unread_access(request))

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something, as the bindings write them."""
        answer = self.authorizer.who_can(as_request(request))
        return with_unread(answer, self._unread_access(request))

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace; `Access.namespaces` says where."""
        answer = self.authorizer.who_can_anywhere(as_request(request))
        return with_unread(answer, self.unread(RBAC_KINDS))

    def rules_for(self, user: User | Subject, namespace: str = "") -> RuleSet:
        """Every rule that applies to a user in a namespace."""
        require("namespace", namespace, str, "a string")
        rules = self.authorizer.rules_for(as_user(user), namespace)
        return with_unread(rules, self._unread_access(Request("", namespace=namespace)))

    def rules_anywhere(self, user: User | Subject) -> RuleSet:
        """Every rule that applies to a user in at least one namespace; the scope of a grant says where."""
        rules = self.authorizer.rules_anywhere(as_user(user))
        return with_unread(rules, self.unread(RBAC_KINDS))

    def grant(self, request: Request | Iterable[Request], subject: Subject | User) -> "Mending":
        """The smallest role and binding that let a subject do something; see `Authorizer.mending`.

        Raises:
            TypeError: Something else than requests and a subject was passed.
            ValueError: There is no request, or they are of several namespaces, or no binding can name the
                subject.
        """
        one = isinstance(request, Request)
        requests = (request,) if one else several("request", request, "a Request or several")
        if not requests:
            raise ValueError("request must be a Request or several of one namespace, and there is none")
        for item in requests:
            require("request", item, Request, "a Request or several")
            as_request(item)
        require("subject", subject, Subject | User, "a Subject or a User")
        if isinstance(subject, Subject):
            _require_bindable(subject)
        return self.authorizer.mending(requests, subject)

    def policy_users(self, policy: str, namespace: str | None = None) -> WhoCan:
        """The subjects that may `use` a policy for pods of a namespace, through either of its API groups.

        Groups are expanded to the service accounts and controllers in them. With an empty namespace: who may
        use it in every namespace; with None: in at least one.
        """
        from rbacpsp.psp.users import policy_users

        require("policy", policy, str, "a string")
        users = policy_users(self.authorizer, policy, as_namespace(namespace))
        return with_unread(users, self.unread(RBAC_KINDS, namespace or None))
