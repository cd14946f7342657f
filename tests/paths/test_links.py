"""Tests the steps that need no permission: their ends and their reasons."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.paths import parse_place
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.around import CLIENT_SIGNER, node, request
from tests.paths.clusters import EVE, LEVEL, base, template

READ_PODS = rule("get", "pods")
Links = set[tuple[str, str, str]]
"""The source and the target of each step, and why it is there."""


def links(family: str, builder: ClusterBuilder, version: str = "1.30") -> Links:
    """The steps of a family in the cluster of a builder."""
    return links_of(family, builder.build(kubernetes_version=version))


def links_of(family: str, cluster: Cluster) -> Links:
    """The steps of a family in a cluster."""
    graph = cluster.paths().graph
    return {
        (graph.places[edge.source].words, graph.places[edge.target].words, edge.cause.reason)
        for edge in graph.edges()
        if edge.technique is not None and edge.technique.name == family
    }


def bound(*subjects: str) -> ClusterBuilder:
    """Some subjects read pods."""
    return ClusterBuilder().role("r", READ_PODS).bind("r", *subjects)


def test_users_and_service_accounts_are_members_of_the_groups_that_the_server_adds() -> None:
    known = "every authenticated user is a member"
    start = bound(
        *(EVE, "User/system:anonymous", "User/zoe"),
        *("Group/devs", "Group/system:anonymous", "ServiceAccount/b:one"),
    ).service_account("b", "two")
    accounts = {
        (f"ServiceAccount/b:{name}", group, because)
        for name in ("one", "two")
        for group, because in (
            ("Group/system:serviceaccounts", ""),
            ("Group/system:serviceaccounts:b", ""),
            ("Group/system:authenticated", known),
        )
    }
    assert links("membership", start) == {
        *accounts,
        ("User/eve", "Group/system:authenticated", known),
        ("User/zoe", "Group/system:authenticated", known),
        ("User/system:anonymous", "Group/system:unauthenticated", ""),
        ("Group/devs", "Group/system:authenticated", "every member is one"),
        ("Group/system:anonymous", "Group/system:authenticated", "every member is one"),
    }


def test_a_group_is_in_the_groups_that_the_server_adds_to_each_of_its_members() -> None:
    groups = ("authenticated", "unauthenticated", "serviceaccounts", "serviceaccounts:b", "nodes")
    start = bound(*(f"Group/system:{group}" for group in groups))
    assert links("membership", start) == {
        (f"Group/system:{group}", f"Group/system:{other}", "every member is one")
        for group, other in (
            ("serviceaccounts", "authenticated"),
            ("serviceaccounts:b", "serviceaccounts"),
            ("serviceaccounts:b", "authenticated"),
            ("nodes", "authenticated"),
        )
    }


@pytest.mark.parametrize(
    ("kind", "titles"), [("PodTemplate", ()), ("ReplicationController", ("ReplicationController web",))]
)
def test_a_pod_template_does_not_run_by_itself(kind: str, titles: tuple[str, ...]) -> None:
    quiet = pod("quiet", namespace="b", serviceAccountName="one")
    start = bound(EVE).service_account("b", "one").service_account("b", "two")
    start.add(quiet, template(kind, serviceAccountName="two", hostPID=True))
    assert links("in-pod", start) == {
        ("any pod of namespace b", "ServiceAccount/b:one", "Pod quiet mounts its token"),
        *(
            ("any pod of namespace b", "ServiceAccount/b:two", f"{title} mounts its token")
            for title in titles
        ),
    }
    assert links("token-of-a-pod", start) == {
        ("the certificate of any node", "ServiceAccount/b:one", "the node of Pod quiet requests its token"),
        *(
            ("the certificate of any node", "ServiceAccount/b:two", f"the node of {title} requests its token")
            for title in titles
        ),
    }


def test_pod_templates_alone_tell_nothing_about_running_pods() -> None:
    start = bound(EVE).service_account("b", "one").add(template("PodTemplate"))
    assert links("in-pod", start) == {
        ("any pod of namespace b", "ServiceAccount/b:one", "no pods were loaded")
    }


def test_a_pool_leads_to_each_of_its_members() -> None:
    start = bound(EVE, "Group/devs", "ServiceAccount/b:one", "ServiceAccount/b:gone").namespace("a")
    start.service_account("b", "one").service_account("b", "two")
    assert links("one-of", start) == {
        ("any of the users", "User/eve", ""),
        ("any of the groups", "Group/devs", ""),
        ("any service account", "any service account of namespace b", ""),
        ("any service account of namespace b", "ServiceAccount/b:one", ""),
        ("any service account of namespace b", "ServiceAccount/b:two", ""),
        ("any pod", "any pod of namespace a", ""),
        ("any pod", "any pod of namespace b", ""),
        ("the secrets of every namespace", "secrets:a", ""),
        ("the secrets of every namespace", "secrets:b", ""),
    }


@pytest.mark.parametrize(("version", "every"), [("1.23", True), ("1.24", False)])
def test_secrets_hold_tokens_that_are_listed_and_before_1_24_those_of_all_accounts(
    version: str, *, every: bool
) -> None:
    start = ClusterBuilder().service_account("a", "bare")
    start.service_account("a", "kept", secrets=[{"name": "t"}]).service_account("b", "bare")
    of_bare = "its token is kept in a secret"
    assert links("stored-token", start, version) == {
        ("secrets:a", "ServiceAccount/a:kept", "secret t is its token"),
        *((f"secrets:{each}", f"ServiceAccount/{each}:bare", of_bare) for each in ("a", "b") if every),
    }


def privileged(name: str, **spec: Any) -> dict[str, Any]:
    """A privileged pod of namespace b without a token, which mounts the folder of the cluster's keys."""
    container = {
        "securityContext": {"privileged": True},
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
    volumes = [{"name": "v", "hostPath": {"path": "/etc/kubernetes/pki"}}]
    return pod(
        name,
        namespace="b",
        container=container,
        volumes=volumes,
        automountServiceAccountToken=False,
        **spec,
    )


TAKES = "has privileged container app, hostPath /etc/kubernetes/pki"
KEYS = "has the keys of the cluster: hostPath /etc/kubernetes/pki"


def test_a_pod_gives_access_to_its_node_and_the_keys_there() -> None:
    start = base().add(
        pod("plain", namespace="b", serviceAccountName="weak"),
        privileged("on-control-plane", nodeName="m"),
        privileged("on-worker", nodeName="n"),
        node("m", "control-plane"),
        node("n", "worker"),
    )
    pods = "any pod of namespace b"
    assert links("in-pod", start) == {
        (pods, "ServiceAccount/b:weak", "Pod plain mounts its token"),
        (pods, "node", f"Pod on-control-plane {TAKES}"),
        (pods, "node", f"Pod on-worker {TAKES}"),
        (pods, "root on a node of the control plane", f"Pod on-control-plane {TAKES} on node m"),
        (pods, "cluster-admin", f"Pod on-control-plane {KEYS}"),
    }


STATIC = {"ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "m", "uid": "1"}]}


@pytest.mark.parametrize(
    ("spec", "meta", "names", "level", "is_reached"),
    [
        ({"nodeName": "m"}, {}, "", "privileged", True),
        ({"nodeName": "m"}, {}, "web", "privileged", True),
        ({"nodeName": "m"}, {}, "other", "privileged", False),
        ({"nodeName": "n"}, {}, "", "privileged", False),
        ({"nodeName": "m"}, {}, "", "baseline", False),
        ({"nodeName": "m"}, STATIC, "", "privileged", False),
        ({"nodeName": "m"}, {"annotations": {"kubernetes.io/config.mirror": "1"}}, "", "privileged", False),
        ({}, {}, "", "privileged", False),
    ],
)
def test_a_container_in_a_pod_of_the_control_plane_takes_over_that_node(
    spec: dict[str, Any], meta: dict[str, Any], names: str, level: str, *, is_reached: bool
) -> None:
    web = pod("web", namespace="b", automountServiceAccountToken=False, **spec)
    web["metadata"] |= meta
    start = ClusterBuilder().namespace("a", {LEVEL: "privileged"}).namespace("b", {LEVEL: level})
    start.add(web, pod("other", namespace="b"), node("m", "control-plane"), node("n", "worker"))
    start.role("r", rule("patch", "pods/ephemeralcontainers", names=names)).bind("r", EVE)
    where = "a privileged container in Pod web of namespace b, on node m"
    reached = ("ClusterRole/r", "root on a node of the control plane", where)
    assert (reached in links("ephemeral-root", start)) == is_reached
    path = (
        start.build(kubernetes_version="1.30").paths().between(parse_place(EVE), parse_place("cluster-admin"))
    )
    assert (path is not None) == is_reached


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        ("m", {"Pod on-m": "runs on node m", "Deployment unknown": "may run on node m"}),
        (
            "n",
            {
                "Pod on-n": "runs on node n",
                "Deployment known": "runs on node n",
                "Deployment unknown": "may run on node n",
            },
        ),
        ("absent", {}),
    ],
)
def test_the_kubelets_of_named_nodes_give_access_to_their_pods(names: str, titles: dict[str, str]) -> None:
    start = ClusterBuilder().namespace("b").add(node("m", "control-plane"), node("n"))
    owned = pod("known-1", namespace="b", nodeName="n")
    owned["metadata"]["ownerReferences"] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "known", "uid": "1"}
    ]
    start.add(pod("on-m", namespace="b", nodeName="m"), pod("on-n", namespace="b", nodeName="n"), owned)
    spec = {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}
    for name in ("known", "unknown"):
        metadata = {"name": name, "namespace": "b"}
        start.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    start.role("r", rule("get", "nodes/proxy", names=names)).bind("r", EVE)
    assert links("kubelet", start) == {
        ("ClusterRole/r", f"{title} of namespace b", f"it {where}") for title, where in titles.items()
    }


@pytest.mark.parametrize(("names", "is_reached"), [("m", True), ("n", False), ("", True)])
@pytest.mark.parametrize("rule_words", ["nodes/proxy", "*/proxy"])
def test_the_kubelet_of_a_named_node_gives_what_its_pods_have(
    names: str, rule_words: str, *, is_reached: bool
) -> None:
    start = base().add(pod("boss", namespace="a", serviceAccountName="strong", nodeName="m"))
    start.add(pod("web", namespace="b", serviceAccountName="weak", nodeName="n"))
    start.role("r", rule("get", rule_words, names=names)).bind("r", EVE)
    paths = start.build(kubernetes_version="1.30").paths()
    assert (paths.between(parse_place(EVE), parse_place("cluster-admin")) is not None) == is_reached


def test_the_kubelet_of_a_named_node_gives_access_to_all_pods_where_none_was_loaded() -> None:
    start = base().role("r", rule("get", "nodes/proxy", names="m")).bind("r", EVE)
    assert links("kubelet", start) == {("ClusterRole/r", "any pod", "")}


@pytest.mark.parametrize(
    ("family", "change"),
    [("ephemeral-container", "pods/ephemeralcontainers"), ("replace-image", "pods")],
)
def test_a_static_pod_does_not_change(family: str, change: str) -> None:
    static = pod("static", namespace="b", nodeName="m")
    static["metadata"] |= STATIC
    start = ClusterBuilder().namespace("b").add(static, pod("web", namespace="b"))
    start.role("r", rule("patch", change, names="static web")).bind("r", EVE)
    assert links(family, start) == {("ClusterRole/r", "Pod web of namespace b", "")}


def test_a_pod_with_the_keys_of_the_cluster_counts_where_no_node_was_loaded() -> None:
    pods = "any pod of namespace b"
    around = (
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": "aws-auth", "namespace": "kube-system"}}
        for kind in ("ConfigMap", "PersistentVolumeClaim")
    )
    assert links("in-pod", base().add(privileged("p"), *around)) == {
        (pods, "node", f"Pod p {TAKES}"),
        (pods, "cluster-admin", f"Pod p {KEYS}"),
    }


def test_without_pods_every_account_counts_that_kubernetes_does_not_create() -> None:
    start = bound("ServiceAccount/kube-system:replicaset-controller", "ServiceAccount/kube-system:own")
    start.service_account("b", "one").service_account("b", "two")
    assert links("in-pod", start) == {
        (f"any pod of namespace {namespace}", f"ServiceAccount/{namespace}:{name}", "no pods were loaded")
        for namespace, name in (("b", "one"), ("b", "two"), ("kube-system", "own"))
    }


def test_a_node_requests_the_tokens_of_its_pods_and_reads_those_in_their_secrets() -> None:
    start = ClusterBuilder()
    for account, secret in (("first", "t1"), ("middle", "t2"), ("other", "t3")):
        start.service_account("a", account, secrets=[{"name": secret}])
    secrets = ("t1", "t2", "t3")
    mounts = [{"name": secret, "mountPath": f"/{secret}"} for secret in secrets]
    volumes = [{"name": secret, "secret": {"secretName": secret}} for secret in secrets]
    start.add(
        pod(
            "web",
            namespace="a",
            container={"volumeMounts": mounts},
            volumes=volumes,
            serviceAccountName="middle",
        )
    )
    any_node = "the certificate of any node"
    reads = "the node reads the secrets of its pods: Pod web mounts secret"
    assert links("token-of-a-pod", start) == {
        (any_node, "ServiceAccount/a:middle", "the node of Pod web requests its token"),
        (any_node, "ServiceAccount/a:first", f"{reads} t1, which is its token"),
        (any_node, "ServiceAccount/a:other", f"{reads} t3, which is its token"),
    }


def test_an_annotation_of_any_cloud_makes_an_account_an_identity_there() -> None:
    start = ClusterBuilder().service_account("a", "none")
    for name, annotations in (
        ("other", {"example.com/owner": "me"}),
        ("two", {"iam.gke.io/gcp-service-account": "g", "azure.workload.identity/client-id": "z"}),
        ("one", {"eks.amazonaws.com/role-arn": "arn"}),
    ):
        metadata = {"name": name, "namespace": "a", "annotations": annotations}
        start.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    assert links("cloud-identity", start) == {
        ("ServiceAccount/a:one", "cloud:arn", "annotation eks.amazonaws.com/role-arn"),
        ("ServiceAccount/a:two", "cloud:g", "annotation iam.gke.io/gcp-service-account"),
        ("ServiceAccount/a:two", "cloud:z", "annotation azure.workload.identity/client-id"),
    }


def test_aws_auth_maps_identities_to_users_and_groups() -> None:
    roles = """
- {rolearn: session, username: "system:node:{{EC2PrivateDNSName}}", groups: [nodes, more]}
- {rolearn: fixed, username: ops, groups: [devs]}
- {rolearn: account, username: "system:serviceaccount:a:x", groups: []}
"""
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": roles},
    }
    maps = "kube-system/aws-auth maps it"
    assert links("aws-auth", ClusterBuilder().add(config_map)) == {
        ("cloud:session", "Group/nodes", maps),
        ("cloud:session", "Group/more", maps),
        ("cloud:fixed", "User/ops", maps),
        ("cloud:fixed", "Group/devs", maps),
        ("cloud:account", "ServiceAccount/a:x", maps),
        *((f"cloud:{name}", "Group/system:authenticated", maps) for name in ("session", "fixed", "account")),
    }


@pytest.mark.parametrize(("requester", "users"), [("eve", True), ("zoe", True), ("eve-cert", False)])
def test_a_certificate_makes_its_requester_another_user_and_a_member_of_its_groups(
    requester: str, *, users: bool
) -> None:
    build, _ = request(CLIENT_SIGNER, "Approved", requester=requester)
    because = "CertificateSigningRequest csr was approved for it"
    user = {(f"User/{requester}", "User/eve-cert", because)} if users else set()
    assert links_of("issued-certificate", build()) == {
        *user,
        (f"User/{requester}", "Group/admins", because),
    }


def test_a_certificate_of_an_unknown_requester_gives_no_edge() -> None:
    build, _ = request(CLIENT_SIGNER, "Approved", requester="")
    assert links_of("issued-certificate", build()) == set()


def test_full_control_leads_everywhere_and_system_masters_have_it() -> None:
    masters = (
        "Group/system:masters",
        "cluster-admin",
        "system:masters is allowed everything before RBAC is asked",
    )
    pools = ("any of the users", "any of the groups", "any service account", "any pod")
    nodes = ("root on a node of the control plane", "node", "the certificate of any node")
    assert links("masters", ClusterBuilder()) == {
        masters,
        *(
            ("cluster-admin", place, "full control")
            for place in (*pools, *nodes, "the secrets of every namespace")
        ),
    }
