"""Tests `rbacpsp fleet audit` over folders: a row for each snapshot, and the findings of single audits."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from tests.fleet.fleets import cluster, good, hostile, packed, ran, rows, single, state, written

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of good and hostile files, and the results of a run over it."""
    folder = tmp_path_factory.mktemp("mixed")
    snapshots = written(folder / "snapshots", {**good(6), **hostile()})
    with (snapshots / "bad-sparse.json").open("wb") as stream:
        stream.truncate(5 << 30)
    inner = snapshots / "inner"
    written(inner, {"deep.json.gz": packed(cluster(4))})
    result = ran("fleet", "audit", snapshots, "-O", folder / "results", "--run", "first")
    assert result.returncode == 3, result.stderr
    assert result.stderr.endswith("results/run=first: 16 clusters: 7 ok, 2 empty, 7 unreadable.\n")
    return snapshots, folder / "results"


def test_every_input_has_one_row_whatever_its_outcome(mixed: tuple[Path, Path]) -> None:
    snapshots, results = mixed
    result = rows(results, "clusters", "first")
    every = sorted(str(path) for path in snapshots.rglob("*") if path.is_file())
    assert [row["source"] for row in result] == every
    statuses = {row["source"].rpartition("/")[2]: row["status"] for row in result}
    assert statuses == {
        **dict.fromkeys(good(6), "ok"),
        "deep.json.gz": "ok",
        "bad-bomb.json.gz": "unreadable",
        "bad-empty.json": "empty",
        "bad-empty.json.gz": "empty",
        "bad-kind.json": "unreadable",
        "bad-nested.json": "unreadable",
        "bad-nested.yaml": "unreadable",
        "bad-plain.json.gz": "unreadable",
        "bad-sparse.json": "unreadable",
        "bad-truncated.json.gz": "unreadable",
    }


def test_only_clusters_that_failed_have_a_reason(mixed: tuple[Path, Path]) -> None:
    for row in rows(mixed[1], "clusters", "first"):
        assert (row["reason"] is None) == (row["status"] == "ok")
        assert row["seconds"] >= 0
        assert row["memory"] > 0
        assert (row["objects"] is None) == (row["version"] is None) == (row["status"] != "ok")


def test_the_findings_are_those_of_single_runs_one_by_one(mixed: tuple[Path, Path]) -> None:
    result = rows(mixed[1], "findings", "first")
    sources = dict.fromkeys(row["source"] for row in result)
    assert len(sources) == 7
    for source in sources:
        own = [
            (row["rule"], row["severity"], row["fingerprint"]) for row in result if row["source"] == source
        ]
        assert own == single(Path(source))
    ok = {row["source"]: row["rows"] for row in rows(mixed[1], "clusters", "first") if row["status"] == "ok"}
    assert ok == {source: sum(row["source"] == source for row in result) for source in sources}


def test_a_run_with_nothing_left_to_do_changes_no_file(mixed: tuple[Path, Path]) -> None:
    snapshots, results = mixed
    before = state(results)
    result = ran("fleet", "audit", snapshots, "-O", results, "--run", "first")
    assert result.returncode == 3
    assert state(results) == before


def test_without_a_name_a_finished_run_is_followed_by_a_new_one(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(1))
    for number in (1, 2):
        assert ran("fleet", "audit", snapshots, "-O", tmp_path / "results").returncode == 0
        assert len(list((tmp_path / "results").glob("run=*"))) == number


def test_a_snapshot_that_has_changed_is_read_again_and_counts_once(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(2))
    arguments = ("fleet", "audit", snapshots, "-O", tmp_path / "results", "--run", "a")
    assert ran(*arguments).returncode == 0
    changed = snapshots / "good-001.json.gz"
    changed.write_bytes(packed(cluster(4)))
    (snapshots / "good-000.json.gz").unlink()
    assert ran(*arguments).returncode == 0
    (row,) = rows(tmp_path / "results", "clusters", "a")
    assert row["source"] == str(changed)
    assert row["worst"] == "critical"
    result = rows(tmp_path / "results", "findings", "a")
    assert [(row["rule"], row["severity"], row["fingerprint"]) for row in result] == single(changed)


def test_findings_that_reach_fail_on_exit_with_1_and_unread_clusters_with_3(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(1))  # ann is cluster-admin
    results = tmp_path / "results"
    assert ran("fleet", "audit", snapshots, "-O", results, "--fail-on", "critical").returncode == 1
    assert ran("fleet", "audit", snapshots, "-O", results).returncode == 0
    written(snapshots, {"empty.json": b""})
    assert ran("fleet", "audit", snapshots, "-O", results, "--fail-on", "critical").returncode == 3


def test_a_cluster_with_gaps_is_partial_and_counts_as_read(tmp_path: Path) -> None:
    head = {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "Snapshot",
        "kubernetesVersion": "1.30",
        "server": {"gitVersion": "v1.30.1", "discovery": None, "unread": [gap()]},
    }
    snapshots = written(tmp_path / "snapshots", {"a.json.gz": packed({**head, "items": cluster(0)["items"]})})
    result = ran("fleet", "audit", snapshots, "-O", tmp_path / "results", "--run", "a")
    assert result.returncode == 0, result.stdout
    (row,) = rows(tmp_path / "results", "clusters", "a")
    assert row["status"] == "partial"
    assert "rolebindings" in row["reason"]


def gap() -> object:
    return {
        "kind": "RoleBinding",
        "resource": "rolebindings",
        "namespace": "",
        "besides": "",
        "reason": "forbidden",
        "meaning": "grants by role bindings are not known",
    }


@pytest.mark.parametrize(
    ("sources", "more", "said"),
    [
        (["nowhere"], [], "nowhere: there is no such file or folder"),
        (["hollow"], [], "hollow: no snapshot was found"),
        (["ftp://host/x"], [], 'unknown scheme "ftp"'),
        (["snapshots"], ["--run", "../x"], '--run "../x": write letters'),
        (["snapshots"], ["--memory", "2"], '"2" is not a size: write a number and MiB or GiB'),
        (["snapshots"], ["--memory", "9999999GiB"], '"9999999GiB" is more than any machine has'),
        (["snapshots"], ["--timeout", "9999999999"], '--timeout: "9999999999" is not a whole number'),
        (["no*"], [], "no*: no snapshot was found: nothing matches it"),
        (["contexts:a"], ["--engine", "dask"], "contexts: needs --engine local"),
        (["snapshots"], ["--names", "names.csv"], "names.csv, line 1: write two cells, SOURCE,CLUSTER"),
        (["snapshots"], ["--names", "titles.csv"], "titles.csv names no cluster"),
        (["snapshots"], ["--names", "other.csv"], "no snapshot has the address or the file name a.json\n"),
        (["snapshots"], ["--names", "pipe"], "pipe: this is a named pipe, not a file"),
        (["snapshots"], ["--names", ""], '"": there is no such file'),
        (["snapshots"], ["-O", ""], '-O "": name a folder or an address for the tables'),
        (["snapshots"], ["-O", "-"], '-O "-": name a folder or an address for the tables'),
        (["snapshots"], ["--scheduler", "tcp://127.0.0.1:1"], "--scheduler needs --engine dask"),
    ],
)
def test_wrong_use_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str], more: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "snapshots", good(1))
    (tmp_path / "hollow").mkdir()
    (tmp_path / "names.csv").write_text("only one cell\n", encoding="utf-8")
    (tmp_path / "titles.csv").write_text("source,cluster\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("a.json,a\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("KUBECONFIG", os.devnull)
    result = CliRunner().invoke(main, ["fleet", "audit", *sources, "-O", "results", *more])
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/nowhere"])
def test_unwritable_results_are_a_one_line_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").touch()
    snapshots = written(tmp_path / "snapshots", good(1))
    result = CliRunner().invoke(main, ["fleet", "audit", str(snapshots), "-O", str(tmp_path / place)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {tmp_path / place}")
    assert result.stderr.count("\n") == 1


def test_results_of_another_schema_or_command_are_refused(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(1))
    run = tmp_path / "results" / "run=a"
    (run / "table=clusters").mkdir(parents=True)
    (run / "_run.json").write_text('{"schema": 2}', encoding="utf-8")
    result = ran("fleet", "audit", snapshots, "-O", tmp_path / "results")
    assert result.returncode == 2
    assert "has tables of schema 2, and this version of rbacpsp writes and reads schema 1" in result.stderr
    (run / "_run.json").unlink()
    result = ran("fleet", "audit", snapshots, "-O", tmp_path / "results")
    assert result.returncode == 2
    assert "was not written by rbacpsp fleet" in result.stderr
    (run / "table=clusters").rmdir()
    arguments = ("fleet", "audit", snapshots, "-O", tmp_path / "results", "--run", "a")
    assert ran(*arguments).returncode == 0
    result = ran(*arguments, "--severity", "high")
    assert result.returncode == 2
    assert "is a run of another command" in result.stderr


def test_results_are_not_read_as_snapshots(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(1))
    for run in ("a", "b"):
        assert ran("fleet", "audit", snapshots, "-O", snapshots / "results", "--run", run).returncode == 0
        assert len(rows(snapshots / "results", "clusters", run)) == 1
    assert ran("fleet", "audit", snapshots, "-O", tmp_path / "others", "--run", "a").returncode == 0
    assert len(rows(tmp_path / "others", "clusters", "a")) == 1


def test_clusters_are_named_after_their_files_or_by_a_file_of_names(tmp_path: Path) -> None:
    one, other = written(tmp_path / "s", {}), packed(cluster(4))
    for place in ("east", "west"):
        written(one / place, {"prod.json.gz": other})
    written(one, dict.fromkeys(("dev.json", "dev.yaml"), json.dumps(cluster(4)).encode()))
    (tmp_path / "names.csv").write_text("source,cluster\ndev.yaml,staging\n", encoding="utf-8")
    assert ran("fleet", "audit", one, "-O", tmp_path / "r", "--run", "a").returncode == 0
    arguments = ("--names", tmp_path / "names.csv")
    assert ran("fleet", "audit", one, "-O", tmp_path / "r", "--run", "b", *arguments).returncode == 0
    assert [row["cluster"] for row in rows(tmp_path / "r", "clusters", "a")] == [
        "dev.json",
        "dev.yaml",
        "east/prod",
        "west/prod",
    ]
    assert rows(tmp_path / "r", "clusters", "b")[1]["cluster"] == "staging"


def test_findings_that_are_not_written_count_for_fail_on_as_in_one_cluster(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", {"a.json.gz": packed(cluster(1))})
    words = ["--severity", "critical", "--fail-on", "high"]
    single_result = CliRunner().invoke(main, ["audit", "-f", str(snapshots), *words])
    fleet_words = ["fleet", "audit", str(snapshots), "-O", str(tmp_path / "r"), "--run", "a", *words]
    result = CliRunner().invoke(main, fleet_words)
    assert (single_result.exit_code, result.exit_code) == (1, 1)
    (row,) = rows(tmp_path / "r", "clusters", "a")
    assert (row["rows"], row["worst"]) == (0, "high")


def test_lines_of_names_without_a_snapshot_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "s", good(2))
    lines = [
        "good-000.json.gz,a",
        "s/good-001.json.gz,b",
        *(f"gone-{number},{number}" for number in range(7)),
    ]
    (tmp_path / "names.csv").write_text("\n".join(lines), encoding="utf-8")
    result = ran("fleet", "audit", "s", "-O", "r", "--run", "a", "--names", "names.csv")
    assert result.returncode == 0
    assert result.stderr.startswith(
        "Warning: names.csv: no snapshot has the address or the file name "
        "gone-0, gone-1, gone-2, gone-3, gone-4 and 2 more\n"
    )
    assert [row["cluster"] for row in rows(tmp_path / "r", "clusters", "a")] == ["a", "b"]


def test_one_snapshot_in_two_spellings_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "s", good(2))
    sources = ["s/good-000.json.gz", "./s/good-000.json.gz", str(tmp_path / "s"), "s/../s/*"]
    assert ran("fleet", "audit", *sources, "-O", "r", "--run", "a").returncode == 0
    found = [(row["source"], row["cluster"]) for row in rows(tmp_path / "r", "clusters", "a")]
    assert found == [
        (str(tmp_path / "s" / "good-001.json.gz"), "good-001"),
        ("s/good-000.json.gz", "good-000"),
    ]


def test_a_context_may_have_a_comma_and_a_missing_kubeconfig_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(config))
    arguments = ["fleet", "audit", "contexts:a,b", "-O", str(tmp_path / "r"), "--run", "a"]
    result = CliRunner().invoke(main, arguments)
    assert result.stderr == f"error: contexts:a,b: there is no kubeconfig: {config} does not exist\n"
    context = {"name": "a,b", "context": {"cluster": "c", "user": "u"}}
    cluster_entry = {"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}
    config.write_text(json.dumps({"contexts": [context], "clusters": [cluster_entry]}), encoding="utf-8")
    assert CliRunner().invoke(main, arguments).exit_code == 3
    assert [row["source"] for row in rows(tmp_path / "r", "clusters", "a")] == ["contexts:a,b"]
