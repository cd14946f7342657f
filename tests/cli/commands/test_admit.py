"""Tests the complete output of `rbacpsp admit`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import workload, write_cluster

Run = Callable[..., Result]
ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    builder = (
        ClusterBuilder()
        .namespace("shop", labels={ENFORCE: "baseline"})
        .namespace("open")
        .service_account("shop", "default")
        .service_account("open", "default")
        .add(workload("Deployment", "web", "shop", account="default", hostPID=True))
        .add(workload("Deployment", "web", "open", account="default"))
    )
    return write_cluster(tmp_path, builder)


def write(tmp_path: Path, *objects: JSONObject) -> str:
    path = tmp_path / "objects.yaml"
    path.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return path.name


def test_the_refusal_of_a_loaded_object_is_explained(call: Run, source: str) -> None:
    result = call("admit", "deployment/web", "-n", "shop", "-f", source)
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines[:3] == [
        "deployment/web in shop: taken, but its pods are refused by Pod Security",
        "  RBAC: not asked: no user was given",
        "  validation: allowed: the object is valid",
    ]
    assert (
        'Warning  FailedCreate  Error creating: pods "web-xxxxxxxxxx-xxxxx" is forbidden: violates '
        "PodSecurity "
        '"baseline:latest": host namespaces (hostPID=true)'
    ) in lines
    assert any(line.startswith("To fix it: host namespaces (spec.template.spec.hostPID)") for line in lines)
    assert call("admit", "deploy/web", "-n", "open", "-f", source).stdout.startswith(
        "deployment/web in open: taken\n"
    )


def test_json_is_one_submission_or_a_list_of_them(call: Run, source: str) -> None:
    submission = json.loads(call("admit", "deployment/web", "-n", "shop", "-f", source, "-o", "json").stdout)
    assert (submission["kind"], submission["allowed"], submission["refusedBy"]) == ("Submission", True, None)
    assert set(submission) > {"message", "steps", "pods", "mending"}
    assert [pod["refusedBy"] for pod in submission["pods"]] == ["podsecurity"]
    two_objects = call("admit", "deployment/web", "deploy/web", "-n", "open", "-f", source, "-o", "json")
    listed = json.loads(two_objects.stdout)
    assert (listed["kind"], len(listed["items"]), two_objects.exit_code) == ("SubmissionList", 2, 0)


def test_objects_of_a_file_are_checked_together_with_earlier_ones(
    call: Run, source: str, tmp_path: Path
) -> None:
    new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}}
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": "new"},
    }
    deployment = workload("Deployment", "web", "new", account="default")
    assert call("admit", write(tmp_path, new, account, deployment), "-f", source).exit_code == 0
    without_namespace = call("admit", write(tmp_path, deployment), "-f", source)
    assert without_namespace.exit_code == 1
    assert 'namespaces "new" not found' in without_namespace.stdout


def test_a_user_without_rights_is_refused_by_rbac(call: Run, source: str, tmp_path: Path) -> None:
    file = write(tmp_path, workload("Deployment", "new", "open", account="default"))
    result = call("admit", file, "--as", "eve", "-f", source)
    assert result.exit_code == 1
    assert result.stdout.startswith("deployment/new in open: refused by RBAC\n")
    assert 'User "eve" cannot create resource "deployments"' in result.stdout
    nobody = call("admit", file, "-f", source)
    assert nobody.exit_code == 0
    assert "no user was given by --as" in nobody.stderr


def test_a_missing_object_is_reported_with_its_other_namespaces(call: Run, source: str) -> None:
    result = call("admit", "deployment/web", "-f", source)
    assert result.exit_code == 2
    assert "there is one in open, shop: choose with -n" in result.stderr


ROLLOUT: JSONObject = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Rollout",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "template": {"spec": {"hostPID": True, "containers": [{"name": "web", "image": "web:1"}]}},
    },
}


def test_a_custom_resource_of_the_source_is_named_by_its_kind(call: Run, source: str, tmp_path: Path) -> None:
    file = write(tmp_path, ROLLOUT)
    for word in ("rollout/web", "rollouts.argoproj.io/web"):
        result = call("admit", word, "-n", "shop", "-f", source, "-f", file)
        assert result.exit_code == 1
        assert result.stdout.startswith(
            "rollout/web in shop: taken, but its pods are refused by Pod Security\n"
        )
        assert "a custom resource is validated by its definition, which is not checked here" in result.stdout
        assert "hostPID" in result.stdout


def test_a_custom_resource_in_a_file_has_the_usual_resource_name_of_its_kind(
    call: Run, source: str, tmp_path: Path
) -> None:
    result = call("admit", write(tmp_path, ROLLOUT), "--as", "eve", "-f", source)
    assert result.exit_code == 1
    assert 'User "eve" cannot create resource "rollouts" in API group "argoproj.io"' in result.stdout


def test_the_admission_configuration_of_the_server_counts(call: Run, source: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    exempt: JSONObject = {
        "apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration",
        "exemptions": {"namespaces": ["shop"]},
    }
    config.write_text(yaml.safe_dump(exempt))
    arguments = ("admit", "deployment/web", "-n", "shop", "-f", source)
    assert call(*arguments).exit_code == 1
    assert call(*arguments, "--admission-config", str(config)).stdout.startswith(
        "deployment/web in shop: taken\n"
    )
