"""Compares OpenShift's security context constraints in the graph with the plugin's decisions."""

import pytest

from rbacpsp import Cluster
from rbacpsp.files import load
from rbacpsp.graph import build, toward_policy, ways, who_reaches, workloads_reaching
from rbacpsp.scc.use import UseChecks
from tests.conformance.test_scc import cluster
from tests.graph.test_agreement import as_user


@pytest.fixture(scope="module")
def sample() -> Cluster:
    return load("sample_clusters/scc-on-openshift")


@pytest.mark.parametrize("batch", ["s1c0", "s2c3", "s3c5", "s6c4"])
def test_a_subject_reaches_constraints_exactly_where_it_may_use_them(batch: str) -> None:
    result = cluster(batch)
    graph, uses = build(result.objects), UseChecks(result.authorizer)
    users = {node: as_user(node) for node, data in graph.nodes(data=True) if data["category"] == "subject"}
    namespaces = sorted(result.objects.namespaces)[:3]
    reachable = 0
    for name, constraint in result.objects.constraints.items():
        for namespace in namespaces:
            reached = who_reaches(graph, name, namespace)
            reachable += len(reached)
            for node, user in users.items():
                expected = user is not None and uses.check(user, namespace, constraint).allowed
                assert (node in reached) == expected, (name, namespace, node)
    assert reachable > 50


def test_the_list_of_constraints_gives_a_direct_edge(sample: Cluster) -> None:
    graph = sample.graph()
    assert ways(graph, "Group:shop-admins", "terminals") == [
        ("Group:shop-admins", "SecurityContextConstraints:terminals")
    ]
    assert graph.edges["Group:shop-admins", "SecurityContextConstraints:terminals", "may_use"] == {
        "relation": "may_use",
        "api_groups": (),
        "wildcard": False,
    }
    assert len(ways(graph, "Group:shop-admins", "anyuid")[0]) == 5


def test_workloads_get_constraints_by_their_account_or_their_creator(sample: Cluster) -> None:
    graph = sample.graph()
    assert workloads_reaching(graph, "privileged") == {
        "DaemonSet:monitoring/agent": "runs_as",
        "Pod:monitoring/agent-5xq7z": "runs_as",
    }
    assert set(workloads_reaching(graph, "restricted-v2").values()) == {"created_by"}


def test_standard_constraints_are_assumed_nodes(sample: Cluster) -> None:
    nodes = sample.graph().nodes
    policies = {each: data for each, data in nodes(data=True) if data["category"] == "policy"}
    assert len(policies) == 14
    assert policies["SecurityContextConstraints:anyuid"]["assumed"] is True
    assert "assumed" not in policies["SecurityContextConstraints:terminals"]


def test_a_subgraph_can_lead_to_constraints(sample: Cluster) -> None:
    part = toward_policy(sample.graph(), "terminals")
    assert {each for each in part if part.nodes[each]["category"] == "policy"} == {
        "SecurityContextConstraints:terminals"
    }
