"""Indexes the bindings of a cluster by scope and subject, so that no question searches all of them."""

from collections.abc import Collection, Iterable
from functools import cached_property

from msgspec import Struct

from rbacpsp.catalog import Account
from rbacpsp.model import Objects, Request, Subject, User
from rbacpsp.model.garbage import no_collection
from rbacpsp.model.request import MASTERS, SERVICE_ACCOUNT_PREFIX
from rbacpsp.rbac.everywhere import Everywhere
from rbacpsp.rbac.role_refs import Binding, Roles
from rbacpsp.rbac.table import ByRole, PreparedRequest, RoleRules


class Posting(Struct, frozen=True, gc=False):
    """One subject entry of a binding."""

    name: str
    """The binding's name."""
    subject_index: int
    """The index of the subject in the binding."""
    binding: Binding
    role: RoleRules
    """The rules of the role that its roleRef names."""


Postings = Posting | list[Posting]
"""Most subjects appear once in a scope, and a list for each would burden the garbage collector."""

MASTERS_SUBJECT = Subject("Group", MASTERS)
"""The group that skips RBAC and may do everything (apiserver authorizerfactory.NewPrivilegedGroups)."""

CROWD = 64
"""A subject with more bindings than this in one scope is looked up by role."""


SEARCHES = 2
"""How often the bindings of a few namespaces are searched before all are indexed."""


def split_user(name: str) -> Account | None:
    """The service account of a user name, or None; as in the server, its parts are not validated."""
    if not name.startswith(SERVICE_ACCOUNT_PREFIX):
        return None
    namespace, _, account = name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    return Account(namespace, account) if namespace and account else None


def subject_meant(subject: Subject, namespace: str) -> Subject | None:
    """The subject that a binding of a namespace (empty: of the cluster) names; None if it matches nobody.

    A user with the name of a service account is that account, and an account without a namespace gets that of
    the binding. Source: pkg/registry/rbac/validation/rule.go appliesToUser (1.24).
    """
    match subject.kind:
        case "ServiceAccount":
            account_namespace = subject.namespace or namespace
            user = f"{SERVICE_ACCOUNT_PREFIX}{account_namespace}:{subject.name}" if account_namespace else ""
        case "User":
            user = subject.name
        case "Group":
            return Subject("Group", subject.name)
        case _:
            return None
    account = split_user(user)
    if account:
        return Subject("ServiceAccount", account.name, account.namespace)
    return Subject("User", user) if user or subject.kind == "User" else None


class SubjectsByRole:
    """The subjects of all bindings of one scope, by the role that they are bound to."""

    def __init__(self, bound: ByRole[Binding], index: "Index") -> None:
        self.bound = bound
        key_of = index.subject_key
        by_role = {
            role: {key_of(subject) for binding in bindings for subject in binding.subjects}
            for role, bindings in bound.items.items()
        }
        self._sorted = sorted({key for subject_keys in by_role.values() for key in subject_keys})
        rank = {key: index for index, key in enumerate(self._sorted)}
        self._ranks = {role: {rank[key] for key in subject_keys} for role, subject_keys in by_role.items()}

    def of(self, roles: Iterable[RoleRules]) -> list[str]:
        """The keys of the subjects of some roles, sorted."""
        ranks = self._ranks
        rank_set: set[int] = set().union(*[ranks[role] for role in roles])
        order = self._sorted
        return [order[rank] for rank in sorted(rank_set)]


def _as_list(postings: Postings) -> list[Posting]:
    return [postings] if isinstance(postings, Posting) else postings


class Scope:
    """The bindings of one namespace, or those of the whole cluster."""

    __slots__ = (
        "_bindings",
        "_bound",
        "_crowds",
        "_dependent",
        "_holders",
        "_roles",
        "_tables",
        "namespace",
        "written",
    )

    def __init__(self, namespace: str, roles: Roles) -> None:
        self.namespace = namespace
        self._roles = roles
        self.written: list[tuple[str, Binding]] = []
        """The name and the binding, before its role is looked up."""
        self._bindings: list[tuple[str, Binding, RoleRules]] | None = None
        self._tables: tuple[dict[str, Postings], dict[str, Postings]] | None = None
        self._crowds: dict[int, ByRole[Posting]] = {}
        self._dependent: dict[tuple[int, str, str, str], bool] = {}
        self._bound: ByRole[Binding] | None = None
        self._holders: SubjectsByRole | None = None

    @property
    def bindings(self) -> list[tuple[str, Binding, RoleRules]]:
        """The name, the binding, and the rules of its role; looked up on first use."""
        if self._bindings is None:
            resolve, namespace = self._roles.resolve, self.namespace
            self._bindings = [
                (name, binding, resolve(binding.role_ref, namespace)) for name, binding in self.written
            ]
        return self._bindings

    @property
    def users(self) -> dict[str, Postings]:
        """By user name; service accounts are under `system:serviceaccount:NAMESPACE:NAME`."""
        return (self._tables or self._named())[0]

    @property
    def groups(self) -> dict[str, Postings]:
        """By the name of a group."""
        return (self._tables or self._named())[1]

    def _named(self) -> tuple[dict[str, Postings], dict[str, Postings]]:
        """The subjects of the bindings by user name and by group name.

        Source: pkg/registry/rbac/validation/rule.go appliesToUser (1.24).
        """
        users: dict[str, Postings] = {}
        groups: dict[str, Postings] = {}
        for name, binding, role in self.bindings:
            for subject_index, subject in enumerate(binding.subjects):
                kind = subject.kind
                if kind == "ServiceAccount":
                    namespace = subject.namespace or self.namespace
                    if not namespace:
                        continue
                    table = users
                    who = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{subject.name}"
                elif kind == "Group":
                    table = groups
                    who = subject.name
                elif kind == "User":
                    table = users
                    who = subject.name
                else:
                    continue
                known = table.get(who)
                posting = Posting(name, subject_index, binding, role)
                if known is None:
                    table[who] = posting
                elif isinstance(known, Posting):
                    table[who] = [known, posting]
                else:
                    known.append(posting)
        self._tables = users, groups  # set when complete: another thread may read it
        return self._tables

    def postings(self, user: User) -> list[list[Posting]]:
        """The entries of bindings that name a user or one of its groups, a list for each name."""
        users, groups = self._tables or self._named()
        entries = [groups.get(group) for group in user.groups] if groups else []
        entries.append(users.get(user.name))
        return [_as_list(entry) for entry in entries if entry is not None]

    def crowd(self, postings: list[Posting]) -> ByRole[Posting]:
        """The bindings of one subject, which are a list of `postings`, by role."""
        by_role = self._crowds.get(id(postings))
        if by_role is None:
            by_role = ByRole()
            for posting in postings:
                by_role.add(posting.role, posting)
            self._crowds[id(postings)] = by_role  # set when complete: another thread may read it
        return by_role

    def depends_on_name(self, postings: list[Posting], question: PreparedRequest) -> bool:
        """Whether the answer of some bindings (from `postings`) depends on the name of the object."""
        if len(postings) <= CROWD:
            return any(posting.role.depends_on_name(question) for posting in postings)
        key = (id(postings), question.verb, question.group, question.resource)
        known = self._dependent.get(key)
        if known is None:
            roles = self.crowd(postings).items
            known = self._dependent[key] = any(role.depends_on_name(question) for role in roles)
        return known

    @property
    def bound(self) -> ByRole[Binding]:
        """The bindings by role."""
        if self._bound is None:
            bound: ByRole[Binding] = ByRole()
            for _, binding, role in self.bindings:
                bound.add(role, binding)
            self._bound = bound
        return self._bound

    def holders(self, index: "Index") -> SubjectsByRole:
        """The subjects of every binding by role."""
        if self._holders is None:
            self._holders = SubjectsByRole(self.bound, index)
        return self._holders


class Index:
    """The bindings of a cluster by scope, and its roles."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.roles = Roles(objects)
        self._keys: dict[Subject, str] = {}
        self.subjects: dict[str, Subject] = {}
        """By key."""
        self.masters_key = self.subject_key(MASTERS_SUBJECT)
        self._asked: dict[str, Scope] = {}
        """The scopes of the namespaces in the first questions, before all are indexed."""
        self._searches = 0

    @cached_property
    def cluster(self) -> Scope:
        """The ClusterRoleBindings."""
        scope = Scope("", self.roles)
        scope.written.extend(self._objects.cluster_role_bindings.items())
        return scope

    @cached_property
    def namespaces(self) -> dict[str, Scope]:
        """The RoleBindings by namespace; one without a namespace is left out."""
        scopes: dict[str, Scope] = {}
        with no_collection():
            for (namespace, name), binding in self._objects.role_bindings.items():
                if namespace:
                    scope = scopes.get(namespace)
                    if scope is None:
                        scope = scopes[namespace] = Scope(namespace, self.roles)
                    scope.written.append((name, binding))
        return scopes

    @cached_property
    def everywhere(self) -> Everywhere:
        """The bindings of all scopes by role, for questions about every namespace."""
        return Everywhere(self._objects, self.roles)

    def naming(self, names: Iterable[str]) -> tuple[Scope, ...]:
        """The scopes with a binding for one of some names: the cluster, then namespaces.

        The cluster is always included. An iteration over all namespaces would build the tables of each.

        Args:
            names: The names as bindings write them; `names_of` returns those of a user.
        """
        by_name = self.namespaces_by_name
        namespaces: set[str] = set().union(*(by_name.get(name, ()) for name in names))
        return (self.cluster, *self._scopes_in(sorted(namespaces)))

    @cached_property
    def namespaces_by_name(self) -> dict[str, list[str]]:
        """The namespaces whose RoleBindings name a user, a group or a service account of a name.

        A namespace appears once for each such subject, since removing duplicates takes longer than a lookup.
        """
        by_name: dict[str, list[str]] = {}
        with no_collection():
            for (namespace, _), binding in self._objects.role_bindings.items():
                if not namespace:
                    continue
                for subject in binding.subjects:
                    known = by_name.get(subject.name)
                    if known is None:
                        by_name[subject.name] = [namespace]
                    else:
                        known.append(namespace)
        return by_name

    def scopes(self, request: Request) -> tuple[Scope, ...]:
        """The scopes whose bindings may allow a request: the cluster, and its namespace if it has one."""
        return self.scopes_of(request.namespace) if request.path is None else (self.cluster,)

    def scopes_of(self, namespace: str) -> tuple[Scope, ...]:
        """The cluster, and a namespace unless it is empty."""
        return (self.cluster, *self._scopes_in([namespace])) if namespace else (self.cluster,)

    def _scopes_in(self, namespaces: Collection[str]) -> list[Scope]:
        """The scopes of some namespaces, without those that have no RoleBinding.

        The first questions concern few namespaces, so only their bindings are searched. A caller with more
        questions will ask about many namespaces, so then all bindings are indexed at once.
        """
        missing = [namespace for namespace in namespaces if namespace not in self._asked]
        if missing and self._searches < SEARCHES and "namespaces" not in self.__dict__:
            self._searches += 1
            scopes = {namespace: Scope(namespace, self.roles) for namespace in missing}
            for (namespace, name), binding in self._objects.role_bindings.items():
                if namespace in scopes:
                    scopes[namespace].written.append((name, binding))
            self._asked.update(scopes)
            missing = []
        known = self.namespaces if missing else self._asked
        scopes_asked = (known.get(namespace) for namespace in namespaces)
        return [scope for scope in scopes_asked if scope is not None and scope.written]

    @cached_property
    def accounts(self) -> frozenset[Account]:
        """The service accounts that were loaded, and those that bindings name; assumed ones are left out."""
        include_assumed = self._objects.assumed_is_listed
        names = {
            name
            for scope in (self.cluster, *self.namespaces.values())
            for name, postings in scope.users.items()
            if include_assumed or not all(posting.binding.assumed for posting in _as_list(postings))
        }
        accounts_of_users = (split_user(name) for name in names)
        accounts = (
            Account(*key)
            for key, account in self._objects.service_accounts.items()
            if include_assumed or not account.assumed
        )
        return frozenset((*accounts, *filter(None, accounts_of_users)))

    def subject_key(self, subject: Subject) -> str:
        """A unique text for each subject; the texts sort as subjects do."""
        key = self._keys.get(subject)
        if key is None:
            key = f"{subject.kind}\0{subject.name}\0{subject.namespace}\0{subject.api_group}"
            while key in self.subjects:  # only where a name holds the separator itself
                key += "\0"
            self._keys[subject] = key
            self.subjects[key] = subject
        return key
