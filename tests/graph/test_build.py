"""Tests the nodes and edges of the graph of a cluster."""

import networkx as nx
import pytest

from rbacpsp import Cluster
from rbacpsp.graph import (
    Graph,
    around,
    from_nodes,
    of_namespace,
    toward_policy,
    ways,
    who_reaches,
    workloads_reaching,
)
from rbacpsp.testing import ClusterBuilder, deployment, pod

USE_ALL = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
READ = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


@pytest.fixture
def graph() -> Graph:
    return (
        ClusterBuilder()
        .namespace("a")
        .namespace("b")
        .service_account("a", "web")
        .policy("loose")
        .policy("tight")
        .may_use("tight", "Group/system:authenticated")
        .may_use("loose", "ServiceAccount/a:web", "User/alice", namespace="a")
        .may_use("gone", "User/bob", namespace="b")
        .role("everything", USE_ALL)
        .bind("everything", "User/root")
        .role("reader", READ, namespace="b")
        .bind("reader", "User/carol", namespace="b")
        .bind("lost", "User/dave", namespace="b")
        .add(
            deployment("shop", namespace="a", serviceAccountName="web"),
            deployment("blog", namespace="b"),
            pod("bare", namespace="a"),
        )
        .build()
        .graph()
    )


def test_every_node_and_edge_has_the_documented_attributes(graph: Graph) -> None:
    assert isinstance(graph, nx.MultiDiGraph)
    for _, data in graph.nodes(data=True):
        assert {"kind", "category", "name", "namespace", "loaded"} <= data.keys()
    for _, _, key, data in graph.edges(keys=True, data=True):
        assert data["relation"] == key


def test_a_path_from_a_subject_to_the_policy_crosses_one_binding(graph: Graph) -> None:
    assert ways(graph, "User:alice", "loose") == [
        (
            "User:alice",
            "RoleBinding:a/psp:loose",
            "Role:a/psp:loose",
            "Rule:0:Role:a/psp:loose",
            "PodSecurityPolicy:loose",
        )
    ]
    assert graph.nodes["RoleBinding:a/psp:loose"]["scope"] == "a"
    assert nx.has_path(graph, "User:alice", "PodSecurityPolicy:loose")


def test_subjects_that_reach_a_policy_are_listed_with_namespaces(graph: Graph) -> None:
    assert who_reaches(graph, "loose") == {
        "Group:system:masters": ("",),
        "ServiceAccount:a/web": ("a",),
        "User:alice": ("a",),
        "User:root": ("",),
    }
    assert list(who_reaches(graph, "loose", "b")) == ["Group:system:masters", "User:root"]
    assert "User:dave" in who_reaches(graph, "tight", "")
    assert "ServiceAccount:kube-system/replicaset-controller" in who_reaches(graph, "tight")
    assert who_reaches(graph, "unheard-of") == {}


def test_a_policy_that_only_a_rule_names_is_a_node_that_is_not_loaded(graph: Graph) -> None:
    assert graph.nodes["PodSecurityPolicy:gone"]["loaded"] is False
    assert who_reaches(graph, "gone", "b")["User:bob"] == ("b",)


def test_a_binding_to_a_missing_role_is_marked_and_leads_to_a_role_without_rules(graph: Graph) -> None:
    binding = graph.nodes["RoleBinding:b/lost"]
    assert binding["error"] == 'role.rbac.authorization.k8s.io "lost" not found'
    assert graph.nodes["Role:b/lost"]["loaded"] is False
    assert list(graph.successors("Role:b/lost")) == ["Namespace:b"]


def test_a_wildcard_is_distinguished_from_a_name(graph: Graph) -> None:
    by_wildcard = graph.edges["Rule:0:ClusterRole:everything", "PodSecurityPolicy:loose", "may_use"]
    by_name = graph.edges["Rule:0:Role:a/psp:loose", "PodSecurityPolicy:loose", "may_use"]
    assert (by_wildcard["wildcard"], by_wildcard["api_groups"]) == (True, ("policy", "extensions"))
    assert (by_name["wildcard"], by_name["api_groups"]) == (False, ("policy",))


def test_a_workload_reaches_a_policy_by_its_account_or_by_its_controller(graph: Graph) -> None:
    assert workloads_reaching(graph, "loose") == {"Deployment:a/shop": "runs_as"}
    assert workloads_reaching(graph, "tight") == {
        "Deployment:a/shop": "created_by",
        "Deployment:b/blog": "created_by",
    }


def test_a_pod_names_who_created_it_when_its_owner_says_so() -> None:
    def owned(kind: str, name: str) -> dict[str, object]:
        made = pod(name)
        made["metadata"]["ownerReferences"] = [
            {"apiVersion": "v1", "kind": kind, "name": "owner", "uid": "1", "controller": True}
        ]
        return made

    graph = (
        ClusterBuilder().add(owned("ReplicaSet", "x"), owned("Node", "y"), owned("Odd", "z")).build().graph()
    )
    creators = {tail: head for tail, head, key in graph.edges(keys=True) if key == "created_by"}
    assert creators == {
        "Pod:default/x": "ServiceAccount:kube-system/replicaset-controller",
        "Pod:default/y": "User:system:node:owner",
    }
    assert "Group:system:nodes" in graph.successors("User:system:node:owner")


def test_a_subject_that_matches_nobody_is_the_target_of_an_edge_and_never_its_source() -> None:
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "odd"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "all"},
        "subjects": [{"kind": "ServiceAccount", "name": "homeless"}],
    }
    graph = ClusterBuilder().role("all", USE_ALL).policy("p").add(binding).build().graph()
    assert graph.has_edge("ClusterRoleBinding:odd", "ServiceAccount:/homeless", "names_nobody")
    assert list(who_reaches(graph, "p")) == ["Group:system:masters"]


def test_the_part_of_a_namespace_has_no_bindings_or_workloads_of_another(graph: Graph) -> None:
    part = of_namespace(graph, "a")
    assert {"RoleBinding:a/psp:loose", "ClusterRoleBinding:everything", "Deployment:a/shop"} <= set(part)
    assert "ServiceAccount:kube-system/replicaset-controller" in part
    assert {"RoleBinding:b/reader", "Deployment:b/blog", "Namespace:b", "User:carol"}.isdisjoint(part)
    for policy in ("loose", "tight"):
        assert workloads_reaching(part, policy) == {
            node: how for node, how in workloads_reaching(graph, policy).items() if ":a/" in node
        }


def test_in_an_empty_namespace_only_cluster_wide_bindings_count(graph: Graph) -> None:
    part = of_namespace(graph, "empty")
    assert who_reaches(part, "loose") == {"Group:system:masters": ("",), "User:root": ("",)}
    assert not [node for node, data in part.nodes(data=True) if data["category"] in {"workload", "namespace"}]


def test_the_part_of_a_policy_has_all_nodes_with_a_path_to_it(graph: Graph) -> None:
    part = toward_policy(graph, "loose")
    assert sorted(part) == [
        "ClusterRole:everything",
        "ClusterRoleBinding:everything",
        "Deployment:a/shop",
        "Group:system:masters",
        "PodSecurityPolicy:loose",
        "Role:a/psp:loose",
        "RoleBinding:a/psp:loose",
        "Rule:0:ClusterRole:everything",
        "Rule:0:Role:a/psp:loose",
        "ServiceAccount:a/web",
        "User:alice",
        "User:root",
    ]
    assert who_reaches(part, "loose") == who_reaches(graph, "loose")


def test_the_part_of_a_subject_has_all_nodes_that_it_reaches(graph: Graph) -> None:
    part = from_nodes(graph, ["User:carol"])
    assert "Rule:0:Role:b/reader" in part
    assert "Group:system:authenticated" in part
    assert "User:alice" not in part


def test_a_neighborhood_goes_both_ways_but_not_through_namespaces(graph: Graph) -> None:
    assert set(around(graph, "Role:b/reader", 1)) == {
        "Role:b/reader",
        "RoleBinding:b/reader",
        "Rule:0:Role:b/reader",
    }
    assert set(around(graph, "Role:b/reader", 0)) == {"Role:b/reader"}
    assert "Deployment:b/blog" in around(graph, "Namespace:b", 1)


def test_a_subgraph_is_a_copy_and_a_missing_node_is_reported(graph: Graph) -> None:
    size = len(graph)
    toward_policy(graph, "loose").clear()
    assert len(graph) == size
    with pytest.raises(KeyError, match="PodSecurityPolicy:nope"):
        toward_policy(graph, "nope")
    with pytest.raises(KeyError, match="User:nope"):
        from_nodes(graph, ["User:nope"])
    with pytest.raises(KeyError, match="User:nope"):
        around(graph, "User:nope", 1)
    with pytest.raises(KeyError, match="User:nope"):
        ways(graph, "User:nope", "loose")


def test_assumed_objects_are_marked() -> None:
    binding = ClusterBuilder().bind("cluster-admin", "Group/ops").objects
    graph = Cluster.from_objects(binding, bootstrap="auto").graph()
    assumed = [node for node, data in graph.nodes(data=True) if data.get("assumed")]
    assert assumed == ["ClusterRole:cluster-admin"]
