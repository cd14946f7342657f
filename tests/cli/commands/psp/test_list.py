"""Tests the complete output of `rbacpsp psp list` and `psp describe`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import cluster, write_cluster

Run = Callable[..., Result]

HEAD = (
    "NAME     PRIV    CAPS   SELINUX    RUNASUSER          FSGROUP    SUPGROUP   READONLYROOTFS   VOLUMES\n"
)
ROWS = (
    "lax      true           RunAsAny   RunAsAny           RunAsAny   RunAsAny   false            *\n"
    "strict   false          RunAsAny   MustRunAsNonRoot   RunAsAny   RunAsAny   false            "
    "secret,projected\n"
)


@pytest.fixture
def source(tmp_path: Path) -> str:
    return write_cluster(tmp_path, cluster())


def test_the_table_is_kubectls(call: Run, source: str) -> None:
    for form in ("table", "wide"):
        assert call("psp", "list", "-f", source, "-o", form).stdout == HEAD + ROWS
    assert call("psp", "list", "-f", source, "--no-headers").stdout == (
        "lax      true          RunAsAny   RunAsAny           RunAsAny   RunAsAny   false   *\n"
        "strict   false         RunAsAny   MustRunAsNonRoot   RunAsAny   RunAsAny   false   secret,"
        "projected\n"
    )


def test_every_other_format_has_a_row_for_each_policy(call: Run, source: str) -> None:
    assert call("psp", "list", "-f", source, "-o", "name").stdout == (
        "podsecuritypolicy/lax\npodsecuritypolicy/strict\n"
    )
    assert call("psp", "list", "-f", source, "-o", "csv", "--no-headers").stdout == (
        "lax,true,,RunAsAny,RunAsAny,RunAsAny,RunAsAny,false,*\n"
        'strict,false,,RunAsAny,MustRunAsNonRoot,RunAsAny,RunAsAny,false,"secret,projected"\n'
    )
    assert call("psp", "list", "-f", source, "-o", "markdown").stdout.splitlines()[2] == (
        "| lax | true |  | RunAsAny | RunAsAny | RunAsAny | RunAsAny | false | \\* |"
    )
    answer = json.loads(call("psp", "list", "-f", source, "-o", "json").stdout)
    assert answer == yaml.safe_load(call("psp", "list", "-f", source, "-o", "yaml").stdout)
    assert (answer["kind"], [item["metadata"]["name"] for item in answer["items"]]) == (
        "PolicyList",
        ["lax", "strict"],
    )
    assert answer["items"][1]["spec"]["volumes"] == ["secret", "projected"]


def test_without_policies_the_behavior_of_the_server_is_described(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    for command in (("psp", "list"), ("psp", "users")):
        result = call(*command, "-f", source, "--kubernetes-version", "1.24")
        assert (result.stdout, result.exit_code) == ("", 0)
        assert (
            "No policies were loaded. A server with the PodSecurityPolicy plugin enabled then refuses "
            "every pod: no providers available to validate pod request\n"
        ) in result.stderr
    listed = call("psp", "list", "-f", source, "-o", "json", "--kubernetes-version", "1.24")
    assert json.loads(listed.stdout)["items"] == []


def test_a_server_without_the_policy_api_is_not_queried_for_policies(call: Run, tmp_path: Path) -> None:
    source = write_cluster(tmp_path, ClusterBuilder().namespace("x"))
    policies = write_cluster(tmp_path, ClusterBuilder().policy("p"), "policies.json")
    for command in (("psp", "list"), ("psp", "users"), ("psp", "unused"), ("psp", "simulate")):
        unknown = call(*command, "-f", source)
        assert (unknown.stdout, unknown.exit_code) == ("", 2)
        assert unknown.stderr == (
            "error: no PodSecurityPolicy was read, and nothing says which version the server has: "
            "PodSecurityPolicy was removed in Kubernetes 1.25: ask Pod Security instead (rbacpsp psa), or "
            "name an older server by --kubernetes-version\n"
        )
        newer = call(*command, "-f", policies, "--kubernetes-version", "1.27")
        assert (newer.stdout, newer.exit_code) == ("", 2)
        assert "removed in Kubernetes 1.25, and this is 1.27: ask Pod Security" in newer.stderr
        assert call(*command, "-f", policies).exit_code == 0


def test_a_policy_is_described_as_by_kubectl_describe(call: Run, source: str) -> None:
    described = call("psp", "describe", "lax", "-f", source)
    assert described.stdout.startswith("Name:  lax\n\nSettings:\n  Allow Privileged:")
    assert described.stdout == call("describe", "psp", "lax", "-f", source).stdout
    all_described = call("psp", "describe", "-f", source).stdout
    assert [line for line in all_described.splitlines() if line.startswith("Name:")] == [
        "Name:  lax",
        "Name:  strict",
    ]


def test_a_missing_policy_is_an_error_in_the_words_of_the_server(call: Run, source: str) -> None:
    result = call("psp", "describe", "nope", "-f", source)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert 'podsecuritypolicies.policy "nope" not found' in result.stderr
