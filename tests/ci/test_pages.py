"""Tests that the tools accept the files that the pages tell users to write into their repositories."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ci.repository import program
from tests.docs.console import ROOT

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
HOOKS, WORKFLOW, INCLUDE = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
INPUTS = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]


def test_the_recipe_of_the_readme_has_three_lines_and_runs_the_action() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"In a pull request,.*?\n```yaml\n(.*?)```", text, re.DOTALL)
    assert len(recipe.splitlines()) == 3
    checkout, action = yaml.safe_load(recipe)
    assert checkout["uses"].startswith("actions/checkout@")
    assert action["uses"].startswith("rbacpsp/rbacpsp@")
    assert set(action["with"]) <= set(INPUTS)


def test_the_page_names_every_input_of_the_action_with_its_default() -> None:
    section = PAGE.partition("## GitHub")[2].partition("## GitLab")[0]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", section, re.MULTILINE))
    assert {name: rows.get(name) for name in INPUTS} == {
        "base": "that of the pull request",
        "comment": "`true`",
        "fail-on": "`high`",
        "level": "`baseline`",
        "options": "none",
        "path": "`manifests`",
        "sarif": "`false`",
        "token": "that of the job",
    }
    for name in ("comment", "fail-on", "level", "path", "sarif"):
        assert rows[name] == f"`{INPUTS[name]['default']}`"


def test_the_hooks_of_the_page_are_those_of_the_manifest_and_pre_commit_accepts_them(tmp_path: Path) -> None:
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (used,) = yaml.safe_load(HOOKS)["repos"]
    assert [hook["id"] for hook in used["hooks"]] == [hook["id"] for hook in manifest]
    config = tmp_path / "config.yaml"
    config.write_text(HOOKS, encoding="utf-8")
    subprocess.run([program("pre-commit"), "validate-config", config], check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("vendor.github-actions", (ROOT / "action.yml").read_text(encoding="utf-8")),
        ("vendor.github-workflows", WORKFLOW),
        ("custom.github-workflows-require-timeout", WORKFLOW),
    ],
    ids=["action", "workflow", "timeout"],
)
def test_github_would_take_it(schema: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text(text, encoding="utf-8")
    words = ["--builtin-schema", schema, str(file)]
    done = subprocess.run([program("check-jsonschema"), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    steps = yaml.safe_load(WORKFLOW)["jobs"]["access"]["steps"]
    assert set(steps[1]["with"]) <= set(INPUTS)
    include = yaml.safe_load(INCLUDE)["include"][0]
    header = (ROOT / include["file"]).read_text(encoding="utf-8").partition("---\n")[0]
    assert set(include["inputs"]) <= set(yaml.safe_load(header)["spec"]["inputs"])


def test_an_auditor_of_actions_finds_nothing_in_the_action() -> None:
    done = subprocess.run(
        [program("zizmor"), "--offline", "--no-progress", ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
