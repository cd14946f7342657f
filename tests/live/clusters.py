"""Creates random clusters on real servers: namespaces, accounts, roles, bindings and policies."""

import random
from collections.abc import Iterator
from typing import Any

from tests.live.server import ApiServer

JSONObject = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
VERBS = ("get", "list", "watch", "create", "update", "delete", "use", "*")
RESOURCES = (
    ("", "pods"),
    ("", "pods/log"),
    ("", "secrets"),
    ("", "configmaps"),
    ("", "namespaces"),
    ("apps", "deployments"),
    ("apps", "deployments/scale"),
    ("apps", "*/scale"),
    ("*", "*"),
    ("", "*"),
    ("example.com", "widgets"),
    ("policy", "podsecuritypolicies"),
)
URLS = ("/healthz", "/healthz/*", "/metrics", "/api*", "*", "/logs/**")
LEVELS = ("privileged", "baseline", "restricted")
STRATEGIES: dict[str, tuple[JSONObject, ...]] = {
    "runAsUser": (
        {"rule": "RunAsAny"},
        {"rule": "MustRunAsNonRoot"},
        {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 2000}]},
    ),
    "fsGroup": (
        {"rule": "RunAsAny"},
        {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 10}]},
        {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 1000}]},
    ),
    "supplementalGroups": (
        {"rule": "RunAsAny"},
        {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 1000}]},
        {"rule": "MayRunAs", "ranges": [{"min": 0, "max": 10}]},
    ),
    "seLinux": (
        {"rule": "RunAsAny"},
        {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1,c2"}},
    ),
}
VOLUMES = (
    "*",
    "configMap",
    "emptyDir",
    "projected",
    "secret",
    "downwardAPI",
    "persistentVolumeClaim",
    "hostPath",
)
SECCOMP = "seccomp.security.alpha.kubernetes.io"
APPARMOR = "apparmor.security.beta.kubernetes.io"


class RandomCluster:
    """Draws the objects of one cluster; their names begin with its own."""

    def __init__(self, name: str, seed: int | str, *, policies: bool) -> None:
        self.name = name
        self._draw = random.Random(seed)  # noqa: S311 - a test draws the same cluster each time
        self._policies = policies
        self.namespaces = [f"{name}-{number}" for number in range(6)]

    def objects(self) -> Iterator[JSONObject]:
        """Every object, in an order in which they can be created."""
        for namespace in self.namespaces:
            yield self._namespace(namespace)
            for account in ("default", "builder", "quiet"):
                extra = {"automountServiceAccountToken": False} if account == "quiet" else {}
                yield made("v1", "ServiceAccount", account, namespace) | extra
        for number in range(12):
            yield self._role(f"{self.name}-{number}")
        if self._policies:
            for number in range(8):
                yield self._policy(f"{self.name}-{number}")
                yield self._user_of(f"{self.name}-{number}")
        for namespace in self.namespaces:
            for number in range(3):
                yield self._role(f"r{number}", namespace)
            for number in range(8):
                yield self._binding(f"b{number}", namespace)
        for number in range(6):
            yield self._binding(f"{self.name}-{number}")
        create_pods = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}
        yield made(f"{GROUP}/v1", "ClusterRole", f"{self.name}-edit") | {"rules": [create_pods]}
        creators = ["deployer", *(f"user-{number}" for number in range(4))]
        subjects = [user(creator) for creator in creators] + [group("system:serviceaccounts")]
        yield bound(f"{self.name}-edit", "", "ClusterRole", f"{self.name}-edit", subjects)

    def _namespace(self, name: str) -> JSONObject:
        labels: dict[str, str] = {}
        if self._draw.random() < 0.6:
            for mode in self._draw.sample(("enforce", "warn", "audit"), 2):
                labels[f"pod-security.kubernetes.io/{mode}"] = self._draw.choice(LEVELS)
            if self._draw.random() < 0.5:
                labels["pod-security.kubernetes.io/enforce-version"] = self._draw.choice(
                    ("latest", "v1.22", "v1.24")
                )
        result = made("v1", "Namespace", name)
        result["metadata"]["labels"] = labels
        return result

    def _rule(self) -> JSONObject:
        draw = self._draw
        group_, resource = draw.choice(RESOURCES)
        rule = {
            "verbs": sorted(set(draw.choices(VERBS, k=draw.randint(1, 3)))),
            "apiGroups": [group_],
            "resources": [resource],
        }
        if draw.random() < 0.25:
            rule["resourceNames"] = draw.sample(("web", "default", "a.b", "*"), 2)
        return rule

    def _role(self, name: str, namespace: str = "") -> JSONObject:
        rules = [self._rule() for _ in range(self._draw.randint(0, 3))]
        if not namespace and self._draw.random() < 0.5:
            rules.append(
                {
                    "verbs": [self._draw.choice(("get", "post", "*"))],
                    "nonResourceURLs": [self._draw.choice(URLS)],
                }
            )
        return made(f"{GROUP}/v1", "Role" if namespace else "ClusterRole", name, namespace) | {"rules": rules}

    def _subject(self) -> JSONObject:
        draw = self._draw
        chance = draw.random()
        if chance < 0.3:
            return user(
                draw.choice(
                    [
                        *(f"user-{number}" for number in range(4)),
                        f"system:serviceaccount:{self.namespaces[0]}:builder",
                    ]
                )
            )
        if chance < 0.6:
            groups = (
                "dev",
                "ops",
                "system:authenticated",
                "system:unauthenticated",
                "system:serviceaccounts",
            )
            return group(draw.choice([*groups, f"system:serviceaccounts:{draw.choice(self.namespaces)}"]))
        account = draw.choice(("default", "builder", "quiet"))
        return {"kind": "ServiceAccount", "name": account, "namespace": draw.choice(self.namespaces)}

    def _binding(self, name: str, namespace: str = "") -> JSONObject:
        draw = self._draw
        kind = draw.choice(("Role", "ClusterRole")) if namespace else "ClusterRole"
        to = f"r{draw.randrange(3)}" if kind == "Role" else f"{self.name}-{draw.randrange(12)}"
        if draw.random() < 0.1:
            to = "gone"
        subjects = [self._subject() for _ in range(draw.randint(1, 3))]
        return bound(name, namespace, kind, to, subjects)

    def _policy(self, name: str) -> JSONObject:
        draw = self._draw
        spec: JSONObject = {key: draw.choice(choices) for key, choices in STRATEGIES.items()}
        spec["volumes"] = (
            ["*"] if draw.random() < 0.4 else ["projected", *draw.sample(VOLUMES[1:3] + VOLUMES[4:], 4)]
        )
        for key in ("hostNetwork", "hostPID", "hostIPC", "readOnlyRootFilesystem"):
            spec[key] = draw.random() < 0.3
        spec["privileged"] = draw.random() < 0.4
        if not spec["privileged"]:
            spec["allowPrivilegeEscalation"] = draw.random() < 0.6
            if draw.random() < 0.3:
                spec["defaultAllowPrivilegeEscalation"] = spec["allowPrivilegeEscalation"]
        if draw.random() < 0.5:
            spec["hostPorts"] = [{"min": 80, "max": 9000}]
        if draw.random() < 0.4:
            spec["allowedCapabilities"] = draw.choice((["*"], ["CHOWN", "NET_BIND_SERVICE"]))
        if draw.random() < 0.3 and spec.get("allowedCapabilities") != ["*"]:
            spec["requiredDropCapabilities"] = ["KILL"]
        if draw.random() < 0.3:
            spec["allowedHostPaths"] = [{"pathPrefix": "/var/log", "readOnly": draw.random() < 0.5}]
        if draw.random() < 0.3:
            spec["forbiddenSysctls"] = ["kernel.msg*"]
        elif draw.random() < 0.5:
            spec["allowedUnsafeSysctls"] = ["kernel.msg*"]
        annotations = {}
        if draw.random() < 0.4:
            annotations[f"{SECCOMP}/allowedProfileNames"] = draw.choice(
                ("*", "runtime/default,docker/default")
            )
            if draw.random() < 0.7:
                annotations[f"{SECCOMP}/defaultProfileName"] = "runtime/default"
        if draw.random() < 0.3:
            annotations[f"{APPARMOR}/allowedProfileNames"] = "runtime/default"
            if draw.random() < 0.7:
                annotations[f"{APPARMOR}/defaultProfileName"] = "runtime/default"
        result = made("policy/v1beta1", "PodSecurityPolicy", name) | {"spec": spec}
        result["metadata"]["annotations"] = annotations
        return result

    def _user_of(self, name: str) -> JSONObject:
        """The grant of a policy: a ClusterRole of its name, which is created with it."""
        namespace = self._draw.choice(["", *self.namespaces])
        subjects = [
            self._subject(),
            user(f"user-{self._draw.randrange(4)}"),
            controller("replicaset-controller"),
        ]
        return bound(
            f"use-{name}", namespace, "ClusterRole", f"use-{name}", subjects[: self._draw.randint(1, 3)]
        )


def create(server: ApiServer, cluster: RandomCluster) -> None:
    """Create every object of a cluster."""
    for obj in cluster.objects():
        if obj["kind"] == "PodSecurityPolicy":
            name = obj["metadata"]["name"]
            rule = {
                "verbs": ["use"],
                "apiGroups": ["policy"],
                "resources": ["podsecuritypolicies"],
                "resourceNames": [name],
            }
            server.create(made(f"{GROUP}/v1", "ClusterRole", f"use-{name}") | {"rules": [rule]})
        server.create(obj)


def remove(server: ApiServer, cluster: RandomCluster) -> None:
    """Remove the objects of a cluster, except for its namespaces, which only a controller can remove."""
    rbac = f"/apis/{GROUP}/v1"
    for namespace in cluster.namespaces:
        for place in (f"{rbac}/namespaces/{namespace}/rolebindings", f"{rbac}/namespaces/{namespace}/roles"):
            server.request("DELETE", place)
        server.request("DELETE", f"/api/v1/namespaces/{namespace}/serviceaccounts")
    kinds = [f"{rbac}/clusterrolebindings", f"{rbac}/clusterroles"]
    if server.release.startswith("v1.24."):
        kinds.append("/apis/policy/v1beta1/podsecuritypolicies")
    for kind in kinds:
        for item in server.request("GET", kind)["items"]:
            if f"{cluster.name}-" in item["metadata"]["name"]:
                server.request("DELETE", f"{kind}/{item['metadata']['name']}")


def made(version: str, kind: str, name: str, namespace: str = "") -> JSONObject:
    result = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **result}}


def bound(name: str, namespace: str, kind: str, to: str, subjects: list[JSONObject]) -> JSONObject:
    role_ref = {"apiGroup": GROUP, "kind": kind, "name": to}
    binding = "RoleBinding" if namespace else "ClusterRoleBinding"
    return made(f"{GROUP}/v1", binding, name, namespace) | {"roleRef": role_ref, "subjects": subjects}


def user(name: str) -> JSONObject:
    return {"kind": "User", "apiGroup": GROUP, "name": name}


def group(name: str) -> JSONObject:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def controller(name: str) -> JSONObject:
    return {"kind": "ServiceAccount", "namespace": "kube-system", "name": name}
