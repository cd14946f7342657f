"""Finds users that may be subjects of bindings that were not read, so that a missing binding is detected.

Candidates are the service accounts, the groups of all accounts or users, the groups of the login, the users
and groups in Kubernetes' bootstrap bindings, and the subjects of other bindings.
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

UserInNamespace = tuple[User, str]
"""A logged-in user, and a namespace in which to compare its rules."""


def users_in_namespaces(cluster: Cluster, login: Iterable[str] = ()) -> list[UserInNamespace]:
    """Every known user and group with the namespaces in which it may have grants, the likeliest first.

    Args:
        cluster: The cluster.
        login: The groups of the user of the login.
    """
    objects = cluster.objects
    accounts = sorted(objects.service_accounts)
    namespaces = sorted({*objects.namespaces, *(namespace for namespace, _ in accounts)}) or ["default"]
    pairs: dict[UserInNamespace, None] = {}
    for namespace, name in accounts:
        pairs[User.service_account(namespace, name), namespace] = None
    bound = dict.fromkeys(_bound_users(cluster))
    for user, namespace in bound:
        pairs[user, namespace or namespaces[0]] = None
    groups = [*_SYSTEM_GROUPS, *login, *(f"system:serviceaccounts:{namespace}" for namespace in namespaces)]
    users = [user for user, _ in bound]
    for user in (*map(_member, groups), *map(User.impersonate, _SYSTEM_USERS)):
        users.append(user)
        pairs[user, namespaces[0]] = None
    # A subject of one binding may be bound in another namespace whose binding was not read.
    for namespace in namespaces:
        pairs |= dict.fromkeys((user, namespace) for user in dict.fromkeys(users))
        pairs |= dict.fromkeys((User.service_account(*account), namespace) for account in accounts)
    # Only authenticated users may query their own rules.
    return [
        (user, namespace)
        for user, namespace in pairs
        if ALL_AUTHENTICATED in user.groups and not user.name.startswith(_NODE)
    ]


def _member(group: str) -> User:
    """A user that represents a group."""
    return User.impersonate(_NOBODY, (group,))


def _bound_users(cluster: Cluster) -> Iterator[UserInNamespace]:
    """The subjects of the bindings, each with the namespace of its binding."""
    objects = cluster.objects
    bindings: list[RoleBinding | ClusterRoleBinding] = [
        *(binding for _, binding in sorted(objects.role_bindings.items())),
        *(binding for _, binding in sorted(objects.cluster_role_bindings.items())),
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
