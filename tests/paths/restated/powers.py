"""What an identity may do: every rule of every role that it holds is tried for every question."""

from collections.abc import Iterable

from tests.paths.restated.objects import (
    ACCOUNTS,
    ANONYMOUS,
    AUTHENTICATED,
    JSON,
    UNAUTHENTICATED,
    Held,
    Place,
    RawCluster,
    names_in,
)

EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
RBAC = "rbac.authorization.k8s.io"


def groups_of(place: Place) -> frozenset[str]:
    """The groups of an identity; for a group, those of whoever names it; for members, those of each."""
    kind, namespace, name = place
    if kind == "ServiceAccount":
        return frozenset({ACCOUNTS, f"{ACCOUNTS}:{namespace}", AUTHENTICATED})
    if kind == "User":
        return frozenset({UNAUTHENTICATED if name == ANONYMOUS else AUTHENTICATED})
    if kind == "Members":
        return frozenset({name, AUTHENTICATED, ACCOUNTS})
    if kind == "Group":
        return frozenset({name} if name == UNAUTHENTICATED else {name, AUTHENTICATED})
    return frozenset({AUTHENTICATED})


def user_of(place: Place) -> str:
    """The user name of an identity; nobody's if only a group or a role is known."""
    kind, namespace, name = place
    if kind == "ServiceAccount":
        return f"system:serviceaccount:{namespace}:{name}"
    return name if kind == "User" else ""


class Holder:
    """Somebody who acts: an identity, or whoever holds just one role, which it has bound to itself."""

    def __init__(self, cluster: RawCluster, place: Place) -> None:
        self.cluster, self.place = cluster, place
        self.user, self.groups = user_of(place), groups_of(place)
        if place[0] == "Group" and place not in cluster.bound:
            self.groups = frozenset({place[2]})  # who impersonates it has nothing by it
        if place[0] == "role":
            kind, _, name = place[2].partition("/")
            role = cluster.role(kind, place[1], name)
            self.held = [] if role is None else [Held(place[1], kind, name, cluster.rules(role))]
        elif place[0] == "everything":
            self.held = [Held(place[1], "Role", "everything", (EVERYTHING,))]
        else:
            self.held = list(cluster.held(self.user, self.groups))

    def may(self, verbs: str, resource: str, group: str = "", namespace: str = "", name: str = "") -> bool:
        """Whether it may use one of some verbs on a resource: on an object, or for a new one without a name.

        A resource that is not in a namespace is asked for without one.
        """
        return any(
            allows(rule, verb, resource, group) and (not names_in(rule) or name in names_in(rule))
            for held in self.held
            if held.scope in {"", namespace}
            for rule in held.rules
            for verb in verbs.split()
        )

    def may_some(self, verbs: str, resource: str, group: str = "", namespace: str = "") -> bool:
        """Whether it may use one of some verbs on at least one object, whatever the name of that is."""
        return self.may(verbs, resource, group, namespace) or bool(
            self.names(verbs, resource, group, namespace)
        )

    def names(self, verbs: str, resource: str, group: str = "", namespace: str = "") -> set[str]:
        """The names to which rules limit one of some verbs on a resource."""
        return {
            name
            for held in self.held
            if held.scope in {"", namespace}
            for rule in held.rules
            for verb in verbs.split()
            if allows(rule, verb, resource, group)
            for name in names_in(rule)
        }

    def may_create(self, resource: str, group: str = "", namespace: str = "") -> bool:
        """Whether it may create some object: by a plain request, or by server-side apply with its name."""
        return self.may("create", resource, group, namespace) or bool(
            self.applied(resource, group, namespace)
        )

    def applied(self, resource: str, group: str = "", namespace: str = "") -> set[str]:
        """The names that server-side apply, since 1.16, may create: it is asked for both of its verbs."""
        return {
            name
            for name in self.names("create", resource, group, namespace)
            if self.cluster.version >= (1, 16) and self.may("patch", resource, group, namespace, name)
        }

    def may_create_or_some(self, verbs: str, resource: str, group: str = "", namespace: str = "") -> bool:
        """Whether it may create, or use one of the other verbs on at least one object."""
        others = verbs.replace("create", "")
        return self.may_create(resource, group, namespace) or self.may_some(
            others, resource, group, namespace
        )


def allows(rule: JSON, verb: str, resource: str, group: str) -> bool:
    """Whether a rule has a verb, an API group and a resource, each as it is or as `*`."""
    return _has(rule["verbs"], verb) and _has(rule["apiGroups"], group) and _has(rule["resources"], resource)


def _has(words: Iterable[str], word: str) -> bool:
    return "*" in words or word in words
