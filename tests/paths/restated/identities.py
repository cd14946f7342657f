"""Techniques to become somebody else: impersonation, tokens, secrets and certificates."""

from collections.abc import Iterator

from tests.paths.restated.objects import MASTERS, Place
from tests.paths.restated.pods import may_redirect, token_of
from tests.paths.restated.powers import Holder

CLUSTER_ADMIN = ("cluster-admin", "", "")
KUBELET = ("kubelet", "", "")
CERTIFICATES = "certificates.k8s.io"
READ = "get list watch"


def full_control(holder: Holder) -> Iterator[Place]:
    """Every verb on every resource of every API group, granted by a ClusterRoleBinding."""
    if holder.may("any-verb", "any-resource", "any-group", "", "any-name"):
        yield CLUSTER_ADMIN


def impersonate_user(holder: Holder) -> Iterator[Place]:
    """Impersonate on users, granted by a ClusterRoleBinding."""
    named = {("User", "", name) for name in holder.names("impersonate", "users")}
    for kind, _, name in holder.cluster.bound | named:
        if kind == "User" and holder.may("impersonate", "users", name=name):
            yield ("User", "", name)


def impersonate_group(holder: Holder) -> Iterator[Place]:
    """Impersonate on groups, granted by a ClusterRoleBinding, and on some user or service account."""
    cluster = holder.cluster
    if not holder.may_some("impersonate", "users") and not any(
        holder.may_some("impersonate", "serviceaccounts", "", namespace) for namespace in cluster.namespaces
    ):
        return
    if holder.may("impersonate", "groups", name=MASTERS):
        yield CLUSTER_ADMIN
    for kind, _, name in cluster.bound | {
        ("Group", "", name) for name in holder.names("impersonate", "groups")
    }:
        if kind == "Group" and holder.may("impersonate", "groups", name=name):
            yield ("Group", "", name)


def impersonate_account(holder: Holder) -> Iterator[Place]:
    """Impersonate on serviceaccounts in the namespace of the service account."""
    for namespace, name in holder.cluster.accounts:
        if holder.may("impersonate", "serviceaccounts", "", namespace, name):
            yield ("ServiceAccount", namespace, name)


def request_token(holder: Holder) -> Iterator[Place]:
    """Create on serviceaccounts/token in the namespace of the service account."""
    for namespace, name in holder.cluster.existing:
        if holder.may("create", "serviceaccounts/token", "", namespace, name):
            yield ("ServiceAccount", namespace, name)


def read_secrets(holder: Holder) -> Iterator[Place]:
    """get, list or watch on secrets: on all of a namespace, or on one that holds a token."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        if holder.may(READ, "secrets", "", namespace):
            yield ("secrets", namespace, "")
        for name in holder.names(READ, "secrets", "", namespace):
            yield from token_of(cluster, namespace, name)


def issue_token(holder: Holder) -> Iterator[Place]:
    """Create on secrets, and get, list or watch on one that it may create, in the same namespace."""
    for namespace, name in holder.cluster.existing:
        if (
            holder.may("create", "secrets", "", namespace) and holder.may_some(READ, "secrets", "", namespace)
        ) or any(
            holder.may(READ, "secrets", "", namespace, secret)
            for secret in holder.applied("secrets", "", namespace)
        ):
            yield ("ServiceAccount", namespace, name)


def redirect_token(holder: Holder) -> Iterator[Place]:
    """Changes the annotation of a secret with a token, removes the token, and reads the new one.

    Before 1.24 every account has such a secret, of a name that nobody knows.
    """
    cluster = holder.cluster
    for namespace, name in cluster.existing:
        unknown = {"token-of-some-account"} if cluster.version < (1, 24) else set()
        for secret in unknown | {each for each in cluster.names if may_redirect(cluster, namespace, each)}:
            if holder.may("update patch", "secrets", "", namespace, secret) and holder.may(
                READ, "secrets", "", namespace, secret
            ):
                yield ("ServiceAccount", namespace, name)


def may_approve(holder: Holder, *signers: str) -> bool:
    """Whether it may create a request and approve it; from 1.18 on also for one of some signers.

    The signers of a domain are granted together by a name that ends in `/*`.
    """
    requests, approval = "certificatesigningrequests", "certificatesigningrequests/approval"
    return (
        (
            holder.may("create", requests, CERTIFICATES)
            and holder.may_some("update patch", approval, CERTIFICATES)
        )
        or any(
            holder.may("update patch", approval, CERTIFICATES, "", name)
            for name in holder.applied(requests, CERTIFICATES)
        )
    ) and (
        holder.cluster.version < (1, 18)
        or any(holder.may("approve", "signers", CERTIFICATES, "", signer) for signer in signers)
    )


def approve_certificate(holder: Holder) -> Iterator[Place]:
    """Gets the certificate of any user, service account or group; before 1.18 also of system:masters."""
    cluster = holder.cluster
    if may_approve(holder, "kubernetes.io/kube-apiserver-client", "kubernetes.io/*"):
        if cluster.version < (1, 18):
            yield CLUSTER_ADMIN
        yield from cluster.bound
        yield from (("ServiceAccount", namespace, name) for namespace, name in cluster.accounts)


def approve_node_certificate(holder: Holder) -> Iterator[Place]:
    """From 1.18 on: gets the certificate of any node."""
    signers = ("kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/*")
    if holder.cluster.version >= (1, 18) and may_approve(holder, *signers):
        yield KUBELET


def node_certificate(holder: Holder) -> Iterator[Place]:
    """Create on certificatesigningrequests and on certificatesigningrequests/nodeclient."""
    if holder.may_create("certificatesigningrequests", CERTIFICATES) and holder.may(
        "create", "certificatesigningrequests/nodeclient", CERTIFICATES
    ):
        yield KUBELET
