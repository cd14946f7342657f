"""Whom a cluster may have that no binding names: they are asked about too, so that a lost binding shows.

A binding that was not read leaves no trace in the others. Its subjects are looked for among the service
accounts, the groups that hold every account or user, the login's own groups, the users and groups that
Kubernetes itself binds, and those whom other bindings name.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.cluster import Cluster
from rbacpsp.model import ClusterRoleBinding, RoleBinding, User
from rbacpsp.model.request import ALL_AUTHENTICATED

_SYSTEM_USERS = (
    "system:kube-controller-manager",
    "system:kube-proxy",
    "system:kube-scheduler",
    "system:apiserver",
)
_SYSTEM_GROUPS = (
    ALL_AUTHENTICATED,
    "system:unauthenticated",
    "system:serviceaccounts",
    "system:bootstrappers",
    "system:monitoring",
    "system:nodes",
)
_NODE = "system:node:"
_NOBODY = "nobody-in-particular"

Place = tuple[User, str]
"""A user, as one who logs in, and a namespace in which to ask about it."""


def places(cluster: Cluster, login: Iterable[str] = ()) -> list[Place]:
    """Every user and group that is known of, each where it most likely holds something; the likeliest first.

    Args:
        cluster: What was read.
        login: The groups of the user who reads.
    """
    objects = cluster.objects
    accounts = sorted(objects.service_accounts)
    namespaces = sorted({*objects.namespaces, *(place for place, _ in accounts)}) or ["default"]
    found: dict[Place, None] = {}
    for namespace, name in accounts:
        found[User.service_account(namespace, name), namespace] = None
    bound = dict.fromkeys(_bound(cluster))
    for user, namespace in bound:
        found[user, namespace or namespaces[0]] = None
    groups = [*_SYSTEM_GROUPS, *login, *(f"system:serviceaccounts:{namespace}" for namespace in namespaces)]
    users = [user for user, _ in bound]
    for user in (*map(_member, groups), *map(User.impersonate, _SYSTEM_USERS)):
        users.append(user)
        found[user, namespaces[0]] = None
    # Somebody who is bound somewhere may be bound elsewhere, where the binding was not read.
    for namespace in namespaces:
        found |= dict.fromkeys((user, namespace) for user in dict.fromkeys(users))
        found |= dict.fromkeys((User.service_account(*account), namespace) for account in accounts)
    # Only who is logged in may ask for its own rules.
    return [
        (user, namespace)
        for user, namespace in found
        if ALL_AUTHENTICATED in user.groups and not user.name.startswith(_NODE)
    ]


def _member(group: str) -> User:
    """A user of whom only a group is known."""
    return User.impersonate(_NOBODY, (group,))


def _bound(cluster: Cluster) -> Iterator[Place]:
    """The subjects of the bindings, each where it is bound."""
    objects = cluster.objects
    bindings: list[RoleBinding | ClusterRoleBinding] = [
        *(each for _, each in sorted(objects.role_bindings.items())),
        *(each for _, each in sorted(objects.cluster_role_bindings.items())),
    ]
    for binding in bindings:
        namespace = binding.metadata.namespace
        for subject in binding.subjects:
            if subject.kind == "Group":
                yield _member(subject.name), namespace
            elif subject.kind == "User":
                yield User.impersonate(subject.name), namespace
            elif subject.namespace or namespace:
                yield User.service_account(subject.namespace or namespace, subject.name), namespace
