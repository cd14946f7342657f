"""The bindings of a cluster by scope and subject; made once, so that no question looks at every binding."""

import itertools
from collections.abc import Iterator
from functools import cached_property
from operator import attrgetter

from rbacpsp.catalog import Account
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Objects,
    Request,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
    User,
)
from rbacpsp.model.go import quote
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX
from rbacpsp.rbac.aggregate import Aggregation, aggregate_roles
from rbacpsp.rbac.table import ByRole, RoleRules

Binding = RoleBinding | ClusterRoleBinding
Posting = tuple[str, int, Binding]
"""The name of a binding, which of its subjects applies, and the binding; sorts as the answers are sorted."""

CROWD = 64
"""A subject with more bindings than this in one scope is looked up by role."""

_NO_ROLE = Role()


class Roles:
    """The roles of a cluster, found as a binding refers to them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._cluster: dict[str, RoleRules] = {}
        self._local: dict[tuple[str, str], RoleRules] = {}
        self._odd: dict[str, RoleRules] = {}

    @cached_property
    def aggregation(self) -> Aggregation:
        """The rules of the aggregated roles that were loaded without any."""
        return aggregate_roles(self._objects.cluster_roles.values())

    def resolve(self, ref: RoleRef, namespace: str) -> RoleRules:
        """What a roleRef of a binding in a namespace (empty: of the cluster) leads to.

        Source: pkg/registry/rbac/validation/rule.go GetRoleReferenceRules (1.24).
        """
        name = ref.name
        if ref.kind == "ClusterRole":
            return self._cluster.get(name) or self._cluster_role(name)
        if ref.kind == "Role":
            return self._local.get((namespace, name)) or self._role(namespace, name)
        kind = f"unsupported role reference kind: {quote(ref.kind)}"
        return self._odd.setdefault(kind, RoleRules(_NO_ROLE, error=kind))

    def _cluster_role(self, name: str) -> RoleRules:
        role: ClusterRole | None = self._objects.cluster_roles.get(name)
        if role is None:
            found = RoleRules(_NO_ROLE, error=_not_found("clusterrole", name))
        elif role.aggregation_rule and not role.rules and name in self.aggregation.roles:
            found = RoleRules(self.aggregation.roles[name], computed=True)
        else:
            found = RoleRules(role)
        self._cluster[name] = found
        return found

    def _role(self, namespace: str, name: str) -> RoleRules:
        role = self._objects.roles.get((namespace, name)) if namespace else None
        found = RoleRules(role) if role else RoleRules(_NO_ROLE, error=_not_found("role", name))
        self._local[namespace, name] = found
        return found


def _not_found(resource: str, name: str) -> str:
    return f"{resource}.rbac.authorization.k8s.io {quote(name)} not found"


def split_user(name: str) -> Account | None:
    """The service account whose user name this is; as in the server's matching, its parts have any form."""
    if not name.startswith(SERVICE_ACCOUNT_PREFIX):
        return None
    namespace, _, account = name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    return Account(namespace, account) if namespace and account else None


class Holder:
    """A subject as bindings write it; one object for all the bindings that name it."""

    __slots__ = ("order", "subject")

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.order = f"{subject.kind}\0{subject.name}\0{subject.namespace}\0{subject.api_group}"


class Scope:
    """The bindings of one namespace, or those of the whole cluster."""

    __slots__ = ("_crowds", "_holders", "bindings", "groups", "namespace", "users")

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.bindings: list[Binding] = []
        self.users: dict[str, list[Posting]] = {}
        """By the name of a user; service accounts stand under theirs."""
        self.groups: dict[str, list[Posting]] = {}
        self._crowds: dict[tuple[str, bool], ByRole[Posting]] = {}
        self._holders: ByRole[tuple[Holder, Binding]] | None = None

    def add(self, name: str, binding: Binding) -> None:
        """Take in a binding: which users and groups its subjects are.

        Source: pkg/registry/rbac/validation/rule.go appliesToUser (1.24).
        """
        self.bindings.append(binding)
        for place, subject in enumerate(binding.subjects):
            kind = subject.kind
            if kind == "ServiceAccount":
                namespace = subject.namespace or self.namespace
                if not namespace:
                    continue
                table = self.users
                who = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{subject.name}"
            elif kind == "Group":
                table = self.groups
                who = subject.name
            elif kind == "User":
                table = self.users
                who = subject.name
            else:
                continue
            there = table.get(who)
            if there is None:
                table[who] = [(name, place, binding)]
            else:
                there.append((name, place, binding))

    def postings(self, user: User) -> Iterator[tuple[str, bool, list[Posting]]]:
        """The places where bindings name a user or one of its groups: who, whether it is a group, where."""
        there = self.users.get(user.name)
        if there:
            yield user.name, False, there
        groups = self.groups
        for group in dict.fromkeys(user.groups):
            there = groups.get(group)
            if there:
                yield group, True, there

    def crowd(self, who: str, group: bool, postings: list[Posting], roles: Roles) -> ByRole[Posting]:
        """The many bindings of one subject by role."""
        found = self._crowds.get((who, group))
        if found is None:
            found = self._crowds[who, group] = ByRole()
            for posting in postings:
                found.add(roles.resolve(posting[2].role_ref, self.namespace), [posting])
        return found

    def holders(self, index: "Index") -> ByRole[tuple[Holder, Binding]]:
        """Every subject of every binding by role."""
        if self._holders is None:
            self._holders = ByRole()
            for binding in sorted(self.bindings, key=attrgetter("metadata.name")):
                subjects = dict.fromkeys(binding.subjects)
                role = index.roles.resolve(binding.role_ref, self.namespace)
                self._holders.add(role, [(index.holder(subject), binding) for subject in subjects])
        return self._holders


class Index:
    """The bindings of a cluster by scope, and its roles."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.roles = Roles(objects)
        self._interned: dict[Subject, Holder] = {}

    @cached_property
    def cluster(self) -> Scope:
        """The bindings that hold everywhere."""
        scope = Scope("")
        for name, binding in self._objects.cluster_role_bindings.items():
            scope.add(name, binding)
        return scope

    @cached_property
    def namespaces(self) -> dict[str, Scope]:
        """The bindings that hold in one namespace only, by namespace."""
        scopes: dict[str, Scope] = {}
        for (namespace, name), binding in self._objects.role_bindings.items():
            scope = scopes.get(namespace)
            if scope is None:
                scope = scopes[namespace] = Scope(namespace)
            scope.add(name, binding)
        return scopes

    def scopes(self, request: Request) -> tuple[Scope, ...]:
        """Where to look for a request: the cluster, and its namespace if it has one."""
        return self.scopes_of(request.namespace) if request.path is None else (self.cluster,)

    def scopes_of(self, namespace: str) -> tuple[Scope, ...]:
        """The cluster, and a namespace unless it is empty."""
        local = self.namespaces.get(namespace) if namespace else None
        return (self.cluster, local) if local else (self.cluster,)

    @cached_property
    def accounts(self) -> frozenset[Account]:
        """The service accounts that were loaded, and those that bindings name."""
        names = {name for scope in (self.cluster, *self.namespaces.values()) for name in scope.users}
        named = (split_user(name) for name in names)
        return frozenset((*itertools.starmap(Account, self._objects.service_accounts), *filter(None, named)))

    def holder(self, subject: Subject) -> Holder:
        """The one object that stands for all equal subjects."""
        found = self._interned.get(subject)
        if found is None:
            found = self._interned[subject] = Holder(subject)
        return found
