"""Tests the steps that permissions allow directly, in a cluster of two namespaces."""

from collections.abc import Callable

import pytest

from rbacpsp.paths.place import Place
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import FLUX, SOURCES, node, operator
from tests.paths.clusters import APPROVAL, CERTIFICATES, CREATE_PODS, CSR, EVE, LEVEL, RBAC


def two(**levels: str) -> ClusterBuilder:
    """Namespaces a and b with two service accounts each; a Pod Security level may be enforced there."""
    builder = ClusterBuilder()
    for namespace, accounts in (("a", ("one", "two")), ("b", ("one", "three"))):
        level = levels.get(namespace)
        builder.namespace(namespace, {LEVEL: level} if level else {})
        for account in accounts:
            builder.service_account(namespace, account)
    return builder


def leads(
    *rules: dict[str, list[str]],
    namespace: str = "",
    start: ClusterBuilder | None = None,
    version: str = "1.30",
) -> str:
    """The steps of User/eve, who holds some rules: families and targets."""
    builder = (start or two()).role("r", *rules)
    builder.bind("r", EVE, namespace=namespace, kind="ClusterRole", name="eve")
    graph = builder.build(kubernetes_version=version).paths().graph
    eve = Place("User", "", "eve")
    starts = {place for place in graph.places if place == eve or place.name == "ClusterRole/r"}
    steps: dict[str, set[str]] = {}
    for edge in graph.edges():
        technique = edge.technique
        if technique is not None and graph.places[edge.source] in starts and technique.name != "membership":
            steps.setdefault(technique.name, set()).add(graph.places[edge.target].words)
    return "; ".join(f"{name}: {', '.join(sorted(steps[name]))}" for name in sorted(steps))


STEPS: dict[str, tuple[Callable[[], str], str]] = {
    "impersonate accounts named everywhere": (
        lambda: leads(rule("impersonate", "serviceaccounts", names="one three")),
        "impersonate-account: ServiceAccount/a:one, ServiceAccount/b:one, ServiceAccount/b:three",
    ),
    "impersonate accounts named in a": (
        lambda: leads(rule("impersonate", "serviceaccounts", names="one three"), namespace="a"),
        "impersonate-account: ServiceAccount/a:one, ServiceAccount/a:three",
    ),
    "impersonate accounts": (
        lambda: leads(rule("impersonate", "serviceaccounts")),
        "impersonate-account: any service account",
    ),
    "impersonate named": (
        lambda: leads(rule("impersonate", "users groups", names="x y")),
        "impersonate-group: Group/x, Group/y; impersonate-user: User/x, User/y",
    ),
    "impersonate masters": (
        lambda: leads(rule("impersonate", "users groups", names="x system:masters")),
        "impersonate-group: cluster-admin; impersonate-user: User/system:masters, User/x",
    ),
    "impersonate in a": (
        lambda: leads(rule("impersonate", "users groups serviceaccounts"), namespace="a"),
        "impersonate-account: any service account of namespace a",
    ),
    "bind cluster": (
        lambda: leads(
            rule("bind", "clusterroles", RBAC, "c1 gone c2"),
            rule("create", "clusterrolebindings", RBAC),
            start=two().role("c1", rule("get", "pods")).role("c2", rule("get", "pods")),
        ),
        "bind-in-cluster: ClusterRole/c1, ClusterRole/c2",
    ),
    "bind cluster all": (
        lambda: leads(rule("bind", "clusterroles", RBAC), rule("create", "clusterrolebindings", RBAC)),
        "bind-in-cluster: cluster-admin",
    ),
    "bind local named": (
        lambda: leads(
            rule("bind", "clusterroles roles", RBAC, "c1 l1"),
            rule("create", "rolebindings", RBAC),
            start=two().role("c1", rule("get", "pods")).role("l1", rule("get", "pods"), namespace="b"),
        ),
        (
            "bind-in-namespace: ClusterRole/c1 in namespace a, ClusterRole/c1 in namespace b, "
            "ClusterRole/l1 in namespace a, ClusterRole/l1 in namespace b, Role/c1 in namespace a, "
            "Role/c1 in namespace b, Role/l1 in namespace a, Role/l1 in namespace b"
        ),
    ),
    "bind local named in a": (
        lambda: leads(
            rule("bind", "clusterroles roles", RBAC, "c1 l1"),
            rule("create", "rolebindings", RBAC),
            namespace="a",
            start=two()
            .role("c1", rule("get", "pods"))
            .role("l1", rule("get", "pods"), namespace="b")
            .role("l1", rule("get", "pods"), namespace="a"),
        ),
        (
            "bind-in-namespace: ClusterRole/c1 in namespace a, ClusterRole/l1 in namespace a, Role/c1 "
            "in namespace a, Role/l1 in namespace a"
        ),
    ),
    "bind local all": (
        lambda: leads(rule("bind", "clusterroles", RBAC), rule("create", "rolebindings", RBAC)),
        "bind-in-namespace: any pod, any service account, node, the secrets of every namespace",
    ),
    "bind local roles all": (
        lambda: leads(
            rule("bind", "roles", RBAC),
            rule("create", "rolebindings", RBAC),
            start=two()
            .role("l1", rule("get", "pods"), namespace="a")
            .role("l2", rule("get", "pods"), namespace="b")
            .role("l3", rule("get", "pods"), namespace="b"),
        ),
        "bind-in-namespace: Role/l1 in namespace a, Role/l2 in namespace b, Role/l3 in namespace b",
    ),
    "escalate": (
        lambda: leads(rule("escalate patch", "clusterroles", RBAC)),
        "escalate-in-cluster: cluster-admin",
    ),
    "escalate named": (
        lambda: leads(rule("escalate patch", "clusterroles", RBAC, "r x")),
        "escalate-in-cluster: cluster-admin",
    ),
    "escalate other": (lambda: leads(rule("escalate patch", "clusterroles", RBAC, "x")), ""),
    "escalate roles by clusterrole": (
        lambda: leads(rule("escalate patch", "roles", RBAC), namespace="a"),
        "",
    ),
    "read secrets": (lambda: leads(rule("get", "secrets")), "read-secrets: the secrets of every namespace"),
    "read named": (
        lambda: leads(
            rule("get", "secrets", names="t u"),
            start=two()
            .service_account("a", "k", secrets=[{"name": "t"}])
            .service_account("b", "k", secrets=[{"name": "t"}, {"name": "u"}]),
        ),
        "read-secrets: ServiceAccount/a:k, ServiceAccount/b:k",
    ),
    "read named in b": (
        lambda: leads(
            rule("get", "secrets", names="t u"),
            namespace="b",
            start=two()
            .service_account("a", "k", secrets=[{"name": "t"}])
            .service_account("b", "k", secrets=[{"name": "t"}, {"name": "u"}]),
        ),
        "read-secrets: ServiceAccount/b:k",
    ),
    "approve": (
        lambda: leads(
            rule("approve", "signers", CERTIFICATES, "kubernetes.io/* example.com/x"), CSR, APPROVAL
        ),
        (
            "approve-certificate: any of the groups, any of the users, any service account; "
            "approve-node-certificate: the certificate of any node"
        ),
    ),
    "approve other": (
        lambda: leads(rule("approve", "signers", CERTIFICATES, "example.com/x"), CSR, APPROVAL),
        "",
    ),
    "approve a signer 1.17": (
        lambda: leads(rule("approve", "signers", CERTIFICATES), CSR, APPROVAL, version="1.17"),
        "approve-certificate: cluster-admin",
    ),
    "approve a signer 1.18": (
        lambda: leads(rule("approve", "signers", CERTIFICATES), CSR, APPROVAL, version="1.18"),
        (
            "approve-certificate: any of the groups, any of the users, any service account; "
            "approve-node-certificate: the certificate of any node"
        ),
    ),
    "approve 1.17": (lambda: leads(CSR, APPROVAL, version="1.17"), "approve-certificate: cluster-admin"),
    "approve named 1.17": (
        lambda: leads(
            CSR, rule("update", "certificatesigningrequests/approval", CERTIFICATES, "x"), version="1.17"
        ),
        "approve-certificate: cluster-admin",
    ),
    "approve signers only 1.17": (
        lambda: leads(CSR, rule("approve", "signers", CERTIFICATES), version="1.17"),
        "",
    ),
    "nodeclient": (
        lambda: leads(
            rule("create", "certificatesigningrequests certificatesigningrequests/nodeclient", CERTIFICATES)
        ),
        "node-certificate: the certificate of any node",
    ),
    "pods": (
        lambda: leads(CREATE_PODS),
        "mount-secrets: the secrets of every namespace; run-as: any service account; take-node: node",
    ),
    "pods in b": (
        lambda: leads(CREATE_PODS, namespace="b"),
        "mount-secrets: secrets:b; run-as: any service account of namespace b; take-node: node",
    ),
    "pods baseline": (
        lambda: leads(CREATE_PODS, start=two(a="restricted").namespace("c", {LEVEL: "baseline"})),
        "mount-secrets: the secrets of every namespace; run-as: any service account; take-node: node",
    ),
    "deployments": (
        lambda: leads(rule("patch", "deployments", "apps"), namespace="b"),
        "mount-secrets: secrets:b; run-as: any service account of namespace b; take-node: node",
    ),
    "extensions 1.15": (
        lambda: leads(rule("patch", "deployments", "extensions"), namespace="b", version="1.15"),
        "mount-secrets: secrets:b; run-as: any service account of namespace b; take-node: node",
    ),
    "extensions 1.16": (
        lambda: leads(rule("patch", "deployments", "extensions"), namespace="b", version="1.16"),
        "",
    ),
    "pods policy": (
        lambda: leads(
            CREATE_PODS,
            start=two().policy("p", volumes=["projected"]).may_use("p", EVE, namespace="a"),
            version="1.24",
        ),
        "mount-secrets: secrets:a; run-as: any service account of namespace a",
    ),
    "pods policy of account": (
        lambda: leads(
            CREATE_PODS,
            start=two()
            .policy("p", volumes=["*"], privileged=True)
            .may_use("p", "ServiceAccount/b:three", namespace="b"),
            version="1.24",
        ),
        "mount-secrets: secrets:b; run-as: ServiceAccount/b:three; take-node: node",
    ),
    "pods policy for all": (
        lambda: leads(
            CREATE_PODS,
            start=two()
            .policy("p", volumes=["emptyDir"])
            .policy("q", volumes=["secret"])
            .may_use("p", "Group/system:authenticated")
            .may_use("q", "Group/system:authenticated"),
            version="1.24",
        ),
        "mount-secrets: the secrets of every namespace; run-as: any service account",
    ),
    "deploy policy of controller": (
        lambda: leads(
            rule("patch", "deployments", "apps"),
            start=two()
            .policy("p", volumes=["*"], privileged=True)
            .may_use("p", "ServiceAccount/kube-system:replicaset-controller"),
            version="1.24",
        ),
        (
            "mount-secrets: secrets:a, secrets:b, secrets:kube-system; run-as: any service account of "
            "namespace a, any service account of namespace b, any service account of namespace "
            "kube-system; take-node: node"
        ),
    ),
    "ephemeral": (
        lambda: leads(rule("patch", "pods/ephemeralcontainers"), start=two(a="baseline")),
        "ephemeral-container: any pod; ephemeral-root: node",
    ),
    "ephemeral restricted": (
        lambda: leads(rule("patch", "pods/ephemeralcontainers"), namespace="a", start=two(a="baseline")),
        "ephemeral-container: any pod of namespace a",
    ),
    "exec": (lambda: leads(rule("create", "pods/exec"), namespace="a"), "exec: any pod of namespace a"),
    "exec get 1.34": (lambda: leads(rule("get", "pods/exec pods/attach"), version="1.34"), "exec: any pod"),
    "exec get 1.35": (lambda: leads(rule("get", "pods/exec pods/attach"), version="1.35"), ""),
    "attach 1.35": (lambda: leads(rule("create", "pods/attach"), version="1.35"), "exec: any pod"),
    "pods and exec of all": (
        lambda: leads(rule("create", "pods */exec"), namespace="b"),
        (
            "exec: any pod of namespace b; mount-secrets: secrets:b; run-as: any service account of "
            "namespace b; take-node: node"
        ),
    ),
    "patch pods": (
        lambda: leads(rule("patch", "pods"), namespace="a"),
        "replace-image: any pod of namespace a",
    ),
    "nodes/proxy": (lambda: leads(rule("get", "nodes/proxy")), "kubelet: any pod"),
    "nodes/proxy in a": (lambda: leads(rule("get", "nodes/proxy"), namespace="a"), ""),
    "relabel": (
        lambda: leads(rule("patch", "namespaces"), CREATE_PODS, start=two(a="baseline", b="baseline")),
        (
            "mount-secrets: the secrets of every namespace; relabel-namespace: node; run-as: any "
            "service account"
        ),
    ),
    "relabel named": (
        lambda: leads(
            rule("patch", "namespaces", names="b"), CREATE_PODS, start=two(a="baseline", b="baseline")
        ),
        (
            "mount-secrets: the secrets of every namespace; relabel-namespace: node; run-as: any "
            "service account"
        ),
    ),
    "relabel open": (
        lambda: leads(rule("patch", "namespaces"), CREATE_PODS),
        "mount-secrets: the secrets of every namespace; run-as: any service account; take-node: node",
    ),
    "loosen": (
        lambda: leads(
            rule("patch", "podsecuritypolicies", "policy"),
            CREATE_PODS,
            start=two(a="baseline")
            .policy("p", volumes=["projected"])
            .policy("q", volumes=["projected"])
            .may_use("q", EVE),
            version="1.24",
        ),
        (
            "loosen-policy: node; mount-secrets: secrets:a, secrets:b; run-as: any service account of "
            "namespace a, any service account of namespace b"
        ),
    ),
    "loosen named": (
        lambda: leads(
            rule("patch", "podsecuritypolicies", "policy", names="q p"),
            CREATE_PODS,
            start=two()
            .policy("p", volumes=["projected"])
            .policy("q", volumes=["projected"])
            .may_use("p", EVE, namespace="b"),
            version="1.24",
        ),
        "loosen-policy: node; mount-secrets: secrets:b; run-as: any service account of namespace b",
    ),
    "claims": (
        lambda: leads(
            rule("create", "persistentvolumes"),
            rule("create", "pods persistentvolumeclaims"),
            start=two(a="restricted"),
        ),
        (
            "claim-host-path: node; mount-secrets: the secrets of every namespace; run-as: any service "
            "account; take-node: node"
        ),
    ),
    "claims no pv in ns": (
        lambda: leads(
            rule("create", "persistentvolumes"), rule("create", "pods persistentvolumeclaims"), namespace="b"
        ),
        "mount-secrets: secrets:b; run-as: any service account of namespace b; take-node: node",
    ),
    "full": (lambda: leads(rule("*", "*", "*")), "full-control: cluster-admin"),
    "full control of some names": (
        lambda: leads(rule("*", "*", "*", names="one")),
        (
            "bind-in-namespace: ClusterRole/one in namespace a, ClusterRole/one in namespace b, Role/one in "
            "namespace a, Role/one in namespace b; claim-host-path: node; "
            "create-role-in-cluster: cluster-admin; create-role-in-namespace: any pod of namespace a, "
            "any pod of namespace b, any service account of namespace a, any service account of namespace b, "
            "node, secrets:a, secrets:b; exec: any pod; "
            "impersonate-account: ServiceAccount/a:one, ServiceAccount/b:one; impersonate-group: Group/one; "
            "impersonate-user: User/one; issue-token: any service account; mount-secrets: the secrets of "
            "every namespace; take-node: node"
        ),
    ),
    "full in a": (
        lambda: leads(rule("*", "*", "*"), namespace="a"),
        (
            "exec: any pod of namespace a; impersonate-account: any service account of namespace a; "
            "read-secrets: secrets:a; take-node: node"
        ),
    ),
    "node": (
        lambda: leads(
            CREATE_PODS,
            namespace="b",
            start=two().add(node("m", "worker"), node("n", "control-plane"), node("k", "master")),
        ),
        (
            "mount-secrets: secrets:b; run-as: any service account of namespace b; take-node: node, "
            "root on a node of the control plane"
        ),
    ),
    "flux": (
        lambda: leads(
            rule("patch", "kustomizations", FLUX),
            start=two().add(operator("kustomize-controller", "a", "one")),
        ),
        (
            "flux: ServiceAccount/a:one, any service account of namespace a, any service account of "
            "namespace b"
        ),
    ),
    "flux no cross": (
        lambda: leads(
            rule("patch", "kustomizations", FLUX),
            start=two().add(operator("kustomize-controller", "a", "one", "--no-cross-namespace-refs=true")),
        ),
        "flux: ServiceAccount/a:one, any service account of namespace a",
    ),
    "flux no cross source": (
        lambda: leads(
            rule("patch", "kustomizations", FLUX),
            rule("create", "buckets", SOURCES),
            start=two().add(operator("kustomize-controller", "a", "one", "--no-cross-namespace-refs=true")),
        ),
        (
            "flux: ServiceAccount/a:one, any service account of namespace a, any service account of "
            "namespace b"
        ),
    ),
    "flux helm": (
        lambda: leads(
            rule("patch", "helmreleases", "helm.toolkit.fluxcd.io"),
            start=two().add(
                operator("kustomize-controller", "a", "one"),
                operator("helm-controller", "b", "three", "--default-service-account=x"),
            ),
        ),
        "flux: any service account of namespace a, any service account of namespace b",
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_each_permission_gives_exactly_its_steps(name: str) -> None:
    steps, expected = STEPS[name]
    assert steps() == expected
