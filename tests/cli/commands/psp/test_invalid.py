"""Tests pods that a policy admits and makes invalid, so that the API server refuses them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import JSON, workload, write_cluster

Run = Callable[..., Result]
REFUSED = (
    'Pod "mesh-xxxxx" is invalid: spec.containers[0].securityContext: Invalid value: '
    "core.SecurityContext{...}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
)
VERSION = ("--kubernetes-version", "1.24", "-f", "cluster.json")


def mesh(context: JSON) -> JSON:
    return workload(
        "DaemonSet", "mesh", "kelp", account="default", containers=[{"name": "c", "image": "i"} | context]
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    builder = (
        ClusterBuilder()
        .policy("net", privileged=True, allowPrivilegeEscalation=False, allowedCapabilities=["*"])
        .policy("open", privileged=True, allowedCapabilities=["*"])
        .may_use("net", "Group/system:serviceaccounts")
    )
    write_cluster(tmp_path, builder)
    (tmp_path / "mesh.yaml").write_text(yaml.safe_dump(mesh({"securityContext": {"privileged": True}})))
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_answer_names_the_policy_and_no_pod_is_created(call: Run) -> None:
    result = call("psp", "admit", "mesh.yaml", *VERSION)
    assert result.exit_code == 1
    assert "daemonset/mesh in kelp: its pods are refused\n" in result.stdout
    assert f"Warning  FailedCreate  Error creating: {REFUSED}\n" in result.stdout
    assert result.stdout.endswith(
        "net admits it, and the API server then refuses the pod as invalid. net sets:\n"
        "  spec.containers[0].securityContext.allowPrivilegeEscalation: (absent) -> false\n"
    )


@pytest.mark.usefixtures("here")
def test_the_policy_is_in_the_json_too(call: Run) -> None:
    (item,) = json.loads(call("psp", "admit", "mesh.yaml", "-o", "json", *VERSION).stdout)["items"]
    assert (item["allowed"], item["policy"], item["invalidBy"]) == (False, None, "net")
    assert item["message"] == REFUSED


@pytest.mark.usefixtures("here")
def test_a_fix_grants_the_policy_that_works(call: Run) -> None:
    result = call("psp", "fix", "mesh.yaml", *VERSION)
    assert result.exit_code == 0
    assert "its pods are admitted by open." in result.stdout
    assert "resourceNames:\n  - open\n" in result.stdout
    assert "- net\n" not in result.stdout


@pytest.mark.usefixtures("here")
def test_no_grant_fixes_a_pod_that_every_policy_makes_invalid(call: Run) -> None:
    result = call("psp", "fix", "mesh.yaml", "--without", "psp/open", *VERSION)
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        "net admits it, but the API server then refuses it as invalid, which no grant changes"
        in result.stderr
    )


@pytest.mark.usefixtures("here")
def test_a_simulation_refuses_it_and_the_policy_is_unused(call: Run) -> None:
    files = ("-f", "mesh.yaml", *VERSION)
    simulated = call("psp", "simulate", *files)
    assert f"kelp daemonset/mesh: {REFUSED}\n" in simulated.stdout
    unused = call("psp", "unused", *files)
    why = "it admits pods that the API server then refuses as invalid: kelp/daemonset/mesh\n"
    (line,) = [
        text_line
        for text_line in unused.stdout.splitlines(keepends=True)
        if text_line.startswith("policy/net ")
    ]
    assert line.endswith(why)
    assert (
        "net makes pods invalid, so that the API server refuses them: kelp/daemonset/mesh\n"
        in simulated.stdout
    )


@pytest.mark.usefixtures("here")
def test_an_advised_policy_does_not_make_it_invalid(call: Run) -> None:
    result = call("psp", "advise", "-n", "kelp", "-f", "mesh.yaml", *VERSION)
    assert result.exit_code == 0
    assert "# proved: daemonset/mesh is admitted unchanged\n" in result.stdout
