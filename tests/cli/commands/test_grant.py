"""Tests the complete output of `rbacpsp grant`."""

import json
from collections.abc import Callable
from pathlib import Path

import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import write_cluster

Run = Callable[..., Result]

READS = {"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods"]}


def test_a_grant_is_yaml_with_alternatives_and_side_effects_as_comments(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x").role("reader", READS, namespace="x"))
    result = call("grant", "list", "pods", "--to", "dana", "-n", "x", "-f", source)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert comments[:2] == [
        "# This allows User/dana to list pods in namespace x, and nothing else.",
        "# Would work as well: Role/reader of namespace x, which also gives: get, list, watch pods.",
    ]
    assert comments[-1] == "# It adds no audit finding and no escalation path."
    role, binding = yaml.safe_load_all(result.stdout)
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "dana"}]


def test_the_side_effects_of_a_grant_are_listed(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    document = json.loads(
        call("grant", "*", "secrets", "--to", "Group/devs", "-A", "-f", source, "-o", "json").stdout
    )
    assert (document["kind"], document["allowed"]) == ("Mending", False)
    assert [obj["kind"] for obj in document["objects"]] == ["ClusterRole", "ClusterRoleBinding"]
    assert document["opens"]["findings"]
    assert "the secrets of every namespace" in {path["to"] for path in document["opens"]["paths"]}


def test_urls_and_cluster_scoped_resources_get_cluster_roles(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    for target in ("/metrics", "nodes/n1"):
        role, binding = yaml.safe_load_all(
            call("grant", "get", target, "--to", "eve", "-n", "x", "-f", source).stdout
        )
        assert (role["kind"], binding["kind"]) == ("ClusterRole", "ClusterRoleBinding")
    result = call("grant", "get", "nodes", "pods", "--to", "eve", "-n", "x", "-f", source)
    assert result.exit_code == 2
    assert "one role and one binding cannot grant both" in result.stderr


def test_a_permission_that_is_held_already_is_reported(call: Run, tmp_path: Path) -> None:
    builder = ClusterBuilder().namespace("x").role("reader", READS, namespace="x")
    source = write_cluster(tmp_path, builder.bind("reader", "User/dana", namespace="x"))
    result = call("grant", "get,list", "pods", "--to", "dana", "-n", "x", "-f", source)
    assert result.stdout.startswith(
        "# User/dana can already get pods in namespace x; list pods in namespace x: nothing needs to be "
        "granted.\n"
    )


def test_a_name_that_the_request_never_carries_is_reported(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    result = call("grant", "create", "pods/web", "--to", "dana", "-n", "x", "-f", source)
    assert "A create request carries no object name" in result.stderr
    assert "resourceNames" not in result.stdout
