"""Tests the pytest plugin: it collects assertion files, and assertions pass, fail or are skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rbacpsp.testing import AssertionInFileError, read_assertion_file

RBAC = "rbac.authorization.k8s.io"
CLUSTER = f"""\
apiVersion: {RBAC}/v1
kind: Role
metadata: {{name: reader, namespace: team-a}}
rules:
- {{verbs: [get], apiGroups: [""], resources: [secrets]}}
---
apiVersion: {RBAC}/v1
kind: RoleBinding
metadata: {{name: b, namespace: team-a}}
subjects:
- {{kind: Group, apiGroup: {RBAC}, name: devs}}
roleRef: {{apiGroup: {RBAC}, kind: Role, name: reader}}
"""
HEAD = "apiVersion: rbacpsp.io/v1\nkind: AccessTest\nassertions:\n"
READ = "{verbs: [get], resources: [secrets], namespaces: [team-a]}"
PASSES = f"- {{name: devs read, who: Group/devs, can: {READ}}}\n"
FAILS = f"- {{name: devs keep out, reason: policy 4, who: Group/devs, cannot: {READ}}}\n"
UNKNOWN = f"- {{name: typo, who: Group/dves, cannot: {READ}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cluster.yaml").write_text(CLUSTER, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "other.yaml").write_text("kind: Values\n", encoding="utf-8")
    (tmp_path / "tests" / "access.yaml").write_text(HEAD + PASSES + FAILS + UNKNOWN, encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> tuple[int, str]:
    program = [sys.executable, "-m", "pytest", "-p", "rbacpsp.testing.pytest", "-p", "no:cacheprovider"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    done = subprocess.run(
        [*program, "-q", *options], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_every_assertion_is_a_test_and_a_failure_names_its_grant(folder: Path) -> None:
    code, said = run(folder, "--rbacpsp-cluster", "cluster.yaml", "tests")
    assert code == 1
    assert "2 failed, 1 passed" in said
    assert "fail: Group/devs may get secrets in team-a" in said
    assert "it must be so: policy 4" in said
    assert "cluster.yaml:7)" in said
    assert "cannot be asked: no object names Group/dves" in said


def test_unanswerable_assertions_may_be_skipped_and_the_cluster_configured(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nrbacpsp_cluster = cluster.yaml\n", encoding="utf-8")
    code, said = run(folder, "--rbacpsp-allow-unknown", "tests/access.yaml", "-k", "not out")
    assert code == 0
    assert "1 passed, 1 skipped, 1 deselected" in said


def test_a_conftest_defines_the_cluster_and_who_is_logged_in(folder: Path) -> None:
    (folder / "tests" / "access.yaml").write_text(
        HEAD + f"- {{name: I read, who: live, can: {READ}}}\n", encoding="utf-8"
    )
    (folder / "tests" / "conftest.py").write_text(
        "import pytest, rbacpsp\n\n\n@pytest.fixture\ndef cluster():\n"
        "    return rbacpsp.load('cluster.yaml')\n\n\n@pytest.fixture\ndef cluster_user():\n"
        "    return rbacpsp.User('ann', ('devs',))\n",
        encoding="utf-8",
    )
    code, said = run(folder, "tests")
    assert (code, "1 passed" in said) == (0, True)


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (HEAD + PASSES, (), "no cluster: pass --rbacpsp-cluster PATH"),
        (HEAD + PASSES, ("--rbacpsp-cluster", "gone.yaml"), "gone.yaml: there is no such file"),
        (
            HEAD + PASSES.replace("who", "whom"),
            ("--rbacpsp-cluster", "cluster.yaml"),
            'access.yaml, line 4, assertions[0].whom: unknown key "whom"',
        ),
    ],
)
def test_errors_are_reported_without_a_traceback_of_the_plugin(
    folder: Path, text: str, options: tuple[str, ...], told: str
) -> None:
    (folder / "tests" / "access.yaml").write_text(text, encoding="utf-8")
    code, said = run(folder, *options, "tests")
    assert code != 0
    assert told in said


def test_the_pods_of_a_file_lie_beside_the_assertions(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: b}]}\n"
    (tmp_path / "web.yaml").write_text(pod, encoding="utf-8")
    (tmp_path / "none.yaml").write_text(
        "kind: Service\napiVersion: v1\nmetadata: {name: x}\n", encoding="utf-8"
    )
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    file = tmp_path / "access.yaml"
    file.write_text(HEAD + "- {name: one, pod: web.yaml, level: baseline}\n", encoding="utf-8")
    [assertion] = read_assertion_file(file)
    assert assertion.line == 4
    for name, told in (
        ("gone.yaml", "there is no file"),
        ("none.yaml", "it contains no pod"),
        ("bad.yaml", "bad.yaml, document 1"),
        (".", "there is no file"),
    ):
        file.write_text(HEAD + f"- {{name: one, pod: {name}, level: baseline}}\n", encoding="utf-8")
        with pytest.raises(AssertionInFileError) as caught:
            read_assertion_file(file)
        assert told in str(caught.value)
        assert str(caught.value).startswith(f"{file}, line 4, assertions[0].pod: ")


def test_a_file_of_assertions_under_a_misspelt_kind_is_an_error_instead_of_no_test(folder: Path) -> None:
    text = (HEAD + PASSES).replace("AccessTest", "AccesTest")
    (folder / "tests" / "access.yaml").write_text(text, encoding="utf-8")
    (folder / "tests" / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    code, said = run(folder, "--rbacpsp-cluster", "cluster.yaml", "tests")
    assert code == 2
    assert 'kind: kind must be AccessTest, not "AccesTest"' in said
