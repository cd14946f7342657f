"""Tests the command `rbacpsp migrate vap`."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.migration.build import open_policy

JSON = dict[str, Any]
ROOT = Path(__file__).parents[4]
KINDS = [
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policies.json"
    path.write_text(
        json.dumps(
            open_policy(
                "only",
                readOnlyRootFilesystem=True,
                hostNetwork=False,
                hostIPC=False,
                allowedProcMountTypes=[],
            )
        ),
        encoding="utf-8",
    )
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, words)])


def test_json_holds_the_objects_in_their_order_and_the_gaps(file: Path) -> None:
    result = run("vap", "-f", file, "-o", "json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert {key: answer[key] for key in ("apiVersion", "kind", "engine")} == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "Migration",
        "engine": "vap",
    }
    assert [obj["kind"] for obj in answer["objects"]] == KINDS
    [gap] = answer["gaps"]
    assert gap.keys() == {"kind", "policy", "field", "detail", "affects"}
    assert (gap["kind"], gap["policy"], gap["field"], gap["affects"]) == (
        "stricter",
        "*",
        "ephemeralContainers",
        [],
    )


def test_yaml_is_what_kubectl_applies_and_the_same_each_time(file: Path) -> None:
    first, second = run("vap", "-f", file), run("vap", "-f", file)
    assert first.stdout == second.stdout
    assert first.stdout.startswith("# PodSecurityPolicy as vap, scope all. Differences:\n# - stricter: ")
    documents = list(yaml.safe_load_all(first.stdout))
    assert documents == json.loads(run("vap", "-f", file, "-o", "json").stdout)["objects"]


def test_a_table_shows_the_gaps(file: Path) -> None:
    table = run("vap", "-f", file, "-o", "table").stdout
    assert table.splitlines()[0].split() == ["KIND", "POLICY", "FIELD", "AFFECTS", "DETAIL"]
    exact = run("vap", "-f", file, "-o", "table", "--subresources", "exact")
    assert (exact.stdout, exact.stderr) == (
        "",
        "There are no gaps: pods are judged as before.\nKubernetes 1.24, assumed.\n",
    )


def test_a_folder_gets_one_file_an_object_and_a_kustomization(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    result = run("vap", "-f", file, "-O", folder)
    assert result.exit_code == 0
    assert result.stdout == ""
    names = [f"{number:02}-{kind.lower()}.yaml" for number, kind in enumerate(KINDS, 1)]
    assert sorted(path.name for path in folder.iterdir()) == [*names, "kustomization.yaml"]
    assert yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"] == names
    objects = [yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in names]
    assert objects == json.loads(run("vap", "-f", file, "-o", "json").stdout)["objects"]


def test_a_folder_that_is_not_empty_is_only_replaced_by_force(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old.yaml").write_text("a: b\n", encoding="utf-8")
    refused = run("vap", "-f", file, "-O", folder)
    assert refused.exit_code == 2
    assert refused.stderr == f"error: {folder} is not empty: --force replaces its content\n"
    assert run("vap", "-f", file, "-O", folder, "--force").exit_code == 0
    assert not (folder / "old.yaml").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on-gap", "weaker"), 0),
        (("--fail-on-gap", "any"), 1),
        (("--fail-on-gap", "any", "--subresources", "exact"), 0),
        (("--fail-on-gap", "weaker", "--exclude-namespace", "kube-system"), 1),
        (("--fail-on-gap", "weaker", "--actions", "Warn,Audit"), 1),
    ],
)
def test_a_gap_fails_only_with_the_option(file: Path, options: tuple[str, ...], code: int) -> None:
    assert run("vap", "-f", file, *options).exit_code == code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--actions", "Deny,Warn"), "Deny and Warn exclude each other: a server takes only one of them"),
        (("--actions", "Refuse"), 'unknown value of actions "Refuse"; known values: Deny, Warn, Audit'),
        (
            ("--target-version", "1.29"),
            "Kubernetes 1.29 does not serve ValidatingAdmissionPolicy in v1: name a target of 1.30 or later",
        ),
        (("--target-version", "new"), '"new" is not a Kubernetes version: write it as 1.24 or v1.24.17'),
    ],
)
def test_invalid_options_are_a_one_line_error(file: Path, words: tuple[str, ...], message: str) -> None:
    result = run("vap", "-f", file, *words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"error: {message}\n")


def test_without_policies_there_is_a_one_line_error(tmp_path: Path) -> None:
    path = tmp_path / "namespace.json"
    path.write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}', encoding="utf-8")
    result = run("vap", "-f", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: there is no PodSecurityPolicy to migrate\n"


def test_two_policies_of_the_same_name_are_a_one_line_error(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    policies = [open_policy("a"), open_policy("a", hostPID=False)]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": policies}), encoding="utf-8")
    result = run("vap", "-f", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "a" in result.stderr


def test_an_unknown_engine_is_a_one_line_error_that_lists_the_engines(file: Path) -> None:
    result = run("opa", "-f", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert '"opa"' in result.stderr
    assert "vap" in result.stderr


def test_an_excluded_namespace_that_nothing_has_is_told() -> None:
    asked = ("migrate", "vap", "-f", str(ROOT / "sample_clusters" / "psp-migration"), "--exclude-namespace")
    told = 'Warning: --exclude-namespace shpo: no namespace "shpo" was read, nor anything in it\n'
    for name, expected in (("shpo", True), ("shop", False), ("kube-system", False)):
        result = CliRunner().invoke(main, (*asked, name))
        assert (result.exit_code, told in result.stderr) == (0, expected)
    refused = CliRunner().invoke(main, (*asked, ""))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith('error: "" is no name of a namespace: ')
