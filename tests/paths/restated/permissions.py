"""The permissions of random clusters: what each technique needs, and the names to which rules are limited."""

from typing import Any

JSON = dict[str, Any]
Permission = tuple[str, str, str]
"""Verbs, a resource and an API group."""

RBAC = "rbac.authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
OPENSHIFT = "security.openshift.io"
CREATE_PODS = ("create", "pods", "")
CHANGE_DEPLOYMENTS = ("patch", "deployments", "apps")
REQUEST = ("create", "certificatesigningrequests", CERTIFICATES)
APPROVAL = ("update", "certificatesigningrequests/approval", CERTIFICATES)
APPROVE = ("approve", "signers", CERTIFICATES)
IMPERSONATE_ACCOUNT = ("impersonate", "serviceaccounts", "")
BIND_CLUSTER_ROLE = ("bind", "clusterroles", RBAC)

NEEDS: tuple[tuple[Permission, ...], ...] = (
    (("*", "*", "*"),),
    (("impersonate", "users", ""),),
    (("impersonate", "groups", ""), IMPERSONATE_ACCOUNT),
    (("impersonate", "groups", ""), ("impersonate", "users", "")),
    (IMPERSONATE_ACCOUNT,),
    (("create", "serviceaccounts/token", ""),),
    (("get", "secrets", ""),),
    (("create", "secrets", ""), ("list", "secrets", "")),
    (("create get", "secrets", ""),),
    (("update", "secrets", ""), ("get", "secrets", "")),
    (("patch get", "secrets", ""),),
    (BIND_CLUSTER_ROLE, ("create", "clusterrolebindings", RBAC)),
    (BIND_CLUSTER_ROLE, ("patch", "clusterrolebindings", RBAC)),
    (BIND_CLUSTER_ROLE, ("create", "rolebindings", RBAC)),
    (("bind", "roles", RBAC), ("create patch", "rolebindings", RBAC)),
    (("escalate", "clusterroles", RBAC), ("patch", "clusterroles", RBAC)),
    (("escalate", "roles", RBAC), ("update", "roles", RBAC)),
    (("escalate create bind", "roles", RBAC), ("create", "rolebindings", RBAC)),
    (("escalate create patch bind", "roles", RBAC), ("create", "rolebindings", RBAC)),
    (("escalate create", "roles", RBAC), ("bind", "roles", RBAC), ("create", "rolebindings", RBAC)),
    (("escalate create", "clusterroles", RBAC), BIND_CLUSTER_ROLE, ("create", "rolebindings", RBAC)),
    (("escalate create", "clusterroles", RBAC), BIND_CLUSTER_ROLE, ("create", "clusterrolebindings", RBAC)),
    (CREATE_PODS,),
    (CREATE_PODS, ("create", "persistentvolumeclaims", "")),
    (("create patch", "persistentvolumeclaims", ""), CHANGE_DEPLOYMENTS),
    (("create patch", "pods", ""),),
    (("create patch", "secrets", ""), ("get", "secrets", "")),
    (("create patch", "workflows", "argoproj.io"),),
    (("create", "serviceaccounts", ""), CREATE_PODS),
    (("create patch", "serviceaccounts", ""), ("create", "serviceaccounts/token", "")),
    (("create patch", "persistentvolumes", ""), ("create patch", "pods", "")),
    (("create", "secrets", ""), ("patch", "secrets", ""), ("get", "secrets", "")),
    (("create", "pods", ""), ("patch", "pods", "")),
    (("create", "workflows", "argoproj.io"), ("patch", "workflows", "argoproj.io")),
    (("create", "persistentvolumes", ""), ("patch", "persistentvolumes", ""), CREATE_PODS),
    (("create", "serviceaccounts", ""), ("patch", "serviceaccounts", ""), CREATE_PODS),
    (CREATE_PODS, ("use", "podsecuritypolicies", "policy")),
    (CHANGE_DEPLOYMENTS,),
    (("create", "workflows", "argoproj.io"),),
    (("update", "rollouts", "argoproj.io"),),
    (("patch", "namespaces", ""), CREATE_PODS),
    (("patch", "namespaces", ""), CHANGE_DEPLOYMENTS),
    (("create", "persistentvolumes", ""), ("create", "persistentvolumeclaims", ""), CREATE_PODS),
    (("create", "persistentvolumes", ""), ("create", "persistentvolumeclaims", ""), CHANGE_DEPLOYMENTS),
    (("create", "persistentvolumes", ""), ("create", "statefulsets", "apps")),
    (("patch", "podsecuritypolicies", "policy"), ("use", "podsecuritypolicies", "policy"), CREATE_PODS),
    (
        ("patch", "podsecuritypolicies", "policy"),
        ("use", "podsecuritypolicies", "policy"),
        CHANGE_DEPLOYMENTS,
    ),
    (("use", "securitycontextconstraints", OPENSHIFT), CREATE_PODS),
    (("patch", "securitycontextconstraints", OPENSHIFT), CREATE_PODS),
    (("create patch", "securitycontextconstraints", OPENSHIFT), CHANGE_DEPLOYMENTS),
    (("use", "podsecuritypolicies", "policy"),),
    (("use", "podsecuritypolicies", "extensions"),),
    (("create", "pods/exec", ""),),
    (("get", "pods/attach", ""),),
    (("patch", "pods/ephemeralcontainers", ""),),
    (("patch", "pods/ephemeralcontainers", ""), ("create patch", "pods", "")),
    (("patch", "pods/ephemeralcontainers", ""), CHANGE_DEPLOYMENTS),
    (("patch", "pods", ""),),
    (("get", "nodes/proxy", ""),),
    (BIND_CLUSTER_ROLE, ("create", "rolebindings", RBAC), ("escalate patch", "clusterroles", RBAC)),
    (BIND_CLUSTER_ROLE, ("patch", "clusterrolebindings", RBAC), ("escalate patch", "clusterroles", RBAC)),
    (REQUEST, APPROVAL, APPROVE),
    (REQUEST, APPROVAL, APPROVE),
    (("create patch", "certificatesigningrequests", CERTIFICATES), APPROVAL, APPROVE),
    (REQUEST, ("patch", "certificatesigningrequests", CERTIFICATES), APPROVAL, APPROVE),
    (REQUEST, ("create", "certificatesigningrequests/nodeclient", CERTIFICATES)),
    (("patch", "mutatingwebhookconfigurations", ADMISSION),),
    (("create", "validatingwebhookconfigurations", ADMISSION),),
    (("update", "validatingwebhookconfigurations", ADMISSION),),
    (
        ("create", "kustomizations", "kustomize.toolkit.fluxcd.io"),
        ("patch", "buckets", "source.toolkit.fluxcd.io"),
    ),
    (("update", "helmreleases", "helm.toolkit.fluxcd.io"),),
    (("patch", "kustomizations", "kustomize.toolkit.fluxcd.io"),),
    (("create", "applications", "argoproj.io"),),
    (("patch", "applications", "argoproj.io"),),
)
"""For each technique, what it needs; some in two ways."""

NAMES = {
    "users": ("bob", "nobody"),
    "groups": ("admins", "devs", "system:masters", "system:serviceaccounts:a"),
    "serviceaccounts": ("strong", "x", "ghost"),
    "serviceaccounts/token": ("strong", "x", "ghost"),
    "secrets": ("t", "u"),
    "clusterroles": ("r0", "r1", "r2", "r3", "new", "new"),
    "roles": ("r0", "r1", "r2", "r3", "new", "new"),
    "clusterrolebindings": ("b0", "b1", "b2", "b3"),
    "rolebindings": ("b0", "b1", "b2", "b3"),
    "pods": ("web", "web-1", "other"),
    "pods/exec": ("web", "web-1", "other"),
    "pods/attach": ("web", "web-1", "other"),
    "pods/ephemeralcontainers": ("web", "web-1", "other"),
    "nodes/proxy": ("n0", "n1", "n2"),
    "namespaces": ("a", "b"),
    "certificatesigningrequests": ("x", "y"),
    "certificatesigningrequests/approval": ("x", "y"),
    "signers": (
        "kubernetes.io/kube-apiserver-client",
        "kubernetes.io/kube-apiserver-client-kubelet",
        "kubernetes.io/*",
        "example.com/x",
    ),
    "securitycontextconstraints": ("privileged", "powerful", "harmless", "new"),
    "podsecuritypolicies": ("privileged", "folders", "tokens", "nothing"),
}
"""The names to which rules about a resource are limited; for all others `x`."""
