"""Tests the commands `rbacpsp migrate kyverno`, `gatekeeper`, `kubewarden` and `scc`."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.migration.build import open_policy

ENGINES = ["gatekeeper", "kubewarden", "kyverno", "scc"]
SAMPLE = "sample_clusters/psp-migration"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policies.json"
    only = open_policy("only", privileged=False, readOnlyRootFilesystem=True, allowedProcMountTypes=[])
    path.write_text(json.dumps(only), "utf-8")
    return path


@pytest.mark.parametrize("engine", ENGINES)
def test_json_holds_the_objects_and_the_gaps(engine: str, file: Path) -> None:
    result = run(engine, "-f", file, "-o", "json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert [answer[key] for key in ("apiVersion", "kind", "engine", "scope")] == [
        "rbacpsp.io/v1",
        "Migration",
        engine,
        "all",
    ]
    assert answer["objects"]
    for gap in answer["gaps"]:
        assert gap.keys() == {"kind", "policy", "field", "detail", "affects"}


@pytest.mark.parametrize("engine", ENGINES)
def test_files_are_the_same_objects(engine: str, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert run(engine, "-f", file, "-O", folder).exit_code == 0
    files = [
        yaml.safe_load(path.read_text("utf-8"))
        for path in sorted(folder.glob("*.yaml"))
        if path.name != "kustomization.yaml"
    ]
    assert files == json.loads(run(engine, "-f", file, "-o", "json").stdout)["objects"]
    again = run(engine, "-f", file, "-O", folder)
    assert (again.exit_code, len(again.stderr.splitlines())) == (2, 1)
    assert str(folder) in again.stderr


@pytest.mark.parametrize("engine", ENGINES)
def test_fail_on_weaker_gives_exit_code_1_for_a_weaker_gap(engine: str, file: Path) -> None:
    assert run(engine, "-f", file, "--fail-on-gap", "weaker").exit_code == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_output_is_the_same_byte_for_byte_when_it_is_written_again(engine: str) -> None:
    first, second = (run(engine, "-f", SAMPLE) for _ in range(2))
    assert first.stdout_bytes == second.stdout_bytes


@pytest.mark.parametrize("engine", ["gatekeeper", "kyverno"])
def test_the_files_of_the_sample_are_up_to_date(engine: str) -> None:
    text = Path(f"sample_clusters/steps/psp-migration/{engine}.yaml").read_text("utf-8")
    assert run(engine, "-f", SAMPLE).stdout == text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("kyverno", "--scope", "rbac"),
            "Kyverno does not support the scope rbac; known scopes: namespaces, all",
        ),
        (
            ("gatekeeper", "--scope", "rbac"),
            "Gatekeeper does not support the scope rbac; known scopes: namespaces, all",
        ),
        (
            ("scc", "--scope", "rbac"),
            "OpenShift does not support the scope rbac; known scopes: namespaces, all",
        ),
        (("scc", "--actions", "Warn"), "can neither warn nor audit: leave the action at Deny"),
        (
            ("opa",),
            "engines and steps: check, gatekeeper, kubewarden, kyverno, level, plan, psa, psp, scc, vap",
        ),
    ],
)
def test_an_unsupported_option_of_an_engine_is_a_one_line_error(words: tuple[str, ...], message: str) -> None:
    result = run(*words, "-f", SAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert message in line


def test_kubewarden_uses_a_group_in_rbac_for_each_set_of_policies() -> None:
    result = run("kubewarden", "--scope", "rbac", "-f", SAMPLE, "-o", "json")
    assert len(json.loads(result.stdout)["objects"]) == 8


OPENSHIFT = "sample_clusters/scc-on-openshift"


def test_constraints_become_policies_that_the_other_engines_take(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    result = run("psp", "-f", OPENSHIFT, "-O", folder)
    assert result.exit_code == 0, result.stderr
    answer = json.loads(run("vap", "-f", folder, "-o", "json").stdout)
    assert [obj["kind"] for obj in answer["objects"]][-1] == "ValidatingAdmissionPolicyBinding"
    migration = json.loads(run("psp", "-f", OPENSHIFT, "-o", "json").stdout)
    assert (migration["kind"], migration["engine"], migration["scope"]) == ("Migration", "psp", "namespaces")
    assert {gap["kind"] for gap in migration["gaps"]} == {
        *("weaker", "stricter", "mutation lost", "scope lost", "order lost")
    }
    first = run("psp", "-f", OPENSHIFT).stdout
    assert first == run("psp", "-f", OPENSHIFT).stdout
    assert first.startswith("# Security context constraints as psp, scope namespaces.")


@pytest.mark.parametrize(
    ("engine", "source", "message"),
    [
        ("psp", SAMPLE, "there are no security context constraints to migrate"),
        ("scc", OPENSHIFT, "there is no PodSecurityPolicy to migrate"),
    ],
)
def test_nothing_to_migrate_is_a_one_line_error(engine: str, source: str, message: str) -> None:
    result = run(engine, "-f", source)
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert message in line


def test_fail_on_gaps_applies_to_the_migration_back() -> None:
    assert run("psp", "-f", OPENSHIFT, "--fail-on-gap", "weaker").exit_code == 1


def test_the_check_does_not_ignore_constraints(tmp_path: Path) -> None:
    assert run("scc", "-f", SAMPLE, "-O", tmp_path / "out").exit_code == 0
    result = run("check", tmp_path / "out", "-f", SAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "rbacpsp scc simulate judges the workloads of a cluster under them" in result.stderr
