"""Tests deploy/: its manifests pass our own checks, and its nightly script writes the documented files.

tests/live applies it to real servers and runs the script there, with the rights that it gives.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from rbacpsp.cli import main
from tests.ci.repository import ADMIN, BINDING, PROGRAMS, ROLE
from tests.docs.console import ROOT

DEPLOY = ROOT / "deploy"


def objects() -> dict[str, dict[str, Any]]:
    """The objects in the files, by kind."""
    paths = [
        each
        for file in DEPLOY.rglob("*.yaml")
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    ]
    return {each["kind"]: each for each in paths}


def test_our_own_checks_find_nothing() -> None:
    level = CliRunner().invoke(main, ["psa", "check", "--level", "restricted", str(DEPLOY)])
    assert level.exit_code == 0, level.stdout
    assert "2 checked: 0 violate restricted:latest, 2 meet it." in level.stderr
    audit = CliRunner().invoke(main, ["audit", "-f", str(DEPLOY), "--fail-on", "info", "-o", "json"])
    assert (audit.exit_code, json.loads(audit.stdout)["findings"]) == (0, [])
    paths = CliRunner().invoke(
        main, ["paths", "--from", "sa/rbacpsp:rbacpsp", "-f", str(DEPLOY), "-o", "json"]
    )
    assert json.loads(paths.stdout)["paths"] == []


def test_its_role_is_the_smallest_one_that_the_documentation_proves() -> None:
    page = (
        (ROOT / "docs" / "live.md").read_text(encoding="utf-8").partition("## What is sent to the server")[2]
    )
    shown = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert shown
    assert objects()["ClusterRole"]["rules"] == yaml.safe_load(shown[1])["rules"]
    assert {verb for rule in objects()["ClusterRole"]["rules"] for verb in rule["verbs"]} == {"get", "list"}


def test_the_container_of_the_job_may_write_to_its_volumes_alone() -> None:
    template = objects()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = template["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert template["securityContext"]["runAsUser"] == 65532
    written = {mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    kinds = {volume["name"]: set(volume) - {"name"} for volume in template["volumes"]}
    assert {name: kinds[name] for name in written} == {
        "reports": {"persistentVolumeClaim"},
        "tmp": {"emptyDir"},
    }


def test_kustomize_renders_the_expected_objects(tmp_path: Path) -> None:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("not run: kubectl is missing")
    done = subprocess.run([program, "kustomize", DEPLOY], capture_output=True, text=True, check=True)
    rendered = {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}
    assert sorted(rendered) == [
        *("ClusterRole", "ClusterRoleBinding", "ConfigMap", "CronJob", "Namespace", "PersistentVolumeClaim"),
        "ServiceAccount",
    ]
    assert rendered["ConfigMap"]["data"]["nightly.sh"] == (DEPLOY / "nightly.sh").read_text(encoding="utf-8")
    file = tmp_path / "rendered.yaml"
    file.write_text(done.stdout, encoding="utf-8")
    assert CliRunner().invoke(main, ["audit", "-f", str(file), "--fail-on", "info"]).exit_code == 0
    pod = rendered["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "registry.example.com/rbacpsp:0.1.0"
    assert pod["volumes"][0]["configMap"]["name"] == rendered["ConfigMap"]["metadata"]["name"]


class Nightly:
    """The script of the job, run on files in place of a cluster."""

    def __init__(self, folder: Path) -> None:
        self.reports = folder / "reports"
        self.reports.mkdir()
        self.cluster = folder / "cluster"
        self.cluster.mkdir()

    def run(self, keep: int = 30) -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(self.reports.parent),
            "KEEP": str(keep),
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "REPORTS": str(self.reports),
        }
        return subprocess.run(
            ["/bin/sh", DEPLOY / "nightly.sh", "-f", self.cluster],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


def test_the_script_writes_snapshot_report_and_difference_and_keeps_the_newest(tmp_path: Path) -> None:
    nightly = Nightly(tmp_path)
    (nightly.cluster / "role.yaml").write_text(f"{ROLE}---\n{BINDING}", encoding="utf-8")
    for old in ("2020-01-01T00-00-00Z", "2020-01-02T00-00-00Z"):
        (nightly.reports / old).mkdir()
    (nightly.reports / ".new").mkdir()
    first = nightly.run(keep=2)
    assert first.returncode == 0, first.stderr
    latest = nightly.reports / "latest"
    assert sorted(path.name for path in latest.iterdir()) == [
        *("audit.html", "audit.json", "snapshot.json.gz")
    ]
    assert json.loads((latest / "audit.json").read_text(encoding="utf-8"))["kind"] == "Audit"

    before = latest.resolve()
    before.rename(nightly.reports / "2020-01-03T00-00-00Z")  # the night before, however fast this test is
    latest.unlink()
    latest.symlink_to("2020-01-03T00-00-00Z")
    (nightly.cluster / "ci.yaml").write_text(ADMIN, encoding="utf-8")
    assert nightly.run(keep=2).returncode == 0
    assert "ServiceAccount/shop:ci" in (latest / "diff.md").read_text(encoding="utf-8")
    gained = json.loads((latest / "diff.json").read_text(encoding="utf-8"))["access"]["gained"]
    assert {each["subject"]["name"] for each in gained} == {"ci"}
    names = sorted(path.name for path in nightly.reports.iterdir())
    assert names[0] == "2020-01-03T00-00-00Z"
    assert names[2] == "latest"
    assert len(names) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in latest.iterdir())


def test_a_cluster_that_cannot_be_read_leaves_the_reports_as_they_were(tmp_path: Path) -> None:
    nightly = Nightly(tmp_path)
    (nightly.cluster / "role.yaml").write_text(ROLE, encoding="utf-8")
    assert nightly.run().returncode == 0
    before = sorted(nightly.reports.iterdir())
    (nightly.cluster / "role.yaml").write_text("kind: [", encoding="utf-8")
    failed = nightly.run()
    assert failed.returncode == 2
    assert len(failed.stderr.splitlines()) == 1
    assert [path for path in sorted(nightly.reports.iterdir()) if path.name != ".new"] == before
