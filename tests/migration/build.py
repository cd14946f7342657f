"""Builds small clusters with policies, and pods for them."""

import copy
from typing import Any

from rbacpsp import Cluster, Request, User
from rbacpsp.migration import Migration, migrate
from rbacpsp.migration.evaluation.policies import PodRequest, Policies, PolicyDenial
from rbacpsp.model.version import V1_24
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.defaults import set_defaults

JSON = dict[str, Any]
OPEN_SPEC: JSON = {
    "privileged": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "volumes": ["*"],
    "allowedCapabilities": ["*"],
    "allowedUnsafeSysctls": ["*"],
    "allowedProcMountTypes": ["Default", "Unmasked"],
    "runAsUser": {"rule": "RunAsAny"},
    "runAsGroup": {"rule": "RunAsAny"},
    "fsGroup": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "RunAsAny"},
    "seLinux": {"rule": "RunAsAny"},
}
"""Allows everything but seccomp profiles, which only an annotation allows."""
SECCOMP = "seccomp.security.alpha.kubernetes.io"
APPARMOR = "apparmor.security.beta.kubernetes.io"
ANY_SECCOMP = {f"{SECCOMP}/allowedProfileNames": "*"}


def open_policy(name: str, annotations: dict[str, str] | None = None, **spec: Any) -> JSON:
    """An open policy, except for some fields."""
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": name, "annotations": ANY_SECCOMP if annotations is None else annotations},
        "spec": {**OPEN_SPEC, **spec},
    }


def pod_without_token(name: str = "web", context: JSON | None = None, /, **spec: Any) -> JSON:
    """A pod of one container with a securityContext; other fields are the pod's spec's."""
    container: JSON = {"name": "c", "image": "app"}
    if context is not None:
        container["securityContext"] = context
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "automountServiceAccountToken": False, **copy.deepcopy(spec)},
    }


def annotated(obj: JSON, **annotations: str) -> JSON:
    """An object with annotations; `__` in a key stands for `/`."""
    given = {key.replace("__", "/"): value for key, value in annotations.items()}
    return {**obj, "metadata": {**obj["metadata"], "annotations": given}}


def cluster(*objects: JSON) -> Cluster:
    return Cluster.from_objects(objects)


def migrated(of: Cluster, **options: Any) -> Migration:
    """The output of `migrate vap`."""
    return migrate(of, "vap", **options)


ROOT = User("root", ("system:masters", "system:authenticated"))


class Server:
    """The admission policies of a server to which a migration was applied, evaluated offline."""

    def __init__(self, of: Cluster, objects: tuple[JSON, ...]) -> None:
        self._cluster = of
        self._user = ROOT
        self._policies = Policies(objects, self._allowed)

    def _allowed(self, home: str, account: str, asked: JSON) -> bool:
        user = self._user
        if account:
            groups = (f"system:serviceaccounts:{home}", "system:serviceaccounts")
            user = User(f"system:serviceaccount:{home}:{account}", groups)
        fields = {key: asked[key] for key in ("group", "resource", "name", "namespace")}
        return bool(self._cluster.authorize(user, Request(asked["verb"], **fields)))

    def create(
        self, submitted: JSON, user: User = ROOT, namespace: str = "default"
    ) -> tuple[JSON, list[str]]:
        """The pod as it would be stored, and the messages that refuse it."""
        made = set_defaults("Pod", submitted, V1_24)
        made["metadata"]["namespace"] = namespace
        made["spec"].setdefault("serviceAccountName", "default")
        return self._answer(PodRequest(made, namespace, user.name, tuple(user.groups)), user)

    def update(self, old: JSON, new: JSON, user: User = ROOT, namespace: str = "default") -> list[str]:
        """The messages that refuse an update."""
        before, after = (set_defaults("Pod", each, V1_24) for each in (old, new))
        for each in (before, after):
            each["spec"].setdefault("serviceAccountName", "default")
        asked = PodRequest(after, namespace, user.name, tuple(user.groups), "UPDATE", before)
        return self._answer(asked, user)[1]

    def _answer(self, question: PodRequest, user: User) -> tuple[JSON, list[str]]:
        self._user = user
        stored, refusals = self._policies.admit(question)
        return canonical(stored), [_message(refusal) for refusal in refusals]


def _message(refusal: PolicyDenial) -> str:
    return refusal.message
