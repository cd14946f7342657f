"""Tests the hooks of pre-commit by running pre-commit in a repository.

pre-commit would install this project in an environment of its own and run each hook's entry there. Here the
entries run in this environment; the rest - the manifest, which files a hook is given, arguments, exit codes -
is pre-commit's own.
"""

from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from tests.ci.repository import ADMIN, POD, ROLE, Repository, program, repository
from tests.docs.console import ROOT

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
ARGUMENTS = {
    "rbacpsp-audit": ["--fail-on=high", "--filename=manifests"],
    "rbacpsp-psa-check": ["--level=baseline"],
    "rbacpsp-test": ["access.yaml", "--filename=manifests"],
}
"""What the documentation's example gives each."""


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """A repository that uses every hook for the files of one folder."""
    made = repository(tmp_path)
    hooks = [
        {**hook, "language": "system", "files": "^manifests/", "args": ARGUMENTS[hook["id"]]}
        for hook in HOOKS
    ]
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    made.commit({".pre-commit-config.yaml": config})
    return made


def run(shop: Repository, *words: str) -> CompletedProcess[str]:
    return shop.run(program("pre-commit"), "run", "--color=never", *words, check=False)


def results(done: CompletedProcess[str]) -> dict[str, str]:
    """The result of each hook, from the lines of dots that pre-commit prints."""
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line.startswith("rbacpsp ") and "..." in line]
    return {line.partition("..")[0]: line.rpartition(".")[2] for line in lines}


def test_pre_commit_accepts_the_manifest() -> None:
    Repository(ROOT).run(program("pre-commit"), "validate-manifest", str(MANIFEST))


def test_every_hook_installs_what_this_project_is_and_runs_a_command_of_it() -> None:
    assert [hook["id"] for hook in HOOKS] == list(ARGUMENTS)
    assert {hook["language"] for hook in HOOKS} == {"python"}
    assert all(hook["entry"].startswith("rbacpsp ") for hook in HOOKS)


def test_with_nothing_staged_each_hook_prints_one_line(shop: Repository) -> None:
    done = run(shop)
    assert done.returncode == 0
    assert results(done) == dict.fromkeys(
        ("rbacpsp audit", "rbacpsp psa check", "rbacpsp test"), "(no files to check)Skipped"
    )
    assert len(done.stdout.splitlines()) == 3


def test_files_outside_of_the_manifests_are_ignored(shop: Repository) -> None:
    shop.stage({"compose.yaml": "services: {}\n", "README.md": "# Shop 2\n"})
    done = run(shop)
    assert (done.returncode, set(results(done).values())) == (0, {"(no files to check)Skipped"})


def test_a_harmless_change_passes(shop: Repository) -> None:
    shop.stage({"manifests/role.yaml": ROLE.replace("[get, list]", "[get, list, watch]")})
    done = run(shop)
    assert results(done) == dict.fromkeys(("rbacpsp audit", "rbacpsp psa check", "rbacpsp test"), "Passed")
    assert done.returncode == 0


def test_a_new_power_fails_the_audit_with_its_line(shop: Repository) -> None:
    shop.stage({"manifests/ci.yaml": ADMIN})
    done = run(shop)
    assert done.returncode == 1
    assert results(done) == {
        "rbacpsp audit": "Failed",
        "rbacpsp psa check": "Passed",
        "rbacpsp test": "Passed",
    }
    assert "RBP001" in done.stdout
    assert "ClusterRoleBinding ci (manifests/ci.yaml:1)" in done.stdout


def test_findings_of_unchanged_files_do_not_fail_the_commit(shop: Repository) -> None:
    shop.commit({"manifests/ci.yaml": ADMIN})
    shop.stage({"manifests/role.yaml": ROLE.replace("[get, list]", "[get]")})
    done = run(shop, "rbacpsp-audit")
    assert results(done) == {"rbacpsp audit": "Passed"}


def test_an_extended_role_is_reported_although_its_binding_is_unchanged(shop: Repository) -> None:
    grown = ROLE.replace(
        "[apps], resources: [deployments], verbs: [get, list]", '[""], resources: [pods], verbs: [create]'
    )
    shop.stage({"manifests/role.yaml": grown})
    done = run(shop, "rbacpsp-audit")
    assert results(done) == {"rbacpsp audit": "Failed"}
    assert "RBP040" in done.stdout
    assert "Group/devs" in done.stdout


def test_a_privileged_pod_fails_the_level(shop: Repository) -> None:
    shop.stage(
        {
            "manifests/pod.yaml": POD.replace(
                "image: nginx", "image: nginx, securityContext: {privileged: true}"
            )
        }
    )
    done = run(shop, "rbacpsp-psa-check")
    assert results(done) == {"rbacpsp psa check": "Failed"}
    assert "manifests/pod.yaml:1: pod/web in shop violates baseline:latest" in done.stdout


def test_an_assertion_that_no_longer_holds_fails(shop: Repository) -> None:
    shop.stage({"manifests/role.yaml": ROLE.replace("list]", "delete]")})
    done = run(shop, "rbacpsp-test")
    assert results(done) == {"rbacpsp test": "Failed"}
    assert "developers do not delete deployments" in done.stdout


def test_a_manifest_that_cannot_be_read_fails_with_its_line(shop: Repository) -> None:
    shop.stage({"manifests/role.yaml": "kind: ["})
    done = run(shop, "rbacpsp-audit")
    assert results(done) == {"rbacpsp audit": "Failed"}
    assert "- exit code: 2" in done.stdout
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert error.startswith("error: manifests/role.yaml, ")
