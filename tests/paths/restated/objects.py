"""Reads the raw objects of a cluster: who is bound to which rules. Nothing is indexed.

This package restates `rbacpsp.paths` and the facts of the audit that it uses, as naively as possible: it asks
for every subject, every action and every object by its name, until nothing changes. It uses nothing of
rbacpsp.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

JSON = dict[str, Any]
T = TypeVar("T")
Version = tuple[int, int]
Place = tuple[str, str, str]
"""What is reached: a kind, a namespace and a name."""

AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"
ACCOUNTS = "system:serviceaccounts"
MASTERS = "system:masters"
KUBERNETES_OWN = {("kube-system", "replicaset-controller")}
WORKLOADS = ("Deployment", "DaemonSet")
TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 - an annotation


class Held(NamedTuple):
    """A role that somebody holds: everywhere, or in one namespace."""

    scope: str
    kind: str
    name: str
    rules: tuple[Any, ...]


class RawCluster:
    """The objects as the API serves them."""

    def __init__(self, objects: list[JSON], version: Version) -> None:
        self.objects = objects
        self.version = version
        self._known: dict[Any, Any] = {}

    def once(self, make: Callable[..., T], *about: Any) -> T:
        """What a function makes of the cluster and something: it is made once, since nothing changes."""
        key = (make, about)
        if key not in self._known:
            self._known[key] = make(self, *about)
        known: T = self._known[key]
        return known

    def of(self, *kinds: str) -> list[JSON]:
        """The objects of some kinds."""
        return [each for each in self.objects if each["kind"] in kinds]

    def role(self, kind: str, namespace: str, name: str) -> JSON | None:
        """A Role of a namespace, or a ClusterRole."""
        wanted = ("" if kind == "ClusterRole" else namespace, name)
        return next((each for each in self.of(kind) if (namespace_of(each), name_of(each)) == wanted), None)

    def rules(self, role: JSON) -> tuple[Any, ...]:
        """The rules of a role; the controller copies those of the roles that an aggregated one selects."""
        if "aggregationRule" not in role:
            return tuple(role["rules"])
        (selector,) = role["aggregationRule"]["clusterRoleSelectors"]
        wanted = selector["matchLabels"].items()
        return tuple(
            rule
            for other in self.of("ClusterRole")
            if wanted <= other["metadata"].get("labels", {}).items()
            for rule in other["rules"]
        )

    def held(self, user: str, groups: frozenset[str]) -> Iterator[Held]:
        """The roles to which a user, or one of its groups, is bound."""
        for binding in self.of("ClusterRoleBinding", "RoleBinding"):
            if any(_is(subject, user, groups) for subject in binding["subjects"]):
                scope, ref = namespace_of(binding), binding["roleRef"]
                role = self.role(ref["kind"], scope, ref["name"])
                if role is not None:
                    yield Held(scope, ref["kind"], ref["name"], self.rules(role))

    @cached_property
    def bound(self) -> set[Place]:
        """The subjects of bindings; a user with the name of a service account is that account."""
        return {
            place_of(subject)
            for binding in self.of("ClusterRoleBinding", "RoleBinding")
            for subject in binding["subjects"]
            if subject["name"] != MASTERS
        }

    @cached_property
    def accounts(self) -> set[tuple[str, str]]:
        """The service accounts that were loaded or that bindings name; else those of pods and secrets."""
        loaded = {(namespace_of(each), name_of(each)) for each in self.of("ServiceAccount")}
        complete = {namespace for namespace, _ in loaded}
        used = {(namespace_of(each), account_name(each)) for each in self.of("Pod", *WORKLOADS)}
        used |= {
            (namespace_of(each), each["metadata"]["annotations"][TOKEN_OF])
            for each in self.of("Secret")
            if TOKEN_OF in each["metadata"].get("annotations", {})
        }
        return (
            loaded
            | {(namespace, name) for kind, namespace, name in self.bound if kind == "ServiceAccount"}
            | {(namespace, name) for namespace, name in used if namespace not in complete}
        )

    @cached_property
    def existing(self) -> set[tuple[str, str]]:
        """Those of them that may exist: in a namespace where some were loaded, only these.

        Kubernetes creates those of its own controllers.
        """
        loaded = {(namespace_of(each), name_of(each)) for each in self.of("ServiceAccount")}
        complete = {namespace for namespace, _ in loaded}
        return {
            (namespace, name)
            for namespace, name in self.accounts
            if namespace not in complete or (namespace, name) in loaded or (namespace, name) in KUBERNETES_OWN
        }

    @cached_property
    def namespaces(self) -> set[str]:
        """Every namespace that exists, or that an object or an account is in."""
        named = {name_of(each) for each in self.of("Namespace")} | {
            namespace for namespace, _ in self.accounts
        }
        return (named | {namespace_of(each) for each in self.objects}) - {""}

    @cached_property
    def names(self) -> set[str]:
        """Every name of an object and in a rule, and one that nothing has."""
        ruled = {
            name
            for role in self.of("Role", "ClusterRole")
            for rule in role["rules"]
            for name in names_in(rule)
        }
        listed = {
            each["name"] for account in self.of("ServiceAccount") for each in account.get("secrets", ())
        }
        return ruled | listed | {name_of(each) for each in self.objects} | {"a-name-that-nothing-has"}


def spec_of(pod: JSON) -> JSON:
    """The spec of a pod, or of the pods of a workload."""
    spec: JSON = pod["spec"] if pod["kind"] == "Pod" else pod["spec"]["template"]["spec"]
    return spec


def account_name(pod: JSON) -> str:
    """The name of the service account of a pod."""
    return str(spec_of(pod).get("serviceAccountName", "default"))


def names_in(rule: JSON) -> list[str]:
    """The names to which a rule is limited."""
    return list(rule.get("resourceNames", ()))


def name_of(obj: JSON) -> str:
    """The name of an object."""
    return str(obj["metadata"]["name"])


def namespace_of(obj: JSON) -> str:
    """The namespace of an object, or empty."""
    return str(obj["metadata"].get("namespace", ""))


def place_of(subject: JSON) -> Place:
    """The identity that the subject of a binding names."""
    if subject["kind"] == "User":
        return user_place(subject["name"])
    return (subject["kind"], subject.get("namespace", ""), subject["name"])


def user_place(name: str) -> Place:
    """The identity of a user name."""
    words = name.split(":")
    return (
        ("ServiceAccount", words[2], words[3])
        if words[:2] == ["system", "serviceaccount"]
        else ("User", "", name)
    )


def _is(subject: JSON, user: str, groups: frozenset[str]) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return bool(subject["name"] == user if subject["kind"] == "User" else subject["name"] in groups)
