"""Tests closed and full streams: one sentence and exit 2, with or without a buffer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLUSTER = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
"""
PROGRAM = f"{sys.executable} -m rbacpsp"


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    path = tmp_path / "in.yaml"
    path.write_text(CLUSTER, encoding="utf-8")
    return path


def shell(line: str, folder: Path, *, unbuffered: bool) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"} if unbuffered else os.environ
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_closed_stdin_is_an_error(cluster: Path, unbuffered: bool) -> None:
    assert shell(f"{PROGRAM} who-can get pods -f - <&-", cluster.parent, unbuffered=unbuffered) == (
        2,
        "error: <stdin>: standard input is closed; name a file, or pipe data to it\n",
    )


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", ["roles get pods -f in.yaml", "--help", "who-can --help"])
def test_a_closed_stdout_is_an_error(cluster: Path, command: str, unbuffered: bool) -> None:
    assert shell(f"{PROGRAM} {command} >&-", cluster.parent, unbuffered=unbuffered) == (
        2,
        "error: the answer cannot be written: standard output is closed\n",
    )


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_cut_report_is_an_error(cluster: Path, unbuffered: bool) -> None:
    line = f"ulimit -f 2; {PROGRAM} audit -o html -f in.yaml > out.html"
    code, said = shell(line, cluster.parent, unbuffered=unbuffered)
    assert code == 2
    assert said.splitlines()[-1] == "error: the answer cannot be written: File too large"
