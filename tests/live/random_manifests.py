"""Generates random manifests for a server with controllers, and random changes of the results.

Aggregated ClusterRoles never select each other in a circle: what the controller makes of a circle depends on
which role it happens to meet first.
"""

import random
from typing import Any, NamedTuple

from tests.live.clusters import GROUP, bound, group, made, user

JSONObject = dict[str, Any]
OWN = ("cluster-admin", "admin", "edit", "view", "system:discovery", "system:auth-delegator")
"""ClusterRoles that every server brings."""
GROWING = ("view", "edit", "admin")
TO = "rbac.authorization.k8s.io/aggregate-to-"
ACCOUNTS = ("default", "builder", "ghost")
RULES = (
    (("get", "list"), "", "pods"),
    (("get",), "", "secrets"),
    (("create", "delete"), "apps", "deployments"),
    (("*",), "example.com", "widgets"),
    (("use",), "policy", "podsecuritypolicies"),
    (("get",), "", "secrets"),
)
_ANY = {name: {"rule": "RunAsAny"} for name in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")}


class Change(NamedTuple):
    """A what-if: objects that are added or replaced, and the identity of one that is removed."""

    added: tuple[JSONObject, ...] = ()
    removed: tuple[str, str, str] | None = None


class Manifests:
    """The manifests of one pull request, for two separate namespaces."""

    def __init__(self, number: int, *, policies: bool) -> None:
        self._draw = random.Random(number)  # noqa: S311 - the same manifests each time
        self._policies = policies
        self.name = f"m{number}"
        self.namespaces = (f"{self.name}-a", f"{self.name}-b")
        self.objects = list(self._objects())

    @property
    def cluster_roles(self) -> list[str]:
        """The names of its ClusterRoles."""
        return [each["metadata"]["name"] for each in self.objects if each["kind"] == "ClusterRole"]

    def subjects(self) -> list[JSONObject]:
        """All subjects that a binding may name."""
        accounts = [
            {"kind": "ServiceAccount", "name": name, "namespace": namespace}
            for namespace in self.namespaces
            for name in ACCOUNTS
        ]
        return [user("alice"), user("bob"), group("dev"), *accounts]

    def _objects(self) -> "list[JSONObject]":
        draw = self._draw
        first = [self._namespace(name) for name in self.namespaces]
        rest: list[JSONObject] = [
            made("v1", "ServiceAccount", "builder", namespace)
            for namespace in self.namespaces
            if draw.random() < 0.5
        ]
        rest += [self._leaf(number) for number in range(draw.randrange(1, 4))]
        rest += [self._aggregated(layer) for layer in range(1, draw.randrange(1, 4))]
        if draw.random() < 0.4:
            rest.append(self._role("own", self.namespaces[0]))
        if self._policies:
            rest += [self._policy(number) for number in range(draw.randrange(1, 3))]
        rest += [self._binding(number) for number in range(draw.randrange(2, 6))]
        draw.shuffle(rest)
        return first + rest

    def _namespace(self, name: str) -> JSONObject:
        result = made("v1", "Namespace", name)
        if self._draw.random() < 0.3:
            result["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "baseline"}
        return result

    def _rules(self, most: int) -> list[JSONObject]:
        drawn = self._draw.choices(RULES, k=self._draw.randrange(most + 1))
        return [
            {"verbs": list(verbs), "apiGroups": [group_], "resources": [resource]}
            for verbs, group_, resource in drawn
        ]

    def _role(self, name: str, namespace: str) -> JSONObject:
        return made(f"{GROUP}/v1", "Role", name, namespace) | {"rules": self._rules(2)}

    def _leaf(self, number: int) -> JSONObject:
        """A role that others may select: it has rules, and perhaps labels."""
        role = made(f"{GROUP}/v1", "ClusterRole", f"{self.name}-leaf-{number}")
        return self._labeled(role | {"rules": self._rules(3)}, 0)

    def _labeled(self, role: JSONObject, layer: int) -> JSONObject:
        draw = self._draw
        labels = {f"{self.name}/{layer}": draw.choice(("x", "y"))} if draw.random() < 0.8 else {}
        if draw.random() < 0.3:
            labels[f"{TO}{draw.choice(GROWING)}"] = draw.choice(("true", "true", "false"))
        return role | {"metadata": role["metadata"] | {"labels": labels}}

    def _aggregated(self, layer: int) -> JSONObject:
        """A role that selects roles of lower layers, or every role without its own label."""
        draw = self._draw
        role = made(f"{GROUP}/v1", "ClusterRole", f"{self.name}-sum-{layer}")
        role["rules"] = self._written_by_hand(role, 2)
        if draw.random() < 0.1 and layer == 1:
            every = {"matchExpressions": [{"key": f"{self.name}/0", "operator": "DoesNotExist"}]}
            return role | {"aggregationRule": {"clusterRoleSelectors": [draw.choice((every, {}))]}}
        selectors = [self._selector(draw.randrange(layer)) for _ in range(draw.randrange(1, 3))]
        return self._labeled(role | {"aggregationRule": {"clusterRoleSelectors": selectors}}, layer)

    def _written_by_hand(self, role: JSONObject, most: int) -> list[JSONObject]:
        """The rules with which an aggregated role is sent, each with a distinct verb.

        If they equal the computed rules, the controller may never have written them, and then they stay when
        the selectors yield no rule. Whether it wrote others in between depends on the order in which it
        handled the roles.
        """
        rules = self._rules(most)
        for rule in rules:
            rule["verbs"].append(f"of-{role['metadata']['name']}")
        return rules

    def _selector(self, layer: int) -> JSONObject:
        key = f"{self.name}/{layer}"
        return self._draw.choice(
            (
                {"matchLabels": {key: "x"}},
                {"matchLabels": {key: "y"}},
                {"matchExpressions": [{"key": key, "operator": "In", "values": ["y", "x"]}]},
                {"matchExpressions": [{"key": key, "operator": "Exists"}]},
                {
                    "matchLabels": {key: "x"},
                    "matchExpressions": [{"key": f"{TO}view", "operator": "NotIn", "values": ["true"]}],
                },
            )
        )

    def _policy(self, number: int) -> JSONObject:
        draw = self._draw
        spec: JSONObject = {**_ANY, "volumes": ["*"], "privileged": draw.random() < 0.5}
        if draw.random() < 0.4:
            spec |= {"allowPrivilegeEscalation": False, "privileged": False}
        return made("policy/v1beta1", "PodSecurityPolicy", f"{self.name}-{number}") | {"spec": spec}

    def _binding(self, number: int) -> JSONObject:
        draw = self._draw
        namespace = draw.choice(("", *self.namespaces))
        kind = draw.choice(("Role", "ClusterRole", "ClusterRole")) if namespace else "ClusterRole"
        mine = [f"{self.name}-leaf-{draw.randrange(3)}", f"{self.name}-sum-{draw.randrange(1, 4)}"]
        role = "own" if kind == "Role" else draw.choice((*OWN, *GROWING, *mine, *mine, "gone"))
        subjects = draw.sample(self.subjects(), draw.randrange(1, 3))
        return bound(f"{self.name}-{number}", namespace, kind, role, subjects)

    def change(self) -> Change:
        """A random what-if."""
        draw = self._draw
        number = draw.randrange(3)
        names = {each["metadata"]["name"] for each in self.objects if each["kind"] == "ClusterRole"}
        sums = [each for each in self.objects if "aggregationRule" in each]
        accounts = [each for each in self.objects if each["kind"] == "ServiceAccount"]
        choice = draw.random()
        name = f"{self.name}-leaf-{number}"
        if choice < 0.3 and name in names:
            return Change(removed=("ClusterRole", "", name))
        if choice < 0.6:
            return Change((self._leaf(number),))
        if choice < 0.75 and sums:
            changed = draw.choice(sums)
            layer = int(changed["metadata"]["name"][-1])
            selectors = [self._selector(draw.randrange(layer))]
            again = {
                **changed,
                "rules": self._written_by_hand(changed, 1),
                "aggregationRule": {"clusterRoleSelectors": selectors},
            }
            return Change((again,))
        if choice < 0.85 and accounts:
            metadata = draw.choice(accounts)["metadata"]
            return Change(removed=("ServiceAccount", metadata["namespace"], metadata["name"]))
        return Change((self._binding(9),))
