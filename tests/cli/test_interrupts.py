"""Tests that Ctrl-C ends the program with one line and 130, SIGTERM with 143, and that no file remains."""

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rbacpsp.cluster import Cluster
from tests.live.fake import Fake

SAMPLE = Path(__file__).parents[2] / "sample_clusters" / "psp-migration"
PROGRAM = (
    "import sys, {module}, _thread, threading\n"
    "def interrupted(*args, **more):\n"
    "    raise KeyboardInterrupt\n"
    "{module}.{name} = interrupted\n"
    "from rbacpsp.__main__ import main\n"
    "sys.argv = ['rbacpsp', 'audit', '-f', {sample!r}]\n"
    "main()\n"
)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("importlib", "import_module"),
        ("msgspec.json", "Decoder"),
        ("yaml", "CSafeLoader"),
        ("os", "listdir"),
    ],
)
def test_an_interrupt_anywhere_gives_one_line_and_exit_code_130(module: str, name: str) -> None:
    program = PROGRAM.format(module=module, name=name, sample=str(SAMPLE))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert done.stdout == ""


def test_an_interrupted_snapshot_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "cluster.json.gz"
    Cluster.from_objects([]).snapshot(target)
    before = target.read_bytes()
    program = (
        "import os, signal\n"
        "from rbacpsp.cluster import Cluster\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Cluster.from_objects([]).snapshot({str(target)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == before
    # A leftover file does no harm: it is not read with its folder, and the next snapshot is written.
    assert [name for name in os.listdir(tmp_path) if not name.startswith(".")] == [target.name]  # noqa: PTH208
    Cluster.from_objects([]).snapshot(target)
    assert gzip.decompress(target.read_bytes())


TERMINATED = """
import os, signal, sys, time
import {module} as module
def end(*args, **more):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
module.{name} = end
from rbacpsp.__main__ import main
sys.argv = ["rbacpsp", *{words!r}]
main()
"""
"""A program that gets SIGTERM when it calls a function."""


def terminated(module: str, name: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = TERMINATED.format(module=module, name=name, words=words)
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(folder)},
    )


def test_a_terminated_snapshot_leaves_only_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "cluster.json.gz"
    target.write_text("old", encoding="ascii")
    done = terminated("os", "fsync", "snapshot", "-f", str(SAMPLE), "-O", str(target), folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
    assert [path.read_text(encoding="ascii") for path in tmp_path.iterdir()] == ["old"]


def test_a_terminated_program_leaves_no_key_of_a_login_behind(tmp_path: Path) -> None:
    user = {"client-certificate-data": "a2V5", "client-key-data": "a2V5", "auth-provider": {"name": "oidc"}}
    kubeconfig = Fake("https://127.0.0.1:9").kubeconfig(tmp_path, user)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = ("who-can", "get", "pods", "--kubeconfig", kubeconfig)
    done = terminated("rbacpsp.sources.connection", "Connection._send", *words, folder=temporary)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
    assert list(temporary.iterdir()) == []
