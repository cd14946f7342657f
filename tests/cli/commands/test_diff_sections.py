"""Tests the other sections of `rbacpsp diff`, and its formats for reviews."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.cli.commands.diff import FORMATS
from rbacpsp.model.json import JSONObject

RBAC = "rbac.authorization.k8s.io"
SPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {LABELS}}\n---\n"
WEB = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: app, image: example/app}]}
---
"""
ADMIN = f"""\
apiVersion: {RBAC}/v1
kind: ClusterRoleBinding
metadata: {{name: "WHO-admin"}}
subjects: [{{kind: User, apiGroup: {RBAC}, name: "WHO"}}]
roleRef: {{apiGroup: {RBAC}, kind: ClusterRole, name: cluster-admin}}
"""
RESTRICTED = "pod-security.kubernetes.io/enforce: restricted"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a state; the folder is the current one."""
    monkeypatch.chdir(tmp_path)

    def write_state(name: str, labels: str = "", user: str = "") -> str:
        text = SPACE.replace("LABELS", labels) + WEB + (ADMIN.replace("WHO", user) if user else "")
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write_state


def run(*arguments: str, **invoke_options: Any) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments, "--kubernetes-version", "1.30"], **invoke_options)


def test_every_section_has_a_table_and_equal_sections_come_last(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED)
    result = run(old, new, "--all")
    assert result.exit_code == 0
    assert result.stdout.startswith("admission: 1 workload refused\nCHANGE            NAMESPACE   WORKLOAD")
    assert "objects: 1 changed\nCHANGE    OBJECT           NAMESPACE   FIELDS\n" in result.stdout
    assert (
        "changed   namespace/shop               metadata.labels[pod-security.kubernetes.io/enforce]\n"
        in result.stdout
    )
    assert result.stdout.endswith("no change in access, paths\n")
    assert run(old, old, "--all").stdout == "no change in access, admission, findings, paths, objects\n"


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ("admission", 1),
        ("path", 1),
        ("finding:critical", 1),
        ("finding:info", 1),
        ("gained", 1),
        ("lost", 0),
    ],
)
def test_each_word_of_fail_on_compares_what_it_needs(write: Write, failing: str, code: int) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED, "eve")
    assert run(old, new, "--fail-on", failing).exit_code == code
    assert run(old, old, "--fail-on", failing).exit_code == 0
    if failing != "finding:info":
        assert run(new, old, "--fail-on", failing).exit_code == (failing in {"lost", "admission"})


def test_a_severity_below_that_of_the_finding_passes(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED)
    assert run(old, new, "--fail-on", "finding:info").exit_code == 0
    result = run(old, new, "--fail-on", "finding:grave")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 2)
    assert "finding:grave" in result.stderr


def test_json_has_a_member_for_each_section(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED, "eve")
    document = json.loads(run(old, new, "--all", "-o", "json").stdout)
    head = ["apiVersion", "kind", "kubernetesVersion"]
    assert list(document) == [*head, "access", "admission", "findings", "paths", "objects"]
    [refused] = document["admission"]["changes"]
    assert (refused["effect"], refused["before"]) == (
        "becomes refused",
        {"allowed": True, "by": "privileged:latest", "message": None},
    )
    assert {finding["rule"] for finding in document["findings"]["new"]} >= {"RBP001"}
    assert document["objects"] == {
        "added": [{"kind": "ClusterRoleBinding", "name": "eve-admin", "file": "new.yaml", "line": 10}],
        "removed": [],
        "changed": [
            {
                "kind": "Namespace",
                "name": "shop",
                "file": "new.yaml",
                "line": 1,
                "fields": ["metadata.labels[pod-security.kubernetes.io/enforce]"],
            }
        ],
    }


def test_only_formats_of_data_make_the_json(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = write("old.yaml", RESTRICTED), write("new.yaml", user="ann")

    def refuse(*_: object) -> JSONObject:
        raise AssertionError("JSON is not wanted")

    for function in ("access._change_json", "admission._json", "findings.finding_json", "paths.path_json"):
        monkeypatch.setattr(f"rbacpsp.cli.diff_output.{function}", refuse)
    for form in FORMATS:
        assert run(old, new, "--all", "-o", form).exit_code == int(form in {"json", "yaml"})


def test_a_comment_of_a_pull_request_unfolds_and_stays_the_same(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", user="eve")
    first = run(old, new, "--objects", "-o", "markdown").stdout
    assert first == run(old, new, "--objects", "-o", "markdown").stdout
    assert first == (
        "**access: 2 gained; objects: 1 added**\n\n"
        "<details><summary>access: 2 gained</summary>\n\n"
        "| change | subject | scope | verbs | on | except | through |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| gained | User/eve | cluster-wide | \\* | \\*.\\* |  | ClusterRoleBinding/eve-admin |\n"
        "| gained | User/eve | cluster-wide | \\* | \\* |  | ClusterRoleBinding/eve-admin |\n\n"
        "</details>\n\n"
        "<details><summary>objects: 1 added</summary>\n\n"
        "| change | object | namespace | fields |\n"
        "| --- | --- | --- | --- |\n"
        "| added | clusterrolebinding.rbac.authorization.k8s.io/eve-admin |  |  |\n\n"
        "</details>\n"
    )
    assert run(old, old, "-o", "markdown").stdout == "no change in access\n"


def test_a_hostile_name_is_text_in_every_format(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", user="<details><script>x")
    for form in ("html", "markdown"):
        result = run(old, new, "--all", "-o", form)
        assert result.exit_code == 0, result.output
        assert "<script" not in result.stdout
        assert result.stdout.count("</details>") == result.stdout.count("<details>")


def test_sarif_contains_the_differences_that_need_review(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED, "eve")
    (log,) = json.loads(run(old, new, "--all", "-o", "sarif").stdout)["runs"]
    results_by_rule = {result["ruleId"]: result for result in log["results"]}
    assert results_by_rule.keys() >= {"access-gained", "path-new", "admission-refused", "RBP001"}
    assert results_by_rule["path-new"]["level"] == "error"
    for name, start in (("access-gained", 10), ("path-new", 10), ("RBP001", 10), ("admission-refused", 5)):
        (location,) = results_by_rule[name]["locations"]
        assert location["physicalLocation"] == {
            "artifactLocation": {"uri": "new.yaml"},
            "region": {"startLine": start},
        }
    assert [rule["id"] for rule in log["tool"]["driver"]["rules"]] == sorted(results_by_rule)
    prints = [result["partialFingerprints"]["rbacpsp/v1"] for result in log["results"]]
    assert len(set(prints)) == len(prints)
    (back,) = json.loads(run(new, old, "--all", "-o", "sarif").stdout)["runs"]
    assert [(result["ruleId"], result["level"]) for result in back["results"]] == [("RBP133", "note")]


def test_a_page_has_a_section_for_each(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED, "eve")
    page = run(old, new, "--all", "-o", "html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert [
        name for name in ("access", "admission", "findings", "paths", "objects") if f'id="{name}"' in page
    ] == [
        "access",
        "admission",
        "findings",
        "paths",
        "objects",
    ]


def test_a_namespace_narrows_every_section_but_paths(write: Write) -> None:
    old, new = write("old.yaml"), write("new.yaml", RESTRICTED)
    assert "web" in run(old, new, "--admission", "-n", "shop").stdout
    assert run(old, new, "--admission", "-n", "other").stdout == "no change in access, admission\n"
