"""Tests that the gate of the README fails a pull request that grants full control."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main

HEAD = "apiVersion: rbac.authorization.k8s.io/v1\n"
WHO = """\
subjects:
- {kind: ServiceAccount, name: porter, namespace: quay}
"""
ADMIN = f"""\
{HEAD}kind: ClusterRoleBinding
metadata: {{name: porter-admin}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}
{WHO}"""
EDIT = f"""\
{HEAD}kind: RoleBinding
metadata: {{name: porter-edit, namespace: kube-system}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}}
{WHO}"""
READER = f"""\
{HEAD}kind: ClusterRole
metadata: {{name: keys, labels: {{rbac.authorization.k8s.io/aggregate-to-view: "true"}}}}
rules:
- {{apiGroups: [""], resources: [secrets], verbs: [get, list]}}
---
{HEAD}kind: ClusterRoleBinding
metadata: {{name: all-view}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}}
"""
HARMLESS = f"""\
{HEAD}kind: Role
metadata: {{name: read-pods, namespace: quay}}
rules:
- {{apiGroups: [""], resources: [pods], verbs: [get]}}
---
{HEAD}kind: RoleBinding
metadata: {{name: porter, namespace: quay}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-pods}}
{WHO}"""


@pytest.mark.parametrize(
    ("manifest", "rule"),
    [(ADMIN, "RBP001"), (EDIT, "RBP010"), (READER, "RBP010")],
    ids=["admin", "edit", "view"],
)
def test_a_pull_request_that_grants_full_control_fails(tmp_path: Path, manifest: str, rule: str) -> None:
    (tmp_path / "rbac.yaml").write_text(manifest, encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", "-f", str(tmp_path), "-o", "sarif", "--fail-on", "high"])
    assert result.exit_code == 1, result.output
    (run,) = json.loads(result.stdout)["runs"]
    found = {each["ruleId"]: each for each in run["results"]}
    assert found[rule]["level"] == "error"
    (place,) = found[rule]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("rbac.yaml")


def test_a_pull_request_that_grants_little_passes(tmp_path: Path) -> None:
    (tmp_path / "rbac.yaml").write_text(HARMLESS, encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", "-f", str(tmp_path), "-o", "sarif", "--fail-on", "high"])
    assert result.exit_code == 0, result.output
