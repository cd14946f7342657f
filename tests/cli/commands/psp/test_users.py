"""Tests the complete output of `rbacpsp psp users`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import cluster, write_cluster

Run = Callable[..., Result]


@pytest.fixture
def users(call: Run, tmp_path: Path) -> Run:
    source = write_cluster(tmp_path, cluster())

    def invoke(*arguments: str) -> Result:
        return call("psp", "users", *arguments, "-f", source)

    return invoke


def test_every_policy_is_listed_with_the_subjects_where_they_may_and_what_they_control(users: Run) -> None:
    result = users()
    assert result.stdout == (
        "POLICY   SUBJECT                                            SCOPE          BINDING      THROUGH   "
        "CONTROLS\n"
        "lax      Group/system:masters                               cluster-wide   <none>\n"
        "lax      ServiceAccount/kube-system:replicaset-controller   team-b         psp:lax                "
        "Deployment, ReplicaSet\n"
        "strict   Group/system:masters                               cluster-wide   <none>\n"
        "strict   ServiceAccount/team-a:builder                      team-a         psp:strict\n"
    )
    assert result.exit_code == 0


def test_in_a_namespace_only_its_users_are_listed(users: Run) -> None:
    result = users("lax", "-n", "team-a")
    assert [line.split()[1] for line in result.stdout.splitlines()[1:]] == ["Group/system:masters"]
    assert result.stderr.splitlines() == [
        "Kubernetes 1.24, assumed.",
        "lax: no bound role lets anyone use it in team-a; members of system:masters may.",
        (
            "No controller may use it in team-a: the pods of Deployments and other workloads are "
            "admitted only through their service accounts."
        ),
    ]


def test_policies_are_sorted_and_listed_once(users: Run) -> None:
    assert users("strict", "lax", "strict").stdout == users().stdout


def test_a_missing_policy_is_reported_with_the_existing_ones(users: Run) -> None:
    result = users("nope", "lax")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.splitlines()[-1] == (
        'error: podsecuritypolicies.policy "nope" not found; there are lax, strict'
    )


def test_names_and_wide_columns_and_titles(users: Run) -> None:
    assert users("-o", "name").stdout == (
        "Group/system:masters\n"
        "ServiceAccount/kube-system:replicaset-controller\n"
        "ServiceAccount/team-a:builder\n"
    )
    wide = users("-o", "wide").stdout.splitlines()
    assert wide[0].split() == [
        "POLICY",
        "SUBJECT",
        "SCOPE",
        "ROLE",
        "BINDING",
        "THROUGH",
        "RULES",
        "CONTROLS",
    ]
    assert wide[4].split() == [
        *("strict", "ServiceAccount/team-a:builder", "team-a", "Role/psp:strict", "psp:strict", "0"),
    ]
    assert users("--no-headers").stdout.startswith("lax      Group/system:masters ")


def test_json_and_yaml_contain_the_grants(users: Run) -> None:
    answer = json.loads(users("strict", "-o", "json").stdout)
    assert answer == yaml.safe_load(users("strict", "-o", "yaml").stdout)
    (item,) = answer["items"]
    assert (answer["kind"], item["policy"]) == ("PolicyUsers", "strict")
    assert [user["subject"]["name"] for user in item["users"]] == ["system:masters", "builder"]
    assert item["users"][1]["grants"][0]["reason"] == (
        'RBAC: allowed by RoleBinding "psp:strict/team-a" of Role "psp:strict" to '
        'ServiceAccount "builder/team-a"'
    )


def test_a_group_is_shown_with_its_accounts_and_a_missing_role_gives_a_warning(
    call: Run, tmp_path: Path
) -> None:
    builder = (
        ClusterBuilder()
        .policy("p")
        .service_account("x", "web")
        .may_use("p", "Group/system:serviceaccounts:x")
    )
    builder.bind("gone", "User/bob", namespace="x")
    result = call("psp", "users", "-n", "x", "-f", write_cluster(tmp_path, builder))
    assert result.stdout == (
        "POLICY   SUBJECT                          SCOPE          BINDING   THROUGH                          "
        "CONTROLS\n"
        "p        Group/system:masters             cluster-wide   <none>\n"
        "p        Group/system:serviceaccounts:x   cluster-wide   psp:p\n"
        "p        ServiceAccount/x:web             cluster-wide   psp:p     Group/system:serviceaccounts:x\n"
    )
    assert 'Warning: role.rbac.authorization.k8s.io "gone" not found\n' in result.stderr
