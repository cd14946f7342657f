"""Tests paths through operators, certificates, secrets and folders of nodes, and near misses."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.paths import parse_place
from rbacpsp.testing import pod, rule
from tests.paths.around import (
    CLIENT_SIGNER,
    SOURCES,
    argo,
    flux,
    host_path,
    irsa,
    namespaced,
    node,
    on_node,
    request,
)
from tests.paths.clusters import EVE, Case, base, holds, way

EXEC = rule("create", "pods/exec")
SOURCE = rule("create", "gitrepositories", SOURCES)
NO_CROSS = "--no-cross-namespace-refs=true"


@pytest.mark.parametrize(
    ("case", "is_open"),
    [
        (flux(), True),
        (flux("--default-service-account", "weak"), False),
        (flux(NO_CROSS), False),
        (flux(NO_CROSS, rules=(SOURCE,)), True),
        (flux("--no-cross-namespace-refs=false"), True),
        (flux("--watch-all-namespaces=false"), False),
        (flux(group="example.com"), False),
    ],
)
def test_flux_acts_as_its_flags_say(case: Case, *, is_open: bool) -> None:
    assert (way(case) is not None) == is_open


def project(*namespaces: str, server: str = "https://kubernetes.default.svc", **spec: Any) -> dict[str, Any]:
    """A project whose Applications write into some namespaces."""
    destinations = [{"server": server, "namespace": namespace} for namespace in namespaces]
    return {"sourceRepos": ["*"], "destinations": destinations, **spec}


EVERYWHERE = [{"group": "*", "kind": "*"}]
SERVER = "https://kubernetes.default.svc"
HERE = {"server": SERVER, "namespace": "*"}
CLUSTER_ROLE_BINDINGS = {"group": "rbac.authorization.k8s.io", "kind": "ClusterRoleBinding"}


@pytest.mark.parametrize(
    ("case", "is_open"),
    [
        (argo("a"), True),
        (argo("a", project=project("*")), True),
        (argo("a", project=project("b", clusterResourceWhitelist=EVERYWHERE)), True),
        (argo("a", project=project("b")), False),
        (argo("a", project=project("a")), True),
        (argo("a", project=project("*", server="https://elsewhere")), False),
        (argo("a", project={}), False),
        (argo("a", project=project("*", destinations=[HERE, {**HERE, "namespace": "!b"}])), True),
        (argo("a", project=project("*", destinations=[HERE, {**HERE, "namespace": "!a"}])), False),
        (argo("a", project=project("*", destinations=[{**HERE, "namespace": "!a"}, HERE])), False),
        (argo("a", project=project("!a")), False),
        (argo("a", project=project("!b")), True),
        (
            argo("a", project=project("*", destinations=[HERE, {**HERE, "server": f"!{SERVER}"}])),
            False,
        ),
        (
            argo("a", project=project("*", destinations=[HERE, {"server": f"!{SERVER}", "namespace": "b"}])),
            True,
        ),
        (argo("a", project=project("*", destinations=[HERE, {"name": "!in-cluster"}])), False),
        (argo("a", project=project("*", destinations=[HERE, {"name": "!elsewhere"}])), True),
        (argo("a", project=project("a", server="!https://elsewhere")), True),
        (argo("a", project=project("a", server="https://kubernetes.*")), True),
        (argo("a", project=project("{x,a}")), True),
        (argo("a", project=project("{x,y}")), False),
        (
            argo(
                "a",
                project=project(
                    "b", clusterResourceWhitelist=EVERYWHERE, clusterResourceBlacklist=[CLUSTER_ROLE_BINDINGS]
                ),
            ),
            False,
        ),
        (
            argo(
                "a",
                project=project(
                    "b",
                    clusterResourceWhitelist=EVERYWHERE,
                    clusterResourceBlacklist=[{**CLUSTER_ROLE_BINDINGS, "name": "cluster-admin"}],
                ),
            ),
            True,
        ),
        (
            argo("a", project=project("!b", clusterResourceWhitelist=EVERYWHERE)),
            True,
        ),
        (argo("b"), False),
        (argo("b", "--application-namespaces=b", project=project("*", sourceNamespaces=["/^b$/"])), True),
        (argo("b", "--application-namespaces=b", project=project("*", sourceNamespaces=["/^a$/"])), False),
        (argo("b", "--application-namespaces=/b|c/", project=project("*", sourceNamespaces=["b"])), True),
        (argo("b", "--application-namespaces=/c/", project=project("*", sourceNamespaces=["b"])), False),
        (argo("b", "--application-namespaces=b"), False),
        (argo("b", "--application-namespaces=b", project=project("*", sourceNamespaces=["b"])), True),
        (argo("b", "--application-namespaces=c", project=project("*", sourceNamespaces=["b"])), False),
    ],
)
def test_argo_cd_does_what_a_project_allows(case: Case, *, is_open: bool) -> None:
    assert (way(case) is not None) == is_open


@pytest.mark.parametrize(
    ("case", "is_open"),
    [
        (request(CLIENT_SIGNER, "Approved"), True),
        (request(CLIENT_SIGNER), False),
        (request(CLIENT_SIGNER, "Denied"), False),
        (request("kubernetes.io/kubelet-serving", "Approved"), False),
        (request(CLIENT_SIGNER, "Approved", requester="other"), False),
    ],
)
def test_a_certificate_counts_only_if_it_was_issued_for_clients(case: Case, *, is_open: bool) -> None:
    assert (way(case) is not None) == is_open


def enters(*objects: dict[str, Any], goal: str) -> Case:
    """Runs commands in the pods of namespace b."""
    return holds(goal, EXEC, namespace="b", start=namespaced().namespace("b").add(*objects), version="1.30")


def claimed(path: str, source: str = "hostPath", claim: str = "data", **mount: Any) -> list[dict[str, Any]]:
    """A pod with a claim, and a volume that is bound to a claim of that name."""
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "pv"},
        "spec": {source: {"path": path}, "claimRef": {"namespace": "b", "name": claim}},
    }
    mounts = {"volumeMounts": [{"name": "v", "mountPath": "/v", **mount}]}
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    return [volume, pod("db", namespace="b", container=mounts, volumes=volumes)]


def with_capability(name: str, user: int = 0, **spec: Any) -> dict[str, Any]:
    """A pod whose container has a capability added, as some user."""
    context = {"runAsUser": user, "capabilities": {"add": [name]}}
    return pod("p", namespace="b", container={"securityContext": context}, **spec)


SHELL = {"runAsNonRoot": True, "runAsUser": 1000, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.parametrize(
    ("case", "is_open"),
    [
        (enters(host_path("/etc/kubernetes/pki"), goal="cluster-admin"), True),
        (enters(host_path("/etc"), node("n"), goal="cluster-admin"), False),
        (enters(host_path("/"), goal="cluster-admin"), False),
        (
            enters(host_path("/etc", nodeName="n"), node("n", "control-plane"), goal="cluster-admin"),
            True,
        ),
        (enters(host_path("/var/log/app"), goal="node"), False),
        (enters(host_path("/var/run/docker.sock"), goal="node"), True),
        (enters(host_path("/"), goal="node"), True),
        (enters(host_path("/mnt/data"), goal="node"), False),
        (enters(host_path("/", {"subPath": "data/app"}), goal="node"), False),
        (enters(host_path("/", {"subPath": "./data//app/"}), goal="node"), False),
        (enters(host_path("/", {"subPath": "data/app", "readOnly": False}), goal="node"), False),
        (enters(host_path("/", {"subPath": "var/lib/kubelet"}), goal="node"), True),
        (enters(host_path("/var", {"subPath": "run/docker.sock"}), goal="node"), True),
        (enters(host_path("/", {"subPath": "."}), goal="node"), True),
        (enters(host_path("/", {"subPath": ""}), goal="node"), True),
        (enters(host_path("/", {"subPath": "data/.."}), goal="node"), True),
        (enters(host_path("/", {"subPath": "/data"}), goal="node"), True),
        (enters(host_path("/", {"subPathExpr": "data/$(POD_NAME)"}), goal="node"), True),
        (enters(host_path("/", {"subPath": "data"}, {}), goal="node"), True),
        (enters(host_path("/var", {"subPath": "log"}, {"subPath": "tmp"}), goal="node"), False),
        (
            enters(host_path("/var", {"subPath": "log", "readOnly": False}, {"subPath": "log"}), goal="node"),
            True,
        ),
        (
            enters(
                host_path("/", {"subPath": "etc"}, nodeName="n"),
                node("n", "control-plane"),
                goal="cluster-admin",
            ),
            True,
        ),
        (
            enters(
                host_path("/", {"subPath": "data"}, nodeName="n"),
                node("n", "control-plane"),
                goal="cluster-admin",
            ),
            False,
        ),
        (enters(*claimed("/"), goal="node"), True),
        (enters(*claimed("/", subPath="data"), goal="node"), False),
        (enters(*claimed("/", subPath="usr/bin"), goal="node"), True),
        (enters(*claimed("/etc", "local"), goal="node"), True),
        (enters(*claimed("/mnt/disks/1", "local"), goal="node"), False),
        (enters(*claimed("/", claim="other"), goal="node"), False),
        (enters(pod("p", namespace="b", hostNetwork=True), goal="node"), False),
        (enters(pod("p", namespace="b", hostIPC=True), goal="node"), False),
        (enters(pod("p", namespace="b", hostPID=True), goal="node"), False),
        (enters(with_capability("SYS_PTRACE", hostPID=True), goal="node"), True),
        (enters(with_capability("SYS_PTRACE"), goal="node"), False),
        (enters(with_capability("CAP_BPF"), goal="node"), True),
        (enters(with_capability("SYS_ADMIN", user=1000), goal="node"), False),
        (
            enters(
                pod("p", namespace="b", hostNetwork=True, container={"securityContext": SHELL}), goal="node"
            ),
            False,
        ),
    ],
)
def test_a_pod_gives_control_of_its_node_by_its_settings(case: Case, *, is_open: bool) -> None:
    assert (way(case) is not None) == is_open


def token(account: str, **given: Any) -> dict[str, Any]:
    """A Secret that names an account of namespace a."""
    metadata = {"name": "t", "namespace": "a", "annotations": {"kubernetes.io/service-account.name": account}}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": metadata,
    } | given


@pytest.mark.parametrize(
    ("secret", "names", "is_open"),
    [
        (token("strong"), "", True),
        (token("strong"), "t", True),
        (token("strong"), "u", False),
        (token("nobody"), "", False),
        (token("strong", type="Opaque"), "", False),
    ],
)
def test_a_secret_is_a_token_by_its_annotation(secret: dict[str, Any], names: str, *, is_open: bool) -> None:
    start = base().add(secret)
    case = holds(
        "cluster-admin", rule("get", "secrets", names=names), namespace="a", start=start, version="1.30"
    )
    assert (way(case) is not None) == is_open


def test_the_data_of_a_secret_is_never_kept() -> None:
    cluster = Cluster.from_objects([token("strong", data={"token": "aGlkZGVu"})])
    (kept,) = cluster.objects.surroundings.values()
    assert kept.body == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": token("strong")["metadata"],
    }


def test_a_taint_keeps_no_pod_from_a_node_of_the_control_plane() -> None:
    result = way(on_node("master"))
    assert result is not None
    assert [step.target.words for step in result.steps] == [
        "root on a node of the control plane",
        "cluster-admin",
    ]
    assert "nodeName n and a toleration" in result.steps[0].because


def test_an_account_leads_to_its_identity_in_a_cloud() -> None:
    ways = irsa("arn:aws:iam::1:role/x").build().paths()
    result = ways.between(parse_place(EVE), parse_place("cloud:arn:aws:iam::1:role/x"))
    assert result is not None
    assert result.steps[-1].because == "annotation eks.amazonaws.com/role-arn"
