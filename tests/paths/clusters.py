"""Clusters in which User/eve holds some permissions, with the expected paths."""

from collections.abc import Callable
from typing import Any

from rbacpsp import Cluster
from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.path import Path
from rbacpsp.testing import ClusterBuilder, pod, rule

RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"
EVE = "User/eve"
LEVEL = "pod-security.kubernetes.io/enforce"

Case = tuple[Callable[[], Cluster], str]


def base() -> ClusterBuilder:
    """Two namespaces, each with a service account; `strong` of namespace a holds full control."""
    return (
        ClusterBuilder()
        .namespace("a")
        .namespace("b")
        .service_account("a", "strong")
        .service_account("b", "weak")
        .role("cluster-admin", rule("*", "*", "*"))
        .bind("cluster-admin", "ServiceAccount/a:strong", "Group/admins")
    )


def holds(
    goal: str,
    *rules: dict[str, list[str]],
    namespace: str = "",
    start: ClusterBuilder | None = None,
    version: str = "1.24",
) -> Case:
    def build() -> Cluster:
        builder = (start or base()).role("r", *rules)
        builder.bind("r", EVE, namespace=namespace, kind="ClusterRole", name="eve")
        return builder.build(kubernetes_version=version)

    return build, goal


def labelled(level: str) -> ClusterBuilder:
    return ClusterBuilder().namespace("a", {LEVEL: level}).service_account("a", "x")


def with_policy(*users: str, **spec: Any) -> ClusterBuilder:
    return base().policy("p", **spec).may_use("p", *users)


def constraints(name: str, **fields: Any) -> dict[str, Any]:
    """Security context constraints; by default they allow nothing dangerous, and only `projected` volumes."""
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": name},
        "runAsUser": {"type": "MustRunAsRange"},
        "seLinuxContext": {"type": "MustRunAs"},
        "volumes": ["projected"],
        **fields,
    }


def on_openshift(*more: dict[str, Any]) -> ClusterBuilder:
    """A cluster in which everybody may use harmless constraints, with optional others."""
    result = ClusterBuilder().namespace("b").service_account("b", "weak")
    return result.add(constraints("restricted-v2", **RESTRICTED_CONSTRAINTS), *more)


def role_of_namespace(*rules: dict[str, list[str]]) -> Case:
    def build() -> Cluster:
        return base().role("own", *rules, namespace="a").bind("own", EVE, namespace="a").build()

    return build, "ServiceAccount/a:strong"


def stored_token(listed: bool) -> Case:
    def build() -> Cluster:
        secrets = [{"name": "t"}] if listed else []
        builder = base().service_account("b", "kept", secrets=secrets)
        return builder.role("r", rule("get", "secrets")).bind("r", EVE).build(kubernetes_version="1.30")

    return build, "ServiceAccount/b:kept"


def with_token(**fields: Any) -> ClusterBuilder:
    """In namespace a, a secret with a token of an account that holds nothing."""
    annotations = {"kubernetes.io/service-account.name": "plain"}
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "token", "namespace": "a", "annotations": annotations},
        **fields,
    }
    return base().service_account("a", "plain").add(secret)


def in_pod(**spec: Any) -> Case:
    def build() -> Cluster:
        builder = base().add(pod("web", namespace="b", serviceAccountName="weak", **spec))
        return builder.role("r", rule("create", "pods/exec")).bind("r", EVE).build()

    return build, "ServiceAccount/b:weak"


def template(kind: str, namespace: str = "b", **fields: Any) -> dict[str, Any]:
    """A PodTemplate or a ReplicationController, with a pod template."""
    labels = {"metadata": {"labels": {"app": "web"}}}
    body = {**labels, "spec": {"containers": [{"name": "main", "image": "web"}], **fields}}
    spec = {"template": body} if kind == "PodTemplate" else {"spec": {"template": body}}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web", "namespace": namespace}, **spec}


NODE_POD: dict[str, Any] = {"volumes": ["*"], "privileged": True}
RESTRICTED_CONSTRAINTS: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "groups": ["system:authenticated"],
}
NODE_POD_CONSTRAINTS: dict[str, Any] = {
    "allowPrivilegedContainer": True,
    "runAsUser": {"type": "RunAsAny"},
}
NO_NODE: dict[str, Any] = {"volumes": ["projected"]}
CSR = rule("create", "certificatesigningrequests", CERTIFICATES)
APPROVAL = rule("update", "certificatesigningrequests/approval", CERTIFICATES)
CHANGE_POLICY = rule("patch", "podsecuritypolicies", "policy")
CREATE_PODS = rule("create", "pods")


def way(case: Case) -> Path | None:
    build, goal = case
    cluster = build()
    paths = Paths(cluster.objects, cluster.authorizer, version=cluster._stated_version)
    return paths.between(parse_place(EVE), parse_place(goal))
