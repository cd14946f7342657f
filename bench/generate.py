"""Generates clusters of any size with requests about them; the same size gives the same cluster.

Nine bindings of ten are RoleBindings in namespaces of ten; subjects, roles and rules are drawn as in a busy
cluster.
"""

import json
import random
from pathlib import Path
from typing import Any

JSONObject = dict[str, Any]

GROUP = "rbac.authorization.k8s.io"
VERSION = f"{GROUP}/v1"
RESOURCES: list[tuple[str, list[str]]] = [
    (
        "",
        [
            "pods", "services", "configmaps", "secrets", "pods/log", "pods/exec", "events", "serviceaccounts",
            "persistentvolumeclaims",
        ],
    ),
    ("apps", ["deployments", "statefulsets", "daemonsets", "replicasets", "deployments/scale"]),
    ("batch", ["jobs", "cronjobs"]),
    ("networking.k8s.io", ["ingresses", "networkpolicies"]),
    ("example.com", ["widgets", "gadgets", "widgets/status"]),
]  # fmt: skip
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
USERS = [f"user{number}@example.com" for number in range(2000)]
TEAMS = [f"team-{number}" for number in range(200)]
CLUSTER_ROLES = 300
POLICIES = 12
REQUESTS = 2000


class Generator:
    """Draws one cluster and its requests; the order of the draws is part of the format."""

    def __init__(self, bindings: int, seed: int = 7) -> None:
        self.bindings = bindings
        self.namespaces = bindings // 10
        self._random = random.Random(seed)

    def objects(self) -> list[JSONObject]:
        """The objects of the cluster, as the API serves them."""
        draw = self._random
        items = [
            _role("ClusterRole", f"cr-{i}", self._rules(draw.randint(1, 8))) for i in range(CLUSTER_ROLES)
        ]
        items += [_role("ClusterRole", f"psp-{i}", [_use(f"psp-{i}")]) for i in range(POLICIES)]
        everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        items.append(
            _role("ClusterRole", "cluster-admin", [everything, {"nonResourceURLs": ["*"], "verbs": ["*"]}])
        )
        items.append(_binding("cluster-admin", ("ClusterRole", "cluster-admin"), [_group("system:masters")]))
        for number in range(self.namespaces):
            items += self._namespace(f"ns-{number}")
        for number in range(self.bindings // 50):
            ref = ("ClusterRole", f"cr-{draw.randrange(CLUSTER_ROLES)}")
            drawn = [
                self._subject(f"ns-{draw.randrange(self.namespaces)}") for _ in range(draw.choice([1, 2]))
            ]
            items.append(_binding(f"crb-{number}", ref, drawn))
        return items

    def requests(self) -> list[JSONObject]:
        """Who asks for what, as in the spec of a SubjectAccessReview; drawn after the objects."""
        return [self._request() for _ in range(REQUESTS)]

    def _rules(self, count: int) -> list[JSONObject]:
        draw = self._random
        rules = []
        for _ in range(count):
            group, resources = draw.choice(RESOURCES)
            rule: JSONObject = {
                "apiGroups": [group],
                "resources": draw.sample(resources, draw.randint(1, min(3, len(resources)))),
                "verbs": draw.sample(VERBS, draw.randint(1, 5)),
            }
            if draw.random() < 0.02:
                rule["verbs"] = ["*"]
            if draw.random() < 0.01:
                rule["resources"] = ["*"]
            if draw.random() < 0.15:
                rule["resourceNames"] = [f"n{draw.randrange(50)}" for _ in range(2)]
            rules.append(rule)
        return rules

    def _subject(self, namespace: str) -> JSONObject:
        draw = self._random
        chance = draw.random()
        if chance < 0.5:
            return {"kind": "ServiceAccount", "name": f"sa-{draw.randrange(5)}", "namespace": namespace}
        if chance < 0.75:
            return _group(draw.choice(TEAMS))
        if chance < 0.97:
            return {"kind": "User", "apiGroup": GROUP, "name": draw.choice(USERS)}
        return _group(f"system:serviceaccounts:{namespace}")

    def _namespace(self, name: str) -> list[JSONObject]:
        draw = self._random
        items: list[JSONObject] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}]
        items += [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": f"sa-{i}", "namespace": name}}
            for i in range(5)
        ]
        items += [_role("Role", f"r-{i}", self._rules(draw.randint(1, 5)), name) for i in range(2)]
        for number in range(10):
            if number < 4:
                ref = ("Role", f"r-{number % 2}")
            elif number < 9:
                ref = ("ClusterRole", f"cr-{draw.randrange(CLUSTER_ROLES)}")
            else:
                ref = ("ClusterRole", f"psp-{draw.randrange(POLICIES)}")
            drawn = [self._subject(name) for _ in range(draw.choice([1, 1, 2, 3]))]
            items.append(_binding(f"rb-{number}", ref, drawn, name))
        return items

    def _request(self) -> JSONObject:
        draw = self._random
        namespace = f"ns-{draw.randrange(self.namespaces)}"
        if draw.random() < 0.6:
            user = f"system:serviceaccount:{namespace}:sa-{draw.randrange(5)}"
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
        else:
            user = draw.choice(USERS)
            groups = [*draw.sample(TEAMS, 3), "system:authenticated"]
        group, resources = draw.choice(RESOURCES)
        resource, _, subresource = draw.choice(resources).partition("/")
        attributes = {
            "verb": draw.choice(VERBS),
            "group": group,
            "resource": resource,
            "namespace": namespace,
        }
        if subresource:
            attributes["subresource"] = subresource
        if draw.random() < 0.3:
            attributes["name"] = f"n{draw.randrange(50)}"
        return {"user": user, "groups": groups, "resourceAttributes": attributes}


def _group(name: str) -> JSONObject:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def _use(policy: str) -> JSONObject:
    return {
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "verbs": ["use"],
        "resourceNames": [policy],
    }


def _metadata(name: str, namespace: str) -> JSONObject:
    return {"name": name, "namespace": namespace} if namespace else {"name": name}


def _role(kind: str, name: str, rules: list[JSONObject], namespace: str = "") -> JSONObject:
    return {"apiVersion": VERSION, "kind": kind, "metadata": _metadata(name, namespace), "rules": rules}


def _binding(name: str, ref: tuple[str, str], subjects: list[JSONObject], namespace: str = "") -> JSONObject:
    return {
        "apiVersion": VERSION,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": _metadata(name, namespace),
        "roleRef": {"apiGroup": GROUP, "kind": ref[0], "name": ref[1]},
        "subjects": subjects,
    }


def write(bindings: int, folder: Path) -> tuple[Path, Path]:
    """The files of a cluster (a List) and of its requests (JSON lines); made when they are not there yet."""
    cluster, requests = folder / f"cluster-{bindings}.json", folder / f"requests-{bindings}.jsonl"
    if not (cluster.exists() and requests.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        generator = Generator(bindings)
        items = {"apiVersion": "v1", "kind": "List", "items": generator.objects()}
        cluster.write_text(json.dumps(items), encoding="utf-8")
        requests.write_text(
            "".join(f"{json.dumps(request)}\n" for request in generator.requests()), encoding="utf-8"
        )
    return cluster, requests
