"""Tests `rbacpsp diff`: who gained and who lost access between two states."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rbacpsp.cli import main

RBAC = "rbac.authorization.k8s.io"
ROLE = f"""\
apiVersion: {RBAC}/v1
kind: Role
metadata: {{name: reader, namespace: team-a}}
rules:
- {{verbs: [VERB], apiGroups: [""], resources: [secrets]}}
---
apiVersion: {RBAC}/v1
kind: RoleBinding
metadata: {{name: b, namespace: team-a}}
subjects:
- {{kind: Group, apiGroup: {RBAC}, name: devs}}
roleRef: {{apiGroup: {RBAC}, kind: Role, name: reader}}
"""
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a state in which devs hold a verb on secrets; the folder is the current one."""
    monkeypatch.chdir(tmp_path)

    def write_state(name: str, verb: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(ROLE.replace("VERB", verb), encoding="utf-8")
        return path

    return write_state


def run(*arguments: str, **invoke_options: Any) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments], **invoke_options)


def test_a_new_finding_about_an_object_is_written_in_yaml_as_in_json(write: Write) -> None:
    write("old.yaml", "get")
    write("new.yaml", "Get")
    result = run("old.yaml", "new.yaml", "--all", "-o", "yaml")
    assert result.exit_code == 0
    written = yaml.safe_load(result.stdout)
    assert written == json.loads(run("old.yaml", "new.yaml", "--all", "-o", "json").stdout)
    assert {finding["rule"] for finding in written["findings"]["new"] if "object" in finding} == {"RBP140"}


def test_json_lists_gained_permissions_without_those_held_before(write: Write) -> None:
    write("old.yaml", "get")
    write("new.yaml", '"*"')
    result = run("old.yaml", "new.yaml", "-o", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "apiVersion": "rbacpsp.io/v1",
        "kubernetesVersion": "1.37",
        "versionAssumed": True,
        "kind": "Diff",
        "access": {
            "gained": [
                {
                    "subject": {"kind": "Group", "name": "devs"},
                    "namespace": "team-a",
                    "rule": {"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"]},
                    "except": [
                        {
                            "namespace": "team-a",
                            "rule": {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]},
                        }
                    ],
                    "grants": [
                        {
                            "binding": {"kind": "RoleBinding", "namespace": "team-a", "name": "b"},
                            "role": {"kind": "Role", "namespace": "team-a", "name": "reader"},
                            "ruleIndex": 0,
                            "file": "new.yaml",
                            "line": 7,
                        }
                    ],
                }
            ],
            "lost": [],
        },
    }


def test_the_table_names_subject_place_and_binding(write: Write) -> None:
    write("old.yaml", "get")
    write("new.yaml", '"*"')
    result = run("new.yaml", "old.yaml")
    assert result.stdout == (
        "CHANGE   SUBJECT      SCOPE    VERBS   ON        EXCEPT        THROUGH\n"
        "lost     Group/devs   team-a   *       secrets   get secrets   RoleBinding/team-a/b\n"
    )


def test_without_a_difference_the_output_is_one_line_or_empty_lists(write: Write) -> None:
    write("old.yaml", "get")
    result = run("old.yaml", "old.yaml", "--fail-on", "gained", "--fail-on", "lost")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "no change in access\n",
        "Kubernetes 1.37, assumed.\n",
    )
    assert json.loads(run("old.yaml", "old.yaml", "-o", "json").stdout)["access"] == {
        "gained": [],
        "lost": [],
    }


@pytest.mark.parametrize(
    ("failing", "code"), [(["gained"], 1), (["lost"], 0), (["lost", "gained"], 1), ([], 0)]
)
def test_fail_on_exits_with_1_if_there_is_a_difference(write: Write, failing: list[str], code: int) -> None:
    write("new.yaml", "get")
    options = [word for condition in failing for word in ("--fail-on", condition)]
    assert run("none", "new.yaml", *options).exit_code == code


def test_fail_on_counts_what_only_does_not_show(write: Write) -> None:
    write("new.yaml", "get")
    result = run("none", "new.yaml", "--only", "lost", "--fail-on", "gained")
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.parametrize(
    "options",
    [["--only", "lost"], ["--subject", "alice"], ["--subject", "User/devs"], ["-n", "team-b"]],
)
def test_sections_that_were_not_selected_are_counted_only(write: Write, options: list[str]) -> None:
    write("new.yaml", "get")
    result = run("none", "new.yaml", *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Changes found: 1, but none of the selected kinds.\nKubernetes 1.37, assumed.\n"


@pytest.mark.parametrize("options", [["--only", "gained"], ["--subject", "Group/devs"], ["-n", "team-a"]])
def test_selected_sections_are_shown(write: Write, options: list[str]) -> None:
    write("new.yaml", "get")
    assert "Group/devs" in run("none", "new.yaml", *options).stdout


def test_a_revision_of_git_is_a_state(write: Write) -> None:
    path = write("deploy/state.yaml", "get")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words],  # noqa: S607 - any git will do
            check=True,
            cwd=path.parents[1],
        )
    write("deploy/state.yaml", "list")
    for source in ("deploy", "deploy/state.yaml", "./deploy/"):
        access = json.loads(run(f"git:HEAD:{source}", "deploy", "-o", "json").stdout)["access"]
        assert [entry["rule"]["verbs"] for entry in access["gained"]] == [["list"]]
        assert [entry["rule"]["verbs"] for entry in access["lost"]] == [["get"]]
        assert access["lost"][0]["grants"][0]["file"].startswith(f"git:HEAD:{source.rstrip('/')}")
    for word, message in (
        ("git:nope:deploy", 'there is no revision "nope" in this repository'),
        ("git:--all:deploy", 'there is no revision "--all" in this repository'),
        ("git:HEAD:nope", 'the revision "HEAD" does not contain "nope"'),
        ("git:HEAD", "this does not name a revision and a path in it"),
    ):
        result = run(word, "deploy")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"error: {word}: {message}; ")
        assert result.stderr.count("\n") == 1


def test_outside_of_a_repository_the_error_says_so(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("new.yaml", "get")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    result = run("git:HEAD:x", "new.yaml")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: git:HEAD:x: this is not a git repository; run rbacpsp inside of it\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.yaml", "new.yaml"], "error: missing.yaml: there is no such file; check the path\n"),
        (["-", "-"], "error: standard input can be read only once\nSee 'rbacpsp diff --help'.\n"),
        (["live:", "new.yaml"], 'error: "live:" names no context: write live, or live:CONTEXT\n'),
        (["new.yaml"], "error: NEW is missing\n"),
    ],
)
def test_a_state_that_cannot_be_read_is_named(write: Write, words: list[str], message: str) -> None:
    write("new.yaml", "get")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)


def test_the_state_nothing_has_the_default_objects_of_its_release() -> None:
    bootstrap = Path(__file__).parents[3] / "sample_clusters" / "bootstrap-1.24"
    result = run("none", str(bootstrap), "--kubernetes-version", "1.24")
    assert result.stdout == "no change in access\n"


def test_fail_on_path_fails_for_a_new_path_to_cluster_admin_and_shows_its_steps(write: Write) -> None:
    path = write("old.yaml", "get")
    binding = (
        f"apiVersion: {RBAC}/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n"
        f"subjects: [{{kind: User, apiGroup: {RBAC}, name: eve}}]\n"
        f"roleRef: {{apiGroup: {RBAC}, kind: ClusterRole, name: cluster-admin}}\n"
    )
    write("new.yaml", "get").write_text(f"{path.read_text()}---\n{binding}", encoding="utf-8")
    result = run("old.yaml", "new.yaml", "--fail-on", "path", "-o", "json")
    assert result.exit_code == 1
    paths = json.loads(result.stdout)["paths"]
    assert [(path["from"], path["to"]) for path in paths["new"]] == [
        ("User/eve", "cluster-admin"),
        ("User/eve", "node"),
    ]
    assert paths["gone"] == []
    assert "new path   User/eve" in run("old.yaml", "new.yaml", "--paths").stdout
    assert run("new.yaml", "old.yaml", "--fail-on", "path").exit_code == 0
    assert "paths" not in json.loads(run("old.yaml", "new.yaml", "-o", "json").stdout)


def test_a_namespace_is_compared_with_another(write: Write) -> None:
    path = write("one.yaml", "get")
    changed = path.read_text().replace("team-a", "team-b").replace("[get]", "[list]")
    path.write_text(f"{path.read_text()}---\n{changed}", encoding="utf-8")
    result = run("one.yaml", "one.yaml", "--old-namespace", "team-a", "-n", "team-b", "--fail-on", "lost")
    assert result.exit_code == 1
    assert result.stdout == (
        "CHANGE   SUBJECT      SCOPE    VERBS   ON        EXCEPT   THROUGH\n"
        "gained   Group/devs   team-b   list    secrets            RoleBinding/team-b/b\n"
        "lost     Group/devs   team-a   get     secrets            RoleBinding/team-a/b\n"
    )
    result = run("one.yaml", "one.yaml", "--old-namespace", "team-x", "-n", "team-b")
    assert (result.exit_code, result.stderr) == (
        2,
        'error: there is no object in a namespace "team-x"; check its name\n',
    )
    assert run("one.yaml", "one.yaml", "--old-namespace", "team-a").exit_code == 2


@pytest.mark.parametrize("old", ["all.yaml", "none"])
def test_a_namespace_that_neither_state_has_is_refused(write: Write, old: str) -> None:
    path = write("all.yaml", "get")
    names = ("default", "kube-node-lease", "kube-public", "kube-system", "team-a", "team-b")
    namespaces = "".join(
        f"---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n" for name in names
    )
    path.write_text(f"{path.read_text()}{namespaces}", encoding="utf-8")
    result = run(old, "all.yaml", "-n", "team-x", "--fail-on", "gained")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith('error: namespaces "team-x" not found; did you mean team-b or team-a?')
    for namespace in ("team-b", "kube-system"):
        assert run(old, "all.yaml", "-n", namespace).exit_code == 0


def test_a_namespace_that_no_file_names_is_doubted_and_refused_in_a_gate(write: Write) -> None:
    write("old.yaml", "get")
    path = write("new.yaml", "list")
    words = 'no namespace "team-x" was read, nor anything in it'
    assert run("old.yaml", "new.yaml", "-n", "team-x").stderr.startswith("Changes found: 2, ")
    result = run("old.yaml", "new.yaml", "-n", "team-x", "--fail-on", "gained")
    assert (result.exit_code, result.stderr) == (2, f"error: {words}: this gate would prove nothing\n")
    more = "---\n{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}\n"
    path.write_text(f"{path.read_text()}{more}", encoding="utf-8")
    result = run("old.yaml", "new.yaml", "-n", "team-x")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        0,
        f"Warning: {words}; did you mean team-a?",
    )


def test_a_subject_that_nothing_names_is_refused_in_a_gate(write: Write) -> None:
    write("old.yaml", "get")
    write("new.yaml", "get")
    words = ("old.yaml", "new.yaml", "--subject", "Group/dves")
    assert run(*words).exit_code == 0
    result = run(*words, "--fail-on", "gained")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error: no binding names Group/dves: this gate would prove nothing" in result.stderr
    assert run(*words[:3], "system:authenticated", "--fail-on", "gained").exit_code == 0
