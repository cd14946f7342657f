"""Tests killed workers and runs: tasks are repeated, and written results stay."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fleet.fleets import below, command, good, hostile, ran, rows, single, state, written

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes by Linux's /proc")


def started(*words: str | Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def parts(results: Path, run: str) -> int:
    return len(list(results.glob(f"run={run}/table=clusters/part-*.parquet")))


def wait_for(process: "subprocess.Popen[bytes]", results: Path, run: str, count: int) -> None:
    """Wait until some clusters are done."""
    while parts(results, run) < count:
        assert process.poll() is None
        time.sleep(0.02)


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def test_killed_workers_and_a_killed_run_leave_the_tables_of_single_runs(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", {**good(32), **hostile()})
    results = tmp_path / "results"
    arguments = ("fleet", "audit", snapshots, "-O", results, "--run", "a")
    process = started(*arguments, "--workers", "2")
    for count in (4, 8):
        wait_for(process, results, "a", count)
        assert kill(below(process.pid)[0])
    wait_for(process, results, "a", 16)
    workers = below(process.pid)
    process.kill()
    process.wait()
    for pid in workers:  # they exit once nobody sends them tasks
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            time.sleep(0.02)
    before = state(results)
    assert "run=a/_finished.json" not in before

    result = ran(*arguments)
    assert result.returncode == 3, result.stderr
    assert "run=a continues: " in result.stderr
    after = state(results)
    assert {name: after[name] for name in before if name.endswith(".parquet")} == {
        name: was for name, was in before.items() if name.endswith(".parquet")
    }
    found = rows(results, "clusters", "a")
    assert [row["source"] for row in found] == sorted(map(str, snapshots.iterdir()))
    assert {row["status"] for row in found if "/good-" in row["source"]} == {"ok"}
    assert {row["status"] for row in found if "/bad-" in row["source"]} == {"empty", "unreadable"}
    findings = rows(results, "findings", "a")
    for name in good(32):
        own = [row for row in findings if row["source"] == str(snapshots / name)]
        assert [(row["rule"], row["severity"], row["fingerprint"]) for row in own] == single(snapshots / name)


def test_without_a_name_a_killed_run_is_continued(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "snapshots", good(8))
    results = tmp_path / "results"
    arguments = ("fleet", "audit", snapshots, "-O", results, "--workers", "1")
    process = started(*arguments)
    while not list(results.glob("run=*/table=clusters/part-*.parquet")):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert ran(*arguments).returncode == 0
    (run,) = results.glob("run=*")
    assert len(rows(results, "clusters", run.name.removeprefix("run="))) == 8


def test_a_cluster_that_takes_too_long_or_too_much_memory_affects_no_other(tmp_path: Path) -> None:
    long = (
        b"apiVersion: v1\nkind: List\nitems:\n" + b"- {apiVersion: v1, kind: Pod, a: {b: [c]}}\n" * 1_000_000
    )
    wide = b'{"apiVersion":"v1","kind":"List","items":[' + b" " * 200_000_000 + b"]}"
    for option, status, data, reason in (
        (("--memory", "100MiB"), "killed", wide, "memory"),
        (("--timeout", "10"), "timeout", long, "it takes longer than 10 seconds: allow more with --timeout"),
    ):
        snapshots = written(tmp_path / "snapshots", {**good(2), "large.yaml": data})
        result = ran("fleet", "audit", snapshots, "-O", tmp_path / "r", "--run", status, *option)
        assert result.returncode == 3
        found = {Path(row["source"]).name: row for row in rows(tmp_path / "r", "clusters", status)}
        assert found["large.yaml"]["status"] == status
        assert reason in found["large.yaml"]["reason"]
