"""The questions about access, asked of one cluster."""

from rbacpsp.model import Objects, Request, User
from rbacpsp.rbac import authorize, who_can
from rbacpsp.rbac.decision import Decision
from rbacpsp.rbac.index import Index
from rbacpsp.rbac.who_can import WhoCan


class Authorizer:
    """Answers what the API server's RBAC authorizer would about the objects of a cluster.

    The objects are read once, at the first question, and must not change afterwards. Requests and users are
    taken verbatim: nothing is added to a user's groups, and a request keeps the namespace it has.
    """

    def __init__(self, objects: Objects) -> None:
        self._index = Index(objects)

    def authorize(self, user: User, request: Request) -> Decision:
        """Whether a user may do something, with every grant that allows it and the server's words."""
        return authorize.authorize(self._index, user, request)

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something: in the request's namespace, or everywhere when it has none."""
        return who_can.who_can(self._index, request)

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace; `Access.namespaces` says where.

        The namespace of the request is not looked at.
        """
        return who_can.who_can_anywhere(self._index, request)
