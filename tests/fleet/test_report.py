"""Tests `rbacpsp fleet report`, which summarizes the tables of an audit."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.fleet.reporting import Line, Tables, build_report
from rbacpsp.fleet.tables import decoded
from tests.fleet.fleets import cluster, packed, written

JSONObject = dict[str, Any]


def clusters(*names: str) -> list[JSONObject]:
    return [{"cluster": name, "status": "ok", "reason": None} for name in names]


def finding(where: str, name: str, rule: str = "RBP001", severity: str = "critical") -> JSONObject:
    return {
        "cluster": where,
        "rule": rule,
        "severity": severity,
        "fingerprint": f"{rule}/{name}",
        "title": "Full control by wildcard",
        "scope": None,
        "subject_kind": "User",
        "subject_namespace": None,
        "subject_name": name,
    }


def policy_row(where: str, kind: str, name: str, digest: str = "", enforces: str = "") -> JSONObject:
    return {"cluster": where, "kind": kind, "name": name, "digest": digest, "enforces": enforces}


def test_a_role_that_differs_from_that_of_most_clusters_is_named() -> None:
    rows = [policy_row(where, "ClusterRole", "view", "x") for where in "abc"]
    rows += [policy_row("d", "ClusterRole", "view", "y"), policy_row("d", "ClusterRole", "own", "z")]
    assert build_report("r", Tables(clusters(*"abcd"), (), rows)).outliers == (Line("view", ("d",), 4),)


def test_without_a_majority_no_role_is_an_outlier() -> None:
    rows = [policy_row(where, "ClusterRole", "view", where) for where in "abcd"]
    assert build_report("r", Tables(clusters(*"abcd"), (), rows)).outliers == ()


def test_a_missing_level_that_all_others_enforce_is_reported() -> None:
    rows = [policy_row(where, "Namespace", "prod", enforces="restricted:v1.30") for where in "abc"]
    rows += [policy_row("d", "Namespace", "prod", enforces="baseline:latest")]
    rows += [policy_row(where, "Namespace", "dev", enforces="privileged:latest") for where in "abcd"]
    assert build_report("r", Tables(clusters(*"abcd"), (), rows)).levels == (
        Line("restricted in namespace prod", ("d",), 4),
    )


def test_a_subject_with_full_control_of_several_clusters_is_counted() -> None:
    rows = [finding("a", "ann"), finding("b", "ann"), finding("b", "ben")]
    report = build_report("r", Tables(clusters("a", "b", "c"), rows))
    assert report.admins == (Line("User/ann", ("a", "b"), 3),)
    assert report.rules == (Line("RBP001 Full control by wildcard", ("a", "b"), 3, "critical"),)
    assert report.matrix == {"RBP001 Full control by wildcard": {"a": 1, "b": 2}}


def test_new_and_removed_findings_count_only_in_clusters_of_both_runs() -> None:
    now = Tables(clusters("a", "b"), [finding("a", "ann"), finding("b", "ben")])
    earlier = Tables(clusters("a"), [finding("a", "old")])
    report = build_report("2", now, before="1", earlier=earlier)
    assert report.appeared == (Line("RBP001 User/ann: Full control by wildcard", ("a",), 1, "critical"),)
    assert report.gone == (Line("RBP001 User/old: Full control by wildcard", ("a",), 1, "critical"),)


def test_clusters_are_compared_with_a_reference() -> None:
    rows = [finding("a", "both"), finding("b", "both"), finding("a", "own"), finding("b", "other")]
    report = build_report("r", Tables(clusters("a", "b"), rows), reference="a")
    assert report.more == (Line("RBP001 User/other: Full control by wildcard", ("b",), 1, "critical"),)
    assert report.fewer == (Line("RBP001 User/own: Full control by wildcard", ("b",), 1, "critical"),)
    with pytest.raises(ValueError, match='no cluster "x" was read in run r'):
        build_report("r", Tables(clusters("a"), rows), reference="x")


def test_clusters_that_were_not_read_are_listed_separately() -> None:
    rows = [*clusters("a"), {"cluster": "b", "status": "empty", "reason": "it holds no object"}]
    report = build_report("r", Tables(rows, ()))
    assert (report.clusters, report.unread) == (("a",), (("b", "empty", "it holds no object"),))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    folder = tmp_path_factory.mktemp("report")
    hostile = {"<script>alert(1)<!--.json": b""}
    snapshots = written(
        folder / "s", {"a.json.gz": packed(cluster(4)), "b.json.gz": packed(cluster(8)), **hostile}
    )
    arguments = ["fleet", "audit", str(snapshots), "-O", str(folder / "r"), "--workers", "1"]
    assert CliRunner().invoke(main, [*arguments, "--run", "one"]).exit_code == 3
    (snapshots / "b.json.gz").write_bytes(packed(cluster(1)))
    assert CliRunner().invoke(main, [*arguments, "--run", "two"]).exit_code == 3
    return folder / "r"


def test_missing_findings_are_an_error_and_those_of_an_open_cluster_are_left_out(
    results: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "r"
    shutil.copytree(results, copied)
    run = copied / "run=one"
    parts = {
        decoded(file.read_bytes())[0]["cluster"]: file for file in (run / "table=clusters").glob("*.parquet")
    }
    parts["b"].unlink()
    document = json.loads(report(copied, "--run", "one", "-o", "json").stdout)
    assert document["clusters"] == ["a"]
    assert {(tuple(line["clusters"]), line["of"]) for line in document["findings"]} == {(("a",), 1)}
    (run / "table=findings" / parts["a"].name).unlink()
    result = report(copied, "--run", "one")
    assert result.exit_code == 2
    assert f"{run} has 0 of the " in result.stderr
    assert result.stderr.endswith(" findings of a: its table findings is not complete\n")


def test_a_description_of_a_run_without_a_date_is_refused(results: Path, tmp_path: Path) -> None:
    copied = tmp_path / "r"
    shutil.copytree(results, copied)
    file = copied / "run=one" / "_run.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()) | {"started": "never"}), encoding="utf-8")
    result = report(copied)
    assert result.exit_code == 2
    assert result.stderr.endswith("cannot be read: it was not written by rbacpsp fleet\n")


def report(results: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["fleet", "report", str(results), *words])


def test_the_report_compares_a_run_with_the_one_before(results: Path) -> None:
    document = json.loads(report(results, "--run", "two", "-o", "json").stdout)
    assert (document["kind"], document["run"], document["since"]) == ("FleetReport", "two", "one")
    assert document["clusters"] == ["a", "b"]
    assert "User/ann" in {line["name"].split()[1].rstrip(":") for line in document["gone"]}
    assert {
        line["name"] for line in json.loads(report(results, "--run", "one", "-o", "json").stdout)["admins"]
    } == {"User/ann"}


def test_the_page_is_complete_and_no_name_in_it_is_markup(results: Path) -> None:
    page = report(results, "--reference", "a", "-o", "html").stdout
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>\n")
    assert "<script" not in page
    assert "Rules and clusters" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run", "three"], "there is no run three of fleet audit; there are one, two"),
        (["--reference", "x"], 'no cluster "x" was read in run two'),
    ],
)
def test_a_missing_file_is_a_one_line_error(results: Path, words: list[str], said: str) -> None:
    result = report(results, *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_folder_without_runs_has_no_report(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    result = report(tmp_path)
    assert result.exit_code == 2
    assert "no run of rbacpsp fleet audit was found" in result.stderr
