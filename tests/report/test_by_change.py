"""Tests the complete output of audits by change, rule, subject and control."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.paths import plan
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


def test_the_output_has_a_line_for_each_change(run: Run) -> None:
    lines = [line.split("   ") for line in run("--by", "change").splitlines()]
    result = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert result[:5] == [
        ["SEVERITY", "CHANGE", "REMOVES", "LEFT", "FINDINGS", "HOLDERS", "BREAKS"],
        [
            "critical",
            "delete ClusterRoleBinding cluster-admin",
            "5",
            "5",
            "Full control by wildcard, Reaches cluster-admin, A pod runs as a powerful service account",
            "Group/admins, ServiceAccount/a:strong, User/ann, and 1 more",
            "Pod a/boss",
        ],
        [
            "critical",
            "delete rule 1 of Role a/cid",
            "2",
            "3",
            "Creates pods, Becomes root on a node",
            "User/cid",
        ],
        [
            "critical",
            "delete rule 1 of Role dev/ann",
            "2",
            "1",
            "Creates pods, Becomes root on a node",
            "User/ann",
        ],
        ["medium", "delete rule 1 of Role pay/bea", "1", "0", "Creates pods", "User/bea"],
    ]
    assert lines[5][0].startswith(
        "After the first 4 changes 0 of 10 findings are left, and no subject reaches cluster-admin"
    )


def test_of_very_many_findings_the_output_says_what_is_left_after_all_changes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "FEW_FINDINGS", 5)
    monkeypatch.setattr(plan, "MANY_FINDINGS", 5)
    lines = run("--by", "change").splitlines()
    assert [re.split(" {2,}", line)[1:4] for line in lines[:5]] == [
        ["CHANGE", "REMOVES", "LEFT"],
        [
            "delete ClusterRoleBinding cluster-admin",
            "4",
            "Full control by wildcard, Reaches cluster-admin, A pod runs as a powerful service account",
        ],
        ["delete rule 1 of Role a/cid", "2", "Creates pods, Becomes root on a node"],
        ["delete rule 1 of Role dev/ann", "2", "Creates pods, Becomes root on a node"],
        ["delete rule 1 of Role pay/bea", "1", "Creates pods"],
    ]
    assert lines[5].startswith(
        "After the first 4 changes, which were tried together, 0 of 10 findings are left, and no subject"
    )
    document = json.loads(run("-o", "json"))
    assert [set(change) & {"removed", "left"} for change in document["changes"]] == [set()] * 4
    assert document["afterChanges"]["left"] == []


def test_json_keeps_the_findings_and_gains_the_changes(run: Run) -> None:
    audit = json.loads(run("-o", "json"))
    plain = json.loads(run("--by", "finding", "-o", "json"))
    assert {key: audit[key] for key in plain} == plain
    known = {finding["fingerprint"] for finding in audit["findings"]}
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


def test_markdown_and_html_have_a_section_for_each_change(run: Run) -> None:
    markdown = run("-o", "markdown")
    assert "## The 4 changes that remove most" in markdown
    line = "| delete rule 1 of Role a/cid | critical | 2 | 3 | Creates pods, Becomes root on a node |"
    assert f"{line} User/cid |  |" in markdown
    assert "### critical: delete rule 1 of Role a/cid" in markdown
    page = run("-o", "html")
    assert '<td><a href="#change-2">delete rule 1 of Role a/cid</a></td>' in page
    assert '<section id="change-2" class="rule critical">' in page
    assert "<p>These loaded workloads and pods could fail after it: Pod a/boss.</p>" in page


def test_markdown_and_html_show_the_steps_of_each_path_and_why_each_rule_matters(run: Run) -> None:
    step = "User/cid runs a pod that takes over its node: node (RoleBinding a/cid, rule 1 of Role a/cid; "
    step += "in namespace a, admitted because no policy applies and the Pod Security level is privileged)"
    markdown = run("-o", "markdown")
    assert f"| User/cid | node | high | 1. {step} |" in markdown
    assert "## RBP040: Creates pods\n\nA pod can run as any service account" in markdown
    page = run("-o", "html")
    assert f"<td>User/cid</td>\n<td>node</td><td><ol><li>{step}</li></ol></td></tr>" in page
    assert '<a href="#RBP040">RBP040</a> Creates pods' in page
    assert '<section id="RBP040">\n<h2>Creates pods <small>RBP040</small></h2>' in page


def test_tables_markdown_and_pages_are_grouped_by_change_and_csv_has_a_line_for_each_finding(
    run: Run,
) -> None:
    for form in ("table", "wide", "markdown", "json", "yaml"):
        assert run("-o", form) == run("--by", "change", "-o", form) != run("--by", "finding", "-o", form)
    assert run("-o", "csv") == run("--by", "finding", "-o", "csv") != run("--by", "change", "-o", "csv")


def test_the_page_says_what_was_read(run: Run) -> None:
    for by in ((), ("--by", "finding")):
        page = run("-o", "html", *by)
        head = page.partition("</header>")[0]
        assert re.search(r"<dt>Time</dt><dd>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC</dd>", head)
        assert "<p>Kubernetes 1.30" in head
        assert "cluster.json</dd>" in head
        assert "1 ClusterRole, 1 ClusterRoleBinding, 4 Namespace, 1 Pod, 3 Role, 3 RoleBinding" in head
        assert "<dt>Not read</dt><dd>nothing that is known</dd>" in head


def test_formats_with_one_result_for_each_finding_are_not_grouped_by_change(run: Run) -> None:
    for form in ("sarif", "junit", "github", "gitlab"):
        assert run("--by", "change", "-o", form) == run("-o", form)


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("subject", "critical,User/ann,3,"),
        ("rule", "critical,RBP001 Full control by wildcard,2,2 critical,"),
        ("control", "critical,CIS Kubernetes Benchmark 5.1.1: cluster-admin is used only where required,"),
        ("control", "critical,NSA/CISA Kubernetes Hardening Guide: role-based access control,"),
    ],
)
def test_the_output_has_a_line_for_each_group(run: Run, by: str, first: str) -> None:
    lines = run("--by", by, "-o", "csv").splitlines()
    assert any(line.replace('"', "").startswith(first) for line in lines), lines
    assert lines[0].startswith(f"severity,{by},findings,counts,")


@pytest.mark.parametrize("by", ["subject", "rule", "control"])
def test_the_page_has_a_section_for_each_group_with_every_finding_of_it(run: Run, by: str) -> None:
    columns = run("--by", by, "-o", "csv").splitlines()[1:]
    page = run("--by", by, "-o", "html")
    heads = re.findall(r'<section id="group-([0-9]+)" class="rule ([a-z]+)">\n<h2>.*?</span> (.*)</h2>', page)
    assert [(severity, name) for _, severity, name in heads] == [
        (row[0], row[1].replace("'", "&#x27;")) for row in csv.reader(columns)
    ]
    counts = [section.count("<tr><td>") for section in page.split('<section id="group-')[1:]]
    assert counts == [int(row[2]) for row in csv.reader(columns)]
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert {f"group-{number}" for number, *_ in heads} | set(re.findall(r">(RBP[0-9]{3})</a>", page)) == links
    assert links <= set(re.findall(r' id="([^"]+)"', page))


def test_the_page_by_subject_shows_each_finding_with_its_evidence_and_change(run: Run) -> None:
    page = run("--by", "subject", "-o", "html")
    assert "<tr><th>Severity</th><th>Subject</th><th>Findings</th><th>Counts</th><th>Rules</th></tr>" in page
    assert '>User/cid</a></td>\n<td class="number">' in page
    section = re.search(r"</span> User/cid</h2>.*?</section>", page, re.DOTALL)
    assert section is not None
    assert "User/cid runs a pod as a service account" in section[0]
    assert '<a href="#RBP040">RBP040</a> Creates pods</td><td><strong>User/cid</strong>' in section[0]
    assert "through RoleBinding a/cid" in section[0]


def test_a_page_without_findings_has_no_groups(tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    file.write_text('{"apiVersion": "v1", "kind": "List", "items": []}', encoding="utf-8")
    words = ["audit", "-f", str(file), "--allow-empty", "--by", "subject", "-o", "html"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert "<table" not in result.stdout
    assert "group-" not in result.stdout


@pytest.mark.parametrize(
    ("by", "form", "told"),
    [
        ("subject", "json", "table, wide, csv, markdown and html"),
        ("rule", "yaml", "table, wide, csv, markdown and html"),
        ("control", "sarif", "table, wide, csv, markdown and html"),
        ("change", "junit", "table, wide, csv, markdown, html, json and yaml"),
        ("change", "json", ""),
        ("subject", "html", ""),
        ("finding", "gitlab", ""),
    ],
)
def test_a_format_without_groups_says_so(tmp_path: Path, by: str, form: str, told: str) -> None:
    file = tmp_path / "cluster.json"
    items = {"apiVersion": "v1", "kind": "List", "items": three().objects}
    file.write_text(json.dumps(items), encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", "-f", str(file), "--by", by, "-o", form])
    words = f"-o {form} lists the findings without groups: --by {by} groups only {told}.\n"
    assert result.stderr == (words if told else "")
