"""Tests the action for pull requests: runs its steps in a repository with a base branch.

Two things of a runner's are stood in for. The install step finds a `tools/install.sh` that notes what it is
asked for and links this environment's program: what the real one does, `make` runs. And `gh` is a program
that notes what it is asked to write.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci import actions
from tests.ci.actions import Run
from tests.ci.repository import ADMIN, BINDING, NAMESPACE, POD, PROGRAMS, ROLE, Repository, repository
from tests.docs.console import ROOT

INSTALL = """\
#!/bin/sh
echo "$@" >"$RUNNER_TEMP/installed"
mkdir -p "$1/bin" && ln -sf "{program}" "$1/bin/rbacpsp"
"""
GH = """\
#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
log = pathlib.Path(os.environ["RUNNER_TEMP"], "gh.jsonl")
fields = [word.partition("=")[2] for word in words if word.startswith("body=")]
body = pathlib.Path(fields[0].removeprefix("@")).read_text() if fields else ""
if os.environ.get("GH_REFUSES"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
with log.open("a") as stream:
    print(json.dumps({{"words": words, "body": body, "token": os.environ["GH_TOKEN"]}}), file=stream)
if "--jq" in words:
    print(os.environ.get("GH_COMMENT", ""))
"""


class PullRequest:
    """A pull request to a repository: its branch is checked out, its base is a commit of the origin."""

    def __init__(self, folder: Path) -> None:
        self.origin = repository(folder)
        self.base = self.origin.run("git", "rev-parse", "HEAD").stdout.strip()
        self.temp = folder / "temp"
        self.temp.mkdir()
        self.action = folder / "action"
        shutil.copytree(ROOT / "tools" / "action", self.action / "tools" / "action")
        shutil.copy(ROOT / "action.yml", self.action)
        self._program(self.action / "tools" / "install.sh", INSTALL.format(program=PROGRAMS / "rbacpsp"))
        self._program(folder / "programs" / "gh", GH.format(python=sys.executable))
        self.path = f"{folder / 'programs'}:{self.origin.environment['PATH']}"
        self.checkout = Repository(folder / "checkout")

    def _program(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def run(
        self,
        files: dict[str, str],
        *,
        number: int | None = 7,
        environment: Mapping[str, str] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Run:
        """Commit files to a branch, check it out as actions/checkout does by default, and run the action."""
        self.origin.run("git", "checkout", "--quiet", "-b", "change")
        self.origin.commit({"README.md": "# Change\n", **files})
        self.origin.run("git", "checkout", "--quiet", "main")
        self.origin.commit({"later.md": "the branch is not the newest\n"})
        self.origin.run(
            *("git", "clone", "--quiet", "--depth=1", "--branch=change"),
            *(self.origin.path.as_uri(), str(self.checkout.path)),
        )
        event = {"pull_request": {"number": number, "base": {"sha": self.base}}} if number else {}
        github = {"event": event, "repository": "shop/manifests", "token": "t0ken"}
        shown = {"RUNNER_TEMP": str(self.temp), "PATH": self.path, **(environment or {})}
        return actions.run(self.action, self.checkout, github, given or {}, shown)

    def asked_of_github(self) -> list[dict[str, Any]]:
        """The calls of `gh`, in order."""
        log = self.temp / "gh.jsonl"
        return (
            [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            if log.exists()
            else []
        )


@pytest.fixture
def pull(tmp_path: Path) -> PullRequest:
    return PullRequest(tmp_path)


def annotations(done: Run) -> list[str]:
    return [line for line in done.log.splitlines() if line.startswith(("::error file", "::warning file"))]


def test_a_harmless_change_passes_and_is_in_the_summary(pull: PullRequest) -> None:
    done = pull.run({"manifests/role.yaml": ROLE.replace("list]", "list, watch]")})
    assert (done.code, done.outputs["failed"]) == (0, "false"), done.log
    assert annotations(done) == []
    assert done.summary.startswith("**access: 1 gained")
    assert "| gained | Group/devs |" in done.summary
    assert (pull.temp / "installed").read_text(encoding="utf-8").split()[1:] == ["run", "build"]
    assert sorted(path.name for path in Path(done.outputs["report"]).iterdir()) == [
        *("audit.sarif", "diff.md", "psa.sarif")
    ]


def test_a_new_power_fails_at_its_line_and_is_sent_and_commented(pull: PullRequest) -> None:
    done = pull.run({"manifests/ci.yaml": ADMIN}, given={"sarif": "true"})
    assert (done.code, done.failed) == (1, "Fail on what is new")
    assert done.outputs["failed"] == "true"
    assert any(
        line.startswith("::error file=manifests/ci.yaml,line=1,title=RBP001%3A Full control by wildcard::")
        for line in annotations(done)
    )
    assert "ServiceAccount/shop:ci" in done.log.partition("::group::paths")[2]
    looked, written = pull.asked_of_github()
    assert looked["words"][:3] == ["api", "--paginate", "repos/shop/manifests/issues/7/comments"]
    assert written["words"][:5] == [
        *("api", "--silent", "--method", "POST"),
        "repos/shop/manifests/issues/7/comments",
    ]
    assert written["body"].startswith("<!-- rbacpsp -->\n### What this changes in access\n**access: 2 gained")
    assert written["token"] == "t0ken"  # noqa: S105 - made up
    sarif = json.loads(Path(done.outputs["report"], "audit.sarif").read_text(encoding="utf-8"))
    uris = {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in sarif["runs"][0]["results"]
        for location in result["locations"]
    }
    assert uris == {"manifests/ci.yaml"}
    ((used, given),) = done.used.items()
    assert used.startswith("github/codeql-action/upload-sarif@")
    assert given == {"sarif_file": done.outputs["report"], "category": "rbacpsp"}


def test_a_changed_pod_that_violates_the_level_fails(pull: PullRequest) -> None:
    privileged = POD.replace("image: nginx", "image: nginx, securityContext: {privileged: true}")
    done = pull.run({"manifests/pod.yaml": privileged}, given={"fail-on": "none"})
    assert (done.code, done.failed) == (1, "Fail on what is new")
    assert any(line.startswith("::error file=manifests/pod.yaml,line=6,") for line in annotations(done))


def test_earlier_findings_do_not_fail_and_the_earlier_comment_is_replaced(
    pull: PullRequest,
) -> None:
    pull.base = pull.origin.commit({"manifests/ci.yaml": ADMIN})
    done = pull.run({"manifests/role.yaml": ROLE + "# a word\n"}, environment={"GH_COMMENT": "41"})
    assert (done.code, annotations(done)) == (0, [])
    (_, written) = pull.asked_of_github()
    assert written["words"][2:5] == ["--method", "PATCH", "repos/shop/manifests/issues/comments/41"]
    assert "no change in access, admission, findings, paths" in written["body"]


def test_without_a_change_there_is_no_comment(pull: PullRequest) -> None:
    assert pull.run({}).code == 0
    assert [each["words"][1] for each in pull.asked_of_github()] == ["--paginate"]


def test_a_comment_that_github_refuses_is_a_warning(pull: PullRequest) -> None:
    done = pull.run({"manifests/role.yaml": ROLE.replace("list]", "watch]")}, environment={"GH_REFUSES": "1"})
    assert done.code == 0
    assert (
        "::warning title=rbacpsp::the comment could not be written: give the job pull-requests: write"
        in done.log
    )


def test_new_manifests_are_compared_with_an_empty_state(pull: PullRequest) -> None:
    files = {"other/binding.yaml": BINDING, "other/role.yaml": ROLE, "other/namespace.yaml": NAMESPACE}
    done = pull.run(files, given={"path": "./other/"})
    assert done.code == 0, done.log
    assert done.summary.startswith("**access: 1 gained")


def test_a_base_may_be_a_branch_and_the_manifests_the_whole_repository(pull: PullRequest) -> None:
    done = pull.run(
        {"manifests/ci.yaml": ADMIN},
        number=None,
        given={"base": "main", "path": ".", "options": "--keep-going"},
    )
    assert done.failed == "Fail on what is new"
    assert any(
        "file=./manifests/ci.yaml" in line or "file=manifests/ci.yaml" in line for line in annotations(done)
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"base": ""},
            (
                "there is no base to compare with: run this on pull_request, or give the input base a commit "
                "or a branch"
            ),
        ),
        (
            {"base": "nothing"},
            "the base cannot be fetched: check its name, and that the checkout keeps its credentials",
        ),
        ({"base": "--upload-pack=x"}, "the base begins with a dash: give a commit or a branch"),
        ({"path": "nothing"}, "there is no such file or folder: give the input path where the manifests are"),
        ({"path": "../"}, "the path is not one below the top of the repository"),
    ],
)
def test_wrong_input_is_a_one_line_error(pull: PullRequest, given: dict[str, str], line: str) -> None:
    done = pull.run({}, given=given)
    assert done.code == 2
    assert done.log == f"::error title=rbacpsp::{line}\n"


def test_without_a_pull_request_and_a_base_there_is_a_one_line_error(pull: PullRequest) -> None:
    done = pull.run({}, number=None)
    assert (done.code, done.failed, len(done.log.splitlines())) == (2, "Find the base", 1)


def test_an_unreadable_manifest_is_a_one_line_error_and_ends_the_run(pull: PullRequest) -> None:
    done = pull.run({"manifests/role.yaml": "kind: ["})
    assert (done.code, done.failed) == (2, "Check what is new")
    assert [line for line in done.log.splitlines() if line.startswith("error: manifests/role.yaml, ")]


def test_with_an_unreadable_base_everything_is_new_and_a_note_says_so(pull: PullRequest) -> None:
    pull.base = pull.origin.commit({"manifests/ci.yaml": ADMIN, "manifests/role.yaml": "kind: ["})
    done = pull.run({"manifests/role.yaml": ROLE})
    assert "::warning title=rbacpsp::the manifests of the base cannot be read" in done.log
    assert done.failed == "Fail on what is new"


def test_a_hostile_file_name_is_no_command(pull: PullRequest) -> None:
    privileged = POD.replace("image: nginx", "image: nginx, securityContext: {privileged: true}")
    privileged = privileged.replace("name: web, namespace", "name: other, namespace")
    done = pull.run({"manifests/$(touch owned)\n::error::x.yaml": privileged}, given={"comment": "false"})
    assert done.failed == "Fail on what is new"
    assert not (pull.checkout.path / "owned").exists()
    assert not [line for line in done.log.splitlines() if line.startswith("::error::")]


def test_no_input_is_inserted_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert not [step for step in action["runs"]["steps"] if "${{" in step.get("run", "")]
