"""Cases of paths through nodes, secrets, requests, operators and clouds."""

from collections.abc import Callable
from typing import Any

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.clusters import (
    APPROVAL,
    CERTIFICATES,
    CREATE_PODS,
    CSR,
    EVE,
    NO_NODE,
    Case,
    base,
    holds,
    labelled,
    with_policy,
)

FLUX = "kustomize.toolkit.fluxcd.io"
SOURCES = "source.toolkit.fluxcd.io"
REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIZk1JR0dBZ0VBTUNReEVUQVBCZ05WQkFNTUNHVjJaUzFqWlhKME1ROHdE"
    "UVlEVlFRS0RBWmhaRzFwYm5NdwpXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CQndOQ0FBUUhTdFFzZm42c2ZTSTRnVmg2RXdmanVlUWZ5"
    "ay9pClpQc3lUMVhUc0Q5R3RLYnoyZ1BscFoyc1J3UWp0a2pLTWx5WjJiU09uQ1dKQ24rRXFsQStDTSt0b0FBd0NnWUkKS29aSXpqMEVBd0lE"
    "U0FBd1JRSWhBTW9nL3JkTnNUaG02cWZFM2tCeFdqNzFDSlIrbWxDcnJ6cURrd3ZrUWZTWQpBaUJRbis0NkhlczI3WkJpVXBXVmI4akt0emlM"
    "ZFA3ekc4NytNS2M4Z2pjMnV3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="
)
"""Of openssl: a request for CN=eve-cert, O=admins."""


def node(name: str, *roles: str) -> dict[str, Any]:
    """A node with some roles, and the taint of a control plane."""
    labels = {f"node-role.kubernetes.io/{role}": "" for role in roles}
    taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": [taint]}}


def namespaced(level: str = "privileged") -> ClusterBuilder:
    """A namespace without relevant accounts, with a Pod Security level."""
    return labelled(level).add({"apiVersion": "v1", "kind": "Pod", **_pod("quiet", "a")})


def _pod(name: str, namespace: str) -> dict[str, Any]:
    made = pod(name, namespace=namespace, automountServiceAccountToken=False)
    return {"metadata": made["metadata"], "spec": made["spec"]}


def on_node(*roles: str, goal: str = "cluster-admin") -> Case:
    """Creates pods where a node has some roles."""
    return holds(goal, CREATE_PODS, namespace="a", start=namespaced().add(node("n", *roles)), version="1.30")


def host_path(path: str, *mounted: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A pod in namespace b that mounts a folder of its node: once read-only, unless mounts are given."""
    mount = {"name": "v", "mountPath": "/v", "readOnly": True}
    mounts = {"volumeMounts": [{**mount, **fields} for fields in mounted or ({},)]}
    volumes = [{"name": "v", "hostPath": {"path": path}}]
    return pod("agent", namespace="b", container=mounts, volumes=volumes, **spec)


def operator(name: str, namespace: str, account: str, *args: str) -> dict[str, Any]:
    """The Deployment of an operator."""
    container = {"name": "manager", "image": f"ghcr.io/example/{name}:v1", "args": list(args)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "runs-it", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"serviceAccountName": account, "containers": [container]},
            },
        },
    }


def flux(*args: str, **given: Any) -> Case:
    """Writes Kustomizations in namespace b, where Flux runs as a:strong."""
    start = base().add(operator("kustomize-controller", "a", "strong", *args))
    return holds(
        "cluster-admin",
        rule("patch", "kustomizations", given.pop("group", FLUX)),
        *given.pop("rules", ()),
        namespace="b",
        start=start,
    )


def argo(namespace: str, *args: str, project: dict[str, Any] | None = None) -> Case:
    """Writes Applications of a namespace, where Argo CD runs in namespace a as a:strong."""
    start = base().add(operator("argocd-application-controller", "a", "strong", *args))
    if project is not None:
        metadata = {"name": "team", "namespace": "a"}
        start.add(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AppProject",
                "metadata": metadata,
                "spec": project,
            }
        )
    return holds(
        "cluster-admin", rule("create", "applications", "argoproj.io"), namespace=namespace, start=start
    )


def request(signer: str, *conditions: str, requester: str = "eve") -> Case:
    """A request of eve for a certificate of the group admins, which holds full control."""

    def build() -> Cluster:
        body = {
            "apiVersion": f"{CERTIFICATES}/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": "csr"},
            "spec": {
                "signerName": signer,
                "username": requester,
                "request": REQUEST,
                "usages": ["client auth"],
            },
            "status": {"conditions": [{"type": condition, "status": "True"} for condition in conditions]},
        }
        return base().role("r", rule("get", "pods")).bind("r", EVE).add(body).build(kubernetes_version="1.30")

    return build, "cluster-admin"


def nodes_hold_all() -> ClusterBuilder:
    """All nodes hold full control."""
    return base().bind("cluster-admin", "Group/system:nodes", name="nodes")


def kubelet(signer: str, **spec: Any) -> Case:
    """Approves certificates of a signer, in a cluster with a pod of a:strong."""
    start = base().add(pod("p", namespace="a", serviceAccountName="strong", **spec))
    return holds(
        "cluster-admin",
        rule("approve", "signers", CERTIFICATES, signer),
        CSR,
        APPROVAL,
        start=start,
        version="1.30",
    )


def aws_auth(groups: str) -> Case:
    """A role of IAM, which a service account assumes, is mapped to some groups."""

    def build() -> Cluster:
        config_map = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": f"- rolearn: arn:aws:iam::1:role/x\n  username: x\n  groups: {groups}\n"},
        }
        return irsa("arn:aws:iam::1:role/x").add(config_map).build(kubernetes_version="1.30")

    return build, "cluster-admin"


def irsa(arn: str) -> ClusterBuilder:
    """Eve may request the token of an account that is a role of IAM."""
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "cloudy", "namespace": "b", "annotations": {"eks.amazonaws.com/role-arn": arn}},
    }
    return (
        base()
        .add(account)
        .role("r", rule("create", "serviceaccounts/token"))
        .bind("r", EVE, namespace="b", kind="ClusterRole")
    )


def cloud(arn: str) -> tuple[Callable[[], Cluster], str]:
    """The path to a role of IAM."""
    return lambda: irsa("arn:aws:iam::1:role/x").build(), f"cloud:{arn}"


def gone() -> ClusterBuilder:
    """A binding of full control names an account that does not exist."""
    return base().role("all", rule("*", "*", "*")).bind("all", "ServiceAccount/b:gone")


JOIN = rule("patch", "pods/ephemeralcontainers")


def admitting() -> ClusterBuilder:
    """A node of the control plane, and a policy for eve whose pods take over no node."""
    return namespaced().add(node("n", "control-plane")).policy("p", **NO_NODE).may_use("p", EVE)


WORKFLOWS = rule("create", "workflows", "argoproj.io")
RUNS = rule("create", "taskruns", "tekton.dev")
TEMPLATES = rule("create", "workflowtemplates", "argoproj.io")
REQUESTS = "certificatesigningrequests"
NODE_CLIENT = rule("create", f"{REQUESTS} {REQUESTS}/nodeclient", CERTIFICATES)
KUBELET_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"

AROUND: dict[str, tuple[Case, Case]] = {
    "create-account": (
        holds(
            "cluster-admin",
            rule("create", "serviceaccounts serviceaccounts/token"),
            namespace="b",
            start=gone(),
        ),
        holds("cluster-admin", rule("create", "serviceaccounts/token"), namespace="b", start=gone()),
    ),
    "mount-secrets": (
        holds("secrets:a", CREATE_PODS, namespace="a", start=labelled("restricted"), version="1.30"),
        holds("secrets:b", CREATE_PODS, namespace="b", start=with_policy("User/other", **NO_NODE)),
    ),
    "run-as-by-controller": (
        holds("cluster-admin", WORKFLOWS, namespace="a", version="1.30"),
        holds("cluster-admin", TEMPLATES, namespace="a", version="1.30"),
    ),
    "take-node-by-controller": (
        holds("node", RUNS, namespace="a", start=labelled("privileged"), version="1.30"),
        holds("node", RUNS, namespace="a", start=labelled("restricted"), version="1.30"),
    ),
    "mount-secrets-by-controller": (
        holds("secrets:a", RUNS, namespace="a", version="1.30"),
        holds("secrets:a", rule("patch", "taskruns", "tekton.dev"), namespace="a", version="1.30"),
    ),
    "join-own-pod": (
        holds("cluster-admin", JOIN, CREATE_PODS, namespace="a", start=admitting()),
        holds("cluster-admin", JOIN, namespace="a", start=admitting()),
    ),
    "on-control-plane": (on_node("control-plane"), on_node("worker")),
    "approve-node-certificate": (
        kubelet(KUBELET_SIGNER, nodeName="n", automountServiceAccountToken=False),
        kubelet("kubernetes.io/kubelet-serving", nodeName="n"),
    ),
    "node-certificate": (
        holds("Group/system:nodes", NODE_CLIENT),
        holds("Group/system:nodes", rule("create", f"{REQUESTS} {REQUESTS}/selfnodeclient", CERTIFICATES)),
    ),
    "is-any-node": (
        holds("cluster-admin", NODE_CLIENT, start=nodes_hold_all()),
        holds("cluster-admin", CSR, start=nodes_hold_all()),
    ),
    "token-of-a-pod": (
        kubelet(KUBELET_SIGNER, automountServiceAccountToken=False),
        holds("cluster-admin", rule("approve", "signers", CERTIFICATES, KUBELET_SIGNER), CSR, APPROVAL),
    ),
    "issued-certificate": (request(CLIENT_SIGNER, "Approved"), request(CLIENT_SIGNER, "Approved", "Failed")),
    "flux": (flux(), flux("--default-service-account=weak")),
    "argo-cd": (argo("a"), argo("b")),
    "cloud-identity": (cloud("arn:aws:iam::1:role/x"), cloud("arn:aws:iam::1:role/y")),
    "aws-auth": (aws_auth("[system:masters]"), aws_auth("[nobody]")),
}
