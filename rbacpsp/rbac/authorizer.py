"""The questions about access, asked of one cluster."""

from functools import cached_property

from rbacpsp.catalog import Catalog
from rbacpsp.model import Objects, Request, User
from rbacpsp.model.version import NEWEST, V1_24
from rbacpsp.rbac import authorize, rules, who_can
from rbacpsp.rbac.aggregate import Aggregation
from rbacpsp.rbac.decision import Decision
from rbacpsp.rbac.index import Index
from rbacpsp.rbac.rules import RuleSet
from rbacpsp.rbac.who_can import WhoCan


class Authorizer:
    """Answers what the API server's RBAC authorizer would about the objects of a cluster.

    The objects are read once, at the first question, and must not change afterwards. Requests and users are
    taken verbatim: nothing is added to a user's groups, and a request keeps the namespace it has.
    """

    def __init__(self, objects: Objects, catalog: Catalog | None = None) -> None:
        self._objects = objects
        self._catalog = catalog
        self._index = Index(objects)

    @cached_property
    def catalog(self) -> Catalog:
        """What the server serves: as given, else by the version that was loaded or the policies there are."""
        version = self._objects.kubernetes_version or (V1_24 if self._objects.policies else NEWEST)
        return self._catalog or Catalog.for_version(version)

    @property
    def aggregation(self) -> Aggregation:
        """The aggregated ClusterRoles that were loaded without rules, with the rules computed for them."""
        return self._index.roles.aggregation

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

    def rules_for(self, user: User, namespace: str = "") -> RuleSet:
        """Every rule that applies to a user in a namespace; without one, the rules that hold everywhere."""
        return rules.rules_for(self._index, user, namespace, self.catalog)
