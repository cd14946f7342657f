"""Tests that manifests which the API server would refuse are refused, and stored objects are accepted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

import rbacpsp
from rbacpsp.catalog.bootstrap import bootstrap_policy
from rbacpsp.decode import LoadError
from rbacpsp.model import Version

Run = Callable[..., Result]
JSON = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
STORED = {"uid": "00000000-0000-4000-8000-000000000005", "resourceVersion": "5"}
WORDS = (
    'ClusterRole.rbac.authorization.k8s.io "a" is invalid: rules[0].apiGroups: Required value: resource '
    "rules must supply at least one api group"
)


def role_without_api_groups(**metadata: Any) -> JSON:
    rule = {"resources": ["secrets"], "verbs": ["get"]}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "a", **metadata},
        "rules": [rule],
    }


def binding_of_nora(target: str, **metadata: Any) -> JSON:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "keep", "namespace": "reef", **metadata},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": target},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": "nora"}],
    }


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)

    def written(name: str, *objects: JSON) -> str:
        (tmp_path / name).write_text(yaml.safe_dump_all(objects), encoding="utf-8")
        return name

    return written


def test_a_refused_manifest_ends_the_command_with_its_line_and_the_servers_words(
    call: Run, write: Callable[..., str]
) -> None:
    result = call("who-can", "get", "secrets", "-f", write("in.yaml", role_without_api_groups()))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: in.yaml, document 1, line 6: the API server refuses this: {WORDS}; fix it, or pass "
        "--no-validate to take it as stored\n"
    )


def test_keep_going_skips_it_and_names_it(call: Run, write: Callable[..., str]) -> None:
    path = write("in.yaml", role_without_api_groups(), role_without_api_groups(name="b", **STORED))
    result = call("lookup", "--role", "a", "-f", path, "--keep-going")
    assert (
        f"Warning: skipped: in.yaml, document 1, line 6: the API server refuses this: {WORDS}"
        in result.stderr
    )
    strict = call("audit", "-f", path, "--keep-going", "--strict")
    assert strict.exit_code == 3


def test_stored_objects_and_with_no_validate_all_objects_are_accepted(
    call: Run, write: Callable[..., str]
) -> None:
    assert call("audit", "-f", write("stored.yaml", role_without_api_groups(**STORED))).exit_code == 0
    assert call("audit", "--no-validate", "-f", write("sent.yaml", role_without_api_groups())).exit_code == 0
    assert call("audit", "-f", write("half.yaml", role_without_api_groups(uid=STORED["uid"]))).exit_code == 2


def test_a_snapshot_is_not_validated(call: Run, write: Callable[..., str], tmp_path: Path) -> None:
    rbacpsp.load(write("in.yaml", role_without_api_groups()), validate=False).snapshot(
        tmp_path / "saved.json.gz"
    )
    assert call("audit", "-f", "saved.json.gz").exit_code == 0


def test_a_what_if_cannot_change_the_role_of_a_binding(call: Run, write: Callable[..., str]) -> None:
    old = write("in.yaml", binding_of_nora("look", **STORED))
    new = write("new.yaml", binding_of_nora("make"))
    ask = ("can-i", "get", "pods", "-n", "reef", "--as", "nora", "-f", old, "--with", new)
    result = call(*ask, "--kubernetes-version", "1.24")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: new.yaml, document 1, line 6: the API server refuses this: "
        'RoleBinding.rbac.authorization.k8s.io "keep" is invalid: roleRef: Invalid value: '
        'rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"Role", Name:"make"}: cannot change '
        "roleRef; delete the binding first (--without), or give the new one another name, or pass "
        "--no-validate to take it as stored\n"
    )
    assert call(*ask, "--without", "rolebinding/reef/keep").exit_code == 1
    assert call(*ask[:-1], write("same.yaml", binding_of_nora("look"))).exit_code == 1


def test_the_python_api_validates_sent_objects_and_not_served_ones(write: Callable[..., str]) -> None:
    path = write("in.yaml", role_without_api_groups())
    with pytest.raises(LoadError, match="resource rules must supply at least one api group"):
        rbacpsp.load(path)
    assert list(rbacpsp.load(path, validate=False, bootstrap="never").objects.cluster_roles) == ["a"]
    assert list(rbacpsp.load(path, keep_going=True, bootstrap="never").objects.cluster_roles) == []
    assert list(rbacpsp.Cluster.from_objects([role_without_api_groups()]).objects.cluster_roles) == ["a"]
    with pytest.raises(LoadError, match="resource rules must supply at least one api group"):
        rbacpsp.Cluster.from_objects([role_without_api_groups()], validate=True)


def test_an_invalid_label_is_refused_in_manifests(call: Run, write: Callable[..., str]) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restrictd"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "reef", "labels": labels}}
    result = call("psa", "suggest", "-f", write("in.yaml", namespace))
    assert result.exit_code == 2
    assert 'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "restrictd"' in result.stderr


def test_exported_objects_count_as_stored_without_server_fields(tmp_path: Path) -> None:
    """Exports often lack both fields; bootstrap roles in a file show that it is an export."""
    wrong = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "prod", "labels": {"pod-security.kubernetes.io/enforce": "restrictd"}},
    }
    own = [
        {"apiVersion": f"{GROUP}/v1", "kind": obj.kind, "metadata": {"name": obj.metadata.name}, "rules": []}
        for obj in bootstrap_policy(Version(1, 37))
        if obj.kind == "ClusterRole"
    ]
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*own[::2], wrong]}))
    assert "prod" in rbacpsp.load(path).objects.namespaces
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*own[::3], wrong]}))
    with pytest.raises(LoadError, match="must be one of privileged, baseline, restricted"):
        rbacpsp.load(path)
