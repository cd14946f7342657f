"""Defines a family of edges: the permissions, the places that they lead to, and the condition."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Literal

from msgspec import Struct

from rbacpsp.audit.argo_projects import Account, Project
from rbacpsp.audit.control_plane import control_plane_nodes
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.audit.pod_specs import account_of, running_pods, token_secrets
from rbacpsp.audit.references import Reference
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, Role, Subject, Version
from rbacpsp.model.request import split_service_account
from rbacpsp.model.subjects import member_of, user_subject
from rbacpsp.paths.admitted_pods import Admits, account_of_pod
from rbacpsp.paths.place import CONTROL_PLANE, NODE, Place
from rbacpsp.paths.plugins import Wanted

APPLIED = (
    "With resourceNames, create needs patch on an object of the same name and Kubernetes 1.16, for "
    "server-side apply."
)
"""What creating named objects takes, see `rbacpsp.audit.permission.by_apply`."""


class ReachedPlace(Struct, frozen=True, gc=False):
    """A place that is reached, and the reason if the permission alone does not explain it."""

    place: Place
    reason: str = ""


class GrantedPermission(Struct, frozen=True, gc=False):
    """A permission that a role grants in a scope."""

    scope: str
    match: Match
    role: Role | ClusterRole
    subject: Subject | None = None
    """The holder, if the condition depends on the holder."""


class ClusterFacts:
    """The facts about a cluster that families of edges need."""

    def __init__(self, view: View, admits: Admits) -> None:
        self.view = view
        self.admits = admits
        self._own_pods: dict[tuple[Wanted, str], tuple[tuple[str, str], ...]] = {}
        self._own_policies: dict[str, dict[str, str]] = {}
        self._permitted: dict[Project, tuple[str, ...]] = {}
        self._applied: dict[tuple[Project, Account], tuple[tuple[str, Place], ...]] = {}

    @property
    def version(self) -> Version:
        """The server's version."""
        return self.view.version

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that anything names."""
        objects = self.view.objects
        of_objects = map(itemgetter(0), chain(objects.role_bindings, objects.roles))
        return tuple(sorted({*objects.namespaces, *self.named_accounts, *of_objects}))

    @cached_property
    def roles(self) -> dict[str, list[str]]:
        """The names of the Roles of each namespace."""
        names: dict[str, list[str]] = {}
        for namespace, name in self.view.objects.roles:
            names.setdefault(namespace, []).append(name)
        return names

    @cached_property
    def named_accounts(self) -> dict[str, tuple[str, ...]]:
        """The service accounts that were loaded, or that bindings, pods or secrets name, by namespace.

        Those that only pods or secrets name are left out where accounts were loaded, since they do not exist.
        """
        names_by_namespace: dict[str, set[str]] = defaultdict(set)
        for namespace, name in self.view.objects.service_accounts:
            names_by_namespace[namespace].add(name)
        for subject in self.view.by_subject:
            account = (subject.namespace, subject.name) if subject.kind == "ServiceAccount" else None
            if subject.kind == "User":
                account = split_service_account(subject.name)
            if account:
                names_by_namespace[account[0]].add(account[1])
        for (namespace, _), names in self.view.lasting(token_secrets).items():
            names_by_namespace[namespace].update(names)
        for pod in running_pods(self.view):
            name = account_of(pod.spec)
            if not self.view.objects.lacks_account(pod.namespace, name):
                names_by_namespace[pod.namespace].add(name)
        return {namespace: tuple(sorted(names)) for namespace, names in names_by_namespace.items()}

    @cached_property
    def missing_accounts(self) -> dict[str, tuple[str, ...]]:
        """Those of them that do not exist: they can be impersonated, but have no tokens and no pods."""
        known = self.view.objects.service_accounts
        missing: dict[str, list[str]] = {}
        for namespace, names in self.named_accounts.items():
            for name in names:
                if (namespace, name) not in known and self.is_missing(namespace, name):
                    missing.setdefault(namespace, []).append(name)
        return {namespace: tuple(names) for namespace, names in missing.items()}

    @cached_property
    def accounts(self) -> dict[str, tuple[str, ...]]:
        """The others, by namespace."""
        missing = self.missing_accounts
        return self.named_accounts | {
            namespace: tuple(name for name in self.named_accounts[namespace] if name not in names)
            for namespace, names in missing.items()
        }

    @cached_property
    def listed(self) -> tuple[Subject, ...]:
        """The subjects that security context constraints list, and that no binding names.

        Such a subject can use the constraints together with permissions of its groups.
        """
        every = self.view.objects.constraints.values() if self.admits.by_constraints else ()
        users = {user_subject(name) for constraints in every for name in constraints.users}
        groups = {Subject("Group", name) for constraints in every for name in constraints.groups}
        return tuple(
            subject
            for subject in sorted((users | groups) - self.view.by_subject.keys())
            if subject.kind != "ServiceAccount"
            or subject.name in self.named_accounts.get(subject.namespace, ())
        )

    def members(self, group: str) -> Iterator[Subject]:
        """The subjects of bindings and of constraints that are in a group because the server adds them."""
        yield from self.view.members(group)
        for subject in self.listed:
            if subject.name != group and group in member_of(subject).groups:
                yield subject

    def is_missing(self, namespace: str, name: str) -> bool:
        """Whether a service account does not exist, and Kubernetes' own components do not create it."""
        is_own = self.view.bootstrap.account
        return self.view.objects.lacks_account(namespace, name) and not is_own(namespace, name)

    @cached_property
    def account_places(self) -> dict[str, list[Place]]:
        """The places of the service accounts that exist, by namespace."""
        return {
            namespace: [Place("ServiceAccount", namespace, name) for name in names]
            for namespace, names in self.accounts.items()
        }

    def everybody(self, scope: str, reason: str = "") -> Iterator[ReachedPlace]:
        """Every service account of a scope, also those that do not exist: the names are enough."""
        yield ReachedPlace(Place("accounts", scope), reason)
        for namespace in (scope,) if scope else sorted(self.missing_accounts):
            for name in self.missing_accounts.get(namespace, ()):
                yield ReachedPlace(Place("ServiceAccount", namespace, name), reason)

    def own_pods(self, wanted: Wanted, namespace: str) -> tuple[tuple[str, str], ...]:
        """The service accounts of a namespace whose own `use` admits a kind of pod, and what admits it."""
        pods = self._own_pods.get((wanted, namespace))
        if pods is None:
            admitted_accounts = (
                (name, self.admits.pod(wanted, account_of_pod(namespace, name), namespace))
                for name in self.accounts.get(namespace, ())
            )
            pods = tuple((name, by) for name, by in admitted_accounts if by is not None)
            self._own_pods[wanted, namespace] = pods
        return pods

    def own_policies(self, namespace: str) -> Mapping[str, str]:
        """The PodSecurityPolicies that service accounts of a namespace may use, with the first of these."""
        accounts = self._own_policies.get(namespace)
        if accounts is None:
            accounts = self._own_policies[namespace] = {}
            for name in self.accounts.get(namespace, ()):
                user = account_of_pod(namespace, name)
                for policy in self.view.objects.policies:
                    if policy not in accounts and self.admits.may_use(policy, user, namespace):
                        accounts[policy] = name
        return accounts

    def permitted(self, project: Project) -> tuple[str, ...]:
        """The namespaces to which the Applications of a project of Argo CD may deploy."""
        namespaces = self._permitted.get(project)
        if namespaces is None:
            namespaces = tuple(filter(project.permits, self.namespaces)) if project.destinations else ()
            self._permitted[project] = namespaces
        return namespaces

    def applied(
        self,
        project: Project,
        account: Account,
        run: Callable[["ClusterFacts", Project, Account], Iterable[tuple[str, Place]]],
    ) -> tuple[tuple[str, Place], ...]:
        """What Argo CD reaches by the pods of a project that it runs as an account; computed once."""
        applied = self._applied.get((project, account))
        if applied is None:
            applied = self._applied[project, account] = tuple(run(self, project, account))
        return applied

    @cached_property
    def token_secrets(self) -> dict[str, list[tuple[str, str]]]:
        """The service accounts whose token a secret holds, by the name of the secret."""
        accounts_by_secret: dict[str, list[tuple[str, str]]] = {}
        for (namespace, secret), names in self.view.lasting(token_secrets).items():
            accounts_by_secret.setdefault(secret, []).extend((namespace, name) for name in names)
        return accounts_by_secret

    @cached_property
    def control_plane(self) -> str:
        """The name of a node that runs the control plane; empty where none was loaded."""
        return min(self.view.lasting(control_plane_nodes), default="")

    def where_held(self, subject: Subject, *groups: tuple[Permission, ...]) -> Iterator[str]:
        """The namespaces in which a subject holds one of each group of permissions."""
        for namespace in self.namespaces:
            if all(self.view.holds(subject, one_of, namespace) for one_of in groups):
                yield namespace

    def reached(self, scope: str) -> Iterable[str]:
        """The namespaces that a scope covers."""
        return (scope,) if scope else self.namespaces


def always(_: ClusterFacts) -> bool:
    """For families whose condition depends on the holder in every cluster."""
    return True


def chosen_node(facts: ClusterFacts, reason: str) -> Iterator[ReachedPlace]:
    """The node of a pod whose author chooses it: nodeName, and a toleration for every taint."""
    yield ReachedPlace(NODE, reason)
    if facts.control_plane:
        how = f"nodeName {facts.control_plane} and a toleration for every taint"
        yield ReachedPlace(CONTROL_PLANE, f"{reason}; {how}")


def names_of(_: ClusterFacts, match: Match) -> object:
    """For families that lead to the same places by all permissions on objects of the same names."""
    return match.names


Targets = Callable[[ClusterFacts, GrantedPermission], Iterable[ReachedPlace]]
Link = tuple[Place, Sequence[ReachedPlace]]
"""A place, and what it leads to without a permission; places that lead to the same share one list."""


@dataclass(frozen=True, eq=False)
class Technique:
    """A family of edges: the holder of one of the permissions reaches the targets."""

    name: str
    title: str
    condition: str
    """When the edge exists, in words."""
    references: tuple[Reference, ...]
    permissions: tuple[Permission, ...] = ()
    targets: Targets | None = None
    also: tuple[tuple[Permission, ...], ...] = ()
    """The holder also needs one permission of each of these groups, in the same scope."""
    by_name: bool = False
    """Whether it matters which objects the permissions of `also` cover: the targets depend on the holder,
    unless its role itself covers all objects, new ones included."""
    per_subject: Callable[[ClusterFacts], bool] | None = None
    """Whether the condition depends on the holder of the permission; with `also` it always does."""
    by_holder: Callable[[Match, Role | ClusterRole], bool] | None = None
    """Whether the condition of a permission, granted by a role, depends on the holder; None: always."""
    alike: Callable[[ClusterFacts, Match], object] | None = None
    """The part of a permission that its targets depend on; None: all of it, with the names of objects."""
    is_possible: Callable[[ClusterFacts], bool] | None = None
    """Whether the permissions can lead anywhere in a cluster; None: they may."""
    per_role: bool = False
    """Whether the targets depend on the role that grants the permission."""
    cost: Literal[0, 1] = 1
    """0 for a step that is not an action, such as being in a group."""
    links: Callable[[ClusterFacts], Iterable[Link]] | None = None
    """Edges that need no permission."""

    def problems(self) -> list[str]:
        """What is missing in the data of the family."""
        problems = [
            f"{self.name}: {field} is empty"
            for field in ("name", "title", "condition", "references")
            if not getattr(self, field)
        ]
        if bool(self.permissions) != (self.targets is not None) or not (self.permissions or self.links):
            problems.append(f"{self.name}: it needs permissions with targets, or links")
        return problems
