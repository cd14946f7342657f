"""Tests the command `rbacpsp graph`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.graph import CATEGORIES

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "sample_clusters" / "psp-by-example")


def ran(*arguments: str, cluster: str = EXAMPLE) -> Result:
    return CliRunner().invoke(main, ["graph", *arguments, "-f", cluster])


def ids(result: Result) -> set[str]:
    return {node["id"] for node in json.loads(result.stdout)["nodes"]}


def test_the_whole_cluster_is_drawn_as_dot_when_nothing_is_chosen() -> None:
    result = ran()
    assert (result.exit_code, result.stderr) == (0, "Kubernetes 1.24, assumed.\n")
    assert result.stdout.startswith("digraph authorization {\n")


def test_selecting_a_subject_and_a_policy_keeps_the_paths_between_them() -> None:
    result = ran("--subject", "sa/kube-system:tiller", "--policy", "200-psp", "-o", "json")
    assert ids(result) == {
        "ServiceAccount:kube-system/tiller",
        "ClusterRoleBinding:tiller",
        "ClusterRole:cluster-admin",
        "Rule:0:ClusterRole:cluster-admin",
        "PodSecurityPolicy:200-psp",
    }


def test_a_neighborhood_reaches_as_far_as_the_given_hops() -> None:
    assert ids(ran("--around", "ClusterRoleBinding:tiller", "--hops", "1", "-o", "json")) == {
        "ServiceAccount:kube-system/tiller",
        "ClusterRoleBinding:tiller",
        "ClusterRole:cluster-admin",
    }


def test_a_namespace_leaves_out_bindings_of_others() -> None:
    workshop = str(ROOT / "sample_clusters" / "rbac-workshop")
    result = ids(ran("-n", "default", "-o", "json", cluster=workshop))
    assert "ServiceAccount:default/no-root-policy-serviceaccount" in result
    assert "Namespace:kube-system" not in result


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--policy", "300-psp"),
            (
                'error: the graph has no "PodSecurityPolicy:300-psp"; '
                "there is PodSecurityPolicy:100-psp, PodSecurityPolicy:200-psp\n"
            ),
        ),
        (
            ("--subject", "alice"),
            (
                'error: the graph has no "User:alice"; no binding names it, so it has only what its '
                "groups have: Group/system:authenticated\n"
            ),
        ),
        (
            ("--around", "tiller"),
            (
                'error: the graph has no "tiller"; a node is written KIND:NAME or KIND:NAMESPACE/NAME, '
                "as -o json does\n"
            ),
        ),
        (
            ("--policy", "100-psp", "--around", "Namespace:default"),
            'error: "Namespace:default" is not in the selected part of the graph: remove an option\n',
        ),
    ],
)
def test_a_missing_node_is_reported_with_similar_names(arguments: tuple[str, ...], message: str) -> None:
    result = ran(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_an_empty_namespace_is_reported() -> None:
    result = ran("-n", "prod", cluster=str(ROOT / "sample_clusters" / "psp-migration"))
    assert (result.exit_code, result.stderr) == (
        0,
        (
            'Warning: no namespace "prod" was read, nor anything in it\n'
            'Kubernetes 1.24, assumed.\nNothing that was read is in a namespace "prod": only what '
            "applies cluster-wide is shown.\n"
        ),
    )


def test_too_many_nodes_for_a_picture_are_reported_on_stderr() -> None:
    result = ran(cluster=str(ROOT / "sample_clusters" / "bootstrap-1.24"))
    assert result.exit_code == 0
    assert "nodes are too many for a picture; to draw fewer, use --policy, --subject, -n, or" in result.stderr


def test_the_manual_names_every_kind_category_and_relation() -> None:
    manual = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    document = json.loads(ran("-o", "json").stdout)
    for kind, category in CATEGORIES.items():
        assert any(f"| `{category}` |" in row and kind in row for row in manual.splitlines())
    for relation in {edge["relation"] for edge in document["edges"]}:
        assert f"| `{relation}` |" in manual
    for node in document["nodes"]:
        assert all(f"`{name}`" in manual for name in node if name != "id")
    assert {name for edge in document["edges"] for name in edge} == {
        "source",
        "target",
        "relation",
        "api_groups",
        "wildcard",
    }
