"""Tests `rbacpsp test`: assertions about access, with exit codes and formats."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main

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
PASSES = (
    "- {name: devs read, who: Group/devs, can: {verbs: [get], resources: [secrets], namespaces: [team-a]}}\n"
)
FAILS = (
    "- {name: '#1 devs', reason: policy 4, who: Group/devs, cannot: {verbs: [get], resources: [secrets]}}\n"
)
UNKNOWN = "- {name: typo, who: Group/dves, cannot: {verbs: [get], resources: [secrets]}}\n"
WHY = (
    'Group/devs may get secrets in team-a: RBAC: allowed by RoleBinding "b/team-a" of Role "reader" to Group '
    '"devs"'
)
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on some assertions, in the folder of the files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cluster.yaml").write_text(CLUSTER, encoding="utf-8")

    def invoke(text: str, *options: Any) -> Result:
        (tmp_path / "access.yaml").write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["test", "access.yaml", "-f", "cluster.yaml", *options])

    return invoke


@pytest.mark.parametrize(
    ("lines", "options", "code", "counts"),
    [
        (PASSES, [], 0, (1, 0, 0)),
        (PASSES + FAILS, [], 1, (1, 1, 0)),
        (PASSES + UNKNOWN, [], 2, (1, 0, 1)),
        (PASSES + UNKNOWN, ["--allow-unknown"], 0, (1, 0, 1)),
        (FAILS + UNKNOWN, ["--allow-unknown"], 1, (0, 1, 1)),
    ],
)
def test_failures_and_unanswerable_assertions_have_different_exit_codes(
    run: Run, lines: str, options: list[str], code: int, counts: tuple[int, int, int]
) -> None:
    result = run(HEAD + lines, "-o", "json", *options)
    assert result.exit_code == code
    document = json.loads(result.stdout)
    assert (document["apiVersion"], document["kind"]) == ("rbacpsp.io/v1", "AccessTestResults")
    assert document["counts"] == dict(zip(("pass", "fail", "cannotBeAsked"), counts, strict=True))


def test_json_shows_the_grant_of_a_failure_with_its_line(run: Run) -> None:
    [passed, failed, unknown] = json.loads(run(HEAD + PASSES + FAILS + UNKNOWN, "-o", "json").stdout)["items"]
    assert passed == {"name": "devs read", "result": "pass", "why": "", "grants": []}
    assert unknown == {
        "name": "typo",
        "result": "cannot be asked",
        "why": "no object names Group/dves",
        "grants": [],
    }
    assert (failed["result"], failed["why"], failed["reason"]) == ("fail", WHY, "policy 4")
    [grant] = failed["grants"]
    assert grant["binding"] == {"kind": "RoleBinding", "namespace": "team-a", "name": "b"}
    assert (grant["file"], grant["line"]) == ("cluster.yaml", 7)


def test_the_table_has_a_row_for_each(run: Run) -> None:
    result = run(HEAD + PASSES + UNKNOWN)
    assert result.stdout == (
        "RESULT            NAME        WHY                          FILE\n"
        "pass              devs read\n"
        "cannot be asked   typo        no object names Group/dves\n"
    )
    assert result.stderr.splitlines()[-1] == "1 passed, 0 failed, 1 cannot be asked."


def test_tap_has_a_line_for_each_and_no_name_is_a_directive(run: Run) -> None:
    assert run(HEAD + PASSES + FAILS, "-o", "tap").stdout == (
        f"TAP version 13\n1..2\nok 1 - devs read\nnot ok 2 - \\#1 devs\n# fail: {WHY}\n"
    )


def test_junit_has_a_suite_for_each_file_with_the_lines_of_assertions(run: Run) -> None:
    assert run(HEAD + PASSES + UNKNOWN, "-o", "junit").stdout == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="rbacpsp test" tests="2" failures="1">\n'
        '  <testsuite name="access.yaml" tests="2" failures="1">\n'
        '    <testcase classname="access.yaml" name="devs read" file="access.yaml" line="4"/>\n'
        '    <testcase classname="access.yaml" name="typo" file="access.yaml" line="5">\n'
        '      <failure type="cannot be asked" message="no object names Group/dves"></failure>\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + PASSES.replace("can:", "cant:"), 'line 4, assertions[0].cant: unknown key "cant"'),
        (HEAD.replace("AccessTest", "Test") + PASSES, 'line 2, kind: kind must be AccessTest, not "Test"'),
        (HEAD + PASSES.replace("[get]", "get"), "line 4, assertions[0].can.verbs: verbs must be a list"),
        (HEAD + PASSES.replace("Group/", "Team/"), 'line 4, assertions[0].who: "Team/devs" is not a subject'),
        (HEAD.rstrip() + " []\n", "there is no assertion in it"),
        ("a: [", "document 1"),
        ("", "there is no assertion in it"),
    ],
)
def test_a_file_that_is_wrong_is_one_line_with_its_place(run: Run, text: str, message: str) -> None:
    result = run(text)
    assert (result.exit_code, result.stdout) == (2, "")
    [error_line] = result.stderr.splitlines()
    assert error_line.startswith("error: access.yaml")
    assert message in error_line


def test_json_is_taken_as_well_and_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    can = {"verbs": ["get"], "resources": ["secrets"], "namespaces": ["team-a"]}
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest"}
    text = json.dumps({**body, "assertions": [{"name": "n", "who": "Group/devs", "can": can}]})
    assert run(text).exit_code == 0
    (tmp_path / "access.yaml").unlink()
    result = CliRunner().invoke(main, ["test", "access.yaml", "-f", "cluster.yaml"])
    assert (result.exit_code, result.stderr) == (
        2,
        "error: access.yaml: there is no such file; check the path\n",
    )


def test_code_scanning_gets_what_does_not_pass_with_the_places_of_grants(run: Run) -> None:
    (log,) = json.loads(run(HEAD + PASSES + UNKNOWN + FAILS, "-o", "sarif").stdout)["runs"]
    failed, unknown = log["results"]
    assert [(result["ruleId"], result["level"]) for result in (failed, unknown)] == [
        ("assertion-failed", "error"),
        ("assertion-cannot-be-asked", "warning"),
    ]
    assert failed["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "access.yaml"},
        "region": {"startLine": 6},
    }
    [related] = failed["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"] == {"uri": "cluster.yaml"}
    assert "Reason: policy 4." in failed["message"]["text"]


def test_the_generated_assertions_pass_until_the_cluster_changes(run: Run, tmp_path: Path) -> None:
    initial = CliRunner().invoke(main, ["test", "--init", "-f", "cluster.yaml"])
    assert initial.exit_code == 0
    assert "- name: only Group/devs may read secrets in team-a\n" in initial.stdout
    result = run(initial.stdout, "-o", "json")
    assert (result.exit_code, json.loads(result.stdout)["counts"]["fail"]) == (0, 0)
    binding = CLUSTER.partition("---\n")[2].replace("name: b,", "name: c,").replace("name: devs", "name: ops")
    (tmp_path / "cluster.yaml").write_text(f"{CLUSTER}---\n{binding}", encoding="utf-8")
    tomorrow = run(initial.stdout)
    assert tomorrow.exit_code == 1
    assert "Group/ops may get secrets in team-a as well" in tomorrow.stdout


def test_json_shows_paths_and_findings(run: Run) -> None:
    text = HEAD + (
        "- {name: far, who: Group/system:masters, cannotReach: node}\n"
        "- {name: out, who: Group/devs, cannotReach: 'secrets:team-a'}\n"
        "- {name: none, noFinding: {rule: RBP010}}\n"
    )
    masters, reached, with_finding = json.loads(run(text, "-o", "json").stdout)["items"]
    assert {item["result"] for item in (masters, reached, with_finding)} == {"fail"}
    assert [path["to"] for path in reached["paths"]] == ["secrets:team-a"]
    assert [finding["rule"] for finding in with_finding["findings"]] == ["RBP010"]
    assert "paths" not in with_finding


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["test"], "error: FILE is missing\nSee 'rbacpsp test --help'.\n"),
        (
            ["test", "--init", "x.yaml"],
            'error: --init writes assertions instead of reading them: leave out "x.yaml", ',
        ),
    ],
)
def test_usage_errors_are_reported(run: Run, words: list[str], message: str) -> None:
    run(HEAD + PASSES)
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)


def test_files_do_not_show_which_user_is_logged_in(run: Run) -> None:
    text = HEAD + "- {name: me, who: live, cannot: {verbs: [get], resources: [secrets]}}\n"
    result = run(text)
    assert result.exit_code == 2
    assert "the logged-in user is unknown" in result.stdout


POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}\n"


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (
            "{apiVersion: apps/v1, kind: Deploymnt, metadata: {name: d}}",
            'pods.yaml, document 2, line 3: no matches for kind "Deploymnt" in version "apps/v1"',
        ),
        (
            "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: d}}",
            "pods.yaml: the pods of a Rollout are not checked",
        ),
        ("{apiVersion: v1, kind: Service, metadata: {name: d}}", ""),
    ],
)
def test_a_file_of_pods_is_refused_where_something_in_it_would_not_be_judged(
    run: Run, tmp_path: Path, second: str, told: str
) -> None:
    (tmp_path / "pods.yaml").write_text(f"{POD}---\n{second}\n", encoding="utf-8")
    result = run(f"{HEAD}- {{name: a, pod: pods.yaml, level: baseline}}\n")
    assert (result.exit_code, told in result.stderr) == (2 if told else 0, True)


@pytest.mark.parametrize(
    ("access", "why"),
    [
        ("{verbs: ['*'], resources: [secrets], namespaces: [team-a]}", '"*" asks for all such verbs'),
        ("{verbs: [get], resources: ['*'], namespaces: [team-a]}", '"*" asks for all such resources'),
        ("{verbs: [get], resources: ['pods/*']}", '"pods/*" asks for all such resources'),
        ("{verbs: [get], resources: [pods], subresources: ['*']}", '"*" asks for all such subresources'),
        ("{verbs: [get], urls: ['*']}", '"*" asks for all such URLs'),
        ("{verbs: [get], urls: ['/own/*']}", '"/own/*" asks for all such URLs'),
    ],
)
def test_the_refusal_of_a_star_proves_nothing(run: Run, access: str, why: str) -> None:
    for demand in (f"who: Group/devs, cannot: {access}", f"only: [], can: {access}"):
        result = run(f"{HEAD}- {{name: a, {demand}}}\n")
        assert (result.exit_code, why in result.stdout) == (2, True), result.output


def test_files_without_roles_and_bindings_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n")
    result = run(f"{HEAD}- {{name: a, only: [], can: {{verbs: [get], resources: [secrets]}}}}\n")
    assert result.exit_code == 0
    assert "Warning: No role and no binding was read: " in result.stderr
