"""Tests files without the requested objects, the UID of a user, and a full disk."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from click.testing import Result

from rbacpsp.testing import ClusterBuilder
from tests.cli.policies import write_cluster

Run = Callable[..., Result]

SERVER = "Kubernetes 1.37, assumed.\n"
"""Which server answers, as said on stderr."""


def test_a_file_without_relevant_objects_is_not_a_cluster(call: Run, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("apiVersion: v1\nkind: Config\nusers: []\n", encoding="utf-8")
    answer = call("can-i", "get", "pods", "--as", "alice", "-f", str(kubeconfig))
    assert answer.stdout == "no\n"
    assert answer.stderr == f"Warning: no object that an answer depends on was read, only 1 Config\n{SERVER}"
    kubeconfig.write_text("apiVersion: v1\nkind: List\nitems: []\n", encoding="utf-8")
    answer = call("can-i", "get", "pods", "--as", "alice", "-f", str(kubeconfig))
    assert (answer.stdout, answer.stderr) == ("no\n", SERVER)


@pytest.mark.parametrize(
    ("namespace", "said"),
    [
        ("prod", ""),
        ("default", ""),
        ("bound", ""),
        ("prd", 'Warning: no namespace "prd" was read, nor anything in it; did you mean prod?\n'),
    ],
)
def test_a_namespace_without_objects_is_reported_as_likely_misspelled(
    call: Run, tmp_path: Path, namespace: str, said: str
) -> None:
    builder = ClusterBuilder().namespace("prod").bind("view", "User/alice", namespace="bound")
    write_cluster(tmp_path, builder)
    answer = call(
        "can-i", "get", "pods", "--as", "bob", "-n", namespace, "-f", str(tmp_path / "cluster.json")
    )
    assert (answer.stdout, answer.stderr) == ("no\n", said + SERVER)


def test_without_namespaces_in_the_files_none_is_reported_missing(call: Run, tmp_path: Path) -> None:
    write_cluster(tmp_path, ClusterBuilder().role("view"))
    answer = call("can-i", "get", "pods", "--as", "bob", "-n", "prod", "-f", str(tmp_path / "cluster.json"))
    assert answer.stderr == SERVER


def test_a_uid_is_accepted_with_a_user_and_changes_nothing(run: Run) -> None:
    assert run("can-i get pods --as alice --as-uid 5 -n team-a").stdout == "yes\n"
    alone = run("can-i get pods --as-uid 5")
    assert alone.exit_code == 2
    assert alone.stderr.startswith("error: --as-uid needs --as")


WRITTEN = ["lookup -f {cluster}", "--help", "-h", "who-can --help", "--version"]


def printed(command: str, cluster: str, stdout: IO[bytes]) -> subprocess.CompletedProcess[str]:
    """Runs a command in a separate process that writes to a given file."""
    words = [sys.executable, "-m", "rbacpsp", *command.format(cluster=cluster).split()]
    return subprocess.run(words, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("command", WRITTEN)
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_is_a_one_line_error_and_not_the_exit_code_of_no(
    cluster: str, unbuffered: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("wb") as full:
        done = printed(command, cluster, full)
    assert done.returncode == 2
    assert done.stderr == "error: the answer cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", WRITTEN)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_does_not_give_the_exit_code_of_no(
    cluster: str, unbuffered: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = printed(command, cluster, closed)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_kubeconfig_whose_name_is_too_long_does_not_exist(call: Run) -> None:
    answer = call("who-can", "get", "pods", "--kubeconfig", "q" * 5_000)
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: no kubeconfig: qqq")
    assert len(answer.stderr) < 1_000
