"""Techniques to get more permissions: binding roles, and changing those that one holds."""

from collections.abc import Iterator

from tests.paths.restated.objects import Place, name_of, namespace_of
from tests.paths.restated.powers import RBAC, Holder

CLUSTER_ADMIN = ("cluster-admin", "", "")


def everything_in(namespace: str) -> Iterator[Place]:
    """Every permission in a namespace, which gives at once what each permission gives."""
    yield ("everything", namespace, "")


def creating(holder: Holder) -> str:
    """The verbs that create an object as well: update, and since 1.16 server-side apply; both name it."""
    return "update patch" if holder.cluster.version >= (1, 16) else "update"


def may_make_binding(holder: Holder, bindings: str, namespace: str) -> bool:
    """Whether it may create a binding, of some name."""
    return holder.may("create", bindings, RBAC, namespace) or any(
        holder.may("create", bindings, RBAC, namespace, new)
        and holder.may(creating(holder), bindings, RBAC, namespace, new)
        for new in holder.names("create", bindings, RBAC, namespace)
    )


def may_bind(holder: Holder, kind: str, bindings: str, namespace: str, name: str) -> bool:
    """Whether it may grant itself a role: by a new binding, or by an existing one of that role."""
    resource = "clusterroles" if kind == "ClusterRole" else "roles"
    if not holder.may("bind", resource, RBAC, namespace, name):
        return False
    return may_make_binding(holder, bindings, namespace) or any(
        namespace_of(binding) == namespace
        and (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (kind, name)
        and holder.may("update patch", bindings, RBAC, namespace, name_of(binding))
        for binding in holder.cluster.of("RoleBinding" if namespace else "ClusterRoleBinding")
    )


def bind_in_cluster(holder: Holder) -> Iterator[Place]:
    """Bind on a ClusterRole, and writing a ClusterRoleBinding; any ClusterRole is cluster-admin, too."""
    for role in holder.cluster.of("ClusterRole"):
        if may_bind(holder, "ClusterRole", "clusterrolebindings", "", name_of(role)):
            yield ("role", "", f"ClusterRole/{name_of(role)}")
    if may_bind(holder, "ClusterRole", "clusterrolebindings", "", "any-name"):
        yield CLUSTER_ADMIN


def bind_in_namespace(holder: Holder) -> Iterator[Place]:
    """Bind on a role, and writing a RoleBinding, in one namespace; any ClusterRole is cluster-admin, too."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        for role in cluster.of("ClusterRole", "Role"):
            kind, name = role["kind"], name_of(role)
            if namespace_of(role) in {"", namespace} and may_bind(
                holder, kind, "rolebindings", namespace, name
            ):
                yield ("role", namespace, f"{kind}/{name}")
        if may_bind(holder, "ClusterRole", "rolebindings", namespace, "any-name"):
            yield from everything_in(namespace)


def escalate_in_cluster(holder: Holder) -> Iterator[Place]:
    """Escalate, and update or patch, on a ClusterRole that it is bound to, or may bind."""
    cluster = holder.cluster
    for role in cluster.of("ClusterRole"):
        name = name_of(role)
        if _may_widen(holder, "clusterroles", "", name):
            if _has(holder, "ClusterRole", "clusterrolebindings", "", name):
                yield CLUSTER_ADMIN
            for namespace in cluster.namespaces:
                if _has(holder, "ClusterRole", "rolebindings", namespace, name):
                    yield from everything_in(namespace)


def escalate_in_namespace(holder: Holder) -> Iterator[Place]:
    """Escalate, and update or patch, on a Role that it is bound to, or may bind."""
    for role in holder.cluster.of("Role"):
        namespace, name = namespace_of(role), name_of(role)
        if _may_widen(holder, "roles", namespace, name) and _has(
            holder, "Role", "rolebindings", namespace, name
        ):
            yield from everything_in(namespace)


def _has(holder: Holder, kind: str, bindings: str, namespace: str, name: str) -> bool:
    """Whether it is bound to a role in a namespace, or everywhere without one, or may bind it there."""
    bound = any((held.scope, held.kind, held.name) == (namespace, kind, name) for held in holder.held)
    return bound or may_bind(holder, kind, bindings, namespace, name)


def _may_widen(holder: Holder, resource: str, namespace: str, name: str) -> bool:
    return all(holder.may(verbs, resource, RBAC, namespace, name) for verbs in ("escalate", "update patch"))


def create_role_in_cluster(holder: Holder) -> Iterator[Place]:
    """Creates a ClusterRole with everything that does not exist yet, and binds it."""
    cluster = holder.cluster
    taken = set(map(name_of, cluster.of("ClusterRole")))
    for name in cluster.names - taken:
        if _may_make(holder, "clusterroles", "", name):
            if _binds_new(holder, "clusterroles", "clusterrolebindings", "", name):
                yield CLUSTER_ADMIN
            for namespace in cluster.namespaces:
                if _binds_new(holder, "clusterroles", "rolebindings", namespace, name):
                    yield from everything_in(namespace)


def create_role_in_namespace(holder: Holder) -> Iterator[Place]:
    """Creates a Role with everything that does not exist yet, and binds it."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        taken = {name_of(each) for each in cluster.of("Role") if namespace_of(each) == namespace}
        for name in cluster.names - taken:
            if _may_make(holder, "roles", namespace, name) and _binds_new(
                holder, "roles", "rolebindings", namespace, name
            ):
                yield from everything_in(namespace)


def _may_make(holder: Holder, resource: str, namespace: str, name: str) -> bool:
    """A plain creation has no name, for escalate neither; one by update or server-side apply has."""
    return all(holder.may(verb, resource, RBAC, namespace) for verb in ("create", "escalate")) or all(
        holder.may(verbs, resource, RBAC, namespace, name)
        for verbs in ("create", "escalate", creating(holder))
    )


def _binds_new(holder: Holder, roles: str, bindings: str, namespace: str, name: str) -> bool:
    return holder.may("bind", roles, RBAC, namespace, name) and may_make_binding(holder, bindings, namespace)
