"""Tests that the Dask engine gives the same results as the local one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fleet.fleets import below, command, good, hostile, ran, rows, single, written

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")


def test_the_tables_are_those_of_the_local_engine(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "s", {**good(3), **hostile()})
    arguments = ("fleet", "audit", snapshots, "-O", tmp_path / "r", "--run", "a")
    result = ran(*arguments, "--engine", "dask")
    assert result.returncode == 3, result.stderr
    assert "Dask's dashboard is at http://127.0.0.1:" in result.stderr
    found = rows(tmp_path / "r", "clusters", "a")
    assert [row["source"] for row in found] == sorted(map(str, snapshots.iterdir()))
    assert sum(row["status"] == "ok" for row in found) == 3
    findings = rows(tmp_path / "r", "findings", "a")
    for name in good(3):
        own = [row for row in findings if row["source"] == str(snapshots / name)]
        assert [(row["rule"], row["severity"], row["fingerprint"]) for row in own] == single(snapshots / name)
    assert ran(*arguments).returncode == 3  # nothing is left to do, whatever the engine


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes by Linux's /proc")
def test_a_killed_worker_of_dask_loses_no_cluster(tmp_path: Path) -> None:
    snapshots = written(tmp_path / "s", good(12))
    results = tmp_path / "r"
    arguments = ("fleet", "audit", snapshots, "-O", results, "--run", "a", "--engine", "dask")
    process = subprocess.Popen(command(*arguments, "--workers", "2"), stderr=subprocess.PIPE, text=True)
    while len(list(results.glob("run=a/table=clusters/part-*.parquet"))) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    workers = [
        pid for pid in below(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    result = rows(results, "clusters", "a")
    assert [(row["source"], row["status"]) for row in result] == [
        (str(snapshots / name), "ok") for name in sorted(good(12))
    ]
    findings = rows(results, "findings", "a")
    for name in good(12):
        own = [row for row in findings if row["source"] == str(snapshots / name)]
        assert [(row["rule"], row["severity"], row["fingerprint"]) for row in own] == single(snapshots / name)


def test_a_scheduler_needs_addresses_that_mean_the_same_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "s", good(1))
    dask = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    result = ran("fleet", "audit", "s", "-O", tmp_path / "r", *dask)
    assert result.returncode == 2
    assert "s: with --scheduler write an address, or an absolute path on every worker" in result.stderr
    result = ran("fleet", "audit", tmp_path / "s", "-O", tmp_path / "r", *dask)
    assert result.returncode == 2
    assert result.stderr.endswith(
        "error: no Dask scheduler answers at tcp://127.0.0.1:9: check the address\n"
    )
