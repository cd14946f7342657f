"""Tests a fleet of running clusters: one for each context, whose login stays on this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.fleet.tables import decoded
from tests.fleet.fleets import ran, rows
from tests.live.server import ApiServer

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
pytestmark = pytest.mark.live

RBAC = "rbac.authorization.k8s.io"
ADMINS = {
    "apiVersion": f"{RBAC}/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "fleet-admins"},
    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "zoe"}],
}
PLACE = f"/apis/{RBAC}/v1/clusterrolebindings/fleet-admins"


@pytest.fixture
def kubeconfig(v1_24: ApiServer, current: ApiServer, tmp_path: Path) -> dict[str, str]:
    """The variable that names a kubeconfig: two servers, and one where nobody answers."""
    whole: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": "new"}
    whole |= {"clusters": [], "users": [], "contexts": []}
    for name, server in (("old", v1_24), ("new", current), ("gone", v1_24)):
        own = json.loads(server.kubeconfig().read_text(encoding="utf-8"))
        for part in ("clusters", "users", "contexts"):
            whole[part] += [{**each, "name": name} for each in own[part]]
        whole["contexts"][-1]["context"] |= {"cluster": name, "user": name}
    whole["clusters"][-1]["cluster"]["server"] = "https://127.0.0.1:1"
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return {"KUBECONFIG": str(path)}


def test_the_findings_of_each_context_are_those_of_its_own_audit(
    v1_24: ApiServer, current: ApiServer, kubeconfig: dict[str, str], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    current.create(ADMINS)
    try:
        result = ran(
            "fleet", "audit", "contexts:old,new", "-O", results, "--run", "a", "--fail-on", "critical",
            env=kubeconfig,
        )  # fmt: skip
        assert result.returncode == 1, result.stderr
        found = rows(results, "clusters", "a")
        assert [(row["source"], row["cluster"], row["status"], row["version"]) for row in found] == [
            ("contexts:new", "new", "ok", "1.37"),
            ("contexts:old", "old", "ok", "1.24"),
        ]
        findings = rows(results, "findings", "a")
        for row in found:
            single = ran("audit", "--context", row["cluster"], "-o", "json", env=kubeconfig)
            assert single.returncode == 0, single.stderr
            own = [finding["fingerprint"] for finding in findings if finding["cluster"] == row["cluster"]]
            assert own == [finding["fingerprint"] for finding in json.loads(single.stdout)["findings"]]
        assert ("new", "RBP001", "zoe") in {
            (finding["cluster"], finding["rule"], finding["subject_name"]) for finding in findings
        }
    finally:
        current.request("DELETE", PLACE)
    written = [path for path in results.rglob("*") if path.is_file()]
    parts = [decoded(path.read_bytes()) for path in written if path.suffix == ".parquet"]
    said = repr(parts) + "".join(
        path.read_text(encoding="utf-8") for path in written if path.suffix != ".parquet"
    )
    for server in (v1_24, current):
        assert server.tokens["admin"] not in said


def test_a_context_where_nobody_answers_costs_only_itself(kubeconfig: dict[str, str], tmp_path: Path) -> None:
    results = tmp_path / "results"
    result = ran("fleet", "audit", "contexts:all", "-O", results, "--run", "a", env=kubeconfig)
    assert result.returncode == 3, result.stderr
    found = {row["cluster"]: (row["status"], row["reason"]) for row in rows(results, "clusters", "a")}
    assert found["new"] == found["old"] == ("ok", None)
    status, reason = found["gone"]
    assert status == "unreadable"
    assert "127.0.0.1:1" in reason


def test_a_missing_context_is_a_one_line_error(kubeconfig: dict[str, str], tmp_path: Path) -> None:
    result = ran("fleet", "audit", "contexts:newer", "-O", tmp_path / "r", env=kubeconfig)
    assert result.returncode == 2
    said = f"there is no context newer in {kubeconfig['KUBECONFIG']}; it has old, new, gone"
    assert result.stderr == f"error: contexts:newer: {said}\n"
