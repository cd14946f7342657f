"""Tests `rbacpsp roles`: which roles contain a permission, and how."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("get nodes", [("ClusterRole/nodes", "", "by name", "")]),
        ("get secrets", [("Role/one-secret", "team-a", "by name", "token")]),
        ("get secrets/token", [("Role/one-secret", "team-a", "by name", "token")]),
        ("get secrets/other", []),
        ("get pods --subresource log", [("Role/pod-reader", "team-a", "by name", "")]),
        ("get /healthz", [("ClusterRole/probe", "", "by name", "")]),
        ("get /metrics/x", [("ClusterRole/probe", "", "URL /metrics/*", "")]),
    ],
)
def test_explicit_and_wildcard_permissions_are_distinguished(
    run: Run, question: str, rows: list[tuple[str, ...]]
) -> None:
    answer = run(f"roles {question} -o csv --no-headers").stdout.splitlines()
    everything = "verb *, URL *" if "/healthz" in question or "/metrics" in question else ""
    assert answer[0] == f'ClusterRole/admin-all,,"{everything or "verb *, group *, resource *"}",,' + (
        "1" if everything else "0"
    )
    assert [tuple(line.split(",")[:4]) for line in answer[1:]] == rows


def test_the_table_leaves_the_rule_to_wide(run: Run) -> None:
    assert run("roles get nodes").stdout == (
        "ROLE                    NAMESPACE   HOW                           NAMES\n"
        "ClusterRole/admin-all               verb *, group *, resource *\n"
        "ClusterRole/nodes                   by name\n"
    )
    assert run("roles get nodes -o name").stdout == "clusterrole/admin-all\nclusterrole/nodes\n"


def test_a_star_before_a_subresource_is_named(call: Run, write: Callable[..., str]) -> None:
    path = write(
        [
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "scaler"},
                "rules": [{"verbs": ["update"], "apiGroups": ["*"], "resources": ["*/scale"]}],
            }
        ]
    )
    assert call("roles", "update", "deploy", "--subresource", "scale", "-f", path).stdout == (
        "ROLE                 NAMESPACE   HOW                         NAMES\n"
        "ClusterRole/scaler               group *, resource */scale\n"
    )


def test_a_role_that_is_aggregated_counts_with_its_computed_rules(call: Run) -> None:
    source = "sample_clusters/bootstrap-1.24"
    result = call("roles", "get", "pods", "--subresource", "log", "-o", "json", "-f", source)
    computed = {
        item["role"]["name"]: item.get("computed", False) for item in json.loads(result.stdout)["items"]
    }
    assert computed["view"] is True
    assert computed["system:aggregate-to-view"] is False
    noted = call("roles", "get", "pods", "--subresource", "log", "-f", source).stderr
    assert noted == ("Loaded without rules, so computed from their aggregationRule: admin, edit, view\n")


def test_no_matching_role_is_reported(call: Run, write: Callable[..., str]) -> None:
    result = call("roles", "get", "pods", "-f", write([]))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == (
        "No role allows get on pods. Members of system:masters need no role. This covers only these files "
        "and what every server has; a server may have more.\nKubernetes 1.37, assumed.\n"
    )
