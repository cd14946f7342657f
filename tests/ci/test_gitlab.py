"""Tests the template for GitLab: it is valid, and its script runs in a repository."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.repository import ADMIN, POD, ROLE, Repository, program, repository
from tests.docs.console import ROOT

TEMPLATE = ROOT / "templates" / "gitlab-ci.yml"
HEADER, BODY = re.split(r"^---$", TEMPLATE.read_text(encoding="utf-8"), flags=re.MULTILINE)
INPUTS = yaml.safe_load(HEADER)["spec"]["inputs"]


def filled(**given: str) -> str:
    """The template with its inputs, as GitLab includes it."""
    values = {
        name: given.get(name.replace("-", "_"), each.get("default", "")) for name, each in INPUTS.items()
    }
    text = re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: values.pop(found[1]), BODY)
    assert not values
    return text


@pytest.fixture
def merge_request(tmp_path: Path) -> Repository:
    """A repository with a branch to merge."""
    made = repository(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pip").write_text('#!/bin/sh\necho "$@" >"$HOME/pip"\n', encoding="utf-8")
    (programs / "pip").chmod(0o755)
    made.run("git", "checkout", "--quiet", "-b", "change")
    return made


def run(merge_request: Repository, base: str = "main", **given: str) -> subprocess.CompletedProcess[str]:
    """Run the job in one shell, as GitLab's runner does."""
    job = yaml.safe_load(filled(**given))["rbacpsp"]
    lines = ["set -eo pipefail", *job["before_script"], *job["script"]]
    programs = merge_request.path.parent / "programs"
    environment = {
        **job["variables"],
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": merge_request.run("git", "rev-parse", base).stdout.strip(),
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return merge_request.run("bash", "-c", "\n".join(lines), environment=environment, check=False)


def report(merge_request: Repository, name: str) -> list[tuple[str, str, int]]:
    issues = json.loads((merge_request.path / name).read_text(encoding="utf-8"))
    return [
        (issue["check_name"], issue["location"]["path"], issue["location"]["lines"]["begin"])
        for issue in issues
    ]


def test_gitlab_would_take_it(tmp_path: Path) -> None:
    file = tmp_path / "job.yml"
    file.write_text(filled(), encoding="utf-8")
    words = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(file)]
    done = subprocess.run([program("check-jsonschema"), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_harmless_change_passes(merge_request: Repository) -> None:
    merge_request.commit({"manifests/role.yaml": ROLE.replace("list]", "list, watch]")})
    done = run(merge_request)
    assert done.returncode == 0, done.stderr
    assert (report(merge_request, "audit.json"), report(merge_request, "psa.json")) == ([], [])
    assert (
        (merge_request.path / "access-diff.md").read_text(encoding="utf-8").startswith("**access: 1 gained")
    )
    assert (merge_request.path.parent / "home" / "pip").read_text(
        encoding="utf-8"
    ) == "install --quiet rbacpsp\n"


def test_a_new_power_and_a_privileged_pod_fail_at_their_lines(merge_request: Repository) -> None:
    privileged = POD.replace("image: nginx", "image: nginx, securityContext: {privileged: true}")
    merge_request.commit({"manifests/ci.yaml": ADMIN, "manifests/pod.yaml": privileged})
    done = run(merge_request)
    assert done.returncode == 1
    assert ("RBP001", "manifests/ci.yaml", 1) in report(merge_request, "audit.json")
    assert report(merge_request, "psa.json") == [("privileged", "manifests/pod.yaml", 6)]


def test_earlier_findings_pass_and_new_manifests_are_compared_with_an_empty_state(
    merge_request: Repository,
) -> None:
    merge_request.commit({"other/ci.yaml": ADMIN})
    assert run(merge_request, base="HEAD", path="other").returncode == 0
    assert report(merge_request, "audit.json") == []
    done = run(merge_request, path="other")
    assert done.returncode == 1
    assert ("RBP001", "other/ci.yaml", 1) in report(merge_request, "audit.json")
