"""`Authorizer`: the questions about access that one cluster answers."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from rbacpsp.catalog import Catalog
from rbacpsp.model import (
    ClusterRoleBinding,
    Objects,
    Request,
    RoleBinding,
    RoleRef,
    Subject,
    User,
    Version,
)
from rbacpsp.model.aggregation import Aggregation
from rbacpsp.model.subjects import subject_named, user_of
from rbacpsp.model.version import V1_24, imitated
from rbacpsp.rbac import authorize, name_search, rules, who_can
from rbacpsp.rbac.decision import Decision
from rbacpsp.rbac.index import Index
from rbacpsp.rbac.mending import Mending, existing_roles, smallest_grant
from rbacpsp.rbac.name_search import names_of
from rbacpsp.rbac.near_miss import NearMiss, near_misses
from rbacpsp.rbac.resource_names import (
    NamedGrant,
    bindings_of_roles,
    bindings_of_user,
    limits_by_name,
    named_grants,
)
from rbacpsp.rbac.role_refs import Binding
from rbacpsp.rbac.rules import RuleSet
from rbacpsp.rbac.supports import Support, supports
from rbacpsp.rbac.table import ByRole, RoleRules
from rbacpsp.rbac.who_can import WhoCan


class Authorizer:
    """Answers as the API server's RBAC authorizer does for the objects of a cluster.

    The objects are read once, at the first question, and must not change afterwards. Requests and users are
    used verbatim: no group is added to a user, and a request keeps its namespace.
    """

    def __init__(self, objects: Objects, catalog: Catalog | None = None, version: Version = V1_24) -> None:
        """Set up the authorizer; nothing is computed yet.

        Args:
            objects: The loaded objects.
            catalog: The resources that the server serves; by default those of the version.
            version: The version whose wording refusals use.
        """
        self._objects = objects
        self._catalog = catalog
        self._version = version
        self._index = Index(objects)

    def __repr__(self) -> str:
        return f"<Authorizer of {self._objects!r}>"

    @property
    def version(self) -> Version:
        """The version whose wording refusals use."""
        return self._version

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the data that was derived from the objects."""
        return (Authorizer, (self._objects, self._catalog, self._version))

    @cached_property
    def catalog(self) -> Catalog:
        """The resources that the server serves: as passed, or else those of the loaded or likely version."""
        version = imitated(self._objects.kubernetes_version, policies=bool(self._objects.policies))
        return self._catalog or Catalog.for_version(version)

    @property
    def aggregation(self) -> Aggregation:
        """The aggregated ClusterRoles with the rules that the aggregation controller computes for them."""
        return self._index.roles.aggregation

    def authorize(self, user: User, request: Request) -> Decision:
        """Whether a user may do something, with every grant that allows it and the server's message."""
        return authorize.authorize(self._index, user, request, self._version)

    def is_alike_for_all_names(self, user: User, request: Request) -> bool:
        """Whether `authorize` gives the same answer to a request for every object."""
        return authorize.is_alike_for_all_names(self._index, user, request)

    def supports(self, user: User, request: Request) -> tuple[Support, ...]:
        """Everything that allows a request: each rule, binding and subject; see `supports.supports`."""
        return supports(self._index, user, request)

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something: in the request's namespace, or everywhere when it has none."""
        return who_can.who_can(self._index, request)

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace; `Access.namespaces` says where.

        The namespace of the request is ignored.
        """
        return who_can.who_can_anywhere(self._index, request)

    def named_grants(
        self, request: Request, namespace: str = "", *, user: User | None = None, anywhere: bool = False
    ) -> tuple[NamedGrant, ...]:
        """The grants that would allow a request if it named one of some objects; see `named.named_grants`.

        Args:
            request: The request, without a name.
            namespace: The namespace whose bindings are searched, besides those of the whole cluster.
            user: Only grants to this user; None: to anybody.
            anywhere: In every namespace.
        """
        index = self._index
        if user is None:
            bound = self._bound_by_name(request, namespace, anywhere=anywhere)
            return named_grants(request, bindings_of_roles(bound))
        scopes = index.naming(names_of(user)) if anywhere else index.scopes_of(namespace)
        return named_grants(request, bindings_of_user(scopes, user))

    def _bound_by_name(
        self, request: Request, namespace: str, *, anywhere: bool
    ) -> Iterator[ByRole[Binding]]:
        """The bindings, by role, among which grants with resourceNames are searched."""
        if anywhere:
            yield self._index.everywhere.bound(lambda rules: limits_by_name(rules, request))
        else:
            yield from (scope.bound for scope in self._index.scopes_of(namespace))

    def referred(self, binding: RoleBinding | ClusterRoleBinding) -> RoleRules:
        """The role that a binding refers to, or the error when it is missing; any binding may be passed."""
        return self._index.roles.resolve(binding.role_ref, binding.metadata.namespace)

    def near_misses(self, user: User, request: Request) -> tuple[NearMiss, ...]:
        """The grants that almost allow a refused request; see `near_miss.near_misses`."""
        return near_misses(self._index, self._objects, user, request)

    def mending(self, requests: Request | Iterable[Request], subject: Subject | User) -> Mending:
        """The smallest role and binding that allow some requests, and the existing roles that allow them too.

        Args:
            requests: The requests to allow: one, or several in one namespace, or several without a namespace.
            subject: The subject to allow; of a User only the name counts.

        Raises:
            ValueError: There is no request, or they are in several namespaces.
        """
        request_list = (requests,) if isinstance(requests, Request) else tuple(requests)
        subject = subject_named(subject)
        objects = smallest_grant(request_list, subject, self._objects)
        namespace = objects[0]["metadata"].get("namespace", "")
        user = user_of(subject)
        return Mending(
            requests=request_list,
            subject=subject,
            objects=objects,
            existing=existing_roles(self._bindable(namespace), request_list),
            allowed=all(self.authorize(user, request) for request in request_list),
        )

    def _bindable(self, namespace: str) -> Iterator[RoleRules]:
        """Every role that a binding of a namespace (empty: of the cluster) may refer to."""
        resolve = self._index.roles.resolve
        for role_namespace, name in self._objects.roles:
            if role_namespace == namespace and namespace:
                yield resolve(RoleRef(kind="Role", name=name), namespace)
        for name in self._objects.cluster_roles:
            yield resolve(RoleRef(kind="ClusterRole", name=name), namespace)

    def rules_for(self, user: User, namespace: str = "") -> RuleSet:
        """Every rule that applies to a user in a namespace; without one, the rules that apply everywhere."""
        return rules.rules_for(self._index, user, namespace, self.catalog)

    def rules_anywhere(self, user: User) -> RuleSet:
        """Every rule that applies to a user in at least one namespace; the scope of a grant says where."""
        return rules.rules_anywhere(self._index, user, self.catalog)

    def namespaces_of(self, user: User) -> tuple[str, ...]:
        """The namespaces in which a binding names a user or one of its groups, sorted."""
        scopes = self._index.naming(names_of(user))[1:]
        return tuple(scope.namespace for scope in scopes if scope.postings(user))

    def called(self, word: str) -> tuple[Subject, ...]:
        """The users, groups and service accounts with a name; see `name_search.called`."""
        return name_search.called(self._index, self._objects, word)

    def is_named(self, subject: Subject) -> bool:
        """Whether a binding names a subject."""
        return name_search.is_named(self._index, subject)

    def spelled_like(self, word: str, kind: str = "") -> tuple[Subject, ...]:
        """At most three subjects whose names look like a word; see `name_search.spelled_like`."""
        return name_search.spelled_like(self._objects, word, kind)
