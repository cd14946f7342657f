"""The audit by change, rule, subject and control: whole outputs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from tests.paths.test_findings import three

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Audits three users: what is printed."""
    file = tmp_path / "cluster.json"
    items = {"apiVersion": "v1", "kind": "List", "items": three().objects}
    file.write_text(json.dumps(items), encoding="utf-8")

    def run_it(*args: str) -> str:
        more = ("-f", str(file), "--kubernetes-version", "1.30", "--severity", "medium")
        result = CliRunner().invoke(main, ["audit", *more, *args])
        assert result.exit_code == 0, result.output
        return result.stdout if "-o" in args else result.output

    return run_it


def test_a_line_a_change(run: Run) -> None:
    lines = [line.split("   ") for line in run("--by", "change").splitlines()]
    told = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert told[:5] == [
        ["SEVERITY", "CHANGE", "REMOVES", "LEFT", "HOLDERS", "BREAKS"],
        [
            "critical",
            "delete ClusterRoleBinding cluster-admin",
            "5",
            "5",
            "Group/admins, ServiceAccount/a:strong, User/ann, and 1 more",
            "Pod a/boss",
        ],
        ["high", "delete rule 1 of Role a/cid", "2", "3", "User/cid"],
        ["high", "delete rule 1 of Role dev/ann", "2", "1", "User/ann"],
        ["medium", "delete rule 1 of Role pay/bea", "1", "0", "User/bea"],
    ]
    assert lines[5][0].startswith(
        "After the first 4 changes 0 of 10 findings are left, and no subject reaches cluster-admin"
    )


def test_json_keeps_the_findings_and_gains_the_changes(run: Run) -> None:
    audit = json.loads(run("--by", "change", "-o", "json"))
    plain = json.loads(run("-o", "json"))
    assert {key: audit[key] for key in plain} == plain
    known = {each["fingerprint"] for each in audit["findings"]}
    first = audit["changes"][0]
    assert {key: first[key] for key in ("do", "severity", "object", "removed", "left", "breaks")} == {
        "do": ["delete ClusterRoleBinding cluster-admin"],
        "severity": "critical",
        "object": {"kind": "ClusterRoleBinding", "namespace": None, "name": "cluster-admin"},
        "removed": 5,
        "left": 5,
        "breaks": ["Pod a/boss"],
    }
    assert set(first["removes"]) <= known
    assert audit["afterChanges"] == {
        "changes": 4,
        "left": [],
        "reaching": {"cluster-admin": 0, "node": 0, "secrets:kube-system": 0},
    }


def test_markdown_and_html_have_a_section_a_change(run: Run) -> None:
    markdown = run("--by", "change", "-o", "markdown")
    assert "| delete rule 1 of Role a/cid | high | 2 | 3 | User/cid |  |" in markdown
    assert "### high: delete rule 1 of Role a/cid" in markdown
    page = run("--by", "change", "-o", "html")
    assert '<td><a href="#change-2">delete rule 1 of Role a/cid</a></td>' in page
    assert '<section id="change-2" class="rule high">' in page


def test_the_page_says_what_was_read(run: Run) -> None:
    for by in ((), ("--by", "change")):
        page = run("-o", "html", *by)
        assert "<h2>What was read</h2>" in page
        assert "cluster.json</dd>" in page
        assert "1 ClusterRole, 1 ClusterRoleBinding, 4 Namespace, 1 Pod, 3 Role, 3 RoleBinding" in page
        assert "<dt>Not read</dt><dd>nothing that is known</dd>" in page


def test_formats_with_a_result_a_finding_keep_it(run: Run) -> None:
    for form in ("sarif", "junit", "github", "gitlab"):
        assert run("--by", "change", "-o", form) == run("-o", form)


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("subject", "critical,User/ann,3,"),
        ("rule", "critical,RBP001 Full control by wildcard,2,2 critical,"),
        ("control", "critical,CIS Kubernetes Benchmark 5.1.1: cluster-admin is used only where required,"),
    ],
)
def test_a_line_a_group(run: Run, by: str, first: str) -> None:
    lines = run("--by", by, "-o", "csv").splitlines()
    assert any(line.replace('"', "").startswith(first) for line in lines), lines
    assert lines[0].startswith(f"severity,{by},findings,counts,")
