"""Compares with a real server pods that a PodSecurityPolicy admits and the server refuses as invalid."""

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from rbacpsp import Cluster, User
from tests.live.clusters import GROUP, bound, made
from tests.live.migrated import Client, Reply
from tests.live.server import ApiServer, collection

JSON = dict[str, Any]
NAMESPACE = "filled-in"
POLICIES, PODS = 24, 15
PATH = f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"
ANY = {"rule": "RunAsAny"}
SECCOMP = "seccomp.security.alpha.kubernetes.io"
APPARMOR = "apparmor.security.beta.kubernetes.io"
RANGE = [{"min": 1000, "max": 2000}]
SETS: tuple[JSON, ...] = (
    {"allowPrivilegeEscalation": False},
    {"allowPrivilegeEscalation": True, "defaultAllowPrivilegeEscalation": False},
    {"requiredDropCapabilities": ["KILL"], "allowedCapabilities": ["SYS_ADMIN", "CAP_SYS_ADMIN"]},
    {"defaultAddCapabilities": ["CAP_SYS_ADMIN"], "allowPrivilegeEscalation": False},
    {"defaultAddCapabilities": ["SYS_ADMIN"], "defaultAllowPrivilegeEscalation": False},
    {"runAsUser": {"rule": "MustRunAs", "ranges": RANGE}},
    {"runAsUser": {"rule": "MustRunAsNonRoot"}},
    {"runAsGroup": {"rule": "MustRunAs", "ranges": RANGE}},
    {"fsGroup": {"rule": "MustRunAs", "ranges": RANGE}},
    {"supplementalGroups": {"rule": "MustRunAs", "ranges": RANGE}},
    {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1"}}},
    {"readOnlyRootFilesystem": True},
    {"runtimeClass": {"allowedRuntimeClassNames": ["*"], "defaultRuntimeClassName": "runc"}},
)
PROFILES: tuple[JSON, ...] = (
    {f"{SECCOMP}/allowedProfileNames": "*", f"{SECCOMP}/defaultProfileName": "runtime/default"},
    {f"{SECCOMP}/allowedProfileNames": "*", f"{SECCOMP}/defaultProfileName": "localhost/a/b"},
    {
        f"{APPARMOR}/allowedProfileNames": "runtime/default",
        f"{APPARMOR}/defaultProfileName": "runtime/default",
    },
    {f"{SECCOMP}/allowedProfileNames": "*"},
)
CONTEXTS: tuple[JSON, ...] = (
    {"privileged": True},
    {"privileged": True, "allowPrivilegeEscalation": True},
    {"capabilities": {"add": ["CAP_SYS_ADMIN"]}},
    {"capabilities": {"add": ["SYS_ADMIN"], "drop": ["ALL"]}},
    {"runAsUser": 0, "runAsNonRoot": True},
    {"runAsUser": 1500},
    {"seccompProfile": {"type": "Unconfined"}},
    {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"}},
    {"windowsOptions": {"runAsUserName": "x"}},
    {"procMount": "Unmasked"},
    {},
)
SPECS: tuple[JSON, ...] = (
    {"os": {"name": "windows"}},
    {"os": {"name": "linux"}},
    {"os": {"name": "linux"}, "securityContext": {"windowsOptions": {"runAsUserName": "x"}}},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}, "hostNetwork": True},
    {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
    {"securityContext": {"runAsUser": 1200, "fsGroup": 1200}},
    {"hostPID": True},
)
ANNOTATIONS: tuple[JSON, ...] = (
    {f"{SECCOMP}/pod": "runtime/default"},
    {f"container.{SECCOMP}/c": "localhost/a/b"},
    {f"container.{SECCOMP}/d": "unconfined"},
    {f"container.{APPARMOR}/c": "runtime/default"},
)


def random_policy(draw: random.Random, name: str) -> JSON:
    """A policy that allows nearly everything and sets some defaults."""
    spec: JSON = {
        **dict.fromkeys(("runAsUser", "runAsGroup", "seLinux", "fsGroup", "supplementalGroups"), ANY),
        **dict.fromkeys(("privileged", "hostNetwork", "hostPID"), True),
        "allowedCapabilities": ["*"],
        "allowedProcMountTypes": ["Default", "Unmasked"],
        "volumes": ["*"],
    }
    for chosen in draw.sample(SETS, draw.randrange(1, 4)):
        spec |= chosen
    made_so = made("policy/v1beta1", "PodSecurityPolicy", name) | {"spec": spec}
    made_so["metadata"]["annotations"] = draw.choice((*PROFILES, {}, {}, {}))
    return made_so


def random_pod(draw: random.Random, name: str) -> JSON:
    """A pod that is usually valid when it is sent."""
    containers = [
        {"name": each, "image": "i", "securityContext": dict(draw.choice(CONTEXTS))}
        for each in ("c", "d")[: draw.randrange(1, 3)]
    ]
    spec = {"containers": containers, **draw.choice((*SPECS, {}, {}, {}))}
    metadata: JSON = {"name": name, "namespace": NAMESPACE}
    if draw.random() < 0.3:
        metadata["annotations"] = draw.choice(ANNOTATIONS)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.fixture
def client(v1_24: ApiServer) -> Iterator[Client]:
    connection = Client(v1_24)
    yield connection
    connection.close()


def answered(client: Client, sent: JSON, user: str) -> Reply:
    """The server's answer to a pod, after it has seen the bindings."""
    for _ in range(60):
        reply = client.ask("POST", PATH, sent, user=user, groups=["system:authenticated"])
        if "cannot create" not in reply.message and "policy: []" not in reply.message:
            break
        time.sleep(0.5)
    return reply


def alike(words: str) -> str:
    """A message about several errors without the server's memory addresses."""
    return re.sub(r"(core\.\w+|v1\.\w+)?\{.*?\}(?=: [a-z])", "{...}", words)


@pytest.mark.live
def test_what_a_policy_fills_in_makes_a_pod_invalid_where_the_server_says_so(client: Client) -> None:
    draw = random.Random(5)  # noqa: S311 - the same pods each time
    objects: list[JSON] = [
        made("v1", "Namespace", NAMESPACE),
        made("v1", "ServiceAccount", "default", NAMESPACE) | {"automountServiceAccountToken": False},
        made("node.k8s.io/v1", "RuntimeClass", "runc") | {"handler": "runc"},
    ]
    for number in range(POLICIES):
        name = f"filled-in-{number}"
        use = {
            "verbs": ["use"],
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": [name],
        }
        create = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}
        subject = {"kind": "User", "apiGroup": GROUP, "name": name}
        objects += [
            random_policy(draw, name),
            made(f"{GROUP}/v1", "ClusterRole", name) | {"rules": [use, create]},
            bound(name, "", "ClusterRole", name, [subject]),
        ]
    for obj in objects:
        client.create(obj)
    # As they are stored: the server drops what a feature gate turns off, for example allowedProcMountTypes.
    stored = [
        client.ask("GET", f"{collection(obj)}/{obj['metadata']['name']}").body
        for obj in objects
        if obj["kind"] != "RuntimeClass"
    ]
    cluster = Cluster.from_objects(stored, kubernetes_version="1.24")
    seen: Counter[int] = Counter()
    differing = []
    for number in range(POLICIES):
        user = User(f"filled-in-{number}", groups=("system:authenticated",))
        for each in range(PODS):
            sent = random_pod(draw, f"p{each}")
            reply, ours = answered(client, sent, user.name), cluster.admit(sent, user=user)
            expected = 201 if ours.allowed else 422 if ours.invalid_by else 403
            theirs, words = ("", "") if expected == 201 else (alike(reply.message), alike(ours.message or ""))
            seen[reply.status] += 1
            if reply.status != expected or theirs != words:
                differing.append((user.name, sent, reply.status, reply.message, expected, ours.message))
    assert differing == []
    assert seen[422] > 30 < seen[201]
