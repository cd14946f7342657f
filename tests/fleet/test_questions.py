"""Tests the other questions to a fleet: their answers are those of commands about one cluster."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.fleet.fleets import cluster, good, packed, rows, written

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")

ROOT = Path(__file__).parents[2]
ACME = ROOT / "sample_clusters" / "acme" / "cluster.json"
RBAC = ROOT / "sample_clusters" / "rbac-workshop"
JSONObject = dict[str, Any]


def run_question(tmp_path: Path, *words: str | Path) -> Result:
    arguments = ["fleet", *words, "-O", tmp_path / "r", "--run", "a", "--workers", "1"]
    return CliRunner().invoke(main, list(map(str, arguments)))


def single(*words: str | Path) -> JSONObject:
    result = CliRunner().invoke(main, [*map(str, words), "-o", "json"])
    document: JSONObject = json.loads(result.stdout)
    return document


def test_any_question_is_a_row_for_each_cluster_and_answer(tmp_path: Path) -> None:
    other = written(tmp_path / "s", good(1)) / "good-000.json.gz"
    result = run_question(tmp_path, "ask", "who-can get secrets -n payments", other, ACME)
    assert result.exit_code == 0, result.stderr
    found = rows(tmp_path / "r", "answers", "a")
    for source in (ACME, other):
        own = [json.loads(row["answer"]) for row in found if row["source"] == str(source)]
        assert own == single("who-can", "get", "secrets", "-n", "payments", "-f", source)["items"]
    assert {row["question"] for row in found} == {"who-can get secrets -n payments"}
    assert (found[0]["subject_kind"], found[0]["subject_name"]) == ("Group", "system:masters")


def test_a_failed_question_is_a_row_with_the_reason(tmp_path: Path) -> None:
    result = run_question(tmp_path, "ask", "psp users", ACME)
    assert result.exit_code == 0
    assert "no answer" in result.stdout
    assert "1 of 1 clusters gave no answer. The column error of the table answers says why." in result.stderr
    (row,) = rows(tmp_path / "r", "answers", "a")
    assert row["error"].startswith("no PodSecurityPolicy was read")
    assert row["answer"] is None


def test_no_path_is_left_out(tmp_path: Path) -> None:
    assert run_question(tmp_path, "paths", ACME, "--fail-on", "info").exit_code == 1
    result = [json.loads(row["answer"]) for row in rows(tmp_path / "r", "access", "a")]
    assert result == single("paths", "--limit", "100000", "-f", ACME)["paths"]
    assert len(result) > 0


@pytest.mark.parametrize(
    "end",
    [("--to", "secrets:nowhere"), ("--to", "ServiceAccount/prod:gone"), ("--from", "User/nobody")],
    ids=" ".join,
)
def test_a_gate_about_a_name_that_no_cluster_has_proves_nothing(tmp_path: Path, end: tuple[str, str]) -> None:
    roles = {"apiVersion": "v1", "kind": "List", "items": cluster(1)["items"][1:]}
    snapshots = written(tmp_path / "s", {"a.json.gz": packed(cluster(1)), "b.json.gz": packed(roles)})
    result = run_question(tmp_path, "paths", snapshots, *end, "--fail-on", "critical")
    assert result.exit_code == 2
    assert "2 of 2 clusters gave no answer. The column reason says why.\n" in result.stderr
    assert result.stderr.endswith(
        "error: no cluster gave an answer, as the column reason says: this gate would prove nothing\n"
    )
    assert {row["worst"] for row in rows(tmp_path / "r", "clusters", "a")} == {"no answer"}


def test_a_gate_about_a_name_that_one_cluster_has_is_decided_there(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "s", {"a.json.gz": packed(cluster(1)), "b.json.gz": packed(cluster(4))})
    end = ("--from", "User/user-1-0")
    for severity, code in (("critical", 0), ("info", 1)):
        result = run_question(tmp_path, "paths", snapshots, *end, "--fail-on", severity)
        assert result.exit_code == code, result.stderr
    assert [row["worst"] for row in rows(tmp_path / "r", "clusters", "a")] == ["high", "no answer"]


def test_levels_policies_and_workloads_are_those_of_single_runs(tmp_path: Path) -> None:
    from rbacpsp import load

    snapshot = tmp_path / "psp.json.gz"
    load(ROOT / "sample_clusters" / "psp-migration").snapshot(snapshot)
    assert run_question(tmp_path / "1", "psa", "suggest", snapshot).exit_code == 0
    levels = [(row["name"], row["could_enforce"]) for row in rows(tmp_path / "1" / "r", "policies", "a")]
    items = single("psa", "suggest", "-f", snapshot)["items"]
    assert levels == [(item["namespace"], item["couldEnforce"]) for item in items]

    assert run_question(tmp_path / "2", "psp", "users", snapshot).exit_code == 0
    users = [(row["target"], row["subject_name"]) for row in rows(tmp_path / "2" / "r", "access", "a")]
    items = single("psp", "users", "-f", snapshot)["items"]
    assert users == [
        (item["policy"], user["subject"]["name"])
        for item in items
        for user in item["users"]
        for _ in user["grants"] or [None]
    ]

    assert run_question(tmp_path / "3", "simulate", snapshot).exit_code == 0
    workloads = [json.loads(row["answer"]) for row in rows(tmp_path / "3" / "r", "workloads", "a")]
    assert workloads == single("psp", "simulate", "-f", snapshot)["items"]
    assert len(workloads) > 0


def test_a_question_that_a_cluster_cannot_answer_makes_it_partial(tmp_path: Path) -> None:
    assert run_question(tmp_path, "simulate", ACME).exit_code == 0
    (row,) = rows(tmp_path / "r", "clusters", "a")
    assert row["status"] == "partial"
    assert row["reason"].startswith("there is no answer: no PodSecurityPolicy was read")


def test_assertions_that_fail_somewhere_exit_with_1(tmp_path: Path) -> None:
    file = tmp_path / "access.json"
    assertion = {"name": "no ann", "who": "User/ann", "cannot": {"verbs": ["get"], "resources": ["secrets"]}}
    file.write_text(
        json.dumps({"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": [assertion]}),
        encoding="utf-8",
    )
    snapshots = written(tmp_path / "s", good(1))
    assert run_question(tmp_path, "test", file, snapshots).exit_code == 1
    (row,) = rows(tmp_path / "r", "answers", "a")
    assert (row["question"], row["result"]) == ("no ann", "fail")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "the question is empty"),
        ("who-can", "is missing"),
        ("who-can get 'secrets", "a quotation mark is not closed"),
        ("who-can get secrets -f x.json", "leave out -f, every cluster of the fleet is asked"),
        ("who-can get secrets -O x.json", "leave out -O, every cluster of the fleet is asked"),
        ("who-may get secrets", 'rbacpsp has no command "who-may"'),
        ("snapshot x.json.gz", "is not a question about one cluster"),
        ("who-can get secrets --nope", "there is no option --nope"),
        ("paths --fail-on low", "leave out --fail-on, no answer makes fleet ask fail"),
        ("can-i get pods --as ann -q", "leave out -q, the answers are what is written"),
        ("who-can get pods --watch", "leave out --watch, a run asks every cluster once"),
        (
            "who-can get pods --no-validate",
            "leave out --no-validate, the fleet has read the cluster",
        ),
        (
            "audit --apply-namespace x",
            "leave out --apply-namespace, the fleet has read the",
        ),
        ("review -", "a fleet has no stdin: name a file"),
        ("review gone.yaml", "gone.yaml: there is no such file or folder"),
        ("review /dev/null", "/dev/null: this is not a file, and every cluster would have to read it"),
    ],
)
def test_an_invalid_question_is_refused_before_any_cluster_is_read(
    tmp_path: Path, question: str, said: str
) -> None:
    result = run_question(tmp_path, "ask", question, ACME)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "r").exists()


def test_a_question_about_a_file_that_has_changed_is_another_question(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "s", good(1))
    folder = written(tmp_path / "more", {})
    question = f"can-i get secrets --as bob --with {folder}"
    for number, (user, result) in enumerate((("bob", "yes"), ("eve", "no"))):
        (grant,) = (one for one in cluster(0)["items"] if one["metadata"]["name"] == "admins")
        grant["metadata"]["name"] = "more"
        grant["subjects"][0]["name"] = user
        (folder / "grant.json").write_text(json.dumps(grant), encoding="utf-8")
        words = ["fleet", "ask", question, str(snapshots), "-O", str(tmp_path / "r")]
        assert CliRunner().invoke(main, [*words, "--run", f"r{number}"]).exit_code == 0
        (row,) = rows(tmp_path / "r", "answers", f"r{number}")
        assert row["result"] == result
    assert "is a run of another command" in CliRunner().invoke(main, [*words, "--run", "r0"]).stderr


def test_names_of_clusters_are_escaped_on_a_terminal(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "s", {"\x1b[31mred.json.gz": packed({"kind": "List", "apiVersion": "v1"})})
    result = run_question(tmp_path, "audit", snapshots)
    assert result.exit_code == 3
    assert "\x1b" not in result.stdout + result.stderr


def test_reading_a_question_leaves_the_help_of_its_command_as_it_was() -> None:
    code = (
        "from rbacpsp.cli import main; from rbacpsp.cli.fleet_words import check_question\n"
        "check_question(['who-can', 'get', 'pods'])\n"
        "main(['who-can', '--help'], prog_name='rbacpsp')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "-h, --help" in ran.stdout
